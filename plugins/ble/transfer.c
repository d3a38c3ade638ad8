/* SPDX-License-Identifier: Apache-2.0 */
/* Requests, responses, gaps, and the committed run. Layouts: ble-profiles.md 5.4. */
#include "transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum { SEQUENCES = 65536 };

static enum vk_transfer_ask first_ask(const struct vk_transfer *t)
{
	if (t->history == VK_HISTORY_REVERSED)
		return VK_ASK_FIRST;
	if (t->history == VK_HISTORY_NEWEST && t->last >= 0)
		return VK_ASK_NEWEST;
	/* After 65535 the numbers start anew: only everything is sure to hold the new ones. */
	if (t->history != VK_HISTORY_NEWER || t->last < 0 || t->last == SEQUENCES - 1)
		return VK_ASK_ALL;
	return VK_ASK_NEWER;
}

void vk_transfer_init(struct vk_transfer *t, int32_t last)
{
	*t = (struct vk_transfer){
		.last = last < 0 || last >= SEQUENCES ? -1 : last,
		.gap_from = -1,
		.expected = -1,
	};
}

void vk_transfer_begin(struct vk_transfer *t, enum vk_history history)
{
	if (t->has_begun)
		return;
	t->has_begun = true;
	t->history = history;
	t->ask = first_ask(t);
	if (t->ask == VK_ASK_ALL || t->ask == VK_ASK_NEWER) {
		t->then = t->ask;
		t->ask = VK_ASK_COUNT;
	}
}

bool vk_transfer_is_reversed(const struct vk_transfer *t)
{
	return t->history == VK_HISTORY_REVERSED;
}

static bool is_same_end(bool has, uint64_t now, bool had, uint64_t before)
{
	return has && had && now == before;
}

static bool is_first_known(const struct vk_transfer *t)
{
	return is_same_end(t->ends.has_first, t->ends.first, t->were.has_first, t->were.first);
}

static bool is_last_known(const struct vk_transfer *t)
{
	return is_same_end(t->ends.has_last, t->ends.last, t->were.has_last, t->were.last);
}

bool vk_transfer_is_known(const struct vk_transfer *t)
{
	return is_first_known(t) && (t->is_order_known || is_last_known(t));
}

bool vk_transfer_grows_at_end(const struct vk_transfer *t)
{
	return !t->is_order_known && is_first_known(t) && t->ends.has_last && t->were.has_last &&
	       !is_last_known(t);
}

void vk_transfer_done(struct vk_transfer *t)
{
	free(t->records);
	t->records = NULL;
	t->n = t->capacity = 0;
}

static bool is_main(const struct vk_record *record)
{
	return record->uuid != VK_UUID_GLUCOSE_CONTEXT;
}

static int32_t highest(const struct vk_transfer *t)
{
	int32_t high = -1;

	for (int i = 0; i < t->n; i++)
		if (is_main(&t->records[i]) && t->records[i].sequence > high)
			high = t->records[i].sequence;
	return high;
}

/* first and last as the operator needs them. */
static size_t put_request(uint8_t *out, enum vk_racp_op op, enum vk_racp_operator operator_,
			  int32_t first, int32_t last)
{
	return vk_racp_build(out, &(struct vk_racp_request){.op = op,
							    .operator_ = operator_,
							    .filter = VK_RACP_BY_SEQUENCE,
							    .first = (uint16_t)first,
							    .last = (uint16_t)last});
}

static size_t put_delete(const struct vk_transfer *t, uint8_t *out)
{
	/* What came after the report stays: it is above the highest that is stored. */
	if (vk_transfer_is_reversed(t) || highest(t) < 0)
		return put_request(out, VK_RACP_DELETE, VK_RACP_ALL, 0, 0);
	return put_request(out, VK_RACP_DELETE, VK_RACP_AT_MOST, 0, highest(t));
}

static size_t put_count(const struct vk_transfer *t, uint8_t *out)
{
	if (t->then == VK_ASK_NEWER)
		return put_request(out, VK_RACP_COUNT, VK_RACP_AT_LEAST, t->last + 1, 0);
	return put_request(out, VK_RACP_COUNT, VK_RACP_ALL, 0, 0);
}

