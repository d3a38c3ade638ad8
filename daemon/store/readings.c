/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Readings: found by identity, listed by series. The row holds everything of struct vk_reading, so
 * that what comes back is what went in. Anchors that are ours (capture numbers) are written with
 * the reading they anchor, and are never given out twice by a running hub, even when that write was
 * undone.
 */
#include "store/store_priv.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "core/whose.h"

enum {
	SAME_WITHIN_MS = 60 * 1000,
	RENUMBERED_WITHIN_MS = 26 * 3600 * 1000,
	SAME_SECOND_WITHIN_MS = 15 * 60 * 1000,
	FIRST_YEAR = 2020, /* no device of this program's time shows an earlier one and is right */
	GLUCOSE_MEASUREMENT = 0x2a18,
	GLUCOSE_CONTEXT = 0x2a34,
	PRESSURE_RECORD = 0x2b36,
	GLUCOSE_TIME_END = 10, /* its flags, number and base time stand before it, always */
	NUMBER_END = 3,        /* the number of a record stands in bytes 1 and 2, whatever it is */
};

#define COLUMNS                                                                                    \
	"id, rev, patient, device, kind, characteristic, raw, decoded, received_utc_ms,"           \
	" received_mono_ms, time_utc_ms, uncertainty_s, time_reason, is_live, is_retracted,"       \
	" clock_offset_s, capture, whose, stored_utc_ms"

int vk_uuid_parse(const char *text, uint8_t ret_uuid[VK_UUID_BYTES])
{
	char hex[2 * VK_UUID_BYTES + 1];
	size_t n = 0;

	for (; *text && n < sizeof hex - 1; text++)
		if (*text != '-')
			hex[n++] = *text;
	hex[n] = '\0';
	if (*text || vk_hex_parse(hex, ret_uuid, VK_UUID_BYTES) != VK_UUID_BYTES)
		return -EINVAL;
	return 0;
}

void vk_uuid_format(char out[VK_UUID_TEXT], const uint8_t uuid[VK_UUID_BYTES])
{
	static const uint8_t groups[] = {4, 2, 2, 2, 6};

	for (size_t i = 0; i < VK_ARRAY_LEN(groups); i++) {
		vk_hex_format(out, uuid, groups[i]);
		uuid += groups[i];
		out += 2 * groups[i];
		*out++ = '-';
	}
	out[-1] = '\0';
}

static struct vk_capture *find_capture(struct vk_store *store, const char *device)
{
	for (size_t i = 0; i < VK_CAPTURES_MAX; i++)
		if (strcmp(store->captures[i].device, device) == 0)
			return &store->captures[i];
	return NULL;
}

static void note_capture(struct vk_store *store, const char *device, uint32_t number)
{
	struct vk_capture *c = find_capture(store, device);

	if (!c) {
		c = &store->captures[store->next_capture++ % VK_CAPTURES_MAX];
		(void)vk_copy(c->device, sizeof c->device, device);
	}
	c->number = number;
}

static int next_capture(struct vk_store *store, const char *device, uint32_t *ret_number)
{
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_CAPTURE_GET, "SELECT number FROM capture WHERE device = ?");
	const struct vk_capture *c = find_capture(store, device);

	vk_bind_text(&q, device);
	int r = vk_query_next(&q);

	if (r < 0)
		return r;
	uint32_t number = r ? (uint32_t)vk_column_int(&q) : 0;

	*ret_number = (c && c->number > number ? c->number : number) + 1;
	note_capture(store, device, *ret_number);
	return 0;
}

static int keep_capture(struct vk_store *store, const struct vk_reading *r)
{
	if (!r->capture)
		return 0;
	struct vk_query q =
		vk_query_init(store, VK_SLOT_CAPTURE_PUT,
			      "INSERT INTO capture(device, number) VALUES(?, ?) ON CONFLICT(device)"
			      " DO UPDATE SET number = max(number, excluded.number)");

	vk_bind_text(&q, r->device);
	vk_bind_int(&q, r->capture);
	return vk_query_run(&q);
}

