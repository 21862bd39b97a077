// SPDX-License-Identifier: BSD-2-Clause
/* Every allocation of the authority and of the verifier fails in turn: nothing leaks, and I1 holds as after a crash. */
#include "../unit/test.h"

#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

#include "../../verify/policy.h"
#include "../../verify/verify.h"
#include "../unit/alloc_fail.h"
#include "deed.h"

static const uint8_t boot[TALLY_BOOT_ID_BYTES] = { 1 };
static const uint8_t next_boot[TALLY_BOOT_ID_BYTES] = { 2 };
static const uint8_t nonce[32] = "a nonce of thirty-two bytes ...";

/* A directory, an authority over it, and one call that is made while allocations fail. */
struct job {
	const char *name;
	enum tally_soft_preset preset;
	void (*prepare)(const char *directory, const struct tally_soft_options *soft);
	const uint8_t *boot; /* of the call; NULL: that of the preparation */
	bool opens;	     /* the call is the open */
	enum tally_status (*call)(struct tally_authority *authority, struct promise *promise);
	unsigned gaps;
	bool moves_aside;
};

/* --- preparations --- */

static void prepare_some(const char *directory, const struct tally_soft_options *soft)
{
	struct tally_authority *authority = deed_open(directory, soft);

	deed_must(authority, 0, "one", false);
	deed_must(authority, 2, "two", false);
	deed_must(authority, 2, "three", true);
	tally_authority_close(authority);
}

static void prepare_stranger(const char *directory, const struct tally_soft_options *soft)
{
	prepare_some(directory, soft);
	stranger_extend(directory, soft, 2, 0x5a);
}

/* A log that begins with a trim, once names in front of it and behind it. */
static void prepare_trimmed(const char *directory, const struct tally_soft_options *soft)
{
	struct tally_authority *authority;

	prepare_some(directory, soft);
	authority = deed_open(directory, soft);
	trim_must(authority, "part.before");
	deed_must(authority, 1, "four", true);
	tally_authority_close(authority);
}

/* Names and a log that is long enough for a cache to be written now, and an extend whose end is open. */
static void prepare_cache(const char *directory, const struct tally_soft_options *soft)
{
	const struct deed large = { .reg = 1, .event = "large", .padding = 60 * 1024 };
	const struct deed small = { .reg = 1, .event = "small", .padding = 8 * 1024 };
	struct tally_extend_result result;
	struct tally_authority *authority;
	struct tally_problem problem;

	prepare_some(directory, soft);
	authority = deed_open(directory, soft);
	assert_int_equal(deed_do(authority, &large, &result, &problem), TALLY_OK);
	assert_int_equal(deed_do(authority, &small, &result, &problem), TALLY_OK);
	assert_int_equal(deed_do(authority, &large, &result, &problem), TALLY_OK);
	tally_authority_close(authority);
}

/* The register has moved and the log does not know, or it has not: the slot is pending. */
static void prepare_pending(const char *directory, const struct tally_soft_options *soft, enum tally_soft_fault fault)
{
	const struct deed deed = { .reg = 2, .event = "pending", .is_once = true };
	struct tally_soft_options faulty = *soft;
	struct tally_extend_result result;
	struct tally_authority *authority;
	struct tally_problem problem;

	prepare_some(directory, soft);
	faulty.fault_count = 2;
	faulty.fault[0].fault = fault;
	faulty.fault[0].call = TALLY_SOFT_CALL_EXTEND;
	faulty.fault[1].fault = TALLY_FAULT_READ_FAILS;
	faulty.fault[1].call = TALLY_SOFT_CALL_READ;
	faulty.fault[1].skip = 1; /* the first read comes before the slot is written */
	authority = deed_open(directory, &faulty);
	assert_int_equal(deed_do(authority, &deed, &result, &problem), TALLY_INDETERMINATE);
	tally_authority_close(authority);
}

