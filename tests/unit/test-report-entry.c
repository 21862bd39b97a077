// SPDX-License-Identifier: BSD-2-Clause
/* One entry of report/: generation arithmetic, inputs and sharing of reports, by the rules of configfs-tsm. */
#include "test.h"

#include <errno.h>

#include "../../face/number.h"
#include "../../face/report_entry.h"

/* spec: kstrtouint(9) with base 0 */
static void numbers_are_read_as_linux_reads_them(void **state)
{
	static const struct {
		const char *text;
		int error;
		unsigned value;
	} cases[] = {
		{ "0", 0, 0 },
		{ "3\n", 0, 3 },
		{ "+2", 0, 2 },
		{ "010", 0, 8 },
		{ "0x1f", 0, 31 },
		{ "0X1F\n", 0, 31 },
		{ "4294967295", 0, 4294967295U },
		{ "4294967296", -ERANGE, 0 },
		{ "99999999999999999999999999", -ERANGE, 0 },
		{ "0x100000000", -ERANGE, 0 },
		{ "", -EINVAL, 0 },
		{ "\n", -EINVAL, 0 },
		{ "+", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ " 1", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
		{ "1\n\n", -EINVAL, 0 },
		{ "08", -EINVAL, 0 },
		{ "0x", -EINVAL, 0 },
		{ "0xg", -EINVAL, 0 },
		{ "1a", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned value = 0;
		int error = tally_number_read(tally_text(cases[i].text), &value);

		print_message("# %zu\n", i);
		assert_int_equal(error, cases[i].error);
		assert_int_equal(value, cases[i].value);
	}
}

static void text_behind_a_nul_is_not_looked_at(void **state)
{
	unsigned value = 0;

	(void)state;
	assert_int_equal(tally_number_read(tally_bytes("7\0x", 3), &value), 0);
	assert_int_equal(value, 7);
}

static struct tally_report_entry *entry_as(const char *name)
{
	struct tally_report_entry *entry = malloc(sizeof(*entry));

	assert_non_null(entry);
	tally_report_entry_init(entry, name ? tally_present_find(name) : tally_present_of("soft"));
	return entry;
}

static void entry_free(struct tally_report_entry *entry)
{
	tally_report_entry_done(entry);
	free(entry);
}

static void commit(struct tally_report_entry *entry, size_t size, bool is_again)
{
	static const uint8_t data[TALLY_INBLOB_LIMIT] = { 1, 2, 3 };

	tally_report_entry_commit(entry, tally_bytes(data, size), is_again);
}

static int ask(struct tally_report_entry *entry, struct tally_report_waiter *waiter, struct tally_report_making *making)
{
	struct tally_blob *blob = NULL;
	int answer = tally_report_entry_ask(entry, TALLY_REPORT_OUTBLOB, waiter, &blob, making);

	assert_int_equal(blob != NULL, answer == TALLY_REPORT_READY);
	tally_blob_put(blob);
	return answer;
}

/* The report is made, and holds this text in all of its parts. */
static struct tally_report_waiter *finish(struct tally_report_entry *entry, const struct tally_report_making *making,
					  const char *text)
{
	struct tally_blob *blob = text ? tally_blob_copy(tally_text(text)) : NULL;
	struct tally_blob *blobs[TALLY_REPORT_BLOBS] = { blob, blob, blob };
	struct tally_report_waiter *waiter = tally_report_entry_finish(entry, making, text ? blobs : NULL);

	tally_blob_put(blob);
	return waiter;
}

/* spec: linux-tsm-abi A.2, A.3, A.4 */
static void accepted_writes_count(void **state)
{
	static const struct {
		enum tally_report_file file;
		const char *text;
		int error;
		unsigned count;
	} cases[] = {
		{ TALLY_REPORT_PRIVLEVEL, "0", 0, 1 },
		{ TALLY_REPORT_PRIVLEVEL, "3\n", 0, 1 },
		{ TALLY_REPORT_PRIVLEVEL, "4", -EINVAL, 0 },
		{ TALLY_REPORT_PRIVLEVEL, "x", -EINVAL, 0 },
		{ TALLY_REPORT_PRIVLEVEL, "4294967296", -ERANGE, 0 },
		{ TALLY_REPORT_SERVICE_PROVIDER, "svsm\n", 0, 1 },
		{ TALLY_REPORT_SERVICE_PROVIDER, "other", 0, 1 },
		{ TALLY_REPORT_SERVICE_PROVIDER, "\n", 0, 1 },
		{ TALLY_REPORT_SERVICE_GUID, "00000000-0000-0000-0000-000000000000", 0, 1 },
		{ TALLY_REPORT_SERVICE_GUID, "c476f1eb-0123-45a5-9641-b4e7dde5bfe3\n", 0, 1 },
		{ TALLY_REPORT_SERVICE_GUID, "c476f1eb-0123-45a5-9641-b4e7dde5bfe", -EINVAL, 1 },
		{ TALLY_REPORT_SERVICE_GUID, "c476f1eb001230450-9641-b4e7dde5bfe3x", -EINVAL, 1 },
		{ TALLY_REPORT_SERVICE_MANIFEST_VERSION, "1\n", 0, 1 },
		{ TALLY_REPORT_SERVICE_MANIFEST_VERSION, "-", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_report_entry *entry = entry_as(NULL);

		print_message("# %zu\n", i);
		assert_int_equal(tally_report_entry_store(entry, cases[i].file, tally_text(cases[i].text)),
				 cases[i].error);
		assert_int_equal(entry->generation, cases[i].count);
		entry_free(entry);
	}
}

static void an_inblob_counts_once_for_each_open_file(void **state)
{
	struct tally_report_entry *entry = entry_as(NULL);
	char text[TALLY_TEXT_LIMIT + 1];

	(void)state;
	commit(entry, 64, false);
	commit(entry, 64, true);
	commit(entry, 32, true);
	assert_int_equal(tally_report_entry_text(entry, "soft", TALLY_REPORT_GENERATION, text), 2);
	assert_string_equal(text, "1\n");
	commit(entry, 64, false);
	assert_int_equal(entry->generation, 2);
	entry_free(entry);
}

static void sizes_that_give_no_report(void **state)
{
	static const struct {
		const char *name;
		size_t size;
		int answer;
	} cases[] = {
		{ "tdx_guest", 0, -EINVAL },
		{ "tdx_guest", 63, -EINVAL },
		{ "tdx_guest", 64, TALLY_REPORT_MAKE },
		{ "sev_guest", 32, -EINVAL },
		{ "arm_cca_guest", 31, -EINVAL },
		{ "arm_cca_guest", 32, TALLY_REPORT_MAKE },
		{ "arm_cca_guest", 64, TALLY_REPORT_MAKE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tally_report_entry *entry = entry_as(cases[i].name);
		struct tally_report_making making;
		struct tally_report_waiter waiter;

		print_message("# %zu\n", i);
		assert_int_equal(ask(entry, &waiter, &making), -EINVAL); /* nothing was committed */
		commit(entry, cases[i].size, false);
		assert_int_equal(ask(entry, &waiter, &making), cases[i].answer);
		if (cases[i].answer == TALLY_REPORT_MAKE)
			assert_null(finish(entry, &making, NULL));
		entry_free(entry);
	}
}

/* spec: linux-tsm-abi A.5, sev_guest: service_provider is looked at when the report is made */
static void a_foreign_service_gives_no_report(void **state)
{
	struct tally_report_entry *entry = entry_as("sev_guest");
	struct tally_report_making making;
	struct tally_report_waiter waiter;

	(void)state;
	commit(entry, 64, false);
	assert_int_equal(tally_report_entry_store(entry, TALLY_REPORT_SERVICE_PROVIDER, tally_text("x")), 0);
	assert_int_equal(ask(entry, &waiter, &making), -EINVAL);
	assert_int_equal(tally_report_entry_store(entry, TALLY_REPORT_SERVICE_PROVIDER, tally_text("svsm")), 0);
	assert_int_equal(ask(entry, &waiter, &making), TALLY_REPORT_MAKE);
	assert_null(finish(entry, &making, NULL));
	entry_free(entry);
}

static void a_report_is_kept_until_an_input_is_written(void **state)
{
	struct tally_report_entry *entry = entry_as(NULL);
	struct tally_report_making making;
	struct tally_report_waiter waiter;

	(void)state;
	commit(entry, 64, false);
	assert_int_equal(ask(entry, &waiter, &making), TALLY_REPORT_MAKE);
	assert_null(finish(entry, &making, "first"));
	assert_int_equal(ask(entry, &waiter, &making), TALLY_REPORT_READY);
	assert_int_equal(tally_report_entry_store(entry, TALLY_REPORT_PRIVLEVEL, tally_text("1")), 0);
	assert_int_equal(ask(entry, &waiter, &making), TALLY_REPORT_MAKE);
	assert_null(finish(entry, &making, "second"));
	commit(entry, 64, true);
	assert_int_equal(ask(entry, &waiter, &making), TALLY_REPORT_MAKE);
	assert_null(finish(entry, &making, NULL));
	/* A failure is not kept: the next reader asks again. */
	assert_int_equal(ask(entry, &waiter, &making), TALLY_REPORT_MAKE);
	assert_null(finish(entry, &making, "third"));
	entry_free(entry);
}

static void readers_of_the_same_inputs_share_one_report(void **state)
{
	struct tally_report_entry *entry = entry_as(NULL);
	struct tally_report_making first, second;
	struct tally_report_waiter of_first, of_second, found;

	(void)state;
	commit(entry, 64, false);
	assert_int_equal(ask(entry, &found, &first), TALLY_REPORT_MAKE);
	assert_int_equal(ask(entry, &of_first, &first), TALLY_REPORT_WAIT);
	/* Other inputs have a report of their own, at once. */
	commit(entry, 64, false);
	assert_int_equal(ask(entry, &found, &second), TALLY_REPORT_MAKE);
	assert_int_equal(ask(entry, &of_second, &second), TALLY_REPORT_WAIT);
	assert_ptr_equal(finish(entry, &first, "first"), &of_first);
	assert_null(of_first.next);
	/* What was made of the old inputs is nobody else's. */
	assert_int_equal(ask(entry, &found, &second), TALLY_REPORT_WAIT);
	assert_ptr_equal(finish(entry, &second, "second"), &of_second);
	assert_ptr_equal(of_second.next, &found);
	assert_int_equal(ask(entry, &found, &second), TALLY_REPORT_READY);
	entry_free(entry);
}

static void files_are_those_of_the_provider(void **state)
{
	/* spec: linux-tsm-abi A.2, visibility */
	const unsigned tdx = 1U << TALLY_REPORT_INBLOB | 1U << TALLY_REPORT_OUTBLOB | 1U << TALLY_REPORT_GENERATION |
			     1U << TALLY_REPORT_PROVIDER;
	char text[TALLY_TEXT_LIMIT + 1];
	struct tally_report_entry *entry = entry_as("sev_guest");

	(void)state;
	assert_int_equal(tally_present_find("tdx_guest")->files, tdx);
	assert_int_equal(tally_present_find("sev_guest")->files, (1U << TALLY_REPORT_FILE_COUNT) - 1);
	assert_null(tally_present_find("soft"));
	tally_report_entry_text(entry, "soft", TALLY_REPORT_PROVIDER, text);
	assert_string_equal(text, "sev_guest\n");
	tally_report_entry_text(entry, "soft", TALLY_REPORT_PRIVLEVEL_FLOOR, text);
	assert_string_equal(text, "0\n");
	entry_free(entry);
	entry = entry_as(NULL);
	tally_report_entry_text(entry, "soft", TALLY_REPORT_PROVIDER, text);
	assert_string_equal(text, "soft\n");
	entry_free(entry);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_are_read_as_linux_reads_them),
		cmocka_unit_test(text_behind_a_nul_is_not_looked_at),
		cmocka_unit_test(accepted_writes_count),
		cmocka_unit_test(an_inblob_counts_once_for_each_open_file),
		cmocka_unit_test(sizes_that_give_no_report),
		cmocka_unit_test(a_foreign_service_gives_no_report),
		cmocka_unit_test(a_report_is_kept_until_an_input_is_written),
		cmocka_unit_test(readers_of_the_same_inputs_share_one_report),
		cmocka_unit_test(files_are_those_of_the_provider),
	};

	return cmocka_run_group_tests_name("report-entry", tests, NULL, NULL);
}
