/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 by libsodium. Secrets live on the stack of one function and are wiped there. */
#include "ctl/sign.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/json.h"

static const int variant = sodium_base64_VARIANT_ORIGINAL;

static int write_all(int fd, const char *text)
{
	size_t len = strlen(text);

	while (len) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text += n;
		len -= (size_t)n;
	}
	return fsync(fd) ? -errno : 0;
}

int vk_write_file(const char *path, unsigned int mode, const char *text)
{
	char temporary[512];
	int r;

	if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary)
		return -ENAMETOOLONG;
	(void)unlink(temporary);
	vk_auto(vk_closep) int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	if (fd < 0)
		return -errno;
	r = write_all(fd, text);
	if (!r && rename(temporary, path))
		r = -errno;
	if (r)
		(void)unlink(temporary);
	return r;
}

static int write_pair(const char *path, const char *seed, const char *public)
{
	char public_path[512], line[64];
	int r;

	if (snprintf(public_path, sizeof public_path, "%s.pub", path) >= (int)sizeof public_path)
		return -ENAMETOOLONG;
	(void)snprintf(line, sizeof line, "%s\n", seed);
	r = vk_write_file(path, 0600, line);
	sodium_memzero(line, sizeof line);
	if (r)
		return r;
	(void)snprintf(line, sizeof line, "%s\n", public);
	return vk_write_file(public_path, 0644, line);
}

int vk_key_new(const char *path, char ret_public[VK_BASE64_KEY])
{
	unsigned char public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
	unsigned char seed[crypto_sign_SEEDBYTES];
	char seed_text[VK_BASE64_KEY];
	int r;

	if (access(path, F_OK) == 0)
		return -EEXIST;
	if (sodium_init() < 0)
		return -EIO;
	randombytes_buf(seed, sizeof seed);
	crypto_sign_seed_keypair(public, secret, seed);
	sodium_bin2base64(seed_text, sizeof seed_text, seed, sizeof seed, variant);
	sodium_bin2base64(ret_public, VK_BASE64_KEY, public, sizeof public, variant);
	r = write_pair(path, seed_text, ret_public);
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(secret, sizeof secret);
	sodium_memzero(seed_text, sizeof seed_text);
	return r;
}

static int load_seed(const char *path, unsigned char seed[crypto_sign_SEEDBYTES])
{
	vk_auto(vk_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	char text[128];
	size_t len = 0;
	ssize_t n;
	int r;

	if (fd < 0)
		return -errno;
	n = read(fd, text, sizeof text);
	if (n < 0)
		return -errno;
	r = sodium_base642bin(seed, crypto_sign_SEEDBYTES, text, (size_t)n, " \r\n", &len, NULL,
			      variant);
	sodium_memzero(text, sizeof text);
	return r || len != crypto_sign_SEEDBYTES ? -EINVAL : 0;
}

int vk_sign(const char *key_path, const void *bytes, size_t len,
	    char ret_signature[VK_BASE64_SIGNATURE])
{
	unsigned char public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
	unsigned char seed[crypto_sign_SEEDBYTES], signature[crypto_sign_BYTES];
	int r = sodium_init() < 0 ? -EIO : load_seed(key_path, seed);

	if (r)
		return r;
	crypto_sign_seed_keypair(public, secret, seed);
	crypto_sign_detached(signature, NULL, bytes, len, secret);
	sodium_memzero(seed, sizeof seed);
	sodium_memzero(secret, sizeof secret);
	sodium_bin2base64(ret_signature, VK_BASE64_SIGNATURE, signature, sizeof signature, variant);
	return 0;
}

void vk_sign_json(struct vk_str *out, const void *bytes, size_t len, const char *key_id,
		  const char *signature)
{
	struct vk_json json = vk_json_init(out);
	size_t size = sodium_base64_encoded_len(len, variant);
	vk_auto(vk_freep) char *text = bytes ? malloc(size) : NULL;

	if (bytes && !text) {
		out->error = -ENOMEM;
		return;
	}
	vk_json_open(&json, NULL, '{');
	if (bytes)
		vk_json_str(&json, "plan", sodium_bin2base64(text, size, bytes, len, variant));
	vk_json_str(&json, "key", key_id);
	vk_json_str(&json, "signature", signature);
	vk_json_close(&json, '}');
}
