/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reading: what one device said at one moment, whose it is, and when it was. Its identity is made
 * of what the device sent and never of the patient, so sending twice is harmless and assigning it
 * later keeps its id (design §4, "Identity").
 */
#ifndef VAKA_CORE_READING_H
#define VAKA_CORE_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/decoded.h"
#include "core/time.h"

enum {
	VK_ID_TEXT = 65, /* any id and its NUL */
	VK_UUID_TEXT = 37,
	VK_RAW_MAX = 512, /* bytes of one characteristic value */
};

/* How the moment of a reading is known. The text stands in the database and in FHIR notes. */
enum vk_time_reason {
	VK_PLACED_RECEIVED,   /* live, no usable device time: the hub's time of reception */
	VK_PLACED_DEVICE,     /* device time, device clock within its known offset */
	VK_PLACED_CORRECTED,  /* device time shifted by the offset measured in this session */
	VK_PLACED_IMPOSSIBLE, /* device time is impossible, value is live: the hub's time */
	VK_PLACED_UNPLACED, /* a stored record without a trustworthy time: history without alert */
	VK_PLACED_HUB_UNSURE, /* the hub's own clock is unsure: to be placed later */
	VK_PLACED_SUMMER,     /* the device did not follow summer time, which was undone */
	VK_PLACED_KEPT,     /* the device's clock was changed since; what it was before is known */
	VK_PLACED_EITHER,   /* before or after such a change: the middle of both */
	VK_PLACED_SEQUENCE, /* between the records before and after it */
	VK_N_TIME_REASONS,
};

/* Whose the reading is, and how that is known (whose.h). The text stands in the database. */
enum vk_whose_reason {
	VK_WHOSE_UNASKED,      /* nobody has looked yet */
	VK_WHOSE_ASSIGNED,     /* all evidence agrees */
	VK_WHOSE_SAID,         /* a person has said it */
	VK_WHOSE_JUMP,         /* theirs, but so far from the last that they are asked */
	VK_WHOSE_UNASSIGNED,   /* the device is nobody's */
	VK_WHOSE_UNKNOWN_USER, /* the device's user number is nobody's */
	VK_WHOSE_OUTSIDE_BAND, /* outside what is expected of everybody who uses the device */
	VK_WHOSE_AMBIGUOUS,    /* may be of more than one */
	VK_WHOSE_CONFLICT,     /* one evidence says one person, another says another */
	VK_N_WHOSE,
};

struct vk_reading {
	char id[VK_UUID_TEXT];
	int32_t rev;
	char patient[VK_ID_TEXT]; /* "" is unassigned */
	enum vk_whose_reason whose;
	char asked[VK_ID_TEXT];  /* unassigned: on whose display it is asked, "" the home's */
	char device[VK_ID_TEXT]; /* identity address as 12 upper-case hex digits */
	uint16_t characteristic; /* 16-bit UUID */
	uint8_t raw[VK_RAW_MAX];
	uint16_t raw_len;
	struct vk_decoded decoded;
	int64_t received_utc_ms;  /* hub wall clock at reception */
	int64_t received_mono_ms; /* hub line at reception */
	int64_t time_utc_ms;      /* corrected time of the measurement */
	int64_t uncertainty_s;    /* half width; 0: seconds, as good as it gets; -1: unknown */
	enum vk_time_reason time_reason;
	bool is_live; /* sent by itself or just measured, not fetched from a store */
	bool is_retracted;
	/* Of a revision, on its way to the core only: what counts readings has not counted it for
	   this patient. */
	bool is_new_here;
	/* What the collector knows of the records around it (plugins/ble/timeline.h). It is true
	   while the hub's clock is: has_place says which of VK_PLACED_CORRECTED, _KEPT, _EITHER,
	   _SEQUENCE or _UNPLACED. */
	bool has_place;
	enum vk_time_reason place_reason;
	int64_t place_utc_ms, place_uncertainty_s;
	bool is_clock_steady;    /* the session before saw it as near to the wall as this one, */
	int64_t clock_drift_s;   /* but for so much */
	bool is_sequence_moving; /* its number is another one tomorrow: time is its anchor */
	bool has_clock_offset;   /* device clock was read in this session */
	int64_t clock_offset_s;  /* hub minus device at that moment */
	uint32_t capture;        /* per-device number, for values with neither sequence nor time */
};

const char *vk_time_reason_text(enum vk_time_reason reason);

/* True when the time is that of the measurement, within its uncertainty; false for one that only
 * says when it came. */
bool vk_time_is_measured(enum vk_time_reason reason);

/*
 * Places a reading in time from its device time, the session's clock offset and the time of
 * reception: sets time_utc_ms, uncertainty_s and time_reason. zone is the local zone of the home.
 */
void vk_reading_place(struct vk_reading *r, const struct vk_zone *zone,
		      enum vk_clock_quality quality);

/*
 * True when the device time can be: from 2020-01-01 to five minutes after reception (clinical.md
 * 1.5), counted with the session's clock offset, and the device does not say itself that its clock
 * is not set. While the hub's clock is unsynced neither the offset nor reception is a measure: only
 * the lower bound holds.
 */
bool vk_reading_time_is_possible(const struct vk_reading *r, const struct vk_zone *zone,
				 enum vk_clock_quality quality);

/*
 * Writes the bytes whose SHA-256 is the reading's identity: device, characteristic, raw bytes and
 * the anchor (sequence number; else a possible device time; else the capture number). Returns their
 * number; out holds VK_IDENTITY_MAX. The hash itself is the shell's (libsodium).
 */
enum { VK_IDENTITY_MAX = VK_RAW_MAX + VK_ID_TEXT + 64 };
size_t vk_reading_identity(const struct vk_reading *r, bool time_is_possible, uint8_t *out);

/* True when the reading has neither sequence number nor possible device time: the capture anchors.
 */
bool vk_reading_needs_capture(const struct vk_reading *r, bool time_is_possible);

/* Writes a version 8 UUID from the first 16 bytes of the hash. */
void vk_uuid8_format(char out[VK_UUID_TEXT], const uint8_t hash[16]);

#endif
