/* SPDX-License-Identifier: Apache-2.0 */
/* A frame that is a reading goes to the hub as any other; what is lost is heard again. */
#include "scales.h"

#include "collector.h"
#include "peer.h"
#include "profiles/model.h"
#include "wall.h"

bool vk_scales_has_name(const struct vk_collector *c, const char *name)
{
	const struct vk_model *model = vk_model_find(c->models.list, c->models.n, "", "", name);

	return model && vk_has_quirk(&model->quirks, VK_QUIRK_ADVERTISING_ONLY);
}

void vk_scales_settle(struct vk_collector *c)
{
	bool is_wanted = false;

	for (int i = 0; i < c->n_peers; i++) {
		struct vk_peer *peer = c->peers[i];

		peer->is_advertiser = !peer->is_bonded && vk_scales_has_name(c, peer->name);
		is_wanted = is_wanted || peer->is_advertiser;
	}
	vk_world_hear_adverts(&c->world, is_wanted);
}

/* The scale speaks when somebody stands on it: its frame is now, whatever its clock shows. */
static void describe(const struct vk_advert *a, uint16_t service, struct vk_sample *ret_sample)
{
	*ret_sample = (struct vk_sample){.uuid = service, .raw = a->frame, .len = a->len};
	ret_sample->utc_ms = vk_wall_utc_ms();
	ret_sample->is_live = true;
	ret_sample->is_decoded = vk_profile_decode(service, NULL, a->frame, a->len,
						   &ret_sample->decoded, &ret_sample->error) == 0;
}

void vk_scales_heard(struct vk_collector *c, struct vk_peer *peer, const struct vk_near *near)
{
	struct vk_cookie cookie = {.serial = peer->serial, .token = VK_ADVERT_TOKEN};
	struct vk_sample sample;

	if (!peer->is_advertiser || peer->is_pairing || !near->has_advert ||
	    !vk_advert_take(&peer->advert, near->advert_uuid, near->advert, near->advert_len))
		return;
	describe(&peer->advert, near->advert_uuid, &sample);
	if (vk_hub_reading(&c->hub, peer->id, &sample, &cookie) < 0)
		vk_advert_answered(&peer->advert, false);
}
