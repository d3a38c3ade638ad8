/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to commands: a command that comes again gets the answer it got, and does nothing. */
#include "store/store_priv.h"

#include <errno.h>
#include <string.h>

enum { EXPIRE_AT_ONCE = 200 };

int vk_store_get_answer(struct vk_store *store, const char *staff, const char *cmd_id,
			char **ret_json)
{
	vk_auto(vk_query_done) struct vk_query q =
		vk_query_init(store, VK_SLOT_ANSWER_GET,
			      "SELECT json FROM answer WHERE staff = ? AND cmd_id = ?");

	vk_bind_text(&q, staff);
	vk_bind_text(&q, cmd_id);
	int found = vk_query_next(&q);

	if (found <= 0)
		return found ? found : -ENOENT;
	*ret_json = strdup(vk_column_text_ref(&q));
	return *ret_json ? 0 : -ENOMEM;
}

int vk_store_put_answer(struct vk_store *store, const char *staff, const char *cmd_id,
			const char *json, int64_t utc_ms)
{
	struct vk_query q = vk_query_init(
		store, VK_SLOT_ANSWER_PUT,
		"INSERT OR REPLACE INTO answer(staff, cmd_id, json, utc_ms) VALUES(?, ?, ?, ?)");

	vk_bind_text(&q, staff);
	vk_bind_text(&q, cmd_id);
	vk_bind_text(&q, json);
	vk_bind_int(&q, utc_ms);
	return vk_query_run(&q);
}

/* Oldest first; a few a slice, so that nobody waits. */
int vk_answers_expire(struct vk_store *store, int64_t before_utc_ms)
{
	struct vk_query q = vk_query_init(
		store, VK_SLOT_ANSWER_EXPIRE,
		"DELETE FROM answer WHERE seq IN (SELECT seq FROM answer ORDER BY seq LIMIT ?)"
		" AND utc_ms < ?");

	vk_bind_int(&q, EXPIRE_AT_ONCE);
	vk_bind_int(&q, before_utc_ms);
	int r = vk_query_run(&q);

	return r ? r : sqlite3_changes(store->db) == EXPIRE_AT_ONCE;
}
