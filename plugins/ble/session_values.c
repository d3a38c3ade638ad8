/* SPDX-License-Identifier: Apache-2.0 */
/* Notifications and indications to samples; stored samples to confirmations. */
#include "session_values.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

enum {
	UUID_SERVICE_CHANGED = 0x2a05,
	UUID_SPOT = 0x2a5e,
	UUID_CONTINUOUS = 0x2a5f,
	NEW_VALUE_S = 60, /* this near to now, it was measured after the clock was set */
};

/* Tokens of records carry their index. */
static const uint32_t RECORD_TOKEN = 0x80000000u;

/* ---- samples ---- */

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

/*
 * Which offset places this value: the one read before we set the clock, or none when the value is
 * so near to now that the clock must have been right already.
 */
static void place(const struct vk_session *s, const struct vk_session_now *now,
		  struct vk_sample *sample)
{
	int64_t device_s, now_s = vk_civil_seconds(&now->local);

	sample->has_offset = s->has_offset;
	sample->offset_s = s->offset_s;
	if (!sample->is_decoded || sample->decoded.time_state != VK_TIME_KNOWN || !s->is_clock_set)
		return;
	device_s = vk_civil_seconds(&sample->decoded.device_time);
	if (distance(device_s, now_s) <= NEW_VALUE_S) {
		sample->has_offset = true;
		sample->offset_s = 0;
	}
}

/* A value without a usable time has just been measured, unless it comes out of a memory. */
static bool is_live(const struct vk_session_now *now, const struct vk_sample *sample,
		    bool is_record)
{
	const struct vk_decoded *d = &sample->decoded;
	int64_t device_s, now_s = vk_civil_seconds(&now->local);

	if (!sample->is_decoded || vk_decoded_has(d, VK_FLAG_FROM_STORAGE))
		return false;
	if (d->time_state != VK_TIME_KNOWN)
		return !is_record;
	device_s = vk_civil_seconds(&d->device_time) + (sample->has_offset ? sample->offset_s : 0);
	if (distance(device_s, now_s) <= VK_SESSION_LIVE_S)
		return true;
	/* A clock that nobody can read and that shows the future is wrong, the value is not. */
	return !is_record && !sample->has_offset && device_s > now_s;
}

static void describe(const struct vk_session *s, uint16_t uuid, const uint8_t *raw, size_t len,
		     int64_t utc_ms, bool is_record, struct vk_sample *ret_sample)
{
	struct vk_sample *sample = ret_sample;
	struct vk_session_now now;
	int r;

	memset(sample, 0, sizeof *sample);
	sample->uuid = uuid;
	sample->raw = raw;
	sample->len = len;
	sample->utc_ms = utc_ms;
	r = vk_profile_decode(uuid, NULL, raw, len, &sample->decoded, &sample->error);
	sample->is_decoded = r == 0;
	if (r == -ENOTSUP)
		(void)vk_copy(sample->error.why, sizeof sample->error.why,
			      uuid ? "no decoder for this characteristic"
				   : "a characteristic that discovery did not show");
	vk_session_now(s, &now);
	place(s, &now, sample);
	sample->is_live = is_live(&now, sample, is_record);
}

static void hand_over(struct vk_session *s, const struct vk_sample *sample, uint32_t token)
{
	struct vk_session_now now;
	int r = s->ops->reading(s->user, sample, token);

	if (r < 0) {
		vk_session_fail(s, r);
		return;
	}
	s->unanswered++;
	if (s->waiting_since_ms == INT64_MAX) {
		vk_session_now(s, &now);
		s->waiting_since_ms = now.mono_ms;
	}
}

static uint32_t fresh_token(struct vk_session *s)
{
	uint32_t token = s->next_token++;

	return token & ~RECORD_TOKEN;
}

/* ---- indications ---- */

static void confirm(struct vk_session *s)
{
	int r = s->is_over ? 0 : vk_att_confirm(&s->att);

	if (r < 0)
		vk_session_fail(s, r);
}

void vk_session_submit_held(struct vk_session *s)
{
	const struct vk_attribute *a = vk_attributes_by_handle(s->attributes, s->held_handle);
	struct vk_sample sample;

	s->has_held = false;
	if (!a)
		s->is_stale = true;
	describe(s, a ? a->uuid : 0, s->held, s->held_len, s->held_utc_ms, false, &sample);
	if (sample.uuid == UUID_SPOT)
		s->has_spot = true;
	s->confirm_token = fresh_token(s);
	s->is_confirm_due = true;
	hand_over(s, &sample, s->confirm_token);
}

void vk_session_release_held(struct vk_session *s)
{
	if (s->has_held && s->is_clock_settled)
		vk_session_submit_held(s);
}

static void hold(struct vk_session *s, uint16_t handle, const uint8_t *data, size_t len)
{
	struct vk_session_now now;

	vk_session_now(s, &now);
	s->has_held = true;
	s->held_handle = handle;
	s->held_len = len < sizeof s->held ? len : sizeof s->held;
	memcpy(s->held, data, s->held_len);
	s->held_utc_ms = now.utc_ms;
	s->held_mono_ms = now.mono_ms;
	vk_session_release_held(s);
}

/* ---- records of a meter ---- */

/* The closing indication is confirmed when everything before it is stored, then the next is asked.
 */
static void go_on_with_records(struct vk_session *s)
{
	if (!s->is_racp_confirm_due || !vk_transfer_is_settled(&s->transfer))
		return;
	s->is_racp_confirm_due = false;
	confirm(s);
	vk_session_advance(s);
}

