/* SPDX-License-Identifier: Apache-2.0 */
/* Wall clock, boot clock, and whether the wall clock has been set by somebody who knows. */
#include "hub/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

/* systemd-timesyncd makes this file at its first synchronisation; NTP daemons clear STA_UNSYNC. */
static const char timesync_mark[] = "/run/systemd/timesync/synchronized";

enum { JUDGE_EVERY_MS = 50 };

/* Before this the wall clock cannot be: 2026-01-01, the year of this program. */
#define LEAST_WALL_MS INT64_C(1767225600000)

static int64_t read_ms(clockid_t id)
{
	struct timespec t;

	(void)clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static enum vk_clock_quality quality(int64_t utc_ms)
{
	struct timex state = {0};

	if (utc_ms < LEAST_WALL_MS)
		return VK_CLOCK_UNSYNCED;
	if (adjtimex(&state) >= 0 && !(state.status & STA_UNSYNC))
		return VK_CLOCK_SYNCED;
	return access(timesync_mark, F_OK) == 0 ? VK_CLOCK_SYNCED : VK_CLOCK_HELD;
}

/* The first 60 bits of the boot's id. */
static int64_t read_boot(void)
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
	int64_t boot = 0;
	int digits = 0, c;

	if (!file)
		return 0;
	while (digits < 15 && (c = fgetc(file)) != EOF) {
		if (!isxdigit(c))
			continue;
		boot = boot << 4 | (isdigit(c) ? c - '0' : tolower(c) - 'a' + 10);
		digits++;
	}
	(void)fclose(file);
	return boot;
}

bool vk_clock_init(struct vk_clock *clock, int64_t floor_mono_ms, const struct vk_clock *before)
{
	int64_t wall_ms = read_ms(CLOCK_REALTIME), boot_ms = read_ms(CLOCK_BOOTTIME);
	int64_t start_ms = wall_ms > floor_mono_ms ? wall_ms : floor_mono_ms;

	clock->boot = read_boot();
	clock->base_ms = start_ms - boot_ms;
	if (!clock->boot || clock->boot != before->boot ||
	    before->base_ms + boot_ms < floor_mono_ms)
		return false;
	clock->base_ms = before->base_ms;
	return true;
}

int64_t vk_clock_mono_ms(const struct vk_clock *clock)
{
	return read_ms(CLOCK_BOOTTIME) + clock->base_ms;
}

struct vk_now vk_clock_now_as(const struct vk_clock *clock, enum vk_clock_quality quality)
{
	return (struct vk_now){
		.utc_ms = read_ms(CLOCK_REALTIME),
		.mono_ms = vk_clock_mono_ms(clock),
		.quality = quality,
	};
}

struct vk_now vk_clock_now(const struct vk_clock *clock)
{
	return vk_clock_now_as(clock, quality(read_ms(CLOCK_REALTIME)));
}

struct vk_now vk_clock_now_soon(const struct vk_clock *clock, struct vk_clock_sight *sight)
{
	struct vk_now now = vk_clock_now_as(clock, sight->quality);

	if (sight->judged_mono_ms && now.mono_ms - sight->judged_mono_ms < JUDGE_EVERY_MS)
		return now;
	now.quality = sight->quality = quality(now.utc_ms);
	sight->judged_mono_ms = now.mono_ms;
	return now;
}
