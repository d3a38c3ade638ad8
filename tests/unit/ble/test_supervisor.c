/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The radio's supervisor over simulated days: every rung, when it is taken and when it is not, and
 * what holds whatever happens (bounded, spaced, asleep between).
 */
#include "cmocka_all.h"

#include <string.h>

#include "supervisor.h"

enum { S = 1000, MIN = 60 * S, HOUR = 60 * MIN, LOG = 4096 };

static const int64_t day_ms = 24ll * HOUR;

/* A radio to supervise: what a probe would find, and what was done. */
struct room {
	struct vk_supervisor s;
	int64_t now_ms;
	bool is_mute;   /* probes are refused */
	bool is_silent; /* probes hear nobody */
	bool is_absent; /* probes are never answered */
	int n_probes, n_rungs;
	struct {
		int64_t at_ms;
		enum vk_radio_rung rung;
		enum vk_radio_trouble trouble;
	} log[LOG];
};

static void tell(struct room *r, enum vk_radio_event_type type, bool is_on, int64_t at_ms);

static void obey(struct room *r, const struct vk_radio_action *action)
{
	if (action->type == VK_RADIO_DO_RUNG) {
		assert_true(r->n_rungs < LOG);
		r->log[r->n_rungs].at_ms = r->now_ms;
		r->log[r->n_rungs].trouble = action->trouble;
		r->log[r->n_rungs++].rung = action->rung;
	}
	if (action->type != VK_RADIO_DO_PROBE)
		return;
	r->n_probes++;
	if (r->is_absent)
		return;
	if (!r->is_mute && !r->is_silent)
		tell(r, VK_RADIO_HEARD, true, 0);
	tell(r, VK_RADIO_PROBED, !r->is_mute, 0);
}

static void tell(struct room *r, enum vk_radio_event_type type, bool is_on, int64_t at_ms)
{
	struct vk_radio_event event = {.type = type, .is_on = is_on, .at_ms = at_ms};
	struct vk_radio_action action = vk_supervisor_step(&r->s, &event, r->now_ms);

	obey(r, &action);
}

/* Lets time go on as a loop with one timer would. */
static void pass(struct room *r, int64_t ms)
{
	int64_t until_ms = r->now_ms + ms, due_ms;

	while ((due_ms = vk_supervisor_deadline_ms(&r->s)) <= until_ms) {
		assert_true(due_ms > r->now_ms - 1);
		if (due_ms > r->now_ms)
			r->now_ms = due_ms;
		tell(r, VK_RADIO_TICK, false, 0);
		assert_true(vk_supervisor_deadline_ms(&r->s) >= r->now_ms);
	}
	r->now_ms = until_ms;
}

static struct room begin(void)
{
	struct room r = {.now_ms = 1000000};

	vk_supervisor_init(&r.s, r.now_ms);
	tell(&r, VK_RADIO_BUS, true, 0);
	tell(&r, VK_RADIO_DAEMON, true, 0);
	tell(&r, VK_RADIO_ADAPTER, true, 0);
	tell(&r, VK_RADIO_POWER, true, 0);
	assert_int_equal(r.s.trouble, VK_RADIO_SOUND);
	return r;
}

static void assert_ladder(const struct room *r, const enum vk_radio_rung *wanted, int n)
{
	assert_true(r->n_rungs >= n);
	for (int i = 0; i < n; i++)
		assert_int_equal(r->log[i].rung, wanted[i]);
}

/* ---- what must not trigger it ---- */

static void a_home_where_nothing_happens_is_left_alone(void **state)
{
	struct room r = begin();

	(void)state;
	r.is_silent = true;
	pass(&r, 30 * day_ms);
	assert_int_equal(r.n_rungs, 0);
	assert_int_equal(r.s.trouble, VK_RADIO_SOUND);
	/* Every ten minutes a look, no more. */
	assert_in_range(r.n_probes, 30 * 24 * 5, 30 * 24 * 6);
}

static void a_lively_home_needs_no_rung(void **state)
{
	struct room r = begin();

	(void)state;
	pass(&r, 30 * day_ms);
	assert_int_equal(r.n_rungs, 0);
}

static void what_is_heard_saves_the_look(void **state)
{
	struct room r = begin();

	(void)state;
	for (int i = 0; i < 100; i++) {
		pass(&r, 9 * MIN);
		tell(&r, VK_RADIO_HEARD, true, 0);
	}
	assert_int_equal(r.n_probes, 0);
}

