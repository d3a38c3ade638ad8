/* SPDX-License-Identifier: Apache-2.0 */
/* Background work: whole before anything is deleted, oldest first, undelivered last and counted. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const int64_t day_ms = INT64_C(86400000);

static int64_t now(void)
{
	return pressure(0).received_utc_ms;
}

/* Until there is nothing more to do, which must come. */
static int upkeep(struct vk_store *store, int64_t utc_ms)
{
	int r = 1;

	for (int i = 0; i < 10000 && r > 0; i++)
		r = vk_store_upkeep(store, utc_ms);
	return r;
}

static struct vk_store_health health(struct vk_store *store)
{
	struct vk_store_health h;

	assert_int_equal(vk_store_health(store, &h), 0);
	return h;
}

static void keep_many(struct vk_store *store, int n)
{
	assert_int_equal(vk_store_begin(store), 0);
	for (int i = 0; i < n; i++) {
		struct vk_reading r = pressure(i);

		keep(store, &r);
	}
	assert_int_equal(vk_store_commit(store), 0);
}

static int64_t size_of(const char *path, const char *suffix)
{
	char name[120];
	struct stat st;

	snprintf(name, sizeof name, "%s%s", path, suffix);
	return stat(name, &st) ? -1 : (int64_t)st.st_size;
}

static void copy_file(const char *from, const char *to, const char *suffix)
{
	char a[120], b[120], bytes[65536];
	size_t n;

	snprintf(a, sizeof a, "%s%s", from, suffix);
	snprintf(b, sizeof b, "%s%s", to, suffix);
	FILE *in = fopen(a, "rb"), *out = fopen(b, "wb");

	assert_true(in && out);
	while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
		assert_int_equal(fwrite(bytes, 1, n, out), n);
	assert_int_equal(fclose(in) | fclose(out), 0);
}

/* The file as a power cut leaves it now, opened elsewhere: how many readings are in it. */
static int count_after_cut(const struct home *home)
{
	struct home other = {0};
	int n;

	snprintf(other.path, sizeof other.path, "%s/cut.db", home->folder);
	copy_file(home->path, other.path, "");
	copy_file(home->path, other.path, "-wal");
	assert_int_equal(vk_store_open(other.path, false, &other.store, &other.report), 0);
	assert_false(other.report.was_set_aside);
	n = count_readings(other.store);
	vk_store_close(other.store);
	return n;
}

/* A commit that lengthens the log costs the file system a journal entry more. */
static void commits_do_not_lengthen_the_log(void **state)
{
	struct home *home = *state;
	int64_t size;

	assert_int_equal(upkeep(home->store, 0), 0);
	size = size_of(home->path, "-wal");
	assert_true(size >= 2 << 20);
	keep_many(home->store, 50);
	assert_int_equal(size_of(home->path, "-wal"), size);
	assert_int_equal(count_after_cut(home), 50);
}

static void a_log_that_is_all_room_is_no_damage(void **state)
{
	struct home *home = *state;
	char wal[120];

	keep_many(home->store, 3);
	vk_store_close(home->store);
	snprintf(wal, sizeof wal, "%s-wal", home->path);
	int fd = open(wal, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0 && ftruncate(fd, 2 << 20) == 0 && close(fd) == 0);
	assert_int_equal(vk_store_open(home->path, false, &home->store, &home->report), 0);
	assert_false(home->report.was_set_aside);
	struct vk_reading r = pressure(10);

	assert_int_equal(vk_store_begin(home->store), 0);
	keep(home->store, &r);
	assert_int_equal(vk_store_commit(home->store), 0);
	assert_int_equal(count_after_cut(home), 4);
}

static void put(struct vk_store *store, bool is_urgent)
{
	struct vk_message m = {.topic = "t", .payload = "p", .len = 1, .is_urgent = is_urgent};

	assert_int_equal(vk_store_put_message(store, &m, now()), 0);
}

/* Closed without its mark being cleared, as by a power cut, and changed meanwhile. */
static void reopen_unclean(struct home *home, const char *sql)
{
	vk_store_closep(&home->store);
	home_exec(home, "UPDATE meta SET value = 1 WHERE key = 'unclean'");
	home_exec(home, sql);
	home_reopen(home);
	assert_true(home->report.was_unclean);
	assert_true(health(home->store).is_check_due);
}

