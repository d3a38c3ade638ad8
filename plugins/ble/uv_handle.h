/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles of libuv on the heap: the loop needs them until the close callback, long after their
 * owner has gone on.
 */
#ifndef VAKA_BLE_UV_HANDLE_H
#define VAKA_BLE_UV_HANDLE_H

#include <stdlib.h>
#include <uv.h>

static inline void vk_uv_free(uv_handle_t *handle)
{
	free(handle);
}

/* Closes and forgets; NULL is fine. The loop frees it. */
static inline void vk_uv_close(uv_handle_t **handle)
{
	if (*handle && !uv_is_closing(*handle))
		uv_close(*handle, vk_uv_free);
	*handle = NULL;
}

#endif
