// SPDX-License-Identifier: BSD-2-Clause
/* Readers while a trim replaces the log, at any system call of either: what they get is whole, and of one instant. */
#include "../unit/test.h"

#include <sys/mman.h>

#include "../../format/bundle.h"
#include "deed.h"

static const uint8_t boot[TALLY_BOOT_ID_BYTES] = { 1 };
static const uint8_t nonce[32] = "a nonce of thirty-two bytes ...";
static const struct tally_soft_options soft = { .boot_id = boot };

#define SEEN_LIMIT (256 * 1024)
#define LOCK_WAIT_NS 1000000ULL

/* What the child got, in memory that it shares with the test. */
struct seen {
	const char *path;
	enum tally_status status;
	char problem[480];
	size_t size;
	uint8_t bytes[SEEN_LIMIT]; /* a log, or evidence */
};

/* Trims that come before the target-th system call of the child, and before each one behind it while there are some. */
struct trimmer {
	struct tally_authority *authority;
	const char *path;
	unsigned target;
	unsigned seen;
	unsigned left;
	unsigned parts;
};

static struct seen *seen_new(const char *path)
{
	struct seen *seen = mmap(NULL, sizeof(*seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(seen != MAP_FAILED);
	seen->path = path;
	return seen;
}

/* --- children: they never assert --- */

static struct tally_authority *child_open(struct seen *seen, bool is_reader)
{
	struct tally_authority_options options = { .provider = "soft",
						   .directory = seen->path,
						   .is_reader = is_reader };
	struct tally_authority *authority = NULL;
	struct tally_problem problem;

	options.provider_options.soft = &soft;
	seen->status = tally_authority_open(&options, &authority, &problem);
	return authority;
}

static void seen_keep(struct seen *seen, const uint8_t *bytes, size_t size)
{
	seen->size = size;
	if (size <= sizeof(seen->bytes))
		memcpy(seen->bytes, bytes, size);
}

static void run_view(void *argument)
{
	struct seen *seen = argument;
	struct tally_authority *authority = child_open(seen, true);
	struct tally_log_view view;
	struct tally_problem problem;

	if (seen->status == TALLY_OK)
		seen->status = tally_authority_log(authority, &view, &problem);
	if (seen->status == TALLY_OK) {
		seen_keep(seen, view.bytes.data, view.bytes.size);
		tally_log_view_done(&view);
	}
	tally_authority_close(authority);
}

static void run_evidence(void *argument)
{
	struct seen *seen = argument;
	const struct tally_evidence_request request = { .nonce = { nonce, sizeof(nonce) } };
	struct tally_authority *authority = child_open(seen, false);
	struct tally_problem problem = { "" };
	uint8_t *bundle;
	size_t size;

	if (seen->status == TALLY_OK)
		seen->status = tally_authority_evidence(authority, &request, &bundle, &size, &problem);
	if (seen->status == TALLY_OK) {
		seen_keep(seen, bundle, size);
		free(bundle);
	}
	memcpy(seen->problem, problem.text, sizeof(seen->problem));
	tally_authority_close(authority);
}

/* --- the trims between --- */

/* False while the child holds the lock. */
static bool trim_now(struct trimmer *trimmer)
{
	struct tally_trim_result result;
	struct tally_problem problem;
	char part[2 * FOLDER_NAME_LIMIT];
	enum tally_status status;
	FILE *file;

	snprintf(part, sizeof(part), "%s/" ORACLE_PART "%u", trimmer->path, trimmer->parts);
	file = fopen(part, "w+");
	assert_non_null(file);
	status = tally_authority_trim(trimmer->authority, fileno(file), tally_deadline_after(0) + LOCK_WAIT_NS, &result,
				      &problem);
	fclose(file);
	if (status == TALLY_DEADLINE)
		return false;
	if (status != TALLY_OK)
		fail_msg("trim before call %u: %s", trimmer->target, problem.text);
	trimmer->parts++;
	return true;
}

static struct trace_order trim_between(void *context, const struct trace_call *call)
{
	const struct trace_order order = { 0 };
	struct trimmer *trimmer = context;

	(void)call;
	trimmer->seen++;
	if (trimmer->seen >= trimmer->target && trimmer->left > 0 && trim_now(trimmer))
		trimmer->left--;
	return order;
}

/* The parts of older logs go: they end where no log begins any more. */
static void start_anew(struct trimmer *trimmer, const struct folder *before)
{
	tally_authority_close(trimmer->authority);
	folder_put(before, trimmer->path);
	trimmer->authority = deed_open(trimmer->path, &soft);
	trimmer->parts = 1;
}

/* --- what must hold --- */

/* The records that were seen join the parts, and lead somewhere. */
static struct oracle check_log(const char *path, struct span log)
{
	struct folder folder = folder_read(path);
	size_t size;
	uint8_t *joined = oracle_join_log(&folder, log, &size);

	folder_done(&folder);
	assert_true(log.size > 0);
	return oracle_of(joined, size, TALLY_SOFT_DEFAULT);
}

static void check_view(const struct seen *seen, const struct trimmer *trimmer)
{
	struct oracle oracle = check_log(trimmer->path, span(seen->bytes, seen->size));

	assert_int_equal(oracle_count(&oracle, "one", NULL), 1);
	oracle_done(&oracle);
}

/* The registers of the report are where the log of the evidence leads: an instant, whichever. */
static void check_evidence(const struct seen *seen, const struct trimmer *trimmer)
{
	void *instance = tally_authority_provider_instance(trimmer->authority);
	struct tally_bundle *bundle = calloc(1, sizeof(*bundle));
	const struct tally_member *report;
	const struct tally_member *log;
	struct tally_report_values values;
	struct oracle oracle;

	assert_non_null(bundle);
	assert_int_equal(tally_bundle_read(tally_bytes(seen->bytes, seen->size), bundle), TALLY_OK);
	report = tally_bundle_find(bundle, TALLY_LABEL_REPORT);
	log = tally_bundle_find(bundle, TALLY_LABEL_LOG);
	assert_true(report && log);
	oracle = check_log(trimmer->path, span(log->value.data, log->value.size));
	assert_int_equal(tally_provider_soft.report_values(instance, report->value, &values), TALLY_OK);
	for (unsigned reg = 0; reg < oracle.register_count; reg++) {
		struct walk_digests value = walk_digests_from(&values.value[reg]);

		assert_true(values.has[reg]);
		if (!walk_digests_equal(&value, &oracle.value[reg]))
			fail_msg("a trim before call %u: register %u of the report is not where the log leads",
				 trimmer->target, reg);
	}
	oracle_done(&oracle);
	free(bundle);
}

/* --- a reader is stopped, and the log is trimmed --- */

static void prepare(const char *path)
{
	struct tally_authority *authority;

	authority = deed_open(path, &soft);
	deed_must(authority, 2, "one", true);
	deed_must(authority, 0, "two", false);
	trim_must(authority, ORACLE_PART "0");
	deed_must(authority, 2, "three", true);
	tally_authority_close(authority);
}

static void trim_at_every_call(void (*work)(void *), void (*check)(const struct seen *, const struct trimmer *),
			       unsigned trims)
{
	char path[FOLDER_NAME_LIMIT];
	struct trimmer trimmer = { .path = path };
	const struct trace_plan plan = { .decide = trim_between, .context = &trimmer };
	struct seen *seen = seen_new(path);
	struct folder before;
	unsigned answers = 0;

	folder_make_path(path);
	prepare(path);
	before = folder_read(path);
	do {
		start_anew(&trimmer, &before);
		trimmer.target++;
		trimmer.seen = 0;
		trimmer.left = trims;
		trace_run(work, seen, &plan);
		/* More trims than a reader has attempts may end it, and say so. */
		if (seen->status != TALLY_OK && (trims == 1 || seen->status != TALLY_TRY_AGAIN))
			fail_msg("a trim before call %u: %s: %s", trimmer.target, tally_status_name(seen->status),
				 seen->problem);
		assert_true(seen->size <= SEEN_LIMIT);
		if (seen->status != TALLY_OK)
			continue;
		check(seen, &trimmer);
		answers++;
	} while (trimmer.seen >= trimmer.target);
	print_message("# %u points, %u answers\n", trimmer.target - 1, answers);
	assert_true(trimmer.target > 10 && answers > 0);
	tally_authority_close(trimmer.authority);
	folder_done(&before);
	folder_remove_path(path);
	munmap(seen, sizeof(*seen));
}

static void test_log_while_trimmed(void **state)
{
	(void)state;
	trim_at_every_call(run_view, check_view, 1);
	trim_at_every_call(run_view, check_view, 12);
}

static void test_evidence_while_trimmed(void **state)
{
	(void)state;
	trim_at_every_call(run_evidence, check_evidence, 1);
	trim_at_every_call(run_evidence, check_evidence, 12);
}

/* They never end: it ends, in an answer or in a clear error. */
static void test_trims_without_a_pause(void **state)
{
	char path[FOLDER_NAME_LIMIT];
	struct trimmer trimmer = { .path = path, .target = 1, .left = UINT32_MAX, .parts = 1 };
	const struct trace_plan plan = { .decide = trim_between, .context = &trimmer };
	struct seen *seen = seen_new(path);

	(void)state;
	folder_make_path(path);
	prepare(path);
	trimmer.authority = deed_open(path, &soft);
	trace_run(run_evidence, seen, &plan);
	if (seen->status == TALLY_OK)
		check_evidence(seen, &trimmer);
	else
		assert_int_equal(seen->status, TALLY_TRY_AGAIN);
	tally_authority_close(trimmer.authority);
	folder_remove_path(path);
	munmap(seen, sizeof(*seen));
}

/* --- a trim is stopped, and the log is read --- */

struct reader {
	const char *path;
	struct tally_authority *authority;
	unsigned seen;
};

static struct trace_order read_between(void *context, const struct trace_call *call)
{
	const struct trace_order order = { 0 };
	struct tally_examination examination;
	struct reader *reader = context;
	struct tally_log_view view;
	struct tally_problem problem;
	struct oracle oracle;

	(void)call;
	reader->seen++;
	assert_int_equal(tally_authority_log(reader->authority, &view, &problem), TALLY_OK);
	assert_int_equal(view.damage, TALLY_OK);
	oracle = check_log(reader->path, span(view.bytes.data, view.bytes.size));
	assert_int_equal(oracle_count(&oracle, "three", NULL), 1);
	oracle_done(&oracle);
	tally_log_view_done(&view);
	assert_int_equal(tally_authority_examine(reader->authority, &examination, &problem), TALLY_OK);
	assert_false(examination.is_damaged);
	return order;
}

static void test_trim_while_read(void **state)
{
	struct deed_run run = { .soft = soft, .deed = { .event = ORACLE_PART "1", .is_trim = true } };
	struct tally_authority_options options = { .provider = "soft", .is_reader = true };
	struct reader reader = { .seen = 0 };
	const struct trace_plan plan = { .decide = read_between, .context = &reader };
	char path[FOLDER_NAME_LIMIT];
	struct tally_problem problem;

	(void)state;
	folder_make_path(path);
	prepare(path);
	run.directory = options.directory = reader.path = path;
	run.report = deed_report_new();
	options.provider_options.soft = &soft;
	assert_int_equal(tally_authority_open(&options, &reader.authority, &problem), TALLY_OK);
	trace_run(deed_run, &run, &plan);
	assert_int_equal(run.report->status, TALLY_OK);
	print_message("# %u points\n", reader.seen);
	assert_true(reader.seen > 50);
	tally_authority_close(reader.authority);
	deed_report_free(run.report);
	folder_remove_path(path);
}

int main(int argument_count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_log_while_trimmed),
		cmocka_unit_test(test_evidence_while_trimmed),
		cmocka_unit_test(test_trims_without_a_pause),
		cmocka_unit_test(test_trim_while_read),
	};

	if (!trace_is_possible()) {
		puts("1..0 # SKIP ptrace is not allowed here");
		return 0;
	}
	if (argument_count > 1)
		cmocka_set_test_filter(arguments[1]); /* one test, by its name */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
