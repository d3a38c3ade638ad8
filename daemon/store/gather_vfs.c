/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite writes its log in two calls a page, one behind the other, and only the sync at the end
 * makes a commit of them. This layer over the ordinary file system gathers what continues what came
 * before, and hands it on in one call: at the latest when the file is synced, read where it waits,
 * measured, cut or closed. What cannot be handed on is told then, and SQLite undoes it with its
 * transaction. Not for a store that does not sync: what it committed must be the kernel's at least.
 */
#include "store/store_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_BYTES = 32 << 10 };

struct vk_gather_vfs {
	sqlite3_vfs vfs;
	sqlite3_vfs *below;
	char name[32]; /* of this store alone */
};

/* Behind the file of the layer below, whose methods it takes over but for six. */
struct gather {
	sqlite3_io_methods methods; /* the file points at them */
	const sqlite3_io_methods *below;
	uint8_t *room; /* owned; from a write to the next sync */
	sqlite3_int64 at;
	int len; /* bytes that wait, from `at` on */
};

static struct gather *gather_of(const sqlite3_file *file)
{
	return (struct gather *)(uintptr_t)file->pMethods;
}

static int hand_on(sqlite3_file *file)
{
	struct gather *g = gather_of(file);
	int len = g->len;

	g->len = 0;
	return len ? g->below->xWrite(file, g->room, len, g->at) : SQLITE_OK;
}

static int write_file(sqlite3_file *file, const void *data, int n, sqlite3_int64 at)
{
	struct gather *g = gather_of(file);
	bool goes_on = at == g->at + g->len && n <= ROOM_BYTES - g->len;
	int rc = goes_on ? SQLITE_OK : hand_on(file);

	if (rc != SQLITE_OK)
		return rc;
	if (!g->room)
		g->room = malloc(ROOM_BYTES);
	if (!g->room || n > ROOM_BYTES)
		return g->below->xWrite(file, data, n, at);
	if (!g->len)
		g->at = at;
	memcpy(g->room + g->len, data, (size_t)n);
	g->len += n;
	return SQLITE_OK;
}

/* What waits is of the transaction that reads it: an error of reading undoes that in any case. */
static int read_file(sqlite3_file *file, void *data, int n, sqlite3_int64 at)
{
	struct gather *g = gather_of(file);
	bool waits = g->len && at < g->at + g->len && g->at < at + n;

	if (waits && hand_on(file) != SQLITE_OK)
		return SQLITE_IOERR_READ;
	return g->below->xRead(file, data, n, at);
}

static int sync_file(sqlite3_file *file, int flags)
{
	struct gather *g = gather_of(file);
	int rc = hand_on(file);

	free(g->room);
	g->room = NULL;
	return rc == SQLITE_OK ? g->below->xSync(file, flags) : rc;
}

static int truncate_file(sqlite3_file *file, sqlite3_int64 size)
{
	int rc = hand_on(file);

	return rc == SQLITE_OK ? gather_of(file)->below->xTruncate(file, size) : rc;
}

static int measure_file(sqlite3_file *file, sqlite3_int64 *ret_size)
{
	int rc = hand_on(file);

	return rc == SQLITE_OK ? gather_of(file)->below->xFileSize(file, ret_size) : rc;
}

static int close_file(sqlite3_file *file)
{
	const sqlite3_io_methods *below = gather_of(file)->below;

	(void)hand_on(file);
	free(gather_of(file)->room);
	return below->xClose(file);
}

static int open_file(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
		     int *ret_flags)
{
	sqlite3_vfs *below = ((struct vk_gather_vfs *)(void *)vfs)->below;
	int rc = below->xOpen(below, name, file, flags, ret_flags);
	struct gather *g = (struct gather *)(void *)((char *)file + below->szOsFile);

	if (rc != SQLITE_OK || !file->pMethods || !(flags & SQLITE_OPEN_WAL))
		return rc;
	*g = (struct gather){.methods = *file->pMethods, .below = file->pMethods};
	g->methods.xWrite = write_file;
	g->methods.xRead = read_file;
	g->methods.xSync = sync_file;
	g->methods.xTruncate = truncate_file;
	g->methods.xFileSize = measure_file;
	g->methods.xClose = close_file;
	file->pMethods = &g->methods;
	return SQLITE_OK;
}

const char *vk_gather_vfs_add(struct vk_store *store)
{
	sqlite3_vfs *below = sqlite3_vfs_find(NULL);
	struct vk_gather_vfs *g = below ? malloc(sizeof *g) : NULL;

	if (!g)
		return NULL;
	*g = (struct vk_gather_vfs){.vfs = *below, .below = below};
	(void)snprintf(g->name, sizeof g->name, "vaka-gather-%p", (void *)g);
	g->vfs.zName = g->name;
	g->vfs.szOsFile += (int)sizeof(struct gather);
	g->vfs.xOpen = open_file;
	store->gather_vfs = g;
	return sqlite3_vfs_register(&g->vfs, 0) == SQLITE_OK ? g->name : NULL;
}

void vk_gather_vfs_remove(struct vk_store *store)
{
	if (!store->gather_vfs)
		return;
	(void)sqlite3_vfs_unregister(&store->gather_vfs->vfs);
	free(store->gather_vfs);
	store->gather_vfs = NULL;
}
