// SPDX-License-Identifier: BSD-2-Clause
/* CoVE evidence of the draft: three tokens, each under the key that the one before names. spec: docs/providers/cove.md */
#include "../format/cove_token.h"

#include <stdio.h>

#include "cose.h"
#include "policy_cove.h"
#include "public_key.h"
#include "verifier.h"
#include "fault.h"

#define SUBJECT "cove"
#define PROFILE "https://riscv.org/TBD"
#define REGISTER_COUNT (TALLY_COVE_INITIAL_LIMIT + TALLY_COVE_RUNTIME_LIMIT)

#define INITIAL(number)                                                                       \
	{                                                                                     \
		"cove.mr" #number, TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY,                     \
			"initial register of that number, where the evidence lists it as one" \
	}

static const struct tally_claim_row claims[] = {
	{ "cove.profile", TALLY_CLAIM_TEXT, TALLY_CLAIM_BUILT_IN, "profile of the platform token: the draft's" },
	{ "cove.challenge", TALLY_CLAIM_BYTES, TALLY_CLAIM_BUILT_IN,
	  "what the evidence was asked to carry: the binding" },
	{ "cove.platform-key", TALLY_CLAIM_BYTES, TALLY_CLAIM_BUILT_IN,
	  "SHA-256 of the SPKI of the platform's key: pinned in cove.keys" },
	{ "cove.state", TALLY_CLAIM_NUMBER, TALLY_CLAIM_BUILT_IN, "state of the platform: 2, secured" },
	{ "cove.manufacturer-id", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY, "who made the platform" },
	{ "cove.platform-components", TALLY_CLAIM_TEXT, TALLY_CLAIM_POLICY,
	  "firmware of the platform, in its order: type, svn, measurement and signer, separated by blanks, each piece "
	  "ended by a semicolon" },
	{ "cove.tsm-components", TALLY_CLAIM_TEXT, TALLY_CLAIM_POLICY, "TSM driver and TSM, in the same form" },
	{ "cove.identity", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY,
	  "identity of the TVM, if it has one: the host's word, of use only where it is pinned" },
	{ "cove.tvm-key", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL, "key of the TVM, as COSE_Key" },
	INITIAL(0),
	INITIAL(1),
	INITIAL(2),
	INITIAL(3),
	INITIAL(4),
	INITIAL(5),
	INITIAL(6),
	INITIAL(7),
};

static const struct tally_cove_policy no_policy = { 0 };

/* Everything about one token. */
struct cove_case {
	const struct tally_verifier_input *input;
	const struct tally_cove_policy *policy; /* never NULL */
	struct tally_kept *kept;
	struct tally_ledger *ledger;
	struct tally_statement *statement;
	struct tally_cove_token token;
	struct tally_bytes platform_key; /* SPKI */
	uint8_t hash[TALLY_SPKI_SHA256_SIZE];
	const char *pin; /* the hash, as a policy spells it */
	bool is_test;
};

static bool is_our_failure(enum tally_status status)
{
	return status == TALLY_NO_MEMORY || status == TALLY_CRYPTO;
}

static uint16_t hash_of(struct tally_bytes name)
{
	if (tally_bytes_equal(name, tally_text("sha-384")))
		return TALLY_SHA384;
	return tally_bytes_equal(name, tally_text("sha-512")) ? TALLY_SHA512 : 0;
}

static bool is_pinned(const struct tally_cove_policy *policy, const uint8_t pin[TALLY_SPKI_SHA256_SIZE])
{
	for (size_t i = 0; i < policy->key_count; i++)
		if (memcmp(policy->key[i], pin, TALLY_SPKI_SHA256_SIZE) == 0)
			return true;
	return false;
}

/* Take a key if it is trusted, or if there is none yet. */
static enum tally_status offer_key(struct cove_case *cove, struct tally_bytes text, bool is_test, bool *ret_is_trusted)
{
	uint8_t pin[TALLY_SPKI_SHA256_SIZE];
	struct tally_bytes spki;
	enum tally_status status = tally_public_key_read(text, cove->ledger->arena, &spki);

