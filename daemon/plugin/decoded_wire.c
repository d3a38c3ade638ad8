/* SPDX-License-Identifier: Apache-2.0 */
/* Member by member, each with its own check; the first that fails names itself. */
#include "plugin/decoded_wire.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Where a mistake goes, and where in the document we are. */
struct place {
	char *error; /* VK_DECODED_ERROR_TEXT bytes */
	int record;  /* -1: not in a list */
};

static int VK_PRINTF(2, 3) wrong(const struct place *place, const char *fmt, ...)
{
	va_list args;
	int used = 0;

	if (place->record >= 0)
		used = snprintf(place->error, VK_DECODED_ERROR_TEXT, "records[%d].", place->record);
	va_start(args, fmt);
	vsnprintf(place->error + used, (size_t)(VK_DECODED_ERROR_TEXT - used), fmt, args);
	va_end(args);
	return -EINVAL;
}

/* jansson's iterators take a json_t without const, and change nothing. */
static json_t *unconst(const json_t *json)
{
	return (json_t *)(uintptr_t)json;
}

static bool is_listed(const char *key, const char *const *list)
{
	for (; list && *list; list++)
		if (strcmp(key, *list) == 0)
			return true;
	return false;
}

static int parse_int(const struct place *place, const char *path, const json_t *json, int32_t max,
		     int32_t *ret_value)
{
	json_int_t value = json_integer_value(json);

	if (!json_is_integer(json) || value < 0 || value > max)
		return wrong(place, "%s: expected a whole number from 0 to %d", path, max);
	*ret_value = (int32_t)value;
	return 0;
}

static int parse_optional(const struct place *place, const json_t *object, const char *key,
			  int32_t max, int32_t *ret_value)
{
	const json_t *json = json_object_get(object, key);

	return json ? parse_int(place, key, json, max, ret_value) : 0;
}

static int parse_number(const struct place *place, const char *name, const json_t *json,
			struct vk_value *v)
{
	const char *text = json_string_value(json_object_get(json, "value"));
	const char *unit_text = json_string_value(json_object_get(json, "unit"));
	int unit = unit_text ? vk_unit_parse(unit_text) : -1;

	if (json_object_size(json) != 2 || !text || vk_decimal_parse(text, &v->number) < 0)
		return wrong(place,
			     "values.%s: expected {\"value\":\"36.6\",\"unit\":\"Cel\"}, the value "
			     "a decimal text of at most 15 digits, or {\"absent\":…}",
			     name);
	if (unit < 0)
		return wrong(place, "values.%s.unit: expected one of the units of the contract",
			     name);
	v->unit = (enum vk_unit)unit;
	return 0;
}

static int parse_absent(const struct place *place, const char *name, const json_t *json,
			struct vk_value *v)
{
	const char *text = json_string_value(json_object_get(json, "absent"));
	int absent = text ? vk_absent_parse(text) : -1;

	if (json_object_size(json) != 1 || absent <= VK_ABSENT_NONE)
		return wrong(place,
			     "values.%s.absent: expected one of not-a-number, positive-infinity, "
			     "negative-infinity, error, unsuccessful, and nothing beside it",
			     name);
	v->absent = (enum vk_absent)absent;
	return 0;
}

static int parse_values(const struct place *place, const json_t *object, struct vk_decoded *d)
{
	json_t *values = json_object_get(object, "values");
	const char *name;
	json_t *json;

	if (values && !json_is_object(values))
		return wrong(place, "values: expected an object of quantities");
	if (json_object_size(values) > VK_MAX_VALUES)
		return wrong(place, "values: expected at most %d quantities", VK_MAX_VALUES);
	json_object_foreach(values, name, json)
	{
		struct vk_value v = {0};
		int quantity = vk_quantity_parse(name);

		if (quantity < 0)
			return wrong(place, "values.%.40s: no such quantity", name);
		v.quantity = (enum vk_quantity)quantity;
		int r = json_object_get(json, "absent") ? parse_absent(place, name, json, &v)
							: parse_number(place, name, json, &v);
		if (r < 0)
			return r;
		vk_decoded_add(d, v.quantity, v.unit, v.absent, v.number);
	}
	return 0;
}

