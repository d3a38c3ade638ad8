/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One memory a patient, one place for each message of the plan: when it was shown last, whether it
 * is on show, and how often in the week that began with its first showing. An order that was shown
 * an hour ago is not shown again because a second rule fired: a dose would be taken twice.
 */
#include "core/messages.h"

#include <string.h>

#include "core/alerts.h"
#include "core/missing.h"
#include "core/schedule.h"
#include "core/storm.h"

_Static_assert((int)VK_MAX_MESSAGES <= (int)VK_RULE_DAYS, "one memory holds all messages");

static const int64_t minute_ms = 60000;
enum { WEEK_MINUTES = 7 * 24 * 60, COUNT_BITS = 8, COUNT_MOST = 255 };

/* A place: days is the minute of the last showing; day_values packs the rest. */
struct place {
	int32_t minute;
	bool is_shown;
	int32_t count;
	int64_t week_minute; /* the week of the count began */
};

static struct place place_of(const struct vk_rule_memory *memory, int i)
{
	int64_t packed = memory->day_values[i];

	return (struct place){
		.minute = memory->days[i],
		.is_shown = packed & 1,
		.count = (int32_t)(packed >> 1 & COUNT_MOST),
		.week_minute = packed >> (1 + COUNT_BITS),
	};
}

static void put_place(struct vk_rule_memory *memory, int i, const struct place *place)
{
	memory->n_days = VK_MAX_MESSAGES;
	memory->days[i] = place->minute;
	memory->day_values[i] = (place->is_shown ? 1 : 0) | (int64_t)place->count << 1 |
				place->week_minute << (1 + COUNT_BITS);
}

static int index_of(const struct vk_plan *plan, const char *message)
{
	for (int i = 0; i < plan->n_messages; i++)
		if (strcmp(plan->messages[i].id, message) == 0)
			return i;
	return -1;
}

int64_t vk_message_shown_utc_ms(const struct vk_core *core, const struct vk_plan *plan,
				const char *message)
{
	struct vk_rule_memory memory = vk_memory_get(core, plan->patient, VK_MEMORY_MESSAGES);
	int i = index_of(plan, message);

	return i < 0 || !memory.days[i] ? VK_NEVER : memory.days[i] * minute_ms;
}

bool vk_message_is_shown(const struct vk_core *core, const struct vk_plan *plan,
			 const char *message)
{
	struct vk_rule_memory memory = vk_memory_get(core, plan->patient, VK_MEMORY_MESSAGES);
	int i = index_of(plan, message);

	return i >= 0 && place_of(&memory, i).is_shown;
}

/* "redan visat" */
static bool is_held_back(const struct vk_plan_text *text, const struct place *place, int64_t minute)
{
	bool is_this_week = minute - place->week_minute < WEEK_MINUTES;

	if (place->is_shown)
		return true;
	if (place->minute && (minute - place->minute) * minute_ms < text->min_interval_ms)
		return true;
	return text->max_per_week && is_this_week && place->count >= text->max_per_week;
}

static bool is_quiet(const struct vk_plan *plan, const struct vk_now *now)
{
	/* A clock that knows no hours wakes somebody rather than nobody. */
	return now->quality != VK_CLOCK_UNSYNCED && vk_schedule_quiet_until(plan, now->utc_ms);
}

bool vk_message_is_silent(const struct vk_plan *plan, const char *message, const struct vk_now *now)
{
	for (int i = 0; i < plan->n_rules; i++)
		if (plan->rules[i].priority == VK_PRIORITY_HIGH &&
		    strcmp(plan->rules[i].message, message) == 0)
			return false;
	return is_quiet(plan, now);
}

bool vk_ask_is_silent(const struct vk_plan *plan, const char *rule, const struct vk_now *now)
{
	const struct vk_rule *asking = vk_plan_rule(plan, rule);

	return (!asking || asking->priority != VK_PRIORITY_HIGH) && is_quiet(plan, now);
}

static void emit(struct vk_step *s, const char *patient, const char *message, bool is_shown,
		 const char *reason)
{
	struct vk_effect *effect = vk_step_effect(s, VK_EFFECT_MESSAGE, patient, reason);

	VK_SET(effect->message.message, message);
	effect->message.is_shown = is_shown;
	effect->message.is_silent =
		is_shown && vk_message_is_silent(vk_step_plan(s, patient), message, &s->now);
}

static void show(struct vk_step *s, const struct vk_plan *plan, int i, const char *reason)
{
	struct vk_rule_memory memory = vk_memory_get(s->core, plan->patient, VK_MEMORY_MESSAGES);
	struct place place = place_of(&memory, i);
	int64_t minute = s->now.utc_ms / minute_ms;

	if (is_held_back(&plan->messages[i], &place, minute))
		return;
	if (minute - place.week_minute >= WEEK_MINUTES || minute < place.week_minute) {
		place.week_minute = minute;
		place.count = 0;
	}
	if (place.count < COUNT_MOST)
		place.count++;
	place.minute = (int32_t)minute;
	place.is_shown = true;
	put_place(&memory, i, &place);
	emit(s, plan->patient, plan->messages[i].id, true, reason);
	vk_memory_keep(s, &memory, "message-shown");
}

