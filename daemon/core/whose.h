/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose reading is this. Evidence is what a person has said (a device is somebody's, or one of its
 * user numbers is), what the plan expects (a band, a time of day) and the last accepted value.
 * Evidence that agrees gives the person; anything else gives nobody, a reason and a question that
 * only a person answers. Nothing is guessed: the time of day alone never names anybody.
 */
#ifndef VAKA_CORE_WHOSE_H
#define VAKA_CORE_WHOSE_H

#include "core/step.h"

enum { VK_MAX_CLAIMS = 8, VK_USER_ANY = -1, VK_USER_UNKNOWN = 255 };

/* A device is a patient's: as a whole, or where it sends this user number. */
struct vk_claim {
	char patient[VK_ID_TEXT];
	int32_t user; /* VK_USER_ANY: whoever uses it */
};

/*
 * Sets patient, whose and asked of a reading that is placed in time. claims: what was said of its
 * device. Without a claim, or with evidence that does not agree, patient becomes "".
 */
void vk_whose(const struct vk_core *core, const struct vk_claim *claims, int n,
	      struct vk_reading *r);

/* "outside-band" and so on; "" while nobody has looked. Static storage. */
const char *vk_whose_text(enum vk_whose_reason reason);
int vk_whose_parse(const char *text); /* -1: none */
/* True where a person has to say. */
bool vk_whose_is_open(enum vk_whose_reason reason);

/*
 * The step's side. A reading in question is asked about, one that a person has placed or taken back
 * ends its question, one that is accepted becomes the last of its kind.
 */
void vk_whose_ask(struct vk_step *s, const struct vk_reading *r);
void vk_whose_answered(struct vk_step *s, const struct vk_reading *r);
void vk_whose_accepted(struct vk_step *s, const struct vk_reading *r);
/* A device whose patient has no plan: once, until there is one. */
void vk_whose_no_plan(struct vk_step *s, const struct vk_reading *r);

#endif