	if (status == TALLY_OK)
		status = tally_public_key_pin(spki, pin);
	if (status != TALLY_OK || *ret_is_trusted)
		return status;
	*ret_is_trusted = is_test || is_pinned(cove->policy, pin);
	if (!*ret_is_trusted && cove->platform_key.size)
		return TALLY_OK;
	cove->platform_key = spki;
	cove->is_test = is_test;
	memcpy(cove->hash, pin, sizeof(pin));
	cove->pin = tally_arena_print(cove->ledger->arena, "sha256:%s",
				      tally_arena_hex(cove->ledger->arena, tally_bytes(pin, sizeof(pin))));
	return TALLY_OK;
}

static enum tally_status find_key(struct cove_case *cove, bool *ret_is_trusted)
{
	const struct tally_roots *roots = cove->input->roots;
	const struct tally_collateral_item *item;
	size_t at = 0;

	while ((item = tally_collateral_next(cove->input->collateral, TALLY_COLLATERAL_PUBLIC_KEY, &at))) {
		enum tally_status status = offer_key(cove, item->bytes, false, ret_is_trusted);

		if (is_our_failure(status))
			return status;
		if (status != TALLY_OK)
			tally_ledger_find(cove->ledger, TALLY_REASON_COVE_KEY_MALFORMED, SUBJECT, NULL, "%s: %s",
					  item->origin,
					  tally_public_key_fault(item->bytes, status, cove->ledger->arena));
	}
	for (size_t i = 0; roots && i < roots->count; i++)
		if (is_our_failure(offer_key(cove, roots->der[i], true, ret_is_trusted)))
			return TALLY_NO_MEMORY;
	return TALLY_OK;
}

static enum tally_status check_message(struct cove_case *cove, const struct tally_cose_sign1 *message,
				       struct tally_bytes spki, const char *rule, bool *ret_holds)
{
	struct tally_cose_case what = { SUBJECT, rule, TALLY_REASON_COVE_ALGORITHM, TALLY_REASON_COVE_SIGNATURE };
	struct tally_cose_result result;
	enum tally_status status = tally_cose_check(message, spki, cove->kept, cove->ledger->arena, &result);

	*ret_holds = false;
	if (status == TALLY_OK && result.alg == 0)
		tally_ledger_find(cove->ledger, TALLY_REASON_COVE_KEY, SUBJECT, NULL, "%s",
				  tally_status_message(result.fault));
	else if (status == TALLY_OK)
		*ret_holds = tally_cose_tell(message, &result, &what, cove->ledger);
	return status;
}

/* A message under the key that another token names as a COSE_Key. */
static enum tally_status check_under(struct cove_case *cove, const struct tally_cose_sign1 *message,
				     struct tally_bytes key_bytes, const char *rule, bool *ret_holds)
{
	struct tally_cose_key key;
	struct tally_bytes spki;
	enum tally_status status = tally_cose_key_read(key_bytes, &key);

	*ret_holds = false;
	if (status == TALLY_OK)
		status = tally_public_key_of_cose(&key, cove->ledger->arena, &spki);
	if (is_our_failure(status))
		return status;
	if (!tally_ledger_rule(cove->ledger, status == TALLY_OK, TALLY_REASON_COVE_KEY, SUBJECT,
			       "a token's key can be used", "", NULL,
			       status == TALLY_OK ? "" : tally_status_message(status)))
		return TALLY_OK;
	return check_message(cove, message, spki, rule, ret_holds);
}

static enum tally_status check_platform(struct cove_case *cove, bool *ret_holds)
{
	static const struct tally_collateral_need need = { .name = "cove/platform-key.pem" };
	bool is_trusted = false;
	bool is_signed = false;
	enum tally_status status = find_key(cove, &is_trusted);

