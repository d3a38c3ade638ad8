/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast the core decides: a patient's year (6 readings a day, 2 checks a night, staff that see
 * to them) and each single step of it, for one, five and ten years side by side. A year is to take
 * a second at most, a step 20 µs at the median, and no step may grow with what has been. Ends with
 * 1 where a limit is broken. Prints a table and one line of JSON.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"
#include "conf/yaml.h"
#include "conf/zone.h"
#include "core/core.h"

enum { HOUR_MS = 3600 * 1000, MINUTE_MS = 60 * 1000, STAFF_MAX = 256, STEPS_YEAR = 20000 };

static const int64_t day_ms = INT64_C(86400000);
static const double year_limit_s = 1.0, step_limit_us = 20.0, growth_limit = 1.2;

/* What somebody is going to do. */
struct deed {
	int64_t at_ms;
	struct vk_event event;
};

struct life {
	struct vk_plan plan;
	struct vk_core core;
	struct vk_effects effects;
	struct vk_now now;
	struct vk_reading reading;
	struct deed deeds[STAFF_MAX];
	int n_deeds;
	uint32_t n_readings;
	uint64_t seed;
	double *step_us; /* of the last year */
	bool is_timed;
	double year_us; /* all of it, with the staff's part */
	size_t n_steps, n_timed;
	size_t n_alerts;
};

static int below(struct life *l, int n)
{
	l->seed = l->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (int)((l->seed >> 33) % (uint64_t)n);
}

static double clock_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static struct vk_event *plan_deed(struct life *l, int64_t in_ms, enum vk_event_type type)
{
	struct deed *deed;
	int i = l->n_deeds;

	if (l->n_deeds == STAFF_MAX) {
		(void)fprintf(stderr, "core_replay: too much to do at once\n");
		exit(2);
	}
	l->n_deeds++;
	for (; i > 0 && l->deeds[i - 1].at_ms > l->now.utc_ms + in_ms; i--)
		l->deeds[i] = l->deeds[i - 1];
	deed = &l->deeds[i];
	memset(deed, 0, sizeof *deed);
	deed->at_ms = l->now.utc_ms + in_ms;
	deed->event.type = type;
	return &deed->event;
}

static void plan_command(struct life *l, int64_t in_ms, const char *noun, const char *verb,
			 char letter, uint32_t serial, const char *outcome)
{
	struct vk_command *c = &plan_deed(l, in_ms, VK_EVENT_COMMAND)->command;

	(void)vk_copy(c->cmd_id, sizeof c->cmd_id, "bench");
	(void)vk_copy(c->staff, sizeof c->staff, "night-3");
	(void)vk_copy(c->noun, sizeof c->noun, noun);
	(void)vk_copy(c->verb, sizeof c->verb, verb);
	(void)snprintf(c->object, sizeof c->object, "%c%u", letter, serial);
	(void)vk_copy(c->outcome, sizeof c->outcome, outcome);
	c->rev = -1;
}

/* A receipt at once, somebody within minutes, closed within the hour. */
static void react_alert(struct life *l, const struct vk_alert *alert)
{
	if (alert->state != VK_ALERT_RAISED || alert->rev > 0)
		return;
	l->n_alerts++;
	(void)snprintf(plan_deed(l, 2000, VK_EVENT_RECEIPT)->receipt.id, VK_ID_TEXT, "a%u",
		       alert->serial);
	plan_command(l, MINUTE_MS * (1 + below(l, 9)), "alert", "accept", 'a', alert->serial, "");
	plan_command(l, MINUTE_MS * (20 + below(l, 40)), "alert", "close", 'a', alert->serial,
		     "called");
}

static void react_check(struct life *l, const struct vk_check *check)
{
	static const char *const outcomes[] = {"ok", "ok", "ok", "ok", "not-in-bed", "unsure"};

	if (check->state == VK_CHECK_DUE || check->state == VK_CHECK_CLAIMED) {
		int64_t in_ms = MINUTE_MS * (1 + below(l, 6));

		plan_command(l, in_ms, "check", "view", 'c', check->serial, "");
		plan_command(l, in_ms + 20000, "check", "outcome", 'c', check->serial,
			     outcomes[below(l, 6)]);
	} else if (check->state == VK_CHECK_VISIT_REQUIRED) {
		plan_command(l, MINUTE_MS, "check", "visit-accept", 'c', check->serial, "");
		plan_command(l, 20 * MINUTE_MS, "check", "arrive", 'c', check->serial, "");
		plan_command(l, 40 * MINUTE_MS, "check", "done", 'c', check->serial, "helped");
	}
}

