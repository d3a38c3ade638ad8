/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The physical floor: one thread, one table, nothing of a hub in it. A group of rows is committed
 * to a write-ahead log with synchronous=FULL, published at QoS 1 after its commit, and deleted with
 * the next group once the broker has acknowledged it. With `store` as "-" it is the floor of the
 * transport alone: nothing is written.
 *
 * floor STORE PORT COUNT WINDOW [CA CERT KEY]
 *
 * With FLOOR_KEPT in the environment it is a drain with the guarantees of the hub's: all rows are
 * stored before the connection is made, each is read from the table when its turn comes, and has
 * the properties of the contract (MQTT 5: content type, id, rev). Without it a message has none.
 */
#include <errno.h>
#include <inttypes.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "load.h"

enum { MIDS = 65536 };

struct floor {
	sqlite3 *db; /* NULL: transport alone */
	sqlite3_stmt *insert, *remove, *next;
	struct mosquitto *client;
	bool is_up, is_kept;
	int64_t count, window, submitted, settled, removed;
	int64_t *began_ns, *took_ns, *acknowledged;
	int64_t by_mid[MIDS];
};

static void die(const char *what)
{
	(void)fprintf(stderr, "floor: %s\n", what);
	exit(1);
}

static void exec(struct floor *f, const char *sql)
{
	char *error = NULL;

	if (sqlite3_exec(f->db, sql, NULL, NULL, &error) != SQLITE_OK)
		die(error);
}

static void step(sqlite3_stmt *s)
{
	if (sqlite3_step(s) != SQLITE_DONE)
		die("step");
	sqlite3_reset(s);
}

static void open_store(struct floor *f, const char *path)
{
	if (sqlite3_open(path, &f->db) != SQLITE_OK)
		die("open");
	exec(f, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
		"CREATE TABLE outbox(id INTEGER PRIMARY KEY, topic TEXT, payload BLOB)");
	sqlite3_prepare_v2(f->db, "INSERT INTO outbox VALUES(?, 'bench/obs', ?)", -1, &f->insert,
			   NULL);
	sqlite3_prepare_v2(f->db, "DELETE FROM outbox WHERE id = ?", -1, &f->remove, NULL);
	sqlite3_prepare_v2(f->db, "SELECT payload FROM outbox WHERE id >= ? ORDER BY id LIMIT ?",
			   -1, &f->next, NULL);
}

static void on_connect(struct mosquitto *client, void *user, int rc)
{
	(void)client;
	((struct floor *)user)->is_up = rc == 0;
}

static void on_publish(struct mosquitto *client, void *user, int mid)
{
	struct floor *f = user;
	int64_t number = f->by_mid[mid % MIDS];

	(void)client;
	f->took_ns[f->settled] = load_now_ns() - f->began_ns[number];
	f->acknowledged[f->settled++] = number;
}

static void turn(struct floor *f, int timeout_ms)
{
	int rc = mosquitto_loop(f->client, timeout_ms, 1);

	if (rc != MOSQ_ERR_SUCCESS)
		die(mosquitto_strerror(rc));
}

