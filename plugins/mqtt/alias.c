/* SPDX-License-Identifier: Apache-2.0 */
/* A handful of topics, looked through in order. */
#include "mqtt/alias.h"

#include <string.h>

#include "base/err.h"
#include "base/str.h"

static const char *const again_and_again[] = {"reading/", "health", "promise"};

void vk_aliases_init(struct vk_aliases *a, int max)
{
	a->n = 0;
	a->max = max < VK_ALIASES ? max : VK_ALIASES;
}

static bool is_worth_it(const char *topic)
{
	for (size_t i = 0; i < VK_ARRAY_LEN(again_and_again); i++)
		if (strncmp(topic, again_and_again[i], strlen(again_and_again[i])) == 0)
			return strlen(topic) < VK_ALIAS_TOPIC;
	return false;
}

uint16_t vk_alias_of(const struct vk_aliases *a, const char *topic, bool *ret_is_known)
{
	*ret_is_known = false;
	if (!is_worth_it(topic))
		return 0;
	for (int i = 0; i < a->n; i++) {
		if (strcmp(a->topics[i], topic) != 0)
			continue;
		*ret_is_known = true;
		return (uint16_t)(i + 1);
	}
	return a->n < a->max ? (uint16_t)(a->n + 1) : 0;
}

void vk_alias_keep(struct vk_aliases *a, const char *topic)
{
	bool is_known;

	if (!vk_alias_of(a, topic, &is_known) || is_known)
		return;
	(void)vk_copy(a->topics[a->n++], VK_ALIAS_TOPIC, topic);
}
