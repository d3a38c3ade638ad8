/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is told when: the escalation of the plan, and what holds where the plan names nobody. A high
 * alert always has a next step; at the top the last role is told again.
 */
#ifndef VAKA_CORE_LADDER_H
#define VAKA_CORE_LADDER_H

#include "core/step.h"

/* The role of an alert at a level. Borrowed from the plan, or static. */
const char *vk_ladder_role(const struct vk_step *s, const struct vk_alert *alert);
/* True when there is a higher step than the alert's. */
bool vk_ladder_has_next(const struct vk_step *s, const struct vk_alert *alert);
/* Time from this step to the next; VK_NEVER: it stays here. */
int64_t vk_ladder_delay_ms(const struct vk_step *s, const struct vk_alert *alert);

#endif
