/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file, one connection, one owner. WAL with synchronous=FULL, so that a commit is on disk when
 * it returns; exclusive locking, because nobody else may open the file and the shared-memory index
 * would cost a file. Pages of 2 KiB: a reading alone touches seven of them, and each goes to the
 * log whole (29 KB a reading with its message, 44 KB with pages of 4 KiB). The cache holds what a
 * full group changes, or its pages would go to the log twice; it is given back when there is no
 * work (vk_store_rest). Where a row was is overwritten only in pages that are written anyway, as a
 * card keeps old pages all the same. A flag in the file says that it is in use: found set at the
 * next start, the last stop was unclean.
 */
#include "store/store_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/log.h"

enum {
	WAL_PAGES_MOST = 8000, /* beyond, the commit itself makes a checkpoint */
	LOOKASIDE_BYTES = 128,
	LOOKASIDE_SLOTS = 64,
};

static const struct vk_store_bounds default_bounds = {
	.reading_days = 400,
	.min_free_bytes = 32 << 20,
	.least_readings = 1000,
	.outbox_rows = 100000,
	.outbox_bytes = 256 << 20,
	.outbox_days = 400,
};

/* Before SQLite's first use in this process; afterwards SQLite refuses, and that is fine. */
static void configure(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	(void)sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0); /* pages when needed */
}

