// SPDX-License-Identifier: BSD-2-Clause
/* The rule of one register: a closed, ordered sequence of events, pinned values, admitted gaps. */
#include "policy_value.h"
#include "verifier.h"

#define ORIGIN_DEFAULT "0:0"

static struct tally_bytes read_text(struct tally_policy_reader *reader, json_t *object, const char *key)
{
	json_t *json = json_object_get(object, key);
	struct tally_bytes text = tally_bytes(NULL, 0);
	size_t mark = tally_policy_enter(reader, key);

	if (json)
		text = tally_policy_string(reader, json);
	tally_policy_leave(reader, mark);
	return text;
}

static void read_data(struct tally_policy_reader *reader, json_t *object, struct tally_event_pattern *ret)
{
	json_t *data = json_object_get(object, "data");
	json_t *digest = json_object_get(object, "data-digest");
	size_t mark = tally_policy_enter(reader, data ? "data" : "data-digest");

	if (data && digest)
		tally_policy_fault(reader, "data and data-digest exclude each other");
	/* Data of no bytes is data: an empty text is not an empty set. */
	if (data && json_is_string(data) && json_string_length(data) == 0)
		ret->has_data = true;
	else if (data)
		ret->data = tally_policy_hex(reader, data), ret->has_data = true;
	if (digest) {
		tally_policy_digests(reader, digest, &ret->data_digest);
		if (ret->data_digest.count > 1)
			tally_policy_fault(reader, "must be one digest");
	}
	tally_policy_leave(reader, mark);
}

static void read_digest(struct tally_policy_reader *reader, json_t *object, struct tally_event_pattern *ret)
{
	json_t *json = json_object_get(object, "digest");
	size_t mark = tally_policy_enter(reader, "digest");

	if (json)
		tally_policy_digests(reader, json, &ret->digest);
	tally_policy_leave(reader, mark);
}

static bool pattern_asks_content(const struct tally_event_pattern *pattern)
{
	return pattern->type.size || pattern->name.size || pattern->has_data || pattern->data_digest.count;
}

static void read_pattern(struct tally_policy_reader *reader, json_t *json, struct tally_event_pattern *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->type = read_text(reader, json, "type");
	ret->name = read_text(reader, json, "name");
	ret->origin = read_text(reader, json, "origin");
	read_data(reader, json, ret);
	read_digest(reader, json, ret);
}

static void read_require(struct tally_policy_reader *reader, json_t *json, struct tally_event_rule *ret)
{
	static const char *const keys[] = { "type", "name", "origin", "data", "data-digest", "digest", "count", NULL };
	json_t *count = json_object_get(json, "count");
	struct tally_event_pattern *pattern = &ret->pattern;
	size_t mark;

	if (!tally_policy_object(reader, json, keys))
		return;
	read_pattern(reader, json, pattern);
	if (!pattern_asks_content(pattern) && pattern->digest.count == 0)
		tally_policy_fault(reader, "name at least one of type, name, data, data-digest, digest");
	/* An event means what it says only together with who said it. */
	if (pattern_asks_content(pattern) && pattern->origin.size == 0)
		pattern->origin = tally_text(ORIGIN_DEFAULT);
	mark = tally_policy_enter(reader, "count");
	ret->kind = TALLY_RULE_REQUIRE;
	ret->count = count ? tally_policy_number(reader, count, 1) : 1;
	ret->is_exact = true;
	tally_policy_leave(reader, mark);
}

static void read_exceptions(struct tally_policy_reader *reader, json_t *json, struct tally_event_rule *ret)
{
	static const char *const keys[] = { "type", "name", "origin", "data", "data-digest", "digest", NULL };
	size_t count = tally_policy_list(reader, json);
	struct tally_event_pattern *patterns = tally_arena_take(reader->arena, count, sizeof(*patterns));

	for (size_t i = 0; patterns && i < count; i++) {
		json_t *item = tally_policy_list_get(json, i);

		if (!tally_policy_object(reader, item, keys))
			return;
		if (json_object_size(item) == 0)
			tally_policy_fault(reader, "an empty filter");
		read_pattern(reader, item, &patterns[i]);
	}
	ret->except = patterns;
	ret->except_count = patterns ? count : 0;
}

static void read_ignore(struct tally_policy_reader *reader, json_t *json, struct tally_event_rule *ret)
{
	static const char *const keys[] = { "count", "max", "except", NULL };
	json_t *count = json_object_get(json, "count");
	json_t *max = json_object_get(json, "max");
	json_t *except = json_object_get(json, "except");
	size_t mark;

	if (!tally_policy_object(reader, json, keys))
		return;
	if (!count == !max) {
		tally_policy_fault(reader, "name either count or max");
		return;
	}
	mark = tally_policy_enter(reader, count ? "count" : "max");
	ret->kind = TALLY_RULE_IGNORE;
	ret->count = tally_policy_number(reader, count ? count : max, 1);
	ret->is_exact = count != NULL;
	tally_policy_leave(reader, mark);
	mark = tally_policy_enter(reader, "except");
	if (except)
		read_exceptions(reader, except, ret);
	tally_policy_leave(reader, mark);
}

