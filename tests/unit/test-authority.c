// SPDX-License-Identifier: BSD-2-Clause
/* The authority over the soft provider: every answer of an extend, boots, capacity, damage, evidence of one instant. */
#include "world.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../authority/authority.h"
#include "../../format/bundle.h"
#include "../../format/cel_tlv.h"
#include "../../format/event.h"
#include "../../provider/soft.h"

/* --- extends and their answers: docs/settle.md --- */

static void extends_are_logged(void **state)
{
	struct world *world = *state;

	world_open(world);
	assert_int_equal(extend_ok(world, "rtmr2", "one"), 1);
	assert_int_equal(extend_ok(world, "rtmr3", "two"), 2);
	world_open(world);
	assert_int_equal(extend_ok(world, "rtmr2", "three"), 3);
	assert_log(world, "header event:one event:two event:three");
}

static void stranger_becomes_a_pinned_gap(void **state)
{
	struct world *world = *state;

	world_open(world);
	extend_ok(world, "rtmr2", "one");
	stranger(world);
	extend_ok(world, "rtmr3", "other"); /* another register is not concerned */
	extend_ok(world, "rtmr2", "two");
	extend_ok(world, "rtmr2", "three");
	assert_log(world, "header event:one event:other gap pin event:two event:three");
}

static void stranger_before_the_log_becomes_a_base(void **state)
{
	struct world *world = *state;
	char log[128];

	world_open(world);
	stranger(world);
	world_close(world);
	snprintf(log, sizeof(log), "%s/log", world->path);
	assert_int_equal(unlink(log), 0);
	world_open(world);
	extend_ok(world, "rtmr2", "one");
	assert_log(world, "header base event:one");
}

static const struct {
	const char *name;
	enum tally_soft_call call;
	enum tally_soft_fault fault;
	unsigned skip;
	enum tally_status answer;
	const char *log; /* after one more extend, "after", which works */
} answers[] = {
	{ "extend fails", TALLY_SOFT_CALL_EXTEND, TALLY_FAULT_EXTEND_FAILS, 0, TALLY_NOT_APPLIED,
	  "header event:after" },
	{ "extend fails after having extended", TALLY_SOFT_CALL_EXTEND, TALLY_FAULT_EXTEND_FAILS_APPLIED, 0, TALLY_OK,
	  "header event:tried event:after" },
	{ "extend hangs", TALLY_SOFT_CALL_EXTEND, TALLY_FAULT_EXTEND_HANGS, 0, TALLY_NOT_APPLIED,
	  "header event:after" },
	{ "extend reports success and is late", TALLY_SOFT_CALL_EXTEND, TALLY_FAULT_EXTEND_LATE_OK, 0,
	  TALLY_INDETERMINATE, "header abort event:tried event:after" },
	{ "read fails before", TALLY_SOFT_CALL_READ, TALLY_FAULT_READ_FAILS, 0, TALLY_SYSTEM, "header event:after" },
	{ "read fails after", TALLY_SOFT_CALL_READ, TALLY_FAULT_READ_FAILS, 1, TALLY_INDETERMINATE,
	  "header event:tried event:after" },
	{ "stranger before the extend", TALLY_SOFT_CALL_EXTEND, TALLY_FAULT_STRANGER_EXTENDS, 0, TALLY_INDETERMINATE,
	  "header gap pin event:after" },
	{ "stranger after the extend", TALLY_SOFT_CALL_READ, TALLY_FAULT_STRANGER_EXTENDS, 1, TALLY_INDETERMINATE,
	  "header gap pin event:after" },
	{ "stranger before the first read", TALLY_SOFT_CALL_READ, TALLY_FAULT_STRANGER_EXTENDS, 0, TALLY_OK,
	  "header gap pin event:tried event:after" },
};

static void every_fault_has_its_answer(void **state)
{
	struct world *world = *state;

	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct tally_extend_request request = { .kind = TALLY_EXTEND_EVENT };
		struct tally_extend_result result;
		enum tally_status status;

		world_close(world);
		remove_tree(world->path);
		world_open(world);
		plan(world, answers[i].call, answers[i].fault, answers[i].skip);
		request.register_index = reg_of(world, "rtmr2");
		request.type = tally_text("test");
		request.name = tally_text("tried");
		if (answers[i].fault == TALLY_FAULT_EXTEND_HANGS)
			request.deadline = tally_deadline_after(0);
		status = tally_authority_extend(world->owner, &request, &result, &world->problem);
		if (status != answers[i].answer)
			fail_msg("%s: %s, expected %s", answers[i].name, tally_status_name(status),
				 tally_status_name(answers[i].answer));
		assert_int_equal(tally_soft_release(tally_authority_provider_instance(world->owner)), TALLY_OK);
		extend_ok(world, "rtmr2", "after");
		print_message("# %s\n", answers[i].name);
		assert_log(world, answers[i].log);
	}
}

