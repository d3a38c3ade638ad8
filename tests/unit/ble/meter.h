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
/* 2026-03-04, at a minute of the day; the device's clock may be elsewhere. */
void meter_timed_record(struct home *h, uint16_t sequence, int minute, int year);
void meter_context(struct home *h, uint16_t sequence, uint8_t meal);
/* Its answer to a request with op; to a report. */
void meter_answer(struct home *h, uint8_t op, uint8_t code);
void meter_end_report(struct home *h, uint8_t code);
void meter_set_quirk(struct home *h, enum vk_quirk quirk);
/* Its clock was right a day ago, and is right now. */
void meter_has_steady_clock(struct home *h);

#endif
