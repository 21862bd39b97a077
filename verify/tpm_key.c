// SPDX-License-Identifier: BSD-2-Clause
/* Attestation keys: read, used, and believed. */
#include "tpm_key.h"

#include <stdlib.h>

#include "ak_binding.h"
#include "fault.h"

#define RSA_EXPONENT 65537
#define SIGNATURE_LIMIT 1024 /* bytes of an RSA key of 8192 bits */

static bool is_fault_of_key(enum tally_status status)
{
	return status != TALLY_OK && status != TALLY_NO_MEMORY && status != TALLY_CRYPTO;
}

static enum tally_status key_from_rsa(const struct tally_tpm_public *area, struct tally_key **ret)
{
	uint32_t exponent = area->exponent ? area->exponent : RSA_EXPONENT;
	uint8_t bytes[4] = { (uint8_t)(exponent >> 24), (uint8_t)(exponent >> 16), (uint8_t)(exponent >> 8),
			     (uint8_t)exponent };

	return tally_key_from_rsa(area->modulus, tally_bytes(bytes, sizeof(bytes)), ret);
}

/* A number of a TPM's right-aligned in size bytes: leading zeros may be missing, or be too many. */
static bool place_number(struct tally_bytes number, uint8_t *to, size_t size)
{
	while (number.size > size && number.data[0] == 0)
		number = tally_bytes(number.data + 1, number.size - 1);
	if (number.size > size)
		return false;
	memset(to, 0, size - number.size);
	if (number.size)
		memcpy(to + size - number.size, number.data, number.size);
	return true;
}

static enum tally_status key_from_ecc(const struct tally_tpm_public *area, struct tally_key **ret)
{
	size_t size = area->curve == TALLY_TPM_P256 ? 32 : area->curve == TALLY_TPM_P384 ? 48 : 0;
	enum tally_key_kind kind = area->curve == TALLY_TPM_P256 ? TALLY_KEY_P256 : TALLY_KEY_P384;
	uint8_t point[2 * 48];

	if (size == 0 || !place_number(area->x, point, size) || !place_number(area->y, point + size, size))
		return TALLY_UNSUPPORTED;
	return tally_key_from_point(kind, tally_bytes(point, 2 * size), ret);
}

enum tally_status tally_tpm_key_from_area(const struct tally_tpm_public *area, struct tally_key **ret)
{
	return area->type == TALLY_TPM_RSA ? key_from_rsa(area, ret) : key_from_ecc(area, ret);
}

static enum tally_status read_area(struct tally_bytes bytes, struct tally_tpm_ak *ak)
{
	enum tally_status status = tally_tpm_public_read(bytes, &ak->area);

	if (status == TALLY_OK)
		status = tally_tpm_public_name(&ak->area, ak->name, &ak->name_size);
	if (status == TALLY_OK)
		status = tally_tpm_key_from_area(&ak->area, &ak->key);
	ak->has_area = status == TALLY_OK;
	return status;
}

/* For the place of a fault. */
static enum tally_status reread_area(struct tally_bytes input)
{
	struct tally_tpm_ak ak = { .has_area = false };
	enum tally_status status = read_area(input, &ak);

	tally_tpm_ak_done(&ak);
	return status;
}

/* spec: TPM 2.0 part 1, 25.1.5: what such a key signs begins with the TPM's own magic only if the TPM made it */
static void check_attributes(const struct tally_tpm_public *area, struct tally_ledger *ledger, const char *subject)
{
	static const uint32_t needed = TALLY_TPM_FIXED_TPM | TALLY_TPM_FIXED_PARENT | TALLY_TPM_SENSITIVE_DATA_ORIGIN |
				       TALLY_TPM_RESTRICTED | TALLY_TPM_SIGN;
	bool holds = (area->attributes & (needed | TALLY_TPM_DECRYPT)) == needed;
	const char *actual = tally_arena_print(ledger->arena, "0x%08lx", (unsigned long)area->attributes);

	tally_ledger_rule(ledger, holds, TALLY_REASON_TPM_KEY_ATTRIBUTES, subject,
			  "the key is fixedTPM, fixedParent, sensitiveDataOrigin, restricted, sign, and not decrypt",
			  actual, NULL, actual);
}

enum tally_status tally_tpm_ak_read(const struct tally_tpm_evidence *evidence, struct tally_ledger *ledger,
				    const char *subject, struct tally_tpm_ak *ret)
{
	enum tally_status status;

	memset(ret, 0, sizeof(*ret));
	if (evidence->public_area.size)
		status = read_area(evidence->public_area, ret);
	else
		status = tally_key_from_spki(evidence->spki, &ret->key);
	if (status == TALLY_OK)
		status = tally_key_fingerprint(ret->key, ret->fingerprint);
	if (status == TALLY_OK && ret->has_area)
		check_attributes(&ret->area, ledger, subject);
	if (!is_fault_of_key(status))
		return status;
	tally_ledger_find(ledger, TALLY_REASON_TPM_KEY_MALFORMED, subject, NULL, "%s",
			  evidence->public_area.size
				  ? tally_fault_text(ledger->arena, reread_area, evidence->public_area, status)
				  : tally_fault_spki(ledger->arena, evidence->spki));
	return TALLY_OK;
}

