/* SPDX-License-Identifier: Apache-2.0 */
/* A board that starts in the past: what is measured before it knows the time is placed when it
 * does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/str.h"
#include "hub/engine_priv.h"

enum { START_MS = 1000000, HOUR_MS = 3600000 };

/* 2026-03-02 08:00 UTC; the hub's line is behind it. */
static const int64_t right_ms = INT64_C(1772438400000);

struct hub {
	char folder[64], path[96];
	struct vk_config config;
	struct vk_store_report report;
	struct vk_engine *e;
};

static int set_up(void **state)
{
	struct hub *h = calloc(1, sizeof *h);

	assert_non_null(h);
	(void)snprintf(h->folder, sizeof h->folder, "/tmp/vaka-placing-XXXXXX");
	assert_non_null(mkdtemp(h->folder));
	(void)snprintf(h->path, sizeof h->path, "%s/vaka.db", h->folder);
	(void)snprintf(h->config.hub, sizeof h->config.hub, "hub-0417");
	h->config.watch = (struct vk_config_watch){60, 15, 172800, 900, 900};
	h->e = calloc(1, sizeof *h->e);
	h->e->core = calloc(1, sizeof *h->e->core);
	h->e->config = &h->config;
	vk_core_init(h->e->core);
	assert_int_equal(vk_store_open(h->path, true, &h->e->store, &h->report), 0);
	*state = h;
	return 0;
}

static int tear_down(void **state)
{
	struct hub *h = *state;
	char path[128];

	vk_store_close(h->e->store);
	vk_fhir_forget(&h->e->said);
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof path, "%s%s", h->path,
			       ((const char *const[]){"", "-wal", "-shm"})[i]);
		(void)unlink(path);
	}
	(void)rmdir(h->folder);
	free(h->e->core);
	free(h->e);
	free(h);
	return 0;
}

static struct vk_now at(int64_t line_ms, enum vk_clock_quality quality)
{
	return (struct vk_now){
		.utc_ms = quality == VK_CLOCK_SYNCED ? right_ms + line_ms : line_ms,
		.mono_ms = START_MS + line_ms,
		.quality = quality,
	};
}

static void apply(struct hub *h, struct vk_job *job)
{
	assert_int_equal(vk_store_begin(h->e->store), 0);
	assert_int_equal(vk_apply(h->e, job), 0);
	assert_int_equal(vk_store_commit(h->e->store), 0);
}

static void watch(struct hub *h, struct vk_now now)
{
	struct vk_job *job = vk_job_new(VK_JOB_WATCH, now);

	apply(h, job);
	vk_job_free(job);
}

static void weigh(struct hub *h, struct vk_now now, char ret_id[VK_UUID_TEXT])
{
	struct vk_job *job = vk_job_new(VK_JOB_READING, now);
	struct vk_reading *r = calloc(1, sizeof *r);

	(void)snprintf(r->device, sizeof r->device, "00AA01010000");
	r->characteristic = 0x2a9d;
	r->raw_len = 3;
	r->raw[1] = (uint8_t)(now.mono_ms / 1000);
	r->decoded.kind = VK_KIND_WEIGHT;
	r->decoded.user = -1;
	r->decoded.sequence = -1;
	r->decoded.n_values = 1;
	r->decoded.values[0] = (struct vk_value){
		.quantity = VK_QUANTITY_WEIGHT, .unit = VK_UNIT_KG, .number = {800, -1}};
	r->is_live = true;
	r->received_utc_ms = now.utc_ms;
	r->received_mono_ms = now.mono_ms;
	job->reading = r;
	apply(h, job);
	(void)vk_copy(ret_id, VK_UUID_TEXT, job->id);
	vk_job_free(job);
}

static struct vk_reading stored(struct hub *h, const char *id)
{
	struct vk_reading r;

	assert_int_equal(vk_store_get_reading(h->e->store, id, &r), 0);
	return r;
}

static void placed_by_the_hubs_line(void **state)
{
	char early[VK_UUID_TEXT], late[VK_UUID_TEXT];
	struct hub *h = *state;
	struct vk_reading r;

	weigh(h, at(5000, VK_CLOCK_UNSYNCED), early);
	assert_int_equal(stored(h, early).time_reason, VK_PLACED_HUB_UNSURE);
	watch(h, at(60000, VK_CLOCK_UNSYNCED));
	watch(h, at(120000, VK_CLOCK_HELD)); /* set, but by nobody who knows */
	assert_int_equal(stored(h, early).rev, 0);
	weigh(h, at(HOUR_MS - 1000, VK_CLOCK_SYNCED), late);
	for (int i = 0; i < 2; i++) {
		watch(h, at(HOUR_MS + i * 60000, VK_CLOCK_SYNCED));
		r = stored(h, early);
		assert_int_equal(r.rev, 1);
		assert_int_equal(r.time_reason, VK_PLACED_RECEIVED);
		assert_int_equal(r.time_utc_ms, right_ms + 5000);
	}
	assert_int_equal(stored(h, late).rev, 0);
}

