/* SPDX-License-Identifier: Apache-2.0 */
/* The ATT client alone: one request at a time, a server that says little, and foreign bytes. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "att/client.h"

struct wire {
	struct vk_att att;
	uint8_t last[64];
	size_t last_len;
	int sent, answers, values;
	uint8_t error;
	uint8_t order[8];
	bool was_indication;
};

static int on_send(void *user, const uint8_t *pdu, size_t len)
{
	struct wire *w = user;

	assert_true(len <= sizeof w->last);
	memcpy(w->last, pdu, len);
	w->last_len = len;
	w->sent++;
	return 0;
}

static void on_value(void *user, uint16_t handle, const uint8_t *data, size_t len,
		     bool is_indication)
{
	struct wire *w = user;

	(void)handle;
	(void)data;
	(void)len;
	w->values++;
	w->was_indication = is_indication;
}

static void on_time(void *user, uint8_t out[VK_ATT_CURRENT_TIME_LEN])
{
	(void)user;
	memset(out, 0x77, VK_ATT_CURRENT_TIME_LEN);
}

static const struct vk_att_ops ops = {.send = on_send, .value = on_value, .current_time = on_time};

static void on_reply(void *user, const struct vk_att_reply *reply)
{
	struct wire *w = user;

	w->error = reply->error;
	w->order[w->answers++] = reply->len ? reply->data[0] : 0;
}

static int setup(void **state)
{
	struct wire *w = calloc(1, sizeof *w);

	vk_att_init(&w->att, &ops, w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static int ask(struct wire *w, uint16_t handle, int64_t now_ms)
{
	uint8_t pdu[VK_ATT_REQUEST_MAX];

	return vk_att_request(&w->att, pdu, vk_att_build_read(pdu, handle), now_ms, on_reply, w);
}

static void one_request_at_a_time(void **state)
{
	struct wire *w = *state;

	assert_int_equal(ask(w, 1, 0), 0);
	assert_int_equal(ask(w, 2, 0), 0);
	assert_int_equal(w->sent, 1);
	assert_int_equal(vk_att_input(&w->att, (const uint8_t *)"\x0b\x41", 2, 10), 0);
	assert_int_equal(w->sent, 2);
	assert_int_equal(w->last[1], 2);
	assert_int_equal(vk_att_input(&w->att, (const uint8_t *)"\x0b\x42", 2, 20), 0);
	assert_int_equal(w->answers, 2);
	assert_memory_equal(w->order, "\x41\x42", 2);
}

static void queue_is_bounded(void **state)
{
	struct wire *w = *state;

	for (int i = 0; i < VK_ATT_QUEUE; i++)
		assert_int_equal(ask(w, 1, 0), 0);
	assert_int_equal(ask(w, 1, 0), -ENOBUFS);
}

static void silence_ends_the_bearer(void **state)
{
	struct wire *w = *state;

	assert_int_equal(vk_att_tick(&w->att, INT64_MAX - 1), 0);
	(void)ask(w, 1, 1000);
	assert_int_equal(vk_att_tick(&w->att, 1000 + VK_ATT_TIMEOUT_MS - 1), 0);
	assert_int_equal(vk_att_tick(&w->att, 1000 + VK_ATT_TIMEOUT_MS), -ETIMEDOUT);
}

static void error_reaches_the_asker(void **state)
{
	struct wire *w = *state;

	(void)ask(w, 0x0102, 0);
	assert_int_equal(vk_att_input(&w->att, (const uint8_t *)"\x01\x0a\x02\x01\x05", 5, 1), 0);
	assert_int_equal(w->error, VK_ATT_E_AUTHENTICATION);
	assert_int_equal(w->answers, 1);
}

static void wrong_answers_break_the_protocol(void **state)
{
	struct wire *w = *state;

	assert_int_equal(vk_att_input(&w->att, (const uint8_t *)"\x0b\x41", 2, 0), -EPROTO);
	(void)ask(w, 1, 0);
	assert_int_equal(vk_att_input(&w->att, (const uint8_t *)"\x13", 1, 0), -EPROTO);
	assert_int_equal(vk_att_input(&w->att, (const uint8_t *)"\x01\x12\x01\x00\x05", 5, 0),
			 -EPROTO);
	assert_int_equal(vk_att_input(&w->att, (const uint8_t *)"", 0, 0), -EPROTO);
	assert_int_equal(w->answers, 0);
}

static void indication_waits_for_its_confirmation(void **state)
{
	struct wire *w = *state;
	static const uint8_t indication[] = {VK_ATT_INDICATE, 3, 0, 1, 2};

	assert_int_equal(vk_att_input(&w->att, indication, sizeof indication, 0), 0);
	assert_int_equal(w->values, 1);
	assert_true(w->was_indication);
	assert_int_equal(w->sent, 0);
	assert_int_equal(vk_att_input(&w->att, indication, sizeof indication, 0), -EPROTO);
	assert_int_equal(w->values, 1);
	assert_int_equal(vk_att_confirm(&w->att), 0);
	assert_int_equal(w->last[0], VK_ATT_CONFIRM);
	assert_int_equal(vk_att_confirm(&w->att), 0);
	assert_int_equal(w->sent, 1);
}

static void short_values_break_the_protocol(void **state)
{
	struct wire *w = *state;

	assert_int_equal(vk_att_input(&w->att, (const uint8_t *)"\x1b\x03", 2, 0), -EPROTO);
	assert_int_equal(vk_att_input(&w->att, (const uint8_t *)"\x1d", 1, 0), -EPROTO);
	assert_int_equal(w->values, 0);
}

static void serves_mtu_and_agrees_on_the_smaller(void **state)
{
	struct wire *w = *state;

	assert_int_equal(vk_att_input(&w->att, (const uint8_t *)"\x02\x64\x00", 3, 0), 0);
	assert_int_equal(w->att.mtu, 100);
	assert_memory_equal(w->last, "\x03\x05\x02", 3);
	assert_int_equal(vk_att_input(&w->att, (const uint8_t *)"\x02\x01\x00", 3, 0), 0);
	assert_int_equal(w->att.mtu, VK_ATT_MTU_DEFAULT);
}

static void serves_the_time_and_nothing_else(void **state)
{
	struct wire *w = *state;
	static const struct {
		const char *pdu;
		size_t len;
		uint8_t code;
	} refused[] = {
		{"\x08\x01\x00\xff\xff\x00\x2a", 7, VK_ATT_E_NOT_FOUND},
		{"\x10\x01\x00\xff\xff\x00\x28", 7, VK_ATT_E_NOT_FOUND},
		{"\x04\x01\x00\xff\xff", 5, VK_ATT_E_NOT_FOUND},
		{"\x0a\x09\x00", 3, VK_ATT_E_HANDLE},
		{"\x12\x03\x00\x01", 4, VK_ATT_E_HANDLE},
		{"\x16\x03\x00\x00\x00\x01", 6, VK_ATT_E_NOT_SUPPORTED},
	};

	assert_int_equal(
		vk_att_input(&w->att, (const uint8_t *)"\x08\x01\x00\xff\xff\x2b\x2a", 7, 0), 0);
	assert_int_equal(w->last_len, 14);
	assert_memory_equal(w->last, "\x09\x0c\x03\x00\x77", 5);
	assert_int_equal(vk_att_input(&w->att, (const uint8_t *)"\x0a\x03\x00", 3, 0), 0);
	assert_int_equal(w->last_len, 11);
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		assert_int_equal(
			vk_att_input(&w->att, (const uint8_t *)refused[i].pdu, refused[i].len, 0),
			0);
		assert_int_equal(w->last[0], VK_ATT_ERROR);
		assert_int_equal(w->last[1], (uint8_t)refused[i].pdu[0]);
		assert_int_equal(w->last[4], refused[i].code);
	}
}

static void commands_get_silence(void **state)
{
	struct wire *w = *state;

	assert_int_equal(vk_att_input(&w->att, (const uint8_t *)"\x52\x03\x00\x01", 4, 0), 0);
	assert_int_equal(vk_att_input(&w->att, (const uint8_t *)"\xd2\x03\x00", 3, 0), 0);
	assert_int_equal(w->sent, 0);
}

static void lists_must_fit_their_entries(void **state)
{
	struct vk_att_list list;
	static const uint8_t zero[] = {0, 1, 2, 3}, odd[] = {7, 1, 2, 3}, kind[] = {3, 1, 2, 3, 4};

	(void)state;
	assert_int_equal(vk_att_characteristics(zero, sizeof zero, &list), -EBADMSG);
	assert_int_equal(vk_att_characteristics(odd, sizeof odd, &list), -EBADMSG);
	assert_int_equal(vk_att_characteristics(odd, 1, &list), -EBADMSG);
	assert_int_equal(vk_att_informations(kind, sizeof kind, &list), -EBADMSG);
	assert_int_equal(vk_att_informations(kind, 0, &list), -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(one_request_at_a_time, setup, teardown),
		cmocka_unit_test_setup_teardown(queue_is_bounded, setup, teardown),
		cmocka_unit_test_setup_teardown(silence_ends_the_bearer, setup, teardown),
		cmocka_unit_test_setup_teardown(error_reaches_the_asker, setup, teardown),
		cmocka_unit_test_setup_teardown(wrong_answers_break_the_protocol, setup, teardown),
		cmocka_unit_test_setup_teardown(indication_waits_for_its_confirmation, setup,
						teardown),
		cmocka_unit_test_setup_teardown(short_values_break_the_protocol, setup, teardown),
		cmocka_unit_test_setup_teardown(serves_mtu_and_agrees_on_the_smaller, setup,
						teardown),
		cmocka_unit_test_setup_teardown(serves_the_time_and_nothing_else, setup, teardown),
		cmocka_unit_test_setup_teardown(commands_get_silence, setup, teardown),
		cmocka_unit_test(lists_must_fit_their_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
