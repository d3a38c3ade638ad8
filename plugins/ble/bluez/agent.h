/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pairing agent bluetoothd asks. It is registered only during a pairing window and answers only
 * for the device that is being paired; everything else is refused. A number that a person has to
 * type is answered later. Thread: the loop's.
 */
#ifndef VAKA_BLE_AGENT_H
#define VAKA_BLE_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "bluez/bus.h"

struct vk_agent_ops {
	bool (*may_pair)(void *user, const char *path);
	/* A person must read the device's number: vk_agent_answer(). */
	void (*passkey)(void *user);
	void (*cancelled)(void *user);
};

struct vk_agent {
	struct vk_bus *bus; /* borrowed, as ops */
	const struct vk_agent_ops *ops;
	void *user;
	bool is_registered;
	sd_bus_message *waiting; /* the unanswered question */
	int64_t compare;         /* the number the device must show, -1: any is passed on */
};

void vk_agent_init(struct vk_agent *a, struct vk_bus *bus, const struct vk_agent_ops *ops,
		   void *user);
void vk_agent_up(struct vk_agent *a); /* from the bus's up and down */
void vk_agent_down(struct vk_agent *a);

int vk_agent_register(struct vk_agent *a);
void vk_agent_unregister(struct vk_agent *a);

/* What the device shows, 0…999999, or -1: refuse. Nothing when no question waits. */
void vk_agent_answer(struct vk_agent *a, int64_t passkey);

#endif
