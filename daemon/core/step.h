/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One step in progress: the state it changes, the moment it happens at and the effects it has so
 * far. Private to the core; every part of the engine gets it as its first argument.
 */
#ifndef VAKA_CORE_STEP_H
#define VAKA_CORE_STEP_H

#include "base/str.h"
#include "core/core.h"

struct vk_step {
	struct vk_core *core;
	struct vk_now now;
	struct vk_effects *effects;
	int32_t line;           /* of the rule at work; 0: none */
	const char *reading;    /* being judged; NULL: none */
	bool is_lost;           /* an effect found no room: the step must not count */
	struct vk_effect spill; /* where it went */
};

enum {
	VK_ROOM_TIMER = 8,    /* effects of one timer at most */
	VK_ROOM_PLANNED = 40, /* … of one moment at which planned checks begin */
	VK_ROOM_EVENT = 224, /* … of one event: 24 rules of 7 each, and what goes with a reading */
};

/* A zeroed effect with its head set, to be completed by the caller. Never NULL. */
struct vk_effect *vk_step_effect(struct vk_step *s, enum vk_effect_type type, const char *patient,
				 const char *reason);
bool vk_step_has_room(const struct vk_step *s, int n);

/* Never NULL. */
struct vk_effect *vk_step_notify(struct vk_step *s, const char *patient, const char *role,
				 int32_t level, const char *object, const char *reason);
void vk_step_ask(struct vk_step *s, const char *patient, enum vk_ask what, const char *rule,
		 int64_t until_utc_ms, const char *reason);
/* The measurement came, or is wanted no more: it leaves the display. */
void vk_step_ask_end(struct vk_step *s, const char *patient, enum vk_ask what, const char *rule,
		     const char *reason);
void vk_step_task(struct vk_step *s, const char *patient, const char *task, const char *reason);
void vk_step_message(struct vk_step *s, const char *patient, const char *message, bool is_shown,
		     const char *reason);

/* Copies a text and zeroes the rest, so that equal states have equal bytes. src may be dst. */
void vk_text_set(char *dst, size_t size, const char *src);
#define VK_SET(dst, src) vk_text_set((dst), sizeof(dst), (src))

/* Milliseconds later on the monotonic line; VK_NEVER stays. */
int64_t vk_later(int64_t mono_ms, int64_t delay_ms);

/* The patient's place in the state, or NULL. */
struct vk_patient_state *vk_step_patient(const struct vk_step *s, const char *patient);
/* The plan in force for a patient, or NULL. */
const struct vk_plan *vk_step_plan(const struct vk_step *s, const char *patient);

#endif
