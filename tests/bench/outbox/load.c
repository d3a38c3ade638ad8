/* SPDX-License-Identifier: Apache-2.0 */
/* Payload, clock and counts; nothing here is measured beyond its own few hundred nanoseconds. */
#include "load.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { NS_PER_S = 1000000000, NS_PER_US = 1000 };

static const char mark[] = "\"value\":\"obs-";

int64_t load_now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

int64_t load_cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

int64_t load_written(void)
{
	char line[128];
	int64_t bytes = 0;
	FILE *io = fopen("/proc/self/io", "re");

	while (io && fgets(line, sizeof line, io))
		if (sscanf(line, "write_bytes: %" SCNd64, &bytes) == 1)
			break;
	if (io)
		(void)fclose(io);
	return bytes;
}

/* Text that no packing makes shorter, another for each number. */
static void fill_opaque(char *out, int len, int64_t number)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
	uint64_t x = UINT64_C(0x9e3779b97f4a7c15) * (uint64_t)(number + 1);

	for (int i = 0; i < len; i++) {
		if (i % 8 == 0) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
		}
		out[i] = letters[x >> (i % 8 * 8) & 63];
	}
}

void load_payload(char out[LOAD_BYTES], int64_t number)
{
	char text[LOAD_BYTES];
	int n = snprintf(
		text, sizeof text,
		"{\"resourceType\":\"Observation\",\"status\":\"final\",\"identifier\":"
		"[{\"system\":\"urn:vaka:bench\",\"value\":\"obs-%08" PRId64 "\"}],"
		"\"code\":{\"coding\":[{\"system\":\"http://loinc.org\",\"code\":\"85354-9\"}]},"
		"\"component\":[{\"valueQuantity\":{\"value\":%d,\"unit\":\"mmHg\"}},"
		"{\"valueQuantity\":{\"value\":%d,\"unit\":\"mmHg\"}}],\"note\":\"",
		number, 110 + (int)(number % 50), 60 + (int)(number % 40));

	memcpy(out, text, (size_t)n);
	fill_opaque(out + n, LOAD_BYTES - n, number);
	memcpy(out + LOAD_BYTES - 2, "\"}", 2);
}

int64_t load_number(const void *payload, int len)
{
	const char *at =
		len == LOAD_BYTES ? memmem(payload, LOAD_BYTES, mark, sizeof mark - 1) : NULL;

	return at ? strtoll(at + sizeof mark - 1, NULL, 10) : -1;
}

struct load_page *load_page_open(const char *path, int64_t extra)
{
	size_t size = sizeof(struct load_page) + (size_t)extra;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	void *page = MAP_FAILED;

	if (fd >= 0 && ftruncate(fd, (off_t)size) == 0)
		page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (page == MAP_FAILED) {
		perror(path);
		exit(1);
	}
	(void)close(fd);
	return page;
}

static int compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

void load_print_times(int64_t *times_ns, int64_t n)
{
	if (n == 0)
		return;
	qsort(times_ns, (size_t)n, sizeof *times_ns, compare);
	printf(",\"p50_us\":%.1f,\"p99_us\":%.1f,\"most_us\":%.1f",
	       (double)times_ns[n / 2] / NS_PER_US, (double)times_ns[n * 99 / 100] / NS_PER_US,
	       (double)times_ns[n - 1] / NS_PER_US);
}
