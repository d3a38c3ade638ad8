/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Record Access Control Point (2A52): how a collector asks a device for what it has stored, and
 * what the device answers. ble-profiles.md 5.4.
 */
#ifndef VAKA_PROFILES_RACP_H
#define VAKA_PROFILES_RACP_H

#include <stddef.h>
#include <stdint.h>

#include "base/decoded.h"
#include "profiles/profile.h"

enum vk_racp_op {
	VK_RACP_REPORT = 1,
	VK_RACP_DELETE = 2,
	VK_RACP_ABORT = 3,
	VK_RACP_COUNT = 4,
	VK_RACP_COUNT_RESPONSE = 5,
	VK_RACP_RESPONSE = 6,
	VK_RACP_COMBINED = 7, /* newer services: report, and count what was reported */
	VK_RACP_COMBINED_RESPONSE = 8,
};

enum vk_racp_operator {
	VK_RACP_NULL = 0,
	VK_RACP_ALL = 1,
	VK_RACP_AT_MOST = 2,
	VK_RACP_AT_LEAST = 3,
	VK_RACP_WITHIN = 4,
	VK_RACP_FIRST = 5,
	VK_RACP_LAST = 6,
};

/* struct vk_racp.result of VK_RACP_RESPONSE. */
enum vk_racp_result {
	VK_RACP_SUCCESS = 1,
	VK_RACP_OP_UNSUPPORTED = 2,
	VK_RACP_OPERATOR_INVALID = 3,
	VK_RACP_OPERATOR_UNSUPPORTED = 4,
	VK_RACP_OPERAND_INVALID = 5,
	VK_RACP_NO_RECORDS = 6, /* normal: nothing new */
	VK_RACP_ABORT_UNSUCCESSFUL = 7,
	VK_RACP_NOT_COMPLETED = 8,       /* keep what came, go on later from the last sequence */
	VK_RACP_OPERAND_UNSUPPORTED = 9, /* fall back to all records */
};

enum vk_racp_filter { VK_RACP_BY_SEQUENCE = 1, VK_RACP_BY_TIME = 2 };

enum { VK_RACP_MAX = 17 }; /* bytes of the longest request that is built here */

/* A request with all its parts. first and last, or from and until, as the operator needs them. */
struct vk_racp_request {
	enum vk_racp_op op;
	enum vk_racp_operator operator_;
	enum vk_racp_filter filter;  /* of AT_MOST, AT_LEAST and WITHIN, else ignored */
	uint16_t first, last;        /* by sequence: AT_LEAST first, AT_MOST last, WITHIN both */
	struct vk_civil from, until; /* by the time a person sees, likewise */
};

/* Writes any request to out (VK_RACP_MAX bytes) and returns its length. */
size_t vk_racp_build(uint8_t *out, const struct vk_racp_request *request);

/* Each writes a request to out (VK_RACP_MAX bytes) and returns its length. */
size_t vk_racp_build_report_all(uint8_t *out);
size_t vk_racp_build_report_from(uint8_t *out, uint16_t first_sequence);
size_t vk_racp_build_count_all(uint8_t *out);
size_t vk_racp_build_abort(uint8_t *out);

/* Decodes a request or an answer. 0, or -EBADMSG with the error filled. Any thread. */
int vk_racp_decode(const uint8_t *data, size_t len, struct vk_decoded *ret_d,
		   struct vk_decode_error *reterr_error);

#endif