static void hand_over_records(struct vk_session *s)
{
	const struct vk_record *record;
	struct vk_sample sample;

	while (!s->error && s->unanswered < VK_SESSION_IN_FLIGHT) {
		uint32_t index = (uint32_t)s->transfer.sent;

		record = vk_transfer_next(&s->transfer);
		if (!record)
			break;
		describe(s, record->uuid, record->raw, record->len, record->utc_ms, true, &sample);
		hand_over(s, &sample, RECORD_TOKEN | index);
	}
	go_on_with_records(s);
}

static void on_racp(struct vk_session *s, const uint8_t *data, size_t len)
{
	/* What is no answer to us is confirmed all the same: the device must not hang on it. */
	(void)vk_transfer_response(&s->transfer, data, len);
	s->is_racp_confirm_due = true;
	hand_over_records(s);
}

/* ---- notifications ---- */

static void send_unconfirmed(struct vk_session *s, uint16_t uuid, const uint8_t *data, size_t len,
			     int64_t utc_ms)
{
	struct vk_sample sample;

	if (s->unanswered >= VK_SESSION_IN_FLIGHT) {
		vk_session_fail(s, -EOVERFLOW);
		return;
	}
	describe(s, uuid, data, len, utc_ms, false, &sample);
	hand_over(s, &sample, fresh_token(s));
}

static void on_record(struct vk_session *s, uint16_t uuid, const uint8_t *data, size_t len)
{
	struct vk_session_now now;
	int r;

	vk_session_now(s, &now);
	r = vk_transfer_record(&s->transfer, uuid, data, len, now.utc_ms);
	if (r == -EBADMSG)
		send_unconfirmed(s, uuid, data, len, now.utc_ms);
	else if (r < 0)
		vk_session_fail(s, r);
}

static void on_stream(struct vk_session *s, const uint8_t *data, size_t len)
{
	struct vk_oximetry_value value;
	struct vk_decode_error error;
	struct vk_session_now now;
	struct vk_decoded decoded;

	vk_session_now(s, &now);
	if (vk_profile_decode(UUID_CONTINUOUS, NULL, data, len, &decoded, &error) < 0) {
		if (!s->is_stream_bad)
			send_unconfirmed(s, UUID_CONTINUOUS, data, len, now.utc_ms);
		s->is_stream_bad = true;
		return;
	}
	if (vk_oximetry_value(&s->oximetry, &decoded, data, len, now.mono_ms, now.utc_ms, &value) &&
	    !s->has_spot)
		send_unconfirmed(s, UUID_CONTINUOUS, value.raw, value.len, value.utc_ms);
}

static void on_notification(struct vk_session *s, const struct vk_attribute *a, const uint8_t *data,
			    size_t len)
{
	struct vk_session_now now;

	if (a->uuid == VK_UUID_GLUCOSE || a->uuid == VK_UUID_GLUCOSE_CONTEXT) {
		on_record(s, a->uuid, data, len);
	} else if (a->uuid == UUID_CONTINUOUS) {
		on_stream(s, data, len);
	} else if (vk_profile_is_measurement(a->uuid)) {
		vk_session_now(s, &now);
		send_unconfirmed(s, a->uuid, data, len, now.utc_ms);
	}
}

void vk_session_on_value(void *user, uint16_t handle, const uint8_t *data, size_t len,
			 bool is_indication)
{
	struct vk_session *s = user;
	const struct vk_attribute *a = vk_attributes_by_handle(s->attributes, handle);

	if (!is_indication) {
		if (a && len > 0)
			on_notification(s, a, data, len);
		return;
	}
	if (a && a->uuid == UUID_SERVICE_CHANGED) {
		s->is_stale = true;
		confirm(s);
		vk_session_advance(s);
	} else if (a && a->uuid == VK_UUID_RACP) {
		on_racp(s, data, len);
	} else if (len == 0) { /* nothing to store */
		confirm(s);
	} else {
		hold(s, handle, data, len);
	}
}

/* ---- entry points ---- */

int vk_session_dry(struct vk_session *s)
{
	hand_over_records(s);
	return s->error;
}

static void on_stored(struct vk_session *s, uint32_t token)
{
	s->readings++;
	if (token & RECORD_TOKEN) {
		vk_transfer_stored(&s->transfer, (int)(token & ~RECORD_TOKEN));
		hand_over_records(s);
	} else if (s->is_confirm_due && token == s->confirm_token) {
		s->is_confirm_due = false;
		confirm(s);
		vk_session_advance(s);
	}
}

int vk_session_answer(struct vk_session *s, uint32_t token, bool is_stored)
{
	struct vk_session_now now;

	vk_session_now(s, &now);
	if (s->unanswered > 0)
		s->unanswered--;
	s->waiting_since_ms = s->unanswered > 0 ? now.mono_ms : INT64_MAX;
	if (is_stored)
		on_stored(s, token);
	else
		vk_session_fail(s, -EIO);
	return s->error;
}

void vk_session_end(struct vk_session *s)
{
	struct vk_oximetry_value value;

	if (s->is_over)
		return;
	s->is_over = true;
	s->has_held = false;
	s->is_confirm_due = false;
	if (vk_oximetry_end(&s->oximetry, &value) && !s->has_spot)
		send_unconfirmed(s, UUID_CONTINUOUS, value.raw, value.len, value.utc_ms);
	hand_over_records(s);
}
