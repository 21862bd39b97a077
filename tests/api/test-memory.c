// SPDX-License-Identifier: BSD-2-Clause
/* Every allocation of the installed API fails in turn: TALLY_NO_MEMORY, nothing leaks, and the next call works. */
#include "stick.h"

#include "../unit/alloc_fail.h"

#include <fcntl.h>

#define PATH_SIZE (DIRECTORY_LIMIT + 32)

static const uint8_t nonce[32] = { 9 };

/* What calls under test are made of, or work on. */
static struct {
	char path[PATH_SIZE];
	struct tally *tally;
	struct tally_records *records;
	uint8_t *evidence;
	size_t evidence_size;
	struct tally_verdict *verdict;
} given;

static const char *path_of(const struct stick *stick, const char *name)
{
	snprintf(given.path, sizeof(given.path), "%s/%s", stick->folder, name);
	return given.path;
}

/*
 * One call, again and again, until no allocation of it fails any more. prepare is called before each time, and may be
 * NULL. Returns how many allocations the call has.
 */
static unsigned fail_all(struct stick *stick, enum tally_status (*call)(struct stick *),
			 void (*prepare)(struct stick *), bool may_extend)
{
	enum tally_status status;

	for (unsigned n = 1;; n++) {
		if (prepare)
			prepare(stick);
		memset(&stick->error, 0xff, sizeof(stick->error));
		alloc_fail_at(n);
		status = call(stick);
		if (!alloc_fail_end()) {
			assert_int_equal(status, TALLY_OK);
			return n - 1;
		}
		/* What fails behind an extend can't tell whether that took effect. */
		if (status != TALLY_INDETERMINATE || !may_extend)
			assert_int_equal(status, TALLY_NO_MEMORY);
		assert_explained(&stick->error, status);
		assert_in_range(n, 1, 10000);
	}
}

static unsigned fail_each(struct stick *stick, enum tally_status (*call)(struct stick *),
			  void (*prepare)(struct stick *))
{
	return fail_all(stick, call, prepare, false);
}

static unsigned fail_each_extending(struct stick *stick, enum tally_status (*call)(struct stick *),
				    void (*prepare)(struct stick *))
{
	return fail_all(stick, call, prepare, true);
}

static enum tally_status open_again(struct stick *stick)
{
	return tally_open(&stick->options, &given.tally, &stick->error);
}

static enum tally_status read_register(struct stick *stick)
{
	struct tally_value value;

	return tally_register_read(stick->tally, "rtmr0", &value, NULL, &stick->error);
}

static enum tally_status lock(struct stick *stick)
{
	return tally_register_lock(stick->tally, "pcr17", &stick->error);
}

static enum tally_status extend_once(struct stick *stick)
{
	struct tally_measurement measurement = { .size = sizeof(measurement),
						 .name = "once",
						 .flags = TALLY_EVENT_ONCE };

	return tally_extend(stick->tally, tally_register_at(stick->tally, 1)->name, &measurement, NULL, &stick->error);
}

static enum tally_status extend_digests(struct stick *stick)
{
	const struct tally_register_info *reg = tally_register_at(stick->tally, 1);

	return tally_extend_digests(stick->tally, reg->name, &reg->reset, "zeros", 0, NULL, &stick->error);
}

static enum tally_status digest_file(struct stick *stick)
{
	struct tally_bank digest;

	return tally_digest_file(path_of(stick, "soft/log"), &digest, &stick->error);
}

static enum tally_status report(struct stick *stick)
{
	struct tally_request request = { .size = sizeof(request), .nonce = nonce, .nonce_size = sizeof(nonce) };
	const struct tally_report_info *info = NULL;
	enum tally_status status = tally_report(stick->tally, &request, &info, &stick->error);

	tally_report_close(info);
	return status;
}

static enum tally_status report_raw(struct stick *stick)
{
	static const uint8_t report_data[64];
	struct tally_request request = {
		.size = sizeof(request), .nonce = report_data, .nonce_size = 64, .flags = TALLY_REQUEST_RAW
	};
	const struct tally_report_info *info = NULL;
	enum tally_status status = tally_report(stick->tally, &request, &info, &stick->error);

