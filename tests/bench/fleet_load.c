/* SPDX-License-Identifier: Apache-2.0 */
/*
 * N hubs in one process, as the broker sees them: a TLS session each under a certificate of its
 * own, MQTT 5 with a last will, a session that lasts, the subscriptions of vaka-mqtt, then health
 * and promise every five minutes and a reading every four hours, all in `times` less time. A care
 * service hears everything and answers readings with receipts. It is told what to do on standard
 * input and says what was done, a line of JSON each: the broker is measured between the lines.
 *
 *     fleet_load PORT[,PORT…] CA.pem CA.key CARE.pem CARE.key MOST
 *     connect HOW-MANY | idle SECONDS | work SECONDS TIMES | end
 */
#include <inttypes.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	SESSION_S = 7 * 86400,
	KEEP_ALIVE_S = 5, /* the least that libmosquitto takes; a hub has 60 */
	HANDSHAKES = 32,  /* at once */
	HEALTH_EVERY_MS = 300 * 1000,
	READING_EVERY_MS = 4 * 3600 * 1000,
	/* What such a document of a hub has in plain JSON (cases/wire_bytes.py). */
	HEALTH_BYTES = 1700,
	PROMISE_BYTES = 700,
	READING_BYTES = 4000,
	MISC_EVERY_MS = 200,
	GIVE_UP_MS = 60000,
	TOPIC = 160,
};

struct load;

struct session {
	struct load *load;
	struct mosquitto *client;
	SSL_CTX *tls;
	char name[24];
	bool is_care, is_up;
	int64_t health_ms, reading_ms; /* the next of each */
};

struct load {
	int ports[8], n_ports; /* of one broker, or of the nodes of a cluster, in turns */
	int n, n_up, n_begun;
	const char *ca, *care_cert, *care_key;
	X509 *ca_cert;
	EVP_PKEY *ca_key;
	struct session *sessions; /* the care service, and n hubs behind it */
	struct pollfd *polls;
	int64_t misc_ms;
	uint64_t sent, acked, heard, receipts;
	char filler[READING_BYTES];
};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void die(const char *what)
{
	fprintf(stderr, "fleet_load: %s\n", what);
	exit(1);
}

/* ---- a certificate for each hub ---- */

static X509 *sign(const struct load *l, const char *name, EVP_PKEY *key, long serial)
{
	X509 *cert = X509_new();
	X509_NAME *subject = X509_get_subject_name(cert);

	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), serial);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1,
				   0);
	X509_set_issuer_name(cert, X509_get_subject_name(l->ca_cert));
	X509_set_pubkey(cert, key);
	if (!X509_sign(cert, l->ca_key, EVP_sha256()))
		die("cannot sign a certificate");
	return cert;
}

static SSL_CTX *trusting(const struct load *l)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

	if (!tls || SSL_CTX_load_verify_file(tls, l->ca) != 1)
		die("cannot read the CA");
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	(void)SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
	return tls;
}

static SSL_CTX *hub_tls(const struct load *l, const char *name, long serial)
{
	SSL_CTX *tls = trusting(l);
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = sign(l, name, key, serial);

	if (SSL_CTX_use_certificate(tls, cert) != 1 || SSL_CTX_use_PrivateKey(tls, key) != 1)
		die("cannot use a certificate");
	X509_free(cert);
	EVP_PKEY_free(key);
	return tls;
}

