/* SPDX-License-Identifier: BSD-2-Clause */
/* TDX quotes and their collateral under a test PKI: sound by default, and open to every damage. */
#ifndef TALLY_TESTS_FORGE_TDX_H
#define TALLY_TESTS_FORGE_TDX_H

#include "pki.h"

#define FORGE_TDX_TEXT 8192
#define FORGE_TDX_ITEMS 6

/* Which key signs what: numbers for forge_key(FORGE_P256, ...). */
enum forge_tdx_key {
	FORGE_TDX_ROOT,
	FORGE_TDX_CA,
	FORGE_TDX_PCK,
	FORGE_TDX_SIGNER,
	FORGE_TDX_ATTESTATION,
	FORGE_TDX_OTHER
};

/* Offsets in a body. spec: Intel TDX DCAP Quoting Library API, A.3.2 */
enum forge_tdx_offset {
	FORGE_TDX_TEE_TCB_SVN = 0,
	FORGE_TDX_MRSIGNERSEAM = 64,
	FORGE_TDX_SEAM_ATTRIBUTES = 112,
	FORGE_TDX_ATTRIBUTES = 120,
	FORGE_TDX_XFAM = 128,
	FORGE_TDX_MRTD = 136,
	FORGE_TDX_MRCONFIGID = 184,
	FORGE_TDX_RTMR0 = 328,
	FORGE_TDX_REPORT_DATA = 520,
	FORGE_TDX_TEE_TCB_SVN2 = 584,
	FORGE_TDX_MRSERVICETD = 600
};

/* Offsets in the report of the quoting enclave. */
enum forge_tdx_qe_offset {
	FORGE_QE_MISCSELECT = 16,
	FORGE_QE_ATTRIBUTES = 48,
	FORGE_QE_MRSIGNER = 128,
	FORGE_QE_ISVPRODID = 256,
	FORGE_QE_ISVSVN = 258,
	FORGE_QE_REPORT_DATA = 320
};

/* What can be wrong with the extension of the PCK certificate. */
enum forge_pck_damage {
	FORGE_PCK_SOUND = 0,
	FORGE_PCK_NO_EXTENSION,
	FORGE_PCK_NO_FMSPC,
	FORGE_PCK_FMSPC_TWICE,
	FORGE_PCK_FMSPC_SHORT,
	FORGE_PCK_COMPONENT_MISSING,
	FORGE_PCK_COMPONENT_TWICE,
	FORGE_PCK_COMPONENT_256,
	FORGE_PCK_COMPONENT_NEGATIVE,
	FORGE_PCK_PCESVN_65536,
	FORGE_PCK_TYPE_3,
	FORGE_PCK_UNKNOWN_MEMBER
};

/* Everything that goes into the evidence. Change it between forge_tdx_plan and forge_tdx_make. */
struct forge_tdx {
	uint16_t version; /* 4 or 5 */
	uint16_t body_type;
	uint8_t header[48];
	uint8_t body[648];
	uint8_t qe_report[384];
	uint8_t qe_auth[32];
	bool keeps_report_data;	      /* of the QE's report: it is not made anew */
	bool has_bad_point;	      /* the attestation key is not on its curve */
	enum forge_tdx_key quote_key; /* that signs the quote */
	enum forge_tdx_key qe_key;    /* that signs the QE's report */
	enum forge_scalar_damage quote_scalars, qe_scalars, tcb_scalars, identity_scalars;
	uint16_t outer_type; /* of the certification data: 6 */
	uint16_t inner_type; /* 5 */
	size_t trailing;     /* bytes behind the quote */
	size_t chain_count;  /* certificates in the quote: 3 */
	const char *pck_name, *ca_name, *signer_name;
	enum forge_damage pck_damage, ca_damage, root_damage, signer_damage, pck_crl_damage, root_crl_damage;
	int64_t pck_crl_age;			 /* more than that of other lists, in seconds */
	uint8_t pck_crl_number, root_crl_number; /* 0: none */
	uint64_t root_crl_asked; /* serial number that FORGE_REVOKES adds: of the authority, or of the signer */
	enum forge_pck_damage pck_extension;
	uint8_t component[16];
	uint16_t pcesvn;
	char tcb_info[FORGE_TDX_TEXT]; /* the values that are signed */
	char qe_identity[FORGE_TDX_TEXT];
	enum forge_tdx_key tcb_key, identity_key; /* that sign them */
	const char *tcb_around, *identity_around; /* printf formats of the bodies: value, signature; NULL: as Intel's */
	unsigned leaves_out;			  /* bit n: item n of forge_tdx_made is not there */
};

enum forge_tdx_item {
	FORGE_TDX_TCB_INFO,
	FORGE_TDX_QE_IDENTITY,
	FORGE_TDX_SIGNER_CHAIN,
	FORGE_TDX_PCK_CRL,
	FORGE_TDX_ROOT_CRL
};

#define FORGE_TDX_CA_SERIAL UINT64_C(0x1001)
#define FORGE_TDX_SIGNER_SERIAL UINT64_C(0x1002)
#define FORGE_TDX_PCK_SERIAL UINT64_C(0x2001)

/* Sound evidence of version 5, TD 1.5, UpToDate at FORGE_TIME. */
void forge_tdx_plan(struct forge_tdx *ret);

/* Replace the first text that stands in one of the plan's statements; it must stand there. */
void forge_tdx_replace(char text[FORGE_TDX_TEXT], const char *from, const char *to);

struct forge_tdx_made {
	struct tally_bytes quote;
	struct tally_bytes item[FORGE_TDX_ITEMS]; /* by enum forge_tdx_item; size 0: left out */
	struct tally_bytes root;		  /* DER, to be given as a root for tests */
};

void forge_tdx_make(const struct forge_tdx *plan, struct forge_tdx_made *ret);
void forge_tdx_free(struct forge_tdx_made *made);

#endif
