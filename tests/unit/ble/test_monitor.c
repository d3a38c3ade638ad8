/* SPDX-License-Identifier: Apache-2.0 */
/* What the witness makes of the monitor channel's packets. */
#include "cmocka_all.h"

#include <string.h>

#include "witness/monitor.h"

enum { OP_EVENT = 3, OP_SENT = 4, OP_RECEIVED = 5, FIRST = 2, MORE = 1 };

struct seen {
	struct vk_monitor monitor;
	bool is_unknown; /* the kernel does not know the link yet */
	int n_asked, n;
	uint8_t address[6];
	uint16_t handle;
	size_t len;
	uint8_t data[VK_MONITOR_PDU];
};

static bool who(void *user, uint16_t adapter, uint16_t link, uint8_t ret_address[6])
{
	struct seen *s = user;
	const uint8_t address[6] = {(uint8_t)link, (uint8_t)adapter, 3, 4, 5, 6};

	s->n_asked++;
	memcpy(ret_address, address, sizeof address);
	return !s->is_unknown;
}

static void confirmed(void *user, const uint8_t address[6], uint16_t handle, const uint8_t *data,
		      size_t len)
{
	struct seen *s = user;

	s->n++;
	memcpy(s->address, address, sizeof s->address);
	s->handle = handle;
	s->len = len;
	memcpy(s->data, data, len);
}

static const struct vk_monitor_ops ops = {.who = who, .confirmed = confirmed};

static void begin(struct seen *s)
{
	memset(s, 0, sizeof *s);
	vk_monitor_init(&s->monitor, 0, &ops, s);
}

static void packet(struct seen *s, uint16_t op, uint16_t adapter, const uint8_t *body, size_t len)
{
	uint8_t bytes[VK_MONITOR_PACKET] = {
		(uint8_t)op, 0, (uint8_t)adapter, 0, (uint8_t)len, (uint8_t)(len >> 8)};

	memcpy(bytes + 6, body, len);
	vk_monitor_packet(&s->monitor, bytes, 6 + len);
}

static void acl(struct seen *s, uint16_t op, uint16_t link, int fragment, const uint8_t *data,
		size_t len)
{
	uint8_t body[VK_MONITOR_PDU + 8] = {(uint8_t)link, (uint8_t)(fragment << 4), (uint8_t)len,
					    (uint8_t)(len >> 8)};

	memcpy(body + 4, data, len);
	packet(s, op, 0, body, 4 + len);
}

static const uint8_t indication[] = {6, 0, 4, 0, 0x1d, 0x0c, 0x00, 0xaa, 0xbb, 0xcc};
static const uint8_t confirmation[] = {1, 0, 4, 0, 0x1e};

static void a_confirmed_indication_is_seen_once(void **state)
{
	struct seen s;

	(void)state;
	begin(&s);
	acl(&s, OP_RECEIVED, 64, FIRST, indication, sizeof indication);
	assert_int_equal(s.n, 0);
	acl(&s, OP_SENT, 64, 0, confirmation, sizeof confirmation);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.handle, 0x000c);
	assert_int_equal(s.len, 3);
	assert_memory_equal(s.data, "\xaa\xbb\xcc", 3);
	assert_int_equal(s.address[0], 64);
	acl(&s, OP_SENT, 64, 0, confirmation, sizeof confirmation);
	assert_int_equal(s.n, 1);
}

static void what_nobody_confirmed_is_nothing(void **state)
{
	static const uint8_t notification[] = {4, 0, 4, 0, 0x1b, 0x0c, 0x00, 0xaa};
	static const uint8_t request[] = {3, 0, 4, 0, 0x0a, 0x0c, 0x00};
	struct seen s;

	(void)state;
	begin(&s);
	acl(&s, OP_SENT, 64, 0, confirmation, sizeof confirmation);
	acl(&s, OP_RECEIVED, 64, FIRST, notification, sizeof notification);
	acl(&s, OP_SENT, 64, 0, confirmation, sizeof confirmation);
	acl(&s, OP_RECEIVED, 64, FIRST, indication, sizeof indication);
	acl(&s, OP_SENT, 64, 0, request, sizeof request);
	acl(&s, OP_SENT, 65, 0, confirmation, sizeof confirmation);
	acl(&s, OP_RECEIVED, 64, FIRST, confirmation, sizeof confirmation);
	assert_int_equal(s.n, 0);
}

static void other_values_may_come_between(void **state)
{
	static const uint8_t notification[] = {4, 0, 4, 0, 0x1b, 0x0f, 0x00, 0x11};
	struct seen s;

	(void)state;
	begin(&s);
	acl(&s, OP_RECEIVED, 64, FIRST, indication, sizeof indication);
	acl(&s, OP_RECEIVED, 64, FIRST, notification, sizeof notification);
	acl(&s, OP_SENT, 64, 0, confirmation, sizeof confirmation);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.handle, 0x000c);
	assert_memory_equal(s.data, "\xaa\xbb\xcc", 3);
}

