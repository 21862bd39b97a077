// SPDX-License-Identifier: BSD-2-Clause
/* The policy file from its first key to its last. */
#include "policy.h"

#include <assert.h>

#include "collateral.h"
#include "policy_value.h"
#include "verifier.h"

static const struct {
	enum tally_binding_mode mode;
	const char *name;
} modes[] = {
#define MODE_ROW(name, number, text) { TALLY_BINDING_##name, (text) },
	TALLY_BINDING_MODE_TABLE(MODE_ROW)
#undef MODE_ROW
};

const char *tally_binding_mode_name(enum tally_binding_mode mode)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (modes[i].mode == mode)
			return modes[i].name;
	return "";
}

const char *tally_edge_name(enum tally_edge edge)
{
	static const char *const names[] = {
#define EDGE_NAME(name, number, text, meaning) [number] = (text),
		TALLY_EDGE_TABLE(EDGE_NAME)
#undef EDGE_NAME
	};

	return (size_t)edge < sizeof(names) / sizeof(names[0]) ? names[edge] : "";
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

static uint64_t read_exception(struct tally_policy_reader *reader, json_t *json)
{
	const char *text = json_is_string(json) ? json_string_value(json) : "";
	const struct tally_exception_row *row;

	for (size_t i = 0; (row = tally_exception_at(i)); i++)
		if (strcmp(row->name, text) == 0)
			return tally_exception_bit(row->exception);
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
		uint64_t exception = read_exception(reader, json_array_get(json, i));

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

static void read_edges(struct tally_policy_reader *reader, json_t *json, struct tally_policy *ret)
{
	const char *text = json_is_string(json) ? json_string_value(json) : "";

	if (strcmp(text, tally_edge_name(TALLY_EDGE_ASSERTED)) == 0)
		ret->edge = TALLY_EDGE_ASSERTED;
	else if (strcmp(text, tally_edge_name(TALLY_EDGE_VOUCHED)) != 0)
		tally_policy_fault(reader, "must be vouched or asserted");
}

static void read_collateral(struct tally_policy_reader *reader, json_t *json, struct tally_policy *ret)
{
	struct tally_collateral_policy *collateral = tally_arena_take(reader->arena, 1, sizeof(*collateral));

	if (!collateral)
		return;
	tally_policy_collateral(reader, json, collateral);
	ret->collateral = collateral;
}

static const struct {
	const char *key;
	void (*read)(struct tally_policy_reader *reader, json_t *json, struct tally_policy *ret);
} sections[] = {
	{ "binding", read_binding },	 { "allow", read_allow },	    { "callers", read_callers },
	{ "edges", read_edges },	 { "collateral", read_collateral }, { "claims", read_claims },
	{ "registers", read_registers },
};

#define SECTION_COUNT (sizeof(sections) / sizeof(sections[0]))

/* Sections of providers, in the order of the verifiers. */
static void read_providers(struct tally_policy_reader *reader, json_t *json, struct tally_policy *ret)
{
	size_t count;
	const struct tally_verifier *const *verifiers = tally_verifiers(&count);

	for (size_t i = 0; i < count; i++) {
		json_t *value = json_object_get(json, verifiers[i]->name);
		void *section = value ? tally_arena_take(reader->arena, 1, verifiers[i]->section_size + 1) : NULL;
		size_t mark = tally_policy_enter(reader, verifiers[i]->name);

		if (section)
			verifiers[i]->read_section(reader, value, section);
		ret->section[i] = section;
		tally_policy_leave(reader, mark);
	}
}

static bool open_top(struct tally_policy_reader *reader, json_t *json)
{
	const char *keys[1 + SECTION_COUNT + TALLY_POLICY_SECTION_LIMIT + 1] = { "tally-policy" };
	size_t verifier_count;
	const struct tally_verifier *const *verifiers = tally_verifiers(&verifier_count);
	size_t count = 1;

	assert(verifier_count <= TALLY_POLICY_SECTION_LIMIT);
	for (size_t i = 0; i < SECTION_COUNT; i++)
		keys[count++] = sections[i].key;
	for (size_t i = 0; i < verifier_count; i++)
		keys[count++] = verifiers[i]->name;
	return tally_policy_object(reader, json, keys);
}

static void read_top(struct tally_policy_reader *reader, json_t *json, struct tally_policy *ret)
{
	size_t mark;

	if (!open_top(reader, json))
		return;
	mark = tally_policy_enter(reader, "tally-policy");
	read_version(reader, json_object_get(json, "tally-policy"));
	tally_policy_leave(reader, mark);
	for (size_t i = 0; i < SECTION_COUNT; i++) {
		json_t *value = json_object_get(json, sections[i].key);

		mark = tally_policy_enter(reader, sections[i].key);
		if (value)
			sections[i].read(reader, value, ret);
		tally_policy_leave(reader, mark);
	}
	read_providers(reader, json, ret);
}

const struct tally_claim_rule *tally_policy_claim_find(const struct tally_policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->claim_count; i++)
		if (strcmp(policy->claim[i].name, name) == 0)
			return &policy->claim[i];
	return NULL;
}

const void *tally_policy_section(const struct tally_policy *policy, const struct tally_verifier *verifier)
{
	size_t count;
	const struct tally_verifier *const *verifiers = tally_verifiers(&count);

	for (size_t i = 0; i < count; i++)
		if (verifiers[i] == verifier)
			return policy->section[i];
	return NULL;
}

void tally_policy_no_section(struct tally_policy_reader *reader, json_t *json, void *ret)
{
	(void)json;
	(void)ret;
	tally_policy_fault(reader, "a policy has nothing to say here");
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
	policy->edge = TALLY_EDGE_VOUCHED;
	policy->collateral = &tally_collateral_no_limits;
	return policy;
}

enum tally_status tally_policy_read(struct tally_bytes json, struct tally_policy **ret,
				    struct tally_policy_problem *problem)
{
	struct tally_policy *policy = new_policy();
	struct tally_policy_reader reader = { .problem = problem->text, .problem_size = sizeof(problem->text) };
	enum tally_status status = TALLY_OK;
	json_t *root = NULL;

	problem->text[0] = 0;
	if (!policy)
		return TALLY_NO_MEMORY;
	reader.arena = policy->arena;
	if (json.size > TALLY_POLICY_SIZE_LIMIT)
		tally_policy_fault(&reader, "larger than 16 MiB");
	else
		root = tally_policy_parse(&reader, json);
	if (root)
		read_top(&reader, root, policy);
	if (tally_arena_has_failed(policy->arena) || (!root && !reader.has_failed))
		status = TALLY_NO_MEMORY;
	else if (reader.has_failed)
		status = TALLY_POLICY;
	json_decref(root);
	if (status == TALLY_OK)
		*ret = policy;
	else
		tally_policy_free(policy);
	return status;
}

enum tally_status tally_policy_survey(enum tally_binding_mode binding, struct tally_policy **ret)
{
	struct tally_policy *policy = new_policy();

	if (!policy)
		return TALLY_NO_MEMORY;
	policy->binding = binding;
	policy->is_survey = true;
	*ret = policy;
	return TALLY_OK;
}

void tally_policy_free(struct tally_policy *policy)
{
	if (policy)
		tally_arena_free(policy->arena);
}
