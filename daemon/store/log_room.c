/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Room in the log ahead of what is written. A commit that makes the log longer changes the file
 * system too: in the virtual home it then takes ten times as long (median 21 ms against 1.6). So
 * while nobody waits zeros are written to the log's end, once; SQLite starts again from the front
 * after each checkpoint, and what lies behind its last frame is nothing to it.
 */
#include "store/store_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	ROOM_BYTES = 2 << 20, /* below what SQLite leaves of a log (journal_size_limit) */
	SLICE_BYTES = 256 << 10,
	FREE_TIMES = 16, /* more of it must be free, or it serves better as free space */
};

static int open_log(const struct vk_store *store)
{
	vk_auto(vk_str_done) struct vk_str name = {0};

	vk_str_addf(&name, "%s-wal", store->path);
	/* SQLite holds no lock on its log: closing a second descriptor lets go of none. */
	return name.error ? -1 : open(name.text, O_WRONLY | O_CLOEXEC);
}

/* Zeros from the end on. 0, or -1. */
static int lengthen(int fd, off_t size)
{
	static const char zeros[4096];
	off_t end = size + SLICE_BYTES;

	if (end > ROOM_BYTES)
		end = ROOM_BYTES;
	while (size < end) {
		size_t most = (size_t)(end - size);
		ssize_t n = pwrite(fd, zeros, most < sizeof zeros ? most : sizeof zeros, size);

		if (n <= 0)
			return -1;
		size += n;
	}
	return fdatasync(fd);
}

bool vk_log_room(struct vk_store *store)
{
	vk_auto(vk_closep) int fd = store->is_synchronous_off ? -1 : open_log(store);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) || st.st_size >= ROOM_BYTES ||
	    vk_space_left(store->path) < (int64_t)ROOM_BYTES * FREE_TIMES)
		return false;
	return lengthen(fd, st.st_size) == 0;
}
