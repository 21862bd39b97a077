// SPDX-License-Identifier: BSD-2-Clause
/* The installed API over the life of a log: exported, saved and restored, trimmed, recovered. */
#include "stick.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#define PATH_SIZE (DIRECTORY_LIMIT + 32)

/* What an export wrote; room bytes fit. */
struct basket {
	uint8_t bytes[65536];
	size_t size;
	size_t room;
	unsigned calls;
};

static int put(void *context, const void *bytes, size_t size)
{
	struct basket *basket = context;

	basket->calls++;
	if (size > basket->room - basket->size)
		return ENOSPC;
	memcpy(basket->bytes + basket->size, bytes, size);
	basket->size += size;
	return 0;
}

static const char *path_of(const struct stick *stick, const char *name)
{
	static char path[4][PATH_SIZE];
	static unsigned next;

	next = (next + 1) % 4;
	snprintf(path[next], PATH_SIZE, "%s/%s", stick->folder, name);
	return path[next];
}

static size_t read_file(const char *path, uint8_t *bytes, size_t size)
{
	FILE *file = fopen(path, "rb");

	assert_non_null(file);
	size = fread(bytes, 1, size, file);
	fclose(file);
	return size;
}

static void write_file(const char *path, const uint8_t *bytes, size_t size)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static struct tally_records *records_of(struct stick *stick)
{
	struct tally_records *records = NULL;

	assert_int_equal(tally_records_open(stick->tally, &records, &stick->error), TALLY_OK);
	return records;
}

/* --- export --- */

static void a_log_comes_back_from_other_formats(void **state)
{
	static const char *const formats[] = { "cel-cbor", "cel-json", "tally" };
	static struct basket there, back;
	static uint8_t log[65536];
	struct stick *stick = *state;
	struct tally_exported exported;
	struct tally_records *records, *read;
	size_t size;

	stick_measure(stick, "rtmr2", "greeting", "hello");
	stick_measure(stick, "rtmr3", "farewell", "good bye");
	size = read_file(path_of(stick, "soft/log"), log, sizeof(log));
	records = records_of(stick);
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		there.size = back.size = 0;
		there.room = back.room = sizeof(there.bytes);
		assert_int_equal(tally_records_export(records, formats[i], put, &there, &exported, &stick->error),
				 TALLY_OK);
		assert_int_equal(exported.record_count, 3);
		assert_int_equal(exported.left_out_count, 0);
		assert_int_equal(tally_records_open_bytes(there.bytes, there.size, formats[i], &read, &stick->error),
				 TALLY_OK);
		assert_int_equal(tally_records_export(read, "tally", put, &back, NULL, &stick->error), TALLY_OK);
		assert_int_equal(back.size, size);
		assert_memory_equal(back.bytes, log, size);
		tally_records_close(read);
	}
	tally_records_close(records);
}

static void an_export_does_not_move_the_position(void **state)
{
	static struct basket basket = { .room = sizeof(basket.bytes) };
	struct stick *stick = *state;
	const struct tally_record_info *record;
	struct tally_exported exported;
	struct tally_records *records;

	stick_measure(stick, "rtmr2", "greeting", "hello");
	records = records_of(stick);
	assert_int_equal(tally_records_next(records, &record, NULL), TALLY_OK);
	assert_int_equal(tally_records_export(records, "cel-tlv", put, &basket, &exported, &stick->error), TALLY_OK);
	assert_string_equal(record->control, "header");
	/* The header is ours alone. */
	assert_int_equal(exported.record_count, 1);
	assert_int_equal(exported.left_out_count, 1);
	assert_int_equal(tally_records_next(records, &record, NULL), TALLY_OK);
	assert_string_equal(record->name, "greeting");
	tally_records_close(records);
}

