/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which inputs are active, so that what an input tells as its plugin starts can be judged: a bed
 * that was left while nobody listened is news, one that was left and seen is not.
 */
#ifndef VAKA_CORE_INPUTS_H
#define VAKA_CORE_INPUTS_H

#include "core/step.h"

#define VK_MEMORY_INPUT "input:"

/* Keeps the state of the input. True when the signal is to be acted on. */
bool vk_inputs_take(struct vk_step *s, const struct vk_signal *signal);

#endif
