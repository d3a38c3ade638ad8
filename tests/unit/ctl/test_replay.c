/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole nights and weeks through `vakactl replay`: each folder of tests/scenario holds what
 * happened and what must be decided. And lines that cannot be understood: refused with their place.
 */
#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/err.h"
#include "ctl/replay.h"

#define SCENARIOS VAKA_SOURCE_DIR "/tests/scenario/"

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;

	assert_non_null(file);
	if (getdelim(&text, &size, '\0', file) < 0)
		assert_true(feof(file));
	(void)fclose(file);
	return text;
}

/* Runs text as a file of events; out and err are the caller's to free. */
static int run(const char *plan, const char *name, const char *events, char **ret_out,
	       char **ret_err)
{
	size_t out_len, err_len;
	FILE *out = open_memstream(ret_out, &out_len), *err = open_memstream(ret_err, &err_len);
	FILE *in = fmemopen((void *)(uintptr_t)events, strlen(events), "r");
	int error;

	assert_true(out && err && in);
	error = vk_replay_run(plan, name, in, out, err);
	(void)fclose(in);
	(void)fclose(out);
	(void)fclose(err);
	return error;
}

/* What the folder's file holds, or "" where it has none. */
static char *read_optional(const char *name, const char *file)
{
	vk_auto(vk_freep) char *path = NULL;

	assert_true(asprintf(&path, SCENARIOS "%s/%s", name, file) > 0);
	return access(path, F_OK) == 0 ? read_file(path) : strdup("");
}

/* The first line that differs says more than two long texts. */
static void compare(const char *name, const char *what, const char *is, const char *should)
{
	int line = 1;

	while (*is && *is == *should) {
		line += *is == '\n';
		is++;
		should++;
	}
	if (*is == *should)
		return;
	print_error("%s: %s: line %d differs at\n  %.160s\nexpected\n  %.160s\n", name, what, line,
		    is, should);
	fail();
}

static void run_scenario(const char *name)
{
	vk_auto(vk_freep) char *plan = NULL, *out = NULL, *err = NULL;
	vk_auto(vk_freep) char *events = read_optional(name, "events.jsonl");
	vk_auto(vk_freep) char *effects = read_optional(name, "effects.jsonl");
	vk_auto(vk_freep) char *refusals = read_optional(name, "refusals");
	int error;

	assert_true(asprintf(&plan, SCENARIOS "%s/plan.yaml", name) > 0);
	error = run(plan, "events", events, &out, &err);
	compare(name, "refusals", err, refusals);
	assert_int_equal(error, 0);
	assert_true(effects[0] || strstr(name, "quiet"));
	compare(name, "effects.jsonl", out, effects);
}

static void every_scenario_decides_as_it_should(void **state)
{
	glob_t plans;

	(void)state;
	assert_int_equal(glob(SCENARIOS "*/plan.yaml", 0, NULL, &plans), 0);
	assert_true(plans.gl_pathc > 4);
	for (size_t i = 0; i < plans.gl_pathc; i++) {
		char *name = plans.gl_pathv[i] + strlen(SCENARIOS);

		*strchr(name, '/') = '\0';
		run_scenario(name);
	}
	globfree(&plans);
}

#define T "{\"t\":\"2026-03-04T07:40:00+01:00\","

static void mistakes_have_a_place(void **state)
{
	static const struct {
		const char *line, *message;
	} rows[] = {
		{"oven",
		 "events:1:4: '[' or '{' expected near 'oven', expected one JSON object a line\n"},
		{"[]",
		 "events:1: the line is no object, expected {…} with t reading signal command "
		 "receipt link clock device plan restart end\n"},
		{T "\"end\":true,\"link\":\"up\"}", "events:1: expected t and one event\n"},
		{"{\"t\":\"today\",\"end\":true}",
		 "events:1: t is no time, expected RFC 3339 with offset\n"},
		{T "\"ending\":true}",
		 "events:1: unknown member ending in the line, expected t reading signal command "
		 "receipt link clock device plan restart end\n"},
		{T "\"link\":\"sideways\"}",
		 "events:1: unknown state of link, expected \"up\" or \"down\"\n"},
		{T "\"reading\":{\"kind\":\"mood\"}}",
		 "events:1: reading without a known kind, expected \"weight\" or another\n"},
		{T "\"reading\":{\"kind\":\"weight\",\"values\":{\"weight\":{\"value\":80,\"unit\":"
		   "\"kg\"}}}}",
		 "events:1: weight: value is no decimal, expected a text as \"124\"\n"},
		{T "\"reading\":{\"kind\":\"weight\",\"values\":{\"weight\":{\"value\":\"80\","
		   "\"unit\":\"stone\"}}}}",
		 "events:1: weight: unknown unit, expected a UCUM code\n"},
		{T "\"signal\":{\"name\":\"bed-exit\"}}",
		 "events:1: signal is not complete, expected name and active\n"},
		{T "\"clock\":{\"quality\":\"fine\"}}",
		 "events:1: unknown quality of the clock, expected unsynced, held or synced\n"},
		{T "\"end\":true}\n" T "\"end\":true}", ""},
		{T "\"link\":\"up\"}\n{\"t\":\"2026-03-04T07:39:59+01:00\",\"end\":true}",
		 "events:2: t goes back, expected lines in order of time\n"}};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		vk_auto(vk_freep) char *out = NULL, *err = NULL;
		int error =
			run(SCENARIOS "weight-gain/plan.yaml", "events", rows[i].line, &out, &err);

		assert_string_equal(err, rows[i].message);
		assert_int_equal(error, rows[i].message[0] != '\0');
	}
}

