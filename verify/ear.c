// SPDX-License-Identifier: BSD-2-Clause
/* A verdict as a JWT: one submodule for each member, so that a reader sees which part fell short. */
#include "ear.h"

#include <jansson.h>
#include <stdlib.h>

#include "../format/base64.h"
#include "arena.h"

/* How the claims are spelt. spec: veraison/ear; draft-ietf-rats-ear-03 */
struct spelling {
	const char *profile;
	const char *verifier;
	const char *status;
	const char *vector;
	const char *policy;
	bool has_policy_list;
};

static const struct spelling spellings[] = {
	[TALLY_EAR_VERAISON] = { "tag:github.com,2023:veraison/ear", "ear.verifier-id", "ear.status",
				 "ear.trustworthiness-vector", "ear.appraisal-policy-id", false },
	[TALLY_EAR_IETF] = { "tag:ietf.org,2026:rats/ear#03", "ear_verifier_id", "ear_status",
			     "ear_trustworthiness_vector", "ear_appraisal_policy_ids", true },
};

struct ear {
	const struct tally_verdict *verdict;
	const struct spelling *spelling;
	struct tally_arena *arena;
	bool has_failed;
};

enum tally_ear_profile tally_ear_profile_from_name(const char *name)
{
	if (strcmp(name, "veraison") == 0)
		return TALLY_EAR_VERAISON;
	return strcmp(name, "ietf") == 0 ? TALLY_EAR_IETF : (enum tally_ear_profile)0;
}

static void set(struct ear *ear, json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		ear->has_failed = true;
}

static struct tally_bytes base64(struct ear *ear, struct tally_bytes bytes)
{
	size_t size = bytes.size / 3 * 4 + 4;
	struct tally_writer writer = tally_writer(tally_arena_take(ear->arena, size + 1, 1), size);

	if (!writer.data) {
		ear->has_failed = true;
		return tally_bytes(NULL, 0);
	}
	tally_base64_write_url(&writer, bytes);
	return tally_written(&writer);
}

static json_t *base64_json(struct ear *ear, struct tally_bytes bytes)
{
	struct tally_bytes text = base64(ear, bytes);

	return json_stringn(text.size ? (const char *)text.data : "", text.size);
}

static json_t *vector_json(struct ear *ear, const struct tally_verdict_member *member)
{
	struct tally_trust_vector vector = tally_trust_vector(ear->verdict, member);
	json_t *object = json_object();

	set(ear, object, "instance-identity", json_integer(vector.instance_identity));
	set(ear, object, "configuration", json_integer(vector.configuration));
	set(ear, object, "executables", json_integer(vector.executables));
	set(ear, object, "file-system", json_integer(vector.file_system));
	set(ear, object, "hardware", json_integer(vector.hardware));
	set(ear, object, "runtime-opaque", json_integer(vector.runtime_opaque));
	set(ear, object, "storage-opaque", json_integer(vector.storage_opaque));
	set(ear, object, "sourced-data", json_integer(vector.sourced_data));
	return object;
}

static json_t *policy_json(struct ear *ear)
{
	uint8_t hash[TALLY_VERDICT_HASH_SIZE] = { 0 };
	const char *name = "none";
	json_t *list;

	if (ear->verdict->has_policy) {
		if (tally_verdict_hash(ear->verdict->policy, hash) != TALLY_OK)
			ear->has_failed = true;
		name = tally_arena_print(ear->arena, "sha384:%s",
					 tally_arena_hex(ear->arena, tally_bytes(hash, sizeof(hash))));
	}
	if (!ear->spelling->has_policy_list)
		return json_string(name);
	list = json_array();
	if (json_array_append_new(list, json_string(name)) != 0)
		ear->has_failed = true;
	return list;
}

/* The key that the evidence is bound to: whoever has it may be trusted as the evidence is. */
static json_t *key_json(struct ear *ear)
{
	json_t *object = json_object();

	set(ear, object, "type", json_string(ear->verdict->key_type));
	set(ear, object, "sha384", json_string(tally_arena_hex(ear->arena, ear->verdict->key_hash)));
	return object;
}

static json_t *member_json(struct ear *ear, const struct tally_verdict_member *member)
{
	json_t *object = json_object();

	set(ear, object, ear->spelling->status, json_string(tally_trust_status(ear->verdict, member)));
	set(ear, object, ear->spelling->vector, vector_json(ear, member));
	set(ear, object, ear->spelling->policy, policy_json(ear));
	if (ear->verdict->key_type)
		set(ear, object, "tally.key-attestation", key_json(ear));
	return object;
}

