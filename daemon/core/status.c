/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two rules that look at more than one number: what a device says about its own reading (an
 * irregular pulse, LO or HI, a broken sensor), passed on as a flag and never named as a disease;
 * and the points of NEWS2's known parts (clinical.md 1.2, 1.3, 2.2).
 */
#include <string.h>

#include "core/news2.h"
#include "core/quantity.h"

static struct vk_finding finding(const struct vk_rule *rule, const struct vk_measured *m)
{
	struct vk_finding f;

	memset(&f, 0, sizeof f);
	f.patient = m->plan->patient;
	f.rule = rule->id;
	f.class_ = VK_ALERT_CLINICAL;
	f.priority = rule->priority;
	f.message = rule->message;
	f.readings[f.n_readings++] = m->reading->id;
	return f;
}

static void add_value(struct vk_finding *f, const struct vk_measured *m, enum vk_quantity quantity)
{
	const struct vk_value *value = vk_decoded_value(&m->reading->decoded, quantity);

	if (value && f->n_values < VK_MAX_ALERT_VALUES - 1)
		memcpy(&f->values[f->n_values++], value, sizeof *value);
}

static void clear(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m)
{
	struct vk_rule_memory memory = vk_memory_get(s->core, m->plan->patient, rule->id);
	struct vk_alert *open = vk_alerts_find(s->core, m->plan->patient, rule->id);

	if (!open || !open->is_active)
		return;
	if (++memory.n_clear >= (rule->clears_readings ? rule->clears_readings : 1)) {
		memory.n_clear = 0;
		vk_alerts_clear(s, open, "cleared");
	}
	vk_memory_keep(s, &memory, "back-inside");
}

static void forget_clear(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m)
{
	struct vk_rule_memory empty = vk_memory_empty(m->plan->patient, rule->id);

	vk_memory_keep(s, &empty, "again");
}

void vk_status_reading(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m)
{
	static const enum vk_quantity shown[] = {VK_QUANTITY_SYSTOLIC, VK_QUANTITY_SPO2,
						 VK_QUANTITY_GLUCOSE, VK_QUANTITY_PULSE_RATE};
	struct vk_finding f;

	if (m->is_history || (rule->has_kind && m->reading->decoded.kind != rule->kind))
		return;
	if (!(m->reading->decoded.flags & rule->flags)) {
		clear(s, rule, m);
		return;
	}
	f = finding(rule, m);
	f.reason = m->is_late ? "status-late" : "status";
	for (size_t i = 0; i < VK_ARRAY_LEN(shown); i++)
		add_value(&f, m, shown[i]);
	forget_clear(s, rule, m);
	vk_alerts_raise(s, &f);
}

void vk_news2_reading(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m)
{
	static const enum vk_quantity shown[] = {VK_QUANTITY_SPO2, VK_QUANTITY_SYSTOLIC,
						 VK_QUANTITY_PULSE_RATE, VK_QUANTITY_TEMPERATURE};
	struct vk_before latest[VK_N_QUANTITIES];
	struct vk_news2 score;
	struct vk_finding f;

	if (m->is_history || m->is_late || m->is_questionable)
		return;
	vk_trend_latest(s->core, m->plan->patient, latest);
	score = vk_news2_of(&m->plan->news2, latest, m->reading->time_utc_ms);
	f = finding(rule, m);
	f.reason = rule->points && score.sum >= rule->points ? "news2-partial" : "news2-single";
	if ((!rule->points || score.sum < rule->points) &&
	    (!rule->single_points || score.highest < rule->single_points)) {
		if (score.n_measured)
			clear(s, rule, m);
		return;
	}
	for (size_t i = 0; i < VK_ARRAY_LEN(shown); i++)
		add_value(&f, m, shown[i]);
	forget_clear(s, rule, m);
	vk_alerts_raise(s, &f);
}