static void prepare_applied(const char *directory, const struct tally_soft_options *soft)
{
	prepare_pending(directory, soft, TALLY_FAULT_EXTEND_FAILS_APPLIED);
}

static void prepare_not_applied(const char *directory, const struct tally_soft_options *soft)
{
	prepare_pending(directory, soft, TALLY_FAULT_EXTEND_FAILS);
}

/* --- calls --- */

static enum tally_status call_extend_as(struct tally_authority *authority, const struct deed *deed,
					struct promise *promise)
{
	struct tally_extend_result result = { 0 };
	struct tally_problem problem;
	enum tally_status status = deed_do(authority, deed, &result, &problem);

	promise->event = deed->event;
	promise->is_acknowledged = status == TALLY_OK;
	promise->is_refused = status != TALLY_OK && status != TALLY_INDETERMINATE;
	promise->number = result.number;
	return status;
}

static enum tally_status call_extend(struct tally_authority *authority, struct promise *promise)
{
	const struct deed deed = { .reg = 2, .event = "deed", .padding = 5000 };

	return call_extend_as(authority, &deed, promise);
}

static enum tally_status call_once(struct tally_authority *authority, struct promise *promise)
{
	const struct deed deed = { .reg = 2, .event = "deed", .is_once = true };

	return call_extend_as(authority, &deed, promise);
}

static enum tally_status call_once_again(struct tally_authority *authority, struct promise *promise)
{
	const struct deed deed = { .reg = 2, .event = "three", .is_once = true };
	enum tally_status status = call_extend_as(authority, &deed, promise);

	promise->is_refused = false; /* it stands there, whatever is answered now */
	return status;
}

static enum tally_status call_digests(struct tally_authority *authority, struct promise *promise)
{
	struct tally_extend_request request = { .kind = TALLY_EXTEND_DIGESTS, .register_index = 2 };
	struct tally_extend_result result;
	struct tally_problem problem;

	(void)promise;
	request.digests = tally_authority_registers(authority)->item[2].reset;
	return tally_authority_extend(authority, &request, &result, &problem);
}

static enum tally_status call_trim(struct tally_authority *authority, struct promise *promise)
{
	struct tally_trim_result result;
	struct tally_problem problem;
	char path[2 * FOLDER_NAME_LIMIT];
	enum tally_status status;
	int fd;

	(void)promise;
	snprintf(path, sizeof(path), "%s/part.call", tally_authority_directory(authority));
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	status = tally_authority_trim(authority, fd, 0, &result, &problem);
	close(fd);
	return status;
}

static enum tally_status call_settle(struct tally_authority *authority, struct promise *promise)
{
	struct tally_problem problem;
	uint64_t gaps;

	(void)promise;
	return tally_authority_settle(authority, &gaps, &problem);
}

static enum tally_status call_read(struct tally_authority *authority, struct promise *promise)
{
	struct tally_digests value;
	struct tally_problem problem;
	bool is_locked;

	(void)promise;
	return tally_authority_read(authority, 2, &value, &is_locked, &problem);
}

static enum tally_status call_lock(struct tally_authority *authority, struct promise *promise)
{
	struct tally_problem problem;

	(void)promise;
	return tally_authority_lock(authority, 20, &problem);
}

static enum tally_status call_log(struct tally_authority *authority, struct promise *promise)
{
	struct tally_problem problem;
	struct tally_log_view view;
	enum tally_status status = tally_authority_log(authority, &view, &problem);

	(void)promise;
	if (status == TALLY_OK)
		tally_log_view_done(&view);
	return status;
}

static enum tally_status call_examine(struct tally_authority *authority, struct promise *promise)
{
	struct tally_examination examination;
	struct tally_problem problem;

	enum tally_status status = tally_authority_examine(authority, &examination, &problem);

	(void)promise;
	/* A lack of memory says nothing of the log. */
	return status == TALLY_OK && examination.is_damaged ? TALLY_CORRUPT : status;
}

static const struct tally_evidence_request evidence_request = { .nonce = { nonce, sizeof(nonce) },
								.data = { nonce, 5 } };

