/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value beyond a limit. With `confirm` the first one asks the patient to rest and measure again,
 * and the second decides; silence is sent as unconfirmed. A spot value never returns to normal by
 * itself, so it takes two readings inside to end the condition (clinical.md 1.2, 1.7, 1.8).
 */
#include <string.h>

#include "core/messages.h"
#include "core/quantity.h"
#include "core/reach.h"
#include "core/rules.h"
#include "core/trend.h"

enum { CLEAR_READINGS = 2 };

bool vk_condition_is_met(const struct vk_condition *c, int64_t value, int64_t margin)
{
	return (!c->has_at_least || value >= c->at_least - margin) &&
	       (!c->has_at_most || value <= c->at_most + margin) &&
	       (!c->has_above || value > c->above - margin) &&
	       (!c->has_below || value < c->below + margin) &&
	       (c->has_at_least || c->has_at_most || c->has_above || c->has_below);
}

bool vk_condition_is_upper(const struct vk_condition *c)
{
	return c->has_at_least || c->has_above;
}

/* A meter that says HI or LO has no number, and means it (clinical.md 8). */
static bool is_off_scale(const struct vk_measured *m, const struct vk_condition *c)
{
	const struct vk_value *value = vk_decoded_value(&m->reading->decoded, c->quantity);

	if (c->quantity != VK_QUANTITY_GLUCOSE || (value && value->absent == VK_ABSENT_NONE))
		return false;
	return vk_condition_is_upper(c) ? vk_decoded_has(&m->reading->decoded, VK_FLAG_RESULT_HIGH)
					: vk_decoded_has(&m->reading->decoded, VK_FLAG_RESULT_LOW);
}

struct verdict {
	bool is_seen;   /* the reading holds something this rule looks at */
	bool is_beyond; /* a condition is met */
	bool is_inside; /* none is met, not even with the clearing margin */
	const struct vk_condition *met;
};

static struct verdict judge(const struct vk_rule *rule, const struct vk_measured *m)
{
	struct verdict v = {.is_inside = true};

	for (int i = 0; i < rule->n_conditions; i++) {
		const struct vk_condition *c = &rule->conditions[i];
		bool is_off = is_off_scale(m, c);
		int64_t scaled = 0;

		if (!is_off && !vk_measured_value(m, c->quantity, &scaled))
			continue;
		v.is_seen = true;
		if (is_off ||
		    vk_condition_is_met(c, scaled, rule->has_clears ? rule->clears_by : 0))
			v.is_inside = false;
		if (!v.is_beyond && (is_off || vk_condition_is_met(c, scaled, 0))) {
			v.is_beyond = true;
			v.met = c;
		}
	}
	return v;
}

static bool lists(const struct vk_finding *f, enum vk_quantity quantity)
{
	for (int i = 0; i < f->n_values; i++)
		if (f->values[i].quantity == quantity)
			return true;
	return false;
}

/* One place stays free for the worst value of the episode. */
static void add_value(struct vk_finding *f, const struct vk_measured *m, enum vk_quantity quantity)
{
	const struct vk_value *value = vk_decoded_value(&m->reading->decoded, quantity);

	if (!value || (m->implausible >> quantity & 1) || lists(f, quantity) ||
	    f->n_values == VK_MAX_ALERT_VALUES - 1)
		return;
	memcpy(&f->values[f->n_values++], value, sizeof *value);
}

/* Beyond its limit too: staff are told of each such quantity. */
static void note_also(struct vk_finding *f, const struct vk_measured *m,
		      const struct vk_condition *c)
{
	int64_t scaled;

	if (!vk_measured_value(m, c->quantity, &scaled) || !vk_condition_is_met(c, scaled, 0))
		return;
	for (int i = 0; i < f->n_values; i++) {
		if (f->values[i].quantity != c->quantity)
			continue;
		f->beyond |= 1U << i;
		f->upper |= (uint32_t)vk_condition_is_upper(c) << i;
	}
}

static struct vk_finding finding(const struct vk_rule *rule, const struct vk_measured *m,
				 const struct vk_condition *met)
{
	struct vk_finding f;

	memset(&f, 0, sizeof f);
	f.patient = m->plan->patient;
	f.rule = rule->id;
	f.class_ = VK_ALERT_CLINICAL;
	f.priority = rule->priority;
	f.message = vk_measured_message(m, rule);
	f.is_upper = vk_condition_is_upper(met);
	/* In the plan's order, but never without the one that raised it. */
	for (int i = 0; i < rule->n_conditions && f.n_values < VK_MAX_ALERT_VALUES - 2; i++)
		add_value(&f, m, rule->conditions[i].quantity);
	add_value(&f, m, met->quantity);
	for (int i = 0; i < rule->n_conditions; i++)
		add_value(&f, m, rule->conditions[i].quantity);
	for (int i = 0; i < f.n_values; i++)
		if (f.values[i].quantity == met->quantity)
			f.worst = i;
	for (int i = 0; i < rule->n_conditions; i++)
		note_also(&f, m, &rule->conditions[i]);
	f.readings[f.n_readings++] = m->reading->id;
	return f;
}

