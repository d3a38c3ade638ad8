/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reading that came while the hub did not know the time is placed once it does: by the hub's own
 * line, which runs through. It goes out as the next revision and is judged anew (design §6). So is
 * one from before a new start of vakad; the line says nothing over a new start of the machine, so
 * what came before that keeps what it has.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "hub/engine_priv.h"

void vk_placing_note(struct vk_engine *e, const struct vk_reading *r)
{
	if (r->time_reason != VK_PLACED_HUB_UNSURE)
		return;
	for (int i = 0; i < e->n_unplaced; i++)
		if (strcmp(e->unplaced[i], r->id) == 0)
			return;
	if (e->n_unplaced == VK_UNPLACED_MOST) {
		vk_log(VK_LOG_WARNING, "reading", "too many without a time: one stays without");
		return;
	}
	(void)vk_copy(e->unplaced[e->n_unplaced++], VK_UUID_TEXT, r->id);
}

/* Where the wall clock would have been; what was measured against the wrong one moves with it. */
static void move(struct vk_engine *e, struct vk_reading *r, struct vk_now now)
{
	int64_t right_ms = now.utc_ms - (now.mono_ms - r->received_mono_ms);

	r->clock_offset_s += (right_ms - r->received_utc_ms) / 1000;
	r->received_utc_ms = right_ms;
	r->rev++;
	r->is_new_here = true; /* nothing that counts days has counted it */
	vk_reading_place(r, vk_engine_zone(e, r->patient), now.quality);
}

static int place(struct vk_engine *e, struct vk_reading *r, struct vk_now now)
{
	struct vk_event event = {.type = VK_EVENT_READING, .now = now, .reading = r};
	struct vk_audit audit = {.domain = "care",
				 .actor = "hub",
				 .action = "reading-placed",
				 .patient = r->patient,
				 .object = r->id,
				 .result = "ok",
				 .detail = ""};
	int k;

	move(e, r, now);
	k = vk_store_put_reading(e->store, r);
	if (k)
		return k < 0 ? k : 0;
	k = vk_reading_send(e, r, now);
	if (k == 0)
		k = vk_apply_event(e, &event);
	return k ? k : vk_audit_keep(e, now, &audit);
}

/* One that was placed leaves the list at the next look: the commit may still have failed. */
int vk_placing_run(struct vk_engine *e, struct vk_now now)
{
	int kept = 0, r = 0;

	if (now.quality != VK_CLOCK_SYNCED || e->is_journaling)
		return 0;
	for (int i = 0; i < e->n_unplaced && r == 0; i++) {
		struct vk_reading reading;

		r = vk_store_get_reading(e->store, e->unplaced[i], &reading);
		if (r == 0 && reading.time_reason == VK_PLACED_HUB_UNSURE &&
		    !reading.is_retracted) {
			(void)vk_copy(e->unplaced[kept++], VK_UUID_TEXT, reading.id);
			r = place(e, &reading, now);
		}
		if (r == -ENOENT)
			r = 0;
	}
	if (r == 0)
		e->n_unplaced = kept;
	return r;
}

static int note_again(const struct vk_reading *r, int64_t stored_utc_ms, void *user)
{
	(void)stored_utc_ms;
	vk_placing_note(user, r);
	return 0;
}

int vk_placing_recover(struct vk_engine *e, int64_t seq)
{
	return vk_store_each_placed(e->store, VK_PLACED_HUB_UNSURE, seq, VK_UNPLACED_MOST,
				    note_again, e);
}
