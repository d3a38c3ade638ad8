/* SPDX-License-Identifier: Apache-2.0 */
/* JSON to models. A quirk that this program does not know is passed over: the hub may be newer. */
#include "models.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

int vk_models_begin(struct vk_models_list *models, int count)
{
	vk_models_free(models);
	if (count < 0 || count > VK_MODELS_MAX)
		return -EINVAL;
	if (count == 0)
		return 0;
	models->list = calloc((size_t)count, sizeof *models->list);
	if (!models->list)
		return -ENOMEM;
	models->capacity = count;
	return 0;
}

void vk_models_free(struct vk_models_list *models)
{
	free(models->list);
	*models = (struct vk_models_list){0};
}

static void take_patterns(const struct vk_packet *packet, const char *key,
			  struct vk_model_patterns *ret_patterns)
{
	const json_t *list = json_object_get(packet->header, key), *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		const char *text = json_string_value(item);

		if (text && ret_patterns->n < VK_MODEL_PATTERNS &&
		    vk_copy(ret_patterns->list[ret_patterns->n], VK_MODEL_PATTERN, text))
			ret_patterns->n++;
	}
}

static void take_quirks(const struct vk_packet *packet, struct vk_quirks *ret_quirks)
{
	const json_t *list = json_object_get(packet->header, "quirks"), *item;
	size_t i;

	json_array_foreach(list, i, item)
	{
		int quirk = json_is_string(item) ? vk_quirk_parse(json_string_value(item)) : -1;

		if (quirk >= 0)
			vk_add_quirk(ret_quirks, (enum vk_quirk)quirk);
	}
}

int vk_models_add(struct vk_models_list *models, const struct vk_packet *packet)
{
	struct vk_model m = {0};
	json_int_t pause_s = vk_packet_int(packet, "pause_s", 0);

	if (models->n == models->capacity)
		return -ENOSPC;
	if (!vk_copy(m.id, sizeof m.id, vk_packet_str(packet, "id", "")) || !m.id[0] ||
	    !vk_copy(m.kind, sizeof m.kind, vk_packet_str(packet, "kind", "")) || pause_s < 0 ||
	    pause_s > 600)
		return -EINVAL;
	for (int i = 0; vk_model_support_names[i]; i++)
		if (strcmp(vk_packet_str(packet, "support", "full"), vk_model_support_names[i]) ==
		    0)
			m.support = (enum vk_model_support)i;
	take_patterns(packet, "makers", &m.makers);
	take_patterns(packet, "models", &m.models);
	take_patterns(packet, "names", &m.names);
	take_quirks(packet, &m.quirks);
	m.pause_s = (int32_t)pause_s;
	m.has_witness = vk_packet_bool(packet, "witness", 0) != 0;
	models->list[models->n++] = m;
	return 0;
}
