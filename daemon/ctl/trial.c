/* SPDX-License-Identifier: Apache-2.0 */
/* A queue in order of time; what finds no room is left undone, as by busy staff. */
#include "ctl/trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

static void add(struct vk_trial *trial, int64_t t_ms, const char *noun, const char *verb,
		char letter, uint32_t serial, const char *outcome)
{
	struct vk_trial_answer answer = {.t_ms = t_ms, .command = {.rev = -1}};
	int at = trial->n;

	if (trial->n == VK_TRIAL_ANSWERS)
		return;
	(void)vk_copy(answer.command.staff, sizeof answer.command.staff, "trial");
	(void)vk_copy(answer.command.cmd_id, sizeof answer.command.cmd_id, "trial");
	(void)vk_copy(answer.command.noun, sizeof answer.command.noun, noun);
	(void)vk_copy(answer.command.verb, sizeof answer.command.verb, verb);
	(void)vk_copy(answer.command.outcome, sizeof answer.command.outcome, outcome);
	(void)snprintf(answer.command.object, sizeof answer.command.object, "%c%" PRIu32, letter,
		       serial);
	while (at > 0 && trial->answers[at - 1].t_ms > t_ms)
		at--;
	memmove(&trial->answers[at + 1], &trial->answers[at],
		(size_t)(trial->n - at) * sizeof *trial->answers);
	trial->answers[at] = answer;
	trial->n++;
}

void vk_trial_effect(struct vk_trial *trial, const struct vk_effect *effect, int64_t t_ms)
{
	if (effect->type == VK_EFFECT_ALERT && effect->alert.state == VK_ALERT_RAISED) {
		add(trial, t_ms, "alert", "accept", 'a', effect->alert.serial, "");
		add(trial, t_ms + VK_TRIAL_CLOSED_MS, "alert", "close", 'a', effect->alert.serial,
		    "trial");
	}
	if (effect->type == VK_EFFECT_CHECK && effect->check.state == VK_CHECK_DUE) {
		add(trial, t_ms, "check", "view", 'c', effect->check.serial, "");
		add(trial, t_ms, "check", "outcome", 'c', effect->check.serial, "ok");
	}
}

int64_t vk_trial_next_ms(const struct vk_trial *trial)
{
	return trial->n ? trial->answers[0].t_ms : VK_NEVER;
}

bool vk_trial_take(struct vk_trial *trial, struct vk_command *ret_command)
{
	if (!trial->n)
		return false;
	*ret_command = trial->answers[0].command;
	trial->n--;
	memmove(&trial->answers[0], &trial->answers[1], (size_t)trial->n * sizeof *trial->answers);
	return true;
}
