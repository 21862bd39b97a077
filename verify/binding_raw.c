// SPDX-License-Identifier: BSD-2-Clause
/* REPORT_DATA as others make it: the nonce itself, or its hash with something. Only a policy admits these modes (I6). */
#include <jansson.h>
#include <stdlib.h>

#include "../format/base64.h"
#include "binding.h"
#include "manifest.h"

#define SVSM_NONCE_SIZE 64
#define REPORT_DATA_SIZE 64
#define NONCE_DIGITS_LIMIT 128
#define QUALIFYING_DATA_SIZE 32 /* a TPM's: a longer value is cut */

static const char *shown_hex(const struct tally_binding_case *check, struct tally_bytes bytes)
{
	return tally_arena_hex(check->ledger->arena, bytes);
}

/* Old clients put the nonce there as it is, with zeros behind it. */
static void check_plain(const struct tally_binding_case *check)
{
	struct tally_bytes found = check->statement->report_data;
	struct tally_bytes nonce = check->request->nonce;
	size_t size = check->request->has_nonce && nonce.size < found.size ? nonce.size : found.size;
	bool is_cut = check->request->has_nonce && size == QUALIFYING_DATA_SIZE && nonce.size > size &&
		      tally_bytes_equal(tally_bytes(nonce.data, size), tally_bytes(found.data, size));
	bool is_zero = true;

	for (size_t i = size; i < found.size; i++)
		is_zero = is_zero && found.data[i] == 0;
	tally_binding_check_nonce(check, is_cut ? nonce : tally_bytes(found.data, size));
	tally_ledger_rule(check->ledger, is_zero, TALLY_REASON_BINDING_REPORT_DATA, "binding",
			  "nothing but zeros follows the nonce in REPORT_DATA", shown_hex(check, found), NULL, "");
}

/* A hash is shorter than REPORT_DATA, with zeros behind it, or longer than a TPM's field, and cut. */
static bool is_hash(struct tally_bytes found, struct tally_bytes hash)
{
	uint8_t padded[REPORT_DATA_SIZE] = { 0 };
	bool is_whole = found.size >= hash.size || found.size == QUALIFYING_DATA_SIZE;

	if (!is_whole || found.size > sizeof(padded))
		return false;
	memcpy(padded, hash.data, hash.size);
	return tally_bytes_equal(found, tally_bytes(padded, found.size));
}

static void state_nonce(const struct tally_binding_case *check)
{
	check->verdict->has_nonce = true;
	check->verdict->nonce = tally_arena_copy(check->ledger->arena, check->request->nonce);
}

/* REPORT_DATA = SHA-512(nonce ‖ what the manifest covers). */
static enum tally_status check_manifest(const struct tally_binding_case *check)
{
	const struct tally_member *member = tally_bundle_find(check->bundle, TALLY_LABEL_MANIFEST);
	const struct tally_manifest_kind *kind = member ? tally_manifest_kind_of(member) : NULL;
	struct tally_bytes found = check->statement->report_data;
	uint8_t hash[TALLY_DIGEST_LIMIT];
	struct tally_hash_job job = { TALLY_SHA512, { check->request->nonce }, hash };
	enum tally_status status;

	if (!tally_ledger_rule(check->ledger, kind && kind->mode == check->policy->binding,
			       TALLY_REASON_BINDING_MANIFEST, "binding",
			       "the evidence has the manifest that its report was made with", "", NULL, ""))
		return TALLY_OK;
	if (!check->request->has_nonce)
		return TALLY_OK;
	if (kind->mode == TALLY_BINDING_SVSM)
		tally_ledger_rule(check->ledger, check->request->nonce.size == SVSM_NONCE_SIZE,
				  TALLY_REASON_FRESHNESS_NONCE, "nonce", "an SVSM's nonce has 64 bytes", "", NULL, "");
	job.parts[1] = kind->covered(member->value, check->ledger->arena);
	status = tally_env_hash(&job, 1);
	if (status != TALLY_OK)
		return status;
	state_nonce(check);
	tally_ledger_rule(check->ledger, is_hash(found, tally_bytes(hash, tally_alg_size(TALLY_SHA512))),
			  TALLY_REASON_BINDING_REPORT_DATA, "binding",
			  "the report's REPORT_DATA is SHA-512 of nonce and manifest", shown_hex(check, found), NULL,
			  "");
	return TALLY_OK;
}

/* One of the hashes that a KBS may select. spec: kbs protocol 0.4.0 */
static enum tally_status is_hash_of(struct tally_bytes found, struct tally_bytes text, bool *ret)
{
	static const uint16_t algs[] = { TALLY_SHA384, TALLY_SHA512, TALLY_SHA256 };
	enum tally_status status = TALLY_OK;

	*ret = false;
	for (size_t i = 0; status == TALLY_OK && i < sizeof(algs) / sizeof(algs[0]) && !*ret; i++) {
		uint8_t hash[TALLY_DIGEST_LIMIT];
		struct tally_hash_job job = { algs[i], { text }, hash };

		status = tally_env_hash(&job, 1);
		*ret = status == TALLY_OK && is_hash(found, tally_bytes(hash, tally_alg_size(algs[i])));
	}
	return status;
}

