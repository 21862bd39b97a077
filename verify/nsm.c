// SPDX-License-Identifier: BSD-2-Clause
/* Attestation documents of AWS Nitro enclaves: authentic under a chain to AWS's root, which is pinned here. */
#include "../format/nsm_document.h"

#include <stdio.h>

#include "chain.h"
#include "cose.h"
#include "roots.h"
#include "verifier.h"
#include "fault.h"

#define MILLISECONDS 1000
#define PCRS_OF_THE_IMAGE 3 /* 0 to 2: zero in debug mode */
#define SUBJECT "nsm"
#define SUBJECT_CHAIN "nsm.chain"

/*
 * AWS Nitro Enclaves Root-G1: SHA-256 of its certificate.
 * spec: docs.aws.amazon.com/enclaves/latest/user/verify-root.html
 */
static const uint8_t aws_root[1][TALLY_FINGERPRINT_SIZE] = {
	{ 0x64, 0x1a, 0x03, 0x21, 0xa3, 0xe2, 0x44, 0xef, 0xe4, 0x56, 0x46, 0x31, 0x95, 0xd6, 0x06, 0x31,
	  0x7e, 0xd7, 0xcd, 0xcc, 0x3c, 0x17, 0x56, 0xe0, 0x98, 0x93, 0xf3, 0xc6, 0x8f, 0x79, 0xbb, 0x5b },
};

static const struct tally_claim_row claims[] = {
	{ "nsm.module-id", TALLY_CLAIM_TEXT, TALLY_CLAIM_OPTIONAL,
	  "instance and enclave: the name in the document's certificate" },
	{ "nsm.timestamp", TALLY_CLAIM_NUMBER, TALLY_CLAIM_OPTIONAL,
	  "when the document was made, in milliseconds since 1970: while all its certificates were valid, not later "
	  "than now" },
	{ "nsm.nonce", TALLY_CLAIM_BYTES, TALLY_CLAIM_BUILT_IN, "the caller's nonce: the one that was given out" },
	{ "nsm.report-data", TALLY_CLAIM_BYTES, TALLY_CLAIM_BUILT_IN,
	  "user_data where it binds: the binding's hash, or the nonce" },
	{ "nsm.user-data", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY,
	  "user_data beside a nonce that is bound by itself (raw binding)" },
	{ "nsm.public-key", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL,
	  "what the enclave asked to carry: a key for whoever reads the verdict; nothing was checked with it" },
	{ "nsm.unknown-field", TALLY_CLAIM_TEXT, TALLY_CLAIM_POLICY,
	  "name of the first field that this release does not know" },
};

/* Everything about one document. */
struct nsm_case {
	const struct tally_verifier_input *input;
	struct tally_kept *kept;
	struct tally_ledger *ledger;
	struct tally_statement *statement;
	struct tally_nsm_document document;
	struct tally_certificate certificate[TALLY_CHAIN_LIMIT]; /* leaf first, as tally_chain_check wants them */
	size_t certificate_count;
	struct tally_chain chain;
};

static enum tally_status nsm_register(struct tally_register_set *set, unsigned pcr)
{
	struct tally_register reg = { .number = pcr,
				      .kind = TALLY_RUNTIME,
				      .is_signed = TALLY_SIGNED_LOCKED,
				      .extend_rule = TALLY_EXTEND_RAW,
				      .is_lockable = true };

	snprintf(reg.name, sizeof(reg.name), "pcr%u", pcr);
	reg.reset.count = 1;
	reg.reset.digest[0].alg = TALLY_SHA384;
	return tally_registers_add(set, &reg);
}

static bool nsm_has_register(struct tally_bytes name)
{
	char text[TALLY_REGISTER_NAME_LIMIT];

	for (unsigned pcr = 0; pcr < TALLY_NSM_PCR_COUNT; pcr++) {
		snprintf(text, sizeof(text), "pcr%u", pcr);
		if (tally_bytes_equal(name, tally_text(text)))
			return true;
	}
	return false;
}

/* For the place of a fault. */
static enum tally_status reread_document(struct tally_bytes input)
{
	struct tally_nsm_document document;
	enum tally_nsm_wrapping wrapping;
	struct tally_bytes bytes;
	enum tally_status status = tally_nsm_unwrap(input, &wrapping, &bytes);

	return status == TALLY_OK ? tally_nsm_document_read(bytes, &document) : status;
}

