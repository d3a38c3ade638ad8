/* SPDX-License-Identifier: Apache-2.0 */
/* Plain words for a terminal. Unknown or missing members show as "-". */
#include "ctl/show.h"

#include <stdint.h>
#include <stdio.h>

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "-";
}

static void show_values(const json_t *values)
{
	const char *name;
	json_t *value;
	const char *separator = "";

	json_object_foreach((json_t *)(uintptr_t)values, name, value)
	{
		const char *absent = json_string_value(json_object_get(value, "absent"));

		if (absent)
			(void)printf("%s%s: %s", separator, name, absent);
		else
			(void)printf("%s%s %s %s", separator, name, text(value, "value"),
				     text(value, "unit"));
		separator = ", ";
	}
}

static void each(const json_t *list, const char *none, void (*show)(const json_t *))
{
	size_t i;
	json_t *item;

	json_array_foreach(list, i, item) show(item);
	if (json_array_size(list) == 0)
		(void)puts(none);
}

static void show_reading(const json_t *r)
{
	(void)printf("%s  %-16s %-12s ", text(r, "time"), text(r, "kind"), text(r, "patient"));
	show_values(json_object_get(r, "values"));
	if (json_array_size(json_object_get(r, "implausible")))
		(void)printf("  (implausible)");
	(void)putchar('\n');
}

void vk_show_readings(const json_t *list)
{
	each(list, "no readings", show_reading);
}

static void show_alert(const json_t *a)
{
	(void)printf("%-5s %-7s %-9s %-8s %-12s %s: ", text(a, "id"), text(a, "priority"),
		     text(a, "state"), text(a, "condition"), text(a, "patient"), text(a, "rule"));
	show_values(json_object_get(a, "values"));
	(void)printf("  (%s) raised %s by %s\n", text(a, "reason"), text(a, "raised"),
		     text(a, "by"));
}

void vk_show_alerts(const json_t *list)
{
	each(list, "no open alerts (which says nothing about how anybody is)", show_alert);
}

static void show_check(const json_t *c)
{
	(void)printf("%-5s %-15s attempt %lld  %-12s %s due %s  by %s  outcome %s\n", text(c, "id"),
		     text(c, "state"), (long long)json_integer_value(json_object_get(c, "attempt")),
		     text(c, "patient"), text(c, "name"), text(c, "due"), text(c, "by"),
		     text(c, "outcome"));
}

void vk_show_checks(const json_t *list)
{
	each(list, "no open checks", show_check);
}

static void show_device(const json_t *d)
{
	const json_t *battery = json_object_get(d, "battery");

	(void)printf("%s  %-9s %-20s %-12s %-10s heard %s  last reading %s", text(d, "device"),
		     text(d, "kind"), text(d, "name"), text(d, "patient"), text(d, "state"),
		     text(d, "heard"), text(d, "reading"));
	if (json_is_integer(battery))
		(void)printf("  battery %lld %%", (long long)json_integer_value(battery));
	(void)putchar('\n');
}

void vk_show_devices(const json_t *list)
{
	each(list, "no devices are paired", show_device);
}

static void show_notice(const json_t *n)
{
	(void)printf("%-8s %-12s %s (%s) since %s\n", text(n, "kind"), text(n, "patient"),
		     text(n, "id"), text(n, "reason"), text(n, "since"));
	if (json_object_get(n, "sv"))
		(void)printf("         %s\n", text(n, "sv"));
}

void vk_show_notices(const json_t *list)
{
	each(list, "nothing is shown or asked", show_notice);
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

/* Signal strength in words: a technician stands in a home, not in a laboratory. */
static const char *strength(json_int_t rssi)
{
	if (rssi >= -60)
		return "strong";
	if (rssi >= -75)
		return "good";
	return rssi >= -88 ? "weak" : "very weak";
}

static void show_near(const json_t *f)
{
	(void)printf("%-18s %-9s %-22s %s%s\n", text(f, "address"), text(f, "kind"),
		     text(f, "name"), strength(json_integer_value(json_object_get(f, "rssi"))),
		     json_is_true(json_object_get(f, "bonded")) ? ", paired" : "");
}

void vk_show_found(const json_t *list)
{
	each(list, "no health device is near; is it in pairing mode?", show_near);
}

void vk_show_status(const json_t *s)
{
	const json_t *link = json_object_get(s, "link"), *plugins = json_object_get(s, "plugins");

	(void)printf("hub %s, version %s, up since %s, clock %s\n", text(s, "hub"),
		     text(s, "version"), text(s, "since"), text(s, "clock"));
	(void)printf("radio %s, way to the staff %s %s\n",
		     text(json_object_get(s, "radio"), "state"), text(link, "state"),
		     text(link, "reason"));
	(void)printf("plugins: ble %s, gpio %s, mqtt %s\n", text(plugins, "ble"),
		     text(plugins, "gpio"), text(plugins, "mqtt"));
}
