// SPDX-License-Identifier: BSD-2-Clause
/* Raw reports: told apart by their first bytes, and bundled with what lies beside them. */
#include "wrap.h"

#include <stdio.h>
#include <stdlib.h>

#include "../crypto/sign.h"
#include "../format/log_reader.h"
#include "../format/segment.h"
#include "replay.h"

#define SNP_REPORT_SIZE 1184
#define TEE_TDX 0x81 /* spec: Intel TDX DCAP quote, header 4 */

enum tally_status tally_wrap_add(struct tally_wrapping *wrapping, const char *label, const char *media_type,
				 struct tally_bytes value)
{
	struct tally_member *member = &wrapping->bundle.member[wrapping->bundle.count];

	if (wrapping->bundle.count == TALLY_BUNDLE_MEMBER_LIMIT)
		return TALLY_OUT_OF_RANGE;
	if (tally_bundle_find(&wrapping->bundle, label))
		return TALLY_DUPLICATE;
	member->label = tally_text(tally_arena_print(wrapping->arena, "%s", label));
	member->media_type = tally_text(tally_arena_print(wrapping->arena, "%s", media_type));
	member->value = tally_arena_copy(wrapping->arena, value);
	wrapping->bundle.count++;
	return tally_arena_has_failed(wrapping->arena) ? TALLY_NO_MEMORY : TALLY_OK;
}

static enum tally_status add_segment(struct tally_wrapping *wrapping, enum tally_log_format format,
				     struct tally_bytes log)
{
	const struct tally_segment_kind kind = { .format = format };
	char type[TALLY_SEGMENT_MEDIA_LIMIT + 1] = "";
	struct tally_writer writer = tally_writer(type, sizeof(type) - 1);
	char label[32];
	size_t number = 0;

	do
		snprintf(label, sizeof(label), TALLY_LABEL_SEGMENT "%zu", number++);
	while (tally_bundle_find(&wrapping->bundle, label));
	tally_segment_media_write(&writer, &kind);
	return writer.status == TALLY_OK ? tally_wrap_add(wrapping, label, type, log) : writer.status;
}

enum tally_status tally_wrap_add_log(struct tally_wrapping *wrapping, struct tally_bytes log)
{
	struct tally_log_reader reader;
	enum tally_status status = tally_log_open(&reader, log, TALLY_LOG_FORMAT_UNKNOWN);

	wrapping->what = "a log";
	if (status != TALLY_OK)
		return status;
	if (reader.format == TALLY_LOG_FORMAT_TALLY)
		return tally_wrap_add(wrapping, TALLY_LABEL_LOG, TALLY_MEDIA_LOG, log);
	return add_segment(wrapping, reader.format, log);
}

enum tally_status tally_wrap_add_quote(struct tally_wrapping *wrapping, const char *label,
				       const struct tally_tpm_evidence *quote, const struct tally_tpm_pcrs *pcrs)
{
	struct tally_writer measure = tally_writer(NULL, 0);
	struct tally_writer writer;
	enum tally_status status;
	uint8_t *memory;
	size_t quote_size;

	tally_tpm_evidence_write(&measure, quote);
	quote_size = measure.size;
	tally_tpm_pcrs_write(&measure, pcrs);
	memory = tally_arena_take(wrapping->arena, measure.size, 1);
	if (!memory)
		return TALLY_NO_MEMORY;
	writer = tally_writer(memory, quote_size);
	tally_tpm_evidence_write(&writer, quote);
	status = writer.status;
	if (status == TALLY_OK)
		status = tally_wrap_add(wrapping, label, TALLY_MEDIA_TPM_QUOTE, tally_written(&writer));
	writer = tally_writer(memory + quote_size, measure.size - quote_size);
	tally_tpm_pcrs_write(&writer, pcrs);
	if (status == TALLY_OK)
		status = writer.status;
	if (status == TALLY_OK)
		status = tally_wrap_add(wrapping, TALLY_LABEL_TPM_PCRS, TALLY_MEDIA_TPM_PCRS, tally_written(&writer));
	return status;
}

static enum tally_status spki_of(struct tally_key *key, struct tally_arena *arena, struct tally_bytes *ret)
{
	uint8_t *spki = NULL;
	size_t size = 0;
	enum tally_status status = tally_key_spki(key, &spki, &size);

	if (status == TALLY_OK)
		*ret = tally_arena_copy(arena, tally_bytes(spki, size));
	free(spki);
	return status;
}

