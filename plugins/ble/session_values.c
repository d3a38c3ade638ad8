/* SPDX-License-Identifier: Apache-2.0 */
/* Notifications and indications to samples; stored samples to confirmations. */
#include "session_values.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"
#include "clock.h"
#include "profiles/cgm.h"

enum { NEW_VALUE_S = 60 }; /* this near to now, it was measured after the clock was set */

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

/*
 * The clock was right when the last session left it, and the value shows this very moment: to read
 * it once more would tell nothing.
 */
static bool shows_right_clock(const struct vk_session *s, const struct vk_session_now *now,
			      const struct vk_sample *sample)
{
	const struct vk_clock_mark *mark = &s->given.memory.mark;

	if (!now->is_trusted || !mark->is_known ||
	    vk_session_has_quirk(s, VK_QUIRK_CLOCK_UNTRUSTED))
		return false;
	return distance(mark->wall_s, mark->device_s) <= VK_SESSION_CLOCK_SLACK_S &&
	       distance(vk_civil_seconds(&sample->decoded.device_time),
			vk_civil_seconds(&now->local)) <= NEW_VALUE_S;
}

/* As long as the clock has not been read: does this value have to wait for that, or for a name? */
static bool must_wait(const struct vk_session *s, const struct vk_session_now *now,
		      const struct vk_sample *sample)
{
	const struct vk_decoded *d = &sample->decoded;

	if (!sample->is_decoded || vk_decoded_has(d, VK_FLAG_FROM_STORAGE) ||
	    (s->is_fresh && !s->is_identified))
		return true;
	return d->time_state == VK_TIME_KNOWN && (vk_decoded_has(d, VK_FLAG_DEVICE_CLOCK_NOT_SET) ||
						  !shows_right_clock(s, now, sample));
}

/* The clock is as far off as the last session left it. */
static void place_by_mark(const struct vk_session *s, const struct vk_session_now *now,
			  struct vk_sample *sample)
{
	const struct vk_clock_mark *mark = &s->given.memory.mark;

	if (s->is_clock_settled || sample->decoded.time_state != VK_TIME_KNOWN ||
	    must_wait(s, now, sample))
		return;
	sample->has_offset = sample->is_steady = true;
	sample->offset_s = mark->wall_s - mark->device_s;
}

/*
 * By the clock as it is now, the device shows this very moment: the value has just been measured,
 * whatever the clock did since the last session.
 */
static bool is_of_this_moment(const struct vk_timeline *line, int64_t device_s)
{
	return line->now.is_known && distance(device_s - line->now.device_s,
					      line->now_utc_s - line->now.utc_s) <= NEW_VALUE_S;
}

