/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Planned looks (clinical.md 3.1). A check ends by a person's outcome, a recorded pause, withdrawn
 * consent, or a sensor the plan allows; everything else ends in an alert.
 */
#ifndef VAKA_CORE_CHECKS_H
#define VAKA_CORE_CHECKS_H

#include "core/step.h"

#define VK_RULE_VISIT     "visit-required"
#define VK_RULE_UNCLAIMED "check-unclaimed"
#define VK_RULE_FULL      "too-many-checks"

struct vk_check *vk_checks_by_id(struct vk_core *core, const char *id);
/* The plan's terms of a check, or what holds when a newer plan has no such check. Never NULL. */
const struct vk_plan_check *vk_checks_terms(const struct vk_step *s, const struct vk_check *check);
/* Why no check of this name is done at a moment, or NULL. Borrowed from the state. */
const char *vk_checks_pause(const struct vk_patient_state *patient, const char *name,
			    int64_t utc_ms);
/* True when the patient has given the camera's consent and not withdrawn it. */
bool vk_checks_have_consent(const struct vk_plan *plan, int64_t utc_ms);
/* True while an open check needs this alert to stay open. */
bool vk_checks_hold(const struct vk_core *core, const struct vk_alert *alert);

/* Events. */
void vk_checks_signal(struct vk_step *s, const struct vk_signal *signal);
void vk_checks_timer(struct vk_step *s, struct vk_check *check);
void vk_checks_start(struct vk_step *s);
void vk_checks_plan(struct vk_step *s, const struct vk_plan *plan);
/* Opens what one moment of the plan asks for, and remembers that it is done. */
void vk_checks_planned(struct vk_step *s, struct vk_patient_state *patient, int64_t at_utc_ms);
/* Sends what is scheduled and paused as a memory. */
void vk_checks_remember(struct vk_step *s, const struct vk_patient_state *patient,
			const char *reason);

/* Transitions, each one revision and its effects. */
void vk_check_changed(struct vk_step *s, struct vk_check *check, const char *reason);
/* Tells the check's role. */
void vk_check_tell(struct vk_step *s, const struct vk_check *check, const char *reason);
void vk_check_claim(struct vk_step *s, struct vk_check *check, const char *by);
void vk_check_due_again(struct vk_step *s, struct vk_check *check, const char *reason);
void vk_check_view(struct vk_step *s, struct vk_check *check, const char *viewer);
void vk_check_close_view(struct vk_step *s, const struct vk_check *check, const char *reason);
void vk_check_outcome(struct vk_step *s, struct vk_check *check, const char *outcome,
		      bool is_person);
void vk_check_visit(struct vk_step *s, struct vk_check *check, const char *reason);
void vk_check_visit_accept(struct vk_step *s, struct vk_check *check, const char *by);
void vk_check_arrive(struct vk_step *s, struct vk_check *check, const char *by);
/* Emits the last revision; check is gone afterwards. */
void vk_check_end(struct vk_step *s, struct vk_check *check, enum vk_check_state state,
		  const char *reason);

#endif
