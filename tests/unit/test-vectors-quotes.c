// SPDX-License-Identifier: BSD-2-Clause
/* Real quotes of TDX machines and TPMs have the fields that independent parsers found in them. */
#include "vectors.h"

#include "../../format/tdx_quote.h"
#include "../../format/tpm_quote.h"

#define TDX_FOLDER "tdx-quote"
#define TPM_FOLDER "tpm-quote"
#define HCL_FOLDER "azure-hcl"

/* An answer that tells a number as its bytes, lowest first. */
static void assert_answer_le64(json_t *answers, const char *key, uint64_t value)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	assert_answer_hex(answers, key, tally_bytes(bytes, sizeof(bytes)));
}

static void check_tdx_quote(const struct tally_tdx_quote *quote, json_t *answers)
{
	static const char *const rtmrs[] = { "rtmr0", "rtmr1", "rtmr2", "rtmr3" };

	assert_int_equal(quote->version, json_integer_value(json_object_get(answers, "ver")));
	if (quote->version == 5)
		assert_int_equal(quote->body_type, json_integer_value(json_object_get(answers, "bodytype")));
	assert_answer_hex(answers, "tcb_svn", tally_bytes(quote->tee_tcb_svn, 16));
	assert_answer_hex(answers, "mrseam", tally_bytes(quote->mrseam, 48));
	assert_answer_hex(answers, "mrsignerseam", tally_bytes(quote->mrsignerseam, 48));
	assert_answer_le64(answers, "seamattr", quote->seam_attributes);
	assert_answer_le64(answers, "tdattr", quote->td_attributes);
	assert_answer_le64(answers, "xfam", quote->xfam);
	assert_answer_hex(answers, "mrtd", tally_bytes(quote->mrtd, 48));
	assert_answer_hex(answers, "mrconfigid", tally_bytes(quote->mrconfigid, 48));
	assert_answer_hex(answers, "mrowner", tally_bytes(quote->mrowner, 48));
	assert_answer_hex(answers, "mrownerconfig", tally_bytes(quote->mrownerconfig, 48));
	for (size_t i = 0; i < TALLY_TDX_RTMR_COUNT; i++)
		assert_answer_hex(answers, rtmrs[i], tally_bytes(quote->rtmr[i], 48));
	assert_answer_hex(answers, "report_data", tally_bytes(quote->report_data, 64));
	assert_int_equal(quote->trailing.size, json_integer_value(json_object_get(answers, "trailing")));
	if (quote->body_type != 3) {
		assert_null(quote->mrservicetd);
		return;
	}
	assert_answer_hex(answers, "tcb_svn2", tally_bytes(quote->tee_tcb_svn2, 16));
	assert_answer_hex(answers, "mrservicetd", tally_bytes(quote->mrservicetd, 48));
}

static void tdx_quotes_have_their_fields(void **state)
{
	struct vector_names names = vector_names(TDX_FOLDER, ".expected.json");

	(void)state;
	assert_true(names.count > 20);
	for (size_t i = 0; i < names.count; i++) {
		struct tally_bytes bytes = vector_bytes(TDX_FOLDER, names.name[i], ".bin");
		json_t *answers = vector_answers(TDX_FOLDER, names.name[i]);
		struct tally_tdx_quote quote;

		print_message("# %s\n", names.name[i]);
		assert_int_equal(tally_tdx_quote_read(bytes, &quote), TALLY_OK);
		check_tdx_quote(&quote, answers);
		json_decref(answers);
		free_bytes(bytes);
	}
	free_vector_names(&names);
}

static void check_selection(const struct tally_tpm_quote *quote, json_t *answer)
{
	assert_int_equal(quote->selection_count, json_array_size(answer));
	for (size_t i = 0; i < quote->selection_count; i++) {
		json_t *bank = json_array_get(answer, i);
		json_t *pcrs = json_array_get(bank, 1);
		uint32_t mask = 0;
		json_t *pcr;
		size_t at;

		json_array_foreach(pcrs, at, pcr) mask |= (uint32_t)1 << json_integer_value(pcr);
		assert_string_equal(json_string_value(json_array_get(bank, 0)),
				    tally_alg_name(quote->selection[i].alg));
		assert_int_equal(quote->selection[i].mask, mask);
	}
}

/* The values in the order of the selection, as text of the answers; freed by the caller. */
static struct tally_bytes selected_values(const struct tally_tpm_quote *quote, json_t *pcrs)
{
	size_t capacity = (size_t)TALLY_PCR_COUNT * TALLY_DIGEST_LIMIT * 2 + 1;
	char *text = calloc(1, capacity);
	struct tally_bytes values;
	int size = 0;

	assert_non_null(text);
	assert_int_equal(quote->selection_count, 1);
	for (unsigned pcr = 0; pcr < TALLY_PCR_COUNT; pcr++) {
		char key[8];

		snprintf(key, sizeof(key), "%u", pcr);
		if (quote->selection[0].mask >> pcr & 1)
			size += snprintf(text + size, capacity - (size_t)size, "%s",
					 json_string_value(json_object_get(pcrs, key)));
	}
	values = hex_bytes(text);
	free(text);
	return values;
}

