/* SPDX-License-Identifier: Apache-2.0 */
/* Each address of the name in turn. */
#include "mqtt/reach.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/err.h"

static void free_addresses(struct addrinfo **list)
{
	if (*list)
		freeaddrinfo(*list);
}

static int outcome(int fd, int timeout_ms)
{
	struct pollfd wait = {.fd = fd, .events = POLLOUT};
	socklen_t len = sizeof(int);
	int error = 0, n = poll(&wait, 1, timeout_ms);

	if (n == 0)
		return -ETIMEDOUT;
	if (n < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
		return -errno;
	return -error;
}

static int try_address(const struct addrinfo *a, int timeout_ms)
{
	int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), r = 0;

	if (fd < 0)
		return -errno;
	if (connect(fd, a->ai_addr, a->ai_addrlen) < 0)
		r = errno == EINPROGRESS ? outcome(fd, timeout_ms) : -errno;
	(void)close(fd);
	return r;
}

int vk_reach(const struct vk_broker *broker, int timeout_ms)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
	vk_auto(free_addresses) struct addrinfo *list = NULL;
	char port[12];
	int r = -EHOSTUNREACH;

	(void)snprintf(port, sizeof port, "%d", broker->port);
	if (getaddrinfo(broker->host, port, &hints, &list))
		return -EHOSTUNREACH;
	for (const struct addrinfo *a = list; a && r < 0; a = a->ai_next)
		r = try_address(a, timeout_ms);
	return r;
}
