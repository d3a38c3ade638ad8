/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A peer: Paho's asynchronous C client with file persistence, QoS 1, at most WINDOW submitted and
 * not acknowledged. It survives kill -9 but syncs nothing.
 *
 * paho PORT COUNT WINDOW FOLDER
 */
#include <MQTTAsync.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "load.h"

enum { BUFFERED_MOST = 1000000 };

struct sender {
	pthread_mutex_t lock; /* guards settled, is_up */
	pthread_cond_t moved;
	int64_t settled;
	bool is_up;
	int64_t *began_ns, *took_ns;
};

struct sent {
	struct sender *sender;
	int64_t number;
};

static void die(const char *what, int rc)
{
	(void)fprintf(stderr, "paho: %s: %d\n", what, rc);
	exit(1);
}

static void on_up(void *user, char *cause)
{
	struct sender *s = user;

	(void)cause;
	pthread_mutex_lock(&s->lock);
	s->is_up = true;
	pthread_cond_signal(&s->moved);
	pthread_mutex_unlock(&s->lock);
}

static void on_settled(void *user, MQTTAsync_successData *data)
{
	const struct sent *sent = user;
	struct sender *s = sent->sender;

	(void)data;
	pthread_mutex_lock(&s->lock);
	s->took_ns[s->settled++] = load_now_ns() - s->began_ns[sent->number];
	pthread_cond_signal(&s->moved);
	pthread_mutex_unlock(&s->lock);
}

static void await(struct sender *s, int64_t settled)
{
	pthread_mutex_lock(&s->lock);
	while (!s->is_up || s->settled < settled)
		pthread_cond_wait(&s->moved, &s->lock);
	pthread_mutex_unlock(&s->lock);
}

static MQTTAsync connect_broker(struct sender *s, char **argv)
{
	char url[64];
	MQTTAsync client;
	MQTTAsync_createOptions create = MQTTAsync_createOptions_initializer;
	MQTTAsync_connectOptions options = MQTTAsync_connectOptions_initializer;

	(void)snprintf(url, sizeof url, "tcp://127.0.0.1:%s", argv[1]);
	create.sendWhileDisconnected = 1;
	create.maxBufferedMessages = BUFFERED_MOST;
	int rc = MQTTAsync_createWithOptions(&client, url, "bench-paho",
					     MQTTCLIENT_PERSISTENCE_DEFAULT, argv[4], &create);

	if (rc)
		die("create", rc);
	MQTTAsync_setConnected(client, s, on_up);
	options.cleansession = 0;
	options.keepAliveInterval = 60;
	options.maxInflight = atoi(argv[3]);
	rc = MQTTAsync_connect(client, &options);
	if (rc)
		die("connect", rc);
	await(s, 0);
	return client;
}

static void send_one(MQTTAsync client, struct sent *sent)
{
	char payload[LOAD_BYTES];
	MQTTAsync_message message = MQTTAsync_message_initializer;
	MQTTAsync_responseOptions response = MQTTAsync_responseOptions_initializer;

	load_payload(payload, sent->number);
	message.qos = 1;
	message.payload = payload;
	message.payloadlen = LOAD_BYTES;
	response.onSuccess = on_settled;
	response.context = sent;
	sent->sender->began_ns[sent->number] = load_now_ns();
	int rc = MQTTAsync_sendMessage(client, "bench/obs", &message, &response);

	if (rc)
		die("send", rc);
}

int main(int argc, char **argv)
{
	struct sender s = {.lock = PTHREAD_MUTEX_INITIALIZER, .moved = PTHREAD_COND_INITIALIZER};

	if (argc != 5)
		return 2;
	int64_t count = atoll(argv[2]), window = atoll(argv[3]);
	struct sent *sent = calloc((size_t)count, sizeof *sent);

	s.began_ns = calloc((size_t)count, sizeof *s.began_ns);
	s.took_ns = calloc((size_t)count, sizeof *s.took_ns);
	if (!sent || !s.began_ns || !s.took_ns)
		return 1;
	MQTTAsync client = connect_broker(&s, argv);
	int64_t began_ns = load_now_ns(), cpu_ns = load_cpu_ns(), written = load_written();

	for (int64_t i = 0; i < count; i++) {
		sent[i] = (struct sent){&s, i};
		await(&s, i - window + 1);
		send_one(client, &sent[i]);
	}
	await(&s, count);
	double seconds = (double)(load_now_ns() - began_ns) / 1e9;

	printf("{\"rate\":%.0f,\"seconds\":%.4f,\"cpu_us\":%.2f,\"written\":%.0f",
	       (double)count / seconds, seconds,
	       (double)(load_cpu_ns() - cpu_ns) / 1e3 / (double)count,
	       (double)(load_written() - written) / (double)count);
	load_print_times(s.took_ns, count);
	printf("}\n");
	return 0;
}
