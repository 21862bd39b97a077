// SPDX-License-Identifier: BSD-2-Clause
/* CCA tokens: a realm's word under a key for which a platform's key vouches, which somebody must have given. */
#include "cca.h"
#include "fault.h"

#include <stdio.h>

static const struct tally_claim_row claims[] = {
	{ "cca.platform-profile", TALLY_CLAIM_TEXT, TALLY_CLAIM_OPTIONAL,
	  "profile of the platform token: one of a pair that goes together" },
	{ "cca.realm-profile", TALLY_CLAIM_TEXT, TALLY_CLAIM_OPTIONAL, "profile of the realm token, if it has one" },
	{ "cca.challenge", TALLY_CLAIM_BYTES, TALLY_CLAIM_BUILT_IN, "what the token was asked to carry: the binding" },
	{ "cca.platform-key", TALLY_CLAIM_BYTES, TALLY_CLAIM_BUILT_IN,
	  "SHA-256 of the SPKI of the platform's key: pinned in cca.keys, or endorsed" },
	{ "cca.lifecycle", TALLY_CLAIM_NUMBER, TALLY_CLAIM_OPTIONAL,
	  "state of the platform: secured, 0x3000 to 0x30ff" },
	{ "cca.implementation-id", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY, "which kind of platform it is" },
	{ "cca.instance-id", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL, "which platform it is" },
	{ "cca.platform-config", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY, "configuration of the platform" },
	{ "cca.platform-hash", TALLY_CLAIM_TEXT, TALLY_CLAIM_OPTIONAL,
	  "hash of the platform's measurements: SHA-2, and they are as long" },
	{ "cca.verification-service", TALLY_CLAIM_TEXT, TALLY_CLAIM_OPTIONAL,
	  "where the platform's maker verifies; nobody is asked" },
	{ "cca.rim", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY, "initial measurement of the realm" },
	{ "cca.rpv", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY,
	  "personalization value: the host's or owner's word, of use only where it is pinned" },
	{ "cca.realm-hash", TALLY_CLAIM_TEXT, TALLY_CLAIM_OPTIONAL,
	  "hash of RIM and REMs: SHA-2, and they are as long" },
	{ "cca.realm-key", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL,
	  "the realm's key as the token has it: the platform token carries its hash" },
	{ "cca.realm-instance-id", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY,
	  "which realm it is, where the token says so" },
	{ "cca.mec-policy", TALLY_CLAIM_NUMBER, TALLY_CLAIM_POLICY,
	  "memory encryption: 1 a key of its own, 0 a shared one, where the token says so" },
	{ "cca.unknown-claims", TALLY_CLAIM_NUMBER, TALLY_CLAIM_POLICY,
	  "how many claims both tokens have that this release does not know, if any" },
};

static const struct tally_cca_policy no_policy = { 0 };

/* spec: UEFI 2.10 38.4.1, with MR index n + 1 for REM n */
static uint32_t pcr_mask(unsigned rem)
{
	static const uint32_t masks[TALLY_CCA_REM_COUNT] = { 1U << 1 | 1U << 7, 0x7c, 0xff00, 0 };

	return masks[rem];
}

static enum tally_status add_register(struct tally_cca_case *cca, unsigned rem)
{
	struct tally_register reg = { .number = rem,
				      .kind = TALLY_RUNTIME,
				      .is_signed = TALLY_SIGNED_VALUE,
				      .extend_rule = cca->policy->is_padded ? TALLY_EXTEND_PADDED : TALLY_EXTEND_DIGEST,
				      .pcr_mask = pcr_mask(rem) };

	snprintf(reg.name, sizeof(reg.name), "rem%u", rem);
	reg.reset.count = 1;
	reg.reset.digest[0].alg = tally_cca_hash(cca->token.realm.hash_alg);
	return tally_registers_add(&cca->statement->registers, &reg);
}

/* Registers whose values are not as long as their hash are no registers; a finding says so. */
static bool has_registers(const struct tally_cca_realm *realm)
{
	size_t size = tally_alg_size(tally_cca_hash(realm->hash_alg));
	bool fits = size != 0;

	for (size_t i = 0; i < TALLY_CCA_REM_COUNT; i++)
		fits = fits && realm->rem[i].size == size;
	return fits;
}

static enum tally_status state_registers(struct tally_cca_case *cca)
{
	const struct tally_cca_realm *realm = &cca->token.realm;
	struct tally_statement *statement = cca->statement;
	enum tally_status status = TALLY_OK;

	snprintf(statement->registers.provider, sizeof(statement->registers.provider), "%s", tally_verifier_cca.name);
	if (!has_registers(realm))
		return TALLY_OK;
	for (unsigned i = 0; status == TALLY_OK && i < TALLY_CCA_REM_COUNT; i++) {
		status = add_register(cca, i);
		statement->value[i].count = 1;
		if (status == TALLY_OK)
			status = tally_digest_set(&statement->value[i].digest[0], tally_cca_hash(realm->hash_alg),
						  realm->rem[i]);
	}
	return status;
}

static void claim_bytes(struct tally_cca_case *cca, const char *name, struct tally_bytes value)
{
	if (value.size)
		tally_statement_claim_bytes(cca->statement, cca->ledger->arena, &tally_verifier_cca, name, value);
}

static void claim_text(struct tally_cca_case *cca, const char *name, struct tally_bytes value)
{
	if (value.size)
		tally_statement_claim_text(cca->statement, cca->ledger->arena, &tally_verifier_cca, name,
					   tally_arena_text(cca->ledger->arena, value));
}

