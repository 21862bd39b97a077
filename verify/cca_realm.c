// SPDX-License-Identifier: BSD-2-Clause
/* The realm token: signed by the key whose hash the platform token carries. */
#include "cca.h"
#include "cose.h"
#include "public_key.h"

uint16_t tally_cca_hash(struct tally_bytes name)
{
	static const struct {
		const char *name;
		uint16_t alg;
	} hashes[] = { { "sha-256", TALLY_SHA256 }, { "sha-384", TALLY_SHA384 }, { "sha-512", TALLY_SHA512 } };

	for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++)
		if (tally_bytes_equal(tally_text(hashes[i].name), name))
			return hashes[i].alg;
	return 0;
}

/* What the platform saw of the realm's key is the hash of the claim's content, point or COSE_Key as it stands there. */
static enum tally_status judge_binding(struct tally_cca_case *cca, bool *ret_holds)
{
	const struct tally_cca_realm *realm = &cca->token.realm;
	uint16_t alg = tally_cca_hash(realm->key_hash_alg);
	uint8_t hash[TALLY_DIGEST_LIMIT];
	struct tally_hash_job job = { alg, { realm->key_bytes }, hash };
	enum tally_status status;
	bool holds;

	*ret_holds = false;
	if (!tally_ledger_rule(cca->ledger, alg != 0, TALLY_REASON_CCA_REALM_KEY_HASH, TALLY_CCA_SUBJECT_REALM,
			       "its key is hashed with SHA-2",
			       tally_arena_text(cca->ledger->arena, realm->key_hash_alg), NULL, ""))
		return TALLY_OK;
	status = tally_env_hash(&job, 1);
	if (status != TALLY_OK)
		return status;
	holds = tally_bytes_equal(tally_bytes(hash, tally_alg_size(alg)), cca->token.platform.challenge);
	*ret_holds = tally_ledger_rule(cca->ledger, holds, TALLY_REASON_CCA_REALM_KEY_MISMATCH, TALLY_CCA_SUBJECT_REALM,
				       "the platform token carries the hash of its key",
				       tally_arena_hex(cca->ledger->arena, cca->token.platform.challenge), NULL, "");
	return TALLY_OK;
}

/* The realm's key as an SPKI; size 0 and a finding if it is none that a realm can have. */
static enum tally_status read_key(struct tally_cca_case *cca, struct tally_bytes *ret)
{
	const struct tally_cose_key *key = &cca->token.realm.key;
	enum tally_status status = key->curve == TALLY_COSE_P384
					   ? tally_public_key_of_cose(key, cca->ledger->arena, ret)
					   : TALLY_UNSUPPORTED;

	if (status == TALLY_NO_MEMORY || status == TALLY_CRYPTO)
		return status;
	if (!tally_ledger_rule(cca->ledger, status == TALLY_OK, TALLY_REASON_CCA_REALM_KEY, TALLY_CCA_SUBJECT_REALM,
			       "its key is one of P-384", "", NULL,
			       status == TALLY_OK ? "" : tally_status_message(status)))
		*ret = tally_bytes(NULL, 0);
	return TALLY_OK;
}

static enum tally_status judge_secrecy(struct tally_cca_case *cca, struct tally_bytes spki, bool *ret_holds)
{
	uint8_t pin[TALLY_SPKI_SHA256_SIZE];
	enum tally_status status = tally_public_key_pin(spki, pin);

	if (status != TALLY_OK)
		return status;
	*ret_holds = tally_ledger_rule(cca->ledger, !tally_cca_key_is_denied(pin), TALLY_REASON_CCA_KEY_DENIED,
				       TALLY_CCA_SUBJECT_REALM, "its key is no sample", "", NULL, "");
	return TALLY_OK;
}

enum tally_status tally_cca_judge_realm(struct tally_cca_case *cca)
{
	static const struct tally_cose_case what = { TALLY_CCA_SUBJECT_REALM, "it is signed by the realm's key",
						     TALLY_REASON_CCA_REALM_ALGORITHM,
						     TALLY_REASON_CCA_REALM_SIGNATURE };
	struct tally_cose_result result;
	struct tally_bytes spki;
	bool is_bound = false;
	bool is_secret = false;
	bool is_signed = false;
	enum tally_status status = judge_binding(cca, &is_bound);

	if (status == TALLY_OK)
		status = read_key(cca, &spki);
	if (status != TALLY_OK || spki.size == 0)
		return status;
	status = judge_secrecy(cca, spki, &is_secret);
	if (status == TALLY_OK)
		status = tally_cose_check(&cca->token.realm.cose, spki, cca->kept, cca->ledger->arena, &result);
	if (status == TALLY_OK && result.alg == 0)
		tally_ledger_find(cca->ledger, TALLY_REASON_CCA_REALM_KEY, TALLY_CCA_SUBJECT_REALM, NULL, "%s",
				  tally_status_message(result.fault));
	else if (status == TALLY_OK)
		is_signed = tally_cose_tell(&cca->token.realm.cose, &result, &what, cca->ledger);
	cca->is_realm_signed = is_bound && is_secret && is_signed;
	return status;
}
