/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pulse Oximeter Service 1822: 2A5E (spot) and 2A5F (continuous); ble-profiles.md 6. Their flag
 * bits differ, so each has its own table.
 */
#include "profiles/pulse_oximeter.h"

#include "profiles/layout.h"

enum { SPOT_CLOCK_NOT_SET = 1 << 4 };

static const uint8_t measurement_bits[] = {
	[5] = VK_FLAG_MEASUREMENT_ONGOING + 1,
	[6] = VK_FLAG_EARLY_ESTIMATE + 1,
	[7] = VK_FLAG_VALIDATED + 1,
	[8] = VK_FLAG_FULLY_QUALIFIED + 1,
	[9] = VK_FLAG_FROM_STORAGE + 1,
	[10] = VK_FLAG_DEMONSTRATION + 1,
	[11] = VK_FLAG_TEST_DATA + 1,
	[12] = VK_FLAG_CALIBRATION_ONGOING + 1,
	[13] = VK_FLAG_MEASUREMENT_UNAVAILABLE + 1,
	[14] = VK_FLAG_QUESTIONABLE + 1,
	[15] = VK_FLAG_INVALID + 1,
};

static const uint8_t sensor_bits[] = {
	[0] = VK_FLAG_EXTENDED_DISPLAY_UPDATE + 1,
	[1] = VK_FLAG_EQUIPMENT_MALFUNCTION + 1,
	[2] = VK_FLAG_SIGNAL_IRREGULARITY + 1,
	[3] = VK_FLAG_INADEQUATE_SIGNAL + 1,
	[4] = VK_FLAG_POOR_SIGNAL + 1,
	[5] = VK_FLAG_LOW_PERFUSION + 1,
	[6] = VK_FLAG_ERRATIC_SIGNAL + 1,
	[7] = VK_FLAG_NON_PULSATILE + 1,
	[8] = VK_FLAG_QUESTIONABLE_PULSE + 1,
	[9] = VK_FLAG_SIGNAL_ANALYSIS_ONGOING + 1,
	[10] = VK_FLAG_SENSOR_INTERFERENCE + 1,
	[11] = VK_FLAG_SENSOR_OFF + 1,
	[12] = VK_FLAG_UNKNOWN_SENSOR + 1,
	[13] = VK_FLAG_SENSOR_DISPLACED + 1,
	[14] = VK_FLAG_SENSOR_MALFUNCTION + 1,
	[15] = VK_FLAG_SENSOR_DISCONNECTED + 1,
};

uint64_t vk_oximeter_measurement_flags(uint16_t status)
{
	return vk_status_flags(status, measurement_bits, VK_ARRAY_LEN(measurement_bits));
}

uint64_t vk_oximeter_sensor_flags(uint32_t status)
{
	return vk_status_flags(status, sensor_bits, VK_ARRAY_LEN(sensor_bits));
}

#define SATURATION                                                                                 \
	{                                                                                          \
		.name = "SpO2", .read = vk_field_sfloat, .size = 2, .quantity = VK_QUANTITY_SPO2,  \
		.scale = {                                                                         \
			{VK_UNIT_PERCENT, 1, 0}                                                    \
		}                                                                                  \
	}
#define PULSE                                                                                      \
	{                                                                                          \
		.name = "pulse rate", .read = vk_field_sfloat, .size = 2,                          \
		.quantity = VK_QUANTITY_PULSE_RATE, .scale = {                                     \
			{VK_UNIT_PER_MIN, 1, 0}                                                    \
		}                                                                                  \
	}
#define MEASUREMENT_STATUS(bit)                                                                    \
	{                                                                                          \
		.name = "measurement status", .read = vk_field_status, .when = (bit), .size = 2,   \
		.bits = measurement_bits, .n_bits = VK_ARRAY_LEN(measurement_bits)                 \
	}
#define SENSOR_STATUS(bit)                                                                         \
	{                                                                                          \
		.name = "device and sensor status", .read = vk_field_status, .when = (bit),        \
		.size = 3, .bits = sensor_bits, .n_bits = VK_ARRAY_LEN(sensor_bits)                \
	}
#define AMPLITUDE_INDEX(bit)                                                                       \
	{                                                                                          \
		.name = "pulse amplitude index", .read = vk_field_sfloat, .when = (bit),           \
		.size = 2, .quantity = VK_QUANTITY_PULSE_AMPLITUDE_INDEX, .scale = {               \
			{VK_UNIT_PERCENT, 1, 0}                                                    \
		}                                                                                  \
	}

static const struct vk_field spot_fields[] = {
	SATURATION,
	PULSE,
	{.name = "time stamp", .read = vk_field_date_time, .when = 1 << 0, .size = 7},
	MEASUREMENT_STATUS(1 << 1),
	SENSOR_STATUS(1 << 2),
	AMPLITUDE_INDEX(1 << 3),
};

/* The fast and the slow average stand beside the normal one, which is the one to keep. */
static const struct vk_field continuous_fields[] = {
	SATURATION,
	PULSE,
	{.name = "fast SpO2 and pulse rate", .read = vk_field_skip, .when = 1 << 0, .size = 4},
	{.name = "slow SpO2 and pulse rate", .read = vk_field_skip, .when = 1 << 1, .size = 4},
	MEASUREMENT_STATUS(1 << 2),
	SENSOR_STATUS(1 << 3),
	AMPLITUDE_INDEX(1 << 4),
};

static int finish_spot(struct vk_reader *r, uint16_t flags, struct vk_decoded *d,
		       struct vk_decode_error *reterr_error)
{
	(void)r;
	(void)reterr_error;
	if (flags & SPOT_CLOCK_NOT_SET)
		vk_decoded_flag(d, VK_FLAG_DEVICE_CLOCK_NOT_SET);
	return 0;
}

const struct vk_layout vk_spo2_spot_layout = {
	.uuid = 0x2a5e,
	.kind = VK_KIND_SPO2_SPOT,
	.is_measurement = true,
	.flags_size = 1,
	VK_LAYOUT_FIELDS(spot_fields),
	.finish = finish_spot,
};

const struct vk_layout vk_spo2_continuous_layout = {
	.uuid = 0x2a5f,
	.kind = VK_KIND_SPO2_CONTINUOUS,
	.is_measurement = true,
	.flags_size = 1,
	VK_LAYOUT_FIELDS(continuous_fields),
};
