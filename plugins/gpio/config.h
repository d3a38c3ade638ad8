/* SPDX-License-Identifier: Apache-2.0 */
/* What the hub's welcome tells about the lines: one chip, and which of its lines are what. */
#ifndef VAKA_GPIO_CONFIG_H
#define VAKA_GPIO_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "vaka/wire.h"

enum { VK_LINES_MAX = 32, VK_LINE_NAME = 65 };

enum vk_line_bias { VK_BIAS_AS_IS, VK_BIAS_PULL_UP, VK_BIAS_PULL_DOWN, VK_BIAS_DISABLED };

struct vk_line_config {
	char name[VK_LINE_NAME]; /* what the hub calls it, an id */
	char line[VK_LINE_NAME]; /* what the chip calls it; "" when offset is given */
	unsigned offset;         /* 0…1023 */
	bool is_output;
	bool is_active_low;
	uint32_t debounce_ms; /* 0…10000, inputs only */
	enum vk_line_bias bias;
};

struct vk_lines_config {
	char chip[64]; /* "gpiochip0" or a label; "" only without lines */
	int n;
	struct vk_line_config lines[VK_LINES_MAX];
};

/* Takes a welcome. 0; -EINVAL: logged, with the field and what was expected. */
int vk_lines_config_parse(const struct vk_packet *welcome, struct vk_lines_config *ret_config);

/* The output of that name, or -1. */
int vk_lines_config_output(const struct vk_lines_config *config, const char *name);

#endif
