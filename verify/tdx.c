// SPDX-License-Identifier: BSD-2-Clause
/* TDX quotes: authentic under Intel's root, by quoting enclave, platform and TDX module in a state that Intel vouches for. */
#include "tdx.h"
#include "fault.h"

static const struct tally_claim_row claims[] = {
	{ "tdx.report-data", TALLY_CLAIM_BYTES, TALLY_CLAIM_BUILT_IN,
	  "what the quote was asked to carry: the binding" },
	{ "tdx.mrtd", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY, "what the TD was built from" },
	{ "tdx.mrconfigid", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY, "the host's word: good only if it is pinned" },
	{ "tdx.mrowner", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY, "the host's word: good only if it is pinned" },
	{ "tdx.mrownerconfig", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY, "the host's word: good only if it is pinned" },
	{ "tdx.mrservicetd", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL,
	  "the service TDs that are bound: none, or the exception tdx.service-td; only quotes of version 5 sign it" },
	{ "tdx.quote-version", TALLY_CLAIM_NUMBER, TALLY_CLAIM_BUILT_IN, "4 or 5" },
	{ "tdx.mrseam", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL, "the TDX module: its level is in the TCB info" },
	{ "tdx.mrsignerseam", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL, "who made the TDX module: as in the TCB info" },
	{ "tdx.tee-tcb-svn", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL,
	  "versions of the TDX module and microcode: their level is in the TCB info" },
	{ "tdx.tee-tcb-svn2", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL,
	  "versions that run now, in quotes of TD 1.5: newer than those at launch if the module was updated" },
	{ "tdx.seam-attributes", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL, "of the TDX module: zero" },
	{ "tdx.attributes", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL, "of the TD: no debugging, nothing unknown" },
	{ "tdx.xfam", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL, "processor features of the TD: tdx.xfam of the policy" },
	{ "tdx.user-data", TALLY_CLAIM_BYTES, TALLY_CLAIM_BUILT_IN, "of the quoting enclave; nothing is made of it" },
	{ "tdx.trailing-size", TALLY_CLAIM_NUMBER, TALLY_CLAIM_BUILT_IN,
	  "bytes behind the quote, which nothing signs and nobody reads" },
	{ "tdx.ppid", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL,
	  "the platform, by its PCK certificate: pin it where it matters" },
	{ "tdx.fmspc", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL, "the family of the platform: that of the TCB info" },
	{ "tdx.dynamic-platform", TALLY_CLAIM_NUMBER, TALLY_CLAIM_OPTIONAL,
	  "1: packages can be added to the platform" },
	{ "tdx.cached-keys", TALLY_CLAIM_NUMBER, TALLY_CLAIM_OPTIONAL, "1: Intel keeps keys of the platform" },
	{ "tdx.smt", TALLY_CLAIM_NUMBER, TALLY_CLAIM_OPTIONAL, "1: simultaneous multithreading is on" },
	{ "tdx.tcb-evaluation-number", TALLY_CLAIM_NUMBER, TALLY_CLAIM_OPTIONAL,
	  "of the TCB info: tdx.tcb-evaluation-min of the policy" },
	{ "tdx.tcb-status", TALLY_CLAIM_TEXT, TALLY_CLAIM_OPTIONAL,
	  "platform, module and quoting enclave together: tdx.tcb-status of the policy" },
	{ "tdx.advisories", TALLY_CLAIM_TEXT, TALLY_CLAIM_OPTIONAL,
	  "those that apply, separated by blanks: tdx.advisories of the policy" },
};

#define CLAIM_COUNT (sizeof(claims) / sizeof(claims[0]))

/*
 * CN=Intel SGX Root CA, serial 22650CD65A9D3489F383B49552BF501B392706AC, 2018-05-21 to 2049-12-31.
 * SHA-256 of its DER: 44a0196b2b99f889b8e149e95b807a350e7424964399e885a7cbb8ccfab674d3
 */
static const uint8_t intel_roots[][TALLY_FINGERPRINT_SIZE] = {
	{ 0x44, 0xa0, 0x19, 0x6b, 0x2b, 0x99, 0xf8, 0x89, 0xb8, 0xe1, 0x49, 0xe9, 0x5b, 0x80, 0x7a, 0x35,
	  0x0e, 0x74, 0x24, 0x96, 0x43, 0x99, 0xe8, 0x85, 0xa7, 0xcb, 0xb8, 0xcc, 0xfa, 0xb6, 0x74, 0xd3 },
};

static bool tdx_has_register(struct tally_bytes name)
{
	static const char *const names[] = { "rtmr0", "rtmr1", "rtmr2", "rtmr3" };

	for (size_t i = 0; i < TALLY_TDX_RTMR_COUNT; i++)
		if (tally_bytes_equal(name, tally_text(names[i])))
			return true;
	return false;
}

/* Roots of the caller take the place of Intel's. */
static enum tally_status choose_roots(struct tally_tdx_case *tdx)
{
	const struct tally_roots *given = tdx->input->roots;
	uint8_t(*sha256)[TALLY_FINGERPRINT_SIZE];
	enum tally_status status = TALLY_OK;

	if (!given) {
		tdx->roots = (struct tally_fingerprints){ 1, intel_roots };
		return TALLY_OK;
	}
	sha256 = tally_arena_take(tdx->ledger->arena, given->count + 1, sizeof(*sha256));
	if (!sha256)
		return TALLY_NO_MEMORY;
	for (size_t i = 0; status == TALLY_OK && i < given->count; i++) {
		struct tally_hash_job job = { TALLY_SHA256, { given->der[i] }, sha256[i] };

		status = tally_env_hash(&job, 1);
	}
	tdx->test_roots = (struct tally_fingerprints){ given->count, (const uint8_t(*)[TALLY_FINGERPRINT_SIZE])sha256 };
	return status;
}

