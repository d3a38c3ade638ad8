/* SPDX-License-Identifier: Apache-2.0 */
/* A verb's words, and the verbs that have files of their own. Each returns the exit code. */
#ifndef VAKA_CTL_MAIN_H
#define VAKA_CTL_MAIN_H

#include <stdbool.h>

enum { VK_USAGE = 2 }; /* exit code; main prints the verb's usage */

struct vk_args {
	int n;
	char **words; /* after the verb, without --json */
	bool is_json;
};

int vk_ctl_audit(const struct vk_args *args);  /* audit.c */
int vk_ctl_plan(const struct vk_args *args);   /* plan.c */
int vk_ctl_key(const struct vk_args *args);    /* plan.c */
int vk_ctl_replay(const struct vk_args *args); /* replay.c */

#endif
