/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The memory of a device through its record access point: asked for after everything is subscribed,
 * handed over once each record's place in time is known, the end confirmed when all of it is
 * stored.
 */
#include "session_values.h"

#include <errno.h>
#include <string.h>

#include "profiles/pressure_record.h"
#include "profiles/segments.h"
#include "records.h"

static enum vk_history history(const struct vk_session *s)
{
	const struct vk_attributes *a = s->attributes;

	if (!vk_attributes_by_uuid(a, VK_UUID_GLUCOSE) &&
	    !vk_attributes_by_uuid(a, VK_UUID_PRESSURE_RECORD))
		return VK_HISTORY_INDICATED;
	if (vk_session_has_quirk(s, VK_QUIRK_SEQUENCE_REVERSED) || s->given.memory.is_reversed)
		return VK_HISTORY_REVERSED;
	if (vk_session_has_quirk(s, VK_QUIRK_RACP_ALL_ONLY))
		return VK_HISTORY_ALL;
	if (vk_session_has_quirk(s, VK_QUIRK_RACP_LAST_ONLY))
		return VK_HISTORY_NEWEST;
	return VK_HISTORY_NEWER;
}

static bool is_in_progress(uint8_t error)
{
	return error == VK_ATT_E_OLD_IN_PROGRESS || error == VK_ATT_E_IN_PROGRESS;
}

static bool is_badly_subscribed(uint8_t error)
{
	return error == VK_ATT_E_OLD_CCCD || error == VK_ATT_E_CCCD;
}

static void on_written(void *user, const struct vk_att_reply *reply)
{
	struct vk_session *s = user;
	int r = 0;

	s->is_busy = false;
	if (is_in_progress(reply->error)) {
		r = vk_transfer_busy(&s->transfer);
	} else if (is_badly_subscribed(reply->error) && !s->has_resubscribed) {
		s->has_resubscribed = true;
		s->transfer.is_waiting = false;
		vk_session_go(s, VK_STEP_SUBSCRIBE);
	} else if (reply->error) {
		r = vk_session_is_security_error(reply->error) ? -EACCES : -EIO;
	}
	if (r < 0)
		vk_session_fail(s, r);
	vk_session_advance(s);
}

/* Everything the device holds was reported and is stored. */
static void finish(struct vk_session *s)
{
	s->ops->learned(s->user, VK_LEARNED_SEQUENCE);
	vk_session_go(s, VK_STEP_HASH);
}

void vk_session_records(struct vk_session *s)
{
	const struct vk_attribute *racp = vk_attributes_by_uuid(s->attributes, VK_UUID_RACP);
	uint8_t value[VK_TRANSFER_REQUEST_MAX];
	size_t len;

	if (!racp || !racp->cccd || vk_attributes_by_uuid(s->attributes, VK_UUID_SENSOR)) {
		vk_session_go(s, VK_STEP_HASH);
		return;
	}
	if (s->transfer.is_waiting || s->is_racp_confirm_due)
		return;
	vk_transfer_begin(&s->transfer, history(s));
	s->transfer.may_delete = s->given.may_delete;
	s->transfer.is_order_known = vk_session_has_quirk(s, VK_QUIRK_SEQUENCE_REVERSED);
	s->transfer.were = s->given.memory.ends;
	len = vk_transfer_request(&s->transfer, value);
	if (len > 0)
		vk_session_write(s, racp->value, value, len, on_written);
	else
		finish(s);
}

/* ---- placing ---- */

static int64_t known_newest(const struct vk_session *s)
{
	const struct vk_memory *memory = &s->given.memory;

	return memory->has_newest ? memory->newest_s : VK_RECORDS_NO_TIME;
}

static void take_newest(struct vk_session *s, int64_t newest_s)
{
	if (newest_s == VK_RECORDS_NO_TIME)
		return;
	s->newest_s = newest_s;
	s->has_newest = true;
}

static int32_t known_number(const struct vk_session *s)
{
	const struct vk_memory *memory = &s->given.memory;

	return memory->has_newest && memory->has_newest_number ? memory->newest_number : -1;
}

/* Nothing is taken for the newest before it is stored: the memory is told at the end. */
void vk_session_release_records(struct vk_session *s)
{
	struct vk_timeline line;
	int64_t newest_s;
	int r;

	if (vk_records_are_restarted(&s->transfer, &s->given.quirks, known_number(s),
				     known_newest(s)))
		s->transfer.is_restarted = true;
	if (s->transfer.ready == s->transfer.n) {
		if (!s->has_newest)
			take_newest(s, vk_records_newest_s(&s->transfer, &s->given.quirks));
		return;
	}
	vk_session_timeline(s, &line);
	if (vk_records_are_renumbered(&s->transfer, &line, &s->given.quirks, known_newest(s))) {
		s->transfer.is_renumbered = true;
		s->transfer.history = VK_HISTORY_REVERSED;
	}
	r = vk_records_place(&s->transfer, &line, &s->given.quirks, &newest_s);
	if (r < 0) {
		vk_session_fail(s, r);
		return;
	}
	s->given.memory.is_reversed = vk_transfer_is_reversed(&s->transfer);
	take_newest(s, newest_s);
}

/* What was asked for is placed as a whole at its end; what comes by itself, when it comes. */
static void stream_records(struct vk_session *s)
{
	struct vk_timeline line;

	if (!s->transfer.is_waiting) {
		vk_session_release_records(s);
	} else if (s->transfer.ready < s->transfer.n) {
		vk_session_timeline(s, &line);
		vk_records_stream(&s->transfer, &line, &s->given.quirks, known_newest(s));
	}
}

