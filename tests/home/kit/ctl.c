/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client: vaka-kit ctl NAME VERB ARGS. Sends the words, prints the JSON document, exits with
 * the code the device gave. A device that is just starting is waited for, five seconds.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"
#include "util.h"

#define START_MS 5000
#define RETRY_MS 50
#define FAILED   1

static int connect_to(const char *name)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int64_t end = vk_mono_ms() + START_MS;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || vk_control_path(name, a.sun_path) < 0)
		return -EINVAL;
	while (connect(fd, (const struct sockaddr *)&a, sizeof(a)) < 0) {
		if ((errno != ENOENT && errno != ECONNREFUSED) || vk_mono_ms() > end) {
			int rc = -errno;

			close(fd);
			return rc;
		}
		poll(NULL, 0, RETRY_MS);
	}
	return fd;
}

static int send_words(int fd, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		if (dprintf(fd, "%s%c", argv[i], i + 1 == argc ? '\n' : '\t') < 0)
			return -errno;
	}
	return 0;
}

int vk_ctl_main(int argc, char **argv)
{
	int fd vk_auto(vk_close_fd) = -1;
	char *text vk_auto(vk_free_text) = NULL;
	FILE *f vk_auto(vk_close_file) = NULL;
	size_t size = 0;

	if (argc < 2) {
		fprintf(stderr, "vaka-kit ctl NAME VERB [ARGUMENT...]\n");
		return VK_CONTROL_USAGE;
	}
	fd = connect_to(argv[0]);
	if (fd < 0 || send_words(fd, argc - 1, argv + 1) < 0) {
		fprintf(stderr, "vaka-kit: device %s does not answer: %s\n", argv[0],
			strerror(fd < 0 ? -fd : errno));
		return FAILED;
	}
	f = fdopen(vk_steal_fd(&fd), "r");
	if (!f || getdelim(&text, &size, '\0', f) < 3) {
		fprintf(stderr, "vaka-kit: device %s ended without an answer\n", argv[0]);
		return FAILED;
	}
	fputs(text + 2, stdout);
	return text[0] - '0';
}
