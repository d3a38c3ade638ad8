/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The staff directory: who may sign plans and to whom pictures may be sealed. Nothing in it is
 * believed before the provider's signature over its exact bytes holds.
 */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/schema.h"
#include "conf/yaml.h"
#include "hub/base64.h"
#include "hub/plans.h"

struct vk_staff {
	int32_t version;
	int n;
	struct vk_staff_member members[VK_MAX_STAFF];
};

static void read_key(struct vk_problems *problems, const struct vk_node *map,
		     const struct vk_node *node, void *target)
{
	bool is_null = node->text && !node->is_quoted && strcmp(node->text, "null") == 0;

	(void)map;
	if (!is_null && (!node->text || vk_base64_read(node->text, target, VK_KEY_BYTES)))
		vk_problem_at(problems, node,
			      "'%s' is no key, expected 32 bytes in base64, or null", node->key);
}

static const struct vk_field member_fields[] = {
	{.key = "id", .type = VK_FIELD_ID, .is_required = true, VK_AT(struct vk_staff_member, id)},
	{.key = "role",
	 .type = VK_FIELD_ID,
	 .is_required = true,
	 VK_AT(struct vk_staff_member, role)},
	{.key = "may_sign", .type = VK_FIELD_SWITCH, VK_AT(struct vk_staff_member, may_sign)},
	{.key = "sign", .type = VK_FIELD_OWN, .own = read_key, VK_AT(struct vk_staff_member, sign)},
	{.key = "view", .type = VK_FIELD_OWN, .own = read_key, VK_AT(struct vk_staff_member, view)},
	{.key = "from",
	 .type = VK_FIELD_MOMENT,
	 .is_required = true,
	 VK_AT(struct vk_staff_member, from_utc_ms)},
	{.key = "until", .type = VK_FIELD_MOMENT, VK_AT(struct vk_staff_member, until_utc_ms)},
};
static const struct vk_schema member_schema = {
	.what = "a member of staff",
	.fields = member_fields,
	.n_fields = VK_ARRAY_LEN(member_fields),
};
static const struct vk_field member_element = {
	.key = "staff", .type = VK_FIELD_MAP, .schema = &member_schema};

static const struct vk_field staff_fields[] = {
	{.key = "version",
	 .type = VK_FIELD_INT,
	 .least = 1,
	 .most = INT32_MAX,
	 .is_required = true,
	 VK_AT(struct vk_staff, version)},
	{.key = "staff",
	 .type = VK_FIELD_LIST,
	 .is_required = true,
	 .element = &member_element,
	 VK_LIST_AT(struct vk_staff, members, n, VK_MAX_STAFF)},
};
static const struct vk_schema staff_schema = {
	.what = "the staff directory",
	.fields = staff_fields,
	.n_fields = VK_ARRAY_LEN(staff_fields),
};

static bool is_set(const uint8_t key[VK_KEY_BYTES])
{
	return !sodium_is_zero(key, VK_KEY_BYTES);
}

/* What follows from what is given, and what must hold between members. */
static void complete(const struct vk_node *root, struct vk_problems *problems,
		     struct vk_staff *staff)
{
	const struct vk_node *list = vk_node_get(root, "staff");

	for (int i = 0; i < staff->n; i++) {
		struct vk_staff_member *m = &staff->members[i];
		const struct vk_node *node = vk_node_at(list, i);

		m->has_sign = is_set(m->sign);
		m->has_view = is_set(m->view);
		if (!vk_node_get(node, "may_sign"))
			m->may_sign = strcmp(m->role, "physician") == 0;
		for (int j = 0; j < i; j++)
			if (m->id[0] && strcmp(m->id, staff->members[j].id) == 0)
				vk_problem_at(problems, node,
					      "id \"%s\" is given again, expected each once",
					      m->id);
	}
}

static int parse(const char *bytes, size_t len, struct vk_problems *problems,
		 struct vk_staff **ret_staff)
{
	vk_auto(vk_node_freep) struct vk_node *root = NULL;
	vk_auto(vk_staff_freep) struct vk_staff *staff = calloc(1, sizeof *staff);
	int before = problems->n;
	int r = vk_conf_read(bytes, len, problems, &root);

	if (r || !staff)
		return r ? r : -ENOMEM;
	for (int i = 0; i < VK_MAX_STAFF; i++)
		staff->members[i].until_utc_ms = VK_NEVER;
	(void)vk_schema_walk(&staff_schema, root, problems, staff);
	complete(root, problems, staff);
	if (problems->n != before)
		return -EINVAL;
	*ret_staff = vk_take(&staff);
	return 0;
}

/* One base64 value in a small file. 0, -ENOENT, or -EINVAL reported under the name of that file. */
static int read_value(const char *path, const char *what, struct vk_problems *problems,
		      uint8_t *out, size_t n)
{
	vk_auto(vk_freep) char *text = NULL;
	const char *file = problems->file;
	size_t len = 0;
	int r = vk_slurp(path, 1024, &text, &len);

	if (!r)
		r = vk_base64_read(text, out, n);
	problems->file = path;
	if (r)
		vk_problem(problems, 0, 0, "no %s, expected a file of %zu bytes in base64", what,
			   n);
	problems->file = file;
	return r ? -EINVAL : 0;
}

static int verify(const char *path, const char *provider_path, const char *bytes, size_t len,
		  struct vk_problems *problems)
{
	uint8_t key[VK_KEY_BYTES], signature[VK_SIGNATURE_BYTES];
	char sig_path[160];
	int r = read_value(provider_path, "provider key", problems, key, sizeof key);

	(void)snprintf(sig_path, sizeof sig_path, "%s.sig", path);
	if (!r)
		r = read_value(sig_path, "signature", problems, signature, sizeof signature);
	if (r)
		return r;
	if (crypto_sign_verify_detached(signature, (const unsigned char *)bytes, len, key) == 0)
		return 0;
	vk_problem(problems, 0, 0,
		   "signature does not match the bytes, expected one by the provider key");
	return -EINVAL;
}

int vk_staff_load(const char *path, const char *provider_path, struct vk_problems *problems,
		  struct vk_staff **ret_staff)
{
	vk_auto(vk_freep) char *bytes = NULL;
	size_t len = 0;
	int r = vk_slurp(path, VK_CONF_MAX, &bytes, &len);

	problems->file = path;
	if (r == -ENOENT || r == -ENOMEM)
		return r;
	if (r) {
		vk_problem(problems, 0, 0, "cannot be read (%s), expected a readable file",
			   strerror(-r));
		return -EINVAL;
	}
	if (sodium_init() < 0)
		return -ENOMEM;
	r = verify(path, provider_path, bytes, len, problems);
	return r ? r : parse(bytes, len, problems, ret_staff);
}

void vk_staff_free(struct vk_staff *staff)
{
	free(staff);
}

void vk_staff_freep(struct vk_staff **staff)
{
	vk_staff_free(*staff);
}

const struct vk_staff_member *vk_staff_get(const struct vk_staff *staff, const char *id)
{
	for (int i = 0; staff && i < staff->n; i++)
		if (strcmp(staff->members[i].id, id) == 0)
			return &staff->members[i];
	return NULL;
}

int32_t vk_staff_version(const struct vk_staff *staff)
{
	return staff ? staff->version : 0;
}
