/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate in front of the rules, in the order of clinical.md 1.8: whose, whether it is a
 * measurement at all, plausible, placed in time, then every rule of the plan.
 */
#include "core/rules.h"

#include <string.h>

#include "core/corrections.h"
#include "core/missing.h"
#include "core/quantity.h"
#include "core/trend.h"
#include "core/whose.h"

enum { CONTROL_SOLUTION = 10 }; /* sample type of the Glucose Service */

static const int64_t hour_ms = INT64_C(3600000);

#define BIT(flag) (UINT64_C(1) << VK_FLAG_##flag)

/* These say: not of this person. */
static const uint64_t nobody = BIT(CONTROL_SOLUTION) | BIT(TEST_DATA) | BIT(DEMONSTRATION);

/* These say: not a measurement of what the kind names, or not a finished one. */
static const uint64_t never = BIT(INVALID) | BIT(MEASUREMENT_UNAVAILABLE) | BIT(EARLY_ESTIMATE) |
			      BIT(MEASUREMENT_ONGOING) | BIT(CALIBRATION_ONGOING) |
			      BIT(SENSOR_DISCONNECTED) | BIT(SENSOR_OFF) | BIT(SENSOR_MALFUNCTION) |
			      BIT(EQUIPMENT_MALFUNCTION) | BIT(STRIP_INSERTION_ERROR) |
			      BIT(STRIP_TYPE_INCORRECT) | BIT(SAMPLE_INSUFFICIENT) |
			      BIT(READ_INTERRUPTED) | BIT(GENERAL_FAULT) | BIT(KETONE);

/* These say: measured, with doubt (clinical.md 1.2, 1.5). */
static const uint64_t doubt = BIT(BODY_MOVEMENT) | BIT(CUFF_LOOSE) | BIT(IMPROPER_POSITION) |
			      BIT(QUESTIONABLE) | BIT(INADEQUATE_SIGNAL) | BIT(POOR_SIGNAL) |
			      BIT(LOW_PERFUSION) | BIT(ERRATIC_SIGNAL) | BIT(SENSOR_DISPLACED) |
			      BIT(SENSOR_INTERFERENCE) | BIT(TEMPERATURE_HIGH) |
			      BIT(TEMPERATURE_LOW);

const struct vk_value *vk_measured_value(const struct vk_measured *m, enum vk_quantity quantity,
					 int64_t *ret_scaled)
{
	const struct vk_value *value = vk_decoded_value(&m->reading->decoded, quantity);

	if (!value || (m->implausible >> quantity & 1) || vk_quantity_canonical(value, ret_scaled))
		return NULL;
	return value;
}

const char *vk_measured_reason(const struct vk_measured *m, const char *plain, const char *late,
			       const char *unconfirmed)
{
	if (m->is_late)
		return late;
	return m->is_questionable ? unconfirmed : plain;
}

const char *vk_measured_message(const struct vk_measured *m, const struct vk_rule *rule)
{
	return m->reading->whose == VK_WHOSE_JUMP ? "" : rule->message;
}

static int64_t measured_mono_ms(const struct vk_reading *r)
{
	int64_t age_ms = r->received_utc_ms - r->time_utc_ms;

	return vk_time_is_measured(r->time_reason) && age_ms > 0 ? r->received_mono_ms - age_ms
								 : r->received_mono_ms;
}

static void measure(const struct vk_step *s, const struct vk_reading *r, const struct vk_plan *plan,
		    struct vk_measured *ret_m)
{
	int64_t age_ms = s->now.utc_ms - r->time_utc_ms;
	bool is_timeless = r->time_reason == VK_PLACED_HUB_UNSURE;
	struct vk_before before[VK_N_QUANTITIES];
	struct vk_doubt doubts;

	vk_trend_latest(s->core, plan->patient, before);
	doubts = vk_plausible(plan, &r->decoded, before, r->time_utc_ms);
	*ret_m = (struct vk_measured){
		.reading = r,
		.plan = plan,
		.implausible = doubts.rejected,
		.questioned = doubts.questioned,
		.is_questionable = (r->decoded.flags & doubt) != 0 || r->whose == VK_WHOSE_JUMP,
		.is_late = !is_timeless && age_ms > hour_ms,
		.is_history = !is_timeless && age_ms > 24 * hour_ms,
		.measured_mono_ms = measured_mono_ms(r),
	};
}

