/* SPDX-License-Identifier: Apache-2.0 */
/*
 * While a storm lasts its faults are memories; one that is left alone becomes an alert again.
 */
#include "core/storm.h"

#include <stdio.h>
#include <string.h>

#include "core/alerts.h"
#include "core/ladder.h"
#include "core/memory.h"

enum { DEVICE_DIGITS = 12 };
enum { HUSH_MOST = 24 }; /* alerts that one step takes into a storm */

static void name_of(char out[VK_MEMORY_TEXT], const char *rule)
{
	(void)snprintf(out, VK_MEMORY_TEXT, VK_MEMORY_STORM "%s", rule);
}

static const char *fault_of(const struct vk_rule_memory *memory)
{
	return memory->rule + sizeof VK_MEMORY_STORM - 1;
}

/* False: there is no room to remember it, and it stays an alert of its own. */
static bool hush(struct vk_step *s, const char *patient, const char *rule,
		 enum vk_priority priority)
{
	struct vk_rule_memory memory;
	char name[VK_MEMORY_TEXT];

	name_of(name, rule);
	if (!vk_memory_find(s->core, patient, name) &&
	    vk_memory_count(s->core, VK_MEMORY_STORM) >= VK_MAX_HUSHED)
		return false;
	memory = vk_memory_empty(patient, name);
	memory.n_days = 1;
	memory.days[0] = (int32_t)priority;
	vk_memory_keep(s, &memory, VK_RULE_STORM);
	return true;
}

/* "4: battery-low device-not-heard", as many as there is room for. */
static void list(const struct vk_core *core, char out[VK_DETAIL_TEXT])
{
	int n = snprintf(out, VK_DETAIL_TEXT, "%d:", vk_memory_count(core, VK_MEMORY_STORM));
	const char *last = "";

	for (int i = 0; i < core->n_memories; i++) {
		const struct vk_rule_memory *memory = &core->memories[i];
		const char *fault = fault_of(memory);
		int room = VK_DETAIL_TEXT - n;

		if (!vk_memory_is(memory, VK_MEMORY_STORM) || strcmp(fault, last) == 0 ||
		    (int)strlen(fault) + 2 > room)
			continue;
		n += snprintf(out + n, (size_t)room, " %s", fault);
		last = fault;
	}
}

/* A fault that is told again while it lasts changes nothing, and is no revision. */
static void tell_storm(struct vk_step *s)
{
	const struct vk_alert *open = vk_alerts_find(s->core, "", VK_RULE_STORM);
	char detail[VK_DETAIL_TEXT];
	struct vk_finding f = {.patient = "",
			       .rule = VK_RULE_STORM,
			       .reason = VK_RULE_STORM,
			       .detail = detail,
			       .class_ = VK_ALERT_TECHNICAL,
			       .priority = VK_PRIORITY_MEDIUM,
			       .message = ""};

	list(s->core, detail);
	if (!open || strcmp(open->detail, detail) != 0)
		vk_alerts_raise(s, &f);
}

static bool is_part(const struct vk_step *s, const struct vk_alert *alert)
{
	return alert->class_ == VK_ALERT_TECHNICAL && alert->priority < VK_PRIORITY_HIGH &&
	       alert->state != VK_ALERT_ACCEPTED && strcmp(alert->rule, VK_RULE_STORM) != 0 &&
	       s->now.utc_ms - alert->raised_utc_ms < vk_ladder_terms(s, "")->storm_within_ms;
}

static int count_parts(const struct vk_step *s)
{
	int n = 0;

	for (int i = 0; i < s->core->n_alerts; i++)
		n += is_part(s, &s->core->alerts[i]);
	return n;
}

static struct vk_alert *first_part(const struct vk_step *s)
{
	for (int i = 0; i < s->core->n_alerts; i++)
		if (is_part(s, &s->core->alerts[i]))
			return &s->core->alerts[i];
	return NULL;
}

/* Closing one may end another and move the rest: each is looked up anew. */
static void take_in(struct vk_step *s)
{
	struct vk_alert *alert = first_part(s);

	for (int i = 0; i < HUSH_MOST && alert; i++, alert = first_part(s)) {
		if (!hush(s, alert->patient, alert->rule, alert->priority))
			break;
		vk_alerts_close(s, alert, "hub", VK_RULE_STORM, VK_RULE_STORM);
	}
}