static SSL_CTX *care_tls(const struct load *l)
{
	SSL_CTX *tls = trusting(l);

	if (SSL_CTX_use_certificate_file(tls, l->care_cert, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_use_PrivateKey_file(tls, l->care_key, SSL_FILETYPE_PEM) != 1)
		die("cannot use the care service's certificate");
	return tls;
}

static void read_ca(struct load *l, const char *key_path)
{
	FILE *cert = fopen(l->ca, "re"), *key = fopen(key_path, "re");

	if (!cert || !key)
		die("cannot read the CA");
	l->ca_cert = PEM_read_X509(cert, NULL, NULL, NULL);
	l->ca_key = PEM_read_PrivateKey(key, NULL, NULL, NULL);
	(void)fclose(cert);
	(void)fclose(key);
	if (!l->ca_cert || !l->ca_key)
		die("cannot read the CA");
}

/* ---- messages ---- */

static void publish(struct session *s, const char *topic, size_t len, bool is_retained,
		    const char *id)
{
	mosquitto_property *properties = NULL;
	struct load *l = s->load;

	(void)mosquitto_property_add_string(&properties, MQTT_PROP_CONTENT_TYPE,
					    "application/json");
	(void)mosquitto_property_add_string_pair(&properties, MQTT_PROP_USER_PROPERTY, "id", id);
	(void)mosquitto_property_add_string_pair(&properties, MQTT_PROP_USER_PROPERTY, "rev", "0");
	if (mosquitto_publish_v5(s->client, NULL, topic, (int)len, l->filler, 1, is_retained,
				 properties) == MOSQ_ERR_SUCCESS)
		l->sent++;
	mosquitto_property_free_all(&properties);
}

static void tell(struct session *s, const char *below, size_t len, bool is_retained)
{
	char topic[TOPIC];

	snprintf(topic, sizeof topic, "vaka/1/soder/%s/%s", s->name, below);
	publish(s, topic, len, is_retained, below);
}

static void work(struct session *s, int64_t now, int times)
{
	if (now >= s->health_ms) {
		s->health_ms += HEALTH_EVERY_MS / times;
		tell(s, "health", HEALTH_BYTES, true);
		tell(s, "promise", PROMISE_BYTES, true);
	}
	if (now >= s->reading_ms) {
		s->reading_ms += READING_EVERY_MS / times;
		tell(s, "reading/p-1/weight", READING_BYTES, false);
	}
}

static void on_ack(struct mosquitto *client, void *user, int mid, int reason,
		   const mosquitto_property *properties)
{
	struct session *s = user;

	(void)client, (void)mid, (void)properties;
	if (reason >= 0x80)
		die("the broker refused a message");
	s->load->acked += !s->is_care;
}

/* "vaka/1/soder/{hub}/reading/…" is answered at "vaka/1/soder/{hub}/receipt/care-service". */
static void on_message(struct mosquitto *client, void *user, const struct mosquitto_message *m,
		       const mosquitto_property *properties)
{
	static const char receipt[] = "{\"stored\":[\"a\"],\"revs\":[0]}";
	struct session *s = user;
	const char *reading = strstr(m->topic, "/reading/");
	char topic[TOPIC];

	(void)properties;
	if (!s->is_care) {
		s->load->receipts++;
		return;
	}
	if (m->retain)
		return;
	s->load->heard++;
	if (!reading)
		return;
	snprintf(topic, sizeof topic, "%.*s/receipt/care-service", (int)(reading - m->topic),
		 m->topic);
	(void)mosquitto_publish(client, NULL, topic, (int)strlen(receipt), receipt, 1, false);
}

/* ---- sessions ---- */

static void on_connect(struct mosquitto *client, void *user, int reason, int flags,
		       const mosquitto_property *properties)
{
	static const char *const below[] = {"cmd/+/+/+", "receipt/+", "plan/p-1"};
	char filters[3][TOPIC], *list[3];
	struct session *s = user;

	(void)flags, (void)properties;
	if (reason)
		die("the broker refused a connection");
	for (int i = 0; i < 3; i++) {
		snprintf(filters[i], TOPIC, "vaka/1/soder/%s/%s", s->name, below[i]);
		list[i] = filters[i];
	}
	if (s->is_care)
		(void)mosquitto_subscribe_v5(client, NULL, "vaka/1/soder/#", 1,
					     MQTT_SUB_OPT_NO_LOCAL, NULL);
	else
		(void)mosquitto_subscribe_multiple(client, NULL, 3, list, 1, 0, NULL);
}

static void on_subscribe(struct mosquitto *client, void *user, int mid, int n, const int *granted,
			 const mosquitto_property *properties)
{
	struct session *s = user;

	(void)client, (void)mid, (void)properties;
	for (int i = 0; i < n; i++)
		if (granted[i] >= 0x80)
			die("the broker refused a subscription");
	s->is_up = true;
	s->load->n_up++;
	if (!s->is_care)
		tell(s, "status", 120, true);
}

static void set_will(struct session *s)
{
	static const char will[] = "{\"state\":\"offline\",\"since\":\"2026-01-01T00:00:00Z\"}";
	char topic[TOPIC];

	snprintf(topic, sizeof topic, "vaka/1/soder/%s/status", s->name);
	if (mosquitto_will_set_v5(s->client, topic, (int)strlen(will), will, 1, true, NULL))
		die("no will");
}

static void begin(struct session *s)
{
	mosquitto_property *properties = NULL;

	s->client = mosquitto_new(s->name, false, s);
	if (!s->client)
		die("no memory");
	mosquitto_int_option(s->client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
	mosquitto_int_option(s->client, MOSQ_OPT_TCP_NODELAY, 1);
	mosquitto_int_option(s->client, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0);
	mosquitto_void_option(s->client, MOSQ_OPT_SSL_CTX, s->tls);
	mosquitto_connect_v5_callback_set(s->client, on_connect);
	mosquitto_subscribe_v5_callback_set(s->client, on_subscribe);
	mosquitto_publish_v5_callback_set(s->client, on_ack);
	mosquitto_message_v5_callback_set(s->client, on_message);
	if (!s->is_care)
		set_will(s);
	mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, SESSION_S);
	if (mosquitto_connect_bind_v5(s->client, "localhost",
				      s->load->ports[s->load->n_begun % s->load->n_ports],
				      KEEP_ALIVE_S, NULL, properties))
		die("no connection");
	mosquitto_property_free_all(&properties);
	s->load->n_begun++;
}

static void serve(struct session *s, short events, bool is_misc)
{
	int r = MOSQ_ERR_SUCCESS;

	if (events & (POLLIN | POLLERR | POLLHUP))
		r = mosquitto_loop_read(s->client, 1);
	if (r == MOSQ_ERR_SUCCESS && mosquitto_want_write(s->client))
		r = mosquitto_loop_write(s->client, 1);
	if (r == MOSQ_ERR_SUCCESS && is_misc)
		r = mosquitto_loop_misc(s->client);
	if (r != MOSQ_ERR_SUCCESS) {
		fprintf(stderr, "fleet_load: %s: %s\n", s->name, mosquitto_strerror(r));
		die("a session was cut");
	}
}

/* Whatever the begun sessions have to do within timeout_ms. */
static void turn(struct load *l, int timeout_ms)
{
	int64_t now;
	bool is_misc;

	for (int i = 0; i < l->n_begun; i++) {
		struct mosquitto *client = l->sessions[i].client;
		short out = mosquitto_want_write(client) ? POLLOUT : 0;

		l->polls[i] = (struct pollfd){mosquitto_socket(client), (short)(POLLIN | out), 0};
	}
	(void)poll(l->polls, (nfds_t)l->n_begun, timeout_ms);
	now = now_ms();
	is_misc = now - l->misc_ms >= MISC_EVERY_MS;
	if (is_misc)
		l->misc_ms = now;
	for (int i = 0; i < l->n_begun; i++)
		if (is_misc || l->polls[i].revents)
			serve(&l->sessions[i], l->polls[i].revents, is_misc);
}

/* Until so many hubs are there; those that are there already stay. */
static void connect_hubs(struct load *l, int wanted)
{
	int64_t end = now_ms() + GIVE_UP_MS;

	/* The care service first: it hears from each hub. */
	if (!l->n_begun)
		begin(&l->sessions[0]);
	while (l->n_up <= wanted) {
		while (l->n_up && l->n_begun <= wanted && l->n_begun - l->n_up < HANDSHAKES)
			begin(&l->sessions[l->n_begun]);
		turn(l, 20);
		if (now_ms() > end)
			die("not every session came up");
	}
}

/* Until everything that was sent is acknowledged, and heard at the other end. */
static void settle(struct load *l)
{
	int64_t end = now_ms() + GIVE_UP_MS;

	while (l->acked < l->sent || l->heard < l->sent) {
		turn(l, 20);
		if (now_ms() > end)
			die("something that was sent did not arrive");
	}
}

static void spread(struct load *l, int64_t now, int times)
{
	int n = l->n_up - 1;

	for (int i = 1; i <= n; i++) {
		l->sessions[i].health_ms = now + (int64_t)HEALTH_EVERY_MS / times * (i - 1) / n;
		l->sessions[i].reading_ms = now + (int64_t)READING_EVERY_MS / times * (i - 1) / n;
	}
}

/* times 0: the keep-alive alone. */
static void go_on(struct load *l, int seconds, int times)
{
	int64_t now = now_ms(), end = now + (int64_t)seconds * 1000;

	if (times)
		spread(l, now, times);
	while (now < end) {
		for (int i = 1; times && i < l->n_up; i++)
			work(&l->sessions[i], now, times);
		turn(l, 10);
		now = now_ms();
	}
	settle(l);
}

static void say(const struct load *l, const char *event)
{
	printf("{\"event\":\"%s\",\"sessions\":%d,\"sent\":%" PRIu64 ",\"acked\":%" PRIu64
	       ",\"heard\":%" PRIu64 ",\"receipts\":%" PRIu64 "}\n",
	       event, l->n_up ? l->n_up - 1 : 0, l->sent, l->acked, l->heard, l->receipts);
	fflush(stdout);
}

static void prepare(struct load *l, char **argv)
{
	*l = (struct load){
		.ca = argv[2], .care_cert = argv[4], .care_key = argv[5], .n = atoi(argv[6])};
	for (char *port = argv[1]; port && l->n_ports < 8; port = strchr(port, ',')) {
		port += *port == ',';
		l->ports[l->n_ports++] = atoi(port);
	}
	memset(l->filler, 'x', sizeof l->filler);
	read_ca(l, argv[3]);
	l->sessions = calloc((size_t)l->n + 1, sizeof *l->sessions);
	l->polls = calloc((size_t)l->n + 1, sizeof *l->polls);
	if (l->n < 1 || !l->sessions || !l->polls)
		die("how many?");
	for (int i = 0; i <= l->n; i++) {
		struct session *s = &l->sessions[i];

		s->load = l;
		s->is_care = i == 0;
		if (s->is_care)
			snprintf(s->name, sizeof s->name, "care-service");
		else
			snprintf(s->name, sizeof s->name, "hub-%05d", i);
		s->tls = s->is_care ? care_tls(l) : hub_tls(l, s->name, i);
	}
}

int main(int argc, char **argv)
{
	static struct load l;
	char line[80];
	int seconds, times, wanted;

	if (argc != 7)
		die("usage: fleet_load PORT[,PORT…] CA.pem CA.key CARE.pem CARE.key MOST");
	mosquitto_lib_init();
	prepare(&l, argv);
	say(&l, "ready");
	while (fgets(line, sizeof line, stdin)) {
		if (sscanf(line, "connect %d", &wanted) == 1 && wanted <= l.n)
			connect_hubs(&l, wanted), settle(&l);
		else if (sscanf(line, "idle %d", &seconds) == 1)
			go_on(&l, seconds, 0);
		else if (sscanf(line, "work %d %d", &seconds, &times) == 2 && times > 0)
			go_on(&l, seconds, times);
		else
			break;
		say(&l, "done");
	}
	return 0;
}
