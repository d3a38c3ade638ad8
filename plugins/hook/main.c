/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vaka-hook: waits for an alert of the hub, for the end of the command, or for its time to run out,
 * and for nothing else. It says what became of the run and keeps nothing.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/str.h"
#include "hook/run.h"
#include "vaka/plugin.h"

struct hook {
	struct vk_plugin *plugin;
	char command[108];
	int64_t timeout_ms;
	struct vk_run run;
	json_int_t n; /* of the alert that is being handed on */
	int64_t end_ms;
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Takes over header. */
static int send_hub(struct hook *h, json_t *header)
{
	int r = header ? vk_plugin_send(h->plugin, header, NULL, 0) : -ENOMEM;

	json_decref(header);
	return r;
}

static int settled(struct hook *h, int code)
{
	vk_log(code ? VK_LOG_WARNING : VK_LOG_NOTICE, "hook", "the command ended code=%d", code);
	return send_hub(h, json_pack("{s:s,s:I,s:i}", "t", "settled", "n", h->n, "reason", code));
}

static int fail(struct hook *h, const struct vk_packet *packet, const char *code, const char *text)
{
	return send_hub(h, json_pack("{s:s,s:I,s:s,s:s}", "t", "failed", "n", packet->n, "code",
				     code, "text", text));
}

static int configure(struct hook *h, const struct vk_packet *packet)
{
	const json_t *config = json_object_get(packet->header, "config");
	const char *command = json_string_value(json_object_get(config, "command"));
	json_int_t timeout_s = json_integer_value(json_object_get(config, "timeout_s"));

	if (!command) {
		vk_log(VK_LOG_NOTICE, "hook", "hub.yaml has no second_path: nothing to do");
		return 0;
	}
	if (command[0] != '/' || !vk_copy(h->command, sizeof h->command, command) ||
	    timeout_s < 1 || timeout_s > 300) {
		vk_log(VK_LOG_ERR, "hook", "command: expected a whole path; timeout: 1s to 5min");
		return -EINVAL;
	}
	h->timeout_ms = timeout_s * 1000;
	return 0;
}

static int publish(struct hook *h, const struct vk_packet *packet)
{
	const char *id = vk_packet_str(packet, "id", "");
	int r;

	if (h->run.fd >= 0)
		return fail(h, packet, "busy", "one alert at a time");
	if (!h->command[0] || !vk_is_id(id))
		return fail(h, packet, "invalid", "second_path and id: expected both");
	h->n = packet->n;
	r = vk_run_start(&h->run, h->command, id, packet->body, packet->body_len);
	if (r < 0) {
		vk_log(VK_LOG_ERR, "hook", "%s does not start: %s", h->command, strerror(-r));
		return settled(h, VK_RUN_NOT_STARTED);
	}
	h->end_ms = now_ms() + h->timeout_ms;
	return 0;
}

static int on_hub(const struct vk_packet *packet, void *user)
{
	struct hook *h = user;

	if (strcmp(packet->type, "welcome") == 0)
		return configure(h, packet);
	if (strcmp(packet->type, "publish") == 0)
		return publish(h, packet);
	return fail(h, packet, "unknown", "vaka-hook takes publish");
}

static int wait_ms(const struct hook *h)
{
	int64_t left_ms = h->end_ms - now_ms();

	if (h->run.fd < 0)
		return -1;
	return left_ms > 0 ? (int)left_ms : 0;
}

static int turn(struct hook *h)
{
	struct pollfd fds[2] = {
		{.fd = vk_plugin_fd(h->plugin), .events = vk_plugin_events(h->plugin)},
		{.fd = h->run.fd, .events = POLLIN},
	};
	int r = poll(fds, 2, wait_ms(h));

	if (r < 0)
		return errno == EINTR ? 0 : -errno;
	r = 0;
	if (h->run.fd >= 0 && fds[1].revents) {
		r = settled(h, vk_run_end(&h->run));
	} else if (h->run.fd >= 0 && now_ms() >= h->end_ms) {
		vk_run_kill(&h->run);
		r = settled(h, VK_RUN_TIMEOUT);
	}
	return r == 0 && fds[0].revents ? vk_plugin_dispatch(h->plugin) : r;
}

int main(void)
{
	struct hook hook = {.run = {.fd = -1}};
	int r;

	vk_log_init();
	(void)signal(SIGPIPE, SIG_IGN);
	r = vk_plugin_connect("hook", VAKA_VERSION, on_hub, &hook, &hook.plugin);
	while (r == 0)
		r = turn(&hook);
	if (hook.run.fd >= 0)
		vk_run_kill(&hook.run);
	vk_log(VK_LOG_ERR, "hook", "ends: %s", strerror(-r));
	return EXIT_FAILURE;
}
