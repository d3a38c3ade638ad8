/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading hub.yaml: the tables say what each key is, this file what must hold between them. Places
 * come from the tree, whose lists run in step with the struct's arrays.
 */
#include "hub/config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "conf/yaml.h"
#include "conf/zone.h"
#include "hub/config_schema.h"

#define PLAN_DIR "/etc/vaka/plans/"

const char *vk_role_text(enum vk_role role)
{
	return vk_role_names[role];
}

int vk_role_parse(const char *text)
{
	for (int i = 0; i < VK_N_ROLES; i++)
		if (strcmp(vk_role_names[i], text) == 0)
			return i;
	return -1;
}

/* What missing optional sections leave: the defaults of every section that can be left out. */
static void set_defaults(struct vk_config *config)
{
	*config = (struct vk_config){
		.n_users = VK_N_ROLES,
		.users = {{VK_ROLE_BLE, "vaka-ble"},
			  {VK_ROLE_GPIO, "vaka-gpio"},
			  {VK_ROLE_MQTT, "vaka-mqtt"},
			  {VK_ROLE_HOOK, "vaka-hook"},
			  {VK_ROLE_DISPLAY, "vaka-display"},
			  {VK_ROLE_WITNESS, "vaka-witness"}},
		.ble = {.adapter = "hci0"},
		.store_path = "/var/lib/vaka/vaka.db",
		.outbox_rows = 100000,
		.outbox_mib = 256,
		.outbox_days = 400,
		.watch = {60, 15, 7 * 86400, 15 * 60, 15 * 60},
		.staff_path = "/etc/vaka/staff.json",
		.provider_path = "/etc/vaka/provider.pub",
	};
}

static void load_zone(const struct vk_node *root, struct vk_problems *problems,
		      struct vk_config *config)
{
	const struct vk_node *node = vk_node_get(root, "zone");
	char name[sizeof config->zone.name];

	(void)vk_copy(name, sizeof name, config->zone.name);
	if (!name[0] || !vk_zone_load(name, &config->zone, NULL))
		return;
	vk_problem_at(problems, node,
		      "zone \"%s\" is not known here, expected one like Europe/Stockholm", name);
}

static const struct vk_config_patient *find_patient(const struct vk_config *config, int n,
						    const char *id)
{
	for (int i = 0; i < n; i++)
		if (strcmp(config->patients[i].id, id) == 0)
			return &config->patients[i];
	return NULL;
}

static void name_plan(struct vk_config_patient *patient)
{
	char id[VK_ID_TEXT];

	(void)vk_copy(id, sizeof id, patient->id);
	(void)snprintf(patient->plan, sizeof patient->plan, PLAN_DIR "%s.yaml", id);
}

static void check_patients(const struct vk_node *root, struct vk_problems *problems,
			   struct vk_config *config)
{
	const struct vk_node *list = vk_node_get(root, "patients");

	for (int i = 0; i < config->n_patients; i++) {
		struct vk_config_patient *patient = &config->patients[i];

		if (!patient->id[0])
			continue;
		if (find_patient(config, i, patient->id))
			vk_problem_at(problems, vk_node_at(list, i),
				      "patient \"%s\" is given again, expected each once",
				      patient->id);
		if (!patient->plan[0])
			name_plan(patient);
	}
}

static bool is_input(const struct vk_node *line)
{
	const struct vk_node *direction = vk_node_get(line, "direction");

	return direction && direction->text &&
	       strcmp(direction->text, vk_direction_names[VK_LINE_IN]) == 0;
}

/* In a home of one person a line is hers; of several, an input must say whose it is. */
static void check_line_patient(const struct vk_node *node, struct vk_problems *problems,
			       const struct vk_config *config, struct vk_config_line *line)
{
	const struct vk_node *given = vk_node_get(node, "patient");

	if (line->has_patient) {
		if (line->patient[0] && !find_patient(config, config->n_patients, line->patient))
			vk_problem_at(problems, given,
				      "patient \"%s\" is not in this home, expected one of "
				      "patients",
				      line->patient);
		return;
	}
	if (config->n_patients == 1)
		(void)vk_copy(line->patient, sizeof line->patient, config->patients[0].id);
	else if (config->n_patients > 1 && is_input(node))
		vk_problem_at(problems, node,
			      "line '%s' lacks the key 'patient', expected one, or \"\" for the "
			      "whole home",
			      line->name);
}

