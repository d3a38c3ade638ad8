/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plan as a whole: what must hold between its parts, so that a plan in force can always do what
 * it says. Values that the walk refused are empty, and the checks pass over them: no mistake is
 * reported twice.
 */
#include "core/plan.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "core/core.h"
#include "core/plan_priv.h"
#include "core/plan_schema.h"

const struct vk_text *vk_plan_message(const struct vk_plan *plan, const char *id)
{
	for (int i = 0; i < plan->n_messages; i++)
		if (strcmp(plan->messages[i].id, id) == 0)
			return &plan->messages[i].text;
	return NULL;
}

const struct vk_rule *vk_plan_rule(const struct vk_plan *plan, const char *id)
{
	for (int i = 0; i < plan->n_rules; i++)
		if (strcmp(plan->rules[i].id, id) == 0)
			return &plan->rules[i];
	return NULL;
}

/* Ids lie at the same offset in each element of an array. */
static void check_ids(const struct vk_plan_reading *c, const char *key, const char *first,
		      size_t stride, int n)
{
	for (int i = 1; i < n; i++) {
		const char *id = first + (size_t)i * stride;
		int j = 0;

		while (j < i && strcmp(first + (size_t)j * stride, id) != 0)
			j++;
		if (j == i || !id[0])
			continue;
		vk_problem_at(c->problems, vk_node_get(vk_plan_part(c, key, i), "id"),
			      "id \"%s\" is given again in '%s', expected each once", id, key);
	}
}

static void check_head(const struct vk_plan_reading *c)
{
	const struct vk_plan *plan = c->plan;
	const struct vk_node *until = vk_node_get(vk_node_get(c->root, "valid"), "until");

	if (until && plan->valid_from_utc_ms && plan->valid_until_utc_ms != VK_NEVER &&
	    plan->valid_until_utc_ms <= plan->valid_from_utc_ms)
		vk_problem_at(c->problems, until,
			      "'until' is not after 'from', expected a later moment");
	if (plan->has_quiet && plan->quiet_from_s == plan->quiet_until_s &&
	    vk_node_get(vk_node_get(c->root, "quiet"), "until"))
		vk_problem_at(c->problems, vk_node_get(c->root, "quiet"),
			      "'quiet' begins and ends at once, expected two different times");
}

static void check_expects(const struct vk_plan_reading *c)
{
	for (int i = 1; i < c->plan->n_expects; i++) {
		const struct vk_node *kind = vk_node_get(vk_plan_part(c, "expects", i), "kind");

		for (int j = 0; j < i; j++) {
			const struct vk_node *other =
				vk_node_get(vk_plan_part(c, "expects", j), "kind");

			/* Texts, not numbers: an unknown kind has no number of its own. */
			if (kind && other && kind->text && other->text &&
			    vk_kind_parse(kind->text) >= 0 && strcmp(kind->text, other->text) == 0)
				vk_problem_at(c->problems, kind,
					      "kind %s is expected again, expected each once",
					      kind->text);
		}
	}
}

static void check_schedules(const struct vk_plan_reading *c)
{
	for (int i = 0; i < c->plan->n_schedules; i++) {
		const struct vk_plan_schedule *s = &c->plan->schedules[i];
		const struct vk_node *until = vk_node_get(vk_plan_part(c, "schedule", i), "until");

		if (until && s->until_s <= s->from_s && s->until_s)
			vk_problem_at(c->problems, until,
				      "'until' is not after 'from', expected a later time of the "
				      "same day");
		vk_plan_check_kind(c, s->measure,
				   vk_node_get(vk_plan_part(c, "schedule", i), "measure"));
		if (s->missed[0] && !vk_plan_message(c->plan, s->missed))
			vk_problem_at(c->problems,
				      vk_node_get(vk_plan_part(c, "schedule", i), "missed"),
				      "message \"%s\" is not in 'messages', expected one that is",
				      s->missed);
		if (strlen(s->id) >= VK_SCHEDULE_ID_TEXT)
			vk_problem_at(c->problems,
				      vk_node_get(vk_plan_part(c, "schedule", i), "id"),
				      "the id of a schedule is too long, expected at most %d "
				      "characters",
				      VK_SCHEDULE_ID_TEXT - 1);
	}
}