	tally_report_close(info);
	return status;
}

static void forget_evidence(struct stick *stick)
{
	(void)stick;
	tally_free(given.evidence);
	given.evidence = NULL;
}

static enum tally_status evidence(struct stick *stick)
{
	struct tally_request request = { .size = sizeof(request), .nonce = nonce, .nonce_size = sizeof(nonce) };

	return tally_evidence(stick->tally, &request, &given.evidence, &given.evidence_size, &stick->error);
}

/* --- inside the VM --- */

static void opening(void **state)
{
	struct stick *stick = *state;

	stick_measure(stick, "rtmr2", "one", "1");
	assert_in_range(fail_each(stick, open_again, NULL), 2, 100);
	tally_close(given.tally);
	directory_remove(stick->path);
	assert_in_range(fail_each(stick, open_again, NULL), 2, 100);
	tally_close(given.tally);
}

static void measuring(void **state)
{
	struct stick *stick = *state;
	struct tally_extended extended;
	struct tally_measurement measurement = { .size = sizeof(measurement),
						 .name = "once",
						 .flags = TALLY_EVENT_ONCE };

	fail_each(stick, read_register, NULL);
	assert_in_range(fail_each(stick, digest_file, NULL), 1, 10);
	/* Whatever failed, the event is there once. */
	fail_each_extending(stick, extend_once, NULL);
	assert_int_equal(tally_extend(stick->tally, "rtmr1", &measurement, &extended, &stick->error), TALLY_OK);
	assert_int_equal(extended.is_existing, 1);
	fail_each_extending(stick, extend_digests, NULL);
}

static void locking(void **state)
{
	struct stick *stick = *state;

	fail_each(stick, lock, NULL);
}

static void attesting(void **state)
{
	struct stick *stick = *state;

	stick_measure(stick, "rtmr2", "one", "1");
	assert_in_range(fail_each(stick, report, NULL), 2, 100);
	assert_in_range(fail_each(stick, report_raw, NULL), 2, 100);
	assert_in_range(fail_each(stick, evidence, forget_evidence), 2, 100);
	forget_evidence(stick);
}

/* --- logs --- */

static enum tally_status open_records(struct stick *stick)
{
	return tally_records_open(stick->tally, &given.records, &stick->error);
}

static enum tally_status open_records_file(struct stick *stick)
{
	return tally_records_open_file(path_of(stick, "json"), NULL, &given.records, &stick->error);
}

static enum tally_status next_record(struct stick *stick)
{
	const struct tally_record_info *record;

	return tally_records_next(given.records, &record, &stick->error);
}

static int drop(void *context, const void *bytes, size_t size)
{
	(void)context;
	(void)bytes;
	(void)size;
	return 0;
}

static enum tally_status export(struct stick *stick) {
	return tally_records_export(given.records, "cel-cbor", drop, NULL, NULL, &stick->error);
}

static void logs(void **state)
{
	struct stick *stick = *state;
	int fd = open(path_of(stick, "json"), O_WRONLY | O_CREAT, 0600);

	stick_measure(stick, "rtmr2", "one", "1");
	assert_in_range(fail_each(stick, open_records, NULL), 2, 10);
	assert_int_equal(tally_records_export_fd(given.records, "cel-json", fd, NULL, &stick->error), TALLY_OK);
	close(fd);
	fail_each(stick, next_record, NULL);
	assert_in_range(fail_each(stick, export, NULL), 2, 10);
	tally_records_close(given.records);
	/* JSON needs room to put contents together. */
	assert_in_range(fail_each(stick, open_records_file, NULL), 3, 10);
	assert_in_range(fail_each(stick, export, NULL), 3, 10);
	tally_records_close(given.records);
}

static void forget_save(struct stick *stick)
{
	directory_remove(path_of(stick, "save"));
}

static enum tally_status save(struct stick *stick)
{
	return tally_save(stick->tally, path_of(stick, "save"), NULL, &stick->error);
}

