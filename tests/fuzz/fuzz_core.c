/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a life of the core: every event with any content, in any order, at any pace, under a
 * plan that has a bit of everything. A step never fails, no high alert waits unarmed, every text is
 * ended, the tables keep their bounds, and the state built from the rows is the state.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "core/core.h"
#include "core/plan_schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROWS = 1024, STEPS_MAX = 64 };

struct bytes {
	const uint8_t *at, *end;
};

static struct vk_plan plans[2]; /* in force, and the next one */
static int n_plans;
static struct vk_core core, again;
static struct vk_effects effects;
static struct vk_reading reading;
static struct vk_alert alerts[ROWS];
static struct vk_check checks[ROWS];
static struct vk_rule_memory memories[VK_MAX_MEMORIES];
static int n_memories;

static void expect(int is_true)
{
	if (!is_true)
		abort();
}

static int64_t take(struct bytes *b, int n)
{
	uint64_t value = 0;

	for (int i = 0; i < n && b->at < b->end; i++)
		value = value << 8 | *b->at++;
	return (int64_t)value;
}

static void name(struct bytes *b, char *out, size_t size, const char *const *known, int n)
{
	(void)vk_copy(out, size, known[take(b, 1) % n]);
}

static void threshold(struct vk_plan *p, const char *id, enum vk_priority priority, int64_t limit,
		      bool has_confirm)
{
	struct vk_rule *rule = &p->rules[p->n_rules++];

	(void)vk_copy(rule->id, sizeof rule->id, id);
	(void)vk_copy(rule->message, sizeof rule->message, "rest");
	rule->type = VK_RULE_THRESHOLD;
	rule->priority = priority;
	rule->worse_by = 5;
	rule->n_conditions = 1;
	rule->conditions[0] = (struct vk_condition){
		.quantity = VK_QUANTITY_SYSTOLIC, .has_at_least = true, .at_least = limit};
	rule->has_confirm = has_confirm;
	rule->confirm_after_ms = 300000;
	rule->confirm_within_ms = 900000;
}

static void input(struct vk_plan *p, int64_t longer_than_ms)
{
	struct vk_rule *rule = &p->rules[p->n_rules++];

	(void)vk_copy(rule->id, sizeof rule->id, "OUT");
	(void)vk_copy(rule->signal, sizeof rule->signal, "bed-exit");
	rule->type = VK_RULE_INPUT;
	rule->priority = VK_PRIORITY_HIGH;
	rule->longer_than_ms = longer_than_ms;
}

static const struct vk_plan *make_plan(uint8_t how)
{
	struct vk_plan *p = &plans[n_plans++ % 2];
	struct vk_plan_check *check = &p->checks[0];

	memset(p, 0, sizeof *p);
	vk_plan_defaults(p);
	(void)vk_copy(p->patient, sizeof p->patient, "p-1");
	p->version = 1;
	p->is_alerting = !(how & 1);
	p->is_local_only = how >> 1 & 1;
	p->has_quiet = how >> 2 & 1;
	p->quiet_from_s = 79200;
	p->quiet_until_s = 25200;
	p->alerts.n_work_lists = how >> 3 & 1;
	p->alerts.storm_count = how >> 4;
	p->valid_until_utc_ms = VK_NEVER;
	threshold(p, "HIGH", VK_PRIORITY_HIGH, 180, true);
	threshold(p, "LOW", VK_PRIORITY_LOW, 150, false);
	input(p, 600000);
	p->n_checks = 1;
	(void)vk_copy(check->name, sizeof check->name, "night");
	(void)vk_copy(check->on[0], VK_ID_TEXT, "bed-exit");
	(void)vk_copy(check->closed_by, VK_ID_TEXT, how & 32 ? "bed-exit" : "");
	check->n_on = check->n_at = 1;
	check->at_s[0] = 9000;
	p->n_consents = 1;
	(void)vk_copy(p->consents[0].scope, VK_ID_TEXT, "camera");
	p->consents[0].withdrawn_day = INT32_MAX;
	return p;
}

/* ---- events ---- */

static const char *const patients[] = {"p-1", "", "p-2"};

