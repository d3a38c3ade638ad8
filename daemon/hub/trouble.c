/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See trouble.h. Whether a fault is open is asked of the core's state, which a restart brings back:
 * a good value heals what was open before it.
 */
#include "hub/trouble.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "core/storm.h"
#include "hub/engine_priv.h"

static const char *why_unreadable(const struct vk_job *job)
{
	return job->decode_error[0] ? job->decode_error : NULL;
}

/* Only where there should be a value: a record access answer has none. */
static const char *why_empty(const struct vk_job *job)
{
	const struct vk_decoded *d = &job->reading->decoded;

	if (job->decode_error[0] || d->n_values == 0)
		return NULL;
	for (int i = 0; i < d->n_values; i++)
		if (d->values[i].absent == VK_ABSENT_NONE)
			return NULL;
	return "no value was measured";
}

static const char *why_clock(const struct vk_job *job)
{
	enum vk_time_reason reason = job->reading->time_reason;

	if (job->decode_error[0])
		return NULL;
	return reason == VK_PLACED_IMPOSSIBLE || reason == VK_PLACED_UNPLACED
		       ? "its clock cannot be right"
		       : NULL;
}

static const struct {
	const char *rule;
	const char *(*why)(const struct vk_job *job);
} troubles[] = {
	{"reading-unreadable", why_unreadable},
	{"reading-empty", why_empty},
	{"device-clock", why_clock},
};

/* Of a device; whose it is now, where something is wrong with it (NULL: nothing). */
static int judge(struct vk_engine *e, struct vk_now now, const char *device, const char *name,
		 const char *of, const char *why)
{
	struct vk_event event = {.type = VK_EVENT_FAULT, .now = now};
	const char *patient;

	(void)snprintf(event.fault.rule, sizeof event.fault.rule, "%.20s-%.40s", name, device);
	patient = vk_fault_patient(e->core, event.fault.rule);
	if (!why && !patient)
		return 0;
	event.fault.is_active = why != NULL;
	event.fault.priority = VK_PRIORITY_LOW;
	(void)vk_copy(event.fault.patient, sizeof event.fault.patient, why ? of : patient);
	(void)vk_copy(event.fault.reason, sizeof event.fault.reason, why ? why : "healed");
	return vk_apply_fault(e, &event);
}

int vk_trouble_judge(struct vk_engine *e, const struct vk_job *job)
{
	bool is_decoded = !job->decode_error[0];
	int r = 0;

	/* Bytes that cannot be decoded say nothing of value and clock. */
	for (size_t i = 0; r == 0 && i < (is_decoded ? VK_ARRAY_LEN(troubles) : 1); i++)
		r = judge(e, job->now, job->reading->device, troubles[i].rule,
			  job->reading->patient, troubles[i].why(job));
	return r;
}

int vk_trouble_forget(struct vk_engine *e, struct vk_now now, const char *device)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < VK_ARRAY_LEN(troubles); i++)
		r = judge(e, now, device, troubles[i].rule, "", NULL);
	return r;
}
