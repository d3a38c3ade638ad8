/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an alert reaches somebody: the steps of the ladder, the work list of low ones, the second
 * path and the lamp when no receipt comes, and the word that a taken one is still open.
 */
#ifndef VAKA_CORE_REACH_H
#define VAKA_CORE_REACH_H

#include "core/step.h"

/* Raised for the first time or again: from the first step of the ladder, every time-out armed. */
void vk_reach_arm(struct vk_step *s, struct vk_alert *alert);
/* Worse than what the care service has confirmed: that is to be confirmed too. The ladder goes on.
 */
void vk_reach_unsure(struct vk_step *s, struct vk_alert *alert);
/* Tells the role of the alert's level, unless it waits for the work list. */
void vk_reach_tell(struct vk_step *s, const struct vk_alert *alert, const char *reason);
/* A named person took it: nothing is armed but the reminder that it is open. No revision yet. */
void vk_reach_taken(struct vk_step *s, struct vk_alert *alert, const char *by);
/* It was received, taken or closed: no second path, and no lamp for it. No revision yet. */
void vk_reach_heard(struct vk_step *s, struct vk_alert *alert, const char *reason);
/* Next role of the ladder; base is the moment from which the next step counts. */
void vk_reach_escalate(struct vk_step *s, struct vk_alert *alert, int64_t base_mono_ms,
		       const char *reason);

/* When the alert has something due next; VK_NEVER: nothing. */
int64_t vk_reach_due_mono_ms(const struct vk_alert *alert);
/* The earliest of its time-outs ran out. */
void vk_reach_timer(struct vk_step *s, struct vk_alert *alert);

/* Receipt and start of the hub, as events. */
void vk_reach_receipt(struct vk_step *s, const struct vk_confirmed *receipt);
void vk_reach_unsure_start(struct vk_step *s);

#endif
