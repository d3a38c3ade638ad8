/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A home for the engine's tests: a plan, a clock that only the test moves, and a store that keeps
 * nothing but the rows of effects. After every step it checks what must always hold: a state read
 * back from those rows is the same state, revisions rise, and no high alert waits unarmed.
 */
#ifndef TESTS_UNIT_CORE_HOME_H
#define TESTS_UNIT_CORE_HOME_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/core.h"

enum { HOME_LOG = 4096, HOME_ROWS = 2048 };

#define MINUTES(n) ((n)*INT64_C(60000))
#define HOURS(n)   ((n)*INT64_C(3600000))

struct home {
	struct vk_core *core;
	struct vk_core *again; /* read back, to compare */
	struct vk_plan plan;
	const struct vk_plan *others[2]; /* of who else lives here: set before their plan's event */
	int n_others;
	struct vk_now now;
	struct vk_effects *effects;
	struct vk_effect *log; /* since the last home_forget() */
	int n_log;
	struct vk_alert *alerts; /* rows: by serial */
	struct vk_check *checks;
	struct vk_rule_memory *memories;
	int n_memories;
	uint32_t n_readings;
	uint32_t next_alert, next_check; /* above every row's serial */
	uint64_t hash;                   /* of the bytes of all effects */
	int n_effects;                   /* most of one step */
	struct vk_reading reading;       /* the last one sent */
};

/* A plan with zone, ladder and camera consent, and no rule or check. */
void home_plan(struct vk_plan *plan);
struct vk_rule *home_threshold(struct vk_plan *plan, const char *id, enum vk_priority priority);
void home_limit(struct vk_rule *rule, enum vk_quantity quantity, int64_t at_least);
/* BP_CRISIS: 180 or 120 and more; confirmed after 5 min, within 15. */
struct vk_rule *home_crisis(struct vk_plan *plan, bool has_confirm);
struct vk_rule *home_gain(struct vk_plan *plan); /* W_GAIN_3D of clinical.md 1.1 */
struct vk_plan_check *home_check(struct vk_plan *plan, int hour, int minute);

/* Starts with the plan in h->plan at a moment, clock in sync. */
void home_init(struct home *h, const struct vk_plan *plan, const char *time);
/* Likewise with BP_HIGH (medium, 160 and more) and BP_CRISIS (high, 200). */
void home_two_limits(struct home *h);
void home_done(struct home *h);
void home_step(struct home *h, const struct vk_event *event);
/* Time passes, with every timer on its way. */
void home_wait(struct home *h, int64_t ms);
void home_until(struct home *h, const char *time);
/* The state is thrown away and read back, without and with the first event after it. */
void home_reload(struct home *h);
void home_restart(struct home *h, int64_t off_ms, enum vk_clock_quality quality);
void home_forget(struct home *h);

struct vk_reading home_reading(struct home *h, enum vk_kind kind);
void home_value(struct vk_reading *r, enum vk_quantity quantity, enum vk_unit unit,
		const char *text);
void home_send(struct home *h, const struct vk_reading *r);
void home_pressure(struct home *h, int systolic, int diastolic);
void home_weight(struct home *h, const char *kg);
void home_signal(struct home *h, const char *name, bool is_active);
void home_fault(struct home *h, const char *rule, enum vk_priority priority, bool is_active);
void home_receipt(struct home *h, const char *id);
void home_receipt_of(struct home *h, const char *id, int32_t rev);
/* "alert/accept", object, staff, outcome; returns the code of the one reply. */
const char *home_command(struct home *h, const char *what, const char *object, const char *staff,
			 const char *outcome);
/* The same by nurse n-17, "called"; it must be done. */
void home_ok(struct home *h, const char *what, const char *object);
const char *home_say(struct home *h, const struct vk_command *command);

/* Effects since home_forget(); reason NULL: any. */
int home_count(const struct home *h, enum vk_effect_type type, const char *reason);
const struct vk_effect *home_last(const struct home *h, enum vk_effect_type type);
/* Memories but those that every reading leaves: values, texts shown, what is due. */
int home_memories(const struct home *h);
const struct vk_alert *home_alert(const struct home *h, const char *rule); /* open, or NULL */

#endif
