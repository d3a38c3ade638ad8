/* SPDX-License-Identifier: Apache-2.0 */
/* What the loop must do: whatever was asked for since it last looked, and of each line the last
 * word. Pure. */
#include <string.h>

#include "base/str.h"
#include "hub/engine.h"

static int find_line(const struct vk_news *news, const char *line)
{
	int i = 0;

	while (i < news->n_outputs && strcmp(news->outputs[i].line, line) != 0)
		i++;
	return i;
}

void vk_news_output(struct vk_news *news, const char *line, int32_t value)
{
	int i = find_line(news, line);

	if (i == VK_NEWS_OUTPUTS)
		return;
	if (i == news->n_outputs)
		(void)vk_copy(news->outputs[news->n_outputs++].line, VK_ID_TEXT, line);
	news->outputs[i].value = value;
}

void vk_news_add(struct vk_news *news, const struct vk_news *unseen)
{
	news->has_outgoing |= unseen->has_outgoing;
	news->has_urgent |= unseen->has_urgent;
	news->is_promise_changed |= unseen->is_promise_changed;
	news->has_second |= unseen->has_second;
	news->is_notices_changed |= unseen->is_notices_changed;
	news->is_devices_changed |= unseen->is_devices_changed;
	news->is_health_changed |= unseen->is_health_changed;
	for (int i = 0; i < unseen->n_outputs; i++)
		if (find_line(news, unseen->outputs[i].line) == news->n_outputs)
			vk_news_output(news, unseen->outputs[i].line, unseen->outputs[i].value);
}
