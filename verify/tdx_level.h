/* SPDX-License-Identifier: BSD-2-Clause */
/* How a TDX platform stands by Intel's statements. spec: Intel SGX and TDX DCAP Quote Verification Library */
#ifndef TALLY_VERIFY_TDX_LEVEL_H
#define TALLY_VERIFY_TDX_LEVEL_H

#include "../format/sgx_pck.h"
#include "../format/sgx_report.h"
#include "../format/tdx_quote.h"
#include "../format/tdx_tcb.h"

/* All parts taken together. X(name, number, Intel's word) */
#define TALLY_TDX_VERDICT_TABLE(X)                                                      \
	X(UP_TO_DATE, 1, "UpToDate")                                                    \
	X(SW_HARDENING, 2, "SWHardeningNeeded")                                         \
	X(CONFIGURATION, 3, "ConfigurationNeeded")                                      \
	X(CONFIGURATION_AND_SW_HARDENING, 4, "ConfigurationAndSWHardeningNeeded")       \
	X(OUT_OF_DATE, 5, "OutOfDate")                                                  \
	X(OUT_OF_DATE_CONFIGURATION, 6, "OutOfDateConfigurationNeeded")                 \
	X(RELAUNCH, 7, "TDRelaunchAdvised")                                             \
	X(RELAUNCH_CONFIGURATION, 8, "TDRelaunchAdvisedConfigurationNeeded")            \
	X(REVOKED, 9, "Revoked") /* behind what a policy can accept, and so is this: */ \
	X(UNSUPPORTED, 10, "NotSupported")

enum tally_tdx_verdict {
#define TALLY_TDX_VERDICT_ENUM(name, number, text) TALLY_TDX_VERDICT_##name = (number),
	TALLY_TDX_VERDICT_TABLE(TALLY_TDX_VERDICT_ENUM)
#undef TALLY_TDX_VERDICT_ENUM
};
#define TALLY_TDX_VERDICT_FIRST TALLY_TDX_VERDICT_UP_TO_DATE
#define TALLY_TDX_VERDICT_LAST TALLY_TDX_VERDICT_RELAUNCH_CONFIGURATION

const char *tally_tdx_verdict_name(enum tally_tdx_verdict verdict);

/* The level of each part; NULL: below every level. */
struct tally_tdx_levels {
	const struct tally_tdx_platform_level *sgx; /* that CPU and PCE reach */
	const struct tally_tdx_platform_level *tdx; /* that TDX's components reach as well */
	bool has_module_levels;			    /* a module of TDX 1.5; that of 1.0 is part of the platform */
	const struct tally_tdx_level *module;
	const struct tally_tdx_level *qe;
	enum tally_tdx_verdict verdict;
};

/* The module that a quote's TEE_TCB_SVN names; NULL if the statement does not know its major version. */
const struct tally_tdx_module *tally_tdx_find_module(const struct tally_tdx_tcb_info *info, uint8_t version);

/* The module that runs is one of these: made by the same, with the same attributes, which are none. */
bool tally_tdx_is_module(const struct tally_tdx_module *module, const struct tally_tdx_quote *quote);

/* The enclave is the one that the identity describes; its version is another matter. */
bool tally_tdx_is_qe(const struct tally_tdx_qe_identity *identity, const struct tally_sgx_report *report);

/* module: what tally_tdx_find_module found. */
struct tally_tdx_levels tally_tdx_evaluate(const struct tally_tdx_tcb_info *info, const struct tally_tdx_module *module,
					   const struct tally_tdx_qe_identity *identity,
					   const struct tally_sgx_pck *pck, const struct tally_tdx_quote *quote,
					   const struct tally_sgx_report *qe_report);

#endif
