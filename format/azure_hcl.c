// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Azure's HCL report, and the runtime data inside. */
#include "azure_hcl.h"

#include "json.h"

#define HCL_SIGNATURE 0x414c4348U /* "HCLA", little-endian */
#define HCL_REQUEST_REPORT 2
#define HCL_HEADER_SIZE 32
#define HCL_DATA_HEADER_SIZE 20
#define HCL_DATA_VERSION 1
#define HCL_SIZE_BEFORE_RUNTIME_DATA (HCL_HEADER_SIZE + TALLY_AZURE_HARDWARE_SIZE + HCL_DATA_HEADER_SIZE)

/* Header; its size counts everything but the zeros behind the report. */
static uint32_t read_hcl_header(struct tally_cursor *cursor, struct tally_azure_hcl *hcl)
{
	uint32_t size;

	if (tally_read_le32(cursor) != HCL_SIGNATURE)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	hcl->version = tally_read_le32(cursor);
	if (hcl->version != 1 && hcl->version != 2)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	size = tally_read_le32(cursor);
	if (tally_read_le32(cursor) != HCL_REQUEST_REPORT || tally_read_le32(cursor) != 0)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	tally_expect_zeros(cursor, 12);
	return size;
}

/* How the runtime data is described; returns its size. */
static uint32_t read_hcl_data_header(struct tally_cursor *cursor, struct tally_azure_hcl *hcl)
{
	uint32_t data_size = tally_read_le32(cursor);
	uint32_t runtime_size;

	if (tally_read_le32(cursor) != HCL_DATA_VERSION)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	hcl->report_type = tally_read_le32(cursor);
	if (hcl->report_type != TALLY_AZURE_SNP && hcl->report_type != TALLY_AZURE_TDX)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	hcl->hash_type = tally_read_le32(cursor);
	if (hcl->hash_type < TALLY_AZURE_SHA256 || hcl->hash_type > TALLY_AZURE_SHA512)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	runtime_size = tally_read_le32(cursor);
	if ((uint64_t)runtime_size + HCL_DATA_HEADER_SIZE != data_size)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return runtime_size;
}

static struct tally_bytes hcl_hardware_report(struct tally_cursor *field, uint32_t report_type)
{
	struct tally_bytes report;

	if (report_type == TALLY_AZURE_SNP)
		return tally_read_rest(field);
	report = tally_read_bytes(field, TALLY_AZURE_TDREPORT_SIZE);
	tally_expect_zeros(field, TALLY_AZURE_HARDWARE_SIZE - TALLY_AZURE_TDREPORT_SIZE);
	return report;
}

enum tally_status tally_azure_hcl_read(struct tally_bytes bytes, struct tally_azure_hcl *ret)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	struct tally_azure_hcl hcl;
	struct tally_cursor hardware;
	uint32_t size;
	uint32_t runtime_size;
	enum tally_status status;

	memset(&hcl, 0, sizeof(hcl));
	size = read_hcl_header(&cursor, &hcl);
	hardware = tally_read_nested(&cursor, TALLY_AZURE_HARDWARE_SIZE);
	runtime_size = read_hcl_data_header(&cursor, &hcl);
	hcl.hardware_report = hcl_hardware_report(&hardware, hcl.report_type);
	tally_leave(&cursor, &hardware);
	if ((uint64_t)runtime_size + HCL_SIZE_BEFORE_RUNTIME_DATA != size)
		tally_fail(&cursor, TALLY_OUT_OF_RANGE);
	hcl.runtime_data = tally_read_bytes(&cursor, runtime_size);
	tally_expect_zeros(&cursor, cursor.left.size);

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		*ret = hcl;
	return status;
}

/* A JSON Web Key, as far as it is looked at. */
struct hcl_jwk {
	struct tally_bytes id;
	struct tally_bytes type;
	struct tally_azure_key key;
};

static struct hcl_jwk read_hcl_jwk(struct tally_json_reader *json)
{
	struct tally_json_names names;
	struct hcl_jwk jwk;
	struct tally_bytes name;

	memset(&jwk, 0, sizeof(jwk));
	tally_json_begin_object(json);
	while (tally_json_next_member(json, &names, &name)) {
		if (tally_json_string_is(name, "kid"))
			jwk.id = tally_json_read_string(json);
		else if (tally_json_string_is(name, "kty"))
			jwk.type = tally_json_read_string(json);
		else if (tally_json_string_is(name, "n"))
			jwk.key.modulus = tally_json_read_string(json);
		else if (tally_json_string_is(name, "e"))
			jwk.key.exponent = tally_json_read_string(json);
		else
			(void)tally_json_skip(json);
	}
	return jwk;
}

static void read_hcl_keys(struct tally_json_reader *json, struct tally_azure_runtime *runtime)
{
	tally_json_begin_array(json);
	while (tally_json_next_element(json)) {
		struct hcl_jwk jwk = read_hcl_jwk(json);
		struct tally_azure_key *place = NULL;

		if (tally_json_string_is(jwk.id, "HCLAkPub"))
			place = &runtime->ak;
		else if (tally_json_string_is(jwk.id, "HCLEkPub"))
			place = &runtime->ek;
		else
			continue;
		if (place->modulus.size != 0)
			tally_json_fail(json, TALLY_DUPLICATE);
		else if (!tally_json_string_is(jwk.type, "RSA") || jwk.key.modulus.size == 0)
			tally_json_fail(json, TALLY_UNSUPPORTED);
		else
			*place = jwk.key;
	}
}

static void read_hcl_user_data(struct tally_json_reader *json, struct tally_azure_runtime *runtime)
{
	struct tally_bytes digits = tally_json_read_string(json);

	runtime->has_user_data = true;
	if (digits.size != 2 * sizeof(runtime->user_data) ||
	    !tally_json_decode_hex(digits, runtime->user_data, sizeof(runtime->user_data)))
		tally_json_fail(json, TALLY_OUT_OF_RANGE);
}

enum tally_status tally_azure_runtime_read(struct tally_bytes text, struct tally_azure_runtime *ret)
{
	struct tally_json_reader json = tally_json_open(text);
	struct tally_json_names names;
	struct tally_azure_runtime runtime;
	struct tally_bytes name;
	enum tally_status status;

	memset(&runtime, 0, sizeof(runtime));
	tally_json_begin_object(&json);
	while (tally_json_next_member(&json, &names, &name)) {
		if (tally_json_string_is(name, "keys"))
			read_hcl_keys(&json, &runtime);
		else if (tally_json_string_is(name, "user-data"))
			read_hcl_user_data(&json, &runtime);
		else
			(void)tally_json_skip(&json);
	}
	status = tally_json_end(&json);
	if (status == TALLY_OK)
		*ret = runtime;
	return status;
}