/* The quantities that a rule looks at. */
static uint32_t quantities_of(const struct vk_rule *rule)
{
	uint32_t set = 0;

	for (int i = 0; i < rule->n_conditions; i++)
		set |= UINT32_C(1) << rule->conditions[i].quantity;
	if (rule->type == VK_RULE_CHANGE || rule->type == VK_RULE_BASELINE)
		set |= UINT32_C(1) << rule->quantity;
	if (rule->type == VK_RULE_NEWS2)
		set = UINT32_MAX;
	return set;
}

/* What counts local days waits for a reading's next revision, when the day is known. */
static bool counts_days(const struct vk_rule *rule)
{
	return rule->type == VK_RULE_CHANGE || rule->type == VK_RULE_AVERAGE ||
	       rule->type == VK_RULE_BASELINE;
}

static void judge_rule(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m)
{
	if (m->reading->time_reason == VK_PLACED_HUB_UNSURE && counts_days(rule))
		return;
	switch (rule->type) {
	case VK_RULE_THRESHOLD:
		if (!m->is_history)
			vk_threshold_reading(s, rule, m);
		break;
	case VK_RULE_CHANGE:
		vk_change_reading(s, rule, m);
		break;
	case VK_RULE_AVERAGE:
		vk_average_reading(s, rule, m);
		break;
	case VK_RULE_BASELINE:
		if (!m->is_history)
			vk_baseline_reading(s, rule, m);
		break;
	case VK_RULE_NEWS2:
		vk_news2_reading(s, rule, m);
		break;
	case VK_RULE_STATUS:
	case VK_RULE_INPUT:
	case VK_RULE_MISSING:
	case VK_RULE_TECHNICAL:
		break;
	}
}

static void judge(struct vk_step *s, const struct vk_measured *m)
{
	for (int i = 0; i < m->plan->n_rules; i++) {
		const struct vk_rule *rule = &m->plan->rules[i];
		struct vk_measured mine = *m;

		mine.is_questionable |= (m->questioned & quantities_of(rule)) != 0;
		s->line = rule->line;
		judge_rule(s, rule, &mine);
	}
	s->line = 0;
}

static void judge_status(struct vk_step *s, const struct vk_measured *m)
{
	for (int i = 0; i < m->plan->n_rules; i++) {
		s->line = m->plan->rules[i].line;
		if (m->plan->rules[i].type == VK_RULE_STATUS)
			vk_status_reading(s, &m->plan->rules[i], m);
	}
	s->line = 0;
}

static void retract(struct vk_step *s, const struct vk_reading *r, const struct vk_plan *plan)
{
	for (int i = 0; plan && i < plan->n_rules; i++) {
		const struct vk_rule *rule = &plan->rules[i];

		s->line = rule->line;
		if (rule->type == VK_RULE_CHANGE)
			vk_change_retracted(s, rule, plan, r);
		else if (rule->type == VK_RULE_AVERAGE)
			vk_average_retracted(s, rule, plan, r);
		else if (rule->type == VK_RULE_THRESHOLD)
			vk_threshold_retracted(s, rule, r);
	}
	s->line = 0;
	if (plan)
		vk_trend_retracted(s, plan, r);
}

static bool is_of_a_person(const struct vk_decoded *d)
{
	return !(d->flags & nobody) &&
	       !(d->kind == VK_KIND_GLUCOSE && d->sample_type == CONTROL_SOLUTION);
}

/* Before its first day a plan decides nothing; past its last it goes on, and staff are told. */
static bool is_in_force(const struct vk_step *s, const struct vk_plan *plan)
{
	return plan->is_alerting &&
	       (s->now.quality == VK_CLOCK_UNSYNCED || s->now.utc_ms >= plan->valid_from_utc_ms);
}

/* A replay, and a person who has said it, come without the claims on the device. */
static void place_person(const struct vk_step *s, struct vk_reading *r)
{
	struct vk_claim claim = {.user = VK_USER_ANY};

	if (r->rev > 0 || r->is_retracted) {
		r->whose = r->patient[0] ? VK_WHOSE_SAID : VK_WHOSE_UNASSIGNED;
		return;
	}
	VK_SET(claim.patient, r->patient);
	vk_whose(s->core, &claim, r->patient[0] ? 1 : 0, r);
}

static void judge_values(struct vk_step *s, const struct vk_measured *m)
{
	if (!m->is_late && m->implausible)
		vk_step_ask(s, m->reading->patient, VK_ASK_REPEAT, "", s->now.utc_ms + VK_REPEAT_MS,
			    "implausible");
	if (m->reading->time_reason != VK_PLACED_HUB_UNSURE)
		vk_trend_reading(s, m);
	if (!m->implausible && m->reading->time_reason != VK_PLACED_HUB_UNSURE)
		vk_missing_reading(s, m);
	judge(s, m);
}

