/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See racp.h. Every request becomes a closed interval over sequence numbers or times, or a place in
 * the store; so selecting is one comparison and there is no case per operator left afterwards.
 */
#include "racp.h"

#include <string.h>

#include "le.h"
#include "number.h"

#define OPERATOR_NULL    0
#define OPERATOR_ALL     1
#define OPERATOR_LESS    2
#define OPERATOR_GREATER 3
#define OPERATOR_RANGE   4
#define OPERATOR_FIRST   5
#define OPERATOR_LAST    6
#define FILTER_SEQUENCE  1
#define FILTER_TIME      2

/* One operand of the given filter type at p; false when it is no possible value. */
static bool operand(const uint8_t *p, bool by_time, int64_t *out)
{
	if (by_time)
		return vk_date_time_decode(p, out) == 0;
	*out = vk_get16(p);
	return true;
}

static enum vk_racp_code parse_filter(const uint8_t *p, size_t len, struct vk_racp_request *out)
{
	size_t operands = out->selector == OPERATOR_RANGE ? 2 : 1;
	size_t size;
	int64_t first;
	int64_t second;

	if (len < 1)
		return VK_RACP_INVALID_OPERAND;
	if (p[0] != FILTER_SEQUENCE && p[0] != FILTER_TIME)
		return VK_RACP_OPERAND_NOT_SUPPORTED;
	out->by_time = p[0] == FILTER_TIME;
	size = out->by_time ? VK_DATE_TIME_LEN : 2;
	if (len != 1 + operands * size || !operand(p + 1, out->by_time, &first))
		return VK_RACP_INVALID_OPERAND;
	if (out->selector != OPERATOR_LESS)
		out->min = first;
	else
		out->max = first;
	if (operands == 1)
		return VK_RACP_SUCCESS;
	if (!operand(p + 1 + size, out->by_time, &second) || second < first)
		return VK_RACP_INVALID_OPERAND;
	out->max = second;
	return VK_RACP_SUCCESS;
}

enum vk_racp_code vk_racp_parse(const uint8_t *p, size_t len, struct vk_racp_request *out)
{
	*out = (struct vk_racp_request){.op = len ? p[0] : 0, .min = INT64_MIN, .max = INT64_MAX};
	if (len < 2)
		return VK_RACP_INVALID_OPERATOR;
	out->selector = p[1];
	if (p[0] == VK_RACP_ABORT)
		return p[1] != OPERATOR_NULL ? VK_RACP_INVALID_OPERATOR
		       : len != 2            ? VK_RACP_INVALID_OPERAND
					     : VK_RACP_SUCCESS;
	if (p[0] != VK_RACP_REPORT && p[0] != VK_RACP_COUNT)
		return VK_RACP_OP_NOT_SUPPORTED;
	switch (p[1]) {
	case OPERATOR_ALL:
	case OPERATOR_FIRST:
	case OPERATOR_LAST:
		return len == 2 ? VK_RACP_SUCCESS : VK_RACP_INVALID_OPERAND;
	case OPERATOR_LESS:
	case OPERATOR_GREATER:
	case OPERATOR_RANGE:
		return parse_filter(p + 2, len - 2, out);
	case OPERATOR_NULL:
		return VK_RACP_INVALID_OPERATOR;
	default:
		return VK_RACP_OPERATOR_NOT_SUPPORTED;
	}
}

bool vk_racp_selects(const struct vk_racp_request *r, unsigned index, unsigned count, uint16_t seq,
		     int64_t wall_s)
{
	int64_t key = r->by_time ? wall_s : seq;

	if (r->selector == OPERATOR_FIRST)
		return index == 0;
	if (r->selector == OPERATOR_LAST)
		return index + 1 == count;
	return key >= r->min && key <= r->max;
}
