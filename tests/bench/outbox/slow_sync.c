/* SPDX-License-Identifier: Apache-2.0 */
/* A card where this machine has a fast disk (LD_PRELOAD): each sync takes 5 ms more. */
#include <dlfcn.h>
#include <time.h>
#include <unistd.h>

enum { MORE_NS = 5000000 };

static int slowly(const char *name, int fd)
{
	const struct timespec more = {.tv_nsec = MORE_NS};
	int (*real)(int);

	*(void **)&real = dlsym(RTLD_NEXT, name);
	(void)nanosleep(&more, NULL);
	return real(fd);
}

__attribute__((visibility("default"))) int fsync(int fd)
{
	return slowly("fsync", fd);
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
	return slowly("fdatasync", fd);
}
