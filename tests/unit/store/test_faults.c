/* SPDX-License-Identifier: Apache-2.0 */
/* Power, disk and file go wrong: what was committed stays, what was not leaves no trace. */
#include "bad_disk.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static bool has(struct vk_store *store, const char *id)
{
	struct vk_reading r;

	return vk_store_get_reading(store, id, &r) == 0;
}

static void steps_from_nothing_and_only_once(void **state)
{
	struct home *home = *state;

	assert_true(home->report.was_created);
	assert_int_equal(home->report.from_version, 0);
	assert_false(home->report.was_unclean);
	home_reopen(home);
	assert_false(home->report.was_created);
	assert_int_equal(home->report.from_version, 2);
	assert_false(home->report.was_unclean);
}

static void nobody_else_may_read_the_file(void **state)
{
	struct home *home = *state;
	char log[120];
	struct stat st;

	snprintf(log, sizeof log, "%s-wal", home->path);
	assert_int_equal(stat(home->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(stat(log, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void a_newer_file_is_left_alone(void **state)
{
	struct home *home = *state;

	vk_store_closep(&home->store);
	home_exec(home, "PRAGMA user_version = 99");
	assert_int_equal(vk_store_open(home->path, false, &home->store, &home->report), -EPROTO);
	assert_null(home->store);
	assert_int_equal(home_int(home, "PRAGMA user_version"), 99);
}

/* One bad event does not take the others of its group. */
static void a_group_loses_only_the_bad_event(void **state)
{
	struct home *home = *state;
	struct vk_reading r[3];

	assert_int_equal(vk_store_begin(home->store), 0);
	for (int i = 0; i < 3; i++) {
		r[i] = pressure(i);
		assert_int_equal(vk_store_savepoint(home->store), 0);
		keep(home->store, &r[i]);
		if (i == 1)
			vk_store_rollback_savepoint(home->store);
		else
			assert_int_equal(vk_store_release(home->store), 0);
	}
	assert_int_equal(vk_store_commit(home->store), 0);
	home_reopen(home);
	assert_true(has(home->store, r[0].id));
	assert_false(has(home->store, r[1].id));
	assert_true(has(home->store, r[2].id));
}

static void misuse_is_refused(void **state)
{
	struct home *home = *state;

	assert_int_equal(vk_store_commit(home->store), -EINVAL);
	assert_int_equal(vk_store_savepoint(home->store), -EINVAL);
	assert_int_equal(vk_store_release(home->store), -EINVAL);
	vk_store_rollback(home->store);
	vk_store_rollback_savepoint(home->store);
	assert_int_equal(vk_store_begin(home->store), 0);
	assert_int_equal(vk_store_begin(home->store), -EALREADY);
	assert_int_equal(vk_store_savepoint(home->store), 0);
	assert_int_equal(vk_store_commit(home->store), -EINVAL); /* an event is half applied */
}

/* Says how many are committed after each commit, until it is killed. */
static _Noreturn void write_until_killed(const char *path, int out)
{
	struct vk_store *store;
	struct vk_store_report report;

	if (vk_store_open(path, false, &store, &report))
		_exit(1);
	for (int i = 0;; i++) {
		if (i % 5 == 0 && vk_store_begin(store))
			_exit(2);
		struct vk_reading r = pressure(i);

		if (vk_store_identify(store, &r, &utc_zone, VK_CLOCK_SYNCED) ||
		    vk_store_put_reading(store, &r))
			_exit(3);
		if (i % 5 == 4 && (vk_store_commit(store) || write(out, &i, sizeof i) < 0))
			_exit(4);
	}
}

static void killed_while_writing(void **state)
{
	struct home *home = *state;
	int pipes[2], last = -1, i, status;

	vk_store_closep(&home->store);
	assert_int_equal(pipe(pipes), 0);
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child)
		write_until_killed(home->path, pipes[1]);
	close(pipes[1]);
	while (last < 300 && read(pipes[0], &i, sizeof i) == sizeof i)
		last = i;
	assert_int_equal(kill(child, SIGKILL), 0);
	while (read(pipes[0], &i, sizeof i) == sizeof i)
		last = i;
	close(pipes[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	home_reopen(home);
	assert_true(home->report.was_unclean);
	assert_false(home->report.was_set_aside);
	assert_true(last >= 300);
	assert_true(count_readings(home->store) > last);
	assert_int_equal(count_readings(home->store) % 5, 0); /* no half group */
}

/* A full or read-only disk: the commit says so, reading goes on, and nothing stays half done. */
static void writes_fail_with(struct home *home, int error)
{
	struct vk_reading kept = pressure(0), lost = pressure(1), clockless = weight_at(0);

	keep(home->store, &kept);
	assert_int_equal(vk_store_begin(home->store), 0);
	keep(home->store, &lost);
	bad_disk.error = error;
	assert_int_equal(vk_store_commit(home->store), -error);
	vk_store_rollback(home->store);
	assert_true(has(home->store, kept.id));
	assert_false(has(home->store, lost.id));
	/* Identity is known even so: alerting goes on without the disk. */
	assert_int_equal(vk_store_identify(home->store, &clockless, &utc_zone, VK_CLOCK_SYNCED), 0);
	assert_int_equal(vk_store_identify(home->store, &kept, &utc_zone, VK_CLOCK_SYNCED),
			 VK_STORE_REPEAT);
	assert_int_equal(vk_store_put_reading(home->store, &clockless), -error);
	bad_disk.error = 0;
	assert_int_equal(vk_store_begin(home->store), 0);
	keep(home->store, &lost);
	assert_int_equal(vk_store_put_reading(home->store, &clockless), 0);
	assert_int_equal(vk_store_commit(home->store), 0);
	home_reopen(home);
	assert_int_equal(count_readings(home->store), 3);
}

static void the_disk_is_read_only(void **state)
{
	writes_fail_with(*state, EROFS);
}

static void the_disk_fails(void **state)
{
	writes_fail_with(*state, EIO);
}

static void the_disk_is_full(void **state)
{
	struct home *home = *state;
	char reserve[120];

	snprintf(reserve, sizeof reserve, "%s.reserve", home->path);
	assert_int_equal(access(reserve, F_OK), 0);
	writes_fail_with(home, ENOSPC);
}

static void the_reserve_is_freed_and_held_again(void **state)
{
	struct home *home = *state;
	struct vk_reading r = pressure(0);
	char reserve[120];

	snprintf(reserve, sizeof reserve, "%s.reserve", home->path);
	assert_int_equal(vk_store_begin(home->store), 0);
	keep(home->store, &r);
	bad_disk.error = ENOSPC;
	assert_int_equal(vk_store_commit(home->store), -ENOSPC);
	assert_int_equal(access(reserve, F_OK), 0);
	vk_store_rollback(home->store);
	assert_int_equal(access(reserve, F_OK), -1);
	bad_disk.error = 0;
	while (vk_store_upkeep(home->store, 0) > 0)
		;
	assert_int_equal(access(reserve, F_OK), 0);
}

/* More than the cache holds: SQLite must write in mid-transaction, and fails. */
static void fill_until_it_fails(struct vk_store *store, int error)
{
	int r = 0;

	assert_int_equal(vk_store_begin(store), 0);
	bad_disk.error = error;
	for (int i = 0; i < 20000 && !r; i++) {
		struct vk_reading p = pressure(i);

		r = vk_store_identify(store, &p, &utc_zone, VK_CLOCK_SYNCED);
		if (!r)
			r = vk_store_put_reading(store, &p);
	}
	assert_int_equal(r, -error);
	bad_disk.error = 0;
}

/* After some errors SQLite ends the transaction by itself: what follows must not stand alone. */
static void a_lost_transaction_takes_nothing_more(void **state)
{
	static const int errors[] = {EIO, EROFS, ENOSPC};
	struct home *home = *state;
	struct vk_reading late = pressure(9999);

	assert_int_equal(vk_store_identify(home->store, &late, &utc_zone, VK_CLOCK_SYNCED), 0);
	for (size_t i = 0; i < VK_ARRAY_LEN(errors); i++) {
		fill_until_it_fails(home->store, errors[i]);
		assert_true(vk_store_put_reading(home->store, &late) < 0);
		assert_true(vk_store_commit(home->store) < 0);
		vk_store_rollback(home->store);
		assert_int_equal(count_readings(home->store), 0);
	}
	keep(home->store, &late);
	assert_int_equal(count_readings(home->store), 1);
}

static void damage(const char *path, off_t at, const char *bytes)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, strlen(bytes), at), (ssize_t)strlen(bytes));
	close(fd);
}

static void a_damaged_file_is_set_aside(void **state)
{
	struct home *home = *state;
	struct vk_reading r = pressure(0);
	char pattern[140], head[16] = "";
	glob_t found;

	keep(home->store, &r);
	vk_store_closep(&home->store);
	damage(home->path, 0, "not a database!");
	home_reopen(home);
	assert_true(home->report.was_set_aside);
	assert_int_equal(count_readings(home->store), 1); /* what can be read is kept */
	r = pressure(1);
	keep(home->store, &r);
	snprintf(pattern, sizeof pattern, "%s.damaged-*", home->path);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	int fd = open(found.gl_pathv[0], O_RDONLY | O_CLOEXEC);

	assert_int_equal(read(fd, head, 15), 15);
	assert_string_equal(head, "not a database!");
	close(fd);
	globfree(&found);
}

static void a_second_damaged_file_does_not_replace_the_first(void **state)
{
	struct home *home = *state;
	char pattern[140];
	glob_t found;

	for (int i = 0; i < 3; i++) {
		vk_store_closep(&home->store);
		damage(home->path, 0, "not a database!");
		home_reopen(home);
		assert_true(home->report.was_set_aside);
	}
	snprintf(pattern, sizeof pattern, "%s.damaged-*", home->path);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 3);
	globfree(&found);
}

/* Every commit is synced before it returns; the mode made to fail never syncs. */
static void syncs_are_as_told(void **state)
{
	struct home *home = *state;
	struct vk_reading r = pressure(0), s = pressure(1);

	bad_disk.syncs = 0;
	keep(home->store, &r);
	assert_true(bad_disk.syncs >= 1);
	vk_store_closep(&home->store);
	assert_int_equal(vk_store_open(home->path, true, &home->store, &home->report), 0);
	bad_disk.syncs = 0;
	keep(home->store, &s);
	assert_int_equal(bad_disk.syncs, 0);
}

/* What one reading costs the card, in groups of 100: log and checkpoints together. */
static void bytes_written_per_reading(void **state)
{
	enum { GROUPS = 50, GROUP = 100 };
	struct home *home = *state;

	bad_disk.bytes = 0;
	for (int i = 0; i < GROUPS * GROUP; i++) {
		struct vk_reading r = pressure(i);

		if (i % GROUP == 0)
			assert_int_equal(vk_store_begin(home->store), 0);
		keep(home->store, &r);
		if (i % GROUP == GROUP - 1)
			assert_int_equal(vk_store_commit(home->store), 0);
	}
	vk_store_closep(&home->store);
	print_message("%lld bytes written per reading\n",
		      (long long)(bad_disk.bytes / (GROUPS * GROUP)));
	assert_true(bad_disk.bytes / (GROUPS * GROUP) <= 6144);
}

/* The pages of a commit go to the log together: some thirty kilobytes in a call. */
static void a_commit_is_few_writes(void **state)
{
	enum { GROUP = 100, A_WRITE = 16 << 10 };
	struct home *home = *state;

	assert_int_equal(vk_store_begin(home->store), 0);
	for (int i = 0; i < GROUP; i++) {
		struct vk_reading r = pressure(i);

		keep(home->store, &r);
	}
	bad_disk.bytes = bad_disk.writes = 0;
	assert_int_equal(vk_store_commit(home->store), 0);
	print_message("%lld bytes in %lld writes\n", (long long)bad_disk.bytes,
		      (long long)bad_disk.writes);
	assert_true(bad_disk.bytes > A_WRITE);
	assert_true(bad_disk.writes <= 2 + bad_disk.bytes / A_WRITE);
}

/* More than the cache holds: what SQLite wrote early is read back before it is committed. */
static void a_large_group_is_read_back(void **state)
{
	enum { GROUP = 12000 };
	struct home *home = *state;
	char ids[2][VK_UUID_TEXT];

	assert_int_equal(vk_store_begin(home->store), 0);
	bad_disk.bytes = 0;
	for (int i = 0; i < GROUP; i++) {
		struct vk_reading r = pressure(i);

		keep(home->store, &r);
		(void)vk_copy(ids[i > 0], sizeof ids[0], r.id);
		assert_true(has(home->store, ids[0]));
	}
	assert_true(bad_disk.bytes > 0);
	assert_int_equal(count_readings(home->store), GROUP);
	assert_int_equal(vk_store_commit(home->store), 0);
	home_reopen(home);
	assert_int_equal(count_readings(home->store), GROUP);
	assert_true(has(home->store, ids[1]));
	vk_store_closep(&home->store);
	assert_int_equal(home_int(home, "SELECT count(*) FROM pragma_integrity_check"
					" WHERE integrity_check <> 'ok'"),
			 0);
}

#define IN_HOME(f) cmocka_unit_test_setup_teardown(f, bad_home_up, home_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(steps_from_nothing_and_only_once),
		IN_HOME(nobody_else_may_read_the_file),
		IN_HOME(a_newer_file_is_left_alone),
		IN_HOME(a_group_loses_only_the_bad_event),
		IN_HOME(misuse_is_refused),
		IN_HOME(killed_while_writing),
		IN_HOME(the_disk_is_read_only),
		IN_HOME(the_disk_fails),
		IN_HOME(the_disk_is_full),
		IN_HOME(the_reserve_is_freed_and_held_again),
		IN_HOME(a_lost_transaction_takes_nothing_more),
		IN_HOME(a_damaged_file_is_set_aside),
		IN_HOME(a_second_damaged_file_does_not_replace_the_first),
		IN_HOME(syncs_are_as_told),
		IN_HOME(bytes_written_per_reading),
		IN_HOME(a_commit_is_few_writes),
		IN_HOME(a_large_group_is_read_back),
	};

	return cmocka_run_group_tests_name("store faults", tests, NULL, NULL);
}
