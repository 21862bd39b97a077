// SPDX-License-Identifier: BSD-2-Clause
/* Intel's statements about platforms and quoting enclave: the right ones, signed by the right key, in force. */
#include "fault.h"
#include "tdx.h"

#define NAME_SIGNER "Intel SGX TCB Signing"
#define URL_TCB_INFO "https://api.trustedservices.intel.com/tdx/certification/v4/tcb?fmspc=%s"
#define URL_QE_IDENTITY "https://api.trustedservices.intel.com/tdx/certification/v4/qe/identity"
#define SIGNER_CHAIN_COUNT 2

/* One kind of statement: what is told of it, in the order in which it is asked. */
struct statement_kind {
	enum tally_collateral_kind collateral;
	const char *subject;
	const char *what;
	enum tally_reason missing, malformed, mismatch, signature, not_yet, expired;
	struct tally_collateral_need need;
};

/* What both kinds of statements have. */
struct dated_statement {
	struct tally_bytes signed_bytes;
	const uint8_t *signature;
	int64_t issued;
	int64_t next_update;
	uint32_t evaluation_number;
};

enum statement_rank { NOTHING = 0, UNREADABLE, OTHER_PLATFORM, UNSOUND, SOUND };

/* The best so far: a statement that holds before one that does not, the newest among those. */
struct statement_choice {
	enum statement_rank rank;
	size_t weighed;
	const char *detail;
	struct dated_statement dated;
	const void *value;
	const struct tally_certificate *signer; /* of a sound one */
};

static bool is_signer(const struct tally_certificate *certificate)
{
	return tally_bytes_equal(certificate->subject_name, tally_text(NAME_SIGNER));
}

/* The root that the PCK ends in, or one beside it. */
static const struct tally_certificate *find_issuer(const struct tally_tdx_case *tdx,
						   const struct tally_certificate *certificate)
{
	size_t count = tdx->certificate_count;

	/* A damaged quote has none. */
	if (count && tally_bytes_equal(tdx->certificate[count - 1].subject, certificate->issuer))
		return &tdx->certificate[count - 1];
	for (size_t i = 0; i < tdx->pool_count; i++)
		if (tally_bytes_equal(tdx->pool[i].subject, certificate->issuer))
			return &tdx->pool[i];
	return NULL;
}

/* The signer and its root; one only if there is no root. */
static struct tally_chain_request signer_request(const struct tally_tdx_case *tdx,
						 const struct tally_certificate *signer,
						 struct tally_certificate chain[SIGNER_CHAIN_COUNT])
{
	const struct tally_certificate *root = find_issuer(tdx, signer);
	struct tally_chain_request request = { .certificate = chain,
					       .count = root ? 2 : 1,
					       .roots = tdx->roots,
					       .test_roots = tdx->test_roots,
					       .time = tdx->input->time,
					       .keeps_leaf = true,
					       .leaf_usage = TALLY_X509_DIGITAL_SIGNATURE };

	chain[0] = *signer;
	if (root)
		chain[1] = *root;
	return request;
}

static enum tally_status check_signer(struct tally_tdx_case *tdx, const struct tally_certificate *signer,
				      bool *ret_holds)
{
	struct tally_certificate certificates[SIGNER_CHAIN_COUNT];
	struct tally_chain_request request = signer_request(tdx, signer, certificates);
	struct tally_chain chain;
	enum tally_status status = tally_chain_check(&request, tdx->kept, &chain);

	*ret_holds = status == TALLY_OK && chain.holds;
	return status;
}

