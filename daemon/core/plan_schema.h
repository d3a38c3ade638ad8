/* SPDX-License-Identifier: Apache-2.0 */
/* The table of a care plan, for plan.c. */
#ifndef VAKA_CORE_PLAN_SCHEMA_H
#define VAKA_CORE_PLAN_SCHEMA_H

#include "base/schema.h"
#include "core/plan.h"

extern const struct vk_schema vk_plan_schema; /* fills struct vk_plan */

extern const struct vk_field vk_plan_rule_element; /* fills struct vk_rule */

/* What missing keys of `alerts` leave: the times of clinical.md 1.7, as data. */
void vk_plan_defaults(struct vk_plan *plan);

/* The one quantity of a kind that has one ("weight" of weight), or -1. */
int vk_plan_kind_quantity(enum vk_kind kind);

#endif