/* --- once --- */

static void once_is_exactly_once(void **state)
{
	struct world *world = *state;
	struct tally_extend_result first;
	struct tally_extend_result again;

	world_open(world);
	assert_int_equal(extend(world, "rtmr2", "app", true, &first), TALLY_OK);
	assert_false(first.is_existing);
	world_open(world);
	assert_int_equal(extend(world, "rtmr2", "app", true, &again), TALLY_OK);
	assert_true(again.is_existing);
	assert_int_equal(again.number, first.number);
	assert_int_equal(extend(world, "rtmr3", "app", true, &again), TALLY_CONFLICT);
	assert_log(world, "header event:app");
}

static void once_in_a_gap_is_unknown(void **state)
{
	struct world *world = *state;
	struct tally_extend_result result;

	world_open(world);
	plan(world, TALLY_SOFT_CALL_EXTEND, TALLY_FAULT_STRANGER_EXTENDS, 0);
	assert_int_equal(extend(world, "rtmr2", "app", true, &result), TALLY_INDETERMINATE);
	assert_int_equal(extend(world, "rtmr2", "app", true, &result), TALLY_UNKNOWN);
	world_open(world);
	assert_int_equal(extend(world, "rtmr2", "app", true, &result), TALLY_UNKNOWN);
	assert_int_equal(extend(world, "rtmr2", "another", true, &result), TALLY_OK);
	assert_log(world, "header gap pin event:another");
}

static void once_names_of_a_long_log_are_found(void **state)
{
	struct world *world = *state;
	struct tally_extend_result result;
	char name[32];

	world_open(world);
	for (unsigned i = 0; i < 1500; i++) {
		snprintf(name, sizeof(name), "name-%u", i);
		assert_int_equal(extend(world, "rtmr2", name, true, &result), TALLY_OK);
		assert_false(result.is_existing);
	}
	for (unsigned round = 0; round < 3; round++) {
		char cache[128];

		world_open(world);
		for (unsigned i = 0; i < 1500; i += 7) {
			snprintf(name, sizeof(name), "name-%u", i);
			assert_int_equal(extend(world, "rtmr2", name, true, &result), TALLY_OK);
			assert_true(result.is_existing);
			assert_int_equal(result.number, i + 1);
		}
		/* Round 1: the cache is gone; round 2: it is damaged. */
		world_close(world);
		snprintf(cache, sizeof(cache), "%s/cache", world->path);
		if (round == 0) {
			assert_int_equal(unlink(cache), 0);
		} else {
			int fd = open(cache, O_WRONLY | O_CREAT, 0600);

			assert_true(fd >= 0);
			assert_int_equal(pwrite(fd, "damage", 6, 100), 6);
			assert_int_equal(pwrite(fd, "damage", 6, 64 * 1024 + 40), 6);
			close(fd);
		}
	}
}

/* --- refusals leave everything as it is --- */

static void full_log_refuses(void **state)
{
	struct world *world = *state;
	struct tally_extend_result result;
	struct summary summary;
	enum tally_status status = TALLY_OK;
	unsigned count = 0;

	world->options.capacity = 32 * 1024;
	world_open(world);
	while (count < 1000 && (status = extend(world, "rtmr2", "filler", false, &result)) == TALLY_OK)
		count++;
	assert_int_equal(status, TALLY_FULL);
	assert_in_range(count, 20, 200);
	check_log(world, &summary);
	assert_int_equal(summary.events, count);
	stranger(world); /* a gap still fits */
	assert_int_equal(extend(world, "rtmr2", "filler", false, &result), TALLY_FULL);
	check_log(world, &summary);
	assert_int_equal(summary.gaps, 1);
}

