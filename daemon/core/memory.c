/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sorted table of plain values. Sorted, so that a state read back from the database in any order
 * is the same state.
 */
#include "core/memory.h"

#include <errno.h>
#include <string.h>

static int compare(const struct vk_rule_memory *memory, const char *patient, const char *rule)
{
	int order = strcmp(memory->patient, patient);

	return order ? order : strcmp(memory->rule, rule);
}

/* First place that is not before patient and rule. */
static int place(const struct vk_core *core, const char *patient, const char *rule)
{
	int low = 0, high = core->n_memories;

	while (low < high) {
		int middle = (low + high) / 2;

		if (compare(&core->memories[middle], patient, rule) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct vk_rule_memory vk_memory_empty(const char *patient, const char *rule)
{
	struct vk_rule_memory memory;

	memset(&memory, 0, sizeof memory);
	VK_SET(memory.patient, patient);
	VK_SET(memory.rule, rule);
	memory.ask_mono_ms = memory.ask_until_mono_ms = VK_NEVER;
	return memory;
}

const struct vk_rule_memory *vk_memory_find(const struct vk_core *core, const char *patient,
					    const char *rule)
{
	int i = place(core, patient, rule);

	if (i < core->n_memories && compare(&core->memories[i], patient, rule) == 0)
		return &core->memories[i];
	return NULL;
}

struct vk_rule_memory vk_memory_get(const struct vk_core *core, const char *patient,
				    const char *rule)
{
	const struct vk_rule_memory *memory = vk_memory_find(core, patient, rule);

	return memory ? *memory : vk_memory_empty(patient, rule);
}

static bool is_empty(const struct vk_rule_memory *memory)
{
	return !vk_memory_is_asking(memory) && memory->n_days == 0 && memory->n_clear == 0;
}

int vk_memory_put(struct vk_core *core, const struct vk_rule_memory *memory)
{
	int i = place(core, memory->patient, memory->rule);
	bool is_known = i < core->n_memories &&
			compare(&core->memories[i], memory->patient, memory->rule) == 0;
	struct vk_rule_memory *at = &core->memories[i];
	size_t after = (size_t)(core->n_memories - i) * sizeof *at;

	if (is_empty(memory)) {
		if (is_known) {
			memmove(at, at + 1, after - sizeof *at);
			core->n_memories--;
		}
		return 0;
	}
	if (!is_known) {
		if (core->n_memories == VK_MAX_MEMORIES)
			return -ENOSPC;
		memmove(at + 1, at, after);
		core->n_memories++;
	}
	memcpy(at, memory, sizeof *at);
	return 0;
}

static bool is_same(const struct vk_rule_memory *a, const struct vk_rule_memory *b)
{
	for (int i = 0; i < VK_RULE_DAYS; i++)
		if (a->days[i] != b->days[i] || a->day_values[i] != b->day_values[i])
			return false;
	return a->ask_mono_ms == b->ask_mono_ms && a->ask_until_mono_ms == b->ask_until_mono_ms &&
	       a->n_days == b->n_days && a->n_clear == b->n_clear && a->clear_day == b->clear_day &&
	       strcmp(a->ask_reading, b->ask_reading) == 0;
}

void vk_memory_keep(struct vk_step *s, const struct vk_rule_memory *memory, const char *reason)
{
	const struct vk_rule_memory *known = vk_memory_find(s->core, memory->patient, memory->rule);
	struct vk_effect *effect;

	if (known ? is_same(known, memory) : is_empty(memory))
		return;
	if (vk_memory_put(s->core, memory))
		return;
	effect = vk_step_effect(s, VK_EFFECT_MEMORY, memory->patient, reason);
	memcpy(&effect->memory, memory, sizeof *memory);
}

void vk_memory_end_ask(struct vk_rule_memory *memory)
{
	memory->ask_mono_ms = memory->ask_until_mono_ms = VK_NEVER;
	VK_SET(memory->ask_reading, "");
}

bool vk_memory_is_asking(const struct vk_rule_memory *memory)
{
	return memory->ask_mono_ms != VK_NEVER;
}

bool vk_memory_is_rule(const struct vk_rule_memory *memory)
{
	return !strchr(memory->rule, ':');
}

bool vk_memory_is(const struct vk_rule_memory *memory, const char *prefix)
{
	return strncmp(memory->rule, prefix, strlen(prefix)) == 0;
}

int vk_memory_count(const struct vk_core *core, const char *prefix)
{
	int n = 0;

	for (int i = 0; i < core->n_memories; i++)
		n += vk_memory_is(&core->memories[i], prefix);
	return n;
}
