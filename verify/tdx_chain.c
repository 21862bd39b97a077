// SPDX-License-Identifier: BSD-2-Clause
/* Who signed a TDX quote: from Intel's root over the PCK and the quoting enclave to the attestation key. */
#include "fault.h"
#include "tdx.h"

#define NAME_PCK "Intel SGX PCK Certificate"
#define NAME_PLATFORM_CA "Intel SGX PCK Platform CA"
#define NAME_PROCESSOR_CA "Intel SGX PCK Processor CA"
#define PCK_CHAIN_COUNT 3
#define HASH_SIZE 32

/* spec: Intel TDX DCAP Quoting Library API, A.3.1 */
static const uint8_t intel_qe[16] = { 0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
				      0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07 };

/*
 * What Intel signed with keys made for tests: its root before production.
 * CN=Intel SGX Root CA, as the production root, in quotes of pre-production hardware.
 */
static const uint8_t denied_roots[][TALLY_FINGERPRINT_SIZE] = {
	{ 0xe3, 0xf4, 0x9e, 0x85, 0x88, 0x65, 0xd5, 0x4d, 0xde, 0x1d, 0x2f, 0x77, 0x88, 0x17, 0xa3, 0x55,
	  0xc4, 0x70, 0x13, 0x31, 0x65, 0xdd, 0xce, 0x1e, 0x48, 0x8b, 0xec, 0x66, 0xf8, 0xf9, 0xec, 0xf3 },
};

static bool is_name(struct tally_bytes name, const char *text)
{
	return tally_bytes_equal(name, tally_text(text));
}

/* Captured chains end with a NUL, which C text left there. */
static struct tally_bytes without_nul(struct tally_bytes text)
{
	if (text.size && text.data[text.size - 1] == 0)
		text.size--;
	return text;
}

/* Behind a chain that ends before its root. */
static enum tally_status add_root(struct tally_tdx_case *tdx)
{
	struct tally_certificate *chain = tally_arena_take(tdx->ledger->arena, PCK_CHAIN_COUNT, sizeof(*chain));
	size_t count = tdx->certificate_count;

	if (!chain)
		return TALLY_NO_MEMORY;
	memcpy(chain, tdx->certificate, count * sizeof(*chain));
	for (size_t i = 0; tdx->certificate_count == count && i < tdx->pool_count; i++) {
		if (!tally_bytes_equal(tdx->pool[i].subject, chain[count - 1].issuer))
			continue;
		chain[tdx->certificate_count++] = tdx->pool[i];
		tdx->certificate = chain;
	}
	return TALLY_OK;
}

/* The certificates in the quote; a root that is left out is taken from the pool. */
static enum tally_status read_pck_chain(struct tally_tdx_case *tdx)
{
	struct tally_bytes chain = without_nul(tdx->signature.certification);
	struct tally_certificate *certificates;
	enum tally_status status;
	size_t count;

	if (!tally_ledger_rule(tdx->ledger, tdx->signature.certification_type == TALLY_TDX_CERTIFICATION_PEM_CHAIN,
			       TALLY_REASON_TDX_PCK_MISSING, "tdx.pck", "the quote carries its PCK certificates", "",
			       NULL,
			       tally_arena_print(tdx->ledger->arena, "certification data of type %u",
						 (unsigned)tdx->signature.certification_type)))
		return TALLY_OK;
	status = tally_certificates_read(chain, tdx->kept, tdx->ledger->arena, &certificates, &count);
	if (status == TALLY_NO_MEMORY)
		return status;
	if (!tally_ledger_rule(tdx->ledger, status == TALLY_OK && count > 0, TALLY_REASON_CERTIFICATE_MALFORMED,
			       "tdx.pck", "the PCK certificates can be read", "", NULL,
			       status == TALLY_OK ? "" : tally_fault_certificates(tdx->ledger->arena, chain)))
		return TALLY_OK;
	tdx->certificate = certificates;
	tdx->certificate_count = count;
	return count == PCK_CHAIN_COUNT - 1 ? add_root(tdx) : TALLY_OK;
}

