/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a reading lies in time, and the bytes that make its identity. Three clocks may be wrong in
 * different ways: the device's (set once, never shifted for summer), the hub's (unset after a power
 * cut) and the session's measured difference of both. Each answer says which of them it rests on.
 */
#include "core/reading.h"

#include <string.h>

#include "base/bytes.h"

enum {
	FUTURE_S = 5 * 60,  /* how far ahead of the hub a device may be (clinical.md 1.5) */
	CLOCK_JITTER_S = 2, /* a clock that was read is known to its second and the way there */
	UNCHECKED_CLOCK_S = 3600, /* most devices never shift for summer */
	HELD_CLOCK_S = 60,        /* what a hub's clock drifts while it runs free for weeks */
	SUMMER_SLACK_S = 180,     /* a clock that missed summer time is off by just that much */
	UNKNOWN_S = -1,
	SEQUENCE_AT = 1, /* in a record of a meter, behind its flags */
};

static const int64_t first_possible_s = INT64_C(1577836800); /* 2020-01-01T00:00:00Z */

static const char *const reason_texts[] = {
	[VK_PLACED_RECEIVED] = "received",   [VK_PLACED_DEVICE] = "device",
	[VK_PLACED_CORRECTED] = "corrected", [VK_PLACED_IMPOSSIBLE] = "impossible",
	[VK_PLACED_UNPLACED] = "unplaced",   [VK_PLACED_HUB_UNSURE] = "hub-unsure",
	[VK_PLACED_SUMMER] = "summer-time",  [VK_PLACED_KEPT] = "kept",
	[VK_PLACED_EITHER] = "either",       [VK_PLACED_SEQUENCE] = "sequence",
};

const char *vk_time_reason_text(enum vk_time_reason reason)
{
	return (size_t)reason < VK_ARRAY_LEN(reason_texts) ? reason_texts[reason] : "?";
}

bool vk_time_is_measured(enum vk_time_reason reason)
{
	return reason == VK_PLACED_DEVICE || reason == VK_PLACED_CORRECTED ||
	       reason >= VK_PLACED_SUMMER;
}

/* The measured difference is worth what the hub's clock was worth. */
static bool has_offset(const struct vk_reading *r, enum vk_clock_quality quality)
{
	return r->has_clock_offset && quality != VK_CLOCK_UNSYNCED &&
	       (r->clock_offset_s > CLOCK_JITTER_S || r->clock_offset_s < -CLOCK_JITTER_S);
}

static bool is_near(int64_t a, int64_t b, int64_t slack)
{
	return a - b <= slack && b - a <= slack;
}

/* How many seconds the wall has gone forward since then, by the zone's rule. */
static int64_t wall_change_s(const struct vk_zone *zone, int64_t utc_s, int64_t now_utc_s)
{
	return vk_zone_offset_s(zone, now_utc_s) - vk_zone_offset_s(zone, utc_s);
}

/*
 * A device that is off by just what the wall has changed did not follow summer time: its clock has
 * run straight on, and says when it was by what it says now.
 */
static bool has_missed_summer(const struct vk_reading *r, const struct vk_zone *zone,
			      enum vk_clock_quality quality)
{
	int64_t now_utc_s = r->received_utc_ms / 1000;
	int64_t utc_s = vk_zone_utc_s(zone, vk_civil_seconds(&r->decoded.device_time));
	int64_t change_s = wall_change_s(zone, utc_s, now_utc_s);

	return has_offset(r, quality) && change_s != 0 &&
	       is_near(r->clock_offset_s, change_s, SUMMER_SLACK_S);
}

/* Seconds since 1970 of the device's wall clock, with what the session knows about it. */
static int64_t device_utc_s(const struct vk_reading *r, const struct vk_zone *zone,
			    enum vk_clock_quality quality)
{
	int64_t utc_s = vk_zone_utc_s(zone, vk_civil_seconds(&r->decoded.device_time));

	if (has_missed_summer(r, zone, quality))
		return vk_civil_seconds(&r->decoded.device_time) + r->clock_offset_s -
		       vk_zone_offset_s(zone, r->received_utc_ms / 1000);
	return has_offset(r, quality) ? utc_s + r->clock_offset_s : utc_s;
}

bool vk_reading_time_is_possible(const struct vk_reading *r, const struct vk_zone *zone,
				 enum vk_clock_quality quality)
{
	int64_t utc_s;

	if (r->decoded.time_state != VK_TIME_KNOWN ||
	    vk_decoded_has(&r->decoded, VK_FLAG_DEVICE_CLOCK_NOT_SET) ||
	    vk_decoded_has(&r->decoded, VK_FLAG_TIME_FAULT))
		return false;
	if (r->has_place && quality != VK_CLOCK_UNSYNCED)
		return r->place_reason != VK_PLACED_UNPLACED;
	utc_s = device_utc_s(r, zone, quality);
	if (utc_s < first_possible_s)
		return false;
	return quality == VK_CLOCK_UNSYNCED || utc_s <= r->received_utc_ms / 1000 + FUTURE_S;
}

static void place_at(struct vk_reading *r, int64_t utc_ms, int64_t uncertainty_s,
		     enum vk_time_reason reason)
{
	r->time_utc_ms = utc_ms;
	r->uncertainty_s = uncertainty_s;
	r->time_reason = reason;
}

