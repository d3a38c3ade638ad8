/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mirror without a bus: what a loss of power takes along. And with a bluetoothd at the other
 * end of a socket that refuses a discovery as the real one does: it must not stay refused.
 */
#include "cmocka_all.h"

#include <string.h>
#include <sys/socket.h>

#include "bluez/world.h"

enum { PATIENCE_MS = 10000 };

struct seen {
	struct vk_world world;
	uv_loop_t loop;
	uint64_t end_ms; /* the test does not wait longer */
	int adapters, searches, refusals;
	bool was_usable;
	enum vk_discovery_state discovery; /* when adapter() was called */
};

static void on_adapter(void *user)
{
	struct seen *s = user;

	s->adapters++;
	s->was_usable = vk_world_is_usable(&s->world);
	s->discovery = s->world.discovery;
}

static void on_searching(void *user, bool is_on)
{
	struct seen *s = user;

	s->searches += is_on;
	s->refusals += !is_on;
}

static const struct vk_world_ops ops = {.adapter = on_adapter, .searching = on_searching};

static void prepare(struct seen *s, struct vk_bus *bus)
{
	s->end_ms = uv_hrtime() / 1000000 + PATIENCE_MS;
	assert_int_equal(uv_loop_init(&s->loop), 0);
	assert_int_equal(vk_world_init(&s->world, &s->loop, bus, &ops, s), 0);
	strcpy(s->world.adapter_path, "/org/bluez/hci0");
	s->world.is_powered = true;
}

static void leave(struct seen *s)
{
	uv_close((uv_handle_t *)&s->world.again, NULL);
	assert_int_equal(uv_run(&s->loop, UV_RUN_DEFAULT), 0);
	assert_int_equal(uv_loop_close(&s->loop), 0);
}

static void begin(struct seen *s, struct vk_bus *bus)
{
	prepare(s, bus);
	s->world.wants_adverts = true;
	s->world.discoveries = 2;
	s->world.discovery = VK_DISCOVERY_ON;
}

static void discovery_ends_with_the_power(void **state)
{
	struct vk_bus none = {0};
	struct seen s = {0};

	(void)state;
	begin(&s, &none);
	vk_world_take_power(&s.world, false);
	assert_int_equal(s.adapters, 1);
	assert_false(s.was_usable);
	assert_int_equal(s.discovery, VK_DISCOVERY_OFF);
	assert_int_equal(s.world.discoveries, 0);
	/* That scales are to be heard is not forgotten: it begins anew with the power. */
	assert_true(s.world.wants_adverts);
	vk_world_take_power(&s.world, true);
	assert_int_equal(s.adapters, 2);
	assert_true(s.was_usable);
	assert_int_equal(s.discovery, VK_DISCOVERY_OFF);
	leave(&s);
}

static void power_told_again_is_no_news(void **state)
{
	struct vk_bus none = {0};
	struct seen s = {0};

	(void)state;
	begin(&s, &none);
	vk_world_take_power(&s.world, true);
	assert_int_equal(s.adapters, 0);
	assert_int_equal(s.world.discovery, VK_DISCOVERY_ON);
	assert_int_equal(s.world.discoveries, 2);
	leave(&s);
}

/* ---- with a bluetoothd ---- */

struct daemon {
	sd_bus *bus;
	struct vk_bus client;
	int starts, stops;
	int refuse;      /* so many starts more */
	int refuse_stop; /* so many stops more; each leaves it believing that it searches */
	int keep;        /* so many stops more, and goes on */
	bool is_fooled;
	bool is_on;      /* it discovers for us */
	bool is_granted; /* we have asked it to, and it said yes */
};

static int refuse(sd_bus_message *m, const char *error)
{
	return sd_bus_reply_method_errorf(m, error, "not now") < 0 ? -1 : 1;
}

