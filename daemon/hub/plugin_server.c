/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of the plugins: accept, hello, limits, packets. */
#include "hub/plugin_server.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/log.h"
#include "hub/hub.h"

enum { PACKETS_A_TURN = 64 };

struct vk_queued {
	struct vk_queued *next;
	void *data; /* owned */
	size_t len;
};

static void client_poll(struct vk_client *c);

struct vk_client *vk_server_role(struct vk_plugin_server *server, enum vk_role role)
{
	for (int i = 0; i < VK_MAX_CLIENTS; i++) {
		struct vk_client *c = &server->clients[i];

		if (c->fd >= 0 && !c->is_closing && c->is_welcome && c->role == role)
			return c;
	}
	return NULL;
}

struct vk_client *vk_server_client(struct vk_plugin_server *server, uint64_t id)
{
	for (int i = 0; i < VK_MAX_CLIENTS; i++)
		if (server->clients[i].fd >= 0 && !server->clients[i].is_closing &&
		    server->clients[i].id == id)
			return &server->clients[i];
	return NULL;
}

/* Nobody else may write to a socket that is closed, or before which packets wait. */
static void tell_direct(struct vk_client *c)
{
	if (c->direct)
		vk_direct_socket(c->direct, c->is_closing || c->queue ? -1 : c->fd);
}

static void free_queue(struct vk_client *c)
{
	while (c->queue) {
		struct vk_queued *q = c->queue;

		c->queue = q->next;
		free(q->data);
		free(q);
	}
	c->queue_tail = &c->queue;
	c->queued_bytes = 0;
}

static void on_poll_closed(uv_handle_t *handle)
{
	struct vk_client *c = handle->data;

	(void)close(c->fd);
	c->fd = -1;
	c->is_closing = false;
}

static void client_close(struct vk_client *c)
{
	if (c->is_closing || c->fd < 0)
		return;
	c->is_closing = true;
	tell_direct(c);
	free_queue(c);
	(void)uv_poll_stop(&c->poll);
	uv_close((uv_handle_t *)&c->poll, on_poll_closed);
}

void vk_client_cut(struct vk_client *c, const char *reason)
{
	bool was_welcome = c->is_welcome;

	if (c->is_closing || c->fd < 0)
		return;
	vk_log(VK_LOG_WARNING, "plugin", "%s cut off: %s",
	       was_welcome ? vk_role_text(c->role) : "stranger", reason);
	client_close(c);
	if (was_welcome)
		vk_hub_plugin_changed(c->hub, c->role, false, reason);
}

/* Takes over *data. */
static int queue_packet(struct vk_client *c, void **data, size_t len)
{
	struct vk_queued *q;

	if (c->queued_bytes + len > VK_CLIENT_QUEUE_MAX) {
		vk_client_cut(c, "does not read");
		return -EPIPE;
	}
	q = malloc(sizeof *q);
	if (!q)
		return -ENOMEM;
	*q = (struct vk_queued){.data = vk_take(data), .len = len};
	*c->queue_tail = q;
	c->queue_tail = &q->next;
	c->queued_bytes += len;
	tell_direct(c);
	client_poll(c);
	return 0;
}

int vk_client_send_text(struct vk_client *c, const char *header, size_t header_len,
			const void *body, size_t len)
{
	vk_auto(vk_freep) void *data = NULL;
	size_t size = 0;
	int r;

	if (c->fd < 0 || c->is_closing)
		return -EPIPE;
	r = c->queue ? -EAGAIN : vk_packet_send_text(c->fd, header, header_len, body, len);
	if (r == -EAGAIN) {
		r = vk_packet_join(header, header_len, body, len, &data, &size);
		return r ? r : queue_packet(c, &data, size);
	}
	if (r == -EMSGSIZE)
		return r;
	if (r)
		vk_client_cut(c, "socket closed");
	return r ? -EPIPE : 0;
}

/* -EMSGSIZE: they have to go one by one. */
static int send_as_one(struct vk_client *c, const struct vk_wire_part *parts, int n)
{
	vk_auto(vk_freep) void *data = NULL;
	size_t size = 0;

	if (n == 1 || !c->takes_batches)
		return -EMSGSIZE;
	int r = c->queue ? -EAGAIN : vk_packet_send_batch(c->fd, parts, n);

	if (r != -EAGAIN)
		return r;
	r = vk_packet_join_batch(parts, n, &data, &size);
	return r ? r : queue_packet(c, &data, size);
}