int vk_store_make_file(const char *path, bool *ret_created)
{
	struct stat st;
	vk_auto(vk_closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	*ret_created = st.st_size == 0;
	return 0;
}

static int on_commit(void *user, sqlite3 *db, const char *name, int n_pages)
{
	struct vk_store *store = user;

	store->n_wal_pages = n_pages;
	if (n_pages >= WAL_PAGES_MOST)
		(void)sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return SQLITE_OK;
}

static int set_up(struct vk_store *store)
{
	int64_t unused;
	/* What is only read is not locked: an exclusive lock would be a write. */
	int r = store->refusal ? 0 : vk_store_exec(store, "PRAGMA locking_mode=EXCLUSIVE");

	if (!r)
		r = vk_store_exec(store, "PRAGMA page_size=2048;"
					 "PRAGMA temp_store=MEMORY; PRAGMA mmap_size=0;"
					 "PRAGMA cache_size=-2048; PRAGMA cache_spill=1000;"
					 "PRAGMA foreign_keys=ON; PRAGMA secure_delete=FAST;"
					 "PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON;"
					 "PRAGMA journal_size_limit=8388608");

	if (!r && !store->refusal)
		r = vk_store_exec(store, "PRAGMA journal_mode=WAL");
	if (!r)
		r = vk_store_exec(store, store->is_synchronous_off ? "PRAGMA synchronous=OFF"
								   : "PRAGMA synchronous=FULL");
	sqlite3_wal_hook(store->db, on_commit, store);
	/* The first look into the file: tells a damaged header from a whole one. */
	return r ? r : vk_store_exec_int(store, "SELECT count(*) FROM sqlite_schema", &unused);
}

int vk_store_connect(struct vk_store *store, const char *name, int flags, const char *vfs)
{
	int rc = sqlite3_open_v2(name, &store->db,
				 flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, vfs);

	if (!store->db)
		return -ENOMEM;
	if (rc != SQLITE_OK)
		return vk_store_error(store, rc);
	(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_LOOKASIDE, NULL, LOOKASIDE_BYTES,
				LOOKASIDE_SLOTS);
	return set_up(store);
}

void vk_store_disconnect(struct vk_store *store)
{
	for (size_t i = 0; i < VK_N_SLOTS; i++) {
		sqlite3_finalize(store->slots[i]);
		store->slots[i] = NULL;
	}
	sqlite3_close(store->db);
	store->db = NULL;
	vk_still_vfs_remove(store);
	vk_gather_vfs_remove(store);
}

/* Where nothing is synced, what was committed must be the kernel's at once. */
static int connect_to_write(struct vk_store *store)
{
	const char *vfs = store->is_synchronous_off ? NULL : vk_gather_vfs_add(store);

	if (!vfs && !store->is_synchronous_off)
		return -ENOMEM;
	return vk_store_connect(store, store->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
				vfs);
}

/* A full disk may refuse the mark, and take it later: the file serves all the same. */
static int mark_open(struct vk_store *store, struct vk_store_report *report)
{
	int64_t is_unclean;
	int r = vk_store_get_int(store, "unclean", 0, &is_unclean);

	report->was_unclean = is_unclean != 0;
	store->upkeep.is_check_due = !r;
	store->upkeep.is_suspect = report->was_unclean;
	store->is_mark_due = !r && vk_store_set_int(store, "unclean", 1);
	return r;
}

static int connect_and_mark(struct vk_store *store, struct vk_store_report *report)
{
	int r = connect_to_write(store);

	if (!r)
		r = vk_schema_migrate(store, &report->from_version);
	return r ? r : mark_open(store, report);
}

/* The file and its log stay as they are. */
static void let_go(struct vk_store *store)
{
	if (store->db)
		(void)sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	vk_store_disconnect(store);
}

/* Opens for writing; a damaged file is moved aside, and what can be read of it makes a new one. A
 * damaged log is found before SQLite writes over what is behind the damage. */
static int connect_or_rebuild(struct vk_store *store, struct vk_store_report *report)
{
	int r = store->is_synchronous_off ? 0 : vk_log_judge(store->path);

	if (r > 0) {
		(void)vk_copy(report->damage.where, sizeof report->damage.where, "log");
		r = -EBADMSG;
	}
	if (!r)
		r = connect_and_mark(store, report);
	if (r != -EBADMSG)
		return r;
	let_go(store);
	r = vk_rebuild(store, &report->damage);
	if (r)
		return r;
	report->was_set_aside = true;
	store->has_bad_page = false;
	return connect_and_mark(store, report);
}

static int open_for_writing(struct vk_store *store, struct vk_store_report *report)
{
	int r = vk_rebuild_end(store->path);

	if (!r)
		r = vk_store_make_file(store->path, &report->was_created);
	store->refusal = 0;
	if (!r)
		r = connect_or_rebuild(store, report);
	if (r)
		vk_store_disconnect(store);
	return r;
}

/*
 * Without a log beside it the file is all there is, and is read as one that nobody writes. With a
 * log, whose index would be a third file, the index is kept in memory.
 */
int vk_store_connect_still(struct vk_store *store)
{
	vk_auto(vk_str_done) struct vk_str log = {0}, uri = {0};
	struct stat st;

	vk_str_addf(&log, "%s-wal", store->path);
	vk_str_add(&uri, "file:");
	for (const char *p = store->path; *p; p++)
		vk_str_addf(&uri, strchr("?#%", *p) ? "%%%02x" : "%c", (unsigned char)*p);
	vk_str_add(&uri, "?immutable=1");
	if (log.error || uri.error || vk_still_vfs_add(store))
		return -ENOMEM;
	if (stat(log.text, &st) || st.st_size == 0)
		return vk_store_connect(store, uri.text, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
					VK_STILL_VFS);
	return vk_store_connect(store, store->path, SQLITE_OPEN_READONLY, VK_STILL_VFS);
}

static int open_for_reading(struct vk_store *store, struct vk_store_report *report)
{
	int64_t version = 0;
	int r = vk_store_connect_still(store);

	if (!r)
		r = vk_store_exec_int(store, "PRAGMA user_version", &version);
	report->from_version = (int)version;
	if (!r && !vk_schema_is_current(report->from_version))
		r = -EPROTO;
	if (!r)
		return 0;
	vk_store_disconnect(store);
	r = vk_store_connect(store, ":memory:", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
	report->is_stand_in = store->is_stand_in = true;
	return r ? r : vk_schema_migrate(store, &report->from_version);
}

int vk_store_rebuild(struct vk_store *store, struct vk_damage *ret_damage)
{
	struct vk_store_report report = {0};

	*ret_damage = (struct vk_damage){0};
	if (store->is_begun || store->refusal || store->is_stand_in)
		return -EINVAL;
	let_go(store);
	int r = vk_rebuild(store, ret_damage);

	/* Also where it failed, the file as it is serves on. */
	store->has_bad_page = r != 0;
	store->cache = (struct vk_store_cache){0};
	store->late = (struct vk_late){0};
	store->upkeep = (struct vk_upkeep){0};
	store->n_wal_pages = 0;
	int opened = connect_and_mark(store, &report);

	if (!opened)
		return r;
	let_go(store);
	store->refusal = opened;
	(void)open_for_reading(store, &report);
	return opened;
}

bool vk_store_has_bad_page(const struct vk_store *store)
{
	return store->has_bad_page;
}

static bool is_refusal(int error)
{
	return error == -EROFS || error == -ENOSPC || error == -EDQUOT || error == -EIO;
}

/* The file again, for writing; nothing was written since, so what is cached still holds. */
static int try_again(struct vk_store *store)
{
	struct vk_store_report unused = {0};
	int refusal = store->refusal, r;

	if (store->is_stand_in)
		return vk_store_make_file(store->path, &unused.was_created) ? refusal : -ESTALE;
	vk_store_disconnect(store);
	r = open_for_writing(store, &unused);
	if (!r)
		vk_reserve_hold(store->path);
	if (!r)
		return 0;
	store->refusal = refusal;
	(void)open_for_reading(store, &unused);
	return r;
}

int vk_store_open(const char *path, bool synchronous_off, struct vk_store **ret_store,
		  struct vk_store_report *ret_report)
{
	*ret_report = (struct vk_store_report){0};
	configure();
	vk_auto(vk_freep) struct vk_store *store = calloc(1, sizeof *store);

	if (!store || !(store->path = strdup(path)))
		return -ENOMEM;
	store->bounds = default_bounds;
	store->is_synchronous_off = synchronous_off;
	int r = open_for_writing(store, ret_report);

	if (is_refusal(r)) {
		ret_report->refusal = store->refusal = r;
		r = open_for_reading(store, ret_report);
	}
	if (r) {
		vk_store_disconnect(store);
		free(store->path);
		return r;
	}
	if (!store->refusal)
		vk_reserve_hold(path);
	*ret_store = vk_take(&store);
	return 0;
}

void vk_store_close(struct vk_store *store)
{
	if (!store)
		return;
	vk_store_rollback(store);
	if (!store->upkeep.is_suspect && !store->upkeep.is_damaged && !store->refusal)
		(void)vk_store_set_int(store, "unclean", 0);
	bool is_kept = store->db && !store->refusal && !store->upkeep.is_damaged;

	vk_store_disconnect(store);
	if (is_kept)
		vk_first_page_keep(store);
	free(store->room);
	LZ4_freeStream(store->packer);
	free(store->path);
	free(store);
}

void vk_store_closep(struct vk_store **store)
{
	vk_store_close(*store);
	*store = NULL;
}

const struct vk_store_bounds *vk_store_bounds(const struct vk_store *store)
{
	return &store->bounds;
}

void vk_store_set_bounds(struct vk_store *store, const struct vk_store_bounds *bounds)
{
	store->bounds = *bounds;
	store->upkeep.next_tidy_mono_ms = 0;
}

/* ---- transactions ---- */

static int run(struct vk_store *store, enum vk_slot slot, const char *sql)
{
	struct vk_query q = vk_query_init(store, slot, sql);

	return vk_query_run(&q);
}

/*
 * A file system that was made read-only under open files (an error of the medium) still lets the
 * log be overwritten in place, and ext4 then answers fsync with success without writing anything.
 * So it is asked: before a transaction, and once more before its commit.
 */
static int refuse_read_only(const struct vk_store *store)
{
	struct statvfs fs;

	if (statvfs(store->path, &fs))
		return -errno;
	return fs.f_flag & ST_RDONLY ? -EROFS : 0;
}

int vk_store_begin(struct vk_store *store)
{
	if (store->is_begun)
		return -EALREADY;
	int r = store->is_stand_in ? 0 : refuse_read_only(store);

	if (!r && store->refusal)
		r = try_again(store);
	if (!r)
		r = run(store, VK_SLOT_BEGIN, "BEGIN IMMEDIATE");
	if (r)
		return r;
	store->is_begun = true;
	store->cache_at_begin = store->cache;
	store->uncommitted_seq = INT64_MAX;
	if (!store->is_mark_due)
		return 0;
	store->is_mark_due = false;
	return vk_store_set_int(store, "unclean", 1);
}

int vk_store_commit(struct vk_store *store)
{
	int r = store->is_begun && !store->is_saved ? vk_audit_keep_head(store) : -EINVAL;

	if (!r)
		r = vk_late_write(store);
	if (!r)
		r = refuse_read_only(store);
	if (!r)
		r = run(store, VK_SLOT_COMMIT, "COMMIT");
	if (!r)
		store->is_begun = false;
	return r;
}

void vk_store_rollback(struct vk_store *store)
{
	if (!store->is_begun)
		return;
	store->is_begun = false;
	store->is_saved = false;
	store->lost_error = 0;
	vk_late_forget(store);
	store->cache = store->cache_at_begin;
	store->cache.outbox_ceiling = 0; /* its reservation may be among what is undone */
	if (!sqlite3_get_autocommit(store->db))
		(void)run(store, VK_SLOT_ROLLBACK, "ROLLBACK");
	if (store->is_space_out && vk_reserve_free(store->path))
		vk_log(VK_LOG_ERR, "store", "no space left: the reserve was freed");
	store->is_space_out = false;
}

int vk_store_savepoint(struct vk_store *store)
{
	if (!store->is_begun || store->is_saved)
		return -EINVAL;
	int r = vk_late_write(store);

	if (!r)
		r = run(store, VK_SLOT_SAVEPOINT, "SAVEPOINT event");
	if (r)
		return r;
	store->is_saved = true;
	store->cache_at_savepoint = store->cache;
	return 0;
}

int vk_store_release(struct vk_store *store)
{
	int r = store->is_saved ? run(store, VK_SLOT_RELEASE, "RELEASE event") : -EINVAL;

	if (!r)
		store->is_saved = false;
	return r;
}

void vk_store_rollback_savepoint(struct vk_store *store)
{
	if (!store->is_saved)
		return;
	store->is_saved = false;
	vk_late_forget(store);
	store->cache = store->cache_at_savepoint;
	store->cache.outbox_ceiling = 0;
	if (sqlite3_get_autocommit(store->db))
		return; /* the whole transaction is gone: the next call says so */
	if (!run(store, VK_SLOT_ROLLBACK_TO, "ROLLBACK TO event"))
		(void)run(store, VK_SLOT_RELEASE, "RELEASE event");
}

/* ---- small settings ---- */

int vk_store_get_int(struct vk_store *store, const char *key, int64_t fallback, int64_t *ret_value)
{
	vk_auto(vk_query_done) struct vk_query q =
		vk_query_init(store, VK_SLOT_META_GET, "SELECT value FROM meta WHERE key = ?");

	*ret_value = fallback;
	vk_bind_text(&q, key);
	int r = vk_query_next(&q);

	if (r <= 0)
		return r;
	*ret_value = vk_column_int(&q);
	return 0;
}

int vk_store_set_int(struct vk_store *store, const char *key, int64_t value)
{
	struct vk_query q = vk_query_init(store, VK_SLOT_META_PUT,
					  "INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)");

	vk_bind_text(&q, key);
	vk_bind_int(&q, value);
	return vk_query_run(&q);
}
