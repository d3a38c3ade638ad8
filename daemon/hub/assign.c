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

int vk_device_claims(const struct vk_device *device, struct vk_claim list[VK_MAX_CLAIMS])
{
	int n = 0;

	if (device->patient[0]) {
		(void)vk_copy(list[0].patient, sizeof list[0].patient, device->patient);
		list[n++].user = VK_USER_ANY;
	}
	for (int i = 0; i < device->n_users && n < VK_MAX_CLAIMS; i++) {
		(void)vk_copy(list[n].patient, sizeof list[n].patient, device->users[i].patient);
		list[n++].user = device->users[i].user;
	}
	return n;
}

/* A number of its own, the whole device, or, without a patient, everything that was said. */
static int assign(struct vk_engine *e, const struct vk_job *job)
{
	struct vk_device_user user = {.user = job->user, .consent = job->consent};
	struct vk_device device;
	int r = vk_store_get_device(e->store, job->text, &device);

	if (r)
		return r;
	(void)vk_copy(user.patient, sizeof user.patient, job->text2);
	if (job->user != VK_USER_ANY || !job->text2[0])
		r = vk_store_put_device_user(e->store, job->text, &user);
	if (r || job->user != VK_USER_ANY)
		return r;
	(void)vk_copy(device.patient, sizeof device.patient, job->text2);
	return vk_store_put_device(e->store, &device);
}

int vk_device_assign(struct vk_engine *e, struct vk_job *job)
{
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
	r = assign(e, job);
	if (r == -ENOENT || (r == -ENOSPC && job->user != VK_USER_ANY)) {
		job->error = r == -ENOENT ? r : -E2BIG;
		return 0;
	}
	e->news.is_devices_changed = true; /* consent codes, and whether records may be deleted */
	return r ? r : vk_audit_keep(e, job->now, &audit);
}

/* Whoever had it before judges without it. */
static int take_from(struct vk_engine *e, const struct vk_reading *r, struct vk_now now)
{
	struct vk_reading gone = *r;
	struct vk_event event = {.type = VK_EVENT_READING, .now = now, .reading = &gone};

	gone.rev++;
	gone.is_retracted = true;
	return vk_apply_event(e, &event);
}

int vk_reading_revise(struct vk_engine *e, const char *id, const char *patient, struct vk_now now)
{
	struct vk_reading reading;
	struct vk_event event = {.type = VK_EVENT_READING, .now = now, .reading = &reading};
	int r;

	if (patient && !patient_is_known(e, patient))
		return -EINVAL;
	r = vk_store_get_reading(e->store, id, &reading);
	if (r == 0 && patient && reading.patient[0] && !reading.is_retracted &&
	    strcmp(patient, reading.patient) != 0)
		r = take_from(e, &reading, now);
	if (r)
		return r;
	reading.is_new_here =
		patient && (reading.is_retracted || strcmp(patient, reading.patient) != 0);
	reading.rev++;
	reading.is_retracted = !patient;
	if (patient) {
		(void)vk_copy(reading.patient, sizeof reading.patient, patient);
		reading.whose = VK_WHOSE_SAID;
	}
	r = vk_store_put_reading(e->store, &reading);
	if (r == VK_STORE_REPEAT)
		return -EINVAL; /* cannot be: the revision has just been raised */
	if (r == 0)
		r = vk_reading_send(e, &reading, now);
	return r ? r : vk_apply_event(e, &event);
}

int vk_reading_say(struct vk_engine *e, struct vk_job *job)
{
	const char *patient = job->text2[0] ? job->text2 : NULL;
	struct vk_audit audit = {.domain = "care",
				 .actor = job->actor,
				 .action = patient ? "reading-assign" : "reading-retract",
				 .patient = job->text2,
				 .object = job->text,
				 .result = "ok",
				 .detail = ""};
	int r = vk_reading_revise(e, job->text, patient, job->now);

	if (r == -ENOENT || r == -EINVAL) {
		job->error = r == -EINVAL ? -ESRCH : r;
		return 0;
	}
	return r ? r : vk_audit_keep(e, job->now, &audit);
}