static void old_readings_leave_at_their_age(void **state)
{
	struct home *home = *state;

	keep_many(home->store, 1000);
	vk_store_closep(&home->store);
	home_exec(home, "UPDATE reading SET stored_utc_ms = received_utc_ms");
	home_reopen(home);
	assert_int_equal(upkeep(home->store, now() + 400 * day_ms), 0);
	assert_int_equal(count_readings(home->store), 1000);
	assert_int_equal(upkeep(home->store, now() + 401 * day_ms), 0);
	assert_int_equal(count_readings(home->store), 0);
	assert_int_equal(health(home->store).readings_removed, 1000);
}

static void only_what_is_old_leaves(void **state)
{
	struct home *home = *state;

	keep_many(home->store, 1000);
	vk_store_closep(&home->store);
	home_exec(home, "UPDATE reading SET stored_utc_ms = received_utc_ms");
	home_reopen(home);
	assert_int_equal(upkeep(home->store, now() + 400 * day_ms + 700 * 1000), 0);
	assert_int_equal(count_readings(home->store), 300);
}

static void nothing_ages_by_an_unsure_clock(void **state)
{
	struct home *home = *state;

	keep_many(home->store, 10);
	assert_int_equal(vk_store_put_answer(home->store, "n", "c", "{}", 1), 0);
	assert_int_equal(upkeep(home->store, 0), 0);
	assert_int_equal(count_readings(home->store), 10);
	char *json;

	assert_int_equal(vk_store_get_answer(home->store, "n", "c", &json), 0);
	free(json);
}

static void answers_leave_after_a_week(void **state)
{
	struct home *home = *state;
	char *json;

	assert_int_equal(vk_store_put_answer(home->store, "n", "old", "{}", now()), 0);
	assert_int_equal(vk_store_put_answer(home->store, "n", "new", "{}", now() + day_ms), 0);
	assert_int_equal(upkeep(home->store, now() + 7 * day_ms + 1), 0);
	assert_int_equal(vk_store_get_answer(home->store, "n", "old", &json), -ENOENT);
	assert_int_equal(vk_store_get_answer(home->store, "n", "new", &json), 0);
	free(json);
}

static void whole_before_anything_is_deleted(void **state)
{
	struct home *home = *state;

	keep_many(home->store, 1200);
	reopen_unclean(home, "UPDATE reading SET stored_utc_ms = received_utc_ms");
	while (health(home->store).is_check_due) {
		assert_int_equal(vk_store_upkeep(home->store, now() + 500 * day_ms), 1);
		assert_int_equal(count_readings(home->store), 1200);
	}
	assert_int_equal(upkeep(home->store, now() + 500 * day_ms), 0);
	assert_int_equal(count_readings(home->store), 0);
	assert_false(health(home->store).is_damaged);
	home_reopen(home);
	assert_false(home->report.was_unclean);
}

static void an_unfinished_check_is_due_again(void **state)
{
	struct home *home = *state;

	keep_many(home->store, 1200);
	reopen_unclean(home, "SELECT 1");
	assert_int_equal(vk_store_upkeep(home->store, now()), 1);
	home_reopen(home);
	assert_true(home->report.was_unclean);
}

static void is_found_damaged(struct home *home)
{
	int n = count_readings(home->store);

	assert_int_equal(upkeep(home->store, now() + 500 * day_ms), -EBADMSG);
	assert_true(health(home->store).is_damaged);
	assert_int_equal(upkeep(home->store, now() + 500 * day_ms), -EBADMSG);
	assert_int_equal(count_readings(home->store), n); /* and nothing was deleted */
}

static void a_row_that_cannot_be_read(void **state)
{
	struct home *home = *state;
	struct vk_reading r = pressure(0);

	keep(home->store, &r);
	reopen_unclean(home, "INSERT INTO outbox(utc_ms, patient, topic, content_type, msg_id, rev,"
			     " is_retained, is_urgent, expiry_s, response_to, correlation, payload)"
			     " VALUES(1, '', '', '', '', 0, 0, 0, 0, '', zeroblob(65), x'00')");
	is_found_damaged(home);
}

