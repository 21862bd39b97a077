// SPDX-License-Identifier: BSD-2-Clause
/* The policy file from its first key to its last. */
#include "policy.h"

#include "policy_reader.h"

static const struct {
	enum tally_binding_mode mode;
	const char *name;
} modes[] = {
#define MODE_ROW(name, number, text) { TALLY_BINDING_##name, (text) },
	TALLY_BINDING_MODE_TABLE(MODE_ROW)
#undef MODE_ROW
};

static const struct {
	enum tally_exception exception;
	const char *name;
} exceptions[] = {
#define EXCEPTION_ROW(name, bit, text, meaning) { TALLY_EXCEPTION_##name, (text) },
	TALLY_EXCEPTION_TABLE(EXCEPTION_ROW)
#undef EXCEPTION_ROW
};

const char *tally_binding_mode_name(enum tally_binding_mode mode)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (modes[i].mode == mode)
			return modes[i].name;
	return "";
}

static void read_version(struct tally_policy_reader *reader, json_t *json)
{
	if (!json_is_integer(json) || json_integer_value(json) != TALLY_POLICY_VERSION)
		tally_policy_fault(reader, "must be %d: this is no policy, or one of another version",
				   TALLY_POLICY_VERSION);
}

static void read_binding(struct tally_policy_reader *reader, json_t *json, struct tally_policy *ret)
{
	const char *text = json_is_string(json) ? json_string_value(json) : "";

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].name, text) == 0) {
			ret->binding = modes[i].mode;
			return;
		}
	}
	tally_policy_fault(reader, "must be tally, raw, svsm, coco or ek-srk");
}

static uint32_t read_exception(struct tally_policy_reader *reader, json_t *json)
{
	const char *text = json_is_string(json) ? json_string_value(json) : "";

	for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++)
		if (strcmp(exceptions[i].name, text) == 0)
			return (uint32_t)exceptions[i].exception;
	tally_policy_fault(reader, "no such exception");
	return 0;
}

/* No exceptions is what an empty list here says, so that it is no empty set. */
static void read_allow(struct tally_policy_reader *reader, json_t *json, struct tally_policy *ret)
{
	if (!json_is_array(json))
		tally_policy_fault(reader, "must be an array of exceptions");
	for (size_t i = 0; i < json_array_size(json); i++) {
		size_t mark = tally_policy_enter_index(reader, i);
		uint32_t exception = read_exception(reader, json_array_get(json, i));

		if (ret->allowed & exception)
			tally_policy_fault(reader, "stands here twice");
		ret->allowed |= exception;
		tally_policy_leave(reader, mark);
	}
}

static void read_callers(struct tally_policy_reader *reader, json_t *json, struct tally_policy *ret)
{
	size_t count = tally_policy_list(reader, json);
	const char **callers = tally_arena_take(reader->arena, count, sizeof(*callers));

	for (size_t i = 0; callers && i < count; i++)
		callers[i] =
			tally_arena_text(reader->arena, tally_policy_string(reader, tally_policy_list_get(json, i)));
	ret->caller = callers;
	ret->caller_count = callers ? count : 0;
}

static void read_soft_keys(struct tally_policy_reader *reader, json_t *json, struct tally_soft_policy *ret)
{
	size_t count = tally_policy_list(reader, json);
	uint8_t(*keys)[32] = tally_arena_take(reader->arena, count, sizeof(*keys));

	for (size_t i = 0; keys && i < count; i++) {
		struct tally_digest digest;

		tally_policy_digest(reader, tally_policy_list_get(json, i), &digest);
		if (digest.alg != TALLY_SHA256)
			tally_policy_fault(reader, "a key is pinned by \"sha256:\" and the hash of its public part");
		memcpy(keys[i], digest.bytes, sizeof(keys[i]));
	}
	ret->key = (const uint8_t(*)[32])keys;
	ret->key_count = keys ? count : 0;
}

static void read_soft(struct tally_policy_reader *reader, json_t *json, struct tally_policy *ret)
{
	static const char *const keys[] = { "keys", NULL };
	size_t mark;

	if (!tally_policy_object(reader, json, keys))
		return;
	mark = tally_policy_enter(reader, "keys");
	if (json_object_get(json, "keys"))
		read_soft_keys(reader, json_object_get(json, "keys"), &ret->soft);
	else
		tally_policy_fault(reader, "must name the keys that are trusted");
	tally_policy_leave(reader, mark);
}

/* An object with a member for each name: how many, 0 after a fault. */
static size_t open_names(struct tally_policy_reader *reader, json_t *json)
{
	if (!json_is_object(json))
		tally_policy_fault(reader, "must be an object");
	else if (json_object_size(json) == 0)
		tally_policy_fault(reader, "an empty set: leave the key out");
	return json_object_size(json);
}