size_t vk_transfer_request(struct vk_transfer *t, uint8_t out[VK_TRANSFER_REQUEST_MAX])
{
	if (t->is_done || t->is_waiting || t->ask == VK_ASK_NOTHING)
		return 0;
	t->is_waiting = true;
	switch (t->ask) {
	case VK_ASK_COUNT:
		return put_count(t, out);
	case VK_ASK_ALL:
		t->has_asked_all = true;
		return put_request(out, VK_RACP_REPORT, VK_RACP_ALL, 0, 0);
	case VK_ASK_NEWEST:
	case VK_ASK_LAST:
		return put_request(out, VK_RACP_REPORT, VK_RACP_LAST, 0, 0);
	case VK_ASK_FIRST:
		return put_request(out, VK_RACP_REPORT, VK_RACP_FIRST, 0, 0);
	case VK_ASK_NEWER:
		return put_request(out, VK_RACP_REPORT, VK_RACP_AT_LEAST, t->last + 1, 0);
	case VK_ASK_REST:
		return put_request(out, VK_RACP_REPORT, VK_RACP_AT_LEAST, highest(t) + 1, 0);
	case VK_ASK_GAP:
		return put_request(out, VK_RACP_REPORT, VK_RACP_WITHIN, t->gap_first, t->gap_last);
	case VK_ASK_ABORT:
		return put_request(out, VK_RACP_ABORT, VK_RACP_NULL, 0, 0);
	case VK_ASK_DELETE:
		return put_delete(t, out);
	case VK_ASK_NOTHING:
		break;
	}
	return 0;
}

static int grow(struct vk_transfer *t)
{
	int capacity = t->capacity ? t->capacity * 2 : 32;
	struct vk_record *records;

	if (t->n >= VK_TRANSFER_MAX)
		return -EOVERFLOW;
	if (t->n < t->capacity)
		return 0;
	records = realloc(t->records, (size_t)capacity * sizeof *records);
	if (!records)
		return -ENOMEM;
	t->records = records;
	t->capacity = capacity;
	return 0;
}

/* FNV-1a. The number counts: where it moves, something has come. */
static uint64_t hash_of(const struct vk_record *record)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < record->len; i++)
		hash = (hash ^ record->raw[i]) * UINT64_C(0x100000001b3);
	return hash;
}

static void note_end(struct vk_transfer *t, const struct vk_record *record)
{
	if (!t->is_waiting || !is_main(record))
		return;
	if (t->ask == VK_ASK_FIRST) {
		t->ends.has_first = true;
		t->ends.first = hash_of(record);
	} else if (t->ask == VK_ASK_LAST) {
		t->ends.has_last = true;
		t->ends.last = hash_of(record);
	}
}

int vk_transfer_record(struct vk_transfer *t, uint16_t uuid, const uint8_t *raw, size_t len,
		       int64_t utc_ms)
{
	struct vk_record *record;
	int r;

	if (len < 3 || len > VK_RECORD_MAX)
		return -EBADMSG;
	r = grow(t);
	if (r < 0)
		return r;
	record = &t->records[t->n++];
	*record = (struct vk_record){
		.utc_ms = utc_ms,
		.uuid = uuid,
		.sequence = vk_get_le16(raw + 1),
		.len = (uint8_t)len,
	};
	memcpy(record->raw, raw, len);
	note_end(t, record);
	return 0;
}

/* The first run of missing numbers at or after t->gap_from, between what came. */
static bool find_gap(struct vk_transfer *t)
{
	uint8_t seen[SEQUENCES / 8] = {0};
	int32_t low = SEQUENCES, high = -1, at;

	for (int i = 0; i < t->n; i++) {
		int32_t s = t->records[i].sequence;

		if (!is_main(&t->records[i]))
			continue;
		seen[s / 8] |= (uint8_t)(1u << s % 8);
		low = s < low ? s : low;
		high = s > high ? s : high;
	}
	if (!t->has_asked_all && t->last + 1 < low)
		low = t->last + 1;
	at = low > t->gap_from ? low : t->gap_from;
	while (at < high && seen[at / 8] >> at % 8 & 1)
		at++;
	if (at >= high)
		return false;
	t->gap_first = at;
	while (!(seen[at / 8] >> at % 8 & 1))
		at++;
	t->gap_last = at - 1;
	t->gap_from = at;
	return true;
}

