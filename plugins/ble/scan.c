/* SPDX-License-Identifier: Apache-2.0 */
/* Starting, and listing what bluetoothd has heard since. */
#include "scan.h"

#include "collector.h"

static json_t *near_json(const struct vk_near *near)
{
	json_t *m = json_pack("{s:s, s:i, s:s, s:s, s:b}", "address", near->address, "address_type",
			      near->address_type, "name", near->name, "kind", near->kind, "bonded",
			      (int)near->is_bonded);

	if (m && near->rssi)
		(void)json_object_set_new(m, "rssi", json_integer(near->rssi));
	return m;
}

static void on_end(uv_timer_t *timer)
{
	struct vk_scan *s = timer->data;
	const struct vk_world *world = &s->collector->world;
	json_t *list = json_array();

	s->is_running = false;
	for (int i = 0; i < world->n; i++)
		if (world->list[i].is_seen && world->list[i].kind[0])
			(void)json_array_append_new(list, near_json(&world->list[i]));
	vk_world_discover_end(&s->collector->world);
	(void)vk_hub_answer(&s->collector->hub, "found", s->n, json_pack("{s:o}", "list", list));
}

void vk_scan_start(struct vk_scan *s, json_int_t n, int seconds)
{
	struct vk_hub *hub = &s->collector->hub;

	if (s->is_running) {
		(void)vk_hub_failed(hub, n, "busy", "a scan is running");
		return;
	}
	if (vk_world_discover(&s->collector->world) < 0) {
		(void)vk_hub_failed(hub, n, "radio", "Bluetooth is off");
		return;
	}
	s->is_running = true;
	s->n = n;
	(void)uv_timer_start(&s->timer, on_end, (uint64_t)seconds * 1000, 0);
}

void vk_scan_radio_lost(struct vk_scan *s)
{
	if (!s->is_running)
		return;
	s->is_running = false;
	(void)uv_timer_stop(&s->timer);
	(void)vk_hub_failed(&s->collector->hub, s->n, "radio", "Bluetooth went away");
}

int vk_scan_init(struct vk_scan *s, struct vk_collector *collector, uv_loop_t *loop)
{
	int r;

	*s = (struct vk_scan){.collector = collector};
	r = uv_timer_init(loop, &s->timer);
	s->timer.data = s;
	return r;
}