static int read_id(struct vk_query *q, struct vk_reading *r)
{
	size_t len;
	const void *id = vk_column_blob(q, &len);

	if (len != VK_UUID_BYTES)
		return -EBADMSG;
	vk_uuid_format(r->id, id);
	r->rev = (int32_t)vk_column_int(q);
	return 0;
}

/* The row that the query finds, if it does, is the reading. */
static int take_same(struct vk_query *q, struct vk_reading *r)
{
	int found = vk_query_next(q);

	if (found <= 0)
		return found;
	int error = read_id(q, r);

	if (error)
		return error;
	r->capture = (uint32_t)vk_column_int(q);
	return VK_STORE_REPEAT;
}

/* The same bytes a moment ago, where nothing in them tells two measurements apart. */
static int find_same(struct vk_store *store, struct vk_reading *r)
{
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_READING_SAME,
		"SELECT id, rev, capture FROM reading WHERE device = ? AND capture > 0 AND"
		" received_mono_ms BETWEEN ? AND ? AND characteristic = ? AND raw = ?"
		" ORDER BY received_mono_ms DESC LIMIT 1");

	vk_bind_text(&q, r->device);
	vk_bind_int(&q, r->received_mono_ms - SAME_WITHIN_MS);
	vk_bind_int(&q, r->received_mono_ms + SAME_WITHIN_MS);
	vk_bind_int(&q, r->characteristic);
	vk_bind_blob(&q, r->raw, r->raw_len);
	return take_same(&q, r);
}

int vk_store_has_bytes(struct vk_store *store, const struct vk_reading *r)
{
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_READING_BYTES,
		"SELECT 1 FROM reading WHERE device = ? AND received_mono_ms BETWEEN ? AND ?"
		" AND characteristic = ? AND raw = ? LIMIT 1");

	vk_bind_text(&q, r->device);
	vk_bind_int(&q, r->received_mono_ms - SAME_WITHIN_MS);
	vk_bind_int(&q, r->received_mono_ms + SAME_WITHIN_MS);
	vk_bind_int(&q, r->characteristic);
	vk_bind_blob(&q, r->raw, r->raw_len);
	return vk_query_next(&q);
}

static int find_rev(struct vk_store *store, struct vk_reading *r)
{
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_READING_REV, "SELECT rev, capture FROM reading WHERE id = ?");
	uint8_t uuid[VK_UUID_BYTES];
	int found = vk_uuid_parse(r->id, uuid);

	if (found)
		return found;
	vk_bind_blob(&q, uuid, sizeof uuid);
	found = vk_query_next(&q);
	if (found <= 0)
		return found;
	r->rev = (int32_t)vk_column_int(&q);
	r->capture = (uint32_t)vk_column_int(&q);
	return VK_STORE_REPEAT;
}

/*
 * A meter that begins to count backwards gives an old record a new number before anybody can know.
 * Where it shows seconds, its record is no other's all the same: no two measurements end in one.
 */
static bool is_told_by_second(const struct vk_reading *r)
{
	return r->characteristic == GLUCOSE_MEASUREMENT && r->decoded.sequence >= 0 &&
	       r->decoded.time_state == VK_TIME_KNOWN && r->decoded.device_time.second != 0;
}

/*
 * A record that was stored under the number it had before the device began to count backwards, or
 * under this one while numbers meant nothing: the very same bytes are the same record. Its
 * time may have been placed by another clock then, so a day and a bit to both sides is looked at;
 * and everywhere, where its own time cannot be and the place is a guess.
 */
