/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose device, whose reading: said by a person, audited, never guessed. A reading that changes
 * owner or is retracted goes out again as rev + 1 under the same id, and is judged anew.
 */
#include "hub/engine_priv.h"

#include <errno.h>
#include <string.h>

static bool patient_is_known(const struct vk_engine *e, const char *patient)
{
	for (int i = 0; i < e->config->n_patients; i++)
		if (strcmp(e->config->patients[i].id, patient) == 0)
			return true;
	return false;
}

int vk_device_assign(struct vk_engine *e, struct vk_job *job)
{
	struct vk_device device;
	struct vk_audit audit = {.domain = "hub",
				 .actor = job->actor,
				 .action = "device-assign",
				 .patient = job->text2,
				 .object = job->text,
				 .result = "ok",
				 .detail = ""};
	int r;

	if (job->text2[0] && !patient_is_known(e, job->text2)) {
		job->error = -ESRCH;
		return 0;
	}
	r = vk_store_get_device(e->store, job->text, &device);
	if (r == -ENOENT) {
		job->error = r;
		return 0;
	}
	(void)vk_copy(device.patient, sizeof device.patient, job->text2);
	if (r == 0)
		r = vk_store_put_device(e->store, &device);
	return r ? r : vk_audit_keep(e, job->now, &audit);
}

int vk_reading_revise(struct vk_engine *e, const char *id, const char *patient, bool is_retracted,
		      struct vk_now now)
{
	struct vk_reading reading;
	struct vk_event event = {.type = VK_EVENT_READING, .now = now, .reading = &reading};
	int r;

	if (patient && !patient_is_known(e, patient))
		return -EINVAL;
	r = vk_store_get_reading(e->store, id, &reading);
	if (r)
		return r;
	reading.rev++;
	reading.is_retracted = is_retracted;
	if (patient)
		(void)vk_copy(reading.patient, sizeof reading.patient, patient);
	r = vk_store_put_reading(e->store, &reading);
	if (r == VK_STORE_REPEAT)
		return -EINVAL; /* cannot be: the revision has just been raised */
	if (r == 0)
		r = vk_reading_send(e, &reading, now);
	return r ? r : vk_apply_event(e, &event);
}