static void step(struct life *l, const struct vk_event *event)
{
	struct vk_event next = *event;
	int more = 1;

	while (more == 1) {
		double began_us = clock_us();

		next.now = l->now;
		more = vk_core_step(&l->core, &next, &l->effects);
		if (l->is_timed && l->n_timed < STEPS_YEAR)
			l->step_us[l->n_timed++] = clock_us() - began_us;
		l->n_steps++;
		for (int i = 0; i < l->effects.n; i++) {
			const struct vk_effect *effect = &l->effects.list[i];

			if (effect->type == VK_EFFECT_ALERT)
				react_alert(l, &effect->alert);
			else if (effect->type == VK_EFFECT_CHECK)
				react_check(l, &effect->check);
		}
		next = (struct vk_event){.type = VK_EVENT_TICK};
	}
	if (more < 0) {
		(void)fprintf(stderr, "core_replay: a step failed: %d\n", more);
		exit(2);
	}
}

/* Time passes: timers and deeds, each at its own moment. */
static void until(struct life *l, int64_t utc_ms)
{
	for (;;) {
		int64_t next = vk_core_next_mono_ms(&l->core, &l->now);
		bool is_deed = l->n_deeds && l->deeds[0].at_ms < next;
		struct vk_event event = {.type = VK_EVENT_TICK};

		if (is_deed)
			next = l->deeds[0].at_ms;
		if (next > utc_ms)
			break;
		if (next > l->now.utc_ms)
			l->now.utc_ms = l->now.mono_ms = next;
		if (is_deed) {
			event = l->deeds[0].event;
			l->n_deeds--;
			memmove(l->deeds, l->deeds + 1, (size_t)l->n_deeds * sizeof l->deeds[0]);
		}
		step(l, &event);
	}
	l->now.utc_ms = l->now.mono_ms = utc_ms;
}

static void begin_reading(struct life *l, enum vk_kind kind)
{
	struct vk_reading *r = &l->reading;

	memset(r, 0, sizeof *r);
	(void)snprintf(r->id, sizeof r->id, "00000000-0000-8000-8000-%012u", ++l->n_readings);
	(void)vk_copy(r->patient, sizeof r->patient, l->plan.patient);
	(void)snprintf(r->device, sizeof r->device, "A0B1C2D3E4F%d", (int)kind % 10);
	r->decoded = vk_decoded_init(kind);
	r->received_utc_ms = r->time_utc_ms = l->now.utc_ms;
	r->received_mono_ms = l->now.mono_ms;
	r->time_reason = VK_PLACED_RECEIVED;
	r->is_live = true;
}

static void value(struct life *l, enum vk_quantity quantity, enum vk_unit unit, int mantissa,
		  int exponent)
{
	struct vk_decimal number = {.mantissa = mantissa, .exponent = (int8_t)exponent};

	vk_decoded_add(&l->reading.decoded, quantity, unit, VK_ABSENT_NONE, number);
}

static void send(struct life *l)
{
	step(l, &(struct vk_event){.type = VK_EVENT_READING, .reading = &l->reading});
}

static void measure_pressure(struct life *l)
{
	begin_reading(l, VK_KIND_BLOOD_PRESSURE);
	value(l, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, 118 + below(l, 50), 0);
	value(l, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, 70 + below(l, 25), 0);
	value(l, VK_QUANTITY_PULSE_RATE, VK_UNIT_PER_MIN, 60 + below(l, 30), 0);
	send(l);
}

/* Six readings: weight, pressure twice, oxygen, temperature, pressure in the evening. */
static void live_a_day(struct life *l, int64_t midnight_ms)
{
	until(l, midnight_ms + 7 * HOUR_MS);
	begin_reading(l, VK_KIND_WEIGHT);
	value(l, VK_QUANTITY_WEIGHT, VK_UNIT_KG,
	      7700 + below(l, 20) * 10 + (below(l, 30) == 0) * 250, -2);
	send(l);
	until(l, midnight_ms + 7 * HOUR_MS + 4 * MINUTE_MS);
	measure_pressure(l);
	until(l, midnight_ms + 7 * HOUR_MS + 10 * MINUTE_MS);
	measure_pressure(l);
	until(l, midnight_ms + 8 * HOUR_MS);
	begin_reading(l, VK_KIND_SPO2_SPOT);
	value(l, VK_QUANTITY_SPO2, VK_UNIT_PERCENT, 92 + below(l, 7), 0);
	value(l, VK_QUANTITY_PULSE_RATE, VK_UNIT_PER_MIN, 60 + below(l, 30), 0);
	send(l);
	until(l, midnight_ms + 12 * HOUR_MS);
	begin_reading(l, VK_KIND_TEMPERATURE);
	value(l, VK_QUANTITY_TEMPERATURE, VK_UNIT_CEL, 364 + below(l, 15), -1);
	send(l);
	until(l, midnight_ms + 19 * HOUR_MS);
	measure_pressure(l);
}

