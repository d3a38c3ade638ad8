/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When were the records of a device measured, if its clock was changed among them? What is known:
 * the device's clock read in this session, the mark an earlier session left (what the clock said
 * then), the order of the records, and that none lies in the future. From these each record gets
 * the shift from the device's clock to UTC and how far that may be off, or the word that nothing
 * is known. One change between the mark and now is placed between the records it must lie between;
 * of several, the records in the middle are held by their neighbours. Pure.
 *
 * All times are seconds; a wall clock counts as if it were UTC.
 */
#ifndef VAKA_BLE_TIMELINE_H
#define VAKA_BLE_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

enum {
	VK_TIMELINE_JITTER_S = 2,  /* a clock that was read is known to its second and the way */
	VK_TIMELINE_DRIFT_S = 3,   /* what a device's clock gains or loses in a day */
	VK_TIMELINE_SLACK_S = 120, /* differences below it are drift and rounding, not a change */
	VK_TIMELINE_UNCHECKED_S = 3600, /* a clock that nobody read: summer time, at least */
	VK_TIMELINE_UNKNOWN_S = -1,     /* of an uncertainty */
};

/* What a device's clock said at one moment. */
struct vk_clock_mark {
	bool is_known;
	int64_t utc_s, wall_s; /* the hub's; wall_s is local */
	int64_t device_s;
};

enum vk_placed_by {
	VK_BY_WALL = 0,   /* the device follows the wall clock: read its time as local time */
	VK_BY_READ,       /* shift of the clock as read now */
	VK_BY_KEPT,       /* shift that the earlier session left */
	VK_BY_EITHER,     /* one of these two: the middle, and half their difference */
	VK_BY_NEIGHBOURS, /* between the records before and after it */
	VK_BY_NOTHING,    /* no trustworthy time */
};

struct vk_moment {
	bool has_time;
	int64_t device_s;   /* as the device shows it, glucose: base time plus offset */
	int32_t offset_min; /* glucose: the offset in it, 0 */
	/* Result. utc_s is the placed moment; shift is utc_s less device_s. */
	enum vk_placed_by by;
	int64_t utc_s, uncertainty_s;
};

struct vk_timeline {
	struct vk_clock_mark before, now; /* before: left by the last session */
	int64_t now_utc_s, now_wall_s;
};

/* Places n moments that stand in the order in which they were measured. */
void vk_timeline_place(const struct vk_timeline *t, struct vk_moment *moments, int n);

/* "read", "kept", "either", "neighbours", "nothing"; "" for the wall. Static. */
const char *vk_placed_by_text(enum vk_placed_by by);

#endif
