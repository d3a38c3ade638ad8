/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each role that had been told is told once of each reading, however many alerts rested on it. Of
 * closed alerts the latest are kept, by serial, so that rows of the database give the same ones.
 */
#include "core/corrections.h"

#include <stdio.h>
#include <string.h>

#include "core/alerts.h"
#include "core/ladder.h"

static const char corrected[] = "corrected";

static struct vk_ended ended_of(const struct vk_alert *alert)
{
	struct vk_ended ended;

	memset(&ended, 0, sizeof ended);
	ended.serial = alert->serial;
	VK_SET(ended.patient, alert->patient);
	VK_SET(ended.rule, alert->rule);
	ended.priority = alert->priority;
	ended.level = alert->level;
	ended.n_values = alert->n_values;
	memcpy(ended.values, alert->values, sizeof ended.values);
	ended.n_readings = alert->n_readings;
	memcpy(ended.readings, alert->readings, sizeof ended.readings);
	return ended;
}

void vk_corrections_ended(struct vk_core *core, const struct vk_alert *alert)
{
	int i = core->n_ended;

	if (!alert->n_readings)
		return;
	if (core->n_ended == VK_MAX_ENDED) {
		if (alert->serial < core->ended[0].serial)
			return;
		memmove(&core->ended[0], &core->ended[1],
			sizeof core->ended - sizeof core->ended[0]);
		i--;
	} else {
		core->n_ended++;
	}
	for (; i > 0 && core->ended[i - 1].serial > alert->serial; i--)
		core->ended[i] = core->ended[i - 1];
	core->ended[i] = ended_of(alert);
}

static bool is_told(const struct vk_step *s, const char *patient, const char *role)
{
	for (int i = 0; i < s->effects->n; i++) {
		const struct vk_effect *effect = &s->effects->list[i];

		if (effect->type == VK_EFFECT_NOTIFY && strcmp(effect->reason, corrected) == 0 &&
		    strcmp(effect->patient, patient) == 0 && strcmp(effect->notify.role, role) == 0)
			return true;
	}
	return false;
}

/* Every role up to the level that the alert had reached. */
static void tell_roles(struct vk_step *s, const struct vk_ended *alert)
{
	const struct vk_plan *plan = vk_step_plan(s, alert->patient);
	const struct vk_rule *rule = plan ? vk_plan_rule(plan, alert->rule) : NULL;
	char id[16];

	(void)snprintf(id, sizeof id, "a%u", alert->serial);
	for (int32_t level = 0; level <= alert->level; level++) {
		const char *role = vk_ladder_role_at(s, alert->patient, alert->priority, level);

		if (!is_told(s, alert->patient, role))
			vk_step_notify(s, alert->patient, role, level, id, corrected)->line =
				rule ? rule->line : 0;
	}
}

/* What is taken back, or is another person's, is no ground any more. */
static void lose_ground(struct vk_step *s, struct vk_alert *alert, const char *reading,
			const char *reason)
{
	vk_alert_drop_reading(alert, reading);
	if (alert->n_readings == 0 && alert->is_active)
		vk_alerts_clear(s, alert, reason);
	else
		vk_alerts_changed(s, alert, reason);
}

static void correct_open(struct vk_step *s, struct vk_alert *alert, const struct vk_reading *r)
{
	const struct vk_ended before = ended_of(alert);

	if (r->is_retracted)
		lose_ground(s, alert, r->id, "reading-retracted");
	else if (strcmp(alert->patient, r->patient) != 0)
		lose_ground(s, alert, r->id, "reading-reassigned");
	else
		vk_alerts_changed(s, alert, corrected);
	if (!alert->is_listed)
		tell_roles(s, &before);
}

static bool rested_on(const struct vk_ended *ended, const char *reading)
{
	for (int i = 0; i < ended->n_readings; i++)
		if (strcmp(ended->readings[i], reading) == 0)
			return true;
	return false;
}

void vk_corrections_reading(struct vk_step *s, const struct vk_reading *r)
{
	if (r->rev == 0 && !r->is_retracted)
		return;
	for (int i = 0; i < s->core->n_alerts; i++)
		if (vk_alert_rests_on(&s->core->alerts[i], r->id))
			correct_open(s, &s->core->alerts[i], r);
	for (int i = 0; i < s->core->n_ended; i++)
		if (rested_on(&s->core->ended[i], r->id))
			tell_roles(s, &s->core->ended[i]);
}
