/* SPDX-License-Identifier: Apache-2.0 */
/* A device that was cut off must behave for a whole link, one that said nothing must speak. */
#include "standing.h"

#include <stdbool.h>
#include <string.h>

static bool is_one(const char *state, const char *which)
{
	return strcmp(state, which) == 0;
}

const char *vk_standing_by(enum vk_link_verdict verdict)
{
	switch (verdict) {
	case VK_LINK_BOND_LOST:
		return VK_STANDING_BOND_LOST;
	case VK_LINK_FOREIGN_OWNER:
		return VK_STANDING_FOREIGN;
	case VK_LINK_HOSTILE:
		return VK_STANDING_HOSTILE;
	case VK_LINK_MUTE:
		return VK_STANDING_MUTE;
	case VK_LINK_FINE:
		break;
	}
	return VK_STANDING_OK;
}

const char *vk_standing_after(const char *state, enum vk_standing_event event)
{
	bool is_healed = false;

	switch (event) {
	case VK_STANDING_BOND_SEEN:
		is_healed = is_one(state, VK_STANDING_UNBONDED);
		break;
	case VK_STANDING_LINKED:
		is_healed = !is_one(state, VK_STANDING_HOSTILE) && !is_one(state, VK_STANDING_MUTE);
		break;
	case VK_STANDING_STORED:
		is_healed = is_one(state, VK_STANDING_MUTE);
		break;
	case VK_STANDING_ENDED_WELL:
		is_healed = true;
		break;
	}
	return is_healed ? VK_STANDING_OK : state;
}
