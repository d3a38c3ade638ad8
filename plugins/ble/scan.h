/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "What is near?": one discovery of some seconds, then the health devices it heard. For the person
 * who is about to pair one. Thread: the loop's.
 */
#ifndef VAKA_BLE_SCAN_H
#define VAKA_BLE_SCAN_H

#include <jansson.h>
#include <stdbool.h>
#include <uv.h>

struct vk_collector;

struct vk_scan {
	struct vk_collector *collector; /* borrowed */
	bool is_running;
	json_int_t n; /* the hub's request */
	uv_timer_t timer;
};

int vk_scan_init(struct vk_scan *s, struct vk_collector *collector, uv_loop_t *loop);
void vk_scan_start(struct vk_scan *s, json_int_t n, int seconds);
void vk_scan_radio_lost(struct vk_scan *s);

#endif
