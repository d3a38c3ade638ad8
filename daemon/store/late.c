/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows that change with every reading of a group and of which only the last word counts: when a
 * device was heard, and what a rule remembers. They wait in memory and are written once, before the
 * commit of the transaction that changed them, or before somebody looks at their table. A rollback
 * forgets them with everything else.
 */
#include "store/store_priv.h"

#include <errno.h>
#include <string.h>

static int write_heard(struct vk_store *store)
{
	const struct vk_device *d = &store->late.device;

	if (!store->late.is_heard_due)
		return 0;
	struct vk_query q = vk_query_init(store, VK_SLOT_DEVICE_HEARD,
					  "UPDATE device SET heard_utc_ms = ?, reading_utc_ms = ?,"
					  " clock_offset_s = ? WHERE id = ?");

	vk_bind_int(&q, d->heard_utc_ms);
	vk_bind_int(&q, d->reading_utc_ms);
	vk_bind_int(&q, d->clock_offset_s);
	vk_bind_text(&q, d->id);
	store->late.is_heard_due = false;
	return vk_query_run(&q);
}

int vk_late_write(struct vk_store *store)
{
	struct vk_late *late = &store->late;
	int r = write_heard(store);

	for (int i = 0; i < late->n_memories && !r; i++)
		r = vk_memory_write(store, &late->memories[i]);
	late->n_memories = 0;
	return r;
}

void vk_late_forget(struct vk_store *store)
{
	store->late.has_device = store->late.is_heard_due = false;
	store->late.n_memories = 0;
}

int vk_late_memory(struct vk_store *store, const struct vk_rule_memory *m)
{
	struct vk_late *late = &store->late;

	for (int i = 0; i < late->n_memories; i++) {
		if (strcmp(late->memories[i].rule, m->rule) != 0 ||
		    strcmp(late->memories[i].patient, m->patient) != 0)
			continue;
		late->memories[i] = *m;
		return 0;
	}
	if (late->n_memories == VK_LATE_MEMORIES) {
		int r = vk_late_write(store);

		if (r)
			return r;
	}
	late->memories[late->n_memories++] = *m;
	return 0;
}

int vk_store_find_device(struct vk_store *store, const char *id,
			 const struct vk_device **ret_device)
{
	struct vk_late *late = &store->late;
	int r;

	*ret_device = &late->device;
	if (late->has_device && strcmp(late->device.id, id) == 0)
		return 0;
	r = write_heard(store);
	late->has_device = false;
	memset(&late->device, 0, sizeof late->device);
	if (!r)
		r = vk_device_read(store, id, &late->device);
	late->has_device = !r;
	return r;
}

int vk_store_get_device(struct vk_store *store, const char *id, struct vk_device *ret_device)
{
	const struct vk_device *known;
	int r = vk_store_find_device(store, id, &known);

	if (!r)
		*ret_device = *known;
	return r;
}

int vk_store_hear_device(struct vk_store *store, const char *id, int64_t utc_ms,
			 const int64_t *clock_offset_s)
{
	const struct vk_device *known;
	int r = vk_store_find_device(store, id, &known);

	if (r)
		return r;
	store->late.device.heard_utc_ms = store->late.device.reading_utc_ms = utc_ms;
	if (clock_offset_s)
		store->late.device.clock_offset_s = *clock_offset_s;
	store->late.is_heard_due = true;
	return store->is_begun ? 0 : write_heard(store);
}
