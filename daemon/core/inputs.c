/* SPDX-License-Identifier: Apache-2.0 */
/* An active input is a memory of its patient; an inactive one is none. */
#include "core/inputs.h"

#include <stdio.h>

#include "core/memory.h"

bool vk_inputs_take(struct vk_step *s, const struct vk_signal *signal)
{
	struct vk_rule_memory memory;
	char name[VK_MEMORY_TEXT];
	bool was_active;

	(void)snprintf(name, sizeof name, VK_MEMORY_INPUT "%s", signal->name);
	was_active = vk_memory_find(s->core, signal->patient, name) != NULL;
	memory = vk_memory_empty(signal->patient, name);
	memory.n_clear = signal->is_active;
	if (was_active || vk_memory_count(s->core, VK_MEMORY_INPUT) < VK_MAX_INPUTS)
		vk_memory_keep(s, &memory, signal->is_active ? "input-active" : "input-ended");
	return !signal->is_initial || was_active != signal->is_active;
}
