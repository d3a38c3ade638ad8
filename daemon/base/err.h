/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors and ownership, the house's two habits.
 *
 * Functions return 0, a negative errno for the unexpected, or a positive outcome that is part of
 * their contract. What a local variable owns carries vk_auto(), so that no path forgets to free it.
 */
#ifndef VAKA_BASE_ERR_H
#define VAKA_BASE_ERR_H

#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#define vk_auto(fn)          __attribute__((cleanup(fn)))
#define VK_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define VK_NODISCARD         __attribute__((warn_unused_result))
#define VK_ARRAY_LEN(a)      (sizeof(a) / sizeof((a)[0]))

/* Hands a pointer over: returns it and leaves NULL behind, so that its cleanup does nothing. */
#define vk_take(p)                                                                                 \
	({                                                                                         \
		__typeof__(*(p)) vk_taken = *(p);                                                  \
		*(p) = NULL;                                                                       \
		vk_taken;                                                                          \
	})

/* Cleanup for anything from malloc(): `vk_auto(vk_freep) char *text`. */
static inline void vk_freep(void *pp)
{
	free(*(void **)pp);
}

/* Cleanup for a descriptor; -1 is nothing. */
static inline void vk_closep(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

#endif
