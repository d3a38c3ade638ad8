/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What bluetoothd knows, mirrored: one adapter and the devices on it. Nothing here is trusted
 * across a restart of bluetoothd: when its name changes hands, the mirror is emptied and asked for
 * anew. Only the adapter, discovery, bonds and disconnecting are used; never Connect, Pair or
 * anything of GATT, which would take the link away from our own bearer. Thread: the loop's.
 */
#ifndef VAKA_BLE_WORLD_H
#define VAKA_BLE_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "bluez/bus.h"

enum {
	VK_NEAR_MAX = 64, /* devices mirrored; strangers are forgotten first */
	VK_PATH_MAX = 64,
	VK_NAME_MAX = 64,
	VK_ADVERT_MAX = 32,
};

struct vk_near {
	char path[VK_PATH_MAX];
	char address[18]; /* the identity once bonded; never derived from the path */
	int address_type; /* 1 public, 2 random */
	char name[VK_NAME_MAX];
	const char *kind; /* "scale" …, "" no health device; static */
	bool is_bonded, is_connected;
	bool is_seen; /* heard since the discovery began */
	int16_t rssi; /* 0: unknown */
	uint32_t age; /* number of its arrival; the oldest stranger is forgotten first */
	/* The last service data of a weighing scale (181d, 181b). */
	bool has_advert, has_rssi; /* told in the message that is being read */
	uint16_t advert_uuid;
	uint8_t advert_len, advert[VK_ADVERT_MAX];
};

struct vk_world_ops {
	void (*adapter)(void *user); /* bluetoothd, adapter or power came or went */
	void (*near)(void *user, const struct vk_near *d);  /* new or changed */
	void (*heard)(void *user, const struct vk_near *d); /* advertised just now; after near */
	void (*searching)(void *user, bool is_on);         /* a discovery was started, or refused */
	void (*gone)(void *user, const struct vk_near *d); /* removed: copy what is needed */
};

enum vk_discovery_state {
	VK_DISCOVERY_OFF,
	VK_DISCOVERY_STARTING,
	VK_DISCOVERY_ON,
	VK_DISCOVERY_STOPPING,
};

struct vk_world {
	struct vk_bus *bus; /* borrowed, as ops */
	const struct vk_world_ops *ops;
	void *user;
	char wanted[18]; /* adapter's address or name, "": the first */
	char adapter_path[VK_PATH_MAX];
	char adapter_address[18];
	bool is_joined; /* the system bus */
	bool has_daemon, is_powered;
	int discoveries;    /* users of the one discovery who want to hear everybody */
	bool wants_adverts; /* scales that only advertise shall be heard */
	int holds;          /* sessions that bear no search beside them */
	bool is_filtered;   /* the discovery that runs hears those alone */
	enum vk_discovery_state discovery;
	uv_timer_t again; /* after a refusal */
	bool is_doubtful; /* a stop was refused: the next start may start nothing */
	uint32_t pause_ms;
	uint32_t arrivals;
	char pinned[VK_PATH_MAX]; /* this one is not forgotten, "" none */
	int n;
	struct vk_near list[VK_NEAR_MAX];
};

/* 0 or negative errno. */
int vk_world_init(struct vk_world *w, uv_loop_t *loop, struct vk_bus *bus,
		  const struct vk_world_ops *ops, void *user);
/* From the bus's up and down. */
void vk_world_up(struct vk_world *w);
void vk_world_down(struct vk_world *w);

/* The adapter's power as bluetoothd tells it. Whoever wanted a discovery hears of its end by
 * ops->adapter; the scales' begins anew with the power. */
void vk_world_take_power(struct vk_world *w, bool is_on);

bool vk_world_is_usable(const struct vk_world *w); /* an adapter, with power */

const struct vk_near *vk_world_by_address(const struct vk_world *w, const char *address);
const struct vk_near *vk_world_by_path(const struct vk_world *w, const char *path);

/* Counted: the first starts it, the last ends it. One that bluetoothd refuses is asked for again,
 * with a growing pause, as long as somebody wants it. */
int vk_world_discover(struct vk_world *w);
void vk_world_discover_end(struct vk_world *w);
/* A discovery that hears only scales which advertise their readings; the kernel drops the rest. */
void vk_world_hear_adverts(struct vk_world *w, bool is_wanted);
/* Ends a discovery that runs; it begins anew by itself when somebody wants it. */
void vk_world_discover_anew(struct vk_world *w);

/* Counted: while one holds, nobody searches; who wanted to is served afterwards. */
void vk_world_hold(struct vk_world *w, bool is_held);

int vk_world_power(struct vk_world *w, bool is_on);
/* Removes what bluetoothd keeps of devices that are neither bonded nor connected. */
void vk_world_forget_strangers(struct vk_world *w);
int vk_world_remove(struct vk_world *w, const char *path); /* the bond, too */
int vk_world_disconnect(struct vk_world *w, const char *path);

#endif
