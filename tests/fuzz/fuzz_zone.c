/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a time zone file; what is accepted is a table in order. */
#include <stdint.h>
#include <stdlib.h>

#include "conf/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vk_zone zone;

	if (vk_zone_parse(data, size, &zone))
		return 0;
	if (zone.n < 0 || zone.n > VK_ZONE_MAX)
		abort();
	for (int i = 1; i < zone.n; i++)
		if (zone.transitions[i].utc_s <= zone.transitions[i - 1].utc_s)
			abort();
	(void)vk_zone_offset_s(&zone, 1772319600);
	return 0;
}
