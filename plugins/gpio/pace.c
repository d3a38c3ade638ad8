/* SPDX-License-Identifier: Apache-2.0 */
/* A counter per second, and one held-back state. */
#include "gpio/pace.h"

struct vk_pace vk_pace_init(bool active)
{
	return (struct vk_pace){.since_ms = INT64_MIN / 2, .active = active};
}

/* True when one more report is allowed; counts it. */
static bool may_report(struct vk_pace *p, int64_t now_ms)
{
	if (now_ms - p->since_ms >= VK_PACE_PERIOD_MS) {
		p->since_ms = now_ms;
		p->count = 0;
	}
	if (p->count == VK_PACE_MAX)
		return false;
	p->count++;
	return true;
}

bool vk_pace_edge(struct vk_pace *p, bool active, int64_t edge_ms, int64_t now_ms)
{
	if (!p->is_pending && active == p->active)
		return false;
	if (p->is_pending || !may_report(p, now_ms)) {
		p->is_pending = true;
		p->pending = active;
		p->pending_ms = edge_ms;
		return false;
	}
	p->active = active;
	return true;
}

int64_t vk_pace_deadline_ms(const struct vk_pace *p)
{
	return p->is_pending ? p->since_ms + VK_PACE_PERIOD_MS : -1;
}

bool vk_pace_due(struct vk_pace *p, int64_t now_ms, bool *ret_active, int64_t *ret_edge_ms)
{
	if (!p->is_pending || now_ms < vk_pace_deadline_ms(p))
		return false;
	p->is_pending = false;
	if (p->pending == p->active)
		return false;
	p->active = p->pending;
	*ret_active = p->pending;
	*ret_edge_ms = p->pending_ms;
	return may_report(p, now_ms);
}
