/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Continuous glucose (service 181F): the measurement, which is the one value that carries several
 * records, each with its own size and perhaps a check sum; and what surrounds it: status, session
 * start and the answers of the control point. A collector only listens: it neither calibrates nor
 * starts sessions, so nothing is built here.
 */
#ifndef VAKA_PROFILES_CGM_H
#define VAKA_PROFILES_CGM_H

#include "profiles/profile.h"

/* Session Start Time 2AAA: what the minutes in a record count from. */
struct vk_cgm_start {
	enum vk_time_state state;
	struct vk_civil time; /* the sensor's wall clock */
	bool has_zone, has_dst;
	int16_t zone_min, dst_min; /* as in struct vk_local_time */
};

/* Status 2AA9. */
struct vk_cgm_status {
	uint16_t offset_min; /* since session start */
	uint64_t flags;      /* bit n: enum vk_flag n */
};

/* An answer of the Specific Ops Control Point 2AAC; ble-profiles.md 13 has the op codes. */
struct vk_cgm_answer {
	uint8_t op;
	uint8_t request_op; /* of op 28, else 0 */
	uint8_t operand;    /* first byte: the result of op 28, minutes of op 3 */
};

/*
 * 2AA7. start may be NULL: then a record's minutes are no time, and none is given. Number of
 * records (1…VK_MAX_RECORDS), or -EBADMSG with the error filled. Two bytes more than a record's
 * flags need are its check sum.
 */
int vk_cgm_decode(const uint8_t *data, size_t len, const struct vk_cgm_start *start,
		  struct vk_decoded ret_records[VK_MAX_RECORDS],
		  struct vk_decode_error *reterr_error);

/* 0, or -EBADMSG with the error filled. */
int vk_cgm_start_decode(const uint8_t *data, size_t len, struct vk_cgm_start *ret,
			struct vk_decode_error *reterr_error);
int vk_cgm_status_decode(const uint8_t *data, size_t len, struct vk_cgm_status *ret,
			 struct vk_decode_error *reterr_error);
int vk_cgm_run_time_decode(const uint8_t *data, size_t len, uint16_t *ret_hours,
			   struct vk_decode_error *reterr_error);
int vk_cgm_answer_decode(const uint8_t *data, size_t len, struct vk_cgm_answer *ret,
			 struct vk_decode_error *reterr_error);

/* The three octets of sensor status as flags: device, calibration and temperature, warnings. */
uint64_t vk_cgm_flags(uint8_t device, uint8_t calibration, uint8_t warning);

#endif
