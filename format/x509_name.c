// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What certificates and revocation lists have in common: names, algorithms, extensions. */
#include "x509_name.h"

#include "../core/digest.h"

#define OID_COMMON_NAME "\x55\x04\x03"
#define OID_MGF1 "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
#define PSS_SALT_LIMIT 512

/* One AttributeTypeAndValue; true if it is a common name. */
static bool read_name_attribute(struct tally_cursor *cursor, struct tally_bytes *ret_value)
{
	struct tally_cursor attribute = tally_der_enter(cursor, TALLY_DER_SEQUENCE);
	struct tally_bytes oid = tally_der_read(&attribute, TALLY_DER_OID);

	*ret_value = tally_der_read(&attribute, tally_der_peek(&attribute));
	tally_leave(cursor, &attribute);
	return tally_bytes_equal(oid, TALLY_OID(OID_COMMON_NAME));
}

struct tally_bytes tally_x509_read_name(struct tally_cursor *cursor, struct tally_bytes *ret_common_name)
{
	struct tally_bytes from = cursor->left;
	struct tally_cursor name = tally_der_enter(cursor, TALLY_DER_SEQUENCE);
	struct tally_bytes common = tally_bytes(NULL, 0);
	struct tally_bytes value;
	size_t count = 0;

	while (!tally_cursor_is_done(&name)) {
		struct tally_cursor set = tally_der_enter(&name, TALLY_DER_SET);

		do {
			if (read_name_attribute(&set, &value) && count++ == 0)
				common = value;
		} while (!tally_cursor_is_done(&set));
		tally_leave(&name, &set);
	}
	tally_leave(cursor, &name);
	*ret_common_name = count == 1 ? common : tally_bytes(NULL, 0);
	return tally_bytes(from.data, from.size - cursor->left.size);
}

struct hash_oid {
	const char *oid;
	size_t size;
	uint16_t alg;
};

static const struct hash_oid hash_oids[] = {
	{ "\x60\x86\x48\x01\x65\x03\x04\x02\x01", 9, TALLY_SHA256 },
	{ "\x60\x86\x48\x01\x65\x03\x04\x02\x02", 9, TALLY_SHA384 },
	{ "\x60\x86\x48\x01\x65\x03\x04\x02\x03", 9, TALLY_SHA512 },
};

#define OID_PSS "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"

/* Whether parameters are absent or NULL is fixed by the algorithm. spec: RFC 5758 3.2, RFC 4055 5 */
struct signature_oid {
	const char *oid;
	size_t size;
	enum tally_x509_form form;
	uint16_t alg;
};

static const struct signature_oid signature_oids[] = {
	{ "\x2a\x86\x48\xce\x3d\x04\x03\x02", 8, TALLY_X509_ECDSA, TALLY_SHA256 },
	{ "\x2a\x86\x48\xce\x3d\x04\x03\x03", 8, TALLY_X509_ECDSA, TALLY_SHA384 },
	{ "\x2a\x86\x48\xce\x3d\x04\x03\x04", 8, TALLY_X509_ECDSA, TALLY_SHA512 },
	{ "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b", 9, TALLY_X509_RSA_PKCS1, TALLY_SHA256 },
	{ "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c", 9, TALLY_X509_RSA_PKCS1, TALLY_SHA384 },
	{ "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d", 9, TALLY_X509_RSA_PKCS1, TALLY_SHA512 },
	{ OID_PSS, 9, TALLY_X509_RSA_PSS, 0 },
};

/* AlgorithmIdentifier of a hash: with NULL parameters or none; 0 if it is not known. */
static uint16_t read_hash_algorithm(struct tally_cursor *cursor)
{
	struct tally_cursor identifier = tally_der_enter(cursor, TALLY_DER_SEQUENCE);
	struct tally_bytes oid = tally_der_read(&identifier, TALLY_DER_OID);
	uint16_t alg = 0;

	if (tally_der_peek(&identifier) == TALLY_DER_NULL)
		(void)tally_der_read(&identifier, TALLY_DER_NULL);
	tally_leave(cursor, &identifier);
	for (size_t i = 0; i < sizeof(hash_oids) / sizeof(hash_oids[0]); i++)
		if (tally_bytes_equal(oid, tally_bytes(hash_oids[i].oid, hash_oids[i].size)))
			alg = hash_oids[i].alg;
	return alg;
}

