// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A TPM's signature: a scheme, its hash, and one number or two. */
#include "tpm_signature.h"

#include "tpm_public.h"

static struct tally_bytes read_signature_number(struct tally_cursor *cursor)
{
	return tally_read_bytes(cursor, tally_read_be16(cursor));
}

enum tally_status tally_tpm_signature_read(struct tally_bytes bytes, struct tally_tpm_signature *ret)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	struct tally_tpm_signature signature;
	enum tally_status status;

	memset(&signature, 0, sizeof(signature));
	signature.scheme = tally_read_be16(&cursor);
	signature.hash = tally_read_be16(&cursor);
	if (signature.scheme == TALLY_TPM_RSASSA || signature.scheme == TALLY_TPM_RSAPSS) {
		signature.rsa = read_signature_number(&cursor);
	} else if (signature.scheme == TALLY_TPM_ECDSA) {
		signature.r = read_signature_number(&cursor);
		signature.s = read_signature_number(&cursor);
	} else {
		tally_fail(&cursor, TALLY_UNSUPPORTED);
	}

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		*ret = signature;
	return status;
}

static void write_signature_number(struct tally_writer *writer, struct tally_bytes number)
{
	if (number.size > UINT16_MAX)
		tally_writer_fail(writer, TALLY_OUT_OF_RANGE);
	tally_write_be16(writer, (uint16_t)number.size);
	tally_write_bytes(writer, number);
}

void tally_tpm_signature_write(struct tally_writer *writer, const struct tally_tpm_signature *signature)
{
	tally_write_be16(writer, signature->scheme);
	tally_write_be16(writer, signature->hash);
	if (signature->scheme == TALLY_TPM_ECDSA) {
		write_signature_number(writer, signature->r);
		write_signature_number(writer, signature->s);
	} else {
		write_signature_number(writer, signature->rsa);
	}
}
