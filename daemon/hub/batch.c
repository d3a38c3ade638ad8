/* SPDX-License-Identifier: Apache-2.0 */
/* Headers stand one behind the other in one text, which may move while it grows. */
#include "hub/batch.h"

#include "base/bytes.h"
#include "base/json.h"

void vk_publish_header(const struct vk_message *m, struct vk_str *out)
{
	char correlation[2 * sizeof m->correlation + 1];
	struct vk_json j = vk_json_init(out);

	vk_json_open(&j, NULL, '{');
	vk_json_str(&j, "t", "publish");
	vk_json_int(&j, "n", m->seq);
	vk_json_str(&j, "topic", m->topic);
	if (m->is_retained)
		vk_json_bool(&j, "retain", true);
	vk_json_str(&j, "content_type", m->content_type);
	vk_json_str(&j, "id", m->msg_id);
	vk_json_int(&j, "rev", m->rev);
	if (m->expiry_s)
		vk_json_int(&j, "expiry_s", m->expiry_s);
	if (m->response_to[0]) {
		vk_hex_format(correlation, m->correlation, m->correlation_len);
		vk_json_str(&j, "response_to", m->response_to);
		vk_json_str(&j, "correlation", correlation);
	}
	vk_json_close(&j, '}');
}

int vk_batch_add(struct vk_batch *batch, const struct vk_message *m)
{
	size_t begin = batch->headers.len, len;

	vk_publish_header(m, &batch->headers);
	if (batch->headers.error) {
		int error = batch->headers.error;

		batch->headers.error = 0;
		batch->headers.len = begin;
		return error;
	}
	len = batch->headers.len - begin;
	batch->begins[batch->n] = begin;
	batch->parts[batch->n++] =
		(struct vk_wire_part){.header_len = len, .body = m->payload, .body_len = m->len};
	batch->bytes += len + 1 + m->len;
	return 0;
}

bool vk_batch_is_full(const struct vk_batch *batch)
{
	return batch->n == VK_WIRE_PARTS || batch->bytes >= VK_BATCH_BYTES;
}

int vk_batch_close(struct vk_batch *batch)
{
	int n = batch->n;

	for (int i = 0; i < n; i++)
		batch->parts[i].header = batch->headers.text + batch->begins[i];
	batch->n = 0;
	batch->bytes = batch->headers.len = 0;
	return n;
}

void vk_batch_done(struct vk_batch *batch)
{
	vk_str_done(&batch->headers);
}
