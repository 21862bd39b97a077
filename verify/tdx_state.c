// SPDX-License-Identifier: BSD-2-Clause
/* What a TDX quote says once it is authentic: how the platform stands, what the TD is, its claims and registers. */
#include "tdx.h"

#include <stdio.h>

#include "../format/json.h"

#define BIT(n) (UINT64_C(1) << (n))

/* spec: Intel TDX Module ABI, ATTRIBUTES; names as Linux has them */
#define ATTRIBUTE_DEBUG BIT(0)
#define ATTRIBUTE_PROFILING (BIT(4) | BIT(5) | BIT(6)) /* HGS_PLUS_PROF, PERF_PROF, PMT_PROF */
#define ATTRIBUTE_ICSSD BIT(16)
#define ATTRIBUTE_SERVTD_EXT BIT(17)
#define ATTRIBUTE_LASS BIT(27)
#define ATTRIBUTE_SEPT_VE_DISABLE BIT(28)
#define ATTRIBUTE_MIGRATABLE BIT(29)
#define ATTRIBUTE_PKS BIT(30)
#define ATTRIBUTE_KL BIT(31)
#define ATTRIBUTE_TPA BIT(62)
#define ATTRIBUTE_PERFMON BIT(63)
#define ATTRIBUTES_KNOWN                                                                                   \
	(ATTRIBUTE_DEBUG | ATTRIBUTE_PROFILING | ATTRIBUTE_ICSSD | ATTRIBUTE_SERVTD_EXT | ATTRIBUTE_LASS | \
	 ATTRIBUTE_SEPT_VE_DISABLE | ATTRIBUTE_MIGRATABLE | ATTRIBUTE_PKS | ATTRIBUTE_KL | ATTRIBUTE_TPA | \
	 ATTRIBUTE_PERFMON)

/* What x87 and SSE need, and all that a TD can have: 0 to 2, 5 to 9, 11, 12, 14, 15, 17, 18. */
#define XFAM_FIXED 0x3
#define XFAM_KNOWN 0x6dbe7

#define MEASUREMENT_SIZE 48
#define SVN_SIZE 16

static const char *hex64(struct tally_arena *arena, uint64_t value)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(value >> (56 - 8 * i));
	return tally_arena_print(arena, "0x%s", tally_arena_hex(arena, tally_bytes(bytes, sizeof(bytes))));
}

/* The parts of the platform that have a level of their own. */
struct platform_part {
	const char *subject;
	const struct tally_tdx_standing *standing; /* NULL: below every level */
};

static size_t platform_parts(const struct tally_tdx_levels *levels, struct platform_part parts[3])
{
	size_t count = 0;

	parts[count++] = (struct platform_part){ "tdx.platform", levels->tdx ? &levels->tdx->standing : NULL };
	if (levels->has_module_levels)
		parts[count++] =
			(struct platform_part){ "tdx.module", levels->module ? &levels->module->standing : NULL };
	parts[count++] = (struct platform_part){ "tdx.qe", levels->qe ? &levels->qe->standing : NULL };
	return count;
}

/* The names in a JSON array, as far as text needs them: they have no escapes, or are shown as they stand. */
static bool next_advisory(struct tally_cursor *list, struct tally_bytes *ret)
{
	struct tally_bytes from;

	while (!tally_cursor_is_done(list) && tally_read_u8(list) != '"')
		;
	from = list->left;
	while (!tally_cursor_is_done(list) && list->left.data[0] != '"')
		(void)tally_read_u8(list);
	if (tally_cursor_is_done(list))
		return false;
	*ret = tally_bytes(from.data, from.size - list->left.size);
	(void)tally_read_u8(list);
	return true;
}

static bool is_listed(const struct tally_tdx_policy *policy, struct tally_bytes advisory)
{
	for (size_t i = 0; i < policy->advisory_count; i++)
		if (tally_bytes_equal(policy->advisory[i], advisory))
			return true;
	return false;
}

