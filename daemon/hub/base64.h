/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and signatures as they stand in files and messages: base64 with padding. Small files whole.
 */
#ifndef VAKA_HUB_BASE64_H
#define VAKA_HUB_BASE64_H

#include <stddef.h>
#include <stdint.h>

/* Exactly n bytes; blanks and line ends around and within the text are passed over. 0 or -EINVAL.
 */
int vk_base64_read(const char *text, uint8_t *out, size_t n);

/* Any number of bytes, which the caller frees. 0, -EINVAL, -ENOMEM. */
int vk_base64_dup(const char *text, size_t text_len, void **ret_bytes, size_t *ret_len);

#endif
