/* SPDX-License-Identifier: Apache-2.0 */
/* The table of hub.yaml: its keys, defaults and bounds. For config.c and config_json.c. */
#ifndef VAKA_HUB_CONFIG_SCHEMA_H
#define VAKA_HUB_CONFIG_SCHEMA_H

#include "base/schema.h"
#include "hub/config.h"

extern const struct vk_schema vk_config_schema; /* fills struct vk_config */
extern const char *const vk_role_names[];
extern const char *const vk_direction_names[];
extern const char *const vk_bias_names[];
extern const char *const vk_payload_names[];

#endif
