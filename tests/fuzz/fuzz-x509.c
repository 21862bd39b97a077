// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: a certificate, a revocation list, PEM of either, base64 and times. */
#include <stdlib.h>

#include "../../format/base64.h"
#include "../../format/pem.h"
#include "../../format/utc.h"
#include "../../format/x509.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void expect_inside(struct tally_bytes part, struct tally_bytes whole)
{
	expect(part.size == 0 || (part.data >= whole.data && part.size <= whole.size &&
				  part.data - whole.data <= (long)(whole.size - part.size)));
}

static void try_certificate(struct tally_bytes der)
{
	struct tally_certificate certificate;
	struct tally_x509_extension extension;
	struct tally_x509_extension again;
	size_t count = 0;

	if (tally_certificate_read(der, &certificate) != TALLY_OK)
		return;
	expect_inside(certificate.tbs, der);
	expect_inside(certificate.spki, certificate.tbs);
	expect_inside(certificate.subject_name, certificate.subject);
	expect_inside(certificate.serial, certificate.tbs);
	expect(certificate.serial.size > 0 && certificate.version >= 1 && certificate.version <= 3);
	expect((certificate.algorithm.form == TALLY_X509_UNKNOWN) == (certificate.algorithm.alg == 0));
	for (; tally_x509_extension_at(certificate.extensions, count, &extension); count++) {
		expect(tally_x509_find_extension(certificate.extensions, extension.oid, &again));
		expect(again.value.data == extension.value.data);
	}
	expect(count <= TALLY_X509_EXTENSION_LIMIT && certificate.critical_count <= count);
}

static void try_crl(struct tally_bytes der)
{
	struct tally_crl crl;

	if (tally_crl_read(der, &crl) != TALLY_OK)
		return;
	expect_inside(crl.tbs, der);
	expect_inside(crl.revoked, crl.tbs);
	expect(!tally_crl_contains(&crl, tally_bytes(NULL, 0)));
}

static void try_pem(struct tally_bytes pem, const char *label)
{
	struct tally_cursor text = tally_cursor(pem);
	struct tally_span room = { malloc(TALLY_BASE64_ROOM(pem.size)), TALLY_BASE64_ROOM(pem.size) };
	struct tally_bytes der;

	expect(room.data != NULL);
	while (tally_pem_next(&text, label, room, &der)) {
		try_certificate(der);
		try_crl(der);
	}
	free(room.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_bytes bytes = tally_bytes(data, size);
	struct tally_cursor text = tally_cursor(bytes);

	try_certificate(bytes);
	try_crl(bytes);
	try_pem(bytes, TALLY_PEM_CERTIFICATE);
	try_pem(bytes, TALLY_PEM_CRL);
	(void)tally_utc_read(&text);
	return 0;
}
