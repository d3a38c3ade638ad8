/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Episodes: raised once per rule and patient, updated while open, escalated until a named person
 * accepts, closed by a person, or by the hub where a technical condition has healed.
 */
#ifndef VAKA_CORE_ALERTS_H
#define VAKA_CORE_ALERTS_H

#include "core/step.h"

/* What a rule has found. Texts and values are borrowed for the call. */
struct vk_finding {
	const char *patient, *rule, *reason;
	enum vk_alert_class class_;
	enum vk_priority priority;
	const char *message; /* of the plan, to be shown when the episode begins; "" none */
	int n_values;
	int worst;     /* index of the value that the episode's worst is kept of */
	bool is_upper; /* worse is more */
	struct vk_value values[VK_MAX_ALERT_VALUES];
	int n_readings;
	const char *readings[2]; /* oldest first */
	bool is_new;             /* a new occurrence: an accepted episode is raised again */
};

struct vk_alert *vk_alerts_find(struct vk_core *core, const char *patient, const char *rule);
struct vk_alert *vk_alerts_by_id(struct vk_core *core, const char *id);

/* Opens the episode, or updates the open one. */
void vk_alerts_raise(struct vk_step *s, const struct vk_finding *f);
/* The condition is gone, the episode stays. */
void vk_alerts_clear(struct vk_step *s, struct vk_alert *alert, const char *reason);
/* Emits the last revision; alert is gone afterwards. */
void vk_alerts_close(struct vk_step *s, struct vk_alert *alert, const char *by, const char *outcome,
		     const char *reason);
void vk_alerts_accept(struct vk_step *s, struct vk_alert *alert, const char *by);
/* Next role of the ladder; base is the moment from which the next step counts. */
void vk_alerts_escalate(struct vk_step *s, struct vk_alert *alert, int64_t base_mono_ms,
			const char *reason);
/* Sends the alert as it is, as a new revision. */
void vk_alerts_changed(struct vk_step *s, struct vk_alert *alert, const char *reason);
/* A reading that alerts rest on was taken back. */
void vk_alerts_retracted(struct vk_step *s, const struct vk_reading *r);

/* Receipt, fault and start of the hub, as events. */
void vk_alerts_receipt(struct vk_step *s, const char *id);
void vk_alerts_fault(struct vk_step *s, const struct vk_fault *fault);
void vk_alerts_unsure_start(struct vk_step *s);

/* The hub's own condition begins, or ends (technical; patient "" is the hub). */
void vk_alerts_technical(struct vk_step *s, const char *patient, const char *rule,
			 enum vk_priority priority, const char *reason);
void vk_alerts_heal(struct vk_step *s, const char *patient, const char *rule);

#endif