static void end(struct vk_transfer *t, bool is_complete)
{
	t->ask = VK_ASK_NOTHING;
	t->is_done = true;
	t->is_complete = is_complete;
}

/* Everything was reported. What was reported is stored before the next request goes out. */
static void finish(struct vk_transfer *t)
{
	if (t->may_delete && t->n > 0) {
		t->is_complete = true;
		t->ask = VK_ASK_DELETE;
		return;
	}
	end(t, true);
}

/* Only a meter that was reset has a newest record below what we have, or another one there. */
static void judge_newest(struct vk_transfer *t)
{
	int32_t sequence = t->n > 0 ? t->records[t->n - 1].sequence : t->last;

	if (sequence < t->last || t->is_restarted ||
	    (t->history == VK_HISTORY_NEWEST && sequence > t->last))
		t->ask = VK_ASK_ALL;
	else
		end(t, true);
}

/*
 * A meter that counts backwards has its newest record first, if it does count backwards. Where only
 * its times say so it may be one whose clock fell again and again, and what is new lies at the
 * other end: that is looked at too.
 */
static void judge_end(struct vk_transfer *t, bool is_empty)
{
	if (t->ask == VK_ASK_FIRST && !t->is_order_known)
		t->ask = VK_ASK_LAST;
	else if (vk_transfer_is_known(t) || (is_empty && !t->ends.has_first))
		end(t, true);
	else
		t->ask = VK_ASK_ALL;
}

/* Different numbers among what came, to be held against the count. */
static int32_t distinct(const struct vk_transfer *t)
{
	uint8_t seen[SEQUENCES / 8] = {0};
	int32_t n = 0;

	for (int i = 0; i < t->n; i++) {
		uint16_t s = t->records[i].sequence;

		if (!is_main(&t->records[i]) || seen[s / 8] >> s % 8 & 1)
			continue;
		seen[s / 8] |= (uint8_t)(1u << s % 8);
		n++;
	}
	return n;
}

static bool is_short(const struct vk_transfer *t)
{
	return t->expected >= 0 && !t->has_asked_rest && distinct(t) < t->expected &&
	       highest(t) < SEQUENCES - 1;
}

/* A report has ended well, or there was nothing to report. */
static void decide_next(struct vk_transfer *t, bool is_empty)
{
	if (t->ask == VK_ASK_DELETE || t->history == VK_HISTORY_INDICATED) {
		end(t, true);
	} else if (t->is_renumbered && !t->has_asked_all) {
		t->ask = VK_ASK_ALL;
	} else if (t->ask == VK_ASK_NEWER && is_empty && t->n == 0) {
		t->ask = VK_ASK_NEWEST;
	} else if (t->ask == VK_ASK_NEWEST) {
		judge_newest(t);
	} else if (t->ask == VK_ASK_FIRST || t->ask == VK_ASK_LAST) {
		judge_end(t, is_empty);
	} else if (vk_transfer_is_reversed(t)) {
		finish(t);
	} else if (t->gaps < VK_TRANSFER_GAPS && find_gap(t)) {
		t->gaps++;
		t->ask = VK_ASK_GAP;
	} else if (is_short(t)) {
		t->has_asked_rest = true;
		t->ask = VK_ASK_REST;
	} else {
		finish(t);
	}
}

static void not_understood(struct vk_transfer *t)
{
	if (t->ask == VK_ASK_COUNT)
		t->ask = t->then;
	else if (t->ask == VK_ASK_NEWER || t->ask == VK_ASK_FIRST || t->ask == VK_ASK_LAST ||
		 t->ask == VK_ASK_NEWEST)
		t->ask = VK_ASK_ALL;
	else
		end(t, t->ask != VK_ASK_ALL);
}

