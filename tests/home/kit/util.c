/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See util.h. Log lines carry CLOCK_MONOTONIC so that the lines of all devices and of the hub,
 * which run on one machine, merge by sorting.
 */
#include "util.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void vk_close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int vk_steal_fd(int *fd)
{
	int kept = *fd;

	*fd = -1;
	return kept;
}

void vk_close_file(FILE **f)
{
	if (*f)
		fclose(*f);
	*f = NULL;
}

void vk_free_text(char **p)
{
	free(*p);
	*p = NULL;
}

static int64_t clock_ms(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t vk_mono_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

int64_t vk_real_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

void vk_hex_encode(const uint8_t *p, size_t len, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < len; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 0xf];
	}
	*out = '\0';
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int vk_hex_decode(const char *text, uint8_t *out, size_t max)
{
	size_t len = strlen(text);

	if (len % 2 || len / 2 > max)
		return -EINVAL;
	for (size_t i = 0; i < len / 2; i++) {
		int high = digit(text[2 * i]);
		int low = digit(text[2 * i + 1]);

		if (high < 0 || low < 0)
			return -EINVAL;
		out[i] = (uint8_t)(high << 4 | low);
	}
	return (int)(len / 2);
}

void vk_address_text(const uint8_t addr[6], char out[VK_ADDRESS_TEXT])
{
	snprintf(out, VK_ADDRESS_TEXT, "%02X:%02X:%02X:%02X:%02X:%02X", addr[5], addr[4], addr[3],
		 addr[2], addr[1], addr[0]);
}

void vk_log(const char *name, const char *fmt, ...)
{
	char text[256];
	int64_t now = vk_mono_ms();
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "%lld.%03lld %s %s\n", (long long)(now / 1000), (long long)(now % 1000),
		name, text);
}
