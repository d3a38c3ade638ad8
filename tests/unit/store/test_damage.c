/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page of the file is damaged by hand, of each sort: the file is set aside as it is, what can be
 * read of it is in the new one, and what could not is told.
 */
#include "bad_disk.h"
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 2048, FRAME = 24 + PAGE, MANY = 400 };

static int64_t now(void)
{
	return (int64_t)time(NULL) * 1000;
}

/* No two payloads shrink to the same, and the same in each run. */
static uint8_t some_byte(uint32_t *state)
{
	*state = *state * 1664525 + 1013904223;
	return (uint8_t)(*state >> 24);
}

/* Readings with a message each, ten to a transaction; so many of them from this number on. */
static void fill(struct vk_store *store, int from, int n)
{
	char payload[600];
	uint32_t state = (uint32_t)from;

	for (int i = from; i < from + n; i++) {
		struct vk_reading r = pressure(i);
		struct vk_message m = {.topic = "reading/p/k", .payload = payload};

		if ((i - from) % 10 == 0)
			assert_int_equal(vk_store_begin(store), 0);
		keep(store, &r);
		for (size_t k = 0; k < sizeof payload; k++)
			payload[k] = (char)some_byte(&state);
		m.len = sizeof payload;
		(void)vk_copy(m.msg_id, sizeof m.msg_id, r.id);
		assert_int_equal(vk_store_put_message(store, &m, now()), 0);
		if ((i - from) % 10 == 9)
			assert_int_equal(vk_store_commit(store), 0);
	}
}

static int count_message(const struct vk_message *m, void *user)
{
	(void)m;
	++*(int *)user;
	return 0;
}

static int waiting(struct vk_store *store)
{
	int n = 0;

	assert_int_equal(vk_store_each_message(store, 0, false, 1000000, count_message, &n), 0);
	return n;
}

static void write_at(const char *path, off_t at, const void *bytes, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, bytes, len, at), (ssize_t)len);
	close(fd);
}

static void damage_page(const struct home *home, int64_t page)
{
	uint8_t bytes[PAGE];

	memset(bytes, 0xa5, sizeof bytes);
	write_at(home->path, (page - 1) * PAGE, bytes, sizeof bytes);
}

/* A page in the middle of a tree, by kind: "leaf" or "internal". */
static int64_t page_of(const struct home *home, const char *tree, const char *kind)
{
	char sql[300];

	(void)snprintf(
		sql, sizeof sql,
		"SELECT pageno FROM dbstat WHERE name = '%s' AND pagetype = '%s' ORDER BY path"
		" LIMIT 1 OFFSET (SELECT count(*) / 2 FROM dbstat WHERE name = '%s' AND"
		" pagetype = '%s')",
		tree, kind, tree, kind);
	return home_int(home, sql);
}

static int n_aside(const struct home *home)
{
	struct vk_store_health health;

	assert_int_equal(vk_store_health(home->store, &health), 0);
	return health.set_aside;
}

static void is_whole(struct home *home)
{
	int r;

	assert_int_equal(vk_store_set_int(home->store, "unclean", 1), 0);
	home_reopen(home);
	assert_false(home->report.was_set_aside);
	while ((r = vk_store_upkeep(home->store, now())) > 0)
		;
	assert_int_equal(r, 0);
}

/* Found by the check behind an unclean stop, and made whole. */
static struct vk_damage found_and_rebuilt(struct home *home)
{
	struct vk_damage damage;
	int r;

	home_reopen(home);
	assert_false(home->report.was_set_aside);
	while ((r = vk_store_upkeep(home->store, now())) > 0)
		;
	assert_int_equal(r, -EBADMSG);
	assert_true(vk_store_has_bad_page(home->store));
	assert_int_equal(vk_store_rebuild(home->store, &damage), 0);
	assert_int_equal(n_aside(home), 1);
	return damage;
}

static void close_filled(struct home *home)
{
	fill(home->store, 0, MANY);
	vk_store_closep(&home->store);
	home_exec(home, "UPDATE meta SET value = 1 WHERE key = 'unclean'");
}

