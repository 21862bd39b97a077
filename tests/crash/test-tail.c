// SPDX-License-Identifier: BSD-2-Clause
/* Logs cut at every byte of their last record, slots torn at every byte, and damage in the middle. */
#include "../unit/test.h"

#include "deed.h"

static const uint8_t boot[TALLY_BOOT_ID_BYTES] = { 1 };

/* A directory at rest whose newest record is of one kind, and the slot as it then stood. */
struct rest {
	char path[FOLDER_NAME_LIMIT];
	struct tally_soft_options soft;
	struct folder folder;
	struct span log;
	struct span slot;
	size_t last; /* where the newest record begins */
	unsigned gaps;
};

/* --- preparations --- */

static void do_extends(struct rest *rest, const char *first, const char *second)
{
	struct tally_authority *authority = deed_open(rest->path, &rest->soft);

	if (first)
		deed_must(authority, 0, first, false);
	if (second)
		deed_must(authority, 2, second, true);
	tally_authority_close(authority);
}

static void do_settle(struct rest *rest)
{
	struct tally_authority *authority = deed_open(rest->path, &rest->soft);
	struct tally_problem problem;
	uint64_t gaps;

	assert_int_equal(tally_authority_settle(authority, &gaps, &problem), TALLY_OK);
	tally_authority_close(authority);
}

static void make_event(struct rest *rest)
{
	do_extends(rest, "one", "two");
	do_extends(rest, "three", "four");
}

static void make_gap(struct rest *rest)
{
	make_event(rest);
	stranger_extend(rest->path, &rest->soft, 2, 0x11);
	do_settle(rest);
}

/* A pin is never the newest record for long: its event is refused here. */
static void make_pin(struct rest *rest)
{
	const struct deed deed = { .reg = 2, .event = "refused" };
	struct tally_soft_options soft = rest->soft;
	struct tally_authority *authority;
	struct tally_extend_result result;
	struct tally_problem problem;

	make_event(rest);
	stranger_extend(rest->path, &rest->soft, 2, 0x11);
	soft.fault_count = 1;
	soft.fault[0] = (struct tally_soft_planned_fault){ .fault = TALLY_FAULT_EXTEND_FAILS,
							   .call = TALLY_SOFT_CALL_EXTEND,
							   .skip = 1 };
	authority = deed_open(rest->path, &soft);
	assert_int_equal(deed_do(authority, &deed, &result, &problem), TALLY_NOT_APPLIED);
	tally_authority_close(authority);
}

/* The intent's extend, and a stranger's with it: nobody can tell what became of the intent. */
static void make_indeterminate(struct rest *rest)
{
	const struct deed deed = { .reg = 2, .event = "in doubt", .is_once = true };
	struct tally_soft_options soft = rest->soft;
	struct tally_authority *authority;
	struct tally_extend_result result;
	struct tally_problem problem;

	make_event(rest);
	soft.fault_count = 1;
	soft.fault[0].fault = TALLY_FAULT_STRANGER_EXTENDS;
	soft.fault[0].call = TALLY_SOFT_CALL_EXTEND;
	soft.fault[0].register_index = 2;
	soft.fault[0].stranger_digests.count = 1;
	soft.fault[0].stranger_digests.digest[0] = (struct tally_digest){ TALLY_SHA384, "not ours" };
	authority = deed_open(rest->path, &soft);
	assert_int_equal(deed_do(authority, &deed, &result, &problem), TALLY_INDETERMINATE);
	tally_authority_close(authority);
}

static void make_abort(struct rest *rest)
{
	const struct deed deed = { .reg = 2, .event = "aborted", .is_once = true };
	struct tally_soft_options soft;
	struct tally_authority *authority;
	struct tally_extend_result result;
	struct tally_problem problem;

	rest->soft.preset = TALLY_SOFT_TPM;
	make_event(rest);
	soft = rest->soft;
	soft.fault_count = 1;
	soft.fault[0].fault = TALLY_FAULT_EXTEND_FAILS;
	soft.fault[0].call = TALLY_SOFT_CALL_EXTEND;
	authority = deed_open(rest->path, &soft);
	assert_int_equal(deed_do(authority, &deed, &result, &problem), TALLY_INDETERMINATE);
	tally_authority_close(authority);
}

