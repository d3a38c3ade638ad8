/* SPDX-License-Identifier: Apache-2.0 */
/* The test's home: steps the engine, keeps rows of its effects, and judges every step. */
#include "home.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "core/memory.h"
#include "core/plan_schema.h"

static const char patient_id[] = "p-1042";

static void put(char *dst, const char *text)
{
	assert_true(vk_copy(dst, VK_ID_TEXT, text));
}

static void add_consent(struct vk_plan *plan)
{
	put(plan->consents[0].scope, "camera");
	plan->consents[0].given_day = vk_civil_day(2026, 2, 10);
	plan->consents[0].withdrawn_day = INT32_MAX;
	plan->n_consents = 1;
}

static void add_ladder(struct vk_plan *plan)
{
	static const struct {
		const char *to;
		int64_t after_ms;
	} steps[] = {{"night-team", 0}, {"duty-nurse", 180000}, {"alarm-centre", 600000}};

	for (size_t i = 0; i < VK_ARRAY_LEN(steps); i++) {
		put(plan->escalation[VK_PRIORITY_HIGH].steps[i].to, steps[i].to);
		plan->escalation[VK_PRIORITY_HIGH].steps[i].after_ms = steps[i].after_ms;
	}
	plan->escalation[VK_PRIORITY_HIGH].n = 3;
	put(plan->escalation[VK_PRIORITY_MEDIUM].steps[0].to, "duty-nurse");
	plan->escalation[VK_PRIORITY_MEDIUM].n = 1;
}

static void add_messages(struct vk_plan *plan)
{
	static const char *const ids[] = {"rest-and-call", "more-diuretic"};

	for (size_t i = 0; i < VK_ARRAY_LEN(ids); i++)
		put(plan->messages[plan->n_messages++].id, ids[i]);
}

void home_plan(struct vk_plan *plan)
{
	static const struct vk_zone stockholm = {.name = "Europe/Stockholm",
						 .n = 4,
						 .transitions = {{1743296400, 7200},
								 {1761440400, 3600},
								 {1774746000, 7200},
								 {1792890000, 3600}}};

	memset(plan, 0, sizeof *plan);
	vk_plan_defaults(plan);
	put(plan->patient, patient_id);
	plan->version = 7;
	plan->valid_from_utc_ms = 0;
	plan->valid_until_utc_ms = VK_NEVER;
	plan->zone = stockholm;
	plan->is_alerting = true;
	add_ladder(plan);
	add_consent(plan);
	add_messages(plan);
}

struct vk_rule *home_threshold(struct vk_plan *plan, const char *id, enum vk_priority priority)
{
	struct vk_rule *rule = &plan->rules[plan->n_rules++];

	put(rule->id, id);
	rule->type = VK_RULE_THRESHOLD;
	rule->priority = priority;
	put(rule->message, "rest-and-call");
	return rule;
}

void home_limit(struct vk_rule *rule, enum vk_quantity quantity, int64_t at_least)
{
	struct vk_condition *c = &rule->conditions[rule->n_conditions++];

	c->quantity = quantity;
	c->has_at_least = true;
	c->at_least = at_least;
}

struct vk_rule *home_crisis(struct vk_plan *plan, bool has_confirm)
{
	struct vk_rule *rule;

	rule = home_threshold(plan, "BP_CRISIS", VK_PRIORITY_HIGH);
	home_limit(rule, VK_QUANTITY_SYSTOLIC, 180);
	home_limit(rule, VK_QUANTITY_DIASTOLIC, 120);
	rule->has_confirm = has_confirm;
	rule->confirm_after_ms = MINUTES(5);
	rule->confirm_within_ms = MINUTES(15);
	return rule;
}

struct vk_rule *home_gain(struct vk_plan *plan)
{
	struct vk_rule *rule = &plan->rules[plan->n_rules++];

	put(rule->id, "W_GAIN_3D");
	rule->type = VK_RULE_CHANGE;
	rule->priority = VK_PRIORITY_MEDIUM;
	put(rule->message, "more-diuretic");
	rule->quantity = VK_QUANTITY_WEIGHT;
	rule->is_up = true;
	rule->by = 20;
	rule->over_days = 3;
	rule->has_clears = true;
	rule->clears_by = 10;
	rule->clears_days = 2;
	return rule;
}

struct vk_plan_check *home_check(struct vk_plan *plan, int hour, int minute)
{
	struct vk_plan_check *check = &plan->checks[0];

