/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Laid over a program (LD_PRELOAD): its clocks run $FAST_CLOCK times as fast as the machine's from
 * $FAST_CLOCK_SINCE (monotonic nanoseconds) on, wall clock and monotonic ones alike, and its loop
 * waits that much shorter. A day of timers passes in minutes, in the very program that ships.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <time.h>

enum { NS_PER_S = 1000000000, NS_PER_US = 1000 };

static int64_t number_of(const char *name)
{
	const char *text = getenv(name);

	return text ? strtoll(text, NULL, 10) : 0;
}

static int64_t real_ns(clockid_t id)
{
	static int (*real)(clockid_t, struct timespec *);
	struct timespec t = {0};

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
	(void)real(id, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* Nanoseconds that the clocks are ahead of the machine's. */
static int64_t ahead_ns(void)
{
	static int64_t times, since; /* both threads find the same */

	if (!times) {
		since = number_of("FAST_CLOCK_SINCE");
		times = number_of("FAST_CLOCK");
	}
	return (real_ns(CLOCK_MONOTONIC) - since) * (times - 1);
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t id, struct timespec *t)
{
	int64_t ns = real_ns(id);

	if (id != CLOCK_PROCESS_CPUTIME_ID && id != CLOCK_THREAD_CPUTIME_ID)
		ns += ahead_ns();
	t->tv_sec = ns / NS_PER_S;
	t->tv_nsec = ns % NS_PER_S;
	return 0;
}

__attribute__((visibility("default"))) time_t time(time_t *out)
{
	time_t now = (real_ns(CLOCK_REALTIME) + ahead_ns()) / NS_PER_S;

	if (out)
		*out = now;
	return now;
}

__attribute__((visibility("default"))) int gettimeofday(struct timeval *t, void *zone)
{
	int64_t ns = real_ns(CLOCK_REALTIME) + ahead_ns();

	(void)zone;
	t->tv_sec = ns / NS_PER_S;
	t->tv_usec = ns % NS_PER_S / NS_PER_US;
	return 0;
}

__attribute__((visibility("default"))) int epoll_pwait(int fd, struct epoll_event *events, int most,
						       int timeout_ms, const sigset_t *mask)
{
	static int (*real)(int, struct epoll_event *, int, int, const sigset_t *);
	int64_t times = number_of("FAST_CLOCK");

	if (!real)
		*(void **)&real = dlsym(RTLD_NEXT, "epoll_pwait");
	if (timeout_ms > 0)
		timeout_ms = (int)((timeout_ms + times - 1) / times);
	return real(fd, events, most, timeout_ms, mask);
}

__attribute__((visibility("default"))) int epoll_wait(int fd, struct epoll_event *events, int most,
						      int timeout_ms)
{
	return epoll_pwait(fd, events, most, timeout_ms, NULL);
}
