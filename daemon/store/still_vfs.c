/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a database with a log on a medium that takes no write: SQLite would keep the log's index
 * in a third file, which cannot be made there. This layer over the ordinary file system keeps it in
 * memory and locks nothing: there is one reader, and nobody writes.
 */
#include "store/store_priv.h"

#include <stdatomic.h>
#include <stdlib.h>

enum { REGIONS_MAX = 256 };

/* Behind the file of the layer below, whose methods it takes over but for four. */
struct index {
	sqlite3_io_methods methods;
	void *regions[REGIONS_MAX];
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

static int open_file(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags,
		     int *ret_flags)
{
	sqlite3_vfs *below = vfs->pAppData;
	int rc = below->xOpen(below, name, file, flags, ret_flags);
	struct index *index = index_of(file);

	*index = (struct index){0};
	if (rc != SQLITE_OK || !file->pMethods)
		return rc;
	index->methods = *file->pMethods;
	index->methods.xShmMap = map;
	index->methods.xShmLock = lock;
	index->methods.xShmBarrier = barrier;
	index->methods.xShmUnmap = unmap;
	file->pMethods = &index->methods;
	return SQLITE_OK;
}

int vk_still_vfs_add(struct vk_store *store)
{
	sqlite3_vfs *below = sqlite3_vfs_find(NULL);

	if (sqlite3_vfs_find(VK_STILL_VFS))
		return 0;
	store->still_vfs = below ? malloc(sizeof *below) : NULL;
	if (!store->still_vfs)
		return -1;
	*store->still_vfs = *below;
	store->still_vfs->zName = VK_STILL_VFS;
	store->still_vfs->pAppData = below;
	store->still_vfs->szOsFile = below->szOsFile + (int)sizeof(struct index);
	store->still_vfs->xOpen = open_file;
	return sqlite3_vfs_register(store->still_vfs, 0) == SQLITE_OK ? 0 : -1;
}

void vk_still_vfs_remove(struct vk_store *store)
{
	if (!store->still_vfs)
		return;
	(void)sqlite3_vfs_unregister(store->still_vfs);
	free(store->still_vfs);
	store->still_vfs = NULL;
}