static void locked_register_refuses(void **state)
{
	struct world *world = *state;
	struct tally_extend_result result;

	world->soft.preset = TALLY_SOFT_NSM;
	world_open(world);
	assert_int_equal(extend(world, "pcr0", "boot", false, &result), TALLY_LOCKED);
	extend_ok(world, "pcr16", "mine");
	assert_int_equal(tally_authority_lock(world->owner, reg_of(world, "pcr16"), &world->problem), TALLY_OK);
	assert_int_equal(extend(world, "pcr16", "late", false, &result), TALLY_LOCKED);
	assert_int_equal(tally_authority_lock(world->owner, reg_of(world, "pcr16"), &world->problem), TALLY_LOCKED);
}

static void bad_requests_are_refused(void **state)
{
	struct world *world = *state;
	struct tally_extend_request request = { .kind = TALLY_EXTEND_EVENT,
						.type = tally_text("t"),
						.name = tally_text("n") };
	struct tally_extend_result result;

	world_open(world);
	request.register_index = 99;
	assert_int_equal(tally_authority_extend(world->owner, &request, &result, &world->problem),
			 TALLY_UNKNOWN_REGISTER);
	request.register_index = reg_of(world, "mrtd");
	assert_int_equal(tally_authority_extend(world->owner, &request, &result, &world->problem),
			 TALLY_STATIC_REGISTER);
	request.register_index = reg_of(world, "rtmr2");
	request.type = tally_text("tally.pin");
	assert_int_equal(tally_authority_extend(world->owner, &request, &result, &world->problem), TALLY_INVALID);
	request.type = tally_text("digest-only");
	assert_int_equal(tally_authority_extend(world->owner, &request, &result, &world->problem), TALLY_INVALID);
	request.type = tally_text("t");
	request.name = tally_text("line\nbreak");
	assert_int_equal(tally_authority_extend(world->owner, &request, &result, &world->problem), TALLY_INVALID);
	request.kind = TALLY_EXTEND_DIGESTS;
	request.name = tally_text("d");
	request.digests.count = 1;
	request.digests.digest[0].alg = TALLY_SHA256;
	assert_int_equal(tally_authority_extend(world->owner, &request, &result, &world->problem), TALLY_BANK_SET);
	assert_log(world, "header");
}

static void child_of_a_fork_is_refused(void **state)
{
	struct world *world = *state;
	int status;
	pid_t child;

	world_open(world);
	child = fork();
	if (child == 0) {
		struct tally_extend_result result;

		_exit(extend(world, "rtmr2", "child", false, &result) == TALLY_INVALID ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	extend_ok(world, "rtmr2", "parent");
	assert_log(world, "header event:parent");
}

/* --- damage --- */

static size_t record_offset(struct tally_bytes log, uint64_t number)
{
	struct tally_cursor cursor = tally_cursor(log);
	struct tally_record record = { .number = UINT64_MAX };

	while (!tally_cursor_is_done(&cursor) && tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record) == TALLY_OK)
		if (record.number == number)
			return (size_t)(record.encoded.data - log.data);
	fail_msg("no record %llu", (unsigned long long)number);
	return 0;
}

static size_t record_offset_end(const char *path, size_t at)
{
	struct tally_problem problem;
	struct tally_log_view view;
	struct tally_cursor cursor;
	struct tally_record record;
	size_t end;

	assert_int_equal(tally_log_view_open(path, &view, &problem), TALLY_OK);
	cursor = tally_cursor(tally_bytes(view.bytes.data + at, view.bytes.size - at));
	assert_int_equal(tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record), TALLY_OK);
	end = at + record.encoded.size;
	tally_log_view_done(&view);
	return end;
}

