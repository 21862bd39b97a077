// SPDX-License-Identifier: BSD-2-Clause
/* Raw reports: told apart by their first bytes, and bundled with what lies beside them. */
#include "wrap.h"

#include <stdio.h>

#include "../format/azure_hcl.h"
#include "../format/cove_token.h"
#include "../format/log_reader.h"
#include "../format/segment.h"
#include "coco.h"
#include "collateral.h"

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
	struct tally_cove_token token;

	if (is_tdx_quote(bytes))
		return TALLY_MEDIA_TDX_QUOTE;
	if (is_snp_report(bytes))
		return TALLY_MEDIA_SNP_REPORT;
	/* A draft without a tag of its own: in the form of a certificate it begins as Nitro's documents do. */
	if (tally_cove_token_read(bytes, &token) == TALLY_OK)
		return TALLY_MEDIA_COVE_TOKEN;
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

/* Certificates in DER are what other tools write: a VCEK from AMD's server, an AK's from the TPM. */
static enum tally_status add_certificates(struct tally_wrapping *wrapping, struct tally_bytes bytes)
{
	wrapping->what = "the certificates";
	if (begins_with(bytes, "-----", 5))
		return tally_wrap_add(wrapping, TALLY_LABEL_CERTIFICATES, TALLY_MEDIA_PEM_CHAIN, bytes);
	if (tally_collateral_kind_of(bytes) == TALLY_COLLATERAL_CERTIFICATES)
		return tally_coco_certificates(wrapping, &bytes, 1);
	return tally_wrap_add(wrapping, TALLY_LABEL_CERTIFICATES, TALLY_MEDIA_SNP_CERTIFICATES, bytes);
}

static enum tally_status add_manifest(struct tally_wrapping *wrapping, struct tally_bytes bytes)
{
	wrapping->what = "the manifest";
	return tally_wrap_add(wrapping, TALLY_LABEL_MANIFEST, manifest_media_of(bytes), bytes);
}

static enum tally_status add_beside(struct tally_wrapping *wrapping, const struct tally_wrap *wrap)
{
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; status == TALLY_OK && i < wrap->log_count; i++)
		status = tally_wrap_add_log(wrapping, wrap->log[i]);
	if (status == TALLY_OK && wrap->certificates.size)
		status = add_certificates(wrapping, wrap->certificates);
	if (status == TALLY_OK && wrap->manifest.size)
		status = add_manifest(wrapping, wrap->manifest);
	if (status == TALLY_OK && wrap->quote.size)
		status = tally_wrap_tpm(wrapping, wrap, wrap->quote, TALLY_LABEL_TPM_QUOTE);
	if (status == TALLY_OK && wrap->ak_binding.size) {
		wrapping->what = "the record of an activation";
		status = tally_wrap_add(wrapping, TALLY_LABEL_AK_BINDING, TALLY_MEDIA_AK_BINDING, wrap->ak_binding);
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

/* Azure's HCL report has an SNP report inside; of a TD only what its quote was made from, and that is no report. */
static enum tally_status add_hcl(struct tally_wrapping *wrapping, struct tally_bytes bytes)
{
	struct tally_azure_hcl hcl;
	enum tally_status status = tally_azure_hcl_read(bytes, &hcl);

	if (status == TALLY_OK && hcl.report_type != TALLY_AZURE_SNP) {
		wrapping->what = "the quote of the TD beside its HCL report, which is a --manifest";
		status = TALLY_NOT_FOUND;
	}
	if (status == TALLY_OK)
		status = tally_wrap_add(wrapping, TALLY_LABEL_REPORT, TALLY_MEDIA_SNP_REPORT, hcl.hardware_report);
	return status == TALLY_OK ? add_manifest(wrapping, bytes) : status;
}

static enum tally_status add_evidence(struct tally_wrapping *wrapping, const struct tally_wrap *wrap)
{
	const char *media = media_of(wrap->evidence);

	wrapping->what = "the evidence";
	if (is_json(wrap->evidence))
		return tally_wrap_coco(wrapping, wrap->evidence);
	if (begins_with(wrap->evidence, "\xff\x54\x43\x47", 4))
		return tally_wrap_tpm(wrapping, wrap, wrap->evidence, TALLY_LABEL_REPORT);
	if (begins_with(wrap->evidence, "HCLA", 4))
		return add_hcl(wrapping, wrap->evidence);
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
	return wrap->log_count || wrap->certificates.size || wrap->manifest.size || wrap->runtime_data.size ||
	       wrap->quote.size || wrap->ak_binding.size;
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
