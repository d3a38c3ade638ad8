/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each rule of a plan by itself: whether it can ever fire, whether it can ever be over, and whether
 * what it names is there. A dead rule is a mistake and not a curiosity: somebody relies on it.
 */
#include <string.h>

#include "core/plan_priv.h"
#include "core/plan_schema.h"
#include "core/quantity.h"
#include "core/trend.h"

/* ---- targets ---- */

static const struct vk_plan_target *target_of(const struct vk_plan *plan, enum vk_quantity quantity)
{
	for (int i = 0; i < plan->n_targets; i++)
		if (plan->targets[i].quantity == quantity)
			return &plan->targets[i];
	return NULL;
}

static void resolve(const struct vk_plan_reading *c, struct vk_condition *limit,
		    const struct vk_node *node)
{
	const struct vk_plan_target *target = target_of(c->plan, limit->quantity);

	if (!limit->has_above_target && !limit->has_below_target &&
	    !limit->has_percent_below_target)
		return;
	if (!target) {
		vk_problem_at(
			c->problems, node,
			"a limit counts from the target of %s, expected 'targets' to have one",
			vk_quantity_text((int)limit->quantity));
		return;
	}
	if (!target->value) /* refused, and said so */
		return;
	if (limit->has_above_target) {
		limit->has_above = true;
		limit->above = target->value + limit->above_target;
	}
	if (limit->has_below_target) {
		limit->has_below = true;
		limit->below = target->value - limit->below_target;
	}
	if (limit->has_percent_below_target) {
		limit->has_at_most = true;
		limit->at_most = (target->value * (100 - limit->percent_below_target) + 50) / 100;
	}
}

void vk_plan_resolve(const struct vk_plan_reading *c)
{
	for (int i = 0; i < c->plan->n_rules; i++) {
		struct vk_rule *rule = &c->plan->rules[i];
		const struct vk_node *any = vk_node_get(vk_plan_part(c, "rules", i), "any");

		for (int k = 0; k < rule->n_conditions; k++)
			resolve(c, &rule->conditions[k], vk_node_at(any, k));
	}
}

/* ---- limits ---- */

struct range {
	int64_t least, most;
};

/* What a rule can ever see of a quantity. */
static struct range range_of(const struct vk_plan *plan, enum vk_quantity quantity)
{
	const struct vk_quantity_info *info = vk_quantity_info(quantity);

	for (int i = 0; i < plan->n_plausible; i++)
		if (plan->plausible[i].quantity == quantity && plan->plausible[i].has_reject &&
		    plan->plausible[i].reject_least < plan->plausible[i].reject_most)
			return (struct range){plan->plausible[i].reject_least,
					      plan->plausible[i].reject_most};
	return (struct range){info->least, info->most};
}

static bool can_be_met(const struct vk_condition *c, struct range r)
{
	return (!c->has_at_least || c->at_least <= r.most) &&
	       (!c->has_above || c->above < r.most) && (!c->has_at_most || c->at_most >= r.least) &&
	       (!c->has_below || c->below > r.least);
}

/* With the margin moved inwards some value must be left outside the limit. */
static bool can_be_over(const struct vk_condition *c, int64_t margin, struct range r)
{
	return (!c->has_at_least || c->at_least - margin > r.least) &&
	       (!c->has_above || c->above - margin >= r.least) &&
	       (!c->has_at_most || c->at_most + margin < r.most) &&
	       (!c->has_below || c->below + margin <= r.most);
}

static int n_limits(const struct vk_condition *c)
{
	return c->has_at_least + c->has_at_most + c->has_above + c->has_below;
}

/* What the walk refused is 0, which is below everything that can be. */
static bool is_read(const struct vk_condition *c, struct range r)
{
	int64_t limit = c->has_at_least  ? c->at_least
			: c->has_at_most ? c->at_most
			: c->has_above   ? c->above
					 : c->below;

	return limit != 0 || r.least <= 0;
}

