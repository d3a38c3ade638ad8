/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person sees, against files of tests/data/show: <name>.json shown on a screen is
 * <name>.<language>.<width>.txt. `test_show --write` writes them anew, to be read before they are
 * kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/civil.h"
#include "base/file.h"
#include "ctl/faults.h"
#include "ctl/show.h"
#include "ctl/table.h"

#define SHOW VAKA_SOURCE_DIR "/tests/data/show/"

static const struct {
	const char *name;
	void (*show)(const struct vk_screen *s, const json_t *list);
	enum vk_lang lang;
	int width;
} cases[] = {
	{"devices", vk_show_devices, VK_SV, 0},   {"devices", vk_show_devices, VK_EN, 0},
	{"devices", vk_show_devices, VK_SV, 60},  {"devices", vk_show_devices, VK_EN, 30},
	{"readings", vk_show_readings, VK_SV, 0}, {"readings", vk_show_readings, VK_EN, 50},
	{"alerts", vk_show_alerts, VK_SV, 0},     {"alerts", vk_show_alerts, VK_EN, 60},
	{"checks", vk_show_checks, VK_SV, 0},     {"checks", vk_show_checks, VK_EN, 0},
	{"notices", vk_show_notices, VK_SV, 72},  {"notices", vk_show_notices, VK_EN, 72},
	{"status", vk_show_status, VK_SV, 80},    {"status", vk_show_status, VK_EN, 80},
	{"selftest", vk_show_selftest, VK_SV, 0}, {"selftest", vk_show_selftest, VK_EN, 0},
};

static struct vk_screen screen(enum vk_lang lang, int width, struct vk_str *out)
{
	struct vk_screen s = {.lang = lang, .width = width, .out = out};

	assert_int_equal(vk_rfc3339_parse("2026-03-04T12:00:00+01:00", &s.now_utc_ms), 0);
	return s;
}

/* status.json holds what three questions answer; its faults are made as vakactl makes them. */
static json_t *input(const char *name)
{
	vk_auto(vk_freep) char *path = NULL;
	json_error_t error;
	json_t *json;

	assert_true(asprintf(&path, SHOW "%s.json", name) > 0);
	json = json_load_file(path, 0, &error);
	if (!json)
		print_error("%s:%d: %s\n", path, error.line, error.text);
	assert_non_null(json);
	if (strcmp(name, "status") == 0)
		(void)json_object_set_new(json, "faults",
					  vk_faults(json, json_object_get(json, "alerts"),
						    json_object_get(json, "devices")));
	return json;
}

static char *output_path(size_t i)
{
	char *path = NULL;

	assert_true(asprintf(&path, SHOW "%s.%s.%d.txt", cases[i].name,
			     cases[i].lang == VK_SV ? "sv" : "en", cases[i].width) > 0);
	return path;
}

static void show(size_t i, struct vk_str *out)
{
	struct vk_screen s = screen(cases[i].lang, cases[i].width, out);
	json_t *json = input(cases[i].name);

	cases[i].show(&s, json);
	json_decref(json);
	assert_int_equal(out->error, 0);
}

static void files(void **state)
{
	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(cases); i++) {
		vk_auto(vk_str_done) struct vk_str out = {0};
		vk_auto(vk_freep) char *path = output_path(i);
		char wanted[16384];
		FILE *file = fopen(path, "re");
		size_t n;

		assert_non_null(file);
		n = fread(wanted, 1, sizeof wanted - 1, file);
		(void)fclose(file);
		wanted[n] = '\0';
		show(i, &out);
		if (strcmp(out.text, wanted) != 0)
			print_error("not as in %s\n", path);
		assert_string_equal(out.text, wanted);
	}
}

static void nothing_says_so(void **state)
{
	static const struct {
		void (*show)(const struct vk_screen *s, const json_t *list);
		enum vk_say say;
	} rows[] = {{vk_show_devices, VK_SAY_NO_DEVICES},
		    {vk_show_readings, VK_SAY_NO_READINGS},
		    {vk_show_alerts, VK_SAY_NO_ALERTS},
		    {vk_show_checks, VK_SAY_NO_CHECKS},
		    {vk_show_notices, VK_SAY_NO_NOTICES}};
	json_t *empty = json_array();

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		vk_auto(vk_str_done) struct vk_str out = {0};
		struct vk_screen s = screen(VK_SV, 0, &out);

		rows[i].show(&s, empty);
		assert_ptr_equal(strstr(out.text, vk_say(rows[i].say, VK_SV)), out.text);
	}
	json_decref(empty);
}

