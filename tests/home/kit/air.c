/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See air.h. One command out, its Command Complete back; the kernel's filter lets nothing else of
 * the controller's traffic through.
 */
#include "air.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "le.h"
#include "util.h"

#define AF_BT            31
#define BTPROTO_HCI      1
#define CHANNEL_RAW      0
#define SOL_HCI          0
#define HCI_FILTER       2
#define PACKET_COMMAND   1
#define PACKET_EVENT     4
#define COMMAND_COMPLETE 0x0e
#define EMULATOR         0xfc10
#define SUBCMD_AIR       1
#define SUBCMD_STORM     2
#define STATUS_AT        6 /* packet type, event, length, packets, opcode */
#define WAIT_MS          2000

struct sockaddr_raw {
	uint16_t family;
	uint16_t dev;
	uint16_t channel;
};

struct filter {
	uint32_t types;
	uint32_t events[2];
	uint16_t opcode;
};

int vk_air_parse(const char *word, enum vk_air *out)
{
	static const char *const names[VK_AIR_COUNT] = {
		[VK_AIR_OPEN] = "open",
		[VK_AIR_SILENT] = "silent",
		[VK_AIR_SILENT_UNTIL_RESET] = "silent-until-reset",
		[VK_AIR_DEAF_TO_ADVERTS] = "deaf-to-adverts",
	};

	for (int i = 0; i < VK_AIR_COUNT; i++) {
		if (strcmp(word, names[i]) == 0) {
			*out = (enum vk_air)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int open_raw(uint16_t index, int *out)
{
	struct sockaddr_raw a = {AF_BT, index, CHANNEL_RAW};
	struct filter f = {1u << PACKET_EVENT, {1u << COMMAND_COMPLETE, 0}, EMULATOR};
	int fd vk_auto(vk_close_fd) = socket(AF_BT, SOCK_RAW | SOCK_CLOEXEC, BTPROTO_HCI);

	if (fd < 0 || setsockopt(fd, SOL_HCI, HCI_FILTER, &f, sizeof(f)) < 0 ||
	    bind(fd, (const struct sockaddr *)&a, sizeof(a)) < 0)
		return -errno;
	*out = vk_steal_fd(&fd);
	return 0;
}

static int command(uint16_t index, const uint8_t *data, uint8_t len)
{
	uint8_t b[16] = {PACKET_COMMAND, 0, 0, len};
	uint8_t answer[64];
	struct pollfd p = {.events = POLLIN};
	int fd vk_auto(vk_close_fd) = -1;
	int rc = open_raw(index, &fd);
	ssize_t n;

	if (rc < 0)
		return rc;
	vk_put16(b + 1, EMULATOR);
	memcpy(b + 4, data, len);
	if (write(fd, b, 4u + len) < 0)
		return -errno;
	p.fd = fd;
	rc = poll(&p, 1, WAIT_MS);
	if (rc <= 0)
		return rc < 0 ? -errno : -ETIMEDOUT;
	n = read(fd, answer, sizeof(answer));
	return n > STATUS_AT && answer[STATUS_AT] == 0 ? 0 : -EPROTO;
}

int vk_air_set(uint16_t index, enum vk_air air)
{
	const uint8_t data[] = {SUBCMD_AIR, (uint8_t)air};

	return command(index, data, sizeof(data));
}

int vk_air_storm(uint16_t index, uint16_t per_second, uint16_t seconds)
{
	uint8_t data[5] = {SUBCMD_STORM};

	vk_put16(data + 1, per_second);
	vk_put16(data + 3, seconds);
	return command(index, data, sizeof(data));
}