void tally_tpm_ak_done(struct tally_tpm_ak *ak)
{
	tally_key_free(ak->key);
	ak->key = NULL;
}

/* The scheme is the key's own where it has one: a restricted key always has. */
static bool scheme_fits(const struct tally_tpm_ak *ak, const struct tally_tpm_signature *signature)
{
	bool is_rsa = tally_key_kind(ak->key) == TALLY_KEY_RSA;

	if (is_rsa == (signature->scheme == TALLY_TPM_ECDSA))
		return false;
	return !ak->has_area || (ak->area.scheme == signature->scheme && ak->area.scheme_hash == signature->hash);
}

static enum tally_status check_ecdsa(const struct tally_tpm_ak *ak, const struct tally_tpm_signature *signature,
				     struct tally_bytes attest)
{
	const struct tally_signature_scheme scheme = { TALLY_SIGNATURE_ECDSA_RAW, tally_key_kind(ak->key),
						       signature->hash, 0 };
	size_t size = tally_key_size(ak->key);
	uint8_t raw[SIGNATURE_LIMIT];

	if (2 * size > sizeof(raw) || !place_number(signature->r, raw, size) ||
	    !place_number(signature->s, raw + size, size))
		return TALLY_CHECKSUM;
	return tally_signature_check(ak->key, &scheme, attest, tally_bytes(raw, 2 * size));
}

/* A TPM's PSS salt is as long as its hash, or as the key allows. spec: TPM 2.0 part 1, B.7 */
static enum tally_status check_pss(const struct tally_tpm_ak *ak, const struct tally_tpm_signature *signature,
				   struct tally_bytes attest)
{
	size_t hash_size = tally_alg_size(signature->hash);
	struct tally_signature_scheme scheme = { TALLY_SIGNATURE_RSA_PSS, TALLY_KEY_RSA, signature->hash, hash_size };
	enum tally_status status = tally_signature_check(ak->key, &scheme, attest, signature->rsa);

	if (status != TALLY_CHECKSUM || tally_key_size(ak->key) < 2 * hash_size + 2)
		return status;
	scheme.salt_size = tally_key_size(ak->key) - hash_size - 2;
	return tally_signature_check(ak->key, &scheme, attest, signature->rsa);
}

static enum tally_status check_signature(const struct tally_tpm_ak *ak, const struct tally_tpm_signature *signature,
					 struct tally_bytes attest)
{
	const struct tally_signature_scheme pkcs1 = { TALLY_SIGNATURE_RSA_PKCS1, TALLY_KEY_RSA, signature->hash, 0 };

	if (signature->scheme == TALLY_TPM_ECDSA)
		return check_ecdsa(ak, signature, attest);
	if (signature->scheme == TALLY_TPM_RSAPSS)
		return check_pss(ak, signature, attest);
	return tally_signature_check(ak->key, &pkcs1, attest, signature->rsa);
}

enum tally_status tally_tpm_ak_check(const struct tally_tpm_ak *ak, const struct tally_tpm_signature *signature,
				     struct tally_bytes attest, struct tally_ledger *ledger, const char *subject,
				     bool *ret_holds)
{
	enum tally_status status;

	*ret_holds = false;
	if (!tally_ledger_rule(ledger, signature->hash != TALLY_SHA1, TALLY_REASON_TPM_WEAK_HASH, subject,
			       "the signature is not made with SHA-1", "", NULL, "the signature") ||
	    !tally_ledger_rule(ledger, scheme_fits(ak, signature), TALLY_REASON_TPM_SCHEME, subject,
			       "the signature's scheme and hash are the key's", "", NULL, ""))
		return TALLY_OK;
	status = check_signature(ak, signature, attest);
	if (status != TALLY_OK && !is_fault_of_key(status))
		return status;
	*ret_holds = tally_ledger_rule(ledger, status == TALLY_OK, TALLY_REASON_TPM_SIGNATURE, subject,
				       "the key has signed the quote", "", NULL,
				       status == TALLY_OK ? "" : tally_status_message(status));
	return TALLY_OK;
}

static const char *vouched_by(const struct tally_verifier_input *input, const struct tally_tpm_ak *ak,
			      struct tally_ledger *ledger)
{
	struct tally_bytes fingerprint = tally_bytes(ak->fingerprint, sizeof(ak->fingerprint));

