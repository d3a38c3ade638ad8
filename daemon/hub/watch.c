/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What no message tells: a kit that has gone silent, a battery that runs low, messages that wait
 * too long for the care service, a clock that nobody sets. Looked at now and then, and told as
 * faults when they begin and when they end; what is open is asked of the core's state, which a
 * restart brings back.
 */
#include <stdio.h>
#include <string.h>

#include "core/storm.h"
#include "hub/engine_priv.h"

enum {
	KITS_MOST = 64,
	RECOVERED_PERCENT = 5, /* above the limit: a new battery, not a warmer room */
};

struct kits {
	int n;
	struct kit {
		char id[VK_ID_TEXT], patient[VK_ID_TEXT];
		int32_t battery_percent;
		int64_t heard_utc_ms;
	} list[KITS_MOST];
};

/* Of nobody, it is not a kit: who tests one on a desk does not want to be told of it. */
static int add_kit(const struct vk_device *d, void *user)
{
	struct kits *kits = user;
	const char *patient = d->patient[0] || !d->n_users ? d->patient : d->users[0].patient;
	struct kit *kit = &kits->list[kits->n];

	if (kits->n == KITS_MOST || !patient[0])
		return 0;
	(void)vk_copy(kit->id, sizeof kit->id, d->id);
	(void)vk_copy(kit->patient, sizeof kit->patient, patient);
	kit->battery_percent = d->battery_percent;
	kit->heard_utc_ms = d->heard_utc_ms;
	kits->n++;
	return 0;
}

/* Tells what is new only; one that began as another patient's ends as that patient's. */
static int judge(struct vk_engine *e, struct vk_now now, const char *rule, const char *patient,
		 bool is_active, const char *reason, enum vk_priority priority)
{
	struct vk_event event = {.type = VK_EVENT_FAULT, .now = now};
	const char *open = vk_fault_patient(e->core, rule);

	if (is_active == (open != NULL))
		return 0;
	event.fault.is_active = is_active;
	event.fault.priority = priority;
	(void)vk_copy(event.fault.rule, sizeof event.fault.rule, rule);
	(void)vk_copy(event.fault.patient, sizeof event.fault.patient, open ? open : patient);
	(void)vk_copy(event.fault.reason, sizeof event.fault.reason, is_active ? reason : "healed");
	return vk_apply_fault(e, &event);
}

static int watch_battery(struct vk_engine *e, struct vk_now now, const struct kit *kit)
{
	int32_t limit = e->config->watch.battery_percent;
	char rule[VK_ID_TEXT];

	(void)snprintf(rule, sizeof rule, "battery-low-%.30s", kit->id);
	if (vk_fault_patient(e->core, rule))
		limit += RECOVERED_PERCENT;
	return judge(e, now, rule, kit->patient,
		     kit->battery_percent >= 0 && kit->battery_percent <= limit, "battery-low",
		     VK_PRIORITY_LOW);
}

/* A clock that starts in the past gives no ages. */
static int watch_silence(struct vk_engine *e, struct vk_now now, const struct kit *kit)
{
	int64_t most_ms = e->config->watch.not_heard_s * INT64_C(1000);
	char rule[VK_ID_TEXT];

	if (now.quality == VK_CLOCK_UNSYNCED || kit->heard_utc_ms <= 0)
		return 0;
	(void)snprintf(rule, sizeof rule, "device-not-heard-%.30s", kit->id);
	return judge(e, now, rule, kit->patient, now.utc_ms - kit->heard_utc_ms > most_ms,
		     "device-not-heard", VK_PRIORITY_LOW);
}

static int watch_backlog(struct vk_engine *e, struct vk_now now)
{
	int64_t most_ms = e->config->watch.backlog_s * INT64_C(1000);
	struct vk_outbox_stats stats;
	int r = vk_store_outbox_stats(e->store, &stats);

	if (r || !e->config->has_mqtt || now.quality == VK_CLOCK_UNSYNCED)
		return r;
	return judge(e, now, "backlog", "",
		     stats.depth > 0 && now.utc_ms - stats.oldest_utc_ms > most_ms, "backlog",
		     VK_PRIORITY_MEDIUM);
}

static int watch_clock(struct vk_engine *e, struct vk_now now)
{
	int64_t most_ms = e->config->watch.clock_s * INT64_C(1000);

	if (now.quality == VK_CLOCK_SYNCED || !e->unsure_mono_ms)
		e->unsure_mono_ms = now.mono_ms;
	return judge(e, now, "clock-unsure", "", now.mono_ms - e->unsure_mono_ms > most_ms,
		     "clock-unsure", VK_PRIORITY_LOW);
}

/* Until somebody has looked at what was set aside, and taken it away. */
static int watch_damage(struct vk_engine *e, struct vk_now now)
{
	struct vk_store_health health;
	int r = vk_store_health(e->store, &health);

	return r ? r
		 : judge(e, now, "store-damaged", "", health.is_damaged || health.set_aside,
			 "store-damaged", VK_PRIORITY_MEDIUM);
}

int vk_watch_run(struct vk_engine *e, struct vk_now now)
{
	struct kits kits = {0};
	int r = vk_placing_run(e, now);

	if (r == 0)
		r = vk_store_each_device(e->store, add_kit, &kits);
	for (int i = 0; i < kits.n && r == 0; i++)
		r = watch_battery(e, now, &kits.list[i]);
	for (int i = 0; i < kits.n && r == 0; i++)
		r = watch_silence(e, now, &kits.list[i]);
	if (r == 0)
		r = watch_backlog(e, now);
	if (r == 0)
		r = watch_damage(e, now);
	return r ? r : watch_clock(e, now);
}
