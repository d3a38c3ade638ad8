/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines to standard error; the level is the one piece of file-scope state the house allows. */
#include "base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { LINE_MAX_BYTES = 1000 };

static _Atomic int log_level = VK_LOG_INFO;

void vk_log_init(void)
{
	const char *wanted = getenv("VAKA_LOG");

	if (wanted && strcmp(wanted, "debug") == 0)
		vk_log_set_level(VK_LOG_DEBUG);
}

void vk_log_set_level(enum vk_log_level level)
{
	atomic_store(&log_level, (int)level);
}

void vk_log(enum vk_log_level level, const char *area, const char *fmt, ...)
{
	char line[LINE_MAX_BYTES];
	va_list args;
	int used;

	if ((int)level > atomic_load(&log_level))
		return;
	used = snprintf(line, sizeof line, "<%d>%s: ", (int)level, area);
	va_start(args, fmt);
	used += vsnprintf(line + used, sizeof line - (size_t)used, fmt, args);
	va_end(args);
	if (used > LINE_MAX_BYTES - 2)
		used = LINE_MAX_BYTES - 2;
	line[used++] = '\n';
	/* A log that cannot be written must not stop the watch. */
	if (write(STDERR_FILENO, line, (size_t)used) < 0)
		return;
}