static bool is_pck_chain(const struct tally_tdx_case *tdx)
{
	return tdx->certificate_count == PCK_CHAIN_COUNT && is_name(tdx->certificate[0].subject_name, NAME_PCK) &&
	       (is_name(tdx->certificate[1].subject_name, NAME_PLATFORM_CA) ||
		is_name(tdx->certificate[1].subject_name, NAME_PROCESSOR_CA));
}

/* For the place of a fault. */
static enum tally_status reread_pck(struct tally_bytes input)
{
	struct tally_sgx_pck pck;

	return tally_sgx_pck_read(input, &pck);
}

static void read_pck(struct tally_tdx_case *tdx)
{
	struct tally_x509_extension extension = { .value = { NULL, 0 } };
	enum tally_status status = TALLY_NOT_FOUND;

	if (tally_x509_find_extension(tdx->certificate[0].extensions, TALLY_SGX_PCK_OID, &extension))
		status = tally_sgx_pck_read(extension.value, &tdx->pck);
	tdx->has_pck = tally_ledger_rule(tdx->ledger, status == TALLY_OK, TALLY_REASON_TDX_PCK_MALFORMED, "tdx.pck",
					 "the PCK certificate says of which platform it is", "", NULL,
					 tally_fault_text(tdx->ledger->arena, reread_pck, extension.value, status));
}

static void state_root(struct tally_tdx_case *tdx, const struct tally_chain *chain)
{
	const struct tally_certificate *root = &tdx->certificate[tdx->certificate_count - 1];
	struct tally_arena *arena = tdx->ledger->arena;

	if (chain->fault[tdx->certificate_count - 1] & (TALLY_LINK_ROOT | TALLY_LINK_DENIED))
		return;
	tdx->statement->is_test_root = chain->has_test_root;
	tdx->statement->root = tally_arena_print(arena, "%s sha256:%s", tally_arena_text(arena, root->subject_name),
						 tally_arena_hex(arena, tally_bytes(chain->root, sizeof(chain->root))));
}

static enum tally_status judge_pck_chain(struct tally_tdx_case *tdx)
{
	struct tally_chain_request request = { .certificate = tdx->certificate,
					       .count = tdx->certificate_count,
					       .roots = tdx->roots,
					       .test_roots = tdx->test_roots,
					       .denied = { sizeof(denied_roots) / sizeof(denied_roots[0]),
							   denied_roots },
					       .time = tdx->input->time,
					       .leaf_usage = TALLY_X509_DIGITAL_SIGNATURE };
	struct tally_chain chain;
	enum tally_status status;

	tally_ledger_rule(tdx->ledger, is_pck_chain(tdx), TALLY_REASON_TDX_PCK_NAME, "tdx.pck",
			  "the certificates are those of a PCK, its authority and the root",
			  tally_arena_text(tdx->ledger->arena, tdx->certificate[0].subject_name), NULL,
			  tally_arena_print(tdx->ledger->arena, "%zu certificates, the first of %s",
					    tdx->certificate_count,
					    tally_arena_text(tdx->ledger->arena, tdx->certificate[0].subject_name)));
	status = tally_chain_judge(&request, tdx->kept, tdx->ledger, "tdx.pck", &chain);
	if (status != TALLY_OK)
		return status;
	state_root(tdx, &chain);
	tally_statement_limit(tdx->statement, chain.valid_until);
	read_pck(tdx);
	return TALLY_OK;
}

/* A wrong signature is the evidence's fault, and so is a key that can't make this one; the rest is ours. */
static enum tally_status judge_signature(struct tally_tdx_case *tdx, enum tally_status status, enum tally_reason reason,
					 const char *subject, const char *rule)
{
	if (status == TALLY_NO_MEMORY || status == TALLY_CRYPTO)
		return status;
	tally_ledger_rule(tdx->ledger, status == TALLY_OK, reason, subject, rule, "", NULL,
			  status == TALLY_OK ? "" : tally_status_message(status));
	return TALLY_OK;
}