	if (!plan->n_checks) {
		plan->n_checks = 1;
		put(check->name, "night");
		put(check->role, "night-team");
		put(check->on[0], "bed-exit");
		check->n_on = 1;
		check->view_ms = 30000;
		check->recheck_after_ms = MINUTES(15);
		check->claim_remind_ms = MINUTES(10);
		check->claim_escalate_ms = MINUTES(15);
		check->view_start_ms = MINUTES(5);
		check->retry_ms = MINUTES(2);
		check->visit_accept_ms = MINUTES(10);
		check->visit_arrive_ms = MINUTES(60);
		check->visit_done_ms = HOURS(2);
	}
	check->at_s[check->n_at++] = hour * 3600 + minute * 60;
	return check;
}

/* ---- the store ---- */

static void keep_memory(struct home *h, const struct vk_rule_memory *memory)
{
	int i = 0;

	while (i < h->n_memories && (strcmp(h->memories[i].rule, memory->rule) != 0 ||
				     strcmp(h->memories[i].patient, memory->patient) != 0))
		i++;
	if (i == h->n_memories)
		h->n_memories++;
	assert_true(h->n_memories < HOME_ROWS);
	h->memories[i] = *memory;
}

/* Design §4: a person, a recorded pause, withdrawn consent, a sensor the plan allows; or an alert.
 */
static void assert_leaves_due(const struct home *h, const struct vk_check *check)
{
	switch (check->state) {
	case VK_CHECK_DUE:
	case VK_CHECK_VISIT_REQUIRED: /* assert_sound() wants its alert */
		break;
	case VK_CHECK_CLAIMED:
	case VK_CHECK_VIEWING:
		assert_true(check->by[0]);
		break;
	case VK_CHECK_SKIPPED:
		assert_true(check->by[0] || strcmp(check->reason, "consent-withdrawn") == 0);
		break;
	case VK_CHECK_DONE:
		assert_string_equal(check->outcome, "sensor");
		assert_string_equal(check->reason, h->plan.checks[0].closed_by);
		break;
	case VK_CHECK_PLANNED:
	case VK_CHECK_RECHECK_WAIT:
	case VK_CHECK_VISIT_ACCEPTED:
	case VK_CHECK_ARRIVED:
		fail();
	}
}

static void assert_times(const struct home *h, const struct vk_effect *effect)
{
	if (effect->type == VK_EFFECT_ALERT)
		assert_int_equal(effect->alert.changed_utc_ms, h->now.utc_ms);
	else if (effect->type == VK_EFFECT_CHECK)
		assert_int_equal(effect->check.changed_utc_ms, h->now.utc_ms);
	else if (effect->type == VK_EFFECT_VIEW)
		assert_true(effect->view.until_mono_ms >= h->now.mono_ms &&
			    effect->view.until_mono_ms <= h->now.mono_ms + 30000);
}

static void keep(struct home *h, const struct vk_effect *effect)
{
	assert_true(effect->reason[0]);
	assert_times(h, effect);
	if (effect->type == VK_EFFECT_ALERT) {
		struct vk_alert *row = &h->alerts[effect->alert.serial % HOME_ROWS];
		bool is_same = row->serial == effect->alert.serial;

		assert_int_equal(effect->alert.rev, is_same ? row->rev + 1 : 0);
		/* a closed one is never heard of again, an open one never overwritten */
		assert_true(!row->serial || is_same == (row->state != VK_ALERT_CLOSED));
		*row = effect->alert;
		h->next_alert = row->serial + 1 > h->next_alert ? row->serial + 1 : h->next_alert;
	} else if (effect->type == VK_EFFECT_CHECK) {
		struct vk_check *row = &h->checks[effect->check.serial % HOME_ROWS];
		bool is_same = row->serial == effect->check.serial;

		assert_int_equal(effect->check.rev, is_same ? row->rev + 1 : 0);
		assert_true(!row->serial || is_same == (row->state != VK_CHECK_DONE &&
							row->state != VK_CHECK_SKIPPED));
		if (is_same && row->state == VK_CHECK_DUE)
			assert_leaves_due(h, &effect->check);
		*row = effect->check;
		h->next_check = row->serial + 1 > h->next_check ? row->serial + 1 : h->next_check;
	} else if (effect->type == VK_EFFECT_MEMORY) {
		keep_memory(h, &effect->memory);
	}
	for (size_t i = 0; i + sizeof(uint64_t) <= sizeof *effect; i += sizeof(uint64_t)) {
		uint64_t word;

		memcpy(&word, (const char *)effect + i, sizeof word);
		h->hash = (h->hash ^ word) * UINT64_C(1099511628211);
	}
	if (h->n_log < HOME_LOG)
		h->log[h->n_log++] = *effect;
}

