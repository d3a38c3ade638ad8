/* SPDX-License-Identifier: Apache-2.0 */
/* A device that says who it is, in the home of a test; it becomes a scale or a cuff. */
#ifndef VAKA_TESTS_BLE_KIT_H
#define VAKA_TESTS_BLE_KIT_H

#include "home.h"

int kit_setup(void **state);
void kit_add_scale(struct home *h);
void kit_add_cuff(struct home *h, const char *clock); /* seven bytes of 2A08 */
uint16_t kit_cccd_of(const struct home *h, uint16_t uuid);

#endif