static int find_renumbered(struct vk_store *store, struct vk_reading *r, bool has_a_place)
{
	int64_t within_ms = r->is_sequence_moving ? RENUMBERED_WITHIN_MS : SAME_SECOND_WITHIN_MS;
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_READING_RENUMBERED,
		"SELECT id, rev, capture FROM reading WHERE patient = ? AND kind = ?"
		" AND time_utc_ms BETWEEN ? AND ? AND device = ? AND characteristic = ?"
		" AND (raw = ? OR ? AND substr(raw, 1, 1) = substr(?, 1, 1)"
		" AND substr(raw, 4) = substr(?, 4)) LIMIT 1");

	vk_bind_text(&q, r->patient);
	vk_bind_text(&q, vk_kind_text((int)r->decoded.kind));
	vk_bind_int(&q, has_a_place ? r->time_utc_ms - within_ms : INT64_MIN);
	vk_bind_int(&q, has_a_place ? r->time_utc_ms + within_ms : INT64_MAX);
	vk_bind_text(&q, r->device);
	vk_bind_int(&q, r->characteristic);
	vk_bind_blob(&q, r->raw, r->raw_len);
	vk_bind_int(&q, r->is_sequence_moving || is_told_by_second(r));
	for (int i = 0; i < 2; i++)
		vk_bind_blob(&q, r->raw, r->raw_len);
	return take_same(&q, r);
}

/*
 * A record of a history that could not be decoded: a decoded one has a number. Its bytes hold the
 * number all the same, those of a measurement the time too, and are no other record's, however late
 * they come again. A context holds no time: where numbers move, one row stands for all that say the
 * same and cannot be read, or each reading of the history would add to them.
 */
static bool is_unread_record(const struct vk_reading *r)
{
	if (r->decoded.sequence >= 0)
		return false;
	if (r->characteristic == GLUCOSE_MEASUREMENT)
		return r->raw_len >= GLUCOSE_TIME_END;
	return (r->characteristic == GLUCOSE_CONTEXT || r->characteristic == PRESSURE_RECORD) &&
	       r->raw_len >= NUMBER_END;
}

/* The number in the bytes counts only while it stands. */
static int find_captured(struct vk_store *store, struct vk_reading *r)
{
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_READING_CAPTURED,
		"SELECT id, rev, capture FROM reading WHERE device = ? AND capture > 0"
		" AND characteristic = ? AND (raw = ? OR ? AND length(raw) = length(?)"
		" AND substr(raw, 1, 1) = substr(?, 1, 1) AND substr(raw, 4) = substr(?, 4))"
		" LIMIT 1");

	vk_bind_text(&q, r->device);
	vk_bind_int(&q, r->characteristic);
	vk_bind_blob(&q, r->raw, r->raw_len);
	vk_bind_int(&q, r->is_sequence_moving || is_told_by_second(r));
	for (int i = 0; i < 3; i++)
		vk_bind_blob(&q, r->raw, r->raw_len);
	return take_same(&q, r);
}

/* A record that is there under another number, or that has none: what its bytes hold tells it. */
static int find_record(struct vk_store *store, struct vk_reading *r, bool time_is_possible)
{
	/* Only bytes with a time in them are nobody else's. */
	bool is_renumbered = (r->is_sequence_moving && r->decoded.time_state == VK_TIME_KNOWN) ||
			     is_told_by_second(r);
	bool is_numbered = r->characteristic == GLUCOSE_MEASUREMENT && r->decoded.sequence >= 0;
	/* Placed in one session by what the clock showed then, and left in its past in the next. */
	bool has_a_place = time_is_possible && r->decoded.device_time.year >= FIRST_YEAR;
	int found = 0;

	/* Few have a capture number; the whole series is looked through for the others only. */
	if (is_unread_record(r) || (!has_a_place && (is_numbered || is_renumbered)))
		found = find_captured(store, r);
	if (!found && (is_renumbered || (is_numbered && time_is_possible)))
		found = find_renumbered(store, r, has_a_place);
	return found;
}

int vk_store_identify(struct vk_store *store, struct vk_reading *r, const struct vk_zone *zone,
		      enum vk_clock_quality quality)
{
	uint8_t bytes[VK_IDENTITY_MAX], hash[crypto_hash_sha256_BYTES];
	bool time_is_possible = vk_reading_time_is_possible(r, zone, quality);
	int found;