/* The values that a TPM had behind its quote: accepted as they are, refused with any one bit wrong. */
static void check_values(const struct tally_tpm_quote *quote, json_t *pcrs)
{
	struct tally_bytes values = selected_values(quote, pcrs);
	uint8_t *bytes = (uint8_t *)(uintptr_t)values.data;
	static struct tally_digests value[TALLY_PCR_COUNT];

	assert_int_equal(tally_tpm_quote_values(quote, values, value), TALLY_OK);
	for (unsigned pcr = 0; pcr < TALLY_PCR_COUNT; pcr++) {
		bool is_selected = quote->selection[0].mask >> pcr & 1;
		char key[8];

		snprintf(key, sizeof(key), "%u", pcr);
		assert_int_equal(value[pcr].count, is_selected);
		if (is_selected)
			assert_answer_hex(pcrs, key, tally_digest_bytes(&value[pcr].digest[0]));
	}
	for (size_t i = 0; i < values.size; i += 19) {
		bytes[i] ^= 0x10;
		assert_int_equal(tally_tpm_quote_values(quote, values, value), TALLY_CHECKSUM);
		bytes[i] ^= 0x10;
	}
	free_bytes(values);
}

static void check_tpm_quote(const struct tally_tpm_quote *quote, json_t *answers)
{
	uint8_t firmware[8];

	for (size_t i = 0; i < sizeof(firmware); i++)
		firmware[i] = (uint8_t)(quote->firmware_version >> (56 - 8 * i));
	assert_answer_hex(answers, "qualified_signer", quote->qualified_signer);
	assert_answer_hex(answers, "extra_data", quote->extra_data);
	assert_answer_hex(answers, "firmware", tally_bytes(firmware, sizeof(firmware)));
	assert_answer_hex(answers, "pcr_digest", quote->pcr_digest);
	assert_true(quote->clock == (uint64_t)json_integer_value(json_object_get(answers, "clock")));
	assert_int_equal(quote->reset_count, json_integer_value(json_object_get(answers, "reset_count")));
	assert_int_equal(quote->restart_count, json_integer_value(json_object_get(answers, "restart_count")));
	assert_int_equal(quote->is_safe, json_integer_value(json_object_get(answers, "safe")));
	check_selection(quote, json_object_get(answers, "pcr_selection"));
}

static void tpm_quotes_have_their_fields_and_values(void **state)
{
	struct vector_names names = vector_names(TPM_FOLDER, ".expected.json");
	size_t value_count = 0;

	(void)state;
	for (size_t i = 0; i < names.count; i++) {
		struct tally_bytes bytes = vector_bytes(TPM_FOLDER, names.name[i], ".msg");
		json_t *answers = vector_answers(TPM_FOLDER, names.name[i]);
		json_t *pcrs = json_object_get(answers, "pcrs");
		struct tally_tpm_quote quote;

		print_message("# %s\n", names.name[i]);
		assert_int_equal(tally_tpm_quote_read(bytes, &quote), TALLY_OK);
		check_tpm_quote(&quote, answers);
		if (pcrs) {
			check_values(&quote, pcrs);
			value_count++;
		}
		json_decref(answers);
		free_bytes(bytes);
	}
	free_vector_names(&names);
	assert_true(value_count > 5);
}

/* Azure's vTPM: all 24 PCRs of SHA-256, as a list of texts. */
static void azure_quotes_cover_their_values(void **state)
{
	struct vector_names names = vector_names(HCL_FOLDER, ".pcrs.json");

	(void)state;
	for (size_t i = 0; i < names.count; i++) {
		struct tally_bytes bytes = vector_bytes(HCL_FOLDER, names.name[i], ".tpmquote.msg");
		struct tally_bytes text = vector_bytes(HCL_FOLDER, names.name[i], ".pcrs.json");
		json_t *list = json_loadb((const char *)text.data, text.size, 0, NULL);
		json_t *pcrs = json_object();
		struct tally_tpm_quote quote;

		assert_int_equal(json_array_size(list), TALLY_PCR_COUNT);
		for (unsigned pcr = 0; pcr < TALLY_PCR_COUNT; pcr++) {
			char key[8];

			snprintf(key, sizeof(key), "%u", pcr);
			assert_int_equal(json_object_set(pcrs, key, json_array_get(list, pcr)), 0);
		}
		assert_int_equal(tally_tpm_quote_read(bytes, &quote), TALLY_OK);
		check_values(&quote, pcrs);
		json_decref(pcrs);
		json_decref(list);
		free_bytes(text);
		free_bytes(bytes);
	}
	free_vector_names(&names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tdx_quotes_have_their_fields),
		cmocka_unit_test(tpm_quotes_have_their_fields_and_values),
		cmocka_unit_test(azure_quotes_cover_their_values),
	};

	if (vectors_are_missing())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
