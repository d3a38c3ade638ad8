/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/civil.h"
#include "base/err.h"
#include "base/str.h"

static void json_done(json_t **json)
{
	json_decref(*json);
}

static struct watch_hub *find(struct watch *watch, const char *name)
{
	for (int i = 0; i < watch->n; i++)
		if (strcmp(watch->hubs[i].hub, name) == 0)
			return &watch->hubs[i];
	return NULL;
}

static int add(struct watch *watch, const char *name, struct watch_hub **ret_hub)
{
	struct watch_hub *more;

	if (watch->n == WATCH_HUBS)
		return -ENOSPC;
	more = realloc(watch->hubs, ((size_t)watch->n + 1) * sizeof *more);
	if (!more)
		return -ENOMEM;
	watch->hubs = more;
	*ret_hub = &more[watch->n];
	**ret_hub = (struct watch_hub){0};
	if (!vk_copy((*ret_hub)->hub, sizeof(*ret_hub)->hub, name))
		return -EBADMSG;
	watch->n++;
	return 0;
}

static int read_text(const json_t *object, const char *key, char out[WATCH_ID])
{
	const json_t *value = json_object_get(object, key);

	if (!value || json_is_null(value))
		return 0;
	return json_is_string(value) && vk_copy(out, WATCH_ID, json_string_value(value)) ? 0
											 : -EBADMSG;
}

static int read_expect(const json_t *item, struct watch_expect *ret)
{
	const char *due = json_string_value(json_object_get(item, "due"));
	int64_t due_utc_ms;
	int r = read_text(item, "kind", ret->kind);

	if (!r)
		r = read_text(item, "patient", ret->patient);
	if (!r)
		r = read_text(item, "id", ret->id);
	if (!r && (!due || vk_rfc3339_parse(due, &due_utc_ms)))
		r = -EBADMSG;
	if (!r)
		ret->late_utc_ms =
			due_utc_ms + 1000 * json_integer_value(json_object_get(item, "grace_s"));
	return r;
}

/* The same thing expected at the same time was perhaps told already. */
static void keep_told(const struct watch_hub *before, struct watch_expect *now)
{
	for (int i = 0; i < before->n_expects; i++) {
		const struct watch_expect *e = &before->expects[i];

		if (e->is_told && e->late_utc_ms == now->late_utc_ms &&
		    strcmp(e->id, now->id) == 0 && strcmp(e->patient, now->patient) == 0)
			now->is_told = true;
	}
}

static int read_promise(const json_t *root, const struct watch_hub *before, struct watch_hub *ret)
{
	const char *until = json_string_value(json_object_get(root, "until"));
	const json_t *expects = json_object_get(root, "expects"), *item;
	size_t i;

	*ret = *before;
	ret->n_expects = 0;
	if (!until || vk_rfc3339_parse(until, &ret->until_utc_ms) || !json_is_array(expects))
		return -EBADMSG;
	json_array_foreach(expects, i, item)
	{
		struct watch_expect *e = &ret->expects[ret->n_expects];

		if (i == WATCH_EXPECTS)
			break;
		*e = (struct watch_expect){0};
		if (read_expect(item, e))
			return -EBADMSG;
		keep_told(before, e);
		if (strcmp(e->kind, "heartbeat") == 0 && e->late_utc_ms < ret->until_utc_ms)
			ret->until_utc_ms = e->late_utc_ms;
		ret->n_expects++;
	}
	return 0;
}

int watch_promise(struct watch *watch, const char *name, const void *json, size_t len,
		  int64_t now_utc_ms, watch_fn tell, void *user)
{
	vk_auto(json_done) json_t *root = json_loadb(json, len, JSON_REJECT_DUPLICATES, NULL);
	struct watch_hub *hub = find(watch, name);
	struct watch_hub fresh;
	int r = hub ? 0 : add(watch, name, &hub);

	if (!r)
		r = read_promise(root, hub, &fresh);
	if (r)
		return r;
	*hub = fresh;
	if (hub->is_silent && hub->until_utc_ms > now_utc_ms) {
		hub->is_silent = false;
		tell(WATCH_BACK, hub, NULL, user);
	}
	return 0;
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t tick_hub(struct watch_hub *hub, int64_t now_utc_ms, watch_fn tell, void *user)
{
	int64_t next = INT64_MAX;

	if (hub->until_utc_ms == 0 || hub->is_silent) /* never promised, or known to be silent */
		return next;
	if (now_utc_ms > hub->until_utc_ms) {
		hub->is_silent = true;
		tell(WATCH_SILENT, hub, NULL, user);
		return next;
	}
	next = hub->until_utc_ms + 1;
	for (int i = 0; i < hub->n_expects; i++) {
		struct watch_expect *e = &hub->expects[i];

		/* The hub's own life is what `until` is for. */
		if (e->is_told || strcmp(e->kind, "heartbeat") == 0)
			continue;
		if (now_utc_ms > e->late_utc_ms) {
			e->is_told = true;
			tell(WATCH_MISSING, hub, e, user);
		} else {
			next = sooner(next, e->late_utc_ms + 1);
		}
	}
	return next;
}

int64_t watch_tick(struct watch *watch, int64_t now_utc_ms, watch_fn tell, void *user)
{
	int64_t next = INT64_MAX;

	for (int i = 0; i < watch->n; i++)
		next = sooner(next, tick_hub(&watch->hubs[i], now_utc_ms, tell, user));
	return next;
}

void watch_done(struct watch *watch)
{
	free(watch->hubs);
	*watch = (struct watch){0};
}
