/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SIG's Date Time (2A08) and Current Time (2A2B): a device's local wall clock without zone.
 * Read inside measurements and as values of their own; written to set a device's clock.
 */
#ifndef VAKA_PROFILES_DATE_TIME_H
#define VAKA_PROFILES_DATE_TIME_H

#include "base/bytes.h"
#include "base/decoded.h"

enum { VK_DATE_TIME_SIZE = 7, VK_CURRENT_TIME_SIZE = 10 };

/* Reads 7 bytes. VK_TIME_KNOWN, or VK_TIME_UNKNOWN (a part is 0 or impossible; *ret_c is 0). */
enum vk_time_state vk_date_time_read(struct vk_reader *r, struct vk_civil *ret_c);

/* The value to write to 2A08. c is valid. */
void vk_date_time_build(uint8_t out[VK_DATE_TIME_SIZE], const struct vk_civil *c);

/* The value to write to 2A2B: with the day of the week, fraction 0 and adjust reason 0. */
void vk_current_time_build(uint8_t out[VK_CURRENT_TIME_SIZE], const struct vk_civil *c);

#endif
