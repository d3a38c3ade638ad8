/* SPDX-License-Identifier: Apache-2.0 */
/* From a model's name to its quirks. A file with mistakes is named, and the others still hold. */
#include "ctl/model.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"

/* Writes the folder beside the program to path; false when there is none. */
static bool beside_program(char path[PATH_MAX])
{
	static const char beside[] = "/../share/vaka/devices.d";
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - sizeof beside);
	char *slash;

	if (n <= 0)
		return false;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return false;
	memcpy(slash, beside, sizeof beside);
	return access(path, R_OK) == 0;
}

void vk_ctl_models(struct vk_models *ret_models)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	struct vk_models_from from = {0};
	char path[PATH_MAX];

	if (!getenv("VAKA_DEVICES") && beside_program(path))
		from.shipped = path;
	if (vk_models_load(&from, &problems, ret_models) < 0 && problems.n)
		(void)fputs(problems.text.text, stderr);
}

int vk_ctl_quirks(const char *model, struct vk_quirks *ret_quirks)
{
	vk_auto(vk_models_done) struct vk_models models = {0};
	const struct vk_model *found;

	vk_ctl_models(&models);
	found = vk_model_by_text(models.list, models.n, model);
	if (!found) {
		(void)fprintf(stderr, "vakactl: no model \"%s\" in devices.d\n", model);
		return -ENOENT;
	}
	*ret_quirks = found->quirks;
	return 0;
}
