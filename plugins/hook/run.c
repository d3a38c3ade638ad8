/* SPDX-License-Identifier: Apache-2.0 */
/* Standard input is a piece of memory: a command that does not read it blocks nobody. */
#include "hook/run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"

static int input_of(const void *input, size_t len)
{
	int fd = memfd_create("alert", MFD_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (write(fd, input, len) == (ssize_t)len && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	(void)close(fd);
	return -EIO;
}

/* The child: only calls that are safe after a fork, and never back. */
static void become(const char *command, int input)
{
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)signal(SIGPIPE, SIG_DFL);
	(void)setpgid(0, 0);
	if (dup2(input, STDIN_FILENO) == STDIN_FILENO)
		(void)execl(command, command, (char *)NULL);
	_exit(127);
}

int vk_run_start(struct vk_run *run, const char *command, const char *id, const void *input,
		 size_t len)
{
	vk_auto(vk_closep) int fd = input_of(input, len);

	if (fd < 0)
		return fd;
	(void)setenv("VAKA_ALERT", id, 1);
	run->pid = fork();
	if (run->pid < 0)
		return -errno;
	if (run->pid == 0)
		become(command, fd);
	(void)setpgid(run->pid, run->pid);
	run->fd = (int)syscall(SYS_pidfd_open, run->pid, 0);
	if (run->fd >= 0)
		return 0;
	int r = -errno;

	vk_run_kill(run);
	return r;
}

static int reap(struct vk_run *run)
{
	int status = 0;

	while (waitpid(run->pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (run->fd >= 0)
		(void)close(run->fd);
	*run = (struct vk_run){.fd = -1};
	return status;
}

int vk_run_end(struct vk_run *run)
{
	pid_t group = run->pid;
	int status = reap(run);

	(void)kill(-group, SIGKILL); /* what it left behind would run for ever */
	return WIFEXITED(status) ? WEXITSTATUS(status) : VK_RUN_KILLED;
}

void vk_run_kill(struct vk_run *run)
{
	(void)kill(-run->pid, SIGKILL);
	(void)kill(run->pid, SIGKILL);
	(void)reap(run);
}
