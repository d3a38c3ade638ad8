/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans in force: from the database at start, from a file of the installation where that one is
 * newer, and from the broker while running. A plan that is refused leaves the old one in force and
 * is answered with every reason.
 */
#include "hub/engine_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

static bool is_referenced(const struct vk_core *core, const struct vk_plan *plan)
{
	for (int i = 0; i < core->n_patients; i++)
		if (core->patients[i].plan == plan)
			return true;
	return false;
}

/* Plans that neither the state nor its saved copy points to. */
static void drop_old(struct vk_engine *e)
{
	int kept = 0;

	for (int i = 0; i < e->n_plans; i++) {
		if (is_referenced(e->core, e->plans[i]) || is_referenced(e->saved, e->plans[i]))
			e->plans[kept++] = e->plans[i];
		else
			free(e->plans[i]);
	}
	e->n_plans = kept;
}

static int own(struct vk_engine *e, struct vk_plan *plan)
{
	if (e->n_plans == (int)VK_ARRAY_LEN(e->plans))
		drop_old(e);
	if (e->n_plans == (int)VK_ARRAY_LEN(e->plans))
		return -ENOSPC;
	e->plans[e->n_plans++] = plan;
	return 0;
}

static int32_t version_in_force(const struct vk_engine *e, const char *patient)
{
	const struct vk_plan *plan = vk_engine_plan(e, patient);

	return plan ? plan->version : 0;
}

/* Judges a plan. NULL when refused, with the reasons in problems. */
static struct vk_plan *judge(struct vk_engine *e, const struct vk_signed_plan *signed_plan,
			     const char *patient, bool is_in_force, struct vk_now now,
			     struct vk_problems *problems)
{
	struct vk_plan *plan = calloc(1, sizeof *plan);
	struct vk_plan_terms terms = {
		.staff = e->staff,
		.is_unsigned_allowed = e->config->is_unsigned_allowed,
		.patient = patient,
		.version_in_force = version_in_force(e, patient),
		.is_in_force = is_in_force,
		.now_utc_ms = now.utc_ms,
		.is_clock_synced = now.quality == VK_CLOCK_SYNCED,
	};

	if (plan && vk_plan_verify(signed_plan, &terms, problems, plan) == 0)
		return plan;
	free(plan);
	return NULL;
}

static void log_problems(const char *what, const struct vk_problems *problems)
{
	const char *line = problems->text.text ? problems->text.text : "";

	while (*line) {
		size_t n = strcspn(line, "\n");

		vk_log(VK_LOG_WARNING, what, "%.*s", (int)n, line);
		line += n + (line[n] == '\n');
	}
}

struct loading {
	struct vk_engine *e;
	struct vk_now now;
};

static int restore_plan(const struct vk_plan_row *row, void *user)
{
	struct loading *l = user;
	struct vk_signed_plan signed_plan = {.bytes = row->bytes, .len = row->len};
	vk_auto(vk_problems_done) struct vk_problems problems = {.file = row->patient};
	struct vk_plan *plan;

	(void)vk_copy(signed_plan.key, sizeof signed_plan.key, row->key_id);
	memcpy(signed_plan.signature, row->signature, sizeof signed_plan.signature);
	plan = judge(l->e, &signed_plan, row->patient, true, l->now, &problems);
	if (!plan) {
		vk_log(VK_LOG_ERR, "plan", "the stored plan of a patient no longer holds");
		log_problems("plan", &problems);
		return 0;
	}
	int r = own(l->e, plan);

	return r ? r : vk_core_restore_plan(l->e->core, plan, l->now.utc_ms);
}

static int keep(struct vk_engine *e, const struct vk_plan *plan,
		const struct vk_signed_plan *signed_plan, struct vk_now now)
{
	struct vk_plan_row row = {
		.version = plan->version, .bytes = signed_plan->bytes, .len = signed_plan->len};
	struct vk_audit audit = {.domain = "care",
				 .actor = signed_plan->key[0] ? signed_plan->key : "unsigned",
				 .action = "plan-applied",
				 .patient = plan->patient,
				 .object = plan->patient,
				 .result = "ok",
				 .detail = ""};
	int r;

	(void)vk_copy(row.patient, sizeof row.patient, plan->patient);
	(void)vk_copy(row.key_id, sizeof row.key_id, signed_plan->key);
	memcpy(row.signature, signed_plan->signature, sizeof row.signature);
	r = vk_store_put_plan(e->store, &row, now.utc_ms);
	return r ? r : vk_audit_keep(e, now, &audit);
}

/* A plan file of the installation: put in force when its version is above the stored one. */
static int load_file(struct vk_engine *e, const struct vk_config_patient *patient,
		     struct vk_now now)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {.file = patient->plan};
	struct vk_signed_plan signed_plan = {0};
	struct vk_plan *plan = NULL;
	bool is_known = version_in_force(e, patient->id) > 0;
	int r;

	if (!patient->plan[0])
		return 0;
	r = vk_signed_plan_load(patient->plan, &problems, &signed_plan);
	if (r == 0)
		plan = judge(e, &signed_plan, patient->id, false, now, &problems);
	/* With a plan in force an older file is the usual case, not a mistake. */
	if (!plan && !is_known)
		log_problems("plan", &problems);
	r = plan ? own(e, plan) : 0;
	/* In force even where it cannot be kept now: the next start judges the file again. */
	if (r == 0 && plan && keep(e, plan, &signed_plan, now))
		vk_log(VK_LOG_WARNING, "plan", "an installed plan is in force, but not stored");
	if (r == 0 && plan)
		r = vk_core_restore_plan(e->core, plan, now.utc_ms);
	vk_signed_plan_done(&signed_plan);
	return r;
}