static int last_row(const struct home *h)
{
	uint32_t n = h->next_alert > h->next_check ? h->next_alert : h->next_check;

	return n < HOME_ROWS ? (int)n : HOME_ROWS - 1;
}

/* Rows come back in the wrong order, closed ones too. */
static void read_back(const struct home *h, struct vk_core *core)
{
	vk_core_init(core);
	assert_int_equal(vk_core_restore_plan(core, &h->plan, 0), 0);
	for (int i = 0; i < h->n_others; i++)
		assert_int_equal(vk_core_restore_plan(core, h->others[i], 0), 0);
	for (int i = last_row(h); i >= 0; i--) {
		if (h->alerts[i].serial)
			assert_int_equal(vk_core_restore_alert(core, &h->alerts[i]), 0);
		if (h->checks[i].serial)
			assert_int_equal(vk_core_restore_check(core, &h->checks[i]), 0);
	}
	for (int i = h->n_memories - 1; i >= 0; i--)
		assert_int_equal(vk_core_restore_memory(core, &h->memories[i]), 0);
}

static void assert_same(const struct vk_core *a, const struct vk_core *b)
{
	assert_int_equal(a->next_alert, b->next_alert);
	assert_int_equal(a->next_check, b->next_check);
	assert_int_equal(a->n_patients, b->n_patients);
	assert_int_equal(a->n_alerts, b->n_alerts);
	assert_int_equal(a->n_checks, b->n_checks);
	assert_int_equal(a->n_ended, b->n_ended);
	assert_int_equal(a->n_memories, b->n_memories);
	for (int i = 0; i < a->n_patients; i++) {
		assert_ptr_equal(a->patients[i].plan, b->patients[i].plan);
		assert_int_equal(a->patients[i].scheduled_utc_ms, b->patients[i].scheduled_utc_ms);
		assert_int_equal(a->patients[i].paused_until_utc_ms,
				 b->patients[i].paused_until_utc_ms);
		assert_string_equal(a->patients[i].paused_reason, b->patients[i].paused_reason);
	}
	assert_memory_equal(a->alerts, b->alerts, (size_t)a->n_alerts * sizeof a->alerts[0]);
	assert_memory_equal(a->ended, b->ended, (size_t)a->n_ended * sizeof a->ended[0]);
	assert_memory_equal(a->checks, b->checks, (size_t)a->n_checks * sizeof a->checks[0]);
	assert_memory_equal(a->memories, b->memories,
			    (size_t)a->n_memories * sizeof a->memories[0]);
}

static void assert_sound(struct home *h)
{
	read_back(h, h->again);
	assert_same(h->core, h->again);
	for (int i = 0; i < h->core->n_alerts; i++) {
		const struct vk_alert *alert = &h->core->alerts[i];

		assert_true(alert->role[0]);
		if (alert->state != VK_ALERT_ACCEPTED)
			assert_true(alert->escalate_mono_ms != VK_NEVER);
	}
	for (int i = 0; i < h->core->n_checks; i++) {
		const struct vk_check *check = &h->core->checks[i];

		if (check->state == VK_CHECK_VISIT_REQUIRED)
			assert_non_null(home_alert(h, "visit-required"));
		else if (check->deadline_mono_ms == VK_NEVER)
			assert_non_null(home_alert(h, "check-unclaimed"));
	}
}

/* ---- steps ---- */

void home_step(struct home *h, const struct vk_event *event)
{
	struct vk_event next = *event;
	int r = 1;

	for (int i = 0; r == 1; i++) {
		assert_true(i < 100);
		r = vk_core_step(h->core, &next, h->effects);
		assert_true(r >= 0);
		if (h->effects->n > h->n_effects)
			h->n_effects = h->effects->n;
		for (int k = 0; k < h->effects->n; k++)
			keep(h, &h->effects->list[k]);
		next = (struct vk_event){.type = VK_EVENT_TICK, .now = event->now};
	}
	assert_true(vk_core_next_mono_ms(h->core, &h->now) > h->now.mono_ms);
	assert_sound(h);
}