	r->capture = 0;
	found = find_record(store, r, time_is_possible);
	if (found)
		return found;
	if (vk_reading_needs_capture(r, time_is_possible)) {
		found = find_same(store, r);
		if (found)
			return found;
		found = next_capture(store, r->device, &r->capture);
		if (found)
			return found;
	}
	size_t len = vk_reading_identity(r, time_is_possible, bytes);

	(void)crypto_hash_sha256(hash, bytes, len);
	vk_uuid8_format(r->id, hash);
	return find_rev(store, r);
}

int vk_store_count_repeat(struct vk_store *store, const char *id)
{
	struct vk_query q = vk_query_init(store, VK_SLOT_READING_REPEAT,
					  "UPDATE reading SET repeats = repeats + 1 WHERE id = ?");
	uint8_t uuid[VK_UUID_BYTES];
	int r = vk_uuid_parse(id, uuid);

	vk_bind_blob(&q, uuid, sizeof uuid);
	if (r)
		vk_query_done(&q);
	return r ? r : vk_query_run(&q);
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void bind_reading(struct vk_query *q, const struct vk_reading *r, const char *decoded)
{
	vk_bind_int(q, r->rev);
	vk_bind_text(q, r->patient);
	vk_bind_text(q, r->device);
	vk_bind_text(q, vk_kind_text((int)r->decoded.kind));
	vk_bind_int(q, r->characteristic);
	vk_bind_blob(q, r->raw, r->raw_len);
	vk_bind_text(q, decoded);
	vk_bind_int(q, r->received_utc_ms);
	vk_bind_int(q, r->received_mono_ms);
	vk_bind_int(q, r->time_utc_ms);
	vk_bind_int(q, r->uncertainty_s);
	vk_bind_text(q, vk_time_reason_text(r->time_reason));
	vk_bind_int(q, r->is_live);
	vk_bind_int(q, r->is_retracted);
	if (r->has_clock_offset)
		vk_bind_int(q, r->clock_offset_s);
	else
		vk_bind_null(q);
	vk_bind_int(q, r->capture);
	vk_bind_text(q, vk_whose_text(r->whose));
	vk_bind_int(q, now_ms());
}

static int put_row(struct vk_store *store, const struct vk_reading *r, const uint8_t *uuid,
		   const char *decoded)
{
	struct vk_query q = vk_query_init(
		store, VK_SLOT_READING_PUT,
		"INSERT INTO reading(" COLUMNS ") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
		" ON CONFLICT(id) DO UPDATE SET rev = excluded.rev, patient = excluded.patient,"
		" kind = excluded.kind, decoded = excluded.decoded,"
		" received_utc_ms = excluded.received_utc_ms,"
		" received_mono_ms = excluded.received_mono_ms,"
		" time_utc_ms = excluded.time_utc_ms, uncertainty_s = excluded.uncertainty_s,"
		" time_reason = excluded.time_reason, is_live = excluded.is_live,"
		" is_retracted = excluded.is_retracted, clock_offset_s = excluded.clock_offset_s,"
		" whose = excluded.whose WHERE excluded.rev > rev");

	vk_bind_blob(&q, uuid, VK_UUID_BYTES);
	bind_reading(&q, r, decoded);
	int error = vk_query_run(&q);

	if (error)
		return error;
	return sqlite3_changes(store->db) ? 0 : VK_STORE_REPEAT;
}

int vk_store_put_reading(struct vk_store *store, const struct vk_reading *r)
{
	vk_auto(vk_str_done) struct vk_str decoded = {0};
	uint8_t uuid[VK_UUID_BYTES];
	int error = vk_uuid_parse(r->id, uuid);

	vk_form_decoded(&decoded, &r->decoded);
	if (!error)
		error = decoded.error;
	if (!error)
		error = keep_capture(store, r);
	return error ? error : put_row(store, r, uuid, decoded.text ? decoded.text : "");
}

static int parse_reason(const char *text, enum vk_time_reason *ret_reason)
{
	for (int i = VK_PLACED_RECEIVED; i < VK_N_TIME_REASONS; i++) {
		if (strcmp(vk_time_reason_text((enum vk_time_reason)i), text) != 0)
			continue;
		*ret_reason = (enum vk_time_reason)i;
		return 0;
	}
	return -EBADMSG;
}

static int read_bytes(struct vk_query *q, struct vk_reading *r)
{
	size_t len;
	const void *raw = vk_column_blob(q, &len);

	if (len > VK_RAW_MAX)
		return -EBADMSG;
	if (len)
		memcpy(r->raw, raw, len);
	r->raw_len = (uint16_t)len;
	return vk_form_parse_decoded(vk_column_text_ref(q), &r->decoded);
}

static int read_names(struct vk_query *q, struct vk_reading *r)
{
	int error = read_id(q, r);

	if (error)
		return error;
	vk_column_text(q, r->patient, sizeof r->patient);
	vk_column_text(q, r->device, sizeof r->device);
	int kind = vk_kind_parse(vk_column_text_ref(q));

	if (kind < 0)
		return -EBADMSG;
	r->decoded.kind = (enum vk_kind)kind;
	r->characteristic = (uint16_t)vk_column_int(q);
	return 0;
}

static int read_times(struct vk_query *q, struct vk_reading *r)
{
	r->received_utc_ms = vk_column_int(q);
	r->received_mono_ms = vk_column_int(q);
	r->time_utc_ms = vk_column_int(q);
	r->uncertainty_s = vk_column_int(q);
	int error = parse_reason(vk_column_text_ref(q), &r->time_reason);

	r->is_live = vk_column_int(q) != 0;
	r->is_retracted = vk_column_int(q) != 0;
	r->has_clock_offset = !vk_column_is_null(q);
	r->clock_offset_s = vk_column_int(q);
	r->capture = (uint32_t)vk_column_int(q);
	int whose = vk_whose_parse(vk_column_text_ref(q));

	if (whose < 0)
		return -EBADMSG;
	r->whose = (enum vk_whose_reason)whose;
	return error;
}

/* Reads COLUMNS, from the query's next column on. */
static int read_row(struct vk_query *q, struct vk_reading *r, int64_t *ret_stored_utc_ms)
{
	*r = (struct vk_reading){0};
	int error = read_names(q, r);

	if (!error)
		error = read_bytes(q, r);
	if (!error)
		error = read_times(q, r);
	*ret_stored_utc_ms = error ? 0 : vk_column_int(q);
	return error;
}

int vk_store_get_reading(struct vk_store *store, const char *id, struct vk_reading *ret_r)
{
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_READING_GET, "SELECT " COLUMNS " FROM reading WHERE id = ?");
	uint8_t uuid[VK_UUID_BYTES];
	int64_t stored_utc_ms;

	if (vk_uuid_parse(id, uuid))
		return -ENOENT;
	vk_bind_blob(&q, uuid, sizeof uuid);
	int found = vk_query_next(&q);

	if (found <= 0)
		return found ? found : -ENOENT;
	return read_row(&q, ret_r, &stored_utc_ms);
}