static void a_file_is_exported_into_a_descriptor(void **state)
{
	static uint8_t json[65536];
	struct stick *stick = *state;
	struct tally_records *records;
	struct tally_exported exported;
	size_t size;
	int fd;

	stick_measure(stick, "rtmr2", "greeting", "hello");
	fd = open(path_of(stick, "json"), O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_int_equal(tally_records_open_file(path_of(stick, "soft/log"), NULL, &records, &stick->error), TALLY_OK);
	assert_int_equal(tally_records_export_fd(records, "cel-json", fd, &exported, &stick->error), TALLY_OK);
	assert_int_equal(exported.record_count, 2);
	assert_int_equal(close(fd), 0);
	size = read_file(path_of(stick, "json"), json, sizeof(json) - 1);
	json[size] = 0;
	assert_int_equal(json[0], '[');
	assert_non_null(strstr((char *)json, "\"recnum\""));
	assert_string_equal((char *)json + size - 2, "]\n");
	assert_refused(tally_records_export_fd(records, "cel-json", -1, NULL, &stick->error), TALLY_SYSTEM);
	assert_non_null(strstr(stick->error.text, strerror(EBADF)));
	tally_records_close(records);
}

static void what_can_not_be_exported_writes_nothing(void **state)
{
	static struct basket basket = { .room = sizeof(basket.bytes) };
	static uint8_t log[65536];
	struct stick *stick = *state;
	struct tally_records *records, *cut;
	struct tally_exported exported = { .record_count = 4711 };
	size_t size;

	stick_measure(stick, "rtmr2", "greeting", "hello");
	size = read_file(path_of(stick, "soft/log"), log, sizeof(log));
	records = records_of(stick);
	assert_refused(tally_records_export(records, "tcg2", put, &basket, &exported, &stick->error),
		       TALLY_UNSUPPORTED);
	assert_non_null(strstr(stick->error.text, "record 1 at byte"));
	assert_non_null(strstr(stick->error.text, "its register is not a PCR"));
	assert_int_equal(strncmp(stick->error.hint, "formats differ", 14), 0);
	assert_refused(tally_records_export(records, "runes", put, &basket, &exported, &stick->error), TALLY_INVALID);
	assert_refused(tally_records_export(records, NULL, put, &basket, &exported, &stick->error), TALLY_INVALID);
	assert_refused(tally_records_export(records, "cel-json", NULL, NULL, &exported, &stick->error), TALLY_INVALID);
	assert_int_equal(tally_records_open_bytes(log, size - 1, NULL, &cut, &stick->error), TALLY_OK);
	assert_refused(tally_records_export(cut, "cel-json", put, &basket, &exported, &stick->error), TALLY_TRUNCATED);
	assert_non_null(strstr(stick->error.text, "byte"));
	assert_int_equal(basket.calls, 0);
	assert_int_equal(exported.record_count, 4711);
	tally_records_close(cut);
	tally_records_close(records);
}

static void a_sink_that_fails_ends_the_export(void **state)
{
	static struct basket basket = { .room = 1 };
	struct stick *stick = *state;
	struct tally_records *records;

	stick_measure(stick, "rtmr2", "greeting", "hello");
	records = records_of(stick);
	assert_refused(tally_records_export(records, "cel-json", put, &basket, NULL, &stick->error), TALLY_SYSTEM);
	assert_non_null(strstr(stick->error.text, strerror(ENOSPC)));
	assert_int_equal(basket.calls, 2);
	tally_records_close(records);
}

/* What lies behind the damage would be missing. */
static void a_damaged_log_is_not_exported(void **state)
{
	static struct basket basket = { .room = sizeof(basket.bytes) };
	static uint8_t log[65536];
	struct stick *stick = *state;
	struct tally_options options = stick->options;
	struct tally_records *records;
	struct tally *reader;
	size_t one, size;

	stick_measure(stick, "rtmr2", "one", "1");
	one = read_file(path_of(stick, "soft/log"), log, sizeof(log));
	stick_measure(stick, "rtmr2", "two", "2");
	size = read_file(path_of(stick, "soft/log"), log, sizeof(log));
	log[one] ^= 0x40;
	options.flags = TALLY_OPEN_READER;
	assert_int_equal(tally_open(&options, &reader, &stick->error), TALLY_OK);
	write_file(path_of(stick, "soft/log"), log, size);
	assert_int_equal(tally_records_open(reader, &records, &stick->error), TALLY_OK);
	assert_int_not_equal(tally_records_export(records, "cel-json", put, &basket, NULL, &stick->error), TALLY_OK);
	assert_int_equal(basket.calls, 0);
	tally_records_close(records);
	tally_close(reader);
}

/* --- save and restore --- */

/* Everything but the registers: what a kexec does to a directory in memory. */
static void kexec(struct stick *stick)
{
	DIR *directory = opendir(stick->path);
	const struct dirent *entry;
	char path[PATH_SIZE + 256];

	tally_close(stick->tally);
	stick->tally = NULL;
	while ((entry = readdir(directory)))
		if (strcmp(entry->d_name, "registers") != 0 && strcmp(entry->d_name, "key.pem") != 0) {
			snprintf(path, sizeof(path), "%s/%s", stick->path, entry->d_name);
			unlink(path);
		}
	closedir(directory);
	assert_int_equal(tally_open(&stick->options, &stick->tally, &stick->error), TALLY_OK);
}

static void a_log_is_carried_over_a_kexec(void **state)
{
	static uint8_t before[65536], after[65536];
	struct stick *stick = *state;
	uint64_t count = 0;
	size_t size;

	stick_measure(stick, "rtmr2", "one", "1");
	size = read_file(path_of(stick, "soft/log"), before, sizeof(before));
	assert_int_equal(tally_save(stick->tally, path_of(stick, "save"), &count, &stick->error), TALLY_OK);
	assert_int_equal(count, 2);
	kexec(stick);
	count = 0;
	assert_int_equal(tally_restore(stick->tally, path_of(stick, "save"), &count, &stick->error), TALLY_OK);
	assert_int_equal(count, 2);
	assert_int_equal(read_file(path_of(stick, "soft/log"), after, sizeof(after)), size);
	assert_memory_equal(after, before, size);
	assert_int_equal(stick_measure(stick, "rtmr2", "two", "2"), 2);
}

static void saves_that_are_refused(void **state)
{
	struct stick *stick = *state;
	uint64_t count = 4711;

	stick_measure(stick, "rtmr2", "one", "1");
	assert_int_equal(tally_save(stick->tally, path_of(stick, "save"), NULL, &stick->error), TALLY_OK);
	assert_refused(tally_save(stick->tally, path_of(stick, "save"), &count, &stick->error), TALLY_INVALID);
	assert_refused(tally_save(stick->tally, NULL, &count, &stick->error), TALLY_INVALID);
	assert_refused(tally_restore(stick->tally, path_of(stick, "save"), &count, &stick->error), TALLY_CONFLICT);
	assert_string_equal(stick->error.hint, "");
	assert_refused(tally_restore(stick->tally, path_of(stick, "none"), &count, &stick->error), TALLY_NOT_FOUND);
	assert_refused(tally_restore(stick->tally, path_of(stick, "soft/log"), &count, &stick->error), TALLY_INVALID);
	assert_refused(tally_restore(stick->tally, NULL, &count, &stick->error), TALLY_INVALID);
	kexec(stick);
	write_file(path_of(stick, "save/log"), (const uint8_t *)"no log", 6);
	assert_refused(tally_restore(stick->tally, path_of(stick, "save"), &count, &stick->error), TALLY_CORRUPT);
	assert_int_equal(count, 4711);
}

/* --- trim --- */

static const uint8_t nonce[32] = { 7 };

static bool has_reason(const struct tally_verdict *verdict, const char *code)
{
	for (size_t i = 0; i < tally_verdict_reason_count(verdict); i++)
		if (strcmp(tally_verdict_reason_code(verdict, i), code) == 0)
			return true;
	return false;
}

static void expect_trim(struct stick *stick, const uint8_t *evidence, size_t size, const struct tally_part *stored,
			size_t count, bool is_unproven)
{
	struct tally_verification verification;
	struct tally_verdict *verdict = NULL;

	TALLY_INIT(&verification);
	verification.evidence = evidence;
	verification.evidence_size = size;
	verification.nonce = nonce;
	verification.nonce_size = sizeof(nonce);
	verification.stored = stored;
	verification.stored_count = count;
	assert_int_equal(tally_verify_evidence(&verification, &verdict, &stick->error), TALLY_OK);
	assert_int_equal(has_reason(verdict, "log.trim-unproven"), is_unproven);
	tally_verdict_close(verdict);
}

static void what_was_trimmed_proves_the_rest(void **state)
{
	static uint8_t bytes[65536];
	struct stick *stick = *state;
	struct tally_request request = { .size = sizeof(request), .nonce = nonce, .nonce_size = sizeof(nonce) };
	struct tally_trimmed trimmed;
	struct tally_part part = { .bytes = bytes };
	uint8_t *evidence = NULL;
	size_t size = 0;

	stick_measure(stick, "rtmr2", "one", "1");
	stick_measure(stick, "rtmr2", "two", "2");
	assert_int_equal(tally_trim(stick->tally, path_of(stick, "part"), 0, &trimmed, &stick->error), TALLY_OK);
	part.size = read_file(path_of(stick, "part"), bytes, sizeof(bytes));
	assert_int_equal(trimmed.first, 0);
	assert_int_equal(trimmed.next, 3);
	assert_int_equal(trimmed.size, part.size);
	assert_int_equal(stick_measure(stick, "rtmr2", "three", "3"), 5);
	assert_int_equal(tally_evidence(stick->tally, &request, &evidence, &size, &stick->error), TALLY_OK);
	expect_trim(stick, evidence, size, NULL, 0, true);
	expect_trim(stick, evidence, size, &part, 1, false);
	tally_free(evidence);
}

static void trims_that_are_refused_leave_no_file(void **state)
{
	struct stick *stick = *state;
	struct tally_trimmed trimmed = { .next = 4711 };
	struct tally *reader = NULL;
	struct tally_options options = stick->options;

	assert_refused(tally_trim(stick->tally, path_of(stick, "part"), 0, &trimmed, &stick->error), TALLY_NOT_FOUND);
	assert_int_not_equal(access(path_of(stick, "part"), F_OK), 0);
	stick_measure(stick, "rtmr2", "one", "1");
	assert_refused(tally_trim(stick->tally, NULL, 0, &trimmed, &stick->error), TALLY_INVALID);
	assert_refused(tally_trim(stick->tally, path_of(stick, "soft/log"), 0, &trimmed, &stick->error), TALLY_INVALID);
	assert_refused(tally_trim(stick->tally, path_of(stick, "none/part"), 0, &trimmed, &stick->error),
		       TALLY_NOT_FOUND);
	options.flags = TALLY_OPEN_READER;
	assert_int_equal(tally_open(&options, &reader, NULL), TALLY_OK);
	assert_refused(tally_trim(reader, path_of(stick, "part"), 0, &trimmed, &stick->error), TALLY_INVALID);
	tally_close(reader);
	assert_int_not_equal(access(path_of(stick, "part"), F_OK), 0);
	assert_int_equal(trimmed.next, 4711);
}

/* --- recover --- */

static void a_damaged_log_goes_on(void **state)
{
	static uint8_t log[65536], kept[65536];
	struct stick *stick = *state;
	struct tally_recovered recovered;
	char path[PATH_SIZE + 64];
	size_t one, size;

	stick_measure(stick, "rtmr2", "one", "1");
	one = read_file(path_of(stick, "soft/log"), log, sizeof(log));
	stick_measure(stick, "rtmr2", "two", "2");
	stick_measure(stick, "rtmr2", "three", "3");
	size = read_file(path_of(stick, "soft/log"), log, sizeof(log));
	assert_refused(tally_recover(&stick->options, &recovered, &stick->error), TALLY_NOT_FOUND);
	assert_string_equal(stick->error.hint, "");
	log[one] ^= 0x40;
	write_file(path_of(stick, "soft/log"), log, size);
	tally_close(stick->tally);
	stick->tally = NULL;
	assert_refused(tally_open(&stick->options, &stick->tally, &stick->error), TALLY_CORRUPT);
	assert_int_equal(tally_recover(&stick->options, &recovered, &stick->error), TALLY_OK);
	assert_int_equal(recovered.record_count, 2);
	assert_int_equal(recovered.lost_size, size - one);
	assert_int_equal(recovered.gap_count, 1);
	snprintf(path, sizeof(path), "%s/%s", stick->path, recovered.kept);
	assert_int_equal(read_file(path, kept, sizeof(kept)), size);
	assert_memory_equal(kept, log, size);
	assert_int_equal(tally_open(&stick->options, &stick->tally, &stick->error), TALLY_OK);
	stick_measure(stick, "rtmr2", "four", "4");
}

#define with_stick(test) cmocka_unit_test_setup_teardown(test, stick_make, stick_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_stick(a_log_comes_back_from_other_formats),
		with_stick(an_export_does_not_move_the_position),
		with_stick(a_file_is_exported_into_a_descriptor),
		with_stick(what_can_not_be_exported_writes_nothing),
		with_stick(a_sink_that_fails_ends_the_export),
		with_stick(a_damaged_log_is_not_exported),
		with_stick(a_log_is_carried_over_a_kexec),
		with_stick(saves_that_are_refused),
		with_stick(what_was_trimmed_proves_the_rest),
		with_stick(trims_that_are_refused_leave_no_file),
		with_stick(a_damaged_log_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
