/* SPDX-License-Identifier: Apache-2.0 */
/* The folder is made under $TMPDIR and removed with everything in it. */
#include "support.h"

#include <dirent.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const int64_t start_ms = INT64_C(1772600000000); /* 2026-03-04 */

const struct vk_zone utc_zone = {.name = "UTC"};

int home_up(void **state)
{
	const char *tmp = getenv("TMPDIR");
	struct home *home = calloc(1, sizeof *home);

	assert_non_null(home);
	snprintf(home->folder, sizeof home->folder, "%s/vaka-store-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(home->folder));
	snprintf(home->path, sizeof home->path, "%s/vaka.db", home->folder);
	assert_int_equal(vk_store_open(home->path, false, &home->store, &home->report), 0);
	*state = home;
	return 0;
}

int home_down(void **state)
{
	struct home *home = *state;
	struct dirent *entry;
	char path[sizeof home->folder + 260];

	vk_store_close(home->store);
	DIR *folder = opendir(home->folder);

	while (folder && (entry = readdir(folder))) {
		snprintf(path, sizeof path, "%s/%s", home->folder, entry->d_name);
		(void)unlink(path);
	}
	if (folder)
		closedir(folder);
	assert_int_equal(rmdir(home->folder), 0);
	free(home);
	return 0;
}

void home_reopen(struct home *home)
{
	vk_store_closep(&home->store);
	assert_int_equal(vk_store_open(home->path, false, &home->store, &home->report), 0);
}

void home_exec(const struct home *home, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open_v2(home->path, &db, SQLITE_OPEN_READWRITE, "unix"),
			 SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

int64_t home_int(const struct home *home, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;

	assert_int_equal(sqlite3_open_v2(home->path, &db, SQLITE_OPEN_READWRITE, "unix"),
			 SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	int64_t value = sqlite3_column_int64(stmt, 0);

	sqlite3_finalize(stmt);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return value;
}

static struct vk_reading base_reading(enum vk_kind kind, int64_t at_ms)
{
	struct vk_reading r = {
		.patient = "p-1042",
		.device = "C0FFEE000417",
		.decoded = vk_decoded_init(kind),
		.received_utc_ms = start_ms + at_ms,
		.received_mono_ms = start_ms + at_ms,
		.time_utc_ms = start_ms + at_ms,
		.is_live = true,
	};

	return r;
}

struct vk_reading weight_at(int64_t at_ms)
{
	struct vk_reading r = base_reading(VK_KIND_WEIGHT, at_ms);

	r.characteristic = 0x2a9d;
	r.raw_len = 3;
	memcpy(r.raw, "\x00\xb4\x3e", 3);
	vk_decoded_add(&r.decoded, VK_QUANTITY_WEIGHT, VK_UNIT_KG, VK_ABSENT_NONE,
		       (struct vk_decimal){80260, -3});
	return r;
}

struct vk_reading pressure(int number)
{
	struct vk_reading r = base_reading(VK_KIND_BLOOD_PRESSURE, number * 1000);

	r.characteristic = 0x2a35;
	r.raw_len = sizeof number;
	memcpy(r.raw, &number, sizeof number);
	r.decoded.time_state = VK_TIME_KNOWN;
	vk_civil_from_seconds(r.received_utc_ms / 1000, &r.decoded.device_time);
	vk_decoded_add(&r.decoded, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, VK_ABSENT_NONE,
		       (struct vk_decimal){124, 0});
	vk_decoded_add(&r.decoded, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, VK_ABSENT_NONE,
		       (struct vk_decimal){86, 0});
	vk_decoded_add(&r.decoded, VK_QUANTITY_MEAN_ARTERIAL, VK_UNIT_MMHG, VK_ABSENT_NOT_A_NUMBER,
		       (struct vk_decimal){0, 0});
	return r;
}

void keep(struct vk_store *store, struct vk_reading *r)
{
	assert_int_equal(vk_store_identify(store, r, &utc_zone, VK_CLOCK_SYNCED), 0);
	assert_int_equal(vk_store_put_reading(store, r), 0);
}

static int count_one(const struct vk_reading *r, int64_t stored_utc_ms, void *user)
{
	(void)r;
	(void)stored_utc_ms;
	++*(int *)user;
	return 0;
}

int count_readings(struct vk_store *store)
{
	const struct vk_reading_filter all = {NULL, NULL, -1, INT64_MIN, 1000000};
	int n = 0;

	assert_int_equal(vk_store_each_reading(store, &all, count_one, &n), 0);
	return n;
}