/* Every advisory of the levels that were met; a policy may list those that it lives with. */
static const char *check_advisories(struct tally_tdx_case *tdx, const struct platform_part *parts, size_t count)
{
	struct tally_arena *arena = tdx->ledger->arena;
	const char *all = "";
	const char *unlisted = "";

	for (size_t i = 0; i < count; i++) {
		struct tally_cursor list =
			tally_cursor(parts[i].standing ? parts[i].standing->advisories : tally_bytes(NULL, 0));
		struct tally_bytes advisory;

		while (next_advisory(&list, &advisory)) {
			const char *text = tally_arena_text(arena, advisory);

			if (!strstr(all, text))
				all = tally_arena_print(arena, "%s%s%s", all, *all ? " " : "", text);
			if (!is_listed(tdx->policy, advisory))
				unlisted = tally_arena_print(arena, "%s%s%s", unlisted, *unlisted ? " " : "", text);
		}
	}
	if (tdx->policy->has_advisories)
		tally_ledger_policy(tdx->ledger, *unlisted == 0, TALLY_REASON_TDX_ADVISORY, "tdx.platform",
				    "no advisories apply but those that are listed", all, NULL, unlisted);
	return all;
}

static void check_status(struct tally_tdx_case *tdx, const struct tally_tdx_levels *levels,
			 const struct platform_part *parts, size_t count)
{
	uint32_t accepted = tdx->policy->statuses ? tdx->policy->statuses : 1U << TALLY_TDX_VERDICT_UP_TO_DATE;
	const char *name = tally_tdx_verdict_name(levels->verdict);
	bool is_ranked = true;

	for (size_t i = 0; i < count; i++) {
		const struct tally_tdx_standing *standing = parts[i].standing;
		bool is_known = tally_ledger_rule(tdx->ledger, standing != NULL, TALLY_REASON_TDX_TCB_UNSUPPORTED,
						  parts[i].subject, "it reaches a TCB level", "", NULL, "");
		bool is_revoked = is_known && standing->status == TALLY_TDX_REVOKED;

		is_ranked = is_known && !is_revoked && is_ranked;
		if (is_known)
			tally_ledger_rule(tdx->ledger, !is_revoked, TALLY_REASON_TDX_TCB_REVOKED, parts[i].subject,
					  "its TCB level is not revoked", tally_tdx_status_name(standing->status), NULL,
					  "");
	}
	/* Below every level, or revoked: that is told, and no policy accepts it. */
	if (is_ranked)
		tally_ledger_rule(tdx->ledger, accepted >> levels->verdict & 1, TALLY_REASON_TDX_TCB_STATUS,
				  "tdx.platform", "its TCB status is accepted", name, NULL, name);
}

static enum tally_standing standing_of(const struct tally_tdx_levels *levels, const char *advisories)
{
	if (levels->verdict == TALLY_TDX_VERDICT_REVOKED)
		return TALLY_STANDING_REVOKED;
	if (levels->verdict == TALLY_TDX_VERDICT_UNSUPPORTED)
		return TALLY_STANDING_UNKNOWN;
	return levels->verdict == TALLY_TDX_VERDICT_UP_TO_DATE && *advisories == 0 ? TALLY_STANDING_CURRENT
										   : TALLY_STANDING_OUTDATED;
}

static const struct tally_tdx_module *find_module(const struct tally_tdx_case *tdx)
{
	return tdx->info ? tally_tdx_find_module(tdx->info, tdx->quote.tee_tcb_svn[1]) : NULL;
}

