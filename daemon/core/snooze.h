/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Silence for a rule in one direction, asked for by a named person, with an end. What is found
 * until then is on the list as taken by that person; what is worse by the plan's step, or of
 * another direction, is told all the same.
 */
#ifndef VAKA_CORE_SNOOZE_H
#define VAKA_CORE_SNOOZE_H

#include "core/finding.h"
#include "core/step.h"

#define VK_MEMORY_SNOOZE "snooze-"

/* The snooze in force, or NULL. Borrowed from the state. */
const struct vk_rule_memory *vk_snooze_find(const struct vk_core *core, const char *patient,
					    const char *rule, bool is_upper);
/* The rule that a memory silences, and in which direction; NULL: it is no snooze. Borrowed. */
const char *vk_snooze_rule(const struct vk_rule_memory *memory, bool *ret_is_upper);
/* Answers with "ok" or why not; the alert is then taken by that person, without a reminder. */
const char *vk_snooze_begin(struct vk_step *s, struct vk_alert *alert, const char *by,
			    int64_t until_utc_ms);
/* Its time is over: what is still active is raised again. memory is borrowed from the state. */
void vk_snooze_end(struct vk_step *s, const struct vk_rule_memory *memory, const char *reason);
/* A new plan: what it does not allow ends. */
void vk_snooze_plan(struct vk_step *s, const struct vk_plan *plan);
/* Without a trusted clock no end may be trusted: all end. */
void vk_snooze_unsure_start(struct vk_step *s);

/* False: what is found is more urgent, or worse by the plan's step, than what was silenced. */
bool vk_snooze_covers(const struct vk_rule_memory *snooze, const struct vk_finding *f,
		      int64_t worse_by);

#endif