static enum tally_status check_qe_signature(struct tally_tdx_case *tdx)
{
	const struct tally_signed_message what = {
		.spki = tdx->certificate[0].spki,
		.form = TALLY_SIGNATURE_ECDSA_RAW,
		.alg = TALLY_SHA256,
		.message = tdx->signature.qe_report.signed_bytes,
		.signature = tally_bytes(tdx->signature.qe_signature, TALLY_TDX_SIGNATURE_SIZE),
	};

	return judge_signature(tdx, tally_kept_check(tdx->kept, &what, NULL, tdx->input->time),
			       TALLY_REASON_TDX_QE_SIGNATURE, "tdx.qe", "the PCK signs the quoting enclave's report");
}

/* REPORTDATA is SHA-256 of the key and what the enclave adds, and 32 zeros. */
static enum tally_status check_qe_report_data(struct tally_tdx_case *tdx)
{
	static const uint8_t zeros[HASH_SIZE];
	const uint8_t *report_data = tdx->signature.qe_report.report_data;
	uint8_t digest[HASH_SIZE];
	struct tally_hash_job job = {
		.alg = TALLY_SHA256,
		.parts = { tally_bytes(tdx->signature.attestation_key, TALLY_TDX_POINT_SIZE), tdx->signature.qe_auth },
		.ret_digest = digest,
	};
	enum tally_status status = tally_env_hash(&job, 1);

	if (status == TALLY_OK)
		tally_ledger_rule(tdx->ledger,
				  memcmp(report_data, digest, HASH_SIZE) == 0 &&
					  memcmp(report_data + HASH_SIZE, zeros, HASH_SIZE) == 0,
				  TALLY_REASON_TDX_QE_REPORT_DATA, "tdx.qe",
				  "the quoting enclave speaks for the attestation key", "", NULL, "");
	return status;
}

static enum tally_status check_quote_signature(struct tally_tdx_case *tdx)
{
	struct tally_bytes point = tally_bytes(tdx->signature.attestation_key, TALLY_TDX_POINT_SIZE);
	struct tally_bytes signature = tally_bytes(tdx->signature.quote_signature, TALLY_TDX_SIGNATURE_SIZE);
	struct tally_key *key = NULL;
	enum tally_status status = tally_key_from_point(TALLY_KEY_P256, point, &key);

	if (status == TALLY_NO_MEMORY || status == TALLY_CRYPTO)
		return status;
	if (!tally_ledger_rule(tdx->ledger, status == TALLY_OK, TALLY_REASON_TDX_KEY, "tdx.quote",
			       "the attestation key is a point of P-256", "", NULL, ""))
		return TALLY_OK;
	status = judge_signature(tdx, tally_signature_check(key, &tally_es256, tdx->quote.signed_bytes, signature),
				 TALLY_REASON_TDX_QUOTE_SIGNATURE, "tdx.quote", "the attestation key signs the quote");
	tally_key_free(key);
	return status;
}

enum tally_status tally_tdx_check_chain(struct tally_tdx_case *tdx)
{
	enum tally_status status = read_pck_chain(tdx);

	tally_ledger_rule(tdx->ledger, memcmp(tdx->quote.vendor_id, intel_qe, sizeof(intel_qe)) == 0,
			  TALLY_REASON_TDX_VENDOR, "tdx.quote", "Intel made the quoting enclave", "", NULL, "");
	if (status == TALLY_OK && tdx->certificate_count)
		status = judge_pck_chain(tdx);
	if (status == TALLY_OK && tdx->certificate_count)
		status = check_qe_signature(tdx);
	if (status == TALLY_OK)
		status = check_qe_report_data(tdx);
	if (status == TALLY_OK)
		status = check_quote_signature(tdx);
	return status;
}
