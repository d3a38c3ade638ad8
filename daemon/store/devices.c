/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices: who is bonded, whose it is, what its collector must remember. The collector's text is
 * apart and written only when it differs, because the rest changes each time a device is heard.
 */
#include "store/store_priv.h"

#include <errno.h>

#define COLUMNS                                                                                    \
	"id, address, address_type, name, manufacturer, model, serial, firmware, kind, patient,"   \
	" is_bonded, is_authenticated, battery_percent, clock_offset_s, heard_utc_ms,"             \
	" reading_utc_ms, last_sequence, state, model_id, clock, consent, memory"
#define FROM " FROM device LEFT JOIN device_attributes ON device = id"

static int put_row(struct vk_store *store, const struct vk_device *d)
{
	/* An update in place: a replaced row would take its attributes with it. */
	struct vk_query q = vk_query_init(
		store, VK_SLOT_DEVICE_PUT,
		"INSERT INTO device(" COLUMNS
		") VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
		" ON CONFLICT(id) DO UPDATE SET address = excluded.address,"
		" address_type = excluded.address_type, name = excluded.name,"
		" manufacturer = excluded.manufacturer, model = excluded.model,"
		" serial = excluded.serial, firmware = excluded.firmware, kind = excluded.kind,"
		" patient = excluded.patient, is_bonded = excluded.is_bonded,"
		" is_authenticated = excluded.is_authenticated,"
		" battery_percent = excluded.battery_percent,"
		" clock_offset_s = excluded.clock_offset_s, heard_utc_ms = excluded.heard_utc_ms,"
		" reading_utc_ms = excluded.reading_utc_ms,"
		" last_sequence = excluded.last_sequence, state = excluded.state,"
		" model_id = excluded.model_id, clock = excluded.clock,"
		" consent = excluded.consent, memory = excluded.memory");

	vk_bind_text(&q, d->id);
	vk_bind_text(&q, d->address);
	vk_bind_int(&q, d->address_type);
	vk_bind_text(&q, d->name);
	vk_bind_text(&q, d->manufacturer);
	vk_bind_text(&q, d->model);
	vk_bind_text(&q, d->serial);
	vk_bind_text(&q, d->firmware);
	vk_bind_text(&q, d->kind);
	vk_bind_text(&q, d->patient);
	vk_bind_int(&q, d->is_bonded);
	vk_bind_int(&q, d->is_authenticated);
	vk_bind_int(&q, d->battery_percent);
	vk_bind_int(&q, d->clock_offset_s);
	vk_bind_int(&q, d->heard_utc_ms);
	vk_bind_int(&q, d->reading_utc_ms);
	vk_bind_int(&q, d->last_sequence);
	vk_bind_text(&q, d->state);
	vk_bind_text(&q, d->model_id);
	vk_bind_text(&q, d->clock);
	vk_bind_text(&q, d->consent);
	vk_bind_text(&q, d->memory);
	return vk_query_run(&q);
}

int vk_store_put_device(struct vk_store *store, const struct vk_device *device)
{
	int r = vk_late_write(store);

	if (!r)
		r = put_row(store, device);
	store->late.has_device = false;
	if (r)
		return r;
	struct vk_query q = vk_query_init(
		store, VK_SLOT_DEVICE_ATTRIBUTES,
		"INSERT INTO device_attributes(device, text) VALUES(?, ?) ON CONFLICT(device)"
		" DO UPDATE SET text = excluded.text WHERE text <> excluded.text");

	vk_bind_text(&q, device->id);
	vk_bind_text(&q, device->attributes);
	return vk_query_run(&q);
}

static void read_names(struct vk_query *q, struct vk_device *d)
{
	vk_column_text(q, d->id, sizeof d->id);
	vk_column_text(q, d->address, sizeof d->address);
	d->address_type = (int32_t)vk_column_int(q);
	vk_column_text(q, d->name, sizeof d->name);
	vk_column_text(q, d->manufacturer, sizeof d->manufacturer);
	vk_column_text(q, d->model, sizeof d->model);
	vk_column_text(q, d->serial, sizeof d->serial);
	vk_column_text(q, d->firmware, sizeof d->firmware);
	vk_column_text(q, d->kind, sizeof d->kind);
	vk_column_text(q, d->patient, sizeof d->patient);
}

