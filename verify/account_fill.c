// SPDX-License-Identifier: BSD-2-Clause
/* Fills: records of foreign logs that lead from where a gap begins to where it ends. spec: docs/formats/log.md 3 */
#include "account.h"

#include <stdlib.h>

#include "../format/cel_tlv.h"
#include "../format/log_range.h"

/* A fill as it stands in the log. Fills are found before the gaps that they explain are replayed. */
struct account_fill {
	uint64_t gap;
	size_t order; /* among all fills */
	uint64_t record;
	size_t reg;
	struct tally_bytes format;
	struct tally_bytes name;
	struct tally_log_range range;
};

/* A log that fills name. */
struct account_foreign {
	const char *label;
	enum tally_log_format format;
	struct tally_bytes log;
	bool is_named;
	bool is_open;
	bool is_broken; /* told once, and not read again: so many fills would read as often what can't be read */
	struct tally_account_source start;
	/* By register, where its fills have come to: each goes through the log once, however many there are. */
	struct tally_account_source **at;
};

void tally_account_foreign(struct tally_account *account, const char *label, enum tally_log_format format,
			   struct tally_bytes log)
{
	struct account_foreign *foreign =
		tally_vector_add(&account->foreigns, account->ledger->arena, sizeof(*foreign));

	if (!foreign)
		return;
	foreign->label = label;
	foreign->format = format;
	foreign->log = log;
}

static struct account_foreign *find_foreign(struct tally_account *account, struct tally_bytes name)
{
	struct account_foreign *foreigns = account->foreigns.items;

	for (size_t i = 0; i < account->foreigns.count; i++)
		if (tally_bytes_equal(tally_text(foreigns[i].label), name))
			return &foreigns[i];
	return NULL;
}

static void note_fill(struct tally_account *account, const struct tally_record *record)
{
	int i = tally_registers_find_number(&account->statement->registers, record->index);
	struct tally_control_fill control;
	struct account_foreign *foreign;
	struct account_fill *fill;

	/* What is wrong with it is found when the record is taken. */
	if (i < 0 || tally_control_read_fill(record->content, &control) != TALLY_OK)
		return;
	foreign = find_foreign(account, control.name);
	if (foreign)
		foreign->is_named = true;
	fill = tally_vector_add(&account->fills, account->ledger->arena, sizeof(*fill));
	if (!fill)
		return;
	fill->gap = control.gap;
	fill->order = account->fills.count;
	fill->record = record->number;
	fill->reg = (size_t)i;
	fill->format = control.format;
	fill->name = control.name;
	fill->range.first = control.first;
	fill->range.count = control.count;
}

void tally_account_find_fills(struct tally_account *account, struct tally_bytes log)
{
	struct tally_cursor cursor = tally_cursor(log);
	struct tally_record record;

	while (account->foreigns.count && !tally_cursor_is_done(&cursor) &&
	       tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record) == TALLY_OK)
		if (tally_control_word(&record) == TALLY_CONTROL_FILL)
			note_fill(account, &record);
	account->fills_are_sorted = false;
}

static int compare_fills(const void *a, const void *b)
{
	const struct account_fill *x = a;
	const struct account_fill *y = b;

	if (x->gap != y->gap)
		return x->gap < y->gap ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

/* The fills of a gap, in the order of their records: *ret_count of them, once. */
static struct account_fill *fills_of(struct tally_account *account, uint64_t gap, size_t *ret_count)
{
	struct account_fill *fills = account->fills.items;
	size_t low = 0;
	size_t high = account->fills.count;

	*ret_count = 0;
	if (account->fills.count == 0)
		return NULL;
	if (!account->fills_are_sorted)
		qsort(fills, account->fills.count, sizeof(*fills), compare_fills);
	account->fills_are_sorted = true;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (fills[middle].gap < gap)
			low = middle + 1;
		else
			high = middle;
	}
	/* A second gap of this number stands in a log that is not whole: what many of both would cost is not spent. */
	if (low == account->fills.count || fills[low].order == 0)
		return NULL;
	for (high = low; high < account->fills.count && fills[high].gap == gap; high++)
		;
	*ret_count = high - low;
	return &fills[low];
}

static void fault(struct tally_account *account, const struct account_fill *fill, enum tally_reason reason,
		  const char *detail)
{
	tally_ledger_find(account->ledger, reason, account->reg[fill->reg].name, &fill->record, "%s: %s",
			  tally_arena_text(account->ledger->arena, fill->name), detail);
}

static bool open_foreign(struct tally_account *account, struct account_foreign *foreign)
{
	enum tally_status status;

	if (foreign->is_open || foreign->is_broken)
		return !foreign->is_broken;
	status = tally_account_source_open(account, foreign->label, foreign->format, foreign->log, &foreign->start);
	if (status == TALLY_OK)
		foreign->at = tally_arena_take(account->ledger->arena, account->register_count, sizeof(*foreign->at));
	if (status == TALLY_NO_MEMORY || (status == TALLY_OK && !foreign->at)) {
		tally_account_fail(account, TALLY_NO_MEMORY);
		return false;
	}
	foreign->is_open = status == TALLY_OK;
	foreign->is_broken = !foreign->is_open;
	if (!foreign->is_open)
		tally_ledger_find(account->ledger, TALLY_REASON_LOG_SEGMENT_MALFORMED, foreign->label, NULL, "%s",
				  tally_status_message(status));
	return foreign->is_open;
}