static struct life *life_new(const char *plan_path)
{
	struct life *l = calloc(1, sizeof *l);
	struct vk_problems problems = {.file = plan_path};
	struct vk_node *root = NULL;

	if (!l || vk_conf_read_file(plan_path, &problems, &root, NULL, NULL) ||
	    vk_plan_parse(root, vk_zone_load, NULL, &problems, &l->plan)) {
		(void)fprintf(stderr, "core_replay: %s\n",
			      problems.text.text ? problems.text.text : "out of memory");
		exit(2);
	}
	vk_node_free(root);
	vk_problems_done(&problems);
	l->step_us = calloc(STEPS_YEAR, sizeof *l->step_us);
	l->seed = 42;
	l->now = (struct vk_now){l->plan.valid_from_utc_ms, l->plan.valid_from_utc_ms,
				 VK_CLOCK_SYNCED};
	vk_core_init(&l->core);
	if (!l->step_us || vk_core_restore_plan(&l->core, &l->plan, 0))
		exit(2);
	return l;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median_us(struct life *l, size_t percent)
{
	qsort(l->step_us, l->n_timed, sizeof *l->step_us, compare);
	return l->step_us[l->n_timed * percent / 100];
}

/*
 * Each life up to its last year first; those years are then lived side by side, a day of each in
 * turn, so that whatever else the machine does meets all of them.
 */
static void live(struct life *const *lives, const int *years, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		step(lives[i], &(struct vk_event){.type = VK_EVENT_START});
		for (int day = 0; day < 365 * (years[i] - 1); day++)
			live_a_day(lives[i], lives[i]->plan.valid_from_utc_ms + day * day_ms);
		lives[i]->is_timed = true;
	}
	for (int day = 0; day < 365; day++) {
		for (size_t i = 0; i < n; i++) {
			struct life *l = lives[i];
			double began_us = clock_us();

			live_a_day(l, l->plan.valid_from_utc_ms +
					      (365 * (years[i] - 1) + day) * day_ms);
			l->year_us += clock_us() - began_us;
		}
	}
}

static int report(struct life *const *lives, const int *years)
{
	double year_s = lives[0]->year_us / 1e6, us[3], growth;
	bool is_good;

	printf("years  steps   alerts  year s  step median us  step p99 us\n");
	for (size_t i = 0; i < VK_ARRAY_LEN(us); i++) {
		us[i] = median_us(lives[i], 50);
		printf("%5d  %6zu  %6zu  %6.3f  %14.2f  %11.2f\n", years[i], lives[i]->n_steps,
		       lives[i]->n_alerts, lives[i]->year_us / 1e6, us[i], median_us(lives[i], 99));
	}
	growth = us[2] / us[0];
	is_good = year_s <= year_limit_s && us[0] <= step_limit_us && growth <= growth_limit &&
		  lives[0]->n_timed < STEPS_YEAR;
	printf("limit                  %6.3f  %14.2f\n", year_limit_s, step_limit_us);
	printf("growth from 1 to 10 years: %.2f (limit %.2f)\n", growth, growth_limit);
	printf("{\"bench\":\"core_replay\",\"year_s\":%.4f,\"year_s_limit\":%.1f,\"step_us\":%.3f,"
	       "\"step_us_5\":%.3f,\"step_us_10\":%.3f,\"step_us_limit\":%.1f,\"growth\":%.3f,"
	       "\"growth_limit\":%.1f,\"ok\":%s}\n",
	       year_s, year_limit_s, us[0], us[1], us[2], step_limit_us, growth, growth_limit,
	       is_good ? "true" : "false");
	return is_good ? 0 : 1;
}

int main(int argc, char **argv)
{
	static const int years[] = {1, 5, 10};
	struct life *lives[VK_ARRAY_LEN(years)];
	int result;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: core_replay PLAN\n");
		return 2;
	}
	for (size_t i = 0; i < VK_ARRAY_LEN(years); i++)
		lives[i] = life_new(argv[1]);
	live(lives, years, VK_ARRAY_LEN(years));
	result = report(lives, years);
	for (size_t i = 0; i < VK_ARRAY_LEN(years); i++) {
		free(lives[i]->step_us);
		free(lives[i]);
	}
	return result;
}
