/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What staff have shown to the patient by a command: a text of the plan, never one of their own, or
 * the question to measure. It goes when its time is over, or with the next of the same.
 */
#include "hub/engine_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { SHOWN_MS = 24 * 60 * 60 * 1000, ASKED_MS = 2 * 60 * 60 * 1000 };

static int show(struct vk_engine *e, const struct vk_command *c, const char *patient,
		const char *kind, const char *id, int64_t for_ms, struct vk_now now,
		const char **ret_code)
{
	int64_t until_ms = c->until_utc_ms ? c->until_utc_ms : now.utc_ms + for_ms;

	if (until_ms <= now.utc_ms) {
		*ret_code = "no-until";
		return 0;
	}
	*ret_code = "ok";
	e->news.is_notices_changed = true;
	/* Nothing decides about it, so a failed store may refuse it: it can be asked for again. */
	return e->is_journaling ? -EROFS
				: vk_store_put_notice(e->store, patient, kind, id, "staff",
						      until_ms, now.utc_ms);
}

int vk_message_show(struct vk_engine *e, const struct vk_command *c, const char *patient,
		    struct vk_now now, const char **ret_code)
{
	const struct vk_plan *plan = vk_engine_plan(e, patient);

	*ret_code = plan ? "no-such-text" : "no-plan";
	if (!plan || !vk_plan_message(plan, c->object))
		return 0;
	return show(e, c, patient, "message", c->object, SHOWN_MS, now, ret_code);
}

int vk_measure_ask(struct vk_engine *e, const struct vk_command *c, const char *patient,
		   struct vk_now now, const char **ret_code)
{
	char id[VK_ID_TEXT + 16];

	*ret_code = vk_engine_plan(e, patient) ? "invalid" : "no-plan";
	if (!vk_engine_plan(e, patient) || vk_kind_parse(c->object) < 0)
		return 0;
	(void)snprintf(id, sizeof id, "measure:%s", c->object);
	return show(e, c, patient, "ask", id, ASKED_MS, now, ret_code);
}