static enum tally_status check_signed_by(struct tally_tdx_case *tdx, const struct dated_statement *dated,
					 const struct tally_certificate *signer, bool *ret_holds)
{
	const struct tally_period period = { dated->issued, dated->next_update };
	const struct tally_signed_message what = {
		.spki = signer->spki,
		.form = TALLY_SIGNATURE_ECDSA_RAW,
		.alg = TALLY_SHA256,
		.message = dated->signed_bytes,
		.signature = tally_bytes(dated->signature, TALLY_TDX_SIGNATURE_SIZE),
	};
	enum tally_status status = tally_kept_check(tdx->kept, &what, &period, tdx->input->time);

	*ret_holds = status == TALLY_OK;
	return status == TALLY_NO_MEMORY || status == TALLY_CRYPTO ? status : TALLY_OK;
}

/* The signer whose certificate holds and whose key made the signature; *ret is not set without one. */
static enum tally_status find_signer(struct tally_tdx_case *tdx, const struct dated_statement *dated,
				     const struct tally_certificate **ret)
{
	for (size_t i = 0; i < tdx->pool_count; i++) {
		bool is_trusted = false;
		bool is_signed = false;
		enum tally_status status;

		if (!is_signer(&tdx->pool[i]))
			continue;
		status = check_signer(tdx, &tdx->pool[i], &is_trusted);
		if (status == TALLY_OK && is_trusted)
			status = check_signed_by(tdx, dated, &tdx->pool[i], &is_signed);
		if (status != TALLY_OK)
			return status;
		if (is_signed) {
			*ret = &tdx->pool[i];
			return TALLY_OK;
		}
	}
	return TALLY_OK;
}

static bool is_in_force(const struct tally_tdx_case *tdx, const struct dated_statement *dated)
{
	return dated->issued <= tdx->input->time && tdx->input->time <= dated->next_update;
}

static bool is_newer(const struct dated_statement *a, const struct dated_statement *b)
{
	if (a->evaluation_number != b->evaluation_number)
		return a->evaluation_number > b->evaluation_number;
	return a->issued > b->issued;
}

static bool is_preferred(const struct statement_choice *choice, bool is_sound, const struct dated_statement *dated)
{
	if (choice->rank < UNSOUND)
		return true;
	if (is_sound != (choice->rank == SOUND))
		return is_sound;
	return is_newer(dated, &choice->dated);
}

/* A statement of this platform: is it better than what there is? */
static enum tally_status weigh(struct tally_tdx_case *tdx, const struct dated_statement *dated, const void *value,
			       struct statement_choice *choice)
{
	const struct tally_certificate *signer = NULL;
	enum tally_status status = find_signer(tdx, dated, &signer);
	bool is_sound = signer && is_in_force(tdx, dated);

	choice->weighed++;
	if (status != TALLY_OK || !is_preferred(choice, is_sound, dated))
		return status;
	choice->rank = is_sound ? SOUND : UNSOUND;
	choice->dated = *dated;
	choice->value = value;
	choice->signer = signer;
	return TALLY_OK;
}

/* What is no statement of this platform, and why. */
static void set_aside(struct statement_choice *choice, bool is_readable, const char *detail)
{
	enum statement_rank rank = is_readable ? OTHER_PLATFORM : UNREADABLE;

	if (choice->rank >= rank)
		return;
	choice->rank = rank;
	choice->detail = detail;
}

static const char *unreadable_text(struct tally_arena *arena, const struct tally_collateral_item *item,
				   enum tally_status status, size_t offset)
{
	return tally_arena_print(arena, "%s, at byte %zu: %s", tally_arena_text(arena, tally_text(item->origin)),
				 offset, tally_status_message(status));
}

static enum tally_status read_tcb_info(struct tally_bytes bytes, struct tally_arena *arena, void *ret)
{
	size_t offset;

	(void)arena;
	return tally_tdx_tcb_info_read(bytes, ret, &offset);
}

static enum tally_status read_qe_identity(struct tally_bytes bytes, struct tally_arena *arena, void *ret)
{
	size_t offset;

	(void)arena;
	return tally_tdx_qe_identity_read(bytes, ret, &offset);
}

static const struct tally_kept_form tcb_info_form = { sizeof(struct tally_tdx_tcb_info), read_tcb_info };
static const struct tally_kept_form qe_identity_form = { sizeof(struct tally_tdx_qe_identity), read_qe_identity };