/* The last page of the file becomes zeros, as a card may do: some tree has lost a leaf. */
static void a_page_that_is_gone(void **state)
{
	struct home *home = *state;
	char zeros[2048] = "";

	keep_many(home->store, 2000);
	vk_store_closep(&home->store);
	home_exec(home, "UPDATE meta SET value = 1 WHERE key = 'unclean'");
	int64_t page = home_int(home, "SELECT max(pageno) FROM dbstat WHERE name = 'reading'");
	int fd = open(home->path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, zeros, sizeof zeros, (page - 1) * (off_t)sizeof zeros),
			 sizeof zeros);
	close(fd);
	home_reopen(home);
	assert_true(home->report.was_unclean);
	assert_int_equal(upkeep(home->store, now() + 500 * day_ms), -EBADMSG);
	assert_true(health(home->store).is_damaged);
}

static void swap_page(const char *path, int64_t page, char bytes[2048])
{
	off_t at = (off_t)(page - 1) * 2048;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char was[2048];

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, was, sizeof was, at), sizeof was);
	assert_int_equal(pwrite(fd, bytes, sizeof was, at), sizeof was);
	close(fd);
	memcpy(bytes, was, sizeof was);
}

/* Each table by itself has lost its first page. "meta" is what opening the file reads. */
static void no_table_is_left_out(void **state)
{
	struct home *home = *state;
	int64_t n, page;

	vk_store_closep(&home->store);
	n = home_int(home, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name"
			   " NOT IN ('meta') AND name NOT LIKE 'sqlite_%'");
	assert_true(n > 10);
	for (int64_t i = 0; i < n; i++) {
		char sql[200], bytes[2048] = "";

		(void)snprintf(sql, sizeof sql,
			       "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name"
			       " NOT IN ('meta') AND name NOT LIKE 'sqlite_%%' ORDER BY name"
			       " LIMIT 1 OFFSET %d",
			       (int)i);
		page = home_int(home, sql);
		home_exec(home, "UPDATE meta SET value = 1 WHERE key = 'unclean'");
		swap_page(home->path, page, bytes);
		home_reopen(home);
		assert_int_equal(upkeep(home->store, now()), -EBADMSG);
		assert_true(health(home->store).is_damaged);
		vk_store_closep(&home->store);
		swap_page(home->path, page, bytes);
	}
	home_reopen(home);
	assert_int_equal(upkeep(home->store, now()), 0);
}

static void an_index_that_lost_an_entry(void **state)
{
	struct home *home = *state;
	struct vk_alert a = {.serial = 1, .role = "r"};

	assert_int_equal(vk_store_put_alert(home->store, &a), 0);
	vk_store_closep(&home->store);
	/* The index is made again over nothing, as if the entry had never arrived in it. */
	home_exec(home, "UPDATE meta SET value = 1 WHERE key = 'unclean';"
			"PRAGMA writable_schema = ON;"
			"UPDATE sqlite_schema SET sql = replace(sql, 'is_open = 1', 'is_open = 7')"
			" WHERE name = 'alert_open'");
	home_exec(home, "REINDEX alert_open");
	home_exec(home, "PRAGMA writable_schema = ON;"
			"UPDATE sqlite_schema SET sql = replace(sql, 'is_open = 7', 'is_open = 1')"
			" WHERE name = 'alert_open'");
	home_reopen(home);
	is_found_damaged(home);
}

static struct vk_outbox_stats outbox(struct vk_store *store)
{
	struct vk_outbox_stats stats;

	assert_int_equal(vk_store_outbox_stats(store, &stats), 0);
	return stats;
}

static int count_lane(const struct vk_message *m, void *user)
{
	(void)m;
	++*(int *)user;
	return 0;
}

static int in_lane(struct vk_store *store, bool is_urgent)
{
	int n = 0;

	assert_int_equal(vk_store_each_message(store, 0, is_urgent, 1000, count_lane, &n), 0);
	return n;
}