/* A stored value from before the episode says nothing about its end. */
static bool is_before(const struct vk_measured *m, const struct vk_alert *open)
{
	return m->measured_mono_ms < m->reading->received_mono_ms &&
	       m->reading->time_utc_ms < open->raised_utc_ms;
}

/* Local days in a row inside the limit: another reading of a day adds nothing. */
static bool is_cleared_by_days(const struct vk_rule *rule, const struct vk_measured *m,
			       struct vk_rule_memory *memory)
{
	int32_t day = vk_zone_day(&m->plan->zone, m->reading->time_utc_ms);

	if (!memory->n_clear || day > memory->clear_day + 1)
		memory->n_clear = 1;
	else if (day == memory->clear_day + 1)
		memory->n_clear++;
	if (day > memory->clear_day)
		memory->clear_day = day;
	return memory->n_clear >= rule->clears_days;
}

/* day_values[0]: the reading from which the next one must be so far apart. */
static bool is_cleared(const struct vk_rule *rule, const struct vk_measured *m,
		       struct vk_rule_memory *memory)
{
	int64_t apart_ms = m->reading->time_utc_ms - memory->day_values[0];

	if (rule->is_clears_manual)
		return false;
	if (rule->clears_days)
		return is_cleared_by_days(rule, m, memory);
	if (memory->n_days && apart_ms < rule->clears_apart_ms)
		return false;
	memory->n_days = rule->clears_apart_ms ? 1 : 0;
	memory->day_values[0] = rule->clears_apart_ms ? m->reading->time_utc_ms : 0;
	return ++memory->n_clear >=
	       (rule->clears_readings ? rule->clears_readings : CLEAR_READINGS);
}

/* While the episode is open: from where its end counts, and until when to measure again. */
static void note_beyond(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m)
{
	struct vk_rule_memory memory = vk_memory_empty(m->plan->patient, rule->id);

	if (rule->clears_apart_ms) {
		memory.n_days = 1;
		memory.day_values[0] = m->reading->time_utc_ms;
	}
	if (rule->retest_within_ms && !m->is_late) {
		memory.ask_mono_ms = s->now.mono_ms;
		memory.ask_until_mono_ms = vk_later(s->now.mono_ms, rule->retest_within_ms);
		VK_SET(memory.ask_reading, m->reading->id);
		vk_step_ask(s, memory.patient, VK_ASK_REPEAT, rule->id,
			    s->now.utc_ms + rule->retest_within_ms, "retest");
	}
	vk_memory_keep(s, &memory, "beyond");
}

static void follow(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m,
		   const struct verdict *v, struct vk_alert *open)
{
	struct vk_rule_memory memory = vk_memory_get(s->core, m->plan->patient, rule->id);

	if (v->is_beyond) {
		struct vk_finding f = finding(rule, m, v->met);

		f.reason = vk_measured_reason(
			m, rule->has_confirm ? "threshold-confirmed" : "threshold",
			"threshold-late", "threshold-unconfirmed");
		vk_alerts_raise(s, &f);
		note_beyond(s, rule, m);
		return;
	}
	if (m->is_questionable || is_before(m, open))
		return;
	if (vk_memory_is_asking(&memory))
		vk_step_ask_end(s, memory.patient, VK_ASK_REPEAT, rule->id, "measured");
	vk_memory_end_ask(&memory);
	if (!v->is_inside) {
		memory.n_clear = 0;
	} else if (open->is_active && is_cleared(rule, m, &memory)) {
		vk_alerts_clear(s, open, "cleared");
		memory = vk_memory_empty(m->plan->patient, rule->id);
	}
	vk_memory_keep(s, &memory, "back-inside");
}

/* The first values wait in the memory: nobody may answer, and then they are what is sent. */
static void pack(struct vk_rule_memory *memory, const struct vk_finding *f)
{
	memory->n_days = f->n_values;
	for (int i = 0; i < f->n_values; i++) {
		const struct vk_value *v = &f->values[i];

		memory->day_values[i] = v->number.mantissa;
		memory->days[i] = (int32_t)v->quantity << 24 | (int32_t)v->unit << 16 |
				  (int32_t)v->absent << 8 | (uint8_t)v->number.exponent;
	}
	/* Which of them raised it, which do so too, and in which directions. */
	memory->clear_day =
		(int32_t)(f->upper << 16 | f->beyond << 8) | f->worst << 1 | f->is_upper;
}