static void read_claims(struct tally_policy_reader *reader, json_t *json, struct tally_policy *ret)
{
	size_t count = open_names(reader, json);
	struct tally_claim_rule *rules = tally_arena_take(reader->arena, count, sizeof(*rules));
	const char *name;
	json_t *value;

	if (!rules)
		return;
	ret->claim = rules;
	json_object_foreach(json, name, value)
	{
		size_t mark = tally_policy_enter(reader, name);

		tally_policy_claim(reader, name, value, &rules[ret->claim_count++]);
		tally_policy_leave(reader, mark);
	}
}

static void read_registers(struct tally_policy_reader *reader, json_t *json, struct tally_policy *ret)
{
	size_t count = open_names(reader, json);
	struct tally_register_rule *rules = tally_arena_take(reader->arena, count, sizeof(*rules));
	const char *name;
	json_t *value;

	if (!rules)
		return;
	ret->reg = rules;
	json_object_foreach(json, name, value)
	{
		size_t mark = tally_policy_enter(reader, name);

		tally_policy_register(reader, name, value, &rules[ret->register_count++]);
		tally_policy_leave(reader, mark);
	}
}

static const struct {
	const char *key;
	void (*read)(struct tally_policy_reader *reader, json_t *json, struct tally_policy *ret);
} sections[] = {
	{ "binding", read_binding }, { "allow", read_allow },	{ "callers", read_callers },
	{ "soft", read_soft },	     { "claims", read_claims }, { "registers", read_registers },
};

static void read_top(struct tally_policy_reader *reader, json_t *json, struct tally_policy *ret)
{
	static const char *const keys[] = { "tally-policy", "binding", "allow",	    "callers",
					    "soft",	    "claims",  "registers", NULL };
	size_t mark;

	if (!tally_policy_object(reader, json, keys))
		return;
	mark = tally_policy_enter(reader, "tally-policy");
	read_version(reader, json_object_get(json, "tally-policy"));
	tally_policy_leave(reader, mark);
	for (size_t i = 0; i < sizeof(sections) / sizeof(sections[0]); i++) {
		json_t *value = json_object_get(json, sections[i].key);

		mark = tally_policy_enter(reader, sections[i].key);
		if (value)
			sections[i].read(reader, value, ret);
		tally_policy_leave(reader, mark);
	}
}

static struct tally_policy *new_policy(void)
{
	struct tally_arena *arena = tally_arena_new();
	struct tally_policy *policy = arena ? tally_arena_take(arena, 1, sizeof(*policy)) : NULL;

	if (!policy) {
		tally_arena_free(arena);
		return NULL;
	}
	policy->arena = arena;
	policy->binding = TALLY_BINDING_TALLY;
	return policy;
}

static json_t *parse(struct tally_bytes json, json_error_t *error)
{
	return json_loadb(json.size ? (const char *)json.data : "", json.size, JSON_REJECT_DUPLICATES, error);
}

/*
 * jansson tells a lack of memory from a fault of the text in few places, and
 * drops a byte of a long token if the token's buffer can't grow. What is read
 * twice alike is what stands in the file.
 */
static enum tally_status load(struct tally_bytes json, json_t **ret, struct tally_policy_reader *reader)
{
	json_error_t error;
	json_t *first;
	json_t *second;
	enum tally_status status = TALLY_NO_MEMORY;

	if (json.size > TALLY_POLICY_SIZE_LIMIT) {
		tally_policy_fault(reader, "larger than 16 MiB");
		return TALLY_POLICY;
	}
	first = parse(json, &error);
	second = parse(json, &error);
	if (!first && !second) {
		tally_policy_fault(reader, "line %d, column %d: %s", error.line, error.column, error.text);
		status = TALLY_POLICY;
	} else if (first && second && json_equal(first, second)) {
		*ret = json_incref(first);
		status = TALLY_OK;
	}
	json_decref(first);
	json_decref(second);
	return status;
}

enum tally_status tally_policy_read(struct tally_bytes json, struct tally_policy **ret,
				    struct tally_policy_problem *problem)
{
	struct tally_policy *policy = new_policy();
	struct tally_policy_reader reader = { .problem = problem };
	enum tally_status status;
	json_t *root = NULL;

	problem->text[0] = 0;
	if (!policy)
		return TALLY_NO_MEMORY;
	reader.arena = policy->arena;
	status = load(json, &root, &reader);
	if (status == TALLY_OK)
		read_top(&reader, root, policy);
	json_decref(root);
	if (status == TALLY_OK && tally_arena_has_failed(policy->arena))
		status = TALLY_NO_MEMORY;
	else if (status == TALLY_OK && reader.has_failed)
		status = TALLY_POLICY;
	if (status == TALLY_OK)
		*ret = policy;
	else
		tally_policy_free(policy);
	return status;
}

void tally_policy_free(struct tally_policy *policy)
{
	if (policy)
		tally_arena_free(policy->arena);
}
