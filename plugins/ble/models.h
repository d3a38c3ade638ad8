/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device models of this installation, as the hub tells them after its welcome
 * (include/vaka/README.md). The collector reads no file: it has no right to, and no need.
 */
#ifndef VAKA_BLE_MODELS_H
#define VAKA_BLE_MODELS_H

#include "profiles/model.h"
#include "vaka/plugin.h"

struct vk_models_list {
	int n, capacity;
	struct vk_model *list; /* owned */
};

/* Forgets all and makes room for count. 0, -EINVAL or -ENOMEM. */
int vk_models_begin(struct vk_models_list *models, int count);
/* Adds one. 0, or -EINVAL: it is not understood and left out; -ENOSPC. */
int vk_models_add(struct vk_models_list *models, const struct vk_packet *packet);
void vk_models_free(struct vk_models_list *models); /* safe twice */

#endif
