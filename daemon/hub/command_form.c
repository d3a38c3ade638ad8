/* SPDX-License-Identifier: Apache-2.0 */
/* Strict: a member that nobody knows may be one that somebody means to count. */
#include "hub/command_form.h"

#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/str.h"

#define ALWAYS   (VK_MEMBER_CMD_ID | VK_MEMBER_ISSUED)
#define ON       (ALWAYS | VK_MEMBER_OBJECT | VK_MEMBER_REV)
#define TO       (ALWAYS | VK_MEMBER_OBJECT | VK_MEMBER_PATIENT)
#define NEEDS(x) (VK_MEMBER_CMD_ID | (x))

/* What only the core can judge (is an outcome due, is a reason) is optional here. */
const struct vk_command_form vk_command_forms[] = {
	{"alert", "accept", NEEDS(VK_MEMBER_OBJECT), ON},
	{"alert", "reject", NEEDS(VK_MEMBER_OBJECT), ON | VK_MEMBER_REASON},
	{"alert", "close", NEEDS(VK_MEMBER_OBJECT), ON | VK_MEMBER_OUTCOME | VK_MEMBER_REASON},
	{"alert", "snooze", NEEDS(VK_MEMBER_OBJECT), ON | VK_MEMBER_REASON | VK_MEMBER_UNTIL},
	{"check", "claim", NEEDS(VK_MEMBER_OBJECT), ON},
	{"check", "release", NEEDS(VK_MEMBER_OBJECT), ON},
	{"check", "view", NEEDS(VK_MEMBER_OBJECT), ON},
	{"check", "outcome", NEEDS(VK_MEMBER_OBJECT), ON | VK_MEMBER_OUTCOME | VK_MEMBER_REASON},
	{"check", "pause", NEEDS(VK_MEMBER_OBJECT), ON | VK_MEMBER_REASON | VK_MEMBER_UNTIL},
	{"check", "visit-accept", NEEDS(VK_MEMBER_OBJECT), ON},
	{"check", "arrive", NEEDS(VK_MEMBER_OBJECT), ON},
	{"check", "done", NEEDS(VK_MEMBER_OBJECT), ON | VK_MEMBER_OUTCOME},
	{"reading", "assign", NEEDS(VK_MEMBER_OBJECT | VK_MEMBER_PATIENT),
	 ON | VK_MEMBER_PATIENT | VK_MEMBER_REASON},
	{"reading", "retract", NEEDS(VK_MEMBER_OBJECT), ON | VK_MEMBER_REASON},
	{"message", "show", NEEDS(VK_MEMBER_OBJECT | VK_MEMBER_PATIENT),
	 TO | VK_MEMBER_UNTIL | VK_MEMBER_REASON},
	{"measure", "ask", NEEDS(VK_MEMBER_OBJECT | VK_MEMBER_PATIENT),
	 TO | VK_MEMBER_UNTIL | VK_MEMBER_REASON},
	{"hub", "selftest", NEEDS(0), ALWAYS},
	{"state", "get", NEEDS(0), ALWAYS},
};
const size_t vk_n_command_forms = VK_ARRAY_LEN(vk_command_forms);

static const struct {
	const char *name;
	enum vk_command_member member;
	const char *expect;
} members[] = {
	{"cmd_id", VK_MEMBER_CMD_ID, "an id of 1 to 64 characters of A-Z a-z 0-9 _ -"},
	{"issued", VK_MEMBER_ISSUED, "RFC 3339 with offset"},
	{"object", VK_MEMBER_OBJECT, "an id of 1 to 64 characters of A-Z a-z 0-9 _ -"},
	{"rev", VK_MEMBER_REV, "a whole number, 0 or more"},
	{"outcome", VK_MEMBER_OUTCOME, "an id of 1 to 64 characters of A-Z a-z 0-9 _ -"},
	{"reason", VK_MEMBER_REASON, "an id of 1 to 64 characters of A-Z a-z 0-9 _ -"},
	{"until", VK_MEMBER_UNTIL, "RFC 3339 with offset"},
	{"patient", VK_MEMBER_PATIENT, "an id of 1 to 64 characters of A-Z a-z 0-9 _ -"},
};

bool vk_command_topic(const char *topic, struct vk_command *command)
{
	char noun[16], verb[24], staff[VK_ID_TEXT], rest;

	if (sscanf(topic, "cmd/%64[^/]/%15[^/]/%23[^/]%c", staff, noun, verb, &rest) != 3 ||
	    !vk_is_id(staff) || !vk_is_id(noun) || !vk_is_id(verb))
		return false;
	(void)vk_copy(command->staff, sizeof command->staff, staff);
	(void)vk_copy(command->noun, sizeof command->noun, noun);
	(void)vk_copy(command->verb, sizeof command->verb, verb);
	return true;
}

static const struct vk_command_form *form_of(const struct vk_command *c)
{
	for (size_t i = 0; i < vk_n_command_forms; i++)
		if (strcmp(vk_command_forms[i].noun, c->noun) == 0 &&
		    strcmp(vk_command_forms[i].verb, c->verb) == 0)
			return &vk_command_forms[i];
	return NULL;
}

