/* SPDX-License-Identifier: BSD-2-Clause */
/* What a policy can except from the rules by name, under "allow": every exception in one table. */
#ifndef TALLY_VERIFY_EXCEPTION_H
#define TALLY_VERIFY_EXCEPTION_H

#include "../core/bytes.h"

/*
 * Numbers are below 64, each area's within its range. Names of a provider's begin with its word and a dot.
 * docs/policy.md lists exactly these. X(name, number, text, what is then accepted)
 */

/* 0 to 7 */
#define TALLY_EXCEPTION_TABLE_ANY(X)                                                                \
	X(TIME, 0, "time", "a time of judgement that is not now")                                   \
	X(ALL_ZERO_REGISTERS, 1, "all-zero-registers", "registers that nobody ever extended")       \
	X(RESETTABLE_REGISTERS, 2, "resettable-registers", "events of registers that can be reset") \
	X(IMA_VIOLATIONS, 3, "ima-violations", "files that changed while IMA measured them")

/* 8 to 15 */
#define TALLY_EXCEPTION_TABLE_TDX(X)                                                            \
	X(TDX_DEBUG, 8, "tdx.debug", "a TD that can be debugged or profiled")                   \
	X(TDX_SEPT_VE, 9, "tdx.sept-ve", "a TD without SEPT_VE_DISABLE, as behind a paravisor") \
	X(TDX_MIGRATABLE, 10, "tdx.migratable", "a TD that can be migrated")                    \
	X(TDX_SERVICE_TD, 11, "tdx.service-td", "a TD to which a service TD is bound")          \
	X(TDX_ICSSD, 12, "tdx.icssd", "a TD with the attribute ICSSD")                          \
	X(TDX_SERVTD_EXT, 13, "tdx.servtd-ext", "a TD with the attribute SERVTD_EXT")

/* 16 to 23 */
#define TALLY_EXCEPTION_TABLE_SNP(X)                                                      \
	X(SNP_CRL_MISSING, 16, "snp.crl-missing", "no revocation list of AMD's root key") \
	X(SNP_DEBUG, 17, "snp.debug", "a guest that its host can look into")              \
	X(SNP_CHIP_MASKED, 18, "snp.chip-masked", "a report that hides which chip made it")

/* 24 to 27 */
#define TALLY_EXCEPTION_TABLE_NSM(X) X(NSM_DEBUG, 24, "nsm.debug", "an enclave in debug mode")

/* 28 to 35 */
#define TALLY_EXCEPTION_TABLE_CCA(X) X(CCA_DEBUG, 28, "cca.debug", "a platform in a state of debugging")

/* 36 to 43 */
#define TALLY_EXCEPTION_TABLE_TPM(X) \
	X(TPM_CRL_MISSING, 36, "tpm.crl-missing", "an authority whose revocation list is not there")

/* 44 to 47 */
#define TALLY_EXCEPTION_TABLE_COVE(X)

/* 48 to 51 */
#define TALLY_EXCEPTION_TABLE_AZURE(X)

#define TALLY_EXCEPTION_TABLE(X)      \
	TALLY_EXCEPTION_TABLE_ANY(X)  \
	TALLY_EXCEPTION_TABLE_TDX(X)  \
	TALLY_EXCEPTION_TABLE_SNP(X)  \
	TALLY_EXCEPTION_TABLE_NSM(X)  \
	TALLY_EXCEPTION_TABLE_CCA(X)  \
	TALLY_EXCEPTION_TABLE_TPM(X)  \
	TALLY_EXCEPTION_TABLE_COVE(X) \
	TALLY_EXCEPTION_TABLE_AZURE(X)

enum tally_exception {
#define TALLY_EXCEPTION_ENUM(name, number, text, meaning) TALLY_EXCEPTION_##name = (number),
	TALLY_EXCEPTION_TABLE(TALLY_EXCEPTION_ENUM)
#undef TALLY_EXCEPTION_ENUM
};

/* One exception of the table; position counts from 0. NULL behind the last. */
struct tally_exception_row {
	enum tally_exception exception;
	const char *name;
	const char *meaning;
};

const struct tally_exception_row *tally_exception_at(size_t position);

/* Sets of exceptions: bit n is number n. */
static inline uint64_t tally_exception_bit(enum tally_exception exception)
{
	return UINT64_C(1) << exception;
}

#endif