/* A list of names into a bit set. */
static int parse_names(const struct place *place, const json_t *object, const char *key,
		       int (*parse)(const char *), uint64_t *ret_set)
{
	const json_t *list = json_object_get(object, key);

	if (list && !json_is_array(list))
		return wrong(place, "%s: expected a list of names", key);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *text = json_string_value(json_array_get(list, i));
		int bit = text ? parse(text) : -1;

		if (bit < 0)
			return wrong(place, "%s[%zu]: expected a name of the contract, got %.40s",
				     key, i, text ? text : "no text");
		*ret_set |= UINT64_C(1) << bit;
	}
	return 0;
}

static int parse_time(const struct place *place, const json_t *object, struct vk_decoded *d)
{
	const json_t *json = json_object_get(object, "device_time");

	if (!json)
		return 0;
	if (json_is_null(json)) {
		d->time_state = VK_TIME_UNKNOWN;
		return 0;
	}
	if (!json_is_string(json) || vk_civil_parse(json_string_value(json), &d->device_time) < 0)
		return wrong(place, "device_time: expected null or a local time such as "
				    "\"2026-03-04T07:40:12\"");
	d->time_state = VK_TIME_KNOWN;
	return 0;
}

static int parse_context(const struct place *place, const json_t *object, struct vk_decoded *d)
{
	const json_t *context = json_object_get(object, "context");
	const char *key;
	json_t *json;

	if (!context)
		return 0;
	if (!json_is_object(context) || !json_object_size(context))
		return wrong(place, "context: expected an object such as {\"meal\":…}");
	json_object_foreach(unconst(context), key, json)
	{
		int which = vk_context_parse(key);

		if (which < 0)
			return wrong(place, "context.%.40s: no such member", key);
		if (parse_int(place, "context", json, UINT16_MAX, &d->context[which]) < 0)
			return -EINVAL;
	}
	return 0;
}

static int parse_rr(const struct place *place, const json_t *object, struct vk_decoded *d)
{
	const json_t *list = json_object_get(object, "rr_ms");

	if (list && (!json_is_array(list) || json_array_size(list) > VK_MAX_RR))
		return wrong(place, "rr_ms: expected a list of at most %d numbers", VK_MAX_RR);
	for (size_t i = 0; i < json_array_size(list); i++) {
		int32_t value = 0;
		int r = parse_int(place, "rr_ms[]", json_array_get(list, i), UINT16_MAX, &value);

		if (r < 0)
			return r;
		d->rr_ms[d->n_rr++] = (uint16_t)value;
	}
	return 0;
}

static int parse_racp(const struct place *place, const json_t *object, struct vk_decoded *d)
{
	static const char *const known[] = {"op", "operator", "count", "request", "result", NULL};
	json_t *racp = json_object_get(object, "racp");
	int32_t op = -1, operator_ = -1;
	const char *key;
	json_t *json;

	if (!racp && d->kind != VK_KIND_RACP)
		return 0;
	if (!json_is_object(racp) || d->kind != VK_KIND_RACP)
		return wrong(place, "racp: expected an object where kind is racp, and only there");
	json_object_foreach(racp, key, json) if (!is_listed(key, known)) return wrong(
		place, "racp.%.40s: no such member", key);
	if (parse_optional(place, racp, "op", UINT8_MAX, &op) < 0 ||
	    parse_optional(place, racp, "operator", UINT8_MAX, &operator_) < 0 ||
	    parse_optional(place, racp, "count", UINT16_MAX, &d->racp.count) < 0 ||
	    parse_optional(place, racp, "request", UINT8_MAX, &d->racp.request_op) < 0 ||
	    parse_optional(place, racp, "result", UINT8_MAX, &d->racp.result) < 0)
		return -EINVAL;
	if (op < 0 || operator_ < 0)
		return wrong(place, "racp: expected at least op and operator");
	d->racp.op = (uint8_t)op;
	d->racp.operator_ = (uint8_t)operator_;
	return 0;
}