static bool read_id(const json_t *value, char dst[VK_ID_TEXT])
{
	const char *text = json_string_value(value);

	return text && vk_is_id(text) && vk_copy(dst, VK_ID_TEXT, text);
}

static bool read_time(const json_t *value, int64_t *ret_utc_ms)
{
	const char *text = json_string_value(value);

	return text && vk_rfc3339_parse(text, ret_utc_ms) == 0;
}

static bool read_rev(const json_t *value, int32_t *ret_rev)
{
	json_int_t n = json_integer_value(value);

	*ret_rev = json_is_integer(value) && n >= 0 && n <= INT32_MAX ? (int32_t)n : -1;
	return *ret_rev >= 0;
}

static bool read_member(enum vk_command_member member, const json_t *value,
			struct vk_command_text *ret)
{
	struct vk_command *c = &ret->command;

	switch (member) {
	case VK_MEMBER_CMD_ID:
		return read_id(value, c->cmd_id);
	case VK_MEMBER_ISSUED:
		return read_time(value, &ret->issued_utc_ms);
	case VK_MEMBER_OBJECT:
		return read_id(value, c->object);
	case VK_MEMBER_REV:
		return read_rev(value, &c->rev);
	case VK_MEMBER_OUTCOME:
		return read_id(value, c->outcome);
	case VK_MEMBER_REASON:
		return read_id(value, c->reason);
	case VK_MEMBER_UNTIL:
		return read_time(value, &c->until_utc_ms);
	case VK_MEMBER_PATIENT:
		return read_id(value, ret->patient);
	}
	return false;
}

static void complain(struct vk_command_text *ret, const char *name, const char *what,
		     const char *expect)
{
	if (!ret->detail[0])
		(void)snprintf(ret->detail, sizeof ret->detail, "'%.40s' %s, expected %s", name,
			       what, expect);
}

/* The set of members that were there; unknown ones are mistakes. */
static unsigned read_members(const json_t *root, unsigned allowed, struct vk_command_text *ret)
{
	unsigned seen = 0;
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)root, key, value)
	{
		size_t i = 0;

		while (i < VK_ARRAY_LEN(members) && strcmp(members[i].name, key) != 0)
			i++;
		if (i == VK_ARRAY_LEN(members) || !(allowed & members[i].member)) {
			complain(ret, key, "does not belong here", "what the schema lists");
			continue;
		}
		seen |= members[i].member;
		if (!read_member(members[i].member, value, ret))
			complain(ret, key, "is malformed", members[i].expect);
	}
	return seen;
}

const char *vk_command_read(const void *payload, size_t len, struct vk_command_text *ret)
{
	const struct vk_command_form *form = form_of(&ret->command);
	json_t *root = NULL;
	unsigned seen;

	ret->command.rev = -1;
	if (len <= VK_COMMAND_MAX)
		root = json_loadb(payload, len, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(root)) {
		json_decref(root);
		complain(ret, "payload", "is malformed", "one JSON object of at most 4096 bytes");
		return "invalid";
	}
	seen = read_members(root, form ? form->allowed : ~0U, ret);
	json_decref(root);
	if (!form)
		return "unknown";
	for (size_t i = 0; i < VK_ARRAY_LEN(members); i++)
		if (form->required & members[i].member & ~seen)
			complain(ret, members[i].name, "is missing", members[i].expect);
	return ret->detail[0] ? "invalid" : NULL;
}

/* ---- the schema ---- */

static json_t *member_schema(enum vk_command_member member)
{
	if (member == VK_MEMBER_REV)
		return json_pack("{s:s,s:i,s:i}", "type", "integer", "minimum", 0, "maximum",
				 INT32_MAX);
	if (member == VK_MEMBER_ISSUED || member == VK_MEMBER_UNTIL)
		return json_pack("{s:s,s:s}", "type", "string", "format", "date-time");
	return json_pack("{s:s,s:s}", "type", "string", "pattern", "^[A-Za-z0-9_-]{1,64}$");
}

static json_t *form_schema(const struct vk_command_form *form)
{
	json_t *properties = json_object(), *required = json_array();

	for (size_t i = 0; i < VK_ARRAY_LEN(members); i++) {
		if (form->allowed & members[i].member)
			(void)json_object_set_new(properties, members[i].name,
						  member_schema(members[i].member));
		if (form->required & members[i].member)
			(void)json_array_append_new(required, json_string(members[i].name));
	}
	return json_pack("{s:s,s:o,s:o,s:b}", "type", "object", "properties", properties,
			 "required", required, "additionalProperties", 0);
}

json_t *vk_command_schema(void)
{
	json_t *defs = json_object();

	for (size_t i = 0; i < vk_n_command_forms; i++) {
		char name[48];

		(void)snprintf(name, sizeof name, "%s/%s", vk_command_forms[i].noun,
			       vk_command_forms[i].verb);
		(void)json_object_set_new(defs, name, form_schema(&vk_command_forms[i]));
	}
	return json_pack("{s:s,s:s,s:o}", "$schema", "https://json-schema.org/draft/2020-12/schema",
			 "title", "Vaka commands, version 1: cmd/{staff}/{noun}/{verb}", "$defs",
			 defs);
}
