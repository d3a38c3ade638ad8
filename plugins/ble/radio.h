/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hands of the supervisor: tells it what bluetoothd, the bus and the links show, and does what
 * it says. What needs more rights than the collector has is asked for by a file in its runtime
 * folder, for which systemd starts a small unit: bluetoothd anew, or the controller reset. Every
 * rung and every change of state is told to the hub. Thread: the loop's.
 */
#ifndef VAKA_BLE_RADIO_H
#define VAKA_BLE_RADIO_H

#include <uv.h>

#include "bluez/world.h"
#include "supervisor.h"

struct vk_collector;

struct vk_radio {
	struct vk_collector *collector; /* borrowed */
	struct vk_supervisor supervisor;
	uv_timer_t timer;     /* the supervisor's deadline */
	uv_timer_t probe_end; /* of the look around */
	uv_timer_t power;     /* off … on */
	uv_timer_t patience;  /* a trouble is told when it has lasted */
	bool is_probing, is_cycling;
	bool has_told, has_witness;
	enum vk_radio_trouble told;
	int64_t heard_utc_ms; /* 0 never */
	char adapter[16];     /* last seen, for a reset when it has gone */
};

int vk_radio_init(struct vk_radio *r, struct vk_collector *collector, uv_loop_t *loop);

void vk_radio_event(struct vk_radio *r, enum vk_radio_event_type type, bool is_on);
/* bus, bluetoothd, adapter and power as the world shows them now. */
void vk_radio_look(struct vk_radio *r);
/* Somebody advertised. */
void vk_radio_heard(struct vk_radio *r, const struct vk_near *near);
void vk_radio_searching(struct vk_radio *r, bool is_on);
/* Readings may go to another program: vaka-witness shall run. */
void vk_radio_want_witness(struct vk_radio *r);
/* The hub expects a measurement by then (wall clock, ms), 0: none. */
void vk_radio_expect(struct vk_radio *r, int64_t due_utc_ms);

#endif