	*ret_holds = false;
	if (status != TALLY_OK)
		return status;
	if (!cove->platform_key.size) {
		tally_collateral_missing(cove->ledger, TALLY_REASON_COVE_KEY_MISSING, SUBJECT,
					 "the platform's key is given", &need);
		return TALLY_OK;
	}
	is_trusted = tally_ledger_rule(cove->ledger, is_trusted, TALLY_REASON_COVE_KEY_UNPINNED, SUBJECT,
				       "the policy pins the platform's key", cove->pin, NULL, cove->pin);
	status = check_message(cove, &cove->token.platform.cose, cove->platform_key,
			       "the platform token is signed by the platform's key", &is_signed);
	if (is_signed)
		tally_statement_claim_bytes(cove->statement, cove->ledger->arena, &tally_verifier_cove,
					    "cove.platform-key", tally_bytes(cove->hash, sizeof(cove->hash)));
	*ret_holds = is_trusted && is_signed;
	return status;
}

/* The whole way from the platform to the TVM, and to the certificate around it. */
static enum tally_status check_chain(struct cove_case *cove, bool *ret_holds)
{
	const struct tally_cove_token *token = &cove->token;
	bool holds = false;
	enum tally_status status = check_platform(cove, ret_holds);

	if (status == TALLY_OK)
		status = check_under(cove, &token->tsm.cose, token->platform.key,
				     "the TSM's token is signed by the key that the platform names", &holds);
	*ret_holds = *ret_holds && holds;
	if (status == TALLY_OK)
		status = check_under(cove, &token->tvm.cose, token->tsm.key,
				     "the TVM's token is signed by the key that the TSM names", &holds);
	*ret_holds = *ret_holds && holds;
	if (status != TALLY_OK || !token->has_certificate)
		return status;
	status = check_under(cove, &token->certificate, token->tsm.key,
			     "the certificate is signed by the key that the TSM names", &holds);
	*ret_holds = *ret_holds && holds;
	return status;
}

/* A hash that is named, and a value of it. */
static bool check_length(struct cove_case *cove, struct tally_bytes name, struct tally_bytes value)
{
	uint16_t alg = hash_of(name);

	if (alg != 0 && tally_alg_size(alg) == value.size)
		return true;
	tally_ledger_find(cove->ledger, alg ? TALLY_REASON_COVE_MEASUREMENT_LENGTH : TALLY_REASON_COVE_HASH, SUBJECT,
			  NULL, "%zu bytes of %s", value.size, tally_arena_text(cove->ledger->arena, name));
	return false;
}

static void check_components(struct cove_case *cove, const struct tally_cove_components *components)
{
	bool holds = true;

	for (size_t i = 0; holds && i < components->count; i++)
		holds = check_length(cove, components->item[i].hash_alg, components->item[i].measurement);
}

static const struct tally_cove_measurement *find_measurement(const struct tally_cove_measurement *list, size_t count,
							     uint64_t index)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].index == index)
			return &list[i];
	return NULL;
}

/* Initial registers have the lowest numbers, and no number stands in both lists. */
static bool check_numbers(struct cove_case *cove)
{
	const struct tally_cove_tvm *tvm = &cove->token.tvm;
	bool holds = true;

	for (size_t i = 0; i < tvm->initial_count; i++)
		holds = holds && tvm->initial[i].index < TALLY_COVE_INITIAL_LIMIT &&
			!find_measurement(tvm->runtime, tvm->runtime_count, tvm->initial[i].index);
	for (size_t i = 0; i < tvm->runtime_count; i++)
		holds = holds && tvm->runtime[i].index < REGISTER_COUNT;
	return tally_ledger_rule(cove->ledger, holds, TALLY_REASON_COVE_REGISTER, SUBJECT,
				 "every register has a number of its own", "", NULL, "");
}

