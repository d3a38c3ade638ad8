/* SPDX-License-Identifier: Apache-2.0 */
/* Segments to a value. */
#include "profiles/segments.h"

#include <errno.h>
#include <string.h>

#include "profiles/layout.h"

enum { COUNTER_MASK = 0x3f };

static int drop(struct vk_segments *s)
{
	s->len = 0;
	s->is_open = false;
	return -EBADMSG;
}

static int append(struct vk_segments *s, const uint8_t *data, size_t len,
		  struct vk_decode_error *reterr_error)
{
	if (len > sizeof s->data - s->len)
		return vk_decode_fail(reterr_error, 0, "segments hold more than %zu bytes",
				      sizeof s->data);
	memcpy(s->data + s->len, data, len);
	s->len += len;
	return 0;
}

/* Whether this header may come now. */
static int check_order(const struct vk_segments *s, uint8_t header,
		       struct vk_decode_error *reterr_error)
{
	uint8_t counter = header >> VK_SEGMENT_COUNT_SHIFT;

	if (header & VK_SEGMENT_FIRST)
		return 0;
	if (!s->is_open)
		return vk_decode_fail(reterr_error, 0, "segment %u without a first one", counter);
	if (counter != s->next)
		return vk_decode_fail(reterr_error, 0, "segment %u came where %u must", counter,
				      s->next);
	return 0;
}

int vk_segments_add(struct vk_segments *s, const uint8_t *data, size_t len, size_t repeat,
		    struct vk_decode_error *reterr_error)
{
	size_t skip = VK_SEGMENT_HEADER;

	if (len < VK_SEGMENT_HEADER + repeat) {
		(void)vk_decode_fail(reterr_error, len, "a segment needs %zu bytes, %zu came",
				     VK_SEGMENT_HEADER + repeat, len);
		return drop(s);
	}
	if (check_order(s, data[0], reterr_error))
		return drop(s);
	if (data[0] & VK_SEGMENT_FIRST)
		s->len = 0;
	else
		skip += repeat;
	if (append(s, data + skip, len - skip, reterr_error))
		return drop(s);
	s->next = ((data[0] >> VK_SEGMENT_COUNT_SHIFT) + 1) & COUNTER_MASK;
	s->is_open = !(data[0] & VK_SEGMENT_LAST);
	return !s->is_open;
}

int vk_segments_alone(const uint8_t *data, size_t len, struct vk_decode_error *reterr_error)
{
	if (!len)
		return vk_decode_fail(reterr_error, 0, "0 bytes came: no segment header");
	if ((data[0] & (VK_SEGMENT_FIRST | VK_SEGMENT_LAST)) !=
	    (VK_SEGMENT_FIRST | VK_SEGMENT_LAST))
		return vk_decode_fail(reterr_error, 0,
				      "a part of a value: its segments must be joined first");
	return 0;
}