static void neighbours_that_come_and_go_are_no_trouble(void **state)
{
	struct room r = begin();

	(void)state;
	for (int i = 0; i < 300; i++) {
		r.is_silent = i % 3 != 0; /* heard by a third of the looks */
		pass(&r, 10 * MIN + S);
	}
	assert_int_equal(r.n_rungs, 0);
}

static void a_measurement_that_came_is_not_missed(void **state)
{
	struct room r = begin();

	(void)state;
	r.is_silent = true;
	tell(&r, VK_RADIO_EXPECT, true, r.now_ms + HOUR);
	pass(&r, HOUR + 10 * S);
	tell(&r, VK_RADIO_LINK, true, 0);
	tell(&r, VK_RADIO_LINK, false, 0);
	pass(&r, 5 * HOUR);
	assert_int_equal(r.n_rungs, 0);
}

static void a_person_at_work_is_not_disturbed(void **state)
{
	struct room r = begin();
	int probes;

	(void)state;
	r.is_mute = true;
	tell(&r, VK_RADIO_BUSY, true, 0);
	probes = r.n_probes;
	pass(&r, HOUR);
	assert_int_equal(r.n_probes, probes);
	tell(&r, VK_RADIO_POWER, false, 0);
	pass(&r, HOUR);
	assert_int_equal(r.n_rungs, 0);
	tell(&r, VK_RADIO_BUSY, false, 0);
	pass(&r, MIN);
	assert_true(r.n_rungs > 0);
}

static void a_link_that_is_up_is_never_cut(void **state)
{
	struct room r = begin();

	(void)state;
	tell(&r, VK_RADIO_IGNORED, true, 0);
	pass(&r, 10 * S);
	tell(&r, VK_RADIO_LINK, true, 0); /* of another device */
	tell(&r, VK_RADIO_IGNORED, true, 0);
	pass(&r, VK_RADIO_IGNORED_MS);
	tell(&r, VK_RADIO_IGNORED, true, 0);
	pass(&r, 5 * S);
	assert_int_equal(r.n_rungs, 0);
	tell(&r, VK_RADIO_LINK, false, 0);
	pass(&r, 5 * S);
	assert_int_equal(r.n_rungs, 1);
}

static void a_short_absence_is_a_restart(void **state)
{
	struct room r = begin();

	(void)state;
	tell(&r, VK_RADIO_DAEMON, false, 0);
	pass(&r, 3 * S);
	tell(&r, VK_RADIO_DAEMON, true, 0);
	pass(&r, 1 * S);
	tell(&r, VK_RADIO_ADAPTER, true, 0);
	pass(&r, 2 * S);
	tell(&r, VK_RADIO_POWER, true, 0);
	pass(&r, HOUR);
	assert_int_equal(r.n_rungs, 0);
}

/* ---- every trouble, every rung ---- */

static void a_missing_daemon_is_restarted_and_then_more(void **state)
{
	static const enum vk_radio_rung wanted[] = {VK_RUNG_RESTART_BLUEZ, VK_RUNG_RESET,
						    VK_RUNG_ASK_REBOOT, VK_RUNG_RESTART_BLUEZ};
	struct room r = begin();
	int64_t from_ms = r.now_ms;

	(void)state;
	tell(&r, VK_RADIO_DAEMON, false, 0);
	pass(&r, HOUR);
	assert_ladder(&r, wanted, 4);
	assert_int_equal(r.log[0].at_ms - from_ms, 10 * S);
	assert_int_equal(r.log[1].at_ms - r.log[0].at_ms, 90 * S);
	assert_int_equal(r.log[2].at_ms - r.log[1].at_ms, 120 * S);
	assert_int_equal(r.log[3].at_ms - r.log[2].at_ms, 30 * MIN);
	assert_int_equal(r.log[0].trouble, VK_RADIO_NO_DAEMON);
}

static void a_missing_adapter_is_looked_for(void **state)
{
	static const enum vk_radio_rung wanted[] = {VK_RUNG_RESTART_BLUEZ, VK_RUNG_RESET,
						    VK_RUNG_ASK_REBOOT};
	struct room r = begin();

	(void)state;
	tell(&r, VK_RADIO_ADAPTER, false, 0);
	pass(&r, 19 * S);
	assert_int_equal(r.n_rungs, 0);
	pass(&r, 10 * MIN);
	assert_ladder(&r, wanted, 3);
	assert_int_equal(r.log[0].trouble, VK_RADIO_NO_ADAPTER);
}

