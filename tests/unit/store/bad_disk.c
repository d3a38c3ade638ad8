/* SPDX-License-Identifier: Apache-2.0 */
/* Each file holds the real one behind itself; all calls go through, but writes look first. */
#include "bad_disk.h"
#include "support.h"

#include <assert.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>

struct bad_disk bad_disk;

struct file {
	sqlite3_file base;
	sqlite3_file *real; /* lies behind this struct */
};

static sqlite3_vfs *real_vfs;
static sqlite3_vfs vfs;

static sqlite3_file *real_of(sqlite3_file *f)
{
	return ((struct file *)f)->real;
}

static int refuse(int rc)
{
	errno = bad_disk.error;
	return bad_disk.error == ENOSPC ? SQLITE_FULL : rc;
}

static int do_close(sqlite3_file *f)
{
	return real_of(f)->pMethods->xClose(real_of(f));
}

static int do_read(sqlite3_file *f, void *data, int n, sqlite3_int64 at)
{
	return real_of(f)->pMethods->xRead(real_of(f), data, n, at);
}

static int do_write(sqlite3_file *f, const void *data, int n, sqlite3_int64 at)
{
	if (bad_disk.error)
		return refuse(SQLITE_IOERR_WRITE);
	bad_disk.bytes += n;
	bad_disk.writes++;
	return real_of(f)->pMethods->xWrite(real_of(f), data, n, at);
}

static int do_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	if (bad_disk.error)
		return refuse(SQLITE_IOERR_TRUNCATE);
	return real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int do_sync(sqlite3_file *f, int flags)
{
	bad_disk.syncs++;
	return real_of(f)->pMethods->xSync(real_of(f), flags);
}

static int do_size(sqlite3_file *f, sqlite3_int64 *size)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), size);
}

static int do_lock(sqlite3_file *f, int lock)
{
	return real_of(f)->pMethods->xLock(real_of(f), lock);
}

static int do_unlock(sqlite3_file *f, int lock)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), lock);
}

static int do_reserved(sqlite3_file *f, int *result)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), result);
}

static int do_control(sqlite3_file *f, int op, void *argument)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, argument);
}

static int do_sector(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int do_traits(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

/* Version 1: no shared memory, which an exclusive store does not need. */
static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = do_close,
	.xRead = do_read,
	.xWrite = do_write,
	.xTruncate = do_truncate,
	.xSync = do_sync,
	.xFileSize = do_size,
	.xLock = do_lock,
	.xUnlock = do_unlock,
	.xCheckReservedLock = do_reserved,
	.xFileControl = do_control,
	.xSectorSize = do_sector,
	.xDeviceCharacteristics = do_traits,
};

static int do_open(sqlite3_vfs *unused, const char *name, sqlite3_file *f, int flags, int *out)
{
	struct file *file = (struct file *)f;
	int rc;

	(void)unused;
	file->real = (sqlite3_file *)&file[1];
	rc = real_vfs->xOpen(real_vfs, name, file->real, flags, out);
	file->base.pMethods = rc == SQLITE_OK ? &methods : NULL;
	return rc;
}

static int last_error(sqlite3_vfs *unused, int n, char *text)
{
	(void)unused;
	return bad_disk.error ? bad_disk.error : real_vfs->xGetLastError(real_vfs, n, text);
}

void bad_disk_insert(void)
{
	bad_disk = (struct bad_disk){0};
	if (real_vfs)
		return;
	real_vfs = sqlite3_vfs_find(NULL);
	assert(real_vfs);
	vfs = *real_vfs;
	vfs.zName = "bad-disk";
	vfs.szOsFile += (int)sizeof(struct file);
	vfs.xOpen = do_open;
	vfs.xGetLastError = last_error;
	sqlite3_vfs_register(&vfs, 1);
}

int bad_home_up(void **state)
{
	bad_disk_insert();
	return home_up(state);
}