/* Where the fills of this register have come to in the log that the fill names. NULL, and told, if there is none. */
static struct tally_account_source *source_of(struct tally_account *account, const struct account_fill *fill)
{
	struct account_foreign *foreign = find_foreign(account, fill->name);
	struct tally_account_source **at;

	if (!foreign || !tally_bytes_equal(tally_text(tally_log_format_name(foreign->format)), fill->format)) {
		fault(account, fill, TALLY_REASON_LOG_FILL_MISSING, "not there, or in another format");
		return NULL;
	}
	if (!open_foreign(account, foreign))
		return NULL;
	at = &foreign->at[fill->reg];
	if (!*at) {
		*at = tally_arena_take(account->ledger->arena, 1, sizeof(**at));
		if (*at)
			**at = foreign->start;
		else
			tally_account_fail(account, TALLY_NO_MEMORY);
	}
	return *at;
}

/* One record of the range: false, and told, if the register can't be extended with it. */
static bool fill_record(struct tally_account *account, const struct account_fill *fill,
			const struct tally_account_source *source, const struct tally_record *record, uint64_t *fed)
{
	const struct tally_register_set *registers = &account->statement->registers;
	struct tally_digests digests;
	enum tally_status status;

	if (!record->is_measured || tally_log_register(registers, record) != (int)fill->reg)
		return true;
	if (tally_segment_digests(&record->digests, &registers->item[fill->reg].reset, &digests) != TALLY_OK) {
		fault(account, fill, TALLY_REASON_LOG_BANK_SET, "a record lacks a bank of the register");
		return false;
	}
	status = tally_replay_extend(account->replay, fill->reg, &digests);
	if (status != TALLY_OK) {
		tally_account_fail(account, status);
		return false;
	}
	tally_account_source_event(account, fill->reg, source, record, &digests, fill->gap);
	(*fed)++;
	return account->status == TALLY_OK;
}

/* The next record of a foreign log; false, and told, where there is none. */
static bool next_record(struct tally_account *account, const struct account_fill *fill,
			struct tally_account_source *source, struct tally_record *ret)
{
	bool is_end = false;
	enum tally_status status = tally_log_next(&source->reader, ret, &is_end);

	if (status == TALLY_NO_MEMORY || status == TALLY_CRYPTO) {
		tally_account_fail(account, status);
	} else if (status != TALLY_OK) {
		find_foreign(account, fill->name)->is_broken = true;
		tally_ledger_find(account->ledger, TALLY_REASON_LOG_SEGMENT_MALFORMED, source->label, NULL,
				  "at byte %llu: %s", (unsigned long long)source->reader.offset,
				  tally_status_message(status));
	} else if (is_end) {
		fault(account, fill, TALLY_REASON_LOG_FILL_RANGE, "the log ends inside the range");
	}
	return status == TALLY_OK && !is_end;
}

/* Replay one fill's range. Fills of a register go through a log in its order: no record counts twice. */
static bool take_range(struct tally_account *account, const struct account_fill *fill, uint64_t *fed)
{
	const struct tally_log_range *range = &fill->range;
	struct tally_account_source *source = source_of(account, fill);
	bool holds = true;

	if (!source)
		return false;
	if (range->count == 0 || range->count > UINT64_MAX - range->first) {
		fault(account, fill, TALLY_REASON_LOG_FILL_RANGE, "there is no such range");
		return false;
	}
	if (range->first < source->reader.record_count) {
		fault(account, fill, TALLY_REASON_LOG_FILL_OVERLAP, "the range begins before the one before it ends");
		return false;
	}
	while (holds && source->reader.record_count < range->first + range->count) {
		uint64_t position = source->reader.record_count;
		struct tally_record record;

		holds = next_record(account, fill, source, &record);
		if (holds && position >= range->first)
			holds = fill_record(account, fill, source, &record, fed);
	}
	return holds;
}

static bool is_at(struct tally_account *account, size_t i, const struct tally_digests *value)
{
	struct tally_digests now;
	enum tally_status status = tally_replay_value(account->replay, i, &now);

	if (status != TALLY_OK)
		tally_account_fail(account, status);
	return status == TALLY_OK && tally_digests_equal(&now, value);
}

bool tally_account_fill_gap(struct tally_account *account, size_t i, const struct tally_record *record,
			    const struct tally_digests *to, uint64_t *ret_fed)
{
	size_t count;
	struct account_fill *fills = fills_of(account, record->number, &count);
	bool holds = true;
	size_t taken = 0;

	*ret_fed = 0;
	for (size_t at = 0; at < count && holds; at++) {
		/* One of another register is told when its record is taken. */
		if (fills[at].reg != i)
			continue;
		holds = take_range(account, &fills[at], ret_fed);
		taken++;
	}
	if (count)
		fills[0].order = 0;
	if (taken == 0 || !holds)
		return false;
	holds = is_at(account, i, to);
	if (!holds)
		tally_account_find(account, TALLY_REASON_LOG_FILL_RANGE, &account->reg[i], record,
				   "the fills of this gap do not end where it does");
	return holds;
}

void tally_account_fills_finish(struct tally_account *account)
{
	const struct account_foreign *foreigns = account->foreigns.items;

	/* What was trimmed may hold the fill. */
	if (account->first_number != 0)
		return;
	for (size_t i = 0; i < account->foreigns.count; i++)
		if (!foreigns[i].is_named)
			tally_ledger_find(account->ledger, TALLY_REASON_BUNDLE_MEMBER_UNREFERENCED, foreigns[i].label,
					  NULL, "no fill names it");
}