static int on_start(struct daemon *d, sd_bus_message *m)
{
	d->starts++;
	if (d->is_granted || d->refuse > 0) {
		d->refuse -= d->refuse > 0;
		return refuse(m, "org.bluez.Error.InProgress");
	}
	d->is_on = !d->is_fooled; /* it is on already, it thinks */
	d->is_granted = true;
	return sd_bus_reply_method_return(m, NULL) < 0 ? -1 : 1;
}

static int on_stop(struct daemon *d, sd_bus_message *m)
{
	d->stops++;
	if (d->keep > 0) {
		d->keep--;
		return refuse(m, "org.bluez.Error.InProgress");
	}
	if (!d->is_granted)
		return refuse(m, "org.bluez.Error.Failed");
	d->is_on = d->is_granted = false;
	if (d->refuse_stop > 0) {
		d->refuse_stop--;
		d->is_fooled = true;
		return refuse(m, "org.bluez.Error.InProgress");
	}
	d->is_fooled = false;
	return sd_bus_reply_method_return(m, NULL) < 0 ? -1 : 1;
}

static int on_call(sd_bus_message *m, void *user, sd_bus_error *error)
{
	(void)error;
	if (sd_bus_message_is_method_call(m, "org.bluez.Adapter1", "StartDiscovery"))
		return on_start(user, m);
	if (sd_bus_message_is_method_call(m, "org.bluez.Adapter1", "StopDiscovery"))
		return on_stop(user, m);
	if (sd_bus_message_is_method_call(m, "org.bluez.Adapter1", "SetDiscoveryFilter"))
		return sd_bus_reply_method_return(m, NULL) < 0 ? -1 : 1;
	return 0;
}

static sd_bus *peer(int fd, struct daemon *server)
{
	sd_id128_t id = {.bytes = {1}};
	sd_bus *bus = NULL;

	assert_return_code(sd_bus_new(&bus), 0);
	assert_return_code(sd_bus_set_fd(bus, fd, fd), 0);
	if (server) {
		assert_return_code(sd_bus_set_server(bus, 1, id), 0);
		assert_return_code(sd_bus_add_filter(bus, NULL, on_call, server), 0);
	}
	assert_return_code(sd_bus_start(bus), 0);
	return bus;
}

static void start_daemon(struct daemon *d)
{
	int ends[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends),
			 0);
	d->bus = peer(ends[0], d);
	d->client.bus = peer(ends[1], NULL);
}

static void end_daemon(struct daemon *d)
{
	sd_bus_close_unref(d->client.bus);
	sd_bus_close_unref(d->bus);
}

static void turn(struct daemon *d, struct seen *s)
{
	while (sd_bus_process(d->client.bus, NULL) > 0 || sd_bus_process(d->bus, NULL) > 0)
		continue;
	(void)uv_run(&s->loop, UV_RUN_NOWAIT);
	assert_return_code(sd_bus_wait(d->client.bus, 1000), 0); /* a timer's grain */
	assert_true(uv_hrtime() / 1000000 < s->end_ms);
}

/* Turns until the discovery is what it shall be. */
static void await(struct daemon *d, struct seen *s, enum vk_discovery_state wanted)
{
	while (s->world.discovery != wanted || uv_is_active((uv_handle_t *)&s->world.again))
		turn(d, s);
}

static void a_refused_search_is_begun_again(void **state)
{
	struct daemon d = {.refuse = 2};
	struct seen s = {0};

	(void)state;
	start_daemon(&d);
	prepare(&s, &d.client);
	assert_int_equal(vk_world_discover(&s.world), 0);
	await(&d, &s, VK_DISCOVERY_ON);
	assert_true(d.is_on);
	assert_int_equal(d.starts, 3);
	assert_int_equal(s.refusals, 2);
	assert_int_equal(s.searches, 1);
	leave(&s);
	end_daemon(&d);
}