static void unpack(const struct vk_rule_memory *memory, struct vk_finding *f)
{
	f->worst = memory->clear_day >> 1 & 0x7f;
	f->is_upper = memory->clear_day & 1;
	f->beyond = (uint32_t)memory->clear_day >> 8 & 0xff;
	f->upper = (uint32_t)memory->clear_day >> 16 & 0xff;
	for (int i = 0; i < memory->n_days && i < VK_MAX_ALERT_VALUES - 1; i++) {
		struct vk_value *v = &f->values[f->n_values++];

		v->quantity = (enum vk_quantity)(memory->days[i] >> 24 & 0x7f);
		v->unit = (enum vk_unit)(memory->days[i] >> 16 & 0xff);
		v->absent = (enum vk_absent)(memory->days[i] >> 8 & 0xff);
		v->number.exponent = (int8_t)(memory->days[i] & 0xff);
		v->number.mantissa = memory->day_values[i];
	}
	if (f->worst >= f->n_values)
		f->worst = 0;
}

static void ask(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m,
		const struct verdict *v)
{
	struct vk_rule_memory memory = vk_memory_empty(m->plan->patient, rule->id);
	struct vk_finding f = finding(rule, m, v->met);

	memory.ask_mono_ms = m->measured_mono_ms;
	memory.ask_until_mono_ms = vk_later(s->now.mono_ms, rule->confirm_within_ms);
	VK_SET(memory.ask_reading, m->reading->id);
	pack(&memory, &f);
	vk_memory_keep(s, &memory, "confirm-rest");
	vk_step_ask(s, memory.patient, VK_ASK_REPEAT, rule->id,
		    s->now.utc_ms + rule->confirm_within_ms, "confirm-rest");
	vk_step_message(s, memory.patient, f.message, true, "confirm-rest");
}

/* The second reading while one is waited for. */
static void answer(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m,
		   const struct verdict *v, struct vk_rule_memory *memory)
{
	struct vk_rule_memory empty = vk_memory_empty(memory->patient, rule->id);
	int64_t left_ms = memory->ask_until_mono_ms - s->now.mono_ms;
	struct vk_finding f;

	if (strcmp(memory->ask_reading, m->reading->id) == 0)
		return;
	if (m->measured_mono_ms - memory->ask_mono_ms < rule->confirm_after_ms ||
	    (m->is_questionable && !v->is_beyond)) {
		vk_step_ask(s, memory->patient, VK_ASK_REPEAT, rule->id, s->now.utc_ms + left_ms,
			    m->is_questionable ? "questionable" : "too-early");
		return;
	}
	vk_step_ask_end(s, memory->patient, VK_ASK_REPEAT, rule->id, "measured");
	vk_memory_keep(s, &empty, v->is_beyond ? "confirmed" : "not-confirmed");
	if (!v->is_beyond) {
		vk_message_release(s, memory->patient, rule->message, "not-confirmed");
		return;
	}
	f = finding(rule, m, v->met);
	f.readings[0] = memory->ask_reading;
	f.readings[f.n_readings++] = m->reading->id;
	f.reason = vk_measured_reason(m, "threshold-confirmed", "threshold-late",
				      "threshold-unconfirmed");
	vk_alerts_raise(s, &f);
	note_beyond(s, rule, m);
}

static void raise_first(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m,
			const struct verdict *v, const char *before)
{
	struct vk_finding f = finding(rule, m, v->met);

	if (before[0]) {
		f.readings[0] = before;
		f.readings[f.n_readings++] = m->reading->id;
	}
	f.reason = vk_measured_reason(m, before[0] ? "threshold-repeated" : "threshold",
				      "threshold-late", "threshold-unconfirmed");
	vk_alerts_raise(s, &f);
	note_beyond(s, rule, m);
	if (m->is_questionable && !m->is_late)
		vk_step_ask(s, f.patient, VK_ASK_REPEAT, rule->id, s->now.utc_ms + VK_REPEAT_MS,
			    "questionable");
}