enum tally_status tally_wrap_rsa_spki(struct tally_arena *arena, struct tally_bytes modulus,
				      struct tally_bytes exponent, struct tally_bytes *ret)
{
	struct tally_key *key = NULL;
	enum tally_status status = tally_key_from_rsa(modulus, exponent, &key);

	if (status == TALLY_OK)
		status = spki_of(key, arena, ret);
	tally_key_free(key);
	return status;
}

/* TPM2B_PUBLIC, TPMT_PUBLIC, SubjectPublicKeyInfo in DER or PEM. */
static enum tally_status set_key(struct tally_bytes key, struct tally_arena *arena, struct tally_tpm_evidence *quote)
{
	struct tally_cursor cursor = tally_cursor(key);
	uint16_t first = tally_read_be16(&cursor);
	struct tally_key *pem = NULL;
	enum tally_status status = TALLY_OK;

	if (key.size > 2 && first == key.size - 2) {
		quote->public_area = tally_read_rest(&cursor);
	} else if (key.size && key.data[0] == 0x30) {
		quote->spki = key;
	} else if (key.size && key.data[0] == '-') {
		status = tally_key_from_pem(key, &pem);
		if (status == TALLY_OK)
			status = spki_of(pem, arena, &quote->spki);
		tally_key_free(pem);
	} else {
		quote->public_area = key;
	}
	return status;
}

static enum tally_status add_tpm(struct tally_wrapping *wrapping, const struct tally_wrap *wrap, const char *label)
{
	struct tally_tpm_evidence evidence = { .attest = wrap->evidence, .signature = wrap->signature };
	struct tally_tpm_quote quote;
	struct tally_tpm_pcrs pcrs;
	enum tally_status status;

	wrapping->what = "the quote's signature, values and key";
	if (!wrap->signature.size || !wrap->pcrs.size || !wrap->key.size)
		return TALLY_INVALID;
	wrapping->what = "the key";
	status = set_key(wrap->key, wrapping->arena, &evidence);
	wrapping->what = "the quote";
	if (status == TALLY_OK)
		status = tally_tpm_quote_read(evidence.attest, &quote);
	if (status != TALLY_OK)
		return status;
	wrapping->what = "the values of the PCRs";
	status = tally_replay_quote_values(&quote, wrap->pcrs, pcrs.value);
	return status == TALLY_OK ? tally_wrap_add_quote(wrapping, label, &evidence, &pcrs) : status;
}

static bool begins_with(struct tally_bytes bytes, const void *prefix, size_t size)
{
	return bytes.size >= size && memcmp(bytes.data, prefix, size) == 0;
}

static bool is_tdx_quote(struct tally_bytes bytes)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	uint16_t version = tally_read_le16(&cursor);

	tally_read_le16(&cursor);
	return (version == 4 || version == 5) && tally_read_le32(&cursor) == TEE_TDX;
}

static bool is_snp_report(struct tally_bytes bytes)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	uint32_t version = tally_read_le32(&cursor);

	return bytes.size == SNP_REPORT_SIZE && version >= 2 && version <= 16;
}

/* The media type of a report by itself; NULL for no known one. */
static const char *media_of(struct tally_bytes bytes)
{
	static const struct {
		const char *prefix;
		size_t size;
		const char *media_type;
	} rows[] = {
		{ "\xa1\x6b\x41ttestation", 13, TALLY_MEDIA_NSM_RESPONSE }, /* {"Attestation": ...} */
		{ "\xd2\x84", 2, TALLY_MEDIA_NSM_DOCUMENT },		    /* COSE_Sign1, tagged or not */
		{ "\x84\x44", 2, TALLY_MEDIA_NSM_DOCUMENT },
		{ "\xd9\x01\x8f", 3, TALLY_MEDIA_CCA_TOKEN }, /* tags 399 and 907 */
		{ "\xd9\x03\x8b", 3, TALLY_MEDIA_CCA_TOKEN },
	};

	if (is_tdx_quote(bytes))
		return TALLY_MEDIA_TDX_QUOTE;
	if (is_snp_report(bytes))
		return TALLY_MEDIA_SNP_REPORT;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (begins_with(bytes, rows[i].prefix, rows[i].size))
			return rows[i].media_type;
	return NULL;
}

