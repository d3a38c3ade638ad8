/* SPDX-License-Identifier: Apache-2.0 */
/* By the thresholds of the C library's allocator: none of them gives back memory by itself. */
#include "base/heap.h"

#include <malloc.h>
#include <stddef.h>
#include <stdlib.h>

enum {
	BUSY_BYTES = 16 << 20,     /* as much as a burst may keep */
	PIECE_BYTES = 8 << 20,     /* more than fits into any hole */
	MAPPED_BEYOND = 128 << 10, /* the library's own choice, as long as nobody asks */
};

void vk_heap_init(void)
{
	(void)mallopt(M_TRIM_THRESHOLD, BUSY_BYTES);
}

void vk_heap_rest(void)
{
	void *volatile piece;

	/* A piece that only fits behind everything else, and is not even written to: as it is
	 * freed, the end of the heap is looked at. */
	(void)mallopt(M_MMAP_THRESHOLD, 2 * PIECE_BYTES);
	(void)mallopt(M_TRIM_THRESHOLD, MAPPED_BEYOND);
	piece = malloc(PIECE_BYTES);
	free(piece);
	(void)mallopt(M_TRIM_THRESHOLD, BUSY_BYTES);
	(void)mallopt(M_MMAP_THRESHOLD, MAPPED_BEYOND);
}
