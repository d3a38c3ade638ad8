/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts that say the same again and again, made small for the card: a FHIR Bundle of 4.5 KB becomes
 * 1.7, in the time that writing the difference would take. Pure, no allocation; any thread.
 *
 * A packed text is a row of pieces, each led by one byte c. Below 128: c + 1 bytes follow as they
 * are. From 128 on: c - 124 bytes are the same as those that stand `distance` before, which follows
 * in two bytes, the lower one first; a repeat may run into what it is making.
 */
#ifndef VAKA_STORE_PACK_H
#define VAKA_STORE_PACK_H

#include <stddef.h>
#include <stdint.h>

enum { VK_PACK_MOST = 65535 };

/* Into out, which has room for len. The packed length; 0: it would not be smaller, or is too long.
 */
size_t vk_pack(uint8_t *out, const uint8_t *in, size_t len);

/* Exactly len bytes into out. 0 or -EBADMSG, whatever the bytes are. */
int vk_unpack(uint8_t *out, size_t len, const uint8_t *in, size_t packed_len);

#endif