static int each_row(struct vk_query *q, vk_reading_fn fn, void *user)
{
	int more;

	while ((more = vk_query_next(q)) > 0) {
		struct vk_reading r;
		int64_t stored_utc_ms;
		int error = read_row(q, &r, &stored_utc_ms);

		if (vk_row_is_left_out(error, "reading"))
			continue;
		if (!error)
			error = fn(&r, stored_utc_ms, user);
		if (error < 0)
			return error;
	}
	return more;
}

/* A series has its index; any other list looks at all rows. */
static struct vk_query list_query(struct vk_store *store, const struct vk_reading_filter *filter)
{
	if (filter->patient && filter->kind >= 0)
		return vk_query_init(store, VK_SLOT_READING_SERIES,
				     "SELECT " COLUMNS " FROM reading WHERE patient = ?1 AND"
				     " kind = ?2 AND (?3 IS NULL OR device = ?3) AND"
				     " time_utc_ms >= ?4 ORDER BY time_utc_ms DESC LIMIT ?5");
	return vk_query_init(store, VK_SLOT_READING_LIST,
			     "SELECT " COLUMNS " FROM reading WHERE (?1 IS NULL OR patient = ?1)"
			     " AND (?2 IS NULL OR kind = ?2) AND (?3 IS NULL OR device = ?3) AND"
			     " time_utc_ms >= ?4 ORDER BY time_utc_ms DESC, seq DESC LIMIT ?5");
}

