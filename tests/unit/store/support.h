/* SPDX-License-Identifier: Apache-2.0 */
/* A store in a folder of its own that goes away with the test, and sample readings. */
#ifndef VAKA_TESTS_STORE_SUPPORT_H
#define VAKA_TESTS_STORE_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/store.h"

struct home {
	char folder[64];
	char path[96];
	struct vk_store *store;
	struct vk_store_report report;
};

/* cmocka's set-up and tear-down: *state is a struct home with an open store. */
int home_up(void **state);
int home_down(void **state);
/* Closes and opens again, as a restart does. */
void home_reopen(struct home *home);
/* Executes a text on the file behind the store's back; the store must be closed. */
void home_exec(const struct home *home, const char *sql);
int64_t home_int(const struct home *home, const char *sql);

/* A weight with neither time nor sequence, received at so many ms on both lines. */
struct vk_reading weight_at(int64_t at_ms);
/* A blood pressure whose device time is the hub's; number makes it differ. */
struct vk_reading pressure(int number);
/* Identifies and stores; the reading must be new. */
void keep(struct vk_store *store, struct vk_reading *r);
int count_readings(struct vk_store *store);

extern const struct vk_zone utc_zone;

#endif
