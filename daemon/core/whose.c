/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every claim on the device is weighed by itself: the user number and the plan's band may
 * contradict it, the plan's times may only speak against the one who is left. Open questions are
 * memories: one per device, with the readings it is about, so that the last answer ends it.
 */
#include "core/whose.h"

#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "core/plan_schema.h"
#include "core/quantity.h"
#include "core/schedule.h"

static const char *const texts[] = {
	[VK_WHOSE_UNASKED] = "",
	[VK_WHOSE_ASSIGNED] = "assigned",
	[VK_WHOSE_SAID] = "said",
	[VK_WHOSE_JUMP] = "jump",
	[VK_WHOSE_UNASSIGNED] = "unassigned",
	[VK_WHOSE_UNKNOWN_USER] = "unknown-user",
	[VK_WHOSE_OUTSIDE_BAND] = "outside-band",
	[VK_WHOSE_AMBIGUOUS] = "ambiguous",
	[VK_WHOSE_CONFLICT] = "conflict",
};

const char *vk_whose_text(enum vk_whose_reason reason)
{
	return (size_t)reason < VK_ARRAY_LEN(texts) ? texts[reason] : "";
}

int vk_whose_parse(const char *text)
{
	for (int i = 0; i < VK_N_WHOSE; i++)
		if (strcmp(texts[i], text) == 0)
			return i;
	return -1;
}

bool vk_whose_is_open(enum vk_whose_reason reason)
{
	return reason >= VK_WHOSE_JUMP && reason < VK_N_WHOSE;
}

/* ---- evidence ---- */

static const struct vk_plan *plan_of(const struct vk_core *core, const char *patient)
{
	for (int i = 0; i < core->n_patients; i++)
		if (strcmp(core->patients[i].plan->patient, patient) == 0)
			return core->patients[i].plan;
	return NULL;
}

static const struct vk_plan_expect *expected(const struct vk_plan *plan, enum vk_kind kind)
{
	for (int i = 0; plan && i < plan->n_expects; i++)
		if (plan->expects[i].kind == kind)
			return &plan->expects[i];
	return NULL;
}

/* The one value that a kind is about, plausible and canonical. */
static bool one_value(const struct vk_reading *r, int64_t *ret_scaled)
{
	int quantity = vk_plan_kind_quantity(r->decoded.kind);
	const struct vk_value *value;

	if (quantity < 0 || (vk_implausible(&r->decoded) >> quantity & 1))
		return false;
	value = vk_decoded_value(&r->decoded, (enum vk_quantity)quantity);
	return value && !vk_quantity_canonical(value, ret_scaled);
}

static bool is_outside_band(const struct vk_plan *plan, const struct vk_reading *r)
{
	const struct vk_plan_expect *expect = expected(plan, r->decoded.kind);
	int64_t value;

	return expect && expect->has_band && one_value(r, &value) &&
	       (value < expect->band_least || value > expect->band_most);
}

enum when { WHEN_UNSAID, WHEN_INSIDE, WHEN_OUTSIDE };

static bool is_between(int64_t at_s, int64_t from_s, int64_t until_s)
{
	return from_s < until_s ? at_s >= from_s && at_s < until_s
				: at_s >= from_s || at_s < until_s;
}

/* Is it measured when the plan asks this person to? */
static enum when when_of(const struct vk_plan *plan, const struct vk_reading *r)
{
	enum when when = WHEN_UNSAID;
	int64_t at_s;

	if (!plan || r->time_reason == VK_PLACED_UNPLACED || r->time_reason == VK_PLACED_HUB_UNSURE)
		return WHEN_UNSAID;
	at_s = (r->time_utc_ms -
		vk_schedule_utc_ms(&plan->zone, vk_zone_day(&plan->zone, r->time_utc_ms), 0)) /
	       1000;
	for (int i = 0; i < plan->n_schedules; i++) {
		const struct vk_plan_schedule *schedule = &plan->schedules[i];

		if (schedule->measure != r->decoded.kind)
			continue;
		if (is_between(at_s, schedule->from_s, schedule->until_s))
			return WHEN_INSIDE;
		when = WHEN_OUTSIDE;
	}
	return when;
}

/* ---- one person of several ---- */

struct candidates {
	int n;
	struct {
		const char *patient;
		const struct vk_plan *plan;
	} list[VK_MAX_CLAIMS];
};

static void add_candidate(struct candidates *c, const struct vk_core *core, const char *patient)
{
	for (int i = 0; i < c->n; i++)
		if (strcmp(c->list[i].patient, patient) == 0)
			return;
	if (c->n == VK_MAX_CLAIMS)
		return;
	c->list[c->n].patient = patient;
	c->list[c->n++].plan = plan_of(core, patient);
}

/* A number that was said to be somebody's goes before a device that is somebody's as a whole. */
static void gather(struct candidates *c, const struct vk_core *core, const struct vk_claim *claims,
		   int n, int32_t user)
{
	bool has_user = user >= 0 && user != VK_USER_UNKNOWN;

	for (int i = 0; i < n; i++)
		if (has_user ? claims[i].user == user : claims[i].user != VK_USER_ANY)
			add_candidate(c, core, claims[i].patient);
	if (has_user && c->n)
		return;
	for (int i = 0; i < n; i++)
		if (claims[i].user == VK_USER_ANY)
			add_candidate(c, core, claims[i].patient);
}

