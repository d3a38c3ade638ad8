/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the hub keeps: readings, outbox, alerts, checks, plans, devices, answers and the audit
 * chain, in one SQLite file (WAL, synchronous=FULL, STRICT tables, forward migrations by
 * user_version).
 *
 * Synchronous and single-threaded: one thread (the engine) opens and uses it. Writers return 0 or a
 * negative errno (-EROFS, -ENOSPC, -EIO, -EBUSY …); after a failure inside a savepoint the caller
 * rolls back to it. All pointers are borrowed for the call; rows handed to callbacks live until the
 * callback returns.
 */
#ifndef VAKA_STORE_STORE_H
#define VAKA_STORE_STORE_H

#include "core/core.h"
#include "core/whose.h"

struct vk_store;

/* What was damaged, and what became of it. */
struct vk_damage {
	char where[24]; /* "log", "first page", "page" */
	char lost[160]; /* tables of which not all could be read, with spaces; "" none, "all" */
	int64_t n_kept; /* rows that could */
	bool has_gap;   /* messages are lost that were put into the outbox between … */
	int64_t gap_from_utc_ms, gap_to_utc_ms; /* 0 and INT64_MAX: as far as it goes */
};

/* What starting found. */
struct vk_store_report {
	bool was_created;
	bool was_set_aside; /* a damaged file was moved to <path>.damaged-<utc s>, never removed;
			       what could be read of it is in the new one */
	struct vk_damage damage; /* … then */
	bool was_unclean;        /* last stop was no clean close: the integrity check is due */
	int from_version;        /* schema before migration */
	int refusal;             /* why nothing can be written for now, 0: it can */
	bool is_stand_in; /* the file could not even be read: an empty one in memory serves */
};

/*
 * Opens or creates, migrates, recovers. synchronous_off is for the test that must fail (issue 1 f).
 * A medium that takes no write (full, read-only, worn) is opened all the same, for reading, or by
 * an empty stand-in in memory: report.refusal says why. Each vk_store_begin() then tries the file
 * again, and fails with the reason until it can be written. 0; -ENOMEM; -EPROTO: written by a newer
 * version than this one; -ESTALE from vk_store_begin(): a stand-in's file is there again, whose
 * state is another than the caller's.
 */
int vk_store_open(const char *path, bool synchronous_off, struct vk_store **ret_store,
		  struct vk_store_report *ret_report);
void vk_store_close(struct vk_store *store); /* clean close; NULL is fine */
void vk_store_closep(struct vk_store **store);

/*
 * A page of the file cannot be read: the file is moved aside as it is, never written over, and what
 * can be read of it makes a new one, with what the lost rows may have given out beyond reach. Takes
 * as long as copying does. Outside a transaction; the caller's rows must be read again. 0; or why
 * there is no new file, and then the old one serves on.
 */
int vk_store_rebuild(struct vk_store *store, struct vk_damage *ret_damage);
/* An -EBADMSG since the last rebuilding came from a page, and not from what one row holds. */
bool vk_store_has_bad_page(const struct vk_store *store);

/* One transaction at a time; one level of savepoints inside, one per event. */
int vk_store_begin(struct vk_store *store);
int vk_store_commit(struct vk_store *store);
void vk_store_rollback(struct vk_store *store); /* also after a failed commit; no-op outside */
int vk_store_savepoint(struct vk_store *store);
int vk_store_release(struct vk_store *store);
void vk_store_rollback_savepoint(struct vk_store *store);

/* Small settings of the hub itself: time floor, serials, monotonic base, last boot. */
int vk_store_get_int(struct vk_store *store, const char *key, int64_t fallback, int64_t *ret_value);
int vk_store_set_int(struct vk_store *store, const char *key, int64_t value);

/* ---- readings ---- */

/* 1: these bytes of this device and characteristic came within 60 s of r->received_mono_ms. */
int vk_store_has_bytes(struct vk_store *store, const struct vk_reading *r);

