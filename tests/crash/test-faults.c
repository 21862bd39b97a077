// SPDX-License-Identifier: BSD-2-Clause
/* Every write of an extend fails, or is cut short: the answer is that of docs/settle.md, and the next caller goes on. */
#include "../unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include "deed.h"

static const uint8_t boot[TALLY_BOOT_ID_BYTES] = { 1 };
static const uint8_t next_boot[TALLY_BOOT_ID_BYTES] = { 2 };

#define CALL_LIMIT (TRACE_PATH_LIMIT + 16)

/* --- what is injected --- */

enum fault_kind {
	FULL_ONCE = 1,
	FAILS_ONCE,
	HALF_ONCE,
	FULL_FROM_HERE, /* a disk that is full stays full */
	FAILS_FROM_HERE,
	HALF_THEN_FULL, /* how a disk gets full */
	FAULT_KIND_END
};

static const char *const fault_names[FAULT_KIND_END] = {
	"", "ENOSPC once", "EIO once", "short once", "ENOSPC from here on", "EIO from here on", "short, then ENOSPC"
};

/* The call that is hit, as "create lock" or "write intent". */
struct injection {
	const char *folder;
	const struct deed_report *report; /* what comes behind the first answer is no target */
	enum fault_kind kind;
	unsigned target; /* which write-like call, from 1 */
	unsigned seen;
	bool is_hit;
	bool has_intent; /* the child wrote its slot */
	char call[CALL_LIMIT];
};

/* The word of a call that changes a file by descriptor. */
static const char *word_of_descriptor_call(long number)
{
	switch (number) {
	case SYS_write:
	case SYS_pwrite64:
		return "write";
	case SYS_ftruncate:
		return "cut";
	case SYS_fallocate:
		return "allocate";
	case SYS_fsync:
	case SYS_fdatasync:
		return "sync";
	case SYS_fchmod:
	case SYS_fchown:
		return "adopt";
	default:
		return NULL;
	}
}

/* The word of a call that changes a directory, by a name relative to a descriptor. */
static const char *word_of_name_call(const struct trace_call *call)
{
	switch (call->number) {
	case SYS_openat:
		return call->argument[2] & O_CREAT ? "create" : NULL;
#ifdef SYS_renameat
	case SYS_renameat:
#endif
	case SYS_renameat2:
		return "rename";
	case SYS_mkdirat:
		return "make";
	case SYS_unlinkat:
		return "remove";
	default:
		return NULL;
	}
}

/* The words of a call that writes below the folder; false for any other. */
static bool call_words(const char *folder, const struct trace_call *call, char ret[CALL_LIMIT])
{
	const char *word = word_of_descriptor_call(call->number);
	char name[TRACE_PATH_LIMIT];
	char below[TRACE_PATH_LIMIT];

	if (word) {
		if (!trace_descriptor_name(call, call->argument[0], folder, name))
			return false;
	} else {
		word = word_of_name_call(call);
		if (!word || !trace_descriptor_name(call, call->argument[0], folder, below) ||
		    !trace_text(call, call->argument[1], name))
			return false;
	}
	snprintf(ret, CALL_LIMIT, "%s %s", word, name);
	return true;
}

/* What is synced before the slot is written was written by somebody else: "sync old log". */
static void call_tell_age(struct injection *injection, char words[CALL_LIMIT])
{
	char name[CALL_LIMIT];

	if (!strcmp(words, "write intent"))
		injection->has_intent = true;
	if (injection->has_intent || strncmp(words, "sync ", 5) != 0)
		return;
	snprintf(name, sizeof(name), "%s", words + 5);
	snprintf(words, CALL_LIMIT, "sync old %.*s", (int)(CALL_LIMIT - 10), name);
}

static bool call_can_be_short(const struct trace_call *call)
{
	return call->number == SYS_write || call->number == SYS_pwrite64;
}

