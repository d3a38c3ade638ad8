/* SPDX-License-Identifier: Apache-2.0 */
/* CRC-16/MCRF4XX, bit by bit: values are short, and a table would be one more thing to get wrong.
 */
#include "profiles/e2e_crc.h"

#include "base/bytes.h"
#include "profiles/layout.h"

enum { POLYNOMIAL = 0x8408, INITIAL = 0xffff };

uint16_t vk_e2e_crc(const uint8_t *data, size_t len)
{
	uint32_t crc = INITIAL;

	for (size_t i = 0; i < len; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
	}
	return (uint16_t)crc;
}

void vk_e2e_crc_append(uint8_t *data, size_t len)
{
	vk_put_le16(data + len, vk_e2e_crc(data, len));
}

int vk_e2e_crc_check(const uint8_t *data, size_t len, size_t offset,
		     struct vk_decode_error *reterr_error)
{
	uint16_t sent = vk_get_le16(data + len), need = vk_e2e_crc(data, len);

	if (sent == need)
		return 0;
	return vk_decode_fail(reterr_error, offset + len,
			      "check sum 0x%04x, the bytes before it give 0x%04x", sent, need);
}
