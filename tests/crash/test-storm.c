// SPDX-License-Identifier: BSD-2-Clause
/* Ten thousand acknowledged extends by eight processes that are killed at random, with a stranger between them. */
#include "../unit/test.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "deed.h"
#include "encode.h"

#define WORKERS 8
#define ATTEMPT_LIMIT 200000 /* of those that were cut short or refused too */
#define STRANGER_LIMIT 50000
#define REGISTERS 4
#define NAME_LIMIT 32
#define SECONDS_LIMIT 240
#define KILL_PAUSE 500000      /* nanoseconds at most between two kills */
#define STRANGER_PAUSE 1000000 /* and between two extends of the stranger */

static const uint8_t boot[TALLY_BOOT_ID_BYTES] = { 1 };

/* How hard it blows. */
struct storm {
	enum tally_soft_preset preset;
	unsigned acknowledged; /* until so many extends were, */
	unsigned kills;	       /* and so many processes killed */
	bool has_stranger;
	bool has_late; /* some extends take effect late */
};

/* --- what all processes share --- */

enum attempt_state { NOT_BEGUN = 0, BEGUN, ANSWERED };

struct attempt {
	_Atomic int state;
	unsigned reg;
	enum tally_status status;
	uint64_t number;
};

struct shared {
	struct storm storm;
	char path[FOLDER_NAME_LIMIT];
	_Atomic bool ends;
	_Atomic unsigned attempt_count;
	_Atomic unsigned acknowledged;
	_Atomic unsigned surprises; /* answers that nobody expects */
	char surprise[600];
	struct attempt attempt[ATTEMPT_LIMIT];
	unsigned stranger_count;
	struct {
		unsigned reg;
		uint8_t digest[48];
	} stranger[STRANGER_LIMIT];
};

static struct tally_soft_options options_of(const struct storm *storm)
{
	return (struct tally_soft_options){ .preset = storm->preset, .boot_id = boot };
}

static uint64_t random_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * 0x2545f4914f6cdd1dULL >> 16;
}

static void attempt_name(unsigned at, char ret[NAME_LIMIT])
{
	snprintf(ret, NAME_LIMIT, "event-%u", at);
}

static void surprise(struct shared *shared, const char *what, enum tally_status status,
		     const struct tally_problem *problem)
{
	if (atomic_fetch_add(&shared->surprises, 1) == 0)
		snprintf(shared->surprise, sizeof(shared->surprise), "%s: %s: %s", what, tally_status_name(status),
			 problem->text);
}

/* --- the workers: no assertions, they die at any moment --- */

/* Answers that an extend may have among strangers and killed neighbours. */
static bool answer_is_expected(enum tally_status status)
{
	return status == TALLY_OK || status == TALLY_TRY_AGAIN || status == TALLY_INDETERMINATE ||
	       status == TALLY_DEADLINE;
}

static void work_extend(struct shared *shared, struct tally_authority *authority, uint64_t *seed)
{
	unsigned at = atomic_fetch_add(&shared->attempt_count, 1);
	struct tally_extend_result result = { 0 };
	struct attempt *attempt = &shared->attempt[at];
	struct tally_problem problem;
	char name[NAME_LIMIT];
	struct deed deed = { .event = name };

	if (at >= ATTEMPT_LIMIT) {
		atomic_store(&shared->ends, true);
		return;
	}
	attempt_name(at, name);
	deed.reg = random_next(seed) % REGISTERS;
	attempt->reg = (unsigned)deed.reg;
	atomic_store(&attempt->state, BEGUN);
	attempt->status = deed_do(authority, &deed, &result, &problem);
	attempt->number = result.number;
	atomic_store(&attempt->state, ANSWERED);
	if (attempt->status == TALLY_OK)
		atomic_fetch_add(&shared->acknowledged, 1);
	else if (!answer_is_expected(attempt->status))
		surprise(shared, "extend", attempt->status, &problem);
}

