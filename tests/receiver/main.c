/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reference receiver: the other end of the contract (design §5), as small as it can be and still
 * keep it. It stores every message by hub and id, keeps the highest revision, answers with receipts
 * once that is on disk, and raises a hub that breaks its promise. One JSON line per thing that
 * happens goes to standard output.
 *
 * libmosquitto acknowledges before it hands a message over, so a PUBACK proves nothing here: it is
 * the receipt that does, and a hub that waits for receipts sends again what fell in between.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <jansson.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/err.h"
#include "base/str.h"
#include "kept.h"
#include "plain.h"
#include "watch.h"

enum { RECEIPT_IDS = 64, SESSION_S = 7 * 86400, RETRY_MS = 500, PART = 65, TOPIC = 512 };

struct options {
	const char *host, *ca, *cert, *key, *site, *service, *db;
	int port;
	bool is_dump, has_no_receipts;
};

/* Receipts of one hub that wait for the commit. */
struct receipts {
	char hub[PART];
	json_t *ids, *revs; /* in step */
};

struct receiver {
	struct options options;
	struct mosquitto *client;
	struct kept *kept;
	struct watch watch;
	struct receipts pending[WATCH_HUBS];
	int n_pending;
	bool is_connected;
	int error; /* of the disk: ends the program, so that nobody is told that it is stored */
};

static volatile sig_atomic_t is_asked_to_end;

static void on_signal(int number)
{
	(void)number;
	is_asked_to_end = 1;
}

static int64_t utc_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Takes over object. */
static void say(json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	if (text)
		puts(text);
	fflush(stdout);
	free(text);
	json_decref(object);
}

static void tell_watch(enum watch_news news, const struct watch_hub *hub,
		       const struct watch_expect *e, void *user)
{
	static const char *const words[] = {"hub-silent", "hub-back", "missing"};
	json_t *line = json_pack("{s:s,s:s}", "event", words[news], "hub", hub->hub);

	(void)user;
	if (line && e)
		json_object_update_new(line, json_pack("{s:s,s:s,s:s}", "kind", e->kind, "patient",
						       e->patient, "id", e->id));
	if (line)
		say(line);
}

/* vaka/1/{site}/{hub}/{below}: the hub's name and what is below its base. */
static bool split(const struct receiver *rx, const char *topic, char hub[PART], const char **below)
{
	size_t n = strlen(rx->options.site);
	const char *end;

	if (strncmp(topic, rx->options.site, n) != 0 || topic[n] != '/')
		return false;
	topic += n + 1;
	end = strchr(topic, '/');
	if (!end || (size_t)(end - topic) >= PART)
		return false;
	memcpy(hub, topic, (size_t)(end - topic));
	hub[end - topic] = '\0';
	*below = end + 1;
	return vk_is_id(hub);
}

/* The user property of that name, to be freed by the caller; NULL: there is none. */
static char *property(const mosquitto_property *list, const char *wanted)
{
	char *name = NULL, *value = NULL;
	bool skip = false;

	while ((list = mosquitto_property_read_string_pair(list, MQTT_PROP_USER_PROPERTY, &name,
							   &value, skip))) {
		bool is_it = strcmp(name, wanted) == 0;

		free(name);
		if (is_it)
			return value;
		free(value);
		skip = true;
	}
	return NULL;
}

static void want_receipt(struct receiver *rx, const char *hub, const char *id, int64_t rev)
{
	struct receipts *r = rx->pending;

	while (r < rx->pending + rx->n_pending && strcmp(r->hub, hub) != 0)
		r++;
	if (r == rx->pending + rx->n_pending) {
		if (rx->n_pending == WATCH_HUBS)
			return; /* it comes again for want of a receipt */
		*r = (struct receipts){.ids = json_array(), .revs = json_array()};
		(void)vk_copy(r->hub, sizeof r->hub, hub);
		rx->n_pending++;
	}
	json_array_append_new(r->ids, json_string(id));
	json_array_append_new(r->revs, json_integer(rev));
}