static void fragments_are_put_together(void **state)
{
	struct seen s;

	(void)state;
	for (size_t cut = 4; cut < sizeof indication; cut++) {
		begin(&s);
		acl(&s, OP_RECEIVED, 1, FIRST, indication, cut);
		/* Another link's fragments between. */
		acl(&s, OP_RECEIVED, 2, FIRST, indication, 6);
		acl(&s, OP_RECEIVED, 1, MORE, indication + cut, sizeof indication - cut);
		acl(&s, OP_SENT, 1, 0, confirmation, sizeof confirmation);
		assert_int_equal(s.n, 1);
		assert_int_equal(s.len, 3);
		assert_memory_equal(s.data, "\xaa\xbb\xcc", 3);
	}
}

static void a_beginning_that_was_not_seen_is_dropped(void **state)
{
	struct seen s;

	(void)state;
	begin(&s);
	acl(&s, OP_RECEIVED, 1, MORE, indication + 6, sizeof indication - 6);
	acl(&s, OP_RECEIVED, 1, MORE, indication, sizeof indication);
	acl(&s, OP_SENT, 1, 0, confirmation, sizeof confirmation);
	assert_int_equal(s.n, 0);
	/* Longer than it says: nothing of it counts. */
	acl(&s, OP_RECEIVED, 1, FIRST, indication, sizeof indication - 1);
	acl(&s, OP_RECEIVED, 1, MORE, indication, 2);
	acl(&s, OP_SENT, 1, 0, confirmation, sizeof confirmation);
	assert_int_equal(s.n, 0);
}

static void a_new_link_is_somebody_new(void **state)
{
	static const uint8_t gone[] = {0x05, 4, 0, 64, 0, 0x13};
	uint8_t up[21] = {0x3e, 19, 0x0a, 0, 64, 0};
	struct seen s;

	(void)state;
	begin(&s);
	acl(&s, OP_RECEIVED, 64, FIRST, indication, sizeof indication);
	packet(&s, OP_EVENT, 0, gone, sizeof gone);
	acl(&s, OP_SENT, 64, 0, confirmation, sizeof confirmation);
	assert_int_equal(s.n, 0);
	acl(&s, OP_RECEIVED, 64, FIRST, indication, sizeof indication);
	packet(&s, OP_EVENT, 0, up, sizeof up);
	acl(&s, OP_SENT, 64, 0, confirmation, sizeof confirmation);
	assert_int_equal(s.n, 0);
	assert_int_equal(s.n_asked, 2);
}

static void the_identity_is_asked_until_it_is_known(void **state)
{
	struct seen s;

	(void)state;
	begin(&s);
	s.is_unknown = true;
	acl(&s, OP_RECEIVED, 64, FIRST, indication, sizeof indication);
	s.is_unknown = false;
	acl(&s, OP_SENT, 64, 0, confirmation, sizeof confirmation);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.n_asked, 2);
}

static void other_adapters_are_nobody(void **state)
{
	uint8_t body[] = {64, FIRST << 4, 10, 0, 6, 0, 4, 0, 0x1d, 0x0c, 0x00, 1, 2, 3};
	uint8_t yes[] = {64, 0, 5, 0, 1, 0, 4, 0, 0x1e};
	struct seen s;

	(void)state;
	begin(&s);
	packet(&s, OP_RECEIVED, 1, body, sizeof body);
	packet(&s, OP_SENT, 1, yes, sizeof yes);
	assert_int_equal(s.n, 0);
	packet(&s, OP_RECEIVED, 0, body, sizeof body);
	packet(&s, OP_SENT, 0, yes, sizeof yes);
	assert_int_equal(s.n, 1);
}

static void more_links_than_places_forget_the_oldest(void **state)
{
	struct seen s;

	(void)state;
	begin(&s);
	for (uint16_t link = 0; link <= VK_MONITOR_LINKS; link++)
		acl(&s, OP_RECEIVED, link, FIRST, indication, sizeof indication);
	for (uint16_t link = 0; link <= VK_MONITOR_LINKS; link++)
		acl(&s, OP_SENT, link, 0, confirmation, sizeof confirmation);
	assert_int_equal(s.n, VK_MONITOR_LINKS);
}

static void nothing_malformed_is_read(void **state)
{
	uint8_t bytes[] = {OP_RECEIVED, 0, 0, 0, 14,   0,    64, FIRST << 4, 10, 0,
			   6,           0, 4, 0, 0x1d, 0x0c, 0,  1,          2,  3};
	struct seen s;

	(void)state;
	begin(&s);
	for (size_t len = 0; len < sizeof bytes; len++)
		vk_monitor_packet(&s.monitor, bytes, len);
	bytes[8]++; /* the ACL length */
	vk_monitor_packet(&s.monitor, bytes, sizeof bytes);
	acl(&s, OP_SENT, 64, 0, confirmation, sizeof confirmation);
	assert_int_equal(s.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_confirmed_indication_is_seen_once),
		cmocka_unit_test(what_nobody_confirmed_is_nothing),
		cmocka_unit_test(other_values_may_come_between),
		cmocka_unit_test(fragments_are_put_together),
		cmocka_unit_test(a_beginning_that_was_not_seen_is_dropped),
		cmocka_unit_test(a_new_link_is_somebody_new),
		cmocka_unit_test(the_identity_is_asked_until_it_is_known),
		cmocka_unit_test(other_adapters_are_nobody),
		cmocka_unit_test(more_links_than_places_forget_the_oldest),
		cmocka_unit_test(nothing_malformed_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