static void the_outbox_is_bounded_alerts_last(void **state)
{
	struct home *home = *state;
	struct vk_store_bounds bounds = {400, 0, 100, 50, 0, 0};

	for (int i = 0; i < 40; i++) {
		put(home->store, true);
		put(home->store, false);
	}
	vk_store_set_bounds(home->store, &bounds);
	assert_int_equal(upkeep(home->store, 0), 0);
	assert_int_equal(in_lane(home->store, true), 40);
	assert_int_equal(in_lane(home->store, false), 10);
	assert_int_equal(health(home->store).messages_dropped, 30);
	bounds.outbox_rows = 35;
	vk_store_set_bounds(home->store, &bounds);
	home_reopen(home);
	vk_store_set_bounds(home->store, &bounds);
	assert_int_equal(upkeep(home->store, 0), 0);
	assert_int_equal(in_lane(home->store, true), 35);
	assert_int_equal(in_lane(home->store, false), 0);
	assert_int_equal(health(home->store).messages_dropped, 45);
}

static void answer(struct vk_store *store, int64_t utc_ms)
{
	struct vk_message m = {
		.topic = "reply", .payload = "p", .len = 1, .is_urgent = true, .expiry_s = 3600};

	assert_int_equal(vk_store_put_message(store, &m, utc_ms), 0);
}

/* An answer to a command is no patient's reading: it leaves first where there is too much … */
static void what_is_worthless_late_leaves_first(void **state)
{
	struct home *home = *state;
	const struct vk_store_bounds bounds = {400, 0, 100, 25, 0, 0};

	for (int i = 0; i < 10; i++) {
		put(home->store, true);
		put(home->store, false);
		answer(home->store, now());
	}
	vk_store_set_bounds(home->store, &bounds);
	assert_int_equal(upkeep(home->store, 0), 0);
	assert_int_equal(in_lane(home->store, true), 15);
	assert_int_equal(in_lane(home->store, false), 10);
	assert_int_equal(health(home->store).messages_dropped, 5);
}

/* … and by itself when its hour is over, of which an unsure clock knows nothing. */
static void what_is_worthless_late_leaves_late(void **state)
{
	struct home *home = *state;

	answer(home->store, now() - 3601000);
	answer(home->store, now() - 3000000);
	put(home->store, true);
	assert_int_equal(upkeep(home->store, 0), 0);
	assert_int_equal(in_lane(home->store, true), 3);
	home_reopen(home);
	assert_int_equal(upkeep(home->store, now()), 0);
	assert_int_equal(in_lane(home->store, true), 2);
	assert_int_equal(outbox(home->store).depth, 2);
	assert_int_equal(health(home->store).messages_dropped, 0);
}

static void the_outbox_is_bounded_by_bytes(void **state)
{
	struct home *home = *state;
	const struct vk_store_bounds bounds = {400, 0, 100, 0, 25, 0};

	for (int i = 0; i < 40; i++)
		put(home->store, false);
	vk_store_set_bounds(home->store, &bounds);
	assert_int_equal(upkeep(home->store, 0), 0);
	assert_int_equal(outbox(home->store).bytes, 25);
	assert_int_equal(health(home->store).messages_dropped, 15);
}

/* What was set aside leaves with its lane, and counts as what it is. */
static void what_is_dropped_is_counted_out(void **state)
{
	struct home *home = *state;
	const struct vk_store_bounds bounds = {400, 0, 100, 12, 0, 0};

	for (unsigned i = 0; i < 20; i++) {
		struct vk_message m = {
			.topic = "t", .payload = "pay", .len = i % 3 + 1, .is_urgent = i % 2};

		assert_int_equal(vk_store_put_message(home->store, &m, now()), 0);
		if (i % 5 == 0)
			assert_int_equal(vk_store_set_aside(home->store, m.seq, 0x95), 0);
	}
	vk_store_set_bounds(home->store, &bounds);
	assert_int_equal(upkeep(home->store, 0), 0);
	struct vk_outbox_stats kept = outbox(home->store), counted;

	home_reopen(home);
	counted = outbox(home->store);
	assert_int_equal(kept.depth, 12);
	assert_int_equal(kept.set_aside, 3);
	assert_int_equal(counted.depth, kept.depth);
	assert_int_equal(counted.bytes, kept.bytes);
	assert_int_equal(counted.set_aside, kept.set_aside);
}

