/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A schedule's memory says up to when it was handled and what comes next, so that a start goes on
 * where the hub stopped: a window that ended in the dark is told once it is light, a reminder that
 * is late is not. Nothing is said in quiet hours; what falls into them waits for their end.
 */
#include "core/missing.h"

#include <stdio.h>
#include <string.h>

#include "core/messages.h"
#include "core/schedule.h"

enum stage { FIRST_REMINDER, SECOND_REMINDER, WINDOW_END, N_STAGES };
enum { CATCH_UP_DAYS = 3, N_PLACES = 3 };

static const int64_t day_ms = INT64_C(86400000), hour_ms = INT64_C(3600000);
static const int32_t day_s = 86400;

/*
 * The memory's places. n_clear: days missed in a row; clear_day: the latest of them.
 * days: measured on, stage of next, day of next; day_values: handled, next, watching since.
 */
enum { MEASURED, STAGE, NEXT_DAY };
enum { HANDLED, NEXT, SINCE };

struct window {
	int64_t from, until; /* UTC ms */
	int64_t remind[2];   /* VK_NEVER: not at all */
};

static struct vk_rule_memory memory_of(const struct vk_core *core, const char *patient,
				       const struct vk_plan_schedule *schedule)
{
	char name[VK_ID_TEXT];

	(void)snprintf(name, sizeof name, VK_MEMORY_DUE "%.60s", schedule->id);
	return vk_memory_get(core, patient, name);
}

static const struct vk_plan_schedule *schedule_of(const struct vk_plan *plan, const char *id)
{
	for (int i = 0; i < plan->n_schedules; i++)
		if (strcmp(plan->schedules[i].id, id) == 0)
			return &plan->schedules[i];
	return NULL;
}

/* ---- times ---- */

/* The moment itself, or the end of the quiet hours it falls into. */
static int64_t after_quiet(const struct vk_plan *plan, int64_t utc_ms)
{
	int64_t until = vk_schedule_quiet_until(plan, utc_ms);

	return until ? until : utc_ms;
}

static struct window window_of(const struct vk_plan *plan, const struct vk_plan_schedule *schedule,
			       int32_t day)
{
	int32_t until_s = schedule->until_s ? schedule->until_s : day_s;
	struct window w = {
		.from = vk_schedule_utc_ms(&plan->zone, day, schedule->from_s),
		.until = vk_schedule_utc_ms(&plan->zone, day, until_s),
	};

	w.remind[0] = after_quiet(plan, w.from);
	w.remind[1] = after_quiet(plan, w.from + schedule->remind_after_ms);
	if (w.remind[1] <= w.remind[0])
		w.remind[1] = VK_NEVER;
	for (int i = 0; i < 2; i++)
		if (w.remind[i] >= w.until)
			w.remind[i] = VK_NEVER;
	return w;
}

static int64_t moment_of(const struct window *w, enum stage stage)
{
	return stage == WINDOW_END ? w->until : w->remind[stage];
}

/* The first moment after the handled one, of a window that began while it was watched. */
static void plan_next(const struct vk_plan *plan, const struct vk_plan_schedule *schedule,
		      struct vk_rule_memory *memory)
{
	int64_t handled = memory->day_values[HANDLED], next = VK_NEVER;
	int32_t today = vk_zone_day(&plan->zone, handled);

	for (int32_t day = today - 1; day <= today + 2; day++) {
		struct window w = window_of(plan, schedule, day);

		for (int stage = 0; stage < N_STAGES && w.from >= memory->day_values[SINCE];
		     stage++) {
			int64_t at = moment_of(&w, (enum stage)stage);

			if (at <= handled || at >= next)
				continue;
			next = at;
			memory->days[STAGE] = stage;
			memory->days[NEXT_DAY] = day;
		}
	}
	memory->day_values[NEXT] = next;
}

static void watch_from(const struct vk_plan *plan, const struct vk_plan_schedule *schedule,
		       struct vk_rule_memory *memory, int64_t utc_ms)
{
	int64_t since = utc_ms > plan->valid_from_utc_ms ? utc_ms : plan->valid_from_utc_ms;

	memory->n_days = N_PLACES;
	memory->day_values[HANDLED] = memory->day_values[SINCE] = since;
	plan_next(plan, schedule, memory);
}

int64_t vk_missing_next(const struct vk_core *core, const struct vk_plan *plan, int64_t utc_ms)
{
	int64_t next = VK_NEVER;

	if (!plan->is_alerting || core->quality == VK_CLOCK_UNSYNCED)
		return VK_NEVER;
	for (int i = 0; i < plan->n_schedules; i++) {
		struct vk_rule_memory memory = memory_of(core, plan->patient, &plan->schedules[i]);
		int64_t at = memory.n_days ? memory.day_values[NEXT] : utc_ms;

		if (at < next)
			next = at;
	}
	return next;
}

