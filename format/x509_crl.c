// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* X.509 revocation lists, read strictly. */
#include "x509.h"

#include "x509_name.h"

#define CRL_VERSION 1 /* version 2 */
#define CRL_NUMBER_LIMIT 21

#define OID_CRL_NUMBER "\x55\x1d\x14"
#define OID_DELTA_INDICATOR "\x55\x1d\x1b"
#define OID_DISTRIBUTION_POINT "\x55\x1d\x1c"
#define OID_CERTIFICATE_ISSUER "\x55\x1d\x1d"
#define OID_REASON "\x55\x1d\x15"
#define OID_INVALIDITY_DATE "\x55\x1d\x18"

/* A list that covers what an issuing distribution point names is partial, or speaks for others: not for us. */
static void read_crl_extension(struct tally_cursor *list, struct tally_crl *crl)
{
	struct tally_x509_extension extension = tally_x509_read_extension(list);
	struct tally_cursor value = tally_cursor(extension.value);

	if (tally_bytes_equal(extension.oid, TALLY_OID(OID_CRL_NUMBER))) {
		crl->has_number = true;
		crl->number = tally_der_read_integer(&value);
		if (crl->number.size > CRL_NUMBER_LIMIT || (crl->number.size && crl->number.data[0] >= 0x80))
			tally_fail(&value, TALLY_OUT_OF_RANGE);
		if (tally_cursor_end(&value) != TALLY_OK)
			tally_fail(list, value.status != TALLY_OK ? value.status : TALLY_TRAILING);
	} else if (tally_bytes_equal(extension.oid, TALLY_OID(OID_DELTA_INDICATOR)) ||
		   tally_bytes_equal(extension.oid, TALLY_OID(OID_DISTRIBUTION_POINT))) {
		crl->is_partial = true;
	} else if (extension.is_critical) {
		crl->critical_count++;
	}
}

static void read_crl_extensions(struct tally_cursor *tbs, struct tally_crl *crl)
{
	struct tally_cursor outer;
	struct tally_cursor list;

	if (tally_der_peek(tbs) == 0)
		return;
	outer = tally_der_enter(tbs, TALLY_DER_EXPLICIT);
	list = tally_cursor(tally_x509_read_extensions(&outer));
	tally_leave(tbs, &outer);
	while (tbs->status == TALLY_OK && !tally_cursor_is_done(&list))
		read_crl_extension(&list, crl);
	if (list.status != TALLY_OK)
		tally_fail(tbs, list.status);
}

/* An entry that names another issuer makes the list indirect. */
static void read_entry_extensions(struct tally_cursor *entry, struct tally_crl *crl)
{
	struct tally_cursor list = tally_cursor(tally_x509_read_extensions(entry));

	while (entry->status == TALLY_OK && !tally_cursor_is_done(&list)) {
		struct tally_x509_extension extension = tally_x509_read_extension(&list);

		if (tally_bytes_equal(extension.oid, TALLY_OID(OID_CERTIFICATE_ISSUER)))
			crl->is_partial = true;
		else if (extension.is_critical && !tally_bytes_equal(extension.oid, TALLY_OID(OID_REASON)) &&
			 !tally_bytes_equal(extension.oid, TALLY_OID(OID_INVALIDITY_DATE)))
			crl->critical_count++;
	}
}

/* Behind its serial number: when, and why. */
static void read_crl_statement(struct tally_cursor *entry, struct tally_crl *crl)
{
	(void)tally_der_read_time(entry);
	if (tally_der_peek(entry))
		read_entry_extensions(entry, crl);
}

/* Most entries say the same as the one before, whose bytes were read: *before. */
static void read_crl_entry(struct tally_cursor *list, struct tally_crl *crl, struct tally_bytes *before)
{
	struct tally_cursor entry = tally_der_enter(list, TALLY_DER_SEQUENCE);
	struct tally_bytes statement;

	(void)tally_der_read_integer(&entry);
	statement = entry.left;
	if (statement.size != 0 && tally_bytes_equal(statement, *before))
		(void)tally_read_rest(&entry);
	else
		read_crl_statement(&entry, crl);
	*before = statement;
	tally_leave(list, &entry);
}

/* The list of entries is left out where it would be empty. spec: RFC 5280, 5.1.2.6 */
static void read_crl_entries(struct tally_cursor *tbs, struct tally_crl *crl)
{
	struct tally_bytes statement = { NULL, 0 };
	struct tally_cursor list;

	if (tally_der_peek(tbs) != TALLY_DER_SEQUENCE)
		return;
	crl->revoked = tally_der_read(tbs, TALLY_DER_SEQUENCE);
	list = tally_cursor(crl->revoked);
	while (!tally_cursor_is_done(&list)) {
		read_crl_entry(&list, crl, &statement);
		crl->revoked_count++;
	}
	if (list.status != TALLY_OK)
		tally_fail(tbs, list.status);
}

static bool is_time_tag(uint8_t tag)
{
	return tag == TALLY_DER_UTC_TIME || tag == TALLY_DER_GENERALIZED_TIME;
}

/* Fields in the order of TBSCertList. */
static void read_tbs_crl(struct tally_cursor *cursor, struct tally_crl *crl)
{
	struct tally_cursor tbs = tally_der_enter(cursor, TALLY_DER_SEQUENCE);

	if (tally_der_read_uint(&tbs, TALLY_DER_INTEGER, CRL_VERSION) != CRL_VERSION)
		tally_fail(&tbs, TALLY_UNSUPPORTED);
	crl->algorithm = tally_x509_read_algorithm(&tbs);
	crl->issuer = tally_x509_read_name(&tbs, &crl->issuer_name);
	crl->this_update = tally_der_read_time(&tbs);
	crl->has_next_update = is_time_tag(tally_der_peek(&tbs));
	if (crl->has_next_update)
		crl->next_update = tally_der_read_time(&tbs);
	read_crl_entries(&tbs, crl);
	read_crl_extensions(&tbs, crl);
	tally_leave(cursor, &tbs);
}

enum tally_status tally_crl_read(struct tally_bytes der, struct tally_crl *ret)
{
	struct tally_cursor cursor = tally_cursor(der);
	struct tally_bytes algorithm;
	enum tally_status status;
	struct tally_cursor tbs;
	struct tally_crl crl;

	memset(&crl, 0, sizeof(crl));
	crl.der = der;
	tbs = tally_x509_read_signed(&cursor, &crl.tbs, &algorithm, &crl.signature);
	read_tbs_crl(&tbs, &crl);
	status = tally_x509_end(&cursor, &tbs, algorithm, crl.algorithm.der);
	if (status == TALLY_OK)
		*ret = crl;
	return status;
}

/* The entries were looked at when the list was read: here their serial numbers are enough. */
bool tally_crl_contains(const struct tally_crl *crl, struct tally_bytes serial)
{
	struct tally_cursor list = tally_cursor(crl->revoked);

	while (!tally_cursor_is_done(&list)) {
		struct tally_cursor entry = tally_cursor(tally_der_read(&list, TALLY_DER_SEQUENCE));

		if (tally_bytes_equal(tally_der_read(&entry, TALLY_DER_INTEGER), serial))
			return true;
	}
	return false;
}
