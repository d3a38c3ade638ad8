/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One packet is one message: a JSON object on one line, and after the newline the bytes it carries.
 * Everything that comes from the other side is bounded before it is looked at: length of the
 * packet, length of the object, depth of its nesting, no key twice.
 */
#include "vaka/wire.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "base/err.h"
#include "plugin/plain_json.h"

enum { DEPTH_MAX = 8 };

static bool is_within_depth(const json_t *value, int left)
{
	const char *key;
	json_t *child;
	size_t i;

	if (!json_is_object(value) && !json_is_array(value))
		return true;
	if (left == 0)
		return false;
	/* jansson's iterators take a json_t without const, and change nothing. */
	json_t *container = (json_t *)(uintptr_t)value;

	json_object_foreach(container, key,
			    child) if (!is_within_depth(child, left - 1)) return false;
	json_array_foreach(container, i, child) if (!is_within_depth(child, left - 1)) return false;
	return true;
}

static json_t *parse_header(const char *text, size_t len)
{
	json_t *header = vk_plain_json(text, len, DEPTH_MAX);

	if (header)
		return header;
	header = json_loadb(text, len, JSON_REJECT_DUPLICATES, NULL);
	if (is_within_depth(header, DEPTH_MAX))
		return header;
	json_decref(header);
	return NULL;
}

int vk_packet_parse(const void *data, size_t len, struct vk_packet *ret_packet)
{
	const char *newline = len ? memchr(data, '\n', len) : NULL;
	size_t header_len = newline ? (size_t)(newline - (const char *)data) : len;

	*ret_packet = (struct vk_packet){0};
	if (len > VK_WIRE_MAX || header_len > VK_WIRE_HEADER_MAX)
		return -EBADMSG;
	json_t *header = parse_header(data, header_len);
	const char *type = json_string_value(json_object_get(header, "t"));

	if (!type) {
		json_decref(header);
		return -EBADMSG;
	}
	*ret_packet = (struct vk_packet){
		.header = header,
		.type = type,
		.n = json_integer_value(json_object_get(header, "n")),
		.body = newline ? newline + 1 : NULL,
		.body_len = newline ? len - header_len - 1 : 0,
	};
	return 0;
}

void vk_packet_done(struct vk_packet *packet)
{
	json_decref(packet->header);
	*packet = (struct vk_packet){0};
}

static int check_size(size_t header_len, size_t body_len)
{
	if (header_len > VK_WIRE_HEADER_MAX || body_len > VK_WIRE_MAX ||
	    header_len + 1 + body_len > VK_WIRE_MAX)
		return -EMSGSIZE;
	return 0;
}

int vk_packet_join(const char *header, size_t header_len, const void *body, size_t body_len,
		   void **ret_data, size_t *ret_len)
{
	size_t len = header_len + (body_len ? 1 + body_len : 0);
	int r = check_size(header_len, body_len);
	char *packet = r == 0 ? malloc(len) : NULL;

	if (!packet)
		return r ? r : -ENOMEM;
	memcpy(packet, header, header_len);
	if (body_len) {
		packet[header_len] = '\n';
		memcpy(packet + header_len + 1, body, body_len);
	}
	*ret_data = packet;
	*ret_len = len;
	return 0;
}

int vk_packet_encode(const json_t *header, const void *body, size_t body_len, void **ret_data,
		     size_t *ret_len)
{
	vk_auto(vk_freep) char *text = json_dumps(header, JSON_COMPACT);

	if (!text)
		return -ENOMEM;
	return vk_packet_join(text, strlen(text), body, body_len, ret_data, ret_len);
}

