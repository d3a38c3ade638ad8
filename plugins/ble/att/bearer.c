/* SPDX-License-Identifier: Apache-2.0 */
/* Arming, waiting for encryption, reading dry. The kernel's own headers are not needed for this. */
#include "att/bearer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "att/pdu.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/str.h"
#include "uv_handle.h"

enum {
	SOL_BLUETOOTH_LEVEL = 274,
	BT_SECURITY_OPTION = 4,
	PROTOCOL_L2CAP = 0,
	CID_ATT = 4,
	TYPE_PUBLIC = 1,
	RECEIVE_BYTES = 1 << 18, /* L2CAP has no flow control here: a full buffer drops records */
	PACKETS_A_TURN = 64,
	LOOK_MS = 20, /* there is no event for encryption */
	LOOKS_FAST = 100,
	LOOK_SLOW_MS = 100, /* a person is typing a passkey */
};

struct l2_address {
	uint16_t family, psm;
	uint8_t bytes[6];
	uint8_t cid[2];
	uint8_t type;
	uint8_t unused;
};

_Static_assert(sizeof(struct l2_address) == 14, "the kernel's sockaddr_l2 has 14 bytes");

static void look(uv_timer_t *timer);

int vk_bearer_address_parse(const char *text, int type, struct vk_bearer_address *ret_address)
{
	unsigned b[6];
	int used = 0;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[5], &b[4], &b[3], &b[2], &b[1], &b[0],
		   &used) != 6 ||
	    text[used] || (type != 1 && type != 2))
		return -EINVAL;
	for (int i = 0; i < 6; i++)
		ret_address->bytes[i] = (uint8_t)b[i];
	ret_address->type = (uint8_t)type;
	return 0;
}

void vk_bearer_init(struct vk_bearer *b, uv_loop_t *loop, const struct vk_bearer_ops *ops,
		    void *user)
{
	*b = (struct vk_bearer){.loop = loop, .ops = ops, .user = user, .fd = -1};
}

void vk_bearer_keep(struct vk_bearer *b, struct vk_fdstore *store, const char *name)
{
	b->store = store;
	(void)vk_copy(b->name, sizeof b->name, name ? name : "");
}

/* The store's reference goes; the socket would live on with it. */
static void unkeep(struct vk_bearer *b)
{
	if (b->store && b->state != VK_BEARER_UP && b->state != VK_BEARER_CLOSED)
		vk_fdstore_remove(b->name);
}

void vk_bearer_close(struct vk_bearer *b)
{
	unkeep(b);
	vk_uv_close((uv_handle_t **)&b->poll);
	vk_uv_close((uv_handle_t **)&b->timer);
	if (b->fd >= 0) {
		(void)shutdown(b->fd, SHUT_RDWR); /* whoever else holds it */
		(void)close(b->fd);
	}
	b->fd = -1;
	b->state = VK_BEARER_CLOSED;
}

void vk_bearer_leave(struct vk_bearer *b)
{
	if (b->store && (b->state == VK_BEARER_PENDING || b->state == VK_BEARER_ENCRYPTING)) {
		(void)close(b->fd);
		b->fd = -1;
		b->state = VK_BEARER_CLOSED;
	}
	vk_bearer_close(b);
}

static void end(struct vk_bearer *b, int error)
{
	enum vk_link_stage stage = b->state == VK_BEARER_PENDING      ? VK_LINK_CONNECTING
				   : b->state == VK_BEARER_ENCRYPTING ? VK_LINK_ENCRYPTING
								      : VK_LINK_UP;

	vk_bearer_close(b);
	b->ops->ended(b->user, stage, error);
}

