/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs and outputs: signals come in and are answered after their commit, outputs are set. */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "hub/hub.h"

static const struct vk_config_line *line_of(const struct vk_hub *hub, const char *name)
{
	for (int i = 0; i < hub->config->gpio.n_lines; i++)
		if (strcmp(hub->config->gpio.lines[i].name, name) == 0)
			return &hub->config->gpio.lines[i];
	return NULL;
}

/* The patient the line belongs to; a home with one patient need not say it. */
static const char *patient_of(const struct vk_hub *hub, const struct vk_config_line *line)
{
	if (line->has_patient || hub->config->n_patients != 1)
		return line->patient;
	return hub->config->patients[0].id;
}

static int take_signal(struct vk_hub *hub, struct vk_client *client, const struct vk_packet *packet)
{
	const struct vk_config_line *line = line_of(hub, vk_packet_str(packet, "name", ""));
	struct vk_job *job;

	if (!line || line->direction != VK_LINE_IN) {
		vk_client_invalid(client, packet->n, "name: expected an input of hub.yaml");
		return 1;
	}
	job = vk_job_new(VK_JOB_SIGNAL, vk_hub_now(hub));
	if (!job) {
		vk_client_failed(client, packet->n, "store", "out of memory");
		return 0;
	}
	(void)vk_copy(job->signal.name, sizeof job->signal.name, line->name);
	(void)vk_copy(job->signal.patient, sizeof job->signal.patient, patient_of(hub, line));
	job->signal.is_active = vk_packet_bool(packet, "active", 0);
	job->signal.is_initial = vk_packet_bool(packet, "initial", 0);
	job->client = client->id;
	job->n = packet->n;
	if (vk_hub_submit(hub, job))
		vk_client_failed(client, packet->n, "store", "the engine is full");
	return 0;
}

int vk_lines_message(struct vk_hub *hub, struct vk_client *client, const struct vk_packet *packet)
{
	bool is_answer = strcmp(packet->type, "done") == 0 || strcmp(packet->type, "failed") == 0;

	if (strcmp(packet->type, "signal") == 0)
		return take_signal(hub, client, packet);
	if (!is_answer)
		return -EOPNOTSUPP;
	if (packet->n && client->n_open > 0)
		client->n_open--;
	if (packet->type[0] == 'f')
		vk_log(VK_LOG_WARNING, "output", "could not be set: %s",
		       vk_packet_str(packet, "text", ""));
	return 0;
}

static void send_set(struct vk_hub *hub, struct vk_client *client, const char *line, int32_t value)
{
	(void)vk_client_send_take(client, json_pack("{s:s,s:I,s:s,s:i}", "t", "set", "n",
						    ++hub->next_n, "line", line, "value", value));
}

static void remember(struct vk_hub *hub, const char *line, int32_t value)
{
	int i = 0;

	while (i < hub->n_outputs && strcmp(hub->outputs[i].line, line) != 0)
		i++;
	if (i == VK_MAX_LINES)
		return;
	if (i == hub->n_outputs)
		hub->n_outputs++;
	(void)vk_copy(hub->outputs[i].line, sizeof hub->outputs[i].line, line);
	hub->outputs[i].value = value;
}

void vk_lines_set(struct vk_hub *hub, const char *line, int32_t value)
{
	struct vk_client *client = vk_server_role(&hub->server, VK_ROLE_GPIO);

	remember(hub, line, value);
	if (client)
		send_set(hub, client, line, value);
	else
		vk_log(VK_LOG_WARNING, "output", "%s waits: no gpio plugin", line);
}

void vk_lines_welcome(struct vk_hub *hub)
{
	struct vk_client *client = vk_server_role(&hub->server, VK_ROLE_GPIO);

	for (int i = 0; client && i < hub->n_outputs; i++)
		if (hub->outputs[i].value != 0)
			send_set(hub, client, hub->outputs[i].line, hub->outputs[i].value);
}
