/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few things every part of the kit needs: times of the two clocks, hex, one log line per event,
 * and clean-up at the end of a scope.
 */
#ifndef VK_KIT_UTIL_H
#define VK_KIT_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define vk_auto(fn) __attribute__((cleanup(fn)))

void vk_close_fd(int *fd);
/* The descriptor out of the reach of its clean-up: for the one who keeps it. */
int vk_steal_fd(int *fd);
void vk_close_file(FILE **f);
void vk_free_text(char **p);

/* CLOCK_MONOTONIC in ms; CLOCK_REALTIME in ms since 1970. */
int64_t vk_mono_ms(void);
int64_t vk_real_ms(void);

/* out holds 2 * len + 1 characters. */
void vk_hex_encode(const uint8_t *p, size_t len, char *out);
/* Bytes decoded, or -EINVAL (odd length, no hex digit, more than max bytes). */
int vk_hex_decode(const char *text, uint8_t *out, size_t max);

/* "AA:BB:..": Bluetooth addresses lie reversed in memory. */
#define VK_ADDRESS_TEXT 18
void vk_address_text(const uint8_t addr[6], char out[VK_ADDRESS_TEXT]);

/* One line to stderr: monotonic seconds, device name, event. */
void vk_log(const char *name, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
