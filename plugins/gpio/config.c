/* SPDX-License-Identifier: Apache-2.0 */
/* The lines out of the welcome; each mistake names its line and what was expected. */
#include "gpio/config.h"

#include <errno.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/str.h"

static int expected(size_t i, const char *field, const char *what)
{
	vk_log(VK_LOG_ERR, "gpio", "config.lines[%zu].%s: expected %s", i, field, what);
	return -EINVAL;
}

/* A member's number in a list of names; absent is the first. -1: no such name. */
static int parse_choice(const json_t *json, const char *const *names, int n)
{
	const char *text = json_string_value(json);

	if (!json)
		return 0;
	for (int i = 0; text && i < n; i++)
		if (strcmp(text, names[i]) == 0)
			return i;
	return -1;
}

static int parse_where(size_t i, const json_t *json, struct vk_line_config *line)
{
	const json_t *where = json_object_get(json, "line");
	const char *name = where ? json_string_value(where) : line->name;
	json_int_t offset = json_integer_value(where);

	if (name && *name && vk_copy(line->line, sizeof line->line, name))
		return 0;
	if (!json_is_integer(where) || offset < 0 || offset > 1023)
		return expected(i, "line", "a name of the chip or an offset from 0 to 1023");
	line->offset = (unsigned)offset;
	return 0;
}

static int parse_electrics(size_t i, const json_t *json, struct vk_line_config *line)
{
	static const char *const biases[] = {"as-is", "pull-up", "pull-down", "disabled"};
	static const char *const directions[] = {"in", "out"};
	const json_t *low = json_object_get(json, "active_low");
	const json_t *debounce = json_object_get(json, "debounce_ms");
	json_int_t debounce_ms = json_integer_value(debounce);
	int bias = parse_choice(json_object_get(json, "bias"), biases, 4);
	int direction = parse_choice(json_object_get(json, "direction"), directions, 2);

	if (direction < 0)
		return expected(i, "direction", "in or out");
	if (bias < 0)
		return expected(i, "bias", "as-is, pull-up, pull-down or disabled");
	if (low && !json_is_boolean(low))
		return expected(i, "active_low", "true or false");
	if ((debounce && !json_is_integer(debounce)) || debounce_ms < 0 || debounce_ms > 10000)
		return expected(i, "debounce_ms", "a whole number from 0 to 10000");
	line->is_output = direction == 1;
	line->is_active_low = json_is_true(low);
	line->debounce_ms = (uint32_t)debounce_ms;
	line->bias = (enum vk_line_bias)bias;
	return 0;
}

static int parse_line(size_t i, const json_t *json, struct vk_lines_config *c)
{
	struct vk_line_config *line = &c->lines[i];
	const char *name = json_string_value(json_object_get(json, "name"));

	if (!name || !vk_is_id(name) || !vk_copy(line->name, sizeof line->name, name))
		return expected(i, "name", "an id, [A-Za-z0-9_-]{1,64}");
	for (size_t k = 0; k < i; k++)
		if (strcmp(c->lines[k].name, name) == 0)
			return expected(i, "name", "a name no other line has");
	if (parse_where(i, json, line) < 0)
		return -EINVAL;
	return parse_electrics(i, json, line);
}

int vk_lines_config_parse(const struct vk_packet *welcome, struct vk_lines_config *ret_config)
{
	const json_t *config = json_object_get(welcome->header, "config");
	const json_t *lines = json_object_get(config, "lines");
	const char *chip = json_string_value(json_object_get(config, "chip"));
	size_t n = json_array_size(lines);

	*ret_config = (struct vk_lines_config){0};
	if ((lines && !json_is_array(lines)) || n > VK_LINES_MAX) {
		vk_log(VK_LOG_ERR, "gpio", "config.lines: expected a list of at most %d",
		       VK_LINES_MAX);
		return -EINVAL;
	}
	if (n && (!chip || !*chip || !vk_copy(ret_config->chip, sizeof ret_config->chip, chip))) {
		vk_log(VK_LOG_ERR, "gpio", "config.chip: expected a chip's name or label");
		return -EINVAL;
	}
	for (size_t i = 0; i < n; i++)
		if (parse_line(i, json_array_get(lines, i), ret_config) < 0)
			return -EINVAL;
	ret_config->n = (int)n;
	return 0;
}

int vk_lines_config_output(const struct vk_lines_config *config, const char *name)
{
	for (int i = 0; i < config->n; i++)
		if (config->lines[i].is_output && strcmp(config->lines[i].name, name) == 0)
			return i;
	return -1;
}
