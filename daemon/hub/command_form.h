/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The form of a command of staff: which there are, and which members each has. One table judges
 * what comes in and makes config/schema/command.json. Pure.
 */
#ifndef VAKA_HUB_COMMAND_FORM_H
#define VAKA_HUB_COMMAND_FORM_H

#include <jansson.h>

#include "core/core.h"

enum { VK_COMMAND_MAX = 4096 }; /* bytes of one */

enum vk_command_member {
	VK_MEMBER_CMD_ID = 1 << 0,
	VK_MEMBER_ISSUED = 1 << 1,
	VK_MEMBER_OBJECT = 1 << 2, /* id of the alert, check, reading, message, kind */
	VK_MEMBER_REV = 1 << 3,
	VK_MEMBER_OUTCOME = 1 << 4,
	VK_MEMBER_REASON = 1 << 5,
	VK_MEMBER_UNTIL = 1 << 6,
	VK_MEMBER_PATIENT = 1 << 7,
};

struct vk_command_form {
	const char *noun, *verb;
	unsigned required, allowed; /* sets of members */
};
extern const struct vk_command_form vk_command_forms[];
extern const size_t vk_n_command_forms;

struct vk_command_text {
	struct vk_command command;
	char patient[VK_ID_TEXT];
	int64_t issued_utc_ms; /* 0 not said */
	char detail[120];      /* what is wrong with which member, "" nothing */
};

/*
 * "cmd/{staff}/{noun}/{verb}": fills staff, noun and verb. False when the topic is anything else.
 */
bool vk_command_topic(const char *topic, struct vk_command *ret_command);

/*
 * The payload of the command that ret->command names. NULL, or the code of the refusal: "unknown",
 * "invalid" with detail. cmd_id is filled wherever it could be read, so that it can be answered.
 */
const char *vk_command_read(const void *payload, size_t len, struct vk_command_text *ret);

/* JSON Schema of all of them, by "noun/verb". The caller decrefs. */
json_t *vk_command_schema(void);

#endif