int vk_client_send_batch(struct vk_client *c, const struct vk_wire_part *parts, int n)
{
	if (c->fd < 0 || c->is_closing)
		return -EPIPE;
	int r = send_as_one(c, parts, n);

	if (r && r != -EMSGSIZE)
		vk_client_cut(c, "socket closed");
	if (r != -EMSGSIZE)
		return r ? -EPIPE : 0;
	for (int i = 0; i < n; i++) {
		r = vk_client_send_text(c, parts[i].header, parts[i].header_len, parts[i].body,
					parts[i].body_len);
		if (r && r != -EPIPE)
			vk_client_cut(c, "no memory for what it is sent");
		if (r)
			return -EPIPE;
	}
	return 0;
}

int vk_client_send(struct vk_client *c, const json_t *header, const void *body, size_t len)
{
	vk_auto(vk_freep) char *text = json_dumps(header, JSON_COMPACT);

	return text ? vk_client_send_text(c, text, strlen(text), body, len) : -ENOMEM;
}

int vk_client_send_take(struct vk_client *c, json_t *header)
{
	int r = header ? vk_client_send(c, header, NULL, 0) : -ENOMEM;

	json_decref(header);
	return r;
}

static void answered(struct vk_client *c)
{
	if (c->n_open > 0)
		c->n_open--;
}

void vk_client_done(struct vk_client *c, json_int_t n)
{
	answered(c);
	(void)vk_client_send_take(c, json_pack("{s:s,s:I}", "t", "done", "n", n));
}

void vk_client_failed(struct vk_client *c, json_int_t n, const char *code, const char *text)
{
	answered(c);
	(void)vk_client_send_take(c, json_pack("{s:s,s:I,s:s,s:s}", "t", "failed", "n", n, "code",
					       code, "text", text));
}

void vk_client_invalid(struct vk_client *c, json_int_t n, const char *text)
{
	vk_log(VK_LOG_WARNING, "plugin", "%s said something invalid: %s", vk_role_text(c->role),
	       text);
	vk_client_failed(c, n, "invalid", text);
	if (++c->n_invalid >= VK_CLIENT_INVALID_MAX)
		vk_client_cut(c, "invalid messages");
}

static void flush(struct vk_client *c)
{
	while (c->queue && !c->is_closing) {
		struct vk_queued *q = c->queue;
		int r = vk_packet_send_bytes(c->fd, q->data, q->len);

		if (r == -EAGAIN)
			break;
		c->queue = q->next;
		if (!c->queue)
			c->queue_tail = &c->queue;
		c->queued_bytes -= q->len;
		free(q->data);
		free(q);
		if (r && r != -EMSGSIZE)
			vk_client_cut(c, "socket closed");
	}
	tell_direct(c);
}

static bool may_be(const struct vk_client *c, enum vk_role role)
{
	const struct vk_config *config = c->hub->config;

	if (c->hub->server.is_own_user_trusted && c->uid == geteuid())
		return true;
	for (int i = 0; i < config->n_users; i++) {
		const struct passwd *user;

		if (config->users[i].role != role)
			continue;
		user = getpwnam(config->users[i].user);
		if (user && user->pw_uid == c->uid)
			return true;
	}
	return false;
}

static void refuse(struct vk_client *c, const char *code, const char *text)
{
	vk_log(VK_LOG_WARNING, "plugin", "refused: %s", text);
	(void)vk_client_send_take(
		c, json_pack("{s:s,s:s,s:s}", "t", "refused", "code", code, "text", text));
	client_close(c);
}

static void welcome(struct vk_client *c)
{
	vk_auto(vk_str_done) struct vk_str config = {0};
	vk_auto(vk_freep) char *will = NULL;
	struct vk_json j = vk_json_init(&config);
	json_t *header, *section;

	if (c->role == VK_ROLE_MQTT)
		will = vk_status_json(c->hub, "offline");
	vk_config_section(c->hub->config, c->role, will, &j, NULL);
	section = config.error ? NULL : json_loads(config.text, JSON_REJECT_DUPLICATES, NULL);
	header = json_pack("{s:s,s:i,s:s,s:s,s:s,s:s,s:o}", "t", "welcome", "v", VK_WIRE_VERSION,
			   "hub", c->hub->config->hub, "site", c->hub->config->site, "zone",
			   c->hub->config->zone.name, "base", c->hub->config->base, "config",
			   section ? section : json_object());
	/* By the clock alone a certificate may not be valid yet on a board that starts in the past.
	 */
	if (c->role == VK_ROLE_MQTT && c->hub->clock.floor_utc_ms)
		(void)json_object_set_new(header, "time_floor",
					  json_integer(c->hub->clock.floor_utc_ms / 1000));
	c->is_welcome = true;
	c->pinged_mono_ms = vk_hub_now(c->hub).mono_ms;
	if (vk_client_send_take(c, header))
		return;
	if (c->role == VK_ROLE_MQTT && c->takes_batches)
		c->direct = &c->hub->direct;
	tell_direct(c);
	vk_log(VK_LOG_INFO, "plugin", "%s connected", vk_role_text(c->role));
	vk_hub_plugin_changed(c->hub, c->role, true, "connected");
}

