/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See file.h. A cut may leave half a line at the end of a journal; the next append then starts on a
 * line of its own, and readers skip what they cannot parse.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

static int write_all(int fd, const char *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return fsync(fd) < 0 ? -errno : 0;
}

static int path_of(char out[PATH_MAX], const char *dir, const char *name, const char *suffix)
{
	int n = snprintf(out, PATH_MAX, "%s/%s%s", dir, name, suffix);

	return n < 0 || n >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static int sync_dir(const char *dir)
{
	int fd vk_auto(vk_close_fd) = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fsync(fd) < 0)
		return -errno;
	return 0;
}

int vk_file_replace(const char *dir, const char *name, const char *text, size_t len)
{
	char temp[PATH_MAX];
	char path[PATH_MAX];
	int fd vk_auto(vk_close_fd) = -1;
	int rc;

	if (path_of(temp, dir, name, ".new") < 0 || path_of(path, dir, name, "") < 0)
		return -ENAMETOOLONG;
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	rc = write_all(fd, text, len);
	if (rc < 0)
		return rc;
	if (rename(temp, path) < 0)
		return -errno;
	return sync_dir(dir);
}

static bool ends_in_mid_line(int fd)
{
	struct stat st;
	char last;

	return fstat(fd, &st) == 0 && st.st_size > 0 && pread(fd, &last, 1, st.st_size - 1) == 1 &&
	       last != '\n';
}

int vk_file_append(const char *dir, const char *name, const char *text, size_t len)
{
	char path[PATH_MAX];
	int fd vk_auto(vk_close_fd) = -1;

	if (path_of(path, dir, name, "") < 0)
		return -ENAMETOOLONG;
	fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	if (ends_in_mid_line(fd) && write(fd, "\n", 1) != 1)
		return -errno;
	return write_all(fd, text, len);
}

int vk_file_read(const char *dir, const char *name, char **out)
{
	char path[PATH_MAX];
	FILE *f vk_auto(vk_close_file) = NULL;
	size_t size = 0;

	*out = NULL;
	if (path_of(path, dir, name, "") < 0)
		return -ENAMETOOLONG;
	f = fopen(path, "re");
	if (!f && errno != ENOENT)
		return -errno;
	if (f && getdelim(out, &size, '\0', f) >= 0)
		return 0;
	free(*out);
	*out = strdup("");
	return *out ? 0 : -ENOMEM;
}