static struct rest rest_begin(void (*make)(struct rest *rest), enum walk_kind newest)
{
	struct rest rest = { .soft = { .boot_id = boot } };
	const struct folder_entry *slot;
	struct oracle oracle;

	folder_make_path(rest.path);
	make(&rest);
	oracle = oracle_read(rest.path, rest.soft.preset);
	rest.gaps = oracle_gap_count(&oracle);
	rest.last = oracle.size - oracle.walk.line[oracle.walk.count - 1].encoded.size;
	assert_int_equal(oracle.walk.line[oracle.walk.count - 1].kind, newest);
	oracle_done(&oracle);
	rest.folder = folder_read(rest.path);
	slot = folder_find(&rest.folder, "intent");
	rest.slot = span(slot->data, slot->size);
	rest.log = span(folder_find(&rest.folder, "log")->data, folder_find(&rest.folder, "log")->size);
	return rest;
}

static void rest_end(struct rest *rest)
{
	folder_done(&rest->folder);
	folder_remove_path(rest->path);
}

/* Put the directory in place with another log and slot; a slot without data is no file. */
static void rest_put(const struct rest *rest, struct span log, struct span slot)
{
	struct folder folder = folder_copy(&rest->folder);

	folder_change(&folder, "log", log.data, log.size);
	if (slot.data)
		folder_change(&folder, "intent", slot.data, slot.size);
	else
		folder_drop(&folder, "intent");
	folder_put(&folder, rest->path);
	folder_done(&folder);
}

/* The slot of the newest record, by docs/formats/log.md 4: freed with free(). */
static struct span slot_of_newest(const struct rest *rest)
{
	struct walk walk = walk_log(rest->log);
	struct span record = walk.line[walk.count - 1].encoded;
	size_t size = 8 + WALK_HEAD_SIZE + record.size;
	uint8_t *slot = calloc(1, size + 32);

	assert_non_null(slot);
	slot[6] = (uint8_t)(record.size >> 8);
	slot[7] = (uint8_t)record.size;
	for (size_t i = 0; i < walk.count - 1; i++)
		bank_hash(2, span(slot + 8, WALK_HEAD_SIZE), walk.line[i].encoded, slot + 8);
	memcpy(slot + 8 + WALK_HEAD_SIZE, record.data, record.size);
	bank_hash(1, span(slot, size), span(NULL, 0), slot + size);
	walk_done(&walk);
	return span(slot, size + 32);
}

/* --- checks --- */

/* Open it and settle it: whole again, and equal to the registers. The log's size then. */
static size_t check_settled(struct rest *rest, struct span begins, unsigned gaps)
{
	struct oracle oracle;
	size_t size;

	do_settle(rest);
	oracle = oracle_read(rest->path, rest->soft.preset);
	oracle_check_begins(&oracle, begins);
	oracle_check_registers(&oracle, rest->path, &rest->soft);
	assert_int_equal(oracle_gap_count(&oracle), gaps);
	size = oracle.size;
	oracle_done(&oracle);
	return size;
}

/* Extends of both registers work, and change nothing of what stands there. */
static void check_goes_on(struct rest *rest, unsigned gaps)
{
	size_t size;
	uint8_t *log = file_read_whole(rest->path, "log", &size);
	struct oracle oracle;

	do_extends(rest, "after one", "after two");
	oracle = oracle_read(rest->path, rest->soft.preset);
	oracle_check_begins(&oracle, span(log, size));
	oracle_check_registers(&oracle, rest->path, &rest->soft);
	assert_int_equal(oracle_gap_count(&oracle), gaps);
	assert_int_equal(oracle_count(&oracle, "after one", NULL), 1);
	assert_int_equal(oracle_count(&oracle, "after two", NULL), 1);
	assert_false(oracle.is_unpinned[0] || oracle.is_unpinned[2]);
	oracle_done(&oracle);
	free(log);
}

/* --- the tail --- */

/* The newest record, of which any part may be there, comes back byte for byte. */
static void check_restored(struct rest *rest, struct span slot)
{
	for (size_t size = rest->last; size <= rest->log.size; size++) {
		rest_put(rest, span(rest->log.data, size), slot);
		assert_int_equal(check_settled(rest, rest->log, rest->gaps), rest->log.size);
		check_goes_on(rest, rest->gaps);
	}
}

