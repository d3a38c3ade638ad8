/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shape of the file, as a list of steps that only grows: step n takes user_version n-1 to n.
 * A step that was released is never edited. Enums stand as their public texts, so that their
 * numbers may change. Times end in _ms; seq is the order of writing.
 */
#include "store/store_priv.h"

#include <errno.h>
#include <stdio.h>

static const char step_1[] =
	"CREATE TABLE meta("
	" key TEXT PRIMARY KEY, value ANY NOT NULL) STRICT, WITHOUT ROWID;"

	"CREATE TABLE reading("
	" seq INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, rev INTEGER NOT NULL,"
	" patient TEXT NOT NULL, device TEXT NOT NULL, kind TEXT NOT NULL,"
	" characteristic INTEGER NOT NULL, raw BLOB NOT NULL, decoded TEXT NOT NULL,"
	" received_utc_ms INTEGER NOT NULL, received_mono_ms INTEGER NOT NULL,"
	" time_utc_ms INTEGER NOT NULL, uncertainty_s INTEGER NOT NULL, time_reason TEXT NOT NULL,"
	" is_live INTEGER NOT NULL, is_retracted INTEGER NOT NULL, clock_offset_s INTEGER,"
	" capture INTEGER NOT NULL, repeats INTEGER NOT NULL DEFAULT 0,"
	" stored_utc_ms INTEGER NOT NULL) STRICT;"
	"CREATE INDEX reading_series ON reading(patient, kind, time_utc_ms);"
	"CREATE INDEX reading_capture ON reading(device, received_mono_ms) WHERE capture > 0;"

	/* Outlives the device's row and its readings: a number is never given twice. */
	"CREATE TABLE capture("
	" device TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;"

	"CREATE TABLE alert("
	" serial INTEGER PRIMARY KEY, rev INTEGER NOT NULL, patient TEXT NOT NULL,"
	" rule TEXT NOT NULL, plan_version INTEGER NOT NULL, class TEXT NOT NULL,"
	" priority TEXT NOT NULL, is_active INTEGER NOT NULL, state TEXT NOT NULL,"
	" is_open INTEGER NOT NULL, level INTEGER NOT NULL, role TEXT NOT NULL,"
	" reason TEXT NOT NULL, vals TEXT NOT NULL, readings TEXT NOT NULL,"
	" raised_utc_ms INTEGER NOT NULL, changed_utc_ms INTEGER NOT NULL,"
	" escalate_mono_ms INTEGER NOT NULL, by TEXT NOT NULL, outcome TEXT NOT NULL) STRICT;"
	"CREATE INDEX alert_open ON alert(serial) WHERE is_open = 1;"

	"CREATE TABLE check_(" /* CHECK is a word of SQL */
	" serial INTEGER PRIMARY KEY, rev INTEGER NOT NULL, patient TEXT NOT NULL,"
	" name TEXT NOT NULL, state TEXT NOT NULL, is_open INTEGER NOT NULL,"
	" attempt INTEGER NOT NULL, due_utc_ms INTEGER NOT NULL, changed_utc_ms INTEGER NOT NULL,"
	" deadline_mono_ms INTEGER NOT NULL, is_reminded INTEGER NOT NULL, by TEXT NOT NULL,"
	" outcome TEXT NOT NULL, reason TEXT NOT NULL) STRICT;"
	"CREATE INDEX check_open ON check_(serial) WHERE is_open = 1;"

	"CREATE TABLE memory("
	" patient TEXT NOT NULL, rule TEXT NOT NULL, ask_mono_ms INTEGER NOT NULL,"
	" ask_until_mono_ms INTEGER NOT NULL, ask_reading TEXT NOT NULL, days TEXT NOT NULL,"
	" n_clear INTEGER NOT NULL, clear_day INTEGER NOT NULL,"
	" PRIMARY KEY(patient, rule)) STRICT, WITHOUT ROWID;"

	"CREATE TABLE plan("
	" seq INTEGER PRIMARY KEY, patient TEXT NOT NULL, version INTEGER NOT NULL,"
	" bytes BLOB NOT NULL, key_id TEXT NOT NULL, signature BLOB NOT NULL,"
	" utc_ms INTEGER NOT NULL, UNIQUE(patient, version)) STRICT;"

	"CREATE TABLE notice("
	" patient TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, reason TEXT NOT NULL,"
	" until_utc_ms INTEGER NOT NULL, utc_ms INTEGER NOT NULL,"
	" PRIMARY KEY(patient, kind, id)) STRICT, WITHOUT ROWID;"

	"CREATE TABLE device("
	" id TEXT PRIMARY KEY, address TEXT NOT NULL, address_type INTEGER NOT NULL,"
	" name TEXT NOT NULL, manufacturer TEXT NOT NULL, model TEXT NOT NULL,"
	" serial TEXT NOT NULL, firmware TEXT NOT NULL, kind TEXT NOT NULL, patient TEXT NOT NULL,"
	" is_bonded INTEGER NOT NULL, is_authenticated INTEGER NOT NULL,"
	" battery_percent INTEGER NOT NULL, clock_offset_s INTEGER NOT NULL,"
	" heard_utc_ms INTEGER NOT NULL, reading_utc_ms INTEGER NOT NULL,"
	" last_sequence INTEGER NOT NULL, state TEXT NOT NULL) STRICT, WITHOUT ROWID;"
	/* Apart, because it is large and changes with the firmware only. */
	"CREATE TABLE device_attributes("
	" device TEXT PRIMARY KEY REFERENCES device(id) ON DELETE CASCADE,"
	" text TEXT NOT NULL) STRICT, WITHOUT ROWID;"

	"CREATE TABLE outbox("
	" seq INTEGER PRIMARY KEY, utc_ms INTEGER NOT NULL, patient TEXT NOT NULL,"
	" topic TEXT NOT NULL, content_type TEXT NOT NULL, msg_id TEXT NOT NULL,"
	" rev INTEGER NOT NULL, is_retained INTEGER NOT NULL, is_urgent INTEGER NOT NULL,"
	" expiry_s INTEGER NOT NULL, response_to TEXT NOT NULL, correlation BLOB NOT NULL,"
	" aside_code INTEGER, payload BLOB NOT NULL) STRICT;"
	"CREATE INDEX outbox_urgent ON outbox(seq) WHERE is_urgent = 1 AND aside_code IS NULL;"

	"CREATE TABLE answer("
	" seq INTEGER PRIMARY KEY, staff TEXT NOT NULL, cmd_id TEXT NOT NULL, json TEXT NOT NULL,"
	" utc_ms INTEGER NOT NULL, UNIQUE(staff, cmd_id)) STRICT;"

	"CREATE TABLE audit("
	" seq INTEGER PRIMARY KEY, utc_ms INTEGER NOT NULL, quality INTEGER NOT NULL,"
	" domain TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, patient TEXT NOT NULL,"
	" object TEXT NOT NULL, result TEXT NOT NULL, detail TEXT NOT NULL,"
	" hash BLOB NOT NULL) STRICT;";