/*
 * Completes r->id (and r->capture where it anchors) from its bytes: SHA-256 over the core's
 * identity bytes. Writes nothing, so that it serves while the disk does not; put_reading keeps the
 * capture number. 0: new. VK_STORE_REPEAT: the store has it (tell vk_store_count_repeat); r->id,
 * r->rev and r->capture are the stored ones. Equal bytes with neither sequence nor possible time
 * within 60 s of the hub's monotonic line are one reading.
 */
enum { VK_STORE_REPEAT = 1 };
int vk_store_identify(struct vk_store *store, struct vk_reading *r, const struct vk_zone *zone,
		      enum vk_clock_quality quality);
int vk_store_count_repeat(struct vk_store *store, const char *id);
/* Inserts, or replaces the row of the same id when r->rev is higher; else VK_STORE_REPEAT and
 * nothing changes. */
int vk_store_put_reading(struct vk_store *store, const struct vk_reading *r);
/* 0 or -ENOENT. */
int vk_store_get_reading(struct vk_store *store, const char *id, struct vk_reading *ret_r);

typedef int (*vk_reading_fn)(const struct vk_reading *r, int64_t stored_utc_ms, void *user);
struct vk_reading_filter {
	const char *patient; /* NULL: all; "": unassigned */
	const char *device;  /* NULL: all */
	int kind;            /* -1: all */
	int64_t since_utc_ms;
	int limit; /* newest first, at most this many */
};
int vk_store_each_reading(struct vk_store *store, const struct vk_reading_filter *filter,
			  vk_reading_fn fn, void *user);
/* The number of the row that was written last; 0: none. 0, or an errno. */
int vk_store_last_reading(struct vk_store *store, int64_t *ret_seq);
/* The first ones written after row seq that are placed for this reason, oldest row first. */
int vk_store_each_placed(struct vk_store *store, enum vk_time_reason reason, int64_t seq, int limit,
			 vk_reading_fn fn, void *user);
/* Readings that were stored between two moments, the newest so many of them, in order. */
int vk_store_each_stored(struct vk_store *store, int64_t from_utc_ms, int64_t to_utc_ms, int limit,
			 vk_reading_fn fn, void *user);

/* ---- what the core keeps ---- */

int vk_store_put_alert(struct vk_store *store, const struct vk_alert *alert);
int vk_store_put_check(struct vk_store *store, const struct vk_check *check);
/* In a transaction: the last one of a rule is written with its commit. */
int vk_store_put_memory(struct vk_store *store, const struct vk_rule_memory *memory);

/* Each open alert and check, each memory: for recovery and for state/get. fn < 0 stops. */
typedef int (*vk_alert_fn)(const struct vk_alert *alert, void *user);
typedef int (*vk_check_fn)(const struct vk_check *check, void *user);
typedef int (*vk_memory_fn)(const struct vk_rule_memory *memory, void *user);
int vk_store_each_alert(struct vk_store *store, bool open_only, int limit, vk_alert_fn fn,
			void *user);
/* The latest closed ones that rested on readings: a correction may still concern them. */
int vk_store_each_ended_alert(struct vk_store *store, int limit, vk_alert_fn fn, void *user);
int vk_store_each_check(struct vk_store *store, bool open_only, int limit, vk_check_fn fn,
			void *user);
int vk_store_each_memory(struct vk_store *store, vk_memory_fn fn, void *user);

/* ---- plans ---- */

struct vk_plan_row {
	char patient[VK_ID_TEXT];
	int32_t version;
	const void *bytes; /* exactly what was signed */
	size_t len;
	char key_id[VK_ID_TEXT]; /* staff id of the signer, "" unsigned */
	uint8_t signature[64];
};
typedef int (*vk_plan_fn)(const struct vk_plan_row *row, void *user);
int vk_store_put_plan(struct vk_store *store, const struct vk_plan_row *row, int64_t utc_ms);
int vk_store_each_plan(struct vk_store *store, vk_plan_fn fn, void *user); /* in force, one each */

/* ---- devices: who is bonded, whose it is, and what its collector must remember ---- */

enum { VK_DEVICE_BLOB_MAX = 4096, VK_NO_CONSENT = -1 };