static const char *manifest_media_of(struct tally_bytes bytes)
{
	if (begins_with(bytes, "HCLA", 4))
		return TALLY_MEDIA_AZURE_HCL;
	return begins_with(bytes, "\x82", 1) ? TALLY_MEDIA_EK_SRK : TALLY_MEDIA_SVSM_MANIFEST;
}

static enum tally_status add_beside(struct tally_wrapping *wrapping, const struct tally_wrap *wrap)
{
	bool is_pem = begins_with(wrap->certificates, "-----", 5);
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; status == TALLY_OK && i < wrap->log_count; i++)
		status = tally_wrap_add_log(wrapping, wrap->log[i]);
	if (status == TALLY_OK && wrap->certificates.size) {
		wrapping->what = "the certificates";
		status = tally_wrap_add(wrapping, TALLY_LABEL_CERTIFICATES,
					is_pem ? TALLY_MEDIA_PEM_CHAIN : TALLY_MEDIA_SNP_CERTIFICATES,
					wrap->certificates);
	}
	if (status == TALLY_OK && wrap->manifest.size) {
		wrapping->what = "the manifest";
		status = tally_wrap_add(wrapping, TALLY_LABEL_MANIFEST, manifest_media_of(wrap->manifest),
					wrap->manifest);
	}
	if (status == TALLY_OK && wrap->runtime_data.size) {
		wrapping->what = "the runtime data";
		status = tally_wrap_add(wrapping, TALLY_LABEL_DATA, TALLY_MEDIA_DATA, wrap->runtime_data);
	}
	return status;
}

static bool is_json(struct tally_bytes bytes)
{
	while (bytes.size && memchr(" \t\r\n", bytes.data[0], 4))
		bytes = tally_bytes(bytes.data + 1, bytes.size - 1);
	return bytes.size && bytes.data[0] == '{';
}

static enum tally_status add_evidence(struct tally_wrapping *wrapping, const struct tally_wrap *wrap)
{
	const char *media = media_of(wrap->evidence);

	wrapping->what = "the evidence";
	if (is_json(wrap->evidence))
		return tally_wrap_coco(wrapping, wrap->evidence);
	if (begins_with(wrap->evidence, "\xff\x54\x43\x47", 4))
		return add_tpm(wrapping, wrap, TALLY_LABEL_REPORT);
	if (!media)
		return TALLY_UNSUPPORTED;
	return tally_wrap_add(wrapping, TALLY_LABEL_REPORT, media, wrap->evidence);
}

/* A map that is no device's answer. */
static bool is_bundle(struct tally_bytes bytes)
{
	return bytes.size && (bytes.data[0] & 0xe0) == 0xa0 && !media_of(bytes);
}

static enum tally_status finish(struct tally_wrapping *wrapping, struct tally_bytes *ret)
{
	struct tally_writer measure = tally_writer(NULL, 0);
	struct tally_writer writer;
	uint8_t *memory;

	wrapping->what = "the evidence";
	tally_bundle_write(&measure, &wrapping->bundle);
	memory = tally_arena_take(wrapping->arena, measure.size, 1);
	if (!memory)
		return TALLY_NO_MEMORY;
	writer = tally_writer(memory, measure.size);
	tally_bundle_write(&writer, &wrapping->bundle);
	if (writer.status == TALLY_OK)
		*ret = tally_written(&writer);
	return writer.status;
}

static bool has_beside(const struct tally_wrap *wrap)
{
	return wrap->log_count || wrap->certificates.size || wrap->manifest.size || wrap->runtime_data.size;
}

enum tally_status tally_wrap(const struct tally_wrap *wrap, struct tally_arena *arena, struct tally_bytes *ret,
			     const char **ret_what)
{
	struct tally_wrapping *wrapping = tally_arena_take(arena, 1, sizeof(*wrapping));
	bool is_ours = is_bundle(wrap->evidence);
	enum tally_status status;

	if (!wrapping)
		return TALLY_NO_MEMORY;
	wrapping->arena = arena;
	wrapping->what = "the evidence";
	if (is_ours && !has_beside(wrap)) {
		*ret = wrap->evidence;
		return TALLY_OK;
	}
	if (is_ours)
		status = tally_bundle_read(wrap->evidence, &wrapping->bundle);
	else
		status = add_evidence(wrapping, wrap);
	if (status == TALLY_OK)
		status = add_beside(wrapping, wrap);
	if (status == TALLY_OK)
		status = finish(wrapping, ret);
	*ret_what = wrapping->what;
	return status;
}
