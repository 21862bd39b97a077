// SPDX-License-Identifier: BSD-2-Clause
/* An SNP report out of the fields that CoCo's JSON has of it. What is reserved there is zero. spec: SEV-SNP ABI, table 23 */
#include "coco.h"

#define REPORT_SIZE 1184
#define CERTIFICATE_LIMIT 16

/* Fields of bytes, and where they stand. */
static const struct {
	const char *name;
	size_t at;
	size_t size;
} arrays[] = {
	{ "family_id", 0x10, 16 },	    { "image_id", 0x20, 16 },	{ "report_data", 0x50, 64 },
	{ "measurement", 0x90, 48 },	    { "host_data", 0xc0, 32 },	{ "id_key_digest", 0xe0, 48 },
	{ "author_key_digest", 0x110, 48 }, { "report_id", 0x140, 32 }, { "report_id_ma", 0x160, 32 },
	{ "chip_id", 0x1a0, 64 },
};

/* Little-endian numbers; those that older versions lack may be null. */
static const struct {
	const char *name;
	size_t at;
	size_t size;
	bool is_optional;
} numbers[] = {
	{ "version", 0x00, 4, false },
	{ "guest_svn", 0x04, 4, false },
	{ "policy", 0x08, 8, false },
	{ "vmpl", 0x30, 4, false },
	{ "sig_algo", 0x34, 4, false },
	{ "plat_info", 0x40, 8, false },
	{ "key_info", 0x48, 4, false },
	{ "cpuid_fam_id", 0x188, 1, true },
	{ "cpuid_mod_id", 0x189, 1, true },
	{ "cpuid_step", 0x18a, 1, true },
	{ "launch_mit_vector", 0x1f8, 8, true },
	{ "current_mit_vector", 0x200, 8, true },
};

static const struct {
	const char *name;
	size_t at;
} tcbs[] = { { "current_tcb", 0x38 }, { "reported_tcb", 0x180 }, { "committed_tcb", 0x1e0 }, { "launch_tcb", 0x1f0 } };

static const struct {
	const char *name;
	size_t at;
} builds[] = { { "current", 0x1e8 }, { "committed", 0x1ec } };

static enum tally_status put_array(struct tally_arena *arena, const json_t *json, uint8_t *to, size_t size)
{
	struct tally_bytes bytes;
	enum tally_status status = tally_coco_array(arena, json, &bytes);

	if (status == TALLY_OK && bytes.size != size)
		status = TALLY_DIGEST_SIZE;
	if (status == TALLY_OK)
		memcpy(to, bytes.data, size);
	return status;
}

static enum tally_status put_number(const json_t *json, bool is_optional, uint8_t *to, size_t size)
{
	uint64_t value = (uint64_t)json_integer_value(json);

	if (is_optional && (!json || json_is_null(json)))
		return TALLY_OK;
	if (!json_is_integer(json))
		return TALLY_DISORDER;
	if (json_integer_value(json) < 0 || (size < 8 && value >> (8 * size)))
		return TALLY_OUT_OF_RANGE;
	for (size_t i = 0; i < size; i++)
		to[i] = (uint8_t)(value >> (8 * i));
	return TALLY_OK;
}

/* Turin has another order, and is told by its fmc. */
static enum tally_status put_tcb(const json_t *json, uint8_t *to)
{
	const json_t *fmc = json_object_get(json, "fmc");
	bool is_turin = fmc && !json_is_null(fmc);
	enum tally_status status = is_turin ? put_number(fmc, false, &to[0], 1) : TALLY_OK;

	if (status == TALLY_OK)
		status = put_number(json_object_get(json, "bootloader"), false, &to[is_turin ? 1 : 0], 1);
	if (status == TALLY_OK)
		status = put_number(json_object_get(json, "tee"), false, &to[is_turin ? 2 : 1], 1);
	if (status == TALLY_OK)
		status = put_number(json_object_get(json, "snp"), false, &to[is_turin ? 3 : 6], 1);
	if (status == TALLY_OK)
		status = put_number(json_object_get(json, "microcode"), false, &to[7], 1);
	return status;
}

