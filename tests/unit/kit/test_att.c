/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ATT server over a small table, PDU by PDU: what a collector reads to find its way, what an
 * open link may not touch, and PDUs that are too short, too long or unknown.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "att.h"

struct fixture {
	struct vk_gattdb db;
	struct vk_att att;
	int level;
	bool bonded;
	uint16_t ccc[VK_CCC_MAX];
	uint8_t answer[VK_ATT_MTU_MAX];
	size_t answer_len;
	unsigned answers;
	unsigned confirmed;
	uint8_t written[64];
	size_t written_len;
};

static int on_send(void *ctx, const uint8_t *pdu, size_t len)
{
	struct fixture *f = ctx;

	memcpy(f->answer, pdu, len);
	f->answer_len = len;
	f->answers++;
	return 0;
}

static int on_security(void *ctx)
{
	return ((struct fixture *)ctx)->level;
}

static bool on_bonded(void *ctx)
{
	return ((struct fixture *)ctx)->bonded;
}

static size_t on_read(void *ctx, uint16_t uuid, uint8_t *out)
{
	(void)ctx;
	out[0] = (uint8_t)uuid;
	return 1;
}

static uint8_t on_write(void *ctx, uint16_t uuid, const uint8_t *value, size_t len)
{
	struct fixture *f = ctx;

	if (uuid != 0x2a08 || len > sizeof(f->written))
		return VK_ATT_ERR_WRITE;
	memcpy(f->written, value, len);
	f->written_len = len;
	return 0;
}

static uint16_t on_ccc(void *ctx, unsigned slot)
{
	return ((struct fixture *)ctx)->ccc[slot];
}

static uint8_t on_set_ccc(void *ctx, unsigned slot, uint16_t value)
{
	((struct fixture *)ctx)->ccc[slot] = value;
	return 0;
}

static void on_confirmed(void *ctx)
{
	((struct fixture *)ctx)->confirmed++;
}

/*
 *  1 service 1800   2 decl, 3 name (12 bytes)
 *  4 service 180f   5 decl, 6 battery (live)
 *  7 service 1810   8 decl, 9 measurement (indicate), 10 CCCD   11 decl, 12 clock (read, write)
 */
static void set_up(struct fixture *f)
{
	*f = (struct fixture){.level = VK_SECURITY_ENCRYPTED, .bonded = true};
	vk_gattdb_service(&f->db, 0x1800);
	vk_gattdb_text(&f->db, 0x2a00, "kitchen-cuff");
	vk_gattdb_service(&f->db, 0x180f);
	vk_gattdb_char(&f->db, 0x2a19, VK_PROP_READ, VK_GUARD_NONE, NULL, 0)->live = true;
	vk_gattdb_service(&f->db, 0x1810);
	vk_gattdb_char(&f->db, 0x2a35, VK_PROP_INDICATE, VK_GUARD_ENCRYPTED, NULL, 0);
	vk_gattdb_cccd(&f->db, VK_GUARD_ENCRYPTED);
	vk_gattdb_char(&f->db, 0x2a08, VK_PROP_READ | VK_PROP_WRITE, VK_GUARD_AUTHENTICATED, "\1\2",
		       2);
	f->att = (struct vk_att){.db = &f->db,
				 .host = {.ctx = f,
					  .send = on_send,
					  .security = on_security,
					  .bonded = on_bonded,
					  .read = on_read,
					  .write = on_write,
					  .ccc = on_ccc,
					  .set_ccc = on_set_ccc,
					  .confirmed = on_confirmed}};
	vk_att_reset(&f->att);
}

static void ask(struct fixture *f, const uint8_t *pdu, size_t len)
{
	f->answer_len = 0;
	vk_att_input(&f->att, pdu, len);
}

#define ASK(f, ...) ask((f), (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))
#define EXPECT(f, ...)                                                                             \
	do {                                                                                       \
		static const uint8_t want[] = {__VA_ARGS__};                                       \
		assert_int_equal((f)->answer_len, sizeof(want));                                   \
		assert_memory_equal((f)->answer, want, sizeof(want));                              \
	} while (0)

