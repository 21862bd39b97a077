// SPDX-License-Identifier: BSD-2-Clause
/* tally-verify that also writes down each signature that it checks, for bare-openssl.c to check once more. */
#include <stdio.h>
#include <stdlib.h>

#include "../core/writer.h"
#include "../crypto/sign.h"
#include "rate.h"

#define RECORD_LIMIT (64 * 1024)
#define SCALAR_SIZE 32 /* of P-256 */
#define DER_SEQUENCE 0x30
#define DER_INTEGER 0x02

enum tally_status __real_tally_signature_check(const struct tally_key *key, const struct tally_signature_scheme *scheme,
					       struct tally_bytes message, struct tally_bytes signature);
enum tally_status __wrap_tally_signature_check(const struct tally_key *key, const struct tally_signature_scheme *scheme,
					       struct tally_bytes message, struct tally_bytes signature);

static void write_integer(struct tally_writer *writer, const uint8_t *scalar)
{
	size_t size = SCALAR_SIZE;

	for (; size > 1 && *scalar == 0; size--)
		scalar++;
	tally_write_u8(writer, DER_INTEGER);
	tally_write_u8(writer, (uint8_t)(size + (*scalar >= 0x80)));
	if (*scalar >= 0x80)
		tally_write_u8(writer, 0);
	tally_write_bytes(writer, tally_bytes(scalar, size));
}

/* r || s as OpenSSL takes it: ECDSA-Sig-Value in DER. */
static void write_signature(struct tally_writer *writer, const struct tally_signature_scheme *scheme,
			    struct tally_bytes signature)
{
	uint8_t memory[2 * SCALAR_SIZE + 6];
	struct tally_writer integers = tally_writer(memory, sizeof(memory));

	if (scheme->form != TALLY_SIGNATURE_ECDSA_RAW) {
		tally_write_le32(writer, (uint32_t)signature.size);
		tally_write_bytes(writer, signature);
		return;
	}
	write_integer(&integers, signature.data);
	write_integer(&integers, signature.data + SCALAR_SIZE);
	tally_write_le32(writer, (uint32_t)integers.size + 2);
	tally_write_u8(writer, DER_SEQUENCE);
	tally_write_u8(writer, (uint8_t)integers.size);
	tally_write_bytes(writer, tally_written(&integers));
}

static void record(const struct tally_key *key, const struct tally_signature_scheme *scheme, struct tally_bytes message,
		   struct tally_bytes signature)
{
	static uint8_t memory[RECORD_LIMIT];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));
	FILE *file = fopen(getenv("TALLY_BENCH_CHECKS"), "ab");
	uint8_t *spki = NULL;
	size_t size = 0;

	if (!file || scheme->key != TALLY_KEY_P256 || tally_key_spki(key, &spki, &size) != TALLY_OK)
		bench_fail("record-checks", "a check can't be written down");
	tally_write_le32(&writer, (uint32_t)size);
	tally_write_bytes(&writer, tally_bytes(spki, size));
	tally_write_le32(&writer, (uint32_t)message.size);
	tally_write_bytes(&writer, message);
	write_signature(&writer, scheme, signature);
	if (writer.status != TALLY_OK || fwrite(memory, 1, writer.size, file) != writer.size || fclose(file) != 0)
		bench_fail("record-checks", "a check can't be written down");
	free(spki);
}

enum tally_status __wrap_tally_signature_check(const struct tally_key *key, const struct tally_signature_scheme *scheme,
					       struct tally_bytes message, struct tally_bytes signature)
{
	record(key, scheme, message, signature);
	return __real_tally_signature_check(key, scheme, message, signature);
}
