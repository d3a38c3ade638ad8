/* SPDX-License-Identifier: Apache-2.0 */
/* The errors are those measured on a kernel's L2CAP socket; see README.md. */
#include "att/rearm.h"

#include <errno.h>

static int doubled(int first_ms, int times, int most_ms)
{
	int ms = first_ms;

	while (times-- > 0 && ms < most_ms)
		ms *= 2;
	return ms < most_ms ? ms : most_ms;
}

static int after_refusal(struct vk_rearm *r, enum vk_link_verdict *ret_verdict)
{
	r->aborted++;
	if (r->aborted < VK_REARM_ABORTED)
		return VK_REARM_FIRST_MS;
	*ret_verdict = VK_LINK_BOND_LOST;
	return doubled(VK_REARM_MOST_MS, r->aborted - VK_REARM_ABORTED, VK_REARM_LOST_MS);
}

static int after_nothing(struct vk_rearm *r)
{
	return doubled(VK_REARM_FIRST_MS, r->failures++, VK_REARM_MOST_MS);
}

int vk_rearm_after(struct vk_rearm *r, const struct vk_link_end *end,
		   enum vk_link_verdict *ret_verdict)
{
	*ret_verdict = VK_LINK_FINE;
	if (end->stage != VK_LINK_UP && !end->is_ours) {
		switch (end->error) {
		case ECONNABORTED:
			return after_refusal(r, ret_verdict);
		case EBUSY:
			*ret_verdict = VK_LINK_FOREIGN_OWNER;
			return VK_REARM_LINGER_MS;
		case EALREADY:
			return VK_REARM_LINGER_MS;
		default:
			return after_nothing(r);
		}
	}
	if (end->stage == VK_LINK_UP)
		r->aborted = 0;
	if (end->is_hostile) {
		*ret_verdict = VK_LINK_HOSTILE;
		return doubled(VK_REARM_LINGER_MS, r->hostile++, VK_REARM_HOSTILE_MS);
	}
	/* After a reading it may leave a question about its battery open. */
	if (end->is_mute && !end->is_useful)
		*ret_verdict = VK_LINK_MUTE;
	if (end->is_useful)
		r->hostile = 0;
	if (end->is_useful)
		r->failures = 0;
	if (end->is_ours)
		return VK_REARM_LINGER_MS;
	return end->is_useful ? 0 : after_nothing(r);
}
