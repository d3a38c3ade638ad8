/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two rules of one plan. A rule is dead when another is raised whenever it is, at least as urgently
 * and at least as soon; two contradict when one value is too high for one and too low for the
 * other.
 */
#include <string.h>

#include "core/plan_priv.h"
#include "core/quantity.h"

/* The end of what raises, as the first value that does. False: not of that side. */
static bool lower_edge(const struct vk_condition *c, int64_t *ret)
{
	if (c->has_at_least)
		*ret = c->at_least;
	else if (c->has_above)
		*ret = c->above + 1;
	return c->has_at_least || c->has_above;
}

static bool upper_edge(const struct vk_condition *c, int64_t *ret)
{
	if (c->has_at_most)
		*ret = c->at_most;
	else if (c->has_below)
		*ret = c->below - 1;
	return c->has_at_most || c->has_below;
}

/* Whatever meets b meets a. */
static bool covers(const struct vk_condition *a, const struct vk_condition *b)
{
	int64_t x = 0, y = 0;

	if (a->quantity != b->quantity)
		return false;
	if (lower_edge(a, &x) && lower_edge(b, &y))
		return x <= y;
	return upper_edge(a, &x) && upper_edge(b, &y) && x >= y;
}

static bool covers_all(const struct vk_rule *a, const struct vk_rule *b)
{
	for (int i = 0; i < b->n_conditions; i++) {
		int k = 0;

		while (k < a->n_conditions && !covers(&a->conditions[k], &b->conditions[i]))
			k++;
		if (k == a->n_conditions)
			return false;
	}
	return b->n_conditions > 0;
}

static bool is_as_soon(const struct vk_rule *a, const struct vk_rule *b)
{
	if (a->repeat_times &&
	    (a->repeat_times > b->repeat_times || a->repeat_within_ms < b->repeat_within_ms ||
	     a->repeat_apart_ms > b->repeat_apart_ms))
		return false;
	return !a->has_confirm || (b->has_confirm && a->confirm_within_ms <= b->confirm_within_ms);
}

static bool shadows(const struct vk_rule *a, const struct vk_rule *b)
{
	if (a->type != b->type || a->priority < b->priority)
		return false;
	switch (a->type) {
	case VK_RULE_THRESHOLD:
		return covers_all(a, b) && is_as_soon(a, b);
	case VK_RULE_AVERAGE:
		return covers_all(a, b) && a->over_days == b->over_days &&
		       a->min_readings <= b->min_readings;
	case VK_RULE_CHANGE:
	case VK_RULE_BASELINE:
		return a->quantity == b->quantity && (a->is_up || !b->is_up) &&
		       (a->is_down || !b->is_down) && a->by <= b->by &&
		       (a->type == VK_RULE_CHANGE ? a->over_days >= b->over_days
						  : a->over_days == b->over_days) &&
		       a->for_days <= b->for_days && is_as_soon(a, b);
	case VK_RULE_INPUT:
		return strcmp(a->signal, b->signal) == 0 &&
		       a->longer_than_ms <= b->longer_than_ms && !a->has_during &&
		       a->class_ == b->class_;
	case VK_RULE_MISSING:
		return strcmp(a->schedule, b->schedule) == 0 && a->missed_days <= b->missed_days;
	case VK_RULE_TECHNICAL:
		return strcmp(a->fault, b->fault) == 0;
	case VK_RULE_STATUS:
		return !(b->flags & ~a->flags) &&
		       (!a->has_kind || (b->has_kind && a->kind == b->kind));
	case VK_RULE_NEWS2:
		return a->points == b->points && a->single_points == b->single_points;
	}
	return false;
}

/* The same value is too much for one and too little for the other. */
static const struct vk_condition *contradicts(const struct vk_rule *a, const struct vk_rule *b)
{
	int64_t from = 0, to = 0;

	for (int i = 0; i < a->n_conditions; i++)
		for (int k = 0; k < b->n_conditions; k++) {
			const struct vk_condition *x = &a->conditions[i], *y = &b->conditions[k];

			if (x->quantity == y->quantity &&
			    ((lower_edge(x, &from) && upper_edge(y, &to)) ||
			     (upper_edge(x, &to) && lower_edge(y, &from))) &&
			    from <= to)
				return y;
		}
	return NULL;
}

static bool has_limits(const struct vk_rule *rule)
{
	return rule->type == VK_RULE_THRESHOLD || rule->type == VK_RULE_AVERAGE;
}

static void check_pair(const struct vk_plan_reading *c, int first, int second)
{
	const struct vk_rule *a = &c->plan->rules[first], *b = &c->plan->rules[second];
	const struct vk_condition *met;

	if (shadows(a, b))
		vk_problem_at(
			c->problems, vk_plan_part(c, "rules", second),
			"rule %s never says what %s has not said, expected another limit or a "
			"higher priority",
			b->id, a->id);
	else if (shadows(b, a))
		vk_problem_at(
			c->problems, vk_plan_part(c, "rules", first),
			"rule %s never says what %s has not said, expected another limit or a "
			"higher priority",
			a->id, b->id);
	/* An average and a single reading are two different numbers. */
	if (!has_limits(a) || a->type != b->type)
		return;
	met = contradicts(a, b);
	if (met)
		vk_problem_at(
			c->problems, vk_plan_part(c, "rules", second),
			"one value of %s raises %s as too high and %s as too low or the other "
			"way round, expected limits that leave room between",
			vk_quantity_text((int)met->quantity), a->id, b->id);
}

/* One rule may look at both sides, but then something must be left between. */
static void check_self(const struct vk_plan_reading *c, int i)
{
	const struct vk_rule *rule = &c->plan->rules[i];
	const struct vk_condition *met = has_limits(rule) ? contradicts(rule, rule) : NULL;

	if (met)
		vk_problem_at(
			c->problems, vk_plan_part(c, "rules", i),
			"every value of %s raises %s, expected limits that leave room between",
			vk_quantity_text((int)met->quantity), rule->id);
}

void vk_plan_check_pairs(const struct vk_plan_reading *c)
{
	for (int i = 0; i < c->plan->n_rules; i++) {
		check_self(c, i);
		for (int k = 0; k < i; k++)
			check_pair(c, k, i);
	}
}
