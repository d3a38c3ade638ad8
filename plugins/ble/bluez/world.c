/* SPDX-License-Identifier: Apache-2.0 */
/* The mirror's table and the few calls made. Reading the messages is properties.c's. */
#include "bluez/world.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/str.h"
#include "bluez/properties.h"

enum { CALL_TIMEOUT_US = 10 * 1000 * 1000, AGAIN_FIRST_MS = 500, AGAIN_MOST_MS = 4000 };

static const char SERVICE[] = "org.bluez";
static const char ADAPTER[] = "org.bluez.Adapter1";
static const char DEVICE[] = "org.bluez.Device1";

int vk_world_init(struct vk_world *w, uv_loop_t *loop, struct vk_bus *bus,
		  const struct vk_world_ops *ops, void *user)
{
	*w = (struct vk_world){.bus = bus, .ops = ops, .user = user, .pause_ms = AGAIN_FIRST_MS};
	w->again.data = w;
	return uv_timer_init(loop, &w->again);
}

bool vk_world_is_usable(const struct vk_world *w)
{
	return w->adapter_path[0] && w->is_powered;
}

const struct vk_near *vk_world_by_address(const struct vk_world *w, const char *address)
{
	for (int i = 0; i < w->n; i++)
		if (strcasecmp(w->list[i].address, address) == 0)
			return &w->list[i];
	return NULL;
}

const struct vk_near *vk_world_by_path(const struct vk_world *w, const char *path)
{
	for (int i = 0; i < w->n; i++)
		if (strcmp(w->list[i].path, path) == 0)
			return &w->list[i];
	return NULL;
}

/* ---- the table ---- */

static struct vk_near *find(struct vk_world *w, const char *path)
{
	for (int i = 0; i < w->n; i++)
		if (strcmp(w->list[i].path, path) == 0)
			return &w->list[i];
	return NULL;
}

/* Whom a full table can do without: strangers, first those of no known kind, first the oldest. */
static bool is_less_wanted(const struct vk_near *a, const struct vk_near *b)
{
	if (!b || (a->kind[0] == '\0') != (b->kind[0] == '\0'))
		return !b || a->kind[0] == '\0';
	return a->age < b->age;
}

/* NULL: all are bonded, or being paired. */
static struct vk_near *make_room(struct vk_world *w)
{
	struct vk_near *out = NULL;

	if (w->n < VK_NEAR_MAX)
		return &w->list[w->n++];
	for (int i = 0; i < w->n; i++) {
		struct vk_near *d = &w->list[i];

		if (!d->is_bonded && strcmp(d->path, w->pinned) != 0 && is_less_wanted(d, out))
			out = d;
	}
	return out;
}

static struct vk_near *add(struct vk_world *w, const char *path)
{
	struct vk_near *d = find(w, path);

	if (d || strlen(path) >= sizeof d->path)
		return d;
	d = make_room(w);
	if (d) {
		*d = (struct vk_near){.kind = "", .address_type = 1, .age = ++w->arrivals};
		(void)vk_copy(d->path, sizeof d->path, path);
	}
	return d;
}

static void drop(struct vk_world *w, const char *path)
{
	struct vk_near *d = find(w, path);
	struct vk_near gone;

	if (!d)
		return;
	gone = *d;
	*d = w->list[--w->n];
	w->ops->gone(w->user, &gone);
}

/* bluetoothd ends every discovery with the adapter or its power, without a reply to anybody. */
static void forget_discovery(struct vk_world *w)
{
	w->discoveries = 0;
	w->discovery = VK_DISCOVERY_OFF;
	w->pause_ms = AGAIN_FIRST_MS;
	w->is_doubtful = false;
	(void)uv_timer_stop(&w->again);
}

static void forget_all(struct vk_world *w)
{
	w->n = 0;
	forget_discovery(w);
	w->is_powered = false;
	w->adapter_path[0] = w->adapter_address[0] = '\0';
	w->ops->adapter(w->user);
}

/* ---- calls ---- */

static int on_reply(sd_bus_message *m, void *user, sd_bus_error *error)
{
	const char *what = user;

	(void)error;
	if (sd_bus_message_is_method_error(m, NULL))
		vk_log(VK_LOG_NOTICE, "bluez", "refused call=%s error=%s", what,
		       sd_bus_message_get_error(m)->name);
	return 0;
}

static int finish_call(struct vk_world *w, sd_bus_message *m, int r, sd_bus_message_handler_t fn,
		       const void *user)
{
	if (r >= 0)
		r = sd_bus_call_async(w->bus->bus, NULL, m, fn, (void *)(uintptr_t)user,
				      CALL_TIMEOUT_US);
	sd_bus_message_unref(m);
	if (r < 0)
		vk_log(VK_LOG_WARNING, "bluez", "not sent reason=%s", strerror(-r));
	return r < 0 ? r : 0;
}

