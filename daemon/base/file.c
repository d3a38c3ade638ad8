/* SPDX-License-Identifier: Apache-2.0 */
/* A bounded file in one piece. */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>

#include "base/err.h"

int vk_slurp(const char *path, size_t max, char **ret_bytes, size_t *ret_len)
{
	vk_auto(vk_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	vk_auto(vk_freep) char *bytes = malloc(max + 2);
	size_t len = 0;

	if (fd < 0)
		return -errno;
	if (!bytes)
		return -ENOMEM;
	while (len <= max) {
		ssize_t n = read(fd, bytes + len, max + 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	if (len > max)
		return -EFBIG;
	bytes[len] = '\0';
	*ret_len = len;
	*ret_bytes = vk_take(&bytes);
	return 0;
}
