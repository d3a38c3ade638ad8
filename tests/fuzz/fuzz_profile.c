/* SPDX-License-Identifier: Apache-2.0 */
/* Two bytes choose the characteristic, the rest is its value: what any device may send. */
#include <stdlib.h>

#include "base/bytes.h"
#include "profiles/profile.h"

static void check(const struct vk_decoded *d)
{
	if (d->n_values < 0 || d->n_values > VK_MAX_VALUES || d->n_rr < 0 || d->n_rr > VK_MAX_RR)
		abort();
	if (d->time_state == VK_TIME_KNOWN && !vk_civil_is_valid(&d->device_time))
		abort();
	for (int i = 0; i < d->n_values; i++)
		if (d->values[i].number.exponent < -18 || d->values[i].number.exponent > 18)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vk_decoded records[VK_MAX_RECORDS];
	struct vk_decode_error error;

	if (size < 2)
		return 0;
	int n = vk_profile_decode_records(vk_get_le16(data), NULL, data + 2, size - 2, records,
					  &error);

	for (int i = 0; i < n; i++)
		check(&records[i]);
	return 0;
}
