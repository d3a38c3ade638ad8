/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A life made of chance: a plan with every kind of term in it, and whatever may happen to a hub.
 * The home judges each step; here is only what comes next.
 */
#include "life.h"

#include <stdio.h>
#include <string.h>

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

static int below(uint64_t *seed, int n)
{
	return (int)(next_random(seed) % (uint32_t)n);
}

/* What one plan has and another has not. */
static void vary(struct vk_plan *plan, uint64_t *seed)
{
	plan->rules[0].worse_by = below(seed, 20);
	plan->rules[1].snooze = below(seed, 2) ? VK_SNOOZE_FORBIDDEN : VK_SNOOZE_ALLOWED;
	plan->rules[1].priority = (enum vk_priority)below(seed, 3);
	plan->has_quiet = below(seed, 2);
	plan->quiet_from_s = 22 * 3600;
	plan->quiet_until_s = 7 * 3600;
	plan->alerts.n_work_lists = below(seed, 3);
	plan->alerts.work_list_s[0] = 7 * 3600;
	plan->alerts.work_list_s[1] = 15 * 3600;
	plan->alerts.storm_count = below(seed, 6);
	plan->is_local_only = below(seed, 8) == 0;
	for (int i = 0; i < 3; i++) {
		plan->alerts.unreceived[i].second_path_ms =
			below(seed, 4) ? MINUTES(1 + below(seed, 30)) : VK_NEVER;
		plan->alerts.unreceived[i].lamp_ms =
			below(seed, 4) ? MINUTES(1 + below(seed, 30)) : VK_NEVER;
	}
	plan->escalation[VK_PRIORITY_HIGH].n = 1 + below(seed, 3);
	if (below(seed, 2))
		(void)snprintf(plan->checks[0].closed_by, VK_ID_TEXT, "bed-exit");
	plan->checks[0].view_start_ms = MINUTES(1 + below(seed, 5));
	plan->checks[0].view_ms = 1000 * (1 + below(seed, 30));
}

static struct vk_rule *rule_of_type(struct vk_plan *plan, const char *id, enum vk_rule_type type)
{
	struct vk_rule *rule = home_threshold(plan, id, VK_PRIORITY_MEDIUM);

	rule->type = type;
	rule->line = plan->n_rules;
	return rule;
}

/* One of each type that looks at more than one value, with the shortest of days. */
static void add_slow_rules(struct vk_plan *plan)
{
	struct vk_rule *rule = rule_of_type(plan, "BP_AVG", VK_RULE_AVERAGE);

	home_limit(rule, VK_QUANTITY_SYSTOLIC, 135);
	home_limit(rule, VK_QUANTITY_DIASTOLIC, 85);
	rule->over_days = 7;
	rule->min_days = 1;
	rule->min_readings = 3;
	rule = rule_of_type(plan, "P_OWN", VK_RULE_BASELINE);
	rule->quantity = VK_QUANTITY_PULSE_RATE;
	rule->is_up = rule->is_down = true;
	rule->by = 15;
	rule->over_days = 14;
	rule->min_days = 2;
	rule->for_days = 2;
	rule = home_gain(plan);
	(void)snprintf(rule->id, sizeof rule->id, "W_DAY");
	rule->is_down = true;
	rule->over_days = 1;
	rule->has_confirm = true;
	rule->confirm_within_ms = MINUTES(30);
	rule = rule_of_type(plan, "W_MISSING", VK_RULE_MISSING);
	(void)snprintf(rule->schedule, sizeof rule->schedule, "morning");
	rule->missed_days = 2;
}

