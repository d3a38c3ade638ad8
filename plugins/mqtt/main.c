/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vaka-mqtt: set up what costs memory once and small, run the relay, end with it. Nothing is torn
 * down at the end: a worker may still wait for a name server, and the kernel frees the rest.
 */
#include <malloc.h>
#include <mosquitto.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/heap.h"
#include "base/log.h"
#include "mqtt/relay.h"

int main(void)
{
	vk_log_init();
	(void)mallopt(M_ARENA_MAX, 1);
	vk_heap_init();
	(void)signal(SIGPIPE, SIG_IGN);
	/* One connects, and one may look for a better broker meanwhile. */
	setenv("UV_THREADPOOL_SIZE", "2", 1);
	/* Everything TLS needs is set by us; a machine's openssl.cnf would only cost memory. */
	setenv("OPENSSL_CONF", "/dev/null", 0);
	if (mosquitto_lib_init() != MOSQ_ERR_SUCCESS)
		return EXIT_FAILURE;
	struct vk_relay *relay = calloc(1, sizeof *relay);

	if (!relay)
		return EXIT_FAILURE;
	relay->loop = uv_default_loop();
	int r = relay->loop ? vk_relay_run(relay, VAKA_VERSION) : -1;

	if (r < 0)
		vk_log(VK_LOG_ERR, "mqtt", "ends: %s", strerror(-r));
	_exit(r < 0 ? EXIT_FAILURE : EXIT_SUCCESS);
}
