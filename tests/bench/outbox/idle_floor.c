/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The least that can hold a TLS session open beside a database: libmosquitto and SQLite in one
 * process, its loop sleeping for a quarter of the keep-alive. Says "up" and stays.
 *
 * idle_floor STORE PORT CA CERT KEY
 */
#include <mosquitto.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEEP_ALIVE_S = 60 };

static void on_connect(struct mosquitto *client, void *user, int rc)
{
	(void)client;
	*(bool *)user = rc == 0;
	(void)puts("up");
	(void)fflush(stdout);
}

int main(int argc, char **argv)
{
	sqlite3 *db;
	bool is_up = false;

	if (argc != 6 || sqlite3_open(argv[1], &db) != SQLITE_OK ||
	    sqlite3_exec(db, "PRAGMA journal_mode=WAL; CREATE TABLE outbox(payload)", NULL, NULL,
			 NULL) != SQLITE_OK)
		return 1;
	mosquitto_lib_init();
	struct mosquitto *m = mosquitto_new("bench-idle", true, &is_up);

	mosquitto_connect_callback_set(m, on_connect);
	if (mosquitto_tls_set(m, argv[3], NULL, argv[4], argv[5], NULL) ||
	    mosquitto_connect(m, "localhost", atoi(argv[2]), KEEP_ALIVE_S))
		return 1;
	for (;;) {
		struct pollfd p = {.fd = mosquitto_socket(m), .events = POLLIN};

		if (mosquitto_want_write(m))
			p.events |= POLLOUT;
		int n = poll(&p, 1, KEEP_ALIVE_S * 1000 / 4);

		if (n > 0 && p.revents & POLLOUT && mosquitto_loop_write(m, 1))
			return 1;
		if (n > 0 && p.revents & POLLIN && mosquitto_loop_read(m, 1))
			return 1;
		if (mosquitto_loop_misc(m))
			return 1;
	}
}
