/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person does with a check: each verb, in which states and by whom it is allowed. The code
 * of a refusal tells what stands in the way.
 */
#include <string.h>

#include "core/checks.h"
#include "core/commands.h"

static bool is_theirs(const struct vk_check *check, const struct vk_command *c)
{
	return strcmp(check->by, c->staff) == 0;
}

static const char *claim(struct vk_step *s, struct vk_check *check, const struct vk_command *c)
{
	if (check->state != VK_CHECK_DUE)
		return "wrong-state";
	vk_check_claim(s, check, c->staff);
	return "ok";
}

static const char *release(struct vk_step *s, struct vk_check *check, const struct vk_command *c)
{
	if (check->state != VK_CHECK_CLAIMED)
		return "wrong-state";
	if (!is_theirs(check, c))
		return "not-yours";
	vk_check_due_again(s, check, "released");
	return "ok";
}

/* One tap from the list is claim and view in one. */
static const char *view(struct vk_step *s, struct vk_check *check, const struct vk_command *c)
{
	const struct vk_plan *plan = vk_step_plan(s, check->patient);

	if (check->state != VK_CHECK_DUE && check->state != VK_CHECK_CLAIMED)
		return "wrong-state";
	if (check->state == VK_CHECK_CLAIMED && !is_theirs(check, c))
		return "not-yours";
	if (!plan || !vk_checks_have_consent(plan, s->now.utc_ms))
		return "no-consent";
	vk_check_view(s, check, c->staff);
	return "ok";
}

static bool is_outcome(const char *text)
{
	static const char *const known[] = {"ok", "not-in-bed", "unsure", "concern", "technical"};

	for (size_t i = 0; i < VK_ARRAY_LEN(known); i++)
		if (strcmp(known[i], text) == 0)
			return true;
	return false;
}

static const char *outcome(struct vk_step *s, struct vk_check *check, const struct vk_command *c)
{
	/* A picture that never came can be said without a view. */
	bool is_failure = check->state == VK_CHECK_CLAIMED && strcmp(c->outcome, "technical") == 0;

	if (check->state != VK_CHECK_VIEWING && !is_failure)
		return "wrong-state";
	if (!is_theirs(check, c))
		return "not-yours";
	if (!is_outcome(c->outcome))
		return "bad-outcome";
	vk_check_outcome(s, check, c->outcome, true);
	return "ok";
}

static const char *visit_accept(struct vk_step *s, struct vk_check *check,
				const struct vk_command *c)
{
	if (check->state != VK_CHECK_VISIT_REQUIRED)
		return "wrong-state";
	vk_check_visit_accept(s, check, c->staff);
	return "ok";
}

static const char *arrive(struct vk_step *s, struct vk_check *check, const struct vk_command *c)
{
	if (check->state != VK_CHECK_VISIT_ACCEPTED)
		return "wrong-state";
	vk_check_arrive(s, check, c->staff);
	return "ok";
}

static const char *done(struct vk_step *s, struct vk_check *check, const struct vk_command *c)
{
	if (check->state != VK_CHECK_ARRIVED)
		return "wrong-state";
	if (!c->outcome[0])
		return "no-outcome";
	VK_SET(check->by, c->staff);
	VK_SET(check->outcome, c->outcome);
	vk_check_end(s, check, VK_CHECK_DONE, "visited");
	return "ok";
}

/* Back home early: an end that is past ends what had been agreed. */
static const char *resume(struct vk_step *s, struct vk_patient_state *state)
{
	if (state->paused_until_utc_ms <= s->now.utc_ms)
		return "no-until";
	state->paused_until_utc_ms = 0;
	VK_SET(state->paused_reason, "");
	vk_checks_remember(s, state, "resumed");
	return "ok";
}

/* No further checks of this patient until then; each one left out is recorded. */
static const char *pause_patient(struct vk_step *s, const char *patient, const struct vk_command *c)
{
	struct vk_patient_state *state = vk_step_patient(s, patient);

	if (!state)
		return "not-found";
	if (!c->reason[0])
		return "no-reason";
	if (c->until_utc_ms <= s->now.utc_ms)
		return resume(s, state);
	state->paused_until_utc_ms = c->until_utc_ms;
	VK_SET(state->paused_reason, c->reason);
	vk_checks_remember(s, state, "paused");
	return "ok";
}

static const char *pause_check(struct vk_step *s, struct vk_check *check,
			       const struct vk_command *c)
{
	const char *code;

	if (check->state == VK_CHECK_VISIT_REQUIRED || check->state == VK_CHECK_VISIT_ACCEPTED ||
	    check->state == VK_CHECK_ARRIVED)
		return "wrong-state";
	if (c->reason[0] && c->until_utc_ms <= s->now.utc_ms)
		return "no-until";
	code = pause_patient(s, check->patient, c);
	if (strcmp(code, "ok") != 0)
		return code;
	VK_SET(check->by, c->staff);
	VK_SET(check->outcome, "paused");
	vk_check_end(s, check, VK_CHECK_SKIPPED, c->reason);
	return "ok";
}

static void run(struct vk_step *s, struct vk_check *check, const struct vk_command *c,
		struct vk_answer *answer)
{
	static const struct {
		const char *verb;
		const char *(*run)(struct vk_step *, struct vk_check *, const struct vk_command *);
	} verbs[] = {{"claim", claim},     {"release", release},   {"view", view},
		     {"outcome", outcome}, {"pause", pause_check}, {"visit-accept", visit_accept},
		     {"arrive", arrive},   {"done", done}};

	for (size_t i = 0; i < VK_ARRAY_LEN(verbs); i++)
		if (strcmp(verbs[i].verb, c->verb) == 0)
			answer->code = verbs[i].run(s, check, c);
}

/* The revision of a check that may just have left the state is in its last effect. */
static int32_t last_rev(const struct vk_step *s, uint32_t serial, int32_t rev)
{
	for (int i = s->effects->n - 1; i >= 0; i--)
		if (s->effects->list[i].type == VK_EFFECT_CHECK &&
		    s->effects->list[i].check.serial == serial)
			return s->effects->list[i].check.rev;
	return rev;
}

void vk_check_command(struct vk_step *s, const struct vk_command *c, struct vk_answer *answer)
{
	struct vk_check *check = vk_checks_by_id(s->core, c->object);
	uint32_t serial;
	int32_t rev;

	if (!check) {
		VK_SET(answer->patient, vk_step_plan(s, c->object) ? c->object : "");
		answer->code = strcmp(c->verb, "pause") == 0 ? pause_patient(s, c->object, c)
							     : "not-found";
		return;
	}
	VK_SET(answer->patient, check->patient);
	answer->rev = check->rev;
	if (c->rev >= 0 && c->rev != check->rev) {
		answer->code = "conflict";
		return;
	}
	serial = check->serial;
	rev = check->rev;
	run(s, check, c, answer);
	answer->rev = last_rev(s, serial, rev);
}