void home_wait(struct home *h, int64_t ms)
{
	int64_t end = h->now.mono_ms + ms;

	for (;;) {
		int64_t next = vk_core_next_mono_ms(h->core, &h->now);
		int64_t to = next < end ? next : end;

		h->now.utc_ms += to - h->now.mono_ms;
		h->now.mono_ms = to;
		if (next > end)
			return;
		home_step(h, &(struct vk_event){.type = VK_EVENT_TICK, .now = h->now});
	}
}

void home_until(struct home *h, const char *time)
{
	int64_t utc_ms;

	assert_int_equal(vk_rfc3339_parse(time, &utc_ms), 0);
	assert_true(utc_ms >= h->now.utc_ms);
	home_wait(h, utc_ms - h->now.utc_ms);
}

void home_init(struct home *h, const struct vk_plan *plan, const char *time)
{
	memset(h, 0, sizeof *h);
	h->plan = *plan;
	h->core = malloc(sizeof *h->core);
	h->again = malloc(sizeof *h->again);
	h->effects = malloc(sizeof *h->effects);
	h->log = calloc(HOME_LOG, sizeof *h->log);
	h->alerts = calloc(HOME_ROWS, sizeof *h->alerts);
	h->checks = calloc(HOME_ROWS, sizeof *h->checks);
	h->memories = calloc(HOME_ROWS, sizeof *h->memories);
	assert_true(h->core && h->again && h->effects && h->log && h->alerts && h->checks &&
		    h->memories);
	assert_int_equal(vk_rfc3339_parse(time, &h->now.utc_ms), 0);
	h->now.mono_ms = h->now.utc_ms;
	h->now.quality = VK_CLOCK_SYNCED;
	vk_core_init(h->core);
	assert_int_equal(vk_core_restore_plan(h->core, &h->plan, 0), 0);
	home_step(h, &(struct vk_event){.type = VK_EVENT_START, .now = h->now});
	home_forget(h);
}

void home_done(struct home *h)
{
	free(h->core);
	free(h->again);
	free(h->effects);
	free(h->log);
	free(h->alerts);
	free(h->checks);
	free(h->memories);
}

void home_reload(struct home *h)
{
	read_back(h, h->core);
}

void home_restart(struct home *h, int64_t off_ms, enum vk_clock_quality quality)
{
	home_reload(h);
	h->now.utc_ms += off_ms;
	h->now.mono_ms += off_ms;
	h->now.quality = quality;
	home_step(h, &(struct vk_event){.type = VK_EVENT_START, .now = h->now});
}

void home_forget(struct home *h)
{
	h->n_log = 0;
}

/* ---- events ---- */

struct vk_reading home_reading(struct home *h, enum vk_kind kind)
{
	struct vk_reading r;

	memset(&r, 0, sizeof r);
	(void)snprintf(r.id, sizeof r.id, "00000000-0000-8000-8000-%012u", ++h->n_readings);
	put(r.patient, patient_id);
	put(r.device, "A0B1C2D3E4F5");
	r.decoded = vk_decoded_init(kind);
	r.received_utc_ms = r.time_utc_ms = h->now.utc_ms;
	r.received_mono_ms = h->now.mono_ms;
	r.time_reason = VK_PLACED_RECEIVED;
	r.is_live = true;
	return r;
}

void home_value(struct vk_reading *r, enum vk_quantity quantity, enum vk_unit unit,
		const char *text)
{
	struct vk_decimal number;

	assert_int_equal(vk_decimal_parse(text, &number), 0);
	vk_decoded_add(&r->decoded, quantity, unit, VK_ABSENT_NONE, number);
}

void home_send(struct home *h, const struct vk_reading *r)
{
	h->reading = *r;
	home_step(h, &(struct vk_event){
			     .type = VK_EVENT_READING, .now = h->now, .reading = &h->reading});
}

void home_pressure(struct home *h, int systolic, int diastolic)
{
	struct vk_reading r = home_reading(h, VK_KIND_BLOOD_PRESSURE);
	char text[16];

	(void)snprintf(text, sizeof text, "%d", systolic);
	home_value(&r, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, text);
	(void)snprintf(text, sizeof text, "%d", diastolic);
	home_value(&r, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, text);
	home_send(h, &r);
}

void home_weight(struct home *h, const char *kg)
{
	struct vk_reading r = home_reading(h, VK_KIND_WEIGHT);

	home_value(&r, VK_QUANTITY_WEIGHT, VK_UNIT_KG, kg);
	home_send(h, &r);
}

