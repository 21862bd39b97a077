// SPDX-License-Identifier: BSD-2-Clause
/* The evidence JSON of CoCo's attestation agent, one kind of machine after the other. spec: kbs protocol 0.4.0, evidence */
#include "../format/azure_hcl.h"
#include "../format/base64.h"
#include "coco.h"

static bool is_base64_url(const char *text)
{
	return strchr(text, '-') || strchr(text, '_');
}

/* Both alphabets occur, with padding and without. */
enum tally_status tally_coco_base64(struct tally_arena *arena, const json_t *json, struct tally_bytes *ret)
{
	const char *text = json_string_value(json);
	size_t size = text ? strlen(text) : 0;
	size_t kept = size;
	struct tally_span room = { tally_arena_take(arena, TALLY_BASE64_ROOM(size), 1), TALLY_BASE64_ROOM(size) };

	if (!text)
		return TALLY_DISORDER;
	if (!room.data)
		return TALLY_NO_MEMORY;
	if (size % 4 == 0 && !is_base64_url(text))
		return tally_base64_read(tally_bytes(text, size), TALLY_BASE64_STANDARD, room, ret);
	while (kept && size - kept < 2 && text[kept - 1] == '=')
		kept--;
	return tally_base64_read(tally_bytes(text, kept), TALLY_BASE64_URL, room, ret);
}

static int hex_value(char digit)
{
	const char *digits = "0123456789abcdef";
	const char *found = digit ? strchr(digits, digit) : NULL;

	return found ? (int)(found - digits) : -1;
}

static enum tally_status read_hex(struct tally_arena *arena, const json_t *json, struct tally_bytes *ret)
{
	const char *text = json_string_value(json);
	size_t size = text ? strlen(text) : 0;
	uint8_t *bytes = tally_arena_take(arena, size / 2 + 1, 1);

	if (!text || size % 2)
		return TALLY_DISORDER;
	if (!bytes)
		return TALLY_NO_MEMORY;
	for (size_t i = 0; i < size; i += 2) {
		int high = hex_value(text[i]), low = hex_value(text[i + 1]);

		if (high < 0 || low < 0)
			return TALLY_OUT_OF_RANGE;
		bytes[i / 2] = (uint8_t)(high << 4 | low);
	}
	*ret = tally_bytes(bytes, size / 2);
	return TALLY_OK;
}

enum tally_status tally_coco_array(struct tally_arena *arena, const json_t *json, struct tally_bytes *ret)
{
	size_t size = json_array_size(json);
	uint8_t *bytes = tally_arena_take(arena, size + 1, 1);

	if (!json_is_array(json))
		return TALLY_DISORDER;
	if (!bytes)
		return TALLY_NO_MEMORY;
	for (size_t i = 0; i < size; i++) {
		const json_t *element = json_array_get(json, i);

		if (!json_is_integer(element) || json_integer_value(element) < 0 || json_integer_value(element) > 255)
			return TALLY_OUT_OF_RANGE;
		bytes[i] = (uint8_t)json_integer_value(element);
	}
	*ret = tally_bytes(bytes, size);
	return TALLY_OK;
}

/* Hex in newer evidence, an array of numbers in older. */
static enum tally_status read_either(struct tally_arena *arena, const json_t *json, struct tally_bytes *ret)
{
	return json_is_array(json) ? tally_coco_array(arena, json, ret) : read_hex(arena, json, ret);
}

static enum tally_status read_pcrs(struct tally_arena *arena, const json_t *json, struct tally_tpm_pcrs *ret)
{
	enum tally_status status = TALLY_OK;

	memset(ret, 0, sizeof(*ret));
	if (json_array_size(json) != TALLY_PCR_COUNT)
		return TALLY_OUT_OF_RANGE;
	for (size_t pcr = 0; status == TALLY_OK && pcr < TALLY_PCR_COUNT; pcr++) {
		struct tally_digest digest;
		struct tally_bytes bytes;

		status = read_either(arena, json_array_get(json, pcr), &bytes);
		if (status == TALLY_OK)
			status = tally_digest_set(&digest, TALLY_SHA256, bytes);
		if (status == TALLY_OK)
			status = tally_digests_add(&ret->value[pcr], &digest);
	}
	return status;
}

