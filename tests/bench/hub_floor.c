/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The floor under the hub: the least that can be done with a reading, in one thread. The same rows
 * as the hub's (its own tables and indexes, values of a row that it wrote) go to SQLite in groups,
 * WAL and synchronous=FULL; each message is published over TLS after its commit, QoS 1; what the
 * broker acknowledged is deleted in the next group's transaction. No socket to a plugin, no
 * decoding, no rules, no FHIR. Prints one JSON object.
 *
 * hub_floor MODEL DATABASE PORT FOLDER COUNT WINDOW: MODEL is a database of the hub with a reading
 * and its message in it, FOLDER has ca.pem, hub.pem and hub.key. A group is what the window has
 * room for.
 */
#include <inttypes.h>
#include <mosquitto.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { COLUMNS_MAX = 40, MIDS = 65536, PATH = 512 };

/* One table: its insert, and which of its columns are different in each row. */
struct table {
	sqlite3_stmt *insert;
	int n;
	sqlite3_value *values[COLUMNS_MAX];
	int seq, id, time; /* parameters, 0: none */
};

struct load {
	sqlite3 *db;
	struct mosquitto *client;
	struct table reading, outbox;
	sqlite3_stmt *settle;
	const void *payload; /* of the message's size, whatever it says */
	int payload_len;
	int count, window, sent, acked, deleted;
	int *acks; /* numbers in order of their acknowledgement */
	int numbers[MIDS];
	bool is_up;
};

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "hub_floor: %s: %s\n", what, why);
	exit(1);
}

static void check(struct load *l, int rc, const char *what)
{
	if (rc != SQLITE_OK && rc != SQLITE_DONE && rc != SQLITE_ROW)
		fail(what, sqlite3_errmsg(l->db));
}

static void execute(struct load *l, const char *sql)
{
	check(l, sqlite3_exec(l->db, sql, NULL, NULL, NULL), sql);
}

static sqlite3_stmt *prepare(struct load *l, const char *sql)
{
	sqlite3_stmt *stmt;

	check(l, sqlite3_prepare_v2(l->db, sql, -1, &stmt, NULL), sql);
	return stmt;
}

/* ---- the hub's tables, and a row of each ---- */

static void copy_tables(struct load *l)
{
	sqlite3_stmt *stmt = prepare(l, "SELECT sql FROM model.sqlite_schema WHERE sql IS NOT NULL"
					" AND tbl_name IN ('reading', 'outbox')"
					" ORDER BY type DESC");
	char *sql[COLUMNS_MAX];
	int n = 0;

	for (; sqlite3_step(stmt) == SQLITE_ROW && n < COLUMNS_MAX; n++)
		sql[n] = strdup((const char *)sqlite3_column_text(stmt, 0));
	sqlite3_finalize(stmt);
	for (int i = 0; i < n; i++) {
		execute(l, sql[i]);
		free(sql[i]);
	}
}

static void note_column(struct table *t, const char *name, int at)
{
	if (strcmp(name, "seq") == 0)
		t->seq = at;
	if (strcmp(name, "id") == 0 || strcmp(name, "msg_id") == 0)
		t->id = at;
	if (strcmp(name, "time_utc_ms") == 0)
		t->time = at;
}

static void model_row(struct load *l, struct table *t, const char *name, const char *where)
{
	char sql[1024];
	sqlite3_stmt *row;

	(void)snprintf(sql, sizeof sql, "SELECT * FROM model.%s WHERE %s", name, where);
	row = prepare(l, sql);
	if (sqlite3_step(row) != SQLITE_ROW)
		fail(name, "the model has no row of it");
	t->n = sqlite3_column_count(row);
	int len = snprintf(sql, sizeof sql, "INSERT INTO main.%s VALUES(", name);

	for (int i = 0; i < t->n && i < COLUMNS_MAX; i++) {
		t->values[i] = sqlite3_value_dup(sqlite3_column_value(row, i));
		note_column(t, sqlite3_column_name(row, i), i + 1);
		len += snprintf(sql + len, sizeof sql - (size_t)len, i ? ",?" : "?");
		if (strcmp(sqlite3_column_name(row, i), "size") == 0)
			l->payload_len = sqlite3_value_int(t->values[i]);
	}
	(void)snprintf(sql + len, sizeof sql - (size_t)len, ")");
	sqlite3_finalize(row);
	t->insert = prepare(l, sql);
	for (int i = 0; i < t->n; i++)
		check(l, sqlite3_bind_value(t->insert, i + 1, t->values[i]), name);
}

static void open_database(struct load *l, const char *path, const char *model)
{
	char sql[PATH + 64];

	if (sqlite3_open(path, &l->db) != SQLITE_OK)
		fail(path, sqlite3_errmsg(l->db));
	execute(l,
		"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA locking_mode=EXCLUSIVE;"
		"PRAGMA secure_delete=FAST; PRAGMA wal_autocheckpoint=4000");
	(void)snprintf(sql, sizeof sql, "ATTACH '%s' AS model", model);
	execute(l, sql);
	copy_tables(l);
	model_row(l, &l->reading, "reading", "1");
	model_row(l, &l->outbox, "outbox", "topic LIKE 'reading/%'");
	l->payload = calloc(1, (size_t)l->payload_len);
	execute(l, "DETACH model");
	l->settle = prepare(l, "DELETE FROM outbox WHERE seq = ?");
}

/* ---- a group ---- */

/* An id as a hash has it: the same in each run, and nowhere near the one before. */
static void make_id(int number, uint8_t out[16])
{
	uint64_t x = (uint64_t)number + 1;

	for (int i = 0; i < 2; i++) {
		x += UINT64_C(0x9e3779b97f4a7c15);
		uint64_t z = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);

		z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
		z ^= z >> 31;
		memcpy(out + 8 * i, &z, 8);
	}
}

