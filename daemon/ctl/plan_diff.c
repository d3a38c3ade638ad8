/* SPDX-License-Identifier: Apache-2.0 */
/* One walk over both trees; a path that grows in three languages: keys, Swedish, English. */
#include "ctl/plan_diff.h"

#include <string.h>

#include "base/err.h"
#include "base/str.h"

/* The words of keys; a key without is its own word. */
static const struct {
	const char *key, *sv, *en;
} words[] = {
	{"patient", "vårdtagare", "patient"},
	{"version", "version", "version"},
	{"author", "ansvarig", "author"},
	{"role", "roll", "role"},
	{"valid", "giltig", "valid"},
	{"from", "från", "from"},
	{"until", "till", "until"},
	{"zone", "tidszon", "time zone"},
	{"alerting", "larm", "alerting"},
	{"delivery", "leverans", "delivery"},
	{"contact", "kontakt", "contact"},
	{"sv", "på svenska", "in Swedish"},
	{"en", "på engelska", "in English"},
	{"expects", "väntad mätning", "expected measurement"},
	{"kind", "sort", "kind"},
	{"band", "spann", "band"},
	{"schedule", "mättid", "schedule"},
	{"measure", "mäter", "measures"},
	{"remind_after", "påminns efter", "reminded after"},
	{"rules", "regel", "rule"},
	{"type", "typ", "type"},
	{"quantity", "storhet", "quantity"},
	{"unit", "enhet", "unit"},
	{"direction", "riktning", "direction"},
	{"by", "med mer än", "by more than"},
	{"over", "under", "over"},
	{"any", "villkor", "condition"},
	{"at_least", "minst", "at least"},
	{"at_most", "högst", "at most"},
	{"above", "över", "above"},
	{"below", "under", "below"},
	{"confirm", "bekräftas", "confirmed"},
	{"after", "efter", "after"},
	{"within", "inom", "within"},
	{"priority", "prioritet", "priority"},
	{"message", "meddelande", "message"},
	{"messages", "meddelande", "message"},
	{"clears", "upphör", "clears"},
	{"days", "dagar", "days"},
	{"signal", "signal", "signal"},
	{"longer_than", "längre än", "longer than"},
	{"during", "mellan", "between"},
	{"class", "klass", "class"},
	{"fault", "tekniskt fel", "technical fault"},
	{"flags", "mätarens besked", "what the meter says"},
	{"repeat", "upprepat", "repeated"},
	{"times", "gånger", "times"},
	{"apart", "med mellanrum", "apart"},
	{"retest", "ny mätning", "measured again"},
	{"worse_by", "larmar på nytt vid försämring med", "told again when worse by"},
	{"missed", "om den uteblir", "when it is missed"},
	{"early", "räknas redan före", "counts so long before"},
	{"unconfirmed", "utan bekräftelse", "when unconfirmed"},
	{"readings", "mätningar", "readings"},
	{"snooze", "får pausas", "may be snoozed"},
	{"checks", "tillsyn", "check"},
	{"at", "klockan", "at"},
	{"on", "vid", "on"},
	{"view", "visas", "viewed for"},
	{"recheck_after", "ny titt efter", "looked at again after"},
	{"escalation", "larmkedja", "escalation"},
	{"high", "hög", "high"},
	{"medium", "medel", "medium"},
	{"low", "låg", "low"},
	{"to", "till", "to"},
	{"quiet", "tyst tid", "quiet hours"},
	{"consents", "samtycke", "consent"},
	{"scope", "till", "to"},
	{"given", "lämnat", "given"},
	{"withdrawn", "återtaget", "withdrawn"},
	{"alerts", "larmens gång", "how alerts behave"},
	{"unreceived", "utan kvittens", "without receipt"},
	{"second_path", "andra vägen", "second path"},
	{"lamp", "lampa", "lamp"},
	{"targets", "målvärde", "target"},
	{"target", "målvärde", "target"},
	{"pauses", "avtalad paus", "agreed pause"},
	{"plausible", "rimligt värde", "plausible value"},
};

struct place {
	char path[160], sv[240], en[240];
};

struct diff {
	struct vk_json *json;
	int n;
};

/* Longer than a line is cut: the place is still told by its beginning. */
static void join(char *out, size_t size, const char *at, const char *between, const char *name)
{
	vk_auto(vk_str_done) struct vk_str s = {0};

	vk_str_addf(&s, "%s%s%s", at, at[0] ? between : "", name);
	(void)vk_copy(out, size, s.error ? name : s.text);
}

static struct place below(const struct place *at, const char *name, const char *sv, const char *en)
{
	struct place p = {0};

	join(p.path, sizeof p.path, at->path, "/", name);
	join(p.sv, sizeof p.sv, at->sv, " › ", sv);
	join(p.en, sizeof p.en, at->en, " › ", en);
	return p;
}

static struct place below_key(const struct place *at, const char *key)
{
	for (size_t i = 0; i < VK_ARRAY_LEN(words); i++)
		if (strcmp(words[i].key, key) == 0)
			return below(at, key, words[i].sv, words[i].en);
	return below(at, key, key, key);
}

