// SPDX-License-Identifier: BSD-2-Clause
/* How a TDX platform stands by Intel's statements. */
#include "tdx_level.h"

#define MODULE_VERSION 1 /* positions in TEE_TCB_SVN */
#define MODULE_ISVSVN 0
#define LATE_MICROCODE 2
#define FIRST_WITHOUT_MODULE 2 /* a module with its own levels is not compared with the platform's */

const char *tally_tdx_verdict_name(enum tally_tdx_verdict verdict)
{
	static const char *const names[] = {
#define VERDICT_NAME(name, number, text) [number] = (text),
		TALLY_TDX_VERDICT_TABLE(VERDICT_NAME)
#undef VERDICT_NAME
	};

	return names[verdict];
}

const struct tally_tdx_module *tally_tdx_find_module(const struct tally_tdx_tcb_info *info, uint8_t version)
{
	for (size_t i = 0; i < info->module_count; i++)
		if (info->module[i].version == version)
			return &info->module[i];
	return NULL;
}

bool tally_tdx_is_module(const struct tally_tdx_module *module, const struct tally_tdx_quote *quote)
{
	static const uint8_t none[sizeof(module->attributes)];

	return memcmp(module->mrsigner, quote->mrsignerseam, sizeof(module->mrsigner)) == 0 &&
	       memcmp(module->attributes, none, sizeof(none)) == 0;
}

static bool is_masked_equal(const uint8_t *actual, const uint8_t *expected, const uint8_t *mask, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((actual[i] & mask[i]) != expected[i])
			return false;
	return true;
}

bool tally_tdx_is_qe(const struct tally_tdx_qe_identity *identity, const struct tally_sgx_report *report)
{
	uint8_t miscselect[sizeof(identity->miscselect)];

	for (size_t i = 0; i < sizeof(miscselect); i++)
		miscselect[i] = (uint8_t)(report->miscselect >> 8 * i);
	return memcmp(identity->mrsigner, report->mrsigner, sizeof(identity->mrsigner)) == 0 &&
	       identity->isvprodid == report->isvprodid &&
	       is_masked_equal(miscselect, identity->miscselect, identity->miscselect_mask, sizeof(miscselect)) &&
	       is_masked_equal(report->attributes, identity->attributes, identity->attributes_mask,
			       sizeof(identity->attributes));
}

static bool reaches(const uint8_t *actual, const uint8_t *level, size_t from)
{
	for (size_t i = from; i < TALLY_TDX_SVNS; i++)
		if (actual[i] < level[i])
			return false;
	return true;
}

/* Levels descend by components, then PCE, then TDX components; their order in the text proves nothing. */
static bool is_higher(const struct tally_tdx_platform_level *a, const struct tally_tdx_platform_level *b)
{
	int order = memcmp(a->sgx, b->sgx, TALLY_TDX_SVNS);

	if (order == 0 && a->pcesvn != b->pcesvn)
		order = a->pcesvn < b->pcesvn ? -1 : 1;
	if (order == 0)
		order = memcmp(a->tdx, b->tdx, TALLY_TDX_SVNS);
	return order > 0;
}

/* The highest level that CPU and PCE reach, and with tee_tcb_svn (not NULL) TDX's components from position from on. */
static const struct tally_tdx_platform_level *find_platform_level(const struct tally_tdx_tcb_info *info,
								  const struct tally_sgx_pck *pck,
								  const uint8_t *tee_tcb_svn, size_t from)
{
	const struct tally_tdx_platform_level *best = NULL;

	for (size_t i = 0; i < info->level_count; i++) {
		const struct tally_tdx_platform_level *level = &info->level[i];

		if (!reaches(pck->component, level->sgx, 0) || pck->pcesvn < level->pcesvn)
			continue;
		if (tee_tcb_svn && !reaches(tee_tcb_svn, level->tdx, from))
			continue;
		if (!best || is_higher(level, best))
			best = level;
	}
	return best;
}

static const struct tally_tdx_platform_level *latest_platform_level(const struct tally_tdx_tcb_info *info)
{
	const struct tally_tdx_platform_level *latest = NULL;

	for (size_t i = 0; i < info->level_count; i++)
		if (!latest || is_higher(&info->level[i], latest))
			latest = &info->level[i];
	return latest;
}

/* The highest level that isvsvn reaches. */
static const struct tally_tdx_level *find_level(const struct tally_tdx_level *levels, size_t count, uint16_t isvsvn)
{
	const struct tally_tdx_level *best = NULL;

	for (size_t i = 0; i < count; i++)
		if (levels[i].isvsvn <= isvsvn && (!best || levels[i].isvsvn > best->isvsvn))
			best = &levels[i];
	return best;
}

static enum tally_tdx_verdict verdict_of(enum tally_tdx_status status)
{
	static const enum tally_tdx_verdict verdicts[] = {
		[TALLY_TDX_STATUS_NONE] = TALLY_TDX_VERDICT_UNSUPPORTED,
		[TALLY_TDX_UP_TO_DATE] = TALLY_TDX_VERDICT_UP_TO_DATE,
		[TALLY_TDX_SW_HARDENING] = TALLY_TDX_VERDICT_SW_HARDENING,
		[TALLY_TDX_CONFIGURATION] = TALLY_TDX_VERDICT_CONFIGURATION,
		[TALLY_TDX_CONFIGURATION_AND_SW_HARDENING] = TALLY_TDX_VERDICT_CONFIGURATION_AND_SW_HARDENING,
		[TALLY_TDX_OUT_OF_DATE] = TALLY_TDX_VERDICT_OUT_OF_DATE,
		[TALLY_TDX_OUT_OF_DATE_CONFIGURATION] = TALLY_TDX_VERDICT_OUT_OF_DATE_CONFIGURATION,
		[TALLY_TDX_REVOKED] = TALLY_TDX_VERDICT_REVOKED,
	};

