// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A TPM's quote: TPMS_ATTEST, and the PCR values behind its digest. */
#include "tpm_quote.h"

#define ATTEST_MAGIC 0xff544347U /* TPM_GENERATED_VALUE */
#define ATTEST_QUOTE 0x8018	 /* TPM_ST_ATTEST_QUOTE */

/* TPM2B: a size of two bytes and so many bytes. */
static struct tally_bytes read_tpm2b(struct tally_cursor *cursor)
{
	return tally_read_bytes(cursor, tally_read_be16(cursor));
}

/* TPMS_PCR_SELECTION: PCR n is bit n % 8 of byte n / 8. */
static void read_selection(struct tally_cursor *cursor, struct tally_pcr_selection *selection)
{
	struct tally_bytes select;

	selection->alg = tally_read_be16(cursor);
	selection->mask = 0;
	select = tally_read_bytes(cursor, tally_read_u8(cursor));
	for (size_t i = 0; i < select.size; i++) {
		if (i < TALLY_PCR_COUNT / 8)
			selection->mask |= (uint32_t)select.data[i] << (8 * i);
		else if (select.data[i] != 0)
			tally_fail(cursor, TALLY_UNSUPPORTED);
	}
}

static void read_selections(struct tally_cursor *cursor, struct tally_tpm_quote *quote)
{
	uint32_t count = tally_read_be32(cursor);

	if (count > TALLY_PCR_SELECTION_LIMIT)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	for (quote->selection_count = 0; cursor->status == TALLY_OK && quote->selection_count < count;) {
		struct tally_pcr_selection *selection = &quote->selection[quote->selection_count];

		read_selection(cursor, selection);
		for (size_t i = 0; i < quote->selection_count; i++)
			if (quote->selection[i].alg == selection->alg)
				tally_fail(cursor, TALLY_DUPLICATE);
		quote->selection_count++;
	}
}

enum tally_status tally_tpm_quote_read(struct tally_bytes attest, struct tally_tpm_quote *ret)
{
	struct tally_cursor cursor = tally_cursor(attest);
	struct tally_tpm_quote quote;
	enum tally_status status;
	uint8_t safe;

	memset(&quote, 0, sizeof(quote));
	if (tally_read_be32(&cursor) != ATTEST_MAGIC || tally_read_be16(&cursor) != ATTEST_QUOTE)
		tally_fail(&cursor, TALLY_UNSUPPORTED);
	quote.qualified_signer = read_tpm2b(&cursor);
	quote.extra_data = read_tpm2b(&cursor);
	quote.clock = tally_read_be64(&cursor);
	quote.reset_count = tally_read_be32(&cursor);
	quote.restart_count = tally_read_be32(&cursor);
	safe = tally_read_u8(&cursor);
	if (safe > 1)
		tally_fail(&cursor, TALLY_OUT_OF_RANGE);
	quote.is_safe = safe != 0;
	quote.firmware_version = tally_read_be64(&cursor);
	read_selections(&cursor, &quote);
	quote.pcr_digest = read_tpm2b(&cursor);

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		*ret = quote;
	return status;
}

static bool is_selected(const struct tally_pcr_selection *selection, size_t pcr)
{
	return selection->mask >> pcr & 1;
}

/* Bytes of all selected values. */
static enum tally_status selected_size(const struct tally_tpm_quote *quote, size_t *ret)
{
	size_t size = 0;

	for (size_t i = 0; i < quote->selection_count; i++) {
		size_t alg_size = tally_alg_size(quote->selection[i].alg);

		if (alg_size == 0 && quote->selection[i].mask != 0)
			return TALLY_UNKNOWN_ALGORITHM;
		for (size_t pcr = 0; pcr < TALLY_PCR_COUNT; pcr++)
			size += is_selected(&quote->selection[i], pcr) ? alg_size : 0;
	}
	*ret = size;
	return TALLY_OK;
}

/* The digest's hash is that of the signature, which the quote does not name: the size tells, or trying both. */
static enum tally_status check_pcr_digest(struct tally_bytes pcr_digest, struct tally_bytes values)
{
	static const uint16_t algs[] = { TALLY_SHA1, TALLY_SHA256, TALLY_SHA384, TALLY_SHA512, TALLY_SM3_256 };
	enum tally_status status;

	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
		uint8_t bytes[TALLY_DIGEST_LIMIT];
		struct tally_hash_job job = { algs[i], { values, { NULL, 0 }, { NULL, 0 } }, bytes };

		if (tally_alg_size(algs[i]) != pcr_digest.size)
			continue;
		status = tally_env_hash(&job, 1);
		if (status == TALLY_OK && memcmp(bytes, pcr_digest.data, pcr_digest.size) == 0)
			return TALLY_OK;
		/* An algorithm that this machine lacks gives no match. */
		if (status != TALLY_OK && status != TALLY_UNKNOWN_ALGORITHM)
			return status;
	}
	return TALLY_CHECKSUM;
}

enum tally_status tally_tpm_quote_values(const struct tally_tpm_quote *quote, struct tally_bytes values,
					 struct tally_digests ret_value[TALLY_PCR_COUNT])
{
	struct tally_cursor cursor = tally_cursor(values);
	struct tally_digest digest;
	size_t size = 0;
	enum tally_status status = selected_size(quote, &size);

	if (status == TALLY_OK && values.size != size)
		status = values.size < size ? TALLY_TRUNCATED : TALLY_TRAILING;
	if (status == TALLY_OK)
		status = check_pcr_digest(quote->pcr_digest, values);
	if (status != TALLY_OK)
		return status;
	/* Nothing can fail any more: sizes fit, and no bank is there twice. */
	memset(ret_value, 0, TALLY_PCR_COUNT * sizeof(ret_value[0]));
	for (size_t i = 0; i < quote->selection_count && status == TALLY_OK; i++) {
		uint16_t alg = quote->selection[i].alg;

		for (size_t pcr = 0; pcr < TALLY_PCR_COUNT && status == TALLY_OK; pcr++) {
			if (!is_selected(&quote->selection[i], pcr))
				continue;
			status = tally_digest_set(&digest, alg, tally_read_bytes(&cursor, tally_alg_size(alg)));
			if (status == TALLY_OK)
				status = tally_digests_add(&ret_value[pcr], &digest);
		}
	}
	return status;
}