static void a_leaf_of_the_readings(void **state)
{
	struct home *home = *state;

	close_filled(home);
	damage_page(home, page_of(home, "reading", "leaf"));
	struct vk_damage damage = found_and_rebuilt(home);

	assert_string_equal(damage.where, "page");
	assert_string_equal(damage.lost, "reading");
	assert_in_range(count_readings(home->store), MANY - 12, MANY - 1);
	assert_int_equal(waiting(home->store), MANY);
	fill(home->store, MANY, 10);
	is_whole(home);
}

/* No tree leads to its leaves any more. */
static void an_inner_page_of_the_readings(void **state)
{
	struct home *home = *state;

	close_filled(home);
	damage_page(home, page_of(home, "reading", "internal"));
	struct vk_damage damage = found_and_rebuilt(home);

	assert_string_equal(damage.lost, "reading");
	assert_int_equal(count_readings(home->store), MANY);
	is_whole(home);
}

static void three_leaves_of_the_readings(void **state)
{
	struct home *home = *state;

	close_filled(home);
	int64_t first = home_int(home, "SELECT pageno FROM dbstat WHERE name = 'reading' AND"
				       " pagetype = 'leaf' ORDER BY path LIMIT 1");
	int64_t last = home_int(home, "SELECT pageno FROM dbstat WHERE name = 'reading' AND"
				      " pagetype = 'leaf' ORDER BY path DESC LIMIT 1");

	damage_page(home, page_of(home, "reading", "leaf"));
	damage_page(home, first);
	damage_page(home, last);
	struct vk_damage damage = found_and_rebuilt(home);

	assert_string_equal(damage.lost, "reading");
	assert_in_range(count_readings(home->store), MANY - 36, MANY - 3);
	is_whole(home);
}

static void a_leaf_of_the_outbox(void **state)
{
	struct home *home = *state;

	close_filled(home);
	damage_page(home, page_of(home, "outbox", "leaf"));
	struct vk_damage damage = found_and_rebuilt(home);

	assert_string_equal(damage.lost, "outbox");
	assert_in_range(waiting(home->store), MANY - 6, MANY - 1);
	assert_int_equal(count_readings(home->store), MANY);
	assert_true(damage.has_gap);
	assert_in_range(damage.gap_from_utc_ms, now() - 60000, now());
	assert_in_range(damage.gap_to_utc_ms, damage.gap_from_utc_ms, now());
	is_whole(home);
}

static void an_index(struct home *home, const char *name)
{
	close_filled(home);
	damage_page(home, page_of(home, name, "leaf"));
	struct vk_damage damage = found_and_rebuilt(home);

	assert_string_equal(damage.lost, "");
	assert_int_equal(count_readings(home->store), MANY);
	assert_int_equal(waiting(home->store), MANY);
	is_whole(home);
}

static void the_index_of_the_series(void **state)
{
	an_index(*state, "reading_series");
}

static void the_index_of_the_ids(void **state)
{
	an_index(*state, "sqlite_autoindex_reading_1");
}

/* A table that is added later must be brought along, too. */
static void no_table_is_left_behind(void **state)
{
	struct home *home = *state;
	struct vk_damage damage;
	const char *const more = "INSERT INTO traffic(relay, day, sent, received, packets)"
				 " VALUES('mqtt', 1, 2, 3, 4)";
	int64_t n;

	close_filled(home);
	home_exec(home, more);
	n = home_int(home, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT"
			   " LIKE 'sqlite_%'");
	assert_int_equal(n, 16); /* as many as salvage.c has: add yours there */
	home_reopen(home);
	assert_int_equal(vk_store_rebuild(home->store, &damage), 0);
	vk_store_closep(&home->store);
	assert_int_equal(home_int(home, "SELECT sent FROM traffic"), 2);
}

static void the_settings(void **state)
{
	struct home *home = *state;
	struct vk_audit entry = {.domain = "hub", .actor = "hub", .action = "a", .result = "ok"};
	struct vk_message m = {.topic = "t", .msg_id = "one", .payload = "x", .len = 1};
	struct vk_alert a = {.serial = 7, .role = "r"};
	int64_t seq, next;
	char hash[65];

	assert_int_equal(vk_store_put_alert(home->store, &a), 0);
	assert_int_equal(vk_store_audit(home->store, &entry), 0);
	close_filled(home);
	damage_page(home, home_int(home, "SELECT rootpage FROM sqlite_schema WHERE name = 'meta'"));
	home_reopen(home);
	assert_true(home->report.was_set_aside);
	assert_non_null(strstr(home->report.damage.lost, "meta"));
	assert_int_equal(count_readings(home->store), MANY);
	/* Nothing that was given out is given out again. */
	assert_int_equal(vk_store_get_int(home->store, "next_alert", 0, &next), 0);
	assert_true(next > 1000000);
	assert_int_equal(vk_store_put_message(home->store, &m, now()), 0);
	assert_true(m.seq > MANY);
	assert_int_equal(vk_store_audit(home->store, &entry), 0);
	assert_int_equal(vk_store_audit_head(home->store, &seq, hash), 0);
	assert_int_equal(seq, 2);
	is_whole(home);
}

