// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The members tpm-quote and tpm-pcrs, in deterministic CBOR. */
#include "tpm_evidence.h"

#define TPM_EVIDENCE_VERSION 1
#define TPM_EVIDENCE_KEYS 4

enum tpm_evidence_key {
	TPM_KEY_VERSION = 1,
	TPM_KEY_ATTEST = 2,
	TPM_KEY_SIGNATURE = 3,
	TPM_KEY_PUBLIC = 4,
	TPM_KEY_SPKI = 5
};

static struct tally_bytes tpm_read_member(struct tally_cursor *cursor)
{
	struct tally_bytes bytes = tally_cbor_expect_bytes(cursor);

	if (bytes.size == 0)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return bytes;
}

static struct tally_bytes tpm_read_keyed(struct tally_cursor *cursor, uint64_t key)
{
	if (tally_cbor_expect_uint(cursor) != key)
		tally_fail(cursor, TALLY_DISORDER);
	return tpm_read_member(cursor);
}

static void tpm_read_version(struct tally_cursor *cursor)
{
	if (tally_cbor_expect_uint(cursor) != TPM_KEY_VERSION)
		tally_fail(cursor, TALLY_DISORDER);
	if (tally_cbor_expect_uint(cursor) != TPM_EVIDENCE_VERSION)
		tally_fail(cursor, TALLY_UNSUPPORTED);
}

enum tally_status tally_tpm_evidence_read(struct tally_bytes input, struct tally_tpm_evidence *ret)
{
	struct tally_cursor cursor = tally_cursor(input);
	struct tally_tpm_evidence evidence;
	enum tally_status status;
	uint64_t key;

	memset(&evidence, 0, sizeof(evidence));
	if (tally_cbor_expect_map(&cursor) != TPM_EVIDENCE_KEYS)
		tally_fail(&cursor, TALLY_OUT_OF_RANGE);
	tpm_read_version(&cursor);
	evidence.attest = tpm_read_keyed(&cursor, TPM_KEY_ATTEST);
	evidence.signature = tpm_read_keyed(&cursor, TPM_KEY_SIGNATURE);
	key = tally_cbor_expect_uint(&cursor);
	if (key == TPM_KEY_PUBLIC)
		evidence.public_area = tpm_read_member(&cursor);
	else if (key == TPM_KEY_SPKI)
		evidence.spki = tpm_read_member(&cursor);
	else
		tally_fail(&cursor, TALLY_DISORDER);

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		*ret = evidence;
	return status;
}

void tally_tpm_evidence_write(struct tally_writer *writer, const struct tally_tpm_evidence *evidence)
{
	bool has_public = evidence->public_area.size != 0;

	if (has_public == (evidence->spki.size != 0) || !evidence->attest.size || !evidence->signature.size)
		tally_writer_fail(writer, TALLY_INVALID);
	tally_cbor_write_map(writer, TPM_EVIDENCE_KEYS);
	tally_cbor_write_uint(writer, TPM_KEY_VERSION);
	tally_cbor_write_uint(writer, TPM_EVIDENCE_VERSION);
	tally_cbor_write_uint(writer, TPM_KEY_ATTEST);
	tally_cbor_write_bytes(writer, evidence->attest);
	tally_cbor_write_uint(writer, TPM_KEY_SIGNATURE);
	tally_cbor_write_bytes(writer, evidence->signature);
	tally_cbor_write_uint(writer, has_public ? TPM_KEY_PUBLIC : TPM_KEY_SPKI);
	tally_cbor_write_bytes(writer, has_public ? evidence->public_area : evidence->spki);
}

/* Keys of a map ascend in encoded form, which for numbers is by value. */
static void tpm_read_bank(struct tally_cursor *cursor, uint64_t alg, struct tally_tpm_pcrs *pcrs)
{
	size_t count = tally_cbor_expect_map(cursor);
	uint64_t least = 0;

	if (count == 0 || alg > UINT16_MAX)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	for (size_t i = 0; i < count && cursor->status == TALLY_OK; i++) {
		uint64_t pcr = tally_cbor_expect_uint(cursor);
		struct tally_bytes bytes = tally_cbor_expect_bytes(cursor);
		struct tally_digest digest;
		enum tally_status status = cursor->status;

		if (status == TALLY_OK && (pcr < least || pcr >= TALLY_PCR_COUNT))
			status = pcr + 1 == least ? TALLY_DUPLICATE : pcr < least ? TALLY_DISORDER : TALLY_OUT_OF_RANGE;
		if (status == TALLY_OK)
			status = tally_digest_set(&digest, (uint16_t)alg, bytes);
		if (status == TALLY_OK)
			status = tally_digests_add(&pcrs->value[pcr], &digest);
		if (status != TALLY_OK)
			tally_fail(cursor, status);
		least = pcr + 1;
	}
}

