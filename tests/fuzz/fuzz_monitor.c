/* SPDX-License-Identifier: Apache-2.0 */
/* Any packets of the monitor channel, each after its length, into the witness. */
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "witness/monitor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool who(void *user, uint16_t adapter, uint16_t link, uint8_t ret_address[6])
{
	(void)user;
	memset(ret_address, adapter, 6);
	return link % 3 != 0;
}

static void confirmed(void *user, const uint8_t address[6], uint16_t handle, const uint8_t *data,
		      size_t len)
{
	uint8_t copy[VK_MONITOR_PDU];

	(void)user;
	(void)address;
	(void)handle;
	if (len > sizeof copy)
		abort();
	memcpy(copy, data, len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct vk_monitor_ops ops = {.who = who, .confirmed = confirmed};
	vk_auto(vk_freep) struct vk_monitor *m = calloc(1, sizeof *m);

	if (!m || size < 1)
		return 0;
	vk_monitor_init(m, data[0] & 1 ? 0 : -1, &ops, NULL);
	for (data++, size--; size > 0;) {
		size_t len = data[0] < size - 1 ? data[0] : size - 1;
		vk_auto(vk_freep) uint8_t *alone = malloc(len ? len : 1);

		if (!alone)
			return 0;
		memcpy(alone, data + 1, len);
		vk_monitor_packet(m, alone, len);
		data += len + 1;
		size -= len + 1;
	}
	return 0;
}