static void begin(struct vk_step *s, const struct vk_fault *fault, const char *reason)
{
	int32_t limit = vk_ladder_terms(s, "")->storm_count;
	bool has_storm = vk_alerts_find(s->core, "", VK_RULE_STORM) != NULL;
	bool is_own = vk_alerts_find(s->core, fault->patient, fault->rule) != NULL;

	if (fault->priority < VK_PRIORITY_HIGH && !is_own && limit > 0 &&
	    (has_storm || count_parts(s) + 1 >= limit) &&
	    hush(s, fault->patient, fault->rule, fault->priority)) {
		if (!has_storm)
			take_in(s);
		tell_storm(s);
		return;
	}
	vk_alerts_technical(s, fault->patient, fault->rule, fault->priority, reason);
}

static void forget(struct vk_step *s, const struct vk_rule_memory *memory, const char *reason)
{
	struct vk_rule_memory empty = vk_memory_empty(memory->patient, memory->rule);

	vk_memory_keep(s, &empty, reason);
}

/* The one that is left speaks for itself. */
static void dissolve(struct vk_step *s)
{
	for (int i = 0; i < s->core->n_memories; i++) {
		const struct vk_rule_memory memory = s->core->memories[i];

		if (!vk_memory_is(&memory, VK_MEMORY_STORM))
			continue;
		forget(s, &memory, "storm-over");
		vk_alerts_technical(s, memory.patient, fault_of(&memory),
				    (enum vk_priority)memory.days[0], "storm-over");
		break;
	}
	vk_alerts_heal(s, "", VK_RULE_STORM);
}

static void end(struct vk_step *s, const struct vk_fault *fault)
{
	const struct vk_rule_memory *memory;
	char name[VK_MEMORY_TEXT];

	vk_alerts_heal(s, fault->patient, fault->rule);
	name_of(name, fault->rule);
	memory = vk_memory_find(s->core, fault->patient, name);
	if (!memory)
		return;
	forget(s, memory, "healed");
	if (vk_memory_count(s->core, VK_MEMORY_STORM) <= 1)
		dissolve(s);
	else
		tell_storm(s);
}

void vk_storm_fault(struct vk_step *s, const struct vk_fault *fault)
{
	if (fault->is_active)
		begin(s, fault, fault->reason[0] ? fault->reason : fault->rule);
	else
		end(s, fault);
}

const char *vk_fault_patient(const struct vk_core *core, const char *rule)
{
	char name[VK_MEMORY_TEXT];

	for (int i = 0; i < core->n_alerts; i++)
		if (core->alerts[i].is_active && strcmp(core->alerts[i].rule, rule) == 0)
			return core->alerts[i].patient;
	name_of(name, rule);
	for (int i = 0; i < core->n_memories; i++)
		if (strcmp(core->memories[i].rule, name) == 0)
			return core->memories[i].patient;
	return NULL;
}

bool vk_fault_is(const char *kind, const char *fault)
{
	size_t n = strlen(kind);

	if (strncmp(kind, fault, n) != 0)
		return false;
	return !fault[n] || (fault[n] == '-' && strlen(fault + n + 1) == DEVICE_DIGITS &&
			     strspn(fault + n + 1, "0123456789ABCDEF") == DEVICE_DIGITS);
}

static bool is_theirs(const char *whose, const char *patient)
{
	return !whose[0] || strcmp(whose, patient) == 0;
}

int vk_fault_count(const struct vk_core *core, const char *patient, const char *kind)
{
	int n = 0;

	for (int i = 0; i < core->n_alerts; i++)
		n += vk_fault_is(kind, core->alerts[i].rule) &&
		     is_theirs(core->alerts[i].patient, patient);
	for (int i = 0; i < core->n_memories; i++)
		n += vk_memory_is(&core->memories[i], VK_MEMORY_STORM) &&
		     vk_fault_is(kind, fault_of(&core->memories[i])) &&
		     is_theirs(core->memories[i].patient, patient);
	return n;
}