/* AlgorithmIdentifier of a mask: MGF1 and its hash; 0 for another. */
static uint16_t read_mask_algorithm(struct tally_cursor *cursor)
{
	struct tally_cursor identifier = tally_der_enter(cursor, TALLY_DER_SEQUENCE);
	struct tally_bytes oid = tally_der_read(&identifier, TALLY_DER_OID);
	uint16_t alg = read_hash_algorithm(&identifier);

	tally_leave(cursor, &identifier);
	return tally_bytes_equal(oid, TALLY_OID(OID_MGF1)) ? alg : 0;
}

/* A member that is left out stands for SHA-1, or for the salt that goes with it: such a signature is not verified. */
static void read_pss_parameters(struct tally_cursor *identifier, struct tally_x509_algorithm *algorithm)
{
	struct tally_cursor parameters = tally_der_enter(identifier, TALLY_DER_SEQUENCE);
	uint64_t salt = 0;
	bool has_salt = false;
	uint16_t mask = 0;

	for (uint8_t member = 0; member <= 3; member++) {
		struct tally_cursor inner;

		if (tally_der_peek(&parameters) != (TALLY_DER_EXPLICIT | member))
			continue;
		inner = tally_der_enter(&parameters, (uint8_t)(TALLY_DER_EXPLICIT | member));
		if (member == 0)
			algorithm->alg = read_hash_algorithm(&inner);
		else if (member == 1)
			mask = read_mask_algorithm(&inner);
		else
			salt = tally_der_read_uint(&inner, TALLY_DER_INTEGER, member == 2 ? PSS_SALT_LIMIT : 1);
		/* The trailer has one value, its default, which is left out in DER; some write it nevertheless. */
		if (member == 3 && salt != 1)
			tally_fail(&inner, TALLY_OUT_OF_RANGE);
		if (member == 2) {
			has_salt = true;
			algorithm->salt_size = (uint32_t)salt;
		}
		tally_leave(&parameters, &inner);
	}
	tally_leave(identifier, &parameters);
	if (!has_salt || algorithm->alg == 0 || mask != algorithm->alg)
		algorithm->form = TALLY_X509_UNKNOWN;
}

static const struct signature_oid *find_signature_oid(struct tally_bytes oid)
{
	for (size_t i = 0; i < sizeof(signature_oids) / sizeof(signature_oids[0]); i++)
		if (tally_bytes_equal(oid, tally_bytes(signature_oids[i].oid, signature_oids[i].size)))
			return &signature_oids[i];
	return NULL;
}

struct tally_x509_algorithm tally_x509_read_algorithm(struct tally_cursor *cursor)
{
	struct tally_x509_algorithm algorithm = { TALLY_X509_UNKNOWN, 0, 0, cursor->left };
	struct tally_cursor identifier = tally_der_enter(cursor, TALLY_DER_SEQUENCE);
	const struct signature_oid *known = find_signature_oid(tally_der_read(&identifier, TALLY_DER_OID));

	if (known) {
		algorithm.form = known->form;
		algorithm.alg = known->alg;
	}
	if (!known)
		(void)tally_read_rest(&identifier);
	else if (known->form == TALLY_X509_RSA_PKCS1)
		(void)tally_der_read(&identifier, TALLY_DER_NULL);
	else if (known->form == TALLY_X509_RSA_PSS && tally_der_peek(&identifier))
		read_pss_parameters(&identifier, &algorithm);
	tally_leave(cursor, &identifier);
	algorithm.der.size -= cursor->left.size;
	if (algorithm.alg == 0 || cursor->status != TALLY_OK)
		algorithm.form = TALLY_X509_UNKNOWN;
	if (algorithm.form == TALLY_X509_UNKNOWN)
		algorithm.alg = 0;
	return algorithm;
}

