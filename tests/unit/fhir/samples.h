/* SPDX-License-Identifier: Apache-2.0 */
/* Readings of every kind, unit, special value and flag that has a FHIR form, each with a name. */
#ifndef VAKA_TESTS_FHIR_SAMPLES_H
#define VAKA_TESTS_FHIR_SAMPLES_H

#include "fhir/bundle.h"

struct sample {
	char name[64];
	struct vk_reading reading;
	struct vk_fhir_context context;
};

typedef void (*sample_fn)(const struct sample *sample, void *user);
void samples_each(sample_fn fn, void *user);

/* One of them: 2026-03-04 07:40:12 in Stockholm, a cuff whose clock is 98 s fast. */
struct sample sample_pressure(void);
struct sample sample_of(enum vk_kind kind, const char *name);
void sample_value(struct sample *s, enum vk_quantity quantity, enum vk_unit unit, int64_t mantissa,
		  int exponent);

#endif
