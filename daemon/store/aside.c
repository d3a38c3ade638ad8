/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files beside the database. A damaged one is moved, never removed: what can still be read of
 * it belongs to the patient's record. The reserve is space that is held in good times, so that a
 * full disk still has room for the next alert.
 */
#include "store/store_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

enum { RESERVE_BYTES = 4 << 20, RESERVE_TIMES = 8, NAMES_MAX = 100 };

int vk_sync_folder(const char *path)
{
	vk_auto(vk_freep) char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	vk_auto(vk_closep) int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && fsync(fd) == 0 ? 0 : -errno;
}

/* The log goes first: without it the database is only old, with a foreign one it is wrong. */
static int move_both(const char *path, const char *target)
{
	vk_auto(vk_str_done) struct vk_str log = {0}, log_target = {0};

	vk_str_addf(&log, "%s-wal", path);
	vk_str_addf(&log_target, "%s-wal", target);
	if (log.error || log_target.error)
		return -ENOMEM;
	if (rename(log.text, log_target.text) && errno != ENOENT)
		return -errno;
	if (rename(path, target) && errno != ENOENT)
		return -errno;
	return vk_sync_folder(path);
}

int vk_aside_move(const char *path)
{
	int64_t now_s = (int64_t)time(NULL);

	for (int i = 0; i < NAMES_MAX; i++) {
		vk_auto(vk_str_done) struct vk_str target = {0};

		vk_str_addf(&target, "%s.damaged-%lld", path, (long long)now_s);
		if (i)
			vk_str_addf(&target, "-%d", i);
		if (target.error)
			return target.error;
		if (access(target.text, F_OK) && errno == ENOENT)
			return move_both(path, target.text);
	}
	return -EEXIST;
}

int vk_aside_count(const char *path)
{
	vk_auto(vk_str_done) struct vk_str pattern = {0};
	glob_t found;
	int n = 0;

	/* Each database, and not its log once more. */
	vk_str_addf(&pattern, "%s.damaged-*[0-9]", path);
	if (pattern.error || glob(pattern.text, GLOB_NOSORT, NULL, &found))
		return 0;
	n = (int)found.gl_pathc;
	globfree(&found);
	return n;
}

int64_t vk_space_left(const char *path)
{
	struct statvfs fs;

	if (statvfs(path, &fs))
		return -1;
	return (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
}

static int reserve_name(const char *path, struct vk_str *ret_name)
{
	vk_str_addf(ret_name, "%s.reserve", path);
	return ret_name->error;
}

void vk_reserve_hold(const char *path)
{
	vk_auto(vk_str_done) struct vk_str name = {0};

	if (reserve_name(path, &name) || access(name.text, F_OK) == 0 ||
	    vk_space_left(path) < (int64_t)RESERVE_BYTES * RESERVE_TIMES)
		return;
	vk_auto(vk_closep) int fd = open(name.text, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0 && posix_fallocate(fd, 0, RESERVE_BYTES))
		(void)unlink(name.text);
}

bool vk_reserve_free(const char *path)
{
	vk_auto(vk_str_done) struct vk_str name = {0};

	return !reserve_name(path, &name) && unlink(name.text) == 0;
}
