/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One record of a log, whatever format it came from. */
#ifndef TALLY_CORE_RECORD_H
#define TALLY_CORE_RECORD_H

#include "digest.h"

/* How a format counts its registers: off by one is the field's most frequent bug. */
enum tally_numbering {
	TALLY_NUMBERING_PCR = 1,      /* PCR 0..23 */
	TALLY_NUMBERING_CC_MR = 2,    /* UEFI CC measurement register: 0 static, 1.. = runtime register number + 1 */
	TALLY_NUMBERING_REGISTER = 3, /* the provider's own number of the runtime register */
	TALLY_NUMBERING_NV = 4	      /* TPM NV index: never replayed into a register */
};

/* Content types. spec: TCG CEL, TPMS_CEL_EVENT content; 80 is Google's (specification dialect) */
enum tally_content_type {
	TALLY_CONTENT_NAMED = 0, /* JSON only, where types are texts: format/cel_content.h */
	TALLY_CONTENT_CEL = 4,
	TALLY_CONTENT_PCCLIENT_STD = 5,
	TALLY_CONTENT_IMA_TEMPLATE = 7,
	TALLY_CONTENT_IMA_TLV = 8,
	TALLY_CONTENT_SYSTEMD = 9,
	TALLY_CONTENT_COS = 80
};

/* PC client event types that the code itself must know. spec: TCG PFP 10.4.1 */
#define TALLY_EV_NO_ACTION 0x00000003U
#define TALLY_EV_SEPARATOR 0x00000004U
#define TALLY_EV_EVENT_TAG 0x00000006U

/* Borrows from the input that it was read from. */
struct tally_record {
	uint64_t number; /* as the record states it; its position for formats without numbers */
	uint64_t offset; /* of its first byte in the input */
	enum tally_numbering numbering;
	uint32_t index;	      /* register, in that numbering */
	uint8_t content_type; /* enum tally_content_type, or another value, kept raw */
	uint32_t event_type;  /* pcclient_std only */
	bool is_measured;     /* replay extends with it; EV_NO_ACTION and unmeasured management records are not */
	bool lacks_digests;   /* digests of algorithms that we don't know stood beside these and are left out */
	struct tally_digests digests;
	struct tally_bytes content; /* event data for pcclient_std, else the content as it stands */
	struct tally_bytes encoded; /* the whole record */
};

/* Its bytes were copied to encoded: it borrows from there now. */
static inline void tally_record_move(struct tally_record *record, struct tally_bytes encoded)
{
	record->content.data = encoded.data + (record->content.data - record->encoded.data);
	record->encoded = encoded;
}

#endif
