/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Record Access Control Point 2A52 (Glucose Service 1.0): what a collector asks of a record store.
 * Pure: a request is parsed to a selection, and the selection says of each record whether it
 * belongs to it.
 */
#ifndef VK_KIT_RACP_H
#define VK_KIT_RACP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VK_RACP_REPORT         1
#define VK_RACP_ABORT          3
#define VK_RACP_COUNT          4
#define VK_RACP_COUNT_RESPONSE 5
#define VK_RACP_RESPONSE       6

enum vk_racp_code {
	VK_RACP_SUCCESS = 1,
	VK_RACP_OP_NOT_SUPPORTED = 2,
	VK_RACP_INVALID_OPERATOR = 3,
	VK_RACP_OPERATOR_NOT_SUPPORTED = 4,
	VK_RACP_INVALID_OPERAND = 5,
	VK_RACP_NO_RECORDS = 6,
	VK_RACP_ABORT_UNSUCCESSFUL = 7,
	VK_RACP_NOT_COMPLETED = 8,
	VK_RACP_OPERAND_NOT_SUPPORTED = 9
};

struct vk_racp_request {
	uint8_t op;       /* REPORT, COUNT or ABORT */
	uint8_t selector; /* 1 all, 2 <=, 3 >=, 4 range, 5 first, 6 last */
	bool by_time;
	int64_t min; /* sequence number, or seconds of the wall clock */
	int64_t max;
};

/* SUCCESS, or the response code that the request deserves. out->op is set in any case. */
enum vk_racp_code vk_racp_parse(const uint8_t *p, size_t len, struct vk_racp_request *out);

/* Does the record at index (0 = oldest, of count) belong to the selection? */
bool vk_racp_selects(const struct vk_racp_request *r, unsigned index, unsigned count, uint16_t seq,
		     int64_t wall_s);

#endif
