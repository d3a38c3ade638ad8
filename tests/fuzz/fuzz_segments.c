/* SPDX-License-Identifier: Apache-2.0 */
/* A run of notifications, each behind its length: joined, and decoded when whole. */
#include <stdlib.h>

#include "profiles/health_sensor.h"
#include "profiles/pressure_record.h"
#include "profiles/segments.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vk_segments records = {0}, observations = {0};
	struct vk_decode_error error;
	struct vk_decoded d;

	while (size) {
		size_t len = data[0] < size ? data[0] : size - 1;

		if (vk_segments_add(&records, data + 1, len, VK_PRESSURE_RECORD_HEAD, &error) == 1)
			(void)vk_pressure_record_decode_joined(records.data, records.len, &d,
							       &error);
		if (vk_segments_add(&observations, data + 1, len, 0, &error) == 1)
			(void)vk_observation_decode_joined(observations.data, observations.len, &d,
							   &error);
		if (records.len > VK_SEGMENTS_MAX || observations.len > VK_SEGMENTS_MAX)
			abort();
		data += len + 1;
		size -= len + 1;
	}
	return 0;
}
