/* SPDX-License-Identifier: Apache-2.0 */
/* Socket options in the order that leaves no moment without the filter. */
#include "witness/channel.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	PROTOCOL_HCI = 1,
	ANY_ADAPTER = 0xffff,
	CHANNEL_MONITOR = 2,
	RECEIVE_BYTES = 1 << 20,
	TYPE_LE = 0x80,
	LINKS_MOST = 64,
	MEMINFO_DROPS = 8,
	MEMINFO_WORDS = 9,
};

static const unsigned long hci_connections = _IOR('H', 212, int);

struct connection {
	uint16_t handle;
	uint8_t address[6];
	uint8_t type, is_out;
	uint16_t state;
	uint32_t mode;
};

struct connections {
	uint16_t adapter, n;
	struct connection list[LINKS_MOST];
};

_Static_assert(sizeof(struct connection) == 16, "the kernel's hci_conn_info has 16 bytes");

/* BPF loads big-endian, the packets are little-endian: opcode 5 reads 0x0500. */
#define LOAD(size, at)        BPF_STMT(BPF_LD | (size) | BPF_ABS, (at))
#define EQUAL(k, then, other) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (k), (then), (other))
#define TAKE                  BPF_STMT(BPF_RET | BPF_K, 2048)
#define DROP                  BPF_STMT(BPF_RET | BPF_K, 0)
#define TAKE_IF(k)            EQUAL(k, 0, 1), TAKE
#define DROP_UNLESS(k)        EQUAL(k, 1, 0), DROP

static int set_filter(int fd)
{
	struct sock_filter code[] = {
		LOAD(BPF_H, 0),
		TAKE_IF(0x0100), /* an adapter has gone */
		TAKE_IF(0x0900), /* … or was closed */
		EQUAL(0x0500, 23, 0),
		EQUAL(0x0400, 15, 0),
		DROP_UNLESS(0x0300),
		/* Events: disconnection, and the three ways an LE link comes up. */
		LOAD(BPF_B, 6),
		TAKE_IF(0x05),
		DROP_UNLESS(0x3e),
		LOAD(BPF_B, 8),
		TAKE_IF(0x01),
		TAKE_IF(0x0a),
		TAKE_IF(0x29),
		DROP,
		/* Sent: a confirmation alone. */
		LOAD(BPF_H, 12),
		DROP_UNLESS(0x0400),
		LOAD(BPF_B, 14),
		TAKE_IF(0x1e),
		DROP,
		/* Received: later fragments, and indications. */
		LOAD(BPF_B, 7),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x30),
		TAKE_IF(0x10),
		LOAD(BPF_H, 12),
		DROP_UNLESS(0x0400),
		LOAD(BPF_B, 14),
		TAKE_IF(0x1d),
		DROP,
	};
	struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};
	int one = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_LOCK_FILTER, &one, sizeof one) < 0)
		return -errno;
	return 0;
}

static int drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0};

	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

int vk_channel_open(struct vk_channel *ret_channel)
{
	uint16_t address[3] = {AF_BLUETOOTH, ANY_ADAPTER, CHANNEL_MONITOR};
	int bytes = RECEIVE_BYTES, r = 0;
	struct vk_channel c = {
		.fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, PROTOCOL_HCI)};

	c.query = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC, PROTOCOL_HCI);
	if (c.fd < 0 || c.query < 0)
		return -errno;
	(void)setsockopt(c.fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
	r = set_filter(c.fd);
	if (r == 0 && bind(c.fd, (const struct sockaddr *)address, sizeof address) < 0)
		r = -errno;
	if (r == 0)
		r = drop_capabilities();
	*ret_channel = c;
	return r;
}

bool vk_channel_who(const struct vk_channel *channel, uint16_t adapter, uint16_t link,
		    uint8_t ret_address[6])
{
	struct connections all = {.adapter = adapter, .n = LINKS_MOST};

	if (ioctl(channel->query, hci_connections, &all) < 0)
		return false;
	for (int i = 0; i < all.n && i < LINKS_MOST; i++) {
		if (all.list[i].type != TYPE_LE || all.list[i].handle != link)
			continue;
		memcpy(ret_address, all.list[i].address, sizeof all.list[i].address);
		return true;
	}
	return false;
}

uint32_t vk_channel_drops(const struct vk_channel *channel)
{
	uint32_t words[MEMINFO_WORDS] = {0};
	socklen_t len = sizeof words;

	if (getsockopt(channel->fd, SOL_SOCKET, SO_MEMINFO, words, &len) < 0)
		return 0;
	return words[MEMINFO_DROPS];
}