static enum tally_status read_document(struct nsm_case *nsm, bool *ret_holds)
{
	enum tally_nsm_wrapping wrapping;
	struct tally_bytes bytes;
	enum tally_status status = tally_nsm_unwrap(nsm->input->report, &wrapping, &bytes);

	if (status == TALLY_OK)
		status = tally_nsm_document_read(bytes, &nsm->document);
	*ret_holds = tally_ledger_rule(
		nsm->ledger, status == TALLY_OK, TALLY_REASON_NSM_MALFORMED, SUBJECT, "the document can be read", "",
		NULL, tally_fault_text(nsm->ledger->arena, reread_document, nsm->input->report, status));
	return TALLY_OK;
}

/* The leaf, then the bundle from its end: AWS puts the root first. False, with a finding, if one can't be read. */
static bool read_certificates(struct nsm_case *nsm)
{
	const struct tally_nsm_document *document = &nsm->document;
	size_t count = document->cabundle_count + 1;

	if (!tally_ledger_rule(nsm->ledger, count <= TALLY_CHAIN_LIMIT, TALLY_REASON_NSM_CHAIN_LENGTH, SUBJECT_CHAIN,
			       "there are no more certificates than a chain may have", "", NULL, ""))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct tally_bytes der = i ? document->cabundle[count - 1 - i] : document->certificate;
		enum tally_status status =
			tally_certificate_read_der(der, nsm->kept, nsm->ledger->arena, &nsm->certificate[i]);

		if (status != TALLY_OK) {
			tally_ledger_find(nsm->ledger, TALLY_REASON_CERTIFICATE_MALFORMED, SUBJECT_CHAIN, NULL,
					  "certificate %zu, %s", i,
					  tally_fault_text(nsm->ledger->arena, tally_fault_certificate, der, status));
			return false;
		}
	}
	nsm->certificate_count = count;
	return true;
}

/* A SubjectPublicKeyInfo of P-384 begins so and has a point behind it. spec: RFC 5480 2 */
static bool is_p384(struct tally_bytes spki)
{
	static const uint8_t head[] = { 0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
					0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00 };

	return spki.size > sizeof(head) && memcmp(spki.data, head, sizeof(head)) == 0;
}

static bool check_keys(struct nsm_case *nsm)
{
	bool holds = true;

	for (size_t i = 0; i < nsm->certificate_count; i++) {
		const struct tally_certificate *certificate = &nsm->certificate[i];

		holds = holds && is_p384(certificate->spki) && certificate->algorithm.form == TALLY_X509_ECDSA &&
			certificate->algorithm.alg == TALLY_SHA384;
	}
	return tally_ledger_rule(nsm->ledger, holds, TALLY_REASON_NSM_KEY, SUBJECT_CHAIN,
				 "every certificate has a key of P-384 and is signed with SHA-384", "", NULL, "");
}

/* Two certificates of one name, or a leaf that could issue more, would let one enclave speak for another. */
static bool check_leaf(struct nsm_case *nsm)
{
	const struct tally_certificate *leaf = &nsm->certificate[0];
	bool holds = !leaf->is_ca && !leaf->has_path_limit && leaf->has_key_usage &&
		     (leaf->key_usage & TALLY_X509_DIGITAL_SIGNATURE) && !(leaf->key_usage & TALLY_X509_KEY_CERT_SIGN);

	return tally_ledger_rule(nsm->ledger, holds, TALLY_REASON_NSM_LEAF, SUBJECT_CHAIN,
				 "the document's certificate is for signatures and no authority", "", NULL, "");
}

static enum tally_status check_chain(struct nsm_case *nsm, bool *ret_holds)
{
	struct tally_chain_request request = { .certificate = nsm->certificate,
					       .count = nsm->certificate_count,
					       .roots = { 1, aws_root },
					       .time = nsm->input->time };
	bool fits = check_keys(nsm);
	enum tally_status status;

	fits = check_leaf(nsm) && fits;
	status = tally_roots_fingerprints(nsm->input->roots, nsm->ledger->arena, &request.test_roots);
	if (status == TALLY_OK)
		status = tally_chain_judge(&request, nsm->kept, nsm->ledger, SUBJECT_CHAIN, &nsm->chain);
	*ret_holds = status == TALLY_OK && nsm->chain.holds && fits;
	return status;
}