static bool check_registers(struct cove_case *cove)
{
	const struct tally_cove_tvm *tvm = &cove->token.tvm;
	bool holds = check_numbers(cove);

	for (size_t i = 0; holds && i < tvm->initial_count; i++)
		holds = check_length(cove, tvm->initial[i].hash_alg, tvm->initial[i].value);
	for (size_t i = 0; holds && i < tvm->runtime_count; i++)
		holds = check_length(cove, tvm->runtime[i].hash_alg, tvm->runtime[i].value);
	return holds;
}

static void check_claims(struct cove_case *cove)
{
	const struct tally_cove_platform *platform = &cove->token.platform;
	const char *state = tally_arena_print(cove->ledger->arena, "%u", (unsigned)platform->state);

	cove->statement->is_debug = platform->state == TALLY_COVE_DEBUG;
	tally_ledger_rule(cove->ledger, tally_bytes_equal(platform->profile, tally_text(PROFILE)),
			  TALLY_REASON_COVE_PROFILE, SUBJECT, "its profile is the draft's",
			  tally_arena_text(cove->ledger->arena, platform->profile), NULL, "");
	tally_ledger_rule(cove->ledger, platform->state == TALLY_COVE_SECURED, TALLY_REASON_COVE_STATE, SUBJECT,
			  "the platform is secured", state, NULL, state);
	check_components(cove, &platform->components);
	check_components(cove, &cove->token.tsm.components);
}

static void claim_bytes(struct cove_case *cove, const char *name, struct tally_bytes value)
{
	if (value.size)
		tally_statement_claim_bytes(cove->statement, cove->ledger->arena, &tally_verifier_cove, name, value);
}

static void claim_components(struct cove_case *cove, const char *name, const struct tally_cove_components *components)
{
	struct tally_arena *arena = cove->ledger->arena;
	const char *text = "";

	for (size_t i = 0; i < components->count; i++) {
		const struct tally_cove_component *component = &components->item[i];

		text = tally_arena_print(arena, "%s%s %s %s %s;", text, tally_arena_text(arena, component->type),
					 tally_arena_text(arena, component->svn),
					 tally_arena_hex(arena, component->measurement),
					 tally_arena_hex(arena, component->signer));
	}
	tally_statement_claim_text(cove->statement, arena, &tally_verifier_cove, name, text);
}

static enum tally_status add_register(struct cove_case *cove, const struct tally_cove_measurement *measurement)
{
	struct tally_statement *statement = cove->statement;
	size_t at = statement->registers.count;
	struct tally_register reg = { .number = (uint32_t)measurement->index,
				      .kind = TALLY_RUNTIME,
				      .is_signed = TALLY_SIGNED_VALUE,
				      .extend_rule = TALLY_EXTEND_DIGEST };
	enum tally_status status;

	snprintf(reg.name, sizeof(reg.name), "mr%u", (unsigned)measurement->index);
	reg.reset.count = 1;
	reg.reset.digest[0].alg = hash_of(measurement->hash_alg);
	status = tally_registers_add(&statement->registers, &reg);
	statement->value[at].count = 1;
	if (status == TALLY_OK)
		status = tally_digest_set(&statement->value[at].digest[0], reg.reset.digest[0].alg, measurement->value);
	return status;
}

static enum tally_status state_registers(struct cove_case *cove)
{
	const struct tally_cove_tvm *tvm = &cove->token.tvm;
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; i < tvm->initial_count; i++) {
		char name[TALLY_REGISTER_NAME_LIMIT];

		snprintf(name, sizeof(name), "cove.mr%u", (unsigned)tvm->initial[i].index);
		claim_bytes(cove, name, tvm->initial[i].value);
	}
	for (uint64_t index = 0; status == TALLY_OK && index < REGISTER_COUNT; index++) {
		const struct tally_cove_measurement *measurement =
			find_measurement(tvm->runtime, tvm->runtime_count, index);

		if (measurement)
			status = add_register(cove, measurement);
	}
	return status;
}