static void mtu(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	ASK(&f, 0x02, 0x05, 0x02);
	EXPECT(&f, 0x03, 247, 0);
	assert_int_equal(f.att.mtu, 247);
	ASK(&f, 0x02, 0x01, 0x00);
	assert_int_equal(f.att.mtu, 23);
	ASK(&f, 0x02, 0x05);
	EXPECT(&f, 0x01, 0x02, 0, 0, 0x04);
}

static void services(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	ASK(&f, 0x10, 1, 0, 0xff, 0xff, 0x00, 0x28);
	EXPECT(&f, 0x11, 6, 1, 0, 3, 0, 0x00, 0x18, 4, 0, 6, 0, 0x0f, 0x18, 7, 0, 0xff, 0xff, 0x10,
	       0x18);
	ASK(&f, 0x10, 8, 0, 0xff, 0xff, 0x00, 0x28);
	EXPECT(&f, 0x01, 0x10, 8, 0, 0x0a);
	ASK(&f, 0x10, 1, 0, 0xff, 0xff, 0x03, 0x28);
	EXPECT(&f, 0x01, 0x10, 1, 0, 0x10);
}

static void characteristics(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	ASK(&f, 0x08, 7, 0, 0xff, 0xff, 0x03, 0x28);
	EXPECT(&f, 0x09, 7, 8, 0, 0x20, 9, 0, 0x35, 0x2a, 11, 0, 0x0a, 12, 0, 0x08, 0x2a);
	ASK(&f, 0x08, 13, 0, 0xff, 0xff, 0x03, 0x28);
	EXPECT(&f, 0x01, 0x08, 13, 0, 0x0a);
	ASK(&f, 0x08, 2, 0, 1, 0, 0x03, 0x28);
	EXPECT(&f, 0x01, 0x08, 2, 0, 0x01);
}

static void a_long_uuid_is_the_short_one(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	ASK(&f, 0x08, 1, 0, 0xff, 0xff, 0xfb, 0x34, 0x9b, 0x5f, 0x80, 0, 0, 0x80, 0, 0x10, 0, 0,
	    0x19, 0x2a, 0, 0);
	EXPECT(&f, 0x09, 3, 6, 0, 0x19);
	ASK(&f, 0x08, 1, 0, 0xff, 0xff, 0xfa, 0x34, 0x9b, 0x5f, 0x80, 0, 0, 0x80, 0, 0x10, 0, 0,
	    0x19, 0x2a, 0, 0);
	EXPECT(&f, 0x01, 0x08, 1, 0, 0x0a);
}

static void descriptors(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	ASK(&f, 0x04, 10, 0, 0xff, 0xff);
	EXPECT(&f, 0x05, 1, 10, 0, 0x02, 0x29, 11, 0, 0x03, 0x28, 12, 0, 0x08, 0x2a);
	ASK(&f, 0x04, 0, 0, 1, 0);
	EXPECT(&f, 0x01, 0x04, 0, 0, 0x01);
}

static void reading(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	ASK(&f, 0x0a, 6, 0);
	EXPECT(&f, 0x0b, 0x19);
	ASK(&f, 0x0c, 3, 0, 8, 0);
	EXPECT(&f, 0x0d, 'c', 'u', 'f', 'f');
	ASK(&f, 0x0c, 3, 0, 12, 0);
	EXPECT(&f, 0x0d);
	ASK(&f, 0x0c, 3, 0, 13, 0);
	EXPECT(&f, 0x01, 0x0c, 3, 0, 0x07);
	ASK(&f, 0x0a, 13, 0);
	EXPECT(&f, 0x01, 0x0a, 13, 0, 0x01);
	ASK(&f, 0x0a, 9, 0);
	EXPECT(&f, 0x01, 0x0a, 9, 0, 0x02);
}

