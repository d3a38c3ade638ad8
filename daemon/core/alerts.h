/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Episodes: raised once per rule and patient, updated while open, escalated until a named person
 * accepts, closed by a person, or by the hub where a technical condition has healed.
 */
#ifndef VAKA_CORE_ALERTS_H
#define VAKA_CORE_ALERTS_H

#include "core/finding.h"
#include "core/step.h"

struct vk_alert *vk_alerts_find(struct vk_core *core, const char *patient, const char *rule);
struct vk_alert *vk_alerts_by_id(struct vk_core *core, const char *id);

/* Of the alert's rule in the plan's document; 0: no rule of a plan. */
int32_t vk_alerts_line(const struct vk_step *s, const struct vk_alert *alert);

/* Opens the episode, or updates the open one. */
void vk_alerts_raise(struct vk_step *s, const struct vk_finding *f);
/* The condition is gone, the episode stays. */
void vk_alerts_clear(struct vk_step *s, struct vk_alert *alert, const char *reason);
/* Emits the last revision; alert is gone afterwards. */
void vk_alerts_close(struct vk_step *s, struct vk_alert *alert, const char *by, const char *outcome,
		     const char *reason);
void vk_alerts_accept(struct vk_step *s, struct vk_alert *alert, const char *by);
/* Sends the alert as it is, as a new revision. */
void vk_alerts_changed(struct vk_step *s, struct vk_alert *alert, const char *reason);

/* The hub's own condition begins, or ends (technical; patient "" is the hub). */
void vk_alerts_technical(struct vk_step *s, const char *patient, const char *rule,
			 enum vk_priority priority, const char *reason);
void vk_alerts_heal(struct vk_step *s, const char *patient, const char *rule);

#endif