int vk_packet_send_bytes(int fd, const void *data, size_t len)
{
	ssize_t n;

	do
		n = send(fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* iovec has no const, and sendmsg() changes nothing. */
static struct iovec piece(const void *data, size_t len)
{
	return (struct iovec){.iov_base = (void *)(uintptr_t)data, .iov_len = len};
}

static int send_pieces(int fd, struct iovec *pieces, size_t n_pieces)
{
	struct msghdr message = {.msg_iov = pieces, .msg_iovlen = n_pieces};
	ssize_t n;

	do
		n = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

int vk_packet_send_text(int fd, const char *header, size_t header_len, const void *body,
			size_t body_len)
{
	struct iovec pieces[] = {piece(header, header_len), piece("\n", 1), piece(body, body_len)};
	int r = check_size(header_len, body_len);

	return r ? r : send_pieces(fd, pieces, body_len ? 3 : 1);
}

/* What a batch is made of, one piece behind the other. */
struct batch {
	struct iovec pieces[1 + 3 * VK_WIRE_PARTS];
	size_t n_pieces, len;
	char text[sizeof "{\"t\":\"batch\",\"parts\":[]}\n" + 8 * VK_WIRE_PARTS];
};

static void add_piece(struct batch *batch, const void *data, size_t len)
{
	batch->pieces[batch->n_pieces++] = piece(data, len);
	batch->len += len;
}

static int lay_out(struct batch *batch, const struct vk_wire_part *parts, int n)
{
	int len = snprintf(batch->text, sizeof batch->text, "{\"t\":\"batch\",\"parts\":[");

	if (n > VK_WIRE_PARTS)
		return -EMSGSIZE;
	batch->n_pieces = 1;
	batch->len = 0;
	for (int i = 0; i < n; i++) {
		const struct vk_wire_part *p = &parts[i];
		size_t size = p->header_len + (p->body_len ? 1 + p->body_len : 0);

		if (check_size(p->header_len, p->body_len) ||
		    batch->len + size > VK_WIRE_MAX - sizeof batch->text)
			return -EMSGSIZE;
		len += snprintf(batch->text + len, sizeof batch->text - (size_t)len,
				i ? ",%zu" : "%zu", size);
		add_piece(batch, p->header, p->header_len);
		if (!p->body_len)
			continue;
		add_piece(batch, "\n", 1);
		add_piece(batch, p->body, p->body_len);
	}
	len += snprintf(batch->text + len, sizeof batch->text - (size_t)len, "]}\n");
	batch->pieces[0] = piece(batch->text, (size_t)len);
	batch->len += (size_t)len;
	return 0;
}

int vk_packet_send_batch(int fd, const struct vk_wire_part *parts, int n)
{
	struct batch batch;
	int r = lay_out(&batch, parts, n);

	return r ? r : send_pieces(fd, batch.pieces, batch.n_pieces);
}

int vk_packet_join_batch(const struct vk_wire_part *parts, int n, void **ret_data, size_t *ret_len)
{
	struct batch batch;
	int r = lay_out(&batch, parts, n);
	char *at = r == 0 ? malloc(batch.len) : NULL;

	if (!at)
		return r ? r : -ENOMEM;
	*ret_data = at;
	*ret_len = batch.len;
	for (size_t i = 0; i < batch.n_pieces; i++) {
		memcpy(at, batch.pieces[i].iov_base, batch.pieces[i].iov_len);
		at += batch.pieces[i].iov_len;
	}
	return 0;
}

int vk_packet_send(int fd, const json_t *header, const void *body, size_t body_len)
{
	vk_auto(vk_freep) char *text = json_dumps(header, JSON_COMPACT);

	if (!text)
		return -ENOMEM;
	return vk_packet_send_text(fd, text, strlen(text), body, body_len);
}

ssize_t vk_packet_recv(int fd, void *buffer)
{
	ssize_t n;

	do
		n = recv(fd, buffer, VK_WIRE_MAX, MSG_DONTWAIT | MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == ECONNRESET ? 0 : -errno;
	return n > VK_WIRE_MAX ? -EMSGSIZE : n;
}

const char *vk_packet_str(const struct vk_packet *packet, const char *key, const char *fallback)
{
	const char *text = json_string_value(json_object_get(packet->header, key));

	return text ? text : fallback;
}

json_int_t vk_packet_int(const struct vk_packet *packet, const char *key, json_int_t fallback)
{
	const json_t *value = json_object_get(packet->header, key);

	return json_is_integer(value) ? json_integer_value(value) : fallback;
}

int vk_packet_bool(const struct vk_packet *packet, const char *key, int fallback)
{
	const json_t *value = json_object_get(packet->header, key);

	return json_is_boolean(value) ? json_is_true(value) : fallback;
}