static bool is_of_platform(const struct tally_tdx_tcb_info *info, const struct tally_sgx_pck *pck)
{
	return memcmp(info->fmspc, pck->fmspc, sizeof(info->fmspc)) == 0 &&
	       memcmp(info->pceid, pck->pceid, sizeof(info->pceid)) == 0;
}

static enum tally_status weigh_tcb_info(struct tally_tdx_case *tdx, const struct tally_collateral_item *item,
					struct statement_choice *choice)
{
	struct tally_arena *arena = tdx->ledger->arena;
	const struct tally_tdx_tcb_info *info;
	struct dated_statement dated;
	const void *value;
	enum tally_status status = tally_kept_read(tdx->kept, &tcb_info_form, item->bytes, arena, &value);

	if (status == TALLY_NO_MEMORY)
		return status;
	if (status != TALLY_OK) {
		struct tally_tdx_tcb_info beginning;
		size_t offset;

		/* Once more, to say where. */
		status = tally_tdx_tcb_info_read(item->bytes, &beginning, &offset);
		set_aside(choice, false, unreadable_text(arena, item, status, offset));
		return TALLY_OK;
	}
	info = value;
	if (!is_of_platform(info, &tdx->pck)) {
		set_aside(choice, true,
			  tally_arena_print(arena, "of FMSPC %s",
					    tally_arena_hex(arena, tally_bytes(info->fmspc, sizeof(info->fmspc)))));
		return TALLY_OK;
	}
	dated = (struct dated_statement){ info->signed_bytes, info->signature, info->issued, info->next_update,
					  info->evaluation_number };
	return weigh(tdx, &dated, info, choice);
}

static enum tally_status weigh_qe_identity(struct tally_tdx_case *tdx, const struct tally_collateral_item *item,
					   struct statement_choice *choice)
{
	struct tally_arena *arena = tdx->ledger->arena;
	const struct tally_tdx_qe_identity *identity;
	struct dated_statement dated;
	const void *value;
	enum tally_status status = tally_kept_read(tdx->kept, &qe_identity_form, item->bytes, arena, &value);

	if (status == TALLY_NO_MEMORY)
		return status;
	if (status != TALLY_OK) {
		struct tally_tdx_qe_identity beginning;
		size_t offset;

		status = tally_tdx_qe_identity_read(item->bytes, &beginning, &offset);
		set_aside(choice, false, unreadable_text(arena, item, status, offset));
		return TALLY_OK;
	}
	identity = value;
	dated = (struct dated_statement){ identity->signed_bytes, identity->signature, identity->issued,
					  identity->next_update, identity->evaluation_number };
	return weigh(tdx, &dated, identity, choice);
}

static enum tally_status choose(struct tally_tdx_case *tdx, const struct statement_kind *kind,
				struct statement_choice *ret)
{
	const struct tally_collateral_item *item;
	enum tally_status status = TALLY_OK;
	size_t at = tdx->input->collateral->count;

	while (status == TALLY_OK && ret->weighed < TALLY_TDX_ITEM_LIMIT &&
	       (item = tally_collateral_previous(tdx->input->collateral, kind->collateral, &at)))
		status = kind->collateral == TALLY_COLLATERAL_TDX_TCB_INFO ? weigh_tcb_info(tdx, item, ret)
									   : weigh_qe_identity(tdx, item, ret);
	return status;
}

static const struct tally_certificate *any_signer(const struct tally_tdx_case *tdx)
{
	for (size_t i = 0; i < tdx->pool_count; i++)
		if (is_signer(&tdx->pool[i]))
			return &tdx->pool[i];
	return NULL;
}