int vk_store_last_reading(struct vk_store *store, int64_t *ret_seq)
{
	return vk_store_exec_int(store, "SELECT coalesce(max(seq), 0) FROM reading", ret_seq);
}

int vk_store_each_placed(struct vk_store *store, enum vk_time_reason reason, int64_t seq, int limit,
			 vk_reading_fn fn, void *user)
{
	vk_auto(vk_query_done) struct vk_query q =
		vk_query_init(store, VK_SLOT_READING_PLACED,
			      "SELECT " COLUMNS " FROM reading WHERE seq > ? AND time_reason = ?"
			      " ORDER BY seq LIMIT ?");

	vk_bind_int(&q, seq);
	vk_bind_text(&q, vk_time_reason_text(reason));
	vk_bind_int(&q, limit);
	return each_row(&q, fn, user);
}

int vk_store_each_reading(struct vk_store *store, const struct vk_reading_filter *filter,
			  vk_reading_fn fn, void *user)
{
	vk_auto(vk_query_done) struct vk_query q = list_query(store, filter);

	vk_bind_text(&q, filter->patient);
	vk_bind_text(&q, filter->kind >= 0 ? vk_kind_text(filter->kind) : NULL);
	vk_bind_text(&q, filter->device);
	vk_bind_int(&q, filter->since_utc_ms);
	vk_bind_int(&q, filter->limit);
	return each_row(&q, fn, user);
}

int vk_store_each_stored(struct vk_store *store, int64_t from_utc_ms, int64_t to_utc_ms, int limit,
			 vk_reading_fn fn, void *user)
{
	vk_auto(vk_query_done) struct vk_query q =
		vk_query_init(store, VK_SLOT_READING_STORED,
			      "SELECT " COLUMNS " FROM reading WHERE stored_utc_ms BETWEEN ? AND ?"
			      " AND seq > (SELECT max(seq) FROM reading) - ? ORDER BY seq");

	vk_bind_int(&q, from_utc_ms);
	vk_bind_int(&q, to_utc_ms);
	vk_bind_int(&q, limit);
	return each_row(&q, fn, user);
}

int vk_readings_walk(struct vk_store *store, int limit, int64_t *cursor)
{
	/* Asks for each row through its indexes, so that they are looked at too. */
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_READING_WALK,
		"SELECT r.seq, (SELECT s.seq FROM reading s WHERE s.id = r.id) = r.seq AND"
		" EXISTS (SELECT 1 FROM reading s INDEXED BY reading_series WHERE"
		" s.patient = r.patient AND s.kind = r.kind AND s.time_utc_ms = r.time_utc_ms AND"
		" s.seq = r.seq) AND (r.capture = 0 OR EXISTS (SELECT 1 FROM reading s"
		" INDEXED BY reading_capture WHERE s.device = r.device AND s.raw = r.raw AND"
		" s.received_mono_ms = r.received_mono_ms AND s.capture > 0 AND s.seq = "
		"r.seq)), " COLUMNS " FROM reading r WHERE r.seq > ? ORDER BY r.seq LIMIT ?");
	int n = 0, more;

	vk_bind_int(&q, *cursor);
	vk_bind_int(&q, limit);
	for (; (more = vk_query_next(&q)) > 0; n++) {
		struct vk_reading r;
		int64_t stored_utc_ms;

		*cursor = vk_column_int(&q);
		if (vk_column_int(&q) != 1) {
			store->has_bad_page = true; /* of an index, which can be made again */
			return -EBADMSG;
		}
		if (read_row(&q, &r, &stored_utc_ms))
			return -EBADMSG;
	}
	return more < 0 ? more : n == limit;
}
