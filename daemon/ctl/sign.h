/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signing, for technicians, tests and whoever has no tool of the care provider's: keys as files
 * with the base64 seed of an Ed25519 pair (mode 0600; the public half beside it as <file>.pub),
 * plans as the message of plan/{patient} and as <plan>.sig.
 */
#ifndef VAKA_CTL_SIGN_H
#define VAKA_CTL_SIGN_H

#include "base/str.h"

enum { VK_BASE64_KEY = 45, VK_BASE64_SIGNATURE = 89 }; /* texts with their NUL */

/* Makes a pair: path and <path>.pub. 0; -EEXIST: never overwritten; other negative errno. */
int vk_key_new(const char *path, char ret_public[VK_BASE64_KEY]);

/* Signs bytes with the seed in key_path. 0; -EINVAL: no seed there; other negative errno. */
int vk_sign(const char *key_path, const void *bytes, size_t len,
	    char ret_signature[VK_BASE64_SIGNATURE]);

/* {"key":…,"signature":…}, with "plan" when bytes is not NULL. Check out->error. */
void vk_sign_json(struct vk_str *out, const void *bytes, size_t len, const char *key_id,
		  const char *signature);

/* Writes a whole file with this mode, replacing it in one step. 0 or negative errno. */
int vk_write_file(const char *path, unsigned int mode, const char *text);

#endif
