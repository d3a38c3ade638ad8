/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vaka-ble: collects readings from Bluetooth kits. It keeps nothing: what it must remember is the
 * hub's. So it ends when the hub does, and is started again by systemd.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "base/log.h"
#include "collector.h"

static void on_signal(uv_signal_t *signal, int number)
{
	(void)number;
	uv_stop(signal->loop);
}

static int watch_signals(uv_loop_t *loop, uv_signal_t handles[2])
{
	static const int numbers[2] = {SIGTERM, SIGINT};
	int r = 0;

	for (int i = 0; r == 0 && i < 2; i++) {
		r = uv_signal_init(loop, &handles[i]);
		if (r == 0)
			r = uv_signal_start(&handles[i], on_signal, numbers[i]);
	}
	return r;
}

int main(void)
{
	struct vk_collector *collector = calloc(1, sizeof *collector);
	uv_signal_t signals[2];
	uv_loop_t loop;
	int r;

	vk_log_init();
	(void)signal(SIGPIPE, SIG_IGN);
	if (!collector || uv_loop_init(&loop) < 0 || watch_signals(&loop, signals) < 0) {
		vk_log(VK_LOG_ERR, "ble", "no loop");
		return 1;
	}
	r = vk_collector_init(collector, &loop);
	if (r < 0) {
		vk_log(VK_LOG_ERR, "ble", "not started reason=%s", strerror(-r));
		return 1;
	}
	(void)uv_run(&loop, UV_RUN_DEFAULT);
	r = collector->hub.error;
	vk_log(r < 0 ? VK_LOG_WARNING : VK_LOG_INFO, "ble", "ending reason=%s",
	       r < 0 ? strerror(-r) : "asked to");
	vk_collector_done(collector);
	return r < 0;
}
