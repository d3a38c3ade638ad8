/* SPDX-License-Identifier: Apache-2.0 */
/* Unknown or missing members show as "-". */
#include "ctl/show_audit.h"

#include <stdio.h>

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "-";
}

static void each(const json_t *list, const char *none, void (*show)(const json_t *))
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item) show(item);
	if (json_array_size(list) == 0)
		(void)puts(none);
}

static void show_entry(const json_t *a)
{
	(void)printf("%6lld %s %-6s %-12s %-20s %-12s %-10s %s %s\n",
		     (long long)json_integer_value(json_object_get(a, "seq")), text(a, "time"),
		     text(a, "domain"), text(a, "actor"), text(a, "action"), text(a, "patient"),
		     text(a, "object"), text(a, "result"), text(a, "detail"));
}

void vk_show_audit(const json_t *list)
{
	each(list, "the audit chain is empty", show_entry);
}

/* "2026-03-04T02:30:11+01:00  night-3 (night-team)  view-open c12  27 s" */
static void show_looked(const json_t *a)
{
	const json_t *seconds = json_object_get(a, "seconds");

	(void)printf("%s  %s (%s)  %s %s  %s", text(a, "time"), text(a, "actor"), text(a, "role"),
		     text(a, "action"), text(a, "object"), text(a, "result"));
	if (seconds)
		(void)printf("  %lld s, until %s", (long long)json_integer_value(seconds),
			     text(a, "until"));
	(void)putchar('\n');
}

void vk_show_person(const json_t *list)
{
	each(list, "nobody has looked or done anything here", show_looked);
}
