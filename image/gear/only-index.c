/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Test gear. bluetoothd takes every controller it finds and has no option against it. Preloaded
 * into the shipped program, this hides all but $BT_ONLY_INDEX from it: on management control
 * sockets the list of controllers is shortened, and events of hidden ones become an unknown event
 * that bluetoothd ignores. The others are the fake devices' own radios.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FAMILY_BLUETOOTH 31
#define PROTOCOL_HCI     1
#define CHANNEL_CONTROL  3
#define NO_INDEX         0xffff
#define EVENT_COMPLETE   0x0001
#define EVENT_UNKNOWN    0x7fff
#define OP_INDEX_LIST    0x0003
#define HEADER           6
#define MAX_FD           1024

static unsigned char is_control[MAX_FD];

static int keep(uint16_t index)
{
	const char *only = getenv("BT_ONLY_INDEX");

	return !only || index == NO_INDEX || index == atoi(only);
}

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] | at[1] << 8);
}

static void put16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)value;
	at[1] = (uint8_t)(value >> 8);
}

int bind(int fd, const struct sockaddr *addr, socklen_t len)
{
	int (*real)(int, const struct sockaddr *, socklen_t) =
		(int (*)(int, const struct sockaddr *, socklen_t))dlsym(RTLD_NEXT, "bind");
	const uint8_t *a = (const uint8_t *)addr;
	int protocol = 0;
	socklen_t size = sizeof(protocol);

	if (len >= HEADER && addr->sa_family == FAMILY_BLUETOOTH && get16(a + 2) == NO_INDEX &&
	    get16(a + 4) == CHANNEL_CONTROL && fd >= 0 && fd < MAX_FD &&
	    !getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) && protocol == PROTOCOL_HCI)
		is_control[fd] = 1;
	return real(fd, addr, len);
}

int close(int fd)
{
	int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, "close");

	if (fd >= 0 && fd < MAX_FD)
		is_control[fd] = 0;
	return real(fd);
}

/* Reply to "read index list": header, opcode, status, count, indexes. */
static ssize_t shorten_list(uint8_t *pdu)
{
	uint8_t *list = pdu + HEADER + 3;
	unsigned int kept = 0;

	for (unsigned int i = 0; i < get16(list); i++) {
		uint16_t index = get16(list + 2 + 2 * i);

		if (keep(index))
			put16(list + 2 + 2 * kept++, index);
	}
	put16(list, kept);
	put16(pdu + 4, 5 + 2 * kept);
	return (ssize_t)(HEADER + 5 + 2 * kept);
}

ssize_t read(int fd, void *buf, size_t size)
{
	ssize_t (*real)(int, void *, size_t) =
		(ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
	ssize_t got = real(fd, buf, size);
	uint8_t *pdu = buf;

	if (got < HEADER || fd < 0 || fd >= MAX_FD || !is_control[fd])
		return got;
	if (!keep(get16(pdu + 2))) {
		put16(pdu, EVENT_UNKNOWN);
		put16(pdu + 2, NO_INDEX);
		put16(pdu + 4, 0);
		return HEADER;
	}
	if (got >= HEADER + 5 && get16(pdu) == EVENT_COMPLETE && get16(pdu + 6) == OP_INDEX_LIST &&
	    pdu[8] == 0)
		return shorten_list(pdu);
	return got;
}
