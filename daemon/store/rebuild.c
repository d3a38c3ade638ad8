/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A damaged file becomes a whole one. What can be read is copied to <path>.part, which is named
 * <path>.rebuilt when all of it is on the disk; then the damaged file is moved aside and the new
 * one takes its place. A power cut in between is ended at the next start, wherever it came. Without
 * the first page no other can be found, so a copy of it is kept in <path>.first: it changes with
 * the shape of the tables alone, and says where each begins.
 */
#include "store/store_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"

/* Where the head of a database has what. */
enum {
	CHANGES_AT = 24, /* a count that guards the one behind it */
	N_PAGES_AT = 28,
	COOKIE_AT = 40, /* of the tables' shape */
	NAME_MAX_BYTES = 512,
};

struct names {
	char part[NAME_MAX_BYTES], rebuilt[NAME_MAX_BYTES], first[NAME_MAX_BYTES];
	char mended[NAME_MAX_BYTES];
};

static int name_all(const char *path, struct names *n)
{
	int most = snprintf(n->rebuilt, sizeof n->rebuilt, "%s.rebuilt", path);

	(void)snprintf(n->part, sizeof n->part, "%s.part", path);
	(void)snprintf(n->first, sizeof n->first, "%s.first", path);
	(void)snprintf(n->mended, sizeof n->mended, "%s.mended", path);
	return most < NAME_MAX_BYTES ? 0 : -ENAMETOOLONG;
}

static int sync_file(const char *path)
{
	vk_auto(vk_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

	return fd >= 0 && fsync(fd) == 0 ? 0 : -errno;
}

/* ---- the copy of the first page ---- */

static int write_first(const char *part, const char *name, const void *page)
{
	vk_auto(vk_closep) int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, page, VK_PAGE_BYTES) != VK_PAGE_BYTES || fsync(fd))
		return -EIO;
	return rename(part, name) ? -errno : vk_sync_folder(name);
}

static bool is_first_page(const char *page)
{
	return memcmp(page, "SQLite format 3", 16) == 0 &&
	       (uint8_t)page[16] == VK_PAGE_BYTES / 256 && page[17] == 0;
}

void vk_first_page_keep(struct vk_store *store)
{
	vk_auto(vk_freep) char *kept = NULL;
	char page[VK_PAGE_BYTES];
	struct names n;
	size_t len;
	vk_auto(vk_closep) int fd = open(store->path, O_RDONLY | O_CLOEXEC);

	/* A page of before the log went into the file: it comes with the next rest. */
	if (fd < 0 || name_all(store->path, &n) || pread(fd, page, sizeof page, 0) != sizeof page ||
	    !is_first_page(page))
		return;
	if (!vk_slurp(n.first, VK_PAGE_BYTES, &kept, &len) && len == sizeof page &&
	    memcmp(kept + COOKIE_AT, page + COOKIE_AT, 4) == 0)
		return;
	(void)write_first(n.part, n.first, page);
}

/* The count of pages in it is of then: without it, SQLite takes as many as the file has. */
static char *first_page(const char *name)
{
	vk_auto(vk_freep) char *page = NULL;
	size_t len;

	if (vk_slurp(name, VK_PAGE_BYTES, &page, &len) || len != VK_PAGE_BYTES ||
	    !is_first_page(page))
		return NULL;
	memset(page + CHANGES_AT, 0xff, 4);
	memset(page + N_PAGES_AT, 0, 4);
	return vk_take(&page);
}

/* ---- reading the damaged file ---- */

/* Tells in *damage what had to be shown in place of the file's own. 0: open. */
static int open_damaged(struct vk_store *old, const struct names *n, char **ret_page,
			struct vk_damage *damage)
{
	if (strcmp(damage->where, "log") == 0 && vk_log_mend(old->path, n->mended) == 0)
		old->still.log = n->mended;
	int r = vk_store_connect_still(old);

	if (!damage->where[0])
		(void)vk_copy(damage->where, sizeof damage->where, "page");
	if (r != -EBADMSG)
		return r;
	vk_store_disconnect(old);
	*ret_page = first_page(n->first);
	if (!*ret_page)
		return r;
	(void)vk_copy(damage->where, sizeof damage->where, "first page");
	old->still.first_page = (const uint8_t *)*ret_page;
	return vk_store_connect_still(old);
}

static int open_part(struct vk_store *to)
{
	bool unused;
	int version;
	int r = unlink(to->path) && errno != ENOENT ? -errno : 0;

	if (!r)
		r = vk_store_make_file(to->path, &unused);
	if (!r && sqlite3_open_v2(to->path, &to->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE,
				  NULL) != SQLITE_OK)
		r = -EIO;
	if (!r)
		r = vk_store_exec(to, "PRAGMA page_size=2048; PRAGMA journal_mode=MEMORY;"
				      "PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON;"
				      "PRAGMA cache_size=-2048");
	return r ? r : vk_schema_migrate(to, &version);
}

static int copy_all(struct vk_store *old, struct names *n, struct vk_damage *damage)
{
	struct vk_store to = {.path = n->part};
	vk_auto(vk_freep) char *page = NULL;
	int opened = open_damaged(old, n, &page, damage);
	int r = open_part(&to);

	if (opened)
		vk_store_disconnect(old);
	if (!r)
		r = vk_salvage(old, &to, damage);
	vk_store_disconnect(&to);
	vk_store_disconnect(old);
	(void)unlink(n->mended);
	return r ? r : sync_file(n->part);
}

/* ---- changing places ---- */

static int take_place(const char *path, const struct names *n)
{
	int r = vk_aside_move(path);

	if (!r && rename(n->rebuilt, path))
		r = -errno;
	return r ? r : vk_sync_folder(path);
}

int vk_rebuild_end(const char *path)
{
	struct names n;
	int r = name_all(path, &n);

	if (r || access(n.rebuilt, F_OK))
		return r;
	return take_place(path, &n);
}

int vk_rebuild(struct vk_store *store, struct vk_damage *ret_damage)
{
	struct vk_store old = {.path = store->path, .refusal = -EROFS, .bounds = store->bounds};
	struct names n;
	int r = name_all(store->path, &n);

	vk_log(VK_LOG_ERR, "store", "the database is damaged: what can be read makes a new one");
	if (vk_space_left(store->path) < VK_PAGE_BYTES * INT64_C(2000))
		(void)vk_reserve_free(store->path);
	if (!r)
		r = copy_all(&old, &n, ret_damage);
	if (!r && rename(n.part, n.rebuilt))
		r = -errno;
	if (!r)
		r = vk_sync_folder(store->path);
	if (!r)
		r = take_place(store->path, &n);
	if (r) {
		(void)unlink(n.part);
		vk_log(VK_LOG_ERR, "store", "no new database could be made: %s", strerror(-r));
		return r;
	}
	vk_log(VK_LOG_ERR, "store",
	       "damaged: %s; set aside beside it; rows kept n=%lld; not whole: %s",
	       ret_damage->where, (long long)ret_damage->n_kept,
	       ret_damage->lost[0] ? ret_damage->lost : "none");
	return 0;
}
