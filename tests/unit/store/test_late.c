/* SPDX-License-Identifier: Apache-2.0 */
/* What is written once a transaction: the last word counts, and a rollback takes it back. */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char scale[] = "00AA01010000", cuff[] = "00AA01020000";

static void put_device(struct home *home, const char *id)
{
	struct vk_device d = {.battery_percent = -1, .clock_offset_s = INT64_MIN};

	(void)vk_copy(d.id, sizeof d.id, id);
	(void)vk_copy(d.state, sizeof d.state, "ok");
	assert_int_equal(vk_store_put_device(home->store, &d), 0);
}

static struct vk_device device(struct home *home, const char *id)
{
	struct vk_device d;

	assert_int_equal(vk_store_get_device(home->store, id, &d), 0);
	return d;
}

static void hear(struct home *home, const char *id, int64_t utc_ms)
{
	assert_int_equal(vk_store_hear_device(home->store, id, utc_ms, NULL), 0);
}

static void the_last_time_heard_is_kept(void **state)
{
	struct home *home = *state;
	const int64_t offset_s = -98;

	put_device(home, scale);
	put_device(home, cuff);
	assert_int_equal(vk_store_hear_device(home->store, "000000000000", 1, NULL), -ENOENT);
	assert_int_equal(vk_store_begin(home->store), 0);
	hear(home, scale, 1000);
	assert_int_equal(vk_store_hear_device(home->store, scale, 2000, &offset_s), 0);
	hear(home, cuff, 3000);
	assert_int_equal(device(home, scale).heard_utc_ms, 2000);
	hear(home, scale, 4000);
	assert_int_equal(vk_store_commit(home->store), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(device(home, scale).heard_utc_ms, 4000);
		assert_int_equal(device(home, scale).reading_utc_ms, 4000);
		assert_int_equal(device(home, scale).clock_offset_s, -98);
		assert_int_equal(device(home, cuff).heard_utc_ms, 3000);
		assert_true(device(home, cuff).clock_offset_s == INT64_MIN);
		home_reopen(home);
	}
}

static void a_rollback_takes_it_back(void **state)
{
	struct home *home = *state;

	put_device(home, scale);
	assert_int_equal(vk_store_begin(home->store), 0);
	hear(home, scale, 1000);
	assert_int_equal(vk_store_savepoint(home->store), 0);
	hear(home, scale, 2000);
	vk_store_rollback_savepoint(home->store);
	assert_int_equal(device(home, scale).heard_utc_ms, 1000);
	assert_int_equal(vk_store_commit(home->store), 0);
	assert_int_equal(vk_store_begin(home->store), 0);
	hear(home, scale, 3000);
	vk_store_rollback(home->store);
	assert_int_equal(device(home, scale).heard_utc_ms, 1000);
	home_reopen(home);
	assert_int_equal(device(home, scale).heard_utc_ms, 1000);
}

static void a_row_put_afterwards_has_the_whole(void **state)
{
	struct home *home = *state;
	struct vk_device d;

	put_device(home, scale);
	assert_int_equal(vk_store_begin(home->store), 0);
	hear(home, scale, 1000);
	d = device(home, scale);
	assert_int_equal(d.heard_utc_ms, 1000);
	d.battery_percent = 40;
	assert_int_equal(vk_store_put_device(home->store, &d), 0);
	hear(home, scale, 2000);
	assert_int_equal(vk_store_remove_device(home->store, scale), 0);
	assert_int_equal(vk_store_get_device(home->store, scale, &d), -ENOENT);
	put_device(home, scale);
	assert_int_equal(vk_store_commit(home->store), 0);
	home_reopen(home);
	assert_int_equal(device(home, scale).heard_utc_ms, 0);
}

static void remember(struct home *home, int rule, int32_t n_clear)
{
	struct vk_rule_memory m;

	memset(&m, 0, sizeof m);
	(void)vk_copy(m.patient, sizeof m.patient, "p-1042");
	(void)snprintf(m.rule, sizeof m.rule, "R%d", rule);
	m.n_clear = n_clear;
	assert_int_equal(vk_store_put_memory(home->store, &m), 0);
}

static int add_memory(const struct vk_rule_memory *m, void *user)
{
	int32_t *sum = user;

	*sum += 1000 + m->n_clear;
	return 0;
}

static int32_t memories(struct home *home)
{
	int32_t sum = 0;

	assert_int_equal(vk_store_each_memory(home->store, add_memory, &sum), 0);
	return sum;
}

/* More of them than there is room for, each said twice. */
static void the_last_word_of_each_rule_is_kept(void **state)
{
	struct home *home = *state;

	assert_int_equal(vk_store_begin(home->store), 0);
	for (int32_t n_clear = 1; n_clear <= 2; n_clear++)
		for (int rule = 0; rule < 40; rule++)
			remember(home, rule, n_clear);
	assert_int_equal(memories(home), 40 * 1002);
	remember(home, 7, 3);
	assert_int_equal(vk_store_commit(home->store), 0);
	assert_int_equal(vk_store_begin(home->store), 0);
	remember(home, 8, 100);
	vk_store_rollback(home->store);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(memories(home), 40 * 1002 + 1);
		home_reopen(home);
	}
}

#define IN_HOME(f) cmocka_unit_test_setup_teardown(f, home_up, home_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(the_last_time_heard_is_kept),
		IN_HOME(a_rollback_takes_it_back),
		IN_HOME(a_row_put_afterwards_has_the_whole),
		IN_HOME(the_last_word_of_each_rule_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
