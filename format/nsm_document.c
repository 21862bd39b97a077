// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The payload of an attestation document: a map with text for keys, without a count in all that AWS makes. */
#include "nsm_document.h"

#include "cbor_foreign.h"

#define NSM_DIGEST "SHA384"
#define NSM_CERTIFICATE_LIMIT 1024
#define NSM_OPTIONAL_LIMIT 1024
#define NSM_TPM_PCRS "nitrotpm_pcrs"

/* Fields that must be there. */
enum nsm_field {
	NSM_FIELD_MODULE_ID = 1 << 0,
	NSM_FIELD_DIGEST = 1 << 1,
	NSM_FIELD_TIMESTAMP = 1 << 2,
	NSM_FIELD_PCRS = 1 << 3,
	NSM_FIELD_CERTIFICATE = 1 << 4,
	NSM_FIELD_CABUNDLE = 1 << 5,
	NSM_FIELD_ALL = (1 << 6) - 1
};

static struct tally_bytes nsm_sized(struct tally_cursor *cursor, struct tally_bytes value, size_t least, size_t most)
{
	if (value.size < least || value.size > most)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return value;
}

static void nsm_read_pcr(struct tally_cursor *cursor, struct tally_nsm_document *document)
{
	uint64_t index = tally_cbor_foreign_uint(cursor);
	struct tally_bytes value = tally_cbor_foreign_bytes(cursor);

	(void)nsm_sized(cursor, value, TALLY_NSM_PCR_SIZE, TALLY_NSM_PCR_SIZE);
	if (index >= TALLY_NSM_PCR_COUNT) {
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
		return;
	}
	document->pcr_mask |= (uint32_t)1 << index;
	document->pcr[index] = value;
}

static void nsm_read_pcrs(struct tally_cursor *cursor, struct tally_nsm_document *document)
{
	struct tally_cbor_elements elements = tally_cbor_enter_map(cursor);

	while (tally_cbor_next(cursor, &elements))
		nsm_read_pcr(cursor, document);
	if (document->pcr_mask == 0)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
}

static void nsm_read_bundle(struct tally_cursor *cursor, struct tally_nsm_document *document)
{
	struct tally_cbor_elements elements = tally_cbor_enter_array(cursor);

	while (tally_cbor_next(cursor, &elements)) {
		struct tally_bytes certificate = tally_cbor_foreign_bytes(cursor);

		(void)nsm_sized(cursor, certificate, 1, NSM_CERTIFICATE_LIMIT);
		if (document->cabundle_count == TALLY_NSM_BUNDLE_LIMIT)
			tally_fail(cursor, TALLY_TOO_LARGE);
		else
			document->cabundle[document->cabundle_count++] = certificate;
	}
	if (document->cabundle_count == 0)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
}

/* AWS writes null where nothing was asked for. */
static struct tally_bytes nsm_read_optional(struct tally_cursor *cursor)
{
	if (tally_cbor_foreign_null(cursor))
		return tally_bytes(NULL, 0);
	return nsm_sized(cursor, tally_cbor_foreign_bytes(cursor), 0, NSM_OPTIONAL_LIMIT);
}

static void nsm_read_digest(struct tally_cursor *cursor)
{
	if (!tally_bytes_equal(tally_cbor_foreign_text(cursor), tally_text(NSM_DIGEST)))
		tally_fail(cursor, TALLY_UNSUPPORTED);
}

static void nsm_read_timestamp(struct tally_cursor *cursor, struct tally_nsm_document *document)
{
	document->timestamp = tally_cbor_foreign_uint(cursor);
	if (document->timestamp == 0 || document->timestamp > INT64_MAX)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
}

static void nsm_read_unknown(struct tally_cursor *cursor, struct tally_bytes name, struct tally_nsm_document *document)
{
	if (tally_bytes_equal(name, tally_text(NSM_TPM_PCRS)))
		tally_fail(cursor, TALLY_UNSUPPORTED);
	if (document->unknown_count++ == 0)
		document->unknown = name;
	tally_cbor_skip(cursor);
}

/* One field; what of the needed ones it is. */
static unsigned nsm_read_field(struct tally_cursor *cursor, struct tally_nsm_document *document)
{
	struct tally_bytes name = tally_cbor_foreign_text(cursor);

	if (tally_bytes_equal(name, tally_text("module_id"))) {
		document->module_id = nsm_sized(cursor, tally_cbor_foreign_text(cursor), 1, SIZE_MAX);
		return NSM_FIELD_MODULE_ID;
	}
	if (tally_bytes_equal(name, tally_text("digest"))) {
		nsm_read_digest(cursor);
		return NSM_FIELD_DIGEST;
	}
	if (tally_bytes_equal(name, tally_text("timestamp"))) {
		nsm_read_timestamp(cursor, document);
		return NSM_FIELD_TIMESTAMP;
	}
	if (tally_bytes_equal(name, tally_text("pcrs"))) {
		nsm_read_pcrs(cursor, document);
		return NSM_FIELD_PCRS;
	}
	if (tally_bytes_equal(name, tally_text("certificate"))) {
		document->certificate = nsm_sized(cursor, tally_cbor_foreign_bytes(cursor), 1, NSM_CERTIFICATE_LIMIT);
		return NSM_FIELD_CERTIFICATE;
	}
	if (tally_bytes_equal(name, tally_text("cabundle"))) {
		nsm_read_bundle(cursor, document);
		return NSM_FIELD_CABUNDLE;
	}
	if (tally_bytes_equal(name, tally_text("public_key")))
		document->public_key = nsm_read_optional(cursor);
	else if (tally_bytes_equal(name, tally_text("user_data")))
		document->user_data = nsm_read_optional(cursor);
	else if (tally_bytes_equal(name, tally_text("nonce")))
		document->nonce = nsm_read_optional(cursor);
	else
		nsm_read_unknown(cursor, name, document);
	return 0;
}

static enum tally_status nsm_read_payload(struct tally_bytes payload, struct tally_nsm_document *document)
{
	struct tally_cursor cursor = tally_cursor(payload);
	enum tally_status status = tally_cbor_check(payload);
	struct tally_cbor_elements elements;
	unsigned seen = 0;

	if (status != TALLY_OK)
		return status;
	elements = tally_cbor_enter_map(&cursor);
	while (tally_cbor_next(&cursor, &elements))
		seen |= nsm_read_field(&cursor, document);
	status = tally_cursor_end(&cursor);
	return status == TALLY_OK && seen != NSM_FIELD_ALL ? TALLY_NOT_FOUND : status;
}

enum tally_status tally_nsm_document_read(struct tally_bytes input, struct tally_nsm_document *ret)
{
	struct tally_cose_sign1 cose;
	enum tally_status status;

	if (input.size > TALLY_NSM_DOCUMENT_LIMIT)
		return TALLY_TOO_LARGE;
	status = tally_cose_read_foreign(input, &cose);
	if (status != TALLY_OK)
		return status;
	memset(ret, 0, sizeof(*ret));
	ret->cose = cose;
	return nsm_read_payload(cose.payload, ret);
}