static void add_quick_rules(struct vk_plan *plan)
{
	struct vk_rule *rule = rule_of_type(plan, "G_LOW", VK_RULE_THRESHOLD);

	rule->conditions[0].quantity = VK_QUANTITY_GLUCOSE;
	rule->conditions[0].has_below = true;
	rule->conditions[0].below = 39;
	rule->n_conditions = 1;
	rule->retest_within_ms = MINUTES(20);
	rule->clears_readings = 1;
	rule->clears_apart_ms = MINUTES(10);
	rule = rule_of_type(plan, "G_HIGH", VK_RULE_THRESHOLD);
	home_limit(rule, VK_QUANTITY_GLUCOSE, 139);
	rule->repeat_times = 2;
	rule->repeat_within_ms = HOURS(24);
	rule->repeat_apart_ms = HOURS(2);
	rule->clears_days = 2;
	rule = rule_of_type(plan, "STATUS", VK_RULE_STATUS);
	rule->flags = UINT64_C(0x1f) << VK_FLAG_IRREGULAR_PULSE;
	rule = rule_of_type(plan, "N2", VK_RULE_NEWS2);
	rule->points = 5;
	rule->single_points = 3;
	rule = rule_of_type(plan, "FAULT", VK_RULE_TECHNICAL);
	(void)snprintf(rule->fault, sizeof rule->fault, "fault-1");
	rule = rule_of_type(plan, "UP_AT_NIGHT", VK_RULE_INPUT);
	(void)snprintf(rule->signal, sizeof rule->signal, "bed-exit");
	rule->longer_than_ms = MINUTES(20);
	rule->has_during = true;
	rule->during_from_s = 22 * 3600;
	rule->during_until_s = 7 * 3600;
	rule->class_ = VK_RULE_MACHINE;
}

static void add_schedule(struct vk_plan *plan, uint64_t *seed)
{
	plan->n_schedules = 1;
	(void)snprintf(plan->schedules[0].id, VK_ID_TEXT, "morning");
	(void)snprintf(plan->schedules[0].missed, VK_ID_TEXT, "more-diuretic");
	plan->schedules[0].measure = VK_KIND_WEIGHT;
	plan->schedules[0].from_s = 6 * 3600;
	plan->schedules[0].until_s = 10 * 3600;
	plan->schedules[0].early_ms = HOURS(1);
	plan->schedules[0].remind_after_ms = HOURS(2);
	plan->messages[0].min_interval_ms = MINUTES(below(seed, 600));
	plan->messages[1].max_per_week = below(seed, 3);
	plan->has_news2 = true;
	plan->news2.scale = 1 + below(seed, 2);
	plan->news2.is_on_oxygen = below(seed, 2);
}

static void whole_plan(struct vk_plan *plan, uint64_t *seed)
{
	struct vk_rule *rule;

	home_plan(plan);
	rule = home_threshold(plan, "BP_CRISIS", VK_PRIORITY_HIGH);
	home_limit(rule, VK_QUANTITY_SYSTOLIC, 180);
	home_limit(rule, VK_QUANTITY_DIASTOLIC, 120);
	rule->has_confirm = true;
	rule->confirm_after_ms = MINUTES(5);
	rule->confirm_within_ms = MINUTES(15);
	home_limit(home_threshold(plan, "BP_HIGH", VK_PRIORITY_MEDIUM), VK_QUANTITY_SYSTOLIC, 160);
	(void)home_gain(plan);
	rule = home_threshold(plan, "OUT_OF_BED", VK_PRIORITY_HIGH);
	rule->type = VK_RULE_INPUT;
	rule->longer_than_ms = MINUTES(30);
	(void)snprintf(rule->signal, sizeof rule->signal, "bed-exit");
	(void)home_check(plan, 23, 30);
	(void)home_check(plan, 2, 45);
	(void)home_check(plan, 2, 30);
	add_slow_rules(plan);
	add_quick_rules(plan);
	add_schedule(plan, seed);
	vary(plan, seed);
}

/* A value, or a word instead of one. */
static struct vk_reading random_other(struct home *h, uint64_t *seed)
{
	bool is_glucose = below(seed, 2);
	struct vk_reading r = home_reading(h, is_glucose ? VK_KIND_GLUCOSE : VK_KIND_SPO2_SPOT);
	char text[16];