static enum vk_racp_op op_of(enum vk_transfer_ask ask)
{
	if (ask == VK_ASK_COUNT)
		return VK_RACP_COUNT;
	if (ask == VK_ASK_ABORT)
		return VK_RACP_ABORT;
	return ask == VK_ASK_DELETE ? VK_RACP_DELETE : VK_RACP_REPORT;
}

static int take_count(struct vk_transfer *t, int32_t count)
{
	t->is_waiting = false;
	if (count > VK_TRANSFER_MAX) {
		end(t, false);
		return -EOVERFLOW;
	}
	t->expected = count;
	t->ask = t->then;
	if (count == 0)
		decide_next(t, true);
	return 0;
}

static int take_code(struct vk_transfer *t, uint8_t code)
{
	if (t->ask == VK_ASK_ABORT) {
		t->ask = t->then;
		return 0;
	}
	switch (code) {
	case VK_RACP_SUCCESS:
		decide_next(t, false);
		return 0;
	case VK_RACP_NO_RECORDS:
		if (t->ask == VK_ASK_COUNT)
			t->ask = t->then;
		decide_next(t, true);
		return 0;
	case VK_RACP_OP_UNSUPPORTED:
	case VK_RACP_OPERATOR_INVALID:
	case VK_RACP_OPERATOR_UNSUPPORTED:
	case VK_RACP_OPERAND_INVALID:
	case VK_RACP_OPERAND_UNSUPPORTED:
		not_understood(t);
		return 0;
	default:
		end(t, t->ask == VK_ASK_DELETE);
		return -EAGAIN;
	}
}

int vk_transfer_response(struct vk_transfer *t, const uint8_t *raw, size_t len)
{
	if (len < 4 || raw[1] != VK_RACP_NULL || !t->is_waiting)
		return -EBADMSG;
	if (raw[0] == VK_RACP_COUNT_RESPONSE && t->ask == VK_ASK_COUNT)
		return take_count(t, vk_get_le16(raw + 2));
	if (raw[0] != VK_RACP_RESPONSE || raw[2] != (uint8_t)op_of(t->ask))
		return -EBADMSG;
	t->is_waiting = false;
	return take_code(t, raw[3]);
}

int vk_transfer_busy(struct vk_transfer *t)
{
	t->is_waiting = false;
	if (t->has_aborted) {
		end(t, false);
		return -EAGAIN;
	}
	t->has_aborted = true;
	t->then = t->ask == VK_ASK_COUNT ? t->then : t->ask;
	t->ask = VK_ASK_ABORT;
	return 0;
}

void vk_transfer_release(struct vk_transfer *t)
{
	t->ready = t->n;
}

const struct vk_record *vk_transfer_next(struct vk_transfer *t)
{
	return t->sent < t->ready ? &t->records[t->sent++] : NULL;
}

void vk_transfer_stored(struct vk_transfer *t, int index)
{
	if (index < 0 || index >= t->sent || t->records[index].is_stored)
		return;
	t->records[index].is_stored = true;
	t->stored++;
}

bool vk_transfer_is_settled(const struct vk_transfer *t)
{
	return t->stored == t->n;
}

/* The end of the stored run that begins with the first record. */
static int32_t run_end(const struct vk_transfer *t)
{
	int32_t expected = t->has_asked_all ? -1 : t->last + 1;
	int32_t end_of_run = -1;
	int length = 0;

	for (int i = 0; i < t->n; i++) {
		const struct vk_record *record = &t->records[i];

		if (!record->is_stored)
			break;
		if (!is_main(record))
			continue;
		if (expected >= 0 && record->sequence != expected)
			break;
		end_of_run = record->sequence;
		expected = end_of_run + 1;
		length++;
	}
	/* One record alone does not tell in which order the meter reports everything. */
	return t->has_asked_all && length < 2 ? -1 : end_of_run;
}

int32_t vk_transfer_committed(const struct vk_transfer *t)
{
	int32_t reached;

	if (vk_transfer_is_reversed(t))
		return -1;
	if (t->is_complete && vk_transfer_is_settled(t)) {
		reached = highest(t);
		return reached < 0 ? t->last : reached;
	}
	reached = run_end(t);
	return reached < 0 ? t->last : reached;
}
