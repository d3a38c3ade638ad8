/* SPDX-License-Identifier: Apache-2.0 */
/* The run of the hub, from configuration to orderly end. */
#ifndef VAKA_HUB_RUN_H
#define VAKA_HUB_RUN_H

#include "hub/config.h"

struct vk_run_options {
	const char *config_path;
	const char *socket_path;
	bool is_unsigned_allowed;
	bool is_own_user_trusted;
	bool is_without_bus;
	bool is_synchronous_off;
};

/* Runs until SIGTERM or SIGINT. 0, 1 for a wrong configuration (printed), or negative errno. */
int vk_run(const struct vk_run_options *options,
	   int (*load)(const char *path, struct vk_config *config));

#endif