static enum tally_status wrap_tdx(struct tally_wrapping *wrapping, const json_t *json)
{
	const json_t *log = json_object_get(json, "cc_eventlog");
	const json_t *own = json_object_get(json, "aa_eventlog");
	struct tally_bytes bytes;
	enum tally_status status = tally_coco_base64(wrapping->arena, json_object_get(json, "quote"), &bytes);

	if (status == TALLY_OK)
		status = tally_wrap_add(wrapping, TALLY_LABEL_REPORT, TALLY_MEDIA_TDX_QUOTE, bytes);
	if (status == TALLY_OK && log && !json_is_null(log)) {
		status = tally_coco_base64(wrapping->arena, log, &bytes);
		if (status == TALLY_OK)
			status = tally_wrap_add_log(wrapping, bytes);
	}
	/* Agents of before 2025 have their own events beside it, as text. */
	if (status == TALLY_OK && json_is_string(own))
		status = tally_wrap_add_log(wrapping, tally_text(json_string_value(own)));
	return status;
}

static enum tally_status wrap_cca(struct tally_wrapping *wrapping, const json_t *json)
{
	struct tally_bytes bytes;
	enum tally_status status = tally_coco_array(wrapping->arena, json_object_get(json, "token"), &bytes);

	return status == TALLY_OK ? tally_wrap_add(wrapping, TALLY_LABEL_REPORT, TALLY_MEDIA_CCA_TOKEN, bytes) : status;
}

static enum tally_status wrap_tpm(struct tally_wrapping *wrapping, const json_t *json)
{
	const json_t *quote = json_object_get(json, "tpm_quote");
	struct tally_tpm_evidence evidence = { .spki = { NULL, 0 } };
	struct tally_tpm_pcrs pcrs;
	enum tally_status status =
		tally_coco_base64(wrapping->arena, json_object_get(json, "ak_public"), &evidence.spki);

	if (status == TALLY_OK)
		status = tally_coco_base64(wrapping->arena, json_object_get(quote, "message"), &evidence.attest);
	if (status == TALLY_OK)
		status = tally_coco_base64(wrapping->arena, json_object_get(quote, "signature"), &evidence.signature);
	if (status == TALLY_OK)
		status = read_pcrs(wrapping->arena, json_object_get(quote, "pcrs"), &pcrs);
	return status == TALLY_OK ? tally_wrap_add_quote(wrapping, TALLY_LABEL_REPORT, &evidence, &pcrs) : status;
}

static enum tally_status add_azure_quote(struct tally_wrapping *wrapping, const struct tally_azure_hcl *hcl,
					 const json_t *quote)
{
	struct tally_tpm_evidence evidence = { .spki = { NULL, 0 } };
	struct tally_tpm_pcrs pcrs;
	struct tally_bytes bare;
	enum tally_status status = tally_wrap_hcl_key(wrapping->arena, hcl, &evidence.spki);

	if (status == TALLY_OK)
		status = read_either(wrapping->arena, json_object_get(quote, "message"), &evidence.attest);
	if (status == TALLY_OK)
		status = read_either(wrapping->arena, json_object_get(quote, "signature"), &bare);
	if (status == TALLY_OK)
		status = tally_wrap_signature(wrapping->arena, bare, &evidence.signature);
	if (status == TALLY_OK)
		status = read_pcrs(wrapping->arena, json_object_get(quote, "pcrs"), &pcrs);
	return status == TALLY_OK ? tally_wrap_add_quote(wrapping, TALLY_LABEL_TPM_QUOTE, &evidence, &pcrs) : status;
}

