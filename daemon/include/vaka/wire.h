/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wire form between vakad and its plugins, version 1: one packet of a SOCK_SEQPACKET socket is
 * one message: a JSON object, and, where the message carries bytes, a newline and those bytes.
 * README.md in this folder lists every message. Values only: nothing is shared.
 */
#ifndef VAKA_WIRE_H
#define VAKA_WIRE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	VK_WIRE_VERSION = 1,
	VK_WIRE_MAX = 128 * 1024, /* bytes of one packet, body included */
	VK_WIRE_HEADER_MAX = 16 * 1024,
};

/* A received packet. header is owned (vk_packet_done), body is borrowed from the buffer. */
struct vk_packet {
	json_t *header;
	const char *type; /* header's "t", borrowed from it */
	json_int_t n;     /* header's "n": number of the request, 0 none */
	const void *body;
	size_t body_len;
};

/* Parses one packet. 0, or -EBADMSG: no JSON object, no "t", header too long, depth beyond 8. */
int vk_packet_parse(const void *data, size_t len, struct vk_packet *ret_packet);
void vk_packet_done(struct vk_packet *packet);

/*
 * Sends one packet; never blocks, never raises SIGPIPE. 0; -EAGAIN: the socket is full, try again
 * when it is writable; -EMSGSIZE; -EPIPE and others: the peer is gone.
 */
int vk_packet_send(int fd, const json_t *header, const void *body, size_t body_len);
/* The same with a header that is JSON text already, as a sender in a hurry has it. */
int vk_packet_send_text(int fd, const char *header, size_t header_len, const void *body,
			size_t body_len);

/*
 * Several packets in one, for a plugin that takes that: {"t":"batch","parts":[length,…]} and, as
 * its body, one after the other what each packet would be alone. At most VK_WIRE_PARTS; errors as
 * above.
 */
enum { VK_WIRE_PARTS = 32 };
struct vk_wire_part {
	const void *header, *body;
	size_t header_len, body_len;
};
int vk_packet_send_batch(int fd, const struct vk_wire_part *parts, int n);

/*
 * The two halves of these, for a sender that queues: the bytes of one packet (caller frees
 * *ret_data with free()), and sending them. Errors as above, and -ENOMEM.
 */
int vk_packet_join(const char *header, size_t header_len, const void *body, size_t body_len,
		   void **ret_data, size_t *ret_len);
int vk_packet_join_batch(const struct vk_wire_part *parts, int n, void **ret_data, size_t *ret_len);
int vk_packet_encode(const json_t *header, const void *body, size_t body_len, void **ret_data,
		     size_t *ret_len);
int vk_packet_send_bytes(int fd, const void *data, size_t len);

/*
 * Receives one packet without blocking into a buffer of VK_WIRE_MAX bytes. > 0: its length; 0: the
 * peer has closed; -EAGAIN: nothing there; -EMSGSIZE: longer than the buffer, dropped.
 */
ssize_t vk_packet_recv(int fd, void *buffer);

/* A member of the right type, else the fallback. Borrowed from header. */
const char *vk_packet_str(const struct vk_packet *packet, const char *key, const char *fallback);
json_int_t vk_packet_int(const struct vk_packet *packet, const char *key, json_int_t fallback);
int vk_packet_bool(const struct vk_packet *packet, const char *key, int fallback);

#endif
