// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* X.509 certificates, read strictly. */
#include "x509.h"

#include "x509_name.h"

#define CERTIFICATE_VERSION_LAST 2 /* version 3 */
#define SERIAL_LIMIT 21		   /* 20 bytes and a sign. spec: RFC 5280, 4.1.2.2 */
#define PATH_LIMIT_LIMIT 255

#define OID_BASIC_CONSTRAINTS "\x55\x1d\x13"
#define OID_KEY_USAGE "\x55\x1d\x0f"

static uint8_t read_certificate_version(struct tally_cursor *tbs)
{
	struct tally_cursor inner;
	uint64_t version;

	if (tally_der_peek(tbs) != TALLY_DER_EXPLICIT)
		return 1;
	inner = tally_der_enter(tbs, TALLY_DER_EXPLICIT);
	version = tally_der_read_uint(&inner, TALLY_DER_INTEGER, CERTIFICATE_VERSION_LAST);
	tally_leave(tbs, &inner);
	/* Version 1 is the default, which is left out. */
	if (version == 0)
		tally_fail(tbs, TALLY_NOT_CANONICAL);
	return (uint8_t)(version + 1);
}

static struct tally_bytes read_serial(struct tally_cursor *cursor)
{
	struct tally_bytes serial = tally_der_read_integer(cursor);

	if (serial.size > SERIAL_LIMIT)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return serial;
}

static void read_validity(struct tally_cursor *tbs, struct tally_certificate *certificate)
{
	struct tally_cursor validity = tally_der_enter(tbs, TALLY_DER_SEQUENCE);

	certificate->not_before = tally_der_read_time(&validity);
	certificate->not_after = tally_der_read_time(&validity);
	tally_leave(tbs, &validity);
}

/* spec: RFC 5280, 4.2.1.9 */
static enum tally_status read_basic_constraints(struct tally_bytes value, struct tally_certificate *certificate)
{
	struct tally_cursor cursor = tally_cursor(value);
	struct tally_cursor inner = tally_der_enter(&cursor, TALLY_DER_SEQUENCE);

	certificate->has_basic_constraints = true;
	if (tally_der_peek(&inner) == TALLY_DER_BOOLEAN) {
		certificate->is_ca = tally_der_read_boolean(&inner);
		if (!certificate->is_ca)
			tally_fail(&inner, TALLY_NOT_CANONICAL);
	}
	if (tally_der_peek(&inner)) {
		certificate->has_path_limit = true;
		certificate->path_limit = (uint32_t)tally_der_read_uint(&inner, TALLY_DER_INTEGER, PATH_LIMIT_LIMIT);
	}
	tally_leave(&cursor, &inner);
	return tally_cursor_end(&cursor);
}

static enum tally_status read_key_usage(struct tally_bytes value, struct tally_certificate *certificate)
{
	struct tally_cursor cursor = tally_cursor(value);

	certificate->has_key_usage = true;
	certificate->key_usage = tally_der_read_named_bits(&cursor);
	return tally_cursor_end(&cursor);
}

/* What constrains every use is read; the rest is there to be looked up. */
static void read_known_extensions(struct tally_cursor *tbs, struct tally_certificate *certificate)
{
	struct tally_cursor list = tally_cursor(certificate->extensions);

	while (!tally_cursor_is_done(&list)) {
		struct tally_x509_extension extension = tally_x509_read_extension(&list);
		enum tally_status status = TALLY_OK;

		if (tally_bytes_equal(extension.oid, TALLY_OID(OID_BASIC_CONSTRAINTS)))
			status = read_basic_constraints(extension.value, certificate);
		else if (tally_bytes_equal(extension.oid, TALLY_OID(OID_KEY_USAGE)))
			status = read_key_usage(extension.value, certificate);
		else if (extension.is_critical)
			certificate->critical_count++;
		if (status != TALLY_OK)
			tally_fail(tbs, status);
	}
}

/* issuerUniqueID and subjectUniqueID: nobody uses them, and nothing here depends on them. */
static void skip_unique_identifiers(struct tally_cursor *tbs)
{
	for (uint8_t number = 1; number <= 2; number++)
		if (tally_der_peek(tbs) == (TALLY_DER_CONTEXT | number))
			(void)tally_der_read(tbs, (uint8_t)(TALLY_DER_CONTEXT | number));
}

static void read_certificate_extensions(struct tally_cursor *tbs, struct tally_certificate *certificate)
{
	struct tally_cursor outer;

	if (tally_der_peek(tbs) == 0)
		return;
	if (certificate->version != CERTIFICATE_VERSION_LAST + 1)
		tally_fail(tbs, TALLY_DISORDER);
	outer = tally_der_enter(tbs, TALLY_DER_EXPLICIT | 3);
	certificate->extensions = tally_x509_read_extensions(&outer);
	tally_leave(tbs, &outer);
	if (tbs->status == TALLY_OK)
		read_known_extensions(tbs, certificate);
}

/* Fields in the order of TBSCertificate. */
static void read_tbs_certificate(struct tally_cursor *cursor, struct tally_certificate *certificate)
{
	struct tally_cursor tbs = tally_der_enter(cursor, TALLY_DER_SEQUENCE);

	certificate->version = read_certificate_version(&tbs);
	certificate->serial = read_serial(&tbs);
	certificate->algorithm = tally_x509_read_algorithm(&tbs);
	certificate->issuer = tally_x509_read_name(&tbs, &certificate->issuer_name);
	read_validity(&tbs, certificate);
	certificate->subject = tally_x509_read_name(&tbs, &certificate->subject_name);
	certificate->spki = tally_der_read_element(&tbs);
	skip_unique_identifiers(&tbs);
	read_certificate_extensions(&tbs, certificate);
	tally_leave(cursor, &tbs);
}

enum tally_status tally_certificate_read(struct tally_bytes der, struct tally_certificate *ret)
{
	struct tally_cursor cursor = tally_cursor(der);
	struct tally_certificate certificate;
	struct tally_bytes algorithm;
	enum tally_status status;
	struct tally_cursor tbs;

	memset(&certificate, 0, sizeof(certificate));
	certificate.der = der;
	tbs = tally_x509_read_signed(&cursor, &certificate.tbs, &algorithm, &certificate.signature);
	read_tbs_certificate(&tbs, &certificate);
	status = tally_x509_end(&cursor, &tbs, algorithm, certificate.algorithm.der);
	if (status == TALLY_OK)
		*ret = certificate;
	return status;
}
