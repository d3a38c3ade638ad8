/* SPDX-License-Identifier: Apache-2.0 */
/* One look at each place: was this beginning of four bytes seen before, and where last? */
#include "store/pack.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

enum {
	PLAIN_MOST = 128,
	REPEAT = 128, /* the leading byte of a repeat of REPEAT_LEAST */
	REPEAT_LEAST = 4,
	REPEAT_MOST = 127 + REPEAT_LEAST,
	SLOTS_LOG2 = 12,
	HURRY = 64, /* so many bytes without a repeat make the next step one longer */
};

struct writer {
	uint8_t *out;
	size_t n, most;
	bool is_full;
};

static uint32_t four_at(const uint8_t *p)
{
	uint32_t four;

	memcpy(&four, p, sizeof four);
	return four;
}

static size_t slot_of(uint32_t four)
{
	return four * UINT32_C(2654435761) >> (32 - SLOTS_LOG2);
}

static void put_plain(struct writer *w, const uint8_t *p, size_t len)
{
	while (len) {
		size_t n = len < PLAIN_MOST ? len : PLAIN_MOST;

		if (w->most - w->n < n + 1) {
			w->is_full = true;
			return;
		}
		w->out[w->n++] = (uint8_t)(n - 1);
		memcpy(w->out + w->n, p, n);
		w->n += n;
		p += n;
		len -= n;
	}
}

static void put_repeat(struct writer *w, size_t distance, size_t len)
{
	while (len) {
		size_t n = len < REPEAT_MOST ? len : REPEAT_MOST;

		if (len > n && len - n < REPEAT_LEAST)
			n = len - REPEAT_LEAST;
		if (w->most - w->n < 3) {
			w->is_full = true;
			return;
		}
		w->out[w->n++] = (uint8_t)(REPEAT + n - REPEAT_LEAST);
		w->out[w->n++] = (uint8_t)distance;
		w->out[w->n++] = (uint8_t)(distance >> 8);
		len -= n;
	}
}

static size_t same(const uint8_t *a, const uint8_t *b, size_t most)
{
	size_t n = 0;

	while (most - n >= sizeof(uint64_t) && memcmp(a + n, b + n, sizeof(uint64_t)) == 0)
		n += sizeof(uint64_t);
	while (n < most && a[n] == b[n])
		n++;
	return n;
}

size_t vk_pack(uint8_t *out, const uint8_t *in, size_t len)
{
	uint16_t seen[1 << SLOTS_LOG2] = {0}; /* one beyond the last place; 0: never */
	struct writer w = {.out = out, .most = len};
	size_t plain = 0;

	if (len > VK_PACK_MOST)
		return 0;
	for (size_t at = 0; at + REPEAT_LEAST <= len;) {
		uint32_t four = four_at(in + at);
		size_t slot = slot_of(four), from = seen[slot];

		seen[slot] = (uint16_t)(at + 1);
		if (!from || four_at(in + from - 1) != four) {
			at += 1 + (at - plain) / HURRY;
			continue;
		}
		size_t n = same(in + at, in + from - 1, len - at);

		put_plain(&w, in + plain, at - plain);
		put_repeat(&w, at - (from - 1), n);
		plain = at += n;
	}
	put_plain(&w, in + plain, len - plain);
	return w.is_full || w.n >= len ? 0 : w.n;
}

static void repeat(uint8_t *to, size_t distance, size_t n)
{
	if (distance >= n)
		memcpy(to, to - distance, n);
	else
		for (size_t i = 0; i < n; i++)
			to[i] = to[i - distance];
}

int vk_unpack(uint8_t *out, size_t len, const uint8_t *in, size_t packed_len)
{
	const uint8_t *end = in + packed_len;
	size_t made = 0;

	while (in < end) {
		uint8_t lead = *in++;
		bool is_repeat = lead >= REPEAT;
		size_t n = (size_t)(is_repeat ? lead - REPEAT + REPEAT_LEAST : lead + 1);

		if (len - made < n || (size_t)(end - in) < (is_repeat ? 2 : n))
			return -EBADMSG;
		if (is_repeat) {
			size_t distance = in[0] | (size_t)in[1] << 8;

			if (!distance || distance > made)
				return -EBADMSG;
			repeat(out + made, distance, n);
			in += 2;
		} else {
			memcpy(out + made, in, n);
			in += n;
		}
		made += n;
	}
	return made == len ? 0 : -EBADMSG;
}
