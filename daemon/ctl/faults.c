/* SPDX-License-Identifier: Apache-2.0 */
/* Devices first, because a technician can heal them; then alerts; then what only the hub knows. */
#include "ctl/faults.h"

#include <stdio.h>
#include <string.h>

#include "ctl/words.h"

enum { DISK_LOW_PERCENT = 5, DEVICE_DIGITS = 12, CODE_TEXT = 65 };

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

static void set_filled(json_t *fault, const char *key, const char *words, const char *object)
{
	vk_auto(vk_str_done) struct vk_str s = {0};

	if (!words)
		return;
	vk_fill(&s, words, object, NULL, NULL);
	if (!s.error && s.text)
		(void)json_object_set_new(fault, key, json_string(s.text));
}

static bool has(const json_t *list, const char *code, const char *object)
{
	const json_t *fault;
	size_t i;

	json_array_foreach(list, i, fault)
	{
		if (strcmp(text(fault, "code"), code) == 0 &&
		    strcmp(text(fault, "object"), object) == 0)
			return true;
	}
	return false;
}

static json_t *add(json_t *list, enum vk_words group, const char *code, const char *object)
{
	json_t *fault;

	if (has(list, code, object))
		return NULL;
	fault = json_pack("{s:s}", "code", code);
	if (object[0])
		(void)json_object_set_new(fault, "object", json_string(object));
	set_filled(fault, "text_sv", vk_word(group, code, VK_SV), object);
	set_filled(fault, "text_en", vk_word(group, code, VK_EN), object);
	set_filled(fault, "do_sv", vk_word_do(group, code, VK_SV), object);
	set_filled(fault, "do_en", vk_word_do(group, code, VK_EN), object);
	(void)json_array_append_new(list, fault);
	return fault;
}

const char *vk_device_state(const json_t *device)
{
	const char *state = text(device, "state");
	bool is_quiet = !state[0] || strcmp(state, "ok") == 0;

	/* One that only advertises has no bond, and needs none. */
	if (is_quiet && json_is_false(json_object_get(device, "bonded")) &&
	    !json_is_true(json_object_get(device, "advertises")))
		return "unbonded";
	if (is_quiet && strcmp(text(device, "user_consent"), "refused") == 0)
		return "needs-consent";
	return state;
}

static void add_devices(json_t *list, const json_t *devices)
{
	const json_t *device;
	size_t i;

	json_array_foreach(devices, i, device)
	{
		const char *state = vk_device_state(device);
		json_t *fault;

		if (!state[0] || strcmp(state, "ok") == 0)
			continue;
		fault = add(list, VK_WORDS_DEVICE_STATE, state, text(device, "device"));
		if (fault)
			(void)json_object_set_new(fault, "name", json_string(text(device, "name")));
	}
}

/* "bond-lost-00AA01020000" is a "bond-lost" of that device. NULL: of none. */
static const char *device_of(const char *rule, char code[CODE_TEXT])
{
	const char *dash = strrchr(rule, '-');

	if (!dash || dash == rule || strlen(dash + 1) != DEVICE_DIGITS ||
	    strspn(dash + 1, "0123456789ABCDEF") != DEVICE_DIGITS)
		return NULL;
	(void)snprintf(code, CODE_TEXT, "%.*s", (int)(dash - rule), rule);
	return dash + 1;
}

static enum vk_words group_of(const char *code)
{
	return vk_word(VK_WORDS_DEVICE_STATE, code, VK_SV) != code ? VK_WORDS_DEVICE_STATE
								   : VK_WORDS_FAULT;
}

static void add_alerts(json_t *list, const json_t *alerts)
{
	const json_t *alert;
	size_t i;

	json_array_foreach(alerts, i, alert)
	{
		const char *rule = text(alert, "rule"), *device;
		char code[CODE_TEXT];

		if (strcmp(text(alert, "class"), "technical") != 0)
			continue;
		device = device_of(rule, code);
		if (device)
			(void)add(list, group_of(code), code, device);
		else
			(void)add(list, VK_WORDS_FAULT, rule, "");
	}
}

static bool is_positive(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key)) > 0;
}

static void add_engine(json_t *list, const json_t *engine)
{
	if (strcmp(text(engine, "store"), "failed") == 0)
		(void)add(list, VK_WORDS_FAULT, "store-failed", "");
	if (json_is_true(json_object_get(engine, "damaged")))
		(void)add(list, VK_WORDS_FAULT, "store-damaged", "");
	if (is_positive(json_object_get(engine, "outbox"), "set_aside"))
		(void)add(list, VK_WORDS_FAULT, "set-aside", "");
	if (is_positive(engine, "readings_removed"))
		(void)add(list, VK_WORDS_FAULT, "removed", "");
	if (is_positive(engine, "messages_dropped"))
		(void)add(list, VK_WORDS_FAULT, "dropped", "");
}

static void add_plugins(json_t *list, const json_t *plugins)
{
	const char *name;
	const json_t *state;
	char code[64];

	for (void *i = json_object_iter((json_t *)(uintptr_t)plugins); i;
	     i = json_object_iter_next((json_t *)(uintptr_t)plugins, i)) {
		name = json_object_iter_key(i);
		state = json_object_iter_value(i);
		if (strcmp(json_is_string(state) ? json_string_value(state) : "", "missing") != 0)
			continue;
		(void)snprintf(code, sizeof code, "plugin-%.48s", name);
		(void)add(list, VK_WORDS_FAULT, code, "");
	}
}

static void add_radio(json_t *list, const json_t *radio)
{
	const char *state = text(radio, "state");

	if (strcmp(state, "down") == 0)
		(void)add(list, VK_WORDS_FAULT, "radio-down", "");
	else if (strcmp(state, "silent") == 0)
		(void)add(list, VK_WORDS_FAULT, "radio-silent", "");
	if (json_is_true(json_object_get(radio, "reboot_wanted")))
		(void)add(list, VK_WORDS_FAULT, "radio-reboot", "");
}

static void add_status(json_t *list, const json_t *status)
{
	const json_t *percent = json_object_get(json_object_get(status, "disk"), "free_percent");
	const json_t *plugins = json_object_get(status, "plugins");

	add_plugins(list, plugins);
	if (strcmp(text(plugins, "ble"), "ok") == 0)
		add_radio(list, json_object_get(status, "radio"));
	if (strcmp(text(json_object_get(status, "link"), "state"), "down") == 0 &&
	    strcmp(text(plugins, "mqtt"), "off") != 0)
		(void)add(list, VK_WORDS_FAULT, "link-down", "");
	if (status && strcmp(text(status, "clock"), "unsynced") == 0)
		(void)add(list, VK_WORDS_FAULT, "clock-unsure", "");
	add_engine(list, json_object_get(status, "engine"));
	if (percent && json_integer_value(percent) < DISK_LOW_PERCENT)
		(void)add(list, VK_WORDS_FAULT, "disk-low", "");
	if (json_is_true(json_object_get(status, "unsigned_plans_allowed")))
		(void)add(list, VK_WORDS_FAULT, "unsigned", "");
}

json_t *vk_faults(const json_t *status, const json_t *alerts, const json_t *devices)
{
	json_t *list = json_array();

	add_devices(list, devices);
	add_alerts(list, alerts);
	add_status(list, status);
	return list;
}
