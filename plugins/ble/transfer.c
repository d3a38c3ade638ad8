/* SPDX-License-Identifier: Apache-2.0 */
/* Requests, responses, gaps, and the committed run. Layouts: ble-profiles.md 5.4. */
#include "transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

enum {
	OP_REPORT = 1,
	OP_RESPONSE = 6,
	OPERATOR_ALL = 1,
	OPERATOR_FROM = 3,
	OPERATOR_RANGE = 4,
	OPERATOR_LAST = 6,
	FILTER_SEQUENCE = 1,
	CODE_SUCCESS = 1,
	CODE_OP_NOT_SUPPORTED = 2,
	CODE_INVALID_OPERATOR = 3,
	CODE_OPERATOR_NOT_SUPPORTED = 4,
	CODE_INVALID_OPERAND = 5,
	CODE_NO_RECORDS = 6,
	CODE_OPERAND_NOT_SUPPORTED = 9,
	SEQUENCES = 65536,
};

void vk_transfer_init(struct vk_transfer *t, int32_t last)
{
	*t = (struct vk_transfer){
		.last = last < 0 || last >= SEQUENCES ? -1 : last,
		.gap_from = -1,
	};
	/* After 65535 the numbers start anew: only everything is sure to hold the new ones. */
	t->ask = t->last < 0 || t->last == SEQUENCES - 1 ? VK_ASK_ALL : VK_ASK_NEWER;
}

void vk_transfer_done(struct vk_transfer *t)
{
	free(t->records);
	t->records = NULL;
	t->n = t->capacity = 0;
}

static size_t request_range(uint8_t *out, uint8_t operator_, int32_t first, int32_t last)
{
	out[0] = OP_REPORT;
	out[1] = operator_;
	out[2] = FILTER_SEQUENCE;
	vk_put_le16(out + 3, (uint16_t)first);
	if (operator_ != OPERATOR_RANGE)
		return 5;
	vk_put_le16(out + 5, (uint16_t)last);
	return 7;
}

size_t vk_transfer_request(struct vk_transfer *t, uint8_t out[VK_TRANSFER_REQUEST_MAX])
{
	if (t->is_done || t->is_waiting)
		return 0;
	t->is_waiting = true;
	out[0] = OP_REPORT;
	switch (t->ask) {
	case VK_ASK_ALL:
		t->has_asked_all = true;
		out[1] = OPERATOR_ALL;
		return 2;
	case VK_ASK_NEWEST:
		out[1] = OPERATOR_LAST;
		return 2;
	case VK_ASK_NEWER:
		return request_range(out, OPERATOR_FROM, t->last + 1, 0);
	case VK_ASK_GAP:
		return request_range(out, OPERATOR_RANGE, t->gap_first, t->gap_last);
	case VK_ASK_NOTHING:
	default:
		t->is_waiting = false;
		return 0;
	}
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
	return 0;
}

/* The first run of missing numbers at or after t->gap_from, between what came. */
static bool find_gap(struct vk_transfer *t)
{
	uint8_t seen[SEQUENCES / 8] = {0};
	int32_t low = SEQUENCES, high = -1, at;

	for (int i = 0; i < t->n; i++) {
		int32_t s = t->records[i].sequence;

		if (t->records[i].uuid != VK_UUID_GLUCOSE)
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

/* A report has ended well, or there was nothing to report. */
static void decide_next(struct vk_transfer *t, bool is_empty)
{
	if (t->ask == VK_ASK_NEWER && is_empty && t->n == 0) {
		t->ask = VK_ASK_NEWEST;
		return;
	}
	if (t->ask == VK_ASK_NEWEST) {
		/* Only a meter that was reset has a newest record below what we have. */
		if (t->n > 0 && t->records[t->n - 1].sequence < t->last)
			t->ask = VK_ASK_ALL;
		else
			end(t, true);
		return;
	}
	if (t->gaps < VK_TRANSFER_GAPS && find_gap(t)) {
		t->gaps++;
		t->ask = VK_ASK_GAP;
		return;
	}
	end(t, true);
}

static void not_understood(struct vk_transfer *t)
{
	if (t->ask == VK_ASK_NEWER || (t->ask == VK_ASK_ALL && !t->has_asked_all))
		t->ask = VK_ASK_ALL;
	else
		end(t, t->ask != VK_ASK_ALL);
}

int vk_transfer_response(struct vk_transfer *t, const uint8_t *raw, size_t len)
{
	if (len < 4 || raw[0] != OP_RESPONSE || raw[2] != OP_REPORT || !t->is_waiting)
		return -EBADMSG;
	t->is_waiting = false;
	switch (raw[3]) {
	case CODE_SUCCESS:
		decide_next(t, false);
		return 0;
	case CODE_NO_RECORDS:
		decide_next(t, true);
		return 0;
	case CODE_OP_NOT_SUPPORTED:
	case CODE_INVALID_OPERATOR:
	case CODE_OPERATOR_NOT_SUPPORTED:
	case CODE_INVALID_OPERAND:
	case CODE_OPERAND_NOT_SUPPORTED:
		not_understood(t);
		return 0;
	default:
		end(t, false);
		return -EAGAIN;
	}
}

const struct vk_record *vk_transfer_next(struct vk_transfer *t)
{
	return t->sent < t->n ? &t->records[t->sent++] : NULL;
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

static int32_t highest(const struct vk_transfer *t)
{
	int32_t high = -1;

	for (int i = 0; i < t->n; i++)
		if (t->records[i].uuid == VK_UUID_GLUCOSE && t->records[i].sequence > high)
			high = t->records[i].sequence;
	return high;
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
		if (record->uuid != VK_UUID_GLUCOSE)
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

	if (t->is_complete && vk_transfer_is_settled(t)) {
		reached = highest(t);
		return reached < 0 ? t->last : reached;
	}
	reached = run_end(t);
	return reached < 0 ? t->last : reached;
}