/* Also when it cannot be told from anything: what a card does to the block a file begins with. */
static void the_first_page(void **state)
{
	struct home *home = *state;

	close_filled(home);
	damage_page(home, 1);
	home_reopen(home);
	assert_true(home->report.was_set_aside);
	assert_string_equal(home->report.damage.where, "first page");
	assert_string_equal(home->report.damage.lost, "");
	assert_int_equal(count_readings(home->store), MANY);
	assert_int_equal(waiting(home->store), MANY);
	is_whole(home);
}

static void the_first_page_and_no_copy_of_it(void **state)
{
	struct home *home = *state;
	char name[120];

	close_filled(home);
	damage_page(home, 1);
	(void)snprintf(name, sizeof name, "%s.first", home->path);
	assert_int_equal(unlink(name), 0);
	home_reopen(home);
	assert_true(home->report.was_set_aside);
	assert_string_equal(home->report.damage.lost, "all");
	assert_int_equal(count_readings(home->store), MANY);
	assert_int_equal(waiting(home->store), 0);
	assert_int_equal(n_aside(home), 1);
	is_whole(home);
}

/* Nothing in it is a database: nothing is made up. */
static void a_file_of_anything(void **state)
{
	struct home *home = *state;
	struct vk_reading r = pressure(0);
	uint8_t bytes[PAGE];
	uint32_t seed = 1;

	fill(home->store, 0, 10);
	vk_store_closep(&home->store);
	for (int page = 0; page < 200; page++) {
		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = some_byte(&seed);
		bytes[0] = 0x0d; /* a leaf, by its first byte */
		bytes[3] = 0;
		write_at(home->path, page * PAGE, bytes, sizeof bytes);
	}
	home_reopen(home);
	assert_true(home->report.was_set_aside);
	assert_int_equal(count_readings(home->store), 0);
	keep(home->store, &r);
	is_whole(home);
}

static void copy(const char *from, const char *to)
{
	uint8_t bytes[PAGE];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n;

	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, bytes, sizeof bytes)) > 0)
		assert_int_equal(write(out, bytes, (size_t)n), n);
	assert_int_equal(n, 0);
	close(in);
	close(out);
}

static bool is_same(const char *one, const char *other)
{
	uint8_t a[PAGE], b[PAGE];
	int x = open(one, O_RDONLY | O_CLOEXEC), y = open(other, O_RDONLY | O_CLOEXEC);
	bool is_equal = x >= 0 && y >= 0;
	ssize_t n = 1;

	while (is_equal && n > 0) {
		n = read(x, a, sizeof a);
		is_equal = n >= 0 && read(y, b, sizeof b) == n &&
			   (n == 0 || memcmp(a, b, (size_t)n) == 0);
	}
	close(x);
	close(y);
	return is_equal;
}

struct path {
	char text[140];
};

static struct path beside(const struct home *home, const char *what)
{
	struct path p;

	(void)snprintf(p.text, sizeof p.text, "%s%s", home->path, what);
	return p;
}

/* Leaves file and log behind as a power cut does. */
static void cut(struct home *home)
{
	copy(home->path, beside(home, ".then").text);
	copy(beside(home, "-wal").text, beside(home, "-wal.then").text);
	vk_store_closep(&home->store);
	assert_int_equal(rename(beside(home, ".then").text, home->path), 0);
	assert_int_equal(rename(beside(home, "-wal.then").text, beside(home, "-wal").text), 0);
}

static off_t log_frames(const struct home *home)
{
	char name[120];
	uint8_t head[24], salts[8];
	off_t n = 0;

	(void)snprintf(name, sizeof name, "%s-wal", home->path);
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, salts, sizeof salts, 16), sizeof salts);
	while (pread(fd, head, sizeof head, 32 + n * FRAME) == sizeof head &&
	       memcmp(head + 8, salts, sizeof salts) == 0)
		n++;
	close(fd);
	return n;
}