/* One user number of a device: whose it is, and the code under which the device gives its values.
 */
struct vk_device_user {
	int32_t user;    /* 0 to 254 */
	int32_t consent; /* 0 to 9999, VK_NO_CONSENT: none known */
	char patient[VK_ID_TEXT];
};
struct vk_device {
	char id[VK_ID_TEXT];   /* identity address, 12 upper-case hex digits */
	char address[18];      /* "AA:BB:CC:DD:EE:FF" */
	int32_t address_type;  /* 1 LE public, 2 LE random */
	char name[VK_ID_TEXT]; /* advertised name, as text with foreign bytes replaced */
	char manufacturer[VK_ID_TEXT], model[VK_ID_TEXT], serial[VK_ID_TEXT], firmware[VK_ID_TEXT];
	char kind[VK_ID_TEXT];    /* "scale", "cuff", "oximeter", "meter" or "" */
	char patient[VK_ID_TEXT]; /* "" unassigned */
	bool is_bonded, is_authenticated;
	int32_t battery_percent; /* -1 unknown */
	int64_t clock_offset_s;  /* last measured, hub minus device; INT64_MIN unknown */
	int64_t heard_utc_ms, reading_utc_ms; /* 0 never */
	int32_t last_sequence;                /* highest record fetched and committed, -1 none */
	char state[VK_ID_TEXT];               /* "ok", "bond-lost", "foreign-owner", … */
	int n_users;                          /* by number; written by vk_store_put_device_user() */
	struct vk_device_user users[VK_MAX_CLAIMS];
	char model_id[VK_ID_TEXT]; /* of devices.d, "" none fits */
	char clock[16];            /* "ok", "off", "summer-time", "factory", "unset", "" not read */
	char consent[16];          /* "given", "refused", "" not asked */
	char memory[256];          /* the collector's own text, opaque here, as attributes */
	char attributes[VK_DEVICE_BLOB_MAX]; /* the collector's handle map, its own text, opaque
						here */
};
typedef int (*vk_device_fn)(const struct vk_device *device, void *user);
int vk_store_put_device(struct vk_store *store, const struct vk_device *device);
int vk_store_get_device(struct vk_store *store, const char *id, struct vk_device *ret_device);
/* The same without a copy: borrowed until the store is asked or told about a device again. */
int vk_store_find_device(struct vk_store *store, const char *id,
			 const struct vk_device **ret_device);
/*
 * A reading came from it; clock_offset_s is NULL where it was not measured. Its row is written with
 * the transaction's last such word. 0, -ENOENT without the device.
 */
int vk_store_hear_device(struct vk_store *store, const char *id, int64_t utc_ms,
			 const int64_t *clock_offset_s);
/*
 * Says whose a user number is; patient "" takes that back, user VK_USER_ANY all of the device's.
 * -ENOSPC beyond VK_MAX_CLAIMS, -ENOENT without the device.
 */
int vk_store_put_device_user(struct vk_store *store, const char *device,
			     const struct vk_device_user *user);
int vk_store_remove_device(struct vk_store *store, const char *id);
int vk_store_each_device(struct vk_store *store, vk_device_fn fn, void *user);

/* ---- outbox ---- */

struct vk_message {
	int64_t seq; /* order of sending; set by put */
	char patient[VK_ID_TEXT];
	char topic[200]; /* below the base: "alert/p-1042/a1" */
	const void *payload;
	size_t len; /* 0 is the empty retained message */
	char content_type[48];
	char msg_id[VK_ID_TEXT];
	int32_t rev;
	bool is_retained;
	bool is_urgent;        /* a high alert: overtakes */
	bool is_damaged;       /* read, and cannot be unpacked: without payload, to be set aside */
	int32_t expiry_s;      /* 0: none */
	char response_to[200]; /* reply topic when this answers a command, else "" */
	uint8_t correlation[64];
	uint8_t correlation_len;
};
/* Sets message->seq. */
int vk_store_put_message(struct vk_store *store, struct vk_message *message, int64_t utc_ms);
typedef int (*vk_message_fn)(const struct vk_message *message, void *user);
/*
 * Unsettled messages with seq above after_seq, by seq, at most limit: only the urgent ones, or only
 * the others. The pump asks for the urgent ones first. Those of a transaction that is not committed
 * yet are nobody's, also when asked for in its middle.
 */
