/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alerts on their way by the second path: one row per alert, the latest; it leaves when the command
 * has taken it. Few and small, so there is neither an index nor a window.
 */
#include "store/store_priv.h"

int vk_store_put_second(struct vk_store *store, struct vk_message *message, int64_t utc_ms)
{
	int r = vk_store_remove_second(store, message->msg_id);

	if (r)
		return r;
	struct vk_query q = vk_query_init(store, VK_SLOT_SECOND_PUT,
					  "INSERT INTO second_path(utc_ms, alert, rev, patient,"
					  " payload) VALUES(?,?,?,?,?)");

	vk_bind_int(&q, utc_ms);
	vk_bind_text(&q, message->msg_id);
	vk_bind_int(&q, message->rev);
	vk_bind_text(&q, message->patient);
	vk_bind_blob(&q, message->payload, message->len);
	return vk_query_run(&q);
}

int vk_store_remove_second(struct vk_store *store, const char *alert)
{
	struct vk_query q = vk_query_init(store, VK_SLOT_SECOND_REMOVE,
					  "DELETE FROM second_path WHERE alert = ?");

	vk_bind_text(&q, alert);
	return vk_query_run(&q);
}

int vk_store_each_second(struct vk_store *store, vk_message_fn fn, void *user)
{
	vk_auto(vk_query_done) struct vk_query q =
		vk_query_init(store, VK_SLOT_SECOND_EACH,
			      "SELECT seq, alert, rev, patient, payload FROM second_path"
			      " ORDER BY seq");
	int more;

	while ((more = vk_query_next(&q)) > 0) {
		struct vk_message m = {.seq = vk_column_int(&q)};

		vk_column_text(&q, m.msg_id, sizeof m.msg_id);
		m.rev = (int32_t)vk_column_int(&q);
		vk_column_text(&q, m.patient, sizeof m.patient);
		m.payload = vk_column_blob(&q, &m.len);
		int r = fn(&m, user);

		if (r < 0)
			return r;
	}
	return more;
}
