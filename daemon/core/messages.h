/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the patient is shown: texts of the plan and nothing else, each at most once at a time, not
 * again before its time, and taken away when it no longer holds (clinical.md 6: H10, H11).
 */
#ifndef VAKA_CORE_MESSAGES_H
#define VAKA_CORE_MESSAGES_H

#include "core/memory.h"

#define VK_MEMORY_MESSAGES "messages:"

/* When a message of the plan was shown last; VK_NEVER: not within what is remembered. */
int64_t vk_message_shown_utc_ms(const struct vk_core *core, const struct vk_plan *plan,
				const char *message);
bool vk_message_is_shown(const struct vk_core *core, const struct vk_plan *plan,
			 const char *message);

/* By one that is no ground for it itself, as a second reading that was waited for. */
void vk_message_release(struct vk_step *s, const char *patient, const char *message,
			const char *reason);

/* A new plan: what the old one showed and the new one does not say is taken away. */
void vk_messages_plan(struct vk_step *s, const struct vk_plan *old, const struct vk_plan *plan);
/* The plan is past its last day: no order of it is shown any more. */
void vk_messages_expired(struct vk_step *s, const struct vk_plan *plan);

/*
 * In the plan's quiet hours what the patient is shown makes no sound, but for what a rule of high
 * priority shows or asks. rule: of the question, "" none.
 */
bool vk_message_is_silent(const struct vk_plan *plan, const char *message,
			  const struct vk_now *now);
bool vk_ask_is_silent(const struct vk_plan *plan, const char *rule, const struct vk_now *now);

#endif
