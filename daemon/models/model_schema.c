/* SPDX-License-Identifier: Apache-2.0 */
/* A file of devices.d as tables. What one key needs of another is checked after the walk. */
#include "models/models.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"

enum { QUIRKS_MAX = 16 };

struct model_file {
	struct vk_model model;
	int kind; /* of kind_names */
	int n_quirks;
	int quirks[QUIRKS_MAX];
	struct vk_model_advice advice;
	char source[VK_MODEL_STEP];
};

static const char *const kind_names[] = {"cuff",        "meter", "scale",      "oximeter",
					 "thermometer", "cgm",   "heart-rate", NULL};

static void read_version(struct vk_problems *problems, const struct vk_node *map,
			 const struct vk_node *node, void *target)
{
	(void)map;
	(void)target;
	if (node->type != VK_NODE_SCALAR || strcmp(node->text, "1") != 0)
		vk_problem_at(problems, node, "'vaka_device' is another version, expected 1");
}

#define VK_QUIRK_NAME(name, text, what) text,
static const char *const quirk_names[] = {VK_DECODE_QUIRK_LIST(VK_QUIRK_NAME)
						  VK_SESSION_QUIRK_LIST(VK_QUIRK_NAME) NULL};

static const struct vk_field quirk_element = {
	.key = "quirks",
	.type = VK_FIELD_ENUM,
	.names = quirk_names,
	.size = sizeof(int),
};

static const struct vk_field pattern_element = {
	.key = "a pattern",
	.type = VK_FIELD_TEXT,
	.least = 1,
	.size = VK_MODEL_PATTERN,
};
#define PATTERNS(name, member, count)                                                              \
	{                                                                                          \
		.key = (name), .type = VK_FIELD_LIST, .least = 1, .element = &pattern_element,     \
		VK_LIST_AT(struct vk_model, member, count, VK_MODEL_PATTERNS)                      \
	}
static const struct vk_field match_fields[] = {
	PATTERNS("maker", makers.list, makers.n),
	PATTERNS("model", models.list, models.n),
	PATTERNS("name", names.list, names.n),
};
static const struct vk_schema match_schema = {
	.what = "match", .fields = match_fields, .n_fields = VK_ARRAY_LEN(match_fields)};

static const struct vk_field step_element = {
	.key = "a step",
	.type = VK_FIELD_TEXT,
	.least = 1,
	.size = VK_MODEL_STEP,
};
#define STEPS(name, member, count)                                                                 \
	{                                                                                          \
		.key = (name), .type = VK_FIELD_LIST, .least = 1, .is_required = true,             \
		.expect = "a list of sentences", .element = &step_element,                         \
		VK_LIST_AT(struct vk_model_words, member, count, VK_MODEL_STEPS)                   \
	}
static const struct vk_field words_fields[] = {STEPS("sv", sv.list, sv.n),
					       STEPS("en", en.list, en.n)};
static const struct vk_schema pairing_schema = {
	.what = "pairing", .fields = words_fields, .n_fields = VK_ARRAY_LEN(words_fields)};
static const struct vk_schema because_schema = {
	.what = "because", .fields = words_fields, .n_fields = VK_ARRAY_LEN(words_fields)};

static const struct vk_field model_fields[] = {
	{.key = "vaka_device",
	 .type = VK_FIELD_OWN,
	 .own = read_version,
	 .is_required = true,
	 .expect = "1"},
	{.key = "label",
	 .type = VK_FIELD_TEXT,
	 .least = 1,
	 .is_required = true,
	 VK_AT(struct model_file, model.label)},
	{.key = "kind",
	 .type = VK_FIELD_ENUM,
	 .names = kind_names,
	 .is_required = true,
	 VK_AT(struct model_file, kind)},
	{.key = "support",
	 .type = VK_FIELD_ENUM,
	 .names = vk_model_support_names,
	 .fallback = "full",
	 VK_AT(struct model_file, model.support)},
	{.key = "match",
	 .type = VK_FIELD_MAP,
	 .is_required = true,
	 .expect = "how it is told from others",
	 .schema = &match_schema,
	 VK_AT(struct model_file, model)},
	{.key = "quirks",
	 .type = VK_FIELD_LIST,
	 .element = &quirk_element,
	 VK_LIST_AT(struct model_file, quirks, n_quirks, QUIRKS_MAX)},
	{.key = "pause",
	 .type = VK_FIELD_DURATION,
	 .unit_ms = 1000,
	 .least = 0,
	 .most = 600,
	 .fallback = "0s",
	 VK_AT(struct model_file, model.pause_s)},
	{.key = "witness",
	 .type = VK_FIELD_SWITCH,
	 .fallback = "off",
	 VK_AT(struct model_file, model.has_witness)},
	{.key = "pairing",
	 .type = VK_FIELD_MAP,
	 .schema = &pairing_schema,
	 VK_HAS(struct model_file, advice.has_pairing),
	 VK_AT(struct model_file, advice.pairing)},
	{.key = "because",
	 .type = VK_FIELD_MAP,
	 .schema = &because_schema,
	 VK_HAS(struct model_file, advice.has_because),
	 VK_AT(struct model_file, advice.because)},
	{.key = "source",
	 .type = VK_FIELD_TEXT,
	 .least = 1,
	 .is_required = true,
	 .expect = "where this is known from",
	 VK_AT(struct model_file, source)},
};
const struct vk_schema vk_model_schema = {
	.what = "a device model",
	.fields = model_fields,
	.n_fields = VK_ARRAY_LEN(model_fields),
};

/* A file that can never match, or that leaves a technician without a word, is a mistake. */
static void check(const struct vk_node *root, const struct model_file *file,
		  struct vk_problems *problems)
{
	const struct vk_node *match = vk_node_get(root, "match");
	const struct vk_model *m = &file->model;

	if (match && match->type == VK_NODE_MAP && m->models.n == 0 && m->names.n == 0)
		vk_problem_at(problems, match,
			      "match fits no device, expected the key 'model' or 'name'");
	if (m->support != VK_MODEL_FULL && !file->advice.has_because)
		vk_problem_at(problems, root,
			      "a device model that is not fully served lacks the key 'because', "
			      "expected the reason for a technician");
	if (m->support != VK_MODEL_NONE && !file->advice.has_pairing)
		vk_problem_at(problems, root,
			      "a device model lacks the key 'pairing', expected a technician's "
			      "steps");
}

int vk_models_parse(const char *id, const struct vk_node *root, struct vk_problems *problems,
		    struct vk_model *ret_model, struct vk_model_advice *ret_advice)
{
	vk_auto(vk_freep) struct model_file *file = calloc(1, sizeof *file);
	int before = problems->n;

	if (!file)
		return -ENOMEM;
	if (vk_schema_walk(&vk_model_schema, root, problems, file) == 0)
		check(root, file, problems);
	if (problems->n != before)
		return -EINVAL;
	(void)vk_copy(file->model.id, sizeof file->model.id, id);
	(void)vk_copy(file->model.kind, sizeof file->model.kind, kind_names[file->kind]);
	for (int i = 0; i < file->n_quirks; i++)
		vk_add_quirk(&file->model.quirks, (enum vk_quirk)file->quirks[i]);
	*ret_model = file->model;
	*ret_advice = file->advice;
	return 0;
}
