/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of a plan that need more than their own text: a limit needs its quantity's decimals and
 * plausible range, which stand in the quantity table. Readers for the plan's schema.
 */
#ifndef VAKA_CORE_PLAN_FIELDS_H
#define VAKA_CORE_PLAN_FIELDS_H

#include "base/schema.h"
#include "core/plan.h"
#include "core/quantity.h"

/* All are of the form vk_field_fn. In brackets: what target points to. */
void vk_read_plan_version(struct vk_problems *problems, const struct vk_node *map,
			  const struct vk_node *node, void *target); /* (nothing) */
void vk_read_zone_name(struct vk_problems *problems, const struct vk_node *map,
		       const struct vk_node *node, void *target); /* (struct vk_zone) */
void vk_read_delivery(struct vk_problems *problems, const struct vk_node *map,
		      const struct vk_node *node, void *target); /* (bool: local only) */
void vk_read_quantity(struct vk_problems *problems, const struct vk_node *map,
		      const struct vk_node *node, void *target); /* (enum vk_quantity) */
void vk_read_kind(struct vk_problems *problems, const struct vk_node *map,
		  const struct vk_node *node, void *target); /* (enum vk_kind) */
void vk_read_unit(struct vk_problems *problems, const struct vk_node *map,
		  const struct vk_node *node, void *target); /* (nothing: checked only) */
void vk_read_limit(struct vk_problems *problems, const struct vk_node *map,
		   const struct vk_node *node, void *target); /* (int64_t) */
void vk_read_step(struct vk_problems *problems, const struct vk_node *map,
		  const struct vk_node *node, void *target); /* (int64_t: how much, above 0) */
void vk_read_direction(struct vk_problems *problems, const struct vk_node *map,
		       const struct vk_node *node, void *target); /* (struct vk_rule) */
void vk_read_clears(struct vk_problems *problems, const struct vk_node *map,
		    const struct vk_node *node, void *target); /* (struct vk_rule) */
/* What `clears` may say in a rule of a type ("change"). Static storage. */
const struct vk_schema *vk_clears_schema(const char *type);
void vk_read_margin(struct vk_problems *problems, const struct vk_node *map,
		    const struct vk_node *node, void *target); /* (int64_t: how much, or 0) */
void vk_read_worse(struct vk_problems *problems, const struct vk_node *map,
		   const struct vk_node *node, void *target); /* (int64_t: how much, above 0) */
void vk_read_flags(struct vk_problems *problems, const struct vk_node *map,
		   const struct vk_node *node, void *target); /* (uint64_t: bit set) */
void vk_read_breathes(struct vk_problems *problems, const struct vk_node *map,
		      const struct vk_node *node, void *target); /* (bool: oxygen) */
void vk_read_reject(struct vk_problems *problems, const struct vk_node *map,
		    const struct vk_node *node, void *target); /* (struct vk_plan_plausible) */
void vk_read_question(struct vk_problems *problems, const struct vk_node *map,
		      const struct vk_node *node, void *target); /* (struct vk_plan_plausible) */
void vk_read_band(struct vk_problems *problems, const struct vk_node *map,
		  const struct vk_node *node, void *target); /* (struct vk_plan_expect) */
void vk_read_jump(struct vk_problems *problems, const struct vk_node *map,
		  const struct vk_node *node, void *target); /* (int64_t: of the kind's value) */

#endif
