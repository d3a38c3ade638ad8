/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libgpiod 2. Inputs and outputs are two requests, so that an output never shares a descriptor with
 * an edge. The kernel numbers the edges of a request; a gap means that its buffer was full, and
 * then the states are read instead.
 */
#include "gpio/lines.h"

#include <dirent.h>
#include <errno.h>
#include <gpiod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/str.h"

enum { EDGES_PER_READ = 64 };

struct vk_lines {
	const struct vk_lines_config *config;
	unsigned offsets[VK_LINES_MAX];
	struct gpiod_line_request *inputs, *outputs; /* NULL: none of them */
	struct gpiod_edge_event_buffer *buffer;
	unsigned long last_edge; /* the kernel's number, from 1 */
};

static void chip_closep(struct gpiod_chip **chip)
{
	if (*chip)
		gpiod_chip_close(*chip);
}

static void config_freep(struct gpiod_line_config **config)
{
	gpiod_line_config_free(*config);
}

static void settings_freep(struct gpiod_line_settings **settings)
{
	gpiod_line_settings_free(*settings);
}

static void request_config_freep(struct gpiod_request_config **config)
{
	gpiod_request_config_free(*config);
}

static bool has_label(struct gpiod_chip *chip, const char *label)
{
	struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
	bool is_same = info && strcmp(gpiod_chip_info_get_label(info), label) == 0;

	gpiod_chip_info_free(info);
	return is_same;
}

/* By device name first, then whichever chip has the label. */
static struct gpiod_chip *open_chip(const char *name)
{
	char path[300];
	DIR *dev = opendir("/dev");
	struct gpiod_chip *chip = NULL;
	struct dirent *entry;

	snprintf(path, sizeof path, "/dev/%s", name);
	if (strncmp(name, "gpiochip", 8) == 0)
		chip = gpiod_chip_open(path);
	while (!chip && dev && (entry = readdir(dev))) {
		if (strncmp(entry->d_name, "gpiochip", 8) != 0)
			continue;
		snprintf(path, sizeof path, "/dev/%s", entry->d_name);
		chip = gpiod_chip_open(path);
		if (chip && !has_label(chip, name)) {
			gpiod_chip_close(chip);
			chip = NULL;
		}
	}
	if (dev)
		closedir(dev);
	return chip;
}

static struct gpiod_line_settings *make_settings(const struct vk_line_config *line)
{
	static const enum gpiod_line_bias biases[] = {
		[VK_BIAS_AS_IS] = GPIOD_LINE_BIAS_AS_IS,
		[VK_BIAS_PULL_UP] = GPIOD_LINE_BIAS_PULL_UP,
		[VK_BIAS_PULL_DOWN] = GPIOD_LINE_BIAS_PULL_DOWN,
		[VK_BIAS_DISABLED] = GPIOD_LINE_BIAS_DISABLED,
	};
	struct gpiod_line_settings *s = gpiod_line_settings_new();

	if (!s)
		return NULL;
	gpiod_line_settings_set_active_low(s, line->is_active_low);
	(void)gpiod_line_settings_set_bias(s, biases[line->bias]);
	if (line->is_output) {
		(void)gpiod_line_settings_set_direction(s, GPIOD_LINE_DIRECTION_OUTPUT);
		(void)gpiod_line_settings_set_output_value(s, GPIOD_LINE_VALUE_INACTIVE);
		return s;
	}
	(void)gpiod_line_settings_set_direction(s, GPIOD_LINE_DIRECTION_INPUT);
	(void)gpiod_line_settings_set_edge_detection(s, GPIOD_LINE_EDGE_BOTH);
	(void)gpiod_line_settings_set_event_clock(s, GPIOD_LINE_CLOCK_MONOTONIC);
	gpiod_line_settings_set_debounce_period_us(s, line->debounce_ms * 1000);
	return s;
}

static int find_offset(struct gpiod_chip *chip, const struct vk_line_config *line,
		       unsigned *ret_offset)
{
	int offset = line->line[0] ? gpiod_chip_get_line_offset_from_name(chip, line->line)
				   : (int)line->offset;

	if (offset < 0) {
		vk_log(VK_LOG_ERR, "gpio", "the chip has no line named %s", line->line);
		return -ENOENT;
	}
	*ret_offset = (unsigned)offset;
	return 0;
}

/* Adds all inputs or all outputs. Their number, or a negative errno. */
static int collect(struct vk_lines *lines, bool is_output, struct gpiod_line_config *config)
{
	int n = 0;

	for (int i = 0; i < lines->config->n; i++) {
		if (lines->config->lines[i].is_output != is_output)
			continue;
		vk_auto(settings_freep) struct gpiod_line_settings *settings =
			make_settings(&lines->config->lines[i]);

		if (!settings)
			return -ENOMEM;
		if (gpiod_line_config_add_line_settings(config, &lines->offsets[i], 1, settings) <
		    0)
			return -errno;
		n++;
	}
	return n;
}

