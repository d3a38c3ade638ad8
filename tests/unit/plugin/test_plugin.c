/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin against a hub that is a thread of this test, over a real socket in a temporary folder.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "vaka/plugin.h"

enum { DEADLINE_MS = 10000 };

struct hub {
	int listener, peer;
	const char *answer; /* to hello; NULL: none, the connection is closed */
	char folder[64], path[96];
	char hello[256];
	pthread_t thread;
};

struct seen {
	int welcomes, sets, bodies;
	json_int_t last_n;
};

static int on_message(const struct vk_packet *packet, void *user)
{
	struct seen *seen = user;

	if (strcmp(packet->type, "welcome") == 0)
		seen->welcomes += json_is_object(json_object_get(packet->header, "config"));
	if (strcmp(packet->type, "set") == 0)
		seen->sets++;
	seen->bodies += packet->body_len == 4;
	seen->last_n = packet->n;
	return strcmp(packet->type, "end") == 0 ? -ECANCELED : 0;
}

static void *greet(void *user)
{
	struct hub *hub = user;

	hub->peer = accept(hub->listener, NULL, NULL);
	ssize_t n = recv(hub->peer, hub->hello, sizeof hub->hello - 1, 0);

	if (n < 0)
		abort();
	if (hub->answer)
		send(hub->peer, hub->answer, strlen(hub->answer), 0);
	else
		shutdown(hub->peer, SHUT_RDWR);
	return NULL;
}

static void hub_start(struct hub *hub, const char *answer)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	*hub = (struct hub){.answer = answer};
	strcpy(hub->folder, "/tmp/vaka-plugin-XXXXXX");
	assert_non_null(mkdtemp(hub->folder));
	snprintf(hub->path, sizeof hub->path, "%s/s", hub->folder);
	strcpy(address.sun_path, hub->path);
	setenv("VAKA_SOCKET", hub->path, 1);
	hub->listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	assert_int_equal(bind(hub->listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(hub->listener, 1), 0);
	assert_int_equal(pthread_create(&hub->thread, NULL, greet, hub), 0);
}

static void hub_stop(struct hub *hub)
{
	close(hub->peer);
	close(hub->listener);
	unlink(hub->path);
	rmdir(hub->folder);
}

static const char welcome[] = "{\"t\":\"welcome\",\"v\":1,\"hub\":\"hub-0417\",\"config\":{}}";

static int join(struct hub *hub, const char *answer, struct seen *seen, struct vk_plugin **plugin)
{
	*seen = (struct seen){0};
	*plugin = NULL;
	hub_start(hub, answer);
	int r = vk_plugin_connect("gpio", "0.1.0", on_message, seen, plugin);

	pthread_join(hub->thread, NULL);
	return r;
}

static void say(const struct hub *hub, const char *text)
{
	assert_int_equal(send(hub->peer, text, strlen(text), 0), strlen(text));
}

static void hear(const struct hub *hub, const char *expected)
{
	char text[256] = {0};
	struct pollfd p = {.fd = hub->peer, .events = POLLIN};

	assert_int_equal(poll(&p, 1, DEADLINE_MS), 1);
	assert_true(recv(hub->peer, text, sizeof text - 1, 0) > 0);
	assert_string_equal(text, expected);
}

static void hello_and_welcome(void **state)
{
	struct hub hub;
	struct seen seen;
	struct vk_plugin *plugin;

	(void)state;
	assert_int_equal(join(&hub, welcome, &seen, &plugin), 0);
	assert_string_equal(hub.hello,
			    "{\"t\":\"hello\",\"v\":1,\"plugin\":\"gpio\",\"version\":\"0.1.0\","
			    "\"batch\":true}");
	assert_int_equal(seen.welcomes, 1);
	assert_int_equal(vk_plugin_next(plugin), 1);
	assert_int_equal(vk_plugin_next(plugin), 2);
	assert_int_equal(vk_plugin_events(plugin), POLLIN);
	vk_plugin_free(plugin);
	hub_stop(&hub);
}

static void refusal_and_silence(void **state)
{
	static const struct {
		const char *answer;
		int r;
	} cases[] = {
		{"{\"t\":\"refused\",\"code\":\"version\",\"text\":\"speaks 2\"}", -EPROTO},
		{"{\"t\":\"welcome\",\"v\":2,\"config\":{}}", -EPROTO},
		{"{\"t\":\"set\"}", -EPROTO},
		{"no json", -EBADMSG},
		{NULL, -EPIPE},
	};
	struct hub hub;
	struct seen seen;
	struct vk_plugin *plugin;

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(cases); i++) {
		assert_int_equal(join(&hub, cases[i].answer, &seen, &plugin), cases[i].r);
		assert_null(plugin);
		assert_int_equal(seen.welcomes, 0);
		hub_stop(&hub);
	}
	setenv("VAKA_SOCKET", "/nonexistent/socket", 1);
	assert_int_equal(vk_plugin_connect("gpio", "0", on_message, &seen, &plugin), -ENOENT);
}

