/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The records of a transfer in the order in which they were measured, and each one's place in time
 * (timeline.h). The order is the sequence number's, or its opposite for a meter that counts
 * backwards, which shows in times that only fall. Pure but for memory.
 */
#ifndef VAKA_BLE_RECORDS_H
#define VAKA_BLE_RECORDS_H

#include "profiles/quirks.h"
#include "timeline.h"
#include "transfer.h"

#define VK_RECORDS_NO_TIME INT64_MIN

/*
 * True when a record has a new number and is not new: its time, by a clock that was seen unchanged,
 * lies before newest_s, that of the newest record of earlier sessions (VK_RECORDS_NO_TIME: not
 * known). Then numbers say nothing any more, and what they were taken for may not have been asked.
 */
bool vk_records_are_renumbered(const struct vk_transfer *t, const struct vk_timeline *line,
			       const struct vk_quirks *quirks, int64_t newest_s);

/*
 * Places every record and releases all of them. A meter whose times say that it counts backwards
 * becomes VK_HISTORY_REVERSED: its numbers are not gone by any more. ret_newest_s: the newest
 * record's time as the device shows it, or VK_RECORDS_NO_TIME. 0 or -ENOMEM.
 */
int vk_records_place(struct vk_transfer *t, const struct vk_timeline *line,
		     const struct vk_quirks *quirks, int64_t *ret_newest_s);

/*
 * True when the newest number, that nothing is above, is borne by another record than
 * newest_number was in an earlier session (-1: not known), measured at newest_s: the meter has
 * begun to count anew, and has come as far as before.
 */
bool vk_records_are_restarted(const struct vk_transfer *t, const struct vk_quirks *quirks,
			      int32_t newest_number, int64_t newest_s);

/* The number of the record measured at newest_s, if that is the highest one; else -1. */
int32_t vk_records_number_of(const struct vk_transfer *t, const struct vk_quirks *quirks,
			     int64_t newest_s);

/*
 * Releases what came, if it cannot matter what comes later: the clock was seen unchanged and the
 * times go on rising, from newest_s on. Else they wait for vk_records_place().
 */
void vk_records_stream(struct vk_transfer *t, const struct vk_timeline *line,
		       const struct vk_quirks *quirks, int64_t newest_s);

/*
 * True when the record's context says that it is a ketone result in the place of glucose. Contexts
 * come after their record, so a model that does this is never streamed.
 */
bool vk_record_is_ketone(const struct vk_transfer *t, const struct vk_record *record,
			 const struct vk_quirks *quirks);

/* The time of the record with the highest number, of those that were streamed. */
int64_t vk_records_newest_s(const struct vk_transfer *t, const struct vk_quirks *quirks);

/* The time in a record as the device shows it, VK_RECORDS_NO_TIME: none that can be trusted. */
int64_t vk_record_device_s(const struct vk_record *record, const struct vk_quirks *quirks);

#endif