static int request(struct vk_lines *lines, struct gpiod_chip *chip, bool is_output,
		   struct gpiod_line_request **ret_request)
{
	vk_auto(config_freep) struct gpiod_line_config *config = gpiod_line_config_new();
	vk_auto(request_config_freep) struct gpiod_request_config *asked =
		gpiod_request_config_new();

	if (!config || !asked)
		return -ENOMEM;
	int n = collect(lines, is_output, config);

	if (n <= 0)
		return n;
	gpiod_request_config_set_consumer(asked, "vaka");
	*ret_request = gpiod_chip_request_lines(chip, asked, config);
	return *ret_request ? 0 : -errno;
}

static int request_both(struct vk_lines *lines, struct gpiod_chip *chip)
{
	for (int i = 0; i < lines->config->n; i++) {
		int r = find_offset(chip, &lines->config->lines[i], &lines->offsets[i]);

		if (r < 0)
			return r;
	}
	int r = request(lines, chip, true, &lines->outputs);

	if (r == 0)
		r = request(lines, chip, false, &lines->inputs);
	if (r < 0)
		vk_log(VK_LOG_ERR, "gpio", "cannot get the lines of %s: %s", lines->config->chip,
		       strerror(-r));
	return r;
}

static void lines_freep(struct vk_lines **lines)
{
	struct vk_lines *l = *lines;

	if (!l)
		return;
	if (l->inputs)
		gpiod_line_request_release(l->inputs);
	if (l->outputs)
		gpiod_line_request_release(l->outputs);
	if (l->buffer)
		gpiod_edge_event_buffer_free(l->buffer);
	free(l);
}

int vk_lines_open(const struct vk_lines_config *config, struct vk_lines **ret_lines)
{
	vk_auto(lines_freep) struct vk_lines *lines = calloc(1, sizeof *lines);
	vk_auto(chip_closep) struct gpiod_chip *chip = NULL;

	if (!lines)
		return -ENOMEM;
	lines->config = config;
	lines->buffer = gpiod_edge_event_buffer_new(EDGES_PER_READ);
	if (!lines->buffer)
		return -ENOMEM;
	if (config->n) {
		chip = open_chip(config->chip);
		if (!chip) {
			vk_log(VK_LOG_ERR, "gpio", "no gpio chip %s that may be opened",
			       config->chip);
			return -ENODEV;
		}
		int r = request_both(lines, chip);

		if (r < 0)
			return r;
	}
	*ret_lines = vk_take(&lines);
	return 0;
}

int vk_lines_fd(const struct vk_lines *lines)
{
	return lines->inputs ? gpiod_line_request_get_fd(lines->inputs) : -1;
}

static int find_line(const struct vk_lines *lines, unsigned offset)
{
	for (int i = 0; i < lines->config->n; i++)
		if (!lines->config->lines[i].is_output && lines->offsets[i] == offset)
			return i;
	return -1;
}

/* True when no edge is missing before this one. */
static bool take_edge(struct vk_lines *lines, struct gpiod_edge_event *edge, vk_edge_fn fn,
		      void *user)
{
	int line = find_line(lines, gpiod_edge_event_get_line_offset(edge));
	unsigned long number = gpiod_edge_event_get_global_seqno(edge);
	bool is_next = number == lines->last_edge + 1;

	lines->last_edge = number;
	if (line >= 0)
		fn(user, line,
		   gpiod_edge_event_get_event_type(edge) == GPIOD_EDGE_EVENT_RISING_EDGE,
		   (int64_t)(gpiod_edge_event_get_timestamp_ns(edge) / 1000000));
	return is_next;
}

int vk_lines_read(struct vk_lines *lines, vk_edge_fn fn, void *user)
{
	int n = gpiod_line_request_read_edge_events(lines->inputs, lines->buffer, EDGES_PER_READ);
	bool is_whole = true;
	int64_t last_ms = 0;

	if (n < 0)
		return -errno;
	for (int i = 0; i < n; i++) {
		struct gpiod_edge_event *edge =
			gpiod_edge_event_buffer_get_event(lines->buffer, (unsigned long)i);

		is_whole &= take_edge(lines, edge, fn, user);
		last_ms = (int64_t)(gpiod_edge_event_get_timestamp_ns(edge) / 1000000);
	}
	return is_whole ? 0 : vk_lines_states(lines, last_ms, fn, user);
}

int vk_lines_states(struct vk_lines *lines, int64_t now_ms, vk_edge_fn fn, void *user)
{
	for (int i = 0; i < lines->config->n; i++) {
		if (lines->config->lines[i].is_output)
			continue;
		enum gpiod_line_value value =
			gpiod_line_request_get_value(lines->inputs, lines->offsets[i]);

		if (value == GPIOD_LINE_VALUE_ERROR)
			return -errno;
		fn(user, i, value == GPIOD_LINE_VALUE_ACTIVE, now_ms);
	}
	return 0;
}

int vk_lines_set(struct vk_lines *lines, int line, bool active)
{
	if (gpiod_line_request_set_value(lines->outputs, lines->offsets[line],
					 active ? GPIOD_LINE_VALUE_ACTIVE
						: GPIOD_LINE_VALUE_INACTIVE) < 0)
		return -errno;
	return 0;
}