/* The signer's certificate into the ledger: once, even if it signs both. */
static enum tally_status judge_signer(struct tally_tdx_case *tdx, const struct tally_certificate *signer)
{
	struct tally_certificate certificates[SIGNER_CHAIN_COUNT];
	struct tally_chain_request request = signer_request(tdx, signer, certificates);
	struct tally_chain chain;
	enum tally_status status = tally_chain_judge(&request, tdx->kept, tdx->ledger, "tdx.tcb-signer", &chain);

	if (status != TALLY_OK)
		return status;
	tally_statement_limit(tdx->statement, chain.valid_until);
	if (tdx->has_root_crl)
		tally_crl_judge_certificate(&tdx->root_crl, signer, tdx->ledger, "tdx.tcb-signer");
	return TALLY_OK;
}

static void tell_signer_missing(struct tally_tdx_case *tdx, const struct statement_kind *kind)
{
	if (tdx->unreadable)
		tally_ledger_rule(tdx->ledger, false, TALLY_REASON_CERTIFICATE_MALFORMED, "tdx.tcb-signer",
				  "certificates can be read", "", NULL,
				  tally_fault_item(tdx->ledger->arena, tdx->unreadable));
	else
		tally_collateral_missing(tdx->ledger, TALLY_REASON_TDX_SIGNER_MISSING, "tdx.tcb-signer",
					 "the certificate of Intel's TCB signing key is there", &kind->need);
}

/* An untrusted signer is told as that: whether it signed is asked, too, so that each fault has its own reason. */
static enum tally_status judge_statement_signature(struct tally_tdx_case *tdx, const struct statement_kind *kind,
						   const struct statement_choice *choice,
						   const struct tally_certificate **judged)
{
	const struct tally_certificate *signer = choice->signer ? choice->signer : any_signer(tdx);
	enum tally_status status = TALLY_OK;
	bool is_signed = choice->signer != NULL;

	if (!signer) {
		tell_signer_missing(tdx, kind);
		return TALLY_OK;
	}
	if (!is_signed)
		status = check_signed_by(tdx, &choice->dated, signer, &is_signed);
	tally_ledger_rule(tdx->ledger, is_signed, kind->signature, kind->subject, "Intel's TCB signing key signs it",
			  "", NULL, "");
	if (status == TALLY_OK && *judged != signer)
		status = judge_signer(tdx, signer);
	*judged = signer;
	return status;
}

static void judge_dates(struct tally_tdx_case *tdx, const struct statement_kind *kind,
			const struct dated_statement *dated)
{
	int64_t time = tdx->input->time;
	bool is_issued = tally_ledger_rule(tdx->ledger, dated->issued <= time, kind->not_yet, kind->subject,
					   "it was issued before the time of judgement", "", NULL, "");
	bool is_current = tally_ledger_rule(tdx->ledger, time <= dated->next_update, kind->expired, kind->subject,
					    "its next update is not over yet", "", NULL, "");

	if (!is_issued || !is_current)
		tally_collateral_stale(tdx->ledger, &kind->need);
	tally_statement_limit(tdx->statement, dated->next_update);
	tally_collateral_check_age(tdx->ledger, tdx->statement, tdx->input->policy->collateral, kind->collateral,
				   kind->subject, dated->issued, time);
	if (tdx->policy->evaluation_number)
		tally_ledger_policy(tdx->ledger, dated->evaluation_number >= tdx->policy->evaluation_number,
				    TALLY_REASON_TDX_EVALUATION_NUMBER, kind->subject,
				    tally_arena_print(tdx->ledger->arena, "its evaluation number is at least %llu",
						      (unsigned long long)tdx->policy->evaluation_number),
				    tally_arena_print(tdx->ledger->arena, "%u", (unsigned)dated->evaluation_number),
				    NULL, "");
}

