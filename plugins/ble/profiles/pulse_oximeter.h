/* SPDX-License-Identifier: Apache-2.0 */
/* The oximeter's two status words as flags: in measurements, and in what a device can report. */
#ifndef VAKA_PROFILES_PULSE_OXIMETER_H
#define VAKA_PROFILES_PULSE_OXIMETER_H

#include <stdint.h>

/* A set of enum vk_flag, bit n: flag n. Reserved bits are left out. */
uint64_t vk_oximeter_measurement_flags(uint16_t status);
uint64_t vk_oximeter_sensor_flags(uint32_t status);

#endif