static void other_events_reach_the_core(void **state)
{
	static const char lines[] =
		T "\"link\":\"down\"}\n"
		  "{\"t\":\"2026-03-04T07:41:00+01:00\",\"device\":{\"name\":\"scale\",\"heard\":"
		  "false,\"battery\":12}}\n"
		  "{\"t\":\"2026-03-04T07:42:00+01:00\",\"link\":\"up\"}\n"
		  "{\"t\":\"2026-03-04T07:43:00+01:00\",\"plan\":{\"file\":\"night-check/plan."
		  "yaml\"}}\n"
		  "{\"t\":\"2026-03-04T07:44:00+01:00\",\"signal\":{\"name\":\"bed-exit\","
		  "\"active\":true}}\n"
		  "{\"t\":\"2026-03-04T07:45:00+01:00\",\"reading\":{\"kind\":\"weight\","
		  "\"values\":{\"weight\":{\"absent\":\"unsuccessful\"}},\"patient\":\"\"}}\n";
	static const char *const wanted[] = {"\"rule\":\"link-lost\"",
					     "\"rule\":\"device-not-heard\"",
					     "\"rule\":\"battery-low\"",
					     "\"reason\":\"healed\"",
					     "\"reason\":\"bed-exit\",\"line\":21,\"check\":\"c1\"",
					     "\"ask\":\"who\"",
					     "\"task\":\"assign\""};
	vk_auto(vk_freep) char *out = NULL, *err = NULL;

	(void)state;
	assert_int_equal(
		run(SCENARIOS "weight-gain/plan.yaml", SCENARIOS "events.jsonl", lines, &out, &err),
		0);
	for (size_t i = 0; i < VK_ARRAY_LEN(wanted); i++)
		assert_non_null(strstr(out, wanted[i]));
}

/* A history that is tried has what people have said of it: it is not asked about again. */
static void what_a_person_has_said_stands(void **state)
{
	static const struct {
		const char *whose;
		bool is_asked;
	} rows[] = {
		{"", true}, {",\"whose\":\"outside-band\"", true}, {",\"whose\":\"said\"", false}};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		vk_auto(vk_freep) char *out = NULL, *err = NULL, *lines = NULL;

		assert_true(asprintf(&lines,
				     T "\"reading\":{\"kind\":\"weight\",\"values\":{\"weight\":"
				       "{\"value\":\"96.4\",\"unit\":\"kg\"}}%s}}\n",
				     rows[i].whose) > 0);
		assert_int_equal(
			run(SCENARIOS "whose-visitor/plan.yaml", "events", lines, &out, &err), 0);
		assert_true((strstr(out, "\"ask\":\"who\"") != NULL) == rows[i].is_asked);
	}
}

static void a_plan_with_mistakes_is_refused(void **state)
{
	vk_auto(vk_freep) char *out = NULL, *err = NULL;

	(void)state;
	assert_int_equal(run(SCENARIOS "README.md", "events", T "\"end\":true}", &out, &err), 1);
	assert_non_null(strstr(err, "README.md:"));
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_scenario_decides_as_it_should),
		cmocka_unit_test(mistakes_have_a_place),
		cmocka_unit_test(other_events_reach_the_core),
		cmocka_unit_test(a_plan_with_mistakes_is_refused),
		cmocka_unit_test(what_a_person_has_said_stands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