/* A whole value on one line: "{to: night-team, after: 0min}". */
static void flatten(struct vk_str *out, const struct vk_node *node)
{
	if (node->type == VK_NODE_SCALAR) {
		vk_str_add(out, node->text ? node->text : "");
		return;
	}
	vk_str_add(out, node->type == VK_NODE_MAP ? "{" : "[");
	for (const struct vk_node *c = node->child; c; c = c->next) {
		if (c->key)
			vk_str_addf(out, "%s: ", c->key);
		flatten(out, c);
		if (c->next)
			vk_str_add(out, ", ");
	}
	vk_str_add(out, node->type == VK_NODE_MAP ? "}" : "]");
}

static void sentence(struct vk_json *j, const char *key, const char *where, const char *was,
		     const char *becomes, const char *comes, const char *goes)
{
	vk_auto(vk_str_done) struct vk_str s = {0};

	if (was && becomes)
		vk_str_addf(&s, "%s: %s → %s", where, was, becomes);
	else
		vk_str_addf(&s, "%s: %s %s", where, was ? goes : comes, was ? was : becomes);
	vk_json_str(j, key, s.error ? where : s.text);
}

static void report(struct diff *d, const struct place *at, const struct vk_node *was,
		   const struct vk_node *becomes)
{
	vk_auto(vk_str_done) struct vk_str a = {0}, b = {0};

	if (was)
		flatten(&a, was);
	if (becomes)
		flatten(&b, becomes);
	d->n++;
	vk_json_open(d->json, NULL, '{');
	vk_json_str(d->json, "path", at->path);
	vk_json_str(d->json, "was", was ? a.text : NULL);
	vk_json_str(d->json, "becomes", becomes ? b.text : NULL);
	sentence(d->json, "sv", at->sv, was ? a.text : NULL, becomes ? b.text : NULL, "tillkommer",
		 "utgår, var");
	sentence(d->json, "en", at->en, was ? a.text : NULL, becomes ? b.text : NULL,
		 "is added:", "is removed, was");
	vk_json_close(d->json, '}');
}

/* What an element of a list is called: its id, or what else tells it from its neighbours. */
static const char *name_of(const struct vk_node *element)
{
	static const char *const keys[] = {"id", "scope", "kind", "to", "quantity"};

	if (element->type == VK_NODE_SCALAR)
		return element->text;
	for (size_t i = 0; i < VK_ARRAY_LEN(keys); i++) {
		const struct vk_node *name = vk_node_get(element, keys[i]);

		if (name && name->text)
			return name->text;
	}
	return NULL;
}

static const struct vk_node *named(const struct vk_node *list, const char *name)
{
	for (const struct vk_node *e = list->child; e && name; e = e->next) {
		const char *other = name_of(e);

		if (other && strcmp(other, name) == 0)
			return e;
	}
	return NULL;
}

static bool is_equal(const struct vk_node *a, const struct vk_node *b)
{
	vk_auto(vk_str_done) struct vk_str x = {0}, y = {0};

	flatten(&x, a);
	flatten(&y, b);
	return a->type == b->type && !x.error && !y.error &&
	       strcmp(x.text ? x.text : "", y.text ? y.text : "") == 0;
}

static void compare(struct diff *d, const struct place *at, const struct vk_node *was,
		    const struct vk_node *becomes);

static void compare_maps(struct diff *d, const struct place *at, const struct vk_node *was,
			 const struct vk_node *becomes)
{
	for (const struct vk_node *c = was->child; c; c = c->next) {
		struct place p = below_key(at, c->key);

		compare(d, &p, c, vk_node_get(becomes, c->key));
	}
	for (const struct vk_node *c = becomes->child; c; c = c->next) {
		struct place p = below_key(at, c->key);

		if (!vk_node_get(was, c->key))
			compare(d, &p, NULL, c);
	}
}

/* Lists of values, and of things without a name, change as a whole: "23:30, 02:45". */
static bool is_named_list(const struct vk_node *list)
{
	for (const struct vk_node *e = list->child; e; e = e->next)
		if (e->type != VK_NODE_MAP || !name_of(e) || named(list, name_of(e)) != e)
			return false;
	return true;
}

static void compare_lists(struct diff *d, const struct place *at, const struct vk_node *was,
			  const struct vk_node *becomes)
{
	if (!is_named_list(was) || !is_named_list(becomes)) {
		if (!is_equal(was, becomes))
			report(d, at, was, becomes);
		return;
	}
	for (const struct vk_node *e = was->child; e; e = e->next) {
		struct place p = below(at, name_of(e), name_of(e), name_of(e));

		compare(d, &p, e, named(becomes, name_of(e)));
	}
	for (const struct vk_node *e = becomes->child; e; e = e->next) {
		struct place p = below(at, name_of(e), name_of(e), name_of(e));

		if (!named(was, name_of(e)))
			compare(d, &p, NULL, e);
	}
}

static void compare(struct diff *d, const struct place *at, const struct vk_node *was,
		    const struct vk_node *becomes)
{
	if (!was || !becomes || was->type != becomes->type)
		report(d, at, was, becomes);
	else if (was->type == VK_NODE_MAP)
		compare_maps(d, at, was, becomes);
	else if (was->type == VK_NODE_LIST)
		compare_lists(d, at, was, becomes);
	else if (!is_equal(was, becomes))
		report(d, at, was, becomes);
}

int vk_plan_diff(const struct vk_node *was, const struct vk_node *becomes, struct vk_json *json)
{
	struct diff d = {.json = json};
	const struct place root = {0};

	vk_json_open(json, NULL, '[');
	compare(&d, &root, was, becomes);
	vk_json_close(json, ']');
	return d.n;
}