static void power_is_asked_for_first(void **state)
{
	static const enum vk_radio_rung wanted[] = {VK_RUNG_POWER_CYCLE, VK_RUNG_RESTART_BLUEZ,
						    VK_RUNG_RESET, VK_RUNG_ASK_REBOOT};
	struct room r = begin();

	(void)state;
	tell(&r, VK_RADIO_POWER, false, 0);
	pass(&r, 10 * MIN);
	assert_ladder(&r, wanted, 4);
}

static void without_a_bus_nothing_can_be_done_but_asking(void **state)
{
	struct room r = begin();

	(void)state;
	tell(&r, VK_RADIO_BUS, false, 0);
	pass(&r, 9 * MIN);
	assert_int_equal(r.n_rungs, 0);
	pass(&r, 2 * MIN);
	assert_int_equal(r.n_rungs, 1);
	assert_int_equal(r.log[0].rung, VK_RUNG_ASK_REBOOT);
}

static void a_mute_controller_climbs(void **state)
{
	static const enum vk_radio_rung wanted[] = {VK_RUNG_POWER_CYCLE, VK_RUNG_RESTART_BLUEZ,
						    VK_RUNG_RESET, VK_RUNG_ASK_REBOOT};
	struct room r = begin();
	int64_t from_ms = r.now_ms;

	(void)state;
	r.is_mute = true;
	pass(&r, 30 * MIN);
	assert_ladder(&r, wanted, 4);
	assert_int_equal(r.log[0].trouble, VK_RADIO_MUTE);
	/* One refusal is an accident: the second comes a minute after the first. */
	assert_int_equal(r.log[0].at_ms - from_ms, 11 * MIN);
}

static void one_refusal_is_an_accident(void **state)
{
	struct room r = begin();

	(void)state;
	r.is_mute = true;
	pass(&r, 10 * MIN + S);
	assert_int_equal(r.n_probes, 1);
	r.is_mute = false;
	pass(&r, HOUR);
	assert_int_equal(r.n_rungs, 0);
}

static void a_probe_without_an_answer_is_a_refusal(void **state)
{
	struct room r = begin();

	(void)state;
	r.is_absent = true;
	pass(&r, 13 * MIN);
	assert_true(r.n_rungs > 0);
	assert_int_equal(r.log[0].trouble, VK_RADIO_MUTE);
}

static void an_ignored_device_gets_its_connect_anew(void **state)
{
	struct room r = begin();

	(void)state;
	tell(&r, VK_RADIO_IGNORED, true, 0);
	for (int i = 0; i < 19; i++) {
		pass(&r, S);
		tell(&r, VK_RADIO_IGNORED, true, 0);
	}
	assert_int_equal(r.n_rungs, 0);
	pass(&r, S);
	tell(&r, VK_RADIO_IGNORED, true, 0);
	assert_int_equal(r.n_rungs, 1);
	assert_int_equal(r.log[0].rung, VK_RUNG_LISTEN_ANEW);
	assert_int_equal(r.log[0].trouble, VK_RADIO_UNLINKED);
	/* Still there, still not connected: the next rung. */
	for (int i = 0; i < 50; i++) {
		pass(&r, S);
		tell(&r, VK_RADIO_IGNORED, true, 0);
	}
	assert_int_equal(r.n_rungs, 2);
	assert_int_equal(r.log[1].rung, VK_RUNG_DROP_STALE);
}

static void an_ignored_device_that_has_gone_is_forgiven(void **state)
{
	struct room r = begin();

	(void)state;
	tell(&r, VK_RADIO_IGNORED, true, 0);
	pass(&r, 10 * S);
	tell(&r, VK_RADIO_IGNORED, true, 0);
	pass(&r, 5 * MIN);
	tell(&r, VK_RADIO_IGNORED, true, 0);
	pass(&r, S);
	assert_int_equal(r.n_rungs, 0);
}

