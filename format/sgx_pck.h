/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a PCK certificate says of its platform. spec: Intel SGX PCK Certificate and CRL Profile Specification, 1.3.5 */
#ifndef TALLY_FORMAT_SGX_PCK_H
#define TALLY_FORMAT_SGX_PCK_H

#include "der.h"

#define TALLY_SGX_PCK_OID TALLY_OID("\x2a\x86\x48\x86\xf8\x4d\x01\x0d\x01")
#define TALLY_SGX_COMPONENTS 16

enum tally_sgx_type { TALLY_SGX_STANDARD = 0, TALLY_SGX_SCALABLE, TALLY_SGX_SCALABLE_WITH_INTEGRITY };

/* Points into the extension's value. */
struct tally_sgx_pck {
	const uint8_t *ppid; /* 16: the platform, for whoever sees it */
	uint8_t component[TALLY_SGX_COMPONENTS];
	uint16_t pcesvn;
	const uint8_t *cpusvn; /* 16 */
	const uint8_t *pceid;  /* 2 */
	const uint8_t *fmspc;  /* 6: the family, which collateral is for */
	enum tally_sgx_type type;
	const uint8_t *platform_id; /* 16; NULL: not a platform of several packages */
	bool has_configuration;
	bool is_dynamic_platform;
	bool has_cached_keys;
	bool has_smt;
};

/*
 * The value of the extension. A member that is missing is TALLY_NOT_FOUND, one that stands twice TALLY_DUPLICATE, an
 * unknown one TALLY_UNSUPPORTED, a number or size out of its range TALLY_OUT_OF_RANGE.
 */
TALLY_MUST_CHECK enum tally_status tally_sgx_pck_read(struct tally_bytes value, struct tally_sgx_pck *ret);

#endif