static void judge_of(struct vk_step *s, const struct vk_reading *r, const struct vk_plan *plan)
{
	bool is_measurement = !(r->decoded.flags & never);
	struct vk_measured m;

	if (!is_of_a_person(&r->decoded))
		return;
	if (is_measurement && r->whose == VK_WHOSE_JUMP && is_in_force(s, plan))
		vk_whose_ask(s, r);
	else if (is_measurement)
		vk_whose_accepted(s, r);
	if (!is_in_force(s, plan) || r->time_reason == VK_PLACED_UNPLACED)
		return;
	measure(s, r, plan, &m);
	judge_status(s, &m);
	if (is_measurement)
		judge_values(s, &m);
}

void vk_rules_reading(struct vk_step *s, const struct vk_reading *sent)
{
	struct vk_reading r = *sent;
	const struct vk_plan *plan;

	if (r.whose == VK_WHOSE_UNASKED)
		place_person(s, &r);
	s->reading = r.id;
	plan = r.patient[0] ? vk_step_plan(s, r.patient) : NULL;
	if (r.rev > 0 || r.is_retracted)
		vk_whose_answered(s, &r);
	vk_corrections_reading(s, &r);
	if (r.is_retracted)
		retract(s, &r, plan);
	else if (!r.patient[0])
		vk_whose_ask(s, &r);
	else if (!plan)
		vk_whose_no_plan(s, &r);
	else
		judge_of(s, &r, plan);
	s->reading = NULL;
}

void vk_rules_signal(struct vk_step *s, const struct vk_signal *signal)
{
	const struct vk_plan *plan = vk_step_plan(s, signal->patient);

	if (!plan || !is_in_force(s, plan))
		return;
	for (int i = 0; i < plan->n_rules; i++)
		if (plan->rules[i].type == VK_RULE_INPUT &&
		    strcmp(plan->rules[i].signal, signal->name) == 0) {
			s->line = plan->rules[i].line;
			vk_input_signal(s, &plan->rules[i], signal);
		}
	s->line = 0;
}

static const struct vk_rule *rule_of(const struct vk_plan *plan, const char *id)
{
	for (int i = 0; plan && i < plan->n_rules; i++)
		if (strcmp(plan->rules[i].id, id) == 0)
			return &plan->rules[i];
	return NULL;
}

static void forget(struct vk_step *s, const struct vk_rule_memory *memory, const char *reason)
{
	struct vk_rule_memory empty = vk_memory_empty(memory->patient, memory->rule);

	vk_memory_keep(s, &empty, reason);
}

void vk_rules_timer(struct vk_step *s, const struct vk_rule_memory *memory)
{
	const struct vk_rule *rule = rule_of(vk_step_plan(s, memory->patient), memory->rule);
	struct vk_rule_memory asked = *memory;

	s->line = rule ? rule->line : 0;
	s->reading = asked.ask_reading;
	if (rule && rule->type == VK_RULE_THRESHOLD)
		vk_threshold_unconfirmed(s, rule, &asked);
	else if (rule && rule->type == VK_RULE_CHANGE)
		vk_change_unconfirmed(s, rule, &asked);
	else if (rule && rule->type == VK_RULE_INPUT)
		vk_input_lasted(s, rule, &asked);
	else
		forget(s, &asked, "no-such-rule");
	s->line = 0;
	s->reading = NULL;
}

static bool means_the_same(const struct vk_rule *a, const struct vk_rule *b)
{
	return a && b && a->type == b->type && quantities_of(a) == quantities_of(b) &&
	       (a->type != VK_RULE_INPUT || strcmp(a->signal, b->signal) == 0);
}

void vk_rules_forget(struct vk_step *s, const struct vk_plan *old, const struct vk_plan *plan)
{
	for (int i = s->core->n_memories - 1; i >= 0; i--) {
		const struct vk_rule_memory *memory = &s->core->memories[i];
		const struct vk_rule *rule;

		if (strcmp(memory->patient, plan->patient) != 0 || !vk_memory_is_rule(memory))
			continue;
		rule = rule_of(plan, memory->rule);
		if (!rule || (old && !means_the_same(rule_of(old, memory->rule), rule)))
			forget(s, memory, "new-plan");
	}
}