/* A call with one object path, or none (NULL). */
static int call(struct vk_world *w, const char *path, const char *interface, const char *method,
		const char *argument)
{
	sd_bus_message *m = NULL;
	int r;

	if (!w->bus->bus || !path[0])
		return -ENOTCONN;
	r = sd_bus_message_new_method_call(w->bus->bus, &m, SERVICE, path, interface, method);
	if (r >= 0 && argument)
		r = sd_bus_message_append(m, "o", argument);
	return finish_call(w, m, r, on_reply, method);
}

int vk_world_remove(struct vk_world *w, const char *path)
{
	return call(w, w->adapter_path, ADAPTER, "RemoveDevice", path);
}

int vk_world_disconnect(struct vk_world *w, const char *path)
{
	return call(w, path, DEVICE, "Disconnect", NULL);
}

void vk_world_forget_strangers(struct vk_world *w)
{
	for (int i = 0; i < w->n; i++)
		if (!w->list[i].is_bonded && !w->list[i].is_connected &&
		    strcmp(w->list[i].path, w->pinned) != 0)
			(void)vk_world_remove(w, w->list[i].path);
}

int vk_world_power(struct vk_world *w, bool is_on)
{
	sd_bus_message *m = NULL;
	int r;

	if (!w->bus->bus || !w->adapter_path[0])
		return -ENOTCONN;
	r = sd_bus_message_new_method_call(w->bus->bus, &m, SERVICE, w->adapter_path,
					   "org.freedesktop.DBus.Properties", "Set");
	if (r >= 0)
		r = sd_bus_message_append(m, "ssv", ADAPTER, "Powered", "b", (int)is_on);
	return finish_call(w, m, r, on_reply, "Set Powered");
}

/*
 * Any filter but bluetoothd's own default makes it show devices that are not discoverable, which a
 * bonded one is not. With services named, the kernel passes on nothing else: sixty strangers a
 * second cost nothing then.
 */
static int set_filter(struct vk_world *w, bool is_filtered)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(w->bus->bus, &m, SERVICE, w->adapter_path, ADAPTER,
					       "SetDiscoveryFilter");

	if (r >= 0 && is_filtered)
		r = sd_bus_message_append(m, "a{sv}", 3, "Transport", "s", "le", "DuplicateData",
					  "b", 1, "UUIDs", "as", 2,
					  "0000181d-0000-1000-8000-00805f9b34fb",
					  "0000181b-0000-1000-8000-00805f9b34fb");
	else if (r >= 0)
		r = sd_bus_message_append(m, "a{sv}", 2, "Transport", "s", "le", "DuplicateData",
					  "b", 1);
	r = finish_call(w, m, r, on_reply, "SetDiscoveryFilter");
	if (r == 0)
		w->is_filtered = is_filtered;
	return r;
}

/*
 * bluetoothd refuses a stop while a start runs, and the other way round: one call at a time, and
 * after each the next one that is wanted.
 */
static void settle_discovery(struct vk_world *w);
static void on_again(uv_timer_t *timer);
static void call_discovery(struct vk_world *w, const char *method, enum vk_discovery_state state);

/* Refused while the kernel ends a discovery or makes a connection, and it is nobody's to tell when
 * that is over. */
static void try_again(struct vk_world *w)
{
	(void)uv_timer_start(&w->again, on_again, w->pause_ms, 0);
	w->pause_ms = w->pause_ms * 2 > AGAIN_MOST_MS ? AGAIN_MOST_MS : w->pause_ms * 2;
}

static void log_refusal(const struct vk_world *w, sd_bus_message *m)
{
	vk_log(w->pause_ms == AGAIN_FIRST_MS ? VK_LOG_NOTICE : VK_LOG_DEBUG, "bluez",
	       "discovery refused error=%s", sd_bus_message_get_error(m)->name);
}

static void on_started(struct vk_world *w)
{
	w->discovery = VK_DISCOVERY_ON;
	if (w->is_doubtful) { /* stopped, it knows again that nothing runs */
		w->is_doubtful = false;
		call_discovery(w, "StopDiscovery", VK_DISCOVERY_STOPPING);
		return;
	}
	w->pause_ms = AGAIN_FIRST_MS;
	w->ops->searching(w->user, true);
	settle_discovery(w);
}

/*
 * A stop that the kernel rejects, because the discovery has just ended by itself, leaves bluetoothd
 * (5.82) believing that it runs: the next start with the same filter is granted, and nobody
 * searches. Seen in the virtual home: a technician's window of 90 s in which nothing was heard.
 */
static void on_refused(struct vk_world *w, bool was_starting, sd_bus_message *m)
{
	log_refusal(w, m);
	w->discovery = VK_DISCOVERY_OFF;
	if (was_starting) {
		w->ops->searching(w->user, false);
		try_again(w);
	} else if (sd_bus_message_is_method_error(m, "org.bluez.Error.InProgress") > 0) {
		w->is_doubtful = true;
		try_again(w);
	} else {
		settle_discovery(w);
	}
}