/* Without the slot what was lost of the log is lost: the register shows it as a gap, or nothing happened to it. */
static void check_without(struct rest *rest, struct span slot, unsigned gaps)
{
	for (size_t size = rest->last; size < rest->log.size; size++) {
		rest_put(rest, span(rest->log.data, size), slot);
		check_settled(rest, span(rest->log.data, rest->last), gaps);
		check_goes_on(rest, gaps);
	}
}

static void test_torn_event(void **state)
{
	struct rest rest = rest_begin(make_event, WALK_EVENT);
	struct span slot = slot_of_newest(&rest);

	(void)state;
	assert_int_equal(slot.size, rest.slot.size);
	assert_memory_equal(slot.data, rest.slot.data, slot.size);
	free((void *)(uintptr_t)slot.data);
	check_restored(&rest, rest.slot);
	check_without(&rest, span(NULL, 0), 1);
	check_without(&rest, span(rest.slot.data, 0), 1);
	rest_end(&rest);
}

static void test_torn_pin(void **state)
{
	struct rest rest = rest_begin(make_pin, WALK_PIN);
	struct span slot = slot_of_newest(&rest);

	(void)state;
	check_restored(&rest, slot);
	/* The slot of the refused event was cleared. */
	assert_int_equal(rest.slot.size, 0);
	check_without(&rest, rest.slot, rest.gaps + 1);
	free((void *)(uintptr_t)slot.data);
	rest_end(&rest);
}

static void test_torn_gap(void **state)
{
	struct rest rest = rest_begin(make_gap, WALK_GAP);

	(void)state;
	check_restored(&rest, rest.slot);
	check_restored(&rest, span(NULL, 0));
	rest_end(&rest);
}

static void test_torn_gap_that_names_an_intent(void **state)
{
	struct rest rest = rest_begin(make_indeterminate, WALK_GAP);

	(void)state;
	check_restored(&rest, rest.slot);
	check_without(&rest, span(NULL, 0), 1);
	rest_end(&rest);
}

static void test_torn_abort(void **state)
{
	struct rest rest = rest_begin(make_abort, WALK_ABORT);

	(void)state;
	check_restored(&rest, rest.slot);
	check_without(&rest, span(NULL, 0), 0);
	rest_end(&rest);
}

/* --- the slot --- */

/* A slot that is half written over the one before: its extend was not issued, so nothing has happened. */
static void test_slot_torn_at_every_byte(void **state)
{
	struct rest rest = rest_begin(make_event, WALK_EVENT);
	struct span old = rest.slot;
	struct span log = rest.log;
	uint8_t mixed[1024];
	struct folder next;
	struct span slot;

	(void)state;
	do_extends(&rest, NULL, "a longer name than the one before");
	next = folder_read(rest.path);
	slot = span(folder_find(&next, "intent")->data, folder_find(&next, "intent")->size);
	assert_true(slot.size > old.size && slot.size <= sizeof(mixed));
	for (size_t size = 0; size <= slot.size; size++) {
		memcpy(mixed, old.data, old.size);
		memcpy(mixed, slot.data, size);
		rest_put(&rest, log, span(mixed, size > old.size ? size : old.size));
		assert_int_equal(check_settled(&rest, log, 0), log.size);
		check_goes_on(&rest, 0);
		rest_put(&rest, log, span(slot.data, size));
		assert_int_equal(check_settled(&rest, log, 0), log.size);
		check_goes_on(&rest, 0);
	}
	folder_done(&next);
	rest_end(&rest);
}

/* A torn slot beside a torn tail comes from no crash of ours. It is no evidence: what it held is a gap. */
static void test_slot_and_tail_torn(void **state)
{
	struct rest rest = rest_begin(make_event, WALK_EVENT);
	size_t record = rest.log.size - rest.last;
	const size_t tails[] = { 0, 1, 5, record / 2, record - 1 };

	(void)state;
	for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
		for (size_t size = 1; size < rest.slot.size; size++) {
			rest_put(&rest, span(rest.log.data, rest.last + tails[i]), span(rest.slot.data, size));
			check_settled(&rest, span(rest.log.data, rest.last), 1);
			check_goes_on(&rest, 1);
		}
	}
	rest_end(&rest);
}

/* --- damage --- */