static void read_event_rule(struct tally_policy_reader *reader, json_t *json, struct tally_event_rule *ret)
{
	static const char *const keys[] = { "require", "ignore", NULL };
	json_t *require = json_object_get(json, "require");
	json_t *ignore = json_object_get(json, "ignore");
	size_t mark;

	if (!tally_policy_object(reader, json, keys))
		return;
	if (!require == !ignore) {
		tally_policy_fault(reader, "must be {\"require\": ...} or {\"ignore\": ...}");
		return;
	}
	mark = tally_policy_enter(reader, require ? "require" : "ignore");
	ret->text = tally_policy_spelling(reader, json);
	if (require)
		read_require(reader, require, ret);
	else
		read_ignore(reader, ignore, ret);
	tally_policy_leave(reader, mark);
}

static void read_events(struct tally_policy_reader *reader, json_t *json, struct tally_register_rule *ret)
{
	size_t count = json_array_size(json);
	struct tally_event_rule *rules = tally_arena_take(reader->arena, count, sizeof(*rules));

	if (!json_is_array(json)) {
		tally_policy_fault(reader, "must be an array of rules");
		return;
	}
	for (size_t i = 0; rules && i < count; i++) {
		size_t mark = tally_policy_enter_index(reader, i);

		read_event_rule(reader, json_array_get(json, i), &rules[i]);
		/* Which of the two takes an event would be anybody's guess. */
		if (i > 0 && rules[i].kind == TALLY_RULE_IGNORE && rules[i - 1].kind == TALLY_RULE_IGNORE)
			tally_policy_fault(reader, "an ignore behind an ignore: make them one");
		tally_policy_leave(reader, mark);
	}
	ret->has_events = true;
	ret->event = rules;
	ret->event_count = rules ? count : 0;
}

static void read_gaps(struct tally_policy_reader *reader, json_t *json, struct tally_register_rule *ret)
{
	static const char *const keys[] = { "max", "before", NULL };
	json_t *max = json_object_get(json, "max");
	json_t *before = json_object_get(json, "before");
	size_t mark;

	if (!tally_policy_object(reader, json, keys))
		return;
	mark = tally_policy_enter(reader, "max");
	ret->gap_limit = tally_policy_number(reader, max, 1);
	tally_policy_leave(reader, mark);
	mark = tally_policy_enter(reader, "before");
	ret->before_limit = before ? tally_policy_number(reader, before, 0) : 0;
	tally_policy_leave(reader, mark);
}

static void read_pin(struct tally_policy_reader *reader, json_t *object, const char *key, struct tally_digests *ret)
{
	json_t *json = json_object_get(object, key);
	size_t mark = tally_policy_enter(reader, key);

	if (json)
		tally_policy_digests(reader, json, ret);
	tally_policy_leave(reader, mark);
}

static void read_members(struct tally_policy_reader *reader, json_t *json, struct tally_register_rule *ret)
{
	static const char *const keys[] = { "events", "value", "base", "trim", "gaps", NULL };
	json_t *events = json_object_get(json, "events");
	json_t *gaps = json_object_get(json, "gaps");
	size_t mark;

	if (!tally_policy_object(reader, json, keys))
		return;
	mark = tally_policy_enter(reader, "events");
	if (events)
		read_events(reader, events, ret);
	tally_policy_leave(reader, mark);
	mark = tally_policy_enter(reader, "gaps");
	if (gaps)
		read_gaps(reader, gaps, ret);
	tally_policy_leave(reader, mark);
	read_pin(reader, json, "value", &ret->value);
	read_pin(reader, json, "base", &ret->base);
	read_pin(reader, json, "trim", &ret->trim);
	if (!ret->has_events && ret->value.count == 0)
		tally_policy_fault(reader, "must have events, value or both");
}

void tally_policy_register(struct tally_policy_reader *reader, const char *name, json_t *json,
			   struct tally_register_rule *ret)
{
	struct tally_bytes rest;
	const struct tally_verifier *verifier = tally_verifier_of_name(tally_text(name), &rest);

	if (!verifier || !verifier->has_register(rest)) {
		tally_policy_fault(reader, "no such register");
		return;
	}
	ret->name = tally_arena_text(reader->arena, tally_text(name));
	if (json_is_array(json))
		read_events(reader, json, ret);
	else
		read_members(reader, json, ret);
}
