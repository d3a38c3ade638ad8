/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading foreign bytes. A reader never goes past its end: a read beyond it returns 0, marks the
 * reader as short, and remembers where. The decoder checks once, at the end. Little-endian, as
 * everything in GATT.
 */
#ifndef VAKA_BASE_BYTES_H
#define VAKA_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vk_reader {
	const uint8_t *data;
	size_t len;
	size_t at;       /* next byte, 0…len */
	bool is_short;   /* something was read beyond the end */
	size_t short_at; /* first byte that was missing */
};

struct vk_reader vk_reader_init(const void *data, size_t len);
uint8_t vk_read_u8(struct vk_reader *r);
uint16_t vk_read_le16(struct vk_reader *r);
uint32_t vk_read_le24(struct vk_reader *r);
uint32_t vk_read_le32(struct vk_reader *r);
size_t vk_reader_left(const struct vk_reader *r);

static inline uint16_t vk_get_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline void vk_put_le16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

/*
 * Writes len bytes as lower-case hex and a NUL. out holds 2 * len + 1.
 */
void vk_hex_format(char *out, const void *data, size_t len);

/*
 * Parses hex, blanks between bytes allowed. Returns the number of bytes, -EINVAL for anything that
 * is not hex or an odd digit, -EMSGSIZE when more than max bytes.
 */
int vk_hex_parse(const char *text, uint8_t *ret_data, size_t max);

#endif
