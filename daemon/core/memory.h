/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rules remember between readings (struct vk_rule_memory), kept in order of patient and rule.
 * Work on a copy, then keep it: the kept copy is the effect, so state and database cannot differ.
 */
#ifndef VAKA_CORE_MEMORY_H
#define VAKA_CORE_MEMORY_H

#include "core/step.h"

#define VK_MEMORY_CHECKS "checks:"
#define VK_MEMORY_WHO    "who:"
#define VK_MEMORY_LAST   "last:"
/* … and those of trend.h, missing.h and messages.h. */

struct vk_rule_memory vk_memory_empty(const char *patient, const char *rule);
/* The memory of patient and rule, or an empty one. */
struct vk_rule_memory vk_memory_get(const struct vk_core *core, const char *patient,
				    const char *rule);
/* The one the state holds, or NULL. Valid until the next one is kept. */
const struct vk_rule_memory *vk_memory_find(const struct vk_core *core, const char *patient,
					    const char *rule);
/* Keeps it and says so; when nothing changed, neither. An empty one leaves the state. */
void vk_memory_keep(struct vk_step *s, const struct vk_rule_memory *memory, const char *reason);
/* 0, or -ENOSPC. An empty one is not kept. */
int vk_memory_put(struct vk_core *core, const struct vk_rule_memory *memory);

/* Ends a pending question; the rest of the memory stays. */
void vk_memory_end_ask(struct vk_rule_memory *memory);
bool vk_memory_is_asking(const struct vk_rule_memory *memory);
bool vk_memory_is_rule(const struct vk_rule_memory *memory);
/* True when its name begins so. */
bool vk_memory_is(const struct vk_rule_memory *memory, const char *prefix);
/* How many of the state's names begin so. */
int vk_memory_count(const struct vk_core *core, const char *prefix);

#endif