static void a_neighbourhood_that_falls_silent_is_deafness(void **state)
{
	static const enum vk_radio_rung wanted[] = {VK_RUNG_LISTEN_ANEW, VK_RUNG_DROP_STALE,
						    VK_RUNG_POWER_CYCLE, VK_RUNG_RESTART_BLUEZ,
						    VK_RUNG_RESET,       VK_RUNG_ASK_REBOOT};
	struct room r = begin();

	(void)state;
	pass(&r, 3 * HOUR);
	r.is_silent = true;
	pass(&r, 30 * MIN);
	assert_ladder(&r, wanted, 6);
	assert_int_equal(r.log[0].trouble, VK_RADIO_DEAF);
	/* Once only: whoever lived there may have moved. */
	pass(&r, 10 * day_ms);
	assert_int_equal(r.n_rungs, 6);
	assert_int_equal(r.s.trouble, VK_RADIO_DEAF);
	r.is_silent = false;
	pass(&r, HOUR);
	assert_int_equal(r.s.trouble, VK_RADIO_SOUND);
}

static void a_missed_measurement_allows_the_harmless_rungs_only(void **state)
{
	static const enum vk_radio_rung wanted[] = {VK_RUNG_LISTEN_ANEW, VK_RUNG_DROP_STALE,
						    VK_RUNG_POWER_CYCLE};
	struct room r = begin();

	(void)state;
	r.is_silent = true;
	tell(&r, VK_RADIO_EXPECT, true, r.now_ms + HOUR);
	pass(&r, 59 * MIN);
	assert_int_equal(r.n_rungs, 0);
	pass(&r, 2 * day_ms);
	assert_int_equal(r.n_rungs, 3);
	assert_ladder(&r, wanted, 3);
	assert_int_equal(r.s.trouble, VK_RADIO_MISSED);
	tell(&r, VK_RADIO_HEARD, true, 0);
	assert_int_equal(r.s.trouble, VK_RADIO_SOUND);
}

/* ---- healing ---- */

static void healing_takes_a_while(void **state)
{
	struct room r = begin();

	(void)state;
	tell(&r, VK_RADIO_POWER, false, 0);
	pass(&r, 6 * S);
	assert_int_equal(r.s.rung, VK_RUNG_POWER_CYCLE);
	tell(&r, VK_RADIO_POWER, true, 0);
	/* It comes back within two minutes: the ladder goes on where it was. */
	pass(&r, 100 * S);
	tell(&r, VK_RADIO_POWER, false, 0);
	pass(&r, 6 * S);
	assert_int_equal(r.s.rung, VK_RUNG_RESTART_BLUEZ);
	tell(&r, VK_RADIO_DAEMON, true, 0);
	tell(&r, VK_RADIO_ADAPTER, true, 0);
	tell(&r, VK_RADIO_POWER, true, 0);
	pass(&r, VK_RADIO_HEALED_MS);
	assert_int_equal(r.s.rung, VK_RUNG_NONE);
	assert_int_equal(r.s.count[VK_RUNG_POWER_CYCLE], 1);
	assert_int_equal(r.s.count[VK_RUNG_RESTART_BLUEZ], 1);
}

static void a_reset_that_helps_ends_the_ladder(void **state)
{
	struct room r = begin();

	(void)state;
	r.is_mute = true;
	for (int i = 0; i < 100 && r.s.rung != VK_RUNG_RESET; i++)
		pass(&r, 30 * S);
	assert_int_equal(r.s.rung, VK_RUNG_RESET);
	tell(&r, VK_RADIO_ADAPTER, false, 0);
	pass(&r, 2 * S);
	r.is_mute = false;
	tell(&r, VK_RADIO_ADAPTER, true, 0);
	tell(&r, VK_RADIO_POWER, true, 0);
	pass(&r, day_ms);
	assert_int_equal(r.s.rung, VK_RUNG_NONE);
	assert_int_equal(r.s.count[VK_RUNG_RESET], 1);
	assert_int_equal(r.s.count[VK_RUNG_ASK_REBOOT], 0);
}

