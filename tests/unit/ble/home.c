/* SPDX-License-Identifier: Apache-2.0 */
/* The session's callbacks, recorded. */
#include "home.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "cmocka_all.h"

static int on_send(void *user, const uint8_t *pdu, size_t len)
{
	struct home *h = user;
	int i = h->n_packets++ % HOME_PACKETS;

	assert_true(h->n_packets - h->taken <= HOME_PACKETS);
	assert_true(len <= VK_ATT_PDU_MAX);
	memcpy(h->packets[i].pdu, pdu, len);
	h->packets[i].len = len;
	if (pdu[0] == VK_ATT_CONFIRM)
		h->confirmations++;
	return h->send_error;
}

static int on_reading(void *user, const struct vk_sample *sample, uint32_t token)
{
	struct home *h = user;
	struct home_sample *kept = &h->samples[h->n_samples++];

	assert_true(h->n_samples <= HOME_SAMPLES);
	assert_true(sample->len <= VK_RECORD_MAX);
	*kept = (struct home_sample){.sample = *sample, .token = token};
	memcpy(kept->raw, sample->raw, sample->len);
	return 0;
}

static void on_learned(void *user, unsigned what)
{
	((struct home *)user)->learned |= what;
}

static void on_raise(void *user)
{
	((struct home *)user)->raises++;
}

static void on_ready(void *user)
{
	((struct home *)user)->readies++;
}

static void on_identified(void *user, struct vk_quirks *ret_quirks)
{
	struct home *h = user;

	h->identified++;
	*ret_quirks = h->quirks;
}

static void on_now(void *user, struct vk_session_now *ret_now)
{
	*ret_now = ((struct home *)user)->now;
}

static const struct vk_session_ops ops = {
	.send = on_send,
	.reading = on_reading,
	.learned = on_learned,
	.raise = on_raise,
	.identified = on_identified,
	.ready = on_ready,
	.now = on_now,
};

void home_init(struct home *h)
{
	memset(h, 0, sizeof *h);
	h->does_store = true;
	h->now = (struct vk_session_now){
		.mono_ms = 1000000,
		.utc_ms = INT64_C(1772606400000),
		.local = {.year = 2026, .month = 3, .day = 4, .hour = 7, .minute = 40},
		.is_trusted = true,
	};
}

void home_done(struct home *h)
{
	vk_session_done(&h->session);
}

static void note(struct home *h, int result)
{
	if (result)
		h->result = result;
}

void home_store(struct home *h, int most)
{
	for (int i = 0; i < most && h->answered < h->n_samples; i++)
		note(h, vk_session_answer(&h->session, h->samples[h->answered++].token,
					  h->does_store));
}

void home_packet(struct home *h, const void *pdu, size_t len)
{
	note(h, vk_session_input(&h->session, pdu, len));
}

void home_run(struct home *h)
{
	uint8_t answer[64];

	for (;;) {
		if (h->taken < h->n_packets) {
			int i = h->taken++ % HOME_PACKETS;
			size_t len = fake_peer_answer(&h->peer, h->packets[i].pdu,
						      h->packets[i].len, answer);

			if (len)
				home_packet(h, answer, len);
			continue;
		}
		note(h, vk_session_dry(&h->session));
		if (!h->is_hub_slow && h->answered < h->n_samples)
			home_store(h, 1);
		else if (h->taken == h->n_packets)
			return;
	}
}

void home_start(struct home *h, int32_t last_sequence)
{
	h->given.last_sequence = last_sequence;
	note(h, vk_session_start(&h->session, &ops, h, &h->attributes, &h->given));
	home_run(h);
}

static void send_value(struct home *h, uint8_t op, uint16_t uuid, const void *value, size_t len)
{
	uint8_t pdu[VK_ATT_PDU_MAX] = {op};

	vk_put_le16(pdu + 1, fake_peer_handle(&h->peer, uuid));
	memcpy(pdu + 3, value, len);
	home_packet(h, pdu, len + 3);
}

void home_indicate(struct home *h, uint16_t uuid, const void *value, size_t len)
{
	send_value(h, VK_ATT_INDICATE, uuid, value, len);
}

void home_notify(struct home *h, uint16_t uuid, const void *value, size_t len)
{
	send_value(h, VK_ATT_NOTIFY, uuid, value, len);
}

void home_wait(struct home *h, int64_t ms)
{
	h->now.mono_ms += ms;
	h->now.utc_ms += ms;
	note(h, vk_session_tick(&h->session));
}

int home_teardown(void **state)
{
	home_done(*state);
	free(*state);
	return 0;
}
