/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which plan may be put in force. A plan is exact bytes with a detached Ed25519 signature by a
 * clinician of the staff directory; the directory is signed by the provider key that was pinned at
 * installation. Every refusal is one plain sentence for those who sent the plan.
 *
 * Thread: any; a directory is not changed once loaded.
 */
#ifndef VAKA_HUB_PLANS_H
#define VAKA_HUB_PLANS_H

#include "base/node.h"
#include "core/plan.h"

enum { VK_SIGNATURE_BYTES = 64, VK_KEY_BYTES = 32, VK_MAX_STAFF = 256, VK_PLAN_MAX = 256 * 1024 };

struct vk_staff_member {
	char id[VK_ID_TEXT];
	char role[VK_ID_TEXT];
	bool may_sign; /* plans; by role "physician", or said so in the directory */
	bool has_sign, has_view;
	uint8_t sign[VK_KEY_BYTES];        /* Ed25519, public */
	uint8_t view[VK_KEY_BYTES];        /* X25519, public: pictures are sealed to it */
	int64_t from_utc_ms, until_utc_ms; /* VK_NEVER: open */
};

struct vk_staff;

/*
 * Loads the directory and checks its signature (<path>.sig, base64) against the provider's public
 * key (base64 in provider_path). 0; -ENOENT: there is no directory; -EINVAL: refused, with every
 * reason in problems; -ENOMEM.
 */
int vk_staff_load(const char *path, const char *provider_path, struct vk_problems *problems,
		  struct vk_staff **ret_staff);
void vk_staff_free(struct vk_staff *staff); /* NULL is fine */
void vk_staff_freep(struct vk_staff **staff);
/* Borrowed, or NULL. staff may be NULL. */
const struct vk_staff_member *vk_staff_get(const struct vk_staff *staff, const char *id);
int32_t vk_staff_version(const struct vk_staff *staff);

/* A plan with its proof, before it is judged. */
struct vk_signed_plan {
	const void *bytes; /* borrowed, or owned by `owned` */
	size_t len;
	char key[VK_ID_TEXT]; /* staff id of the signer; "" unsigned */
	uint8_t signature[VK_SIGNATURE_BYTES];
	void *owned;
};
void vk_signed_plan_done(struct vk_signed_plan *plan);

/*
 * Reads the message of plan/{patient}: {"plan": base64, "key": staff id, "signature": base64}.
 * 0, or -EINVAL with the reason in problems.
 */
int vk_signed_plan_parse(const void *payload, size_t len, struct vk_problems *problems,
			 struct vk_signed_plan *ret_plan);

/*
 * Reads a plan file and its <path>.sig ({"key":…,"signature":…}); without a .sig the plan is
 * unsigned. 0; -ENOENT: no plan file; -EINVAL.
 */
int vk_signed_plan_load(const char *path, struct vk_problems *problems,
			struct vk_signed_plan *ret_plan);

/* What a plan is judged against. */
struct vk_plan_terms {
	const struct vk_staff *staff; /* NULL: no directory, so no signature holds */
	bool is_unsigned_allowed;
	const char *patient;      /* of the topic or the configuration */
	int32_t version_in_force; /* 0: none */
	bool is_in_force; /* the plan was accepted before (restart): its version may be equal */
	int64_t now_utc_ms;
	bool is_clock_synced; /* validity of a key is judged only then */
};

/*
 * Judges and parses: signature first, then the content. 0 and the plan, or -EINVAL with every
 * reason in problems. problems->file should be "plan <patient>".
 */
int vk_plan_verify(const struct vk_signed_plan *signed_plan, const struct vk_plan_terms *terms,
		   struct vk_problems *problems, struct vk_plan *ret_plan);

#endif
