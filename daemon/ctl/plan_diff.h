/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What changes between two plans, in words: their trees side by side, elements of lists matched by
 * what names them, so that moving a rule is no change. Pure.
 */
#ifndef VAKA_CTL_PLAN_DIFF_H
#define VAKA_CTL_PLAN_DIFF_H

#include "base/json.h"
#include "base/node.h"

/* Writes a list of {path, was, becomes, sv, en}; was or becomes is null where there is nothing.
 * The number of changes. */
int vk_plan_diff(const struct vk_node *was, const struct vk_node *becomes, struct vk_json *json);

#endif
