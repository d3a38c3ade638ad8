/* SPDX-License-Identifier: Apache-2.0 */
/* Noun to its handler, and the one answer of a command. */
#include "core/commands.h"

#include <string.h>

void vk_commands_step(struct vk_step *s, const struct vk_command *c)
{
	struct vk_answer answer = {.code = "unknown-command", .rev = -1};
	struct vk_effect *effect;

	if (!c->staff[0])
		answer.code = "no-staff";
	else if (strcmp(c->noun, "alert") == 0)
		vk_alert_command(s, c, &answer);
	else if (strcmp(c->noun, "check") == 0)
		vk_check_command(s, c, &answer);
	effect = vk_step_effect(s, VK_EFFECT_REPLY, answer.patient, answer.code);
	VK_SET(effect->reply.cmd_id, c->cmd_id);
	VK_SET(effect->reply.staff, c->staff);
	effect->reply.result = strcmp(answer.code, "ok") == 0 ? VK_REPLY_OK : VK_REPLY_REFUSED;
	VK_SET(effect->reply.code, answer.code);
	VK_SET(effect->reply.object, c->object);
	effect->reply.rev = answer.rev;
}
