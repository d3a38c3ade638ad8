/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any events at any times into the radio's supervisor: three bytes are the event, its flag and how
 * long nothing happened before it. It may never take more rungs in an hour than it may, never act
 * while a link is up or a person is at work, and never ask to be woken in the past for ever.
 */
#include <stdlib.h>

#include "supervisor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { HOUR_MS = 3600 * 1000, TURNS_MOST = 16 };

struct room {
	struct vk_supervisor s;
	int64_t now_ms, acts[VK_RADIO_HOUR_MOST];
	unsigned n_acts;
};

static bool step(struct room *r, const struct vk_radio_event *event)
{
	struct vk_radio_action action = vk_supervisor_step(&r->s, event, r->now_ms);
	int64_t *oldest_ms = &r->acts[r->n_acts % VK_RADIO_HOUR_MOST];

	if (action.type == VK_RADIO_DO_NOTHING)
		return false;
	if (r->s.links > 0 || r->s.is_person_busy)
		abort();
	if (action.type != VK_RADIO_DO_RUNG)
		return true;
	if (action.rung <= VK_RUNG_NONE || action.rung >= VK_N_RUNGS ||
	    (r->n_acts >= VK_RADIO_HOUR_MOST && r->now_ms - *oldest_ms <= HOUR_MS))
		abort();
	*oldest_ms = r->now_ms;
	r->n_acts++;
	return true;
}

/* The timer's turns: what is due at one moment is done within a few of them. */
static void wake(struct room *r)
{
	static const struct vk_radio_event tick = {.type = VK_RADIO_TICK};

	for (int i = 0; vk_supervisor_deadline_ms(&r->s) <= r->now_ms; i++) {
		if (i == TURNS_MOST)
			abort();
		(void)step(r, &tick);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct room r = {.now_ms = 1};

	vk_supervisor_init(&r.s, r.now_ms);
	for (; size >= 3; data += 3, size -= 3) {
		struct vk_radio_event event = {
			.type = (enum vk_radio_event_type)(data[0] % (VK_RADIO_BUSY + 1)),
			.is_on = data[1] & 1};

		r.now_ms += (int64_t)data[2] << (data[1] >> 4);
		event.at_ms = data[1] & 2 ? INT64_MAX : r.now_ms + (data[1] << 12);
		wake(&r);
		(void)step(&r, &event);
		wake(&r);
	}
	return 0;
}
