/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device model: how it is told from others, and what it does otherwise. A file of `devices.d`
 * describes one; the hub reads those files, the collector and `vakactl decode` get them as this
 * value. Device Information outranks an advertised name, which anybody may carry; of several
 * patterns that match, the one with the most letters of its own wins. Plain value, no state.
 */
#ifndef VAKA_PROFILES_MODEL_H
#define VAKA_PROFILES_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "profiles/quirks.h"

enum { VK_MODEL_PATTERNS = 12, VK_MODEL_PATTERN = 48, VK_MODEL_TEXT = 65, VK_MODELS_MAX = 128 };

/* Whether this hub can serve it. */
enum vk_model_support {
	VK_MODEL_FULL,
	VK_MODEL_PARTLY, /* some of what it does, see its file */
	VK_MODEL_NONE,   /* cannot be used, and the file says why */
};

/* What `pattern` may hold: any text, with * for any run of characters; case does not count. */
struct vk_model_patterns {
	int n;
	char list[VK_MODEL_PATTERNS][VK_MODEL_PATTERN];
};

struct vk_model {
	char id[VK_MODEL_TEXT];    /* the file's name without its ending */
	char kind[16];             /* "cuff", "meter", "scale", "oximeter", … */
	char label[VK_MODEL_TEXT]; /* what people call it */
	enum vk_model_support support;
	struct vk_model_patterns makers; /* of 2A29; none: any */
	struct vk_model_patterns models; /* of 2A24 */
	struct vk_model_patterns names;  /* advertised */
	struct vk_quirks quirks;
	int32_t pause_s;  /* not listened for so long after a session, 0: no pause */
	bool has_witness; /* the witness stands in: it cannot be served without a gap */
};

extern const char *const vk_model_support_names[]; /* ends with NULL */

/* True when text matches pattern, whole. */
bool vk_model_glob(const char *pattern, const char *text);

/*
 * The model that fits best, borrowed, or NULL. Each text may be "" or NULL: not known. Of two that
 * fit equally well, the first one.
 */
const struct vk_model *vk_model_find(const struct vk_model *models, int n, const char *maker,
				     const char *model, const char *name);

/* The same for what a person types: a label, an id, a name, or maker and model in one text. */
const struct vk_model *vk_model_by_text(const struct vk_model *models, int n, const char *text);

#endif
