/* SPDX-License-Identifier: Apache-2.0 */
/* The quick reader of headers, held against jansson: the same, or left to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "plugin/plain_json.h"

enum { DEPTH = 4 };

static json_t *plain(const char *text)
{
	return vk_plain_json(text, strlen(text), DEPTH);
}

static json_t *exact(const char *text)
{
	return json_loads(text, JSON_REJECT_DUPLICATES, NULL);
}

static void reads_what_is_plain(void **state)
{
	static const char *const texts[] = {
		"{}",
		" { } ",
		"{\"t\":\"stored\",\"n\":1,\"id\":\"a-b\",\"repeat\":false}",
		"{\"a\":[],\"b\":{},\"c\":null,\"d\":true,\"\":\"\"}",
		"{ \"t\" : \"x\" , \"list\" : [ 1 , -2 , 0 , 999999999999999999 ] }",
		"{\"n\":-999999999999999999,\"z\":-0}",
		"{\"a\":{\"b\":{\"c\":[\"mm[Hg]\",\"{}\",\",:\"]}}}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		json_t *a = plain(texts[i]), *b = exact(texts[i]);

		assert_non_null(a);
		assert_true(json_equal(a, b));
		json_decref(a);
		json_decref(b);
	}
}

/* Right or wrong, it is for the library to say. */
static void leaves_the_rest(void **state)
{
	static const char *const texts[] = {
		"",
		" ",
		"[]",
		"\"t\"",
		"7",
		"{",
		"{\"t\"",
		"{\"t\":",
		"{\"t\":\"x",
		"{\"t\":\"x\"",
		"{\"t\":\"x\",}",
		"{,}",
		"{\"a\":[1,]}",
		"{\"a\":[1 2]}",
		"{\"a\":1}}",
		"{\"a\":1} x",
		"{\"a\":1,\"a\":1}",
		"{\"a\":{\"b\":1,\"b\":2}}",
		"{\"a\":\"\\n\"}",
		"{\"a\\u0062\":1}",
		"{\"a\":\"\xc3\xa5\"}",
		"{\"a\":\"\xff\"}",
		"{\"a\":\"\t\"}",
		"{\"a\":\"\x7f\"}",
		"{\"a\":1.5}",
		"{\"a\":1e3}",
		"{\"a\":01}",
		"{\"a\":-}",
		"{\"a\":+1}",
		"{\"a\":1234567890123456789}",
		"{\"a\":truex}",
		"{\"a\":tru",
		"{\"a\":nil}",
		"{\"a\":'b'}",
		"{a:1}",
		"{\"a\":1,\n\"b\":2}",
		"{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}",
		"{\"a\":[[[1]]]]}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (plain(texts[i]))
			fail_msg("taken: %s", texts[i]);
}

static void reads_no_further_than_the_end(void **state)
{
	static const char text[] = "{\"a\":12345}";

	(void)state;
	for (size_t len = 0; len < sizeof text - 1; len++)
		assert_null(vk_plain_json(text, len, DEPTH));
	json_t *json = vk_plain_json("{\"a\":1}9", 7, DEPTH);

	assert_int_equal(json_integer_value(json_object_get(json, "a")), 1);
	json_decref(json);
}

/* Of each bound one more and one less. */
static void counts_depth_as_asked(void **state)
{
	json_t *json;

	(void)state;
	json = vk_plain_json("{\"a\":[[]]}", 10, 3);
	assert_non_null(json);
	json_decref(json);
	assert_null(vk_plain_json("{\"a\":[[]]}", 10, 2));
	assert_null(vk_plain_json("{}", 2, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_is_plain),
		cmocka_unit_test(leaves_the_rest),
		cmocka_unit_test(reads_no_further_than_the_end),
		cmocka_unit_test(counts_depth_as_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
