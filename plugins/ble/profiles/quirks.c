/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the quirks, made from the same lists as the enum. */
#include "profiles/quirks.h"

#include <string.h>

struct entry {
	const char *text, *what;
};

#define ENTRY(name, text, what) [VK_QUIRK_##name] = {text, what},

static const struct entry entries[VK_N_QUIRKS] = {VK_DECODE_QUIRK_LIST(ENTRY)
							  VK_SESSION_QUIRK_LIST(ENTRY)};

static const struct entry *entry_of(int quirk)
{
	static const struct entry none = {"?", "?"};

	return quirk >= 0 && quirk < VK_N_QUIRKS ? &entries[quirk] : &none;
}

const char *vk_quirk_text(int quirk)
{
	return entry_of(quirk)->text;
}

const char *vk_quirk_what(int quirk)
{
	return entry_of(quirk)->what;
}

int vk_quirk_parse(const char *text)
{
	for (int i = 0; i < VK_N_QUIRKS; i++)
		if (strcmp(entries[i].text, text) == 0)
			return i;
	return -1;
}
