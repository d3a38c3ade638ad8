/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a reading to the rules of its patient's plan. What may not be judged stops here, each with
 * its reason; what may be judged arrives at the rules as a struct vk_measured.
 */
#ifndef VAKA_CORE_RULES_H
#define VAKA_CORE_RULES_H

#include "core/alerts.h"
#include "core/memory.h"

struct vk_measured {
	const struct vk_reading *reading;
	const struct vk_plan *plan;
	uint32_t implausible; /* quantities that no rule may see */
	bool is_questionable; /* the device itself doubts it: never confirms, never clears */
	bool is_late;    /* older than an hour: alerted as late, no new measurement asked for */
	bool is_history; /* for the trend only */
	int64_t measured_mono_ms;
};

void vk_rules_reading(struct vk_step *s, const struct vk_reading *r);
void vk_rules_signal(struct vk_step *s, const struct vk_signal *signal);
/* A question of a rule ran out of time. */
void vk_rules_timer(struct vk_step *s, const struct vk_rule_memory *memory);
/* A new plan: what rules of the old one remember and the new one cannot use is forgotten. */
void vk_rules_forget(struct vk_step *s, const struct vk_plan *old, const struct vk_plan *plan);

/* The value of a quantity as a rule may see it, or NULL. */
const struct vk_value *vk_measured_value(const struct vk_measured *m, enum vk_quantity quantity,
					 int64_t *ret_scaled);
/* The reason code of an alert: late and questionable ones are marked. Static storage. */
const char *vk_measured_reason(const struct vk_measured *m, const char *plain, const char *late,
			       const char *unconfirmed);

void vk_threshold_reading(struct vk_step *s, const struct vk_rule *rule,
			  const struct vk_measured *m);
void vk_threshold_unconfirmed(struct vk_step *s, const struct vk_rule *rule,
			      const struct vk_rule_memory *memory);
void vk_change_reading(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m);
void vk_change_retracted(struct vk_step *s, const struct vk_rule *rule, const struct vk_plan *plan,
			 const struct vk_reading *r);
void vk_input_signal(struct vk_step *s, const struct vk_rule *rule, const struct vk_signal *signal);
void vk_input_lasted(struct vk_step *s, const struct vk_rule *rule,
		     const struct vk_rule_memory *memory);

#endif
