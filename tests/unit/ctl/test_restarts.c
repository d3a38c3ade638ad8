/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A month in which everything happens, and the same month with a restart behind every single line:
 * the state is thrown away and built from the rows of its effects. Nothing may be decided
 * otherwise, byte for byte. tests/bench/core_restarts.py takes each restart by itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "base/str.h"
#include "ctl/replay.h"

#define MONTH VAKA_SOURCE_DIR "/tests/scenario/thirty-days/"

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	assert_non_null(file);
	assert_true(getdelim(&text, &size, '\0', file) > 0);
	(void)fclose(file);
	return text;
}

static char *replay(const char *events)
{
	char *text = NULL, *refusals = NULL;
	size_t text_len, refusals_len;
	FILE *out = open_memstream(&text, &text_len);
	FILE *err = open_memstream(&refusals, &refusals_len);
	FILE *in = fmemopen((void *)(uintptr_t)events, strlen(events), "r");

	assert_true(in && out && err);
	assert_int_equal(vk_replay_run(MONTH "plan.yaml", "events", in, out, err), 0);
	(void)fclose(in);
	(void)fclose(out);
	(void)fclose(err);
	free(refusals);
	return text;
}

/* At the moment of each line but the last. */
static void add_restarts(struct vk_str *out, const char *events, int *ret_n)
{
	static const char head[] = "{\"t\":\"2026-03-10T00:00:00+01:00\"";

	for (const char *line = events, *end; (end = strchr(line, '\n')); line = end + 1) {
		vk_str_addf(out, "%.*s\n", (int)(end - line), line);
		if (!end[1])
			break;
		vk_str_addf(out, "%.*s,\"restart\":{\"off_s\":0,\"clock\":\"synced\"}}\n",
			    (int)sizeof head - 1, line);
		++*ret_n;
	}
	assert_int_equal(out->error, 0);
}

static void a_month(void **state)
{
	vk_auto(vk_freep) char *events = read_file(MONTH "events.jsonl");
	vk_auto(vk_freep) char *should = read_file(MONTH "effects.jsonl");
	vk_auto(vk_freep) char *is = replay(events);

	(void)state;
	assert_string_equal(is, should);
}

static void restarted_at_every_event(void **state)
{
	vk_auto(vk_freep) char *events = read_file(MONTH "events.jsonl");
	vk_auto(vk_freep) char *should = read_file(MONTH "effects.jsonl");
	vk_auto(vk_str_done) struct vk_str restarted = {.max = 1 << 20};
	int n = 0;

	(void)state;
	add_restarts(&restarted, events, &n);
	assert_true(n > 900);
	vk_auto(vk_freep) char *is = replay(restarted.text);

	assert_string_equal(is, should);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_month),
		cmocka_unit_test(restarted_at_every_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