/* The statement, or NULL with a finding. */
static enum tally_status judge_statement(struct tally_tdx_case *tdx, const struct statement_kind *kind,
					 const struct tally_certificate **judged, const void **ret)
{
	struct statement_choice choice = { .rank = NOTHING, .detail = "" };
	enum tally_status status = choose(tdx, kind, &choice);

	if (status != TALLY_OK)
		return status;
	if (choice.rank == NOTHING) {
		tally_collateral_missing(tdx->ledger, kind->missing, kind->subject, kind->what, &kind->need);
		return TALLY_OK;
	}
	if (!tally_ledger_rule(tdx->ledger, choice.rank != UNREADABLE, kind->malformed, kind->subject, "it can be read",
			       "", NULL, choice.detail))
		return TALLY_OK;
	if (!tally_ledger_rule(tdx->ledger, choice.rank != OTHER_PLATFORM, kind->mismatch, kind->subject,
			       "it is of this kind of platform", "", NULL, choice.detail)) {
		tally_collateral_stale(tdx->ledger, &kind->need);
		return TALLY_OK;
	}
	judge_dates(tdx, kind, &choice.dated);
	*ret = choice.value;
	return judge_statement_signature(tdx, kind, &choice, judged);
}

static struct statement_kind tcb_info_kind(const struct tally_tdx_case *tdx)
{
	struct tally_arena *arena = tdx->ledger->arena;
	const char *fmspc = tally_arena_hex(arena, tally_bytes(tdx->pck.fmspc, 6));

	return (struct statement_kind){
		.collateral = TALLY_COLLATERAL_TDX_TCB_INFO,
		.subject = "tdx.tcb-info",
		.what = "the TCB info of the platform is there",
		.missing = TALLY_REASON_TDX_TCB_INFO_MISSING,
		.malformed = TALLY_REASON_TDX_TCB_INFO_MALFORMED,
		.mismatch = TALLY_REASON_TDX_TCB_INFO_MISMATCH,
		.signature = TALLY_REASON_TDX_TCB_INFO_SIGNATURE,
		.not_yet = TALLY_REASON_TDX_TCB_INFO_NOT_YET,
		.expired = TALLY_REASON_TDX_TCB_INFO_EXPIRED,
		.need = { .name = tally_arena_print(arena, "tdx/tcb-info-%s.json", fmspc),
			  .url = tally_arena_print(arena, URL_TCB_INFO, fmspc),
			  .chain_header = "TCB-Info-Issuer-Chain",
			  .chain_name = tally_arena_print(arena, "tdx/tcb-info-%s-chain.pem", fmspc) },
	};
}

static const struct statement_kind qe_identity_kind = {
	.collateral = TALLY_COLLATERAL_TDX_QE_IDENTITY,
	.subject = "tdx.qe-identity",
	.what = "the identity of the quoting enclave is there",
	.missing = TALLY_REASON_TDX_QE_IDENTITY_MISSING,
	.malformed = TALLY_REASON_TDX_QE_IDENTITY_MALFORMED,
	.mismatch = TALLY_REASON_TDX_QE_MISMATCH,
	.signature = TALLY_REASON_TDX_QE_IDENTITY_SIGNATURE,
	.not_yet = TALLY_REASON_TDX_QE_IDENTITY_NOT_YET,
	.expired = TALLY_REASON_TDX_QE_IDENTITY_EXPIRED,
	.need = { .name = "tdx/qe-identity.json",
		  .url = URL_QE_IDENTITY,
		  .chain_header = "SGX-Enclave-Identity-Issuer-Chain",
		  .chain_name = "tdx/qe-identity-chain.pem" },
};

enum tally_status tally_tdx_check_collateral(struct tally_tdx_case *tdx)
{
	const struct tally_certificate *judged = NULL;
	enum tally_status status = TALLY_OK;
	const void *value = NULL;

	/* Which TCB info is needed, the PCK certificate says. */
	if (tdx->has_pck) {
		struct statement_kind kind = tcb_info_kind(tdx);

		status = judge_statement(tdx, &kind, &judged, &value);
		tdx->info = value;
	}
	value = NULL;
	if (status == TALLY_OK)
		status = judge_statement(tdx, &qe_identity_kind, &judged, &value);
	tdx->identity = value;
	return status;
}
