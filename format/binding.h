/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What REPORT_DATA binds, and how it is derived. spec: docs/formats/bundle.md 2 */
#ifndef TALLY_FORMAT_BINDING_H
#define TALLY_FORMAT_BINDING_H

#include "cbor.h"

#define TALLY_NONCE_MIN 32
#define TALLY_NONCE_MAX 64
#define TALLY_REPORT_DATA_SIZE 64
#define TALLY_PURPOSE_EVIDENCE "evidence"
#define TALLY_PURPOSE_TPM_IDENTITY "tpm-identity"
#define TALLY_PURPOSE_SOFTWARE_REGISTERS "software-registers"

/* The array that REPORT_DATA hashes; borrows. */
struct tally_binding {
	struct tally_bytes purpose;
	struct tally_bytes provider;
	struct tally_bytes caller;
	struct tally_bytes audience;   /* empty for none */
	struct tally_bytes nonce;      /* TALLY_NONCE_MIN to TALLY_NONCE_MAX bytes */
	struct tally_bytes key_type;   /* empty for no key binding */
	struct tally_bytes key_hash;   /* SHA-384, 48 bytes, with key_type */
	struct tally_bytes companions; /* SHA-384 of the companions array, 48 bytes */
};

/*
 * Read and write the dCBOR array. TALLY_NONCE_SIZE for a nonce of another size; TALLY_OUT_OF_RANGE for a hash of one,
 * and for text that is empty (audience and a missing key aside) or not clean UTF-8.
 */
TALLY_MUST_CHECK enum tally_status tally_binding_read(struct tally_bytes input, struct tally_binding *ret);
void tally_binding_write(struct tally_writer *writer, const struct tally_binding *binding);

/* SHA-512("tally-report-data/1" || 0x00 || array). As tally_env_hash. */
TALLY_MUST_CHECK enum tally_status tally_binding_report_data(struct tally_bytes array,
							     uint8_t ret[TALLY_REPORT_DATA_SIZE]);

/* One companion: a bundle member that REPORT_DATA commits to, as of the request. */
struct tally_companion {
	struct tally_bytes label;
	struct tally_bytes media_type;
	uint64_t size;
	uint8_t sha384[48];
};

/*
 * The dCBOR array of companions, which must ascend by label (tally_cbor_key_compare): TALLY_DISORDER or TALLY_DUPLICATE
 * is latched, TALLY_OUT_OF_RANGE for text as above.
 */
void tally_companions_write(struct tally_writer *writer, const struct tally_companion *companions, size_t count);

/* One after the other: the count first, then each, with the one before it (NULL for the first), which it must follow. */
size_t tally_companions_open(struct tally_cursor *cursor);
void tally_companion_read(struct tally_cursor *cursor, const struct tally_companion *previous,
			  struct tally_companion *ret);

#endif
