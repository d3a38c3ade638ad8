/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can it be, and may it be doubted: reject, question or accept each value of a reading
 * (clinical.md 1.5). The limits stand in tables, and a plan may put others in their place.
 */
#ifndef VAKA_CORE_PLAUSIBLE_H
#define VAKA_CORE_PLAUSIBLE_H

#include "core/plan.h"

/* Bit sets of quantities. */
struct vk_doubt {
	uint32_t rejected;   /* no rule sees them; the patient is asked to measure again */
	uint32_t questioned; /* an alert that rests on them says so */
};

/* The value of a quantity before this one; VK_NEVER: none. */
struct vk_before {
	int64_t scaled;
	int64_t utc_ms;
};

/* before has VK_N_QUANTITIES elements. */
struct vk_doubt vk_plausible(const struct vk_plan *plan, const struct vk_decoded *d,
			     const struct vk_before *before, int64_t utc_ms);

#endif
