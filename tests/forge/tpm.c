// SPDX-License-Identifier: BSD-2-Clause
/* Quotes of a TPM that does not exist. spec: TPM 2.0 part 2, 10.12, 11.3.4, 12.2.4 */
#include "../unit/hex.h"

#include <openssl/core_names.h>

#include "../../format/tpm_evidence.h"
#include "tpm.h"

void forge_tpm_plan(struct forge_tpm *plan, struct tally_bytes nonce)
{
	*plan = (struct forge_tpm){ .kind = FORGE_P256,
				    .scheme = FORGE_TPM_ECDSA,
				    .hash = FORGE_TPM_SHA256,
				    .area_hash = FORGE_TPM_SHA256,
				    .area_scheme = FORGE_TPM_ECDSA,
				    .attributes = FORGE_TPM_AK,
				    .magic = 0xff544347,
				    .type = 0x8018,
				    .extra = nonce,
				    .safe = 1,
				    .reset_count = 7,
				    .bank = FORGE_TPM_SHA256,
				    .mask = 0xff,
				    .pcrs_mask = 0xff,
				    .fill = 0x5a,
				    .digest_hash = FORGE_TPM_SHA256 };
}

size_t forge_tpm_size(uint16_t bank)
{
	return bank == FORGE_TPM_SHA1 ? 20 : bank == FORGE_TPM_SHA256 ? 32 : 48;
}

static const EVP_MD *digest_of(uint16_t hash)
{
	return hash == FORGE_TPM_SHA1 ? EVP_sha1() : hash == FORGE_TPM_SHA256 ? EVP_sha256() : EVP_sha384();
}

void forge_tpm_value(const struct forge_tpm *plan, uint16_t bank, unsigned pcr, uint8_t *ret)
{
	memset(ret, pcr < 16 ? plan->fill : pcr >= 17 && pcr <= 22 ? 0xff : 0, forge_tpm_size(bank));
}

static void add_values(struct forge_buffer *buffer, const struct forge_tpm *plan, uint16_t bank, uint32_t mask)
{
	uint8_t value[64];

	for (unsigned pcr = 0; pcr < FORGE_TPM_PCRS; pcr++) {
		forge_tpm_value(plan, bank, pcr, value);
		if (mask >> pcr & 1)
			forge_add(buffer, value, forge_tpm_size(bank));
	}
}

static void add_selection(struct forge_buffer *buffer, uint16_t bank, uint32_t mask)
{
	forge_add_be(buffer, bank, 2);
	forge_add_be(buffer, 3, 1);
	forge_add_le(buffer, mask, 3);
}

/* TPM2B of a digest over the selected values. */
static void add_digest(struct forge_buffer *buffer, const struct forge_tpm *plan)
{
	struct forge_buffer values = { NULL, 0, 0 };
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	add_values(&values, plan, plan->bank, plan->mask);
	if (plan->second_bank)
		add_values(&values, plan, plan->second_bank, plan->second_mask);
	if (plan->has_other_values)
		values.data[0] ^= 1;
	assert_int_equal(EVP_Digest(values.data, values.size, digest, &size, digest_of(plan->digest_hash), NULL), 1);
	free(values.data);
	forge_add_be(buffer, size, 2);
	forge_add(buffer, digest, size);
}

static void add_attest(struct forge_buffer *buffer, const struct forge_tpm *plan)
{
	forge_add_be(buffer, plan->magic, 4);
	forge_add_be(buffer, plan->type, 2);
	forge_add_be(buffer, 0, 2);
	forge_add_be(buffer, plan->extra.size, 2);
	forge_add_bytes(buffer, plan->extra);
	forge_add_be(buffer, 1000, 8);
	forge_add_be(buffer, plan->reset_count, 4);
	forge_add_be(buffer, 0, 4);
	forge_add_be(buffer, plan->safe, 1);
	forge_add_be(buffer, 0x2026, 8);
	forge_add_be(buffer, plan->second_bank ? 2 : 1, 4);
	add_selection(buffer, plan->bank, plan->mask);
	if (plan->second_bank)
		add_selection(buffer, plan->second_bank, plan->second_mask);
	add_digest(buffer, plan);
	buffer->size -= plan->cut;
}

static void add_signature(struct forge_buffer *buffer, const struct forge_tpm *plan, struct tally_bytes attest)
{
	EVP_PKEY *key = forge_key(plan->kind, plan->key);
	struct forge_signer signer = { key, digest_of(plan->hash),
				       plan->scheme == FORGE_TPM_RSAPSS ? (int)forge_tpm_size(plan->hash)
									: FORGE_NO_PSS };
	bool is_rsa = plan->kind == FORGE_RSA2048;
	struct tally_bytes bytes = is_rsa ? forge_sign(&signer, attest) : forge_sign_raw(&signer, attest);
	uint8_t *writable = (uint8_t *)(uintptr_t)bytes.data;

	if (plan->scalars)
		forge_damage_scalars(writable, key, plan->scalars);
	if (plan->breaks_signature)
		writable[bytes.size / 2 - 1] ^= 1;
	forge_add_be(buffer, plan->scheme, 2);
	forge_add_be(buffer, plan->hash, 2);
	for (size_t part = 0; part < (is_rsa ? 1 : 2); part++) {
		size_t size = is_rsa ? bytes.size : bytes.size / 2;

		forge_add_be(buffer, size, 2);
		forge_add(buffer, bytes.data + part * size, size);
	}
	free_bytes(bytes);
}

