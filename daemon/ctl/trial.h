/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The staff of a trial. What real staff did was about other alerts, so a tried plan gets staff of
 * its own, who are the same for every plan: an alert is taken at once and closed after an hour, a
 * check is looked at as it falls due and all is well. Pure.
 */
#ifndef VAKA_CTL_TRIAL_H
#define VAKA_CTL_TRIAL_H

#include "core/core.h"

enum { VK_TRIAL_ANSWERS = 256, VK_TRIAL_CLOSED_MS = 60 * 60 * 1000 };

struct vk_trial_answer {
	int64_t t_ms;
	struct vk_command command;
};

struct vk_trial {
	int n;
	struct vk_trial_answer answers[VK_TRIAL_ANSWERS]; /* in order of time */
};

/* What the staff will do about an effect. */
void vk_trial_effect(struct vk_trial *trial, const struct vk_effect *effect, int64_t t_ms);
/* When they do something next; VK_NEVER. */
int64_t vk_trial_next_ms(const struct vk_trial *trial);
/* What they do at that moment; false when there is nothing left. */
bool vk_trial_take(struct vk_trial *trial, struct vk_command *ret_command);

#endif
