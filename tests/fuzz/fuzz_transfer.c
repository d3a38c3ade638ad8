/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A meter that answers anything to its record access point: the transfer must end, must never say
 * that it goes on from a number nobody stored, and must place every record it hands over.
 */
#include <stdlib.h>
#include <string.h>

#include "records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { REQUESTS_MOST = 64, HISTORIES = 5 };

static void place(struct vk_transfer *t, uint8_t mode)
{
	struct vk_timeline line = {.now_utc_s = 1772606400, .now_wall_s = 1772610000};
	int64_t newest_s;

	line.now = (struct vk_clock_mark){mode & 8, line.now_utc_s, line.now_wall_s, 1483228800};
	line.before = (struct vk_clock_mark){mode & 16, line.now_utc_s - 86400,
					     line.now_wall_s - 86400, 1772523600};
	vk_records_stream(t, &line, NULL, mode & 32 ? 1772523600 : VK_RECORDS_NO_TIME);
	if (vk_records_place(t, &line, NULL, &newest_s) < 0)
		return;
	for (int i = 0; i < t->n; i++)
		if (t->records[i].uuid != VK_UUID_GLUCOSE_CONTEXT &&
		    (!t->records[i].is_placed || t->records[i].uncertainty_s < -1))
			abort();
}

static void store(struct vk_transfer *t, bool does_store)
{
	while (vk_transfer_next(t))
		if (does_store)
			vk_transfer_stored(t, t->sent - 1);
}

static bool has(const struct vk_transfer *t, int32_t sequence)
{
	for (int i = 0; i < t->n; i++)
		if (t->records[i].sequence == sequence && t->records[i].is_stored)
			return true;
	return sequence == t->last;
}

static void feed(struct vk_transfer *t, const uint8_t *data, size_t size, uint8_t mode)
{
	uint8_t out[VK_TRANSFER_REQUEST_MAX];
	int requests = 0;

	while (size > 0) {
		size_t len = data[0] % 24 < size - 1 ? data[0] % 24 : size - 1;

		if (vk_transfer_request(t, out) > 0 && ++requests > REQUESTS_MOST)
			abort();
		if (data[0] & 0x80)
			(void)vk_transfer_response(t, data + 1, len);
		else if (data[0] & 0x40)
			(void)vk_transfer_busy(t);
		else
			(void)vk_transfer_record(
				t, data[0] & 0x20 ? VK_UUID_GLUCOSE_CONTEXT : VK_UUID_GLUCOSE,
				data + 1, len, 0);
		data += len + 1;
		size -= len + 1;
	}
	place(t, mode);
	store(t, !(mode & 32));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vk_transfer t;

	if (size < 2)
		return 0;
	vk_transfer_init(&t, (int32_t)data[1] - 1);
	vk_transfer_begin(&t, (enum vk_history)(data[0] % HISTORIES));
	t.may_delete = data[0] & 64;
	t.is_order_known = data[0] & 128;
	t.is_restarted = data[1] & 64;
	feed(&t, data + 2, size - 2, data[0]);
	if (vk_transfer_committed(&t) >= 0 && !has(&t, vk_transfer_committed(&t)))
		abort();
	vk_transfer_done(&t);
	return 0;
}
