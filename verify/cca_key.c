// SPDX-License-Identifier: BSD-2-Clause
/* The key of a CCA platform: given by somebody, trusted by the policy, and the signer of the platform token. */
#include "cca.h"
#include "cose.h"
#include "public_key.h"

/*
 * SHA-256 of the SubjectPublicKeyInfos of the keys that TF-A and TF-RMM carry in their sources for platforms that have
 * no keys of their own: of the platform, and of the realm's monitor.
 */
static const uint8_t denied[][TALLY_SPKI_SHA256_SIZE] = {
	{ 0x09, 0x28, 0xf8, 0x96, 0xcb, 0x02, 0x32, 0x65, 0x66, 0x53, 0x0a, 0x62, 0xa1, 0xe3, 0x63, 0x29,
	  0xa1, 0x2d, 0x0a, 0x4a, 0x30, 0x8f, 0x4f, 0xc8, 0x1e, 0x8f, 0xf5, 0x56, 0x0b, 0xca, 0x6b, 0xca },
	{ 0x8b, 0x08, 0x67, 0x30, 0x0b, 0xcb, 0x37, 0x99, 0x25, 0xc4, 0xfd, 0x10, 0x6e, 0xba, 0xad, 0x43,
	  0xf1, 0x74, 0xf9, 0x67, 0x49, 0xee, 0x32, 0x8e, 0xa1, 0x18, 0x5a, 0xdf, 0x2b, 0x66, 0x4e, 0xbf },
};

bool tally_cca_key_is_denied(const uint8_t pin[TALLY_SPKI_SHA256_SIZE])
{
	for (size_t i = 0; i < sizeof(denied) / sizeof(denied[0]); i++)
		if (memcmp(denied[i], pin, TALLY_SPKI_SHA256_SIZE) == 0)
			return true;
	return false;
}

static bool is_pinned(const struct tally_cca_policy *policy, const uint8_t pin[TALLY_SPKI_SHA256_SIZE])
{
	for (size_t i = 0; i < policy->key_count; i++)
		if (memcmp(policy->key[i], pin, TALLY_SPKI_SHA256_SIZE) == 0)
			return true;
	return false;
}

enum tally_status tally_cca_add_candidate(struct tally_cca_case *cca, const struct tally_cca_candidate *candidate)
{
	struct tally_cca_candidate *added;

	if (cca->candidates.count == TALLY_CCA_CANDIDATE_LIMIT)
		return TALLY_OK;
	added = tally_vector_add(&cca->candidates, cca->ledger->arena, sizeof(*added));
	if (!added)
		return TALLY_NO_MEMORY;
	*added = *candidate;
	return tally_public_key_pin(added->spki, added->pin);
}

static bool is_our_failure(enum tally_status status)
{
	return status == TALLY_NO_MEMORY || status == TALLY_CRYPTO;
}

static enum tally_status read_collateral(struct tally_cca_case *cca)
{
	enum tally_status status = TALLY_OK;
	const struct tally_collateral_item *item;
	size_t at = 0;

	while (status == TALLY_OK &&
	       (item = tally_collateral_next(cca->input->collateral, TALLY_COLLATERAL_PUBLIC_KEY, &at))) {
		struct tally_cca_candidate candidate = { .origin = item->origin };

		status = tally_public_key_read(item->bytes, cca->ledger->arena, &candidate.spki);
		if (status == TALLY_OK) {
			status = tally_cca_add_candidate(cca, &candidate);
		} else if (!is_our_failure(status)) {
			tally_ledger_find(cca->ledger, TALLY_REASON_CCA_KEY_MALFORMED, TALLY_CCA_SUBJECT_PLATFORM, NULL,
					  "%s: %s", item->origin,
					  tally_public_key_fault(item->bytes, status, cca->ledger->arena));
			status = TALLY_OK;
		}
	}
	return status;
}

/* Roots for tests are of all providers: those that are no key are somebody else's. */
static enum tally_status read_roots(struct tally_cca_case *cca)
{
	const struct tally_roots *roots = cca->input->roots;
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; status == TALLY_OK && roots && i < roots->count; i++) {
		struct tally_cca_candidate candidate = { .origin = "test root", .is_trusted = true, .is_test = true };

		status = tally_public_key_read(roots->der[i], cca->ledger->arena, &candidate.spki);
		if (status == TALLY_OK)
			status = tally_cca_add_candidate(cca, &candidate);
		else if (!is_our_failure(status))
			status = TALLY_OK;
	}
	return status;
}

static void trust_pinned(struct tally_cca_case *cca)
{
	struct tally_cca_candidate *candidates = cca->candidates.items;

	for (size_t i = 0; i < cca->candidates.count; i++)
		if (is_pinned(cca->policy, candidates[i].pin)) {
			candidates[i].is_trusted = true;
			candidates[i].is_test = false;
		}
}

