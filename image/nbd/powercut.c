/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nbdkit plugin: a disk with a volatile write cache, for power cuts that are as unkind as real
 * ones. What was written but not flushed is in memory only. A cut ("cut SEED" on the control fifo)
 * lets a random subset of it reach the file, some blocks torn at sector bounds, and ends at once.
 * The same seed and the same writes give the same subset.
 */
#define _GNU_SOURCE
#define NBDKIT_API_VERSION 2
#define THREAD_MODEL       NBDKIT_THREAD_MODEL_SERIALIZE_ALL_REQUESTS

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nbdkit-plugin.h>

#define BLOCK   4096u
#define SECTOR  512u
#define SECTORS (BLOCK / SECTOR)
/* A drive's cache is bounded too: beyond this, everything is written out. */
#define MAX_DIRTY 4096u

static char *file_name;
static char *control_name;
static char *report_name;
static int disk_fd = -1;
static uint64_t disk_size;
static uint8_t **dirty; /* one slot a block; NULL: what the file holds is current */
static uint64_t block_count;
static unsigned int dirty_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int powercut_config(const char *key, const char *value)
{
	char **slot = NULL;

	if (strcmp(key, "file") == 0)
		slot = &file_name;
	else if (strcmp(key, "control") == 0)
		slot = &control_name;
	else if (strcmp(key, "report") == 0)
		slot = &report_name;
	if (!slot) {
		nbdkit_error("unknown parameter %s", key);
		return -1;
	}
	*slot = nbdkit_absolute_path(value);
	return *slot ? 0 : -1;
}

static int powercut_config_complete(void)
{
	if (file_name && control_name && report_name)
		return 0;
	nbdkit_error("file=, control= and report= are needed");
	return -1;
}

/* xorshift64*: small, seeded, the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

static int write_fully(const uint8_t *data, size_t len, uint64_t offset)
{
	while (len > 0) {
		ssize_t done = pwrite(disk_fd, data, len, (off_t)offset);

		if (done < 0)
			return -1;
		data += done;
		len -= (size_t)done;
		offset += (uint64_t)done;
	}
	return 0;
}

static int read_fully(uint8_t *data, size_t len, uint64_t offset)
{
	while (len > 0) {
		ssize_t done = pread(disk_fd, data, len, (off_t)offset);

		if (done <= 0)
			return -1;
		data += done;
		len -= (size_t)done;
		offset += (uint64_t)done;
	}
	return 0;
}

/* Blocks FIRST to END-1 reach the file: a flush takes all, a forced write (FUA) only its own. */
static int write_out(uint64_t first, uint64_t end)
{
	for (uint64_t i = first; dirty_count > 0 && i < end; i++) {
		if (!dirty[i])
			continue;
		if (write_fully(dirty[i], BLOCK, i * BLOCK) < 0)
			return -1;
		free(dirty[i]);
		dirty[i] = NULL;
		dirty_count--;
	}
	return 0;
}

/* Half of the unflushed blocks survive; one in eight of those only in some of its sectors. */
static void let_some_survive(uint64_t seed)
{
	uint64_t random = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	unsigned int whole = 0, torn = 0, lost = 0;
	FILE *report;

	for (uint64_t i = 0; i < block_count; i++) {
		uint64_t draw;

		if (!dirty[i])
			continue;
		draw = next_random(&random);
		if (draw & 1) {
			lost++;
			continue;
		}
		if (draw >> 1 & 7) {
			write_fully(dirty[i], BLOCK, i * BLOCK);
			whole++;
			continue;
		}
		for (unsigned int s = 0; s < SECTORS; s++)
			if (draw >> (8 + s) & 1)
				write_fully(dirty[i] + s * SECTOR, SECTOR, i * BLOCK + s * SECTOR);
		torn++;
	}
	report = fopen(report_name, "w");
	if (report) {
		fprintf(report, "{\"lost\":%u,\"survived\":%u,\"torn\":%u}\n", lost, whole, torn);
		fclose(report);
	}
}

static void *watch_control(void *arg)
{
	(void)arg;
	for (;;) {
		FILE *control = fopen(control_name, "r");
		unsigned long long seed;

		if (!control)
			return NULL;
		if (fscanf(control, "cut %llu", &seed) == 1) {
			pthread_mutex_lock(&lock);
			let_some_survive(seed);
			_exit(0);
		}
		fclose(control);
	}
}

