/* SPDX-License-Identifier: Apache-2.0 */
/* The outbox: order, lanes, settling, setting aside, and numbers that never come twice. */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int64_t put(struct vk_store *store, const char *payload, bool is_urgent)
{
	struct vk_message m = {.patient = "p-1042",
			       .topic = "reading/p-1042/weight",
			       .payload = payload,
			       .len = strlen(payload),
			       .content_type = "application/fhir+json",
			       .msg_id = "0aa00000-0000-8000-8000-000000000001",
			       .is_urgent = is_urgent};

	assert_int_equal(vk_store_put_message(store, &m, 1000), 0);
	return m.seq;
}

struct sent {
	int64_t last;
	char text[4000];
};

static int add(const struct vk_message *m, void *user)
{
	struct sent *sent = user;

	assert_true(m->seq > sent->last);
	sent->last = m->seq;
	assert_int_equal(m->is_damaged, m->payload == NULL);
	strncat(sent->text, m->is_damaged ? "?" : m->payload, m->is_damaged ? 1 : m->len);
	return 0;
}

static const char *lane(struct vk_store *store, int64_t after, bool urgent, int limit)
{
	static struct sent sent;

	sent = (struct sent){.last = after};
	assert_int_equal(vk_store_each_message(store, after, urgent, limit, add, &sent), 0);
	return sent.text;
}

static void each_lane_in_order(void **state)
{
	struct home *home = *state;
	int64_t first = put(home->store, "a", false);

	put(home->store, "b", false);
	put(home->store, "X", true);
	put(home->store, "c", false);
	put(home->store, "Y", true);
	assert_string_equal(lane(home->store, 0, true, 10), "XY");
	assert_string_equal(lane(home->store, 0, false, 10), "abc");
	assert_string_equal(lane(home->store, first, false, 1), "b");
}

/* Commit, then confirm: what may yet be undone is handed to nobody. */
static void what_is_not_committed_is_nobodys(void **state)
{
	struct home *home = *state;
	int64_t first = put(home->store, "a", false);

	put(home->store, "X", true);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(vk_store_begin(home->store), 0);
		assert_string_equal(lane(home->store, 0, false, 10), "a");
		put(home->store, "b", false);
		put(home->store, "Y", true);
		assert_string_equal(lane(home->store, 0, false, 10), "a");
		assert_string_equal(lane(home->store, 0, true, 10), "X");
		assert_string_equal(lane(home->store, first, false, 10), "");
		if (i == 0)
			vk_store_rollback(home->store);
	}
	assert_int_equal(vk_store_commit(home->store), 0);
	assert_string_equal(lane(home->store, 0, false, 10), "ab");
	home_reopen(home);
	assert_int_equal(vk_store_begin(home->store), 0);
	assert_string_equal(lane(home->store, 0, true, 10), "XY");
	put(home->store, "Z", true);
	assert_string_equal(lane(home->store, 0, true, 10), "XY");
	assert_int_equal(vk_store_commit(home->store), 0);
	assert_string_equal(lane(home->store, 0, true, 10), "XYZ");
}

static int copy(const struct vk_message *m, void *user)
{
	*(struct vk_message *)user = *m;
	assert_int_equal(m->len, 0);
	return 0;
}

static void every_field_comes_back(void **state)
{
	struct home *home = *state;
	struct vk_message m, back;

	memset(&m, 0, sizeof m);
	strcpy(m.patient, "p-1042");
	strcpy(m.topic, "alert/p-1042/a1");
	strcpy(m.content_type, "application/json");
	strcpy(m.msg_id, "a1");
	m.rev = 3;
	m.is_retained = true;
	m.is_urgent = true;
	m.expiry_s = 3600;
	strcpy(m.response_to, "vaka/1/soder/hub-0417/reply/n-17/x");
	memset(m.correlation, 0xc5, sizeof m.correlation);
	m.correlation_len = sizeof m.correlation;
	assert_int_equal(vk_store_put_message(home->store, &m, 1000), 0);
	assert_int_equal(vk_store_each_message(home->store, 0, true, 1, copy, &back), 0);
	assert_int_equal(back.seq, m.seq);
	assert_string_equal(back.patient, m.patient);
	assert_string_equal(back.topic, m.topic);
	assert_string_equal(back.content_type, m.content_type);
	assert_string_equal(back.msg_id, m.msg_id);
	assert_int_equal(back.rev, 3);
	assert_true(back.is_retained && back.is_urgent);
	assert_int_equal(back.expiry_s, 3600);
	assert_string_equal(back.response_to, m.response_to);
	assert_int_equal(back.correlation_len, sizeof m.correlation);
	assert_memory_equal(back.correlation, m.correlation, sizeof m.correlation);
}

