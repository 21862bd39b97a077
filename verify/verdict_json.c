// SPDX-License-Identifier: BSD-2-Clause
/* The verdict for programs. spec: docs/schema/tally.verify.1.json */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "arena.h"
#include "verdict.h"

/*
 * Everything is added through set and add, so that the first lack of memory is seen once, at the end. jansson takes
 * the value in every case: what can't be added is released, to an object that is not there as well.
 */
struct json_builder {
	struct tally_arena *arena; /* for texts that are made on the way */
	bool has_failed;
};

static void set(struct json_builder *builder, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		builder->has_failed = true;
}

static void add(struct json_builder *builder, json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		builder->has_failed = true;
}

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static json_t *hex(struct json_builder *builder, struct tally_bytes bytes)
{
	return json_string(tally_arena_hex(builder->arena, bytes));
}

static json_t *hash(struct json_builder *builder, struct tally_bytes bytes)
{
	uint8_t digest[TALLY_VERDICT_HASH_SIZE];

	return tally_verdict_hash(bytes, digest) == TALLY_OK ? hex(builder, tally_bytes(digest, sizeof(digest))) : NULL;
}

/* Numbers that JSON readers can't hold are texts. */
static json_t *number(uint64_t value)
{
	char text[24];

	if (value <= INT64_MAX)
		return json_integer((json_int_t)value);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return json_string(text);
}

static json_t *digests_json(struct json_builder *builder, const struct tally_banks *digests)
{
	json_t *object = json_object();

	for (size_t i = 0; i < digests->count; i++)
		set(builder, object, tally_alg_name(digests->digest[i].alg),
		    hex(builder, tally_digest_bytes(&digests->digest[i])));
	return object;
}

static json_t *finding_json(struct json_builder *builder, const struct tally_finding *finding)
{
	json_t *object = json_object();

	set(builder, object, "code", json_string(tally_reason_code(finding->reason)));
	set(builder, object, "severity", json_string(tally_severity_name(tally_reason_severity(finding->reason))));
	set(builder, object, "subject", json_string(finding->subject));
	set(builder, object, "message", json_string(tally_reason_message(finding->reason)));
	set(builder, object, "detail", json_string(finding->detail));
	set(builder, object, "record", finding->has_record ? number(finding->record) : json_null());
	set(builder, object, "count", number(finding->count));
	return object;
}

static json_t *check_json(struct json_builder *builder, const struct tally_check *check)
{
	static const char *const outcomes[] = { [TALLY_OUTCOME_UNSET] = "unset",
						[TALLY_OUTCOME_HELD] = "held",
						[TALLY_OUTCOME_EXCEPTED] = "excepted",
						[TALLY_OUTCOME_FAILED] = "failed" };
	json_t *object = json_object();

	set(builder, object, "subject", json_string(check->subject));
	set(builder, object, "rule", json_string(check->rule));
	set(builder, object, "is_built_in", json_boolean(check->is_built_in));
	set(builder, object, "actual", json_string(check->actual));
	set(builder, object, "outcome", json_string(outcomes[check->outcome]));
	set(builder, object, "code", check->reason ? json_string(tally_reason_code(check->reason)) : json_null());
	return object;
}

static json_t *ignored_json(struct json_builder *builder, const struct tally_ignored_event *ignored)
{
	json_t *object = json_object();

	set(builder, object, "register", json_string(ignored->reg));
	set(builder, object, "record", number(ignored->record));
	set(builder, object, "digests", digests_json(builder, &ignored->digests));
	if (ignored->source) {
		set(builder, object, "source", json_string(ignored->source));
		set(builder, object, "source_record", number(ignored->source_record));
	}
	if (ignored->text)
		set(builder, object, "event", json_string(ignored->text));
	return object;
}

