/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the patient is shown and asked, for the plugin of the role display: the whole list, after
 * its welcome and at each change. So a display that starts anew shows what it showed, and what is
 * withdrawn is simply no longer in the list.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "hub/hub.h"

void vk_display_welcome(struct vk_hub *hub)
{
	struct vk_job *job;

	if (!vk_server_role(&hub->server, VK_ROLE_DISPLAY))
		return;
	job = vk_job_new(VK_JOB_QUERY, vk_hub_now(hub));
	if (!job)
		return;
	(void)vk_copy(job->text, sizeof job->text, "notices");
	(void)vk_hub_submit(hub, job);
}

void vk_display_notices(struct vk_hub *hub, const struct vk_job *job)
{
	struct vk_client *client = vk_server_role(&hub->server, VK_ROLE_DISPLAY);
	json_t *header = json_pack("{s:s,s:I}", "t", "notices", "n", ++hub->next_n);

	if (client && header && job->answer)
		(void)vk_client_send(client, header, job->answer, strlen(job->answer));
	json_decref(header);
}

int vk_display_message(struct vk_hub *hub, struct vk_client *client, const struct vk_packet *packet)
{
	bool is_answer = strcmp(packet->type, "done") == 0 || strcmp(packet->type, "failed") == 0;

	(void)hub;
	if (!is_answer)
		return -EOPNOTSUPP;
	if (packet->n && client->n_open > 0)
		client->n_open--;
	if (packet->type[0] == 'f')
		vk_log(VK_LOG_WARNING, "display", "could not show: %s",
		       vk_packet_str(packet, "text", ""));
	return 0;
}