	if (is_glucose && below(seed, 8) == 0) {
		vk_decoded_flag(&r.decoded,
				below(seed, 2) ? VK_FLAG_RESULT_HIGH : VK_FLAG_RESULT_LOW);
		return r;
	}
	(void)snprintf(text, sizeof text, "%d.%d", is_glucose ? below(seed, 25) : 84,
		       below(seed, 10));
	if (is_glucose) {
		home_value(&r, VK_QUANTITY_GLUCOSE, VK_UNIT_MMOL_L, text);
		return r;
	}
	(void)snprintf(text, sizeof text, "%d", 80 + below(seed, 21));
	home_value(&r, VK_QUANTITY_SPO2, VK_UNIT_PERCENT, text);
	(void)snprintf(text, sizeof text, "%d", 40 + below(seed, 90));
	home_value(&r, VK_QUANTITY_PULSE_RATE, VK_UNIT_PER_MIN, text);
	return r;
}

static struct vk_reading random_values(struct home *h, uint64_t *seed)
{
	bool is_weight = below(seed, 3) == 0;
	struct vk_reading r;
	char text[16];

	if (below(seed, 3) == 0)
		return random_other(h, seed);
	r = home_reading(h, is_weight ? VK_KIND_WEIGHT : VK_KIND_BLOOD_PRESSURE);
	(void)snprintf(text, sizeof text, "%d.%d", is_weight ? 76 + below(seed, 6) : 130, 3);
	if (is_weight) {
		home_value(&r, VK_QUANTITY_WEIGHT, VK_UNIT_KG, text);
	} else {
		(void)snprintf(text, sizeof text, "%d", 100 + below(seed, 110));
		home_value(&r, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, text);
		(void)snprintf(text, sizeof text, "%d", 60 + below(seed, 70));
		home_value(&r, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, text);
	}
	return r;
}

static void random_reading(struct home *h, uint64_t *seed)
{
	struct vk_reading r = random_values(h, seed);

	if (below(seed, 4) == 0) {
		r.time_utc_ms -= MINUTES(below(seed, 2000));
		r.time_reason = VK_PLACED_DEVICE;
		r.is_live = false;
	}
	if (below(seed, 10) == 0)
		r.decoded.flags = UINT64_C(1) << below(seed, VK_N_FLAGS);
	if (below(seed, 20) == 0)
		r.patient[0] = '\0';
	if (below(seed, 30) == 0)
		(void)snprintf(r.device, sizeof r.device, "D%d", below(seed, 60));
	if (below(seed, 10) == 0 && h->reading.id[0]) {
		r = h->reading;
		r.rev++;
		r.is_retracted = below(seed, 2);
		if (below(seed, 4) == 0)
			(void)snprintf(r.patient, sizeof r.patient, "p-%d", 2 + below(seed, 2));
	}
	home_send(h, &r);
}

static void random_command(struct home *h, uint64_t *seed)
{
	static const char *const verbs[] = {
		"alert/accept",       "alert/accept",  "alert/close",  "alert/close",
		"alert/reject",       "alert/snooze",  "check/claim",  "check/release",
		"check/view",         "check/view",    "check/view",   "check/outcome",
		"check/outcome",      "check/outcome", "check/pause",  "check/visit-accept",
		"check/visit-accept", "check/arrive",  "check/arrive", "check/done",
		"check/done"};
	static const char *const outcomes[] = {"ok",      "ok",        "not-in-bed", "unsure",
					       "concern", "technical", "",           "x"};
	static const char *const staff[] = {"night-3", "n-17"};
	const char *verb = verbs[below(seed, VK_ARRAY_LEN(verbs))];
	struct vk_command c = {.rev = below(seed, 10) ? -1 : below(seed, 4)};
	uint32_t serial = 1;

	if (*verb == 'a' && h->core->n_alerts)
		serial = h->core->alerts[below(seed, h->core->n_alerts)].serial;
	if (*verb == 'c' && h->core->n_checks)
		serial = h->core->checks[below(seed, h->core->n_checks)].serial;
	(void)snprintf(c.object, sizeof c.object, "%c%u", *verb, serial);
	(void)snprintf(c.noun, sizeof c.noun, "%.5s", verb);
	(void)snprintf(c.verb, sizeof c.verb, "%s", verb + 6);
	(void)snprintf(c.staff, sizeof c.staff, "%s", staff[below(seed, 2)]);
	(void)snprintf(c.outcome, sizeof c.outcome, "%s", outcomes[below(seed, 8)]);
	(void)snprintf(c.reason, sizeof c.reason, "%s", below(seed, 2) ? "guest" : "");
	c.until_utc_ms = h->now.utc_ms + MINUTES(below(seed, 600) - 60);
	(void)home_say(h, &c);
}

