/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CGM Measurement; ble-profiles.md 13. A record's size counts itself and what may hang on (the
 * check sum, if the sensor has one), so known fields are read and the rest is stepped over. Minutes
 * since session start are no time without the session's start, and are left out.
 */
#include "profiles/cgm.h"

#include "profiles/layout.h"
#include "profiles/sfloat.h"

enum {
	TREND = 1 << 0,
	QUALITY = 1 << 1,
	WARNING = 1 << 5,
	CALIBRATION = 1 << 6,
	STATUS = 1 << 7,

	RECORD_LEAST = 6, /* size, flags, glucose, time offset */
};

static size_t record_need(uint8_t flags)
{
	size_t need = RECORD_LEAST;

	need += (flags & STATUS) ? 1 : 0;
	need += (flags & CALIBRATION) ? 1 : 0;
	need += (flags & WARNING) ? 1 : 0;
	need += (flags & TREND) ? 2 : 0;
	need += (flags & QUALITY) ? 2 : 0;
	return need;
}

/* Device state in the first octet; its fifth bit is the maker's own. */
static void status_flags(struct vk_decoded *d, uint8_t status)
{
	if (status & 1 << 1)
		vk_decoded_flag(d, VK_FLAG_BATTERY_LOW);
	if (status & 1 << 3)
		vk_decoded_flag(d, VK_FLAG_SENSOR_MALFUNCTION);
	if (status & 1 << 5)
		vk_decoded_flag(d, VK_FLAG_GENERAL_FAULT);
}

static void read_record(struct vk_reader *r, struct vk_decoded *d)
{
	uint8_t flags = vk_read_u8(r);
	struct vk_decimal number;
	enum vk_absent absent = vk_sfloat_decode(vk_read_le16(r), &number);

	*d = vk_decoded_init(VK_KIND_CGM);
	vk_decoded_add(d, VK_QUANTITY_GLUCOSE, VK_UNIT_MG_DL, absent, number);
	(void)vk_read_le16(r);
	if (flags & STATUS)
		status_flags(d, vk_read_u8(r));
}

int vk_cgm_decode(const uint8_t *data, size_t len, struct vk_decoded ret_records[VK_MAX_RECORDS],
		  struct vk_decode_error *reterr_error)
{
	size_t at = 0;
	int n = 0;

	do {
		size_t left = len - at;

		if (left < RECORD_LEAST)
			return vk_decode_fail(reterr_error, len,
					      "a record needs %d bytes, %zu came", RECORD_LEAST,
					      left);
		size_t size = data[at], need = record_need(data[at + 1]);

		if (size < need || size > left)
			return vk_decode_fail(reterr_error, at,
					      "record size %zu, flags need %zu, %zu came", size,
					      need, left);
		if (n == VK_MAX_RECORDS)
			return vk_decode_fail(reterr_error, at, "more than %d records",
					      VK_MAX_RECORDS);
		struct vk_reader r = vk_reader_init(data + at + 1, size - 1);

		read_record(&r, &ret_records[n++]);
		at += size;
	} while (at < len);
	return n;
}