/* Certificates beside the quote. One that can't be read is told only where one is missing: it may be meant for others. */
static enum tally_status fill_pool(struct tally_tdx_case *tdx)
{
	const struct tally_collateral_item *item;
	size_t at = 0;

	while ((item = tally_collateral_next(tdx->input->collateral, TALLY_COLLATERAL_CERTIFICATES, &at))) {
		struct tally_certificate *certificates;
		size_t count = 0;
		enum tally_status status =
			tally_certificates_read(item->bytes, tdx->kept, tdx->ledger->arena, &certificates, &count);

		if (status == TALLY_NO_MEMORY)
			return status;
		if (status != TALLY_OK)
			tdx->unreadable = item;
		for (size_t i = 0; status == TALLY_OK && i < count && tdx->pool_count < TALLY_TDX_POOL_LIMIT; i++)
			tdx->pool[tdx->pool_count++] = certificates[i];
	}
	return TALLY_OK;
}

/* For the place of a fault. */
static enum tally_status reread_quote(struct tally_bytes input)
{
	struct tally_tdx_quote quote;

	return tally_tdx_quote_read(input, &quote);
}

/* The same to the end of its signature data. */
static enum tally_status reread_signature(struct tally_bytes input)
{
	struct tally_tdx_quote quote;
	struct tally_tdx_signature signature;
	enum tally_status status = tally_tdx_quote_read(input, &quote);

	return status == TALLY_OK ? tally_tdx_signature_read(quote.signature_data, &signature) : status;
}

/* Quote and signature data; a quote without readable signature data can still be shown. */
static bool read_quote(struct tally_tdx_case *tdx, bool *ret_has_signature)
{
	enum tally_status status = tally_tdx_quote_read(tdx->input->report, &tdx->quote);

	if (!tally_ledger_rule(tdx->ledger, status == TALLY_OK, TALLY_REASON_TDX_QUOTE_MALFORMED, "tdx.quote",
			       "the quote can be read", "", NULL,
			       tally_fault_text(tdx->ledger->arena, reread_quote, tdx->input->report, status)))
		return false;
	status = tally_tdx_signature_read(tdx->quote.signature_data, &tdx->signature);
	*ret_has_signature =
		tally_ledger_rule(tdx->ledger, status == TALLY_OK, TALLY_REASON_TDX_SIGNATURE_MALFORMED, "tdx.quote",
				  "its signature data can be read", "", NULL,
				  tally_fault_text(tdx->ledger->arena, reread_signature, tdx->input->report, status));
	return true;
}

/* Every step adds what it finds; the quote is authentic if none of them found anything. */
static enum tally_status check_signed(struct tally_tdx_case *tdx)
{
	size_t before = tdx->ledger->findings.count;
	enum tally_status status = tally_tdx_check_chain(tdx);

	if (status == TALLY_OK)
		status = tally_tdx_check_revocation(tdx);
	if (status == TALLY_OK)
		status = tally_tdx_check_collateral(tdx);
	if (status != TALLY_OK)
		return status;
	tally_tdx_check_makers(tdx);
	if (tdx->ledger->findings.count == before)
		tdx->statement->by =
			tally_arena_print(tdx->ledger->arena, "PCK certificate under %s", tdx->statement->root);
	/* A platform that is out of date is authentic nevertheless. */
	tally_tdx_check_levels(tdx);
	return TALLY_OK;
}

static enum tally_status authenticate_case(struct tally_tdx_case *tdx)
{
	enum tally_status status;
	bool has_signature;

	if (!read_quote(tdx, &has_signature))
		return TALLY_OK;
	status = choose_roots(tdx);
	if (status == TALLY_OK)
		status = fill_pool(tdx);
	if (status == TALLY_OK && has_signature)
		status = check_signed(tdx);
	if (status != TALLY_OK)
		return status;
	tally_tdx_check_attributes(tdx);
	return tally_tdx_state_claims(tdx);
}

static enum tally_status tdx_authenticate(const struct tally_verifier_input *input, struct tally_ledger *ledger,
					  struct tally_statement *ret)
{
	static const struct tally_tdx_policy strictest = { .statuses = 0 };
	struct tally_tdx_case *tdx = tally_arena_take(ledger->arena, 1, sizeof(*tdx));
	struct tally_kept *own = input->kept ? NULL : tally_kept_new();
	enum tally_status status = TALLY_NO_MEMORY;

	if (tdx && (input->kept || own)) {
		tdx->input = input;
		tdx->policy = input->section ? input->section : &strictest;
		tdx->ledger = ledger;
		tdx->statement = ret;
		tdx->kept = input->kept ? input->kept : own;
		status = authenticate_case(tdx);
	}
	tally_kept_free(own);
	return status;
}

static const char *const members[] = { TALLY_LABEL_CERTIFICATES, NULL };

const struct tally_verifier tally_verifier_tdx = {
	.name = "tdx",
	.label = TALLY_LABEL_REPORT,
	.media_type = TALLY_MEDIA_TDX_QUOTE,
	.caveat = "",
	.binding_modes = 1U << TALLY_BINDING_TALLY | 1U << TALLY_BINDING_RAW | 1U << TALLY_BINDING_COCO |
			 1U << TALLY_BINDING_EK_SRK,
	.members = members,
	.claims = claims,
	.claim_count = CLAIM_COUNT,
	.has_register = tdx_has_register,
	.section_size = sizeof(struct tally_tdx_policy),
	.read_section = tally_policy_read_tdx,
	.authenticate = tdx_authenticate,
};
