/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes on the wire: one row per relay and day, the latest days of each. Which are the latest is
 * judged by when a day was first written and not by its date, so that a clock that was once far
 * ahead neither keeps its row for years nor drives out the true ones.
 */
#include "store/store_priv.h"

static int forget_old(struct vk_store *store, const char *relay)
{
	struct vk_query q = vk_query_init(store, VK_SLOT_TRAFFIC_FORGET,
					  "DELETE FROM traffic WHERE relay = ? AND seq <="
					  " (SELECT seq FROM traffic WHERE relay = ?"
					  " ORDER BY seq DESC LIMIT 1 OFFSET ?)");

	vk_bind_text(&q, relay);
	vk_bind_text(&q, relay);
	vk_bind_int(&q, VK_TRAFFIC_DAYS);
	return vk_query_run(&q);
}

int vk_store_put_traffic(struct vk_store *store, const char *relay,
			 const struct vk_traffic_day *day)
{
	struct vk_query q = vk_query_init(
		store, VK_SLOT_TRAFFIC_PUT,
		"INSERT INTO traffic(relay, day, sent, received, packets) VALUES(?,?,?,?,?)"
		" ON CONFLICT(relay, day) DO UPDATE SET sent = excluded.sent,"
		" received = excluded.received, packets = excluded.packets");

	vk_bind_text(&q, relay);
	vk_bind_int(&q, day->day);
	vk_bind_int(&q, day->sent);
	vk_bind_int(&q, day->received);
	vk_bind_int(&q, day->packets);
	int r = vk_query_run(&q);

	return r ? r : forget_old(store, relay);
}

int vk_store_each_traffic(struct vk_store *store, vk_traffic_fn fn, void *user)
{
	vk_auto(vk_query_done) struct vk_query q =
		vk_query_init(store, VK_SLOT_TRAFFIC_EACH,
			      "SELECT relay, day, sent, received, packets FROM traffic"
			      " ORDER BY seq");
	int more;

	while ((more = vk_query_next(&q)) > 0) {
		struct vk_traffic_day day = {0};
		char relay[VK_ID_TEXT];

		vk_column_text(&q, relay, sizeof relay);
		day.day = (int32_t)vk_column_int(&q);
		day.sent = vk_column_int(&q);
		day.received = vk_column_int(&q);
		day.packets = vk_column_int(&q);
		int r = fn(relay, &day, user);

		if (r < 0)
			return r;
	}
	return more;
}