void tally_tdx_check_makers(struct tally_tdx_case *tdx)
{
	const struct tally_tdx_module *module = find_module(tdx);

	tally_ledger_rule(tdx->ledger, tdx->quote.seam_attributes == 0, TALLY_REASON_TDX_SEAM_ATTRIBUTES, "tdx.module",
			  "the TDX module has no attributes", hex64(tdx->ledger->arena, tdx->quote.seam_attributes),
			  NULL, "");
	if (tdx->info)
		tally_ledger_rule(
			tdx->ledger, module && tally_tdx_is_module(module, &tdx->quote),
			TALLY_REASON_TDX_MODULE_MISMATCH, "tdx.module",
			"the TCB info knows the TDX module and who made it", "", NULL,
			tally_arena_print(tdx->ledger->arena, "major version %u", (unsigned)tdx->quote.tee_tcb_svn[1]));
	if (tdx->identity)
		tally_ledger_rule(tdx->ledger, tally_tdx_is_qe(tdx->identity, &tdx->signature.qe_report),
				  TALLY_REASON_TDX_QE_MISMATCH, "tdx.qe", "the quoting enclave is Intel's", "", NULL,
				  "");
}

void tally_tdx_check_levels(struct tally_tdx_case *tdx)
{
	const struct tally_tdx_module *module = find_module(tdx);
	struct tally_statement *statement = tdx->statement;
	struct platform_part parts[3];
	struct tally_tdx_levels levels;
	const char *advisories;
	size_t count;

	if (!module || !tdx->identity || !tdx->has_pck)
		return;
	levels =
		tally_tdx_evaluate(tdx->info, module, tdx->identity, &tdx->pck, &tdx->quote, &tdx->signature.qe_report);
	count = platform_parts(&levels, parts);
	advisories = check_advisories(tdx, parts, count);
	check_status(tdx, &levels, parts, count);
	statement->tcb.standing = standing_of(&levels, advisories);
	statement->tcb.status = tally_tdx_verdict_name(levels.verdict);
	statement->tcb.has_date = levels.tdx && levels.tdx->standing.has_date;
	statement->tcb.date = statement->tcb.has_date ? levels.tdx->standing.date : 0;
	statement->tcb.advisories = *advisories ? advisories : NULL;
}

static void check_attribute(struct tally_tdx_case *tdx, uint64_t mask, enum tally_exception exception,
			    enum tally_reason reason, const char *rule)
{
	tally_ledger_exceptable(tdx->ledger, (tdx->quote.td_attributes & mask) == 0, exception, reason,
				"tdx.attributes", rule);
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i])
			return false;
	return true;
}

void tally_tdx_check_attributes(struct tally_tdx_case *tdx)
{
	const struct tally_tdx_quote *quote = &tdx->quote;
	struct tally_ledger *ledger = tdx->ledger;
	uint64_t xfam = tdx->policy->has_xfam ? tdx->policy->xfam : XFAM_KNOWN;

	check_attribute(tdx, ATTRIBUTE_DEBUG, TALLY_EXCEPTION_TDX_DEBUG, TALLY_REASON_TDX_DEBUG,
			"the TD can't be debugged");
	check_attribute(tdx, ATTRIBUTE_PROFILING, TALLY_EXCEPTION_TDX_DEBUG, TALLY_REASON_TDX_PROFILING,
			"the TD can't be profiled");
	check_attribute(tdx, ATTRIBUTE_ICSSD, TALLY_EXCEPTION_TDX_ICSSD, TALLY_REASON_TDX_ICSSD,
			"the attribute ICSSD is not set");
	check_attribute(tdx, ATTRIBUTE_SERVTD_EXT, TALLY_EXCEPTION_TDX_SERVTD_EXT, TALLY_REASON_TDX_SERVTD_EXT,
			"the attribute SERVTD_EXT is not set");
	check_attribute(tdx, ATTRIBUTE_MIGRATABLE, TALLY_EXCEPTION_TDX_MIGRATABLE, TALLY_REASON_TDX_MIGRATABLE,
			"the TD can't be migrated");
	tally_ledger_exceptable(ledger, (quote->td_attributes & ATTRIBUTE_SEPT_VE_DISABLE) != 0,
				TALLY_EXCEPTION_TDX_SEPT_VE, TALLY_REASON_TDX_SEPT_VE, "tdx.attributes",
				"exceptions on the TD's own memory are disabled");
	tally_ledger_rule(ledger, (quote->td_attributes & ~ATTRIBUTES_KNOWN) == 0, TALLY_REASON_TDX_ATTRIBUTES,
			  "tdx.attributes", "no attribute is set that is not known",
			  hex64(ledger->arena, quote->td_attributes), NULL, hex64(ledger->arena, quote->td_attributes));
	tally_ledger_rule(ledger, (quote->xfam & XFAM_FIXED) == XFAM_FIXED && (quote->xfam & ~xfam) == 0,
			  TALLY_REASON_TDX_XFAM, "tdx.xfam", "the TD's processor features are accepted",
			  hex64(ledger->arena, quote->xfam), NULL, hex64(ledger->arena, quote->xfam));
	if (quote->mrservicetd)
		tally_ledger_exceptable(ledger, is_zero(quote->mrservicetd, MEASUREMENT_SIZE),
					TALLY_EXCEPTION_TDX_SERVICE_TD, TALLY_REASON_TDX_SERVICE_TD, "tdx.mrservicetd",
					"no service TD is bound to the TD");
	tdx->statement->is_debug = (quote->td_attributes & (ATTRIBUTE_DEBUG | ATTRIBUTE_PROFILING)) != 0;
}

