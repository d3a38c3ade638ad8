/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page of the database cannot be read. The store makes a new file of what can be, and what the
 * core has in memory is written to it again: it is newer than what may be lost. The event that met
 * the page is then applied as if nothing had been. What is lost of the outbox goes out once more,
 * for the other end keeps by id. It is told as a fault until somebody has taken the damaged file
 * away; a file that keeps breaking is mended a few times and then told only.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <systemd/sd-daemon.h>

#include "base/log.h"
#include "core/storm.h"
#include "hub/engine_priv.h"

enum { MENDINGS_MOST = 3, AGAIN_MOST = 5000, RETRY_MS = 10000 };

static const uint64_t patience_us = UINT64_C(600000000);

static int keep_state(struct vk_engine *e)
{
	const struct vk_core *core = e->core;
	int r = vk_store_begin(e->store);

	for (int i = 0; i < core->n_alerts && r == 0; i++)
		r = vk_store_put_alert(e->store, &core->alerts[i]);
	for (int i = 0; i < core->n_checks && r == 0; i++)
		r = vk_store_put_check(e->store, &core->checks[i]);
	for (int i = 0; i < core->n_memories && r == 0; i++)
		r = vk_store_put_memory(e->store, &core->memories[i]);
	if (r == 0)
		r = vk_store_commit(e->store);
	if (r)
		vk_store_rollback(e->store);
	return r;
}

/* A large file takes longer than the watchdog waits, and a hub that it ended would begin again. */
static int rebuild(struct vk_engine *e, struct vk_damage *damage)
{
	uint64_t watchdog_us = 0;
	bool is_watched = sd_watchdog_enabled(0, &watchdog_us) > 0;

	if (is_watched)
		(void)sd_notifyf(0, "WATCHDOG_USEC=%llu", (unsigned long long)patience_us);
	int r = vk_store_rebuild(e->store, damage);

	if (is_watched)
		(void)sd_notifyf(0, "WATCHDOG_USEC=%llu", (unsigned long long)watchdog_us);
	return r;
}

int vk_mend_start(struct vk_engine *e)
{
	int64_t now_ms = vk_clock_now(e->clock).mono_ms;
	struct vk_damage damage;

	if (!vk_store_has_bad_page(e->store) || e->n_mendings >= MENDINGS_MOST ||
	    now_ms < e->mend_again_mono_ms)
		return -EBADMSG;
	int r = rebuild(e, &damage);

	if (r) {
		e->mend_again_mono_ms = now_ms + RETRY_MS;
		return r;
	}
	e->n_mendings++;
	e->damage = damage;
	e->is_damage_due = true;
	e->is_kept_up = false;
	return 0;
}

int vk_mend(struct vk_engine *e)
{
	int r = vk_mend_start(e);

	return r ? r : keep_state(e);
}

int vk_mend_read(struct vk_engine *e, struct vk_job *job)
{
	int r = vk_apply(e, job);

	if (r != -EBADMSG || vk_mend(e))
		return r;
	vk_outgoing_free(job->outgoing);
	job->outgoing = NULL;
	return vk_apply(e, job);
}

struct again {
	struct vk_engine *e;
	struct vk_now now;
	int n;
};

static int send_again(const struct vk_reading *r, int64_t stored_utc_ms, void *user)
{
	struct again *again = user;

	(void)stored_utc_ms;
	again->n++;
	return vk_reading_send(again->e, r, again->now);
}

/* Readings whose messages may be among those that are lost. */
static int fill_gap(struct vk_engine *e, struct vk_now now)
{
	struct again again = {.e = e, .now = now};
	int r = e->damage.has_gap ? vk_store_each_stored(e->store, e->damage.gap_from_utc_ms,
							 e->damage.gap_to_utc_ms, AGAIN_MOST,
							 send_again, &again)
				  : 0;

	if (r == 0 && again.n)
		vk_log(VK_LOG_WARNING, "store", "readings that go out once more n=%d", again.n);
	return r;
}

static void say_reason(const struct vk_damage *damage, char *dst, size_t size)
{
	(void)snprintf(dst, size, damage->lost[0] ? "not whole: %s" : "mended, nothing is lost",
		       damage->lost);
}

static int tell(struct vk_engine *e, struct vk_now now)
{
	struct vk_event event = {.type = VK_EVENT_FAULT, .now = now};
	struct vk_audit audit = {.domain = "hub",
				 .actor = "hub",
				 .action = "store-rebuilt",
				 .object = e->damage.where,
				 .result = e->damage.lost[0] ? "error" : "ok",
				 .detail = e->damage.lost};
	int r = vk_audit_keep(e, now, &audit);

	if (r == 0)
		r = fill_gap(e, now);
	if (r)
		return r;
	event.fault.is_active = true;
	event.fault.priority = VK_PRIORITY_MEDIUM;
	(void)vk_copy(event.fault.rule, sizeof event.fault.rule, "store-damaged");
	say_reason(&e->damage, event.fault.reason, sizeof event.fault.reason);
	return vk_apply_fault(e, &event);
}

void vk_mend_tell(struct vk_engine *e)
{
	if (!e->is_damage_due || e->is_store_failed)
		return;
	struct vk_now now = vk_clock_now(e->clock);
	int r = vk_store_begin(e->store);

	vk_core_copy(e->saved, e->core);
	if (r == 0)
		r = tell(e, now);
	if (r == 0)
		r = vk_store_commit(e->store);
	e->is_damage_due = r != 0;
	if (r == 0)
		return;
	vk_store_rollback(e->store);
	vk_core_copy(e->core, e->saved);
}
