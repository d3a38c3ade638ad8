/* SPDX-License-Identifier: Apache-2.0 */
/* The words of a verb, and the terminal it prints to. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "ctl/main.h"

/* Options that stand alone. */
static const char *const lone[] = {"--all", "--list", "--test", "--no-test"};

const char *vk_args_option(const struct vk_args *a, const char *name)
{
	for (int i = 0; i + 1 < a->n; i++)
		if (strcmp(a->words[i], name) == 0)
			return a->words[i + 1];
	return NULL;
}

bool vk_args_has(const struct vk_args *a, const char *name)
{
	for (int i = 0; i < a->n; i++)
		if (strcmp(a->words[i], name) == 0)
			return true;
	return false;
}

static bool is_lone(const char *word)
{
	for (size_t i = 0; i < VK_ARRAY_LEN(lone); i++)
		if (strcmp(lone[i], word) == 0)
			return true;
	return false;
}

const char *vk_args_word(const struct vk_args *a, int n)
{
	for (int i = 0; i < a->n; i++) {
		if (strncmp(a->words[i], "--", 2) == 0) {
			i += !is_lone(a->words[i]);
			continue;
		}
		if (n-- == 0)
			return a->words[i];
	}
	return NULL;
}

/* Of a terminal; a file or a pipe has no limit. $COLUMNS goes before. */
static int columns(void)
{
	const char *wish = getenv("COLUMNS");
	struct winsize size;

	if (wish && atoi(wish) > 0)
		return atoi(wish);
	if (isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		return size.ws_col;
	return 0;
}

struct vk_screen vk_args_screen(const struct vk_args *a, struct vk_str *out)
{
	return (struct vk_screen){.lang = a->lang,
				  .width = columns(),
				  .now_utc_ms = (int64_t)time(NULL) * 1000,
				  .out = out};
}

int vk_args_print(const struct vk_args *a, json_t *answer,
		  void (*show)(const struct vk_screen *, const json_t *))
{
	vk_auto(vk_str_done) struct vk_str out = {0};
	struct vk_screen screen = vk_args_screen(a, &out);

	if (!answer)
		return 1;
	if (a->is_json || !show) {
		(void)json_dumpf(answer, stdout, JSON_INDENT(1) | JSON_ENCODE_ANY);
		(void)putchar('\n');
	} else {
		show(&screen, answer);
		if (out.text)
			(void)fputs(out.text, stdout);
	}
	json_decref(answer);
	return 0;
}

void vk_args_say(const struct vk_args *a, enum vk_say what, const char *first, const char *second,
		 const char *third)
{
	vk_auto(vk_str_done) struct vk_str out = {0};
	struct vk_screen screen = vk_args_screen(a, &out);

	vk_show_line(&screen, what, first, second, third);
	if (out.text)
		(void)fputs(out.text, a->is_json ? stderr : stdout);
	(void)fflush(stdout);
}
