/* SPDX-License-Identifier: Apache-2.0 */
/* Grows by one for each acknowledged message while the way is free, shrinks by a quarter at most
 * once for what was on its way together. */
#include "hub/pace.h"

enum { QUICK_SLACK_MS = 4, FREE_SLACK_MS = 50, FULL_SLACK_MS = 100 };

/* Where an answer comes at once, 50 ms of messages are far more than the way holds, and the MQTT
 * library goes through all of them at each answer. */
static int64_t free_slack_ms(int64_t least_ms)
{
	int64_t slack_ms = QUICK_SLACK_MS + 2 * least_ms;

	return slack_ms < FREE_SLACK_MS ? slack_ms : FREE_SLACK_MS;
}

struct vk_pace vk_pace_init(void)
{
	return (struct vk_pace){.window = VK_PACE_FIRST, .least_ms = -1};
}

static void shrink(struct vk_pace *p, int64_t now_ms)
{
	p->shrunk_ms = now_ms;
	p->window -= (p->window + 3) / 4;
	if (p->window < VK_PACE_LEAST)
		p->window = VK_PACE_LEAST;
}

void vk_pace_acked(struct vk_pace *p, int64_t sent_ms, int64_t now_ms)
{
	int64_t took_ms = now_ms > sent_ms ? now_ms - sent_ms : 0;

	if (p->least_ms < 0 || took_ms < p->least_ms)
		p->least_ms = took_ms;
	if (took_ms > 2 * p->least_ms + FULL_SLACK_MS && sent_ms >= p->shrunk_ms)
		shrink(p, now_ms);
	else if (took_ms <= p->least_ms + p->least_ms / 2 + free_slack_ms(p->least_ms) &&
		 p->window < VK_PACE_MOST)
		p->window++;
}