static enum tally_status check_signature(struct nsm_case *nsm, bool *ret_holds)
{
	static const struct tally_cose_case what = { SUBJECT, "the document is signed by the key of its certificate",
						     TALLY_REASON_NSM_ALGORITHM, TALLY_REASON_NSM_SIGNATURE };
	struct tally_cose_result result;
	enum tally_status status =
		tally_cose_check(&nsm->document.cose, nsm->certificate[0].spki, nsm->kept, nsm->ledger->arena, &result);

	*ret_holds = status == TALLY_OK && tally_cose_tell(&nsm->document.cose, &result, &what, nsm->ledger);
	return status;
}

/* The name is the module's, and behind it the region's domain: "i-0827e799ec9232d44-enc019b.us-east-1.aws". */
static void check_module(struct nsm_case *nsm)
{
	struct tally_bytes module = nsm->document.module_id;
	struct tally_bytes name = nsm->certificate[0].subject_name;
	bool holds = name.size > module.size && memcmp(name.data, module.data, module.size) == 0 &&
		     name.data[module.size] == '.';

	tally_ledger_rule(nsm->ledger, holds, TALLY_REASON_NSM_MODULE_ID, SUBJECT,
			  "its module is the one that its certificate was made for",
			  tally_arena_text(nsm->ledger->arena, module), NULL,
			  tally_arena_print(nsm->ledger->arena, "the certificate is %s",
					    tally_arena_text(nsm->ledger->arena, name)));
}

/* Whole seconds: a document of the last second in which a certificate is valid is made within it. */
static void check_timestamp(struct nsm_case *nsm)
{
	int64_t made = (int64_t)(nsm->document.timestamp / MILLISECONDS);
	const char *actual = tally_arena_print(nsm->ledger->arena, "%llu", (unsigned long long)nsm->document.timestamp);
	bool is_within = true;

	for (size_t i = 0; i < nsm->certificate_count; i++)
		is_within =
			is_within && nsm->certificate[i].not_before <= made && made <= nsm->certificate[i].not_after;
	tally_ledger_rule(nsm->ledger, is_within, TALLY_REASON_NSM_TIMESTAMP, SUBJECT,
			  "it was made while all of its certificates were valid", actual, NULL, "");
	tally_ledger_rule(nsm->ledger, made <= nsm->input->time, TALLY_REASON_NSM_TIMESTAMP_FUTURE, SUBJECT,
			  "it was not made after the time of judgement", actual, NULL, "");
}

static bool is_zero(struct tally_bytes value)
{
	uint8_t seen = 0;

	for (size_t i = 0; i < value.size; i++)
		seen |= value.data[i];
	return seen == 0;
}

/* In debug mode the device leaves out what it measured of the image; its other PCRs are those of any enclave. */
static void check_debug(struct nsm_case *nsm)
{
	bool holds = true;

	for (unsigned pcr = 0; pcr < PCRS_OF_THE_IMAGE; pcr++)
		holds = holds && !is_zero(nsm->document.pcr[pcr]);
	nsm->statement->is_debug = !holds;
	tally_ledger_exceptable(nsm->ledger, holds, TALLY_EXCEPTION_NSM_DEBUG, TALLY_REASON_NSM_DEBUG, SUBJECT,
				"PCR0, PCR1 and PCR2 hold measurements: the enclave is not in debug mode");
}

static enum tally_status state_registers(struct nsm_case *nsm)
{
	struct tally_statement *statement = nsm->statement;
	enum tally_status status = TALLY_OK;

	snprintf(statement->registers.provider, sizeof(statement->registers.provider), "%s", tally_verifier_nsm.name);
	for (unsigned pcr = 0; status == TALLY_OK && pcr < TALLY_NSM_PCR_COUNT; pcr++) {
		status = nsm_register(&statement->registers, pcr);
		if (status == TALLY_OK && nsm->document.pcr_mask >> pcr & 1) {
			statement->value[pcr] = statement->registers.item[pcr].reset;
			memcpy(statement->value[pcr].digest[0].bytes, nsm->document.pcr[pcr].data, TALLY_NSM_PCR_SIZE);
		}
	}
	return status;
}

static void claim_bytes(struct nsm_case *nsm, const char *name, struct tally_bytes value)
{
	if (value.size)
		tally_statement_claim_bytes(nsm->statement, nsm->ledger->arena, &tally_verifier_nsm, name, value);
}