static struct vk_outbox_stats stats(struct vk_store *store)
{
	struct vk_outbox_stats s;

	assert_int_equal(vk_store_outbox_stats(store, &s), 0);
	return s;
}

static void settled_rows_leave(void **state)
{
	struct home *home = *state;
	int64_t a = put(home->store, "aaa", false);

	put(home->store, "bb", false);
	assert_int_equal(stats(home->store).depth, 2);
	assert_int_equal(stats(home->store).bytes, 5);
	assert_int_equal(vk_store_settle(home->store, &a, 1), 0);
	assert_int_equal(vk_store_settle(home->store, &a, 1), 0); /* said twice */
	assert_string_equal(lane(home->store, 0, false, 10), "bb");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(stats(home->store).depth, 1);
		assert_int_equal(stats(home->store).bytes, 2);
		assert_int_equal(stats(home->store).oldest_utc_ms, 1000);
		home_reopen(home); /* counted anew: the same */
	}
}

static void many_are_settled_in_one_go(void **state)
{
	struct home *home = *state;
	int64_t seqs[7], last;

	for (size_t i = 0; i < VK_ARRAY_LEN(seqs); i++)
		seqs[i] = put(home->store, "aaa", i == 2);
	assert_int_equal(vk_store_set_aside(home->store, seqs[3], 0x95), 0);
	last = put(home->store, "bb", false);
	/* A run, one that left before, one that is not among them, two in the wrong order. */
	assert_int_equal(vk_store_settle(home->store, &seqs[1], 1), 0);
	assert_int_equal(
		vk_store_settle(home->store,
				(int64_t[]){seqs[0], seqs[1], seqs[2], seqs[3], last, seqs[5]}, 6),
		0);
	for (int i = 0; i < 2; i++) {
		assert_string_equal(lane(home->store, 0, false, 10), "aaaaaa");
		assert_int_equal(stats(home->store).depth, 2);
		assert_int_equal(stats(home->store).bytes, 6);
		assert_int_equal(stats(home->store).set_aside, 0);
		home_reopen(home);
	}
}

/* Packed in the file, and not to be seen from outside; a row that cannot be unpacked is damage. */
static void a_long_text_is_packed(void **state)
{
	struct home *home = *state;
	char text[3000];

	for (size_t i = 0; i < sizeof text - 1; i++)
		text[i] = "say it again "[i % 13];
	text[sizeof text - 1] = '\0';
	put(home->store, text, false);
	put(home->store, "short", false);
	assert_in_range(stats(home->store).bytes, 1, 300);
	for (int i = 0; i < 2; i++) {
		char all[sizeof text + 5];

		(void)snprintf(all, sizeof all, "%sshort", text);
		assert_string_equal(lane(home->store, 0, false, 10), all);
		home_reopen(home);
	}
	vk_store_closep(&home->store);
	home_exec(home, "UPDATE outbox SET size = size + 1 WHERE size > 0");
	assert_int_equal(vk_store_open(home->path, false, &home->store, &home->report), 0);
	assert_string_equal(lane(home->store, 0, false, 10), "?short");
}

/* Long and short, alike and not, what packs well and what does not at all. */
static void fill(char *text, size_t len, unsigned row)
{
	uint32_t x = row * 2654435761u + 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 1664525u + 1013904223u;
		text[i] = row % 3 == 0 ? (char)(x >> 24) : "0123456789abcdef"[(i + row) % 16];
	}
}

struct expected {
	unsigned row;
};

static int is_as_filled(const struct vk_message *m, void *user)
{
	struct expected *e = user;
	char text[4000];
	size_t len = 200 + e->row * 97 % 3700;

	fill(text, len, e->row++);
	assert_false(m->is_damaged);
	assert_int_equal(m->len, len);
	assert_memory_equal(m->payload, text, len);
	return 0;
}