/* One value is a history of one: was the clock changed since it was measured? */
static void place_single(const struct vk_session *s, struct vk_sample *sample)
{
	struct vk_timeline line;
	struct vk_moment moment = {.has_time = true};

	if (!sample->is_decoded || sample->decoded.time_state != VK_TIME_KNOWN ||
	    vk_decoded_has(&sample->decoded, VK_FLAG_DEVICE_CLOCK_NOT_SET) || !sample->has_offset ||
	    sample->offset_s != s->offset_s)
		return;
	vk_session_timeline(s, &line);
	moment.device_s = vk_civil_seconds(&sample->decoded.device_time);
	if (is_of_this_moment(&line, moment.device_s))
		line.before.is_known = false;
	vk_timeline_place(&line, &moment, 1);
	sample->by = moment.by;
	sample->placed_utc_s = moment.utc_s;
	sample->uncertainty_s = moment.uncertainty_s;
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

/* A scale that was told who stands on it need not say it with each value. */
static void add_user(const struct vk_session *s, struct vk_sample *sample)
{
	if (sample->is_decoded && s->consent == VK_CONSENT_GIVEN && s->given.n_users == 1 &&
	    sample->decoded.user < 0)
		sample->decoded.user = s->given.users[0].user;
}

/* One record of a glucose sensor: its minutes are a time only with the start of the sensor. */
static int decode_sensor(const struct vk_session *s, struct vk_sample *sample)
{
	struct vk_decoded records[VK_MAX_RECORDS];
	int n = vk_cgm_decode(sample->raw, sample->len, &s->sensor_start, records, &sample->error);

	if (n == 1)
		sample->decoded = records[0];
	return n == 1 ? 0 : n < 0 ? n : -E2BIG;
}

static void decode(const struct vk_session *s, struct vk_sample *sample)
{
	int r = sample->uuid == VK_UUID_SENSOR && s->has_sensor_start
			? decode_sensor(s, sample)
			: vk_profile_decode(sample->uuid, &s->given.quirks, sample->raw,
					    sample->len, &sample->decoded, &sample->error);

	sample->is_decoded = r == 0;
	if (r == -ENOTSUP)
		(void)vk_copy(sample->error.why, sizeof sample->error.why,
			      sample->uuid ? "no decoder for this characteristic"
					   : "a characteristic that discovery did not show");
}

void vk_session_describe(const struct vk_session *s, uint16_t uuid, const uint8_t *raw, size_t len,
			 int64_t utc_ms, bool is_record, struct vk_sample *ret_sample)
{
	struct vk_sample *sample = ret_sample;
	struct vk_session_now now;

	memset(sample, 0, sizeof *sample);
	sample->uuid = uuid;
	sample->raw = raw;
	sample->len = len;
	sample->utc_ms = utc_ms;
	decode(s, sample);
	add_user(s, sample);
	vk_session_now(s, &now);
	place(s, &now, sample);
	sample->is_steady = s->given.memory.mark.is_known && s->found.is_known;
	if (!is_record)
		place_by_mark(s, &now, sample);
	sample->is_live = is_live(&now, sample, is_record);
	if (!is_record)
		place_single(s, sample);
}

void vk_session_hand_over(struct vk_session *s, const struct vk_sample *sample, uint32_t token)
{
	struct vk_session_now now;
	int r = s->handed++ < VK_SESSION_READINGS ? s->ops->reading(s->user, sample, token)
						  : -EOVERFLOW;

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

	return token & ~VK_RECORD_TOKEN;
}

/* ---- indications ---- */

void vk_session_confirm(struct vk_session *s)
{
	int r = s->is_over ? 0 : vk_att_confirm(&s->att);

	if (r < 0)
		vk_session_fail(s, r);
}

static void describe_held(const struct vk_session *s, struct vk_sample *ret_sample)
{
	const struct vk_attribute *a = vk_attributes_by_handle(s->attributes, s->held_handle);

	vk_session_describe(s, a ? a->uuid : 0, s->held, s->held_len, s->held_utc_ms, false,
			    ret_sample);
}

static void submit(struct vk_session *s, const struct vk_sample *sample)
{
	s->has_held = false;
	if (!sample->uuid)
		s->is_stale = true;
	if (sample->is_decoded && !vk_profile_is_reading(&sample->decoded)) {
		vk_session_confirm(s); /* nothing was measured: there is nothing to store */
		return;
	}
	if (sample->uuid == VK_UUID_SPOT)
		s->has_spot = true;
	s->confirm_token = fresh_token(s);
	s->is_confirm_due = true;
	vk_session_hand_over(s, sample, s->confirm_token);
}

void vk_session_submit_held(struct vk_session *s)
{
	struct vk_sample sample;

	describe_held(s, &sample);
	submit(s, &sample);
}

void vk_session_release_held(struct vk_session *s)
{
	struct vk_session_now now;
	struct vk_sample sample;

	if (!s->has_held)
		return;
	describe_held(s, &sample);
	vk_session_now(s, &now);
	if (s->is_clock_settled || !must_wait(s, &now, &sample))
		submit(s, &sample);
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

/* ---- notifications ---- */

void vk_session_send_unconfirmed(struct vk_session *s, uint16_t uuid, const uint8_t *data,
				 size_t len, int64_t utc_ms)
{
	struct vk_sample sample;

	if (s->unanswered >= VK_SESSION_IN_FLIGHT) {
		vk_session_fail(s, -EOVERFLOW);
		return;
	}
	vk_session_describe(s, uuid, data, len, utc_ms, false, &sample);
	if (!sample.is_decoded || vk_profile_is_reading(&sample.decoded))
		vk_session_hand_over(s, &sample, fresh_token(s));
}

static void on_stream(struct vk_session *s, uint16_t uuid, const uint8_t *data, size_t len)
{
	struct vk_oximetry *stream = uuid == VK_UUID_CONTINUOUS ? &s->oximetry : &s->heart;
	struct vk_oximetry_value value;
	struct vk_decode_error error;
	struct vk_session_now now;
	struct vk_decoded decoded;

	vk_session_now(s, &now);
	if (vk_profile_decode(uuid, &s->given.quirks, data, len, &decoded, &error) < 0) {
		if (!s->is_stream_bad)
			vk_session_send_unconfirmed(s, uuid, data, len, now.utc_ms);
		s->is_stream_bad = true;
		return;
	}
	if (vk_oximetry_value(stream, &decoded, data, len, now.mono_ms, now.utc_ms, &value) &&
	    !s->has_spot)
		vk_session_send_unconfirmed(s, uuid, value.raw, value.len, value.utc_ms);
}

static void end_stream(struct vk_session *s, uint16_t uuid, struct vk_oximetry *stream)
{
	struct vk_oximetry_value value;

	if (vk_oximetry_end(stream, &value) && !s->has_spot)
		vk_session_send_unconfirmed(s, uuid, value.raw, value.len, value.utc_ms);
}

static void on_notification(struct vk_session *s, const struct vk_attribute *a, const uint8_t *data,
			    size_t len)
{
	struct vk_session_now now;

	if (a->uuid == VK_UUID_CURRENT_TIME) {
		vk_session_clock_notified(s, data, len);
	} else if (a->uuid == VK_UUID_PRESSURE_RECORD) {
		vk_session_on_segment(s, data, len);
	} else if (a->uuid == VK_UUID_GLUCOSE || a->uuid == VK_UUID_GLUCOSE_CONTEXT) {
		vk_session_on_record(s, a->uuid, data, len);
	} else if (a->uuid == VK_UUID_CONTINUOUS || a->uuid == VK_UUID_HEART_RATE) {
		on_stream(s, a->uuid, data, len);
	} else if (a->uuid == VK_UUID_SENSOR) {
		vk_session_on_sensor(s, data, len);
	} else if (vk_profile_is_measurement(a->uuid)) {
		vk_session_now(s, &now);
		vk_session_send_unconfirmed(s, a->uuid, data, len, now.utc_ms);
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
	if (a && a->uuid == VK_UUID_SERVICE_CHANGED) {
		s->is_stale = true;
		vk_session_confirm(s);
		vk_session_advance(s);
	} else if (a && a->uuid == VK_UUID_USER_POINT) {
		vk_session_on_user_answer(s, data, len);
		vk_session_confirm(s);
		vk_session_advance(s);
	} else if (a && a->uuid == VK_UUID_RACP) {
		vk_session_on_racp(s, data, len);
	} else if (len == 0) { /* nothing to store */
		vk_session_confirm(s);
	} else {
		hold(s, handle, data, len);
	}
}

/* ---- entry points ---- */

int vk_session_dry(struct vk_session *s)
{
	vk_session_hand_over_records(s);
	return s->error;
}

static void on_stored(struct vk_session *s, uint32_t token)
{
	struct vk_session_now now;

	vk_session_now(s, &now);
	s->readings++;
	s->valued_ms = now.mono_ms;
	if (token & VK_RECORD_TOKEN) {
		vk_transfer_stored(&s->transfer, (int)(token & ~VK_RECORD_TOKEN));
		vk_session_hand_over_records(s);
	} else if (s->is_confirm_due && token == s->confirm_token) {
		s->is_confirm_due = false;
		vk_session_confirm(s);
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
	if (s->is_over)
		return;
	s->is_over = true;
	/* Half a map, or one that is known to be wrong, is worse than none: the device says once
	 * only that it has changed. */
	if (s->is_stale || (s->step == VK_STEP_DISCOVER && s->is_busy))
		s->attributes->n = 0;
	s->has_held = false;
	s->is_confirm_due = false;
	vk_session_release_records(s);
	vk_session_leave_mark(s);
	end_stream(s, VK_UUID_CONTINUOUS, &s->oximetry);
	end_stream(s, VK_UUID_HEART_RATE, &s->heart);
	vk_session_hand_over_records(s);
}
