// SPDX-License-Identifier: BSD-2-Clause
/* Revocation lists of Intel's: that of the PCK's authority and that of the root, both mandatory. */
#include "crl_choice.h"
#include "fault.h"
#include "tdx.h"

#define URL_PCK_CRL "https://api.trustedservices.intel.com/sgx/certification/v4/pckcrl?ca=%s&encoding=der"
#define URL_ROOT_CRL "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"

/* One of the two lists, and how it is asked for. */
struct crl_kind {
	const char *subject;
	const char *rule;
	enum tally_reason missing;
	const struct tally_certificate *issuer;
	uint64_t number; /* the least that the policy demands */
	struct tally_collateral_need need;
};

/* The number of a list, as far as it fits; a bigger one is as good as the biggest. */
static uint64_t crl_number(const struct tally_crl *crl)
{
	uint64_t number = 0;

	for (size_t i = 0; i < crl->number.size; i++)
		number = number >> 56 ? UINT64_MAX : number << 8 | crl->number.data[i];
	return number;
}

static void tell_missing_crl(struct tally_tdx_case *tdx, const struct crl_kind *kind,
			     const struct tally_collateral_item *unreadable)
{
	if (unreadable)
		tally_ledger_rule(tdx->ledger, false, TALLY_REASON_CRL_MALFORMED, kind->subject,
				  "revocation lists can be read", "", NULL,
				  tally_fault_item(tdx->ledger->arena, unreadable));
	else
		tally_collateral_missing(tdx->ledger, kind->missing, kind->subject, kind->rule, &kind->need);
}

static void check_crl_number(struct tally_tdx_case *tdx, const struct crl_kind *kind, const struct tally_crl *crl)
{
	unsigned long long least = kind->number;

	if (kind->number)
		tally_ledger_policy(
			tdx->ledger, crl_number(crl) >= kind->number, TALLY_REASON_TDX_CRL_NUMBER, kind->subject,
			tally_arena_print(tdx->ledger->arena, "the list's number is at least %llu", least),
			tally_arena_print(tdx->ledger->arena, "%llu", (unsigned long long)crl_number(crl)), NULL, "");
}

/* Choose, judge, and give back the list if it is there. */
static enum tally_status judge_crl(struct tally_tdx_case *tdx, const struct crl_kind *kind, bool *ret_is_found,
				   struct tally_crl *ret)
{
	struct tally_crl_choice choice = { .is_found = false };
	enum tally_status status = tally_crl_choose(tdx->input->collateral, kind->issuer, tdx->input->time, tdx->kept,
						    tdx->ledger->arena, &choice);
	bool holds;

	if (status != TALLY_OK)
		return status;
	*ret_is_found = choice.is_found;
	if (!choice.is_found) {
		tell_missing_crl(tdx, kind, choice.unreadable);
		return TALLY_OK;
	}
	*ret = choice.crl;
	status = tally_crl_judge(&choice.crl, kind->issuer, tdx->input->time, tdx->kept, tdx->ledger, kind->subject,
				 &holds);
	if (status != TALLY_OK)
		return status;
	if (!holds)
		tally_collateral_stale(tdx->ledger, &kind->need);
	check_crl_number(tdx, kind, ret);
	tally_collateral_check_age(tdx->ledger, tdx->statement, tdx->input->policy->collateral, TALLY_COLLATERAL_CRL,
				   kind->subject, ret->this_update, tdx->input->time);
	if (ret->has_next_update)
		tally_statement_limit(tdx->statement, ret->next_update);
	return TALLY_OK;
}

static const char *authority_word(const struct tally_certificate *authority)
{
	return tally_bytes_equal(authority->subject_name, tally_text("Intel SGX PCK Processor CA")) ? "processor"
												    : "platform";
}

enum tally_status tally_tdx_check_revocation(struct tally_tdx_case *tdx)
{
	struct tally_arena *arena = tdx->ledger->arena;
	const struct tally_certificate *chain = tdx->certificate;
	struct crl_kind pck = { .subject = "tdx.pck-crl",
				.rule = "the authority's revocation list is there",
				.missing = TALLY_REASON_TDX_PCK_CRL_MISSING,
				.number = tdx->policy->pck_crl_number };
	struct crl_kind root = { .subject = "tdx.root-crl",
				 .rule = "the root's revocation list is there",
				 .missing = TALLY_REASON_TDX_ROOT_CRL_MISSING,
				 .number = tdx->policy->root_crl_number,
				 .need = { .name = "tdx/root-crl.der", .url = URL_ROOT_CRL } };
	enum tally_status status;
	struct tally_crl crl;
	bool is_found;

	/* Another number of certificates is told already. */
	if (tdx->certificate_count != 3)
		return TALLY_OK;
	pck.issuer = &chain[1];
	pck.need.name = tally_arena_print(arena, "tdx/pck-crl-%s.der", authority_word(&chain[1]));
	pck.need.url = tally_arena_print(arena, URL_PCK_CRL, authority_word(&chain[1]));
	root.issuer = &chain[2];
	status = judge_crl(tdx, &pck, &is_found, &crl);
	if (status == TALLY_OK && is_found)
		tally_crl_judge_certificate(&crl, &chain[0], tdx->ledger, "tdx.pck");
	if (status == TALLY_OK)
		status = judge_crl(tdx, &root, &tdx->has_root_crl, &tdx->root_crl);
	if (status == TALLY_OK && tdx->has_root_crl)
		tally_crl_judge_certificate(&tdx->root_crl, &chain[1], tdx->ledger, "tdx.pck");
	return status;
}
