/* SPDX-License-Identifier: Apache-2.0 */
/* One function per field type; a table with a tag becomes one alternative per variant. */
#include "schema_json.h"

#include <string.h>

#include "base/names.h"
#include "base/scalar.h"
#include "core/plan_fields.h"

static json_t *of_field(const struct vk_field *field);

static json_t *pattern(const char *text)
{
	return json_pack("{s:s, s:s}", "type", "string", "pattern", text);
}

static json_t *texts(int n, const char *(*text)(int i))
{
	json_t *list = json_array();

	for (int i = 0; i < n; i++)
		json_array_append_new(list, json_string(text(i)));
	return list;
}

static json_t *number(void)
{
	return json_pack("{s:[s,s]}", "type", "string", "number");
}

static json_t *pair(void)
{
	return json_pack("{s:s, s:i, s:i, s:o}", "type", "array", "minItems", 2, "maxItems", 2,
			 "items", number());
}

static bool is_number(vk_field_fn own)
{
	return own == vk_read_limit || own == vk_read_step || own == vk_read_jump ||
	       own == vk_read_margin || own == vk_read_worse;
}

static json_t *of_own(const struct vk_field *field)
{
	static const char number_like[] = "a number like";

	if (field->own == vk_read_quantity)
		return json_pack("{s:o}", "enum", texts(VK_N_QUANTITIES, vk_quantity_text));
	if (field->own == vk_read_kind)
		return json_pack("{s:o}", "enum", texts(VK_N_KINDS, vk_kind_text));
	if (field->own == vk_read_unit)
		return json_pack("{s:o}", "enum", texts(VK_N_UNITS, vk_unit_text));
	if (field->own == vk_read_flags)
		return json_pack("{s:s, s:i, s:{s:o}}", "type", "array", "minItems", 1, "items",
				 "enum", texts(VK_N_FLAGS, vk_flag_text));
	if (field->own == vk_read_direction)
		return json_pack("{s:[s,s,s]}", "enum", "up", "down", "both");
	if (field->own == vk_read_delivery)
		return json_pack("{s:[s,s]}", "enum", "care", "local-only");
	if (field->own == vk_read_breathes)
		return json_pack("{s:[s,s]}", "enum", "air", "oxygen");
	if (field->own == vk_read_band || field->own == vk_read_reject ||
	    field->own == vk_read_question)
		return pair();
	if (is_number(field->own) ||
	    (field->expect && strncmp(field->expect, number_like, sizeof number_like - 1) == 0))
		return number();
	return json_object();
}

static json_t *of_enum(const struct vk_field *field)
{
	json_t *list = json_array();

	for (int i = 0; field->names[i]; i++)
		json_array_append_new(list, json_string(field->names[i]));
	return json_pack("{s:o}", "enum", list);
}

static json_t *of_scalar(const struct vk_field *field)
{
	static const char *const patterns[] = {
		[VK_FIELD_ID] = "^[A-Za-z0-9_-]{1,64}$",
		[VK_FIELD_CLOCK] = "^([01][0-9]|2[0-3]):[0-5][0-9]$",
		[VK_FIELD_DATE] = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
	};

	if (field->type == VK_FIELD_TEXT)
		return json_pack("{s:s, s:I, s:I}", "type", "string", "minLength",
				 (json_int_t)field->least, "maxLength",
				 (json_int_t)field->size - 1);
	if (field->type == VK_FIELD_INT)
		return json_pack("{s:s, s:I, s:I}", "type", "integer", "minimum",
				 (json_int_t)field->least, "maximum", (json_int_t)field->most);
	if (field->type == VK_FIELD_DURATION)
		return pattern(field->unit_ms == 86400000 ? "^[0-9]+d$" : "^[0-9]+(ms|s|min|h|d)$");
	if (field->type == VK_FIELD_SWITCH)
		return json_pack("{s:[s,s,b,b]}", "enum", "on", "off", 1, 0);
	if (field->type == VK_FIELD_ENUM)
		return of_enum(field);
	if (field->type == VK_FIELD_MOMENT)
		return json_pack("{s:s, s:s}", "type", "string", "format", "date-time");
	if (field->type == VK_FIELD_OWN)
		return of_own(field);
	return pattern(patterns[field->type]);
}

