/* SPDX-License-Identifier: Apache-2.0 */
/* The corners of a record transfer that no session shows. */
#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "transfer.h"

static void start(struct vk_transfer *t, int32_t last, uint8_t out[VK_TRANSFER_REQUEST_MAX])
{
	static const uint8_t uncounted[] = {6, 0, 4, 2};

	vk_transfer_init(t, last);
	vk_transfer_begin(t, VK_HISTORY_NEWER);
	assert_true(vk_transfer_request(t, out) > 0);
	assert_int_equal(out[0], 4);
	assert_int_equal(vk_transfer_response(t, uncounted, sizeof uncounted), 0);
	assert_true(vk_transfer_request(t, out) > 0);
}

static void add(struct vk_transfer *t, uint16_t sequence)
{
	uint8_t raw[10] = {0, (uint8_t)sequence, (uint8_t)(sequence >> 8)};

	assert_int_equal(vk_transfer_record(t, VK_UUID_GLUCOSE, raw, sizeof raw, 0), 0);
}

static void store_all(struct vk_transfer *t)
{
	vk_transfer_release(t);
	while (vk_transfer_next(t))
		vk_transfer_stored(t, t->sent - 1);
}

static int end_with(struct vk_transfer *t, uint8_t code)
{
	const uint8_t raw[] = {6, 0, 1, code};

	return vk_transfer_response(t, raw, sizeof raw);
}

static void impossible_last_means_all(void **state)
{
	static const int32_t lasts[] = {-1, -7, 65535, 65536, INT32_MAX};
	uint8_t out[VK_TRANSFER_REQUEST_MAX];
	struct vk_transfer t;

	(void)state;
	for (size_t i = 0; i < sizeof lasts / sizeof lasts[0]; i++) {
		start(&t, lasts[i], out);
		assert_memory_equal(out, "\x01\x01", 2);
	}
}

static void unsupported_filter_falls_back_to_all(void **state)
{
	uint8_t out[VK_TRANSFER_REQUEST_MAX];
	struct vk_transfer t;

	(void)state;
	start(&t, 5, out);
	assert_int_equal(end_with(&t, 9), 0);
	assert_int_equal(vk_transfer_request(&t, out), 2);
	assert_memory_equal(out, "\x01\x01", 2);
	assert_int_equal(end_with(&t, 2), 0);
	assert_int_equal(vk_transfer_request(&t, out), 0);
	assert_false(t.is_complete);
	vk_transfer_done(&t);
}

/* No meter holds so many: it is not asked again, whoever drives the transfer. */
static void absurd_count_ends_it(void **state)
{
	static const uint8_t absurd[] = {5, 0, 0xff, 0xff};
	uint8_t out[VK_TRANSFER_REQUEST_MAX];
	struct vk_transfer t;

	(void)state;
	vk_transfer_init(&t, 5);
	vk_transfer_begin(&t, VK_HISTORY_NEWER);
	assert_true(vk_transfer_request(&t, out) > 0);
	assert_int_equal(vk_transfer_response(&t, absurd, sizeof absurd), -EOVERFLOW);
	assert_int_equal(vk_transfer_request(&t, out), 0);
	assert_false(t.is_complete);
	vk_transfer_done(&t);
}

static void foreign_answers_change_nothing(void **state)
{
	static const char *const bad[] = {"\x06\x00\x04\x01", "\x05\x00\x01\x01", "\x06\x00\x01"};
	static const size_t lens[] = {4, 4, 3};
	uint8_t out[VK_TRANSFER_REQUEST_MAX];
	struct vk_transfer t;

	(void)state;
	start(&t, -1, out);
	for (int i = 0; i < 3; i++)
		assert_int_equal(vk_transfer_response(&t, (const uint8_t *)bad[i], lens[i]),
				 -EBADMSG);
	assert_true(t.is_waiting);
	assert_int_equal(end_with(&t, 1), 0);
	assert_int_equal(end_with(&t, 1), -EBADMSG);
}