static json_t *jump_json(struct json_builder *builder, const struct tally_verdict_jump *jump)
{
	static const char *const kinds[] = {
		[TALLY_JUMP_BASE] = "base", [TALLY_JUMP_GAP] = "gap", [TALLY_JUMP_TRIM] = "trim"
	};
	json_t *object = json_object();

	set(builder, object, "register", json_string(jump->reg));
	set(builder, object, "record", number(jump->record));
	set(builder, object, "kind", json_string(kinds[jump->kind]));
	set(builder, object, "from", jump->from.count ? digests_json(builder, &jump->from) : json_null());
	set(builder, object, "to", digests_json(builder, &jump->to));
	set(builder, object, "is_pinned", json_boolean(jump->is_pinned));
	set(builder, object, "proof", text_or_null(jump->proof));
	set(builder, object, "is_admitted", json_boolean(jump->is_admitted));
	return object;
}

static json_t *difference_json(struct json_builder *builder, const struct tally_difference *difference)
{
	json_t *object = json_object();

	set(builder, object, "register", json_string(difference->reg));
	set(builder, object, "record", difference->has_record ? number(difference->record) : json_null());
	set(builder, object, "found", difference->has_record ? json_string(difference->found) : json_null());
	set(builder, object, "expected", difference->expected[0] ? json_string(difference->expected) : json_null());
	return object;
}

static json_t *member_json(struct json_builder *builder, const struct tally_verdict_member *member)
{
	json_t *object = json_object();

	set(builder, object, "provider", json_string(member->provider));
	set(builder, object, "label", json_string(member->label));
	set(builder, object, "authenticated", text_or_null(member->authenticated));
	set(builder, object, "caveat", json_string(member->caveat));
	set(builder, object, "root", text_or_null(member->root));
	set(builder, object, "is_test_root", json_boolean(member->is_test_root));
	set(builder, object, "tcb_status", text_or_null(member->tcb_status));
	set(builder, object, "tcb_date", member->has_tcb_date ? json_integer(member->tcb_date) : json_null());
	set(builder, object, "advisories", text_or_null(member->advisories));
	return object;
}

static json_t *claim_json(struct json_builder *builder, const struct tally_verdict_claim *claim)
{
	json_t *object = json_object();

	set(builder, object, "name", json_string(claim->name));
	set(builder, object, "value", json_string(claim->value));
	set(builder, object, "authenticated", text_or_null(claim->authenticated));
	return object;
}

static json_t *register_json(struct json_builder *builder, const struct tally_verdict_register *reg)
{
	json_t *object = json_object();

	set(builder, object, "name", json_string(reg->name));
	set(builder, object, "value", digests_json(builder, &reg->value));
	return object;
}

static json_t *edge_json(struct json_builder *builder, const struct tally_verdict_edge *edge)
{
	json_t *object = json_object();

	set(builder, object, "from", json_string(edge->from));
	set(builder, object, "to", json_string(edge->to));
	set(builder, object, "edge", json_string(tally_edge_name(edge->edge)));
	set(builder, object, "how", json_string(edge->how));
	return object;
}

static json_t *need_json(struct json_builder *builder, const struct tally_verdict_need *need)
{
	json_t *object = json_object();

	set(builder, object, "name", json_string(need->name));
	set(builder, object, "url", text_or_null(need->url));
	set(builder, object, "is_stale", json_boolean(need->is_stale));
	return object;
}

static json_t *key_json(struct json_builder *builder, const struct tally_verdict *verdict)
{
	json_t *object;

	if (!verdict->key_type)
		return json_null();
	object = json_object();
	set(builder, object, "type", json_string(verdict->key_type));
	set(builder, object, "sha384", hex(builder, verdict->key_hash));
	return object;
}

static json_t *exceptions_json(struct json_builder *builder, uint64_t used)
{
	const struct tally_exception_row *row;
	json_t *array = json_array();

	for (size_t i = 0; (row = tally_exception_at(i)); i++)
		if (used & tally_exception_bit(row->exception))
			add(builder, array, json_string(row->name));
	return array;
}

