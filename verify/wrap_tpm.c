// SPDX-License-Identifier: BSD-2-Clause
/* A TPM's quote in pieces: what it says, its signature, the values, the key, and what ties the key to its TPM. */
#include "../format/azure_hcl.h"
#include "../format/base64.h"
#include "../format/tpm_signature.h"
#include "public_key.h"
#include "replay.h"
#include "wrap.h"

#define RSA_SIZE_MIN 256
#define RSA_SIZE_MAX 512

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

static enum tally_status read_digits(struct tally_arena *arena, struct tally_bytes digits, struct tally_bytes *ret)
{
	struct tally_span room = { tally_arena_take(arena, TALLY_BASE64_ROOM(digits.size), 1),
				   TALLY_BASE64_ROOM(digits.size) };

	return room.data ? tally_base64_read(digits, TALLY_BASE64_URL, room, ret) : TALLY_NO_MEMORY;
}

enum tally_status tally_wrap_hcl_key(struct tally_arena *arena, const struct tally_azure_hcl *hcl,
				     struct tally_bytes *ret)
{
	struct tally_azure_runtime runtime;
	struct tally_bytes modulus;
	struct tally_bytes exponent;
	enum tally_status status = tally_azure_runtime_read(hcl->runtime_data, &runtime);

	if (status == TALLY_OK)
		status = read_digits(arena, runtime.ak.modulus, &modulus);
	if (status == TALLY_OK)
		status = read_digits(arena, runtime.ak.exponent, &exponent);
	return status == TALLY_OK ? tally_public_key_of_rsa(modulus, exponent, arena, ret) : status;
}

enum tally_status tally_wrap_signature(struct tally_arena *arena, struct tally_bytes bytes, struct tally_bytes *ret)
{
	const struct tally_tpm_signature signature = { .scheme = 0x0014, .hash = TALLY_SHA256, .rsa = bytes };
	bool is_bare = bytes.size >= RSA_SIZE_MIN && bytes.size <= RSA_SIZE_MAX && bytes.size % 64 == 0;
	struct tally_writer writer;

	*ret = bytes;
	if (!is_bare)
		return TALLY_OK;
	writer = tally_writer(tally_arena_take(arena, bytes.size + 6, 1), bytes.size + 6);
	if (!writer.data)
		return TALLY_NO_MEMORY;
	tally_tpm_signature_write(&writer, &signature);
	*ret = tally_written(&writer);
	return writer.status;
}

static bool is_key_text(struct tally_bytes key)
{
	return key.size && (key.data[0] == 0x30 || memchr("-{ \t\r\n", key.data[0], 6));
}

/* TPM2B_PUBLIC, TPMT_PUBLIC, or a key in any form that people keep keys in. */
static enum tally_status set_key(struct tally_bytes key, struct tally_arena *arena, struct tally_tpm_evidence *quote)
{
	struct tally_cursor cursor = tally_cursor(key);
	uint16_t first = tally_read_be16(&cursor);

	if (key.size > 2 && first == key.size - 2)
		quote->public_area = tally_read_rest(&cursor);
	else if (is_key_text(key))
		return tally_public_key_read(key, arena, &quote->spki);
	else
		quote->public_area = key;
	return TALLY_OK;
}

/* Azure's runtime data names its vTPM's key: nobody need give it. */
static enum tally_status find_key(struct tally_wrapping *wrapping, const struct tally_wrap *wrap,
				  struct tally_tpm_evidence *quote)
{
	const struct tally_member *manifest = tally_bundle_find(&wrapping->bundle, TALLY_LABEL_MANIFEST);
	struct tally_azure_hcl hcl;

	if (wrap->key.size)
		return set_key(wrap->key, wrapping->arena, quote);
	if (!manifest || tally_azure_hcl_read(manifest->value, &hcl) != TALLY_OK)
		return TALLY_INVALID;
	return tally_wrap_hcl_key(wrapping->arena, &hcl, &quote->spki);
}

enum tally_status tally_wrap_tpm(struct tally_wrapping *wrapping, const struct tally_wrap *wrap,
				 struct tally_bytes attest, const char *label)
{
	struct tally_tpm_evidence evidence = { .attest = attest };
	struct tally_tpm_quote quote;
	struct tally_tpm_pcrs pcrs;
	enum tally_status status;

	wrapping->what = "the quote's signature, values and key";
	if (!wrap->signature.size || !wrap->pcrs.size)
		return TALLY_INVALID;
	wrapping->what = "the key";
	status = find_key(wrapping, wrap, &evidence);
	if (status == TALLY_OK)
		status = tally_wrap_signature(wrapping->arena, wrap->signature, &evidence.signature);
	if (status != TALLY_OK)
		return status;
	wrapping->what = "the quote";
	status = tally_tpm_quote_read(evidence.attest, &quote);
	if (status != TALLY_OK)
		return status;
	wrapping->what = "the values of the PCRs";
	status = tally_replay_quote_values(&quote, wrap->pcrs, pcrs.value);
	return status == TALLY_OK ? tally_wrap_add_quote(wrapping, label, &evidence, &pcrs) : status;
}
