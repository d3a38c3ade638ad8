/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every length from 0 to beyond the longest, under every value of the flags: a value is refused
 * exactly when it is shorter than its flags promise, at the byte where it ends. What the flags
 * promise is written down here a second time, apart from the decoders' tables.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "profiles/profile.h"

enum { LONGEST = 40, MAX_BITS = 16 };

struct promise {
	uint16_t uuid;
	size_t flags_size, always; /* always: with the flags */
	size_t bits[MAX_BITS];     /* what each flag bit adds */
};

static const struct promise promises[] = {
	{0x2a35, 1, 7, {0, 7, 2, 1, 2}},
	{0x2a36, 1, 7, {0, 7, 2, 1, 2}},
	{0x2b34, 1, 7, {0, 4, 2, 1, 2, 4}},
	{0x2a18, 1, 10, {2, 3, 0, 2}},
	{0x2a34, 1, 3, {3, 1, 1, 3, 3, 0, 2, 1}},
	{0x2a5e, 1, 5, {7, 2, 3, 2}},
	{0x2a5f, 1, 5, {4, 4, 2, 3, 2}},
	{0x2a9d, 1, 3, {0, 7, 1, 4}},
	{0x2a9c, 2, 4, {0, 7, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2}},
	{0x2a1c, 1, 5, {0, 7, 1}},
	{0x2a1e, 1, 5, {0, 7, 1}},
	{0x2a37, 1, 2, {1, 0, 0, 2, 2}},
	{0x2a19, 0, 1, {0}},
	{0x2a08, 0, 7, {0}},
	{0x2a0a, 0, 8, {0}},
	{0x2a0c, 0, 9, {0}},
	{0x2a2b, 0, 10, {0}},
};

static size_t needed(const struct promise *p, unsigned flags)
{
	size_t need = p->always;

	for (int i = 0; i < MAX_BITS; i++)
		if (flags >> i & 1)
			need += p->bits[i];
	return need;
}

/* An interval between beats is two bytes, so that half of one at the end is refused as well. */
static bool is_half_interval(const struct promise *p, unsigned flags, size_t len)
{
	return p->uuid == 0x2a37 && (flags & 0x10) && (len - needed(p, flags)) % 2;
}

static void check_length(const struct promise *p, unsigned flags, size_t len)
{
	uint8_t data[LONGEST];
	struct vk_decode_error error = {.byte = SIZE_MAX};
	struct vk_decoded d = {.n_values = -7};
	size_t need = needed(p, flags);

	memset(data, 1, sizeof data);
	for (size_t i = 0; i < p->flags_size; i++)
		data[i] = (uint8_t)(flags >> 8 * i);
	int rc = vk_profile_decode(p->uuid, NULL, data, len, &d, &error);

	if (len >= need && !is_half_interval(p, flags, len)) {
		assert_int_equal(rc, 0);
		assert_true(d.n_values >= 0);
		return;
	}
	assert_int_equal(rc, -EBADMSG);
	assert_int_equal(d.n_values, -7);
	assert_int_equal(error.byte, len < need ? len : len - 1);
	assert_true(strlen(error.why) > 0);
}

/* Too short for its flags: the flags that count are those that came. */
static unsigned flags_that_came(const struct promise *p, unsigned flags, size_t len)
{
	return len >= p->flags_size ? flags : 0;
}

static void every_length_under_all_flags(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof promises / sizeof *promises; i++) {
		const struct promise *p = &promises[i];
		unsigned n_flags = p->flags_size == 2 ? 1 << 13 : p->flags_size ? 1 << 8 : 1;

		for (unsigned flags = 0; flags < n_flags; flags++)
			for (size_t len = 0; len < LONGEST; len++)
				check_length(p, flags_that_came(p, flags, len), len);
	}
}

static void the_longest_values_are_as_the_reference_says(void **state)
{
	static const struct {
		uint16_t uuid;
		size_t longest;
	} rows[] = {
		{0x2a35, 19}, {0x2a18, 17}, {0x2a5e, 19}, {0x2a5f, 20}, {0x2a9d, 15}, {0x2a1c, 13},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		for (size_t j = 0; j < sizeof promises / sizeof *promises; j++)
			if (promises[j].uuid == rows[i].uuid)
				assert_int_equal(needed(&promises[j], 0xffff), rows[i].longest);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_length_under_all_flags),
		cmocka_unit_test(the_longest_values_are_as_the_reference_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
