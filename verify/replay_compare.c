// SPDX-License-Identifier: BSD-2-Clause
/* Replayed values against values from elsewhere, and where they part. */
#include "../format/tdx_quote.h"
#include "../format/tpm_quote.h"
#include "replay_walk.h"

#include <stdio.h>

void tally_replay_target_init(struct tally_replay_target *target)
{
	memset(target, 0, sizeof(*target));
}

enum tally_status tally_replay_target_add(struct tally_replay_target *target, const struct tally_register_set *set,
					  struct tally_bytes register_name, const struct tally_digest *value)
{
	int i = tally_registers_find_name(set, register_name);

	if (i < 0 || set->item[i].kind != TALLY_RUNTIME)
		return TALLY_UNKNOWN_REGISTER;
	if (!tally_digests_find(&set->item[i].reset, value->alg))
		return TALLY_BANK_SET;
	return tally_digests_add(&target->value[i], value);
}

enum tally_status tally_replay_target_tdx_quote(struct tally_replay_target *target,
						const struct tally_register_set *set, struct tally_bytes quote)
{
	struct tally_tdx_quote tdx;
	enum tally_status status = tally_tdx_quote_read(quote, &tdx);

	for (uint32_t i = 0; status == TALLY_OK && i < TALLY_TDX_RTMR_COUNT; i++) {
		struct tally_digest value;
		char name[TALLY_REGISTER_NAME_LIMIT];

		snprintf(name, sizeof(name), "rtmr%u", (unsigned)i);
		status = tally_digest_set(&value, TALLY_SHA384, tally_bytes(tdx.rtmr[i], 48));
		if (status == TALLY_OK)
			status = tally_replay_target_add(target, set, tally_text(name), &value);
	}
	return status;
}

/*
 * What tpm2_quote -o writes: TPML_PCR_SELECTION and a list of TPML_DIGEST as they lie in memory,
 * little-endian. spec: tpm2-tools, man tpm2_quote, "serialized"
 */
#define TOOLS_SELECTIONS 16
#define TOOLS_SELECTION_SIZE 8
#define TOOLS_DIGESTS 8
#define TOOLS_LIST_LIMIT (TALLY_PCR_COUNT * TALLY_PCR_SELECTION_LIMIT / TOOLS_DIGESTS)
#define VALUES_LIMIT (TALLY_PCR_COUNT * TALLY_PCR_SELECTION_LIMIT * TALLY_DIGEST_LIMIT)

static void tools_digests(struct tally_cursor *file, struct tally_writer *ret)
{
	uint32_t count = tally_read_le32(file);

	if (count > TOOLS_DIGESTS)
		tally_fail(file, TALLY_OUT_OF_RANGE);
	for (uint32_t i = 0; i < TOOLS_DIGESTS; i++) {
		uint16_t size = tally_read_le16(file);
		struct tally_bytes bytes = tally_read_bytes(file, TALLY_DIGEST_LIMIT);

		if (size > bytes.size)
			tally_fail(file, TALLY_OUT_OF_RANGE);
		else if (i < count)
			tally_write_bytes(ret, tally_bytes(bytes.data, size));
	}
}

static enum tally_status tools_values(struct tally_bytes input, struct tally_writer *ret)
{
	struct tally_cursor file = tally_cursor(input);
	uint32_t count;

	if (tally_read_le32(&file) > TOOLS_SELECTIONS)
		tally_fail(&file, TALLY_OUT_OF_RANGE);
	tally_read_bytes(&file, TOOLS_SELECTIONS * TOOLS_SELECTION_SIZE);
	count = tally_read_le32(&file);
	if (count > TOOLS_LIST_LIMIT)
		tally_fail(&file, TALLY_OUT_OF_RANGE);
	for (uint32_t i = 0; i < count && file.status == TALLY_OK; i++)
		tools_digests(&file, ret);
	return tally_cursor_end(&file);
}

enum tally_status tally_replay_quote_values(const struct tally_tpm_quote *quote, struct tally_bytes pcrs,
					    struct tally_digests values[TALLY_PCR_COUNT])
{
	enum tally_status status = tally_tpm_quote_values(quote, pcrs, values);
	uint8_t memory[VALUES_LIMIT];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));

	if (status != TALLY_TRUNCATED && status != TALLY_TRAILING)
		return status;
	/* Not the values alone; if it is not the tools' file either, the first answer stands. */
	if (tools_values(pcrs, &writer) != TALLY_OK)
		return status;
	return tally_tpm_quote_values(quote, tally_written(&writer), values);
}

