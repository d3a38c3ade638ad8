/* SPDX-License-Identifier: Apache-2.0 */
/* The chain is whole as written, and says where it is not after every kind of tampering. */
#include "support.h"

#include <stdio.h>
#include <string.h>

enum { ENTRIES = 10 };

static void entry(struct vk_store *store, int i)
{
	char object[16];
	struct vk_audit e = {.utc_ms = 1772600000000 + i,
			     .quality = VK_CLOCK_SYNCED,
			     .domain = "care",
			     .actor = "n-17",
			     .action = "alert-accept",
			     .patient = "p-1042",
			     .object = object,
			     .result = "ok"};

	snprintf(object, sizeof object, "a%d", i);
	assert_int_equal(vk_store_audit(store, &e), 0);
}

static int written(void **state)
{
	home_up(state);
	struct home *home = *state;

	for (int i = 1; i <= ENTRIES; i++)
		entry(home->store, i);
	return 0;
}

static void home_exec_store(struct home *home, const char *sql)
{
	vk_store_closep(&home->store);
	home_exec(home, sql);
	home_reopen(home);
}

static int64_t broken_at(struct home *home, const char *tampering)
{
	int64_t seq = -1;

	vk_store_closep(&home->store);
	home_exec(home, tampering);
	home_reopen(home);
	assert_int_equal(vk_store_audit_verify(home->store, &seq), VK_STORE_BROKEN);
	return seq;
}

static void whole_as_written(void **state)
{
	struct home *home = *state;
	char head[65], again[65];
	int64_t seq;

	assert_int_equal(vk_store_audit_verify(home->store, &seq), 0);
	assert_int_equal(seq, ENTRIES);
	assert_int_equal(vk_store_audit_head(home->store, &seq, head), 0);
	assert_int_equal(seq, ENTRIES);
	home_reopen(home);
	assert_int_equal(vk_store_audit_head(home->store, &seq, again), 0);
	assert_string_equal(head, again);
	entry(home->store, 11);
	assert_int_equal(vk_store_audit_verify(home->store, &seq), 0);
	assert_int_equal(seq, ENTRIES + 1);
}

static void empty_is_whole(void **state)
{
	struct home *home = *state;
	char head[65];
	int64_t seq = -1;

	assert_int_equal(vk_store_audit_verify(home->store, &seq), 0);
	assert_int_equal(seq, 0);
	assert_int_equal(vk_store_audit_head(home->store, &seq, head), 0);
	assert_int_equal(seq, 0);
	assert_int_equal(strspn(head, "0"), 64);
}

static void a_changed_entry(void **state)
{
	assert_int_equal(broken_at(*state, "UPDATE audit SET actor = 'n-18' WHERE seq = 4"), 4);
}

/* The length of each field counts, so text cannot move from one field into the next. */
static void a_moved_letter(void **state)
{
	assert_int_equal(broken_at(*state, "UPDATE audit SET actor = 'n-1', action ="
					   " '7alert-accept' WHERE seq = 5"),
			 5);
}

static void a_removed_entry(void **state)
{
	assert_int_equal(broken_at(*state, "DELETE FROM audit WHERE seq = 6"), 6);
}

static void a_removed_first_entry(void **state)
{
	assert_int_equal(broken_at(*state, "DELETE FROM audit WHERE seq = 1"), 1);
}

static void a_cut_tail(void **state)
{
	assert_int_equal(broken_at(*state, "DELETE FROM audit WHERE seq > 8"), 9);
}

static void a_cut_tail_with_its_number(void **state)
{
	assert_int_equal(broken_at(*state, "DELETE FROM audit WHERE seq > 8;"
					   "UPDATE meta SET value = 8 WHERE key = 'audit_seq'"),
			 9);
}

static void a_lost_head(void **state)
{
	broken_at(*state, "DELETE FROM meta WHERE key = 'audit_head'");
}

/* Every field counts, and so does the form: an entry cannot pass for one of before. */
static void any_field_changed(void **state)
{
	static const char *const changes[] = {
		"form = 1",     "utc_ms = 1",          "mono_ms = 1",       "quality = 0",
		"role = 'x'",   "attempt = 1",         "outcome = 'x'",     "planned_utc_ms = 1",
		"client = 'x'", "consent = 'x'",       "result = 'x'",      "detail = 'x'",
		"salt = x'00'", "hash = zeroblob(32)", "domain = 'social'",
	};
	struct home *home = *state;
	char sql[120];
	int64_t seq;

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		home_exec_store(home, "CREATE TABLE kept AS SELECT * FROM audit");
		snprintf(sql, sizeof sql, "UPDATE audit SET %s WHERE seq = 7", changes[i]);
		home_exec_store(home, sql);
		assert_int_equal(vk_store_audit_verify(home->store, &seq), VK_STORE_BROKEN);
		assert_int_equal(seq, 7);
		home_exec_store(home, "DELETE FROM audit; INSERT INTO audit SELECT * FROM kept;"
				      "DROP TABLE kept");
		assert_int_equal(vk_store_audit_verify(home->store, &seq), 0);
	}
}

/* Within a group: undone entries leave no gap, and the head follows. */
static void entries_follow_the_transaction(void **state)
{
	struct home *home = *state;
	int64_t seq;

	assert_int_equal(vk_store_begin(home->store), 0);
	entry(home->store, 11);
	assert_int_equal(vk_store_savepoint(home->store), 0);
	entry(home->store, 12);
	vk_store_rollback_savepoint(home->store);
	entry(home->store, 13);
	assert_int_equal(vk_store_audit_verify(home->store, &seq), 0);
	assert_int_equal(vk_store_commit(home->store), 0);
	assert_int_equal(vk_store_audit_verify(home->store, &seq), 0);
	assert_int_equal(seq, 12);
	assert_int_equal(vk_store_begin(home->store), 0);
	entry(home->store, 14);
	vk_store_rollback(home->store);
	home_reopen(home);
	assert_int_equal(vk_store_audit_verify(home->store, &seq), 0);
	assert_int_equal(seq, 12);
}

static int append(const struct vk_audit_row *row, void *user)
{
	const struct vk_audit *e = &row->entry;
	char *text = user;

	sprintf(text + strlen(text), "%d %s %s;", (int)row->seq, e->object, e->detail);
	assert_string_equal(e->domain, "care");
	assert_int_equal(e->quality, VK_CLOCK_SYNCED);
	return 0;
}

static void listed_newest_first(void **state)
{
	struct home *home = *state;
	char text[100] = "";

	assert_int_equal(vk_store_each_audit(home->store, 2, append, text), 0);
	assert_string_equal(text, "10 a10 ;9 a9 ;");
	text[0] = '\0';
	assert_int_equal(vk_store_audit_after(home->store, 3, 2, append, text), 0);
	assert_string_equal(text, "4 a4 ;5 a5 ;");
}

#define WRITTEN(f) cmocka_unit_test_setup_teardown(f, written, home_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(empty_is_whole, home_up, home_down),
		WRITTEN(whole_as_written),
		WRITTEN(a_changed_entry),
		WRITTEN(a_moved_letter),
		WRITTEN(a_removed_entry),
		WRITTEN(a_removed_first_entry),
		WRITTEN(a_cut_tail),
		WRITTEN(a_cut_tail_with_its_number),
		WRITTEN(a_lost_head),
		WRITTEN(any_field_changed),
		WRITTEN(entries_follow_the_transaction),
		WRITTEN(listed_newest_first),
	};

	return cmocka_run_group_tests_name("store audit", tests, NULL, NULL);
}
