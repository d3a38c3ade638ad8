/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One run of a command, watched through a descriptor: it gets its input whole, its own process
 * group, and as much time as it is given. Thread: one.
 */
#ifndef VAKA_HOOK_RUN_H
#define VAKA_HOOK_RUN_H

#include <stddef.h>
#include <sys/types.h>

struct vk_run {
	pid_t pid;
	int fd; /* becomes readable when the command has ended; -1: nothing runs */
};

/* Codes beside the command's own exit code. */
enum { VK_RUN_TIMEOUT = 300, VK_RUN_KILLED = 301, VK_RUN_NOT_STARTED = 302 };

/* Starts command with len bytes on its standard input and VAKA_ALERT=id. 0 or negative errno. */
int vk_run_start(struct vk_run *run, const char *command, const char *id, const void *input,
		 size_t len);
/* After fd was readable: the exit code, or VK_RUN_KILLED. The run is over. */
int vk_run_end(struct vk_run *run);
/* Kills the whole group and waits for it. */
void vk_run_kill(struct vk_run *run);

#endif