static void pings_are_answered_and_messages_handed_on(void **state)
{
	struct hub hub;
	struct seen seen;
	struct vk_plugin *plugin;

	(void)state;
	assert_int_equal(join(&hub, welcome, &seen, &plugin), 0);
	say(&hub, "{\"t\":\"ping\",\"n\":41}");
	say(&hub, "{\"t\":\"set\",\"n\":9,\"line\":\"lamp\",\"value\":1}");
	assert_int_equal(vk_plugin_dispatch(plugin), 0);
	hear(&hub, "{\"t\":\"pong\",\"n\":41}");
	assert_int_equal(seen.sets, 1);
	assert_int_equal(seen.last_n, 9);
	say(&hub, "{\"t\":\"end\"}");
	assert_int_equal(vk_plugin_dispatch(plugin), -ECANCELED);
	vk_plugin_free(plugin);
	hub_stop(&hub);
}

static void dispatch_is_bounded(void **state)
{
	struct hub hub;
	struct seen seen;
	struct vk_plugin *plugin;

	(void)state;
	assert_int_equal(join(&hub, welcome, &seen, &plugin), 0);
	for (int i = 0; i < 100; i++)
		say(&hub, "{\"t\":\"set\",\"n\":1}");
	assert_int_equal(vk_plugin_dispatch(plugin), 0);
	assert_int_equal(seen.sets, 64);
	assert_int_equal(vk_plugin_dispatch(plugin), 0);
	assert_int_equal(seen.sets, 100);
	vk_plugin_free(plugin);
	hub_stop(&hub);
}