	return verdicts[status];
}

/* A module or quoting enclave that is not up to date makes the platform out of date. Theirs have no other status. */
static enum tally_tdx_verdict merge(enum tally_tdx_verdict verdict, const struct tally_tdx_level *part)
{
	enum tally_tdx_status status = part ? part->standing.status : TALLY_TDX_STATUS_NONE;

	if (verdict == TALLY_TDX_VERDICT_UNSUPPORTED || status == TALLY_TDX_STATUS_NONE)
		return TALLY_TDX_VERDICT_UNSUPPORTED;
	if (verdict == TALLY_TDX_VERDICT_REVOKED || status == TALLY_TDX_REVOKED)
		return TALLY_TDX_VERDICT_REVOKED;
	if (status == TALLY_TDX_UP_TO_DATE)
		return verdict;
	if (verdict == TALLY_TDX_VERDICT_UP_TO_DATE || verdict == TALLY_TDX_VERDICT_SW_HARDENING)
		return TALLY_TDX_VERDICT_OUT_OF_DATE;
	if (verdict == TALLY_TDX_VERDICT_CONFIGURATION || verdict == TALLY_TDX_VERDICT_CONFIGURATION_AND_SW_HARDENING)
		return TALLY_TDX_VERDICT_OUT_OF_DATE_CONFIGURATION;
	return verdict;
}

static bool is_status(const struct tally_tdx_standing *standing, enum tally_tdx_status a, enum tally_tdx_status b)
{
	return standing->status == a || standing->status == b;
}

static bool needs_configuration(const struct tally_tdx_standing *standing)
{
	return is_status(standing, TALLY_TDX_CONFIGURATION, TALLY_TDX_CONFIGURATION_AND_SW_HARDENING) ||
	       standing->status == TALLY_TDX_OUT_OF_DATE_CONFIGURATION;
}

/* TEE_TCB_SVN2 is what the machine runs now: at the latest level, it is the TD that began on an older one. */
static bool runs_the_latest(const struct tally_tdx_tcb_info *info, const uint8_t *svn2)
{
	const struct tally_tdx_platform_level *latest = latest_platform_level(info);
	const struct tally_tdx_module *module = tally_tdx_find_module(info, svn2[MODULE_VERSION]);
	const struct tally_tdx_level *newest;

	if (!latest || !module || svn2[LATE_MICROCODE] < latest->tdx[LATE_MICROCODE])
		return false;
	if (svn2[MODULE_VERSION] == 0)
		return svn2[MODULE_ISVSVN] >= latest->tdx[MODULE_ISVSVN];
	newest = find_level(module->level, module->level_count, UINT16_MAX);
	return newest && svn2[MODULE_ISVSVN] >= newest->isvsvn;
}

static bool is_relaunch_advised(const struct tally_tdx_tcb_info *info, const struct tally_tdx_levels *levels,
				const struct tally_tdx_quote *quote)
{
	if (!quote->tee_tcb_svn2 || !levels->sgx || !levels->tdx || !levels->module || !levels->qe)
		return false;
	return levels->qe->standing.status == TALLY_TDX_UP_TO_DATE &&
	       levels->sgx->standing.status <= TALLY_TDX_CONFIGURATION_AND_SW_HARDENING &&
	       is_status(&levels->tdx->standing, TALLY_TDX_OUT_OF_DATE, TALLY_TDX_OUT_OF_DATE_CONFIGURATION) &&
	       levels->module->standing.status == TALLY_TDX_OUT_OF_DATE && runs_the_latest(info, quote->tee_tcb_svn2);
}

struct tally_tdx_levels tally_tdx_evaluate(const struct tally_tdx_tcb_info *info, const struct tally_tdx_module *module,
					   const struct tally_tdx_qe_identity *identity,
					   const struct tally_sgx_pck *pck, const struct tally_tdx_quote *quote,
					   const struct tally_sgx_report *qe_report)
{
	struct tally_tdx_levels levels = { .has_module_levels = module->version != 0 };
	size_t from = levels.has_module_levels ? FIRST_WITHOUT_MODULE : 0;

	levels.sgx = find_platform_level(info, pck, NULL, 0);
	levels.tdx = find_platform_level(info, pck, quote->tee_tcb_svn, from);
	levels.qe = find_level(identity->level, identity->level_count, qe_report->isvsvn);
	levels.verdict = verdict_of(levels.tdx ? levels.tdx->standing.status : TALLY_TDX_STATUS_NONE);
	if (levels.has_module_levels) {
		levels.module = find_level(module->level, module->level_count, quote->tee_tcb_svn[MODULE_ISVSVN]);
		levels.verdict = merge(levels.verdict, levels.module);
	}
	levels.verdict = merge(levels.verdict, levels.qe);
	if (is_relaunch_advised(info, &levels, quote))
		levels.verdict =
			needs_configuration(&levels.sgx->standing) || needs_configuration(&levels.tdx->standing)
				? TALLY_TDX_VERDICT_RELAUNCH_CONFIGURATION
				: TALLY_TDX_VERDICT_RELAUNCH;
	return levels;
}
