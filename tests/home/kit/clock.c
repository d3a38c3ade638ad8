/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device's own clock: a wall clock without zone that runs on CLOCK_MONOTONIC once the process
 * has started, so that a step of the hub's clock, on the same machine, does not move it.
 */
#include "device.h"
#include "util.h"

#define ONCE_S 600 /* nearer it wants to be left alone */

static int64_t steady_ms(const struct vk_device *d)
{
	return d->clock_anchor_ms + vk_mono_ms();
}

int64_t vk_device_wall_s(const struct vk_device *d)
{
	return steady_ms(d) / 1000 + d->state.clock_offset_s;
}

int vk_device_set_wall(struct vk_device *d, int64_t wall_s)
{
	d->state.clock_offset_s = wall_s - steady_ms(d) / 1000;
	return vk_device_save(d);
}

void vk_clock_add_date_time(struct vk_gattdb *db)
{
	vk_gattdb_char(db, 0x2a08, VK_PROP_READ | VK_PROP_WRITE, VK_GUARD_ENCRYPTED, NULL, 0)
		->live = true;
}

void vk_clock_add_current_time(struct vk_gattdb *db)
{
	vk_gattdb_service(db, 0x1805);
	vk_gattdb_char(db, 0x2a2b, VK_PROP_READ | VK_PROP_WRITE | VK_PROP_NOTIFY,
		       VK_GUARD_ENCRYPTED, NULL, 0)
		->live = true;
	vk_gattdb_cccd(db, VK_GUARD_ENCRYPTED);
}

/* Omron's cuffs ask for the time by notifying theirs, and go wrong when it is written unasked. */
void vk_clock_tell(struct vk_device *d)
{
	struct vk_value now = {.len = VK_CURRENT_TIME_LEN};

	if (!d->config.kind->clock_once || d->session.clock_told ||
	    !vk_session_subscribed(d, 0x2a2b))
		return;
	vk_current_time_encode(vk_device_wall_s(d), now.byte);
	d->session.clock_told = vk_session_notify(d, 0x2a2b, &now) == 0;
}

bool vk_clock_may_be_set(const struct vk_device *d, int64_t moved_s)
{
	return !d->config.kind->clock_once ||
	       (d->session.clock_told && (moved_s > ONCE_S || moved_s < -ONCE_S));
}