static void what_was_taken_back_stays_so(void **state)
{
	char id[VK_UUID_TEXT];
	struct hub *h = *state;

	weigh(h, at(5000, VK_CLOCK_UNSYNCED), id);
	assert_int_equal(vk_store_begin(h->e->store), 0);
	assert_int_equal(vk_reading_revise(h->e, id, NULL, at(6000, VK_CLOCK_UNSYNCED)), 0);
	assert_int_equal(vk_store_commit(h->e->store), 0);
	watch(h, at(HOUR_MS, VK_CLOCK_SYNCED));
	assert_int_equal(stored(h, id).rev, 1);
	assert_true(stored(h, id).is_retracted);
}

/* A group that could not be committed is applied again: nothing is noted twice, nothing lost. */
static void a_failed_commit_places_again(void **state)
{
	char id[VK_UUID_TEXT];
	struct hub *h = *state;
	struct vk_job *job = vk_job_new(VK_JOB_WATCH, at(HOUR_MS, VK_CLOCK_SYNCED));

	weigh(h, at(5000, VK_CLOCK_UNSYNCED), id);
	assert_int_equal(vk_store_begin(h->e->store), 0);
	assert_int_equal(vk_apply(h->e, job), 0);
	vk_store_rollback(h->e->store);
	vk_job_free(job);
	assert_int_equal(stored(h, id).rev, 0);
	watch(h, at(2 * HOUR_MS, VK_CLOCK_SYNCED));
	assert_int_equal(stored(h, id).time_utc_ms, right_ms + 5000);
}

/* vakad starts anew: what is in memory is gone, the file is not. */
static void start_again(struct hub *h)
{
	memset(h->e->unplaced, 0, sizeof h->e->unplaced);
	h->e->n_unplaced = 0;
	vk_store_close(h->e->store);
	assert_int_equal(vk_store_open(h->path, true, &h->e->store, &h->report), 0);
}

/* The line runs through a start of vakad: what came since the machine's own start is placed. */
static void placed_over_a_new_start_of_vakad(void **state)
{
	char off[VK_UUID_TEXT], before[VK_UUID_TEXT], known[VK_UUID_TEXT];
	struct hub *h = *state;
	int64_t seq = -1;

	assert_int_equal(vk_store_last_reading(h->e->store, &seq), 0);
	assert_int_equal(seq, 0);
	weigh(h, at(1000, VK_CLOCK_UNSYNCED), off); /* before the machine was off */
	assert_int_equal(vk_store_last_reading(h->e->store, &seq), 0);
	weigh(h, at(5000, VK_CLOCK_UNSYNCED), before);
	weigh(h, at(9000, VK_CLOCK_SYNCED), known);
	start_again(h);
	assert_int_equal(vk_placing_recover(h->e, seq), 0);
	watch(h, at(60000, VK_CLOCK_UNSYNCED));
	assert_int_equal(stored(h, before).rev, 0);
	for (int i = 1; i < 3; i++) {
		watch(h, at(i * HOUR_MS, VK_CLOCK_SYNCED));
		assert_int_equal(stored(h, before).time_utc_ms, right_ms + 5000);
		assert_int_equal(stored(h, before).rev, 1);
		assert_int_equal(stored(h, off).rev, 0);
		assert_int_equal(stored(h, known).rev, 0);
		start_again(h);
		assert_int_equal(vk_placing_recover(h->e, seq), 0);
	}
}

/* Only the same boot of the machine knows how long vakad was gone. */
static void the_line_runs_through_one_boot(void **state)
{
	struct vk_clock first = {0}, next = {0}, other;

	(void)state;
	assert_false(vk_clock_init(&first, 0, &next));
	assert_true(first.boot > 0);
	other = first;
	other.base_ms -= HOUR_MS; /* as a board that starts in the past has it */
	assert_true(vk_clock_init(&next, vk_clock_mono_ms(&other), &other));
	assert_int_equal(next.base_ms, other.base_ms);
	assert_int_equal(next.boot, first.boot);
	assert_false(vk_clock_init(&next, vk_clock_mono_ms(&other) + HOUR_MS, &other));
	assert_true(next.base_ms > other.base_ms);
	other.boot++;
	assert_false(vk_clock_init(&next, 0, &other));
	assert_true(next.base_ms > other.base_ms);
	assert_int_equal(next.boot, first.boot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(placed_by_the_hubs_line, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_was_taken_back_stays_so, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_failed_commit_places_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(placed_over_a_new_start_of_vakad, set_up,
						tear_down),
		cmocka_unit_test(the_line_runs_through_one_boot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