static void state_token(struct cove_case *cove)
{
	const struct tally_cove_token *token = &cove->token;
	struct tally_statement *statement = cove->statement;

	statement->is_readable = true;
	statement->report_data = tally_arena_copy(cove->ledger->arena, token->tvm.challenge);
	snprintf(statement->registers.provider, sizeof(statement->registers.provider), "%s", tally_verifier_cove.name);
	tally_statement_claim_text(statement, cove->ledger->arena, &tally_verifier_cove, "cove.profile",
				   tally_arena_text(cove->ledger->arena, token->platform.profile));
	tally_statement_claim_number(statement, cove->ledger->arena, &tally_verifier_cove, "cove.state",
				     token->platform.state);
	claim_bytes(cove, "cove.challenge", token->tvm.challenge);
	claim_bytes(cove, "cove.manufacturer-id", token->platform.manufacturer_id);
	claim_bytes(cove, "cove.identity", token->tvm.identity);
	claim_bytes(cove, "cove.tvm-key", token->tvm.key);
	claim_components(cove, "cove.platform-components", &token->platform.components);
	claim_components(cove, "cove.tsm-components", &token->tsm.components);
}

static enum tally_status judge(struct cove_case *cove)
{
	bool is_signed = false;
	enum tally_status status = TALLY_OK;

	state_token(cove);
	if (check_registers(cove))
		status = state_registers(cove);
	if (status == TALLY_OK)
		status = check_chain(cove, &is_signed);
	if (status != TALLY_OK)
		return status;
	check_claims(cove);
	if (!is_signed)
		return TALLY_OK;
	cove->statement->is_test_root = cove->is_test;
	cove->statement->root = tally_arena_print(cove->ledger->arena, "platform key %s", cove->pin);
	cove->statement->by = cove->statement->root;
	return TALLY_OK;
}

/* For the place of a fault. */
static enum tally_status reread_token(struct tally_bytes input)
{
	struct tally_cove_token token;

	return tally_cove_token_read(input, &token);
}

static enum tally_status cove_authenticate(const struct tally_verifier_input *input, struct tally_ledger *ledger,
					   struct tally_statement *ret)
{
	struct cove_case *cove = tally_arena_take(ledger->arena, 1, sizeof(*cove));
	struct tally_kept *own = input->kept ? NULL : tally_kept_new();
	enum tally_status status = TALLY_NO_MEMORY;

	if (cove && (input->kept || own)) {
		cove->input = input;
		cove->policy = input->section ? input->section : &no_policy;
		cove->ledger = ledger;
		cove->statement = ret;
		cove->kept = input->kept ? input->kept : own;
		status = tally_cove_token_read(input->report, &cove->token);
		status = tally_ledger_rule(ledger, status == TALLY_OK, TALLY_REASON_COVE_MALFORMED, SUBJECT,
					   "the evidence can be read", "", NULL,
					   tally_fault_text(ledger->arena, reread_token, input->report, status))
				 ? judge(cove)
				 : TALLY_OK;
	}
	tally_kept_free(own);
	return status;
}

static bool cove_has_register(struct tally_bytes name)
{
	char text[TALLY_REGISTER_NAME_LIMIT];

	for (unsigned number = 0; number < REGISTER_COUNT; number++) {
		snprintf(text, sizeof(text), "mr%u", number);
		if (tally_bytes_equal(name, tally_text(text)))
			return true;
	}
	return false;
}

static const char *const members[] = { TALLY_LABEL_CERTIFICATES, NULL };

const struct tally_verifier tally_verifier_cove = {
	.name = "cove",
	.label = TALLY_LABEL_REPORT,
	.media_type = TALLY_MEDIA_COVE_TOKEN,
	.caveat = "experimental: the specification is a draft (0.7) with open labels, and no hardware speaks it",
	.binding_modes = 1U << TALLY_BINDING_TALLY | 1U << TALLY_BINDING_RAW,
	.members = members,
	.claims = claims,
	.claim_count = sizeof(claims) / sizeof(claims[0]),
	.has_register = cove_has_register,
	.section_size = sizeof(struct tally_cove_policy),
	.read_section = tally_policy_read_cove,
	.authenticate = cove_authenticate,
};