static json_t *of_schema(const struct vk_schema *schema);

/* What `clears` may say depends on the type of its rule. */
static json_t *of_member(const struct vk_field *field, const char *variant)
{
	if (field->type == VK_FIELD_OWN && field->own == vk_read_clears)
		return of_schema(vk_clears_schema(variant));
	return of_field(field);
}

static void add_fields(json_t *object, const struct vk_field *fields, int n, const char *variant)
{
	json_t *properties = json_object_get(object, "properties");
	json_t *required = json_object_get(object, "required");

	for (int i = 0; i < n; i++) {
		json_object_set_new(properties, fields[i].key, of_member(&fields[i], variant));
		if (fields[i].is_required)
			json_array_append_new(required, json_string(fields[i].key));
	}
}

static json_t *of_map(const struct vk_schema *schema, const struct vk_variant *variant)
{
	json_t *object = json_pack("{s:s, s:[], s:b, s:{}}", "type", "object", "required",
				   "additionalProperties", 0, "properties");

	add_fields(object, schema->fields, schema->n_fields, "");
	if (variant) {
		add_fields(object, variant->fields, variant->n_fields, variant->name);
		json_object_set_new(json_object_get(object, "properties"), schema->tag,
				    json_pack("{s:s}", "const", variant->name));
	}
	return object;
}

static json_t *of_schema(const struct vk_schema *schema)
{
	json_t *list;

	if (!schema->tag)
		return of_map(schema, NULL);
	list = json_array();
	for (int i = 0; i < schema->n_variants; i++)
		json_array_append_new(list, of_map(schema, &schema->variants[i]));
	return json_pack("{s:o}", "oneOf", list);
}

static json_t *of_list(const struct vk_field *field)
{
	json_t *list = json_pack("{s:s, s:i, s:o}", "type", "array", "maxItems", field->max,
				 "items", of_field(field->element));

	if (field->least)
		json_object_set_new(list, "minItems", json_integer(field->least));
	return list;
}

static json_t *of_field(const struct vk_field *field)
{
	char words[160];
	json_t *json;

	if (field->type == VK_FIELD_MAP)
		return of_schema(field->schema);
	if (field->type == VK_FIELD_LIST)
		return of_list(field);
	if (field->type == VK_FIELD_DICT)
		return json_pack("{s:s, s:i, s:o, s:o}", "type", "object", "maxProperties",
				 field->max, "propertyNames", pattern("^[A-Za-z0-9_-]{1,64}$"),
				 "additionalProperties", of_field(field->element));
	json = of_scalar(field);
	vk_field_expect(field, words, sizeof words);
	if (field->type != VK_FIELD_OWN || field->expect)
		json_object_set_new(json, "description", json_string(words));
	if (field->fallback)
		json_object_set_new(json, "default", json_string(field->fallback));
	return json;
}

json_t *schema_json(const struct vk_schema *schema, const char *title)
{
	json_t *json = of_schema(schema);

	json_object_set_new(json, "$schema",
			    json_string("https://json-schema.org/draft/2020-12/schema"));
	json_object_set_new(json, "title", json_string(title));
	return json;
}

json_t *names_json(void)
{
	json_t *absents = texts(VK_N_ABSENTS, vk_absent_text);

	json_array_remove(absents, VK_ABSENT_NONE);
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "kinds", texts(VK_N_KINDS, vk_kind_text),
			 "quantities", texts(VK_N_QUANTITIES, vk_quantity_text), "units",
			 texts(VK_N_UNITS, vk_unit_text), "absent", absents, "flags",
			 texts(VK_N_FLAGS, vk_flag_text));
}