/* Each byte of record 3, one at a time, with the slot of record 5 there to tell. */
static void damage_in_the_middle_refuses(void **state)
{
	struct world *world = *state;
	struct tally_examination examination;
	struct tally_log_view view;
	char log[128];
	char cache[128];
	struct stat before;
	struct stat after;
	size_t at;
	int fd;

	world_open(world);
	for (int i = 0; i < 5; i++)
		extend_ok(world, "rtmr2", "event");
	assert_int_equal(tally_authority_log(world->owner, &view, &world->problem), TALLY_OK);
	at = record_offset(view.bytes, 3);
	tally_log_view_done(&view);
	world_close(world);
	snprintf(log, sizeof(log), "%s/log", world->path);
	snprintf(cache, sizeof(cache), "%s/cache", world->path);
	unlink(cache);
	assert_int_equal(stat(log, &before), 0);
	fd = open(log, O_RDWR);
	for (size_t end = record_offset_end(log, at); at < end; at++) {
		uint8_t byte;
		uint8_t flipped;

		assert_int_equal(pread(fd, &byte, 1, (off_t)at), 1);
		flipped = byte ^ 0x81;
		assert_int_equal(pwrite(fd, &flipped, 1, (off_t)at), 1);
		if (world_try_open(world) != TALLY_CORRUPT)
			fail_msg("byte %zu flipped was not noticed", at);
		assert_non_null(strstr(world->problem.text, "damaged"));
		assert_int_equal(stat(log, &after), 0);
		assert_int_equal(after.st_size, before.st_size);
		assert_int_equal(pwrite(fd, &byte, 1, (off_t)at), 1);
	}
	assert_int_equal(pwrite(fd, "\xff", 1, (off_t)at - 200), 1);
	close(fd);
	world->options.is_reader = true;
	world_open(world);
	assert_int_equal(tally_authority_examine(world->owner, &examination, &world->problem), TALLY_OK);
	assert_true(examination.is_damaged || examination.differing_count || examination.slot == TALLY_SLOT_FOREIGN);
}

static void torn_tail_is_cut(void **state)
{
	struct world *world = *state;
	char log[128];
	struct stat stat_before;
	static const uint8_t torn[] = { 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 2, 1, 0 };
	int fd;

	world_open(world);
	extend_ok(world, "rtmr2", "one");
	world_close(world);
	snprintf(log, sizeof(log), "%s/log", world->path);
	assert_int_equal(stat(log, &stat_before), 0);
	fd = open(log, O_WRONLY | O_APPEND);
	assert_int_equal(write(fd, torn, sizeof(torn)), (ssize_t)sizeof(torn));
	close(fd);
	world_open(world);
	assert_log(world, "header event:one");
	extend_ok(world, "rtmr2", "two");
	assert_log(world, "header event:one event:two");
}

/* A caller's data that looks like the record behind it, torn at every byte. */
static void torn_tail_may_hold_anything(void **state)
{
	static const uint8_t data[] = { 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 3, 1, 0, 0, 0, 1, 2, 3, 0, 0, 0, 0x35 };
	struct world *world = *state;
	struct tally_extend_request request = { .kind = TALLY_EXTEND_EVENT };
	struct tally_extend_result result;
	struct tally_log_view view;
	char log[128];
	size_t whole;
	size_t torn;

	world_open(world);
	extend_ok(world, "rtmr2", "one");
	request.register_index = reg_of(world, "rtmr2");
	request.type = tally_text("test");
	request.name = tally_text("two");
	request.data = tally_bytes(data, sizeof(data));
	assert_int_equal(tally_authority_extend(world->owner, &request, &result, &world->problem), TALLY_OK);
	assert_int_equal(tally_authority_log(world->owner, &view, &world->problem), TALLY_OK);
	torn = record_offset(view.bytes, 2);
	whole = view.bytes.size;
	tally_log_view_done(&view);
	snprintf(log, sizeof(log), "%s/log", world->path);
	for (size_t size = whole - 1; size >= torn; size--) {
		world_close(world);
		assert_int_equal(truncate(log, (off_t)size), 0);
		world_open(world);
		assert_log(world, "header event:one event:two");
	}
}

/* A power loss took the log's end and left the slot: the next boot begins anew and keeps what is there. */
static void log_that_a_power_loss_cut_is_moved_aside(void **state)
{
	struct world *world = *state;
	static const uint8_t boot1[16] = { 1 };
	static const uint8_t boot2[16] = { 2 };
	char path[128];

	world->soft.boot_id = boot1;
	world_open(world);
	extend_ok(world, "rtmr2", "one");
	extend_ok(world, "rtmr2", "two");
	world_close(world);
	snprintf(path, sizeof(path), "%s/log", world->path);
	assert_int_equal(truncate(path, 1100), 0);
	assert_int_equal(world_try_open(world), TALLY_CORRUPT);
	world->soft.boot_id = boot2;
	world_open(world);
	extend_ok(world, "rtmr2", "three");
	assert_log(world, "header event:three");
	snprintf(path, sizeof(path), "%s/old/01000000000000000000000000000000/log", world->path);
	assert_int_equal(access(path, R_OK), 0);
}

/* --- boots --- */