/* A kind that is not expected here never comes: nothing of it can raise a rule. */
static bool is_expected(const struct vk_plan *plan, enum vk_quantity quantity)
{
	static const struct {
		enum vk_kind kind;
		enum vk_quantity quantity;
	} more[] = {
		{VK_KIND_BLOOD_PRESSURE, VK_QUANTITY_SYSTOLIC},
		{VK_KIND_BLOOD_PRESSURE, VK_QUANTITY_DIASTOLIC},
		{VK_KIND_BLOOD_PRESSURE, VK_QUANTITY_MEAN_ARTERIAL},
		{VK_KIND_BLOOD_PRESSURE, VK_QUANTITY_PULSE_RATE},
		{VK_KIND_SPO2_SPOT, VK_QUANTITY_PULSE_RATE},
		{VK_KIND_SPO2_CONTINUOUS, VK_QUANTITY_PULSE_RATE},
		{VK_KIND_BODY_COMPOSITION, VK_QUANTITY_WEIGHT},
		{VK_KIND_CGM, VK_QUANTITY_GLUCOSE},
	};
	static const uint32_t judged =
		UINT32_C(1) << VK_QUANTITY_SYSTOLIC | UINT32_C(1) << VK_QUANTITY_DIASTOLIC |
		UINT32_C(1) << VK_QUANTITY_MEAN_ARTERIAL | UINT32_C(1) << VK_QUANTITY_PULSE_RATE |
		UINT32_C(1) << VK_QUANTITY_GLUCOSE | UINT32_C(1) << VK_QUANTITY_SPO2 |
		UINT32_C(1) << VK_QUANTITY_WEIGHT | UINT32_C(1) << VK_QUANTITY_TEMPERATURE |
		UINT32_C(1) << VK_QUANTITY_HEART_RATE;

	if (!plan->n_expects || !(judged >> quantity & 1))
		return true;
	for (int i = 0; i < plan->n_expects; i++) {
		enum vk_kind kind = plan->expects[i].kind;

		if (vk_plan_kind_quantity(kind) == (int)quantity)
			return true;
		for (size_t k = 0; k < VK_ARRAY_LEN(more); k++)
			if (more[k].kind == kind && more[k].quantity == quantity)
				return true;
	}
	return false;
}

static void check_expected(const struct vk_plan_reading *c, enum vk_quantity quantity,
			   const struct vk_node *node)
{
	if (!is_expected(c->plan, quantity))
		vk_problem_at(c->problems, node,
			      "nothing in 'expects' measures %s, expected a kind that does",
			      vk_quantity_text((int)quantity));
}

void vk_plan_check_kind(const struct vk_plan_reading *c, enum vk_kind kind,
			const struct vk_node *node)
{
	/* One that was refused has no number of its own. */
	if (!node || !c->plan->n_expects || !node->text || vk_kind_parse(node->text) < 0)
		return;
	for (int i = 0; i < c->plan->n_expects; i++)
		if (c->plan->expects[i].kind == kind)
			return;
	vk_problem_at(c->problems, node, "kind %s is not in 'expects', expected one that is",
		      vk_kind_text((int)kind));
}

static void check_condition(const struct vk_plan_reading *c, const struct vk_rule *rule,
			    const struct vk_condition *limit, const struct vk_node *node)
{
	const struct vk_node *quantity = vk_node_get(node, "quantity");
	struct range r = range_of(c->plan, limit->quantity);

	if (!quantity || !quantity->text || n_limits(limit) != 1)
		return;
	check_expected(c, limit->quantity, vk_node_get(node, "quantity"));
	if (!is_read(limit, r))
		return;
	if (!can_be_met(limit, r))
		vk_problem_at(c->problems, node,
			      "no value that is accepted reaches this limit of %s, expected one "
			      "inside 'plausible'",
			      vk_quantity_text((int)limit->quantity));
	else if (!rule->is_clears_manual &&
		 !can_be_over(limit, rule->has_clears ? rule->clears_by : 0, r))
		vk_problem_at(c->problems, node,
			      "no value that is accepted ends this condition of %s, expected a "
			      "smaller 'clears' or another limit",
			      vk_quantity_text((int)limit->quantity));
}

static void check_conditions(const struct vk_plan_reading *c, const struct vk_rule *rule,
			     const struct vk_node *node)
{
	const struct vk_node *any = vk_node_get(node, "any");

	for (int i = 0; i < rule->n_conditions; i++) {
		const struct vk_node *condition = vk_node_at(any, i);
		int n = n_limits(&rule->conditions[i]);

		if (condition->type != VK_NODE_MAP)
			continue;
		/* One that counts from a target that is not there was reported with it. */
		if (n != 1 && !(n == 0 && (rule->conditions[i].has_above_target ||
					   rule->conditions[i].has_below_target ||
					   rule->conditions[i].has_percent_below_target)))
			vk_problem_at(c->problems, condition,
				      "a condition has %d limits, expected one of at_least, "
				      "at_most, above or below",
				      n);
		check_condition(c, rule, &rule->conditions[i], condition);
	}
}