/* The candidate under which the token is signed; else the first that is trusted, or the first at all. */
static enum tally_status choose(struct tally_cca_case *cca, struct tally_cose_result *ret)
{
	const struct tally_cca_candidate *candidates = cca->candidates.items;
	bool has_trusted = false;

	for (size_t i = 0; i < cca->candidates.count; i++)
		has_trusted = has_trusted || candidates[i].is_trusted;
	for (size_t i = 0; i < cca->candidates.count; i++) {
		struct tally_cose_result result;
		enum tally_status status;

		if (has_trusted && !candidates[i].is_trusted)
			continue;
		status = tally_cose_check(&cca->token.platform.cose, candidates[i].spki, cca->kept, cca->ledger->arena,
					  &result);
		if (status != TALLY_OK)
			return status;
		if (result.alg == 0) {
			tally_ledger_find(cca->ledger, TALLY_REASON_CCA_KEY_MALFORMED, TALLY_CCA_SUBJECT_PLATFORM, NULL,
					  "%s: %s", candidates[i].origin,
					  tally_public_key_fault(candidates[i].spki, result.fault, cca->ledger->arena));
			continue;
		}
		if (!cca->platform_key || result.is_signed) {
			cca->platform_key = &candidates[i];
			*ret = result;
		}
		if (result.is_signed)
			break;
	}
	return TALLY_OK;
}

static void tell_missing(struct tally_cca_case *cca)
{
	static const struct tally_collateral_need need = { .name = "cca/platform-key.pem" };

	tally_collateral_missing(cca->ledger, TALLY_REASON_CCA_KEY_MISSING, TALLY_CCA_SUBJECT_PLATFORM,
				 "the platform's key is given", &need);
}

static bool judge_trust(struct tally_cca_case *cca)
{
	const struct tally_cca_candidate *key = cca->platform_key;
	const char *pin =
		tally_arena_print(cca->ledger->arena, "sha256:%s",
				  tally_arena_hex(cca->ledger->arena, tally_bytes(key->pin, sizeof(key->pin))));
	bool is_trusted = tally_ledger_rule(
		cca->ledger, key->is_trusted, TALLY_REASON_CCA_KEY_UNPINNED, TALLY_CCA_SUBJECT_PLATFORM,
		"the policy pins the platform's key, or an endorsement that names it", pin, NULL, pin);
	bool is_secret = tally_ledger_rule(cca->ledger, !tally_cca_key_is_denied(key->pin), TALLY_REASON_CCA_KEY_DENIED,
					   TALLY_CCA_SUBJECT_PLATFORM, "its key is no sample", "", NULL, pin);

	return is_trusted && is_secret;
}

static void state_key(struct tally_cca_case *cca)
{
	const struct tally_cca_candidate *key = cca->platform_key;
	struct tally_arena *arena = cca->ledger->arena;

	cca->statement->is_test_root = key->is_test;
	cca->statement->root =
		tally_arena_print(arena, "%s sha256:%s", key->is_endorsed ? "endorsed platform key" : "platform key",
				  tally_arena_hex(arena, tally_bytes(key->pin, sizeof(key->pin))));
}

enum tally_status tally_cca_judge_platform(struct tally_cca_case *cca)
{
	static const struct tally_cose_case what = { TALLY_CCA_SUBJECT_PLATFORM, "it is signed by the platform's key",
						     TALLY_REASON_CCA_PLATFORM_ALGORITHM,
						     TALLY_REASON_CCA_PLATFORM_SIGNATURE };
	struct tally_cose_result result;
	enum tally_status status = read_collateral(cca);
	bool is_trusted;
	bool is_signed;

	if (status == TALLY_OK)
		status = read_roots(cca);
	if (status == TALLY_OK)
		status = tally_cca_read_endorsements(cca);
	trust_pinned(cca);
	if (status == TALLY_OK)
		status = choose(cca, &result);
	if (status != TALLY_OK)
		return status;
	if (!cca->platform_key) {
		tell_missing(cca);
		return TALLY_OK;
	}
	is_trusted = judge_trust(cca);
	is_signed = tally_cose_tell(&cca->token.platform.cose, &result, &what, cca->ledger);
	if (is_signed)
		tally_statement_claim_bytes(cca->statement, cca->ledger->arena, &tally_verifier_cca, "cca.platform-key",
					    tally_bytes(cca->platform_key->pin, TALLY_SPKI_SHA256_SIZE));
	cca->is_platform_signed = is_trusted && is_signed;
	if (cca->is_platform_signed)
		state_key(cca);
	return TALLY_OK;
}