/* A document that carries the nonce by itself has user_data for what its user likes, unless we made it. */
static void state_binding(struct nsm_case *nsm)
{
	const struct tally_nsm_document *document = &nsm->document;
	bool is_free = document->nonce.size && nsm->input->policy->binding == TALLY_BINDING_RAW;

	if (nsm->input->policy->binding == TALLY_BINDING_TALLY)
		tally_ledger_rule(nsm->ledger, document->nonce.size != 0, TALLY_REASON_NSM_NONCE_MISSING, SUBJECT,
				  "it carries the nonce beside the binding", "", NULL, "");
	nsm->statement->nonce = tally_arena_copy(nsm->ledger->arena, document->nonce);
	if (!is_free)
		nsm->statement->report_data = tally_arena_copy(nsm->ledger->arena, document->user_data);
	claim_bytes(nsm, "nsm.nonce", document->nonce);
	claim_bytes(nsm, is_free ? "nsm.user-data" : "nsm.report-data", document->user_data);
}

static enum tally_status state_document(struct nsm_case *nsm)
{
	const struct tally_nsm_document *document = &nsm->document;
	struct tally_arena *arena = nsm->ledger->arena;
	struct tally_statement *statement = nsm->statement;

	statement->is_readable = true;
	tally_statement_claim_text(statement, arena, &tally_verifier_nsm, "nsm.module-id",
				   tally_arena_text(arena, document->module_id));
	tally_statement_claim_number(statement, arena, &tally_verifier_nsm, "nsm.timestamp", document->timestamp);
	claim_bytes(nsm, "nsm.public-key", document->public_key);
	if (document->unknown_count)
		tally_statement_claim_text(statement, arena, &tally_verifier_nsm, "nsm.unknown-field",
					   tally_arena_text(arena, document->unknown));
	state_binding(nsm);
	return state_registers(nsm);
}

static void state_chain(struct nsm_case *nsm, bool holds)
{
	struct tally_arena *arena = nsm->ledger->arena;
	const char *root = tally_arena_hex(arena, tally_bytes(nsm->chain.root, sizeof(nsm->chain.root)));

	nsm->statement->is_test_root = nsm->chain.has_test_root;
	if (!holds)
		return;
	nsm->statement->root = tally_arena_print(
		arena, "%s sha256:%s", nsm->chain.has_test_root ? "test root" : "AWS Nitro Enclaves Root-G1", root);
	nsm->statement->by = tally_arena_print(arena, "%s", nsm->statement->root);
	tally_statement_limit(nsm->statement, nsm->chain.valid_until);
}

static enum tally_status judge(struct nsm_case *nsm)
{
	bool is_chained = false;
	bool is_signed = false;
	enum tally_status status = state_document(nsm);

	if (status != TALLY_OK || !read_certificates(nsm))
		return status;
	status = check_chain(nsm, &is_chained);
	if (status == TALLY_OK)
		status = check_signature(nsm, &is_signed);
	if (status != TALLY_OK)
		return status;
	check_module(nsm);
	check_timestamp(nsm);
	check_debug(nsm);
	state_chain(nsm, is_chained && is_signed);
	return TALLY_OK;
}

static enum tally_status nsm_authenticate(const struct tally_verifier_input *input, struct tally_ledger *ledger,
					  struct tally_statement *ret)
{
	struct nsm_case *nsm = tally_arena_take(ledger->arena, 1, sizeof(*nsm));
	struct tally_kept *own = input->kept ? NULL : tally_kept_new();
	enum tally_status status = TALLY_NO_MEMORY;
	bool is_readable = false;

	if (nsm && (input->kept || own)) {
		nsm->input = input;
		nsm->ledger = ledger;
		nsm->statement = ret;
		nsm->kept = input->kept ? input->kept : own;
		status = read_document(nsm, &is_readable);
	}
	if (status == TALLY_OK && is_readable)
		status = judge(nsm);
	tally_kept_free(own);
	return status;
}

static const char *const members[] = { NULL };

const struct tally_verifier tally_verifier_nsm = {
	.name = "nsm",
	.label = TALLY_LABEL_REPORT,
	.media_type = TALLY_MEDIA_NSM_DOCUMENT,
	.wrapped_media_type = TALLY_MEDIA_NSM_RESPONSE,
	.caveat =
		"AWS revokes no certificate of an enclave: a lost key is good until its certificate ends, within hours",
	.binding_modes = 1U << TALLY_BINDING_TALLY | 1U << TALLY_BINDING_RAW,
	.members = members,
	.claims = claims,
	.claim_count = sizeof(claims) / sizeof(claims[0]),
	.has_register = nsm_has_register,
	.section_size = 0,
	.read_section = tally_policy_no_section,
	.authenticate = nsm_authenticate,
};