static int error_of(enum fault_kind kind)
{
	return kind == FAILS_ONCE || kind == FAILS_FROM_HERE ? EIO : ENOSPC;
}

static struct trace_order inject(void *context, const struct trace_call *call)
{
	struct injection *injection = context;
	enum fault_kind kind = injection->kind;
	struct trace_order order = { 0 };
	char words[CALL_LIMIT];

	if ((injection->report->has_answer && !injection->is_hit) || !call_words(injection->folder, call, words))
		return order;
	call_tell_age(injection, words);
	injection->seen++;
	if (injection->seen == injection->target) {
		memcpy(injection->call, words, sizeof(words));
		order.is_halved = kind == HALF_ONCE || kind == HALF_THEN_FULL;
		injection->is_hit = !order.is_halved || call_can_be_short(call);
		order.is_halved = order.is_halved && injection->is_hit;
		order.error = injection->is_hit && !order.is_halved ? error_of(kind) : 0;
	} else if (injection->is_hit && kind >= FULL_FROM_HERE) {
		order.error = error_of(kind);
	}
	return order;
}

/* A file system without fallocate: room can't be made, so an append meets the full disk. */
static struct trace_order inject_without_room(void *context, const struct trace_call *call)
{
	struct injection *injection = context;
	struct trace_order order = { 0 };
	char words[CALL_LIMIT];

	if (injection->report->has_answer || !call_words(injection->folder, call, words))
		return order;
	if (!strcmp(words, "allocate log")) {
		order.error = EOPNOTSUPP;
	} else if (!strcmp(words, "write log")) {
		injection->is_hit = true;
		order.error = ENOSPC;
	}
	return order;
}

/* --- what must be answered --- */

enum answer {
	ANY = 0,
	FINE,	 /* ok */
	REFUSED, /* nothing was changed: neither ok nor indeterminate */
	FULL,	 /* the same, and the word is full */
	FAILED,	 /* not applied: nothing was changed */
	UNKNOWN	 /* indeterminate */
};

/* The answers of an extend without gap and cache, by the call that is hit and the kind of fault. */
static const struct {
	const char *call;
	enum answer answer[FAULT_KIND_END];
} rules[] = {
	/* in the order of enum fault_kind */
	{ "create registers.lock", { 0, REFUSED, REFUSED, ANY, REFUSED, REFUSED, ANY } },
	{ "create intent", { 0, FULL, REFUSED, ANY, FULL, REFUSED, ANY } },
	{ "allocate log", { 0, FINE, REFUSED, ANY, FULL, REFUSED, ANY } },
	/* registers outlive the boot: what another process left is built upon only once it is on the disk */
	{ "sync old ", { 0, FULL, REFUSED, ANY, FULL, REFUSED, ANY } }, /* the directory: the log's name */
	{ "sync old log", { 0, FULL, REFUSED, ANY, FULL, REFUSED, ANY } },
	{ "sync old registers", { 0, REFUSED, REFUSED, ANY, REFUSED, REFUSED, ANY } },
	{ "write intent", { 0, FULL, REFUSED, FINE, FULL, REFUSED, FULL } },
	/* where a slot that was written whole can't be cleared, a stranger's equal extend would still make it an event */
	{ "sync intent", { 0, FULL, REFUSED, ANY, UNKNOWN, UNKNOWN, ANY } },
	{ "write registers", { 0, FAILED, FAILED, FAILED, UNKNOWN, UNKNOWN, UNKNOWN } },
	{ "sync registers", { 0, FINE, FINE, ANY, UNKNOWN, UNKNOWN, ANY } },
	{ "write log", { 0, UNKNOWN, UNKNOWN, FINE, UNKNOWN, UNKNOWN, UNKNOWN } },
	{ "sync log", { 0, UNKNOWN, UNKNOWN, ANY, UNKNOWN, UNKNOWN, ANY } },
};

static bool rule_was_used[sizeof(rules) / sizeof(rules[0])];

