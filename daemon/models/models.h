/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices.d: one file per device model, `<id>.yaml`. It says how the model is told from others,
 * what it does otherwise than its profile says, and what a technician does to pair it, or why it
 * cannot be used. The shipped files lie in VK_MODELS_SHIPPED; a file of the same name in
 * VK_MODELS_SITE stands in its stead, and any other name there adds a model. No code knows a model.
 */
#ifndef VAKA_MODELS_MODELS_H
#define VAKA_MODELS_MODELS_H

#include "base/schema.h"
#include "profiles/model.h"

#define VK_MODELS_SITE    "/etc/vaka/devices.d"
#define VK_MODELS_SHIPPED "/usr/share/vaka/devices.d"

enum { VK_MODEL_STEPS = 6, VK_MODEL_STEP = 200 };

/* Sentences for a person, one step each; never empty lines. */
struct vk_model_steps {
	int n;
	char list[VK_MODEL_STEPS][VK_MODEL_STEP];
};

struct vk_model_words {
	struct vk_model_steps sv, en;
};

/* What only people need of a model. */
struct vk_model_advice {
	bool has_pairing, has_because;
	struct vk_model_words pairing;
	struct vk_model_words because; /* why it serves in part or not at all */
};

struct vk_models {
	int n;
	struct vk_model *list; /* owned, as advice, which is in step with it */
	struct vk_model_advice *advice;
};

extern const struct vk_schema vk_model_schema;

/* Where the site's files and the shipped ones are; NULL: the folder above. $VAKA_DEVICES stands in
 * for the shipped ones, for a program that runs from its build folder. */
struct vk_models_from {
	const char *site, *shipped;
};

/*
 * Reads all files. A folder that is not there holds none. A file with mistakes is left out and each
 * mistake stands in problems as file:line:column; the others hold. 0, -EINVAL when anything was
 * left out, -ENOMEM. *ret_models is valid in every case and freed with vk_models_done().
 */
int vk_models_load(const struct vk_models_from *from, struct vk_problems *problems,
		   struct vk_models *ret_models);
void vk_models_done(struct vk_models *models); /* safe twice, and on zeroes */

/* One file's bytes, for checks and tests. 0 or -EINVAL, -ENOMEM. */
int vk_models_parse(const char *id, const struct vk_node *root, struct vk_problems *problems,
		    struct vk_model *ret_model, struct vk_model_advice *ret_advice);

/* The advice of a model that vk_model_find() or vk_model_by_text() found in models->list. */
const struct vk_model_advice *vk_models_advice(const struct vk_models *models,
					       const struct vk_model *model);

#endif
