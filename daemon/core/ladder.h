/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is told when: the escalation of the plan, and what holds where the plan names nobody. An
 * alert that nobody takes always has a next step; at the top the last role is told again.
 */
#ifndef VAKA_CORE_LADDER_H
#define VAKA_CORE_LADDER_H

#include "core/step.h"

/* The plan an alert follows: its patient's; for the hub's own the first patient's; or NULL. */
const struct vk_plan *vk_ladder_plan(const struct vk_step *s, const char *patient);
/* How alerts of a patient behave. Never NULL: borrowed from the plan, or static. */
const struct vk_plan_alerts *vk_ladder_terms(const struct vk_step *s, const char *patient);

/* The role of an alert at a level. Borrowed from the plan, or static. */
const char *vk_ladder_role(const struct vk_step *s, const struct vk_alert *alert);
/* … of any alert of the patient and priority. */
const char *vk_ladder_role_at(const struct vk_step *s, const char *patient,
			      enum vk_priority priority, int32_t level);
/* True when there is a higher step than the alert's. */
bool vk_ladder_has_next(const struct vk_step *s, const struct vk_alert *alert);
/* Time from this step to the next, or at the top until the last role is told again. */
int64_t vk_ladder_delay_ms(const struct vk_step *s, const struct vk_alert *alert);

#endif
