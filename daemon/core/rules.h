/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a reading to the rules of its patient's plan. What may not be judged stops here, each with
 * its reason; what may be judged arrives at the rules as a struct vk_measured.
 */
#ifndef VAKA_CORE_RULES_H
#define VAKA_CORE_RULES_H

#include "core/alerts.h"
#include "core/memory.h"

/* How long a request to measure again stands that no rule waits for. */
enum { VK_REPEAT_MS = 15 * 60 * 1000 };

/* What a rule can say right now. Insufficient data is never "no alarm". */
enum vk_rule_state {
	VK_RULE_OFF,          /* the plan is not in force, or alerts nothing */
	VK_RULE_INSUFFICIENT, /* not enough readings to say anything */
	VK_RULE_WATCHING,
	VK_RULE_WAITING, /* a second reading, or a length of time */
	VK_RULE_RAISED,
};

struct vk_measured {
	const struct vk_reading *reading;
	const struct vk_plan *plan;
	uint32_t implausible; /* quantities that no rule may see */
	uint32_t questioned;  /* quantities that can hardly be: doubted too */
	bool is_questionable; /* doubted: never confirms, never clears */
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

/*
 * A fault began or ended: what the plans tell their patients of it. Returns how urgent it is: what
 * the plans say, where one of the hub's concerns several of them the most urgent.
 */
enum vk_priority vk_rules_fault(struct vk_step *s, const struct vk_fault *fault);
/* … and the part of it that is asked for from outside. */
enum vk_rule_state vk_rule_state(const struct vk_core *core, const struct vk_plan *plan,
				 const struct vk_rule *rule, int64_t utc_ms);
const char *vk_rule_state_text(enum vk_rule_state state);

/* margin moves the limits inwards: what is still within it is not back yet. */
bool vk_condition_is_met(const struct vk_condition *c, int64_t value, int64_t margin);
bool vk_condition_is_upper(const struct vk_condition *c);

/* The value of a quantity as a rule may see it, or NULL. */
const struct vk_value *vk_measured_value(const struct vk_measured *m, enum vk_quantity quantity,
					 int64_t *ret_scaled);
/*
 * What the patient is shown of a rule, or "": an order is for the patient, so none goes up for a
 * reading that may be a visitor's. It is shown once a person has said whose it is.
 */
const char *vk_measured_message(const struct vk_measured *m, const struct vk_rule *rule);
/* The reason code of an alert: late and questionable ones are marked. Static storage. */
const char *vk_measured_reason(const struct vk_measured *m, const char *plain, const char *late,
			       const char *unconfirmed);

void vk_threshold_reading(struct vk_step *s, const struct vk_rule *rule,
			  const struct vk_measured *m);
void vk_threshold_retracted(struct vk_step *s, const struct vk_rule *rule,
			    const struct vk_reading *r);
/* The second reading, or the one after an alert, did not come. */
void vk_threshold_unconfirmed(struct vk_step *s, const struct vk_rule *rule,
			      const struct vk_rule_memory *memory);
void vk_change_reading(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m);
void vk_change_retracted(struct vk_step *s, const struct vk_rule *rule, const struct vk_plan *plan,
			 const struct vk_reading *r);
/* The second reading of a change did not come. */
void vk_change_unconfirmed(struct vk_step *s, const struct vk_rule *rule,
			   const struct vk_rule_memory *memory);
bool vk_change_is_known(const struct vk_core *core, const struct vk_rule *rule, const char *patient,
			int32_t day);
void vk_average_reading(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m);
void vk_average_retracted(struct vk_step *s, const struct vk_rule *rule, const struct vk_plan *plan,
			  const struct vk_reading *r);
bool vk_average_is_known(const struct vk_core *core, const struct vk_rule *rule,
			 const char *patient, int32_t day);
void vk_baseline_reading(struct vk_step *s, const struct vk_rule *rule,
			 const struct vk_measured *m);
bool vk_baseline_is_known(const struct vk_core *core, const struct vk_rule *rule,
			  const char *patient, int32_t day);
void vk_status_reading(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m);
void vk_news2_reading(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m);
void vk_input_signal(struct vk_step *s, const struct vk_rule *rule, const struct vk_signal *signal);
void vk_input_lasted(struct vk_step *s, const struct vk_rule *rule,
		     const struct vk_rule_memory *memory);

#endif
