/* SPDX-License-Identifier: Apache-2.0 */
/* Packets: what parses, what does not, and what a socket pair does with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "vaka/wire.h"

static int parse(const char *text, struct vk_packet *packet)
{
	return vk_packet_parse(text, strlen(text), packet);
}

static void header_and_body(void **state)
{
	static const char wire[] = "{\"t\":\"publish\",\"n\":7,\"retain\":true}\nbody\n\0more";
	struct vk_packet packet;

	(void)state;
	assert_int_equal(vk_packet_parse(wire, sizeof wire - 1, &packet), 0);
	assert_string_equal(packet.type, "publish");
	assert_int_equal(packet.n, 7);
	assert_int_equal(vk_packet_bool(&packet, "retain", 0), 1);
	assert_int_equal(vk_packet_bool(&packet, "n", 5), 5);
	assert_int_equal(vk_packet_int(&packet, "retain", -3), -3);
	assert_null(vk_packet_str(&packet, "n", NULL));
	assert_int_equal(packet.body_len, 10);
	assert_memory_equal(packet.body, "body\n\0more", 10);
	vk_packet_done(&packet);
}

static void refuses_what_is_no_message(void **state)
{
	static const char *const bad[] = {
		"",
		"\n",
		"[]",
		"{}",
		"{\"t\":1}",
		"{\"t\":\"x\"",
		"{\"t\":\"x\"} {}",
		"{\"t\":\"x\",\"t\":\"y\"}",
		"{\"t\":\"x\",\"a\":[[[[[[[[]]]]]]]]}",
		"{\"t\":\"\xff\"}",
	};
	struct vk_packet packet;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(parse(bad[i], &packet), -EBADMSG);
		assert_null(packet.header);
	}
	assert_int_equal(parse("{\"t\":\"x\",\"a\":[[[[[[[1]]]]]]]}", &packet), 0);
	vk_packet_done(&packet);
}

static void bounds_header_and_packet(void **state)
{
	char *text = malloc(VK_WIRE_MAX + 1);
	struct vk_packet packet;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', VK_WIRE_MAX + 1);
	memcpy(text, "{\"t\":\"x\"}", 9);
	assert_int_equal(vk_packet_parse(text, VK_WIRE_HEADER_MAX, &packet), 0);
	vk_packet_done(&packet);
	assert_int_equal(vk_packet_parse(text, VK_WIRE_HEADER_MAX + 1, &packet), -EBADMSG);
	text[9] = '\n';
	assert_int_equal(vk_packet_parse(text, VK_WIRE_MAX, &packet), 0);
	assert_int_equal(packet.body_len, VK_WIRE_MAX - 10);
	vk_packet_done(&packet);
	assert_int_equal(vk_packet_parse(text, VK_WIRE_MAX + 1, &packet), -EBADMSG);
	free(text);
}

static void there_and_back(void **state)
{
	int fds[2];
	char *buffer = malloc(VK_WIRE_MAX);
	json_t *header = json_pack("{s:s,s:i}", "t", "x", "n", 3);
	struct vk_packet packet;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	assert_int_equal(vk_packet_recv(fds[1], buffer), -EAGAIN);
	assert_int_equal(vk_packet_send(fds[0], header, "abc", 3), 0);
	assert_int_equal(vk_packet_send(fds[0], header, NULL, 0), 0);
	ssize_t n = vk_packet_recv(fds[1], buffer);

	assert_true(n > 0);
	assert_int_equal(vk_packet_parse(buffer, (size_t)n, &packet), 0);
	assert_int_equal(packet.n, 3);
	assert_int_equal(packet.body_len, 3);
	assert_memory_equal(packet.body, "abc", 3);
	vk_packet_done(&packet);
	n = vk_packet_recv(fds[1], buffer);
	assert_int_equal(vk_packet_parse(buffer, (size_t)n, &packet), 0);
	assert_int_equal(packet.body_len, 0);
	vk_packet_done(&packet);
	close(fds[0]);
	assert_int_equal(vk_packet_recv(fds[1], buffer), 0);
	assert_int_equal(vk_packet_send(fds[1], header, NULL, 0), -EPIPE);
	close(fds[1]);
	json_decref(header);
	free(buffer);
}

static void too_long_is_refused_here_and_there(void **state)
{
	int fds[2];
	char *big = calloc(1, VK_WIRE_MAX + 1);
	json_t *header = json_pack("{s:s}", "t", "x");

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fds), 0);
	assert_int_equal(vk_packet_send(fds[0], header, big, VK_WIRE_MAX), -EMSGSIZE);
	assert_int_equal(send(fds[0], big, VK_WIRE_MAX + 1, 0), VK_WIRE_MAX + 1);
	assert_int_equal(vk_packet_send(fds[0], header, "z", 1), 0);
	assert_int_equal(vk_packet_recv(fds[1], big), -EMSGSIZE);
	assert_int_equal(vk_packet_recv(fds[1], big), 11);
	memset(big, 'x', VK_WIRE_HEADER_MAX);
	big[VK_WIRE_HEADER_MAX] = '\0';
	json_object_set_new(header, "long", json_string(big));
	assert_int_equal(vk_packet_send(fds[0], header, NULL, 0), -EMSGSIZE);
	close(fds[0]);
	close(fds[1]);
	json_decref(header);
	free(big);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_and_body),
		cmocka_unit_test(refuses_what_is_no_message),
		cmocka_unit_test(bounds_header_and_packet),
		cmocka_unit_test(there_and_back),
		cmocka_unit_test(too_long_is_refused_here_and_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
