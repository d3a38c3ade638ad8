/* SPDX-License-Identifier: Apache-2.0 */
/* A verb's words, and the verbs that have files of their own. Each returns the exit code. */
#ifndef VAKA_CTL_MAIN_H
#define VAKA_CTL_MAIN_H

#include <stdbool.h>

#include "ctl/show.h"

enum { VK_USAGE = 2 }; /* exit code; main prints the verb's usage */

struct vk_args {
	int n;
	char **words; /* after the verb, without --json and --lang */
	bool is_json;
	enum vk_lang lang;
};

/* The value of "--name VALUE", or NULL. */
const char *vk_args_option(const struct vk_args *args, const char *name);
bool vk_args_has(const struct vk_args *args, const char *name);
/* The n-th word that is neither an option nor an option's value. */
const char *vk_args_word(const struct vk_args *args, int n);
/* Prints what was asked for and frees it. Exit code: 1 without an answer. */
int vk_args_print(const struct vk_args *args, json_t *answer,
		  void (*show)(const struct vk_screen *, const json_t *));
/* Of the terminal, with out (NULL: to be set) to write to. */
struct vk_screen vk_args_screen(const struct vk_args *args, struct vk_str *out);
/* A sentence to a person: on stderr with --json, else on stdout. */
void vk_args_say(const struct vk_args *args, enum vk_say what, const char *first,
		 const char *second, const char *third);

int vk_ctl_pair(const struct vk_args *args);   /* pair.c */
int vk_ctl_audit(const struct vk_args *args);  /* audit.c */
int vk_ctl_plan(const struct vk_args *args);   /* plan.c */
int vk_ctl_plans(const struct vk_args *args);  /* plan_hub.c: diff, try, and the rest */
int vk_ctl_key(const struct vk_args *args);    /* plan.c */
int vk_ctl_replay(const struct vk_args *args); /* replay.c */

#endif