static int check_members(const struct place *place, const json_t *object, const char *const *also)
{
	static const char *const known[] = {
		"kind",    "values",   "flags",       "implausible", "device_time",
		"user",    "sequence", "sample_type", "location",    "site",
		"context", "rr_ms",    "racp",        NULL,
	};
	const char *key;
	json_t *json;

	if (!json_is_object(object))
		return wrong(place, "decoded: expected an object");
	json_object_foreach(
		unconst(object), key,
		json) if (!is_listed(key, known) &&
			  !is_listed(key,
				     also)) return wrong(place,
							 "%.40s: no such member of a decoded form",
							 key);
	return 0;
}

static int parse_form(const struct place *place, const json_t *object, const char *const *also,
		      struct vk_decoded *ret_decoded)
{
	const char *kind_text = json_string_value(json_object_get(object, "kind"));
	int kind = kind_text ? vk_kind_parse(kind_text) : -1;
	uint64_t implausible = 0;
	struct vk_decoded *d = ret_decoded;

	if (check_members(place, object, also) < 0)
		return -EINVAL;
	if (kind < 0)
		return wrong(place, "kind: expected one of the kinds of the contract, got %.40s",
			     kind_text ? kind_text : "no text");
	*d = vk_decoded_init((enum vk_kind)kind);
	if (parse_values(place, object, d) < 0 ||
	    parse_names(place, object, "flags", vk_flag_parse, &d->flags) < 0 ||
	    parse_names(place, object, "implausible", vk_quantity_parse, &implausible) < 0 ||
	    parse_time(place, object, d) < 0 ||
	    parse_optional(place, object, "user", UINT8_MAX, &d->user) < 0 ||
	    parse_optional(place, object, "sequence", UINT16_MAX, &d->sequence) < 0 ||
	    parse_optional(place, object, "sample_type", UINT8_MAX, &d->sample_type) < 0 ||
	    parse_optional(place, object, "location", UINT8_MAX, &d->location) < 0 ||
	    parse_optional(place, object, "site", UINT8_MAX, &d->site) < 0 ||
	    parse_context(place, object, d) < 0 || parse_rr(place, object, d) < 0 ||
	    parse_racp(place, object, d) < 0)
		return -EINVAL;
	return 0;
}

int vk_decoded_wire_parse(const json_t *object, const char *const *also,
			  char ret_error[VK_DECODED_ERROR_TEXT], struct vk_decoded *ret_decoded)
{
	struct place place = {.error = ret_error, .record = -1};

	ret_error[0] = '\0';
	return parse_form(&place, object, also, ret_decoded);
}

int vk_decoded_wire_parse_all(const json_t *object, const char *const *also,
			      char ret_error[VK_DECODED_ERROR_TEXT], struct vk_decoded *ret_list)
{
	const json_t *records = json_object_get(object, "records");
	struct place place = {.error = ret_error, .record = -1};
	const char *key;
	json_t *json;

	ret_error[0] = '\0';
	if (!records)
		return parse_form(&place, object, also, ret_list) < 0 ? -EINVAL : 1;
	json_object_foreach(
		unconst(object), key,
		json) if (strcmp(key, "records") != 0 &&
			  !is_listed(key,
				     also)) return wrong(&place,
							 "%.40s: no such member beside records",
							 key);
	size_t n = json_array_size(records);

	if (n < 1 || n > VK_MAX_RECORDS)
		return wrong(&place, "records: expected a list of 1 to %d", VK_MAX_RECORDS);
	for (size_t i = 0; i < n; i++) {
		place.record = (int)i;
		if (parse_form(&place, json_array_get(records, i), NULL, &ret_list[i]) < 0)
			return -EINVAL;
	}
	return (int)n;
}
