/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of plan checking share: the document, where mistakes go, the plan so far. */
#ifndef VAKA_CORE_PLAN_PRIV_H
#define VAKA_CORE_PLAN_PRIV_H

#include "base/schema.h"
#include "core/plan.h"

struct vk_plan_reading {
	const struct vk_node *root;
	struct vk_problems *problems;
	struct vk_plan *plan;
};

/* The i-th element of a list of the document, or NULL. */
static inline const struct vk_node *vk_plan_part(const struct vk_plan_reading *c, const char *key,
						 int i)
{
	return vk_node_at(vk_node_get(c->root, key), i);
}

/* Limits counted from a target become limits of their own. Before the checks. */
void vk_plan_resolve(const struct vk_plan_reading *c);
/* Each rule by itself: can it ever fire, and can it ever be over? */
void vk_plan_check_rules(const struct vk_plan_reading *c);
/* Rules beside each other: is one in the other's shadow, do two contradict? */
void vk_plan_check_pairs(const struct vk_plan_reading *c);

/* Reports a kind of reading that the plan does not expect: it never comes. */
void vk_plan_check_kind(const struct vk_plan_reading *c, enum vk_kind kind,
			const struct vk_node *node);

#endif