static void insert(struct load *l, struct table *t, int number, const void *id, int len)
{
	if (t->time)
		(void)sqlite3_bind_int64(t->insert, t->time,
					 sqlite3_value_int64(t->values[t->time - 1]) +
						 number * INT64_C(1000));
	(void)sqlite3_bind_int64(t->insert, t->seq, number + 1);
	if (len == 16)
		(void)sqlite3_bind_blob(t->insert, t->id, id, len, SQLITE_STATIC);
	else
		(void)sqlite3_bind_text(t->insert, t->id, id, len, SQLITE_STATIC);
	check(l, sqlite3_step(t->insert), "insert");
	check(l, sqlite3_reset(t->insert), "insert");
}

static void keep(struct load *l, int number)
{
	char text[40];
	uint8_t id[16];

	make_id(number, id);
	(void)snprintf(text, sizeof text, "00000000-0000-8000-8000-%012d", number);
	insert(l, &l->reading, number, id, sizeof id);
	insert(l, &l->outbox, number, text, (int)strlen(text));
}

static void forget(struct load *l)
{
	for (; l->deleted < l->acked; l->deleted++) {
		(void)sqlite3_bind_int64(l->settle, 1, l->acks[l->deleted] + 1);
		check(l, sqlite3_step(l->settle), "delete");
		check(l, sqlite3_reset(l->settle), "delete");
	}
}

static void publish(struct load *l, int number)
{
	static const char topic[] = "vaka/1/soder/hub-0417/reading/p-1042/weight";
	int mid;
	int rc = mosquitto_publish(l->client, &mid, topic, l->payload_len, l->payload, 1, false);

	if (rc != MOSQ_ERR_SUCCESS)
		fail("publish", mosquitto_strerror(rc));
	l->numbers[mid & (MIDS - 1)] = number;
}

static void group(struct load *l)
{
	int first = l->sent, room = l->window - (l->sent - l->acked);

	if (room > l->count - l->sent)
		room = l->count - l->sent;
	execute(l, "BEGIN IMMEDIATE");
	for (int i = 0; i < room; i++)
		keep(l, first + i);
	forget(l);
	execute(l, "COMMIT");
	for (int i = 0; i < room; i++)
		publish(l, first + i);
	l->sent += room;
}

static void run(struct load *l)
{
	while (l->deleted < l->count) {
		/* A quarter of the window at a time, or what is left. */
		bool is_worth_it = l->window - (l->sent - l->acked) >= l->window / 4;

		if ((l->sent < l->count && is_worth_it) || l->acked == l->count)
			group(l);
		if (l->acked < l->count && mosquitto_loop(l->client, 1000, 1) != MOSQ_ERR_SUCCESS)
			fail("broker", "the connection ended");
	}
}

/* ---- the broker ---- */

static void on_connect(struct mosquitto *client, void *user, int rc)
{
	(void)client;
	((struct load *)user)->is_up = rc == 0;
}

static void on_publish(struct mosquitto *client, void *user, int mid)
{
	struct load *l = user;

	(void)client;
	l->acks[l->acked++] = l->numbers[mid & (MIDS - 1)];
}

static void connect_to(struct load *l, int port, const char *folder)
{
	char ca[PATH], cert[PATH], key[PATH];

	(void)mosquitto_lib_init();
	(void)snprintf(ca, sizeof ca, "%s/ca.pem", folder);
	(void)snprintf(cert, sizeof cert, "%s/hub.pem", folder);
	(void)snprintf(key, sizeof key, "%s/hub.key", folder);
	l->client = mosquitto_new("hub-0417", true, l);
	mosquitto_int_option(l->client, MOSQ_OPT_TCP_NODELAY, 1);
	mosquitto_max_inflight_messages_set(l->client, (unsigned)l->window);
	mosquitto_connect_callback_set(l->client, on_connect);
	mosquitto_publish_callback_set(l->client, on_publish);
	if (mosquitto_tls_set(l->client, ca, NULL, cert, key, NULL) != MOSQ_ERR_SUCCESS ||
	    mosquitto_connect(l->client, "localhost", port, 60) != MOSQ_ERR_SUCCESS)
		fail("broker", "no connection");
	while (!l->is_up)
		if (mosquitto_loop(l->client, 1000, 1) != MOSQ_ERR_SUCCESS)
			fail("broker", "no CONNACK");
}

/* ---- figures ---- */

static double seconds(clockid_t clock)
{
	struct timespec t;

	(void)clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long long written(void)
{
	FILE *file = fopen("/proc/self/io", "re");
	char line[128];
	long long n = 0;

	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "write_bytes: %lld", &n) == 1)
			break;
	if (file)
		(void)fclose(file);
	return n;
}

int main(int argc, char **argv)
{
	static struct load l;

	if (argc != 7) {
		fprintf(stderr, "usage: hub_floor MODEL DATABASE PORT FOLDER COUNT WINDOW\n");
		return 2;
	}
	l.count = atoi(argv[5]);
	l.window = atoi(argv[6]);
	l.acks = calloc((size_t)l.count, sizeof *l.acks);
	open_database(&l, argv[2], argv[1]);
	connect_to(&l, atoi(argv[3]), argv[4]);
	double start = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	long long before = written();

	run(&l);
	printf("{\"seconds\":%.6f,\"cpu_us\":%.2f,\"written\":%.1f,\"payload\":%d}\n",
	       seconds(CLOCK_MONOTONIC) - start,
	       (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e6 / l.count,
	       (double)(written() - before) / l.count, l.payload_len);
	return 0;
}