static void hello(struct vk_client *c, const struct vk_packet *packet)
{
	const char *name = vk_packet_str(packet, "plugin", "");
	json_int_t version = vk_packet_int(packet, "v", 0);
	int role = vk_role_parse(name);
	char text[160];

	if (strcmp(packet->type, "hello") != 0) {
		refuse(c, "hello", "the first packet must be a hello");
		return;
	}
	if (version != VK_WIRE_VERSION) {
		(void)snprintf(text, sizeof text,
			       "plugin %.32s speaks version %lld, this hub speaks %d", name,
			       (long long)version, VK_WIRE_VERSION);
		refuse(c, "version", text);
		return;
	}
	if (role < 0) {
		refuse(c, "name",
		       "no plugin of this name; expected ble, gpio, mqtt, hook, display or "
		       "witness");
		return;
	}
	if (!may_be(c, (enum vk_role)role)) {
		(void)snprintf(text, sizeof text, "user %u may not be the plugin %s",
			       (unsigned)c->uid, name);
		refuse(c, "user", text);
		return;
	}
	if (vk_server_role(&c->hub->server, (enum vk_role)role)) {
		refuse(c, "twice", "this plugin is already connected");
		return;
	}
	c->role = (enum vk_role)role;
	c->takes_batches = vk_packet_bool(packet, "batch", 0);
	welcome(c);
}

static void dispatch(struct vk_client *c, const struct vk_packet *packet)
{
	int r = -EOPNOTSUPP;

	if (strcmp(packet->type, "pong") == 0) {
		c->is_pong_due = false;
		return;
	}
	if (packet->n && ++c->n_open > VK_CLIENT_OPEN_MAX) {
		vk_client_cut(c, "flood: too many unanswered requests");
		return;
	}
	switch (c->role) {
	case VK_ROLE_BLE:
		r = vk_collector_message(c->hub, c, packet);
		break;
	case VK_ROLE_GPIO:
		r = vk_lines_message(c->hub, c, packet);
		break;
	case VK_ROLE_MQTT:
		r = vk_relay_message(c->hub, c, packet);
		break;
	case VK_ROLE_HOOK:
		r = vk_second_message(c->hub, c, packet);
		break;
	case VK_ROLE_DISPLAY:
		r = vk_display_message(c->hub, c, packet);
		break;
	case VK_ROLE_WITNESS:
		r = vk_witness_message(c->hub, c, packet);
		break;
	case VK_N_ROLES:
		break;
	}
	if (r == -EOPNOTSUPP)
		vk_client_failed(c, packet->n, "rights", "this plugin may not say that");
	else if (r == 0)
		c->n_invalid = 0;
}

static bool is_flooding(struct vk_client *c)
{
	int64_t second = vk_clock_mono_ms(&c->hub->clock) / 1000;

	if (second != c->second) {
		c->second = second;
		c->n_in_second = 0;
	}
	return ++c->n_in_second > VK_CLIENT_RATE_MAX;
}

/* One packet. False when there is none, or the client is gone. */
static bool receive(struct vk_client *c)
{
	struct vk_packet packet;
	ssize_t n = recv(c->fd, c->hub->server.buffer, VK_WIRE_MAX + 1, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		vk_client_cut(c, "connection ended");
		return false;
	}
	if (is_flooding(c)) {
		vk_client_cut(c, "flood: too many packets in a second");
		return false;
	}
	if (n > VK_WIRE_MAX || vk_packet_parse(c->hub->server.buffer, (size_t)n, &packet)) {
		vk_client_invalid(c, 0, "a packet is one JSON object with \"t\", at most 128 KiB");
		return !c->is_closing;
	}
	if (c->is_welcome)
		dispatch(c, &packet);
	else
		hello(c, &packet);
	vk_packet_done(&packet);
	return !c->is_closing;
}

static void on_client(uv_poll_t *poll, int status, int events)
{
	struct vk_client *c = poll->data;

	if (status < 0) {
		vk_client_cut(c, "connection ended");
		return;
	}
	if (events & UV_WRITABLE)
		flush(c);
	for (int i = 0; (events & UV_READABLE) && i < PACKETS_A_TURN && receive(c);)
		i++;
	if (!c->is_closing)
		client_poll(c);
}

