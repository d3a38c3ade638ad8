/* SPDX-License-Identifier: Apache-2.0 */
/* What is right in a plan and still worth knowing: its times on the days that change the clock. */
#ifndef VAKA_CORE_PLAN_NOTES_H
#define VAKA_CORE_PLAN_NOTES_H

#include "core/plan.h"

struct vk_plan_note {
	const char *what, *id; /* "check" or "schedule", and which; borrowed from the plan */
	int32_t at_s;          /* local seconds since midnight, as the plan says */
	int32_t day;           /* local day, since 1970 */
	bool is_left_out;      /* else it comes twice */
	int64_t done_utc_ms;   /* when it is done */
};

/* Each such time in the year that begins with the plan's first day. */
typedef void (*vk_plan_note_fn)(const struct vk_plan_note *note, void *user);
void vk_plan_notes(const struct vk_plan *plan, vk_plan_note_fn fn, void *user);

#endif