void home_signal(struct home *h, const char *name, bool is_active)
{
	struct vk_event event = {.type = VK_EVENT_SIGNAL, .now = h->now};

	put(event.signal.name, name);
	put(event.signal.patient, patient_id);
	event.signal.is_active = is_active;
	home_step(h, &event);
}

void home_fault(struct home *h, const char *rule, enum vk_priority priority, bool is_active)
{
	struct vk_event event = {.type = VK_EVENT_FAULT, .now = h->now};

	put(event.fault.rule, rule);
	event.fault.priority = priority;
	event.fault.is_active = is_active;
	home_step(h, &event);
}

void home_receipt(struct home *h, const char *id)
{
	struct vk_event event = {.type = VK_EVENT_RECEIPT, .now = h->now};

	put(event.receipt.id, id);
	home_step(h, &event);
}

void home_receipt_of(struct home *h, const char *id, int32_t rev)
{
	struct vk_event event = {.type = VK_EVENT_RECEIPT, .now = h->now};

	put(event.receipt.id, id);
	event.receipt.has_rev = true;
	event.receipt.rev = rev;
	home_step(h, &event);
}

const char *home_say(struct home *h, const struct vk_command *command)
{
	struct vk_event event = {.type = VK_EVENT_COMMAND, .now = h->now, .command = *command};
	int before = home_count(h, VK_EFFECT_REPLY, NULL);
	const struct vk_effect *reply;

	put(event.command.cmd_id, "cmd-1");
	home_step(h, &event);
	assert_int_equal(home_count(h, VK_EFFECT_REPLY, NULL), before + 1);
	reply = home_last(h, VK_EFFECT_REPLY);
	assert_string_equal(reply->reply.cmd_id, "cmd-1");
	assert_string_equal(reply->reply.staff, command->staff);
	assert_int_equal(reply->reply.result,
			 strcmp(reply->reply.code, "ok") == 0 ? VK_REPLY_OK : VK_REPLY_REFUSED);
	return reply->reply.code;
}

const char *home_command(struct home *h, const char *what, const char *object, const char *staff,
			 const char *outcome)
{
	struct vk_command c = {.rev = -1};
	const char *slash = strchr(what, '/');

	assert_non_null(slash);
	memcpy(c.noun, what, (size_t)(slash - what));
	assert_true(vk_copy(c.verb, sizeof c.verb, slash + 1));
	put(c.object, object);
	put(c.staff, staff);
	put(c.outcome, outcome);
	return home_say(h, &c);
}

/* ---- what came of it ---- */

int home_count(const struct home *h, enum vk_effect_type type, const char *reason)
{
	int n = 0;

	for (int i = 0; i < h->n_log; i++)
		n += h->log[i].type == type && (!reason || strcmp(h->log[i].reason, reason) == 0);
	return n;
}

const struct vk_effect *home_last(const struct home *h, enum vk_effect_type type)
{
	for (int i = h->n_log - 1; i >= 0; i--)
		if (h->log[i].type == type)
			return &h->log[i];
	fail_msg("no effect of type %d", type);
	return NULL;
}

const struct vk_alert *home_alert(const struct home *h, const char *rule)
{
	for (int i = 0; i < h->core->n_alerts; i++)
		if (strcmp(h->core->alerts[i].rule, rule) == 0)
			return &h->core->alerts[i];
	return NULL;
}

int home_memories(const struct home *h)
{
	static const char *const usual[] = {"latest:", "trend:", "messages:", "due:"};
	int n = h->core->n_memories;

	for (int i = 0; i < h->core->n_memories; i++)
		for (size_t k = 0; k < VK_ARRAY_LEN(usual); k++)
			n -= strncmp(h->core->memories[i].rule, usual[k], strlen(usual[k])) == 0;
	return n;
}

void home_two_limits(struct home *h)
{
	struct vk_plan plan;

	home_plan(&plan);
	home_limit(home_threshold(&plan, "BP_HIGH", VK_PRIORITY_MEDIUM), VK_QUANTITY_SYSTOLIC, 160);
	home_limit(home_threshold(&plan, "BP_CRISIS", VK_PRIORITY_HIGH), VK_QUANTITY_SYSTOLIC, 200);
	home_init(h, &plan, "2026-03-02T08:00:00+01:00");
}

void home_ok(struct home *h, const char *what, const char *object)
{
	assert_string_equal(home_command(h, what, object, "n-17", "called"), "ok");
}