static json_t *submodules_json(struct ear *ear)
{
	static const struct tally_verdict_member unknown = { .provider = "unknown", .label = "report", .caveat = "" };
	json_t *object = json_object();

	for (size_t i = 0; i < ear->verdict->member_count; i++)
		set(ear, object, ear->verdict->member[i].label, member_json(ear, &ear->verdict->member[i]));
	if (ear->verdict->member_count == 0)
		set(ear, object, unknown.label, member_json(ear, &unknown));
	return object;
}

static json_t *verifier_json(struct ear *ear)
{
	json_t *object = json_object();

	set(ear, object, "developer", json_string("https://tally-attestation.org"));
	set(ear, object, "build", json_string("tally " TALLY_VERSION));
	return object;
}

/* Contraindicated is the worst, none the least that anybody may rely on. */
static json_t *overall_json(const struct ear *ear)
{
	static const char *const tiers[] = { "affirming", "none", "warning", "contraindicated" };
	size_t worst = 0;

	if (!ear->verdict->is_accepted || ear->verdict->member_count == 0)
		return json_string("contraindicated");
	for (size_t i = 0; i < ear->verdict->member_count; i++)
		for (size_t tier = worst + 1; tier < sizeof(tiers) / sizeof(tiers[0]); tier++)
			if (strcmp(tally_trust_status(ear->verdict, &ear->verdict->member[i]), tiers[tier]) == 0)
				worst = tier;
	return json_string(tiers[worst]);
}

static json_t *payload_json(struct ear *ear, int64_t issued)
{
	const struct tally_verdict *verdict = ear->verdict;
	json_t *object = json_object();

	set(ear, object, "eat_profile", json_string(ear->spelling->profile));
	set(ear, object, "iat", json_integer(issued));
	if (verdict->has_valid_until)
		set(ear, object, "exp", json_integer(verdict->valid_until));
	if (verdict->has_nonce)
		set(ear, object, "eat_nonce", base64_json(ear, verdict->nonce));
	set(ear, object, ear->spelling->verifier, verifier_json(ear));
	if (ear->spelling->has_policy_list)
		set(ear, object, ear->spelling->status, overall_json(ear));
	set(ear, object, "submods", submodules_json(ear));
	return object;
}

/* The JSON of an object, in the arena. */
static struct tally_bytes dump(struct ear *ear, const json_t *object)
{
	size_t size = json_dumpb(object, NULL, 0, JSON_COMPACT);
	char *text = size ? tally_arena_take(ear->arena, size, 1) : NULL;

	if (!text || json_dumpb(object, text, size, JSON_COMPACT) != size) {
		ear->has_failed = true;
		return tally_bytes(NULL, 0);
	}
	return tally_bytes(text, size);
}

static enum tally_status sign(struct ear *ear, struct tally_bytes payload, const struct tally_key *key, char **ret)
{
	uint8_t signature[TALLY_ES384_SIZE];
	struct tally_bytes header = base64(ear, tally_text("{\"alg\":\"ES384\",\"typ\":\"JWT\"}"));
	struct tally_bytes body = base64(ear, payload);
	const char *signed_text;
	struct tally_bytes tail;
	enum tally_status status;

	if (ear->has_failed || tally_arena_has_failed(ear->arena))
		return TALLY_NO_MEMORY;
	signed_text = tally_arena_print(ear->arena, "%.*s.%.*s", (int)header.size, (const char *)header.data,
					(int)body.size, (const char *)body.data);
	status = tally_sign_es384(key, tally_text(signed_text), signature);
	if (status != TALLY_OK)
		return status;
	tail = base64(ear, tally_bytes(signature, sizeof(signature)));
	if (!tail.data)
		return TALLY_NO_MEMORY;
	signed_text = tally_arena_print(ear->arena, "%s.%.*s", signed_text, (int)tail.size, (const char *)tail.data);
	*ret = ear->has_failed || tally_arena_has_failed(ear->arena) ? NULL : strdup(signed_text);
	return *ret ? TALLY_OK : TALLY_NO_MEMORY;
}

enum tally_status tally_verdict_to_ear(const struct tally_verdict *verdict, enum tally_ear_profile profile,
				       const struct tally_key *key, int64_t issued, char **ret)
{
	struct ear ear = { verdict, &spellings[profile], tally_arena_new(), false };
	struct tally_bytes payload;
	enum tally_status status;
	json_t *object;

	if (!ear.arena)
		return TALLY_NO_MEMORY;
	object = payload_json(&ear, issued);
	payload = dump(&ear, object);
	json_decref(object);
	status = sign(&ear, payload, key, ret);
	tally_arena_free(ear.arena);
	return status;
}
