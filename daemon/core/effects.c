/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a step says to the world. Every effect carries a reason code; slots are zeroed first, so
 * that equal input gives equal bytes.
 */
#include <string.h>

#include "core/messages.h"
#include "core/step.h"

struct vk_effect *vk_step_effect(struct vk_step *s, enum vk_effect_type type, const char *patient,
				 const char *reason)
{
	struct vk_effect *effect = &s->spill;

	if (s->effects->n < VK_MAX_EFFECTS)
		effect = &s->effects->list[s->effects->n++];
	else
		s->is_lost = true;
	memset(effect, 0, sizeof *effect);
	effect->type = type;
	VK_SET(effect->patient, patient);
	VK_SET(effect->reason, reason);
	effect->line = s->line;
	VK_SET(effect->reading, s->reading ? s->reading : "");
	return effect;
}

bool vk_step_has_room(const struct vk_step *s, int n)
{
	return s->effects->n + n <= VK_MAX_EFFECTS;
}

struct vk_effect *vk_step_notify(struct vk_step *s, const char *patient, const char *role,
				 int32_t level, const char *object, const char *reason)
{
	struct vk_effect *effect = vk_step_effect(s, VK_EFFECT_NOTIFY, patient, reason);

	VK_SET(effect->notify.role, role);
	effect->notify.level = level;
	VK_SET(effect->notify.alert, object);
	return effect;
}

void vk_step_ask(struct vk_step *s, const char *patient, enum vk_ask what, const char *rule,
		 int64_t until_utc_ms, const char *reason)
{
	struct vk_effect *effect = vk_step_effect(s, VK_EFFECT_ASK, patient, reason);

	const struct vk_plan *plan = vk_step_plan(s, patient);
	bool is_new = what != VK_ASK_WHO || !until_utc_ms;

	effect->ask.what = what;
	VK_SET(effect->ask.rule, rule);
	effect->ask.until_utc_ms = until_utc_ms;
	effect->ask.is_silent = plan && is_new && vk_ask_is_silent(plan, rule, &s->now);
}

void vk_step_ask_end(struct vk_step *s, const char *patient, enum vk_ask what, const char *rule,
		     const char *reason)
{
	struct vk_effect *effect = vk_step_effect(s, VK_EFFECT_ASK, patient, reason);

	effect->ask.what = what;
	VK_SET(effect->ask.rule, rule);
	effect->ask.until_utc_ms = s->now.utc_ms;
	effect->ask.is_withdrawn = true;
}

void vk_step_task(struct vk_step *s, const char *patient, const char *task, const char *reason)
{
	struct vk_effect *effect = vk_step_effect(s, VK_EFFECT_TASK, patient, reason);

	VK_SET(effect->task.task, task);
}

void vk_text_set(char *dst, size_t size, const char *src)
{
	size_t n = strnlen(src, size - 1);

	memmove(dst, src, n);
	memset(dst + n, 0, size - n);
}

int64_t vk_later(int64_t mono_ms, int64_t delay_ms)
{
	if (mono_ms == VK_NEVER || delay_ms >= VK_NEVER - mono_ms)
		return VK_NEVER;
	return mono_ms + delay_ms;
}

struct vk_patient_state *vk_step_patient(const struct vk_step *s, const char *patient)
{
	for (int i = 0; i < s->core->n_patients; i++)
		if (strcmp(s->core->patients[i].plan->patient, patient) == 0)
			return &s->core->patients[i];
	return NULL;
}

const struct vk_plan *vk_step_plan(const struct vk_step *s, const char *patient)
{
	const struct vk_patient_state *state = vk_step_patient(s, patient);

	return state ? state->plan : NULL;
}