int vk_store_each_message(struct vk_store *store, int64_t after_seq, bool urgent, int limit,
			  vk_message_fn fn, void *user);
/* One of them, if it is there still. */
int vk_store_get_message(struct vk_store *store, int64_t seq, vk_message_fn fn, void *user);
/* Settled by the relay: these n rows leave, in any order; those that left before are no mistake. */
int vk_store_settle(struct vk_store *store, const int64_t *seqs, int n);
/* Set aside as poison: kept, reported, not sent again before the next start. */
enum { VK_ASIDE_DAMAGED = 0x99 }; /* the reason code of MQTT 5 for what can be read by nobody */
int vk_store_set_aside(struct vk_store *store, int64_t seq, int32_t code);
/* What was set aside waits again, but for what is damaged: its receiver may have been mended. The
 * number of them, or negative errno. In a transaction of its own. */
int vk_store_take_back(struct vk_store *store);
struct vk_outbox_stats {
	int64_t depth, bytes, oldest_utc_ms, set_aside;
};
int vk_store_outbox_stats(struct vk_store *store, struct vk_outbox_stats *ret_stats);

/* ---- the second path: alerts that wait for its command, the latest of each ---- */

/* msg_id is the alert; an older row of the same alert is replaced. */
int vk_store_put_second(struct vk_store *store, struct vk_message *message, int64_t utc_ms);
int vk_store_each_second(struct vk_store *store, vk_message_fn fn, void *user);
int vk_store_remove_second(struct vk_store *store, const char *alert);

/* ---- bytes on the wire, per relay and day; the latest VK_TRAFFIC_DAYS of each ---- */

enum { VK_TRAFFIC_DAYS = 31 };
struct vk_traffic_day {
	int32_t day;            /* since 1970-01-01, of the home's calendar */
	int64_t sent, received; /* bytes */
	int64_t packets;
	bool is_changed; /* since it was written: the caller's */
};
int vk_store_put_traffic(struct vk_store *store, const char *relay,
			 const struct vk_traffic_day *day);
typedef int (*vk_traffic_fn)(const char *relay, const struct vk_traffic_day *day, void *user);
int vk_store_each_traffic(struct vk_store *store, vk_traffic_fn fn, void *user); /* oldest first */

/* ---- answers to commands, kept 7 days ---- */

/* 0 and *ret_json (caller frees), or -ENOENT. */
int vk_store_get_answer(struct vk_store *store, const char *staff, const char *cmd_id,
			char **ret_json);
int vk_store_put_answer(struct vk_store *store, const char *staff, const char *cmd_id,
			const char *json, int64_t utc_ms);

/* ---- what the patient is shown, what staff are to do ---- */

/* kind: "message", "ask", "task". Showing the same again replaces. */
int vk_store_put_notice(struct vk_store *store, const char *patient, const char *kind,
			const char *id, const char *reason, int64_t until_utc_ms, int64_t utc_ms);
int vk_store_remove_notice(struct vk_store *store, const char *patient, const char *kind,
			   const char *id);
typedef int (*vk_notice_fn)(const char *patient, const char *kind, const char *id,
			    const char *reason, int64_t until_utc_ms, int64_t utc_ms, void *user);
int vk_store_each_notice(struct vk_store *store, vk_notice_fn fn, void *user);

/* ---- audit: append-only, hash-chained ---- */