static bool speaks_for_another(const struct candidates *c, int chosen, const struct vk_reading *r)
{
	if (when_of(c->list[chosen].plan, r) != WHEN_OUTSIDE)
		return false;
	for (int i = 0; i < c->n; i++)
		if (i != chosen && when_of(c->list[i].plan, r) == WHEN_INSIDE)
			return true;
	return false;
}

static enum vk_whose_reason choose(const struct candidates *c, const struct vk_reading *r,
				   int *ret_chosen)
{
	int left = 0;

	for (int i = 0; i < c->n; i++) {
		if (is_outside_band(c->list[i].plan, r))
			continue;
		*ret_chosen = i;
		left++;
	}
	if (!left)
		return VK_WHOSE_OUTSIDE_BAND;
	if (left > 1)
		return VK_WHOSE_AMBIGUOUS;
	return speaks_for_another(c, *ret_chosen, r) ? VK_WHOSE_CONFLICT : VK_WHOSE_ASSIGNED;
}

/* ---- far from the last ---- */

static void name_last(char name[VK_ID_TEXT], enum vk_kind kind)
{
	(void)snprintf(name, VK_ID_TEXT, VK_MEMORY_LAST "%.40s", vk_kind_text((int)kind));
}

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

static bool is_jump(const struct vk_core *core, const struct vk_plan *plan,
		    const struct vk_reading *r)
{
	const struct vk_plan_expect *expect = expected(plan, r->decoded.kind);
	struct vk_rule_memory last;
	char name[VK_ID_TEXT];
	int64_t value, step, since_ms;

	if (!expect || (!expect->jump && !expect->jump_percent) || !one_value(r, &value))
		return false;
	name_last(name, r->decoded.kind);
	last = vk_memory_get(core, plan->patient, name);
	since_ms = r->time_utc_ms - last.day_values[1];
	if (last.n_days != 2 || since_ms < 0)
		return false;
	step = distance(value, last.day_values[0]);
	return (expect->jump && since_ms <= expect->jump_within_ms && step > expect->jump) ||
	       (expect->jump_percent && since_ms <= expect->jump_percent_within_ms &&
		step * 100 > last.day_values[0] * expect->jump_percent);
}

/* ---- the answer ---- */

static void nobody(struct vk_reading *r, const struct candidates *c, enum vk_whose_reason why)
{
	vk_text_set(r->asked, sizeof r->asked, c->n == 1 ? c->list[0].patient : "");
	vk_text_set(r->patient, sizeof r->patient, "");
	r->whose = why;
}

void vk_whose(const struct vk_core *core, const struct vk_claim *claims, int n,
	      struct vk_reading *r)
{
	struct candidates c = {0};
	int chosen = 0;
	enum vk_whose_reason why;

	gather(&c, core, claims, n, r->decoded.user);
	why = c.n ? choose(&c, r, &chosen) : n ? VK_WHOSE_UNKNOWN_USER : VK_WHOSE_UNASSIGNED;
	if (why != VK_WHOSE_ASSIGNED) {
		nobody(r, &c, why);
		return;
	}
	vk_text_set(r->patient, sizeof r->patient, c.list[chosen].patient);
	vk_text_set(r->asked, sizeof r->asked, "");
	r->whose = is_jump(core, c.list[chosen].plan, r) ? VK_WHOSE_JUMP : VK_WHOSE_ASSIGNED;
}

/* ---- questions ---- */

static void name_who(char name[VK_ID_TEXT], const char *device)
{
	(void)snprintf(name, VK_ID_TEXT, VK_MEMORY_WHO "%.32s", device);
}

/* FNV-1a: enough to tell ten readings of one device apart. */
static int64_t hash_of(const char *id)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *id; id++)
		hash = (hash ^ (uint8_t)*id) * UINT64_C(0x100000001b3);
	return (int64_t)(hash >> 1);
}

static int find_open(const struct vk_rule_memory *memory, int64_t hash)
{
	for (int i = 0; i < memory->n_days; i++)
		if (memory->day_values[i] == hash)
			return i;
	return -1;
}

static void drop_open(struct vk_rule_memory *memory, int at)
{
	memory->n_days--;
	memmove(&memory->day_values[at], &memory->day_values[at + 1],
		(size_t)(memory->n_days - at) * sizeof memory->day_values[0]);
	memory->day_values[memory->n_days] = 0;
}

static bool has_room(const struct vk_core *core)
{
	int n = 0;

	for (int i = 0; i < core->n_memories; i++)
		n += strncmp(core->memories[i].rule, VK_MEMORY_WHO, 4) == 0;
	return n < VK_MAX_WHO;
}

static void task(struct vk_step *s, const char *patient, const char *what, const char *device,
		 bool is_done, const char *reason)
{
	struct vk_effect *effect = vk_step_effect(s, VK_EFFECT_TASK, patient, reason);

	VK_SET(effect->task.task, what);
	VK_SET(effect->task.object, device);
	effect->task.is_done = is_done;
}

