/* SPDX-License-Identifier: Apache-2.0 */
/* A glucose meter in the home of a test: its records and its control point. */
#ifndef VAKA_TESTS_BLE_METER_H
#define VAKA_TESTS_BLE_METER_H

#include "home.h"

int meter_setup(void **state);
const struct fake_attribute *meter_racp(const struct home *h);
/* Starts, and answers the first question: how many? */
void meter_start(struct home *h, int32_t last, uint16_t count);
void meter_record(struct home *h, uint16_t sequence);
void meter_records(struct home *h, int first, int last);

#endif
