/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a meter understands at the Record Access Control Point, and which of five records
 * (sequence 10..14, an hour apart) each request selects.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "le.h"
#include "number.h"
#include "racp.h"

#define COUNT     5
#define FIRST_SEQ 10
#define NOON      1718452800 /* 2024-06-15 12:00:00 as a wall clock */

static int parse(const uint8_t *p, size_t len)
{
	struct vk_racp_request r;

	return (int)vk_racp_parse(p, len, &r);
}

#define PARSE(...) parse((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

/* One bit per selected record, the oldest is bit 0. */
static unsigned chosen(const uint8_t *p, size_t len)
{
	struct vk_racp_request r;
	unsigned mask = 0;

	assert_int_equal(vk_racp_parse(p, len, &r), VK_RACP_SUCCESS);
	for (unsigned i = 0; i < COUNT; i++) {
		if (vk_racp_selects(&r, i, COUNT, (uint16_t)(FIRST_SEQ + i), NOON + 3600 * i))
			mask |= 1u << i;
	}
	return mask;
}

#define CHOSEN(...) chosen((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void selections_by_place(void **state)
{
	(void)state;
	assert_int_equal(CHOSEN(1, 1), 0x1f);
	assert_int_equal(CHOSEN(4, 1), 0x1f);
	assert_int_equal(CHOSEN(1, 5), 0x01);
	assert_int_equal(CHOSEN(1, 6), 0x10);
}

static void selections_by_sequence(void **state)
{
	(void)state;
	assert_int_equal(CHOSEN(1, 2, 1, 11, 0), 0x03);
	assert_int_equal(CHOSEN(1, 3, 1, 13, 0), 0x18);
	assert_int_equal(CHOSEN(1, 3, 1, 0, 1), 0x00);
	assert_int_equal(CHOSEN(1, 4, 1, 11, 0, 13, 0), 0x0e);
	assert_int_equal(CHOSEN(4, 4, 1, 14, 0, 14, 0), 0x10);
}

static void selections_by_time(void **state)
{
	uint8_t since[3 + VK_DATE_TIME_LEN] = {1, 3, 2};
	uint8_t between[3 + 2 * VK_DATE_TIME_LEN] = {1, 4, 2};

	(void)state;
	vk_date_time_encode(NOON + 3600, since + 3);
	assert_int_equal(chosen(since, sizeof(since)), 0x1e);
	vk_date_time_encode(NOON + 1, between + 3);
	vk_date_time_encode(NOON + 3 * 3600, between + 3 + VK_DATE_TIME_LEN);
	assert_int_equal(chosen(between, sizeof(between)), 0x0e);
}

static void requests_that_are_refused(void **state)
{
	(void)state;
	assert_int_equal(PARSE(2, 1), VK_RACP_OP_NOT_SUPPORTED);
	assert_int_equal(PARSE(9, 1), VK_RACP_OP_NOT_SUPPORTED);
	assert_int_equal(PARSE(1), VK_RACP_INVALID_OPERATOR);
	assert_int_equal(PARSE(1, 0), VK_RACP_INVALID_OPERATOR);
	assert_int_equal(PARSE(1, 7), VK_RACP_OPERATOR_NOT_SUPPORTED);
	assert_int_equal(PARSE(1, 1, 0), VK_RACP_INVALID_OPERAND);
	assert_int_equal(PARSE(1, 3), VK_RACP_INVALID_OPERAND);
	assert_int_equal(PARSE(1, 3, 1, 5), VK_RACP_INVALID_OPERAND);
	assert_int_equal(PARSE(1, 3, 3, 5, 0), VK_RACP_OPERAND_NOT_SUPPORTED);
	assert_int_equal(PARSE(1, 4, 1, 9, 0), VK_RACP_INVALID_OPERAND);
	assert_int_equal(PARSE(1, 4, 1, 9, 0, 8, 0), VK_RACP_INVALID_OPERAND);
	assert_int_equal(PARSE(1, 3, 2, 0, 0, 13, 40, 0, 0, 0), VK_RACP_INVALID_OPERAND);
}

static void abort_takes_no_operator(void **state)
{
	(void)state;
	assert_int_equal(PARSE(3, 0), VK_RACP_SUCCESS);
	assert_int_equal(PARSE(3, 1), VK_RACP_INVALID_OPERATOR);
	assert_int_equal(PARSE(3, 0, 0), VK_RACP_INVALID_OPERAND);
}

static void empty_write(void **state)
{
	struct vk_racp_request r;

	(void)state;
	assert_int_equal(vk_racp_parse(NULL, 0, &r), VK_RACP_INVALID_OPERATOR);
	assert_int_equal(r.op, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(selections_by_place),
		cmocka_unit_test(selections_by_sequence),
		cmocka_unit_test(selections_by_time),
		cmocka_unit_test(requests_that_are_refused),
		cmocka_unit_test(abort_takes_no_operator),
		cmocka_unit_test(empty_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
