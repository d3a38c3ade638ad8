/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The heap of a program that works in bursts: what a burst took stays while there is work, or each
 * group of readings would give thousands of pages back and fetch them again, and is given back when
 * there is none.
 */
#ifndef VAKA_BASE_HEAP_H
#define VAKA_BASE_HEAP_H

/* Once, before there is a second thread. */
void vk_heap_init(void);

/*
 * Gives back the free end of the calling thread's heap, which malloc_trim() reaches in the main
 * thread only. Microseconds; when there is no work.
 */
void vk_heap_rest(void);

#endif