int32_t vk_missing_days(const struct vk_core *core, const char *patient, const char *schedule)
{
	char name[VK_ID_TEXT];

	(void)snprintf(name, sizeof name, VK_MEMORY_DUE "%.60s", schedule);
	return vk_memory_get(core, patient, name).n_clear;
}

int vk_missing_waits(const struct vk_core *core, const struct vk_plan *plan,
		     const struct vk_plan_schedule *schedule, int64_t utc_ms,
		     int64_t ret_until_utc_ms[VK_MISSING_WINDOWS])
{
	struct vk_rule_memory memory = memory_of(core, plan->patient, schedule);
	int32_t today = vk_zone_day(&plan->zone, utc_ms);
	int n = 0;

	if (!memory.n_days)
		watch_from(plan, schedule, &memory, utc_ms);
	for (int32_t day = today - 1; day <= today + 1; day++) {
		struct window w = window_of(plan, schedule, day);

		if (w.until > utc_ms && w.from >= memory.day_values[SINCE] &&
		    memory.days[MEASURED] < day)
			ret_until_utc_ms[n++] = w.until;
	}
	return n;
}

/* ---- what is due ---- */

static void remind(struct vk_step *s, const struct vk_plan *plan,
		   const struct vk_plan_schedule *schedule, const struct vk_rule_memory *memory)
{
	struct window w = window_of(plan, schedule, memory->days[NEXT_DAY]);

	if (memory->days[MEASURED] >= memory->days[NEXT_DAY] || s->now.utc_ms >= w.until)
		return;
	vk_step_ask(s, plan->patient, VK_ASK_REMIND, schedule->id, w.until,
		    memory->days[STAGE] == FIRST_REMINDER ? "due" : "still-due");
}

/* A kit that is not heard may have measured: that is another question for another person. */
static const char *why_missing(const struct vk_step *s, const char *patient)
{
	static const char *const deaf[] = {"device-not-heard", "bond-lost", "plugin-ble", "radio",
					   "adapter"};

	for (int i = 0; i < s->core->n_alerts; i++) {
		const struct vk_alert *alert = &s->core->alerts[i];

		if (alert->class_ != VK_ALERT_TECHNICAL || !alert->is_active ||
		    (alert->patient[0] && strcmp(alert->patient, patient) != 0))
			continue;
		for (size_t k = 0; k < VK_ARRAY_LEN(deaf); k++)
			if (strncmp(alert->rule, deaf[k], strlen(deaf[k])) == 0)
				return "not-heard";
	}
	return "not-measured";
}

static void task(struct vk_step *s, const struct vk_plan *plan,
		 const struct vk_plan_schedule *schedule, bool is_done, const char *reason)
{
	struct vk_effect *effect = vk_step_effect(s, VK_EFFECT_TASK, plan->patient, reason);

	VK_SET(effect->task.task, "missing");
	VK_SET(effect->task.object, schedule->id);
	effect->task.is_done = is_done;
}

static void raise_missing(struct vk_step *s, const struct vk_plan *plan, const char *schedule,
			  int32_t n_days, const char *reason)
{
	for (int i = 0; i < plan->n_rules; i++) {
		const struct vk_rule *rule = &plan->rules[i];
		struct vk_finding f = {.patient = plan->patient,
				       .rule = rule->id,
				       .reason = reason,
				       .class_ = VK_ALERT_CLINICAL,
				       .priority = rule->priority,
				       .message = rule->message};

		if (rule->type != VK_RULE_MISSING || strcmp(rule->schedule, schedule) != 0 ||
		    n_days < rule->missed_days)
			continue;
		s->line = rule->line;
		vk_alerts_raise(s, &f);
	}
}

static void end_window(struct vk_step *s, const struct vk_plan *plan,
		       const struct vk_plan_schedule *schedule, struct vk_rule_memory *memory)
{
	const char *reason = why_missing(s, plan->patient);

	if (memory->days[MEASURED] >= memory->days[NEXT_DAY])
		return;
	memory->n_clear++;
	memory->clear_day = memory->days[NEXT_DAY];
	task(s, plan, schedule, false, reason);
	vk_step_message(s, plan->patient, schedule->missed, true, reason);
	raise_missing(s, plan, schedule->id, memory->n_clear, reason);
}

static bool run_schedule(struct vk_step *s, const struct vk_plan *plan,
			 const struct vk_plan_schedule *schedule, int reserve)
{
	struct vk_rule_memory memory = memory_of(s->core, plan->patient, schedule);

	if (!memory.n_days || memory.day_values[HANDLED] > s->now.utc_ms + day_ms)
		watch_from(plan, schedule, &memory, s->now.utc_ms);
	if (memory.day_values[HANDLED] < s->now.utc_ms - CATCH_UP_DAYS * day_ms) {
		memory.day_values[HANDLED] = s->now.utc_ms - CATCH_UP_DAYS * day_ms;
		plan_next(plan, schedule, &memory);
	}
	while (memory.day_values[NEXT] <= s->now.utc_ms) {
		if (!vk_step_has_room(s, reserve + VK_ROOM_PLANNED)) {
			vk_memory_keep(s, &memory, "scheduled");
			return false;
		}
		s->line = schedule->line;
		if (memory.days[STAGE] == WINDOW_END)
			end_window(s, plan, schedule, &memory);
		else
			remind(s, plan, schedule, &memory);
		s->line = 0;
		memory.day_values[HANDLED] = memory.day_values[NEXT];
		plan_next(plan, schedule, &memory);
	}
	vk_memory_keep(s, &memory, "scheduled");
	return true;
}