/* spec: UEFI 2.10, 38.4.1 */
static const uint32_t cc_map[TALLY_TDX_RTMR_COUNT] = { 1U << 1 | 1U << 7, 0x7c, 0xff00, 0 };

static enum tally_status add_register(struct tally_statement *statement, const char *name, uint32_t number,
				      enum tally_register_kind kind, uint32_t pcr_mask, const uint8_t *value)
{
	struct tally_register reg = { .number = number,
				      .kind = kind,
				      .is_signed = TALLY_SIGNED_VALUE,
				      .extend_rule = TALLY_EXTEND_DIGEST,
				      .pcr_mask = pcr_mask,
				      .reset = { .count = 1, .digest = { { .alg = TALLY_SHA384 } } } };
	struct tally_digests *shown = &statement->value[statement->registers.count];

	snprintf(reg.name, sizeof(reg.name), "%s", name);
	if (value) {
		*shown = reg.reset;
		memcpy(shown->digest[0].bytes, value, MEASUREMENT_SIZE);
	}
	return tally_registers_add(&statement->registers, &reg);
}

static enum tally_status state_registers(struct tally_tdx_case *tdx)
{
	const struct tally_tdx_quote *quote = &tdx->quote;
	const struct {
		const char *name;
		const uint8_t *value;
	} statics[] = { { "mrtd", quote->mrtd },
			{ "mrconfigid", quote->mrconfigid },
			{ "mrowner", quote->mrowner },
			{ "mrownerconfig", quote->mrownerconfig },
			{ "mrservicetd", quote->mrservicetd } };
	static const char *const rtmrs[TALLY_TDX_RTMR_COUNT] = { "rtmr0", "rtmr1", "rtmr2", "rtmr3" };
	struct tally_statement *statement = tdx->statement;
	enum tally_status status = TALLY_OK;

	snprintf(statement->registers.provider, sizeof(statement->registers.provider), "tdx");
	for (uint32_t i = 0; status == TALLY_OK && i < TALLY_TDX_RTMR_COUNT; i++)
		status = add_register(statement, rtmrs[i], i, TALLY_RUNTIME, cc_map[i], quote->rtmr[i]);
	for (uint32_t i = 0; status == TALLY_OK && i < sizeof(statics) / sizeof(statics[0]); i++)
		status = add_register(statement, statics[i].name, i, TALLY_STATIC, i == 0, statics[i].value);
	return status;
}

static void claim_bytes(struct tally_tdx_case *tdx, const char *name, const uint8_t *bytes, size_t size)
{
	if (bytes)
		tally_statement_claim_bytes(tdx->statement, tdx->ledger->arena, &tally_verifier_tdx, name,
					    tally_bytes(bytes, size));
}

