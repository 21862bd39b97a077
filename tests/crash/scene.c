// SPDX-License-Identifier: BSD-2-Clause
/* Killing an operation at every system call, and checking I1 behind each. */
#include "scene.h"

#include "../unit/test.h"

#define PROMISE_LIMIT 4
#define STATE_LIMIT 400
#define ONCE_LIMIT 8

static const uint8_t default_boot[TALLY_BOOT_ID_BYTES] = { 1 };

/* A directory as a crash left it, and what had been promised until then. */
struct state {
	struct folder folder;
	uint8_t hash[FOLDER_HASH_SIZE];
	struct promise promise[PROMISE_LIMIT];
	size_t promise_count;
};

struct state_list {
	size_t count;
	struct state state[STATE_LIMIT];
};

/* One test: a scratch directory, a report, and figures for the reader. */
struct bench {
	char path[FOLDER_NAME_LIMIT];
	struct deed_report *report;
	unsigned points;
	unsigned states;
};

static struct tally_soft_options options_of(const struct scene *scene, const uint8_t *boot)
{
	struct tally_soft_options options = { .preset = scene->preset, .is_durable = scene->is_durable };

	options.boot_id = boot ? boot : default_boot;
	return options;
}

/* --- what must hold after a crash --- */

/* The records of before stand in the log, or in one log that was moved aside. */
static void check_kept(const struct bench *bench, const struct scene *scene, const struct state *before,
		       const struct oracle *oracle)
{
	struct span kept = span(NULL, 0);
	struct folder now;
	unsigned found = 0;
	struct walk walk;
	size_t size;
	uint8_t *log = oracle_join(&before->folder, &size);

	if (!log)
		return;
	walk = walk_log(span(log, size));
	kept = span(log, walk.whole); /* a torn tail is no record */
	walk_done(&walk);
	if (!scene->moves_aside) {
		oracle_check_begins(oracle, kept);
		free(log);
		return;
	}
	now = folder_read(bench->path);
	for (size_t i = 0; i < now.count; i++) {
		const struct folder_entry *entry = &now.entry[i];
		const char *name = strrchr(entry->name, '/');

		name = name ? name + 1 : entry->name;
		found += !strcmp(name, "log") && entry->size >= kept.size &&
			 memcmp(entry->data, kept.data, kept.size) == 0;
	}
	assert_int_equal(found, 1);
	folder_done(&now);
	free(log);
}

static void check_at_rest(const struct bench *bench, const struct scene *scene, const struct state *before,
			  const struct promise *promises, size_t promise_count)
{
	struct tally_soft_options soft = options_of(scene, scene->boot);
	struct oracle oracle = oracle_read(bench->path, scene->preset);

	check_kept(bench, scene, before, &oracle);
	promises_check(promises, promise_count, &oracle);
	oracle_check_registers(&oracle, bench->path, &soft);
	assert_int_equal(oracle_gap_count(&oracle), scene->gaps);
	oracle_done(&oracle);
}

/* A once event asked for again: it is the same record, or it is extended now, or nobody can tell. */
static void check_once_again(const struct bench *bench, const struct scene *scene, struct tally_authority *authority,
			     const struct deed *deed)
{
	struct oracle oracle = oracle_read(bench->path, scene->preset);
	struct tally_extend_result result;
	struct tally_problem problem;
	uint64_t number = 0;
	unsigned count = oracle_count(&oracle, deed->event, &number);
	enum tally_status status = deed_do(authority, deed, &result, &problem);

	oracle_done(&oracle);
	if (scene->is_late && status == TALLY_UNKNOWN)
		return;
	if (status != TALLY_OK)
		fail_msg("once again: %s: %s", tally_status_name(status), problem.text);
	/* A late one may have come to the log while it was asked for. */
	if (count || !scene->is_late)
		assert_int_equal(result.is_existing, count);
	if (count)
		assert_int_equal(result.number, number);
	oracle = oracle_read(bench->path, scene->preset);
	assert_int_equal(oracle_count(&oracle, deed->event, NULL), 1);
	oracle_done(&oracle);
}

/* The directory stands in its place: open it again, and use it. before lies behind it. */
static void check_recovery(const struct bench *bench, const struct scene *scene, const struct state *before,
			   const struct promise *promises, size_t promise_count)
{
	struct tally_soft_options soft = options_of(scene, scene->boot);
	struct tally_authority *authority = deed_open(bench->path, &soft);
	struct promise all[PROMISE_LIMIT + 1];
	struct tally_problem problem;
	uint64_t gaps;

	assert_int_equal(tally_authority_settle(authority, &gaps, &problem), TALLY_OK);
	check_at_rest(bench, scene, before, promises, promise_count);
	for (size_t i = 0; scene->once && i < ONCE_LIMIT && scene->once[i].event; i++)
		check_once_again(bench, scene, authority, &scene->once[i]);
	if (scene->deed.is_once)
		check_once_again(bench, scene, authority, &scene->deed);
	memcpy(all, promises, promise_count * sizeof(all[0]));
	all[promise_count].event = "after";
	all[promise_count].is_acknowledged = true;
	all[promise_count].is_refused = false;
	all[promise_count].number = deed_must(authority, scene->deed.reg, "after", false);
	if (scene->is_late)
		assert_int_equal(tally_authority_settle(authority, &gaps, &problem), TALLY_OK);
	tally_authority_close(authority);
	check_at_rest(bench, scene, before, all, promise_count + 1);
	if (scene->check)
		scene->check(bench->path, &soft);
}

