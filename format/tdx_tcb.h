/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Intel's statements about TDX platforms and their quoting enclave. spec: Intel PCS API v4, TCB info v3 and QE identity v2 */
#ifndef TALLY_FORMAT_TDX_TCB_H
#define TALLY_FORMAT_TDX_TCB_H

#include "../core/cursor.h"

#define TALLY_TDX_SVNS 16
#define TALLY_TDX_LEVEL_LIMIT 64	/* levels of a platform */
#define TALLY_TDX_MODULE_LIMIT 8	/* major versions of the TDX module */
#define TALLY_TDX_MODULE_LEVEL_LIMIT 16 /* levels of one, and of the quoting enclave */

enum tally_tdx_status {
	TALLY_TDX_STATUS_NONE = 0, /* no level fits */
	TALLY_TDX_UP_TO_DATE,
	TALLY_TDX_SW_HARDENING,
	TALLY_TDX_CONFIGURATION,
	TALLY_TDX_CONFIGURATION_AND_SW_HARDENING,
	TALLY_TDX_OUT_OF_DATE,
	TALLY_TDX_OUT_OF_DATE_CONFIGURATION,
	TALLY_TDX_REVOKED
};

struct tally_tdx_standing {
	enum tally_tdx_status status;
	bool has_date;
	int64_t date;
	struct tally_bytes advisories; /* of a JSON array: what stands between its brackets; size 0: none */
};

struct tally_tdx_level {
	uint16_t isvsvn;
	struct tally_tdx_standing standing;
};

struct tally_tdx_platform_level {
	uint8_t sgx[TALLY_TDX_SVNS];
	uint16_t pcesvn;
	uint8_t tdx[TALLY_TDX_SVNS];
	struct tally_tdx_standing standing;
};

/* Who may have made a TDX module, and of which attributes. */
struct tally_tdx_module {
	uint8_t version; /* of TDX_NN; 0 for the one of TDX 1.0 */
	uint8_t mrsigner[48];
	uint8_t attributes[8];
	uint8_t attributes_mask[8];
	size_t level_count; /* 0 for version 0: its levels are the platform's */
	struct tally_tdx_level level[TALLY_TDX_MODULE_LEVEL_LIMIT];
};

struct tally_tdx_tcb_info {
	struct tally_bytes signed_bytes;
	uint8_t signature[64];
	int64_t issued;
	int64_t next_update;
	uint8_t fmspc[6];
	uint8_t pceid[2];
	uint32_t evaluation_number;
	size_t module_count; /* the one of version 0 stands first */
	struct tally_tdx_module module[1 + TALLY_TDX_MODULE_LIMIT];
	size_t level_count;
	struct tally_tdx_platform_level
		level[TALLY_TDX_LEVEL_LIMIT]; /* in the order of the text, which nobody vouches for */
};

/*
 * Read the body that Intel serves. Every name once at every depth, after escapes are decoded; every number an integer
 * in range. TALLY_UNSUPPORTED for another id, version or type, TALLY_NOT_FOUND for a member that is missing, else as
 * json.h. *ret_offset says where it failed. *ret is complete only if TALLY_OK.
 */
TALLY_MUST_CHECK enum tally_status tally_tdx_tcb_info_read(struct tally_bytes text, struct tally_tdx_tcb_info *ret,
							   size_t *ret_offset);

struct tally_tdx_qe_identity {
	struct tally_bytes signed_bytes;
	uint8_t signature[64];
	int64_t issued;
	int64_t next_update;
	uint32_t evaluation_number;
	uint8_t miscselect[4]; /* little-endian, as in the report */
	uint8_t miscselect_mask[4];
	uint8_t attributes[16];
	uint8_t attributes_mask[16];
	uint8_t mrsigner[32];
	uint16_t isvprodid;
	size_t level_count;
	struct tally_tdx_level level[TALLY_TDX_MODULE_LEVEL_LIMIT];
};

/* The same for the identity of TDX's quoting enclave. */
TALLY_MUST_CHECK enum tally_status tally_tdx_qe_identity_read(struct tally_bytes text,
							      struct tally_tdx_qe_identity *ret, size_t *ret_offset);

/* Intel's word: "UpToDate"; "" for NONE. */
const char *tally_tdx_status_name(enum tally_tdx_status status);

#endif
