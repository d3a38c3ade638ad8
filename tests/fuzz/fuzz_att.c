/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile device: packets of any bytes into a whole session, with a hub that stores or fails. The
 * first byte chooses the hub and whether the device is known; then packets, each after its length.
 */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PENDING = 512, KNOWN = 1, FAILS = 2, SLOW = 4 };

struct home {
	struct vk_session session;
	struct vk_attributes attributes;
	struct vk_session_given given;
	uint32_t tokens[PENDING];
	int first, n;
	int64_t now_ms;
};

static int on_send(void *user, const uint8_t *pdu, size_t len)
{
	(void)user;
	if (len == 0 || len > VK_ATT_PDU_MAX || pdu[0] == 0)
		abort();
	return 0;
}

static int on_reading(void *user, const struct vk_sample *sample, uint32_t token)
{
	struct home *h = user;

	if (sample->len > VK_ATT_PDU_MAX || h->n >= PENDING)
		abort();
	h->tokens[(h->first + h->n++) % PENDING] = token;
	return 0;
}

static void on_learned(void *user, unsigned what)
{
	struct home *h = user;
	char text[VK_ATTRIBUTES_TEXT];
	struct vk_attributes again;

	if (!(what & VK_LEARNED_ATTRIBUTES) || h->attributes.n == 0)
		return;
	vk_attributes_format(text, &h->attributes);
	if (vk_attributes_parse(text, &again) < 0 || again.n != h->attributes.n)
		abort();
}

static void on_identified(void *user, struct vk_quirks *ret_quirks)
{
	const struct home *h = user;

	*ret_quirks = h->given.quirks;
}

static void on_nothing(void *user)
{
	(void)user;
}

static void on_now(void *user, struct vk_session_now *ret_now)
{
	const struct home *h = user;

	*ret_now = (struct vk_session_now){
		.mono_ms = h->now_ms,
		.utc_ms = h->now_ms,
		.local = {.year = 2026, .month = 3, .day = 4},
		.is_trusted = true,
	};
}

static const struct vk_session_ops ops = {
	.send = on_send,
	.reading = on_reading,
	.learned = on_learned,
	.raise = on_nothing,
	.identified = on_identified,
	.ready = on_nothing,
	.now = on_now,
};

static int answer_one(struct home *h, bool is_stored)
{
	uint32_t token = h->tokens[h->first];

	h->first = (h->first + 1) % PENDING;
	h->n--;
	return vk_session_answer(&h->session, token, is_stored);
}

static void feed(struct home *h, const uint8_t *data, size_t size, uint8_t mode)
{
	int r = 0;

	while (r == 0 && size > 0) {
		size_t len = data[0] < size - 1 ? data[0] : size - 1;
		vk_auto(vk_freep) uint8_t *alone = malloc(len ? len : 1);

		if (!alone)
			return;
		memcpy(alone, data + 1, len);
		data += len + 1;
		size -= len + 1;
		h->now_ms += 7;
		r = vk_session_input(&h->session, alone, len);
		if (r == 0)
			r = vk_session_dry(&h->session);
		while (r == 0 && h->n > 0 && !(mode & SLOW))
			r = answer_one(h, !(mode & FAILS));
		if (r == 0)
			r = vk_session_tick(&h->session);
	}
}

/* One of the quirks that change how a session goes, or none. */
static void set_model(struct home *h, unsigned choice)
{
	static const uint8_t quirks[] = {
		VK_QUIRK_CLOCK_DATE_TIME,    VK_QUIRK_CLOCK_FIRST_NOTIFIED,
		VK_QUIRK_SEQUENCE_REVERSED,  VK_QUIRK_RACP_ALL_ONLY,
		VK_QUIRK_RACP_LAST_ONLY,     VK_QUIRK_HUB_ENDS_SESSION,
		VK_QUIRK_PROFILE_WRITE_BACK, VK_QUIRK_SERVICE_CHANGED_FIRST,
	};

	h->given = (struct vk_session_given){.last_sequence = (int32_t)choice - 1};
	if (choice < sizeof quirks)
		vk_add_quirk(&h->given.quirks, (enum vk_quirk)quirks[choice]);
	h->given.may_delete = choice % 2;
	h->given.n_users = 1;
	h->given.users[0].user = 1;
	h->given.users[0].consent = 2520;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char known[] = "v1 0003:2a05:20:0004 0006:2a18:10:0007 0009:2a34:10:000a "
				    "000c:2a52:28:000d 000f:2a5f:10:0010 0012:2a35:20:0013 "
				    "0015:2a2b:1a:0016 0017:2a19:02:0000 0019:2a9f:28:001a "
				    "001c:2a99:0a:0000 001e:2a08:0a:0000";
	/* What speaks by itself: a strap and a sensor; a cuff whose records come in segments. */
	static const char streams[] = "v1 0003:2a37:10:0004 0006:2aa7:10:0007 0009:2aaa:02:0000";
	static const char segments[] = "v1 0003:2b36:10:0004 0006:2a52:28:0007 0009:2a2b:1a:000a";
	static const char *const lists[] = {known, known, streams, segments};
	vk_auto(vk_freep) struct home *h = calloc(1, sizeof *h);

	if (!h || size < 1)
		return 0;
	if (data[0] & KNOWN && vk_attributes_parse(lists[data[0] >> 6], &h->attributes) < 0)
		abort();
	h->now_ms = 1000;
	set_model(h, data[0] >> 3);
	if (vk_session_start(&h->session, &ops, h, &h->attributes, &h->given) == 0)
		feed(h, data + 1, size - 1, data[0]);
	vk_session_end(&h->session);
	while (h->n > 0)
		(void)answer_one(h, true);
	if (!vk_session_is_drained(&h->session) && !h->session.error)
		abort();
	vk_session_done(&h->session);
	return 0;
}
