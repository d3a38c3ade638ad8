/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What bluetoothd might say of a device: the properties that are read, with values of right and
 * wrong types and hostile contents, as D-Bus messages that sd-bus has checked for form. Each
 * property is three bytes (name, type, length) and its content.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-bus.h>

#include "base/err.h"
#include "base/str.h"
#include "bluez/properties.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *data;
	size_t size;
};

/* A bus that goes nowhere: messages want one. Made once. */
static sd_bus *nowhere(void)
{
	static sd_bus *bus;
	int pair[2];

	if (bus)
		return bus;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) < 0 ||
	    sd_bus_new(&bus) < 0 || sd_bus_set_fd(bus, pair[0], pair[0]) < 0 ||
	    sd_bus_start(bus) < 0)
		abort();
	return bus;
}

/* sd-bus refuses text that is no UTF-8 or holds a NUL, as the D-Bus daemon would. */
static void take_text(struct input *in, size_t len, char out[256])
{
	size_t n = len < in->size ? len : in->size;

	memcpy(out, in->data, n);
	out[n] = '\0';
	if (!vk_is_utf8(out, strlen(out)))
		for (char *p = out; *p; p++)
			*p &= 0x7f;
	in->data += n;
	in->size -= n;
}

static int append_scale(sd_bus_message *m, const char *text)
{
	int r = sd_bus_message_open_container(m, 'v', "a{sv}");

	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "{sv}");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'e', "sv");
	if (r >= 0)
		r = sd_bus_message_append(m, "s",
					  strlen(text) % 2 ? "0000181d-0000-1000-8000" : text);
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'v', "ay");
	if (r >= 0)
		r = sd_bus_message_append_array(m, 'y', text, strlen(text));
	for (int i = 0; i < 4 && r >= 0; i++)
		r = sd_bus_message_close_container(m);
	return r;
}

static int append_value(sd_bus_message *m, uint8_t type, uint8_t number, const char *text)
{
	switch (type % 7) {
	case 0:
		return sd_bus_message_append(m, "v", "s", text);
	case 1:
		return sd_bus_message_append(m, "v", "b", number & 1);
	case 2:
		return sd_bus_message_append(m, "v", "n", (int)(int8_t)number);
	case 3:
		return sd_bus_message_append(m, "v", "q", (unsigned)number << 6);
	case 4:
		return sd_bus_message_append(m, "v", "as", 2, text, "0000181d-0000");
	case 5:
		return sd_bus_message_append(m, "v", "a{sv}", 1, text, "s", text);
	default:
		return append_scale(m, text);
	}
}

static int append_property(sd_bus_message *m, struct input *in)
{
	static const char *const names[] = {"Address",     "AddressType", "Name",       "Bonded",
					    "Connected",   "UUIDs",       "Appearance", "RSSI",
					    "ServiceData", "Powered",     "Unknown"};
	uint8_t name = in->data[0], type = in->data[1], len = in->data[2];
	char text[256];
	int r = sd_bus_message_open_container(m, 'e', "sv");

	in->data += 3;
	in->size -= 3;
	take_text(in, len, text);
	if (r >= 0)
		r = sd_bus_message_append(m, "s", names[name % VK_ARRAY_LEN(names)]);
	if (r >= 0)
		r = append_value(m, type, len, text);
	return r < 0 ? r : sd_bus_message_close_container(m);
}

static void read_back(sd_bus_message *m, uint8_t what)
{
	struct vk_near d = {.kind = "", .address_type = 1};
	struct vk_adapter_facts facts;

	if (what & 1) {
		(void)vk_properties_adapter(m, &facts);
		return;
	}
	(void)vk_properties_device(m, &d);
	if (!vk_is_utf8(d.name, strlen(d.name)) || strlen(d.address) >= sizeof d.address ||
	    d.advert_len > VK_ADVERT_MAX)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data + 1, size ? size - 1 : 0};
	sd_bus_message *m = NULL;
	int r;

	if (size < 1)
		return 0;
	r = sd_bus_message_new_signal(nowhere(), &m, "/org/bluez", "org.bluez.Fuzz", "Signal");
	if (r >= 0)
		r = sd_bus_message_open_container(m, 'a', "{sv}");
	while (r >= 0 && in.size >= 3)
		r = append_property(m, &in);
	if (r >= 0)
		r = sd_bus_message_close_container(m);
	if (r >= 0)
		r = sd_bus_message_seal(m, 1, 0);
	if (r >= 0 && sd_bus_message_rewind(m, 1) >= 0)
		read_back(m, data[0]);
	sd_bus_message_unref(m);
	return 0;
}
