/* SPDX-License-Identifier: Apache-2.0 */
/* A home with checks at 23:30 and 02:45, and what its tests do over and over. */
#ifndef TESTS_UNIT_CORE_NIGHT_H
#define TESTS_UNIT_CORE_NIGHT_H

#include "home.h"

static inline void begin(struct home *h, const char *time)
{
	struct vk_plan plan;

	home_plan(&plan);
	(void)home_check(&plan, 23, 30);
	(void)home_check(&plan, 2, 45);
	home_init(h, &plan, time);
}

/* At 23:30 with c1 due. */
static inline void begin_due(struct home *h)
{
	begin(h, "2026-03-02T23:00:00+01:00");
	home_until(h, "2026-03-02T23:30:00+01:00");
	assert_int_equal(h->core->n_checks, 1);
	home_forget(h);
}

static inline const struct vk_check *last_check(const struct home *h)
{
	return &home_last(h, VK_EFFECT_CHECK)->check;
}

static inline void ok(struct home *h, const char *what, const char *staff, const char *outcome)
{
	assert_string_equal(home_command(h, what, "c1", staff, outcome), "ok");
}

static inline void look(struct home *h, const char *outcome)
{
	ok(h, "check/view", "night-3", "");
	home_wait(h, 10000);
	ok(h, "check/outcome", "night-3", outcome);
}

static inline void assert_visit(struct home *h, const char *reason)
{
	assert_int_equal(last_check(h)->state, VK_CHECK_VISIT_REQUIRED);
	assert_string_equal(last_check(h)->reason, reason);
	assert_non_null(home_alert(h, "visit-required"));
	assert_int_equal(home_alert(h, "visit-required")->priority, VK_PRIORITY_HIGH);
	assert_int_equal(home_alert(h, "visit-required")->class_, VK_ALERT_CLINICAL);
	assert_string_equal(home_alert(h, "visit-required")->reason, reason);
}

static inline void put_plan(struct home *h)
{
	home_step(h, &(struct vk_event){.type = VK_EVENT_PLAN, .now = h->now, .plan = &h->plan});
}

#endif