static int powercut_after_fork(void)
{
	struct stat st;
	pthread_t thread;

	disk_fd = open(file_name, O_RDWR | O_CLOEXEC);
	if (disk_fd < 0 || fstat(disk_fd, &st) < 0) {
		nbdkit_error("%s: %m", file_name);
		return -1;
	}
	disk_size = (uint64_t)st.st_size / BLOCK * BLOCK;
	block_count = disk_size / BLOCK;
	dirty = calloc(block_count, sizeof(*dirty));
	if (!dirty || pthread_create(&thread, NULL, watch_control, NULL) != 0) {
		nbdkit_error("out of memory");
		return -1;
	}
	pthread_detach(thread);
	return 0;
}

static void *powercut_open(int readonly)
{
	(void)readonly;
	return NBDKIT_HANDLE_NOT_NEEDED;
}

static int64_t powercut_get_size(void *handle)
{
	(void)handle;
	return (int64_t)disk_size;
}

static int powercut_pread(void *handle, void *buf, uint32_t count, uint64_t offset, uint32_t flags)
{
	uint8_t *out = buf;
	int result = 0;

	(void)handle;
	(void)flags;
	pthread_mutex_lock(&lock);
	while (count > 0 && result == 0) {
		uint64_t block = offset / BLOCK;
		uint32_t skip = (uint32_t)(offset % BLOCK);
		uint32_t len = count < BLOCK - skip ? count : BLOCK - skip;

		if (dirty[block])
			memcpy(out, dirty[block] + skip, len);
		else
			result = read_fully(out, len, offset);
		out += len;
		offset += len;
		count -= len;
	}
	pthread_mutex_unlock(&lock);
	return result;
}

static int store_block(uint64_t block, uint32_t skip, uint32_t len, const uint8_t *data)
{
	if (!dirty[block]) {
		uint8_t *fresh = malloc(BLOCK);

		if (!fresh || (len < BLOCK && read_fully(fresh, BLOCK, block * BLOCK) < 0)) {
			free(fresh);
			return -1;
		}
		dirty[block] = fresh;
		dirty_count++;
	}
	memcpy(dirty[block] + skip, data, len);
	return dirty_count > MAX_DIRTY ? write_out(0, block_count) : 0;
}

static int powercut_pwrite(void *handle, const void *buf, uint32_t count, uint64_t offset,
			   uint32_t flags)
{
	const uint8_t *in = buf;
	uint64_t first = offset / BLOCK;
	int result = 0;

	(void)handle;
	pthread_mutex_lock(&lock);
	while (count > 0 && result == 0) {
		uint32_t skip = (uint32_t)(offset % BLOCK);
		uint32_t len = count < BLOCK - skip ? count : BLOCK - skip;

		result = store_block(offset / BLOCK, skip, len, in);
		in += len;
		offset += len;
		count -= len;
	}
	if (result == 0 && flags & NBDKIT_FLAG_FUA)
		result = write_out(first, (offset - 1) / BLOCK + 1);
	pthread_mutex_unlock(&lock);
	if (result < 0)
		nbdkit_set_error(EIO);
	return result;
}

static int powercut_flush(void *handle, uint32_t flags)
{
	int result;

	(void)handle;
	(void)flags;
	pthread_mutex_lock(&lock);
	result = write_out(0, block_count);
	pthread_mutex_unlock(&lock);
	if (result < 0)
		nbdkit_set_error(EIO);
	return result;
}

static int powercut_can_fua(void *handle)
{
	(void)handle;
	return NBDKIT_FUA_NATIVE;
}

static struct nbdkit_plugin plugin = {
	.name = "powercut",
	.longname = "disk with a volatile write cache",
	.config = powercut_config,
	.config_complete = powercut_config_complete,
	.config_help = "file=<RAW>       (required) the disk\n"
		       "control=<FIFO>   (required) \"cut SEED\" ends the power\n"
		       "report=<FILE>    (required) what became of the unflushed blocks",
	.after_fork = powercut_after_fork,
	.open = powercut_open,
	.get_size = powercut_get_size,
	.pread = powercut_pread,
	.pwrite = powercut_pwrite,
	.flush = powercut_flush,
	.can_fua = powercut_can_fua,
};

NBDKIT_REGISTER_PLUGIN(plugin)