static void client_poll(struct vk_client *c)
{
	int events = c->is_throttled ? 0 : UV_READABLE;

	if (c->queue)
		events |= UV_WRITABLE;
	/* To start it anew is two system calls a packet. */
	if (events != c->watched && uv_poll_start(&c->poll, events, on_client) == 0)
		c->watched = events;
}

static struct vk_client *free_slot(struct vk_plugin_server *server)
{
	for (int i = 0; i < VK_MAX_CLIENTS; i++)
		if (server->clients[i].fd < 0)
			return &server->clients[i];
	return NULL;
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
	struct vk_plugin_server *server = poll->data;
	int fd = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct vk_client *c = free_slot(server);
	struct ucred peer = {0};
	socklen_t len = sizeof peer;

	(void)status;
	(void)events;
	if (fd < 0)
		return;
	if (!c || getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len)) {
		(void)close(fd);
		return;
	}
	*c = (struct vk_client){.hub = server->hub, .fd = fd, .uid = peer.uid};
	c->id = ++server->next_id;
	c->queue_tail = &c->queue;
	c->connected_mono_ms = vk_hub_now(server->hub).mono_ms;
	if (uv_poll_init(&server->hub->loop, &c->poll, fd)) {
		(void)close(fd);
		c->fd = -1;
		return;
	}
	c->poll.data = c;
	client_poll(c);
}

static int bind_path(int fd, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	const struct group *group = getgrnam("vaka-plugin");
	struct stat st;

	if (!vk_copy(address.sun_path, sizeof address.sun_path, path))
		return -ENAMETOOLONG;
	(void)unlink(path);
	if (bind(fd, (const struct sockaddr *)&address, sizeof address))
		return -errno;
	/* Who is in the group may connect; what it may say is decided by its user. */
	if (group && !stat(path, &st) && st.st_gid != group->gr_gid &&
	    chown(path, (uid_t)-1, group->gr_gid))
		vk_log(VK_LOG_INFO, "plugin", "socket keeps its group: %s", strerror(errno));
	if (chmod(path, 0660) || listen(fd, VK_MAX_CLIENTS))
		return -errno;
	return 0;
}

int vk_server_start(struct vk_plugin_server *server, struct vk_hub *hub, const char *path)
{
	int r;

	server->hub = hub;
	for (int i = 0; i < VK_MAX_CLIENTS; i++)
		server->clients[i].fd = -1;
	(void)vk_copy(server->path, sizeof server->path, path);
	server->buffer = malloc(VK_WIRE_MAX + 1);
	server->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (!server->buffer || server->fd < 0)
		return server->buffer ? -errno : -ENOMEM;
	r = bind_path(server->fd, path);
	if (r) {
		vk_log(VK_LOG_ERR, "plugin", "cannot listen at %s: %s", path, strerror(-r));
		return r;
	}
	r = uv_poll_init(&hub->loop, &server->poll, server->fd);
	server->poll.data = server;
	return r ? r : uv_poll_start(&server->poll, UV_READABLE, on_connection);
}

static void on_server_closed(uv_handle_t *handle)
{
	struct vk_plugin_server *server = handle->data;

	(void)close(server->fd);
	free(server->buffer);
	server->buffer = NULL;
}

void vk_server_stop(struct vk_plugin_server *server)
{
	for (int i = 0; i < VK_MAX_CLIENTS; i++)
		client_close(&server->clients[i]);
	(void)unlink(server->path);
	uv_close((uv_handle_t *)&server->poll, on_server_closed);
}

static void beat_client(struct vk_client *c, int64_t mono_ms)
{
	if (!c->is_welcome) {
		if (mono_ms - c->connected_mono_ms > VK_HELLO_WITHIN_MS)
			vk_client_cut(c, "no hello");
		return;
	}
	if (c->is_pong_due && mono_ms - c->pinged_mono_ms > VK_PONG_WITHIN_MS) {
		vk_client_cut(c, "does not answer");
		return;
	}
	if (c->is_pong_due || mono_ms - c->pinged_mono_ms < VK_PING_EVERY_MS)
		return;
	c->is_pong_due = true;
	c->pinged_mono_ms = mono_ms;
	(void)vk_client_send_take(c, json_pack("{s:s,s:I}", "t", "ping", "n", (json_int_t)1));
}

void vk_server_beat(struct vk_plugin_server *server, int64_t mono_ms)
{
	for (int i = 0; i < VK_MAX_CLIENTS; i++)
		if (server->clients[i].fd >= 0 && !server->clients[i].is_closing)
			beat_client(&server->clients[i], mono_ms);
}
