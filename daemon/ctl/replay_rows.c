/* SPDX-License-Identifier: Apache-2.0 */
/* Three growing tables; a row is written whole, the last one wins. */
#include "ctl/replay_rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The table with room for row i; what is new is zero. NULL: out of memory, the old one stays. */
static void *grown(void *table, size_t *n, size_t i, size_t size)
{
	size_t more = i + 1 + *n / 2;
	char *larger;

	if (i < *n)
		return table;
	larger = reallocarray(table, more, size);
	if (!larger)
		return NULL;
	memset(larger + *n * size, 0, (more - *n) * size);
	*n = more;
	return larger;
}

static int keep_alert(struct vk_replay_rows *rows, const struct vk_alert *alert)
{
	struct vk_alert *table = grown(rows->alerts, &rows->n_alerts, alert->serial, sizeof *table);

	if (!table)
		return -ENOMEM;
	rows->alerts = table;
	memcpy(&table[alert->serial], alert, sizeof *alert);
	return 0;
}

static int keep_check(struct vk_replay_rows *rows, const struct vk_check *check)
{
	struct vk_check *table = grown(rows->checks, &rows->n_checks, check->serial, sizeof *table);

	if (!table)
		return -ENOMEM;
	rows->checks = table;
	memcpy(&table[check->serial], check, sizeof *check);
	return 0;
}

static int keep_memory(struct vk_replay_rows *rows, const struct vk_rule_memory *memory)
{
	struct vk_rule_memory *table = rows->memories;
	size_t i = 0;

	while (i < rows->n_memories && table[i].rule[0] &&
	       (strcmp(table[i].rule, memory->rule) != 0 ||
		strcmp(table[i].patient, memory->patient) != 0))
		i++;
	table = grown(table, &rows->n_memories, i, sizeof *table);
	if (!table)
		return -ENOMEM;
	rows->memories = table;
	memcpy(&table[i], memory, sizeof *memory);
	return 0;
}

static int keep(struct vk_replay_rows *rows, const struct vk_effect *effect)
{
	if (effect->type == VK_EFFECT_ALERT)
		return keep_alert(rows, &effect->alert);
	if (effect->type == VK_EFFECT_CHECK)
		return keep_check(rows, &effect->check);
	if (effect->type == VK_EFFECT_MEMORY)
		return keep_memory(rows, &effect->memory);
	return 0;
}

int vk_replay_rows_keep(struct vk_replay_rows *rows, const struct vk_effects *effects)
{
	int r = 0;

	for (int i = 0; i < effects->n && r == 0; i++)
		r = keep(rows, &effects->list[i]);
	return r;
}

int vk_replay_rows_restore(const struct vk_replay_rows *rows, struct vk_core *core)
{
	const struct vk_plan *plans[VK_MAX_PATIENTS];
	int n_plans = core->n_patients, r = 0;

	for (int i = 0; i < n_plans; i++)
		plans[i] = core->patients[i].plan;
	vk_core_init(core);
	for (int i = 0; i < n_plans && r == 0; i++)
		r = vk_core_restore_plan(core, plans[i], 0);
	for (size_t i = 0; i < rows->n_alerts && r == 0; i++)
		if (rows->alerts[i].serial)
			r = vk_core_restore_alert(core, &rows->alerts[i]);
	for (size_t i = 0; i < rows->n_checks && r == 0; i++)
		if (rows->checks[i].serial)
			r = vk_core_restore_check(core, &rows->checks[i]);
	for (size_t i = 0; i < rows->n_memories && r == 0; i++)
		if (rows->memories[i].rule[0])
			r = vk_core_restore_memory(core, &rows->memories[i]);
	return r;
}

void vk_replay_rows_done(struct vk_replay_rows *rows)
{
	free(rows->alerts);
	free(rows->checks);
	free(rows->memories);
}
