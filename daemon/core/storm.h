/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults that begin and end: each an alert of its own, until so many begin at once that they are
 * one. Then one alert stands for all of them, names them, and ends when they have healed. What is
 * high is never hidden.
 */
#ifndef VAKA_CORE_STORM_H
#define VAKA_CORE_STORM_H

#include "core/step.h"

#define VK_RULE_STORM   "technical-storm"
#define VK_MEMORY_STORM "storm:"

/* A fault began or ended. */
void vk_storm_fault(struct vk_step *s, const struct vk_fault *fault);

#endif
