/* SPDX-License-Identifier: Apache-2.0 */
/* What the other end may expect: everything that is due, nothing that is not, in order. */
#include <stdio.h>
#include <string.h>

#include "core/promise.h"
#include "home.h"

static struct vk_promise promise;

static void begin(struct home *h)
{
	struct vk_plan plan;

	home_plan(&plan);
	(void)home_check(&plan, 23, 30);
	(void)home_check(&plan, 2, 45);
	plan.n_schedules = 1;
	(void)snprintf(plan.schedules[0].id, sizeof plan.schedules[0].id, "morning-weight");
	plan.schedules[0].measure = VK_KIND_WEIGHT;
	plan.schedules[0].from_s = 6 * 3600;
	plan.schedules[0].until_s = 10 * 3600;
	plan.schedules[0].remind_after_ms = HOURS(2);
	home_init(h, &plan, "2026-03-02T22:00:00+01:00");
	vk_core_promise(h->core, &h->now, &promise);
}

static const struct vk_expected *expected(enum vk_expected_kind kind, const char *id)
{
	for (int i = 0; i < promise.n; i++)
		if (promise.list[i].kind == kind && strcmp(promise.list[i].id, id) == 0)
			return &promise.list[i];
	return NULL;
}

static int64_t moment(const char *time)
{
	int64_t utc_ms;

	assert_int_equal(vk_rfc3339_parse(time, &utc_ms), 0);
	return utc_ms;
}

static void a_night_and_its_morning(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	assert_int_equal(promise.until_utc_ms, h.now.utc_ms + HOURS(24));
	assert_int_equal(promise.n, 4);
	assert_int_equal(promise.list[0].kind, VK_EXPECTED_HEARTBEAT);
	assert_string_equal(promise.list[0].patient, "");
	assert_int_equal(promise.list[0].due_utc_ms, h.now.utc_ms + MINUTES(5));
	assert_int_equal(promise.list[1].due_utc_ms, moment("2026-03-02T23:30:00+01:00"));
	assert_string_equal(promise.list[1].id, "night");
	assert_string_equal(promise.list[1].patient, "p-1042");
	assert_int_equal(promise.list[1].grace_s, 16 * 60);
	assert_int_equal(promise.list[2].due_utc_ms, moment("2026-03-03T02:45:00+01:00"));
	assert_int_equal(promise.list[3].kind, VK_EXPECTED_READING);
	assert_int_equal(promise.list[3].due_utc_ms, moment("2026-03-03T10:00:00+01:00"));
	assert_string_equal(vk_expected_kind_text(promise.list[3].kind), "reading");
	assert_string_equal(vk_expected_kind_text((enum vk_expected_kind)9), "?");
	home_done(&h);
}

/* From then on what is promised is each next step; when nobody can be late, nothing is. */
static void an_open_look_is_promised_to_its_end(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	home_until(&h, "2026-03-02T23:30:00+01:00");
	vk_core_promise(h.core, &h.now, &promise);
	assert_non_null(expected(VK_EXPECTED_CHECK, "c1"));
	assert_int_equal(expected(VK_EXPECTED_CHECK, "c1")->due_utc_ms, h.now.utc_ms + MINUTES(10));
	home_wait(&h, MINUTES(15)); /* it is an alert now */
	vk_core_promise(h.core, &h.now, &promise);
	assert_null(expected(VK_EXPECTED_CHECK, "c1"));
	home_done(&h);
}

static void what_is_done_or_paused_is_not_awaited(void **state)
{
	struct vk_command c = {.noun = "check", .verb = "pause", .object = "p-1042", .rev = -1};
	struct home h;

	(void)state;
	begin(&h);
	(void)snprintf(c.staff, sizeof c.staff, "night-3");
	(void)snprintf(c.reason, sizeof c.reason, "guest");
	c.until_utc_ms = moment("2026-03-03T01:00:00+01:00");
	assert_string_equal(home_say(&h, &c), "ok");
	vk_core_promise(h.core, &h.now, &promise);
	assert_int_equal(expected(VK_EXPECTED_CHECK, "night")->due_utc_ms,
			 moment("2026-03-03T02:45:00+01:00"));
	home_until(&h, "2026-03-03T07:00:00+01:00");
	vk_core_promise(h.core, &h.now, &promise);
	assert_non_null(expected(VK_EXPECTED_READING, "morning-weight"));
	home_weight(&h, "78.0");
	vk_core_promise(h.core, &h.now, &promise);
	assert_null(expected(VK_EXPECTED_READING, "morning-weight"));
	h.plan.consents[0].withdrawn_day = vk_civil_day(2026, 3, 3);
	vk_core_promise(h.core, &h.now, &promise);
	assert_null(expected(VK_EXPECTED_CHECK, "night"));
	home_done(&h);
}

/* What has no room is not promised: the promise ends before it. */
static void a_full_list_ends_earlier(void **state)
{
	struct vk_plan *plans = test_calloc(VK_MAX_PATIENTS, sizeof *plans);
	static struct vk_core core;
	struct vk_now now = {.utc_ms = moment("2026-03-02T22:00:00+01:00")};

	(void)state;
	now.mono_ms = now.utc_ms;
	vk_core_init(&core);
	for (int i = 0; i < VK_MAX_PATIENTS; i++) {
		home_plan(&plans[i]);
		(void)snprintf(plans[i].patient, sizeof plans[i].patient, "p-%d", i);
		for (int k = 0; k < VK_MAX_PLAN_CHECKS; k++) {
			struct vk_plan_check *check = &plans[i].checks[k];

			(void)snprintf(check->name, sizeof check->name, "n%d", k);
			for (int t = 0; t < VK_MAX_CHECK_TIMES; t++)
				check->at_s[t] = (t * 3 * 60 + k * 8 + i) * 60;
			check->n_at = VK_MAX_CHECK_TIMES;
		}
		plans[i].n_checks = VK_MAX_PLAN_CHECKS;
		assert_int_equal(vk_core_restore_plan(&core, &plans[i], now.utc_ms), 0);
	}
	vk_core_promise(&core, &now, &promise);
	assert_true(promise.n > VK_MAX_EXPECTED - VK_MAX_PATIENTS);
	assert_true(promise.until_utc_ms < now.utc_ms + HOURS(24));
	for (int i = 0; i < promise.n; i++) {
		assert_true(promise.list[i].due_utc_ms < promise.until_utc_ms);
		assert_true(!i || promise.list[i - 1].due_utc_ms <= promise.list[i].due_utc_ms);
	}
	/* all there is until then, counted another way */
	int n = 1;

	for (int i = 0; i < VK_MAX_PATIENTS; i++)
		for (int64_t at = now.utc_ms + 1; at < promise.until_utc_ms; at += MINUTES(1))
			for (int k = 0; k < VK_MAX_PLAN_CHECKS * VK_MAX_CHECK_TIMES; k++)
				n += (at + HOURS(1)) / 60000 % (24 * 60) ==
				     plans[i].checks[k / 8].at_s[k % 8] / 60;
	assert_int_equal(promise.n, n);
	test_free(plans);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_night_and_its_morning),
		cmocka_unit_test(an_open_look_is_promised_to_its_end),
		cmocka_unit_test(what_is_done_or_paused_is_not_awaited),
		cmocka_unit_test(a_full_list_ends_earlier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
