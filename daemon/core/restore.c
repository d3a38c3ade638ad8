/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starting is recovering: rows of the database become the state again, in whatever order they come.
 */
#include <errno.h>
#include <string.h>

#include "core/corrections.h"
#include "core/memory.h"

static struct vk_patient_state *find_patient(struct vk_core *core, const char *patient)
{
	for (int i = 0; i < core->n_patients; i++)
		if (strcmp(core->patients[i].plan->patient, patient) == 0)
			return &core->patients[i];
	return NULL;
}

int vk_core_restore_plan(struct vk_core *core, const struct vk_plan *plan, int64_t scheduled_utc_ms)
{
	struct vk_patient_state *patient = find_patient(core, plan->patient);
	int i = core->n_patients;

	if (!patient) {
		if (i == VK_MAX_PATIENTS)
			return -ENOSPC;
		for (; i > 0 && strcmp(core->patients[i - 1].plan->patient, plan->patient) > 0; i--)
			core->patients[i] = core->patients[i - 1];
		patient = &core->patients[i];
		core->n_patients++;
		memset(patient, 0, sizeof *patient);
	}
	patient->plan = plan;
	if (scheduled_utc_ms > patient->scheduled_utc_ms)
		patient->scheduled_utc_ms = scheduled_utc_ms;
	return 0;
}

int vk_core_restore_alert(struct vk_core *core, const struct vk_alert *alert)
{
	int i = core->n_alerts;

	if (alert->serial >= core->next_alert)
		core->next_alert = alert->serial + 1;
	if (alert->state == VK_ALERT_CLOSED) {
		vk_corrections_ended(core, alert);
		return 0;
	}
	if (i == VK_MAX_ALERTS)
		return -ENOSPC;
	for (; i > 0 && core->alerts[i - 1].serial > alert->serial; i--)
		core->alerts[i] = core->alerts[i - 1];
	memcpy(&core->alerts[i], alert, sizeof *alert);
	core->n_alerts++;
	return 0;
}

int vk_core_restore_check(struct vk_core *core, const struct vk_check *check)
{
	int i = core->n_checks;

	if (check->serial >= core->next_check)
		core->next_check = check->serial + 1;
	if (check->state == VK_CHECK_DONE || check->state == VK_CHECK_SKIPPED)
		return 0;
	if (i == VK_MAX_CHECKS)
		return -ENOSPC;
	for (; i > 0 && core->checks[i - 1].serial > check->serial; i--)
		core->checks[i] = core->checks[i - 1];
	memcpy(&core->checks[i], check, sizeof *check);
	core->n_checks++;
	return 0;
}

int vk_core_restore_memory(struct vk_core *core, const struct vk_rule_memory *memory)
{
	struct vk_patient_state *patient = find_patient(core, memory->patient);

	if (patient && strcmp(memory->rule, VK_MEMORY_CHECKS) == 0 && memory->n_days == 2) {
		patient->scheduled_utc_ms = memory->day_values[0];
		patient->paused_until_utc_ms = memory->day_values[1];
		memset(patient->paused_reason, 0, sizeof patient->paused_reason);
		(void)vk_copy(patient->paused_reason, sizeof patient->paused_reason,
			      memory->ask_reading);
	}
	return vk_memory_put(core, memory);
}
