/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a packet from the other side; what parses must survive being sent on. */
#include <stdlib.h>

#include "vaka/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vk_packet packet;
	void *copy = NULL;
	size_t len = 0;

	if (vk_packet_parse(data, size, &packet) < 0)
		return 0;
	if (!vk_packet_str(&packet, "t", NULL))
		abort();
	(void)vk_packet_int(&packet, "n", 0);
	(void)vk_packet_bool(&packet, "retain", 0);
	if (vk_packet_encode(packet.header, packet.body, packet.body_len, &copy, &len) == 0) {
		struct vk_packet again;

		if (vk_packet_parse(copy, len, &again) < 0 || again.body_len != packet.body_len)
			abort();
		vk_packet_done(&again);
	}
	free(copy);
	vk_packet_done(&packet);
	return 0;
}