static void random_plan(struct home *h, uint64_t *seed)
{
	h->plan.consents[0].withdrawn_day =
		below(seed, 3) ? INT32_MAX : vk_zone_day(&h->plan.zone, h->now.utc_ms);
	if (below(seed, 2))
		vary(&h->plan, seed);
	h->plan.version++;
	home_step(h, &(struct vk_event){.type = VK_EVENT_PLAN, .now = h->now, .plan = &h->plan});
}

static void random_signal(struct home *h, uint64_t *seed)
{
	struct vk_event event = {.type = VK_EVENT_SIGNAL, .now = h->now};

	(void)snprintf(event.signal.name, VK_ID_TEXT, "bed-exit");
	(void)snprintf(event.signal.patient, VK_ID_TEXT, "%s", h->plan.patient);
	event.signal.is_active = below(seed, 2);
	event.signal.is_initial = below(seed, 4) == 0;
	home_step(h, &event);
}

static void random_fault(struct home *h, uint64_t *seed)
{
	char rule[VK_ID_TEXT];

	(void)snprintf(rule, sizeof rule, "fault-%d", below(seed, 80));
	home_fault(h, rule, (enum vk_priority)below(seed, 3), below(seed, 2));
}

static void random_clock(struct home *h, uint64_t *seed)
{
	h->now.quality = (enum vk_clock_quality)below(seed, 3);
	h->now.utc_ms += MINUTES(below(seed, 20) - 10);
	home_step(h, &(struct vk_event){.type = VK_EVENT_CLOCK, .now = h->now});
}

static void random_event(struct home *h, uint64_t *seed)
{
	char id[16];
	int choice = below(seed, 100);

	if (choice < 30)
		home_wait(h, below(seed, 4) ? below(seed, 600000) : MINUTES(below(seed, 400)));
	else if (choice < 50)
		random_reading(h, seed);
	else if (choice < 85)
		random_command(h, seed);
	else if (choice < 90)
		random_signal(h, seed);
	else if (choice < 95)
		random_fault(h, seed);
	else if (choice < 96)
		home_restart(h, MINUTES(below(seed, 300)), (enum vk_clock_quality)below(seed, 3));
	else if (choice < 97)
		random_clock(h, seed);
	else if (choice < 98)
		random_plan(h, seed);
	else {
		(void)snprintf(id, sizeof id, "a%u", h->core->next_alert - 1);
		if (below(seed, 2))
			home_receipt(h, id);
		else
			home_receipt_of(h, id, (int32_t)below(seed, 4));
	}
}

uint64_t life_run(uint64_t seed, int n_events)
{
	struct vk_plan plan;
	struct home h;
	uint64_t hash;

	whole_plan(&plan, &seed);
	home_init(&h, &plan, "2026-03-20T08:00:00+01:00");
	for (int i = 0; i < n_events; i++) {
		home_forget(&h);
		random_event(&h, &seed);
	}
	hash = h.hash;
	/* it has lived: every kind of object came and went */
	assert_true(h.core->next_alert > (uint32_t)n_events / 100);
	assert_true(h.core->next_check > (uint32_t)n_events / 400);
	home_done(&h);
	return hash;
}
