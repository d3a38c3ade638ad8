/* SPDX-License-Identifier: Apache-2.0 */
/* sd_notify(3) with descriptors, and sd_listen_fds(3). */
#include "att/fdstore.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/err.h"
#include "base/str.h"

void vk_fdstore_init(struct vk_fdstore *s)
{
	char **names = NULL;
	int n = sd_listen_fds_with_names(1, &names);

	s->n = 0;
	for (int i = 0; i < n; i++) {
		int fd = SD_LISTEN_FDS_START + i;

		if (s->n < VK_FDSTORE_MAX && names[i] &&
		    vk_copy(s->kept[s->n].name, sizeof s->kept[s->n].name, names[i]))
			s->kept[s->n++].fd = fd;
		else
			(void)close(fd);
		free(names[i]);
	}
	free((void *)names);
}

void vk_fdstore_done(struct vk_fdstore *s)
{
	for (int i = 0; i < s->n; i++)
		if (s->kept[i].fd >= 0)
			(void)close(s->kept[i].fd);
	s->n = 0;
}

int vk_fdstore_take(struct vk_fdstore *s, const char *name)
{
	for (int i = 0; i < s->n; i++) {
		int fd = s->kept[i].fd;

		if (fd < 0 || strcmp(s->kept[i].name, name) != 0)
			continue;
		s->kept[i].fd = -1;
		return fd;
	}
	return -1;
}

void vk_fdstore_put(const char *name, int fd)
{
	char text[64];

	(void)snprintf(text, sizeof text, "FDSTORE=1\nFDNAME=%s", name);
	(void)sd_pid_notify_with_fds(0, 0, text, &fd, 1);
}

void vk_fdstore_remove(const char *name)
{
	char text[64];

	(void)snprintf(text, sizeof text, "FDSTOREREMOVE=1\nFDNAME=%s", name);
	(void)sd_notify(0, text);
}