static enum tally_status put_build(const json_t *json, uint8_t *to)
{
	enum tally_status status = put_number(json_object_get(json, "build"), false, &to[0], 1);

	if (status == TALLY_OK)
		status = put_number(json_object_get(json, "minor"), false, &to[1], 1);
	if (status == TALLY_OK)
		status = put_number(json_object_get(json, "major"), false, &to[2], 1);
	return status;
}

static enum tally_status put_signature(struct tally_arena *arena, const json_t *json, uint8_t *to)
{
	enum tally_status status = put_array(arena, json_object_get(json, "r"), to, 72);

	return status == TALLY_OK ? put_array(arena, json_object_get(json, "s"), to + 72, 72) : status;
}

static enum tally_status put_report(struct tally_arena *arena, const json_t *json, uint8_t ret[REPORT_SIZE])
{
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; status == TALLY_OK && i < sizeof(arrays) / sizeof(arrays[0]); i++)
		status = put_array(arena, json_object_get(json, arrays[i].name), ret + arrays[i].at, arrays[i].size);
	for (size_t i = 0; status == TALLY_OK && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		status = put_number(json_object_get(json, numbers[i].name), numbers[i].is_optional, ret + numbers[i].at,
				    numbers[i].size);
	for (size_t i = 0; status == TALLY_OK && i < sizeof(tcbs) / sizeof(tcbs[0]); i++)
		status = put_tcb(json_object_get(json, tcbs[i].name), ret + tcbs[i].at);
	for (size_t i = 0; status == TALLY_OK && i < sizeof(builds) / sizeof(builds[0]); i++)
		status = put_build(json_object_get(json, builds[i].name), ret + builds[i].at);
	return status == TALLY_OK ? put_signature(arena, json_object_get(json, "signature"), ret + 0x2a0) : status;
}

enum tally_status tally_coco_certificates(struct tally_wrapping *wrapping, const struct tally_bytes *certificates,
					  size_t count)
{
	struct tally_writer measure = tally_writer(NULL, 0);
	struct tally_writer writer;
	uint8_t *memory;

	for (size_t i = 0; i < count; i++)
		tally_cbor_write_bytes(&measure, certificates[i]);
	memory = tally_arena_take(wrapping->arena, measure.size + 9, 1);
	if (!memory)
		return TALLY_NO_MEMORY;
	writer = tally_writer(memory, measure.size + 9);
	tally_cbor_write_array(&writer, count);
	for (size_t i = 0; i < count; i++)
		tally_cbor_write_bytes(&writer, certificates[i]);
	return tally_wrap_add(wrapping, TALLY_LABEL_CERTIFICATES, TALLY_MEDIA_COLLATERAL, tally_written(&writer));
}

static enum tally_status add_chain(struct tally_wrapping *wrapping, const json_t *chain)
{
	struct tally_bytes certificates[CERTIFICATE_LIMIT];
	size_t count = json_array_size(chain);
	enum tally_status status = TALLY_OK;

	if (!chain || json_is_null(chain) || count == 0)
		return TALLY_OK;
	if (!json_is_array(chain) || count > CERTIFICATE_LIMIT)
		return TALLY_OUT_OF_RANGE;
	for (size_t i = 0; status == TALLY_OK && i < count; i++)
		status = tally_coco_array(wrapping->arena, json_object_get(json_array_get(chain, i), "data"),
					  &certificates[i]);
	return status == TALLY_OK ? tally_coco_certificates(wrapping, certificates, count) : status;
}

enum tally_status tally_coco_snp(struct tally_wrapping *wrapping, const json_t *json)
{
	uint8_t report[REPORT_SIZE] = { 0 };
	enum tally_status status = put_report(wrapping->arena, json_object_get(json, "attestation_report"), report);

	if (status == TALLY_OK)
		status = tally_wrap_add(wrapping, TALLY_LABEL_REPORT, TALLY_MEDIA_SNP_REPORT,
					tally_bytes(report, sizeof(report)));
	return status == TALLY_OK ? add_chain(wrapping, json_object_get(json, "cert_chain")) : status;
}
