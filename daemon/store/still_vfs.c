/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a database with a log on a medium that takes no write: SQLite would keep the log's index
 * in a third file, which cannot be made there. This layer over the ordinary file system keeps it in
 * memory and locks nothing: there is one reader, and nobody writes. Of a damaged file it can show
 * another first page, and another log, than those that are there.
 */
#include "store/store_priv.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { REGIONS_MAX = 256 };

/* Behind the file of the layer below, whose methods it takes over but for five. */
struct index {
	sqlite3_io_methods methods;
	void *regions[REGIONS_MAX];
	const sqlite3_io_methods *below;
	const struct vk_still *shown; /* of the database itself, else NULL */
};

static struct index *index_of(sqlite3_file *file)
{
	return (struct index *)(void *)((char *)file + sqlite3_vfs_find(NULL)->szOsFile);
}

static int map(sqlite3_file *file, int region, int size, int extend, void volatile **ret_memory)
{
	struct index *index = index_of(file);

	*ret_memory = NULL;
	if (region >= REGIONS_MAX)
		return SQLITE_NOMEM;
	if (!index->regions[region] && extend)
		index->regions[region] = calloc(1, (size_t)size);
	*ret_memory = index->regions[region];
	return extend && !*ret_memory ? SQLITE_NOMEM : SQLITE_OK;
}

static int lock(sqlite3_file *file, int offset, int n, int flags)
{
	(void)file;
	(void)offset;
	(void)n;
	(void)flags;
	return SQLITE_OK;
}

static void barrier(sqlite3_file *file)
{
	(void)file;
	atomic_thread_fence(memory_order_seq_cst);
}

static int unmap(sqlite3_file *file, int is_delete)
{
	struct index *index = index_of(file);

	(void)is_delete;
	for (int i = 0; i < REGIONS_MAX; i++) {
		free(index->regions[i]);
		index->regions[i] = NULL;
	}
	return SQLITE_OK;
}

static int read_file(sqlite3_file *file, void *data, int n, sqlite3_int64 at)
{
	const struct index *index = index_of(file);
	const struct vk_still *still = index->shown;
	int rc = index->below->xRead(file, data, n, at);

	if (rc == SQLITE_OK && still && still->first_page && at < VK_PAGE_BYTES) {
		size_t left = VK_PAGE_BYTES - (size_t)at,
		       most = (size_t)n < left ? (size_t)n : left;

		memcpy(data, still->first_page + at, most);
	}
	return rc;
}

static int open_file(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
		     int *ret_flags)
{
	const struct vk_still *still = vfs->pAppData;
	bool is_log = (flags & SQLITE_OPEN_WAL) != 0 && still->log;
	int rc = still->below->xOpen(still->below, is_log ? still->log : name, file, flags,
				     ret_flags);
	struct index *index = index_of(file);

	*index = (struct index){0};
	if (rc != SQLITE_OK || !file->pMethods)
		return rc;
	index->below = file->pMethods;
	index->shown = flags & SQLITE_OPEN_MAIN_DB ? still : NULL;
	index->methods = *file->pMethods;
	index->methods.iVersion = 2; /* with an index, whatever the layer below has */
	index->methods.xRead = read_file;
	index->methods.xShmMap = map;
	index->methods.xShmLock = lock;
	index->methods.xShmBarrier = barrier;
	index->methods.xShmUnmap = unmap;
	file->pMethods = &index->methods;
	return SQLITE_OK;
}

int vk_still_vfs_add(struct vk_store *store)
{
	struct vk_still *still = &store->still;

	if (sqlite3_vfs_find(VK_STILL_VFS))
		return 0;
	still->below = sqlite3_vfs_find(NULL);
	if (!still->below)
		return -1;
	still->vfs = *still->below;
	still->vfs.zName = VK_STILL_VFS;
	still->vfs.pAppData = still;
	still->vfs.szOsFile = still->below->szOsFile + (int)sizeof(struct index);
	still->vfs.xOpen = open_file;
	still->is_added = sqlite3_vfs_register(&still->vfs, 0) == SQLITE_OK;
	return still->is_added ? 0 : -1;
}

void vk_still_vfs_remove(struct vk_store *store)
{
	if (!store->still.is_added)
		return;
	(void)sqlite3_vfs_unregister(&store->still.vfs);
	store->still.is_added = false;
}
