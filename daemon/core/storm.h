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

/* Whose an open fault is, be it an alert or one that a storm stands for; NULL: it is not open. */
const char *vk_fault_patient(const struct vk_core *core, const char *rule);
/* A fault's own name, or a kind of fault that every device has for itself: "<kind>-<device>". */
bool vk_fault_is(const char *kind, const char *fault);
/* So many of the kind a patient has, or the hub itself, be they alerts or parts of a storm. */
int vk_fault_count(const struct vk_core *core, const char *patient, const char *kind);

#endif