/* Forgets the question and takes it from the display and from the list of what is to be done. */
static void withdraw(struct vk_step *s, const struct vk_rule_memory *memory, const char *device,
		     const char *reason)
{
	struct vk_rule_memory empty = vk_memory_empty(memory->patient, memory->rule);
	bool is_plan = memory->clear_day == VK_WHOSE_UNASKED;

	if (!is_plan)
		vk_step_ask(s, empty.patient, VK_ASK_WHO, device, s->now.utc_ms, reason);
	task(s, empty.patient, is_plan ? "plan" : "assign", device, true, reason);
	vk_memory_keep(s, &empty, reason);
}

/* A device that is nobody's sends on and on: it is asked about once. */
static bool is_asked(const struct vk_rule_memory *memory, enum vk_whose_reason why)
{
	return memory->n_clear && memory->clear_day == (int32_t)why && why == VK_WHOSE_UNASSIGNED;
}

void vk_whose_ask(struct vk_step *s, const struct vk_reading *r)
{
	const char *patient = r->patient[0] ? r->patient : r->asked;
	const char *reason = vk_whose_text(r->whose);
	struct vk_rule_memory memory;
	char name[VK_ID_TEXT];

	name_who(name, r->device);
	memory = vk_memory_get(s->core, patient, name);
	if (is_asked(&memory, r->whose) || find_open(&memory, hash_of(r->id)) >= 0)
		return;
	if (memory.n_days == VK_RULE_DAYS)
		drop_open(&memory, 0);
	memory.day_values[memory.n_days++] = hash_of(r->id);
	VK_SET(memory.ask_reading, r->id);
	memory.clear_day = (int32_t)r->whose;
	if (memory.n_clear || has_room(s->core)) {
		memory.n_clear = 1;
		vk_memory_keep(s, &memory, reason);
	}
	vk_step_ask(s, patient, VK_ASK_WHO, r->device, 0, reason);
	task(s, patient, "assign", r->device, false, reason);
}

static void answer(struct vk_step *s, const char *patient, const struct vk_reading *r,
		   const char *reason)
{
	struct vk_rule_memory memory;
	char name[VK_ID_TEXT];
	int at;

	name_who(name, r->device);
	memory = vk_memory_get(s->core, patient, name);
	at = find_open(&memory, hash_of(r->id));
	if (at < 0)
		return;
	drop_open(&memory, at);
	if (memory.n_days)
		vk_memory_keep(s, &memory, reason);
	else
		withdraw(s, &memory, r->device, reason);
}

void vk_whose_answered(struct vk_step *s, const struct vk_reading *r)
{
	const char *reason = r->is_retracted ? "reading-retracted" : "assigned";

	answer(s, "", r, reason);
	for (int i = 0; i < s->core->n_patients; i++)
		answer(s, s->core->patients[i].plan->patient, r, reason);
}

/* Questions that a good reading answers: whose the device is, and whether it was they. */
static void end_question(struct vk_step *s, const char *patient, const char *device)
{
	struct vk_rule_memory memory;
	char name[VK_ID_TEXT];

	name_who(name, device);
	memory = vk_memory_get(s->core, patient, name);
	if (memory.n_clear &&
	    (memory.clear_day == VK_WHOSE_UNASSIGNED || memory.clear_day == VK_WHOSE_JUMP ||
	     memory.clear_day == VK_WHOSE_UNASKED))
		withdraw(s, &memory, device, "assigned");
}

static void remember(struct vk_step *s, const struct vk_reading *r)
{
	const struct vk_plan_expect *expect =
		expected(vk_step_plan(s, r->patient), r->decoded.kind);
	struct vk_rule_memory last;
	char name[VK_ID_TEXT];
	int64_t value;

	if (!expect || (!expect->jump && !expect->jump_percent) || !one_value(r, &value) ||
	    r->time_reason == VK_PLACED_UNPLACED || r->time_reason == VK_PLACED_HUB_UNSURE)
		return;
	name_last(name, r->decoded.kind);
	last = vk_memory_get(s->core, r->patient, name);
	if (last.n_days == 2 && last.day_values[1] > r->time_utc_ms)
		return;
	last.n_days = 2;
	last.day_values[0] = value;
	last.day_values[1] = r->time_utc_ms;
	vk_memory_keep(s, &last, "accepted");
}

void vk_whose_accepted(struct vk_step *s, const struct vk_reading *r)
{
	end_question(s, "", r->device);
	end_question(s, r->patient, r->device);
	remember(s, r);
}

void vk_whose_no_plan(struct vk_step *s, const struct vk_reading *r)
{
	struct vk_rule_memory memory;
	char name[VK_ID_TEXT];

	name_who(name, r->device);
	memory = vk_memory_get(s->core, r->patient, name);
	if (memory.n_clear)
		return;
	memory.n_clear = 1;
	memory.clear_day = VK_WHOSE_UNASKED;
	if (has_room(s->core))
		vk_memory_keep(s, &memory, "no-plan");
	task(s, r->patient, "plan", r->device, false, "no-plan");
}