/* Whoever is shown an order must find whom to ask about it. */
static void check_contact(const struct vk_plan_reading *c)
{
	if (c->plan->n_messages && !vk_node_get(c->root, "contact"))
		vk_problem_at(c->problems, vk_node_get(c->root, "messages"),
			      "messages without anybody to call, expected the plan to have "
			      "'contact'");
}

static void check_pauses(const struct vk_plan_reading *c)
{
	for (int i = 0; i < c->plan->n_pauses; i++) {
		const struct vk_plan_pause *pause = &c->plan->pauses[i];
		const struct vk_node *until = vk_node_get(vk_plan_part(c, "pauses", i), "until");

		if (until && pause->from_utc_ms && pause->until_utc_ms &&
		    pause->until_utc_ms <= pause->from_utc_ms)
			vk_problem_at(c->problems, until,
				      "'until' is not after 'from', expected a later moment");
	}
}

/* Scale 2 hides a low saturation: only a physician may order it (clinical.md 2.1). */
static void check_news2(const struct vk_plan_reading *c)
{
	if (c->plan->has_news2 && c->plan->news2.scale == 2 && !c->plan->news2.order[0])
		vk_problem_at(c->problems, vk_node_get(c->root, "news2"),
			      "scale 2 without a physician's order, expected 'order'");
}

static bool has_camera_consent(const struct vk_plan *plan)
{
	for (int i = 0; i < plan->n_consents; i++)
		if (strcmp(plan->consents[i].scope, "camera") == 0)
			return true;
	return false;
}

static void check_times(const struct vk_plan_reading *c, const struct vk_plan_check *check,
			const struct vk_node *node)
{
	const struct vk_node *at = vk_node_get(node, "at");

	for (int i = 1; i < check->n_at; i++)
		for (int j = 0; j < i; j++)
			if (check->at_s[i] == check->at_s[j] && vk_node_at(at, i)->text &&
			    vk_node_at(at, j)->text &&
			    strcmp(vk_node_at(at, i)->text, vk_node_at(at, j)->text) == 0)
				vk_problem_at(c->problems, vk_node_at(at, i),
					      "the same time is given again, expected each once");
}

static void check_during(const struct vk_plan_reading *c, const struct vk_plan_check *check,
			 const struct vk_node *node)
{
	const struct vk_node *during = vk_node_get(node, "during");

	if (!during)
		return;
	if (!vk_node_get(node, "on"))
		vk_problem_at(c->problems, during,
			      "'during' is of signals, expected the check to have 'on'");
	if (vk_node_get(during, "from") && vk_node_get(during, "until") &&
	    check->during_from_s == check->during_until_s)
		vk_problem_at(c->problems, during,
			      "'during' begins and ends at once, expected two different times");
}

static void check_checks(const struct vk_plan_reading *c)
{
	const struct vk_node *ladders = vk_node_get(c->root, "escalation");

	for (int i = 0; i < c->plan->n_checks; i++) {
		const struct vk_plan_check *check = &c->plan->checks[i];
		const struct vk_node *node = vk_plan_part(c, "checks", i);

		if (!check->n_at && !check->n_on && node->type == VK_NODE_MAP)
			vk_problem_at(c->problems, node,
				      "nothing opens this check, expected 'at' or 'on'");
		check_times(c, check, node);
		check_during(c, check, node);
	}
	if (!c->plan->n_checks)
		return;
	if (!has_camera_consent(c->plan))
		vk_problem_at(c->problems, vk_plan_part(c, "checks", 0),
			      "a check without consent, expected 'consents' to have scope camera");
	if (!c->plan->escalation[VK_PRIORITY_HIGH].n && !vk_node_get(ladders, "high"))
		vk_problem_at(c->problems, vk_plan_part(c, "checks", 0),
			      "nobody is told of a missed check, expected 'escalation' to have a "
			      "list high");
}

static void check_ladder(const struct vk_plan_reading *c, const struct vk_ladder *ladder,
			 const struct vk_node *list)
{
	for (int i = 0; i < ladder->n; i++) {
		const struct vk_ladder_step *step = &ladder->steps[i];
		const struct vk_node *after = vk_node_get(vk_node_at(list, i), "after");

		if (!after || !step->to[0])
			continue;
		if (!i && step->after_ms)
			vk_problem_at(c->problems, after,
				      "the first of a list is told at once, expected 0min");
		if (i && step->after_ms <= step[-1].after_ms)
			vk_problem_at(c->problems, after,
				      "a step does not come after the one before, expected a "
				      "longer time");
	}
}

