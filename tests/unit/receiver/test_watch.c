/* SPDX-License-Identifier: Apache-2.0 */
/* A hub that breaks its promise is told once, what it did not report too, and that it is back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../receiver/watch.h"

enum { TOLD = 512 };

/* 2026-03-01T00:00:00Z */
static const int64_t midnight = 1772323200000;

static void note(enum watch_news news, const struct watch_hub *hub,
		 const struct watch_expect *expect, void *user)
{
	static const char *const words[] = {"silent", "back", "missing"};
	char *told = user;
	size_t n = strlen(told);

	snprintf(told + n, TOLD - n, "%s %s%s%s;", words[news], hub->hub, expect ? " " : "",
		 expect ? expect->id : "");
}

static int promise(struct watch *watch, const char *hub, const char *json, int64_t now, char *told)
{
	return watch_promise(watch, hub, json, strlen(json), now, note, told);
}

static const char until_five[] = "{\"until\":\"2026-03-01T00:05:00Z\",\"expects\":[]}";
static const char until_ten[] = "{\"until\":\"2026-03-01T00:10:00Z\",\"expects\":[]}";

static void test_silence_is_told_once_and_its_end(void **state)
{
	struct watch watch = {0};
	char told[TOLD] = "";

	(void)state;
	assert_int_equal(promise(&watch, "hub-1", until_five, midnight, told), 0);
	assert_int_equal(watch_tick(&watch, midnight + 300000, note, told), midnight + 300001);
	assert_string_equal(told, "");
	assert_int_equal(watch_tick(&watch, midnight + 300001, note, told), INT64_MAX);
	assert_int_equal(watch_tick(&watch, midnight + 400000, note, told), INT64_MAX);
	assert_string_equal(told, "silent hub-1;");
	/* An old copy that the broker had kept does not bring it back. */
	assert_int_equal(promise(&watch, "hub-1", until_five, midnight + 400001, told), 0);
	assert_string_equal(told, "silent hub-1;");
	assert_int_equal(promise(&watch, "hub-1", until_ten, midnight + 400002, told), 0);
	assert_string_equal(told, "silent hub-1;back hub-1;");
	assert_int_equal(watch_tick(&watch, midnight + 600001, note, told), INT64_MAX);
	assert_string_equal(told, "silent hub-1;back hub-1;silent hub-1;");
	watch_done(&watch);
}

static void test_hubs_are_apart(void **state)
{
	struct watch watch = {0};
	char told[TOLD] = "";

	(void)state;
	assert_int_equal(promise(&watch, "hub-1", until_five, midnight, told), 0);
	assert_int_equal(promise(&watch, "hub-2", until_ten, midnight, told), 0);
	assert_int_equal(watch_tick(&watch, midnight + 300001, note, told), midnight + 600001);
	assert_string_equal(told, "silent hub-1;");
	watch_done(&watch);
}

/* As the hub promises it: for a day ahead, and to be heard again within a quarter of an hour. */
static void test_a_missing_sign_of_life_is_silence(void **state)
{
	static const char json[] = "{\"until\":\"2026-03-02T00:00:00Z\",\"expects\":["
				   "{\"kind\":\"heartbeat\",\"patient\":\"\",\"id\":\"heartbeat\","
				   "\"due\":\"2026-03-01T00:05:00Z\",\"grace_s\":600}]}";
	struct watch watch = {0};
	char told[TOLD] = "";

	(void)state;
	assert_int_equal(promise(&watch, "hub-1", json, midnight, told), 0);
	assert_int_equal(watch_tick(&watch, midnight, note, told), midnight + 900001);
	assert_string_equal(told, "");
	assert_int_equal(watch_tick(&watch, midnight + 900001, note, told), INT64_MAX);
	assert_string_equal(told, "silent hub-1;");
	/* The broker's old copy of it is no sign of life. */
	assert_int_equal(promise(&watch, "hub-1", json, midnight + 900002, told), 0);
	assert_string_equal(told, "silent hub-1;");
	watch_done(&watch);
}

static void test_what_was_expected_and_did_not_come(void **state)
{
	static const char json[] = "{\"until\":\"2026-03-01T00:10:00Z\",\"expects\":["
				   "{\"kind\":\"check\",\"patient\":\"p-1\",\"id\":\"c7\",\"due\":"
				   "\"2026-03-01T00:01:00Z\","
				   "\"grace_s\":60},"
				   "{\"kind\":\"heartbeat\",\"patient\":null,\"id\":\"hub\","
				   "\"due\":\"2026-03-01T00:09:00Z\","
				   "\"grace_s\":60}]}";
	struct watch watch = {0};
	char told[TOLD] = "";

	(void)state;
	assert_int_equal(promise(&watch, "hub-1", json, midnight, told), 0);
	assert_int_equal(watch_tick(&watch, midnight, note, told), midnight + 120001);
	assert_int_equal(watch_tick(&watch, midnight + 120001, note, told), midnight + 600001);
	/* The same promise once more tells nothing new. */
	assert_int_equal(promise(&watch, "hub-1", json, midnight + 130000, told), 0);
	assert_int_equal(watch_tick(&watch, midnight + 130000, note, told), midnight + 600001);
	assert_string_equal(told, "missing hub-1 c7;");
	watch_done(&watch);
}

static void test_nonsense_leaves_the_promise_standing(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{\"until\":\"soon\",\"expects\":[]}",
		"{\"until\":\"2026-03-01T00:10:00Z\"}",
		"{\"until\":\"2026-03-01T00:10:00Z\",\"expects\":[{\"kind\":\"check\"}]}",
		"{\"until\":\"2026-03-01T00:10:00Z\",\"expects\":[],\"until\":\"\"}",
	};
	struct watch watch = {0};
	char told[TOLD] = "";

	(void)state;
	assert_int_equal(promise(&watch, "hub-1", until_five, midnight, told), 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(promise(&watch, "hub-1", bad[i], midnight, told), -EBADMSG);
	assert_int_equal(watch_tick(&watch, midnight, note, told), midnight + 300001);
	watch_done(&watch);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silence_is_told_once_and_its_end),
		cmocka_unit_test(test_hubs_are_apart),
		cmocka_unit_test(test_a_missing_sign_of_life_is_silence),
		cmocka_unit_test(test_what_was_expected_and_did_not_come),
		cmocka_unit_test(test_nonsense_leaves_the_promise_standing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