static enum tally_status call_evidence(struct tally_authority *authority, struct promise *promise)
{
	struct tally_problem problem;
	uint8_t *bundle;
	size_t size;
	enum tally_status status = tally_authority_evidence(authority, &evidence_request, &bundle, &size, &problem);

	(void)promise;
	if (status == TALLY_OK)
		free(bundle);
	return status;
}

static enum tally_status call_report(struct tally_authority *authority, struct promise *promise)
{
	struct tally_problem problem;
	struct tally_report report;
	uint8_t *binding;
	size_t size;
	enum tally_status status =
		tally_authority_report(authority, &evidence_request, &report, &binding, &size, &problem);

	(void)promise;
	if (status == TALLY_OK) {
		free(binding);
		tally_report_done(&report);
	}
	return status;
}

/* --- one call, every allocation --- */

static struct tally_soft_options options_of(const struct job *job, const uint8_t *id)
{
	return (struct tally_soft_options){ .preset = job->preset, .boot_id = id ? id : boot };
}

/* What may be said when memory is short: as docs/settle.md has it for any other failure. */
static void check_status(const struct job *job, unsigned at, enum tally_status status)
{
	if (status != TALLY_OK && status != TALLY_NO_MEMORY && status != TALLY_INDETERMINATE &&
	    status != TALLY_TRY_AGAIN && status != TALLY_NOT_APPLIED)
		fail_msg("%s, allocation %u: %s", job->name, at, tally_status_name(status));
}

/* The same authority goes on, and one that is opened afterwards finds everything in order. */
static void check_afterwards(const struct job *job, const char *path, struct tally_authority *authority,
			     const struct promise *promise, struct span before)
{
	struct tally_soft_options soft = options_of(job, job->boot);
	const size_t reg = job->preset == TALLY_SOFT_NSM ? 21 : 2;
	struct tally_problem problem;
	struct oracle oracle;
	uint64_t gaps;

	if (authority)
		deed_must(authority, reg, "next", false);
	tally_authority_close(authority);
	authority = deed_open(path, &soft);
	deed_must(authority, reg, "after", false);
	assert_int_equal(tally_authority_settle(authority, &gaps, &problem), TALLY_OK);
	tally_authority_close(authority);
	if (job->preset != TALLY_SOFT_DEFAULT)
		return;
	oracle = oracle_read(path, job->preset);
	if (!job->moves_aside)
		oracle_check_begins(&oracle, before);
	if (promise->event)
		promises_check(promise, 1, &oracle);
	oracle_check_registers(&oracle, path, &soft);
	assert_int_equal(oracle_gap_count(&oracle), job->gaps);
	oracle_done(&oracle);
}

/* The call with its n-th allocation failing; *ret_failed tells whether it had so many. */
static void run_allocation(const struct job *job, const char *path, const struct folder *before, unsigned at,
			   bool *ret_failed)
{
	struct tally_soft_options soft = options_of(job, job->boot);
	struct tally_authority_options options = { .provider = "soft", .directory = path };
	size_t size;
	uint8_t *log = oracle_join(before, &size);
	struct tally_authority *authority = NULL;
	struct promise promise = { 0 };
	struct tally_problem problem;
	enum tally_status status;

	folder_put(before, path);
	options.provider_options.soft = &soft;
	if (!job->opens)
		authority = deed_open(path, &soft);
	alloc_fail_at(at);
	status = job->opens ? tally_authority_open(&options, &authority, &problem) : job->call(authority, &promise);
	*ret_failed = alloc_fail_end();
	check_status(job, at, status);
	if (!*ret_failed)
		assert_int_equal(status, TALLY_OK);
	check_afterwards(job, path, authority, &promise, span(log, size));
	free(log);
}