/* The packer is one and keeps its table: nothing of a row is needed to read another. */
static void each_row_is_packed_by_itself(void **state)
{
	enum { ROWS = 600 };
	struct home *home = *state;
	struct expected e = {0};
	int64_t sum = 0;
	char text[4000];

	assert_int_equal(vk_store_begin(home->store), 0);
	for (unsigned row = 0; row < ROWS; row++) {
		struct vk_message m = {.payload = text, .len = 200 + row * 97 % 3700};

		fill(text, m.len, row);
		sum += (int64_t)m.len;
		assert_int_equal(vk_store_put_message(home->store, &m, 1000), 0);
		if (row != ROWS / 2)
			continue;
		assert_int_equal(vk_store_commit(home->store), 0);
		vk_store_rest(home->store);
		assert_int_equal(vk_store_begin(home->store), 0);
	}
	assert_int_equal(vk_store_commit(home->store), 0);
	assert_true(stats(home->store).bytes < sum / 2);
	home_reopen(home);
	assert_int_equal(vk_store_each_message(home->store, 0, false, 2 * ROWS, is_as_filled, &e),
			 0);
	assert_int_equal(e.row, ROWS);
}

static void poison_is_kept_apart(void **state)
{
	struct home *home = *state;
	int64_t poison = put(home->store, "poison", true);

	put(home->store, "next", true);
	assert_int_equal(vk_store_set_aside(home->store, poison, 0x95), 0);
	assert_int_equal(vk_store_set_aside(home->store, 999999, 0x95), -ENOENT);
	assert_string_equal(lane(home->store, 0, true, 10), "next");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(stats(home->store).depth, 1);
		assert_int_equal(stats(home->store).bytes, 4);
		assert_int_equal(stats(home->store).set_aside, 1);
		home_reopen(home);
	}
	assert_int_equal(vk_store_settle(home->store, &poison, 1), 0);
	assert_int_equal(stats(home->store).set_aside, 0);
}

static void numbers_never_come_twice(void **state)
{
	struct home *home = *state;
	int64_t a = put(home->store, "a", false);

	assert_int_equal(vk_store_settle(home->store, &a, 1), 0);
	home_reopen(home);
	int64_t b = put(home->store, "b", false);

	assert_true(b > a);
	/* The reservation itself may be rolled back. */
	home_reopen(home);
	assert_int_equal(vk_store_begin(home->store), 0);
	assert_true(put(home->store, "undone", false) > b);
	vk_store_rollback(home->store);
	int64_t c = put(home->store, "c", false);

	assert_true(c > b);
	home_reopen(home);
	for (int i = 0; i < 2500; i++)
		assert_true(put(home->store, "", false) > c);
}

static void stats_follow_what_is_undone(void **state)
{
	struct home *home = *state;

	put(home->store, "kept", false);
	assert_int_equal(vk_store_begin(home->store), 0);
	put(home->store, "in the group", false);
	assert_int_equal(vk_store_savepoint(home->store), 0);
	put(home->store, "bad event", false);
	vk_store_rollback_savepoint(home->store);
	assert_int_equal(stats(home->store).depth, 2);
	vk_store_rollback(home->store);
	assert_int_equal(stats(home->store).depth, 1);
	assert_int_equal(stats(home->store).bytes, 4);
	home_reopen(home);
	assert_int_equal(stats(home->store).depth, 1);
}

static int settle_it(const struct vk_message *m, void *user)
{
	return vk_store_settle(user, &m->seq, 1);
}

/* A pump may settle what it is being given. */
static void settling_while_reading(void **state)
{
	struct home *home = *state;

	for (int i = 0; i < 50; i++)
		put(home->store, "x", false);
	assert_int_equal(vk_store_each_message(home->store, 0, false, 100, settle_it, home->store),
			 0);
	assert_int_equal(stats(home->store).depth, 0);
	assert_int_equal(stats(home->store).oldest_utc_ms, 0);
}

#define IN_HOME(f) cmocka_unit_test_setup_teardown(f, home_up, home_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(each_lane_in_order),           IN_HOME(what_is_not_committed_is_nobodys),
		IN_HOME(every_field_comes_back),       IN_HOME(settled_rows_leave),
		IN_HOME(many_are_settled_in_one_go),   IN_HOME(a_long_text_is_packed),
		IN_HOME(each_row_is_packed_by_itself), IN_HOME(poison_is_kept_apart),
		IN_HOME(numbers_never_come_twice),     IN_HOME(stats_follow_what_is_undone),
		IN_HOME(settling_while_reading),
	};

	return cmocka_run_group_tests_name("store outbox", tests, NULL, NULL);
}