static void check_confirm(const struct vk_plan_reading *c, const struct vk_rule *rule,
			  const struct vk_node *node)
{
	const struct vk_node *within = vk_node_get(vk_node_get(node, "confirm"), "within");

	if (within && rule->confirm_within_ms && rule->confirm_within_ms <= rule->confirm_after_ms)
		vk_problem_at(c->problems, within,
			      "'within' is not longer than 'after', expected time for a second "
			      "reading");
}

static void check_threshold(const struct vk_plan_reading *c, const struct vk_rule *rule,
			    const struct vk_node *node)
{
	const struct vk_node *repeat = vk_node_get(node, "repeat");
	const struct vk_node *retest = vk_node_get(node, "retest");

	check_conditions(c, rule, node);
	check_confirm(c, rule, node);
	if (rule->has_confirm && (repeat || retest))
		vk_problem_at(c->problems, repeat ? repeat : retest,
			      "'%s' stands beside 'confirm', expected one of them",
			      repeat ? "repeat" : "retest");
	if (repeat && rule->repeat_within_ms && rule->repeat_times > 1 &&
	    rule->repeat_apart_ms * (rule->repeat_times - 1) > rule->repeat_within_ms)
		vk_problem_at(c->problems, repeat,
			      "so many times so far apart do not fit, expected a longer 'within'");
}

static void check_change(const struct vk_plan_reading *c, const struct vk_rule *rule,
			 const struct vk_node *node)
{
	const struct vk_node *by = vk_node_get(vk_node_get(node, "clears"), "by");

	check_confirm(c, rule, node);
	if (vk_node_get(node, "quantity"))
		check_expected(c, rule->quantity, vk_node_get(node, "quantity"));
	if (by && rule->by && rule->clears_by > rule->by)
		vk_problem_at(c->problems, by,
			      "'clears' is reached before the rule is, expected at most its 'by'");
}

/* ---- averages and baselines ---- */

static bool is_followed(enum vk_quantity quantity)
{
	for (int i = 0; i < VK_N_TRENDS; i++)
		if (vk_trend_quantities[i] == quantity)
			return true;
	return false;
}

static void check_days(const struct vk_plan_reading *c, const struct vk_rule *rule,
		       const struct vk_node *node)
{
	const struct vk_node *days = vk_node_get(node, "days");
	const struct vk_node *discard = vk_node_get(node, "discard");
	const struct vk_node *over = vk_node_get(node, "over");

	if (rule->over_days && rule->min_days > rule->over_days)
		vk_problem_at(c->problems, days ? days : over, /* left out, they go together */
			      "so many days never lie in 'over', expected at most %d",
			      (int)rule->over_days);
	if (discard && rule->min_days && rule->discard_days >= rule->min_days)
		vk_problem_at(c->problems, discard,
			      "nothing is left of %d days, expected to discard fewer",
			      (int)rule->min_days);
}

static void check_baseline(const struct vk_plan_reading *c, const struct vk_rule *rule,
			   const struct vk_node *node)
{
	const struct vk_node *quantity = vk_node_get(node, "quantity");
	const struct vk_node *by = vk_node_get(vk_node_get(node, "clears"), "by");

	check_days(c, rule, node);
	if (quantity && !is_followed(rule->quantity))
		vk_problem_at(c->problems, quantity,
			      "no days are kept of %s, expected one of those that are followed",
			      vk_quantity_text((int)rule->quantity));
	else if (quantity)
		check_expected(c, rule->quantity, quantity);
	if (by && rule->by && rule->clears_by >= rule->by)
		vk_problem_at(c->problems, by,
			      "this rule is never over, expected less than its 'at_least'");
}

/* ---- what a rule names ---- */

static void check_missing(const struct vk_plan_reading *c, const struct vk_rule *rule,
			  const struct vk_node *node)
{
	for (int i = 0; i < c->plan->n_schedules; i++)
		if (strcmp(c->plan->schedules[i].id, rule->schedule) == 0)
			return;
	if (rule->schedule[0])
		vk_problem_at(c->problems, vk_node_get(node, "schedule"),
			      "schedule \"%s\" is not in 'schedule', expected one that is",
			      rule->schedule);
}

/* Oxygen saturation, systolic, pulse and temperature at three points each, oxygen at two. */
enum { KIT_POINTS_MOST = 14, KIT_POINTS_AIR = 12 };

