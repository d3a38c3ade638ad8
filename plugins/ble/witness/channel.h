/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The monitor channel's socket. The channel shows everything, keys included, so the kernel is given
 * a filter before the socket is bound and the filter is locked: out come only the ends of links,
 * received ATT values and sent confirmations. The right to bind (CAP_NET_RAW) is given up at once
 * afterwards.
 */
#ifndef VAKA_BLE_WITNESS_CHANNEL_H
#define VAKA_BLE_WITNESS_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

struct vk_channel {
	int fd;    /* one recv is one packet */
	int query; /* an unbound HCI socket, for who is at a link */
};

/* Opens, filters, locks, binds, and drops every capability. 0 or negative errno. */
int vk_channel_open(struct vk_channel *ret_channel);

/* The identity address of a link (HCIGETCONNLIST), least significant byte first. */
bool vk_channel_who(const struct vk_channel *channel, uint16_t adapter, uint16_t link,
		    uint8_t ret_address[6]);

/* Packets that the kernel dropped because nobody read them in time, since the start. */
uint32_t vk_channel_drops(const struct vk_channel *channel);

#endif