/* A log need not have every bank that was quoted, but one at least, or nothing would be compared. */
static enum tally_status add_pcr(struct tally_replay_target *target, const struct tally_register_set *set, uint32_t pcr,
				 const struct tally_digests *value, size_t *added)
{
	enum tally_status status = TALLY_OK;
	char name[TALLY_REGISTER_NAME_LIMIT];

	snprintf(name, sizeof(name), "pcr%u", (unsigned)pcr);
	for (size_t bank = 0; status == TALLY_OK && bank < value->count; bank++) {
		status = tally_replay_target_add(target, set, tally_text(name), &value->digest[bank]);
		if (status == TALLY_OK)
			++*added;
		if (status == TALLY_BANK_SET)
			status = TALLY_OK;
	}
	return status;
}

enum tally_status tally_replay_target_tpm_quote(struct tally_replay_target *target,
						const struct tally_register_set *set, struct tally_bytes quote,
						struct tally_bytes pcrs)
{
	struct tally_digests values[TALLY_PCR_COUNT];
	struct tally_tpm_quote tpm;
	enum tally_status status = tally_tpm_quote_read(quote, &tpm);
	size_t added = 0;

	memset(values, 0, sizeof(values));
	if (status == TALLY_OK)
		status = tally_replay_quote_values(&tpm, pcrs, values);
	for (uint32_t pcr = 0; status == TALLY_OK && pcr < TALLY_PCR_COUNT; pcr++)
		status = add_pcr(target, set, pcr, &values[pcr], &added);
	return status == TALLY_OK && added == 0 ? TALLY_BANK_SET : status;
}

/* Equal in every bank that the target has. */
static bool value_reaches(const struct tally_digests *value, const struct tally_digests *target)
{
	for (size_t i = 0; i < target->count; i++) {
		const struct tally_digest *bank = tally_digests_find(value, target->digest[i].alg);

		if (!bank || !tally_digest_equal(bank, &target->digest[i]))
			return false;
	}
	return true;
}

/* Where registers meet their target on a second walk. */
struct watch {
	const struct tally_replay_target *target;
	struct tally_comparison *comparison;
	enum tally_status status;
	bool is_reached[TALLY_REGISTER_LIMIT];
	bool is_started[TALLY_REGISTER_LIMIT];
};

static void watch_changed(void *context, struct tally_log_replay *replay, size_t i, const struct tally_record *record)
{
	struct watch *watch = context;
	struct tally_register_comparison *reg = &watch->comparison->reg[i];
	struct tally_digests value;
	bool is_reached;

	if (reg->result != TALLY_COMPARE_DIFFERS)
		return;
	if (!watch->is_started[i])
		watch->is_reached[i] = value_reaches(&replay->set.item[i].reset, &watch->target->value[i]);
	watch->is_started[i] = true;
	if (tally_log_replay_value(replay, i, &value) != TALLY_OK) {
		watch->status = TALLY_CRYPTO;
		return;
	}
	is_reached = value_reaches(&value, &watch->target->value[i]);
	if (watch->is_reached[i] && !is_reached) {
		reg->has_record = true;
		reg->record = record->number;
		reg->offset = record->offset;
	}
	watch->is_reached[i] = is_reached;
}

static enum tally_status find_records(struct tally_bytes log, enum tally_log_format format,
				      const struct tally_replay_target *target, struct tally_comparison *comparison)
{
	struct watch watch = { .target = target, .comparison = comparison };
	struct tally_replay_observer observer = { &watch, watch_changed };
	struct tally_log_replay again;
	enum tally_status status = tally_replay_walk(log, format, &observer, &again);

	return status == TALLY_OK ? watch.status : status;
}

enum tally_status tally_replay_compare(struct tally_bytes log, struct tally_log_replay *replay,
				       const struct tally_replay_target *target, struct tally_comparison *ret)
{
	enum tally_status status = TALLY_OK;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; status == TALLY_OK && i < tally_registers_runtime_count(&replay->set); i++) {
		struct tally_register_comparison *reg = &ret->reg[i];

		status = tally_log_replay_value(replay, i, &reg->replayed);
		if (status != TALLY_OK || target->value[i].count == 0)
			continue;
		ret->compared_count++;
		reg->result =
			value_reaches(&reg->replayed, &target->value[i]) ? TALLY_COMPARE_EQUAL : TALLY_COMPARE_DIFFERS;
		if (reg->result == TALLY_COMPARE_DIFFERS)
			ret->differing_count++;
	}
	if (status == TALLY_OK && ret->differing_count)
		status = find_records(log, replay->format, target, ret);
	return status;
}