static enum answer answer_of(const char *call, enum fault_kind kind)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (!strcmp(rules[i].call, call)) {
			rule_was_used[i] = true;
			return rules[i].answer[kind];
		}
	}
	fail_msg("the table has no rule for `%s`", call);
	return ANY;
}

static bool answer_fits(enum answer answer, enum tally_status status)
{
	switch (answer) {
	case FINE:
		return status == TALLY_OK;
	case REFUSED:
		return status != TALLY_OK && status != TALLY_INDETERMINATE;
	case FULL:
		return status == TALLY_FULL;
	case FAILED:
		return status == TALLY_NOT_APPLIED;
	case UNKNOWN:
		return status == TALLY_INDETERMINATE;
	case ANY:
	default:
		return true;
	}
}

/* --- one operation, every call, every fault --- */

struct scene {
	void (*prepare)(const char *directory, const struct tally_soft_options *soft);
	bool is_durable;
	struct deed deed;
	unsigned gaps;
	const uint8_t *boot; /* of the child; NULL: that of the preparation */
	bool moves_aside;
	bool has_rules; /* the table above holds */
};

static struct tally_soft_options options_of(const struct scene *scene, const uint8_t *id)
{
	return (struct tally_soft_options){ .is_durable = scene->is_durable, .boot_id = id ? id : boot };
}

/* What the fault left on the disk, before anybody opens it again: whole records and the beginning of one. */
static void check_left(const char *path, const struct scene *scene, struct span before)
{
	struct folder folder = folder_read(path);
	size_t size;
	uint8_t *log = oracle_join(&folder, &size);
	struct walk walk;

	folder_done(&folder);
	if (!log) {
		assert_true(scene->moves_aside || before.size == 0);
		return;
	}
	walk = walk_log(span(log, size));
	assert_true(scene->moves_aside || walk.whole >= before.size);
	if (!scene->moves_aside)
		assert_memory_equal(log, before.data, before.size);
	walk_done(&walk);
	free(log);
}

static void check_next_caller(const char *path, const struct scene *scene, const struct deed_run *run,
			      struct span before)
{
	const struct deed_report *report = run->report;
	struct tally_soft_options soft = options_of(scene, scene->boot);
	struct tally_authority *authority = deed_open(path, &soft);
	struct promise promises[] = { deed_promise(&scene->deed, report), { .event = "second" }, { .event = "after" } };
	struct tally_problem problem;
	struct oracle oracle;
	uint64_t gaps;

	promises[1].is_acknowledged = report->has_second_answer && report->second_status == TALLY_OK;
	promises[1].number = report->second_number;
	assert_int_equal(tally_authority_settle(authority, &gaps, &problem), TALLY_OK);
	promises[2].is_acknowledged = true;
	promises[2].number = deed_must(authority, scene->deed.reg, "after", false);
	tally_authority_close(authority);
	oracle = oracle_read(path, TALLY_SOFT_DEFAULT);
	if (!scene->moves_aside)
		oracle_check_begins(&oracle, before);
	promises_check(promises, 3, &oracle);
	oracle_check_registers(&oracle, path, &soft);
	assert_int_equal(oracle_gap_count(&oracle), scene->gaps);
	assert_false(oracle.is_unpinned[scene->deed.reg]);
	oracle_done(&oracle);
}

static void check_answer(const struct scene *scene, const struct injection *injection, const struct deed_report *report)
{
	enum tally_status status = report->has_answer ? report->status : report->open_status;
	bool heals = injection->kind < FULL_FROM_HERE;

	assert_true(report->was_opened);
	if (scene->has_rules && !answer_fits(answer_of(injection->call, injection->kind), status))
		fail_msg("`%s`, %s: the answer is %s: %s", injection->call, fault_names[injection->kind],
			 tally_status_name(status), report->problem);
	if (heals && report->has_answer && report->second_status != TALLY_OK)
		fail_msg("`%s`, %s: the next extend: %s", injection->call, fault_names[injection->kind],
			 tally_status_name(report->second_status));
}