/*
 * Entries of before keep form 1 and the hash they have: a chain is never written anew. The second
 * path's queue stands apart from the outbox, which the ordinary way to the staff alone empties.
 */
static const char step_2[] =
	"ALTER TABLE audit ADD COLUMN form INTEGER NOT NULL DEFAULT 1;"
	"ALTER TABLE audit ADD COLUMN mono_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE audit ADD COLUMN role TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE audit ADD COLUMN attempt INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE audit ADD COLUMN planned_utc_ms INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE audit ADD COLUMN outcome TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE audit ADD COLUMN consent TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE audit ADD COLUMN client TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE audit ADD COLUMN salt BLOB NOT NULL DEFAULT x'';"
	/* What was open before waits for no receipt any more: its ladder goes on. */
	"ALTER TABLE alert ADD COLUMN detail TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE alert ADD COLUMN count INTEGER NOT NULL DEFAULT 1;"
	"ALTER TABLE alert ADD COLUMN is_upper INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE alert ADD COLUMN told TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE alert ADD COLUMN second_path_mono_ms INTEGER NOT NULL"
	" DEFAULT 9223372036854775807;"
	"ALTER TABLE alert ADD COLUMN lamp_mono_ms INTEGER NOT NULL DEFAULT 9223372036854775807;"
	"ALTER TABLE alert ADD COLUMN is_lit INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE alert ADD COLUMN is_listed INTEGER NOT NULL DEFAULT 0;"
	"CREATE INDEX alert_ended ON alert(serial) WHERE is_open = 0 AND readings <> '';"
	"ALTER TABLE check_ ADD COLUMN has_looked_again INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE check_ ADD COLUMN has_retried INTEGER NOT NULL DEFAULT 0;"
	"CREATE TABLE second_path("
	" seq INTEGER PRIMARY KEY, utc_ms INTEGER NOT NULL, alert TEXT NOT NULL,"
	" rev INTEGER NOT NULL, patient TEXT NOT NULL, payload BLOB NOT NULL) STRICT;"
	/* Which of a device's user numbers is whose, and the code it gives that person's values
	   for. */
	"CREATE TABLE device_user("
	" device TEXT NOT NULL REFERENCES device(id) ON DELETE CASCADE, user INTEGER NOT NULL,"
	" patient TEXT NOT NULL, consent INTEGER NOT NULL,"
	" PRIMARY KEY(device, user)) STRICT, WITHOUT ROWID;"
	"ALTER TABLE reading ADD COLUMN whose TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE outbox ADD COLUMN size INTEGER NOT NULL DEFAULT 0;" /* unpacked; 0: as it is */
	/* A storm of one device must not be looked through value by value. */
	"DROP INDEX reading_capture;"
	"CREATE INDEX reading_capture ON reading(device, raw, received_mono_ms) WHERE capture > 0;"
	/* What the collector knows of a device: its model, how its clock was found, its own notes.
	 */
	"ALTER TABLE device ADD COLUMN model_id TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE device ADD COLUMN clock TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE device ADD COLUMN consent TEXT NOT NULL DEFAULT '';"
	"ALTER TABLE device ADD COLUMN memory TEXT NOT NULL DEFAULT '';"
	"CREATE TABLE traffic("
	" seq INTEGER PRIMARY KEY, relay TEXT NOT NULL, day INTEGER NOT NULL,"
	" sent INTEGER NOT NULL, received INTEGER NOT NULL, packets INTEGER NOT NULL,"
	" UNIQUE(relay, day)) STRICT;";

static const char *const steps[] = {step_1, step_2};

static int apply(struct vk_store *store, int version)
{
	char pragma[48];
	int r = vk_store_exec(store, "BEGIN IMMEDIATE");

	if (r)
		return r;
	(void)snprintf(pragma, sizeof pragma, "PRAGMA user_version=%d", version);
	r = vk_store_exec(store, steps[version - 1]);
	if (!r)
		r = vk_store_exec(store, pragma);
	if (!r)
		r = vk_store_exec(store, "COMMIT");
	if (r && !sqlite3_get_autocommit(store->db))
		(void)vk_store_exec(store, "ROLLBACK");
	return r;
}

bool vk_schema_is_current(int version)
{
	return version == (int)VK_ARRAY_LEN(steps);
}

int vk_schema_migrate(struct vk_store *store, int *ret_from)
{
	int64_t version;
	int r = vk_store_exec_int(store, "PRAGMA user_version", &version);

	*ret_from = (int)version;
	if (!r && version > (int64_t)VK_ARRAY_LEN(steps))
		return -EPROTO;
	while (!r && version < (int64_t)VK_ARRAY_LEN(steps))
		r = apply(store, (int)++version);
	return r;
}
