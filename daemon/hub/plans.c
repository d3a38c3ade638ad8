/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Proof before content: a plan whose signature does not hold is not even parsed. What was in force
 * before a restart was proved when it came; its key may have expired or left the directory since,
 * and the patient must not lose her plan to that.
 */
#include "hub/plans.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "conf/yaml.h"
#include "conf/zone.h"
#include "hub/base64.h"

/* What clocks may differ by. */
enum { EARLY_MS = 5 * 60 * 1000 };

static int refuse(struct vk_problems *problems, const char *why)
{
	vk_problem(problems, 0, 0, "%s", why);
	return -EINVAL;
}

void vk_signed_plan_done(struct vk_signed_plan *plan)
{
	free(plan->owned);
	*plan = (struct vk_signed_plan){0};
}

/* The members "key" and "signature" of a message or of a .sig file. */
static int read_proof(const json_t *root, struct vk_problems *problems, struct vk_signed_plan *plan)
{
	const char *key = json_string_value(json_object_get(root, "key"));
	const char *signature = json_string_value(json_object_get(root, "signature"));

	if (!key || !vk_is_id(key))
		return refuse(problems, "'key' is no id, expected the staff id of the signer");
	if (!signature || vk_base64_read(signature, plan->signature, sizeof plan->signature))
		return refuse(problems, "'signature' is no signature, expected 64 bytes in base64");
	(void)vk_copy(plan->key, sizeof plan->key, key);
	return 0;
}

static json_t *read_object(const void *bytes, size_t len, struct vk_problems *problems)
{
	json_error_t error;
	json_t *root = json_loadb(bytes, len, JSON_REJECT_DUPLICATES, &error);

	if (root && json_is_object(root))
		return root;
	json_decref(root);
	(void)refuse(problems, "no JSON object, expected {\"plan\",\"key\",\"signature\"}");
	return NULL;
}

static int read_message(const json_t *root, struct vk_problems *problems,
			struct vk_signed_plan *plan)
{
	const json_t *text = json_object_get(root, "plan");
	int r;

	if (!json_is_string(text))
		return refuse(problems, "'plan' is missing, expected the plan's bytes in base64");
	r = vk_base64_dup(json_string_value(text), json_string_length(text), &plan->owned,
			  &plan->len);
	if (r == -EINVAL)
		return refuse(problems, "'plan' is not base64, expected the plan's exact bytes");
	plan->bytes = plan->owned;
	/* Without a proof at all it is an unsigned plan; with half of one it is a mistake. */
	if (r || (!json_object_get(root, "key") && !json_object_get(root, "signature")))
		return r;
	return read_proof(root, problems, plan);
}

int vk_signed_plan_parse(const void *payload, size_t len, struct vk_problems *problems,
			 struct vk_signed_plan *ret_plan)
{
	struct vk_signed_plan plan = {0};
	json_t *root = read_object(payload, len, problems);
	int r = root ? read_message(root, problems, &plan) : -EINVAL;

	json_decref(root);
	if (r)
		vk_signed_plan_done(&plan);
	else
		*ret_plan = plan;
	return r;
}

static int load_proof(const char *path, struct vk_problems *problems, struct vk_signed_plan *plan)
{
	vk_auto(vk_freep) char *text = NULL;
	char sig_path[160];
	size_t len = 0;
	json_t *root;
	int r;

	(void)snprintf(sig_path, sizeof sig_path, "%s.sig", path);
	r = vk_slurp(sig_path, 4096, &text, &len);
	if (r == -ENOENT)
		return 0;
	if (r)
		return refuse(problems, "its .sig cannot be read, expected a small JSON file");
	root = read_object(text, len, problems);
	r = root ? read_proof(root, problems, plan) : -EINVAL;
	json_decref(root);
	return r;
}

