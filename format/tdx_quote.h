/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* An Intel TDX quote: header and body of versions 4 and 5. spec: Intel TDX DCAP Quoting Library API, A.3, A.4 */
#ifndef TALLY_FORMAT_TDX_QUOTE_H
#define TALLY_FORMAT_TDX_QUOTE_H

#include "../core/cursor.h"

#define TALLY_TDX_RTMR_COUNT 4
#define TALLY_TDX_BODY_TD10 2
#define TALLY_TDX_BODY_TD15 3

/* Pointers into the quote; sizes fixed by the format. */
struct tally_tdx_quote {
	uint16_t version;
	uint16_t attestation_key_type;
	const uint8_t *header_svns;  /* 4: of QE and PCE, in an order that sources disagree about; zero in TDX quotes */
	const uint8_t *vendor_id;    /* 16: who made the QE */
	const uint8_t *user_data;    /* 20 */
	uint16_t body_type;	     /* version 5: 2 TD 1.0, 3 TD 1.5; version 4: always 2 */
	const uint8_t *tee_tcb_svn;  /* 16 */
	const uint8_t *mrseam;	     /* 48 */
	const uint8_t *mrsignerseam; /* 48 */
	uint64_t seam_attributes;
	uint64_t td_attributes;
	uint64_t xfam;
	const uint8_t *mrtd;			   /* 48 */
	const uint8_t *mrconfigid;		   /* 48 */
	const uint8_t *mrowner;			   /* 48 */
	const uint8_t *mrownerconfig;		   /* 48 */
	const uint8_t *rtmr[TALLY_TDX_RTMR_COUNT]; /* 48 each */
	const uint8_t *report_data;		   /* 64 */
	const uint8_t *tee_tcb_svn2;		   /* 16, NULL before TD 1.5 */
	const uint8_t *mrservicetd;		   /* 48, NULL before TD 1.5 */
	struct tally_bytes signed_bytes;	   /* header and body: what the attestation key signs */
	struct tally_bytes signature_data;
	struct tally_bytes trailing; /* captured quotes carry bytes behind; reported, never hashed */
};

/* TALLY_UNSUPPORTED for another version, TEE type, key type or body type. */
TALLY_MUST_CHECK enum tally_status tally_tdx_quote_read(struct tally_bytes bytes, struct tally_tdx_quote *ret);

#endif
