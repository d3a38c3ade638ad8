/* SPDX-License-Identifier: Apache-2.0 */
/* Full jitter. */
#include "mqtt/backoff.h"

uint32_t vk_backoff_ms(unsigned attempt, unsigned brokers, uint32_t random, bool is_urgent)
{
	uint32_t ceiling = VK_BACKOFF_FIRST_MS;
	uint32_t most = is_urgent ? VK_BACKOFF_URGENT_MS : VK_BACKOFF_MOST_MS;
	unsigned rounds = attempt ? (attempt - 1) / brokers : 0;

	while (rounds-- > 0 && ceiling < most)
		ceiling *= 2;
	if (ceiling > most)
		ceiling = most;
	return VK_BACKOFF_LEAST_MS + random % (ceiling - VK_BACKOFF_LEAST_MS + 1);
}
