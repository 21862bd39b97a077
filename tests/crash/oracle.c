// SPDX-License-Identifier: BSD-2-Clause
/* Replaying a walked log, and comparing it with what must hold. */
#include "oracle.h"

#include "../unit/test.h"

#include <inttypes.h>

/* The jumps of one register that are not pinned yet. */
struct jump {
	bool is_open;
	struct walk_digests from;
	struct walk_digests to;
	uint64_t last;
};

/* What replay needs on the way. */
struct replay {
	struct oracle *oracle;
	struct jump jump[ORACLE_REGISTERS];
	struct walk_digests reset[ORACLE_REGISTERS];
	uint8_t (*head)[WALK_HEAD_SIZE]; /* head(0) to head(count) */
};

bool walk_digests_equal(const struct walk_digests *a, const struct walk_digests *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

struct walk_digests walk_digests_from(const struct tally_digests *digests)
{
	static const uint16_t algorithms[WALK_BANKS] = { TALLY_SHA1, TALLY_SHA256, TALLY_SHA384 };
	struct walk_digests ret = { 0 };

	for (size_t i = 0; i < digests->count; i++) {
		for (unsigned bank = 0; bank < WALK_BANKS; bank++) {
			if (digests->digest[i].alg != algorithms[bank])
				continue;
			ret.has[bank] = true;
			memcpy(ret.bytes[bank], digests->digest[i].bytes, bank_size(bank));
		}
	}
	return ret;
}

void oracle_extend(struct walk_digests *value, const struct walk_digests *digests)
{
	for (unsigned bank = 0; bank < WALK_BANKS; bank++) {
		assert_int_equal(value->has[bank], digests->has[bank]);
		if (value->has[bank])
			bank_hash(bank, span(value->bytes[bank], bank_size(bank)),
				  span(digests->bytes[bank], bank_size(bank)), value->bytes[bank]);
	}
}

/* What the specifications say of a fresh register: zeros, and ones in the PCRs of a dynamic launch. */
static void oracle_reset(struct oracle *oracle, enum tally_soft_preset preset)
{
	bool is_tpm = preset == TALLY_SOFT_TPM;

	oracle->register_count = is_tpm ? 24 : 4;
	oracle->has_bank[2] = true;
	oracle->has_bank[0] = oracle->has_bank[1] = is_tpm;
	for (unsigned reg = 0; reg < oracle->register_count; reg++) {
		for (unsigned bank = 0; bank < WALK_BANKS; bank++) {
			oracle->value[reg].has[bank] = oracle->has_bank[bank];
			if (is_tpm && reg >= 17 && reg <= 22)
				memset(oracle->value[reg].bytes[bank], 0xff, bank_size(bank));
		}
	}
}

/* --- pins --- */

static void heads_fill(struct replay *replay)
{
	const struct walk *walk = &replay->oracle->walk;

	replay->head = calloc(walk->count + 1, sizeof(replay->head[0]));
	assert_non_null(replay->head);
	for (size_t i = 0; i < walk->count; i++)
		bank_hash(2, span(replay->head[i], WALK_HEAD_SIZE), walk->line[i].encoded, replay->head[i + 1]);
}

static struct span event_of(struct span encoded)
{
	assert_true(encoded.size > WALK_NUMBER_ELEMENT);
	return span(encoded.data + WALK_NUMBER_ELEMENT, encoded.size - WALK_NUMBER_ELEMENT);
}

static bool is_same_event(struct span a, struct span b)
{
	struct span x = event_of(a);
	struct span y = event_of(b);

	return x.size == y.size && memcmp(x.data, y.data, x.size) == 0;
}

/* An abort or a gap in front of this line holds its event, so that it may have come late. */
static bool is_settled_late(const struct walk *walk, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (walk->line[i].held.size && is_same_event(walk->line[i].held, walk->line[at].encoded))
			return true;
	return false;
}

static void replay_gap(struct replay *replay, const struct walk_line *line)
{
	struct jump *jump = &replay->jump[line->reg];
	struct walk_digests *value = &replay->oracle->value[line->reg];

	assert_true(walk_digests_equal(&line->from, value));
	assert_false(walk_digests_equal(&line->to, value));
	if (!jump->is_open)
		jump->from = line->from;
	jump->to = line->to;
	jump->last = line->number;
	jump->is_open = true;
	replay->oracle->gaps[line->reg]++;
	*value = line->to;
}

/* A trim states what the log said before, and is a jump of every register that has left its reset value. */
static void replay_trim(struct replay *replay, const struct walk_line *line)
{
	const struct walk_digests *value = replay->oracle->value;

	assert_memory_equal(line->head, replay->head[line->number], WALK_HEAD_SIZE);
	assert_int_equal(line->value_count, replay->oracle->register_count);
	for (unsigned reg = 0; reg < line->value_count; reg++) {
		struct jump *jump = &replay->jump[reg];

		if (!walk_digests_equal(&line->value[reg], &value[reg]))
			fail_msg("the trim in record %" PRIu64 " states another value of register %u", line->number,
				 reg);
		if (walk_digests_equal(&value[reg], &replay->reset[reg]))
			continue;
		if (!jump->is_open)
			jump->from = value[reg];
		jump->to = value[reg];
		jump->last = line->number;
		jump->is_open = true;
	}
}

static void replay_pin(struct replay *replay, size_t at)
{
	const struct walk_line *line = &replay->oracle->walk.line[at];
	struct jump *jump = &replay->jump[line->reg];

	assert_int_equal(line->pin_reg, line->reg);
	assert_true(line->pin_next <= line->number);
	assert_memory_equal(line->pin_head, replay->head[line->pin_next], WALK_HEAD_SIZE);
	if (!jump->is_open) {
		assert_true(is_settled_late(&replay->oracle->walk, at));
		return;
	}
	if (line->pin_next <= jump->last)
		return;
	assert_true(walk_digests_equal(&line->from, &jump->from));
	assert_true(walk_digests_equal(&line->to, &jump->to));
	jump->is_open = false;
}

/* --- replay --- */

static void replay_line(struct replay *replay, size_t at)
{
	const struct walk_line *line = &replay->oracle->walk.line[at];
	struct walk_digests *value = &replay->oracle->value[line->reg];

	assert_true(line->reg < replay->oracle->register_count);
	assert_memory_equal(line->digests.has, replay->oracle->has_bank, sizeof(line->digests.has));
	assert_true((line->kind == WALK_HEADER) == (at == 0));
	switch (line->kind) {
	case WALK_BASE:
		assert_true(walk_digests_equal(value, &line->to) == false);
		*value = line->to;
		break;
	case WALK_GAP:
		replay_gap(replay, line);
		break;
	case WALK_TRIM:
		replay_trim(replay, line);
		break;
	case WALK_EVENT:
		if (replay->jump[line->reg].is_open && !is_settled_late(&replay->oracle->walk, at))
			fail_msg("record %llu extends register %u before its gap is pinned",
				 (unsigned long long)line->number, line->reg);
		oracle_extend(value, &line->digests);
		break;
	case WALK_PIN:
		replay_pin(replay, at);
		oracle_extend(value, &line->digests);
		break;
	case WALK_HEADER:
	case WALK_ABORT:
	case WALK_KEXEC:
	default:
		break;
	}
}

struct oracle oracle_of(uint8_t *log, size_t size, enum tally_soft_preset preset)
{
	struct oracle oracle = { .log = log, .size = size, .walk = walk_log(span(log, size)) };
	struct replay replay = { .oracle = &oracle };

	assert_int_equal(oracle.walk.torn, 0);
	oracle_reset(&oracle, preset);
	memcpy(replay.reset, oracle.value, sizeof(replay.reset));
	heads_fill(&replay);
	for (size_t i = 0; i < oracle.walk.count; i++)
		replay_line(&replay, i);
	for (unsigned reg = 0; reg < oracle.register_count; reg++)
		oracle.is_unpinned[reg] = replay.jump[reg].is_open;
	free(replay.head);
	return oracle;
}

/* --- parts --- */

/* The number of the first record of whole bytes, 0 if there is none; and how many follow it. */
static uint64_t first_number(struct span bytes, uint64_t *ret_next)
{
	struct walk walk = walk_log(bytes);
	uint64_t number = walk.count ? walk.line[0].number : 0;

	*ret_next = number + walk.count;
	walk_done(&walk);
	return number;
}

/* The part whose last record is in front of number; NULL if there is none. *ret_first is its first. */
static const struct folder_entry *find_part(const struct folder *folder, uint64_t number, uint64_t *ret_first)
{
	for (size_t i = 0; i < folder->count; i++) {
		const struct folder_entry *entry = &folder->entry[i];
		uint64_t next;

		if (strncmp(entry->name, ORACLE_PART, strlen(ORACLE_PART)) != 0)
			continue;
		*ret_first = first_number(span(entry->data, entry->size), &next);
		if (next == number && *ret_first < number)
			return entry;
	}
	return NULL;
}

uint8_t *oracle_join_log(const struct folder *folder, struct span log, size_t *ret_size)
{
	uint8_t *joined = malloc(log.size + 1);
	size_t size = log.size;
	uint64_t next;
	uint64_t number = first_number(log, &next);

	assert_non_null(joined);
	if (size)
		memcpy(joined, log.data, size);
	while (number > 0) {
		const struct folder_entry *part = find_part(folder, number, &number);

		assert_non_null(part);
		joined = realloc(joined, part->size + size + 1);
		assert_non_null(joined);
		memmove(joined + part->size, joined, size);
		memcpy(joined, part->data, part->size);
		size += part->size;
	}
	*ret_size = size;
	return joined;
}

uint8_t *oracle_join(const struct folder *folder, size_t *ret_size)
{
	const struct folder_entry *log = folder_find(folder, "log");

	*ret_size = 0;
	return log ? oracle_join_log(folder, span(log->data, log->size), ret_size) : NULL;
}

/* A log that begins with a trim has the list of once names beside it that the trim names. */
static void check_once_list(const struct folder *folder, struct span log)
{
	struct walk walk = walk_log(log);
	const struct folder_entry *list;
	uint8_t hash[WALK_HEAD_SIZE];
	char name[FOLDER_NAME_LIMIT];

	if (walk.line[0].kind == WALK_TRIM && walk.line[0].once_list.size) {
		snprintf(name, sizeof(name), "once.%" PRIu64, walk.line[0].number);
		list = folder_find(folder, name);
		assert_non_null(list);
		bank_hash(2, span(list->data, list->size), span(NULL, 0), hash);
		assert_memory_equal(hash, walk.line[0].once_list.data, sizeof(hash));
	}
	walk_done(&walk);
}

struct oracle oracle_read(const char *directory, enum tally_soft_preset preset)
{
	struct folder folder = folder_read(directory);
	const struct folder_entry *log = folder_find(&folder, "log");
	struct oracle oracle;
	uint64_t next;
	uint8_t *joined;
	size_t size;

	assert_non_null(log);
	joined = oracle_join(&folder, &size);
	oracle = oracle_of(joined, size, preset);
	oracle.first_number = first_number(span(log->data, log->size), &next);
	check_once_list(&folder, span(log->data, log->size));
	folder_done(&folder);
	return oracle;
}

void oracle_done(struct oracle *oracle)
{
	walk_done(&oracle->walk);
	free(oracle->log);
	memset(oracle, 0, sizeof(*oracle));
}

void oracle_check_registers(const struct oracle *oracle, const char *directory,
			    const struct tally_soft_options *options)
{
	struct tally_provider_options provider_options = { .directory = directory, .is_reader = true, .soft = options };
	struct tally_problem problem;
	void *soft;

	assert_int_equal(tally_provider_soft.open(&provider_options, &soft, &problem), TALLY_OK);
	for (unsigned reg = 0; reg < oracle->register_count; reg++) {
		struct tally_digests live;
		struct walk_digests value;
		bool is_locked;

		assert_int_equal(
			tally_provider_soft.read(soft, reg, tally_deadline_after(5), &live, &is_locked, &problem),
			TALLY_OK);
		value = walk_digests_from(&live);
		if (!walk_digests_equal(&value, &oracle->value[reg]))
			fail_msg("register %u is not where the log's %zu records lead", reg, oracle->walk.count);
	}
	tally_provider_soft.close(soft);
}

void oracle_check_begins(const struct oracle *oracle, struct span before)
{
	assert_true(oracle->size >= before.size);
	assert_memory_equal(oracle->log, before.data, before.size);
}

unsigned oracle_count(const struct oracle *oracle, const char *name, uint64_t *ret_number)
{
	unsigned count = 0;

	for (size_t i = 0; i < oracle->walk.count; i++) {
		const struct walk_line *line = &oracle->walk.line[i];

		if (line->kind != WALK_EVENT || !span_is(line->name, name))
			continue;
		count++;
		if (ret_number)
			*ret_number = line->number;
	}
	return count;
}

unsigned oracle_gap_count(const struct oracle *oracle)
{
	unsigned count = 0;

	for (unsigned reg = 0; reg < oracle->register_count; reg++)
		count += oracle->gaps[reg];
	return count;
}