struct tally_x509_extension tally_x509_read_extension(struct tally_cursor *cursor)
{
	struct tally_cursor outer = tally_der_enter(cursor, TALLY_DER_SEQUENCE);
	struct tally_x509_extension extension = { tally_der_read(&outer, TALLY_DER_OID), false, { NULL, 0 } };

	if (tally_der_peek(&outer) == TALLY_DER_BOOLEAN) {
		extension.is_critical = tally_der_read_boolean(&outer);
		/* The default is left out. spec: X.690, 11.5 */
		if (!extension.is_critical)
			tally_fail(&outer, TALLY_NOT_CANONICAL);
	}
	extension.value = tally_der_read(&outer, TALLY_DER_OCTET_STRING);
	tally_leave(cursor, &outer);
	return extension;
}

bool tally_x509_extension_at(struct tally_bytes extensions, size_t index, struct tally_x509_extension *ret)
{
	struct tally_cursor cursor = tally_cursor(extensions);
	struct tally_x509_extension extension;

	do {
		if (tally_cursor_is_done(&cursor))
			return false;
		extension = tally_x509_read_extension(&cursor);
	} while (index-- > 0);
	if (cursor.status != TALLY_OK)
		return false;
	*ret = extension;
	return true;
}

bool tally_x509_find_extension(struct tally_bytes extensions, struct tally_bytes oid, struct tally_x509_extension *ret)
{
	struct tally_cursor cursor = tally_cursor(extensions);

	while (!tally_cursor_is_done(&cursor)) {
		struct tally_x509_extension extension = tally_x509_read_extension(&cursor);

		if (cursor.status != TALLY_OK || !tally_bytes_equal(extension.oid, oid))
			continue;
		*ret = extension;
		return true;
	}
	return false;
}

struct tally_bytes tally_x509_read_extensions(struct tally_cursor *cursor)
{
	struct tally_bytes content = tally_der_read(cursor, TALLY_DER_SEQUENCE);
	struct tally_bytes oid[TALLY_X509_EXTENSION_LIMIT];
	struct tally_cursor list = tally_cursor(content);
	size_t count = 0;

	do {
		struct tally_x509_extension extension = tally_x509_read_extension(&list);

		for (size_t i = 0; i < count; i++)
			if (tally_bytes_equal(oid[i], extension.oid))
				tally_fail(&list, TALLY_DUPLICATE);
		if (count == TALLY_X509_EXTENSION_LIMIT)
			tally_fail(&list, TALLY_OUT_OF_RANGE);
		else
			oid[count++] = extension.oid;
	} while (!tally_cursor_is_done(&list));
	if (list.status != TALLY_OK)
		tally_fail(cursor, list.status);
	return content;
}

struct tally_cursor tally_x509_read_signed(struct tally_cursor *cursor, struct tally_bytes *ret_tbs,
					   struct tally_bytes *ret_algorithm, struct tally_bytes *ret_signature)
{
	struct tally_cursor outer = tally_der_enter(cursor, TALLY_DER_SEQUENCE);
	struct tally_cursor tbs;

	*ret_tbs = tally_der_read_element(&outer);
	*ret_algorithm = tally_x509_read_algorithm(&outer).der;
	*ret_signature = tally_der_read_bits(&outer);
	tally_leave(cursor, &outer);
	tbs = tally_cursor(*ret_tbs);
	if (cursor->status != TALLY_OK)
		tally_fail(&tbs, cursor->status);
	return tbs;
}

enum tally_status tally_x509_end(struct tally_cursor *cursor, struct tally_cursor *tbs, struct tally_bytes outer,
				 struct tally_bytes inner)
{
	if (!tally_bytes_equal(outer, inner))
		tally_fail(tbs, TALLY_DISORDER);
	if (tbs->status != TALLY_OK)
		return tbs->status;
	if (tally_cursor_end(cursor) != TALLY_OK)
		return cursor->status != TALLY_OK ? cursor->status : TALLY_TRAILING;
	return TALLY_OK;
}