static void connect_broker(struct floor *f, int argc, char **argv)
{
	mosquitto_lib_init();
	f->client = mosquitto_new("bench-floor", true, f);
	if (!f->client)
		die("no memory");
	mosquitto_int_option(f->client, MOSQ_OPT_TCP_NODELAY, 1);
	if (f->is_kept)
		mosquitto_int_option(f->client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
	mosquitto_max_inflight_messages_set(f->client, (unsigned)f->window);
	mosquitto_connect_callback_set(f->client, on_connect);
	mosquitto_publish_callback_set(f->client, on_publish);
	if (argc > 7 && mosquitto_tls_set(f->client, argv[5], NULL, argv[6], argv[7], NULL))
		die("tls");
	if (mosquitto_connect(f->client, "localhost", atoi(argv[2]), 60))
		die("connect");
	while (!f->is_up)
		turn(f, 100);
}

/* One transaction: what is new, and what the broker has acknowledged since the last. */
static void commit(struct floor *f, int64_t n, char (*payloads)[LOAD_BYTES])
{
	if (f->db)
		exec(f, "BEGIN IMMEDIATE");
	for (int64_t i = 0; i < n; i++) {
		load_payload(payloads[i], f->submitted + i);
		f->began_ns[f->submitted + i] = load_now_ns();
		if (!f->db)
			continue;
		sqlite3_bind_int64(f->insert, 1, f->submitted + i);
		sqlite3_bind_blob(f->insert, 2, payloads[i], LOAD_BYTES, SQLITE_STATIC);
		step(f->insert);
	}
	for (; f->db && f->removed < f->settled; f->removed++) {
		sqlite3_bind_int64(f->remove, 1, f->acknowledged[f->removed]);
		step(f->remove);
	}
	if (f->db)
		exec(f, "COMMIT");
}

static int send_named(struct floor *f, int *ret_mid, const char *payload)
{
	mosquitto_property *properties = NULL;
	char id[32];
	int rc;

	(void)snprintf(id, sizeof id, "obs-%08" PRId64, f->submitted);
	mosquitto_property_add_string(&properties, MQTT_PROP_CONTENT_TYPE, "application/fhir+json");
	mosquitto_property_add_string_pair(&properties, MQTT_PROP_USER_PROPERTY, "id", id);
	mosquitto_property_add_string_pair(&properties, MQTT_PROP_USER_PROPERTY, "rev", "0");
	rc = mosquitto_publish_v5(f->client, ret_mid, "bench/obs", LOAD_BYTES, payload, 1, false,
				  properties);
	mosquitto_property_free_all(&properties);
	return rc;
}

static int send_bare(struct floor *f, int *ret_mid, const char *payload)
{
	return mosquitto_publish(f->client, ret_mid, "bench/obs", LOAD_BYTES, payload, 1, false);
}

static void publish(struct floor *f, int64_t n, char (*payloads)[LOAD_BYTES])
{
	for (int64_t i = 0; i < n; i++, f->submitted++) {
		int mid = 0;

		if ((f->is_kept ? send_named : send_bare)(f, &mid, payloads[i]))
			die("publish");
		f->by_mid[mid % MIDS] = f->submitted;
	}
}

static void fill(struct floor *f, char (*payloads)[LOAD_BYTES])
{
	for (int64_t n; f->submitted < f->count; f->submitted += n) {
		n = f->count - f->submitted;
		n = n < f->window ? n : f->window;
		commit(f, n, payloads);
	}
	f->submitted = 0;
}

static void read_rows(struct floor *f, int64_t n, char (*payloads)[LOAD_BYTES])
{
	sqlite3_bind_int64(f->next, 1, f->submitted);
	sqlite3_bind_int64(f->next, 2, n);
	for (int64_t i = 0; i < n; i++) {
		if (sqlite3_step(f->next) != SQLITE_ROW ||
		    sqlite3_column_bytes(f->next, 0) != LOAD_BYTES)
			die("row");
		memcpy(payloads[i], sqlite3_column_blob(f->next, 0), LOAD_BYTES);
	}
	sqlite3_reset(f->next);
}

/* Rows are fetched when a quarter of the window is free, and leave in groups. */
static void drain(struct floor *f, char (*payloads)[LOAD_BYTES])
{
	while (f->settled < f->count || f->removed < f->count) {
		int64_t room = f->window - (f->submitted - f->settled);
		int64_t left = f->count - f->submitted;
		int64_t n = room < left ? room : left;

		if (n >= f->window / 4 || n == left) {
			read_rows(f, n, payloads);
			publish(f, n, payloads);
		}
		if (f->settled - f->removed >= f->window / 4 || f->settled == f->count)
			commit(f, 0, payloads);
		if (f->settled < f->count)
			turn(f, 1000);
	}
}

static void run(struct floor *f, char (*payloads)[LOAD_BYTES])
{
	while (f->settled < f->count || (f->db && f->removed < f->count)) {
		int64_t room = f->window - (f->submitted - f->settled);
		int64_t left = f->count - f->submitted;
		int64_t n = room < left ? room : left;

		if (n > 0 || f->settled == f->count)
			commit(f, n, payloads);
		publish(f, n, payloads);
		if (f->settled < f->count)
			turn(f, f->submitted - f->settled >= f->window || left == n ? 1000 : 0);
	}
}

int main(int argc, char **argv)
{
	static struct floor f; /* too large for a stack */

	if (argc != 5 && argc != 8)
		return 2;
	f.count = atoll(argv[3]);
	f.window = atoll(argv[4]);
	f.began_ns = calloc((size_t)f.count, sizeof *f.began_ns);
	f.took_ns = calloc((size_t)f.count, sizeof *f.took_ns);
	f.acknowledged = calloc((size_t)f.count, sizeof *f.acknowledged);
	f.is_kept = getenv("FLOOR_KEPT") != NULL;
	char(*payloads)[LOAD_BYTES] = calloc((size_t)f.window, sizeof *payloads);

	if (strcmp(argv[1], "-") != 0)
		open_store(&f, argv[1]);
	if (f.is_kept)
		fill(&f, payloads);
	connect_broker(&f, argc, argv);

	int64_t began_ns = load_now_ns(), cpu_ns = load_cpu_ns(), written = load_written();

	(f.is_kept ? drain : run)(&f, payloads);
	double s = (double)(load_now_ns() - began_ns) / 1e9;

	printf("{\"rate\":%.0f,\"seconds\":%.4f,\"cpu_us\":%.2f,\"written\":%.0f",
	       (double)f.count / s, s, (double)(load_cpu_ns() - cpu_ns) / 1e3 / (double)f.count,
	       (double)(load_written() - written) / (double)f.count);
	load_print_times(f.took_ns, f.count);
	printf("}\n");
	return 0;
}