	for (size_t i = 0; i < input->earlier_count; i++) {
		const struct tally_statement *statement = &input->earlier[i];
		const struct tally_vouch *vouches = statement->vouches.items;

		for (size_t vouch = 0; statement->by && vouch < statement->vouches.count; vouch++)
			if (vouches[vouch].kind == TALLY_VOUCH_AK_SPKI &&
			    tally_bytes_equal(vouches[vouch].id, fingerprint))
				return tally_arena_print(ledger->arena, "%s of the %s report", vouches[vouch].how,
							 statement->verifier->name);
	}
	return NULL;
}

static bool is_pinned(const struct tally_tpm_policy *policy, const struct tally_tpm_ak *ak)
{
	for (size_t i = 0; policy && i < policy->key_count; i++)
		if (memcmp(policy->key[i], ak->fingerprint, sizeof(ak->fingerprint)) == 0)
			return true;
	return false;
}

/* An earlier statement names that EK. */
static const char *endorsed_by(const struct tally_verifier_input *input, struct tally_bytes ek_name,
			       struct tally_ledger *ledger)
{
	for (size_t i = 0; i < input->earlier_count; i++) {
		const struct tally_statement *statement = &input->earlier[i];
		const struct tally_vouch *vouches = statement->vouches.items;

		for (size_t vouch = 0; statement->by && vouch < statement->vouches.count; vouch++)
			if (vouches[vouch].kind == TALLY_VOUCH_EK_NAME && tally_bytes_equal(vouches[vouch].id, ek_name))
				return tally_arena_print(ledger->arena, "%s of the %s report, and an activation",
							 vouches[vouch].how, statement->verifier->name);
	}
	return NULL;
}

/* A verifier has seen that the key lives beside an EK; whose EK that is, another statement may say. */
static enum tally_status activated_by(const struct tally_verifier_input *input, const struct tally_tpm_ak *ak,
				      struct tally_ledger *ledger, struct tally_statement *statement,
				      const char **ret_by)
{
	const struct tally_member *member = tally_bundle_find(input->bundle, TALLY_LABEL_AK_BINDING);
	const struct tally_tpm_policy *policy = input->section;
	struct tally_ak_trust trust = { .time = input->time };
	struct tally_ak_binding binding;
	enum tally_status status;
	bool holds;

	if (!member)
		return TALLY_OK;
	if (policy) {
		trust.key_count = policy->binder_count;
		trust.key = policy->binder;
		trust.max_age = policy->binding_max_age;
	}
	status = tally_ak_binding_judge(member->value, &trust, ledger, TALLY_LABEL_AK_BINDING, &binding, &holds);
	if (status != TALLY_OK || !holds)
		return status;
	if (!tally_ledger_rule(ledger, tally_bytes_equal(binding.ak_name, tally_bytes(ak->name, ak->name_size)),
			       TALLY_REASON_TPM_AK_BINDING_OTHER, TALLY_LABEL_AK_BINDING,
			       "the record is of the key that signed the quote",
			       tally_arena_hex(ledger->arena, binding.ak_name), NULL, ""))
		return TALLY_OK;
	if (trust.max_age)
		tally_statement_limit(statement, (int64_t)(binding.time + trust.max_age));
	statement->edge_how = endorsed_by(input, binding.ek_name, ledger);
	if (statement->edge_how)
		statement->edge = TALLY_EDGE_VOUCHED;
	*ret_by = statement->edge_how ? statement->edge_how
				      : tally_arena_print(ledger->arena, "an activation under the EK %s",
							  tally_arena_hex(ledger->arena, binding.ek_name));
	return TALLY_OK;
}

enum tally_status tally_tpm_ak_accept(const struct tally_verifier_input *input, struct tally_tpm_ak *ak,
				      struct tally_ledger *ledger, struct tally_statement *statement,
				      const char **ret_by)
{
	const char *fingerprint = tally_arena_hex(ledger->arena, tally_bytes(ak->fingerprint, sizeof(ak->fingerprint)));
	enum tally_status status = TALLY_OK;
	const char *by = vouched_by(input, ak, ledger);

	if (by) {
		statement->edge = TALLY_EDGE_VOUCHED;
		statement->edge_how = by;
		ak->is_of_paravisor = true;
	} else {
		status = activated_by(input, ak, ledger, statement, &by);
	}
	if (status != TALLY_OK)
		return status;
	if (!by && is_pinned(input->section, ak))
		by = tally_arena_print(ledger->arena, "key sha256:%s, pinned by the policy", fingerprint);
	if (!by)
		status = tally_tpm_ak_certified(input, ak, ledger, statement, &by);
	if (status != TALLY_OK)
		return status;
	tally_ledger_rule(ledger, by != NULL, TALLY_REASON_TPM_AK_UNBOUND, statement->label,
			  "the attestation key is accepted", by ? by : fingerprint, NULL,
			  tally_arena_print(ledger->arena, "sha256:%s", fingerprint));
	*ret_by = by;
	return TALLY_OK;
}