/* One run. False if the operation has no such call any more. */
static bool run_fault(const char *path, const struct scene *scene, const struct folder *before,
		      struct injection *injection, struct deed_report *report)
{
	struct deed_run run = { .directory = path, .deed = scene->deed, .report = report };
	const struct trace_plan plan = { .decide = inject, .context = injection };
	size_t size;
	uint8_t *log = oracle_join(before, &size);
	struct span old = span(log, size);

	run.soft = options_of(scene, scene->boot);
	run.second = (struct deed){ .reg = scene->deed.reg, .event = "second" };
	folder_put(before, path);
	deed_report_clear(report);
	trace_run(deed_run, &run, &plan);
	if (injection->is_hit) {
		check_answer(scene, injection, report);
		check_left(path, scene, old);
		check_next_caller(path, scene, &run, old);
	}
	free(log);
	return injection->seen >= injection->target;
}

static void run_scene(const struct scene *scene)
{
	struct tally_soft_options soft = options_of(scene, NULL);
	struct deed_report *report = deed_report_new();
	char path[FOLDER_NAME_LIMIT];
	struct folder before;
	unsigned hits = 0;
	bool has_more = true;

	folder_make_path(path);
	if (scene->prepare)
		scene->prepare(path, &soft);
	before = folder_read(path);
	for (unsigned target = 1; has_more; target++) {
		for (enum fault_kind kind = FULL_ONCE; has_more && kind < FAULT_KIND_END; kind++) {
			struct injection injection = {
				.folder = path, .report = report, .kind = kind, .target = target
			};

			has_more = run_fault(path, scene, &before, &injection, report);
			hits += injection.is_hit;
		}
	}
	print_message("# %u faults\n", hits);
	assert_true(hits > 0);
	folder_done(&before);
	folder_remove_path(path);
	deed_report_free(report);
}

/* --- preparations --- */

static void prepare_some(const char *directory, const struct tally_soft_options *soft)
{
	struct tally_authority *authority = deed_open(directory, soft);

	deed_must(authority, 0, "one", false);
	deed_must(authority, 2, "two", true);
	tally_authority_close(authority);
}

static void prepare_stranger(const char *directory, const struct tally_soft_options *soft)
{
	prepare_some(directory, soft);
	stranger_extend(directory, soft, 2, 0x5a);
}

/* An extend that could not be logged: its slot is pending and its register has moved. */
static void prepare_pending(const char *directory, const struct tally_soft_options *soft)
{
	struct deed_run run = { .directory = directory, .soft = *soft, .deed = { .reg = 2, .event = "pending" } };
	struct injection injection = { .folder = directory, .kind = FULL_FROM_HERE };
	const struct trace_plan plan = { .decide = inject, .context = &injection };
	struct folder before;

	prepare_some(directory, soft);
	before = folder_read(directory);
	run.report = deed_report_new();
	injection.report = run.report;
	do {
		folder_put(&before, directory);
		injection.target++;
		injection.seen = 0;
		injection.is_hit = false;
		injection.has_intent = false;
		deed_report_clear(run.report);
		trace_run(deed_run, &run, &plan);
	} while (strcmp(injection.call, "write log") != 0);
	assert_int_equal(run.report->status, TALLY_INDETERMINATE);
	deed_report_free(run.report);
	folder_done(&before);
}

/* So much log that this extend writes the cache. */
static void prepare_cache(const char *directory, const struct tally_soft_options *soft)
{
	const struct deed large = { .reg = 1, .event = "large", .padding = 60 * 1024 };
	struct tally_authority *authority;
	struct tally_extend_result result;
	struct tally_problem problem;

	prepare_some(directory, soft);
	authority = deed_open(directory, soft);
	assert_int_equal(deed_do(authority, &large, &result, &problem), TALLY_OK);
	tally_authority_close(authority);
}

/* --- tests --- */

