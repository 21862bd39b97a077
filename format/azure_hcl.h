/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Azure's HCL report: a hardware report together with the runtime data, keys of the vTPM among it, that it vouches for. */
#ifndef TALLY_FORMAT_AZURE_HCL_H
#define TALLY_FORMAT_AZURE_HCL_H

#include "../core/cursor.h"

#define TALLY_AZURE_HARDWARE_SIZE 1184
#define TALLY_AZURE_TDREPORT_SIZE 1024 /* of them, if the hardware is TDX; zeros follow */

enum tally_azure_report_type { TALLY_AZURE_SNP = 2, TALLY_AZURE_TDX = 4 };
enum tally_azure_hash { TALLY_AZURE_SHA256 = 1, TALLY_AZURE_SHA384 = 2, TALLY_AZURE_SHA512 = 3 };

/* Borrowed. */
struct tally_azure_hcl {
	uint32_t version; /* 1 or 2 */
	uint32_t report_type;
	uint32_t hash_type;
	struct tally_bytes hardware_report; /* SNP report, or TDREPORT without the zeros behind it */
	struct tally_bytes runtime_data;    /* JSON; REPORT_DATA begins with its hash */
};

/* What NV index 0x01400001 holds: the report, and zeros behind it. */
TALLY_MUST_CHECK enum tally_status tally_azure_hcl_read(struct tally_bytes bytes, struct tally_azure_hcl *ret);

/* An RSA key of the runtime data: base64url digits, borrowed; size 0: not there. */
struct tally_azure_key {
	struct tally_bytes modulus;
	struct tally_bytes exponent;
};

struct tally_azure_runtime {
	struct tally_azure_key ak; /* HCLAkPub */
	struct tally_azure_key ek; /* HCLEkPub */
	bool has_user_data;
	uint8_t user_data[64];
};

/*
 * Read runtime data. Members that are not listed above are passed over. TALLY_DUPLICATE for a key or member that
 * stands twice, TALLY_UNSUPPORTED for such a key that is not RSA; failures of format/json.h.
 */
TALLY_MUST_CHECK enum tally_status tally_azure_runtime_read(struct tally_bytes json, struct tally_azure_runtime *ret);

#endif
