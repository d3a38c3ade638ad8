/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vaka-radio-reset REQUEST: resets one Bluetooth controller, for the last rung that a program may
 * take. Started by systemd when the collector has written REQUEST ("hci0"); the file goes first, so
 * that one request is one reset. Unblocks the radio switch, then takes the strongest way there is:
 * a USB stick is de-authorised and authorised (as pulled and put in again), anything else is closed
 * and opened by the kernel. A stick that fell off the bus so far that it has no hciN is found by
 * its USB class. It reads nothing but a name, which must be hci and a number.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"

enum { PROTOCOL_HCI = 1, SETTLE_MS = 1000 };

static const unsigned long hci_up = _IOW('H', 201, int);
static const unsigned long hci_down = _IOW('H', 202, int);

static int write_text(const char *path, const char *text)
{
	vk_auto(vk_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

static int read_text(const char *path, char *out, size_t size)
{
	vk_auto(vk_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : read(fd, out, size - 1);

	if (n < 0)
		return -errno;
	out[n] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return 0;
}

static void settle(void)
{
	struct timespec t = {.tv_sec = SETTLE_MS / 1000, .tv_nsec = SETTLE_MS % 1000 * 1000000L};

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		continue;
}

/* The number of "hciN", or -1. */
static int parse_name(const char *name)
{
	char *end;
	long number;

	if (strncmp(name, "hci", 3) != 0 || name[3] < '0' || name[3] > '9')
		return -1;
	number = strtol(name + 3, &end, 10);
	return *end || number > 99 ? -1 : (int)number;
}

/* Calls fn with each entry of a folder until it returns nonzero, which is returned. */
static int each(const char *folder, int (*fn)(const char *path))
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	char path[PATH_MAX];
	int r = 0;

	while (dir && r == 0 && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		(void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
		r = fn(path);
	}
	if (dir)
		(void)closedir(dir);
	return r;
}

static int unblock(const char *path)
{
	char file[PATH_MAX + 8], type[32];

	(void)snprintf(file, sizeof file, "%s/type", path);
	if (read_text(file, type, sizeof type) < 0 || strcmp(type, "bluetooth") != 0)
		return 0;
	(void)snprintf(file, sizeof file, "%s/soft", path);
	if (write_text(file, "0") < 0)
		vk_log(VK_LOG_WARNING, "reset", "the radio switch stays: %s", strerror(errno));
	return 0;
}

/* path is a USB device. 0 or negative errno. */
static int authorise_anew(const char *path)
{
	char file[PATH_MAX + 16];
	int r;

	(void)snprintf(file, sizeof file, "%s/authorized", path);
	r = write_text(file, "0");
	if (r < 0)
		return r;
	settle();
	r = write_text(file, "1");
	vk_log(VK_LOG_NOTICE, "reset", "authorised anew device=%s", path);
	return r;
}

/* path is an interface of USB: 1 when it was a Bluetooth one and its device is reset. */
static int reset_interface(const char *path)
{
	char file[PATH_MAX + 32], what[8], device[PATH_MAX];

	(void)snprintf(file, sizeof file, "%s/bInterfaceClass", path);
	if (read_text(file, what, sizeof what) < 0 || strcmp(what, "e0") != 0)
		return 0;
	(void)snprintf(file, sizeof file, "%s/..", path);
	return realpath(file, device) && authorise_anew(device) == 0;
}

/* The stick that hciN is, or used to be. 0, or -ENODEV: it is none. */
static int reset_usb(int number)
{
	char link[64], interface[PATH_MAX];

	(void)snprintf(link, sizeof link, "/sys/class/bluetooth/hci%d/device", number);
	if (realpath(link, interface))
		return reset_interface(interface) ? 0 : -ENODEV;
	(void)snprintf(link, sizeof link, "/sys/class/bluetooth/hci%d", number);
	if (access(link, F_OK) == 0)
		return -ENODEV; /* there, and on no bus: virtual */
	return each("/sys/bus/usb/devices", reset_interface) ? 0 : -ENODEV;
}

static int close_and_open(int number)
{
	vk_auto(vk_closep) int fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC, PROTOCOL_HCI);

	if (fd < 0 || ioctl(fd, hci_down, number) < 0)
		return -errno;
	settle();
	if (ioctl(fd, hci_up, number) < 0 && errno != EALREADY)
		return -errno;
	vk_log(VK_LOG_NOTICE, "reset", "closed and opened adapter=hci%d", number);
	return 0;
}

int main(int argc, char **argv)
{
	char name[16] = "";
	int number, r;

	vk_log_init();
	if (argc != 2)
		return 2;
	r = read_text(argv[1], name, sizeof name);
	if (unlink(argv[1]) < 0 && r == 0)
		r = -errno;
	number = parse_name(name);
	if (r < 0 || number < 0) {
		vk_log(VK_LOG_ERR, "reset", "no such request: %s",
		       r < 0 ? strerror(-r) : "expected hci and a number");
		return 1;
	}
	(void)each("/sys/class/rfkill", unblock);
	r = reset_usb(number);
	if (r < 0)
		r = close_and_open(number);
	if (r < 0)
		vk_log(VK_LOG_ERR, "reset", "not reset adapter=%s reason=%s", name, strerror(-r));
	return r < 0;
}