static void broken_off_procedure_keeps_what_came(void **state)
{
	uint8_t out[VK_TRANSFER_REQUEST_MAX];
	struct vk_transfer t;

	(void)state;
	start(&t, 10, out);
	add(&t, 11);
	add(&t, 12);
	assert_int_equal(end_with(&t, 8), -EAGAIN);
	store_all(&t);
	assert_int_equal(vk_transfer_request(&t, out), 0);
	assert_int_equal(vk_transfer_committed(&t), 12);
	vk_transfer_done(&t);
}

static void one_record_of_all_says_nothing_about_the_order(void **state)
{
	uint8_t out[VK_TRANSFER_REQUEST_MAX];
	struct vk_transfer t;

	(void)state;
	start(&t, -1, out);
	add(&t, 200);
	store_all(&t);
	assert_int_equal(vk_transfer_committed(&t), -1);
	add(&t, 201);
	store_all(&t);
	assert_int_equal(vk_transfer_committed(&t), 201);
	vk_transfer_done(&t);
}

static void gap_at_the_front_stops_the_run(void **state)
{
	uint8_t out[VK_TRANSFER_REQUEST_MAX];
	struct vk_transfer t;

	(void)state;
	start(&t, 10, out);
	add(&t, 12);
	add(&t, 13);
	store_all(&t);
	assert_int_equal(vk_transfer_committed(&t), 10);
	vk_transfer_done(&t);
}

static void unstored_record_stops_the_run(void **state)
{
	uint8_t out[VK_TRANSFER_REQUEST_MAX];
	struct vk_transfer t;

	(void)state;
	start(&t, 10, out);
	for (uint16_t i = 11; i <= 14; i++) {
		add(&t, i);
		assert_null(vk_transfer_next(&t)); /* not before it is released */
		vk_transfer_release(&t);
		assert_non_null(vk_transfer_next(&t));
	}
	vk_transfer_stored(&t, 0);
	vk_transfer_stored(&t, 3);
	vk_transfer_stored(&t, 3);
	vk_transfer_stored(&t, 4);
	vk_transfer_stored(&t, -1);
	assert_int_equal(t.stored, 2);
	assert_int_equal(vk_transfer_committed(&t), 11);
	vk_transfer_done(&t);
}

static void gaps_are_bounded(void **state)
{
	uint8_t out[VK_TRANSFER_REQUEST_MAX];
	struct vk_transfer t;
	int asked = 0;

	(void)state;
	start(&t, -1, out);
	for (uint16_t i = 0; i < 200; i++)
		add(&t, (uint16_t)(i * 2));
	do
		assert_int_equal(end_with(&t, asked ? 6 : 1), 0);
	while (vk_transfer_request(&t, out) > 0 && ++asked);
	assert_int_equal(asked, VK_TRANSFER_GAPS);
	vk_transfer_done(&t);
}

static void record_without_number_is_refused(void **state)
{
	uint8_t out[VK_TRANSFER_REQUEST_MAX], raw[VK_RECORD_MAX + 1] = {0};
	struct vk_transfer t;

	(void)state;
	start(&t, -1, out);
	assert_int_equal(vk_transfer_record(&t, VK_UUID_GLUCOSE, raw, 2, 0), -EBADMSG);
	assert_int_equal(vk_transfer_record(&t, VK_UUID_GLUCOSE, raw, sizeof raw, 0), -EBADMSG);
	assert_int_equal(t.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(impossible_last_means_all),
		cmocka_unit_test(unsupported_filter_falls_back_to_all),
		cmocka_unit_test(absurd_count_ends_it),
		cmocka_unit_test(foreign_answers_change_nothing),
		cmocka_unit_test(broken_off_procedure_keeps_what_came),
		cmocka_unit_test(one_record_of_all_says_nothing_about_the_order),
		cmocka_unit_test(gap_at_the_front_stops_the_run),
		cmocka_unit_test(unstored_record_stops_the_run),
		cmocka_unit_test(gaps_are_bounded),
		cmocka_unit_test(record_without_number_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
