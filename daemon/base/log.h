/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One log line per event: `<level>area: text key=value …` on standard error, where the leading
 * `<N>` is the syslog priority that journald understands. Never health data, a name or a key above
 * debug: log ids, counts and reasons.
 */
#ifndef VAKA_BASE_LOG_H
#define VAKA_BASE_LOG_H

#include "base/err.h"

enum vk_log_level {
	VK_LOG_ERR = 3,     /* a person must act */
	VK_LOG_WARNING = 4, /* degraded, but serving */
	VK_LOG_NOTICE = 5,  /* a state somebody may ask about later */
	VK_LOG_INFO = 6,    /* one line per start, stop, connect */
	VK_LOG_DEBUG = 7,   /* free */
};

/* Sets the highest level that is written (default info; $VAKA_LOG=debug raises it). Any thread. */
void vk_log_init(void);
void vk_log_set_level(enum vk_log_level level);

/* Writes one line with a single write(2). Longer than 1000 bytes is cut. Any thread. */
void vk_log(enum vk_log_level level, const char *area, const char *fmt, ...) VK_PRINTF(3, 4);

#endif
