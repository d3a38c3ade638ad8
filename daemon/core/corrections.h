/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reading that is said again, otherwise: placed later, given to another person, taken back. Who
 * had been told of what rested on it is told; that holds for closed alerts too.
 */
#ifndef VAKA_CORE_CORRECTIONS_H
#define VAKA_CORE_CORRECTIONS_H

#include "core/step.h"

/* Before the rules see a reading again. A first revision says nothing. */
void vk_corrections_reading(struct vk_step *s, const struct vk_reading *r);
/* Keeps what a correction needs of an alert that is closed. */
void vk_corrections_ended(struct vk_core *core, const struct vk_alert *alert);

#endif
