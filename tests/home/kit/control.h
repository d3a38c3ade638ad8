/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tests' hand on a device: a Unix stream socket, one line of tab-separated words in, one line
 * out, which is an exit code, a space and one JSON document. A client that sent a measurement waits
 * until the window closes; several may wait at once.
 */
#ifndef VK_KIT_CONTROL_H
#define VK_KIT_CONTROL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define VK_CONTROL_DIR     "/run/vaka-home"
#define VK_CONTROL_CLIENTS 8
#define VK_CONTROL_LINE    1024
#define VK_CONTROL_ARGS    32

#define VK_CONTROL_OK      0
#define VK_CONTROL_USAGE   2
#define VK_CONTROL_NOTHING 3
#define VK_CONTROL_WAIT    (-1) /* the answer comes when the window closes */

struct vk_device;

struct vk_client {
	int fd;
	bool waiting;
	size_t len;
	char line[VK_CONTROL_LINE];
};

struct vk_control {
	int fd;
	char path[108];
	struct vk_client client[VK_CONTROL_CLIENTS];
};

/* Path of the socket of a device; -ENAMETOOLONG. */
int vk_control_path(const char *name, char out[108]);
/* Holds nothing: may be closed. */
void vk_control_init(struct vk_control *c);
int vk_control_open(struct vk_control *c, const char *name);
void vk_control_close(struct vk_control *c);
/* Fills 1 + VK_CONTROL_CLIENTS entries; after poll the same array is given to vk_control_serve. */
void vk_control_poll(const struct vk_control *c, struct pollfd *p);
void vk_control_serve(struct vk_device *d, const struct pollfd *p);
void vk_control_window_closed(struct vk_device *d);

/* verbs.c: runs a line that was cut into words; writes the JSON and returns the exit code or WAIT.
 */
int vk_verb_run(struct vk_device *d, int argc, char **argv, FILE *out);

/* ctl.c: the client; its exit code. */
int vk_ctl_main(int argc, char **argv);

#endif