static enum tally_status restore(struct stick *stick)
{
	return tally_restore(stick->tally, path_of(stick, "save"), NULL, &stick->error);
}

/* What a trim or a recovery leaves behind where it fails makes the next one longer: each begins anew. */
static void begin_anew(struct stick *stick)
{
	tally_close(stick->tally);
	directory_remove(stick->path);
	unlink(path_of(stick, "part"));
	assert_int_equal(tally_open(&stick->options, &stick->tally, &stick->error), TALLY_OK);
	stick_measure(stick, "rtmr2", "one", "1");
}

static enum tally_status trim(struct stick *stick)
{
	return tally_trim(stick->tally, path_of(stick, "part"), 0, NULL, &stick->error);
}

static enum tally_status recover(struct stick *stick)
{
	return tally_recover(&stick->options, NULL, &stick->error);
}

/* The log goes, the registers stay. */
static void kexec(struct stick *stick)
{
	tally_close(stick->tally);
	unlink(path_of(stick, "soft/log"));
	unlink(path_of(stick, "soft/cache"));
	unlink(path_of(stick, "soft/intent"));
	assert_int_equal(tally_open(&stick->options, &stick->tally, &stick->error), TALLY_OK);
}

static void damage(struct stick *stick)
{
	FILE *log;

	begin_anew(stick);
	tally_close(stick->tally);
	stick->tally = NULL;
	log = fopen(path_of(stick, "soft/log"), "r+b");
	assert_non_null(log);
	fputc(0x7f, log);
	assert_int_equal(fclose(log), 0);
}

static void long_life(void **state)
{
	struct stick *stick = *state;

	stick_measure(stick, "rtmr2", "one", "1");
	fail_each(stick, save, forget_save);
	kexec(stick);
	assert_in_range(fail_each(stick, restore, NULL), 1, 100);
	fail_each(stick, trim, begin_anew);
	fail_each(stick, recover, damage);
	assert_int_equal(tally_open(&stick->options, &stick->tally, &stick->error), TALLY_OK);
	stick_measure(stick, "rtmr2", "two", "2");
}

/* --- the verifier --- */

static enum tally_status verify(struct stick *stick)
{
	static const char policy[] = "{\"tally-policy\": 1, \"registers\": {\"soft.rtmr0\": []}}";
	const struct tally_part part = { .bytes = "part", .size = 4 };
	struct tally_verification verification = {
		.size = sizeof(verification),
		.evidence = given.evidence,
		.evidence_size = given.evidence_size,
		.policy = policy,
		.policy_size = sizeof(policy) - 1,
		.stored = &part,
		.stored_count = 1,
	};

	return tally_verify_evidence(&verification, &given.verdict, &stick->error);
}

/* Both answer NULL. */
static void fail_each_text(char *(*print)(void))
{
	for (unsigned n = 1; n < 1000; n++) {
		char *text;

		alloc_fail_at(n);
		text = print();
		if (!alloc_fail_end()) {
			assert_non_null(text);
			tally_free(text);
			return;
		}
		assert_null(text);
	}
	fail_msg("allocations have no end");
}

static char *print_text(void)
{
	return tally_verdict_text(given.verdict, true);
}

static char *print_json(void)
{
	return tally_verdict_json(given.verdict);
}

static void verifying(void **state)
{
	struct stick *stick = *state;

	stick_measure(stick, "rtmr2", "one", "1");
	assert_int_equal(evidence(stick), TALLY_OK);
	assert_in_range(fail_each(stick, verify, NULL), 3, 10000);
	fail_each_text(print_text);
	fail_each_text(print_json);
	tally_verdict_close(given.verdict);
	forget_evidence(stick);
}

static int make_nsm(void **state)
{
	return stick_make_as(state, "nsm");
}

#define with(make, test) cmocka_unit_test_setup_teardown(test, make, stick_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with(stick_make, opening),   with(stick_make, measuring), with(make_nsm, locking),
		with(stick_make, attesting), with(stick_make, logs),	  with(stick_make, long_life),
		with(stick_make, verifying),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
