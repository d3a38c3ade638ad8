/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What staff ask of alerts and checks. Every command is answered exactly once; a refusal changes
 * nothing and says why in a code.
 */
#ifndef VAKA_CORE_COMMANDS_H
#define VAKA_CORE_COMMANDS_H

#include "core/step.h"

/* What became of it: the code is "ok" or the refusal's. */
struct vk_answer {
	const char *code; /* static */
	char patient[VK_ID_TEXT];
	int32_t rev; /* of the object afterwards; -1: no object */
};

void vk_commands_step(struct vk_step *s, const struct vk_command *c);

void vk_alert_command(struct vk_step *s, const struct vk_command *c, struct vk_answer *answer);
void vk_check_command(struct vk_step *s, const struct vk_command *c, struct vk_answer *answer);

#endif
