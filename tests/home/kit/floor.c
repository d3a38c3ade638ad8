/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See floor.h. The socket waits in connect() until the device advertises; the kernel encrypts with
 * the bond's key. Nothing is read before the link is encrypted, and no request is ever made: the
 * device remembers from its bonding what it was subscribed to.
 */
#include "floor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "util.h"

#define AF_BT         31
#define BTPROTO_L2CAP 0
#define SOL_BLUETOOTH 274
#define BT_SECURITY   4
#define CID_ATT       4
#define LE_PUBLIC     1
#define MTU           247
#define OP_ERROR      0x01
#define OP_MTU        0x02
#define OP_INDICATE   0x1d
#define OP_CONFIRM    0x1e
#define NOT_SUPPORTED 0x06
#define LEVEL_MEDIUM  2
#define LEVEL_POLL_MS 5
#define LEFT_OVER_MS  2500
#define AGAIN_MS      100

struct sockaddr_link {
	uint16_t family;
	uint16_t psm;
	uint8_t address[6];
	uint16_t cid;
	uint8_t type;
	uint8_t pad;
};

#define SOCKADDR_LINK_LEN 14

struct bt_security {
	uint8_t level;
	uint8_t key_size;
};

struct floor {
	struct sockaddr_link adapter;
	struct sockaddr_link device;
	int file;
};

static int parse_address(const char *text, struct sockaddr_link *out)
{
	unsigned x[6];
	char end;

	*out = (struct sockaddr_link){.family = AF_BT, .cid = CID_ATT, .type = LE_PUBLIC};
	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &x[5], &x[4], &x[3], &x[2], &x[1], &x[0],
		   &end) != 6)
		return -EINVAL;
	for (int i = 0; i < 6; i++)
		out->address[i] = (uint8_t)x[i];
	return 0;
}

static int level(int fd)
{
	struct bt_security s = {0};
	socklen_t len = sizeof(s);

	return getsockopt(fd, SOL_BLUETOOTH, BT_SECURITY, &s, &len) < 0 ? 0 : s.level;
}

/* A socket that waits for the device; -EALREADY: a link of somebody else still hangs. */
static int arm(const struct floor *f, int *out)
{
	struct bt_security medium = {.level = LEVEL_MEDIUM};
	struct timeval for_ever = {0};
	int fd vk_auto(vk_close_fd) =
		socket(AF_BT, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, BTPROTO_L2CAP);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&f->adapter, SOCKADDR_LINK_LEN) < 0 ||
	    setsockopt(fd, SOL_BLUETOOTH, BT_SECURITY, &medium, sizeof(medium)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &for_ever, sizeof(for_ever)) < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)&f->device, SOCKADDR_LINK_LEN) == 0)
		return -EALREADY;
	if (errno != EINPROGRESS)
		return -errno;
	*out = vk_steal_fd(&fd);
	return 0;
}

static int commit(const struct floor *f, const uint8_t *pdu, size_t len)
{
	char line[2 * MTU + 2];

	vk_hex_encode(pdu, len, line);
	line[2 * len] = '\n';
	if (write(f->file, line, 2 * len + 1) < 0 || fdatasync(f->file) < 0)
		return -errno;
	return 0;
}

static int answer(const struct floor *f, int fd, const uint8_t *pdu, size_t len)
{
	static const uint8_t confirm = OP_CONFIRM;
	static const uint8_t mtu[3] = {OP_MTU + 1, MTU, 0};
	uint8_t error[5] = {OP_ERROR, pdu[0], 0, 0, NOT_SUPPORTED};
	bool is_request = !(pdu[0] & 1) && !(pdu[0] & 0x40);
	int rc;

	if (pdu[0] == OP_INDICATE) {
		rc = commit(f, pdu + 1, len - 1);
		return rc < 0 || send(fd, &confirm, 1, 0) == 1 ? rc : -errno;
	}
	if (pdu[0] == OP_MTU)
		return send(fd, mtu, sizeof(mtu), 0) < 0 ? -errno : 0;
	if (is_request && send(fd, error, sizeof(error), 0) < 0)
		return -errno;
	return 0;
}

/* Until the link ends: its errno, negative. */
static int serve(const struct floor *f, int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	uint8_t pdu[MTU];
	int error = 0;
	socklen_t size = sizeof(error);
	int rc = 0;

	if (poll(&p, 1, -1) < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		return -errno;
	if (error)
		return -error;
	while (level(fd) < LEVEL_MEDIUM) {
		p.events = 0;
		if (poll(&p, 1, LEVEL_POLL_MS) > 0)
			return -ECONNRESET;
	}
	p.events = POLLIN;
	while (rc == 0) {
		ssize_t n = poll(&p, 1, -1) < 0 ? -1 : recv(fd, pdu, sizeof(pdu), 0);

		rc = n > 0 ? answer(f, fd, pdu, (size_t)n) : -ECONNRESET;
	}
	return rc;
}

int vk_floor_main(int argc, char **argv)
{
	struct floor f;

	if (argc != 3 || parse_address(argv[0], &f.adapter) < 0 ||
	    parse_address(argv[1], &f.device) < 0)
		return 2;
	f.file = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (f.file < 0) {
		vk_log("floor", "%s: %s", argv[2], strerror(errno));
		return EXIT_FAILURE;
	}
	for (;;) {
		int fd vk_auto(vk_close_fd) = -1;
		int rc = arm(&f, &fd);
		bool was_armed = rc == 0;

		if (rc == 0)
			rc = serve(&f, fd);
		vk_close_fd(&fd);
		vk_log("floor", "%s", strerror(-rc));
		(void)poll(NULL, 0, was_armed ? AGAIN_MS : LEFT_OVER_MS);
	}
}
