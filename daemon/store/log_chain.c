/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the log whole? SQLite reads it up to the first frame that does not fit to the one before, and
 * takes what is behind for a write that the power cut short. Yet a transaction is only begun when
 * the one before it is on the disk: a frame that does not fit, with a whole transaction and the
 * begin of another one behind it, was damaged later. The frames behind are found by their own chain
 * and written to a log of their own, without the damaged ones, from which rows can be read.
 */
#include "store/store_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	HEAD_BYTES = 32,
	FRAME_HEAD_BYTES = 24,
	SUMMED_BYTES = 8, /* of a frame's head: page number, pages of the file at a commit */
	SALTS_AT = 8,     /* of a frame's head */
	SUM_AT = 16,      /* … and of a frame's head, its chained sum */
	GAP_MOST = 8,     /* damaged frames in a row that are stepped over */
	PAGE_LEAST = 512,
	PAGE_MOST = 65536,
};

static const uint32_t magic = 0x377f0682; /* +1: sums over big-endian words */

struct sum {
	uint32_t a, b;
};

struct log {
	uint8_t *data;        /* mapped */
	size_t size, page, n; /* n: frames, as far as the file goes */
	bool is_big, has_head;
	uint8_t salts[8];
};

static uint32_t big(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put_big(uint8_t *p, uint32_t value)
{
	for (int i = 3; i >= 0; i--, value >>= 8)
		p[i] = (uint8_t)value;
}

static uint32_t word(const uint8_t *p, bool is_big)
{
	return is_big ? big(p)
		      : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static struct sum add(struct sum s, const uint8_t *p, size_t len, bool is_big)
{
	for (size_t i = 0; i < len; i += 8) {
		s.a += word(p + i, is_big) + s.b;
		s.b += word(p + i + 4, is_big) + s.a;
	}
	return s;
}

static bool is_sum(struct sum s, const uint8_t *p)
{
	return s.a == big(p) && s.b == big(p + 4);
}

static uint8_t *frame_at(const struct log *log, size_t i)
{
	return log->data + HEAD_BYTES + i * (FRAME_HEAD_BYTES + log->page);
}

static struct sum sum_of(const uint8_t *p)
{
	return (struct sum){big(p), big(p + 4)};
}

/* What the sum of a frame goes on from: the one before it. */
static struct sum before(const struct log *log, size_t i)
{
	return sum_of(i ? frame_at(log, i - 1) + SUM_AT : log->data + HEAD_BYTES - 8);
}

static struct sum frame_sum(const struct log *log, struct sum s, const uint8_t *frame)
{
	s = add(s, frame, SUMMED_BYTES, log->is_big);
	return add(s, frame + FRAME_HEAD_BYTES, log->page, log->is_big);
}

static bool fits(const struct log *log, size_t i)
{
	const uint8_t *frame = frame_at(log, i);

	return memcmp(frame + SALTS_AT, log->salts, sizeof log->salts) == 0 && big(frame) != 0 &&
	       is_sum(frame_sum(log, before(log, i), frame), frame + SUM_AT);
}

static bool is_commit(const struct log *log, size_t i)
{
	return big(frame_at(log, i) + 4) != 0;
}

/* Of a head that is whole, what it says; else what this house writes, and the first frame's salts.
 */
static void read_head(struct log *log)
{
	uint32_t said = big(log->data), page = big(log->data + 8);

	log->is_big = (said & 1) != 0;
	log->has_head = (said & ~1U) == magic && page >= PAGE_LEAST && page <= PAGE_MOST &&
			(page & (page - 1)) == 0 &&
			is_sum(add((struct sum){0}, log->data, HEAD_BYTES - 8, log->is_big),
			       log->data + HEAD_BYTES - 8);
	log->page = log->has_head ? page : VK_PAGE_BYTES;
	if (!log->has_head)
		log->is_big = __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
	log->n = (log->size - HEAD_BYTES) / (FRAME_HEAD_BYTES + log->page);
	memcpy(log->salts, log->data + 16, sizeof log->salts);
}

/* 1: open, 0: there is nothing to judge. */
static int open_log(const char *path, struct log *log)
{
	vk_auto(vk_str_done) struct vk_str name = {0};
	struct stat st;

	vk_str_addf(&name, "%s-wal", path);
	if (name.error)
		return name.error;
	vk_auto(vk_closep) int fd = open(name.text, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &st))
		return -errno;
	if (st.st_size < HEAD_BYTES + FRAME_HEAD_BYTES + PAGE_MOST)
		return 0;
	*log = (struct log){.size = (size_t)st.st_size};
	log->data = mmap(NULL, log->size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (log->data == MAP_FAILED)
		return -errno;
	read_head(log);
	return 1;
}

/* Where the readable parts are: [0, end) and [from, to). */
struct parts {
	size_t end, from, to;
	bool is_damaged;
};

/* Without a head, the first frame that fits to the one before it says which frames are of one log.
 */
static void find_salts(struct log *log)
{
	for (size_t i = 1; i < log->n && i <= GAP_MOST; i++) {
		memcpy(log->salts, frame_at(log, i) + SALTS_AT, sizeof log->salts);
		if (fits(log, i))
			return;
	}
}

static struct parts judge(struct log *log)
{
	struct parts p = {0};
	size_t commit = 0;

	if (!log->has_head)
		find_salts(log);
	while (log->has_head && p.end < log->n && fits(log, p.end))
		p.end++;
	for (p.from = p.end + 1; p.from < log->n && p.from <= p.end + GAP_MOST; p.from++)
		if (fits(log, p.from))
			break;
	if (p.from >= log->n || p.from > p.end + GAP_MOST)
		return p;
	for (p.to = p.from; p.to < log->n && fits(log, p.to); p.to++) {
		p.is_damaged |= commit != 0;
		if (is_commit(log, p.to))
			commit = p.to + 1;
	}
	p.to = commit;
	return p;
}

int vk_log_judge(const char *path)
{
	struct log log = {0};
	int r = open_log(path, &log);

	if (r <= 0)
		return r;
	r = judge(&log).is_damaged;
	(void)munmap(log.data, log.size);
	return r;
}

static int write_all(int fd, const uint8_t *p, size_t len)
{
	while (len) {
		ssize_t n = write(fd, p, len);

		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static int write_head(const struct log *log, int fd, struct sum *ret_sum)
{
	uint8_t head[HEAD_BYTES] = {0};

	put_big(head, magic | log->is_big);
	put_big(head + 4, 3007000);
	put_big(head + 8, (uint32_t)log->page);
	memcpy(head + 16, log->salts, sizeof log->salts);
	*ret_sum = add((struct sum){0}, head, HEAD_BYTES - 8, log->is_big);
	put_big(head + HEAD_BYTES - 8, ret_sum->a);
	put_big(head + HEAD_BYTES - 4, ret_sum->b);
	return write_all(fd, head, sizeof head);
}

static int write_frames(const struct log *log, int fd, size_t from, size_t to, struct sum *sum)
{
	int r = 0;

	for (size_t i = from; i < to && !r; i++) {
		uint8_t head[FRAME_HEAD_BYTES];
		const uint8_t *frame = frame_at(log, i);

		memcpy(head, frame, sizeof head);
		*sum = frame_sum(log, *sum, frame);
		put_big(head + SUM_AT, sum->a);
		put_big(head + SUM_AT + 4, sum->b);
		r = write_all(fd, head, sizeof head);
		if (!r)
			r = write_all(fd, frame + FRAME_HEAD_BYTES, log->page);
	}
	return r;
}

int vk_log_mend(const char *path, const char *target)
{
	struct log log = {0};
	struct sum sum = {0};
	int r = open_log(path, &log);

	if (r <= 0)
		return r ? r : -ENOENT;
	struct parts p = judge(&log);
	vk_auto(vk_closep) int fd = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	r = fd < 0 ? -errno : write_head(&log, fd, &sum);
	if (!r)
		r = write_frames(&log, fd, 0, p.end, &sum);
	/* With a damaged head the first frame cannot be proved, and stands all the same. */
	if (!r && !log.has_head && p.from == 1)
		r = write_frames(&log, fd, 0, 1, &sum);
	if (!r)
		r = write_frames(&log, fd, p.from, p.to, &sum);
	(void)munmap(log.data, log.size);
	return r;
}