static void read_device(struct vk_query *q, struct vk_device *d)
{
	read_names(q, d);
	d->is_bonded = vk_column_int(q) != 0;
	d->is_authenticated = vk_column_int(q) != 0;
	d->battery_percent = (int32_t)vk_column_int(q);
	d->clock_offset_s = vk_column_int(q);
	d->heard_utc_ms = vk_column_int(q);
	d->reading_utc_ms = vk_column_int(q);
	d->last_sequence = (int32_t)vk_column_int(q);
	vk_column_text(q, d->state, sizeof d->state);
	vk_column_text(q, d->model_id, sizeof d->model_id);
	vk_column_text(q, d->clock, sizeof d->clock);
	vk_column_text(q, d->consent, sizeof d->consent);
	vk_column_text(q, d->memory, sizeof d->memory);
	vk_column_text(q, d->attributes, sizeof d->attributes);
}

static int read_users(struct vk_store *store, struct vk_device *d)
{
	vk_auto(vk_query_done) struct vk_query q =
		vk_query_init(store, VK_SLOT_DEVICE_USERS,
			      "SELECT user, patient, consent FROM device_user WHERE device = ?"
			      " ORDER BY user");
	int more;

	vk_bind_text(&q, d->id);
	d->n_users = 0;
	while (d->n_users < VK_MAX_CLAIMS && (more = vk_query_next(&q)) > 0) {
		struct vk_device_user *user = &d->users[d->n_users++];

		user->user = (int32_t)vk_column_int(&q);
		vk_column_text(&q, user->patient, sizeof user->patient);
		user->consent = (int32_t)vk_column_int(&q);
	}
	return d->n_users < VK_MAX_CLAIMS && more < 0 ? more : 0;
}

static int remove_users(struct vk_store *store, const char *device, int32_t user)
{
	struct vk_query q = vk_query_init(
		store, VK_SLOT_DEVICE_USER_REMOVE,
		"DELETE FROM device_user WHERE device = ?1 AND (?2 < 0 OR user = ?2)");

	vk_bind_text(&q, device);
	vk_bind_int(&q, user);
	return vk_query_run(&q);
}

static bool has_room_for(const struct vk_device *d, int32_t user)
{
	for (int i = 0; i < d->n_users; i++)
		if (d->users[i].user == user)
			return true;
	return d->n_users < VK_MAX_CLAIMS - 1; /* one claim is the whole device's */
}

int vk_store_put_device_user(struct vk_store *store, const char *device,
			     const struct vk_device_user *user)
{
	const struct vk_device *known;
	int r = vk_store_find_device(store, device, &known);

	if (r)
		return r;
	store->late.has_device = false;
	if (!user->patient[0])
		return remove_users(store, device, user->user);
	if (!has_room_for(known, user->user))
		return -ENOSPC;
	struct vk_query q = vk_query_init(
		store, VK_SLOT_DEVICE_USER_PUT,
		"INSERT INTO device_user(device, user, patient, consent) VALUES(?,?,?,?)"
		" ON CONFLICT(device, user) DO UPDATE SET patient = excluded.patient,"
		" consent = excluded.consent");

	vk_bind_text(&q, device);
	vk_bind_int(&q, user->user);
	vk_bind_text(&q, user->patient);
	vk_bind_int(&q, user->consent);
	return vk_query_run(&q);
}

int vk_device_read(struct vk_store *store, const char *id, struct vk_device *ret_device)
{
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_DEVICE_GET, "SELECT " COLUMNS ", text" FROM " WHERE id = ?");

	vk_bind_text(&q, id);
	int found = vk_query_next(&q);

	if (found <= 0)
		return found ? found : -ENOENT;
	read_device(&q, ret_device);
	return read_users(store, ret_device);
}

int vk_store_remove_device(struct vk_store *store, const char *id)
{
	int r = vk_late_write(store);

	if (r)
		return r;
	store->late.has_device = false;
	struct vk_query q =
		vk_query_init(store, VK_SLOT_DEVICE_REMOVE, "DELETE FROM device WHERE id = ?");

	vk_bind_text(&q, id);
	return vk_query_run(&q);
}

int vk_store_each_device(struct vk_store *store, vk_device_fn fn, void *user)
{
	int r = vk_late_write(store);

	if (r)
		return r;
	vk_auto(vk_query_done) struct vk_query q = vk_query_init(
		store, VK_SLOT_DEVICE_EACH, "SELECT " COLUMNS ", text" FROM " ORDER BY id");
	int more;

	while ((more = vk_query_next(&q)) > 0) {
		struct vk_device device;

		read_device(&q, &device);
		r = read_users(store, &device);
		if (!r)
			r = fn(&device, user);
		if (r < 0)
			return r;
	}
	return more;
}
