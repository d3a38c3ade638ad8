/* SPDX-License-Identifier: Apache-2.0 */
/* Full jitter. */
#include "mqtt/backoff.h"

uint32_t vk_backoff_ms(unsigned attempt, uint32_t random)
{
	uint32_t ceiling = VK_BACKOFF_FIRST_MS;

	while (attempt-- > 1 && ceiling < VK_BACKOFF_MOST_MS)
		ceiling *= 2;
	if (ceiling > VK_BACKOFF_MOST_MS)
		ceiling = VK_BACKOFF_MOST_MS;
	return VK_BACKOFF_LEAST_MS + random % (ceiling - VK_BACKOFF_LEAST_MS + 1);
}