static void an_open_link_is_refused(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	f.level = VK_SECURITY_NONE;
	ASK(&f, 0x12, 10, 0, 2, 0);
	EXPECT(&f, 0x01, 0x12, 10, 0, 0x0f);
	f.bonded = false;
	ASK(&f, 0x12, 10, 0, 2, 0);
	EXPECT(&f, 0x01, 0x12, 10, 0, 0x05);
	assert_int_equal(f.ccc[0], 0);
	f.level = VK_SECURITY_ENCRYPTED;
	ASK(&f, 0x12, 12, 0, 1);
	EXPECT(&f, 0x01, 0x12, 12, 0, 0x05);
	assert_int_equal(f.written_len, 0);
}

static void writing(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	f.level = VK_SECURITY_AUTHENTICATED;
	ASK(&f, 0x12, 10, 0, 2, 0);
	EXPECT(&f, 0x13);
	assert_int_equal(f.ccc[0], 2);
	ASK(&f, 0x12, 10, 0, 2);
	EXPECT(&f, 0x01, 0x12, 10, 0, 0x0d);
	ASK(&f, 0x12, 12, 0, 7, 8, 9);
	EXPECT(&f, 0x13);
	assert_int_equal(f.written_len, 3);
	ASK(&f, 0x12, 3, 0, 1);
	EXPECT(&f, 0x01, 0x12, 3, 0, 0x03);
	ASK(&f, 0x52, 12, 0, 1);
	assert_int_equal(f.answer_len, 0);
}

static void pdus_that_are_none(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	for (unsigned op = 0; op < 256; op++) {
		uint8_t pdu[1] = {(uint8_t)op};
		bool command = op & 0x40;
		bool response = (op & 1) || op == 0x1e;

		f.answers = 0;
		vk_att_input(&f.att, pdu, 1);
		assert_int_equal(f.answers, command || response ? 0 : 1);
		if (f.answers)
			assert_int_equal(f.answer[0], 0x01);
	}
	f.answers = 0;
	vk_att_input(&f.att, NULL, 0);
	assert_int_equal(f.answers, 0);
	ASK(&f, 0x16, 1, 0, 0, 0, 1);
	EXPECT(&f, 0x01, 0x16, 0, 0, 0x06);
}

static void one_indication_at_a_time(void **state)
{
	struct fixture f;
	static const uint8_t value[21];

	(void)state;
	set_up(&f);
	assert_int_equal(vk_att_indicate(&f.att, 9, value, 21), -EMSGSIZE);
	assert_int_equal(vk_att_indicate(&f.att, 9, value, 3), 0);
	EXPECT(&f, 0x1d, 9, 0, 0, 0, 0);
	assert_int_equal(vk_att_indicate(&f.att, 9, value, 3), -EBUSY);
	ASK(&f, 0x1e);
	assert_int_equal(f.confirmed, 1);
	ASK(&f, 0x1e);
	assert_int_equal(f.confirmed, 1);
	assert_int_equal(vk_att_indicate(&f.att, 9, value, 3), 0);
	assert_int_equal(vk_att_notify(&f.att, 9, value, 2), 0);
	EXPECT(&f, 0x1b, 9, 0, 0, 0);
}

static void places_in_the_table(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f);
	assert_int_equal(vk_gattdb_handle(&f.db, 0x2a35), 9);
	assert_int_equal(vk_gattdb_handle(&f.db, 0x2a18), 0);
	assert_int_equal(vk_gattdb_slot(&f.db, 0x2a35), 0);
	assert_int_equal(vk_gattdb_slot(&f.db, 0x2a08), -ENOENT);
	assert_null(vk_gattdb_at(&f.db, 0));
	assert_null(vk_gattdb_at(&f.db, 13));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(mtu),
		cmocka_unit_test(services),
		cmocka_unit_test(characteristics),
		cmocka_unit_test(a_long_uuid_is_the_short_one),
		cmocka_unit_test(descriptors),
		cmocka_unit_test(reading),
		cmocka_unit_test(an_open_link_is_refused),
		cmocka_unit_test(writing),
		cmocka_unit_test(pdus_that_are_none),
		cmocka_unit_test(one_indication_at_a_time),
		cmocka_unit_test(places_in_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
