/* SPDX-License-Identifier: Apache-2.0 */
/* A seeded life of a home: so many random events, each step judged by the home. */
#ifndef TESTS_UNIT_CORE_LIFE_H
#define TESTS_UNIT_CORE_LIFE_H

#include "home.h"

/* The hash of all effects' bytes: equal seeds, equal lives, equal hashes. */
uint64_t life_run(uint64_t seed, int n_events);

#endif