static enum tally_status add_azure_report(struct tally_wrapping *wrapping, const json_t *json,
					  const struct tally_azure_hcl *hcl)
{
	const json_t *quote = json_object_get(json, "td_quote");
	struct tally_bytes bytes;
	enum tally_status status;

	if (!quote)
		return tally_wrap_add(wrapping, TALLY_LABEL_REPORT, TALLY_MEDIA_SNP_REPORT, hcl->hardware_report);
	status = json_is_array(quote) ? tally_coco_array(wrapping->arena, quote, &bytes)
				      : tally_coco_base64(wrapping->arena, quote, &bytes);
	return status == TALLY_OK ? tally_wrap_add(wrapping, TALLY_LABEL_REPORT, TALLY_MEDIA_TDX_QUOTE, bytes) : status;
}

static enum tally_status add_vcek(struct tally_wrapping *wrapping, const json_t *vcek)
{
	const char *text = json_string_value(vcek);
	struct tally_bytes der;
	enum tally_status status;

	if (!vcek)
		return TALLY_OK;
	if (text && strncmp(text, "-----", 5) == 0)
		return tally_wrap_add(wrapping, TALLY_LABEL_CERTIFICATES, TALLY_MEDIA_PEM_CHAIN, tally_text(text));
	status = tally_coco_base64(wrapping->arena, vcek, &der);
	return status == TALLY_OK ? tally_coco_certificates(wrapping, &der, 1) : status;
}

static enum tally_status wrap_azure(struct tally_wrapping *wrapping, const json_t *json)
{
	const json_t *report = json_object_get(json, "hcl_report");
	const json_t *old = json_object_get(json, "report");
	const json_t *quote = json_object_get(json, "tpm_quote");
	struct tally_azure_hcl hcl;
	struct tally_bytes bytes;
	enum tally_status status = report && json_is_string(report)
					   ? tally_coco_base64(wrapping->arena, report, &bytes)
					   : tally_coco_array(wrapping->arena, report ? report : old, &bytes);

	if (status == TALLY_OK)
		status = tally_azure_hcl_read(bytes, &hcl);
	if (status == TALLY_OK)
		status = tally_wrap_add(wrapping, TALLY_LABEL_MANIFEST, TALLY_MEDIA_AZURE_HCL, bytes);
	if (status == TALLY_OK)
		status = add_azure_report(wrapping, json, &hcl);
	if (status == TALLY_OK)
		status = add_azure_quote(wrapping, &hcl, quote ? quote : json_object_get(json, "quote"));
	return status == TALLY_OK ? add_vcek(wrapping, json_object_get(json, "vcek")) : status;
}

/* Told apart by the members that only one of them has. */
static const struct {
	const char *member;
	const char *name;
	enum tally_status (*wrap)(struct tally_wrapping *wrapping, const json_t *json);
} kinds[] = {
	{ "hcl_report", "the evidence of an Azure vTPM", wrap_azure },
	{ "report", "the evidence of an Azure vTPM", wrap_azure },
	{ "attestation_report", "the evidence of SEV-SNP", tally_coco_snp },
	{ "ak_public", "the evidence of a TPM", wrap_tpm },
	{ "token", "the evidence of CCA", wrap_cca },
	{ "quote", "the evidence of TDX", wrap_tdx },
};

static enum tally_status wrap_object(struct tally_wrapping *wrapping, const json_t *json)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!json_object_get(json, kinds[i].member))
			continue;
		wrapping->what = kinds[i].name;
		return kinds[i].wrap(wrapping, json);
	}
	return TALLY_UNSUPPORTED;
}

enum tally_status tally_wrap_coco(struct tally_wrapping *wrapping, struct tally_bytes json)
{
	json_t *object = json_loadb((const char *)json.data, json.size, JSON_REJECT_DUPLICATES, NULL);
	enum tally_status status = object ? wrap_object(wrapping, object) : TALLY_UNSUPPORTED;

	json_decref(object);
	return status;
}