static void add_number(struct forge_buffer *buffer, struct tally_bytes number)
{
	forge_add_be(buffer, number.size, 2);
	forge_add_bytes(buffer, number);
}

static void add_modulus(struct forge_buffer *buffer, EVP_PKEY *key)
{
	BIGNUM *modulus = NULL;
	uint8_t bytes[256];

	assert_int_equal(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus), 1);
	assert_int_equal(BN_bn2binpad(modulus, bytes, sizeof(bytes)), sizeof(bytes));
	BN_free(modulus);
	add_number(buffer, tally_bytes(bytes, sizeof(bytes)));
}

static void add_point(struct forge_buffer *buffer, EVP_PKEY *key)
{
	struct tally_bytes point = forge_point(key);

	add_number(buffer, tally_bytes(point.data, point.size / 2));
	add_number(buffer, tally_bytes(point.data + point.size / 2, point.size / 2));
	free_bytes(point);
}

static void add_area(struct forge_buffer *buffer, const struct forge_tpm *plan)
{
	bool is_rsa = plan->kind == FORGE_RSA2048;

	forge_add_be(buffer, is_rsa ? 0x0001 : 0x0023, 2);
	forge_add_be(buffer, FORGE_TPM_SHA256, 2);
	forge_add_be(buffer, plan->attributes, 4);
	forge_add_be(buffer, 0, 2);
	forge_add_be(buffer, 0x0010, 2);
	forge_add_be(buffer, plan->area_scheme, 2);
	forge_add_be(buffer, plan->area_hash, 2);
	if (is_rsa) {
		forge_add_be(buffer, 2048, 2);
		forge_add_be(buffer, 0, 4);
		add_modulus(buffer, forge_key(plan->kind, plan->named_key));
	} else {
		forge_add_be(buffer, plan->kind == FORGE_P256 ? 3 : 4, 2);
		forge_add_be(buffer, 0x0010, 2);
		add_point(buffer, forge_key(plan->kind, plan->named_key));
	}
	buffer->size -= plan->cuts_area;
}

static struct tally_bytes written(struct tally_writer *writer)
{
	assert_int_equal(writer->status, TALLY_OK);
	return exact_copy(tally_written(writer));
}

struct tally_bytes forge_tpm_quote(const struct forge_tpm *plan)
{
	struct forge_buffer attest = { NULL, 0, 0 };
	struct forge_buffer signature = { NULL, 0, 0 };
	struct forge_buffer area = { NULL, 0, 0 };
	struct tally_bytes spki = forge_spki(forge_key(plan->kind, plan->named_key));
	struct tally_tpm_evidence evidence = { .spki = spki };
	uint8_t memory[4096];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));

	add_attest(&attest, plan);
	add_signature(&signature, plan, forge_bytes(&attest));
	add_area(&area, plan);
	evidence.attest = forge_bytes(&attest);
	evidence.signature = forge_bytes(&signature);
	if (!plan->has_spki) {
		evidence.spki = tally_bytes(NULL, 0);
		evidence.public_area = forge_bytes(&area);
	}
	tally_tpm_evidence_write(&writer, &evidence);
	free(attest.data);
	free(signature.data);
	free(area.data);
	free_bytes(spki);
	return written(&writer);
}

static void set_values(struct tally_tpm_pcrs *pcrs, const struct forge_tpm *plan, uint16_t bank, uint32_t mask)
{
	for (unsigned pcr = 0; pcr < FORGE_TPM_PCRS; pcr++) {
		struct tally_digest digest = { .alg = bank };

		forge_tpm_value(plan, bank, pcr, digest.bytes);
		if (mask >> pcr & 1)
			assert_int_equal(tally_digests_add(&pcrs->value[pcr], &digest), TALLY_OK);
	}
}

struct tally_bytes forge_tpm_pcrs(const struct forge_tpm *plan)
{
	struct tally_tpm_pcrs pcrs = { 0 };
	uint8_t memory[8192];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));

	set_values(&pcrs, plan, plan->bank, plan->pcrs_mask);
	if (plan->second_bank)
		set_values(&pcrs, plan, plan->second_bank, plan->second_mask);
	tally_tpm_pcrs_write(&writer, &pcrs);
	if (plan->cuts_pcrs)
		writer.size--;
	return written(&writer);
}

void forge_tpm_fingerprint(const struct forge_tpm *plan, uint8_t ret[32])
{
	struct tally_bytes spki = forge_spki(forge_key(plan->kind, plan->named_key));

	assert_int_equal(EVP_Digest(spki.data, spki.size, ret, NULL, EVP_sha256(), NULL), 1);
	free_bytes(spki);
}
