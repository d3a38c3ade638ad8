/* SPDX-License-Identifier: Apache-2.0 */
/* Two folders, read in the order of names so that the same files always give the same list. */
#include "models/models.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "conf/yaml.h"

enum { PATH_TEXT = 512 };

static const char ending[] = ".yaml";

static int is_model_file(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > sizeof ending - 1 && entry->d_name[0] != '.' &&
	       strcmp(entry->d_name + n - (sizeof ending - 1), ending) == 0;
}

static bool has_id(const struct vk_models *models, const char *id)
{
	for (int i = 0; i < models->n; i++)
		if (strcmp(models->list[i].id, id) == 0)
			return true;
	return false;
}

/* A broken file of the site hides the shipped one all the same: it was meant to. */
static void add_broken(struct vk_models *models, const char *id)
{
	models->list[models->n] = (struct vk_model){.support = VK_MODEL_FULL};
	(void)vk_copy(models->list[models->n].id, VK_MODEL_TEXT, id);
	models->advice[models->n++] = (struct vk_model_advice){0};
}

static int read_one(struct vk_models *models, const char *folder, const char *file,
		    struct vk_problems *problems)
{
	vk_auto(vk_node_freep) struct vk_node *root = NULL;
	char path[PATH_TEXT], id[VK_MODEL_TEXT];
	int r, n = (int)(strlen(file) - (sizeof ending - 1));

	(void)snprintf(path, sizeof path, "%s/%s", folder, file);
	(void)snprintf(id, sizeof id, "%.*s", n, file);
	if (has_id(models, id))
		return 0;
	problems->file = path;
	if (!vk_is_id(id) || n >= (int)sizeof id) {
		vk_problem(problems, 0, 0,
			   "the name is no id, expected [A-Za-z0-9_-]{1,64} and .yaml");
		return -EINVAL;
	}
	if (models->n == VK_MODELS_MAX) {
		vk_problem(problems, 0, 0, "too many models, expected at most %d", VK_MODELS_MAX);
		return -EINVAL;
	}
	r = vk_conf_read_file(path, problems, &root, NULL, NULL);
	if (r == 0)
		r = vk_models_parse(id, root, problems, &models->list[models->n],
				    &models->advice[models->n]);
	if (r == 0)
		models->n++;
	else
		add_broken(models, id);
	return r;
}

static int read_folder(struct vk_models *models, const char *folder, struct vk_problems *problems)
{
	struct dirent **entries = NULL;
	int r = 0, n = scandir(folder, &entries, is_model_file, alphasort);

	for (int i = 0; i < n; i++) {
		int one = read_one(models, folder, entries[i]->d_name, problems);

		r = one == -ENOMEM || r == 0 ? one : r;
		free(entries[i]);
	}
	free(entries);
	return r;
}

/* What was broken has no pattern, so it fits nothing; it need not stand in the list either. */
static void drop_broken(struct vk_models *models)
{
	int kept = 0;

	for (int i = 0; i < models->n; i++) {
		if (!models->list[i].kind[0])
			continue;
		models->list[kept] = models->list[i];
		models->advice[kept++] = models->advice[i];
	}
	models->n = kept;
}

int vk_models_load(const struct vk_models_from *from, struct vk_problems *problems,
		   struct vk_models *ret_models)
{
	const char *file = problems->file;
	const char *shipped = from && from->shipped ? from->shipped : getenv("VAKA_DEVICES");
	int r, also;

	ret_models->n = 0;
	ret_models->list = calloc(VK_MODELS_MAX, sizeof *ret_models->list);
	ret_models->advice = calloc(VK_MODELS_MAX, sizeof *ret_models->advice);
	if (!ret_models->list || !ret_models->advice)
		return -ENOMEM;
	r = read_folder(ret_models, from && from->site ? from->site : VK_MODELS_SITE, problems);
	also = read_folder(ret_models, shipped ? shipped : VK_MODELS_SHIPPED, problems);
	drop_broken(ret_models);
	problems->file = file;
	return r ? r : also;
}

void vk_models_done(struct vk_models *models)
{
	free(models->list);
	free(models->advice);
	models->list = NULL;
	models->advice = NULL;
	models->n = 0;
}

const struct vk_model_advice *vk_models_advice(const struct vk_models *models,
					       const struct vk_model *model)
{
	return &models->advice[model - models->list];
}