/* What was put aside stays as it is, whoever comes next. */
static void check_put_aside(const struct bench *bench, const struct folder *left)
{
	struct folder now = folder_read(bench->path);

	for (size_t i = 0; i < left->count; i++) {
		const struct folder_entry *old = &left->entry[i];
		const struct folder_entry *kept = folder_find(&now, old->name);

		if (old->size == 0 || (strncmp(old->name, "old/", 4) != 0 && !strstr(old->name, ".foreign.")))
			continue;
		if (!kept || kept->size != old->size || memcmp(kept->data, old->data, old->size) != 0)
			fail_msg("%s was put aside, and then replaced", old->name);
	}
	folder_done(&now);
}

/* --- every point --- */

static bool state_is_known(const struct state_list *list, const struct state *state)
{
	for (size_t i = 0; i < list->count; i++)
		if (memcmp(list->state[i].hash, state->hash, sizeof(state->hash)) == 0)
			return true;
	return false;
}

/* The directory's bytes and the promises: equal ones recover equally, so each is checked once. */
static struct state state_here(const struct bench *bench, const struct state *before, const struct deed *deed)
{
	struct state state = { .folder = folder_read(bench->path), .promise_count = before->promise_count + 1 };
	struct span parts[2] = { { NULL, 0 }, { NULL, 0 } };

	memcpy(state.promise, before->promise, sizeof(state.promise));
	assert_true(before->promise_count < PROMISE_LIMIT);
	state.promise[before->promise_count] = deed_promise(deed, bench->report);
	folder_hash(&state.folder, state.hash);
	for (size_t i = 0; i < state.promise_count; i++) {
		parts[0] = span(state.hash, sizeof(state.hash));
		parts[1] = span(&state.promise[i].is_acknowledged, sizeof(bool));
		bank_hash(1, parts[0], parts[1], state.hash);
	}
	return state;
}

static void state_list_done(struct state_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		folder_done(&list->state[i].folder);
	free(list);
}

/* The run that nobody killed wrote a cache: or the scene shows nothing. */
static void check_cache_is_new(const struct state_list *seen, const struct state *before)
{
	const struct folder_entry *old = folder_find(&before->folder, "cache");
	const struct folder_entry *now = folder_find(&seen->state[seen->count - 1].folder, "cache");

	assert_non_null(now);
	assert_true(!old || old->size != now->size || memcmp(old->data, now->data, now->size) != 0);
}

/* Kill the deed at every stop. What it leaves is checked, and kept in ret_states unless that is NULL. */
static void kill_everywhere(struct bench *bench, const struct scene *scene, const struct state *before,
			    struct state_list *ret_states)
{
	struct deed_run run = { .directory = bench->path, .deed = scene->deed, .report = bench->report };
	struct state_list *seen = ret_states ? ret_states : calloc(1, sizeof(*seen));
	struct trace_plan plan = { 0 };
	struct trace_end end;

	assert_non_null(seen);
	run.soft = options_of(scene, scene->boot);
	if (scene->fault != TALLY_FAULT_NONE) {
		run.soft.fault_count = 1;
		run.soft.fault[0] = (struct tally_soft_planned_fault){ .fault = scene->fault,
								       .call = TALLY_SOFT_CALL_EXTEND,
								       .late_after = scene->late_after };
	}
	do {
		struct state state;

		folder_put(&before->folder, bench->path);
		deed_report_clear(bench->report);
		plan.kill_at++;
		end = trace_run(deed_run, &run, &plan);
		bench->points++;
		state = state_here(bench, before, &scene->deed);
		if (state_is_known(seen, &state)) {
			folder_done(&state.folder);
			continue;
		}
		assert_true(seen->count < STATE_LIMIT);
		seen->state[seen->count++] = state;
		bench->states++;
		check_recovery(bench, scene, before, state.promise, state.promise_count);
		check_put_aside(bench, &state.folder);
	} while (end.was_killed);
	assert_true(bench->report->has_answer);
	if (scene->fault == TALLY_FAULT_NONE && bench->report->status != TALLY_OK)
		fail_msg("nobody killed it: %s: %s", tally_status_name(bench->report->status), bench->report->problem);
	if (scene->writes_cache)
		check_cache_is_new(seen, before);
	if (!ret_states)
		state_list_done(seen);
}

static struct state scene_begin(struct bench *bench, const struct scene *scene)
{
	struct tally_soft_options soft = options_of(scene, NULL);
	struct state before = { .promise_count = 0 };

	folder_make_path(bench->path);
	bench->report = deed_report_new();
	if (scene->prepare)
		scene->prepare(bench->path, &soft);
	before.folder = folder_read(bench->path);
	return before;
}

static void scene_end(struct bench *bench, struct state *before)
{
	print_message("# %u points, %u different states\n", bench->points, bench->states);
	folder_done(&before->folder);
	folder_remove_path(bench->path);
	deed_report_free(bench->report);
}

void scene_run(const struct scene *scene)
{
	struct bench bench = { 0 };
	struct state before = scene_begin(&bench, scene);

	kill_everywhere(&bench, scene, &before, NULL);
	scene_end(&bench, &before);
}

void scene_run_twice(const struct scene *scene, const struct scene *second)
{
	struct bench bench = { 0 };
	struct state before = scene_begin(&bench, scene);
	struct state_list *states = calloc(1, sizeof(*states));

	assert_non_null(states);
	kill_everywhere(&bench, scene, &before, states);
	for (size_t i = 0; i < states->count; i++) {
		/* What was acknowledged of a log that is moved aside stands in it already, and all of it is kept. */
		if (second->moves_aside)
			states->state[i].promise_count = 0;
		kill_everywhere(&bench, second, &states->state[i], NULL);
	}
	state_list_done(states);
	scene_end(&bench, &before);
}
