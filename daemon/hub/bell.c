/* SPDX-License-Identifier: Apache-2.0 */
/* An eventfd that the loop watches, written once per answer. */
#include "hub/bell.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Emptied before the mark is taken down, and that before the answer looks: whatever is rung about
 * afterwards rings again. */
static void on_ring(uv_poll_t *poll, int status, int events)
{
	struct vk_bell *bell = (struct vk_bell *)poll; /* its first member */
	eventfd_t rings;

	(void)status;
	(void)events;
	(void)eventfd_read(bell->fd, &rings);
	(void)atomic_exchange(&bell->is_rung, false);
	bell->answer(bell->user);
}

int vk_bell_init(struct vk_bell *bell, uv_loop_t *loop, void (*answer)(void *user), void *user)
{
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	int r = fd < 0 ? -errno : uv_poll_init(loop, &bell->poll, fd);

	if (r == 0) {
		bell->poll.data = bell->user = user;
		bell->fd = fd;
		bell->answer = answer;
		atomic_init(&bell->is_rung, false);
		return uv_poll_start(&bell->poll, UV_READABLE, on_ring);
	}
	if (fd >= 0)
		(void)close(fd);
	return r;
}

void vk_bell_ring(struct vk_bell *bell)
{
	if (!atomic_exchange(&bell->is_rung, true))
		(void)eventfd_write(bell->fd, 1);
}

void vk_bell_close(struct vk_bell *bell, uv_close_cb closed)
{
	uv_close((uv_handle_t *)&bell->poll, closed);
	(void)close(bell->fd);
}
