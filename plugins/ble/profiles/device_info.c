/* SPDX-License-Identifier: Apache-2.0 */
/* Texts and identifiers of a device, made safe to show and to match. */
#include "profiles/device_info.h"

#include <string.h>

#include "base/str.h"
#include "profiles/layout.h"

enum { SYSTEM_ID_SIZE = 8, PNP_ID_SIZE = 7, DELETE = 0x7f, CONTINUATION_BITS = 0xc0 };

const char *vk_device_text_name(uint16_t uuid)
{
	static const struct {
		uint16_t uuid;
		const char *name;
	} rows[] = {
		{0x2a24, "model"},    {0x2a25, "serial"},   {0x2a26, "firmware"},
		{0x2a27, "hardware"}, {0x2a28, "software"}, {0x2a29, "manufacturer"},
	};

	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++)
		if (rows[i].uuid == uuid)
			return rows[i].name;
	return NULL;
}

static bool is_padding(uint8_t byte)
{
	return byte == 0 || byte == ' ';
}

static bool is_continuation(uint8_t byte)
{
	return (byte & CONTINUATION_BITS) == 0x80;
}

/* The longest beginning of UTF-8 of at most max bytes that does not cut a character. */
static size_t fitting(const uint8_t *data, size_t len, size_t max)
{
	if (len <= max)
		return len;
	while (is_continuation(data[max]))
		max--;
	return max;
}

void vk_device_text(const uint8_t *data, size_t len, char ret_text[VK_DEVICE_TEXT_MAX])
{
	bool is_utf8;

	while (len && is_padding(data[len - 1]))
		len--;
	while (len && is_padding(*data)) {
		data++;
		len--;
	}
	is_utf8 = vk_is_utf8(data, len);
	if (is_utf8)
		len = fitting(data, len, VK_DEVICE_TEXT_MAX - 1);
	else if (len >= VK_DEVICE_TEXT_MAX)
		len = VK_DEVICE_TEXT_MAX - 1;
	for (size_t i = 0; i < len; i++) {
		bool is_text = data[i] >= ' ' && data[i] != DELETE;

		ret_text[i] = is_text && (is_utf8 || data[i] < DELETE) ? (char)data[i] : '?';
	}
	ret_text[len] = '\0';
}

int vk_system_id_decode(const uint8_t *data, size_t len, struct vk_system_id *ret,
			struct vk_decode_error *reterr_error)
{
	struct vk_reader r = vk_reader_init(data, len);

	if (len < SYSTEM_ID_SIZE)
		return vk_decode_fail(reterr_error, len, "%d bytes are needed, %zu came",
				      SYSTEM_ID_SIZE, len);
	ret->manufacturer = vk_read_le32(&r);
	ret->manufacturer |= (uint64_t)vk_read_u8(&r) << 32;
	ret->organisation = vk_read_le24(&r);
	return 0;
}

int vk_pnp_id_decode(const uint8_t *data, size_t len, struct vk_pnp_id *ret,
		     struct vk_decode_error *reterr_error)
{
	struct vk_reader r = vk_reader_init(data, len);

	if (len < PNP_ID_SIZE)
		return vk_decode_fail(reterr_error, len, "%d bytes are needed, %zu came",
				      PNP_ID_SIZE, len);
	ret->source = vk_read_u8(&r);
	ret->vendor = vk_read_le16(&r);
	ret->product = vk_read_le16(&r);
	ret->version = vk_read_le16(&r);
	return 0;
}