static void run_job(const struct job *job)
{
	struct tally_soft_options soft = options_of(job, NULL);
	char path[FOLDER_NAME_LIMIT];
	struct folder before;
	bool has_failed = true;
	unsigned at = 0;

	folder_make_path(path);
	if (job->prepare)
		job->prepare(path, &soft);
	before = folder_read(path);
	while (has_failed)
		run_allocation(job, path, &before, ++at, &has_failed);
	print_message("# %s: %u allocations\n", job->name, at - 1);
	folder_done(&before);
	folder_remove_path(path);
}

static void prepare_nsm(const char *directory, const struct tally_soft_options *soft)
{
	struct tally_authority *authority = deed_open(directory, soft);

	deed_must(authority, 20, "one", false);
	tally_authority_close(authority);
}

static const struct job jobs[] = {
	{ .name = "first open", .opens = true },
	{ .name = "open", .opens = true, .prepare = prepare_some },
	{ .name = "open with a cache", .opens = true, .prepare = prepare_cache },
	{ .name = "open, applied", .opens = true, .prepare = prepare_applied },
	{ .name = "open, not applied", .opens = true, .prepare = prepare_not_applied },
	{ .name = "new boot", .opens = true, .prepare = prepare_some, .boot = next_boot, .moves_aside = true },
	{ .name = "extend", .call = call_extend, .prepare = prepare_some },
	{ .name = "extend behind a gap", .call = call_extend, .prepare = prepare_stranger, .gaps = 1 },
	{ .name = "extend that writes the cache", .call = call_extend, .prepare = prepare_cache },
	{ .name = "once", .call = call_once, .prepare = prepare_some },
	{ .name = "once with a cache", .call = call_once, .prepare = prepare_cache },
	{ .name = "once again", .call = call_once_again, .prepare = prepare_some },
	{ .name = "once again with a cache", .call = call_once_again, .prepare = prepare_cache },
	{ .name = "open, trimmed", .opens = true, .prepare = prepare_trimmed },
	{ .name = "once again, trimmed", .call = call_once_again, .prepare = prepare_trimmed },
	{ .name = "trim", .call = call_trim, .prepare = prepare_some },
	{ .name = "trim behind a gap", .call = call_trim, .prepare = prepare_stranger, .gaps = 1 },
	{ .name = "trim again", .call = call_trim, .prepare = prepare_trimmed },
	{ .name = "settle", .call = call_settle, .prepare = prepare_stranger, .gaps = 1 },
	{ .name = "read", .call = call_read, .prepare = prepare_some },
	{ .name = "lock", .call = call_lock, .prepare = prepare_nsm, .preset = TALLY_SOFT_NSM },
	{ .name = "log", .call = call_log, .prepare = prepare_some },
	{ .name = "examine", .call = call_examine, .prepare = prepare_stranger, .gaps = 1 },
	{ .name = "evidence", .call = call_evidence, .prepare = prepare_some },
	{ .name = "evidence behind a gap", .call = call_evidence, .prepare = prepare_stranger, .gaps = 1 },
	{ .name = "report", .call = call_report, .prepare = prepare_some },
};

static void test_authority(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(jobs) / sizeof(jobs[0]); i++)
		run_job(&jobs[i]);
}

/* Digests that the oracle does not read: they are somebody else's content. */
static void test_digests(void **state)
{
	const struct job job = {
		.name = "digests", .call = call_digests, .prepare = prepare_some, .preset = TALLY_SOFT_CCA
	};

	(void)state;
	run_job(&job);
}

/* --- the verifier --- */

/* Evidence of an authority, a policy that accepts it, and what verifying makes of them. */
struct verification {
	uint8_t *evidence;
	size_t evidence_size;
	char policy_text[1024];
	struct tally_policy *policy;
	struct tally_verdict *verdict;
	char *text;
};