static void another_trouble_has_a_ladder_of_its_own(void **state)
{
	struct room r = begin();

	(void)state;
	tell(&r, VK_RADIO_DAEMON, false, 0);
	pass(&r, 11 * S);
	assert_int_equal(r.s.rung, VK_RUNG_RESTART_BLUEZ);
	tell(&r, VK_RADIO_DAEMON, true, 0);
	tell(&r, VK_RADIO_ADAPTER, true, 0);
	tell(&r, VK_RADIO_POWER, true, 0);
	pass(&r, 50 * S);
	tell(&r, VK_RADIO_POWER, false, 0);
	pass(&r, 6 * S);
	assert_int_equal(r.n_rungs, 2);
	assert_int_equal(r.log[1].rung, VK_RUNG_POWER_CYCLE);
}

/* ---- whatever happens ---- */

static uint32_t dice(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(*seed >> 33);
}

static void happen(struct room *r, uint64_t *seed)
{
	enum vk_radio_event_type type = (enum vk_radio_event_type)(dice(seed) % 12);
	bool is_on = dice(seed) % 3 != 0;

	r->is_mute = dice(seed) % 4 == 0;
	r->is_silent = dice(seed) % 2 == 0;
	r->is_absent = dice(seed) % 16 == 0;
	tell(r, type, is_on, r->now_ms + dice(seed) % HOUR);
	pass(r, dice(seed) % 8 ? dice(seed) % (2 * MIN) : dice(seed) % (3 * HOUR));
}

static void check_bounds(const struct room *r)
{
	for (int i = 1; i < r->n_rungs; i++)
		assert_true(r->log[i].at_ms - r->log[i - 1].at_ms >= 30 * S);
	for (int i = VK_RADIO_HOUR_MOST; i < r->n_rungs; i++)
		assert_true(r->log[i].at_ms - r->log[i - VK_RADIO_HOUR_MOST].at_ms > HOUR);
}

static void it_is_bounded_whatever_happens(void **state)
{
	static struct room r;
	long rungs = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= 60; seed++) {
		uint64_t chance = seed;
		uint32_t sum = 0;

		r = begin();
		for (int i = 0; i < 1000; i++)
			happen(&r, &chance);
		check_bounds(&r);
		for (int i = 0; i < VK_N_RUNGS; i++)
			sum += r.s.count[i];
		assert_int_equal(sum, r.n_rungs);
		rungs += r.n_rungs;
	}
	assert_true(rungs > 1000);
}

static void words_are_there(void **state)
{
	(void)state;
	for (int i = 1; i < VK_N_RUNGS; i++)
		assert_true(strlen(vk_radio_rung_text((enum vk_radio_rung)i)) > 4);
	for (int i = 1; i < VK_N_RADIO_TROUBLES; i++)
		assert_true(strlen(vk_radio_trouble_text((enum vk_radio_trouble)i)) > 4);
	assert_string_equal(vk_radio_trouble_text(VK_RADIO_SOUND), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_home_where_nothing_happens_is_left_alone),
		cmocka_unit_test(a_lively_home_needs_no_rung),
		cmocka_unit_test(what_is_heard_saves_the_look),
		cmocka_unit_test(neighbours_that_come_and_go_are_no_trouble),
		cmocka_unit_test(a_measurement_that_came_is_not_missed),
		cmocka_unit_test(a_person_at_work_is_not_disturbed),
		cmocka_unit_test(a_link_that_is_up_is_never_cut),
		cmocka_unit_test(a_short_absence_is_a_restart),
		cmocka_unit_test(a_missing_daemon_is_restarted_and_then_more),
		cmocka_unit_test(a_missing_adapter_is_looked_for),
		cmocka_unit_test(power_is_asked_for_first),
		cmocka_unit_test(without_a_bus_nothing_can_be_done_but_asking),
		cmocka_unit_test(a_mute_controller_climbs),
		cmocka_unit_test(one_refusal_is_an_accident),
		cmocka_unit_test(a_probe_without_an_answer_is_a_refusal),
		cmocka_unit_test(an_ignored_device_gets_its_connect_anew),
		cmocka_unit_test(an_ignored_device_that_has_gone_is_forgiven),
		cmocka_unit_test(a_neighbourhood_that_falls_silent_is_deafness),
		cmocka_unit_test(a_missed_measurement_allows_the_harmless_rungs_only),
		cmocka_unit_test(healing_takes_a_while),
		cmocka_unit_test(a_reset_that_helps_ends_the_ladder),
		cmocka_unit_test(another_trouble_has_a_ladder_of_its_own),
		cmocka_unit_test(it_is_bounded_whatever_happens),
		cmocka_unit_test(words_are_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
