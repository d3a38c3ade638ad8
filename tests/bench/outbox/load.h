/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every sender of these benches has in common: a payload of 600 bytes with its number in it,
 * one clock for all processes, percentiles, and a page that tells how far a process came even when
 * it was killed.
 */
#ifndef VAKA_BENCH_LOAD_H
#define VAKA_BENCH_LOAD_H

#include <stdbool.h>
#include <stdint.h>

enum { LOAD_BYTES = 600 };

/* Monotonic, the same for every process of the machine. */
int64_t load_now_ns(void);

/* CPU of this process so far. */
int64_t load_cpu_ns(void);

/* Bytes of pages this process made dirty on their way to a disk. */
int64_t load_written(void);

/* Fills LOAD_BYTES bytes: an Observation with the number, its rest opaque; no NUL behind. */
void load_payload(char out[LOAD_BYTES], int64_t number);

/* The number in a payload, or -1: it is none of ours. */
int64_t load_number(const void *payload, int len);

/* Mapped from a file, so that the counts survive their writer. One writer each. */
struct load_page {
	volatile int64_t submitted, stored, settled, unique, repeated;
	volatile int64_t first_ns, last_ns; /* of unique ones */
	volatile int64_t urgent_ns;         /* when the urgent one came, 0 not yet */
	volatile int64_t again_ns; /* of the first that came, or came again, since it was 0 */
	volatile int64_t longest_turn_ns; /* of a loop, from one wait to the next */
	volatile int64_t connected_ns;    /* when the last connect to a broker succeeded */
	volatile int64_t acknowledged_ns; /* when the last PUBACK came */
};

/* Creates or opens, with `extra` bytes behind the page. Ends the program where it cannot. */
struct load_page *load_page_open(const char *path, int64_t extra);

/* Sorts n times and prints ,"p50_us":…,"p99_us":…,"most_us":… */
void load_print_times(int64_t *times_ns, int64_t n);

#endif