/* The nonce stands there as base64 text, and it is this text that is hashed. */
static void check_coco_nonce(const struct tally_binding_case *check, const json_t *data)
{
	const char *text = json_string_value(json_object_get(data, "nonce"));
	uint8_t room[TALLY_BASE64_ROOM(NONCE_DIGITS_LIMIT)];
	struct tally_span span = { room, sizeof(room) };
	struct tally_bytes nonce;

	if (text && tally_base64_read(tally_text(text), TALLY_BASE64_STANDARD, span, &nonce) == TALLY_OK)
		tally_binding_check_nonce(check, nonce);
	else
		tally_ledger_find(check->ledger, TALLY_REASON_FRESHNESS_NONCE, "nonce", NULL, "%s",
				  "the runtime data has none");
}

/* The key that secrets are encrypted to: type "tee-pubkey", and SHA-384 of its canonical JSON. */
static enum tally_status check_coco_key(const struct tally_binding_case *check, const json_t *data)
{
	const struct tally_verify_request *request = check->request;
	const json_t *key = json_object_get(data, "tee-pubkey");
	char *text = key ? json_dumps(key, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY) : NULL;
	uint8_t hash[TALLY_DIGEST_LIMIT];
	struct tally_hash_job job = { TALLY_SHA384, { tally_text(text) }, hash };
	enum tally_status status;

	if (!key && request->key_type.size)
		tally_ledger_rule(check->ledger, false, TALLY_REASON_BINDING_KEY, "binding",
				  "the expected key is bound", "", NULL, "the runtime data has none");
	if (!text)
		return key ? TALLY_NO_MEMORY : TALLY_OK;
	status = tally_env_hash(&job, 1);
	free(text);
	if (status != TALLY_OK)
		return status;
	check->verdict->key_type = "tee-pubkey";
	check->verdict->key_hash =
		tally_arena_copy(check->ledger->arena, tally_bytes(hash, tally_alg_size(TALLY_SHA384)));
	if (request->key_type.size)
		tally_ledger_rule(check->ledger,
				  tally_bytes_equal(request->key_type, tally_text("tee-pubkey")) &&
					  tally_bytes_equal(request->key_hash, check->verdict->key_hash),
				  TALLY_REASON_BINDING_KEY, "binding", "the expected key is bound",
				  shown_hex(check, check->verdict->key_hash), NULL, "");
	return TALLY_OK;
}

/* Where the text stops to be JSON; its beginning, if it is JSON of another kind. */
static const char *json_place(struct tally_arena *arena, struct tally_bytes text, const json_t *data,
			      const json_error_t *error)
{
	return tally_arena_print(arena, "at byte %zu of %zu", data ? 0 : (size_t)error->position, text.size);
}

static enum tally_status check_coco_data(const struct tally_binding_case *check, struct tally_bytes text)
{
	json_error_t error = { .position = 0 };
	json_t *data = json_loadb(text.size ? (const char *)text.data : "", text.size, JSON_REJECT_DUPLICATES, &error);
	enum tally_status status = TALLY_OK;

	if (tally_ledger_rule(check->ledger, json_is_object(data), TALLY_REASON_BINDING_MALFORMED, TALLY_LABEL_DATA,
			      "the runtime data is a JSON object", "", NULL,
			      json_is_object(data) ? "" : json_place(check->ledger->arena, text, data, &error))) {
		check_coco_nonce(check, data);
		status = check_coco_key(check, data);
	}
	json_decref(data);
	return status;
}

/* CoCo: REPORT_DATA = H(runtime data), canonical JSON that holds nonce and key. It travels as the member data. */
static enum tally_status check_coco(const struct tally_binding_case *check)
{
	const struct tally_member *member = tally_bundle_find(check->bundle, TALLY_LABEL_DATA);
	struct tally_bytes found = check->statement->report_data;
	enum tally_status status;
	bool holds;

	if (!tally_ledger_rule(check->ledger, member != NULL, TALLY_REASON_BINDING_MISSING, "binding",
			       "the evidence has the runtime data that its report was made for", "", NULL, ""))
		return TALLY_OK;
	status = is_hash_of(found, member->value, &holds);
	if (status != TALLY_OK)
		return status;
	tally_ledger_rule(check->ledger, holds, TALLY_REASON_BINDING_REPORT_DATA, "binding",
			  "the report's REPORT_DATA is the hash of the runtime data", shown_hex(check, found), NULL,
			  "");
	return check_coco_data(check, member->value);
}

enum tally_status tally_binding_check_raw(const struct tally_binding_case *check)
{
	switch (check->policy->binding) {
	case TALLY_BINDING_SVSM:
	case TALLY_BINDING_EK_SRK:
		return check_manifest(check);
	case TALLY_BINDING_COCO:
		return check_coco(check);
	case TALLY_BINDING_RAW:
	case TALLY_BINDING_TALLY:
	default:
		/* A report that carries the nonce by itself has it compared already. */
		if (check->statement->report_data.size || !check->statement->nonce.size)
			check_plain(check);
		return TALLY_OK;
	}
}
