/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plugin's end of the socket. Order is kept: what cannot be sent at once waits in a queue, and
 * while anything waits everything else waits behind it. The hub's pings are answered here, so that
 * a plugin that dispatches is alive and one that does not is not.
 */
#include "vaka/plugin.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>

#include "base/err.h"
#include "base/log.h"
#include "base/str.h"

enum {
	WELCOME_TIMEOUT_MS = 10000,
	PACKETS_PER_DISPATCH = 64,
	QUEUE_MAX = 4 * 1024 * 1024,
};

struct waiting {
	struct waiting *next;
	size_t len;
	void *data;
};

struct vk_plugin {
	int fd;
	vk_plugin_fn fn;
	void *user;
	json_int_t next;
	struct waiting *first, **last;
	size_t queued; /* bytes */
	char name[32];
	char buffer[VK_WIRE_MAX];
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int connect_socket(int *ret_fd)
{
	const char *path = getenv("VAKA_SOCKET");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = WELCOME_TIMEOUT_MS / 1000};

	if (!vk_copy(address.sun_path, sizeof address.sun_path,
		     path ? path : "/run/vaka/plugin.sock"))
		return -ENAMETOOLONG;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

static int say_hello(struct vk_plugin *plugin, const char *version)
{
	json_t *hello = json_pack("{s:s,s:i,s:s,s:s,s:b}", "t", "hello", "v", VK_WIRE_VERSION,
				  "plugin", plugin->name, "version", version, "batch", true);
	int r = hello ? vk_packet_send(plugin->fd, hello, NULL, 0) : -ENOMEM;

	json_decref(hello);
	return r;
}

static int wait_readable(int fd, int64_t deadline_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int r;

	do {
		int64_t left = deadline_ms - now_ms();

		r = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	return r == 0 ? -ETIMEDOUT : 0;
}

static int on_first(struct vk_plugin *plugin, const struct vk_packet *packet)
{
	if (strcmp(packet->type, "welcome") == 0 &&
	    vk_packet_int(packet, "v", 0) == VK_WIRE_VERSION)
		return plugin->fn(packet, plugin->user);
	if (strcmp(packet->type, "refused") == 0)
		vk_log(VK_LOG_ERR, plugin->name, "the hub refused: %s: %s",
		       vk_packet_str(packet, "code", "?"), vk_packet_str(packet, "text", ""));
	else
		vk_log(VK_LOG_ERR, plugin->name, "expected a welcome of version %d, got \"%.40s\"",
		       VK_WIRE_VERSION, packet->type);
	return -EPROTO;
}

static int await_welcome(struct vk_plugin *plugin)
{
	vk_auto(vk_packet_done) struct vk_packet packet = {0};
	int r = wait_readable(plugin->fd, now_ms() + WELCOME_TIMEOUT_MS);

	if (r < 0)
		return r;
	ssize_t n = vk_packet_recv(plugin->fd, plugin->buffer);

	if (n <= 0)
		return n == 0 ? -EPIPE : (int)n;
	r = vk_packet_parse(plugin->buffer, (size_t)n, &packet);
	return r < 0 ? r : on_first(plugin, &packet);
}

static void plugin_freep(struct vk_plugin **plugin)
{
	vk_plugin_free(*plugin);
}

int vk_plugin_connect(const char *name, const char *version, vk_plugin_fn fn, void *user,
		      struct vk_plugin **ret_plugin)
{
	vk_auto(plugin_freep) struct vk_plugin *plugin = calloc(1, sizeof *plugin);

	if (!plugin)
		return -ENOMEM;
	plugin->fd = -1;
	plugin->fn = fn;
	plugin->user = user;
	plugin->last = &plugin->first;
	(void)vk_copy(plugin->name, sizeof plugin->name, name);
	int r = connect_socket(&plugin->fd);

	if (r == 0)
		r = say_hello(plugin, version);
	if (r == 0)
		r = await_welcome(plugin);
	if (r < 0)
		return r;
	*ret_plugin = vk_take(&plugin);
	return 0;
}

static void drop_first(struct vk_plugin *plugin)
{
	struct waiting *w = plugin->first;

	plugin->first = w->next;
	if (!plugin->first)
		plugin->last = &plugin->first;
	plugin->queued -= w->len;
	free(w->data);
	free(w);
}

void vk_plugin_free(struct vk_plugin *plugin)
{
	if (!plugin)
		return;
	while (plugin->first)
		drop_first(plugin);
	if (plugin->fd >= 0)
		close(plugin->fd);
	free(plugin);
}

int vk_plugin_fd(const struct vk_plugin *plugin)
{
	return plugin->fd;
}

short vk_plugin_events(const struct vk_plugin *plugin)
{
	return plugin->first ? POLLIN | POLLOUT : POLLIN;
}

json_int_t vk_plugin_next(struct vk_plugin *plugin)
{
	return ++plugin->next;
}

static int gone(int r)
{
	return r == -ECONNRESET || r == -ENOTCONN ? -EPIPE : r;
}

static int flush(struct vk_plugin *plugin)
{
	while (plugin->first) {
		int r = vk_packet_send_bytes(plugin->fd, plugin->first->data, plugin->first->len);

		if (r == -EAGAIN)
			return 0;
		if (r < 0)
			return gone(r);
		drop_first(plugin);
	}
	return 0;
}

/* Takes over *data. */
static int enqueue(struct vk_plugin *plugin, void **data, size_t len)
{
	if (plugin->queued + len > QUEUE_MAX)
		return -ENOBUFS;
	struct waiting *w = malloc(sizeof *w);

	if (!w)
		return -ENOMEM;
	*w = (struct waiting){.len = len, .data = vk_take(data)};
	*plugin->last = w;
	plugin->last = &w->next;
	plugin->queued += len;
	return 0;
}

int vk_plugin_send_text(struct vk_plugin *plugin, const char *header, size_t header_len,
			const void *body, size_t len)
{
	vk_auto(vk_freep) void *data = NULL;
	size_t size = 0;
	int r = -EAGAIN;

	if (!plugin->first)
		r = vk_packet_send_text(plugin->fd, header, header_len, body, len);
	if (r != -EAGAIN)
		return gone(r);
	r = vk_packet_join(header, header_len, body, len, &data, &size);
	return r < 0 ? r : enqueue(plugin, &data, size);
}

int vk_plugin_send(struct vk_plugin *plugin, const json_t *header, const void *body, size_t len)
{
	vk_auto(vk_freep) char *text = json_dumps(header, JSON_COMPACT);

	return text ? vk_plugin_send_text(plugin, text, strlen(text), body, len) : -ENOMEM;
}

static int answer_ping(struct vk_plugin *plugin, const struct vk_packet *packet)
{
	json_t *pong = json_pack("{s:s,s:I}", "t", "pong", "n", packet->n);
	int r = pong ? vk_plugin_send(plugin, pong, NULL, 0) : -ENOMEM;

	json_decref(pong);
	return r;
}

static int take_one(struct vk_plugin *plugin, const struct vk_packet *packet)
{
	if (strcmp(packet->type, "ping") == 0)
		return answer_ping(plugin, packet);
	return plugin->fn(packet, plugin->user);
}

/* As if each had come alone; one in another is none of the wire. Adds to *n_taken. */
static int take_batch(struct vk_plugin *plugin, const struct vk_packet *batch, int *n_taken)
{
	const json_t *parts = json_object_get(batch->header, "parts");
	const char *at = batch->body;
	size_t left = batch->body_len;
	int r = 0;

	for (size_t i = 0; i < json_array_size(parts) && r >= 0; i++) {
		vk_auto(vk_packet_done) struct vk_packet packet = {0};
		json_int_t len = json_integer_value(json_array_get(parts, i));

		if (len <= 0 || (size_t)len > left || vk_packet_parse(at, (size_t)len, &packet) ||
		    strcmp(packet.type, "batch") == 0)
			return -EBADMSG;
		r = take_one(plugin, &packet);
		at += len;
		left -= (size_t)len;
		++*n_taken;
	}
	return r < 0 || left == 0 ? r : -EBADMSG;
}

static int take_packet(struct vk_plugin *plugin, size_t len, int *n_taken)
{
	vk_auto(vk_packet_done) struct vk_packet packet = {0};
	int r = vk_packet_parse(plugin->buffer, len, &packet);

	if (r < 0)
		return r;
	if (strcmp(packet.type, "batch") == 0)
		return take_batch(plugin, &packet, n_taken);
	++*n_taken;
	return take_one(plugin, &packet);
}

int vk_plugin_dispatch(struct vk_plugin *plugin)
{
	int r = flush(plugin), n_taken = 0;

	while (r >= 0 && n_taken < PACKETS_PER_DISPATCH) {
		ssize_t n = vk_packet_recv(plugin->fd, plugin->buffer);

		if (n == -EAGAIN)
			return 0;
		if (n <= 0)
			return n == 0 ? -EPIPE : (int)n;
		r = take_packet(plugin, (size_t)n, &n_taken);
	}
	return r < 0 ? r : 0;
}
