/* SPDX-License-Identifier: Apache-2.0 */
/* What a limit is compared with: nobody's reading, no measurement, a late or a doubtful one. */
#include <stdio.h>
#include <string.h>

#include "home.h"

static void begin(struct home *h, bool has_confirm)
{
	struct vk_plan plan;

	home_plan(&plan);
	(void)home_crisis(&plan, has_confirm);
	home_init(h, &plan, "2026-03-02T08:00:00+01:00");
}

static struct vk_reading high(struct home *h)
{
	struct vk_reading r = home_reading(h, VK_KIND_BLOOD_PRESSURE);

	home_value(&r, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, "190");
	home_value(&r, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, "112");
	return r;
}

static void retract(struct vk_reading *r, int64_t now)
{
	(void)now;
	r->is_retracted = true;
}
static void unplaced(struct vk_reading *r, int64_t now)
{
	r->time_utc_ms = now - HOURS(2);
	r->is_live = false;
	r->time_reason = VK_PLACED_UNPLACED;
}
static void yesterday(struct vk_reading *r, int64_t now)
{
	r->time_utc_ms = now - HOURS(25);
	r->is_live = false;
	r->time_reason = VK_PLACED_DEVICE;
}
static void testing(struct vk_reading *r, int64_t now)
{
	(void)now;
	vk_decoded_flag(&r->decoded, VK_FLAG_TEST_DATA);
}
static void control(struct vk_reading *r, int64_t now)
{
	(void)now;
	vk_decoded_flag(&r->decoded, VK_FLAG_CONTROL_SOLUTION);
}
static void nobody(struct vk_reading *r, int64_t now)
{
	(void)now;
	r->patient[0] = '\0';
}
static void stranger(struct vk_reading *r, int64_t now)
{
	(void)now;
	(void)snprintf(r->patient, sizeof r->patient, "p-2000");
}
static void absent(struct vk_reading *r, int64_t now)
{
	(void)now;
	r->decoded.values[0].absent = VK_ABSENT_NOT_A_NUMBER;
	r->decoded.values[1].absent = VK_ABSENT_NOT_A_NUMBER;
}

static void not_judged(void **state)
{
	static void (*const spoil[])(struct vk_reading *, int64_t) = {
		retract, unplaced, yesterday, testing, control, nobody, stranger, absent};

	(void)state;
	for (size_t i = 0; i < sizeof spoil / sizeof spoil[0]; i++) {
		struct vk_reading r;
		struct home h;

		begin(&h, false);
		r = high(&h);
		spoil[i](&r, h.now.utc_ms);
		home_send(&h, &r);
		assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 0);
		r = high(&h);
		home_send(&h, &r);
		assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 1);
		home_done(&h);
	}
}

static void nan_low_is_not_zero(void **state)
{
	struct vk_plan plan;
	struct vk_reading r;
	struct home h;

	(void)state;
	home_plan(&plan);
	home_threshold(&plan, "BP_LOW", VK_PRIORITY_MEDIUM)->n_conditions = 1;
	plan.rules[0].conditions[0] = (struct vk_condition){
		.quantity = VK_QUANTITY_SYSTOLIC, .has_below = true, .below = 90};
	home_init(&h, &plan, "2026-03-02T08:00:00+01:00");
	r = high(&h);
	absent(&r, 0);
	home_send(&h, &r);
	assert_null(home_alert(&h, "BP_LOW"));
	home_pressure(&h, 90, 60);
	assert_null(home_alert(&h, "BP_LOW"));
	home_pressure(&h, 89, 60);
	assert_non_null(home_alert(&h, "BP_LOW"));
	home_done(&h);
}

static void implausible_asks_again(void **state)
{
	struct home h;

	(void)state;
	begin(&h, false);
	home_pressure(&h, 300, 112);
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, "implausible"), 1);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 0);
	home_done(&h);
}

static void late_is_marked_and_not_asked_about(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h, true);
	r = high(&h);
	r.time_utc_ms -= HOURS(3);
	r.time_reason = VK_PLACED_DEVICE;
	r.is_live = false;
	home_send(&h, &r);
	assert_string_equal(home_alert(&h, "BP_CRISIS")->reason, "threshold-late");
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, NULL), 0);
	home_done(&h);
}

/* Two stored values, taken six minutes apart and fetched together. */
static void stored_values_confirm_by_their_own_time(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h, true);
	for (int i = 0; i < 2; i++) {
		r = high(&h);
		r.time_utc_ms -= MINUTES(20 - i * 6);
		r.time_reason = VK_PLACED_CORRECTED;
		r.is_live = false;
		home_send(&h, &r);
	}
	assert_string_equal(home_alert(&h, "BP_CRISIS")->reason, "threshold-confirmed");
	home_done(&h);
}

static void impossible_clock_but_live_is_judged(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h, false);
	r = high(&h);
	r.time_reason = VK_PLACED_IMPOSSIBLE;
	home_send(&h, &r);
	assert_non_null(home_alert(&h, "BP_CRISIS"));
	home_done(&h);
}

static void doubtful_is_unconfirmed_and_asked_again(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h, false);
	r = high(&h);
	vk_decoded_flag(&r.decoded, VK_FLAG_BODY_MOVEMENT);
	home_send(&h, &r);
	assert_string_equal(home_alert(&h, "BP_CRISIS")->reason, "threshold-unconfirmed");
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, "questionable"), 1);
	home_done(&h);
}