/* An older directory under the provider's own signature would bring back who has left: so the hub
 * remembers the highest it has seen. */
static void judge_staff(struct vk_engine *e)
{
	int64_t known = 0;
	int32_t version = vk_staff_version(e->staff);

	if (!e->staff || vk_store_get_int(e->store, "staff_version", 0, &known))
		return;
	if (version > known)
		(void)vk_store_set_int(e->store, "staff_version", version);
	if (version >= known)
		return;
	vk_log(VK_LOG_ERR, "staff", "version %d is below %lld, which was here before: not used",
	       (int)version, (long long)known);
	e->staff_fault = "staff-rolled-back";
	vk_staff_free(e->staff);
	e->staff = NULL;
}

int vk_engine_load_plans(struct vk_engine *e, struct vk_now now)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {.file = e->config->staff_path};
	struct loading l = {.e = e, .now = now};
	int r = vk_staff_load(e->config->staff_path, e->config->provider_path, &problems,
			      &e->staff);

	if (r == -EINVAL) {
		log_problems("staff", &problems);
		e->staff_fault = "staff-refused";
	} else if (r && r != -ENOENT) {
		return r;
	}
	judge_staff(e);
	r = vk_store_each_plan(e->store, restore_plan, &l);
	for (int i = 0; i < e->config->n_patients && r == 0; i++)
		r = load_file(e, &e->config->patients[i], now);
	return r;
}

static void applied_json(struct vk_str *out, const struct vk_engine *e, const char *patient,
			 const struct vk_problems *problems)
{
	const struct vk_plan *plan = vk_engine_plan(e, patient);
	struct vk_json j = vk_json_init(out);
	const char *line = problems->text.text ? problems->text.text : "";
	char text[480];

	vk_json_open(&j, NULL, '{');
	vk_json_str(&j, "patient", patient);
	if (plan)
		vk_json_int(&j, "version", plan->version);
	else
		vk_json_null(&j, "version");
	vk_json_open(&j, "errors", '[');
	while (*line) {
		size_t n = strcspn(line, "\n");

		(void)snprintf(text, sizeof text, "%.*s", (int)n, line);
		vk_json_str(&j, NULL, text);
		line += n + (line[n] == '\n');
	}
	vk_json_close(&j, ']');
	vk_json_close(&j, '}');
}

int vk_plan_applied_send(struct vk_engine *e, const char *patient,
			 const struct vk_problems *problems, struct vk_now now)
{
	vk_auto(vk_str_done) struct vk_str body = {0};
	struct vk_message message = {.content_type = "application/json", .is_retained = true};

	applied_json(&body, e, patient, problems);
	if (body.error)
		return body.error;
	(void)vk_copy(message.patient, sizeof message.patient, patient);
	(void)snprintf(message.topic, sizeof message.topic, "plan/%s/applied", patient);
	(void)snprintf(message.msg_id, sizeof message.msg_id, "plan-%.50s", patient);
	message.rev = version_in_force(e, patient);
	message.payload = body.text;
	message.len = body.len;
	return vk_message_keep(e, &message, now);
}

static int put_in_force(struct vk_engine *e, struct vk_plan *plan,
			const struct vk_signed_plan *signed_plan, struct vk_now now)
{
	struct vk_event event = {.type = VK_EVENT_PLAN, .now = now, .plan = plan};
	int r = own(e, plan);

	if (r) {
		free(plan);
		return r;
	}
	e->news.is_devices_changed = true; /* whether records may be deleted is in it */
	r = keep(e, plan, signed_plan, now);
	return r ? r : vk_apply_event(e, &event);
}

static int refused(struct vk_engine *e, const char *patient, const struct vk_signed_plan *plan,
		   const struct vk_problems *problems, struct vk_now now)
{
	struct vk_audit audit = {.domain = "care",
				 .actor = plan->key[0] ? plan->key : "unsigned",
				 .action = "plan-refused",
				 .patient = patient,
				 .object = patient,
				 .result = "refused"};

	log_problems("plan", problems);
	return vk_audit_keep(e, now, &audit);
}

int vk_plan_receive(struct vk_engine *e, const char *patient, const void *payload, size_t len,
		    struct vk_now now)
{
	char file[VK_ID_TEXT + 8];
	vk_auto(vk_problems_done) struct vk_problems problems = {.file = file};
	struct vk_signed_plan signed_plan = {0};
	struct vk_plan *plan = NULL;
	int r = 0;

	(void)snprintf(file, sizeof file, "plan %s", patient);
	if (e->is_journaling)
		vk_problem(&problems, 1, 1, "the hub cannot keep a plan now, its store has failed");
	else if (vk_signed_plan_parse(payload, len, &problems, &signed_plan) == 0)
		plan = judge(e, &signed_plan, patient, false, now, &problems);
	if (plan)
		r = put_in_force(e, plan, &signed_plan, now);
	else
		r = refused(e, patient, &signed_plan, &problems, now);
	vk_signed_plan_done(&signed_plan);
	return r ? r : vk_plan_applied_send(e, patient, &problems, now);
}