static void store(struct receiver *rx, const char *hub, const char *below, const char *id,
		  const char *rev, const void *document, size_t len)
{
	static const char *const words[] = {"new", "newer", "repeat", "older"};
	struct kept_message m = {
		.hub = hub,
		.id = id,
		.topic = below,
		.rev = rev ? strtoll(rev, NULL, 10) : 0,
		.payload = document,
		.len = len,
		.at_utc_ms = utc_ms(),
	};
	enum kept_as as = KEPT_NEW;

	rx->error = kept_put(rx->kept, &m, &as);
	if (rx->error)
		return;
	if (!rx->options.has_no_receipts)
		want_receipt(rx, hub, id, m.rev);
	say(json_pack("{s:s,s:s,s:s,s:I,s:s}", "event", words[as], "hub", hub, "id", id, "rev",
		      (json_int_t)m.rev, "topic", below));
}

static void on_message(struct mosquitto *client, void *user,
		       const struct mosquitto_message *message,
		       const mosquitto_property *properties)
{
	struct receiver *rx = user;
	vk_auto(vk_freep) char *id = property(properties, "id");
	vk_auto(vk_freep) char *rev = property(properties, "rev");
	vk_auto(vk_freep) char *type = NULL, *plain = NULL;
	const void *document = message->payload;
	size_t len = (size_t)message->payloadlen;
	char hub[PART];
	const char *below;

	(void)client;
	if (rx->error || message->payloadlen == 0 || !split(rx, message->topic, hub, &below))
		return; /* an empty one only clears a retained copy */
	(void)mosquitto_property_read_string(properties, MQTT_PROP_CONTENT_TYPE, &type, false);
	if (type && plain_is_cbor(type)) {
		plain = plain_from_cbor(message->payload, len);
		if (!plain) {
			say(json_pack("{s:s,s:s,s:s}", "event", "unreadable", "hub", hub, "topic",
				      below));
			return; /* without a receipt, which the hub will miss */
		}
		document = plain;
		len = strlen(plain);
	}
	if (strcmp(below, "promise") == 0) {
		if (watch_promise(&rx->watch, hub, document, len, utc_ms(), tell_watch, rx))
			say(json_pack("{s:s,s:s}", "event", "bad-promise", "hub", hub));
		return;
	}
	if (id && vk_is_id(id))
		store(rx, hub, below, id, rev, document, len);
}

static void on_connect(struct mosquitto *client, void *user, int reason, int flags,
		       const mosquitto_property *properties)
{
	struct receiver *rx = user;
	char topic[TOPIC];

	(void)flags, (void)properties;
	rx->is_connected = reason == 0;
	say(json_pack("{s:s,s:i}", "event", "connected", "reason", reason));
	if (reason)
		return;
	snprintf(topic, sizeof topic, "%s/#", rx->options.site);
	mosquitto_subscribe(client, NULL, topic, 1);
}

static void on_disconnect(struct mosquitto *client, void *user, int reason,
			  const mosquitto_property *properties)
{
	struct receiver *rx = user;

	(void)client, (void)reason, (void)properties;
	rx->is_connected = false;
}

/* At most RECEIPT_IDS of them in one message. */
static void send_receipt(struct receiver *rx, struct receipts *r, size_t from)
{
	char topic[TOPIC];
	json_t *part = json_array(), *revs = json_array();
	vk_auto(vk_freep) char *text = NULL;

	for (size_t i = from; i < json_array_size(r->ids) && i < from + RECEIPT_IDS; i++) {
		json_array_append(part, json_array_get(r->ids, i));
		json_array_append(revs, json_array_get(r->revs, i));
	}
	json_t *object = json_pack("{s:o,s:o}", "stored", part, "revs", revs);

	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	snprintf(topic, sizeof topic, "%s/%s/receipt/%s", rx->options.site, r->hub,
		 rx->options.service);
	if (text)
		mosquitto_publish(rx->client, NULL, topic, (int)strlen(text), text, 1, false);
}

/* What came in one go is one transaction; then, and only then, its receipts. */
static void settle(struct receiver *rx)
{
	if (!rx->error)
		rx->error = kept_commit(rx->kept);
	for (int i = 0; i < rx->n_pending; i++) {
		struct receipts *r = &rx->pending[i];

		for (size_t n = 0; !rx->error && n < json_array_size(r->ids); n += RECEIPT_IDS)
			send_receipt(rx, r, n);
		json_decref(r->ids);
		json_decref(r->revs);
	}
	rx->n_pending = 0;
}

static int connect_broker(struct receiver *rx)
{
	const struct options *o = &rx->options;
	mosquitto_property *properties = NULL;
	int rc;

	mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, SESSION_S);
	rc = mosquitto_connect_bind_v5(rx->client, o->host, o->port, 30, NULL, properties);
	mosquitto_property_free_all(&properties);
	return rc;
}