static void damage_log(const struct home *home, off_t at)
{
	uint8_t bytes[100];
	char name[120];

	(void)snprintf(name, sizeof name, "%s-wal", home->path);
	memset(bytes, 0xa5, sizeof bytes);
	write_at(name, at, bytes, sizeof bytes);
}

static void a_frame_of_the_log(void **state)
{
	struct home *home = *state;

	fill(home->store, 0, MANY);
	cut(home);
	off_t n = log_frames(home);

	assert_true(n > 100);
	damage_log(home, 32 + n / 2 * FRAME + 500);
	home_reopen(home);
	assert_true(home->report.was_set_aside);
	assert_string_equal(home->report.damage.where, "log");
	/* At most what one page held: all that was committed behind it is there. */
	assert_in_range(count_readings(home->store), MANY - 12, MANY);
	assert_in_range(waiting(home->store), MANY - 12, MANY);
	assert_int_equal(n_aside(home), 1);
	is_whole(home);
}

static void the_head_of_the_log(void **state)
{
	struct home *home = *state;

	fill(home->store, 0, MANY);
	cut(home);
	damage_log(home, 0);
	home_reopen(home);
	assert_true(home->report.was_set_aside);
	assert_string_equal(home->report.damage.where, "log");
	assert_in_range(count_readings(home->store), MANY - 12, MANY);
	is_whole(home);
}

/* What the power cut short is no damage. */
static void an_unfinished_end_of_the_log(void **state)
{
	struct home *home = *state;

	fill(home->store, 0, MANY);
	cut(home);
	damage_log(home, 32 + (log_frames(home) - 2) * FRAME + 500);
	home_reopen(home);
	assert_false(home->report.was_set_aside);
	assert_int_equal(count_readings(home->store), MANY - 10);
	is_whole(home);
}

/* The power goes between the steps of a rebuilding: no step is lost, none is made twice. */
static void a_rebuilding_cut_short(void **state)
{
	struct home *home = *state;

	close_filled(home);
	copy(home->path, beside(home, ".rebuilt").text);
	copy(beside(home, ".first").text, beside(home, ".part").text);
	damage_page(home, 1);
	home_reopen(home);
	assert_int_equal(count_readings(home->store), MANY);
	assert_int_equal(n_aside(home), 1);
	vk_store_closep(&home->store);
	/* The damaged one was moved already. */
	assert_int_equal(rename(home->path, beside(home, ".rebuilt").text), 0);
	home_reopen(home);
	assert_int_equal(count_readings(home->store), MANY);
	assert_int_equal(n_aside(home), 1);
}

/* The file that was set aside is, byte for byte, the damaged one. */
static void what_is_set_aside_is_not_touched(void **state)
{
	struct home *home = *state;
	glob_t found;

	close_filled(home);
	damage_page(home, page_of(home, "reading", "leaf"));
	copy(home->path, beside(home, ".before").text);
	(void)found_and_rebuilt(home);
	assert_int_equal(glob(beside(home, ".damaged-*[0-9]").text, 0, NULL, &found), 0);
	assert_true(is_same(found.gl_pathv[0], beside(home, ".before").text));
	globfree(&found);
}

#define IN_HOME(f) cmocka_unit_test_setup_teardown(f, bad_home_up, home_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(a_leaf_of_the_readings),
		IN_HOME(an_inner_page_of_the_readings),
		IN_HOME(three_leaves_of_the_readings),
		IN_HOME(a_leaf_of_the_outbox),
		IN_HOME(the_index_of_the_series),
		IN_HOME(the_index_of_the_ids),
		IN_HOME(no_table_is_left_behind),
		IN_HOME(the_settings),
		IN_HOME(the_first_page),
		IN_HOME(the_first_page_and_no_copy_of_it),
		IN_HOME(a_file_of_anything),
		IN_HOME(a_frame_of_the_log),
		IN_HOME(the_head_of_the_log),
		IN_HOME(an_unfinished_end_of_the_log),
		IN_HOME(a_rebuilding_cut_short),
		IN_HOME(what_is_set_aside_is_not_touched),
	};

	return cmocka_run_group_tests_name("store damage", tests, NULL, NULL);
}