static void verification_init(struct verification *verification)
{
	const struct tally_soft_options soft = { .boot_id = boot };
	struct tally_authority *authority;
	struct tally_problem problem;
	char path[FOLDER_NAME_LIMIT];
	uint8_t fingerprint[32];
	char hex[2 * sizeof(fingerprint) + 1];

	folder_make_path(path);
	prepare_stranger(path, &soft);
	authority = deed_open(path, &soft);
	assert_int_equal(tally_authority_evidence(authority, &evidence_request, &verification->evidence,
						  &verification->evidence_size, &problem),
			 TALLY_OK);
	assert_int_equal(tally_soft_fingerprint(tally_authority_provider_instance(authority), fingerprint, &problem),
			 TALLY_OK);
	for (size_t i = 0; i < sizeof(fingerprint); i++)
		snprintf(hex + 2 * i, 3, "%02x", fingerprint[i]);
	/* It rejects: so there are findings, a difference and a jump to be told of as well. */
	snprintf(verification->policy_text, sizeof(verification->policy_text),
		 "{\"tally-policy\":1,\"soft\":{\"keys\":[\"sha256:%s\"]},\"registers\":{"
		 "\"soft.rtmr0\":[{\"require\":{\"name\":\"one\"}}],"
		 "\"soft.rtmr2\":[{\"require\":{\"name\":\"other\"}},{\"ignore\":{\"max\":3}}]}}",
		 hex);
	tally_authority_close(authority);
	folder_remove_path(path);
}

static enum tally_status step_policy(struct verification *verification)
{
	struct tally_policy_problem problem;

	return tally_policy_read(tally_text(verification->policy_text), &verification->policy, &problem);
}

/* jansson takes some of its own failures for faults of the text: no policy is read, and that is what counts. */
static enum tally_status step_policy_without_jansson(struct verification *verification)
{
	struct tally_policy *policy = verification->policy;
	enum tally_status status = step_policy(verification);

	if (status == TALLY_OK)
		tally_policy_free(verification->policy);
	verification->policy = policy;
	return status == TALLY_POLICY ? TALLY_NO_MEMORY : status;
}

static enum tally_status step_verify(struct verification *verification)
{
	const struct tally_verify_request request = {
		.evidence = { verification->evidence, verification->evidence_size },
		.policy = verification->policy,
		.policy_bytes = tally_text(verification->policy_text),
		.has_nonce = true,
		.nonce = { nonce, sizeof(nonce) },
		.time = 1790000000,
	};

	return tally_verify(&request, &verification->verdict);
}

static enum tally_status step_text(struct verification *verification)
{
	verification->text = tally_verdict_to_text(verification->verdict, true, true);
	return verification->text ? TALLY_OK : TALLY_NO_MEMORY;
}

static enum tally_status step_json(struct verification *verification)
{
	verification->text = tally_verdict_to_json(verification->verdict);
	return verification->text ? TALLY_OK : TALLY_NO_MEMORY;
}

static void every_allocation(const char *name, struct verification *verification,
			     enum tally_status (*step)(struct verification *verification))
{
	unsigned at = 0;
	bool has_failed;

	do {
		enum tally_status status;

		alloc_fail_at(++at);
		status = step(verification);
		has_failed = alloc_fail_end();
		assert_int_equal(status, has_failed ? TALLY_NO_MEMORY : TALLY_OK);
	} while (has_failed);
	print_message("# %s: %u allocations\n", name, at - 1);
}

static void test_verifier(void **state)
{
	struct verification verification = { 0 };

	(void)state;
	verification_init(&verification);
	every_allocation("policy", &verification, step_policy);
	json_set_alloc_funcs(malloc, free); /* jansson's too, from here on */
	every_allocation("policy, with jansson's", &verification, step_policy_without_jansson);
	every_allocation("verify", &verification, step_verify);
	assert_false(verification.verdict->is_accepted);
	assert_true(verification.verdict->jump_count && verification.verdict->difference_count);
	every_allocation("text", &verification, step_text);
	free(verification.text);
	every_allocation("json", &verification, step_json);
	free(verification.text);
	tally_verdict_free(verification.verdict);
	tally_policy_free(verification.policy);
	free(verification.evidence);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_authority),
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_verifier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