/* One of several times: day_values holds when, ask_reading the latest of them. */
static void count(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m,
		  const struct verdict *v)
{
	struct vk_rule_memory memory = vk_memory_get(s->core, m->plan->patient, rule->id);
	int64_t at = m->reading->time_utc_ms;
	char before[VK_UUID_TEXT];
	int n = 0;

	if (m->is_questionable)
		return;
	for (int i = 0; i < memory.n_days; i++) {
		int64_t apart_ms = at - memory.day_values[i];

		if (apart_ms < rule->repeat_apart_ms && -apart_ms < rule->repeat_apart_ms)
			return;
		if (apart_ms <= rule->repeat_within_ms)
			memory.day_values[n++] = memory.day_values[i];
	}
	for (int i = n; i < memory.n_days; i++)
		memory.day_values[i] = 0;
	VK_SET(before, memory.ask_reading);
	if (n + 1 >= rule->repeat_times) {
		raise_first(s, rule, m, v, before);
		return;
	}
	memory.day_values[n] = at;
	memory.n_days = n + 1;
	VK_SET(memory.ask_reading, m->reading->id);
	vk_memory_keep(s, &memory, "not-yet-repeated");
}

static void begin(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m,
		  const struct verdict *v)
{
	struct vk_rule_memory empty = vk_memory_empty(m->plan->patient, rule->id);

	if (rule->repeat_times) {
		count(s, rule, m, v);
		return;
	}
	vk_memory_keep(s, &empty, "new-episode");
	/* Nobody can rest and measure again for what was hours ago. */
	if (rule->has_confirm && !m->is_late)
		ask(s, rule, m, v);
	else
		raise_first(s, rule, m, v, "");
}

/* The episode waits for a person only: the next one is found as the first one was. */
static bool is_over(const struct vk_rule *rule, const struct vk_alert *open)
{
	return !open->is_active && (rule->has_confirm || rule->repeat_times);
}

void vk_threshold_reading(struct vk_step *s, const struct vk_rule *rule,
			  const struct vk_measured *m)
{
	struct vk_alert *open = vk_alerts_find(s->core, m->plan->patient, rule->id);
	struct vk_rule_memory memory = vk_memory_get(s->core, m->plan->patient, rule->id);
	struct verdict v = judge(rule, m);

	if (!v.is_seen)
		return;
	if (open && !is_over(rule, open))
		follow(s, rule, m, &v, open);
	else if (rule->has_confirm && vk_memory_is_asking(&memory))
		answer(s, rule, m, &v, &memory);
	else if (v.is_beyond)
		begin(s, rule, m, &v);
}

void vk_threshold_retracted(struct vk_step *s, const struct vk_rule *rule,
			    const struct vk_reading *r)
{
	struct vk_rule_memory memory = vk_memory_get(s->core, r->patient, rule->id);

	if (vk_memory_is_asking(&memory) && strcmp(memory.ask_reading, r->id) == 0) {
		memory = vk_memory_empty(r->patient, rule->id);
		vk_step_ask_end(s, r->patient, VK_ASK_REPEAT, rule->id, "reading-retracted");
		vk_message_release(s, r->patient, rule->message, "reading-retracted");
	} else if (rule->repeat_times) {
		vk_days_remove(&memory, 0, r->time_utc_ms);
	}
	vk_memory_keep(s, &memory, "reading-retracted");
}

/* Raised, told what to do, and no new reading: somebody else has to know. */
static void no_retest(struct vk_step *s, const struct vk_rule *rule,
		      const struct vk_rule_memory *memory)
{
	struct vk_rule_memory kept = *memory;
	struct vk_alert *open = vk_alerts_find(s->core, memory->patient, rule->id);

	vk_memory_end_ask(&kept);
	vk_memory_keep(s, &kept, "no-retest");
	if (open && open->is_active && open->state != VK_ALERT_ACCEPTED)
		vk_reach_escalate(s, open, s->now.mono_ms, "no-retest");
}

void vk_threshold_unconfirmed(struct vk_step *s, const struct vk_rule *rule,
			      const struct vk_rule_memory *memory)
{
	struct vk_rule_memory empty = vk_memory_empty(memory->patient, memory->rule);
	struct vk_finding f;

	if (!rule->has_confirm) {
		no_retest(s, rule, memory);
		return;
	}
	memset(&f, 0, sizeof f);
	f.patient = memory->patient;
	f.rule = rule->id;
	f.reason = "threshold-unconfirmed";
	f.class_ = VK_ALERT_CLINICAL;
	f.priority = rule->has_unconfirmed ? rule->unconfirmed : rule->priority;
	f.message = "";
	unpack(memory, &f);
	f.readings[f.n_readings++] = memory->ask_reading;
	vk_memory_keep(s, &empty, "no-second-reading");
	vk_alerts_raise(s, &f);
}