enum tally_status tally_tpm_pcrs_read(struct tally_bytes input, struct tally_tpm_pcrs *ret)
{
	struct tally_cursor cursor = tally_cursor(input);
	size_t count = tally_cbor_expect_map(&cursor);
	struct tally_tpm_pcrs pcrs;
	uint64_t least = 0;
	enum tally_status status;

	memset(&pcrs, 0, sizeof(pcrs));
	if (count == 0)
		tally_fail(&cursor, TALLY_OUT_OF_RANGE);
	for (size_t i = 0; i < count && cursor.status == TALLY_OK; i++) {
		uint64_t alg = tally_cbor_expect_uint(&cursor);

		if (alg < least)
			tally_fail(&cursor, alg + 1 == least ? TALLY_DUPLICATE : TALLY_DISORDER);
		least = alg + 1;
		tpm_read_bank(&cursor, alg, &pcrs);
	}

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		*ret = pcrs;
	return status;
}

static size_t tpm_bank_count(const struct tally_tpm_pcrs *pcrs, uint16_t alg)
{
	size_t count = 0;

	for (size_t pcr = 0; pcr < TALLY_PCR_COUNT; pcr++)
		count += tally_digests_find(&pcrs->value[pcr], alg) != NULL;
	return count;
}

static void tpm_write_bank(struct tally_writer *writer, const struct tally_tpm_pcrs *pcrs, uint16_t alg)
{
	tally_cbor_write_uint(writer, alg);
	tally_cbor_write_map(writer, tpm_bank_count(pcrs, alg));
	for (size_t pcr = 0; pcr < TALLY_PCR_COUNT; pcr++) {
		const struct tally_digest *digest = tally_digests_find(&pcrs->value[pcr], alg);

		if (!digest)
			continue;
		tally_cbor_write_uint(writer, pcr);
		tally_cbor_write_bytes(writer, tally_digest_bytes(digest));
	}
}

void tally_tpm_pcrs_write(struct tally_writer *writer, const struct tally_tpm_pcrs *pcrs)
{
	static const uint16_t algs[] = { TALLY_SHA1, TALLY_SHA256, TALLY_SHA384, TALLY_SHA512, TALLY_SM3_256 };
	size_t count = 0;

	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
		count += tpm_bank_count(pcrs, algs[i]) != 0;
	if (count == 0)
		tally_writer_fail(writer, TALLY_INVALID);
	tally_cbor_write_map(writer, count);
	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
		if (tpm_bank_count(pcrs, algs[i]))
			tpm_write_bank(writer, pcrs, algs[i]);
}

static size_t tpm_value_count(const struct tally_tpm_pcrs *pcrs)
{
	size_t count = 0;

	for (size_t pcr = 0; pcr < TALLY_PCR_COUNT; pcr++)
		count += pcrs->value[pcr].count;
	return count;
}

enum tally_status tally_tpm_pcrs_select(const struct tally_tpm_pcrs *pcrs, const struct tally_tpm_quote *quote,
					struct tally_span room, struct tally_bytes *ret)
{
	struct tally_writer writer = tally_writer(room.data, room.size);
	size_t count = 0;

	for (size_t i = 0; i < quote->selection_count; i++) {
		for (size_t pcr = 0; pcr < TALLY_PCR_COUNT; pcr++) {
			const struct tally_digest *digest =
				tally_digests_find(&pcrs->value[pcr], quote->selection[i].alg);

			if (!(quote->selection[i].mask >> pcr & 1))
				continue;
			if (!digest)
				return TALLY_BANK_SET;
			tally_write_bytes(&writer, tally_digest_bytes(digest));
			count++;
		}
	}
	if (count != tpm_value_count(pcrs))
		return TALLY_BANK_SET;
	if (writer.status == TALLY_OK)
		*ret = tally_written(&writer);
	return writer.status;
}
