/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libvaka-plugin: a process of its own that serves the hub. Connect, say hello, get the
 * configuration, then exchange messages. A plugin that loses the hub ends; systemd starts it again.
 *
 *	static int on_message(const struct vk_packet *packet, void *user) { … return 0; }
 *	r = vk_plugin_connect("gpio", VAKA_VERSION, on_message, &state, &plugin);
 *	poll vk_plugin_fd() for vk_plugin_events(), then vk_plugin_dispatch(plugin);
 *
 * Thread: one. Nothing blocks after vk_plugin_connect().
 */
#ifndef VAKA_PLUGIN_H
#define VAKA_PLUGIN_H

#include "vaka/wire.h"

struct vk_plugin;

/* Called for each message of the hub; pings are answered by the library. < 0 ends the plugin. */
typedef int (*vk_plugin_fn)(const struct vk_packet *packet, void *user);

/*
 * Connects to $VAKA_SOCKET (default /run/vaka/plugin.sock), says hello and waits at most 10 s for
 * the welcome, which is handed to fn first (type "welcome", with "config"). 0; -EPROTO: refused,
 * the reason is logged; -ETIMEDOUT; other negative errno.
 */
int vk_plugin_connect(const char *name, const char *version, vk_plugin_fn fn, void *user,
		      struct vk_plugin **ret_plugin);
void vk_plugin_free(struct vk_plugin *plugin); /* NULL is fine */

int vk_plugin_fd(const struct vk_plugin *plugin);
short vk_plugin_events(
	const struct vk_plugin *plugin); /* POLLIN, and POLLOUT while something waits */

/* Reads what is there (bounded per call), sends what waits. -EPIPE: the hub is gone. */
int vk_plugin_dispatch(struct vk_plugin *plugin);

/*
 * Sends, or queues when the socket is full. header is borrowed. -ENOBUFS when more than 4 MiB
 * wait: the caller must slow down.
 */
int vk_plugin_send(struct vk_plugin *plugin, const json_t *header, const void *body, size_t len);

/* The same with a header that is JSON text already. */
int vk_plugin_send_text(struct vk_plugin *plugin, const char *header, size_t header_len,
			const void *body, size_t len);

/* A fresh request number, 1, 2, … */
json_int_t vk_plugin_next(struct vk_plugin *plugin);

#endif
