/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a rule has found, and what an episode keeps of it: the latest values, the worst, the
 * readings it rests on, and the worst that somebody was told of.
 */
#ifndef VAKA_CORE_FINDING_H
#define VAKA_CORE_FINDING_H

#include "core/core.h"

/* Texts and values are borrowed for the call. */
struct vk_finding {
	const char *patient, *rule, *reason;
	const char *detail; /* what the reason alone does not tell; NULL: nothing */
	enum vk_alert_class class_;
	enum vk_priority priority;
	const char *message; /* of the plan, to be shown when the episode begins; "" none */
	int n_values;
	int worst;     /* index of the value that the episode's worst is kept of */
	bool is_upper; /* worse is more */
	/* Bits of values[]: beyond their own limit besides the worst, and where worse is more. */
	uint32_t beyond, upper;
	struct vk_value values[VK_MAX_ALERT_VALUES];
	int n_readings;
	const char *readings[2]; /* oldest first */
	bool is_new;             /* a new occurrence: an accepted episode is raised again */
};

/* Values, readings, reason and count of the finding become the alert's. */
void vk_finding_take(struct vk_alert *alert, const struct vk_finding *f);
/*
 * True when it is worse than what roles were told of: a quantity by the step of the plan (0:
 * never), or one that they were told nothing of.
 */
bool vk_finding_is_worse(const struct vk_finding *f, const struct vk_alert *alert,
			 int64_t worse_by);
/* Somebody is told now: this is what they know. */
void vk_finding_told(struct vk_alert *alert, const struct vk_finding *f);
/* True when a closed alert rested on the same reading with the same value. */
bool vk_finding_has_ended(const struct vk_core *core, const struct vk_finding *f);

bool vk_alert_rests_on(const struct vk_alert *alert, const char *reading);
/* The alert no longer rests on it. */
void vk_alert_drop_reading(struct vk_alert *alert, const char *reading);

#endif