/* One of the next extends takes effect at a later read, whether or not it says so. */
static void plan_late(struct tally_soft_options *soft, uint64_t *seed)
{
	struct tally_soft_planned_fault *fault = &soft->fault[soft->fault_count++];

	fault->fault = random_next(seed) % 2 ? TALLY_FAULT_EXTEND_LATE : TALLY_FAULT_EXTEND_LATE_OK;
	fault->call = TALLY_SOFT_CALL_EXTEND;
	fault->skip = (unsigned)(random_next(seed) % 20);
	fault->late_after = 1 + (unsigned)(random_next(seed) % 4);
}

/* Open, extend some times, close, and again: so that every part of an authority's life is cut short. */
static void work(struct shared *shared, uint64_t seed)
{
	struct tally_authority_options options = { .provider = "soft", .directory = shared->path };

	while (!atomic_load(&shared->ends)) {
		unsigned count = (unsigned)(random_next(&seed) % 40);
		struct tally_soft_options soft = options_of(&shared->storm);
		struct tally_authority *authority;
		struct tally_problem problem;
		enum tally_status status;

		if (shared->storm.has_late)
			plan_late(&soft, &seed);
		options.provider_options.soft = &soft;
		status = tally_authority_open(&options, &authority, &problem);
		if (status != TALLY_OK) {
			if (!answer_is_expected(status))
				surprise(shared, "open", status, &problem);
			continue;
		}
		for (unsigned i = 0; i <= count && !atomic_load(&shared->ends); i++)
			work_extend(shared, authority, &seed);
		tally_authority_close(authority);
	}
}

/* Somebody who has the provider and not the authority: registers 1 and 3 are his, 0 and 2 he leaves alone. */
static void interfere(struct shared *shared, uint64_t seed)
{
	struct tally_soft_options soft = options_of(&shared->storm);
	struct tally_provider_options options = { .directory = shared->path, .soft = &soft };
	struct tally_problem problem;
	void *instance;
	enum tally_status status = tally_provider_soft.open(&options, &instance, &problem);

	while (status == TALLY_OK && !atomic_load(&shared->ends) && shared->stranger_count < STRANGER_LIMIT) {
		struct timespec pause = { 0, (long)(random_next(&seed) % STRANGER_PAUSE) };
		struct tally_digests digests = { .count = 1 };
		unsigned reg = random_next(&seed) % 2 ? 1 : 3;

		nanosleep(&pause, NULL);
		digests.digest[0].alg = TALLY_SHA384;
		for (size_t i = 0; i < 48; i++)
			digests.digest[0].bytes[i] = (uint8_t)random_next(&seed);
		shared->stranger[shared->stranger_count].reg = reg;
		memcpy(shared->stranger[shared->stranger_count].digest, digests.digest[0].bytes, 48);
		shared->stranger_count++;
		status = tally_provider_soft.extend(instance, reg, &digests, tally_deadline_after(60), &problem);
	}
	if (status != TALLY_OK)
		surprise(shared, "the stranger", status, &problem);
}

static pid_t start(void (*job)(struct shared *shared, uint64_t seed), struct shared *shared, uint64_t seed)
{
	pid_t child;

	fflush(NULL);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		job(shared, seed | 1);
		_exit(0);
	}
	return child;
}

static void stop(pid_t child)
{
	int status;

	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	/* It may have ended by itself, but a sanitizer's exit is none of ours. */
	if (!WIFSIGNALED(status) && WEXITSTATUS(status) != 0)
		fail_msg("a worker ended with wait status %#x", (unsigned)status);
}

static bool is_over(const struct shared *shared, unsigned kills)
{
	return atomic_load(&shared->ends) ||
	       (kills >= shared->storm.kills && atomic_load(&shared->acknowledged) >= shared->storm.acknowledged);
}