static void check_line_once(const struct vk_node *node, struct vk_problems *problems,
			    const struct vk_config_gpio *gpio, int i)
{
	const struct vk_config_line *line = &gpio->lines[i];

	for (int j = 0; j < i; j++) {
		const struct vk_config_line *other = &gpio->lines[j];
		bool is_same_name = strcmp(other->name, line->name) == 0;

		if (!is_same_name && strcmp(other->line, line->line) != 0)
			continue;
		if (is_same_name)
			vk_problem_at(problems, node,
				      "line '%s' is given again, expected each name once",
				      line->name);
		else
			vk_problem_at(problems, node,
				      "'%s' and '%s' are the same line of the chip, expected one "
				      "name for each",
				      other->name, line->name);
		return;
	}
}

static void check_lines(const struct vk_node *root, struct vk_problems *problems,
			struct vk_config *config)
{
	const struct vk_node *list = vk_node_get(vk_node_get(root, "gpio"), "lines");

	for (int i = 0; i < config->gpio.n_lines; i++) {
		struct vk_config_line *line = &config->gpio.lines[i];
		const struct vk_node *node = vk_node_at(list, i);

		if (!line->name[0])
			continue;
		if (!line->line[0])
			(void)vk_copy(line->line, sizeof line->line, line->name);
		check_line_once(node, problems, &config->gpio, i);
		check_line_patient(node, problems, config, line);
	}
}

static void check_users(const struct vk_node *root, struct vk_problems *problems,
			const struct vk_config *config)
{
	const struct vk_node *list = vk_node_get(root, "plugins");

	for (int i = 1; i < config->n_users; i++)
		for (int j = 0; j < i; j++)
			if (config->users[i].user[0] &&
			    config->users[i].role == config->users[j].role &&
			    strcmp(config->users[i].user, config->users[j].user) == 0)
				vk_problem_at(problems, list ? vk_node_at(list, i) : root,
					      "the same role and user are given again, expected "
					      "each pair once");
}

static void check_receipts(const struct vk_node *root, struct vk_problems *problems,
			   const struct vk_config *config)
{
	const struct vk_node *mqtt = vk_node_get(root, "mqtt");

	if (config->mqtt.settled_by == VK_SETTLED_BY_RECEIPT &&
	    config->mqtt.receipt == VK_RECEIPT_NONE)
		vk_problem_at(problems, vk_node_get(mqtt, "settled_by"),
			      "'settled_by' waits for receipts and 'receipt' is none, expected "
			      "receipt: required, or settled_by: puback");
}

int vk_config_parse(const struct vk_node *root, struct vk_problems *problems,
		    struct vk_config *ret_config)
{
	int before = problems->n;

	set_defaults(ret_config);
	(void)vk_schema_walk(&vk_config_schema, root, problems, ret_config);
	/* What the walk refused is empty now: the checks pass over it, so no mistake comes twice.
	 */
	load_zone(root, problems, ret_config);
	check_patients(root, problems, ret_config);
	check_lines(root, problems, ret_config);
	check_users(root, problems, ret_config);
	check_receipts(root, problems, ret_config);
	(void)snprintf(ret_config->base, sizeof ret_config->base, "vaka/1/%s/%s", ret_config->site,
		       ret_config->hub);
	return problems->n == before ? 0 : -EINVAL;
}

int vk_config_load(const char *path, struct vk_problems *problems, struct vk_config *ret_config)
{
	vk_auto(vk_node_freep) struct vk_node *root = NULL;
	int r = vk_conf_read_file(path, problems, &root, NULL, NULL);

	return r ? r : vk_config_parse(root, problems, ret_config);
}

const char *vk_config_restart_key(const struct vk_config *before, const struct vk_config *after)
{
	if (strcmp(before->site, after->site) != 0)
		return "site";
	if (strcmp(before->hub, after->hub) != 0)
		return "hub";
	if (strcmp(before->zone.name, after->zone.name) != 0)
		return "zone";
	if (before->n_patients != after->n_patients)
		return "patients";
	for (int i = 0; i < before->n_patients; i++)
		if (strcmp(before->patients[i].id, after->patients[i].id) != 0 ||
		    strcmp(before->patients[i].plan, after->patients[i].plan) != 0)
			return "patients";
	if (memcmp(&before->watch, &after->watch, sizeof before->watch) != 0)
		return "watch";
	if (before->n_users != after->n_users)
		return "plugins";
	for (int i = 0; i < before->n_users; i++)
		if (before->users[i].role != after->users[i].role ||
		    strcmp(before->users[i].user, after->users[i].user) != 0)
			return "plugins";
	if (strcmp(before->store_path, after->store_path) != 0 ||
	    before->outbox_rows != after->outbox_rows || before->outbox_mib != after->outbox_mib ||
	    before->outbox_days != after->outbox_days)
		return "store";
	if (strcmp(before->staff_path, after->staff_path) != 0 ||
	    strcmp(before->provider_path, after->provider_path) != 0)
		return "trust";
	return NULL;
}
