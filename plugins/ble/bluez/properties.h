/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading bluetoothd's messages: lists of objects, and the properties we use of an adapter or a
 * device. Unknown properties are skipped. Each function leaves the message behind what it has read.
 */
#ifndef VAKA_BLE_PROPERTIES_H
#define VAKA_BLE_PROPERTIES_H

#include "bluez/world.h"

struct vk_adapter_facts {
	char address[18]; /* "" not told */
	int powered;      /* -1 not told */
};

/* m stands before an a{sv}. 0 or negative errno. */
int vk_properties_adapter(sd_bus_message *m, struct vk_adapter_facts *ret_facts);
/* Changes d by what is told. 1: something we use changed, 0: nothing, negative errno. */
int vk_properties_device(sd_bus_message *m, struct vk_near *d);

/* Called with m before the a{sv} of one interface of one object. Need not read it. */
typedef void (*vk_object_fn)(void *user, const char *path, const char *interface,
			     sd_bus_message *m);
int vk_properties_each_object(sd_bus_message *m, vk_object_fn fn, void *user); /* a{oa{sa{sv}}} */
int vk_properties_added(sd_bus_message *m, vk_object_fn fn, void *user);       /* oa{sa{sv}} */

#endif
