/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin socket: who may connect as what, hello, floods, silence, and packets in and out. A
 * plugin that breaks a rule is cut off and named; the hub goes on. Loop thread.
 */
#ifndef VAKA_HUB_PLUGIN_SERVER_H
#define VAKA_HUB_PLUGIN_SERVER_H

#include <uv.h>

#include "hub/config.h"
#include "vaka/wire.h"

struct vk_hub;

enum {
	VK_MAX_CLIENTS = 8,
	VK_CLIENT_OPEN_MAX = 1024,     /* unanswered requests */
	VK_CLIENT_RATE_MAX = 20000,    /* packets in one second */
	VK_CLIENT_QUEUE_MAX = 4 << 20, /* bytes that wait for a slow reader */
	VK_CLIENT_INVALID_MAX = 3,
	VK_HELLO_WITHIN_MS = 5000,
	VK_PING_EVERY_MS = 30000,
	VK_PONG_WITHIN_MS = 10000,
};

struct vk_queued; /* a packet that waits for the socket */

struct vk_client {
	struct vk_hub *hub;
	uv_poll_t poll;
	int watched; /* events of poll, 0: none */
	uint64_t id; /* never reused */
	int fd;      /* -1: free slot */
	bool is_closing;
	bool is_welcome;
	bool takes_batches; /* several packets in one: said in its hello */
	bool is_throttled;  /* not read while the engine is full */
	enum vk_role role;
	uid_t uid;
	int n_open;     /* requests without an answer */
	int n_invalid;  /* in a row */
	int64_t second; /* rate window, hub line in s */
	int n_in_second;
	int64_t connected_mono_ms, pinged_mono_ms;
	bool is_pong_due;
	struct vk_direct *direct; /* the relay's, borrowed: told when the socket is free; NULL */
	struct vk_queued *queue, **queue_tail;
	size_t queued_bytes;
};

struct vk_plugin_server {
	struct vk_hub *hub;
	uv_poll_t poll;
	int fd;
	char path[108];
	bool is_own_user_trusted; /* outside systemd whoever starts the process decides */
	uint64_t next_id;
	struct vk_client clients[VK_MAX_CLIENTS];
	uint8_t *buffer; /* of one packet */
};

/* Binds and listens at path (an old socket there is removed). 0 or negative errno. */
int vk_server_start(struct vk_plugin_server *server, struct vk_hub *hub, const char *path);
void vk_server_stop(struct vk_plugin_server *server);

/* The welcome client of a role, or NULL. */
struct vk_client *vk_server_role(struct vk_plugin_server *server, enum vk_role role);
/* The client of an id, or NULL when it has gone. */
struct vk_client *vk_server_client(struct vk_plugin_server *server, uint64_t id);

/* Sends or queues; a client that does not read is cut off. header is borrowed. -EPIPE when gone. */
int vk_client_send(struct vk_client *client, const json_t *header, const void *body, size_t len);
/* The same with a header that is JSON text already. */
int vk_client_send_text(struct vk_client *client, const char *header, size_t header_len,
			const void *body, size_t len);
/* Several of these, in one packet where the client takes that. 0 or -EPIPE. */
int vk_client_send_batch(struct vk_client *client, const struct vk_wire_part *parts, int n);
/* Sends and gives up the reference to header. */
int vk_client_send_take(struct vk_client *client, json_t *header);
void vk_client_done(struct vk_client *client, json_int_t n);
void vk_client_failed(struct vk_client *client, json_int_t n, const char *code, const char *text);
/* A malformed request: answered, and the third in a row ends the connection. */
void vk_client_invalid(struct vk_client *client, json_int_t n, const char *text);
/* Ends the connection and names the plugin and the reason. */
void vk_client_cut(struct vk_client *client, const char *reason);

/* Hellos that are late, pings, pongs that are late. Called by the beat. */
void vk_server_beat(struct vk_plugin_server *server, int64_t mono_ms);

#endif
