/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a packet from the other side; what parses must survive being sent on. */
#include <stdlib.h>

#include "plugin/plain_json.h"
#include "vaka/wire.h"

enum { DEPTH_MAX = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the quick reader takes, the library takes too, and for the same. */
static void check_plain(const char *text, size_t len)
{
	json_t *plain = vk_plain_json(text, len, DEPTH_MAX), *exact;

	if (!plain)
		return;
	exact = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_equal(plain, exact))
		abort();
	json_decref(plain);
	json_decref(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct vk_packet packet;
	void *copy = NULL;
	size_t len = 0;

	check_plain((const char *)data, size);
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