/* Eight workers and perhaps a stranger, until the goal is reached. The number of kills. */
static unsigned rage(struct shared *shared, uint64_t seed)
{
	pid_t worker[WORKERS];
	pid_t stranger = shared->storm.has_stranger ? start(interfere, shared, random_next(&seed)) : 0;
	time_t limit = time(NULL) + SECONDS_LIMIT;
	unsigned kills = 0;
	int status;

	for (size_t i = 0; i < WORKERS; i++)
		worker[i] = start(work, shared, random_next(&seed));
	while (!is_over(shared, kills) && time(NULL) < limit) {
		struct timespec pause = { 0, (long)(random_next(&seed) % KILL_PAUSE) };
		size_t victim = random_next(&seed) % WORKERS;

		nanosleep(&pause, NULL);
		stop(worker[victim]);
		worker[victim] = start(work, shared, random_next(&seed));
		kills++;
	}
	for (size_t i = 0; i < WORKERS; i++)
		stop(worker[i]);
	atomic_store(&shared->ends, true);
	if (stranger) {
		assert_int_equal(waitpid(stranger, &status, 0), stranger);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
	return kills + WORKERS;
}

/* --- afterwards: every event --- */

/* Where each attempt stands in the log, if it does. */
struct found {
	unsigned count;
	uint64_t number;
	unsigned reg;
};

static struct found *find_attempts(const struct oracle *oracle, unsigned attempt_count)
{
	struct found *found = calloc(attempt_count, sizeof(*found));

	assert_non_null(found);
	for (size_t i = 0; i < oracle->walk.count; i++) {
		const struct walk_line *line = &oracle->walk.line[i];
		char name[NAME_LIMIT] = "";
		unsigned at;

		if (line->kind != WALK_EVENT)
			continue;
		assert_true(line->name.size < sizeof(name));
		memcpy(name, line->name.data, line->name.size);
		assert_int_equal(sscanf(name, "event-%u", &at), 1);
		assert_true(at < attempt_count);
		found[at].count++;
		found[at].number = line->number;
		found[at].reg = line->reg;
	}
	return found;
}

static void check_attempts(const struct shared *shared, const struct found *found, unsigned attempt_count)
{
	for (unsigned at = 0; at < attempt_count; at++) {
		const struct attempt *attempt = &shared->attempt[at];
		bool was_answered = atomic_load(&attempt->state) == ANSWERED;

		if (found[at].count > 1)
			fail_msg("event-%u stands in the log %u times", at, found[at].count);
		if (found[at].count == 1)
			assert_int_equal(found[at].reg, attempt->reg);
		if (!was_answered || attempt->status == TALLY_INDETERMINATE)
			continue;
		if (found[at].count != (attempt->status == TALLY_OK))
			fail_msg("event-%u was answered with %s and stands in the log %u times", at,
				 tally_status_name(attempt->status), found[at].count);
		if (attempt->status == TALLY_OK)
			assert_int_equal(found[at].number, attempt->number);
	}
}

/* --- afterwards: every gap --- */

/* What is known when a gap is looked at. */
struct inquiry {
	const struct shared *shared;
	const struct oracle *oracle;
	const struct found *found;
	unsigned attempt_count;
	char origin[64];
	uint8_t (*head)[WALK_HEAD_SIZE];
	unsigned next_stranger[REGISTERS]; /* the first that no gap has explained */
	bool *was_used;			   /* attempts that a gap has named */
	unsigned named;
};

static bool names_slot(const struct inquiry *inquiry, const struct walk_line *gap, const struct encoded *content)
{
	uint8_t name[WALK_SLOT_NAME_SIZE];

	encode_slot_name(content, gap->reg, gap->number, inquiry->head[gap->number], name);
	return memcmp(name, gap->intent, sizeof(name)) == 0;
}

/* The pin that would have been made of the register's jumps, had the gap's record not come first. */
static bool pin_before(const struct inquiry *inquiry, const struct walk_line *gap, struct encoded *ret)
{
	const struct walk_line *line = inquiry->oracle->walk.line;
	struct walk_digests from = gap->from;
	const struct walk_digests *to = NULL;

	for (size_t i = gap->number; i > 0; i--) {
		const struct walk_line *before = &line[i - 1];

		if (before->reg != gap->reg || before->kind == WALK_EVENT)
			continue;
		if (before->kind != WALK_GAP)
			break;
		to = to ? to : &before->to;
		from = before->from;
	}
	if (to)
		encode_pin(ret, inquiry->origin, gap->reg, &from, to, gap->number, inquiry->head[gap->number]);
	return to != NULL;
}

/* The digests of the intent that a gap names: an attempt that got no answer or none that says anything, or a pin. */
static struct walk_digests intent_of(struct inquiry *inquiry, const struct walk_line *gap)
{
	struct encoded content;
	char name[NAME_LIMIT];

	inquiry->named++;
	if (pin_before(inquiry, gap, &content) && names_slot(inquiry, gap, &content))
		return encode_digests(&content);
	for (unsigned at = 0; at < inquiry->attempt_count; at++) {
		const struct attempt *attempt = &inquiry->shared->attempt[at];
		int state = atomic_load(&attempt->state);

		if (attempt->reg != gap->reg || inquiry->found[at].count || inquiry->was_used[at] ||
		    state == NOT_BEGUN || (state == ANSWERED && attempt->status != TALLY_INDETERMINATE))
			continue;
		attempt_name(at, name);
		encode_event(&content, inquiry->origin, name);
		if (!names_slot(inquiry, gap, &content))
			continue;
		inquiry->was_used[at] = true;
		return encode_digests(&content);
	}
	fail_msg("gap %llu names an intent that nobody had", (unsigned long long)gap->number);
	return (struct walk_digests){ 0 };
}

static unsigned stranger_next(const struct shared *shared, unsigned reg, unsigned at)
{
	while (at < shared->stranger_count && shared->stranger[at].reg != reg)
		at++;
	return at;
}

/*
 * from, then count of the stranger's extends, gives to; with intent, that one stands at some place among them.
 * *ret_next is the stranger's first extend behind those.
 */
static bool explains(const struct inquiry *inquiry, const struct walk_line *gap, unsigned count,
		     const struct walk_digests *intent, unsigned intent_at, unsigned *ret_next)
{
	const struct shared *shared = inquiry->shared;
	unsigned at = inquiry->next_stranger[gap->reg];
	struct walk_digests value = gap->from;

	for (unsigned i = 0; i <= count; i++) {
		struct walk_digests digests = { .has = { false, false, true } };

		if (intent && i == intent_at)
			oracle_extend(&value, intent);
		if (i == count)
			break;
		at = stranger_next(shared, gap->reg, at);
		if (at == shared->stranger_count)
			return false;
		memcpy(digests.bytes[2], shared->stranger[at++].digest, 48);
		oracle_extend(&value, &digests);
	}
	*ret_next = at;
	return walk_digests_equal(&value, &gap->to);
}

#define STRANGERS_IN_A_GAP 200

static bool explain(struct inquiry *inquiry, const struct walk_line *gap, const struct walk_digests *intent)
{
	unsigned next;

	for (unsigned count = 1; count <= STRANGERS_IN_A_GAP; count++) {
		if (explains(inquiry, gap, count, NULL, 0, &next)) {
			inquiry->next_stranger[gap->reg] = next;
			return true;
		}
		for (unsigned at = 0; intent && at <= count; at++) {
			if (!explains(inquiry, gap, count, intent, at, &next))
				continue;
			inquiry->next_stranger[gap->reg] = next;
			return true;
		}
	}
	return false;
}

/* Each gap is the stranger's doing, each of his extends lies in one, and no other register has any. */
static void check_gaps(struct inquiry *inquiry)
{
	const struct walk *walk = &inquiry->oracle->walk;

	assert_int_equal(inquiry->oracle->gaps[0], 0);
	assert_int_equal(inquiry->oracle->gaps[2], 0);
	for (size_t i = 0; i < walk->count; i++) {
		const struct walk_line *gap = &walk->line[i];
		struct walk_digests intent;

		if (gap->kind != WALK_GAP)
			continue;
		if (gap->intent)
			intent = intent_of(inquiry, gap);
		if (!explain(inquiry, gap, gap->intent ? &intent : NULL))
			fail_msg("gap %llu in register %u is not the stranger's", (unsigned long long)gap->number,
				 gap->reg);
	}
	for (unsigned reg = 0; reg < REGISTERS; reg++)
		assert_int_equal(stranger_next(inquiry->shared, reg, inquiry->next_stranger[reg]),
				 inquiry->shared->stranger_count);
}

static void inquire(const struct shared *shared, const struct oracle *oracle, const struct found *found,
		    unsigned attempt_count)
{
	struct inquiry inquiry = { .shared = shared, .oracle = oracle, .found = found, .attempt_count = attempt_count };

	snprintf(inquiry.origin, sizeof(inquiry.origin), "%u:%u", (unsigned)getuid(), (unsigned)getgid());
	inquiry.was_used = calloc(attempt_count, sizeof(bool));
	inquiry.head = calloc(oracle->walk.count + 1, sizeof(inquiry.head[0]));
	assert_non_null(inquiry.was_used);
	assert_non_null(inquiry.head);
	for (size_t i = 0; i < oracle->walk.count; i++)
		bank_hash(2, span(inquiry.head[i], WALK_HEAD_SIZE), oracle->walk.line[i].encoded, inquiry.head[i + 1]);
	check_gaps(&inquiry);
	print_message("# %u gaps name an intent\n", inquiry.named);
	free(inquiry.head);
	free(inquiry.was_used);
}

/* --- the test --- */

static uint64_t seed_choose(void)
{
	const char *given = getenv("TALLY_SEED");
	uint64_t seed = 0;

	if (given)
		return strtoull(given, NULL, 0);
	assert_int_equal(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
	return seed;
}

static void settle_at_last(const struct shared *shared)
{
	struct tally_soft_options soft = options_of(&shared->storm);
	struct tally_authority *authority = deed_open(shared->path, &soft);
	struct tally_problem problem;
	uint64_t gaps;

	assert_int_equal(tally_authority_settle(authority, &gaps, &problem), TALLY_OK);
	tally_authority_close(authority);
}

static void blow(struct shared *shared)
{
	uint64_t seed = seed_choose();
	unsigned kills;

	print_message("# TALLY_SEED=%#llx\n", (unsigned long long)seed);
	folder_make_path(shared->path);
	settle_at_last(shared);
	kills = rage(shared, seed | 1);
	if (atomic_load(&shared->surprises))
		fail_msg("%u surprises, the first: %s", atomic_load(&shared->surprises), shared->surprise);
	print_message("# %u acknowledged of %u extends, %u kills, %u extends by the stranger\n",
		      atomic_load(&shared->acknowledged), atomic_load(&shared->attempt_count), kills,
		      shared->stranger_count);
	assert_true(atomic_load(&shared->acknowledged) >= shared->storm.acknowledged);
	assert_true(kills >= shared->storm.kills);
	settle_at_last(shared);
}

static void run_storm(const struct storm *storm)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct tally_soft_options soft = options_of(storm);
	unsigned attempt_count;
	struct oracle oracle;
	struct found *found;

	assert_true(shared != MAP_FAILED);
	shared->storm = *storm;
	blow(shared);
	attempt_count = atomic_load(&shared->attempt_count);
	oracle = oracle_read(shared->path, storm->preset);
	oracle_check_registers(&oracle, shared->path, &soft);
	found = find_attempts(&oracle, attempt_count);
	check_attempts(shared, found, attempt_count);
	print_message("# %zu records, %u gaps\n", oracle.walk.count, oracle_gap_count(&oracle));
	if (storm->has_stranger)
		inquire(shared, &oracle, found, attempt_count);
	free(found);
	oracle_done(&oracle);
	folder_remove_path(shared->path);
	munmap(shared, sizeof(*shared));
}

static void test_storm(void **state)
{
	const struct storm storm = { .acknowledged = 10000, .kills = 1000, .has_stranger = true };

	(void)state;
	run_storm(&storm);
}

/* Every extend may come late: what it does to the register is explained, and no answer is taken back. */
static void test_late_storm(void **state)
{
	const struct storm storm = { .preset = TALLY_SOFT_TPM, .acknowledged = 2000, .kills = 300, .has_late = true };

	(void)state;
	run_storm(&storm);
}

int main(int argument_count, char **arguments)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_storm), cmocka_unit_test(test_late_storm) };

	if (argument_count > 1)
		cmocka_set_test_filter(arguments[1]); /* one test, by its name */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
