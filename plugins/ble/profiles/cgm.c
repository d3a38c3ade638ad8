/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CGM Measurement; ble-profiles.md 13. A record's size counts itself and what may hang on, so known
 * fields are read and the rest is stepped over; two bytes more than the flags need are the check
 * sum of the record. Trend and quality have no quantity in the contract and stay in the raw bytes.
 */
#include "profiles/cgm.h"

#include <errno.h>

#include "profiles/date_time.h"
#include "profiles/e2e_crc.h"
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

/* flag + 1 of each bit; 0: reserved, or the maker's own (bit 4 of the first octet). */
static const uint8_t device_bits[] = {
	[0] = VK_FLAG_SESSION_STOPPED + 1,       [1] = VK_FLAG_BATTERY_LOW + 1,
	[2] = VK_FLAG_SENSOR_TYPE_INCORRECT + 1, [3] = VK_FLAG_SENSOR_MALFUNCTION + 1,
	[5] = VK_FLAG_GENERAL_FAULT + 1,
};

static const uint8_t calibration_bits[] = {
	[0] = VK_FLAG_TIME_SYNC_REQUIRED + 1,      [1] = VK_FLAG_CALIBRATION_NOT_ALLOWED + 1,
	[2] = VK_FLAG_CALIBRATION_RECOMMENDED + 1, [3] = VK_FLAG_CALIBRATION_REQUIRED + 1,
	[4] = VK_FLAG_TEMPERATURE_HIGH + 1,        [5] = VK_FLAG_TEMPERATURE_LOW + 1,
};

static const uint8_t warning_bits[] = {
	VK_FLAG_BELOW_PATIENT_LOW + 1, VK_FLAG_ABOVE_PATIENT_HIGH + 1, VK_FLAG_BELOW_HYPO + 1,
	VK_FLAG_ABOVE_HYPER + 1,       VK_FLAG_FALLING_FAST + 1,       VK_FLAG_RISING_FAST + 1,
	VK_FLAG_RESULT_LOW + 1,        VK_FLAG_RESULT_HIGH + 1,
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

uint64_t vk_cgm_flags(uint8_t device, uint8_t calibration, uint8_t warning)
{
	return vk_status_flags(device, device_bits, VK_ARRAY_LEN(device_bits)) |
	       vk_status_flags(calibration, calibration_bits, VK_ARRAY_LEN(calibration_bits)) |
	       vk_status_flags(warning, warning_bits, VK_ARRAY_LEN(warning_bits));
}

/* An octet that is there, or none of its bits. */
static uint8_t octet(struct vk_reader *r, uint8_t flags, uint8_t bit)
{
	return flags & bit ? vk_read_u8(r) : 0;
}

static void read_record(struct vk_reader *r, const struct vk_cgm_start *start, struct vk_decoded *d)
{
	uint8_t flags = vk_read_u8(r), device, calibration, warning;
	struct vk_decimal number;
	enum vk_absent absent = vk_sfloat_decode(vk_read_le16(r), &number);
	uint16_t offset_min;

	*d = vk_decoded_init(VK_KIND_CGM);
	vk_decoded_add(d, VK_QUANTITY_GLUCOSE, VK_UNIT_MG_DL, absent, number);
	offset_min = vk_read_le16(r);
	if (start)
		d->time_state = VK_TIME_UNKNOWN;
	if (start && start->state == VK_TIME_KNOWN)
		vk_date_time_place(d, &start->time, offset_min * 60);
	device = octet(r, flags, STATUS);
	calibration = octet(r, flags, CALIBRATION);
	warning = octet(r, flags, WARNING);
	d->flags = vk_cgm_flags(device, calibration, warning);
}

/* Length of the record at the start of data, sound in itself, or -EBADMSG. */
static int check_record(const uint8_t *data, size_t left, size_t at,
			struct vk_decode_error *reterr_error)
{
	if (left < RECORD_LEAST)
		return vk_decode_fail(reterr_error, at + left, "a record needs %d bytes, %zu came",
				      RECORD_LEAST, left);
	size_t size = data[0], need = record_need(data[1]);

	if (size < need || size > left)
		return vk_decode_fail(reterr_error, at, "record size %zu, flags need %zu, %zu came",
				      size, need, left);
	if (size == need + VK_E2E_CRC_SIZE && vk_e2e_crc_check(data, need, at, reterr_error))
		return -EBADMSG;
	return (int)size;
}

int vk_cgm_decode(const uint8_t *data, size_t len, const struct vk_cgm_start *start,
		  struct vk_decoded ret_records[VK_MAX_RECORDS],
		  struct vk_decode_error *reterr_error)
{
	size_t at = 0;
	int n = 0;

	do {
		int size = check_record(data + at, len - at, at, reterr_error);

		if (size < 0)
			return size;
		if (n == VK_MAX_RECORDS)
			return vk_decode_fail(reterr_error, at, "more than %d records",
					      VK_MAX_RECORDS);
		struct vk_reader r = vk_reader_init(data + at + 1, (size_t)size - 1);

		read_record(&r, start, &ret_records[n++]);
		at += (size_t)size;
	} while (at < len);
	return n;
}