/* A clock that was right both times may have been shifted in between, or have shifted itself. */
static int64_t shift_uncertainty_s(const struct vk_reading *r, const struct vk_zone *zone,
				   int64_t utc_s)
{
	if (r->is_clock_steady)
		return r->clock_drift_s;
	return wall_change_s(zone, utc_s, r->received_utc_ms / 1000) ? UNCHECKED_CLOCK_S : 0;
}

static void place_by_device(struct vk_reading *r, const struct vk_zone *zone,
			    enum vk_clock_quality quality)
{
	int64_t utc_s = device_utc_s(r, zone, quality);
	int64_t behind_s = r->received_utc_ms / 1000 - utc_s;

	if (has_missed_summer(r, zone, quality))
		place_at(r, utc_s * 1000, 0, VK_PLACED_SUMMER);
	else if (has_offset(r, quality))
		place_at(r, utc_s * 1000, shift_uncertainty_s(r, zone, utc_s), VK_PLACED_CORRECTED);
	else if (r->has_clock_offset && quality != VK_CLOCK_UNSYNCED)
		place_at(r, utc_s * 1000, shift_uncertainty_s(r, zone, utc_s), VK_PLACED_DEVICE);
	else if (r->is_live && quality != VK_CLOCK_UNSYNCED && behind_s < UNCHECKED_CLOCK_S)
		place_at(r, utc_s * 1000, behind_s < 0 ? -behind_s : behind_s, VK_PLACED_DEVICE);
	else
		place_at(r, utc_s * 1000, UNCHECKED_CLOCK_S, VK_PLACED_DEVICE);
}

static void place_by_hub(struct vk_reading *r, enum vk_clock_quality quality)
{
	if (quality == VK_CLOCK_UNSYNCED)
		place_at(r, r->received_utc_ms, UNKNOWN_S, VK_PLACED_HUB_UNSURE);
	else
		place_at(r, r->received_utc_ms, quality == VK_CLOCK_HELD ? HELD_CLOCK_S : 0,
			 r->decoded.time_state == VK_TIME_KNOWN ? VK_PLACED_IMPOSSIBLE
								: VK_PLACED_RECEIVED);
}

void vk_reading_place(struct vk_reading *r, const struct vk_zone *zone,
		      enum vk_clock_quality quality)
{
	if (r->has_place && quality != VK_CLOCK_UNSYNCED)
		place_at(r, r->place_utc_ms, r->place_uncertainty_s, r->place_reason);
	else if (vk_reading_time_is_possible(r, zone, quality))
		place_by_device(r, zone, quality);
	else if (r->is_live)
		place_by_hub(r, quality);
	else
		place_at(r, r->received_utc_ms, UNKNOWN_S, VK_PLACED_UNPLACED);
}

bool vk_reading_needs_capture(const struct vk_reading *r, bool time_is_possible)
{
	return (r->decoded.sequence < 0 || r->is_sequence_moving) && !time_is_possible;
}

static size_t put_le32(uint8_t *out, uint32_t value)
{
	vk_put_le16(out, (uint16_t)value);
	vk_put_le16(out + 2, (uint16_t)(value >> 16));
	return 4;
}

/* One letter says which anchor it is, so that number 7 and capture 7 are two identities. */
static size_t put_anchor(const struct vk_reading *r, bool time_is_possible, uint8_t *out)
{
	const struct vk_civil *t = &r->decoded.device_time;

	if (r->decoded.sequence >= 0 && !r->is_sequence_moving) {
		out[0] = 's';
		return 1 + put_le32(out + 1, (uint32_t)r->decoded.sequence);
	}
	if (vk_reading_needs_capture(r, time_is_possible)) {
		out[0] = 'c';
		return 1 + put_le32(out + 1, r->capture);
	}
	out[0] = 't';
	vk_put_le16(out + 1, (uint16_t)t->year);
	memcpy(out + 3, (const uint8_t[]){t->month, t->day, t->hour, t->minute, t->second}, 5);
	return 8;
}

size_t vk_reading_identity(const struct vk_reading *r, bool time_is_possible, uint8_t *out)
{
	static const char domain[] = "vaka reading 1";
	size_t n_device = strnlen(r->device, VK_ID_TEXT - 1);
	size_t n_raw = r->raw_len < VK_RAW_MAX ? r->raw_len : VK_RAW_MAX;
	size_t at = sizeof domain;

	memcpy(out, domain, sizeof domain);
	memcpy(out + at, r->device, n_device);
	at += n_device;
	out[at++] = '\0';
	vk_put_le16(out + at, r->characteristic);
	vk_put_le16(out + at + 2, (uint16_t)n_raw);
	at += 4;
	memcpy(out + at, r->raw, n_raw);
	if (r->is_sequence_moving && n_raw >= SEQUENCE_AT + 2)
		memset(out + at + SEQUENCE_AT, 0, 2);
	at += n_raw;
	return at + put_anchor(r, time_is_possible, out + at);
}

void vk_uuid8_format(char out[VK_UUID_TEXT], const uint8_t hash[16])
{
	static const uint8_t groups[] = {4, 2, 2, 2, 6};
	uint8_t uuid[16];
	size_t at = 0;

	memcpy(uuid, hash, sizeof uuid);
	uuid[6] = (uint8_t)(0x80 | (uuid[6] & 0x0f)); /* version 8 */
	uuid[8] = (uint8_t)(0x80 | (uuid[8] & 0x3f)); /* variant of RFC 9562 */
	for (size_t i = 0; i < VK_ARRAY_LEN(groups); i++) {
		if (i)
			*out++ = '-';
		vk_hex_format(out, uuid + at, groups[i]);
		out += 2 * groups[i];
		at += groups[i];
	}
}
