/* SPDX-License-Identifier: Apache-2.0 */
/* A reader that never leaves its bytes, and hexadecimal text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/err.h"

static void numbers_are_little_endian(void **state)
{
	static const uint8_t data[] = {1, 2, 3, 4, 5, 6, 0xff, 0xfe, 0xfd, 0xfc};
	struct vk_reader r = vk_reader_init(data, sizeof data);

	(void)state;
	assert_int_equal(vk_read_u8(&r), 1);
	assert_int_equal(vk_read_le16(&r), 0x0302);
	assert_int_equal(vk_read_le24(&r), 0x060504);
	assert_int_equal(vk_read_le32(&r), 0xfcfdfeff);
	assert_int_equal(vk_reader_left(&r), 0);
	assert_false(r.is_short);
}

static void reading_beyond_the_end_sticks(void **state)
{
	static const uint8_t data[] = {1, 2, 3};
	struct vk_reader r = vk_reader_init(data, sizeof data);

	(void)state;
	assert_int_equal(vk_read_u8(&r), 1);
	assert_int_equal(vk_read_le32(&r), 0);
	assert_true(r.is_short);
	assert_int_equal(r.short_at, 3);
	assert_int_equal(vk_read_u8(&r), 0); /* though a byte would be there */
	assert_int_equal(r.at, 1);
}

static void nothing_is_short_at_once(void **state)
{
	struct vk_reader r = vk_reader_init(NULL, 0);

	(void)state;
	assert_int_equal(vk_reader_left(&r), 0);
	assert_int_equal(vk_read_u8(&r), 0);
	assert_true(r.is_short);
	assert_int_equal(r.short_at, 0);
}

static void two_bytes_are_put_as_they_are_got(void **state)
{
	uint8_t p[2];

	(void)state;
	vk_put_le16(p, 0x8001);
	assert_int_equal(p[0], 1);
	assert_int_equal(p[1], 0x80);
	assert_int_equal(vk_get_le16(p), 0x8001);
}

static void hex_comes_back(void **state)
{
	char text[513];
	uint8_t data[256], back[256];

	(void)state;
	for (size_t i = 0; i < sizeof data; i++)
		data[i] = (uint8_t)i;
	vk_hex_format(text, data, sizeof data);
	assert_int_equal(strlen(text), 512);
	assert_int_equal(vk_hex_parse(text, back, sizeof back), 256);
	assert_memory_equal(back, data, sizeof data);
}

static void hex_takes_blanks_between_bytes_and_both_cases(void **state)
{
	uint8_t data[4];

	(void)state;
	assert_int_equal(vk_hex_parse(" 0a\tFf 7C\n", data, sizeof data), 3);
	assert_memory_equal(data, ((uint8_t[]){0x0a, 0xff, 0x7c}), 3);
	assert_int_equal(vk_hex_parse("", data, sizeof data), 0);
}

static void what_is_no_hex_is_refused(void **state)
{
	static const char *const texts[] = {"0", "0 a", "0x01", "zz", "0g", "01,02", "1 23"};
	uint8_t data[4];

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(texts); i++)
		assert_int_equal(vk_hex_parse(texts[i], data, sizeof data), -EINVAL);
	assert_int_equal(vk_hex_parse("0102030405", data, sizeof data), -EMSGSIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_little_endian),
		cmocka_unit_test(reading_beyond_the_end_sticks),
		cmocka_unit_test(nothing_is_short_at_once),
		cmocka_unit_test(two_bytes_are_put_as_they_are_got),
		cmocka_unit_test(hex_comes_back),
		cmocka_unit_test(hex_takes_blanks_between_bytes_and_both_cases),
		cmocka_unit_test(what_is_no_hex_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
