/* SPDX-License-Identifier: Apache-2.0 */
/* Texts of the public names, made from the same lists as the enums. */
#include "base/names.h"

#include <string.h>

#define TEXT(name, text) text,

static const char *const kinds[] = {VK_KIND_LIST(TEXT)};
static const char *const quantities[] = {VK_QUANTITY_LIST(TEXT)};
static const char *const units[] = {VK_UNIT_LIST(TEXT)};
static const char *const absents[] = {VK_ABSENT_LIST(TEXT)};
static const char *const flags[] = {VK_FLAG_LIST(TEXT)};
static const char *const contexts[] = {VK_CONTEXT_LIST(TEXT)};

static const char *text_of(const char *const *texts, int n, int i)
{
	return i >= 0 && i < n ? texts[i] : "?";
}

static int parse(const char *const *texts, int n, const char *text)
{
	for (int i = 0; i < n; i++)
		if (strcmp(texts[i], text) == 0)
			return i;
	return -1;
}

const char *vk_kind_text(int kind)
{
	return text_of(kinds, VK_N_KINDS, kind);
}

const char *vk_quantity_text(int quantity)
{
	return text_of(quantities, VK_N_QUANTITIES, quantity);
}

const char *vk_unit_text(int unit)
{
	return text_of(units, VK_N_UNITS, unit);
}

const char *vk_absent_text(int absent)
{
	return text_of(absents, VK_N_ABSENTS, absent);
}

const char *vk_flag_text(int flag)
{
	return text_of(flags, VK_N_FLAGS, flag);
}

const char *vk_context_text(int context)
{
	return text_of(contexts, VK_N_CONTEXTS, context);
}

int vk_kind_parse(const char *text)
{
	return parse(kinds, VK_N_KINDS, text);
}

int vk_quantity_parse(const char *text)
{
	return parse(quantities, VK_N_QUANTITIES, text);
}

int vk_unit_parse(const char *text)
{
	return parse(units, VK_N_UNITS, text);
}

int vk_absent_parse(const char *text)
{
	return parse(absents, VK_N_ABSENTS, text);
}

int vk_flag_parse(const char *text)
{
	return parse(flags, VK_N_FLAGS, text);
}

int vk_context_parse(const char *text)
{
	return parse(contexts, VK_N_CONTEXTS, text);
}