int vk_signed_plan_load(const char *path, struct vk_problems *problems,
			struct vk_signed_plan *ret_plan)
{
	struct vk_signed_plan plan = {0};
	char *bytes = NULL;
	int r = vk_slurp(path, VK_PLAN_MAX, &bytes, &plan.len);

	if (r == -ENOENT || r == -ENOMEM)
		return r;
	if (r)
		return refuse(problems, "cannot be read, expected a plan of at most 256 KiB");
	plan.owned = bytes;
	plan.bytes = bytes;
	r = load_proof(path, problems, &plan);
	if (r)
		vk_signed_plan_done(&plan);
	else
		*ret_plan = plan;
	return r;
}

static int check_key(const struct vk_staff_member *member, const struct vk_plan_terms *terms,
		     struct vk_problems *problems)
{
	if (!member->may_sign || !member->has_sign)
		return refuse(problems, "the signer may not sign plans, expected a physician or "
					"one whom the directory lets sign");
	if (terms->is_in_force || !terms->is_clock_synced)
		return 0;
	if (terms->now_utc_ms < member->from_utc_ms || terms->now_utc_ms >= member->until_utc_ms)
		return refuse(problems, "the signer's key is not valid now, expected one within "
					"its time in the directory");
	return 0;
}

static int check_proof(const struct vk_signed_plan *plan, const struct vk_plan_terms *terms,
		       struct vk_problems *problems)
{
	const struct vk_staff_member *member = vk_staff_get(terms->staff, plan->key);
	int r;

	if (!plan->key[0]) {
		if (terms->is_unsigned_allowed)
			return 0;
		return refuse(problems, "the plan is not signed, expected a signature");
	}
	if (!member && terms->is_in_force)
		return 0;
	if (!member)
		return refuse(problems, "the signer is not in the staff directory, expected a "
					"known key");
	r = check_key(member, terms, problems);
	if (r)
		return r;
	if (sodium_init() < 0 ||
	    crypto_sign_verify_detached(plan->signature, plan->bytes, plan->len, member->sign))
		return refuse(problems, "signature does not match the bytes, expected the plan as "
					"it was signed");
	return 0;
}

static void check_terms(const struct vk_plan *plan, const struct vk_plan_terms *terms,
			struct vk_problems *problems)
{
	bool is_newer = plan->version > terms->version_in_force;

	if (strcmp(plan->patient, terms->patient) != 0)
		vk_problem(problems, 0, 0, "the plan is for %s, expected one for %s", plan->patient,
			   terms->patient);
	if (!is_newer && !(terms->is_in_force && plan->version == terms->version_in_force))
		vk_problem(problems, 0, 0,
			   "version %" PRId32 " is not above the one in force, expected more than "
			   "%" PRId32,
			   plan->version, terms->version_in_force);
	/* One for later would end the supervision by the one in force before its time. */
	if (terms->is_in_force || !terms->is_clock_synced)
		return;
	if (plan->valid_from_utc_ms > terms->now_utc_ms + EARLY_MS)
		vk_problem(problems, 0, 0,
			   "the plan is not valid yet, expected 'valid.from' in the past: send it "
			   "again then");
	if (plan->valid_until_utc_ms <= terms->now_utc_ms)
		vk_problem(problems, 0, 0,
			   "the plan is not valid any longer, expected 'valid.until' in the "
			   "future");
}

int vk_plan_verify(const struct vk_signed_plan *signed_plan, const struct vk_plan_terms *terms,
		   struct vk_problems *problems, struct vk_plan *ret_plan)
{
	vk_auto(vk_node_freep) struct vk_node *root = NULL;
	int before = problems->n;
	int r = check_proof(signed_plan, terms, problems);

	if (!r)
		r = vk_conf_read(signed_plan->bytes, signed_plan->len, problems, &root);
	if (!r)
		r = vk_plan_parse(root, vk_zone_load, NULL, problems, ret_plan);
	if (!r)
		check_terms(ret_plan, terms, problems);
	return problems->n == before ? r : -EINVAL;
}
