/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vaka-gpio: waits for the hub, for an edge, or for a held-back state to fall due, and for nothing
 * else. It ends when the hub or the chip is gone; nothing is set then.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/log.h"
#include "gpio/lines.h"
#include "gpio/pace.h"
#include "vaka/plugin.h"

struct gpio {
	struct vk_plugin *plugin;
	struct vk_lines_config config;
	struct vk_lines *lines;
	struct vk_pace paces[VK_LINES_MAX];
	bool is_initial; /* states are being reported for the first time */
	int error;       /* of a send inside a callback */
};

static int64_t clock_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Takes over header. */
static int send_hub(struct gpio *gpio, json_t *header)
{
	int r = header ? vk_plugin_send(gpio->plugin, header, NULL, 0) : -ENOMEM;

	json_decref(header);
	return r;
}

static void report(struct gpio *gpio, int line, bool active, int64_t edge_ms)
{
	int64_t ago_ms = clock_ms(CLOCK_MONOTONIC) - edge_ms;
	json_t *signal = json_pack(
		"{s:s,s:I,s:s,s:b,s:I,s:I,s:b}", "t", "signal", "n", vk_plugin_next(gpio->plugin),
		"name", gpio->config.lines[line].name, "active", active, "at_ms",
		clock_ms(CLOCK_REALTIME) - ago_ms, "mono_ms", edge_ms, "initial", gpio->is_initial);
	int r = send_hub(gpio, signal);

	if (r < 0)
		gpio->error = r;
}

static void on_edge(void *user, int line, bool active, int64_t edge_ms)
{
	struct gpio *gpio = user;
	struct vk_pace *pace = &gpio->paces[line];

	if (gpio->is_initial)
		*pace = vk_pace_init(active);
	if (gpio->is_initial || vk_pace_edge(pace, active, edge_ms, clock_ms(CLOCK_MONOTONIC)))
		report(gpio, line, active, edge_ms);
}

static int fail(struct gpio *gpio, const struct vk_packet *packet, const char *code,
		const char *text)
{
	return send_hub(gpio, json_pack("{s:s,s:I,s:s,s:s}", "t", "failed", "n", packet->n, "code",
					code, "text", text));
}

static int set(struct gpio *gpio, const struct vk_packet *packet)
{
	int line = vk_lines_config_output(&gpio->config, vk_packet_str(packet, "line", ""));
	json_int_t value = vk_packet_int(packet, "value", -1);

	if (line < 0)
		return fail(gpio, packet, "unknown", "line: expected the name of an output");
	if (value != 0 && value != 1)
		return fail(gpio, packet, "invalid", "value: expected 0 or 1");
	int r = vk_lines_set(gpio->lines, line, value == 1);

	if (r < 0)
		return fail(gpio, packet, "line", strerror(-r));
	return send_hub(gpio, json_pack("{s:s,s:I}", "t", "done", "n", packet->n));
}

static int on_hub(const struct vk_packet *packet, void *user)
{
	struct gpio *gpio = user;

	if (strcmp(packet->type, "welcome") == 0)
		return vk_lines_config_parse(packet, &gpio->config);
	if (strcmp(packet->type, "set") == 0)
		return set(gpio, packet);
	if (strcmp(packet->type, "done") == 0)
		return 0;
	if (strcmp(packet->type, "failed") == 0) {
		vk_log(VK_LOG_WARNING, "gpio", "the hub did not take n=%lld code=%.40s",
		       (long long)packet->n, vk_packet_str(packet, "code", "?"));
		return 0;
	}
	return fail(gpio, packet, "unknown", "vaka-gpio takes set");
}

static void report_due(struct gpio *gpio, int64_t now_ms)
{
	bool active = false;
	int64_t edge_ms = 0;

	for (int i = 0; i < gpio->config.n; i++)
		if (vk_pace_due(&gpio->paces[i], now_ms, &active, &edge_ms))
			report(gpio, i, active, edge_ms);
}

/* Milliseconds to the first held-back state; -1: for ever. */
static int wait_ms(const struct gpio *gpio, int64_t now_ms)
{
	int64_t first_ms = -1;

	for (int i = 0; i < gpio->config.n; i++) {
		int64_t at_ms = vk_pace_deadline_ms(&gpio->paces[i]);

		if (at_ms >= 0 && (first_ms < 0 || at_ms < first_ms))
			first_ms = at_ms;
	}
	if (first_ms < 0)
		return -1;
	return first_ms > now_ms ? (int)(first_ms - now_ms) : 0;
}

static int read_lines(struct gpio *gpio, short events)
{
	int r = 0;

	if (events & POLLIN)
		r = vk_lines_read(gpio->lines, on_edge, gpio);
	else if (events & (POLLERR | POLLHUP))
		r = -ENODEV;
	if (r < 0)
		vk_log(VK_LOG_ERR, "gpio", "lost the chip %s: %s", gpio->config.chip, strerror(-r));
	return r;
}

static int turn(struct gpio *gpio)
{
	struct pollfd fds[2] = {
		{.fd = vk_plugin_fd(gpio->plugin), .events = vk_plugin_events(gpio->plugin)},
		{.fd = vk_lines_fd(gpio->lines), .events = POLLIN},
	};
	int r = poll(fds, 2, wait_ms(gpio, clock_ms(CLOCK_MONOTONIC)));

	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	r = fds[1].revents ? read_lines(gpio, fds[1].revents) : 0;
	report_due(gpio, clock_ms(CLOCK_MONOTONIC));
	if (r == 0 && fds[0].revents)
		r = vk_plugin_dispatch(gpio->plugin);
	return r < 0 ? r : gpio->error;
}

static int serve(struct gpio *gpio)
{
	int r = vk_plugin_connect("gpio", VAKA_VERSION, on_hub, gpio, &gpio->plugin);

	if (r == 0)
		r = vk_lines_open(&gpio->config, &gpio->lines);
	if (r < 0)
		return r;
	gpio->is_initial = true;
	r = vk_lines_states(gpio->lines, clock_ms(CLOCK_MONOTONIC), on_edge, gpio);
	gpio->is_initial = false;
	vk_log(VK_LOG_INFO, "gpio", "serving lines=%d chip=%s", gpio->config.n, gpio->config.chip);
	while (r == 0)
		r = turn(gpio);
	return r;
}

int main(void)
{
	struct gpio *gpio = calloc(1, sizeof *gpio);

	vk_log_init();
	int r = gpio ? serve(gpio) : -ENOMEM;

	vk_log(VK_LOG_ERR, "gpio", "ends: %s", strerror(-r));
	return EXIT_FAILURE;
}