static void check_news2(const struct vk_plan_reading *c, const struct vk_rule *rule,
			const struct vk_node *node)
{
	int most = c->plan->news2.is_on_oxygen ? KIT_POINTS_MOST : KIT_POINTS_AIR;

	if (!c->plan->has_news2)
		vk_problem_at(c->problems, node,
			      "a news2 rule without scale, expected the plan to have 'news2'");
	if (!rule->points && !rule->single_points)
		vk_problem_at(c->problems, node,
			      "a news2 rule without limit, expected 'points' or 'single'");
	if (rule->points > most)
		vk_problem_at(c->problems, vk_node_get(node, "points"),
			      "a kit never gives %d points, expected at most %d", (int)rule->points,
			      most);
}

static void check_input(const struct vk_plan_reading *c, const struct vk_rule *rule,
			const struct vk_node *node)
{
	const struct vk_node *during = vk_node_get(node, "during");
	int32_t length_s = rule->during_until_s - rule->during_from_s;

	if (!during || !vk_node_get(during, "from") || !vk_node_get(during, "until"))
		return;
	if (length_s == 0)
		vk_problem_at(c->problems, during,
			      "'during' begins and ends at once, expected two different times");
	if (length_s < 0)
		length_s += 86400;
	if (length_s && rule->longer_than_ms >= length_s * INT64_C(1000))
		vk_problem_at(c->problems, during,
			      "'longer_than' does not fit into 'during', expected longer hours");
}

static void check_type(const struct vk_plan_reading *c, const struct vk_rule *rule,
		       const struct vk_node *node)
{
	switch (rule->type) {
	case VK_RULE_THRESHOLD:
		check_threshold(c, rule, node);
		return;
	case VK_RULE_CHANGE:
		check_change(c, rule, node);
		return;
	case VK_RULE_AVERAGE:
		check_conditions(c, rule, node);
		check_days(c, rule, node);
		return;
	case VK_RULE_BASELINE:
		check_baseline(c, rule, node);
		return;
	case VK_RULE_MISSING:
		check_missing(c, rule, node);
		return;
	case VK_RULE_NEWS2:
		check_news2(c, rule, node);
		return;
	case VK_RULE_INPUT:
		check_input(c, rule, node);
		return;
	case VK_RULE_STATUS:
		vk_plan_check_kind(c, rule->kind, vk_node_get(node, "kind"));
		return;
	case VK_RULE_TECHNICAL:
		return;
	}
}

/* Somebody must be told: a ladder for the priority, and for the lesser one of what is unsure. */
static void check_priority(const struct vk_plan_reading *c, enum vk_priority priority,
			   const struct vk_node *node)
{
	static const char *const names[] = {"low", "medium", "high"};
	const struct vk_node *ladders = vk_node_get(c->root, "escalation");

	/* A ladder that is there but wrong has been reported already. */
	if (!node || c->plan->escalation[priority].n || vk_node_get(ladders, names[priority]) ||
	    (ladders && ladders->type != VK_NODE_MAP) || !node->text ||
	    strcmp(node->text, names[priority]) != 0)
		return;
	vk_problem_at(c->problems, node,
		      "nobody is told of priority %s, expected 'escalation' to have a list %s",
		      names[priority], names[priority]);
}

static bool is_typed(const struct vk_node *node)
{
	static const char *const names[] = {"threshold", "change",  "input", "average",  "baseline",
					    "status",    "missing", "news2", "technical"};
	const struct vk_node *type = vk_node_get(node, "type");

	for (size_t i = 0; type && type->text && i < VK_ARRAY_LEN(names); i++)
		if (strcmp(type->text, names[i]) == 0)
			return true;
	return false;
}

void vk_plan_check_rules(const struct vk_plan_reading *c)
{
	for (int i = 0; i < c->plan->n_rules; i++) {
		const struct vk_rule *rule = &c->plan->rules[i];
		const struct vk_node *node = vk_plan_part(c, "rules", i);
		const struct vk_node *confirm = vk_node_get(node, "confirm");

		if (rule->message[0] && !vk_plan_message(c->plan, rule->message))
			vk_problem_at(c->problems, vk_node_get(node, "message"),
				      "message \"%s\" is not in 'messages', expected one that is",
				      rule->message);
		check_priority(c, rule->priority, vk_node_get(node, "priority"));
		if (rule->has_unconfirmed)
			check_priority(c, rule->unconfirmed, vk_node_get(confirm, "unconfirmed"));
		if (is_typed(node))
			check_type(c, rule, node);
	}
}
