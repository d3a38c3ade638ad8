/* SPDX-License-Identifier: Apache-2.0 */
/* Walking a{sv} without trusting its order or its types. */
#include "bluez/properties.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

/* ---- one value; a wrong type is an error ---- */

static int read_text(sd_bus_message *m, char *out, size_t size)
{
	const char *text;
	int r = sd_bus_message_read(m, "v", "s", &text);

	if (r < 0)
		return r;
	/* A name is whatever the device shouts. */
	(void)vk_copy(out, size, text);
	for (char *p = out; *p; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	if (!vk_is_utf8(out, strlen(out)))
		for (char *p = out; *p; p++)
			if (*p & 0x80)
				*p = '?';
	return 0;
}

static int read_bool(sd_bus_message *m, bool *ret_value)
{
	int value;
	int r = sd_bus_message_read(m, "v", "b", &value);

	if (r >= 0)
		*ret_value = value != 0;
	return r;
}

static const char *kind_of_service(const char *uuid)
{
	static const struct {
		const char *uuid, *kind;
	} kinds[] = {
		{"00001808-", "meter"},      {"00001810-", "cuff"},  {"00001822-", "oximeter"},
		{"0000181d-", "scale"},      {"0000181b-", "scale"}, {"00001809-", "thermometer"},
		{"0000180d-", "heart-rate"}, {"0000181f-", "cgm"},
	};

	for (size_t i = 0; i < VK_ARRAY_LEN(kinds); i++)
		if (strncmp(uuid, kinds[i].uuid, 9) == 0)
			return kinds[i].kind;
	return "";
}

static const char *kind_of_appearance(uint16_t appearance)
{
	switch (appearance >> 6) {
	case 0x0300 >> 6:
		return "thermometer";
	case 0x0340 >> 6:
		return "heart-rate";
	case 0x0380 >> 6:
		return "cuff";
	case 0x0400 >> 6:
		return "meter";
	case 0x0c40 >> 6:
		return "oximeter";
	case 0x0c80 >> 6:
		return "scale";
	case 0x0d00 >> 6:
		return "cgm";
	default:
		return "";
	}
}

static int read_uuids(sd_bus_message *m, const char **ret_kind)
{
	const char *uuid;
	int r = sd_bus_message_enter_container(m, 'v', "as");

	if (r < 0)
		return r;
	r = sd_bus_message_enter_container(m, 'a', "s");
	if (r < 0)
		return r;
	while ((r = sd_bus_message_read(m, "s", &uuid)) > 0)
		if (!(*ret_kind)[0])
			*ret_kind = kind_of_service(uuid);
	if (r < 0)
		return r;
	r = sd_bus_message_exit_container(m);
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

static int read_appearance(sd_bus_message *m, const char **ret_kind)
{
	uint16_t appearance;
	int r = sd_bus_message_read(m, "v", "q", &appearance);

	if (r >= 0 && !(*ret_kind)[0])
		*ret_kind = kind_of_appearance(appearance);
	return r;
}

static int read_address_type(sd_bus_message *m, int *ret_type)
{
	char text[16];
	int r = read_text(m, text, sizeof text);

	if (r >= 0)
		*ret_type = strcmp(text, "random") == 0 ? 2 : 1;
	return r;
}

/* The data of one service, if it is a weighing scale's and of a length that can be. */
static int read_scale_data(sd_bus_message *m, struct vk_near *d)
{
	const char *uuid;
	const void *data;
	size_t len;
	int r = sd_bus_message_read(m, "s", &uuid);

	if (r >= 0)
		r = sd_bus_message_enter_container(m, 'v', "ay");
	if (r >= 0)
		r = sd_bus_message_read_array(m, 'y', &data, &len);
	if (r < 0)
		return r;
	if (strcmp(kind_of_service(uuid), "scale") == 0 && len > 0 && len <= sizeof d->advert) {
		d->advert_uuid = (uint16_t)strtoul(uuid, NULL, 16);
		d->advert_len = (uint8_t)len;
		memcpy(d->advert, data, len);
		d->has_advert = true;
	}
	return sd_bus_message_exit_container(m);
}

static int read_service_data(sd_bus_message *m, struct vk_near *d)
{
	int r = sd_bus_message_enter_container(m, 'v', "a{sv}");

	if (r >= 0)
		r = sd_bus_message_enter_container(m, 'a', "{sv}");
	if (r < 0)
		return r;
	while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = read_scale_data(m, d);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
		if (r < 0)
			return r;
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

/* 1: used, 0: skipped. */
static int read_device_property(sd_bus_message *m, const char *name, struct vk_near *d)
{
	int r;

	if (strcmp(name, "Address") == 0)
		r = read_text(m, d->address, sizeof d->address);
	else if (strcmp(name, "AddressType") == 0)
		r = read_address_type(m, &d->address_type);
	else if (strcmp(name, "Name") == 0)
		r = read_text(m, d->name, sizeof d->name);
	else if (strcmp(name, "Bonded") == 0)
		r = read_bool(m, &d->is_bonded);
	else if (strcmp(name, "Connected") == 0)
		r = read_bool(m, &d->is_connected);
	else if (strcmp(name, "UUIDs") == 0)
		r = read_uuids(m, &d->kind);
	else if (strcmp(name, "Appearance") == 0)
		r = read_appearance(m, &d->kind);
	else if (strcmp(name, "RSSI") == 0) {
		r = sd_bus_message_read(m, "v", "n", &d->rssi);
		d->is_seen = d->has_rssi = true;
	} else if (strcmp(name, "ServiceData") == 0)
		r = read_service_data(m, d);
	else {
		r = sd_bus_message_skip(m, "v");
		return r < 0 ? r : 0;
	}
	return r < 0 ? r : 1;
}

/* Calls read for each entry of an a{sv}; the sum of what it returned, or negative errno. */
static int each_property(sd_bus_message *m,
			 int (*read)(sd_bus_message *m, const char *name, void *user), void *user)
{
	const char *name;
	int r = sd_bus_message_enter_container(m, 'a', "{sv}"), used = 0;

	if (r < 0)
		return r;
	while ((r = sd_bus_message_enter_container(m, 'e', "sv")) > 0) {
		r = sd_bus_message_read(m, "s", &name);
		if (r >= 0)
			r = read(m, name, user);
		if (r < 0)
			return r;
		used += r;
		r = sd_bus_message_exit_container(m);
		if (r < 0)
			return r;
	}
	if (r >= 0)
		r = sd_bus_message_exit_container(m);
	return r < 0 ? r : used;
}

static int device_property(sd_bus_message *m, const char *name, void *user)
{
	return read_device_property(m, name, user);
}

int vk_properties_device(sd_bus_message *m, struct vk_near *d)
{
	int r = each_property(m, device_property, d);

	return r > 0 ? 1 : r;
}

static int adapter_property(sd_bus_message *m, const char *name, void *user)
{
	struct vk_adapter_facts *facts = user;
	bool powered;
	int r;

	if (strcmp(name, "Address") == 0)
		return read_text(m, facts->address, sizeof facts->address);
	if (strcmp(name, "Powered") == 0) {
		r = read_bool(m, &powered);
		if (r >= 0)
			facts->powered = powered;
		return r;
	}
	return sd_bus_message_skip(m, "v");
}

int vk_properties_adapter(sd_bus_message *m, struct vk_adapter_facts *ret_facts)
{
	int r;

	*ret_facts = (struct vk_adapter_facts){.powered = -1};
	r = each_property(m, adapter_property, ret_facts);
	return r < 0 ? r : 0;
}

/* ---- objects ---- */

/* m stands before an a{sa{sv}}. */
static int each_interface(sd_bus_message *m, const char *path, vk_object_fn fn, void *user)
{
	const char *interface;
	int r = sd_bus_message_enter_container(m, 'a', "{sa{sv}}");

	if (r < 0)
		return r;
	while ((r = sd_bus_message_enter_container(m, 'e', "sa{sv}")) > 0) {
		r = sd_bus_message_read(m, "s", &interface);
		if (r < 0)
			return r;
		fn(user, path, interface, m);
		if (sd_bus_message_at_end(m, 0) == 0)
			r = sd_bus_message_skip(m, "a{sv}");
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}

int vk_properties_added(sd_bus_message *m, vk_object_fn fn, void *user)
{
	const char *path;
	int r = sd_bus_message_read(m, "o", &path);

	return r < 0 ? r : each_interface(m, path, fn, user);
}

int vk_properties_each_object(sd_bus_message *m, vk_object_fn fn, void *user)
{
	int r = sd_bus_message_enter_container(m, 'a', "{oa{sa{sv}}}");

	if (r < 0)
		return r;
	while ((r = sd_bus_message_enter_container(m, 'e', "oa{sa{sv}}")) > 0) {
		r = vk_properties_added(m, fn, user);
		if (r >= 0)
			r = sd_bus_message_exit_container(m);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : sd_bus_message_exit_container(m);
}
