/* SPDX-License-Identifier: Apache-2.0 */
/* Texts to values, each with the sentence that says what was expected instead. */
#include "base/scalar.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/civil.h"

#define DAY_MS INT64_C(86400000)

struct time_unit {
	const char *text;
	int64_t ms;
};

/* Largest first: the shortest exact text is the first that divides. */
static const struct time_unit time_units[] = {
	{"d", DAY_MS}, {"h", 3600000}, {"min", 60000}, {"s", 1000}, {"ms", 1},
};

const char *vk_node_type_text(enum vk_node_type type)
{
	static const char *const texts[] = {"a single value", "a map", "a list"};

	return texts[type];
}

int vk_int_parse(const char *text, int64_t *ret_value)
{
	bool is_negative = *text == '-';
	size_t n = strspn(text + is_negative, "0123456789");
	int64_t value = 0;

	if (!n || n > 15 || text[is_negative + n])
		return -EINVAL;
	for (const char *p = text + is_negative; *p; p++)
		value = value * 10 + (*p - '0');
	*ret_value = is_negative ? -value : value;
	return 0;
}

int vk_duration_parse(const char *text, int64_t *ret_ms)
{
	size_t n = strspn(text, "0123456789");
	int64_t value = 0;

	if (!n || n > 9)
		return -EINVAL;
	for (size_t i = 0; i < n; i++)
		value = value * 10 + (text[i] - '0');
	for (size_t i = 0; i < VK_ARRAY_LEN(time_units); i++) {
		if (strcmp(text + n, time_units[i].text) != 0)
			continue;
		if (value > 3653 * DAY_MS / time_units[i].ms)
			return -EINVAL;
		*ret_ms = value * time_units[i].ms;
		return 0;
	}
	return -EINVAL;
}

void vk_duration_format(char out[32], int64_t ms)
{
	size_t i = 0;

	while (ms % time_units[i].ms)
		i++;
	if (ms == 0)
		i = 3;
	(void)snprintf(out, 32, "%" PRId64 "%s", ms / time_units[i].ms, time_units[i].text);
}

int vk_clock_parse(const char *text, int32_t *ret_s)
{
	int hour, minute;

	if (strlen(text) != 5 || text[2] != ':' || strspn(text, "0123456789") != 2 ||
	    strspn(text + 3, "0123456789") != 2)
		return -EINVAL;
	hour = (text[0] - '0') * 10 + text[1] - '0';
	minute = (text[3] - '0') * 10 + text[4] - '0';
	if (hour > 23 || minute > 59)
		return -EINVAL;
	*ret_s = hour * 3600 + minute * 60;
	return 0;
}

int vk_date_parse(const char *text, int32_t *ret_day)
{
	char whole[VK_RFC3339_TEXT];
	struct vk_civil c;

	if (strlen(text) != 10)
		return -EINVAL;
	(void)snprintf(whole, sizeof whole, "%.10sT00:00:00", text);
	if (vk_civil_parse(whole, &c))
		return -EINVAL;
	*ret_day = vk_civil_day(c.year, c.month, c.day);
	return 0;
}

static void expect_range(const struct vk_field *field, char *out, size_t size)
{
	char least[32], most[32];

	if (field->type == VK_FIELD_INT) {
		(void)snprintf(out, size, "an integer from %" PRId64 " to %" PRId64, field->least,
			       field->most);
		return;
	}
	vk_duration_format(least, field->least * field->unit_ms);
	vk_duration_format(most, field->most * field->unit_ms);
	(void)snprintf(out, size, "a duration from %s to %s%s", least, most,
		       field->unit_ms == DAY_MS ? " in whole days" : "");
}

static void expect_enum(const struct vk_field *field, char *out, size_t size)
{
	size_t len = 0;

	for (int i = 0; field->names[i] && len < size; i++) {
		const char *joint = "";

		if (i)
			joint = field->names[i + 1] ? ", " : " or ";
		len += (size_t)snprintf(out + len, size - len, "%s%s", joint, field->names[i]);
	}
}

