// SPDX-License-Identifier: BSD-2-Clause
/* What an SNP report says of itself, and how old its platform is. */
#include "snp.h"

#define SNP_ECDSA_P384_SHA384 1
#define SNP_VMPL_LIMIT 3
#define SNP_KEY_DIGEST_SIZE 48

bool tally_snp_rule(struct tally_snp_case *snp, bool holds, enum tally_reason reason, const char *rule,
		    const char *actual)
{
	return tally_ledger_rule(snp->ledger, holds, reason, "snp", rule, actual, NULL, actual);
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

bool tally_snp_is_signed(const struct tally_snp_report *report)
{
	return !is_zero(report->r, TALLY_SNP_SCALAR_SIZE) || !is_zero(report->s, TALLY_SNP_SCALAR_SIZE);
}

static const char *number_text(struct tally_snp_case *snp, uint64_t number)
{
	return tally_arena_print(snp->ledger->arena, "0x%llx", (unsigned long long)number);
}

/* The key that signs, and that it signs at all. */
static void check_key(struct tally_snp_case *snp)
{
	const struct tally_snp_report *report = &snp->report;

	tally_snp_rule(snp, report->signature_algorithm == SNP_ECDSA_P384_SHA384, TALLY_REASON_SNP_SIGNATURE_ALGORITHM,
		       "the report is signed with ECDSA P-384 and SHA-384",
		       number_text(snp, report->signature_algorithm));
	tally_snp_rule(snp, !report->is_chip_key_masked, TALLY_REASON_SNP_KEY_MASKED,
		       "the platform does not hide its key", "");
	tally_snp_rule(snp, report->signing_key == TALLY_SNP_KEY_VCEK || report->signing_key == TALLY_SNP_KEY_VLEK,
		       TALLY_REASON_SNP_SIGNING_KEY, "a VCEK or VLEK signs", number_text(snp, report->signing_key));
	tally_snp_rule(snp, tally_snp_is_signed(report), TALLY_REASON_SNP_SIGNATURE_MISSING, "there is a signature",
		       "");
}

/* What the guest may be done to. */
static void check_policy(struct tally_snp_case *snp)
{
	uint64_t policy = snp->report.policy;
	bool is_debug = (policy & TALLY_SNP_POLICY_DEBUG) != 0;

	tally_snp_rule(snp, (policy & TALLY_SNP_POLICY_ONE) && !(policy & ~TALLY_SNP_POLICY_KNOWN),
		       TALLY_REASON_SNP_POLICY_RESERVED, "the guest's policy has known bits only",
		       number_text(snp, policy));
	snp->statement->is_debug = is_debug;
	tally_ledger_exceptable(snp->ledger, !is_debug, TALLY_EXCEPTION_SNP_DEBUG, TALLY_REASON_SNP_DEBUG, "snp",
				"the host can't look into the guest");
	tally_snp_rule(snp, snp->report.vmpl <= SNP_VMPL_LIMIT, TALLY_REASON_SNP_VMPL_HOST,
		       "the guest asked for the report", number_text(snp, snp->report.vmpl));
}

/* With a VLEK the chip may be hidden: the cloud's id stands for it. */
static void check_chip(struct tally_snp_case *snp)
{
	bool is_masked = is_zero(snp->report.chip_id, TALLY_SNP_CHIP_ID_SIZE);

	if (snp->report.signing_key != TALLY_SNP_KEY_VCEK)
		return;
	tally_ledger_exceptable(snp->ledger, !is_masked, TALLY_EXCEPTION_SNP_CHIP_MASKED, TALLY_REASON_SNP_CHIP_MASKED,
				"snp", "the report says which chip made it");
}

/*
 * Guest SVN, family and image id come with a block that the id key signs, whose key the author's may certify; the
 * firmware checks both, but not whose they are.
 */
static void check_ids(struct tally_snp_case *snp)
{
	const struct tally_snp_report *report = &snp->report;
	const struct tally_policy *policy = snp->input->policy;
	bool is_pinned = tally_policy_claim_find(policy, "snp.id-key-digest") ||
			 (report->has_author_key && tally_policy_claim_find(policy, "snp.author-key-digest"));

	tally_snp_rule(snp, report->has_author_key || is_zero(report->author_key_digest, SNP_KEY_DIGEST_SIZE),
		       TALLY_REASON_SNP_AUTHOR_KEY, "without an author key its digest is zero", "");
	tally_snp_rule(snp, is_pinned, TALLY_REASON_SNP_ID_UNPINNED,
		       "the policy pins the id key, or the author key that certifies it", "");
}

void tally_snp_check_fields(struct tally_snp_case *snp)
{
	check_key(snp);
	check_policy(snp);
	check_chip(snp);
	check_ids(snp);
}

enum tcb_role { TCB_REPORTED, TCB_COMMITTED, TCB_CURRENT, TCB_LAUNCH, TCB_COUNT };

static const char *const tcb_names[TCB_COUNT] = { "reported", "committed", "current", "launch" };

static const char *tcb_text(struct tally_snp_case *snp, const struct tally_snp_tcb *tcb)
{
	struct tally_arena *arena = snp->ledger->arena;
	const char *fmc = snp->product == TALLY_SNP_TURIN ? tally_arena_print(arena, "fmc %u, ", tcb->fmc) : "";

	return tally_arena_print(arena, "%sboot-loader %u, tee %u, snp %u, microcode %u", fmc, tcb->boot_loader,
				 tcb->tee, tcb->snp, tcb->microcode);
}

static bool read_tcbs(struct tally_snp_case *snp, struct tally_snp_tcb ret[TCB_COUNT])
{
	const uint8_t *const bytes[TCB_COUNT] = { snp->report.reported_tcb, snp->report.committed_tcb,
						  snp->report.current_tcb, snp->report.launch_tcb };
	bool holds = true;

	for (size_t i = 0; i < TCB_COUNT; i++)
		holds &= tally_snp_tcb_read(bytes[i], snp->product, &ret[i]) == TALLY_OK;
	return tally_snp_rule(snp, holds, TALLY_REASON_SNP_TCB_RESERVED,
			      "TCB versions have the form of their processor", "");
}

static uint32_t firmware_order(const struct tally_snp_firmware *firmware)
{
	return (uint32_t)firmware->major << 16 | (uint32_t)firmware->minor << 8 | firmware->build;
}

static void check_minimum(struct tally_snp_case *snp, enum tcb_role role, const struct tally_snp_tcb *tcb,
			  const struct tally_snp_minimum *minimum)
{
	const struct tally_snp_tcb *least = &minimum->tcb[snp->product];
	const char *actual = tcb_text(snp, tcb);

	if (!minimum->is_set[snp->product])
		return;
	tally_ledger_policy(
		snp->ledger, tally_snp_tcb_at_most(least, tcb), TALLY_REASON_SNP_TCB_OLD, "snp",
		tally_arena_print(snp->ledger->arena, "%s TCB at least %s", tcb_names[role], tcb_text(snp, least)),
		actual, NULL, tally_arena_print(snp->ledger->arena, "%s", actual));
}

static void check_minimums(struct tally_snp_case *snp, const struct tally_snp_tcb tcb[TCB_COUNT])
{
	const struct tally_snp_policy *policy = snp->input->section;

	tally_snp_rule(snp, policy && policy->reported.is_set[snp->product], TALLY_REASON_SNP_TCB_UNRULED,
		       "the policy says how old the platform may be", tally_snp_product_name(snp->product));
	if (!policy)
		return;
	check_minimum(snp, TCB_REPORTED, &tcb[TCB_REPORTED], &policy->reported);
	check_minimum(snp, TCB_COMMITTED, &tcb[TCB_COMMITTED], &policy->committed);
	check_minimum(snp, TCB_LAUNCH, &tcb[TCB_LAUNCH], &policy->launch);
}

void tally_snp_check_tcb(struct tally_snp_case *snp)
{
	const struct tally_snp_report *report = &snp->report;
	struct tally_snp_tcb tcb[TCB_COUNT];

	if (!read_tcbs(snp, tcb))
		return;
	tally_snp_rule(snp,
		       tally_snp_tcb_at_most(&tcb[TCB_REPORTED], &tcb[TCB_COMMITTED]) &&
			       tally_snp_tcb_at_most(&tcb[TCB_COMMITTED], &tcb[TCB_CURRENT]) &&
			       firmware_order(&report->committed) <= firmware_order(&report->current),
		       TALLY_REASON_SNP_TCB_ORDER, "reported, committed and current versions ascend",
		       tcb_text(snp, &tcb[TCB_REPORTED]));
	check_minimums(snp, tcb);
}
