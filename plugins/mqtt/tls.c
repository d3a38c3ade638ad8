/* SPDX-License-Identifier: Apache-2.0 */
/* One context for all connections, replaced as a whole. */
#include "mqtt/tls.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/err.h"
#include "base/str.h"

static const char uri[] = "pkcs11:";

static void free_context(SSL_CTX **context)
{
	SSL_CTX_free(*context);
}

static void free_store(OSSL_STORE_CTX **store)
{
	(void)OSSL_STORE_close(*store);
}

void vk_tls_init(struct vk_tls *tls, const struct vk_relay_config *config)
{
	*tls = (struct vk_tls){.config = config};
}

/* Keeps the reason that is nearest to the cause: what OpenSSL says, else what was being done. */
static int fail(struct vk_tls *tls, const char *what)
{
	unsigned long error = ERR_peek_error();
	const char *reason = ERR_SYSTEM_ERROR(error) ? strerror(ERR_GET_REASON(error))
						     : ERR_reason_error_string(error);

	(void)snprintf(tls->why, sizeof tls->why, "%s%s%s", what, reason ? ": " : "",
		       reason ? reason : "");
	ERR_clear_error();
	return -EINVAL;
}

/* The library's own words for what is wrong with the broker's certificate. */
static int on_verify(int is_ok, X509_STORE_CTX *verified)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(verified, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct vk_tls *tls = ssl ? SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)) : NULL;

	if (!is_ok && tls && !tls->why[0])
		(void)snprintf(tls->why, sizeof tls->why, "%s",
			       X509_verify_cert_error_string(X509_STORE_CTX_get_error(verified)));
	return is_ok;
}

/* A key that never leaves its chip, by the PKCS#11 provider of OpenSSL. */
static EVP_PKEY *open_key(const char *name)
{
	vk_auto(free_store) OSSL_STORE_CTX *store = NULL;
	EVP_PKEY *key = NULL;

	if (!OSSL_PROVIDER_load(NULL, "default") || !OSSL_PROVIDER_load(NULL, "pkcs11"))
		return NULL;
	store = OSSL_STORE_open(name, NULL, NULL, NULL, NULL);
	while (store && !key && !OSSL_STORE_eof(store)) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(store);

		if (info && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			key = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	return key;
}

static bool use_key(SSL_CTX *context, const char *name)
{
	if (strncmp(name, uri, sizeof uri - 1) != 0)
		return SSL_CTX_use_PrivateKey_file(context, name, SSL_FILETYPE_PEM) == 1;
	EVP_PKEY *key = open_key(name);
	bool is_used = key && SSL_CTX_use_PrivateKey(context, key) == 1;

	EVP_PKEY_free(key);
	return is_used;
}

static int load(struct vk_tls *tls, SSL_CTX *context)
{
	const struct vk_relay_config *c = tls->config;

	if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
		return fail(tls, "TLS 1.2 is not to be had");
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, on_verify);
	(void)SSL_CTX_set_app_data(context, tls);
	(void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	/* Acknowledgements come many at a time, each in a record of its own. */
	SSL_CTX_set_read_ahead(context, 1);
	if (SSL_CTX_load_verify_file(context, c->ca) != 1)
		return fail(tls, "cannot read the CA's certificate");
	if (SSL_CTX_use_certificate_chain_file(context, c->cert) != 1)
		return fail(tls, "cannot read the hub's certificate");
	if (!use_key(context, c->key))
		return fail(tls, "cannot read the hub's key");
	if (SSL_CTX_check_private_key(context) != 1)
		return fail(tls, "the hub's key is not that of its certificate");
	return 0;
}

static void look(const struct vk_tls *tls, struct vk_tls_stamp stamps[VK_TLS_FILES])
{
	const char *names[VK_TLS_FILES] = {tls->config->ca, tls->config->cert, tls->config->key};

	for (int i = 0; i < VK_TLS_FILES; i++) {
		struct stat st;

		stamps[i] = (struct vk_tls_stamp){0};
		if (stat(names[i], &st) == 0)
			stamps[i] = (struct vk_tls_stamp){(int64_t)st.st_ino, st.st_size,
							  st.st_mtim.tv_sec * INT64_C(1000000000) +
								  st.st_mtim.tv_nsec};
	}
}

int vk_tls_refresh(struct vk_tls *tls)
{
	struct vk_tls_stamp now[VK_TLS_FILES];
	vk_auto(free_context) SSL_CTX *context = NULL;

	look(tls, now);
	if (tls->context && memcmp(now, tls->stamps, sizeof now) == 0)
		return 0;
	context = SSL_CTX_new(TLS_client_method());
	if (!context)
		return fail(tls, "no memory");
	int r = load(tls, context);

	if (r < 0)
		return r;
	memcpy(tls->stamps, now, sizeof now);
	SSL_CTX_free(tls->context);
	tls->context = vk_take(&context);
	return 1;
}

bool vk_tls_aim(struct vk_tls *tls, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(tls->context);
	int64_t floor_s = tls->config->time_floor_s;
	struct in6_addr address;
	bool is_behind = time(NULL) < floor_s;

	tls->why[0] = '\0';
	(void)X509_VERIFY_PARAM_set1_host(param, NULL, 0);
	(void)X509_VERIFY_PARAM_set1_ip(param, NULL, 0);
	if (inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1)
		(void)X509_VERIFY_PARAM_set1_ip_asc(param, host);
	else
		(void)X509_VERIFY_PARAM_set1_host(param, host, 0);
	if (is_behind)
		X509_VERIFY_PARAM_set_time(param, (time_t)floor_s);
	else
		(void)X509_VERIFY_PARAM_clear_flags(param, X509_V_FLAG_USE_CHECK_TIME);
	return is_behind;
}

int64_t vk_tls_until_s(const struct vk_tls *tls)
{
	const X509 *certificate = SSL_CTX_get0_certificate(tls->context);
	struct tm tm;

	if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) != 1)
		return 0;
	return timegm(&tm);
}