/* What a device says of a reading, each word by itself: nobody's, no measurement, or in doubt. */
static void each_word_of_the_device_is_heard(void **state)
{
	static const enum vk_flag never[] = {
		VK_FLAG_CONTROL_SOLUTION,        VK_FLAG_TEST_DATA,
		VK_FLAG_DEMONSTRATION,           VK_FLAG_INVALID,
		VK_FLAG_MEASUREMENT_UNAVAILABLE, VK_FLAG_EARLY_ESTIMATE,
		VK_FLAG_MEASUREMENT_ONGOING,     VK_FLAG_CALIBRATION_ONGOING,
		VK_FLAG_SENSOR_DISCONNECTED,     VK_FLAG_SENSOR_OFF,
		VK_FLAG_SENSOR_MALFUNCTION,      VK_FLAG_EQUIPMENT_MALFUNCTION,
		VK_FLAG_STRIP_INSERTION_ERROR,   VK_FLAG_STRIP_TYPE_INCORRECT,
		VK_FLAG_SAMPLE_INSUFFICIENT,     VK_FLAG_READ_INTERRUPTED,
		VK_FLAG_GENERAL_FAULT,           VK_FLAG_KETONE};
	static const enum vk_flag doubt[] = {
		VK_FLAG_BODY_MOVEMENT,       VK_FLAG_CUFF_LOOSE,        VK_FLAG_IMPROPER_POSITION,
		VK_FLAG_QUESTIONABLE,        VK_FLAG_INADEQUATE_SIGNAL, VK_FLAG_POOR_SIGNAL,
		VK_FLAG_LOW_PERFUSION,       VK_FLAG_ERRATIC_SIGNAL,    VK_FLAG_SENSOR_DISPLACED,
		VK_FLAG_SENSOR_INTERFERENCE, VK_FLAG_TEMPERATURE_HIGH,  VK_FLAG_TEMPERATURE_LOW};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(never) + VK_ARRAY_LEN(doubt); i++) {
		bool is_doubt = i >= VK_ARRAY_LEN(never);
		struct vk_reading r;
		struct home h;

		begin(&h, false);
		r = high(&h);
		vk_decoded_flag(&r.decoded, is_doubt ? doubt[i - VK_ARRAY_LEN(never)] : never[i]);
		home_send(&h, &r);
		assert_int_equal(home_alert(&h, "BP_CRISIS") != NULL, is_doubt);
		assert_int_equal(home_count(&h, VK_EFFECT_ASK, "questionable"), is_doubt);
		home_done(&h);
	}
}

static void who_is_asked_once(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h, false);
	for (int i = 0; i < 3; i++) {
		r = high(&h);
		r.patient[0] = '\0';
		home_send(&h, &r);
		home_restart(&h, MINUTES(1), VK_CLOCK_SYNCED);
	}
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, "unassigned"), 1);
	assert_int_equal(home_count(&h, VK_EFFECT_TASK, "unassigned"), 1);
	assert_int_equal(home_last(&h, VK_EFFECT_ASK)->ask.what, VK_ASK_WHO);
	assert_string_equal(home_last(&h, VK_EFFECT_TASK)->task.task, "assign");
	/* the same reading with its person is judged, and the device is no stranger */
	r.rev++;
	(void)snprintf(r.patient, sizeof r.patient, "p-1042");
	home_send(&h, &r);
	assert_non_null(home_alert(&h, "BP_CRISIS"));
	r.patient[0] = '\0';
	home_send(&h, &r);
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, "unassigned"), 2);
	home_done(&h);
}

static void taken_back_is_told(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h, false);
	home_pressure(&h, 190, 112);
	r = h.reading;
	r.is_retracted = true;
	r.rev++;
	home_send(&h, &r);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, "reading-retracted"), 1);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "corrected"), 1);
	home_done(&h);
}

static void taken_back_ends_the_question(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h, true);
	home_pressure(&h, 190, 112);
	r = h.reading;
	r.is_retracted = true;
	home_send(&h, &r);
	home_wait(&h, HOURS(1));
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 0);
	home_done(&h);
}

static void relay_only_plan_decides_nothing(void **state)
{
	struct vk_plan plan;
	struct home h;

	(void)state;
	home_plan(&plan);
	(void)home_crisis(&plan, false);
	plan.is_alerting = false;
	home_init(&h, &plan, "2026-03-02T08:00:00+01:00");
	home_pressure(&h, 190, 112);
	assert_int_equal(h.n_log, 0);
	home_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_judged),
		cmocka_unit_test(nan_low_is_not_zero),
		cmocka_unit_test(implausible_asks_again),
		cmocka_unit_test(late_is_marked_and_not_asked_about),
		cmocka_unit_test(stored_values_confirm_by_their_own_time),
		cmocka_unit_test(impossible_clock_but_live_is_judged),
		cmocka_unit_test(doubtful_is_unconfirmed_and_asked_again),
		cmocka_unit_test(each_word_of_the_device_is_heard),
		cmocka_unit_test(who_is_asked_once),
		cmocka_unit_test(taken_back_is_told),
		cmocka_unit_test(taken_back_ends_the_question),
		cmocka_unit_test(relay_only_plan_decides_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