static void set_facts(struct json_builder *builder, json_t *object, const struct tally_verdict *verdict)
{
	set(builder, object, "schema", json_string(TALLY_VERDICT_SCHEMA));
	set(builder, object, "result", json_string(verdict->is_accepted ? "accepted" : "rejected"));
	set(builder, object, "is_malformed", json_boolean(verdict->is_malformed));
	set(builder, object, "is_historical", json_boolean(verdict->is_historical));
	set(builder, object, "provider", text_or_null(verdict->provider));
	set(builder, object, "time", json_integer(verdict->time));
	set(builder, object, "valid_until",
	    verdict->has_valid_until ? json_integer(verdict->valid_until) : json_null());
	set(builder, object, "evidence_sha384", hash(builder, verdict->evidence));
	set(builder, object, "policy_sha384", verdict->has_policy ? hash(builder, verdict->policy) : json_null());
	set(builder, object, "binding", json_string(tally_binding_mode_name(verdict->binding)));
	set(builder, object, "nonce", verdict->has_nonce ? hex(builder, verdict->nonce) : json_null());
	set(builder, object, "caller", text_or_null(verdict->caller));
	set(builder, object, "audience", text_or_null(verdict->audience));
	set(builder, object, "key", key_json(builder, verdict));
	set(builder, object, "records", number(verdict->record_count));
	set(builder, object, "exceptions", exceptions_json(builder, verdict->exceptions_used));
}

static void set_lists(struct json_builder *builder, json_t *object, const struct tally_verdict *verdict)
{
	json_t *members = json_array();
	json_t *reasons = json_array();
	json_t *checks = json_array();
	json_t *ignored = json_array();
	json_t *jumps = json_array();
	json_t *differences = json_array();
	json_t *claims = json_array();
	json_t *registers = json_array();
	json_t *edges = json_array();
	json_t *needs = json_array();

	for (size_t i = 0; i < verdict->member_count; i++)
		add(builder, members, member_json(builder, &verdict->member[i]));
	for (size_t i = 0; i < verdict->finding_count; i++)
		add(builder, reasons, finding_json(builder, &verdict->finding[i]));
	for (size_t i = 0; i < verdict->check_count; i++)
		add(builder, checks, check_json(builder, &verdict->check[i]));
	for (size_t i = 0; i < verdict->ignored_count; i++)
		add(builder, ignored, ignored_json(builder, &verdict->ignored[i]));
	for (size_t i = 0; i < verdict->jump_count; i++)
		add(builder, jumps, jump_json(builder, &verdict->jump[i]));
	for (size_t i = 0; i < verdict->difference_count; i++)
		add(builder, differences, difference_json(builder, &verdict->difference[i]));
	set(builder, object, "members", members);
	set(builder, object, "reasons", reasons);
	set(builder, object, "checks", checks);
	set(builder, object, "ignored", ignored);
	set(builder, object, "jumps", jumps);
	for (size_t i = 0; i < verdict->claim_count; i++)
		add(builder, claims, claim_json(builder, &verdict->claim[i]));
	for (size_t i = 0; i < verdict->register_count; i++)
		add(builder, registers, register_json(builder, &verdict->reg[i]));
	for (size_t i = 0; i < verdict->edge_count; i++)
		add(builder, edges, edge_json(builder, &verdict->edge[i]));
	for (size_t i = 0; i < verdict->need_count; i++)
		add(builder, needs, need_json(builder, &verdict->need[i]));
	set(builder, object, "differences", differences);
	set(builder, object, "claims", claims);
	set(builder, object, "registers", registers);
	set(builder, object, "edges", edges);
	set(builder, object, "needs", needs);
}

/* json_dumps of jansson 2.14 leaves text out where its buffer can't grow, and says nothing: so the buffer is ours. */
static char *dump(const json_t *object)
{
	size_t size = json_dumpb(object, NULL, 0, JSON_COMPACT);
	char *text = size ? malloc(size + 1) : NULL;

	if (!text)
		return NULL;
	if (json_dumpb(object, text, size, JSON_COMPACT) != size) {
		free(text);
		return NULL;
	}
	text[size] = 0;
	return text;
}

char *tally_verdict_to_json(const struct tally_verdict *verdict)
{
	struct json_builder builder = { tally_arena_new(), false };
	json_t *object = json_object();
	char *text = NULL;

	if (builder.arena) {
		set_facts(&builder, object, verdict);
		set_lists(&builder, object, verdict);
		if (!builder.has_failed && !tally_arena_has_failed(builder.arena))
			text = dump(object);
	}
	json_decref(object);
	tally_arena_free(builder.arena);
	return text;
}