static int socket_error(const struct vk_bearer *b)
{
	int error = 0;
	socklen_t len = sizeof error;

	if (getsockopt(b->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return errno;
	return error;
}

int vk_bearer_level(const struct vk_bearer *b)
{
	uint8_t security[2] = {0};
	socklen_t len = sizeof security;

	if (b->fd < 0 ||
	    getsockopt(b->fd, SOL_BLUETOOTH_LEVEL, BT_SECURITY_OPTION, security, &len) < 0)
		return 0;
	return security[0];
}

static int set_level(int fd, int level)
{
	uint8_t security[2] = {(uint8_t)level, 0};

	if (setsockopt(fd, SOL_BLUETOOTH_LEVEL, BT_SECURITY_OPTION, security, sizeof security) < 0)
		return -errno;
	return 0;
}

/* True while there may be more. */
static bool read_some(struct vk_bearer *b)
{
	uint8_t pdu[VK_ATT_PDU_MAX];
	int fd = b->fd, i;

	for (i = 0; i < PACKETS_A_TURN && b->fd == fd && b->state == VK_BEARER_UP; i++) {
		ssize_t n = recv(b->fd, pdu, sizeof pdu, MSG_DONTWAIT);

		if (n > 0) {
			b->ops->packet(b->user, pdu, (size_t)n);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			break;
		/* What came before the end counts. */
		end(b, n < 0 ? errno : 0);
		return false;
	}
	if (b->fd != fd || b->state != VK_BEARER_UP)
		return false;
	b->ops->dry(b->user);
	return b->fd == fd && b->state == VK_BEARER_UP && i == PACKETS_A_TURN;
}

/* libuv stops watching a socket with an error: what lies in it is read now or never. */
static void read_broken(struct vk_bearer *b)
{
	int fd = b->fd, error;

	while (read_some(b))
		continue;
	if (b->fd != fd || b->state != VK_BEARER_UP)
		return;
	error = socket_error(b);
	end(b, error ? error : ECONNRESET);
}

static void on_poll(uv_poll_t *poll, int status, int events);

static void watch(struct vk_bearer *b, int events)
{
	if (b->poll)
		(void)uv_poll_start(b->poll, events, on_poll);
}

static void look_again(struct vk_bearer *b)
{
	uint64_t pause = b->looks++ < LOOKS_FAST ? LOOK_MS : LOOK_SLOW_MS;

	if (b->timer)
		(void)uv_timer_start(b->timer, look, pause, 0);
}

static void check_level(struct vk_bearer *b)
{
	if (vk_bearer_level(b) < b->level) {
		look_again(b);
		return;
	}
	if (b->state == VK_BEARER_UP) {
		b->ops->raised(b->user);
		return;
	}
	unkeep(b);
	b->state = VK_BEARER_UP;
	vk_bearer_hold(b, false);
	b->ops->up(b->user);
}

void vk_bearer_hold(struct vk_bearer *b, bool is_held)
{
	b->is_held = is_held;
	if (b->state == VK_BEARER_UP)
		watch(b, UV_DISCONNECT | (is_held ? 0 : UV_READABLE));
}

static void look(uv_timer_t *timer)
{
	check_level(timer->data);
}

static void on_connected(struct vk_bearer *b)
{
	b->state = VK_BEARER_ENCRYPTING;
	b->looks = 0;
	watch(b, UV_DISCONNECT);
	check_level(b);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct vk_bearer *b = poll->data;
	int error;

	if (b->state == VK_BEARER_UP && !b->is_held) {
		if (status < 0)
			read_broken(b);
		else
			(void)read_some(b); /* reports the end itself, after the last packet */
		return;
	}
	error = socket_error(b);
	if (status < 0 || error || (events & UV_DISCONNECT))
		end(b, error ? error : ECONNRESET);
	else if (b->state == VK_BEARER_PENDING && (events & UV_WRITABLE))
		on_connected(b);
}

static struct l2_address l2_address(const struct vk_bearer_address *address)
{
	struct l2_address a = {.family = AF_BLUETOOTH, .type = address->type};

	memcpy(a.bytes, address->bytes, sizeof a.bytes);
	vk_put_le16(a.cid, CID_ATT);
	return a;
}

/* An open, bound socket, or negative errno. */
static int open_socket(const struct vk_bearer_address *adapter, int level)
{
	vk_auto(vk_closep) int fd =
		socket(AF_BLUETOOTH, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, PROTOCOL_L2CAP);
	struct l2_address me = l2_address(adapter);
	struct timeval never = {0};
	int bytes = RECEIVE_BYTES, r;

	if (fd < 0)
		return -errno;
	me.type = TYPE_PUBLIC;
	if (bind(fd, (const struct sockaddr *)&me, sizeof me) < 0)
		return -errno;
	r = set_level(fd, level);
	if (r < 0)
		return r;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &never, sizeof never) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes) < 0)
		return -errno;
	r = fd;
	fd = -1;
	return r;
}

static int watch_socket(struct vk_bearer *b)
{
	b->poll = calloc(1, sizeof *b->poll);
	b->timer = calloc(1, sizeof *b->timer);
	if (!b->poll || !b->timer || uv_poll_init(b->loop, b->poll, b->fd) < 0) {
		free(b->poll);
		free(b->timer);
		b->poll = NULL;
		b->timer = NULL;
		return -ENOMEM;
	}
	(void)uv_timer_init(b->loop, b->timer);
	b->poll->data = b;
	b->timer->data = b;
	watch(b, UV_WRITABLE | UV_DISCONNECT);
	return 0;
}

/* A pending socket, or negative errno. */
static int start_connect(const struct vk_bearer_address *adapter,
			 const struct vk_bearer_address *device, int level)
{
	struct l2_address peer = l2_address(device);
	vk_auto(vk_closep) int fd = open_socket(adapter, level);
	int r;

	if (fd < 0)
		return fd;
	if (connect(fd, (const struct sockaddr *)&peer, sizeof peer) == 0)
		return -EALREADY;
	if (errno != EINPROGRESS)
		return -errno;
	r = fd;
	fd = -1;
	return r;
}

int vk_bearer_arm(struct vk_bearer *b, const struct vk_bearer_address *adapter,
		  const struct vk_bearer_address *device, int level)
{
	int r;

	vk_bearer_close(b);
	b->level = level;
	b->fd = b->store ? vk_fdstore_take(b->store, b->name) : -1;
	if (b->fd < 0) {
		r = start_connect(adapter, device, level);
		if (r < 0)
			return r;
		b->fd = r;
		if (b->store)
			vk_fdstore_put(b->name, b->fd);
	}
	b->state = VK_BEARER_PENDING;
	r = watch_socket(b);
	if (r < 0)
		vk_bearer_close(b);
	return r;
}

int vk_bearer_send(struct vk_bearer *b, const uint8_t *pdu, size_t len)
{
	if (b->state != VK_BEARER_UP)
		return -ENOTCONN;
	return send(b->fd, pdu, len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
}

int vk_bearer_raise(struct vk_bearer *b)
{
	int r = b->state == VK_BEARER_UP ? set_level(b->fd, VK_LEVEL_AUTHENTICATED) : -ENOTCONN;

	if (r < 0)
		return r;
	b->level = VK_LEVEL_AUTHENTICATED;
	b->looks = 0;
	look_again(b);
	return 0;
}