/* An old alert does not take young readings with it; an unsure clock ages nothing. */
static void the_outbox_is_bounded_by_age(void **state)
{
	struct home *home = *state;
	struct vk_message old = {.topic = "t", .payload = "p", .len = 1, .is_urgent = true};
	const struct vk_store_bounds bounds = {400, 0, 100, 0, 0, 30};

	assert_int_equal(vk_store_put_message(home->store, &old, now() - 31 * day_ms), 0);
	put(home->store, false);
	put(home->store, true);
	vk_store_set_bounds(home->store, &bounds);
	assert_int_equal(upkeep(home->store, 0), 0);
	assert_int_equal(outbox(home->store).depth, 3);
	home_reopen(home);
	vk_store_set_bounds(home->store, &bounds);
	assert_int_equal(upkeep(home->store, now()), 0);
	assert_int_equal(in_lane(home->store, true), 1);
	assert_int_equal(in_lane(home->store, false), 1);
	assert_int_equal(health(home->store).messages_dropped, 1);
}

static void room_is_made_from_the_oldest(void **state)
{
	struct home *home = *state;
	const struct vk_store_bounds bounds = {400, INT64_MAX, 100, 0, 0, 0};
	struct vk_outbox_stats stats;

	keep_many(home->store, 1000);
	put(home->store, false);
	put(home->store, true);
	vk_store_set_bounds(home->store, &bounds);
	/* History first: nothing undelivered is dropped while there is any. */
	while (count_readings(home->store) > 100) {
		assert_int_equal(vk_store_upkeep(home->store, 0), 1);
		assert_int_equal(health(home->store).messages_dropped, 0);
	}
	struct vk_reading newest = pressure(999), oldest = pressure(899);

	assert_int_equal(vk_store_identify(home->store, &newest, &utc_zone, VK_CLOCK_SYNCED),
			 VK_STORE_REPEAT);
	assert_int_equal(vk_store_identify(home->store, &oldest, &utc_zone, VK_CLOCK_SYNCED), 0);
	assert_int_equal(upkeep(home->store, 0), 0);
	assert_int_equal(health(home->store).messages_dropped, 1);
	assert_int_equal(health(home->store).readings_removed, 900);
	assert_int_equal(vk_store_outbox_stats(home->store, &stats), 0);
	assert_int_equal(stats.depth, 1); /* the urgent one stays, whatever comes */
}

static void not_inside_a_transaction(void **state)
{
	struct home *home = *state;

	assert_int_equal(vk_store_begin(home->store), 0);
	assert_int_equal(vk_store_upkeep(home->store, now()), -EINVAL);
}

#define IN_HOME(f) cmocka_unit_test_setup_teardown(f, home_up, home_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(commits_do_not_lengthen_the_log),
		IN_HOME(a_log_that_is_all_room_is_no_damage),
		IN_HOME(old_readings_leave_at_their_age),
		IN_HOME(only_what_is_old_leaves),
		IN_HOME(nothing_ages_by_an_unsure_clock),
		IN_HOME(answers_leave_after_a_week),
		IN_HOME(whole_before_anything_is_deleted),
		IN_HOME(an_unfinished_check_is_due_again),
		IN_HOME(a_row_that_cannot_be_read),
		IN_HOME(a_page_that_is_gone),
		IN_HOME(no_table_is_left_out),
		IN_HOME(an_index_that_lost_an_entry),
		IN_HOME(room_is_made_from_the_oldest),
		IN_HOME(the_outbox_is_bounded_alerts_last),
		IN_HOME(what_is_worthless_late_leaves_first),
		IN_HOME(what_is_worthless_late_leaves_late),
		IN_HOME(the_outbox_is_bounded_by_bytes),
		IN_HOME(what_is_dropped_is_counted_out),
		IN_HOME(the_outbox_is_bounded_by_age),
		IN_HOME(not_inside_a_transaction),
	};

	return cmocka_run_group_tests_name("store upkeep", tests, NULL, NULL);
}
