/* SPDX-License-Identifier: Apache-2.0 */
/*
 * org.bluez.Agent1. Numeric comparison is asked of the person in the same way as a passkey ("type
 * what the device shows") and compared here, so that nobody can say yes without looking.
 */
#include "bluez/agent.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"

static const char PATH[] = "/se/vaka/agent";
static const char MANAGER[] = "org.bluez.AgentManager1";
static const char REJECTED[] = "org.bluez.Error.Rejected";

static int refuse(sd_bus_message *m)
{
	vk_log(VK_LOG_NOTICE, "pairing", "refused call=%s", sd_bus_message_get_member(m));
	return sd_bus_reply_method_errorf(m, REJECTED, "not being paired");
}

/* The first argument of every question is the device. */
static bool may_pair(struct vk_agent *a, sd_bus_message *m)
{
	const char *path;

	return a->is_registered && sd_bus_message_read(m, "o", &path) >= 0 &&
	       a->ops->may_pair(a->user, path);
}

static void drop_waiting(struct vk_agent *a)
{
	a->waiting = sd_bus_message_unref(a->waiting);
	a->compare = -1;
}

static int wait_for_person(struct vk_agent *a, sd_bus_message *m, int64_t compare)
{
	drop_waiting(a);
	a->waiting = sd_bus_message_ref(m);
	a->compare = compare;
	a->ops->passkey(a->user);
	return 1;
}

static int on_passkey(sd_bus_message *m, void *user, sd_bus_error *error)
{
	(void)error;
	return may_pair(user, m) ? wait_for_person(user, m, -1) : refuse(m);
}

static int on_compare(sd_bus_message *m, void *user, sd_bus_error *error)
{
	uint32_t number;

	(void)error;
	if (!may_pair(user, m) || sd_bus_message_read(m, "u", &number) < 0)
		return refuse(m);
	return wait_for_person(user, m, number);
}

static int on_authorize(sd_bus_message *m, void *user, sd_bus_error *error)
{
	(void)error;
	return may_pair(user, m) ? sd_bus_reply_method_return(m, "") : refuse(m);
}

/* No device of ours has a keyboard, and classic PIN codes are not LE. */
static int on_unwanted(sd_bus_message *m, void *user, sd_bus_error *error)
{
	(void)user;
	(void)error;
	return refuse(m);
}

static int on_cancel(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct vk_agent *a = user;

	(void)error;
	drop_waiting(a);
	a->ops->cancelled(a->user);
	return sd_bus_reply_method_return(m, "");
}

static int on_release(sd_bus_message *m, void *user, sd_bus_error *error)
{
	struct vk_agent *a = user;

	(void)error;
	a->is_registered = false;
	return sd_bus_reply_method_return(m, "");
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("Release", "", "", on_release, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("RequestPinCode", "o", "s", on_unwanted, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("DisplayPinCode", "os", "", on_unwanted, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("RequestPasskey", "o", "u", on_passkey, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("DisplayPasskey", "ouq", "", on_unwanted, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("RequestConfirmation", "ou", "", on_compare, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("RequestAuthorization", "o", "", on_authorize, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("AuthorizeService", "os", "", on_authorize, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Cancel", "", "", on_cancel, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

void vk_agent_init(struct vk_agent *a, struct vk_bus *bus, const struct vk_agent_ops *ops,
		   void *user)
{
	*a = (struct vk_agent){.bus = bus, .ops = ops, .user = user, .compare = -1};
}

void vk_agent_up(struct vk_agent *a)
{
	int r = sd_bus_add_object_vtable(a->bus->bus, NULL, PATH, "org.bluez.Agent1", vtable, a);

	if (r < 0)
		vk_log(VK_LOG_ERR, "pairing", "no agent reason=%s", strerror(-r));
}

void vk_agent_down(struct vk_agent *a)
{
	drop_waiting(a);
	a->is_registered = false;
}

static int on_reply(sd_bus_message *m, void *user, sd_bus_error *error)
{
	(void)user;
	(void)error;
	if (sd_bus_message_is_method_error(m, NULL))
		vk_log(VK_LOG_WARNING, "pairing", "agent refused error=%s",
		       sd_bus_message_get_error(m)->name);
	return 0;
}

static int call(struct vk_agent *a, const char *method, const char *types, const char *capability)
{
	return sd_bus_call_method_async(a->bus->bus, NULL, "org.bluez", "/org/bluez", MANAGER,
					method, on_reply, a, types, PATH, capability);
}

int vk_agent_register(struct vk_agent *a)
{
	int r;

	if (!a->bus->bus)
		return -ENOTCONN;
	r = call(a, "RegisterAgent", "os", "KeyboardDisplay");
	if (r >= 0)
		r = call(a, "RequestDefaultAgent", "o", NULL);
	a->is_registered = r >= 0;
	return r < 0 ? r : 0;
}

void vk_agent_unregister(struct vk_agent *a)
{
	vk_agent_answer(a, -1);
	if (a->bus->bus && a->is_registered)
		(void)call(a, "UnregisterAgent", "o", NULL);
	a->is_registered = false;
}

void vk_agent_answer(struct vk_agent *a, int64_t passkey)
{
	int r;

	if (!a->waiting)
		return;
	if (passkey < 0 || passkey > 999999 || (a->compare >= 0 && passkey != a->compare))
		r = sd_bus_reply_method_errorf(a->waiting, REJECTED, "refused");
	else if (a->compare >= 0)
		r = sd_bus_reply_method_return(a->waiting, "");
	else
		r = sd_bus_reply_method_return(a->waiting, "u", (uint32_t)passkey);
	if (r < 0)
		vk_log(VK_LOG_WARNING, "pairing", "answer not sent reason=%s", strerror(-r));
	drop_waiting(a);
}
