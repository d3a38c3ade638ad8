/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The documents of design §5 as JSON text: what staff clients and vakactl read. Pure: no store, no
 * clock. Each function appends to out; the caller checks out->error once.
 */
#ifndef VAKA_HUB_DOCUMENTS_H
#define VAKA_HUB_DOCUMENTS_H

#include "base/bytes.h"
#include "core/core.h"
#include "store/store.h"

/* plan may be NULL (none in force): then the summary has no texts. core: what it is made from. */
void vk_alert_json(struct vk_json *j, const char *key, const struct vk_alert *alert,
		   const struct vk_plan *plan, const struct vk_zone *zone,
		   const struct vk_core *core, bool is_stored);
void vk_check_json(struct vk_json *j, const char *key, const struct vk_check *check,
		   const struct vk_zone *zone);
/* The decoded form plus id, rev, patient, device, received, time, uncertainty_s, stored. */
void vk_reading_json(struct vk_json *j, const char *key, const struct vk_reading *r,
		     int64_t stored_utc_ms, const struct vk_zone *zone);
void vk_device_json(struct vk_json *j, const char *key, const struct vk_device *device,
		    const struct vk_zone *zone);

/* Whether this is the present revision of an alert or a check that is open; of any other topic:
 * yes. */
bool vk_is_present(const struct vk_core *core, const char *topic, const char *id, int32_t rev);

#endif