static void make_reading(struct bytes *b, const struct vk_now *now)
{
	struct vk_decimal number = {.mantissa = take(b, 1)};

	if (take(b, 1) % 4) { /* otherwise the last one again */
		memset(&reading, 0, sizeof reading);
		(void)vk_copy(reading.id, sizeof reading.id,
			      "00000000-0000-8000-8000-00000000000a");
		reading.id[35] = (char)('a' + take(b, 1) % 20);
		reading.decoded = vk_decoded_init(VK_KIND_BLOOD_PRESSURE);
		vk_decoded_add(&reading.decoded, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, VK_ABSENT_NONE,
			       number);
		reading.received_utc_ms = now->utc_ms;
		reading.received_mono_ms = now->mono_ms;
		reading.time_utc_ms = now->utc_ms - take(b, 3);
		reading.decoded.flags = (uint64_t)take(b, 8);
	}
	name(b, reading.patient, sizeof reading.patient, patients, 3);
	reading.rev = (int32_t)(take(b, 1) & 3);
	reading.is_retracted = take(b, 1) & 1;
	reading.is_live = take(b, 1) & 1;
	reading.time_reason = (enum vk_time_reason)(take(b, 1) % (VK_PLACED_HUB_UNSURE + 1));
}

static void make_command(struct bytes *b, const struct vk_now *now, struct vk_command *c)
{
	static const char *const nouns[] = {"alert", "check", "oven"};
	static const char *const verbs[] = {"accept", "reject", "close",   "snooze",
					    "claim",  "view",   "outcome", "visit-accept",
					    "arrive", "done",   "pause",   "release"};
	static const char *const words[] = {"ok",        "not-in-bed", "unsure", "concern",
					    "technical", "",           "x"};
	static const char *const staff[] = {"n-1", "n-2", ""};

	name(b, c->noun, sizeof c->noun, nouns, 3);
	name(b, c->verb, sizeof c->verb, verbs, VK_ARRAY_LEN(verbs));
	name(b, c->staff, sizeof c->staff, staff, 3);
	name(b, c->outcome, sizeof c->outcome, words, VK_ARRAY_LEN(words));
	name(b, c->reason, sizeof c->reason, words, VK_ARRAY_LEN(words));
	(void)vk_copy(c->object, sizeof c->object, "p-1");
	if (c->noun[0] == 'a' && core.n_alerts)
		(void)snprintf(c->object, sizeof c->object, "a%u",
			       core.alerts[take(b, 1) % core.n_alerts].serial);
	else if (c->noun[0] == 'c' && core.n_checks)
		(void)snprintf(c->object, sizeof c->object, "c%u",
			       core.checks[take(b, 1) % core.n_checks].serial);
	c->rev = (int32_t)take(b, 1) - 1;
	if (c->rev > 3)
		c->rev = -1;
	c->until_utc_ms = now->utc_ms + take(b, 3) * 10;
}

static void make_fault(struct bytes *b, struct vk_fault *f)
{
	static const char *const rules[] = {"f-0", "f-1", "f-2", "f-3", "f-4", "f-5", "HIGH"};

	name(b, f->rule, sizeof f->rule, rules, VK_ARRAY_LEN(rules));
	name(b, f->patient, sizeof f->patient, patients, 3);
	name(b, f->reason, sizeof f->reason, rules, VK_ARRAY_LEN(rules));
	f->priority = (enum vk_priority)(take(b, 1) % 3);
	f->is_active = take(b, 1) & 1;
}

static void make_event(struct bytes *b, struct vk_event *event)
{
	static const char *const signals[] = {"bed-exit", "door"};

	event->type = (enum vk_event_type)(take(b, 1) % (VK_EVENT_FAULT + 1));
	if (event->type == VK_EVENT_READING) {
		make_reading(b, &event->now);
		event->reading = &reading;
	} else if (event->type == VK_EVENT_SIGNAL) {
		name(b, event->signal.name, VK_ID_TEXT, signals, 2);
		name(b, event->signal.patient, VK_ID_TEXT, patients, 3);
		event->signal.is_active = take(b, 1) & 1;
		event->signal.is_initial = take(b, 1) & 1;
	} else if (event->type == VK_EVENT_COMMAND) {
		make_command(b, &event->now, &event->command);
	} else if (event->type == VK_EVENT_RECEIPT) {
		(void)snprintf(event->receipt.id, VK_ID_TEXT, "a%d", (int)take(b, 1));
	} else if (event->type == VK_EVENT_PLAN) {
		event->plan = make_plan((uint8_t)take(b, 1));
	} else if (event->type == VK_EVENT_FAULT) {
		make_fault(b, &event->fault);
	}
}