static int prepare(struct receiver *rx)
{
	const struct options *o = &rx->options;
	char name[TOPIC];

	mosquitto_lib_init();
	snprintf(name, sizeof name, "receiver-%s", o->service);
	rx->client = mosquitto_new(name, false, rx);
	if (!rx->client)
		return -ENOMEM;
	mosquitto_int_option(rx->client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
	mosquitto_int_option(rx->client, MOSQ_OPT_TCP_NODELAY, 1);
	mosquitto_connect_v5_callback_set(rx->client, on_connect);
	mosquitto_disconnect_v5_callback_set(rx->client, on_disconnect);
	mosquitto_message_v5_callback_set(rx->client, on_message);
	if (o->ca && mosquitto_tls_set(rx->client, o->ca, NULL, o->cert, o->key, NULL))
		return -EINVAL;
	return kept_open(o->db, &rx->kept);
}

static int wait_ms(struct receiver *rx, int most_ms)
{
	int64_t now = utc_ms(), next = watch_tick(&rx->watch, now, tell_watch, rx);

	return next - now < most_ms ? (int)(next - now) : most_ms;
}

static int run(struct receiver *rx)
{
	int rc = connect_broker(rx);

	while (!is_asked_to_end && !rx->error) {
		if (rc == MOSQ_ERR_SUCCESS)
			rc = mosquitto_loop(rx->client, wait_ms(rx, 1000), 1);
		settle(rx);
		if (rc == MOSQ_ERR_SUCCESS)
			continue;
		(void)poll(NULL, 0, wait_ms(rx, RETRY_MS));
		if (!is_asked_to_end)
			rc = connect_broker(rx);
	}
	mosquitto_disconnect(rx->client);
	if (rx->error)
		fprintf(stderr, "receiver: %s: %s\n", rx->options.db, strerror(-rx->error));
	return rx->error;
}

static int usage(void)
{
	fputs("usage: vaka-receiver --db FILE --port PORT [--host HOST] [--ca FILE --cert FILE "
	      "--key FILE]\n"
	      "                     [--site vaka/1/SITE] [--service NAME] [--no-receipts]\n"
	      "       vaka-receiver --db FILE --dump\n",
	      stderr);
	return 2;
}

static bool parse(int argc, char **argv, struct options *o)
{
	static const struct option long_options[] = {
		{"host", 1, NULL, 'h'},        {"port", 1, NULL, 'p'},    {"ca", 1, NULL, 'a'},
		{"cert", 1, NULL, 'c'},        {"key", 1, NULL, 'k'},     {"site", 1, NULL, 's'},
		{"db", 1, NULL, 'd'},          {"service", 1, NULL, 'v'}, {"dump", 0, NULL, 'u'},
		{"no-receipts", 0, NULL, 'n'}, {NULL, 0, NULL, 0}};
	const char **texts['w' + 1] = {
		['h'] = &o->host, ['a'] = &o->ca, ['c'] = &o->cert,   ['k'] = &o->key,
		['s'] = &o->site, ['d'] = &o->db, ['v'] = &o->service};
	int c;

	while ((c = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		if (c == 'p')
			o->port = atoi(optarg);
		else if (c == 'u')
			o->is_dump = true;
		else if (c == 'n')
			o->has_no_receipts = true;
		else if (c <= 'w' && texts[c])
			*texts[c] = optarg;
		else
			return false;
	}
	return optind == argc && o->db && (o->is_dump || o->port > 0);
}

int main(int argc, char **argv)
{
	static struct receiver rx = {.options = {.host = "127.0.0.1",
						 .site = "vaka/1/soder",
						 .service = "care-service"}};
	int r;

	if (!parse(argc, argv, &rx.options))
		return usage();
	if (rx.options.is_dump) {
		r = kept_open(rx.options.db, &rx.kept);
		if (!r)
			r = kept_dump(rx.kept, stdout);
		kept_close(rx.kept);
		return r ? 1 : 0;
	}
	signal(SIGTERM, on_signal);
	signal(SIGINT, on_signal);
	r = prepare(&rx);
	if (r)
		fprintf(stderr, "receiver: cannot start: %s\n", strerror(-r));
	else
		r = run(&rx);
	mosquitto_destroy(rx.client);
	mosquitto_lib_cleanup();
	kept_close(rx.kept);
	watch_done(&rx.watch);
	return r ? 1 : 0;
}
