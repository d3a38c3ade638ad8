/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The collector as a whole: what the hub knows (peers), what bluetoothd knows (world), and the rule
 * between them: for every peer that both know as bonded a connect is pending whenever the adapter
 * has power. A pending connect costs nothing, so an idle collector sleeps. Thread: the loop's.
 */
#ifndef VAKA_BLE_COLLECTOR_H
#define VAKA_BLE_COLLECTOR_H

#include "att/fdstore.h"
#include "bluez/agent.h"
#include "bluez/bus.h"
#include "bluez/world.h"
#include "hub.h"
#include "models.h"
#include "pairing.h"
#include "radio.h"
#include "scan.h"

enum { VK_PEERS_MAX = 32 };

struct vk_peer;

struct vk_collector {
	uv_loop_t *loop;        /* borrowed */
	struct vk_fdstore kept; /* connects of the process before */
	struct vk_hub hub;
	struct vk_bus bus;
	struct vk_world world;
	struct vk_agent agent;
	struct vk_pairing pairing;
	struct vk_scan scan;
	struct vk_models_list models;
	int n_peers;
	struct vk_peer *peers[VK_PEERS_MAX]; /* owned */
	uint32_t last_serial;
	bool has_devices; /* the hub's list is complete */
	bool is_ending;
	struct vk_radio radio;
};

/* Connects to hub and bus. 0 or negative errno. */
int vk_collector_init(struct vk_collector *c, uv_loop_t *loop);
/* Leaves pending connects to systemd for the next start. */
void vk_collector_done(struct vk_collector *c);

uint32_t vk_collector_serial(struct vk_collector *c); /* a fresh one, never 0 */

/* Borrowed, or NULL. */
struct vk_peer *vk_collector_peer(struct vk_collector *c, const char *id);
struct vk_peer *vk_collector_peer_at(struct vk_collector *c, const char *address);

/* A new peer, owned by the collector; NULL: no memory, or VK_PEERS_MAX reached. */
struct vk_peer *vk_collector_add(struct vk_collector *c, const char *address, int address_type);
void vk_collector_remove(struct vk_collector *c, struct vk_peer *peer);

/* Looks again which peers can be listened for. */
void vk_collector_consider_all(struct vk_collector *c);

#endif