static void check_ladders(const struct vk_plan_reading *c)
{
	static const char *const names[] = {"low", "medium", "high"};
	const struct vk_node *ladders = vk_node_get(c->root, "escalation");

	for (int p = 0; p < 3; p++)
		check_ladder(c, &c->plan->escalation[p], vk_node_get(ladders, names[p]));
}

static void check_consents(const struct vk_plan_reading *c)
{
	for (int i = 0; i < c->plan->n_consents; i++) {
		const struct vk_plan_consent *consent = &c->plan->consents[i];
		const struct vk_node *withdrawn =
			vk_node_get(vk_plan_part(c, "consents", i), "withdrawn");

		if (withdrawn && consent->withdrawn_day < consent->given_day)
			vk_problem_at(c->problems, withdrawn,
				      "a consent is withdrawn before it was given, expected a "
				      "later day");
	}
}

static void load_zone(const struct vk_plan_reading *c, vk_zone_fn zone_load, void *user)
{
	char name[sizeof c->plan->zone.name];

	(void)vk_copy(name, sizeof name, c->plan->zone.name);
	if (!name[0])
		return;
	if (zone_load(name, &c->plan->zone, user))
		vk_problem_at(c->problems, vk_node_get(c->root, "zone"),
			      "zone \"%s\" is not known here, expected one like Europe/Stockholm",
			      name);
	(void)vk_copy(c->plan->zone.name, sizeof c->plan->zone.name, name);
}

static void set_open_ends(struct vk_plan *plan)
{
	memset(plan, 0, sizeof *plan);
	plan->valid_until_utc_ms = VK_NEVER;
	for (int i = 0; i < VK_MAX_CONSENTS; i++)
		plan->consents[i].withdrawn_day = INT32_MAX;
	for (int i = 0; i < VK_MAX_TARGETS; i++)
		plan->targets[i].set_day = INT32_MIN;
	vk_plan_defaults(plan);
}

static void note_lines(const struct vk_plan_reading *c)
{
	for (int i = 0; i < c->plan->n_rules; i++)
		c->plan->rules[i].line = (int32_t)vk_plan_part(c, "rules", i)->line;
	for (int i = 0; i < c->plan->n_checks; i++)
		c->plan->checks[i].line = (int32_t)vk_plan_part(c, "checks", i)->line;
	for (int i = 0; i < c->plan->n_schedules; i++)
		c->plan->schedules[i].line = (int32_t)vk_plan_part(c, "schedule", i)->line;
}

/* Without `clears` a spot value is back after two readings inside, five minutes apart. */
static void set_clears(struct vk_plan *plan)
{
	for (int i = 0; i < plan->n_rules; i++)
		if (plan->rules[i].type == VK_RULE_THRESHOLD && !plan->rules[i].has_clears) {
			plan->rules[i].clears_readings = 2;
			plan->rules[i].clears_apart_ms = 5 * 60000;
		}
}

int vk_plan_parse(const struct vk_node *root, vk_zone_fn zone_load, void *user,
		  struct vk_problems *problems, struct vk_plan *ret_plan)
{
	struct vk_plan_reading c = {root, problems, ret_plan};
	int before = problems->n;

	set_open_ends(ret_plan);
	(void)vk_schema_walk(&vk_plan_schema, root, problems, ret_plan);
	note_lines(&c);
	set_clears(ret_plan);
	load_zone(&c, zone_load, user);
	check_head(&c);
	check_expects(&c);
	check_schedules(&c);
	check_ids(&c, "schedule", ret_plan->schedules[0].id, sizeof ret_plan->schedules[0],
		  ret_plan->n_schedules);
	check_ids(&c, "rules", ret_plan->rules[0].id, sizeof ret_plan->rules[0], ret_plan->n_rules);
	check_ids(&c, "checks", ret_plan->checks[0].name, sizeof ret_plan->checks[0],
		  ret_plan->n_checks);
	vk_plan_resolve(&c);
	vk_plan_check_rules(&c);
	check_checks(&c);
	check_ladders(&c);
	check_consents(&c);
	check_contact(&c);
	check_pauses(&c);
	check_news2(&c);
	/* Rules that do not stand by themselves are not weighed against each other. */
	if (problems->n == before)
		vk_plan_check_pairs(&c);
	return problems->n == before ? 0 : -EINVAL;
}
