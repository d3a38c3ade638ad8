/* SPDX-License-Identifier: Apache-2.0 */
/* The collector's notes on a device: what is written is read again, and nothing else is. */
#include "cmocka_all.h"

#include <string.h>

#include "memory.h"

/* Padding is nobody's. */
static void assert_same(const struct vk_memory *a, const struct vk_memory *b)
{
	assert_int_equal(a->mark.is_known, b->mark.is_known);
	assert_int_equal(a->mark.utc_s, b->mark.utc_s);
	assert_int_equal(a->mark.wall_s, b->mark.wall_s);
	assert_int_equal(a->mark.device_s, b->mark.device_s);
	assert_int_equal(a->is_reversed, b->is_reversed);
	assert_int_equal(a->has_newest, b->has_newest);
	assert_int_equal(a->newest_s, b->newest_s);
	assert_int_equal(a->has_newest_number, b->has_newest_number);
	assert_int_equal(a->newest_number, b->newest_number);
	assert_int_equal(a->ends.has_first, b->ends.has_first);
	assert_int_equal(a->ends.has_last, b->ends.has_last);
	assert_true(a->ends.first == b->ends.first && a->ends.last == b->ends.last);
	assert_int_equal(a->has_hash, b->has_hash);
	assert_memory_equal(a->hash, b->hash, VK_HASH_SIZE);
}

static void what_is_written_is_read_again(void **state)
{
	struct vk_memory all = {
		.mark = {.is_known = true,
			 .utc_s = 1772606400,
			 .wall_s = 1772610000,
			 .device_s = -5},
		.is_reversed = true,
		.has_newest = true,
		.newest_s = 253402300799,
		.has_newest_number = true,
		.newest_number = 7,
		.ends = {true, true, 1, UINT64_C(0xfedcba9876543210)},
		.has_hash = true,
		.hash = "0123456789abcde",
	};
	struct vk_memory none = {0}, again;
	char text[VK_MEMORY_TEXT];

	(void)state;
	vk_memory_format(text, &all);
	assert_true(strlen(text) < VK_MEMORY_TEXT - 1);
	vk_memory_parse(text, &again);
	assert_same(&again, &all);
	vk_memory_format(text, &none);
	assert_string_equal(text, "v1");
	vk_memory_parse(text, &again);
	assert_same(&again, &none);
}

static void longest_text_has_room(void **state)
{
	struct vk_memory m = {
		.mark = {true, -12244089600, -12244089600, -12244089600},
		.is_reversed = true,
		.has_newest = true,
		.newest_s = -12244089600,
		.has_newest_number = true,
		.newest_number = UINT16_MAX,
		.ends = {true, true, UINT64_MAX, UINT64_MAX},
		.has_hash = true,
	};
	struct vk_memory again;
	char text[VK_MEMORY_TEXT];

	(void)state;
	vk_memory_format(text, &m);
	vk_memory_parse(text, &again);
	assert_same(&again, &m);
}

static void foreign_texts_are_no_memory(void **state)
{
	static const char *const texts[] = {
		"",
		"v2 r",
		"r",
		"v1 c1,2",
		"v1 c1,2,999999999999999",
		"v1 h00",
		"v1 habc",
		"v1 q65536",
		"v1 f00",
		"v1 l0011223344556677889",
		"v1 n-999999999999999",
		"v1 x7",
		"v1 c,,",
		"v1 rr",
	};
	struct vk_memory none = {0}, m;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		memset(&m, 0xff, sizeof m);
		vk_memory_parse(texts[i], &m);
		assert_same(&m, &none);
	}
	/* A word of a newer version is passed over, the others hold. */
	vk_memory_parse("v1 x7 r", &m);
	assert_true(m.is_reversed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(longest_text_has_room),
		cmocka_unit_test(foreign_texts_are_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