static void new_boot_begins_a_new_log(void **state)
{
	struct world *world = *state;
	static const uint8_t boot1[16] = { 1 };
	static const uint8_t boot2[16] = { 2 };
	char old[128];

	world->soft.boot_id = boot1;
	world_open(world);
	extend_ok(world, "rtmr2", "one");
	world_close(world);
	world->soft.boot_id = boot2;
	world_open(world);
	extend_ok(world, "rtmr2", "two");
	assert_log(world, "header event:two");
	snprintf(old, sizeof(old), "%s/old/01000000000000000000000000000000/log", world->path);
	assert_int_equal(access(old, R_OK), 0);
}

static void registers_that_stand_go_on_over_a_kexec(void **state)
{
	struct world *world = *state;
	static const uint8_t boot1[16] = { 1 };
	static const uint8_t boot2[16] = { 2 };

	world->soft.is_durable = true;
	world->soft.boot_id = boot1;
	world_open(world);
	extend_ok(world, "rtmr2", "one");
	world_close(world);
	world->soft.boot_id = boot2;
	world_open(world);
	extend_ok(world, "rtmr2", "two");
	assert_log(world, "header event:one kexec event:two");
}

/* --- evidence --- */

static void evidence_carries_the_prefix_of_its_report(void **state)
{
	struct world *world = *state;
	struct tally_bundle *bundle = calloc(1, sizeof(*bundle));
	uint8_t nonce[32] = { 7 };
	struct tally_evidence_request request = { .nonce = { nonce, sizeof(nonce) }, .data = tally_text("mine") };
	uint8_t *evidence;
	size_t size;
	struct tally_log_view view;

	world_open(world);
	extend_ok(world, "rtmr2", "one");
	assert_int_equal(tally_authority_evidence(world->owner, &request, &evidence, &size, &world->problem), TALLY_OK);
	assert_int_equal(tally_bundle_read(tally_bytes(evidence, size), bundle), TALLY_OK);
	assert_int_equal(tally_authority_log(world->owner, &view, &world->problem), TALLY_OK);
	assert_true(tally_bytes_equal(tally_bundle_find(bundle, TALLY_LABEL_LOG)->value, view.bytes));
	assert_true(tally_bytes_equal(tally_bundle_find(bundle, TALLY_LABEL_DATA)->value, tally_text("mine")));
	tally_log_view_done(&view);
	free(evidence);
	free(bundle);
	request.nonce.size = 31;
	assert_int_equal(tally_authority_evidence(world->owner, &request, &evidence, &size, &world->problem),
			 TALLY_NONCE_SIZE);
}

static void stranger_while_it_is_signed_is_in_the_evidence_as_a_gap(void **state)
{
	struct world *world = *state;
	uint8_t nonce[64] = { 9 };
	struct tally_evidence_request request = { .nonce = { nonce, sizeof(nonce) } };
	uint8_t *evidence;
	size_t size;

	world_open(world);
	extend_ok(world, "rtmr2", "one");
	plan(world, TALLY_SOFT_CALL_REPORT, TALLY_FAULT_STRANGER_EXTENDS, 0);
	assert_int_equal(tally_authority_evidence(world->owner, &request, &evidence, &size, &world->problem), TALLY_OK);
	free(evidence);
	assert_log(world, "header event:one gap");
}

#define WORLD_TEST(test) cmocka_unit_test_setup_teardown(test, world_make, world_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(extends_are_logged),
		WORLD_TEST(stranger_becomes_a_pinned_gap),
		WORLD_TEST(stranger_before_the_log_becomes_a_base),
		WORLD_TEST(every_fault_has_its_answer),
		WORLD_TEST(once_is_exactly_once),
		WORLD_TEST(once_in_a_gap_is_unknown),
		WORLD_TEST(once_names_of_a_long_log_are_found),
		WORLD_TEST(full_log_refuses),
		WORLD_TEST(locked_register_refuses),
		WORLD_TEST(bad_requests_are_refused),
		WORLD_TEST(child_of_a_fork_is_refused),
		WORLD_TEST(damage_in_the_middle_refuses),
		WORLD_TEST(torn_tail_is_cut),
		WORLD_TEST(torn_tail_may_hold_anything),
		WORLD_TEST(log_that_a_power_loss_cut_is_moved_aside),
		WORLD_TEST(new_boot_begins_a_new_log),
		WORLD_TEST(registers_that_stand_go_on_over_a_kexec),
		WORLD_TEST(evidence_carries_the_prefix_of_its_report),
		WORLD_TEST(stranger_while_it_is_signed_is_in_the_evidence_as_a_gap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