/* Texts may be NULL for "". */
struct vk_audit {
	int64_t utc_ms, mono_ms; /* when, on both lines: a duration is taken on the second */
	enum vk_clock_quality quality;
	const char *domain; /* "care" (health care) or "social" (social services) or "hub" */
	const char *actor;  /* staff id, "hub", "technician" */
	const char *role;   /* of the actor, by the staff directory */
	const char *action; /* "alert-accept", "plan-applied", "view-open", … */
	const char *patient;
	const char *object;     /* id of the alert, check, reading, device */
	int32_t attempt;        /* of a check: 1, 2 looks, 3 visit */
	int64_t planned_utc_ms; /* … when it was to be done */
	const char *outcome;
	const char *consent; /* what it rested on: "camera 2026-02-10" */
	const char *client;  /* from where: the sender's own end of reply/{staff}/{client} */
	const char *result;  /* "ok", "refused", "error" */
	const char *detail;  /* reason code */
};

/* A row with its place in the chain. Form 1 is of before version 2 of the file: the fields of then,
 * and a hash over them directly. */
struct vk_audit_row {
	int64_t seq;
	int form;
	struct vk_audit entry;
	char salt[2 * 16 + 1];   /* hex; "" in form 1 */
	char digest[2 * 32 + 1]; /* hex; "" in form 1 */
	char hash[2 * 32 + 1];   /* hex, as the row has it */
};
int vk_store_audit(struct vk_store *store, const struct vk_audit *entry);
/* Head of the chain as 64 hex digits and its number. */
int vk_store_audit_head(struct vk_store *store, int64_t *ret_seq, char ret_hash[65]);
/* 0: whole; VK_STORE_BROKEN and the first bad number. */
enum { VK_STORE_BROKEN = 2 };
int vk_store_audit_verify(struct vk_store *store, int64_t *ret_seq);
typedef int (*vk_audit_fn)(const struct vk_audit_row *row, void *user);
/* The newest, newest first; or, oldest first, those behind a number. */
int vk_store_each_audit(struct vk_store *store, int limit, vk_audit_fn fn, void *user);
int vk_store_audit_after(struct vk_store *store, int64_t after_seq, int limit, vk_audit_fn fn,
			 void *user);

/* ---- upkeep ---- */

/*
 * What may be kept; set at open to 400 days, 32 MiB, 1000, and an outbox of 100,000 messages,
 * 256 MiB, 400 days. Beyond the bounds of the outbox its oldest messages leave undelivered: first
 * what is worthless late (it has an expiry), then ordinary ones, urgent ones last; each is counted
 * in messages_dropped, which is a fault. What has expired by a synced clock leaves uncounted.
 */
struct vk_store_bounds {
	int32_t reading_days;   /* older readings leave */
	int64_t min_free_bytes; /* below: oldest readings leave, then the oldest ordinary messages
				 */
	int64_t least_readings; /* … but so many of the newest readings stay */
	int64_t outbox_rows, outbox_bytes; /* 0: no bound */
	int32_t outbox_days;               /* 0: no bound; only a synced clock ages */
};
const struct vk_store_bounds *vk_store_bounds(const struct vk_store *store); /* of now */
void vk_store_set_bounds(struct vk_store *store, const struct vk_store_bounds *bounds);

/*
 * One bounded slice of background work: integrity after an unclean stop, and only when the file is
 * whole: expiry of answers and of what is beyond the bounds; WAL checkpoint. utc_ms is 0 while the
 * clock is not synced: then nothing leaves for its age. Outside a transaction. 0 done, 1 more to
 * do, -EBADMSG: the file is damaged (nothing is deleted any more), or another negative errno.
 */
int vk_store_upkeep(struct vk_store *store, int64_t utc_ms);
/* Nothing was written for a while: the log goes into the file, the page cache back to the system.
 */
void vk_store_rest(struct vk_store *store);

/* What health says about the store. */
struct vk_store_health {
	bool is_check_due;        /* integrity is not yet known after an unclean stop */
	bool is_damaged;          /* integrity is known to be lost */
	int set_aside;            /* damaged files beside the database: somebody should look */
	int64_t readings_removed; /* by age and space, since the file was made */
	int64_t messages_dropped; /* undelivered, for want of space: a fault */
	int64_t file_bytes;       /* of the database, without its log */
	int64_t free_bytes;       /* of the file system, and free inside the file; -1 unknown */
};
int vk_store_health(struct vk_store *store, struct vk_store_health *ret_health);

#endif