static void withdraw(struct vk_step *s, const struct vk_plan *plan, int i, const char *reason)
{
	struct vk_rule_memory memory = vk_memory_get(s->core, plan->patient, VK_MEMORY_MESSAGES);
	struct place place = place_of(&memory, i);

	if (!place.is_shown)
		return;
	place.is_shown = false;
	put_place(&memory, i, &place);
	emit(s, plan->patient, plan->messages[i].id, false, reason);
	vk_memory_keep(s, &memory, "message-withdrawn");
}

static bool is_expired(const struct vk_step *s, const struct vk_plan *plan)
{
	return s->now.quality != VK_CLOCK_UNSYNCED && s->now.utc_ms >= plan->valid_until_utc_ms;
}

static bool is_holding(const struct vk_step *s, const struct vk_plan *plan,
		       const struct vk_rule *rule)
{
	const struct vk_alert *alert;

	if (rule->type == VK_RULE_TECHNICAL)
		return vk_fault_count(s->core, plan->patient, rule->fault) > 0;
	alert = vk_alerts_find(s->core, plan->patient, rule->id);
	return alert && alert->is_active;
}

/* What else has the same text, be it rule, fault or missed measurement: it stays until the last. */
static int n_holders(const struct vk_step *s, const struct vk_plan *plan, const char *message)
{
	int n = 0;

	for (int i = 0; i < plan->n_rules; i++)
		n += strcmp(plan->rules[i].message, message) == 0 &&
		     is_holding(s, plan, &plan->rules[i]);
	for (int i = 0; i < plan->n_schedules; i++)
		n += strcmp(plan->schedules[i].missed, message) == 0 &&
		     vk_missing_days(s->core, plan->patient, plan->schedules[i].id) > 0;
	return n;
}

void vk_step_message(struct vk_step *s, const char *patient, const char *message, bool is_shown,
		     const char *reason)
{
	const struct vk_plan *plan = vk_step_plan(s, patient);
	int i = plan && message[0] ? index_of(plan, message) : -1;

	if (i < 0)
		return;
	if (is_shown && !is_expired(s, plan))
		show(s, plan, i, reason);
	else if (!is_shown && n_holders(s, plan, message) <= 1)
		withdraw(s, plan, i, reason);
}

void vk_message_release(struct vk_step *s, const char *patient, const char *message,
			const char *reason)
{
	const struct vk_plan *plan = vk_step_plan(s, patient);
	int i = plan && message[0] ? index_of(plan, message) : -1;

	if (i >= 0 && !n_holders(s, plan, message))
		withdraw(s, plan, i, reason);
}

static bool is_same_text(const struct vk_plan_text *a, const struct vk_plan_text *b)
{
	return strcmp(a->text.sv, b->text.sv) == 0 && strcmp(a->text.en, b->text.en) == 0;
}

static bool is_asked_with(const struct vk_step *s, const struct vk_plan *plan, const char *message)
{
	for (int i = 0; i < plan->n_rules; i++) {
		struct vk_rule_memory memory =
			vk_memory_get(s->core, plan->patient, plan->rules[i].id);

		if (strcmp(plan->rules[i].message, message) == 0 && vk_memory_is_asking(&memory))
			return true;
	}
	return false;
}

/* A rule that is gone takes nothing down any more: what nobody else shows goes now. */
static void drop_orphans(struct vk_step *s, const struct vk_plan *plan)
{
	for (int i = 0; i < plan->n_messages; i++) {
		const char *message = plan->messages[i].id;

		if (!n_holders(s, plan, message) && !is_asked_with(s, plan, message))
			withdraw(s, plan, i, "new-plan");
	}
}

void vk_messages_plan(struct vk_step *s, const struct vk_plan *old, const struct vk_plan *plan)
{
	struct vk_rule_memory was = vk_memory_get(s->core, plan->patient, VK_MEMORY_MESSAGES);
	struct vk_rule_memory memory = vk_memory_empty(plan->patient, VK_MEMORY_MESSAGES);

	for (int i = 0; old && i < old->n_messages; i++) {
		const struct vk_plan_text *text = &old->messages[i];
		int k = index_of(plan, text->id);
		struct place place = place_of(&was, i);
		bool is_gone = k < 0 || !is_same_text(text, &plan->messages[k]);

		if (place.is_shown && is_gone) {
			emit(s, plan->patient, text->id, false, "new-plan");
			place.is_shown = false;
		}
		if (k >= 0 && place.minute)
			put_place(&memory, k, &place);
	}
	vk_memory_keep(s, &memory, "new-plan");
	drop_orphans(s, plan);
}

void vk_messages_expired(struct vk_step *s, const struct vk_plan *plan)
{
	for (int i = 0; i < plan->n_messages; i++)
		withdraw(s, plan, i, "plan-expired");
}
