/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting is recovering: the file is opened, the monotonic line and the clock's floor go on from
 * it, and the core's state is what it holds.
 */
#include "hub/engine_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static int restore_alert(const struct vk_alert *alert, void *user)
{
	return vk_core_restore_alert(((struct vk_engine *)user)->core, alert);
}

static int restore_check(const struct vk_check *check, void *user)
{
	return vk_core_restore_check(((struct vk_engine *)user)->core, check);
}

static int restore_memory(const struct vk_rule_memory *memory, void *user)
{
	return vk_core_restore_memory(((struct vk_engine *)user)->core, memory);
}

/* Every output is off after a start; the state knows which should not be. */
static void restore_lamp(struct vk_engine *e)
{
	if (!vk_core_lamp(e->core))
		return;
	vk_news_output(&e->news, "lamp", 1);
}

static int note_urgent(const struct vk_message *message, void *user)
{
	struct vk_engine *e = user;

	e->news.has_urgent |= message->is_urgent;
	return 0;
}

/* A broker that refused them may have been mended since: who mends it starts the hub anew. */
static void take_back(struct vk_engine *e)
{
	int n = vk_store_take_back(e->store);

	if (n > 0)
		vk_log(VK_LOG_NOTICE, "outbox", "what was set aside is tried once more n=%d", n);
	if (n < 0)
		vk_log(VK_LOG_WARNING, "outbox", "what was set aside stays so: %s", strerror(-n));
}

/* Where the line stands in this boot of the machine, and which reading was the last before it. */
static void keep_line(struct vk_engine *e)
{
	int64_t seq;
	int r = vk_store_last_reading(e->store, &seq);

	if (r == 0)
		r = vk_store_begin(e->store);
	if (r == 0)
		r = vk_store_set_int(e->store, "line_boot", e->clock->boot);
	if (r == 0)
		r = vk_store_set_int(e->store, "line_base_ms", e->clock->base_ms);
	if (r == 0)
		r = vk_store_set_int(e->store, "line_reading", seq);
	if (r == 0)
		r = vk_store_commit(e->store);
	if (r == 0)
		return;
	vk_store_rollback(e->store);
	vk_log(VK_LOG_WARNING, "store", "the hub's line is not kept: %s", strerror(-r));
}

static int continue_line(struct vk_engine *e)
{
	struct vk_clock before = {0};
	int64_t floor_ms = 0, seq = 0;
	int r = vk_store_get_int(e->store, "mono_floor_ms", 0, &floor_ms);

	if (r == 0)
		r = vk_store_get_int(e->store, "line_boot", 0, &before.boot);
	if (r == 0)
		r = vk_store_get_int(e->store, "line_base_ms", 0, &before.base_ms);
	if (r == 0)
		r = vk_store_get_int(e->store, "line_reading", 0, &seq);
	if (r)
		before.boot = 0;
	if (vk_clock_init(e->clock, floor_ms, &before))
		return vk_placing_recover(e, seq);
	if (r == 0)
		keep_line(e);
	return r;
}

/* The clock is usable afterwards, whatever is returned. */
static int restore_line(struct vk_engine *e)
{
	int r = continue_line(e);

	if (r == 0)
		r = vk_store_get_int(e->store, "messages_dropped", 0, &e->n_dropped);
	if (r == 0)
		r = vk_traffic_load(e);
	if (r == 0)
		r = vk_store_get_int(e->store, "utc_floor_ms", 0, &e->clock->floor_utc_ms);
	return r;
}

static int restore_state(struct vk_engine *e)
{
	struct vk_now now = vk_clock_now(e->clock);
	/* What the file has given out is not known to a stand-in: its numbers are far above. */
	int64_t least = e->is_stand_in ? now.utc_ms / 1000 : 1;
	int64_t next_alert = least, next_check = least;
	int r;

	vk_core_init(e->core);
	e->core->is_receiptless = e->config->mqtt.receipt != VK_RECEIPT_REQUIRED;
	r = vk_engine_load_plans(e, now);
	if (r == 0)
		r = vk_store_get_int(e->store, "next_alert", least, &next_alert);
	if (r == 0)
		r = vk_store_get_int(e->store, "next_check", least, &next_check);
	e->core->next_alert = (uint32_t)next_alert;
	e->core->next_check = (uint32_t)next_check;
	if (r == 0)
		r = vk_store_each_alert(e->store, true, VK_MAX_ALERTS, restore_alert, e);
	if (r == 0)
		r = vk_store_each_ended_alert(e->store, VK_MAX_ENDED, restore_alert, e);
	if (r == 0)
		r = vk_store_each_check(e->store, true, VK_MAX_CHECKS, restore_check, e);
	if (r == 0)
		r = vk_store_each_memory(e->store, restore_memory, e);
	if (r == 0)
		take_back(e);
	if (r == 0)
		r = vk_store_each_message(e->store, 0, true, 1, note_urgent, e);
	restore_lamp(e);
	return r;
}

static int restore(struct vk_engine *e)
{
	int r = restore_line(e), state = restore_state(e);

	return r ? r : state;
}

void vk_engine_forget(struct vk_engine *e)
{
	for (int i = 0; i < e->n_plans; i++)
		free(e->plans[i]);
	e->n_plans = 0;
	vk_staff_free(e->staff);
	e->staff = NULL;
	e->staff_fault = NULL;
}

int vk_engine_restore_mending(struct vk_engine *e)
{
	int r = restore(e);

	if (r == -EBADMSG && vk_mend_start(e) == 0) {
		vk_engine_forget(e);
		r = restore(e);
	}
	if (r != -EBADMSG)
		return r;
	/* A hub that ended now would only end again: it serves with what could be read. */
	vk_log(VK_LOG_ERR, "store", "not all of the state could be read");
	return 0;
}

static void bound_outbox(struct vk_engine *e)
{
	struct vk_store_bounds bounds = *vk_store_bounds(e->store);

	bounds.outbox_rows = e->config->outbox_rows;
	bounds.outbox_bytes = (int64_t)e->config->outbox_mib << 20;
	bounds.outbox_days = e->config->outbox_days;
	vk_store_set_bounds(e->store, &bounds);
}

int vk_engine_open_store(struct vk_engine *e)
{
	struct vk_store_report report;
	int r = vk_store_open(e->config->store_path, e->config->is_synchronous_off, &e->store,
			      &report);

	if (r) {
		vk_log(VK_LOG_ERR, "store", "cannot open %s: %s", e->config->store_path,
		       strerror(-r));
		return r;
	}
	if (report.was_set_aside)
		vk_log(VK_LOG_ERR, "store", "the database was damaged and is set aside beside it");
	e->is_damage_due = report.was_set_aside;
	e->damage = report.damage;
	if (report.refusal)
		vk_log(VK_LOG_ERR, "store", "cannot be written: %s; serves from %s",
		       strerror(-report.refusal),
		       report.is_stand_in ? "memory alone" : "what it holds");
	e->is_stand_in = report.is_stand_in;
	bound_outbox(e);
	vk_log(VK_LOG_INFO, "store", "open version=%d%s%s", report.from_version,
	       report.was_created ? " new" : "", report.was_unclean ? " after-unclean-stop" : "");
	return 0;
}
