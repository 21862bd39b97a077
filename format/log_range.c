// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Ranges of a foreign log, replayed and found. */
#include "log_range.h"

#include "segment.h"

/* The register's value along one way to replay the log. */
struct range_chain {
	bool is_running;
	struct tally_digests value;
	struct tally_log_range range; /* of the register's records since it has run; count 0: none yet */
};

static enum tally_status range_check(const struct tally_log_reader *reader, const struct tally_log_range_register *reg)
{
	if (reg->i >= reg->set->count || reg->set->item[reg->i].kind != TALLY_RUNTIME)
		return TALLY_UNKNOWN_REGISTER;
	return reader->is_ours ? TALLY_UNSUPPORTED : TALLY_OK;
}

static bool range_is_of_register(const struct tally_log_range_register *reg, const struct tally_record *record)
{
	return record->is_measured && tally_log_register(reg->set, record) == (int)reg->i;
}

static enum tally_status range_extend(const struct tally_log_range_register *reg, const struct tally_record *record,
				      uint64_t position, struct range_chain *chain)
{
	struct tally_digests digests;
	enum tally_status status = tally_segment_digests(&record->digests, &chain->value, &digests);

	if (status == TALLY_OK)
		status = tally_extend_value(reg->set->item[reg->i].extend_rule, &chain->value, &digests, &chain->value);
	if (chain->range.count == 0)
		chain->range.first = position;
	chain->range.count = position - chain->range.first + 1;
	return status;
}

/* The next record of the log; its position in *ret_position. */
static enum tally_status range_next(struct tally_log_reader *reader, struct tally_record *ret, uint64_t *ret_position,
				    bool *ret_is_end)
{
	*ret_position = reader->record_count;
	return tally_log_next(reader, ret, ret_is_end);
}

enum tally_status tally_log_range_replay(const struct tally_log_reader *reader,
					 const struct tally_log_range_register *reg,
					 const struct tally_log_range *range, const struct tally_digests *from,
					 struct tally_digests *ret_to)
{
	struct tally_log_reader copy = *reader;
	struct range_chain chain;
	enum tally_status status = range_check(reader, reg);
	bool is_end = false;

	memset(&chain, 0, sizeof(chain));
	chain.value = *from;
	if (status == TALLY_OK && range->count > UINT64_MAX - range->first)
		status = TALLY_NOT_FOUND;
	while (status == TALLY_OK && range->count && copy.record_count < range->first + range->count) {
		struct tally_record record;
		uint64_t position;

		status = range_next(&copy, &record, &position, &is_end);
		if (status == TALLY_OK && is_end)
			status = TALLY_NOT_FOUND;
		if (status == TALLY_OK && position >= range->first && range_is_of_register(reg, &record))
			status = range_extend(reg, &record, position, &chain);
	}
	if (status == TALLY_OK)
		*ret_to = chain.value;
	return status;
}

/* What is looked for, and the two ways to it. */
struct range_search {
	struct range_chain begun; /* from `begin` on */
	struct range_chain whole; /* from the log's begin, at the reset value */
	bool is_armed;		  /* the whole replay has been at `from` */
};

static enum tally_status range_start(struct range_search *search, const struct tally_log_range_register *reg,
				     const struct tally_digests *from)
{
	enum tally_status status;

	memset(search, 0, sizeof(*search));
	search->begun.value = *from;
	status = tally_segment_digests(&reg->set->item[reg->i].reset, from, &search->whole.value);
	/* From the reset value on both ways are one, unless they begin at different records. */
	search->is_armed = status == TALLY_OK && tally_digests_equal(&search->whole.value, from);
	return status;
}

/* One record of the register further. True in *ret_is_found if one way has come to `to`: its range in *ret. */
static enum tally_status range_step(struct range_search *search, const struct tally_log_range_register *reg,
				    const struct tally_record *record, uint64_t position,
				    const struct tally_digests *from, const struct tally_digests *to,
				    const struct tally_log_range **ret)
{
	enum tally_status status = TALLY_OK;

	if (search->begun.is_running)
		status = range_extend(reg, record, position, &search->begun);
	if (status == TALLY_OK)
		status = range_extend(reg, record, position, &search->whole);
	if (status != TALLY_OK)
		return status;
	if (search->begun.is_running && tally_digests_equal(&search->begun.value, to))
		*ret = &search->begun.range;
	else if (search->is_armed && tally_digests_equal(&search->whole.value, to))
		*ret = &search->whole.range;
	else if (tally_digests_equal(&search->whole.value, from)) {
		search->is_armed = true;
		search->whole.range.count = 0;
	}
	return TALLY_OK;
}

enum tally_status tally_log_range_find(const struct tally_log_reader *reader,
				       const struct tally_log_range_register *reg, uint64_t begin,
				       const struct tally_digests *from, const struct tally_digests *to,
				       struct tally_log_range *ret)
{
	static const struct tally_log_range empty;
	struct tally_log_reader copy = *reader;
	const struct tally_log_range *found = NULL;
	struct range_search search;
	enum tally_status status = range_check(reader, reg);
	bool is_end = false;

	if (status == TALLY_OK && !tally_digests_same_banks(from, to))
		status = TALLY_BANK_SET;
	if (status == TALLY_OK)
		status = range_start(&search, reg, from);
	if (status == TALLY_OK && tally_digests_equal(from, to))
		found = &empty;
	while (status == TALLY_OK && !found) {
		struct tally_record record;
		uint64_t position;

		status = range_next(&copy, &record, &position, &is_end);
		if (status == TALLY_OK && is_end)
			status = TALLY_NOT_FOUND;
		if (status != TALLY_OK)
			break;
		search.begun.is_running = position >= begin;
		if (range_is_of_register(reg, &record))
			status = range_step(&search, reg, &record, position, from, to, &found);
	}
	if (status == TALLY_OK)
		*ret = *found;
	return status;
}