static void claim_number(struct tally_cca_case *cca, const char *name, uint64_t value)
{
	tally_statement_claim_number(cca->statement, cca->ledger->arena, &tally_verifier_cca, name, value);
}

static void state_platform(struct tally_cca_case *cca)
{
	const struct tally_cca_platform *platform = &cca->token.platform;

	claim_text(cca, "cca.platform-profile", platform->profile);
	claim_number(cca, "cca.lifecycle", platform->lifecycle);
	claim_bytes(cca, "cca.implementation-id", platform->implementation_id);
	claim_bytes(cca, "cca.instance-id", platform->instance_id);
	claim_bytes(cca, "cca.platform-config", platform->config);
	claim_text(cca, "cca.platform-hash", platform->hash_alg);
	claim_text(cca, "cca.verification-service", platform->verification_service);
}

static void state_realm(struct tally_cca_case *cca)
{
	const struct tally_cca_realm *realm = &cca->token.realm;
	size_t unknown = cca->token.platform.unknown.count + realm->unknown.count;

	claim_text(cca, "cca.realm-profile", realm->profile);
	claim_bytes(cca, "cca.challenge", realm->challenge);
	claim_bytes(cca, "cca.rim", realm->rim);
	claim_bytes(cca, "cca.rpv", realm->rpv);
	claim_text(cca, "cca.realm-hash", realm->hash_alg);
	claim_bytes(cca, "cca.realm-key", realm->key_bytes);
	claim_bytes(cca, "cca.realm-instance-id", realm->instance_id);
	if (realm->has_mec_policy)
		claim_number(cca, "cca.mec-policy", realm->mec_policy);
	if (unknown)
		claim_number(cca, "cca.unknown-claims", unknown);
}

static enum tally_status state_token(struct tally_cca_case *cca)
{
	struct tally_statement *statement = cca->statement;

	statement->is_readable = true;
	statement->instance = "cca.instance-id";
	statement->report_data = tally_arena_copy(cca->ledger->arena, cca->token.realm.challenge);
	state_platform(cca);
	state_realm(cca);
	return state_registers(cca);
}

/* What the policy itself names; endorsements add theirs. */
static enum tally_status add_references(struct tally_cca_case *cca)
{
	for (size_t i = 0; i < cca->policy->component_count; i++) {
		struct tally_cca_reference *reference =
			tally_vector_add(&cca->references, cca->ledger->arena, sizeof(*reference));

		if (!reference)
			return TALLY_NO_MEMORY;
		*reference = cca->policy->component[i];
	}
	return TALLY_OK;
}

static enum tally_status judge(struct tally_cca_case *cca)
{
	enum tally_status status = state_token(cca);

	if (status == TALLY_OK)
		status = add_references(cca);
	if (status == TALLY_OK)
		status = tally_cca_judge_platform(cca);
	if (status == TALLY_OK)
		status = tally_cca_judge_realm(cca);
	if (status != TALLY_OK)
		return status;
	tally_cca_judge_claims(cca);
	if (cca->is_platform_signed && cca->is_realm_signed)
		cca->statement->by = cca->statement->root;
	return TALLY_OK;
}

/* For the place of a fault. */
static enum tally_status reread_token(struct tally_bytes input)
{
	struct tally_cca_token token;

	return tally_cca_token_read(input, &token);
}

static enum tally_status read_and_judge(struct tally_cca_case *cca)
{
	enum tally_status status = tally_cca_token_read(cca->input->report, &cca->token);

	if (!tally_ledger_rule(cca->ledger, status == TALLY_OK, TALLY_REASON_CCA_MALFORMED, TALLY_CCA_SUBJECT,
			       "the token can be read", "", NULL,
			       tally_fault_text(cca->ledger->arena, reread_token, cca->input->report, status)))
		return TALLY_OK;
	return judge(cca);
}

static enum tally_status cca_authenticate(const struct tally_verifier_input *input, struct tally_ledger *ledger,
					  struct tally_statement *ret)
{
	struct tally_cca_case *cca = tally_arena_take(ledger->arena, 1, sizeof(*cca));
	struct tally_kept *own = input->kept ? NULL : tally_kept_new();
	enum tally_status status = TALLY_NO_MEMORY;

	if (cca && (input->kept || own)) {
		cca->input = input;
		cca->policy = input->section ? input->section : &no_policy;
		cca->ledger = ledger;
		cca->statement = ret;
		cca->kept = input->kept ? input->kept : own;
		status = read_and_judge(cca);
	}
	tally_kept_free(own);
	return status;
}

static bool cca_has_register(struct tally_bytes name)
{
	static const char *const names[] = { "rem0", "rem1", "rem2", "rem3" };

	for (size_t i = 0; i < TALLY_CCA_REM_COUNT; i++)
		if (tally_bytes_equal(name, tally_text(names[i])))
			return true;
	return false;
}

static const char *const members[] = { TALLY_LABEL_CERTIFICATES, NULL };

const struct tally_verifier tally_verifier_cca = {
	.name = "cca",
	.label = TALLY_LABEL_REPORT,
	.media_type = TALLY_MEDIA_CCA_TOKEN,
	.caveat = "nobody publishes which platform keys are revoked: the policy's pins are the list",
	.binding_modes = 1U << TALLY_BINDING_TALLY | 1U << TALLY_BINDING_RAW | 1U << TALLY_BINDING_COCO,
	.members = members,
	.claims = claims,
	.claim_count = sizeof(claims) / sizeof(claims[0]),
	.has_register = cca_has_register,
	.section_size = sizeof(struct tally_cca_policy),
	.read_section = tally_policy_read_cca,
	.authenticate = cca_authenticate,
};
