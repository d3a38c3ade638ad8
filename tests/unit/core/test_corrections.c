/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was told and is said otherwise: a correction of a reading, one that is placed later; and an
 * input that moved unseen.
 */
#include <stdio.h>
#include <string.h>

#include "home.h"

static void resend(struct home *h, const struct vk_reading *r, bool is_retracted)
{
	struct vk_reading again = *r;

	again.rev++;
	again.is_retracted = is_retracted;
	home_send(h, &again);
}

static void who_was_told_is_told(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	home_two_limits(&h);
	home_pressure(&h, 205, 90);
	r = h.reading;
	home_wait(&h,
		  MINUTES(4)); /* BP_CRISIS: two roles know; BP_HIGH: one, which is one of them */
	home_forget(&h);
	resend(&h, &r, true);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "corrected"), 2);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, "reading-retracted"), 2);
	assert_false(home_alert(&h, "BP_CRISIS")->is_active);
	assert_int_equal(home_alert(&h, "BP_CRISIS")->n_readings, 0);
	assert_int_equal(home_count(&h, VK_EFFECT_MESSAGE, "reading-retracted"), 1);
	home_forget(&h);
	resend(&h, &r, true);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
	home_done(&h);
}

static void one_of_two_grounds_is_left(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	home_two_limits(&h);
	home_pressure(&h, 165, 90);
	r = h.reading;
	home_pressure(&h, 170, 90);
	resend(&h, &r, true);
	assert_true(home_alert(&h, "BP_HIGH")->is_active);
	assert_int_equal(home_alert(&h, "BP_HIGH")->n_readings, 1);
	assert_string_not_equal(home_alert(&h, "BP_HIGH")->readings[0], r.id);
	home_done(&h);
}

static void closed_ones_are_corrected_too(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	home_two_limits(&h);
	home_pressure(&h, 165, 90);
	r = h.reading;
	home_ok(&h, "alert/accept", "a1");
	home_ok(&h, "alert/close", "a1");
	home_restart(&h, HOURS(1), VK_CLOCK_SYNCED);
	home_forget(&h);
	resend(&h, &r, true);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "corrected"), 1);
	assert_string_equal(home_last(&h, VK_EFFECT_NOTIFY)->notify.alert, "a1");
	assert_string_equal(home_last(&h, VK_EFFECT_NOTIFY)->notify.role, "duty-nurse");
	home_done(&h);
}

static void said_again_it_raises_nothing_anew(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	home_two_limits(&h);
	home_pressure(&h, 165, 90);
	r = h.reading;
	home_ok(&h, "alert/accept", "a1");
	home_ok(&h, "alert/close", "a1");
	resend(&h, &r, false);
	assert_int_equal(h.core->n_alerts, 0);
	/* unless it says something else now */
	r.rev++;
	r.decoded.values[0].number.mantissa = 170;
	resend(&h, &r, false);
	assert_int_equal(h.core->n_alerts, 1);
	/* or is another reading of the same value */
	home_ok(&h, "alert/accept", "a2");
	home_ok(&h, "alert/close", "a2");
	home_pressure(&h, 170, 90);
	assert_int_equal(h.core->n_alerts, 1);
	home_done(&h);
}

/* HI has no number that could have changed. */
static void off_scale_said_again(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	home_two_limits(&h);
	h.plan.rules[0].conditions[0] = (struct vk_condition){
		.quantity = VK_QUANTITY_GLUCOSE, .has_at_least = true, .at_least = 200};
	r = home_reading(&h, VK_KIND_GLUCOSE);
	vk_decoded_add(&r.decoded, VK_QUANTITY_GLUCOSE, VK_UNIT_MMOL_L, VK_ABSENT_POSITIVE_INFINITY,
		       (struct vk_decimal){0});
	vk_decoded_flag(&r.decoded, VK_FLAG_RESULT_HIGH);
	home_send(&h, &r);
	assert_non_null(home_alert(&h, "BP_HIGH"));
	assert_int_equal(home_alert(&h, "BP_HIGH")->n_told, 0);
	home_ok(&h, "alert/accept", "a1");
	home_ok(&h, "alert/close", "a1");
	resend(&h, &r, false);
	assert_int_equal(h.core->n_alerts, 0);
	home_done(&h);
}

static void another_persons_is_no_ground(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	home_two_limits(&h);
	home_pressure(&h, 165, 90);
	r = h.reading;
	(void)snprintf(r.patient, sizeof r.patient, "p-2");
	home_forget(&h);
	resend(&h, &r, false);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, "reading-reassigned"), 1);
	assert_false(home_alert(&h, "BP_HIGH")->is_active);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "corrected"), 1);
	home_done(&h);
}

static void placed_later_is_told(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	home_two_limits(&h);
	home_pressure(&h, 165, 90);
	r = h.reading;
	r.time_utc_ms -= MINUTES(30);
	home_forget(&h);
	resend(&h, &r, false);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "corrected"), 1);
	assert_int_equal(home_alert(&h, "BP_HIGH")->count, 1);
	home_done(&h);
}

static void the_latest_ended_are_kept(void **state)
{
	struct vk_reading first, last;
	struct home h;
	char id[16];

	(void)state;
	home_two_limits(&h);
	for (int i = 1; i <= VK_MAX_ENDED + 1; i++) {
		home_pressure(&h, 165, 90);
		(void)snprintf(id, sizeof id, "a%d", i);
		home_ok(&h, "alert/accept", id);
		home_ok(&h, "alert/close", id);
		last = h.reading;
		if (i == 1)
			first = h.reading;
	}
	assert_int_equal(h.core->n_ended, VK_MAX_ENDED);
	home_forget(&h);
	resend(&h, &first, true);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
	resend(&h, &last, true);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "corrected"), 1);
	home_done(&h);
}

static void initial(struct home *h, bool is_active)
{
	struct vk_event event = {.type = VK_EVENT_SIGNAL, .now = h->now};

	(void)snprintf(event.signal.name, VK_ID_TEXT, "bed-exit");
	(void)snprintf(event.signal.patient, VK_ID_TEXT, "p-1042");
	event.signal.is_active = is_active;
	event.signal.is_initial = true;
	home_step(h, &event);
}

static void left_the_bed_in_the_dark(void **state)
{
	struct home h;

	(void)state;
	home_two_limits(&h);
	(void)home_check(&h.plan, 23, 30);
	initial(&h, false);
	assert_int_equal(h.core->n_checks, 0);
	home_restart(&h, MINUTES(5), VK_CLOCK_SYNCED);
	initial(&h, true); /* in bed before the cut, out of it after: somebody must look */
	assert_int_equal(h.core->n_checks, 1);
	home_ok(&h, "check/view", "c1");
	assert_string_equal(home_command(&h, "check/outcome", "c1", "n-17", "ok"), "ok");
	home_restart(&h, MINUTES(5), VK_CLOCK_SYNCED);
	initial(&h, true); /* known and seen to */
	assert_int_equal(h.core->n_checks, 0);
	initial(&h, false);
	initial(&h, true);
	assert_int_equal(h.core->n_checks, 1);
	home_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_was_told_is_told),
		cmocka_unit_test(one_of_two_grounds_is_left),
		cmocka_unit_test(closed_ones_are_corrected_too),
		cmocka_unit_test(said_again_it_raises_nothing_anew),
		cmocka_unit_test(off_scale_said_again),
		cmocka_unit_test(another_persons_is_no_ground),
		cmocka_unit_test(placed_later_is_told),
		cmocka_unit_test(the_latest_ended_are_kept),
		cmocka_unit_test(left_the_bed_in_the_dark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
