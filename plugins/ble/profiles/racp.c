/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RACP requests and answers. Answers are judged strictly, since an end of transfer that was none
 * would lose the rest of a history.
 */
#include "profiles/racp.h"

#include "profiles/date_time.h"
#include "profiles/layout.h"

static size_t put_limit(uint8_t *out, enum vk_racp_filter filter, uint16_t sequence,
			const struct vk_civil *time)
{
	if (filter == VK_RACP_BY_SEQUENCE) {
		vk_put_le16(out, sequence);
		return 2;
	}
	vk_date_time_build(out, time);
	return VK_DATE_TIME_SIZE;
}

size_t vk_racp_build(uint8_t *out, const struct vk_racp_request *request)
{
	bool has_first =
		request->operator_ == VK_RACP_AT_LEAST || request->operator_ == VK_RACP_WITHIN;
	bool has_last =
		request->operator_ == VK_RACP_AT_MOST || request->operator_ == VK_RACP_WITHIN;
	size_t n = 2;

	out[0] = (uint8_t)request->op;
	out[1] = (uint8_t)request->operator_;
	if (has_first || has_last)
		out[n++] = (uint8_t)request->filter;
	if (has_first)
		n += put_limit(out + n, request->filter, request->first, &request->from);
	if (has_last)
		n += put_limit(out + n, request->filter, request->last, &request->until);
	return n;
}

size_t vk_racp_build_report_all(uint8_t *out)
{
	return vk_racp_build(
		out, &(struct vk_racp_request){.op = VK_RACP_REPORT, .operator_ = VK_RACP_ALL});
}

size_t vk_racp_build_report_from(uint8_t *out, uint16_t first_sequence)
{
	return vk_racp_build(out, &(struct vk_racp_request){.op = VK_RACP_REPORT,
							    .operator_ = VK_RACP_AT_LEAST,
							    .filter = VK_RACP_BY_SEQUENCE,
							    .first = first_sequence});
}

size_t vk_racp_build_count_all(uint8_t *out)
{
	return vk_racp_build(
		out, &(struct vk_racp_request){.op = VK_RACP_COUNT, .operator_ = VK_RACP_ALL});
}

size_t vk_racp_build_abort(uint8_t *out)
{
	return vk_racp_build(
		out, &(struct vk_racp_request){.op = VK_RACP_ABORT, .operator_ = VK_RACP_NULL});
}

/* Bytes of one limit of a filter; 0 for a filter of a kind we do not know. */
static size_t limit_size(uint8_t filter)
{
	if (filter == VK_RACP_BY_SEQUENCE)
		return 2;
	return filter == VK_RACP_BY_TIME ? VK_DATE_TIME_SIZE : 0;
}

/* The operand of a request: filter type, then one limit, or two for a range. */
static int check_operand(struct vk_reader *r, uint8_t operator_,
			 struct vk_decode_error *reterr_error)
{
	size_t n_limits = operator_ == VK_RACP_WITHIN ? 2 : 1;
	size_t need;

	if (operator_ < VK_RACP_AT_MOST || operator_ > VK_RACP_WITHIN)
		return 0;
	if (!vk_reader_left(r))
		return vk_decode_fail(reterr_error, r->len, "operator %u without filter type",
				      operator_);
	need = n_limits * limit_size(vk_read_u8(r));
	if (vk_reader_left(r) < need)
		return vk_decode_fail(reterr_error, r->len, "filter needs %zu bytes, %zu came",
				      need, vk_reader_left(r));
	return 0;
}

static int decode_answer(struct vk_reader *r, struct vk_racp *racp,
			 struct vk_decode_error *reterr_error)
{
	if (racp->operator_ != VK_RACP_NULL)
		return vk_decode_fail(reterr_error, 1, "operator of an answer is %u, not 0",
				      racp->operator_);
	if (vk_reader_left(r) < 2)
		return vk_decode_fail(reterr_error, r->len, "answer needs 4 bytes, %zu came",
				      r->len);
	if (racp->op != VK_RACP_RESPONSE) {
		racp->count = vk_read_le16(r);
		return 0;
	}
	racp->request_op = vk_read_u8(r);
	racp->result = vk_read_u8(r);
	return 0;
}

static bool is_answer(uint8_t op)
{
	return op == VK_RACP_COUNT_RESPONSE || op == VK_RACP_RESPONSE ||
	       op == VK_RACP_COMBINED_RESPONSE;
}

int vk_racp_decode(const uint8_t *data, size_t len, struct vk_decoded *ret_d,
		   struct vk_decode_error *reterr_error)
{
	struct vk_reader r = vk_reader_init(data, len);
	struct vk_decoded d = vk_decoded_init(VK_KIND_RACP);
	int rc;

	if (len < 2)
		return vk_decode_fail(reterr_error, len, "op code and operator need 2 bytes");
	d.racp.op = vk_read_u8(&r);
	d.racp.operator_ = vk_read_u8(&r);
	if (is_answer(d.racp.op))
		rc = decode_answer(&r, &d.racp, reterr_error);
	else
		rc = check_operand(&r, d.racp.operator_, reterr_error);
	if (!rc)
		*ret_d = d;
	return rc;
}