static int on_discovery(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct vk_world *w = user;
	bool was_starting = w->discovery == VK_DISCOVERY_STARTING;

	(void)error;
	if (sd_bus_message_is_method_error(m, NULL) > 0) {
		on_refused(w, was_starting, m);
	} else if (was_starting) {
		on_started(w);
	} else {
		w->discovery = VK_DISCOVERY_OFF;
		settle_discovery(w);
	}
	return 0;
}

static void call_discovery(struct vk_world *w, const char *method, enum vk_discovery_state state)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(w->bus->bus, &m, SERVICE, w->adapter_path, ADAPTER,
					       method);

	if (finish_call(w, m, r, on_discovery, w) == 0)
		w->discovery = state;
}

static void start_discovery(struct vk_world *w)
{
	for (int i = 0; i < w->n; i++)
		w->list[i].is_seen = false;
	if (set_filter(w, w->discoveries == 0) == 0)
		call_discovery(w, "StartDiscovery", VK_DISCOVERY_STARTING);
}

/* bluetoothd may hold one of ours for running: after a stop, refused or not, both know better. */
static void on_again(uv_timer_t *timer)
{
	struct vk_world *w = timer->data;

	if (w->bus->bus && vk_world_is_usable(w) && w->discovery == VK_DISCOVERY_OFF)
		call_discovery(w, "StopDiscovery", VK_DISCOVERY_STOPPING);
}

static void settle_discovery(struct vk_world *w)
{
	bool is_wanted = w->holds == 0 && (w->discoveries > 0 || w->wants_adverts);

	if (!w->bus->bus || !vk_world_is_usable(w) || uv_is_active((uv_handle_t *)&w->again))
		return;
	if (is_wanted && w->discovery == VK_DISCOVERY_OFF)
		start_discovery(w);
	else if (!is_wanted && w->discovery == VK_DISCOVERY_ON)
		call_discovery(w, "StopDiscovery", VK_DISCOVERY_STOPPING);
	else if (w->discovery == VK_DISCOVERY_ON && w->is_filtered != (w->discoveries == 0))
		call_discovery(w, "StopDiscovery", VK_DISCOVERY_STOPPING); /* and anew */
}

int vk_world_discover(struct vk_world *w)
{
	if (!w->bus->bus || !vk_world_is_usable(w))
		return -ENETDOWN;
	w->discoveries++;
	settle_discovery(w);
	return 0;
}

void vk_world_discover_end(struct vk_world *w)
{
	if (w->discoveries > 0)
		w->discoveries--;
	settle_discovery(w);
}

void vk_world_hear_adverts(struct vk_world *w, bool is_wanted)
{
	w->wants_adverts = is_wanted;
	settle_discovery(w);
}

void vk_world_hold(struct vk_world *w, bool is_held)
{
	w->holds += is_held ? 1 : -1;
	settle_discovery(w);
}

void vk_world_discover_anew(struct vk_world *w)
{
	if (w->discovery == VK_DISCOVERY_ON && w->bus->bus)
		call_discovery(w, "StopDiscovery", VK_DISCOVERY_STOPPING);
}

/* ---- what bluetoothd tells ---- */

/* An adapter is wanted by its address or by its name, the last part of its path ("hci0"). */
static bool is_wanted(const struct vk_world *w, const char *path, const char *address)
{
	const char *name = strrchr(path, '/');

	return !w->wanted[0] || strcasecmp(address, w->wanted) == 0 ||
	       (name && strcmp(name + 1, w->wanted) == 0);
}

static void read_device(struct vk_world *w, sd_bus_message *m, struct vk_near *d)
{
	char path[VK_PATH_MAX];
	bool was_heard;

	d->has_rssi = d->has_advert = false;
	if (vk_properties_device(m, d) <= 0)
		return;
	was_heard = d->has_rssi || d->has_advert;
	(void)vk_copy(path, sizeof path, d->path);
	w->ops->near(w->user, d);
	if (was_heard && (d = find(w, path)) != NULL) /* it may be gone by now */
		w->ops->heard(w->user, d);
}

static void on_object(void *user, const char *path, const char *interface, sd_bus_message *m)
{
	struct vk_world *w = user;
	struct vk_adapter_facts adapter;
	struct vk_near *d;

	if (strcmp(interface, ADAPTER) == 0) {
		if (vk_properties_adapter(m, &adapter) < 0 || w->adapter_path[0] ||
		    !is_wanted(w, path, adapter.address))
			return;
		(void)vk_copy(w->adapter_path, sizeof w->adapter_path, path);
		(void)vk_copy(w->adapter_address, sizeof w->adapter_address, adapter.address);
		w->is_powered = adapter.powered > 0;
		w->ops->adapter(w->user);
	} else if (strcmp(interface, DEVICE) == 0) {
		d = add(w, path);
		if (d)
			read_device(w, m, d);
	}
}

