/* SPDX-License-Identifier: Apache-2.0 */
/*
 * devices.d at the hub: read at the start and at each reload, told to the collector with its
 * devices. A file with mistakes is named and left out; the others serve.
 */
#include <stdio.h>

#include "base/log.h"
#include "hub/hub.h"

void vk_hub_models_load(struct vk_hub *hub)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};

	vk_models_done(&hub->models);
	if (vk_models_load(NULL, &problems, &hub->models) < 0)
		vk_log(VK_LOG_ERR, "models",
		       "%d mistakes in devices.d, these files are left out: %s", problems.n,
		       problems.text.text ? problems.text.text : "out of memory");
	vk_log(VK_LOG_INFO, "models", "known n=%d", hub->models.n);
}

static json_t *patterns_json(const struct vk_model_patterns *patterns)
{
	json_t *list = json_array();

	for (int i = 0; i < patterns->n; i++)
		(void)json_array_append_new(list, json_string(patterns->list[i]));
	return list;
}

static json_t *quirks_json(const struct vk_quirks *quirks)
{
	json_t *list = json_array();

	for (int i = 0; i < VK_N_QUIRKS; i++)
		if (vk_has_quirk(quirks, (enum vk_quirk)i))
			(void)json_array_append_new(list, json_string(vk_quirk_text(i)));
	return list;
}

static json_t *model_json(const struct vk_model *m)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:i, s:b}", "t", "model", "id",
			 m->id, "kind", m->kind, "support", vk_model_support_names[m->support],
			 "makers", patterns_json(&m->makers), "models", patterns_json(&m->models),
			 "names", patterns_json(&m->names), "quirks", quirks_json(&m->quirks),
			 "pause_s", (int)m->pause_s, "witness", (int)m->has_witness);
}

void vk_hub_models_send(struct vk_hub *hub, struct vk_client *client)
{
	(void)vk_client_send_take(client,
				  json_pack("{s:s, s:i}", "t", "models", "count", hub->models.n));
	for (int i = 0; i < hub->models.n; i++)
		(void)vk_client_send_take(client, model_json(&hub->models.list[i]));
}