bool vk_missing_run(struct vk_step *s, const struct vk_plan *plan, int reserve)
{
	bool is_done = true;

	if (!plan->is_alerting || s->now.quality == VK_CLOCK_UNSYNCED)
		return true;
	for (int i = 0; i < plan->n_schedules; i++)
		is_done = run_schedule(s, plan, &plan->schedules[i], reserve) && is_done;
	return is_done;
}

/* ---- readings ---- */

static bool is_inside(const struct vk_plan_schedule *schedule, const struct window *w,
		      int64_t utc_ms)
{
	return utc_ms >= w->from - schedule->early_ms && utc_ms <= w->until;
}

/* Late is late, but it is there; unless it is what another window of the day waits for. */
static bool is_of_another(const struct vk_plan *plan, const struct vk_plan_schedule *schedule,
			  int32_t day, int64_t utc_ms)
{
	for (int i = 0; i < plan->n_schedules; i++) {
		const struct vk_plan_schedule *other = &plan->schedules[i];
		struct window w = window_of(plan, other, day);

		if (other != schedule && other->measure == schedule->measure &&
		    is_inside(other, &w, utc_ms))
			return true;
	}
	return false;
}

static void clear_missing(struct vk_step *s, const struct vk_plan *plan, const char *schedule)
{
	for (int i = 0; i < plan->n_rules; i++) {
		const struct vk_rule *rule = &plan->rules[i];
		struct vk_alert *open;

		if (rule->type != VK_RULE_MISSING || strcmp(rule->schedule, schedule) != 0)
			continue;
		open = vk_alerts_find(s->core, plan->patient, rule->id);
		if (open)
			vk_alerts_clear(s, open, "measured");
	}
}

static void measured(struct vk_step *s, const struct vk_plan *plan,
		     const struct vk_plan_schedule *schedule, int32_t day, const struct window *w)
{
	struct vk_rule_memory memory = memory_of(s->core, plan->patient, schedule);

	if (!memory.n_days || memory.days[MEASURED] >= day)
		return;
	memory.days[MEASURED] = day;
	if (memory.day_values[SINCE] <= w->from && memory.day_values[HANDLED] >= w->remind[0] &&
	    s->now.utc_ms < w->until)
		vk_step_ask_end(s, plan->patient, VK_ASK_REMIND, schedule->id, "measured");
	if (!memory.n_clear || day < memory.clear_day) {
		vk_memory_keep(s, &memory, "measured");
		return;
	}
	if (day == memory.clear_day)
		task(s, plan, schedule, true, "measured");
	memory.n_clear = memory.clear_day = 0;
	vk_memory_keep(s, &memory, "measured");
	vk_message_release(s, plan->patient, schedule->missed, "measured");
	clear_missing(s, plan, schedule->id);
}

void vk_missing_reading(struct vk_step *s, const struct vk_measured *m)
{
	int64_t at = m->reading->time_utc_ms;
	int32_t day = vk_zone_day(&m->plan->zone, at);

	for (int i = 0; i < m->plan->n_schedules; i++) {
		const struct vk_plan_schedule *schedule = &m->plan->schedules[i];
		struct window w;

		if (schedule->measure != m->reading->decoded.kind)
			continue;
		w = window_of(m->plan, schedule, day);
		s->line = schedule->line;
		if (is_inside(schedule, &w, at) ||
		    (at > w.until && !is_of_another(m->plan, schedule, day, at)))
			measured(s, m->plan, schedule, day, &w);
		s->line = 0;
	}
}

/* ---- plans ---- */

void vk_missing_plan(struct vk_step *s, const struct vk_plan *plan)
{
	for (int i = s->core->n_memories - 1; i >= 0; i--) {
		struct vk_rule_memory memory = s->core->memories[i];
		const struct vk_plan_schedule *schedule;

		if (strcmp(memory.patient, plan->patient) != 0 ||
		    strncmp(memory.rule, VK_MEMORY_DUE, strlen(VK_MEMORY_DUE)) != 0)
			continue;
		schedule = schedule_of(plan, memory.rule + strlen(VK_MEMORY_DUE));
		if (schedule && memory.day_values[HANDLED] <= s->now.utc_ms + hour_ms) {
			plan_next(plan, schedule, &memory);
		} else {
			memory = vk_memory_empty(memory.patient, memory.rule);
		}
		vk_memory_keep(s, &memory, "new-plan");
	}
}