static int on_managed(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct vk_world *w = user;
	int r;

	(void)error;
	if (sd_bus_message_is_method_error(m, NULL))
		return 0; /* not running: its name will tell */
	w->has_daemon = true;
	w->ops->adapter(w->user);
	r = vk_properties_each_object(m, on_object, w);
	if (r < 0)
		vk_log(VK_LOG_WARNING, "bluez", "objects not understood reason=%s", strerror(-r));
	return 0;
}

static void ask_objects(struct vk_world *w)
{
	sd_bus_message *m = NULL;
	int r = sd_bus_message_new_method_call(w->bus->bus, &m, SERVICE, "/",
					       "org.freedesktop.DBus.ObjectManager",
					       "GetManagedObjects");

	/* Asking must not start it: whether Bluetooth runs is systemd's business. */
	if (r >= 0)
		r = sd_bus_message_set_auto_start(m, 0);
	(void)finish_call(w, m, r, on_managed, w);
}

static int on_owner(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct vk_world *w = user;
	const char *name, *before, *after;

	(void)error;
	if (sd_bus_message_read(m, "sss", &name, &before, &after) < 0)
		return 0;
	w->has_daemon = after[0] != '\0';
	forget_all(w);
	if (w->has_daemon)
		ask_objects(w);
	return 0;
}

static int on_added(sd_bus_message *m, void *user, sd_bus_error *error)
{
	(void)error;
	(void)vk_properties_added(m, on_object, user);
	return 0;
}

static int on_removed(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct vk_world *w = user;
	const char *path, *interface;
	bool has_lost_adapter = false;

	(void)error;
	if (sd_bus_message_read(m, "o", &path) < 0 ||
	    sd_bus_message_enter_container(m, 'a', "s") < 0)
		return 0;
	while (sd_bus_message_read(m, "s", &interface) > 0) {
		if (strcmp(interface, DEVICE) == 0)
			drop(w, path);
		else if (strcmp(interface, ADAPTER) == 0 && strcmp(path, w->adapter_path) == 0)
			has_lost_adapter = true;
	}
	if (has_lost_adapter) {
		forget_all(w);
		ask_objects(w); /* there may be another one */
	}
	return 0;
}

void vk_world_take_power(struct vk_world *w, bool is_on)
{
	if (w->is_powered == is_on)
		return;
	w->is_powered = is_on;
	if (!is_on)
		forget_discovery(w);
	w->ops->adapter(w->user);
}

static int on_changed(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct vk_world *w = user;
	const char *interface, *path = sd_bus_message_get_path(m);
	struct vk_adapter_facts adapter;
	struct vk_near *d;

	(void)error;
	if (!path || sd_bus_message_read(m, "s", &interface) < 0)
		return 0;
	if (strcmp(interface, ADAPTER) == 0 && strcmp(path, w->adapter_path) == 0) {
		if (vk_properties_adapter(m, &adapter) >= 0 && adapter.powered >= 0)
			vk_world_take_power(w, adapter.powered > 0);
	} else if (strcmp(interface, DEVICE) == 0) {
		d = find(w, path);
		if (d)
			read_device(w, m, d);
	}
	return 0;
}

void vk_world_up(struct vk_world *w)
{
	static const struct {
		const char *sender, *interface, *member;
		sd_bus_message_handler_t fn;
	} signals[] = {
		{"org.bluez", "org.freedesktop.DBus.ObjectManager", "InterfacesAdded", on_added},
		{"org.bluez", "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved",
		 on_removed},
		{"org.bluez", "org.freedesktop.DBus.Properties", "PropertiesChanged", on_changed},
	};
	int r = 0;

	for (size_t i = 0; r >= 0 && i < VK_ARRAY_LEN(signals); i++)
		r = sd_bus_match_signal_async(w->bus->bus, NULL, signals[i].sender, NULL,
					      signals[i].interface, signals[i].member,
					      signals[i].fn, NULL, w);
	if (r >= 0)
		r = sd_bus_add_match_async(w->bus->bus, NULL,
					   "type='signal',sender='org.freedesktop.DBus',"
					   "member='NameOwnerChanged',arg0='org.bluez'",
					   on_owner, NULL, w);
	if (r < 0)
		vk_log(VK_LOG_ERR, "bluez", "no signals reason=%s", strerror(-r));
	w->is_joined = true;
	w->ops->adapter(w->user);
	ask_objects(w);
}

void vk_world_down(struct vk_world *w)
{
	w->is_joined = w->has_daemon = false;
	forget_all(w);
}