#define DEED                              \
	{                                 \
		.reg = 2, .event = "deed" \
	}

static void test_extend(void **state)
{
	const struct scene scene = { .prepare = prepare_some, .deed = DEED, .has_rules = true };

	(void)state;
	run_scene(&scene);
}

static void test_durable_extend(void **state)
{
	const struct scene scene = { .prepare = prepare_some, .deed = DEED, .is_durable = true, .has_rules = true };

	(void)state;
	run_scene(&scene);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (!rule_was_used[i])
			fail_msg("no extend came to `%s`", rules[i].call);
}

static void test_no_room_can_be_made(void **state)
{
	const struct scene scene = { .prepare = prepare_some, .deed = DEED };
	struct tally_soft_options soft = options_of(&scene, NULL);
	struct deed_report *report = deed_report_new();
	char path[FOLDER_NAME_LIMIT];
	struct injection injection = { .folder = path, .report = report };
	struct deed_run run = { .directory = path, .soft = soft, .deed = scene.deed, .report = report };
	const struct trace_plan plan = { .decide = inject_without_room, .context = &injection };
	struct folder before;

	(void)state;
	folder_make_path(path);
	prepare_some(path, &soft);
	before = folder_read(path);
	trace_run(deed_run, &run, &plan);
	assert_true(injection.is_hit);
	assert_int_equal(report->status, TALLY_INDETERMINATE);
	check_next_caller(path, &scene, &run,
			  span(folder_find(&before, "log")->data, folder_find(&before, "log")->size));
	folder_done(&before);
	folder_remove_path(path);
	deed_report_free(report);
}

static void test_first_extend(void **state)
{
	const struct scene scene = { .deed = DEED };

	(void)state;
	run_scene(&scene);
}

static void test_gap(void **state)
{
	const struct scene scene = { .prepare = prepare_stranger, .deed = DEED, .gaps = 1 };

	(void)state;
	run_scene(&scene);
}

static void test_recovery(void **state)
{
	const struct scene scene = { .prepare = prepare_pending, .deed = DEED };

	(void)state;
	run_scene(&scene);
}

static void test_new_boot(void **state)
{
	const struct scene scene = { .prepare = prepare_some, .deed = DEED, .boot = next_boot, .moves_aside = true };

	(void)state;
	run_scene(&scene);
}

static void test_cache(void **state)
{
	const struct scene scene = { .prepare = prepare_cache,
				     .deed = { .reg = 2, .event = "deed", .is_once = true, .padding = 16 * 1024 } };

	(void)state;
	run_scene(&scene);
}

/* A log that begins with a trim, once names in front of it and behind it. */
static void prepare_trimmed(const char *directory, const struct tally_soft_options *soft)
{
	struct tally_authority *authority;

	prepare_some(directory, soft);
	authority = deed_open(directory, soft);
	trim_must(authority, "part.before");
	deed_must(authority, 1, "three", true);
	tally_authority_close(authority);
	stranger_extend(directory, soft, 2, 0x5a);
}

static void test_trim(void **state)
{
	struct scene scene = { .prepare = prepare_some, .deed = { .event = "part.deed", .reg = 2, .is_trim = true } };

	(void)state;
	run_scene(&scene);
	scene.prepare = prepare_trimmed;
	scene.gaps = 1;
	run_scene(&scene);
	scene.is_durable = true;
	run_scene(&scene);
}

int main(int argument_count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_extend),
		cmocka_unit_test(test_durable_extend),
		cmocka_unit_test(test_no_room_can_be_made),
		cmocka_unit_test(test_first_extend),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_recovery),
		cmocka_unit_test(test_new_boot),
		cmocka_unit_test(test_cache),
		cmocka_unit_test(test_trim),
	};

	if (!trace_is_possible()) {
		puts("1..0 # SKIP ptrace is not allowed here");
		return 0;
	}
	if (argument_count > 1)
		cmocka_set_test_filter(arguments[1]); /* one test, by its name */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