void vk_field_expect(const struct vk_field *field, char *out, size_t size)
{
	static const char *const words[] = {
		[VK_FIELD_ID] = "an id of 1 to 64 characters A-Z a-z 0-9 _ -",
		[VK_FIELD_SWITCH] = "on or off",
		[VK_FIELD_CLOCK] = "a local time like \"23:30\"",
		[VK_FIELD_DATE] = "a date like 2026-02-10",
		[VK_FIELD_MOMENT] = "a moment with offset like 2026-03-01T00:00:00+01:00",
		[VK_FIELD_MAP] = "a map",
		[VK_FIELD_LIST] = "a list",
		[VK_FIELD_DICT] = "a map",
		[VK_FIELD_OWN] = "a value",
	};

	if (field->expect)
		(void)snprintf(out, size, "%s", field->expect);
	else if (field->type == VK_FIELD_INT || field->type == VK_FIELD_DURATION)
		expect_range(field, out, size);
	else if (field->type == VK_FIELD_ENUM)
		expect_enum(field, out, size);
	else if (field->type == VK_FIELD_TEXT)
		(void)snprintf(out, size, "a text of %" PRId64 " to %zu bytes", field->least,
			       field->size - 1);
	else
		(void)snprintf(out, size, "%s", words[field->type]);
}

static void put_int(void *target, size_t size, int64_t value)
{
	if (size == sizeof(int32_t))
		*(int32_t *)target = (int32_t)value;
	else
		*(int64_t *)target = value;
}

static bool read_number(const struct vk_field *field, const char *text, void *target)
{
	int64_t value;

	if (field->type == VK_FIELD_INT) {
		if (vk_int_parse(text, &value))
			return false;
	} else {
		/* Calendar days are not 24 hours, so "72h" does not stand for "3d". */
		bool is_calendar = field->unit_ms == DAY_MS;

		if (vk_duration_parse(text, &value) || value % field->unit_ms ||
		    (is_calendar && text[strlen(text) - 1] != 'd'))
			return false;
		value /= field->unit_ms;
	}
	if (value < field->least || value > field->most)
		return false;
	put_int(target, field->size, value);
	return true;
}

static bool read_switch(const char *text, bool *ret_is_on)
{
	bool is_on = strcmp(text, "on") == 0 || strcmp(text, "true") == 0;

	if (!is_on && strcmp(text, "off") != 0 && strcmp(text, "false") != 0)
		return false;
	*ret_is_on = is_on;
	return true;
}

static bool read_enum(const struct vk_field *field, const char *text, int *ret_value)
{
	for (int i = 0; field->names[i]; i++) {
		if (strcmp(field->names[i], text) != 0)
			continue;
		*ret_value = i;
		return true;
	}
	return false;
}

static bool read_text(const struct vk_field *field, const char *text, char *target)
{
	size_t len = strlen(text);

	if (len < (size_t)field->least || len >= field->size || !vk_is_utf8(text, len))
		return false;
	for (const char *p = text; *p; p++)
		if (((unsigned char)*p < 0x20 && *p != '\n') || *p == 0x7f)
			return false;
	memcpy(target, text, len + 1);
	return true;
}

static bool read_scalar(const struct vk_field *field, const char *text, void *target)
{
	if (field->type == VK_FIELD_ID)
		return vk_is_id(text) && vk_copy(target, field->size, text);
	if (field->type == VK_FIELD_TEXT)
		return read_text(field, text, target);
	if (field->type == VK_FIELD_INT || field->type == VK_FIELD_DURATION)
		return read_number(field, text, target);
	if (field->type == VK_FIELD_SWITCH)
		return read_switch(text, target);
	if (field->type == VK_FIELD_ENUM)
		return read_enum(field, text, target);
	if (field->type == VK_FIELD_CLOCK)
		return vk_clock_parse(text, target) == 0;
	if (field->type == VK_FIELD_DATE)
		return vk_date_parse(text, target) == 0;
	return vk_rfc3339_parse(text, target) == 0;
}

/* What YAML and JSON call nothing is no text: a patient must not read the word "null". */
static bool is_null(const struct vk_node *node)
{
	static const char *const words[] = {"null", "Null", "NULL", "~"};

	for (size_t i = 0; !node->is_quoted && i < sizeof words / sizeof words[0]; i++)
		if (strcmp(node->text, words[i]) == 0)
			return true;
	return false;
}

void vk_scalar_read(struct vk_problems *problems, const struct vk_field *field,
		    const struct vk_node *node, void *target)
{
	char expected[160], shown[VK_EXCERPT];

	if (node->type == VK_NODE_SCALAR && !is_null(node) &&
	    read_scalar(field, node->text, target))
		return;
	vk_field_expect(field, expected, sizeof expected);
	if (node->type != VK_NODE_SCALAR)
		vk_problem_at(problems, node, "'%s' is %s, expected %s", field->key,
			      vk_node_type_text(node->type), expected);
	else
		vk_problem_at(problems, node, "'%s' is \"%s\", expected %s", field->key,
			      vk_excerpt(shown, node->text), expected);
}