/* ---- what must hold ---- */

static void keep_memory(const struct vk_rule_memory *memory)
{
	int i = 0;

	while (i < n_memories && (strcmp(memories[i].rule, memory->rule) != 0 ||
				  strcmp(memories[i].patient, memory->patient) != 0))
		i++;
	expect(i < VK_MAX_MEMORIES);
	n_memories += i == n_memories;
	memories[i] = *memory;
}

/* False: more was created than there are rows. */
static bool keep(void)
{
	for (int i = 0; i < effects.n; i++) {
		const struct vk_effect *effect = &effects.list[i];

		expect(effect->reason[0] && memchr(effect->reason, 0, sizeof effect->reason));
		if (effect->type == VK_EFFECT_MEMORY)
			keep_memory(&effect->memory);
		else if (effect->type == VK_EFFECT_ALERT && effect->alert.serial < ROWS)
			alerts[effect->alert.serial] = effect->alert;
		else if (effect->type == VK_EFFECT_CHECK && effect->check.serial < ROWS)
			checks[effect->check.serial] = effect->check;
	}
	return core.next_alert < ROWS && core.next_check < ROWS;
}

static void read_back(void)
{
	vk_core_init(&again);
	for (int i = 0; i < core.n_patients; i++)
		expect(vk_core_restore_plan(&again, core.patients[i].plan, 0) == 0);
	for (uint32_t i = 1; i < core.next_alert; i++)
		expect(vk_core_restore_alert(&again, &alerts[i]) == 0);
	for (uint32_t i = 1; i < core.next_check; i++)
		expect(vk_core_restore_check(&again, &checks[i]) == 0);
	for (int i = 0; i < n_memories; i++)
		expect(vk_core_restore_memory(&again, &memories[i]) == 0);
	expect(again.n_alerts == core.n_alerts && again.n_checks == core.n_checks &&
	       again.n_memories == core.n_memories && again.n_ended == core.n_ended &&
	       again.next_alert == core.next_alert && again.next_check == core.next_check);
	expect(!memcmp(again.alerts, core.alerts, (size_t)core.n_alerts * sizeof *core.alerts));
	expect(!memcmp(again.ended, core.ended, (size_t)core.n_ended * sizeof *core.ended));
	expect(!memcmp(again.checks, core.checks, (size_t)core.n_checks * sizeof *core.checks));
	expect(!memcmp(again.memories, core.memories,
		       (size_t)core.n_memories * sizeof *core.memories));
}

static void judge(void)
{
	for (int i = 0; i < core.n_alerts; i++) {
		const struct vk_alert *alert = &core.alerts[i];

		expect(alert->role[0] && alert->state != VK_ALERT_CLOSED);
		expect(alert->priority != VK_PRIORITY_HIGH || alert->state == VK_ALERT_ACCEPTED ||
		       alert->escalate_mono_ms != VK_NEVER);
	}
	read_back();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes b = {data, data + size};
	struct vk_now now = {.utc_ms = INT64_C(1772400000000), .mono_ms = INT64_C(1772400000000)};
	bool has_room = true;

	vk_core_init(&core);
	memset(alerts, 0, sizeof alerts);
	memset(checks, 0, sizeof checks);
	memset(&reading, 0, sizeof reading);
	n_memories = 0;
	expect(vk_core_restore_plan(&core, make_plan((uint8_t)take(&b, 1)), 0) == 0);
	for (int i = 0; has_room && b.at < b.end && i < 200; i++) {
		struct vk_event event = {.now = now};
		int more = 1;

		now.mono_ms += take(&b, 2) * 200;
		now.utc_ms += take(&b, 1) == 7 ? take(&b, 3) * 100 - 600000000 : 0;
		now.utc_ms += now.mono_ms - event.now.mono_ms;
		now.quality = (enum vk_clock_quality)(take(&b, 1) % 3);
		event.now = now;
		make_event(&b, &event);
		for (int k = 0; more == 1 && has_room; k++) {
			expect(k < STEPS_MAX * 16);
			more = vk_core_step(&core, &event, &effects);
			expect(more == 0 || more == 1 || (more == -22 && effects.n == 0));
			has_room = keep();
			event = (struct vk_event){.type = VK_EVENT_TICK, .now = now};
		}
		if (has_room && more >= 0)
			judge();
	}
	return 0;
}