static void claim_number(struct tally_tdx_case *tdx, const char *name, uint64_t number)
{
	tally_statement_claim_number(tdx->statement, tdx->ledger->arena, &tally_verifier_tdx, name, number);
}

static void claim_text(struct tally_tdx_case *tdx, const char *name, const char *text)
{
	if (text)
		tally_statement_claim_text(tdx->statement, tdx->ledger->arena, &tally_verifier_tdx, name, text);
}

/* Eight bytes as they stand in the quote. */
static void claim_bits(struct tally_tdx_case *tdx, const char *name, uint64_t bits)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(bits >> 8 * i);
	claim_bytes(tdx, name, bytes, sizeof(bytes));
}

static void claim_quote(struct tally_tdx_case *tdx)
{
	const struct tally_tdx_quote *quote = &tdx->quote;

	claim_number(tdx, "tdx.quote-version", quote->version);
	claim_bytes(tdx, "tdx.report-data", quote->report_data, 64);
	claim_bytes(tdx, "tdx.mrtd", quote->mrtd, MEASUREMENT_SIZE);
	claim_bytes(tdx, "tdx.mrconfigid", quote->mrconfigid, MEASUREMENT_SIZE);
	claim_bytes(tdx, "tdx.mrowner", quote->mrowner, MEASUREMENT_SIZE);
	claim_bytes(tdx, "tdx.mrownerconfig", quote->mrownerconfig, MEASUREMENT_SIZE);
	claim_bytes(tdx, "tdx.mrservicetd", quote->mrservicetd, MEASUREMENT_SIZE);
	claim_bytes(tdx, "tdx.mrseam", quote->mrseam, MEASUREMENT_SIZE);
	claim_bytes(tdx, "tdx.mrsignerseam", quote->mrsignerseam, MEASUREMENT_SIZE);
	claim_bytes(tdx, "tdx.tee-tcb-svn", quote->tee_tcb_svn, SVN_SIZE);
	claim_bytes(tdx, "tdx.tee-tcb-svn2", quote->tee_tcb_svn2, SVN_SIZE);
	claim_bits(tdx, "tdx.seam-attributes", quote->seam_attributes);
	claim_bits(tdx, "tdx.attributes", quote->td_attributes);
	claim_bits(tdx, "tdx.xfam", quote->xfam);
	claim_bytes(tdx, "tdx.user-data", quote->user_data, 20);
	claim_number(tdx, "tdx.trailing-size", quote->trailing.size);
}

static void claim_platform(struct tally_tdx_case *tdx)
{
	if (tdx->has_pck) {
		claim_bytes(tdx, "tdx.ppid", tdx->pck.ppid, 16);
		claim_bytes(tdx, "tdx.fmspc", tdx->pck.fmspc, 6);
		claim_number(tdx, "tdx.dynamic-platform", tdx->pck.is_dynamic_platform);
		claim_number(tdx, "tdx.cached-keys", tdx->pck.has_cached_keys);
		claim_number(tdx, "tdx.smt", tdx->pck.has_smt);
	}
	if (tdx->info)
		claim_number(tdx, "tdx.tcb-evaluation-number", tdx->info->evaluation_number);
	claim_text(tdx, "tdx.tcb-status", tdx->statement->tcb.status);
	claim_text(tdx, "tdx.advisories", tdx->statement->tcb.advisories);
}

enum tally_status tally_tdx_state_claims(struct tally_tdx_case *tdx)
{
	struct tally_statement *statement = tdx->statement;

	statement->is_readable = true;
	statement->report_data = tally_arena_copy(tdx->ledger->arena, tally_bytes(tdx->quote.report_data, 64));
	statement->instance = tdx->has_pck ? "tdx.ppid" : NULL;
	claim_quote(tdx);
	claim_platform(tdx);
	return state_registers(tdx);
}