/* Several packets in one are as if each had come alone, and count as many. */
static void a_batch_is_its_packets(void **state)
{
	struct vk_wire_part parts[VK_WIRE_PARTS];
	struct hub hub;
	struct seen seen;
	struct vk_plugin *plugin;

	(void)state;
	for (int i = 0; i < VK_WIRE_PARTS; i++)
		parts[i] = (struct vk_wire_part){.header = "{\"t\":\"set\",\"n\":7}",
						 .header_len = 17,
						 .body = "body",
						 .body_len = i % 2 ? 4 : 0};
	parts[3].header = "{\"t\":\"ping\",\"n\":5}";
	parts[3].header_len = 18;
	assert_int_equal(join(&hub, welcome, &seen, &plugin), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(vk_packet_send_batch(hub.peer, parts, VK_WIRE_PARTS), 0);
	assert_int_equal(vk_plugin_dispatch(plugin), 0);
	assert_int_equal(seen.sets, 2 * (VK_WIRE_PARTS - 1));
	assert_int_equal(seen.bodies, VK_WIRE_PARTS - 2);
	assert_int_equal(seen.last_n, 7);
	hear(&hub, "{\"t\":\"pong\",\"n\":5}");
	assert_int_equal(vk_plugin_dispatch(plugin), 0);
	assert_int_equal(seen.sets, 3 * (VK_WIRE_PARTS - 1));
	assert_int_equal(vk_packet_send_batch(hub.peer, parts, VK_WIRE_PARTS + 1), -EMSGSIZE);
	vk_plugin_free(plugin);
	hub_stop(&hub);
}

/* One that has to wait is the same, byte for byte. */
static void a_batch_that_waits_is_the_same(void **state)
{
	const struct vk_wire_part parts[] = {
		{.header = "{\"t\":\"set\"}", .header_len = 11},
		{.header = "{\"t\":\"set\"}", .header_len = 11, .body = "body", .body_len = 4},
	};
	char sent[256];
	void *joined;
	size_t len;
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);
	assert_int_equal(vk_packet_send_batch(ends[0], parts, 2), 0);
	assert_int_equal(vk_packet_join_batch(parts, 2, &joined, &len), 0);
	assert_int_equal(recv(ends[1], sent, sizeof sent, 0), len);
	assert_memory_equal(sent, joined, len);
	free(joined);
	assert_int_equal(vk_packet_join_batch(parts, VK_WIRE_PARTS + 1, &joined, &len), -EMSGSIZE);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

static void a_batch_that_is_none(void **state)
{
	static const char *const texts[] = {
		"{\"t\":\"batch\",\"parts\":[18]}\n{\"t\":\"set\",\"n\":1}",
		"{\"t\":\"batch\",\"parts\":[16]}\n{\"t\":\"set\",\"n\":1}",
		"{\"t\":\"batch\",\"parts\":[17]}\n{\"t\":\"set\",\"n\":1}x",
		"{\"t\":\"batch\",\"parts\":[17]}",
		"{\"t\":\"batch\",\"parts\":[0,17]}\n{\"t\":\"set\",\"n\":1}",
		"{\"t\":\"batch\",\"parts\":[-1]}\n{\"t\":\"set\",\"n\":1}",
		"{\"t\":\"batch\",\"parts\":\"17\"}\n{\"t\":\"set\",\"n\":1}",
		"{\"t\":\"batch\"}\n{\"t\":\"set\",\"n\":1}",
		"{\"t\":\"batch\",\"parts\":[24]}\n{\"t\":\"batch\",\"parts\":[]}",
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(texts); i++) {
		struct hub hub;
		struct seen seen;
		struct vk_plugin *plugin;

		assert_int_equal(join(&hub, welcome, &seen, &plugin), 0);
		say(&hub, texts[i]);
		assert_int_equal(vk_plugin_dispatch(plugin), -EBADMSG);
		vk_plugin_free(plugin);
		hub_stop(&hub);
	}
}

/* Sends numbered messages of 40 kB until the plugin says that it is full; returns their number. */
static int send_until_full(struct vk_plugin *plugin)
{
	static char body[40000];

	for (int i = 0; i < 1000; i++) {
		json_t *header = json_pack("{s:s,s:i}", "t", "reading", "n", i);
		int r = vk_plugin_send(plugin, header, body, sizeof body);

		json_decref(header);
		if (r == -ENOBUFS)
			return i;
		assert_int_equal(r, 0);
	}
	return -1;
}

static void a_full_socket_queues_in_order(void **state)
{
	struct hub hub;
	struct seen seen;
	struct vk_plugin *plugin;
	char *buffer = malloc(VK_WIRE_MAX);

	(void)state;
	assert_int_equal(join(&hub, welcome, &seen, &plugin), 0);
	int sent = send_until_full(plugin);

	assert_true(sent > 100 && sent < 200);
	assert_int_equal(vk_plugin_events(plugin), POLLIN | POLLOUT);
	for (int i = 0; i < sent; i++) {
		struct pollfd p = {.fd = hub.peer, .events = POLLIN};
		struct vk_packet packet;

		assert_int_equal(vk_plugin_dispatch(plugin), 0);
		assert_int_equal(poll(&p, 1, DEADLINE_MS), 1);
		ssize_t n = vk_packet_recv(hub.peer, buffer);

		assert_true(n > 40000);
		assert_int_equal(vk_packet_parse(buffer, (size_t)n, &packet), 0);
		assert_int_equal(packet.n, i);
		vk_packet_done(&packet);
	}
	assert_int_equal(vk_plugin_events(plugin), POLLIN);
	free(buffer);
	vk_plugin_free(plugin);
	hub_stop(&hub);
}

static void a_lost_hub_is_epipe(void **state)
{
	struct hub hub;
	struct seen seen;
	struct vk_plugin *plugin;
	json_t *header = json_pack("{s:s}", "t", "signal");

	(void)state;
	assert_int_equal(join(&hub, welcome, &seen, &plugin), 0);
	shutdown(hub.peer, SHUT_RDWR);
	assert_int_equal(vk_plugin_send(plugin, header, NULL, 0), -EPIPE);
	assert_int_equal(vk_plugin_dispatch(plugin), -EPIPE);
	vk_plugin_free(plugin);
	hub_stop(&hub);

	assert_int_equal(join(&hub, welcome, &seen, &plugin), 0);
	assert_true(send_until_full(plugin) > 0);
	close(hub.peer);
	hub.peer = -1;
	assert_int_equal(vk_plugin_dispatch(plugin), -EPIPE);
	vk_plugin_free(plugin);
	hub_stop(&hub);
	json_decref(header);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hello_and_welcome),
		cmocka_unit_test(refusal_and_silence),
		cmocka_unit_test(pings_are_answered_and_messages_handed_on),
		cmocka_unit_test(dispatch_is_bounded),
		cmocka_unit_test(a_batch_is_its_packets),
		cmocka_unit_test(a_batch_that_waits_is_the_same),
		cmocka_unit_test(a_batch_that_is_none),
		cmocka_unit_test(a_full_socket_queues_in_order),
		cmocka_unit_test(a_lost_hub_is_epipe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
