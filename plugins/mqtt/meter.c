/* SPDX-License-Identifier: Apache-2.0 */
/* TCP_INFO of the kernel's own header: that of the C library ends before what is wanted. */
#include "mqtt/meter.h"

#include <fcntl.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* States of a connection whose other end has said good-bye. The kernel counts that as a byte. */
static bool is_closed_by_peer(uint8_t state)
{
	enum { TIME_WAIT = 6, CLOSE_WAIT = 8, LAST_ACK = 9, CLOSING = 11 };

	return state == TIME_WAIT || state == CLOSE_WAIT || state == LAST_ACK || state == CLOSING;
}

static struct vk_traffic read_socket(int fd)
{
	struct tcp_info info = {0};
	socklen_t len = sizeof info;

	if (fd < 0 || getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return (struct vk_traffic){0};
	return (struct vk_traffic){
		.sent = (int64_t)info.tcpi_bytes_sent,
		.received = (int64_t)info.tcpi_bytes_received - is_closed_by_peer(info.tcpi_state),
		.packets = (int64_t)info.tcpi_segs_out + info.tcpi_segs_in,
	};
}

/* What the connection has carried since it was last taken; never less than nothing. */
static struct vk_traffic since_taken(const struct vk_meter *m)
{
	struct vk_traffic now = read_socket(m->fd), d = {0};

	if (now.sent > m->taken.sent)
		d.sent = now.sent - m->taken.sent;
	if (now.received > m->taken.received)
		d.received = now.received - m->taken.received;
	if (now.packets > m->taken.packets)
		d.packets = now.packets - m->taken.packets;
	return d;
}

static void add(struct vk_traffic *sum, const struct vk_traffic *t)
{
	sum->sent += t->sent;
	sum->received += t->received;
	sum->packets += t->packets;
}

void vk_meter_init(struct vk_meter *m)
{
	*m = (struct vk_meter){.fd = -1};
}

void vk_meter_begin(struct vk_meter *m, int fd)
{
	vk_meter_end(m);
	m->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

void vk_meter_end(struct vk_meter *m)
{
	struct vk_traffic rest = since_taken(m);

	add(&m->ended, &rest);
	m->taken = (struct vk_traffic){0};
	if (m->fd >= 0)
		(void)close(m->fd);
	m->fd = -1;
}

bool vk_meter_take(struct vk_meter *m, struct vk_traffic *ret_traffic)
{
	struct vk_traffic now = since_taken(m);

	*ret_traffic = m->ended;
	add(ret_traffic, &now);
	add(&m->taken, &now);
	m->ended = (struct vk_traffic){0};
	return ret_traffic->packets || ret_traffic->sent || ret_traffic->received;
}
