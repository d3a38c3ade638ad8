/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A collector that never rests: weights of one scale through the hub's plugin socket, as vaka-ble
 * sends them, with a window of readings that are not answered yet. Its own work is kept small,
 * because it runs on the same processors as the hub it loads: packets are texts, and of an answer
 * only the beginning is looked at. Prints one JSON object.
 *
 * hub_load SOCKET DEVICE COUNT WINDOW [FIRST]: FIRST is where the series begins (0), so that two
 * runs against one hub send different readings.
 */
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "base/err.h"
#include "base/str.h"

enum { ANSWER_MAX = 128 * 1024, PATIENCE_MS = 30000, SERIES_S = 200000 };

struct load {
	int fd;
	const char *device;
	int64_t count, window, first;
	int64_t sent, answered, failed, repeated;
	time_t begin; /* device time of the series' first reading */
};

static int64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static int connect_to(const char *path)
{
	static const char hello[] =
		"{\"t\":\"hello\",\"v\":1,\"plugin\":\"ble\",\"version\":\"load\"}";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0 || !vk_copy(address.sun_path, sizeof address.sun_path, path) ||
	    connect(fd, (const struct sockaddr *)&address, sizeof address) ||
	    send(fd, hello, sizeof hello - 1, 0) < 0)
		return -1;
	return fd;
}

/* A scale's weight with its time, one second after the one before: all are different readings. */
static int write_reading(const struct load *l, char *out, size_t size)
{
	int64_t number = l->first + l->sent;
	unsigned weight = 16000 + (unsigned)(number % 180); /* in 5 g: nothing to raise an alert */
	time_t at = l->begin + number;
	struct tm t;

	(void)localtime_r(&at, &t);
	return snprintf(out, size,
			"{\"t\":\"reading\",\"n\":%" PRId64 ",\"device\":\"%s\",\"char\":10909,"
			"\"raw\":\"02%02x%02x%02x%02x%02x%02x%02x%02x%02x\",\"at_ms\":%" PRId64 ","
			"\"live\":true,\"decoded\":{\"kind\":\"weight\",\"values\":{\"weight\":{"
			"\"value\":\"%u.%03u\",\"unit\":\"kg\"}},\"flags\":[],\"implausible\":[],"
			"\"device_time\":\"%04d-%02d-%02dT%02d:%02d:%02d\"},\"clock_offset_s\":0}",
			l->sent + 1, l->device, weight & 0xff, weight >> 8,
			(unsigned)(t.tm_year + 1900) & 0xff, (unsigned)(t.tm_year + 1900) >> 8,
			(unsigned)t.tm_mon + 1, (unsigned)t.tm_mday, (unsigned)t.tm_hour,
			(unsigned)t.tm_min, (unsigned)t.tm_sec, (int64_t)at * 1000, weight / 200,
			weight % 200 * 5, t.tm_year + 1900, t.tm_mon + 1, t.tm_mday, t.tm_hour,
			t.tm_min, t.tm_sec);
}

/* False when the hub takes no more for now. */
static bool send_one(struct load *l)
{
	char packet[1024];
	int len = write_reading(l, packet, sizeof packet);

	if (send(l->fd, packet, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return false;
	l->sent++;
	return true;
}

static void judge(struct load *l, const char *answer)
{
	if (strncmp(answer, "{\"t\":\"ping\"", 11) == 0) {
		static const char pong[] = "{\"t\":\"pong\",\"n\":1}";

		(void)send(l->fd, pong, sizeof pong - 1, MSG_NOSIGNAL);
	}
	if (strncmp(answer, "{\"t\":\"stored\"", 13) == 0) {
		l->answered++;
		l->repeated += strstr(answer, "\"repeat\":true") != NULL;
	}
	if (strncmp(answer, "{\"t\":\"failed\"", 13) == 0) {
		l->answered++;
		l->failed++;
	}
}

/* Everything that is there. False when the hub is gone. */
static bool receive(struct load *l, char *buffer)
{
	ssize_t n;

	while ((n = recv(l->fd, buffer, ANSWER_MAX, MSG_DONTWAIT)) > 0) {
		buffer[n] = '\0';
		judge(l, buffer);
	}
	return n < 0;
}

static bool run(struct load *l)
{
	vk_auto(vk_freep) char *buffer = malloc(ANSWER_MAX + 1);

	while (buffer && l->answered < l->count) {
		bool may_send = l->sent < l->count && l->sent - l->answered < l->window;
		struct pollfd p = {.fd = l->fd,
				   .events = (short)(may_send ? POLLIN | POLLOUT : POLLIN)};

		if (poll(&p, 1, PATIENCE_MS) <= 0)
			return false;
		if (p.revents & (POLLIN | POLLHUP) && !receive(l, buffer))
			return false;
		while (l->sent < l->count && l->sent - l->answered < l->window && send_one(l))
			;
	}
	return buffer != NULL;
}

int main(int argc, char **argv)
{
	struct load l = {.begin = time(NULL) - SERIES_S};
	int64_t start_us;

	if (argc < 5) {
		fprintf(stderr, "usage: hub_load SOCKET DEVICE COUNT WINDOW [FIRST]\n");
		return 2;
	}
	l.device = argv[2];
	l.count = atoll(argv[3]);
	l.window = atoll(argv[4]);
	l.first = argc > 5 ? atoll(argv[5]) : 0;
	l.fd = connect_to(argv[1]);
	if (l.fd < 0) {
		perror(argv[1]);
		return 1;
	}
	start_us = now_us();
	if (!run(&l)) {
		fprintf(stderr, "the hub answered %" PRId64 " of %" PRId64 "\n", l.answered,
			l.sent);
		return 1;
	}
	printf("{\"seconds\":%.6f,\"stored\":%" PRId64 ",\"failed\":%" PRId64
	       ",\"repeated\":%" PRId64 "}\n",
	       (double)(now_us() - start_us) / 1e6, l.answered - l.failed, l.failed, l.repeated);
	return 0;
}
