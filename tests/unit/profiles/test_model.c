/* SPDX-License-Identifier: Apache-2.0 */
/* Which model a device is: patterns, what outranks what, and what a person types. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "profiles/model.h"

enum { N_MODELS = 6 };

static void add(struct vk_model_patterns *patterns, const char *text)
{
	(void)vk_copy(patterns->list[patterns->n++], VK_MODEL_PATTERN, text);
}

/* cuff, any of its maker, another maker's namesake, two that only advertise, one without a maker.
 */
static void fill(struct vk_model models[N_MODELS])
{
	static const char *const ids[N_MODELS] = {"bm85", "beurer", "other",
						  "ua",   "ua-651", "free"};

	memset(models, 0, N_MODELS * sizeof *models);
	for (int i = 0; i < N_MODELS; i++) {
		(void)vk_copy(models[i].id, sizeof models[i].id, ids[i]);
		(void)snprintf(models[i].label, sizeof models[i].label, "Label %d", i);
	}
	add(&models[0].makers, "Beurer");
	add(&models[0].models, "BM85");
	add(&models[0].models, "BM 85");
	add(&models[1].makers, "Beurer*");
	add(&models[1].models, "*");
	add(&models[2].makers, "Other Maker");
	add(&models[2].models, "BM85");
	add(&models[3].names, "UA*");
	add(&models[4].names, "x");
	add(&models[4].names, "UA-651*");
	add(&models[5].models, "Free*");
}

static int index_of(const struct vk_model *models, const struct vk_model *found)
{
	return found ? (int)(found - models) : -1;
}

static void patterns_match_whole_texts(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool is_match;
	} rows[] = {
		{"", "", true},           {"", "a", false},        {"*", "", true},
		{"*", "any", true},       {"a*", "A", true},       {"a*", "ab", true},
		{"a*", "ba", false},      {"*a", "ba", true},      {"*a", "ab", false},
		{"a*c", "abbc", true},    {"a*c", "abcb", false},  {"*ab*", "aab", true},
		{"a**b", "ab", true},     {"a", "ab", false},      {"ab", "a", false},
		{"a*b*c", "aXbYc", true}, {"a*bc", "abxbc", true}, {"ab**", "ab", true},
		{"a*bd", "abcb", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (vk_model_glob(rows[i].pattern, rows[i].text) != rows[i].is_match)
			fail_msg("%s against %s", rows[i].pattern, rows[i].text);
}

static void information_outranks_a_name(void **state)
{
	static struct vk_model m[N_MODELS];

	(void)state;
	fill(m);
	assert_int_equal(index_of(m, vk_model_find(m, N_MODELS, "Beurer", "BM85", NULL)), 0);
	assert_int_equal(index_of(m, vk_model_find(m, N_MODELS, "beurer", "bm 85", "UA-651x")), 0);
	assert_int_equal(index_of(m, vk_model_find(m, N_MODELS, "Beurer GmbH", "BM85", "")), 1);
	assert_int_equal(index_of(m, vk_model_find(m, N_MODELS, "Other Maker", "BM85", "")), 2);
	assert_int_equal(index_of(m, vk_model_find(m, N_MODELS, NULL, "Free 1", NULL)), 5);
	assert_int_equal(index_of(m, vk_model_find(m, N_MODELS, "Any", "Free 1", NULL)), 5);
	assert_int_equal(index_of(m, vk_model_find(m, N_MODELS, NULL, "BM85", NULL)), -1);
	assert_int_equal(index_of(m, vk_model_find(m, N_MODELS, "Nobody", "BM85", "UA-1")), 3);
}

static void the_closest_name_wins(void **state)
{
	static struct vk_model m[N_MODELS];

	(void)state;
	fill(m);
	assert_int_equal(index_of(m, vk_model_find(m, N_MODELS, NULL, NULL, "UA-651BLE")), 4);
	assert_int_equal(index_of(m, vk_model_find(m, N_MODELS, NULL, "", "UA-767")), 3);
	assert_int_equal(index_of(m, vk_model_find(m, N_MODELS, NULL, NULL, "UB")), -1);
	assert_int_equal(index_of(m, vk_model_find(m, N_MODELS, NULL, NULL, "")), -1);
	assert_int_equal(index_of(m, vk_model_find(m, N_MODELS, NULL, NULL, NULL)), -1);
	assert_int_equal(index_of(m, vk_model_find(m, 4, NULL, NULL, "UA-651BLE")), 3);
	add(&m[0].names, "UA*"); /* as close as the other: the first one */
	assert_int_equal(index_of(m, vk_model_find(m, N_MODELS, NULL, NULL, "UA-767")), 0);
	/* A pattern that fits better stands before one that fits as well. */
	add(&m[1].names, "UA-767");
	add(&m[1].names, "UA*");
	assert_int_equal(index_of(m, vk_model_find(m, N_MODELS, NULL, NULL, "UA-767")), 1);
}

static void the_first_of_two_alike_is_taken(void **state)
{
	static struct vk_model m[N_MODELS];

	(void)state;
	fill(m);
	add(&m[2].makers, "Beurer");
	assert_int_equal(index_of(m, vk_model_find(m, N_MODELS, "Beurer", "BM85", NULL)), 0);
}

static void what_a_person_types(void **state)
{
	static struct vk_model m[N_MODELS];
	char longest[200];

	(void)state;
	fill(m);
	assert_int_equal(index_of(m, vk_model_by_text(m, N_MODELS, "label 2")), 2);
	assert_int_equal(index_of(m, vk_model_by_text(m, N_MODELS, "UA-651")), 4);
	assert_int_equal(index_of(m, vk_model_by_text(m, N_MODELS, "ua-651ble")), 4);
	assert_int_equal(index_of(m, vk_model_by_text(m, N_MODELS, "Beurer BM85")), 0);
	assert_int_equal(index_of(m, vk_model_by_text(m, N_MODELS, "Beurer BM 85")), 0);
	assert_int_equal(index_of(m, vk_model_by_text(m, N_MODELS, "Other Maker BM85")), 2);
	assert_int_equal(index_of(m, vk_model_by_text(m, N_MODELS, "Free one")), 5);
	assert_int_equal(index_of(m, vk_model_by_text(m, N_MODELS, "Free")), 5);
	assert_int_equal(index_of(m, vk_model_by_text(m, N_MODELS, "Nobody X1")), -1);
	assert_int_equal(index_of(m, vk_model_by_text(m, N_MODELS, "")), -1);
	memset(longest, 'x', sizeof longest);
	memcpy(longest + VK_MODEL_TEXT - 1, " BM85", 6);
	assert_int_equal(index_of(m, vk_model_by_text(m, N_MODELS, longest)), -1);
	memset(longest, 'x', sizeof longest);
	memcpy(longest + VK_MODEL_TEXT, " BM85", 6);
	assert_int_equal(index_of(m, vk_model_by_text(m, N_MODELS, longest)), -1);
	add(&m[2].makers, "xxx*");
	assert_int_equal(index_of(m, vk_model_by_text(m, N_MODELS, longest)), -1);
	memcpy(longest + VK_MODEL_TEXT - 1, " BM85", 6);
	assert_int_equal(index_of(m, vk_model_by_text(m, N_MODELS, longest)), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_match_whole_texts),
		cmocka_unit_test(information_outranks_a_name),
		cmocka_unit_test(the_closest_name_wins),
		cmocka_unit_test(the_first_of_two_alike_is_taken),
		cmocka_unit_test(what_a_person_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