static void assert_when(const char *when, const char *wanted)
{
	vk_auto(vk_str_done) struct vk_str out = {0};
	struct vk_screen s = screen(VK_SV, 0, NULL);

	vk_show_when(&s, &out, when);
	assert_string_equal(out.text, wanted);
}

static void days_are_the_homes(void **state)
{
	(void)state;
	assert_when("2026-03-04T00:00:00+01:00", "idag 00:00");
	assert_when("2026-03-03T23:59:00+01:00", "igår 23:59");
	assert_when("2026-03-02T23:59:00+01:00", "2026-03-02 23:59");
	assert_when("2026-03-05T00:10:00+01:00", "2026-03-05 00:10");
	assert_when("2026-03-04T10:00:00Z", "idag 10:00");
	assert_when("2026-03-03T20:00:00-08:00", "igår 20:00");
	assert_when(NULL, "aldrig");
	assert_when("yesterday, about noon", "aldrig");
}

static void strength_in_words(void **state)
{
	static const struct {
		int dbm;
		enum vk_say say;
	} rows[] = {{-30, VK_SAY_STRENGTH_STRONG}, {-60, VK_SAY_STRENGTH_STRONG},
		    {-61, VK_SAY_STRENGTH_GOOD},   {-75, VK_SAY_STRENGTH_GOOD},
		    {-76, VK_SAY_STRENGTH_WEAK},   {-88, VK_SAY_STRENGTH_WEAK},
		    {-89, VK_SAY_STRENGTH_FAINT}};
	struct vk_screen s = screen(VK_EN, 0, NULL);

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		json_t *dbm = json_integer(rows[i].dbm);

		assert_string_equal(vk_show_strength(&s, dbm), vk_say(rows[i].say, VK_EN));
		json_decref(dbm);
	}
	assert_string_equal(vk_show_strength(&s, NULL), "unknown");
}

static void widths(void **state)
{
	(void)state;
	assert_int_equal(vk_text_width(""), 0);
	assert_int_equal(vk_text_width("våg"), 3);
	assert_int_equal(vk_text_width("va\xcc\x8ag"), 3); /* a and a ring of its own */
	assert_int_equal(vk_text_width("\xe8\xa1\x80\xe5\x9c\xa7"), 4); /* two wide ones */
	assert_int_equal(vk_text_width("\xf0\x9f\x92\x99"), 2);
	assert_int_equal(vk_text_width("\xff\xc3"), 2); /* no UTF-8: one each */
}

/* A stranger chooses its name: it must not move the cursor or turn the line round. */
static void names_cannot_play_with_the_terminal(void **state)
{
	vk_auto(vk_str_done) struct vk_str out = {0};
	struct vk_table t = {0};

	(void)state;
	vk_table_head(&t, "Name");
	vk_table_cell(&t, "\x1b[2Jred\r\n\xe2\x80\xaeok\xff\xc2\x9b!");
	vk_table_print(&t, 0, &out);
	assert_string_equal(out.text, "Name\n?[2Jred"
				      "?"
				      "?"
				      "?ok"
				      "?"
				      "?!\n");
	vk_table_done(&t);
}

static void wrapped_between_words(void **state)
{
	vk_auto(vk_str_done) struct vk_str out = {0};

	(void)state;
	vk_text_wrap(&out, "ett två  tre fyra", 8, 2);
	assert_string_equal(out.text, "ett\n  två\n  tre\n  fyra\n");
}

static int write_files(void)
{
	for (size_t i = 0; i < VK_ARRAY_LEN(cases); i++) {
		vk_auto(vk_str_done) struct vk_str out = {0};
		vk_auto(vk_freep) char *path = output_path(i);
		FILE *file = fopen(path, "we");

		if (!file)
			return 1;
		show(i, &out);
		(void)fputs(out.text, file);
		if (fclose(file))
			return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files),
		cmocka_unit_test(nothing_says_so),
		cmocka_unit_test(days_are_the_homes),
		cmocka_unit_test(strength_in_words),
		cmocka_unit_test(widths),
		cmocka_unit_test(names_cannot_play_with_the_terminal),
		cmocka_unit_test(wrapped_between_words),
	};

	if (argc == 2 && strcmp(argv[1], "--write") == 0)
		return write_files();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
