/* SPDX-License-Identifier: Apache-2.0 */
/* The short way of a row to the relay, with a socket whose other end is read here. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "hub/direct.h"

enum { EPOCH = 7 };

struct house {
	struct vk_direct direct;
	int hub, relay; /* the two ends */
	struct vk_job job;
	struct vk_outgoing **tail;
};

static int open_house(void **state)
{
	struct house *h = calloc(1, sizeof *h);
	int ends[2];

	assert_non_null(h);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	h->hub = ends[0];
	h->relay = ends[1];
	h->job = (struct vk_job){.type = VK_JOB_FETCH, .n = EPOCH};
	h->tail = &h->job.outgoing;
	vk_direct_init(&h->direct);
	vk_direct_socket(&h->direct, h->hub);
	vk_direct_open(&h->direct, EPOCH);
	*state = h;
	return 0;
}

static int close_house(void **state)
{
	struct house *h = *state;

	vk_outgoing_free(h->job.outgoing);
	vk_direct_done(&h->direct);
	(void)close(h->hub);
	(void)close(h->relay);
	free(h);
	return 0;
}

static struct vk_message *row(struct house *h, int64_t seq, size_t len)
{
	static const char payload[VK_BATCH_BYTES];
	struct vk_outgoing *o =
		vk_outgoing_new(&(struct vk_message){.seq = seq, .payload = payload, .len = len});

	assert_non_null(o);
	*h->tail = o;
	h->tail = &o->next;
	return &o->message;
}

static int send_them(struct house *h)
{
	vk_direct_lock(&h->direct);
	vk_direct_send(&h->direct, &h->job);
	vk_direct_unlock(&h->direct);
	return h->job.n_sent;
}

/* What the relay has got: the length of the next packet, 0 none. */
static size_t packet(struct house *h, char *text, size_t size)
{
	ssize_t n = recv(h->relay, text, size - 1, MSG_DONTWAIT);

	text[n > 0 ? n : 0] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static void a_row_leaves_as_a_packet_of_its_own(void **state)
{
	struct house *h = *state;
	char text[1024];

	(void)row(h, 12, 600);
	assert_int_equal(send_them(h), 1);
	assert_true(packet(h, text, sizeof text) > 600);
	assert_non_null(strstr(text, "{\"t\":\"publish\",\"n\":12,"));
	assert_int_equal(packet(h, text, sizeof text), 0);
}

static void several_leave_in_one(void **state)
{
	struct house *h = *state;
	static char text[VK_WIRE_MAX];

	for (int seq = 1; seq <= VK_WIRE_PARTS + 1; seq++)
		(void)row(h, seq, 10);
	assert_int_equal(send_them(h), VK_WIRE_PARTS); /* the rest go the long way */
	assert_true(packet(h, text, sizeof text) > 0);
	assert_memory_equal(text, "{\"t\":\"batch\",", 13);
	assert_int_equal(packet(h, text, sizeof text), 0);
}

static void what_only_the_loop_can_judge_ends_it(void **state)
{
	struct house *h = *state;
	char text[1024];

	(void)row(h, 1, 10);
	row(h, 2, 10)->is_damaged = true;
	(void)row(h, 3, 10);
	assert_int_equal(send_them(h), 1);
	assert_true(packet(h, text, sizeof text) > 0);
	h->job.outgoing->message.seq = -4; /* in memory only */
	h->job.n_sent = 0;
	assert_int_equal(send_them(h), 0);
	h->job.outgoing->message.seq = 1;
	h->job.outgoing->message.len = VK_BATCH_BYTES;
	assert_int_equal(send_them(h), 0);
	assert_int_equal(packet(h, text, sizeof text), 0);
}

static void nothing_leaves_where_the_loop_says_no(void **state)
{
	struct house *h = *state;
	char text[1024];

	(void)row(h, 1, 10);
	vk_direct_shut(&h->direct);
	assert_int_equal(send_them(h), 0);
	vk_direct_open(&h->direct, EPOCH + 1); /* the link was down meanwhile */
	assert_int_equal(send_them(h), 0);
	vk_direct_open(&h->direct, EPOCH);
	vk_direct_socket(&h->direct, -1);
	assert_int_equal(send_them(h), 0);
	vk_direct_socket(&h->direct, h->hub);
	h->job.error = -EIO;
	assert_int_equal(send_them(h), 0);
	assert_int_equal(packet(h, text, sizeof text), 0);
	h->job.error = 0;
	assert_int_equal(send_them(h), 1);
}

static void a_full_socket_takes_nothing(void **state)
{
	struct house *h = *state;
	char byte = 0;

	while (send(h->hub, &byte, 1, MSG_DONTWAIT) == 1)
		;
	(void)row(h, 1, 10);
	assert_int_equal(send_them(h), 0);
	while (recv(h->relay, &byte, 1, MSG_DONTWAIT) == 1)
		;
	assert_int_equal(send_them(h), 1);
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, open_house, close_house)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(a_row_leaves_as_a_packet_of_its_own),
		IN_HOUSE(several_leave_in_one),
		IN_HOUSE(what_only_the_loop_can_judge_ends_it),
		IN_HOUSE(nothing_leaves_where_the_loop_says_no),
		IN_HOUSE(a_full_socket_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
