/* SPDX-License-Identifier: Apache-2.0 */
/* What is packed comes back, byte for byte; what is no packed text is refused, whatever it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/pack.h"

enum { ROOM = VK_PACK_MOST + 8 };

static uint8_t text[ROOM], packed[ROOM], back[ROOM];

/* The packed length, 0 where it stays as it is; otherwise it must come back. */
static size_t there_and_back(size_t len)
{
	size_t n;

	memset(packed, 0xaa, sizeof packed);
	memset(back, 0x55, sizeof back);
	n = vk_pack(packed, text, len);
	assert_true(n == 0 || n < len);
	assert_int_equal(packed[len], 0xaa);
	if (!n)
		return 0;
	assert_int_equal(vk_unpack(back, len, packed, n), 0);
	assert_memory_equal(back, text, len);
	assert_int_equal(back[len], 0x55);
	return n;
}

static void repeats_of_every_length_come_back(void **state)
{
	(void)state;
	for (size_t len = 0; len < 600; len++)
		for (size_t period = 1; period < 12; period++) {
			for (size_t i = 0; i < len; i++)
				text[i] = (uint8_t)('a' + i % period);
			assert_true(there_and_back(len) > 0 || len < 32);
		}
}

static void what_says_the_same_becomes_small(void **state)
{
	size_t len = 0;

	(void)state;
	for (int i = 0; i < 60; i++)
		len += (size_t)snprintf(
			(char *)text + len, ROOM - len,
			"{\"system\":\"urn:iso:std:iso:11073:10101\",\"code\":\"%d\"},", i * 7919);
	assert_in_range(there_and_back(len), 1, len / 3);
}

static void noise_stays_as_it_is(void **state)
{
	(void)state;
	srand(1);
	for (size_t i = 0; i < ROOM; i++)
		text[i] = (uint8_t)(rand() >> 8);
	assert_int_equal(there_and_back(3), 0);
	assert_int_equal(there_and_back(4500), 0);
}

/* A distance as far as one can say, over a repeat as long as there can be. */
static void the_longest_text_comes_back(void **state)
{
	(void)state;
	srand(2);
	memset(text, 0, sizeof text);
	for (size_t i = 0; i < 1000; i++)
		text[i] = text[VK_PACK_MOST - 1000 + i] = (uint8_t)(rand() >> 8);
	assert_in_range(there_and_back(VK_PACK_MOST), 1, 3000);
	memset(text, 'x', sizeof text);
	assert_true(there_and_back(VK_PACK_MOST) > 0);
	assert_int_equal(vk_pack(packed, text, VK_PACK_MOST + 1), 0);
}

static void what_is_none_is_refused(void **state)
{
	static const struct {
		uint8_t bytes[8];
		size_t n;
	} wrong[] = {
		{{0}, 0},                          /* nothing where four are wanted */
		{{3, 'a', 'b', 'c'}, 4},           /* one byte short */
		{{4, 'a', 'b', 'c', 'd', 'e'}, 6}, /* one too many */
		{{2, 'a', 'b', 'c'}, 4},           /* one too few */
		{{128, 1, 0}, 3},                  /* a repeat of nothing */
		{{0, 'a', 128, 2, 0}, 5},          /* from before the beginning */
		{{0, 'a', 128, 0, 0}, 5},          /* of itself */
		{{0, 'a', 128, 1}, 4},             /* half a distance */
		{{0, 'a', 128, 1, 0}, 5},          /* five */
	};

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(vk_unpack(back, 4, wrong[i].bytes, wrong[i].n), -EBADMSG);
	assert_int_equal(vk_unpack(back, 5, wrong[8].bytes, wrong[8].n), 0);
	assert_memory_equal(back, "aaaaa", 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repeats_of_every_length_come_back),
		cmocka_unit_test(what_says_the_same_becomes_small),
		cmocka_unit_test(noise_stays_as_it_is),
		cmocka_unit_test(the_longest_text_comes_back),
		cmocka_unit_test(what_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
