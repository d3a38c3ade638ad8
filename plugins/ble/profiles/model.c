/* SPDX-License-Identifier: Apache-2.0 */
/* Matching. A score is the number of letters that had to be there, so that "UA-651*" beats "*". */
#include "profiles/model.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

const char *const vk_model_support_names[] = {"full", "partly", "none", NULL};

static bool is_same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

bool vk_model_glob(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			resume = text;
		} else if (*pattern && is_same_letter(*pattern, *text)) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++resume;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

static int letters(const char *pattern)
{
	int n = 0;

	for (; *pattern; pattern++)
		n += *pattern != '*';
	return n;
}

/* Letters of the best pattern that matches, plus one; 0: none does. */
static int score(const struct vk_model_patterns *patterns, const char *text)
{
	int best = 0;

	for (int i = 0; i < patterns->n; i++)
		if (vk_model_glob(patterns->list[i], text) && letters(patterns->list[i]) >= best)
			best = letters(patterns->list[i]) + 1;
	return best;
}

static int information_score(const struct vk_model *m, const char *maker, const char *model)
{
	int by_model = score(&m->models, model);
	int by_maker = m->makers.n ? score(&m->makers, maker) : 1;

	return by_model && by_maker ? by_model + by_maker : 0;
}

const struct vk_model *vk_model_find(const struct vk_model *models, int n, const char *maker,
				     const char *model, const char *name)
{
	const struct vk_model *found = NULL;
	int best = 0;

	for (int i = 0; model && model[0] && i < n; i++) {
		int s = information_score(&models[i], maker ? maker : "", model);

		if (s > best) {
			best = s;
			found = &models[i];
		}
	}
	for (int i = 0; !found && name && name[0] && i < n; i++)
		best = score(&models[i].names, name) > best ? score(&models[i].names, name) : best;
	for (int i = 0; !found && best && i < n; i++)
		if (score(&models[i].names, name) == best)
			found = &models[i];
	return found;
}

const struct vk_model *vk_model_by_text(const struct vk_model *models, int n, const char *text)
{
	char maker[VK_MODEL_TEXT];
	const struct vk_model *found = NULL;
	const char *space = text;

	for (int i = 0; i < n; i++)
		if (strcasecmp(models[i].label, text) == 0 || strcasecmp(models[i].id, text) == 0)
			return &models[i];
	/* A maker's name may have blanks of its own: every place is tried. */
	while (!found && (space = strchr(space, ' '))) {
		size_t len = (size_t)(space - text);

		if (len >= sizeof maker)
			break;
		memcpy(maker, text, len);
		maker[len] = '\0';
		found = vk_model_find(models, n, maker, space + 1, NULL);
		space++;
	}
	return found ? found : vk_model_find(models, n, NULL, text, text);
}
