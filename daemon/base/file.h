/* SPDX-License-Identifier: Apache-2.0 */
/* Small files, read whole: plans, keys, configuration. */
#ifndef VAKA_BASE_FILE_H
#define VAKA_BASE_FILE_H

#include <stddef.h>

/*
 * A whole file and a NUL, which the caller frees. 0; -EFBIG above max bytes; what open and read
 * say. Any thread; blocks as reading a file does.
 */
int vk_slurp(const char *path, size_t max, char **ret_bytes, size_t *ret_len);

#endif
