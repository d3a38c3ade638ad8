/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk below SQLite that counts what is written and fails when told: a layer over the ordinary
 * one, made the default by bad_disk_insert() for stores opened afterwards.
 */
#ifndef VAKA_TESTS_STORE_BAD_DISK_H
#define VAKA_TESTS_STORE_BAD_DISK_H

#include <stdint.h>

struct bad_disk {
	int error;     /* errno that every write and truncation meets; 0: none */
	int64_t bytes; /* written */
	int64_t writes;
	int64_t syncs;
};

extern struct bad_disk bad_disk;

void bad_disk_insert(void);
/* home_up() on such a disk. */
int bad_home_up(void **state);

#endif