/* We were not told that it runs: it is ended first, or it would be refused for ever. */
static void a_search_that_only_bluetoothd_knows_of_is_begun_anew(void **state)
{
	struct daemon d = {.is_on = true, .is_granted = true};
	struct seen s = {0};

	(void)state;
	start_daemon(&d);
	prepare(&s, &d.client);
	assert_int_equal(vk_world_discover(&s.world), 0);
	await(&d, &s, VK_DISCOVERY_ON);
	assert_int_equal(d.starts, 2);
	assert_int_equal(d.stops, 1);
	leave(&s);
	end_daemon(&d);
}

static void a_refused_search_that_nobody_wants_any_more_ends(void **state)
{
	struct daemon d = {.refuse = 1};
	struct seen s = {0};

	(void)state;
	start_daemon(&d);
	prepare(&s, &d.client);
	assert_int_equal(vk_world_discover(&s.world), 0);
	while (s.refusals == 0)
		turn(&d, &s);
	vk_world_discover_end(&s.world);
	await(&d, &s, VK_DISCOVERY_OFF);
	assert_int_equal(d.starts, 1);
	assert_false(d.is_on);
	leave(&s);
	end_daemon(&d);
}

/* What is left on when a connection is made is on for bluetoothd alone: the next would hear nobody.
 */
static void a_refused_end_is_asked_for_again(void **state)
{
	struct daemon d = {.keep = 2};
	struct seen s = {0};

	(void)state;
	start_daemon(&d);
	prepare(&s, &d.client);
	assert_int_equal(vk_world_discover(&s.world), 0);
	await(&d, &s, VK_DISCOVERY_ON);
	vk_world_discover_end(&s.world);
	await(&d, &s, VK_DISCOVERY_OFF);
	assert_false(d.is_on);
	assert_int_equal(d.stops, 3);
	assert_int_equal(d.starts, 1);
	leave(&s);
	end_daemon(&d);
}

/* What bluetoothd 5.82 does when the kernel's discovery ended just before it was stopped. */
static void a_search_that_was_granted_and_not_begun_is_begun(void **state)
{
	struct daemon d = {.refuse_stop = 1};
	struct seen s = {0};

	(void)state;
	start_daemon(&d);
	prepare(&s, &d.client);
	assert_int_equal(vk_world_discover(&s.world), 0);
	await(&d, &s, VK_DISCOVERY_ON);
	vk_world_discover_end(&s.world);
	await(&d, &s, VK_DISCOVERY_OFF);
	assert_true(d.is_fooled);
	assert_int_equal(vk_world_discover(&s.world), 0);
	await(&d, &s, VK_DISCOVERY_ON);
	assert_true(d.is_on);
	assert_int_equal(s.searches, 2);
	leave(&s);
	end_daemon(&d);
}

/* Some devices lose their link when somebody searches beside it. */
static void a_held_search_goes_on_afterwards(void **state)
{
	struct daemon d = {0};
	struct seen s = {0};

	(void)state;
	start_daemon(&d);
	prepare(&s, &d.client);
	assert_int_equal(vk_world_discover(&s.world), 0);
	await(&d, &s, VK_DISCOVERY_ON);
	vk_world_hold(&s.world, true);
	await(&d, &s, VK_DISCOVERY_OFF);
	assert_false(d.is_on);
	vk_world_discover_end(&s.world);
	assert_int_equal(vk_world_discover(&s.world), 0);
	assert_int_equal(s.world.discovery, VK_DISCOVERY_OFF);
	vk_world_hold(&s.world, false);
	await(&d, &s, VK_DISCOVERY_ON);
	assert_true(d.is_on);
	leave(&s);
	end_daemon(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(discovery_ends_with_the_power),
		cmocka_unit_test(power_told_again_is_no_news),
		cmocka_unit_test(a_refused_search_is_begun_again),
		cmocka_unit_test(a_search_that_only_bluetoothd_knows_of_is_begun_anew),
		cmocka_unit_test(a_refused_search_that_nobody_wants_any_more_ends),
		cmocka_unit_test(a_refused_end_is_asked_for_again),
		cmocka_unit_test(a_search_that_was_granted_and_not_begun_is_begun),
		cmocka_unit_test(a_held_search_goes_on_afterwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
