/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See control.h. A client that closes its end is forgotten, its measurement is not: the person has
 * measured.
 */
#include "control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "device.h"
#include "util.h"

int vk_control_path(const char *name, char out[108])
{
	int n = snprintf(out, 108, "%s/%s.sock", VK_CONTROL_DIR, name);

	return n < 0 || n >= 108 ? -ENAMETOOLONG : 0;
}

void vk_control_init(struct vk_control *c)
{
	c->fd = -1;
	for (int i = 0; i < VK_CONTROL_CLIENTS; i++)
		c->client[i].fd = -1;
}

int vk_control_open(struct vk_control *c, const char *name)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd vk_auto(vk_close_fd) =
		socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc = vk_control_path(name, c->path);

	if (fd < 0 || rc < 0)
		return fd < 0 ? -errno : rc;
	if (mkdir(VK_CONTROL_DIR, 0755) < 0 && errno != EEXIST)
		return -errno;
	memcpy(a.sun_path, c->path, sizeof(a.sun_path));
	unlink(c->path);
	if (bind(fd, (const struct sockaddr *)&a, sizeof(a)) < 0 ||
	    listen(fd, VK_CONTROL_CLIENTS) < 0)
		return -errno;
	c->fd = vk_steal_fd(&fd);
	return 0;
}

void vk_control_close(struct vk_control *c)
{
	for (int i = 0; i < VK_CONTROL_CLIENTS; i++)
		vk_close_fd(&c->client[i].fd);
	if (c->fd >= 0)
		unlink(c->path);
	vk_close_fd(&c->fd);
}

void vk_control_poll(const struct vk_control *c, struct pollfd *p)
{
	p[0] = (struct pollfd){.fd = c->fd, .events = POLLIN};
	for (int i = 0; i < VK_CONTROL_CLIENTS; i++)
		p[i + 1] = (struct pollfd){.fd = c->client[i].fd, .events = POLLIN};
}

static void accept_client(struct vk_control *c)
{
	struct timeval limit = {.tv_sec = 2};
	int fd vk_auto(vk_close_fd) = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	for (int i = 0; i < VK_CONTROL_CLIENTS; i++) {
		if (c->client[i].fd >= 0)
			continue;
		c->client[i] = (struct vk_client){.fd = vk_steal_fd(&fd)};
		return;
	}
}

static void finish(struct vk_client *client, int code, const char *json, size_t len)
{
	char head[8];
	int n = snprintf(head, sizeof(head), "%d ", code);

	/* A client that is gone or does not read loses its answer, nothing else. */
	if (send(client->fd, head, (size_t)n, MSG_NOSIGNAL) == n)
		for (size_t done = 0; done < len;) {
			ssize_t k = send(client->fd, json + done, len - done, MSG_NOSIGNAL);

			if (k <= 0)
				break;
			done += (size_t)k;
		}
	vk_close_fd(&client->fd);
	client->waiting = false;
}

static void run(struct vk_device *d, struct vk_client *client)
{
	char *argv[VK_CONTROL_ARGS];
	char *json vk_auto(vk_free_text) = NULL;
	char *save = NULL;
	size_t len = 0;
	int argc = 0;
	int code;
	FILE *f = open_memstream(&json, &len);

	if (!f) {
		vk_close_fd(&client->fd);
		return;
	}
	for (char *w = strtok_r(client->line, "\t\n", &save); w && argc < VK_CONTROL_ARGS;
	     w = strtok_r(NULL, "\t\n", &save))
		argv[argc++] = w;
	code = vk_verb_run(d, argc, argv, f);
	fputc('\n', f);
	fclose(f);
	client->waiting = code == VK_CONTROL_WAIT;
	if (!client->waiting)
		finish(client, code, json, len);
}

static void read_client(struct vk_device *d, struct vk_client *client)
{
	ssize_t n = recv(client->fd, client->line + client->len, VK_CONTROL_LINE - 1 - client->len,
			 MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0 || client->waiting) {
		vk_close_fd(&client->fd);
		client->waiting = false;
		return;
	}
	client->len += (size_t)n;
	client->line[client->len] = '\0';
	if (strchr(client->line, '\n'))
		run(d, client);
	else if (client->len == VK_CONTROL_LINE - 1)
		vk_close_fd(&client->fd);
}

void vk_control_serve(struct vk_device *d, const struct pollfd *p)
{
	struct vk_control *c = &d->control;

	for (int i = 0; i < VK_CONTROL_CLIENTS; i++) {
		if (p[i + 1].revents && p[i + 1].fd == c->client[i].fd && c->client[i].fd >= 0)
			read_client(d, &c->client[i]);
	}
	if (p[0].revents)
		accept_client(c);
}

void vk_control_window_closed(struct vk_device *d)
{
	char *json vk_auto(vk_free_text) = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&json, &len);

	if (!f)
		return;
	vk_window_json(d, f);
	fputc('\n', f);
	fclose(f);
	for (int i = 0; i < VK_CONTROL_CLIENTS; i++) {
		struct vk_client *client = &d->control.client[i];

		if (client->fd >= 0 && client->waiting)
			finish(client, vk_window_delivered(d) ? VK_CONTROL_OK : VK_CONTROL_NOTHING,
			       json, len);
	}
}
