/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See state.h. "key value" lines, so that a person can read in the folder what the device
 * remembers.
 */
#include "state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "file.h"
#include "util.h"

#define FILE_NAME        "state"
#define DEFAULT_WINDOW_S 10

/* A device fresh from the box is set to the wall clock of the room. */
static void set_defaults(struct vk_state *s)
{
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	*s = (struct vk_state){.clock_offset_s = tm.tm_gmtoff,
			       .eager = VK_EAGER_ON,
			       .window_s = DEFAULT_WINDOW_S,
			       .battery = 90};
}

static int read_key(struct vk_state *s, const char *key, const char *value)
{
	unsigned slot;
	unsigned ccc;

	if (strcmp(key, "clock-offset") == 0)
		s->clock_offset_s = strtoll(value, NULL, 10);
	else if (strcmp(key, "eager") == 0)
		s->eager = (enum vk_eager)atoi(value);
	else if (strcmp(key, "window") == 0)
		s->window_s = (unsigned)atoi(value);
	else if (strcmp(key, "battery") == 0)
		s->battery = (unsigned)atoi(value);
	else if (strcmp(key, "off") == 0)
		s->off = atoi(value);
	else if (strcmp(key, "lost") == 0)
		s->lost = atoi(value);
	else if (strcmp(key, "keep") == 0)
		s->keep = atoi(value);
	else if (strcmp(key, "irk") == 0)
		s->has_irk = vk_hex_decode(value, s->irk, VK_IRK_LEN) == VK_IRK_LEN;
	else if (strcmp(key, "ltk") == 0 && s->ltk_count < VK_LTK_MAX)
		s->ltk_count +=
			vk_hex_decode(value, s->ltk[s->ltk_count], VK_LTK_LEN) == VK_LTK_LEN;
	else if (strcmp(key, "ccc") == 0 && sscanf(value, "%u:%u", &slot, &ccc) == 2 &&
		 slot < VK_CCC_MAX)
		s->ccc[slot] = (uint16_t)ccc;
	else
		return -EINVAL;
	return 0;
}

int vk_state_load(struct vk_state *s, const char *dir)
{
	char *text vk_auto(vk_free_text) = NULL;
	char *save = NULL;
	int rc = vk_file_read(dir, FILE_NAME, &text);

	if (rc < 0)
		return rc;
	set_defaults(s);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		char *space = strchr(line, ' ');

		if (!space)
			return -EINVAL;
		*space = '\0';
		rc = read_key(s, line, space + 1);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int vk_state_save(const struct vk_state *s, const char *dir)
{
	char *text vk_auto(vk_free_text) = NULL;
	char hex[2 * VK_LTK_LEN + 1];
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return -ENOMEM;
	fprintf(f, "clock-offset %lld\neager %d\nwindow %u\nbattery %u\noff %d\nlost %d\nkeep %d\n",
		(long long)s->clock_offset_s, (int)s->eager, s->window_s, s->battery, s->off,
		s->lost, s->keep);
	for (unsigned i = 0; i < s->ltk_count; i++) {
		vk_hex_encode(s->ltk[i], VK_LTK_LEN, hex);
		fprintf(f, "ltk %s\n", hex);
	}
	if (s->has_irk) {
		vk_hex_encode(s->irk, VK_IRK_LEN, hex);
		fprintf(f, "irk %s\n", hex);
	}
	for (unsigned i = 0; i < VK_CCC_MAX; i++) {
		if (s->ccc[i])
			fprintf(f, "ccc %u:%u\n", i, s->ccc[i]);
	}
	if (fclose(f) != 0)
		return -ENOMEM;
	return vk_file_replace(dir, FILE_NAME, text, len);
}