/* What an open makes of the directory that was put in place: refused as damaged, and not a byte of it changed. */
static void check_refused(struct rest *rest, size_t at, uint8_t mask)
{
	struct tally_authority_options options = { .provider = "soft", .directory = rest->path };
	struct folder before = folder_read(rest->path);
	struct tally_authority *authority = NULL;
	struct tally_problem problem;
	enum tally_status status;
	struct folder after;

	options.provider_options.soft = &rest->soft;
	status = tally_authority_open(&options, &authority, &problem);
	after = folder_read(rest->path);
	if (status != TALLY_CORRUPT)
		fail_msg("byte %zu changed by %#x: %s", at, mask, tally_status_name(status));
	assert_true(folder_equal(&before, &after));
	folder_done(&before);
	folder_done(&after);
}

/* Change each byte from first to last of the log in three ways; check gets what was changed. */
static void damage_everywhere(struct rest *rest, size_t first, size_t last,
			      void (*check)(struct rest *rest, size_t at, uint8_t mask))
{
	static const uint8_t masks[] = { 0x01, 0x80, 0xff };
	uint8_t *log = malloc(rest->log.size);

	assert_non_null(log);
	memcpy(log, rest->log.data, rest->log.size);
	for (size_t i = first; i < last; i++) {
		for (size_t mask = 0; mask < sizeof(masks); mask++) {
			log[i] ^= masks[mask];
			rest_put(rest, span(log, rest->log.size), rest->slot);
			check(rest, i, masks[mask]);
			log[i] ^= masks[mask];
		}
	}
	free(log);
}

/* Every byte before the newest event, whose slot knows head(n) of all that: no change of one passes. */
static void test_damage_in_the_middle(void **state)
{
	struct rest rest = rest_begin(make_event, WALK_EVENT);

	(void)state;
	damage_everywhere(&rest, 0, rest.last, check_refused);
	rest_end(&rest);
}

/* The byte belongs to a length of the newest record's elements or of its content's two. */
static bool is_length(const struct rest *rest, size_t at)
{
	const uint8_t *record = rest->log.data + rest->last;
	const size_t digests = 5 + 8 + 5 + 1;
	const size_t content = digests + 5 + 5 + 48;
	const size_t starts[] = { 0, 5 + 8, digests, digests + 5, content, content + 5, content + 5 + 5 + 4 };

	assert_int_equal(record[digests], 3);
	assert_int_equal(record[content], 5);
	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (at > rest->last + starts[i] && at <= rest->last + starts[i] + 4)
			return true;
	return false;
}

/* A length that grew makes the newest record look torn: it is cut off, and comes back from the slot as it was. */
static void check_refused_or_restored(struct rest *rest, size_t at, uint8_t mask)
{
	struct tally_authority_options options = { .provider = "soft", .directory = rest->path };
	struct tally_authority *authority = NULL;
	struct tally_problem problem;
	size_t size;
	uint8_t *log;

	options.provider_options.soft = &rest->soft;
	if (!is_length(rest, at)) {
		check_refused(rest, at, mask);
		return;
	}
	if (tally_authority_open(&options, &authority, &problem) == TALLY_OK) {
		tally_authority_close(authority);
		log = file_read_whole(rest->path, "log", &size);
		assert_int_equal(size, rest->log.size);
		assert_memory_equal(log, rest->log.data, size);
		free(log);
	}
}

/* The newest event's bytes stand in the slot as well. */
static void test_damage_of_the_newest(void **state)
{
	struct rest rest = rest_begin(make_event, WALK_EVENT);

	(void)state;
	damage_everywhere(&rest, rest.last, rest.log.size, check_refused_or_restored);
	rest_end(&rest);
}

int main(int argument_count, char **arguments)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_torn_event),
		cmocka_unit_test(test_torn_pin),
		cmocka_unit_test(test_torn_gap),
		cmocka_unit_test(test_torn_gap_that_names_an_intent),
		cmocka_unit_test(test_torn_abort),
		cmocka_unit_test(test_slot_torn_at_every_byte),
		cmocka_unit_test(test_slot_and_tail_torn),
		cmocka_unit_test(test_damage_in_the_middle),
		cmocka_unit_test(test_damage_of_the_newest),
	};

	if (argument_count > 1)
		cmocka_set_test_filter(arguments[1]); /* one test, by its name */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
