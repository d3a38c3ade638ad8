/* SPDX-License-Identifier: Apache-2.0 */
/* Feature characteristics, one row each: size and the names of its bits; ble-profiles.md 4-8, 13.
 */
#include "profiles/feature.h"

#include <errno.h>

#include "profiles/e2e_crc.h"
#include "profiles/layout.h"
#include "profiles/pulse_oximeter.h"

enum {
	UUID_BLOOD_PRESSURE = 0x2a49,
	UUID_GLUCOSE = 0x2a51,
	UUID_OXIMETER = 0x2a60,
	UUID_WEIGHT = 0x2a9e,
	UUID_COMPOSITION = 0x2a9b,
	UUID_CGM = 0x2aa8,

	OXIMETER_MEASUREMENT = 1 << 0,
	OXIMETER_SENSOR = 1 << 1,
	CGM_CRC = 1 << 12,
	CGM_NO_CRC = 0xffff,
	CGM_SIZE = 4,
};

static const char *const blood_pressure[] = {
	"body-movement",  "cuff-fit",  "irregular-pulse", "pulse-rate-range", "position",
	"multiple-bonds", "check-sum", "user-data",       "user-facing-time",
};
static const char *const glucose[] = {
	"battery-low",   "sensor-malfunction", "sample-size",          "strip-insertion",
	"strip-type",    "result-high-low",    "temperature-high-low", "read-interrupted",
	"general-fault", "time-fault",         "multiple-bonds",
};
static const char *const oximeter[] = {
	"measurement-status",
	"sensor-status",
	"stored-spot-checks",
	"time-stamp",
	"fast",
	"slow",
	"pulse-amplitude-index",
	"multiple-bonds",
};
static const char *const weight[] = {"time-stamp", "multiple-users", "bmi"};
static const char *const composition[] = {
	"time-stamp",  "multiple-users", "basal-metabolism", "muscle-percentage",
	"muscle-mass", "fat-free-mass",  "soft-lean-mass",   "body-water-mass",
	"impedance",   "weight",         "height",
};
static const char *const cgm[] = {
	[0] = "calibration",        [1] = "patient-limits",
	[2] = "hypo-alert",         [3] = "hyper-alert",
	[4] = "rate-alert",         [5] = "device-alert",
	[6] = "sensor-malfunction", [7] = "temperature-high-low",
	[8] = "result-high-low",    [9] = "battery-low",
	[10] = "sensor-type",       [11] = "general-fault",
	[12] = "check-sum",         [13] = "multiple-bonds",
	[14] = "multiple-sessions", [15] = "trend",
	[16] = "quality",
};

static const struct row {
	uint16_t uuid;
	uint8_t size; /* bytes of the bits themselves */
	uint8_t need; /* bytes of the shortest value */
	uint8_t n_texts;
	const char *const *texts;
	uint8_t mass_at, height_at; /* lowest bit of the resolutions, 0: none */
} rows[] = {
	{UUID_BLOOD_PRESSURE, 2, 2, VK_ARRAY_LEN(blood_pressure), blood_pressure, 0, 0},
	{UUID_GLUCOSE, 2, 2, VK_ARRAY_LEN(glucose), glucose, 0, 0},
	{UUID_OXIMETER, 2, 2, VK_ARRAY_LEN(oximeter), oximeter, 0, 0},
	{UUID_WEIGHT, 4, 4, VK_ARRAY_LEN(weight), weight, 3, 7},
	{UUID_COMPOSITION, 4, 4, VK_ARRAY_LEN(composition), composition, 11, 15},
	{UUID_CGM, 3, CGM_SIZE + VK_E2E_CRC_SIZE, VK_ARRAY_LEN(cgm), cgm, 0, 0},
};

static const struct row *row_of(uint16_t uuid)
{
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++)
		if (rows[i].uuid == uuid)
			return &rows[i];
	return NULL;
}

const char *vk_feature_text(uint16_t uuid, int bit)
{
	const struct row *row = row_of(uuid);

	return row && bit >= 0 && bit < row->n_texts ? row->texts[bit] : NULL;
}

/* Which statuses an oximeter can report follow, each only if its bit says so. */
static int read_oximeter(struct vk_reader *r, struct vk_feature *f,
			 struct vk_decode_error *reterr_error)
{
	size_t need =
		(f->bits & OXIMETER_MEASUREMENT ? 2u : 0u) + (f->bits & OXIMETER_SENSOR ? 3u : 0u);

	if (vk_reader_left(r) < need)
		return vk_decode_fail(reterr_error, r->len,
				      "supported statuses need %zu bytes, %zu came", need,
				      vk_reader_left(r));
	if (f->bits & OXIMETER_MEASUREMENT)
		f->reports |= vk_oximeter_measurement_flags(vk_read_le16(r));
	if (f->bits & OXIMETER_SENSOR)
		f->reports |= vk_oximeter_sensor_flags(vk_read_le24(r));
	return 0;
}

/* The check sum stands there in any case; without the feature it is 0xFFFF. */
static int read_cgm(struct vk_reader *r, struct vk_feature *f, struct vk_decode_error *reterr_error)
{
	uint8_t nibbles = vk_read_u8(r);

	f->sample_type = nibbles & 15;
	f->location = nibbles >> 4;
	if (f->bits & CGM_CRC)
		return vk_e2e_crc_check(r->data, CGM_SIZE, 0, reterr_error);
	if (vk_read_le16(r) != CGM_NO_CRC)
		return vk_decode_fail(reterr_error, CGM_SIZE,
				      "a check sum without the feature, 0x%04x is expected",
				      CGM_NO_CRC);
	return 0;
}

static uint32_t read_bits(struct vk_reader *r, uint8_t size)
{
	if (size == 2)
		return vk_read_le16(r);
	return size == 3 ? vk_read_le24(r) : vk_read_le32(r);
}

int vk_feature_decode(uint16_t uuid, const uint8_t *data, size_t len, struct vk_feature *ret,
		      struct vk_decode_error *reterr_error)
{
	struct vk_feature f = {.uuid = uuid, .sample_type = -1, .location = -1};
	struct vk_reader r = vk_reader_init(data, len);
	const struct row *row = row_of(uuid);
	int rc = 0;

	if (!row)
		return -ENOTSUP;
	if (len < row->need)
		return vk_decode_fail(reterr_error, len, "%u bytes are needed, %zu came", row->need,
				      len);
	f.bits = read_bits(&r, row->size);
	if (row->mass_at) {
		f.mass_step = (int8_t)(f.bits >> row->mass_at & 15);
		f.height_step = (int8_t)(f.bits >> row->height_at & 7);
	}
	if (uuid == UUID_OXIMETER)
		rc = read_oximeter(&r, &f, reterr_error);
	if (uuid == UUID_CGM)
		rc = read_cgm(&r, &f, reterr_error);
	if (!rc)
		*ret = f;
	return rc;
}
