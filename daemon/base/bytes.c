/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded little-endian reading and hexadecimal text. */
#include "base/bytes.h"

#include <ctype.h>
#include <errno.h>

struct vk_reader vk_reader_init(const void *data, size_t len)
{
	return (struct vk_reader){.data = data, .len = len};
}

static uint32_t read_le(struct vk_reader *r, size_t n)
{
	uint32_t value = 0;

	if (r->is_short || r->len - r->at < n) {
		if (!r->is_short)
			r->short_at = r->len;
		r->is_short = true;
		return 0;
	}
	for (size_t i = 0; i < n; i++)
		value |= (uint32_t)r->data[r->at + i] << (8 * i);
	r->at += n;
	return value;
}

uint8_t vk_read_u8(struct vk_reader *r)
{
	return (uint8_t)read_le(r, 1);
}

uint16_t vk_read_le16(struct vk_reader *r)
{
	return (uint16_t)read_le(r, 2);
}

uint32_t vk_read_le24(struct vk_reader *r)
{
	return read_le(r, 3);
}

uint32_t vk_read_le32(struct vk_reader *r)
{
	return read_le(r, 4);
}

size_t vk_reader_left(const struct vk_reader *r)
{
	return r->len - r->at;
}

void vk_hex_format(char *out, const void *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int vk_hex_parse(const char *text, uint8_t *ret_data, size_t max)
{
	size_t n = 0;

	for (;;) {
		while (isspace((unsigned char)*text))
			text++;
		if (!*text)
			return (int)n;
		int high = hex_digit(text[0]);
		int low = high < 0 ? -1 : hex_digit(text[1]);

		if (low < 0)
			return -EINVAL;
		if (n == max)
			return -EMSGSIZE;
		ret_data[n++] = (uint8_t)(high << 4 | low);
		text += 2;
	}
}
