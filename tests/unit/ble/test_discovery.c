/* SPDX-License-Identifier: Apache-2.0 */
/* Discovery against a table, and the text the hub keeps of it. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "att/discovery.h"
#include "fake_peer.h"

struct walk {
	struct fake_peer peer;
	struct vk_att att;
	struct vk_discovery discovery;
	struct vk_attributes found;
	uint8_t pdu[VK_ATT_PDU_MAX];
	size_t len;
	int ends, error;
};

static int on_send(void *user, const uint8_t *pdu, size_t len)
{
	struct walk *w = user;

	memcpy(w->pdu, pdu, len);
	w->len = len;
	return 0;
}

static const struct vk_att_ops ops = {.send = on_send};

static void on_end(void *user, int error)
{
	struct walk *w = user;

	w->ends++;
	w->error = error;
}

static struct walk *new_walk(void)
{
	struct walk *w = calloc(1, sizeof *w);

	vk_att_init(&w->att, &ops, w);
	return w;
}

static void run(struct walk *w)
{
	uint8_t answer[64];

	vk_discovery_start(&w->discovery, &w->att, 0, &w->found, on_end, w);
	while (w->len && !w->ends) {
		size_t len = fake_peer_answer(&w->peer, w->pdu, w->len, answer);

		w->len = 0;
		assert_int_equal(vk_att_input(&w->att, answer, len, 0), 0);
	}
}

static void finds_all_with_their_cccds(void **state)
{
	struct walk *w = new_walk();
	const struct vk_attribute *a;

	(void)state;
	fake_peer_add(&w->peer, 0x2a00, VK_GATT_READ, "x", 1);
	fake_peer_add(&w->peer, 0x2a05, VK_GATT_INDICATE, NULL, 0);
	fake_peer_add(&w->peer, 0x2a29, VK_GATT_READ, "x", 1);
	fake_peer_add(&w->peer, 0x2a18, VK_GATT_NOTIFY, NULL, 0);
	fake_peer_add(&w->peer, 0x2a52, VK_GATT_INDICATE | VK_GATT_WRITE, NULL, 0);
	run(w);
	assert_int_equal(w->ends, 1);
	assert_int_equal(w->error, 0);
	assert_int_equal(w->found.n, 5);
	a = vk_attributes_by_uuid(&w->found, 0x2a52);
	assert_non_null(a);
	assert_int_equal(a->value, fake_peer_handle(&w->peer, 0x2a52));
	assert_int_equal(a->cccd, a->value + 1);
	assert_int_equal(vk_attributes_by_uuid(&w->found, 0x2a29)->cccd, 0);
	assert_string_equal(vk_attributes_kind(&w->found), "meter");
	free(w);
}

static void an_empty_device_is_no_error(void **state)
{
	struct walk *w = new_walk();

	(void)state;
	run(w);
	assert_int_equal(w->ends, 1);
	assert_int_equal(w->error, 0);
	assert_int_equal(w->found.n, 0);
	free(w);
}

static void handles_that_do_not_rise_are_refused(void **state)
{
	static const uint8_t answer[] = {VK_ATT_READ_BY_TYPE_RSP, 7, 2, 0, 2, 3, 0, 0x9d, 0x2a};
	struct walk *w = new_walk();

	(void)state;
	vk_discovery_start(&w->discovery, &w->att, 0, &w->found, on_end, w);
	assert_int_equal(vk_att_input(&w->att, answer, sizeof answer, 0), 0);
	assert_int_equal(w->ends, 0);
	assert_int_equal(vk_att_input(&w->att, answer, sizeof answer, 0), 0);
	assert_int_equal(w->ends, 1);
	assert_int_equal(w->error, -EBADMSG);
	assert_int_equal(w->found.n, 0);
	free(w);
}

static void an_endless_device_is_cut_off(void **state)
{
	uint8_t answer[] = {VK_ATT_READ_BY_TYPE_RSP, 7, 0, 0, 2, 0, 0, 0x00, 0x2a};
	struct walk *w = new_walk();

	(void)state;
	vk_discovery_start(&w->discovery, &w->att, 0, &w->found, on_end, w);
	for (uint16_t handle = 1; !w->ends && handle < 1000; handle = (uint16_t)(handle + 2)) {
		answer[2] = (uint8_t)handle;
		answer[3] = (uint8_t)(handle >> 8);
		answer[5] = (uint8_t)(handle + 1);
		answer[6] = (uint8_t)((handle + 1) >> 8);
		assert_int_equal(vk_att_input(&w->att, answer, sizeof answer, 0), 0);
	}
	assert_int_equal(w->ends, 1);
	assert_int_equal(w->error, -E2BIG);
	free(w);
}

static void text_gives_the_same_map_back(void **state)
{
	struct vk_attributes a = {
		.n = 2,
		.list = {{.value = 0x0c, .uuid = 0x2a9d, .cccd = 0x0d, .properties = 0x20},
			 {.value = 0xfffe, .uuid = 0, .cccd = 0, .properties = 0x10}}};
	struct vk_attributes b;
	char text[VK_ATTRIBUTES_TEXT];

	(void)state;
	vk_attributes_format(text, &a);
	assert_string_equal(text, "v1 000c:2a9d:20:000d fffe:0000:10:0000");
	assert_int_equal(vk_attributes_parse(text, &b), 0);
	assert_int_equal(b.n, 2);
	assert_memory_equal(&a.list, &b.list, 2 * sizeof a.list[0]);
}

static void foreign_text_means_discover_again(void **state)
{
	static const char *const bad[] = {"",
					  "v1",
					  "v2 000c:2a9d:20:000d",
					  "v1 000c:2a9d:20:000",
					  "v1 000c:2a9d:20:000dx",
					  "v1 0000:2a9d:20:000d",
					  "v1 zzzz:2a9d:20:000d",
					  "v1 000c:2a9d:20:000d 000c"};
	struct vk_attributes a;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(vk_attributes_parse(bad[i], &a), -EINVAL);
}

static void a_full_map_fits_its_text(void **state)
{
	struct vk_attributes a = {.n = VK_ATTRIBUTES_MAX}, b;
	char text[VK_ATTRIBUTES_TEXT];

	(void)state;
	for (int i = 0; i < a.n; i++)
		a.list[i].value = (uint16_t)(i + 1);
	vk_attributes_format(text, &a);
	assert_int_equal(strlen(text) + 2, sizeof text);
	assert_int_equal(vk_attributes_parse(text, &b), 0);
	assert_int_equal(b.n, VK_ATTRIBUTES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_all_with_their_cccds),
		cmocka_unit_test(an_empty_device_is_no_error),
		cmocka_unit_test(handles_that_do_not_rise_are_refused),
		cmocka_unit_test(an_endless_device_is_cut_off),
		cmocka_unit_test(text_gives_the_same_map_back),
		cmocka_unit_test(foreign_text_means_discover_again),
		cmocka_unit_test(a_full_map_fits_its_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