static void add_place(const struct vk_record *record, const struct vk_session *s,
		      struct vk_sample *sample)
{
	sample->does_sequence_move = vk_transfer_is_reversed(&s->transfer);
	if (!record->is_placed)
		return;
	sample->by = (enum vk_placed_by)record->by;
	sample->placed_utc_s = record->utc_s;
	sample->uncertainty_s = record->uncertainty_s;
}

/* Where only a guess says which record is the newest, it is not remembered. */
static void remember_newest(struct vk_session *s)
{
	struct vk_memory *memory = &s->given.memory;
	int32_t number = vk_records_number_of(&s->transfer, &s->given.quirks, s->newest_s);

	if (!s->has_newest)
		return;
	memory->has_newest = !s->transfer.is_order_guessed;
	memory->newest_s = s->newest_s;
	memory->has_newest_number = number >= 0;
	memory->newest_number = (uint16_t)(number >= 0 ? number : 0);
}

/* What the next session goes by: everything up to here is stored. */
static void remember(struct vk_session *s)
{
	const struct vk_transfer *t = &s->transfer;

	/* Both ends alone tell nothing of what lies between them. */
	if (!t->is_complete || (vk_transfer_is_known(t) && !t->has_asked_all))
		return;
	remember_newest(s);
	s->given.memory.ends = t->ends;
}

/* The closing indication is confirmed when everything before it is stored, then the next is asked.
 */
static void go_on(struct vk_session *s)
{
	if (!s->is_racp_confirm_due || !vk_transfer_is_settled(&s->transfer))
		return;
	s->is_racp_confirm_due = false;
	remember(s);
	vk_session_confirm(s);
	vk_session_advance(s);
}

void vk_session_hand_over_records(struct vk_session *s)
{
	const struct vk_record *record;
	struct vk_sample sample;

	if (!s->is_over)
		stream_records(s);
	while (!s->error && s->unanswered < VK_SESSION_IN_FLIGHT) {
		uint32_t index = (uint32_t)s->transfer.sent;

		record = vk_transfer_next(&s->transfer);
		if (!record)
			break;
		vk_session_describe(s, record->uuid, record->raw, record->len, record->utc_ms, true,
				    &sample);
		add_place(record, s, &sample);
		if (vk_record_is_ketone(&s->transfer, record, &s->given.quirks))
			vk_decoded_flag(&sample.decoded, VK_FLAG_KETONE);
		vk_session_hand_over(s, &sample, VK_RECORD_TOKEN | index);
	}
	go_on(s);
}

void vk_session_on_racp(struct vk_session *s, const uint8_t *data, size_t len)
{
	bool is_report = s->transfer.is_waiting;
	int r;

	if (is_report && s->transfer.n > s->transfer.stored)
		s->ops->learned(s->user, VK_LEARNED_REPORT);
	/* The report is placed before its end is judged: a reversed meter shows itself by it. */
	if (is_report)
		vk_session_release_records(s);
	r = vk_transfer_response(&s->transfer, data, len);
	if (r == -EOVERFLOW) {
		vk_session_fail(s, r);
		return;
	}
	/* What is no answer to us is confirmed all the same: the device must not hang on it. */
	s->is_racp_confirm_due = true;
	vk_session_hand_over_records(s);
}

void vk_session_on_record(struct vk_session *s, uint16_t uuid, const uint8_t *data, size_t len)
{
	struct vk_session_now now;
	int r;

	vk_session_now(s, &now);
	r = vk_transfer_record(&s->transfer, uuid, data, len, now.utc_ms);
	if (r == -EBADMSG)
		vk_session_send_unconfirmed(s, uuid, data, len, now.utc_ms);
	else if (r < 0)
		vk_session_fail(s, r);
}

/*
 * What is no record is stored as it came, but for the counter of its segments, which belongs to the
 * link: the same bytes must come of it at each transfer.
 */
static void store_as_it_is(struct vk_session *s, const uint8_t *data, size_t len)
{
	uint8_t value[VK_ATT_VALUE_MAX];
	struct vk_session_now now;

	len = len < sizeof value ? len : sizeof value;
	memcpy(value, data, len);
	value[0] &= VK_SEGMENT_FIRST | VK_SEGMENT_LAST;
	vk_session_now(s, &now);
	vk_session_send_unconfirmed(s, VK_UUID_PRESSURE_RECORD, value, len, now.utc_ms);
}

/*
 * The joined record gets one header, always the same: the counter in it belongs to the link, and
 * the record would be another one at each transfer. A segment that is lost shows as a gap in the
 * sequence and is asked for again.
 */
void vk_session_on_segment(struct vk_session *s, const uint8_t *data, size_t len)
{
	uint8_t whole[VK_RECORD_MAX] = {VK_SEGMENT_FIRST | VK_SEGMENT_LAST};
	struct vk_decode_error error;
	int r = vk_segments_add(&s->segments, data, len, VK_PRESSURE_RECORD_HEAD, &error);

	if (r == 0 || (r < 0 && len > VK_SEGMENT_HEADER + VK_PRESSURE_RECORD_HEAD &&
		       !(data[0] & VK_SEGMENT_FIRST)))
		return;
	if (r < 0 || s->segments.len > sizeof whole - VK_SEGMENT_HEADER) {
		store_as_it_is(s, data, len);
		return;
	}
	memcpy(whole + VK_SEGMENT_HEADER, s->segments.data, s->segments.len);
	vk_session_on_record(s, VK_UUID_PRESSURE_RECORD, whole,
			     VK_SEGMENT_HEADER + s->segments.len);
}
