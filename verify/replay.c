// SPDX-License-Identifier: BSD-2-Clause
/* Replay of a whole log in one pass and constant memory; contents are never hashed. */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>

#include "replay_walk.h"

#define CC_REGISTER_COUNT 4

static void fill_reset(struct tally_digests *ret, const struct tally_digests *banks, uint8_t fill)
{
	tally_digests_zero(ret, banks);
	for (size_t i = 0; i < ret->count; i++)
		memset(ret->digest[i].bytes, fill, tally_alg_size(ret->digest[i].alg));
}

/* PCR 17 to 22 start at ones: the dynamic root of trust has not set them. spec: TCG PTP, PCR attributes */
static enum tally_status add_register(struct tally_register_set *set, bool is_pcr, uint32_t number,
				      const struct tally_digests *banks)
{
	struct tally_register reg;

	memset(&reg, 0, sizeof(reg));
	snprintf(reg.name, sizeof(reg.name), "%s%u", is_pcr ? "pcr" : "rtmr", (unsigned)number);
	reg.number = number;
	reg.kind = TALLY_RUNTIME;
	reg.is_signed = TALLY_SIGNED_NOT;
	reg.extend_rule = TALLY_EXTEND_DIGEST;
	reg.pcr_mask = is_pcr ? 1U << number : 0;
	fill_reset(&reg.reset, banks, is_pcr && number >= 17 && number <= 22 ? 0xff : 0);
	return tally_registers_add(set, &reg);
}

/* spec: TCG PFP 10.4.5.3: the locality is the last byte of PCR 0 before its first extend */
static enum tally_status start_at_locality(struct tally_log_replay *replay)
{
	struct tally_digests value = replay->set.item[0].reset;

	for (size_t i = 0; i < value.count; i++)
		value.digest[i].bytes[tally_alg_size(value.digest[i].alg) - 1] = replay->startup_locality;
	return tally_replay_jump(&replay->state, 0, &value);
}

/* The registers of a log that does not declare any: its first measured record shows the banks. */
static enum tally_status implied_registers(struct tally_log_replay *replay, bool is_pcr,
					   const struct tally_digests *banks)
{
	uint32_t count = is_pcr ? TALLY_PCR_COUNT : CC_REGISTER_COUNT;
	enum tally_status status = banks->count ? TALLY_OK : TALLY_UNKNOWN_ALGORITHM;

	for (uint32_t i = 0; status == TALLY_OK && i < count; i++)
		status = add_register(&replay->set, is_pcr, i, banks);
	if (status != TALLY_OK)
		return status;
	tally_replay_init(&replay->state, &replay->set);
	return replay->has_startup_locality ? start_at_locality(replay) : TALLY_OK;
}

/* A log without a measured record has what its header lists. Banks that we don't know have no digests anywhere. */
static enum tally_status firmware_registers(struct tally_log_replay *replay, const struct tally_tcg2_reader *reader)
{
	struct tally_digests banks = { .count = 0 };
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; status == TALLY_OK && i < reader->header.algorithm_count; i++) {
		struct tally_digest bank = { .alg = reader->header.algorithm[i].alg };

		if (tally_alg_size(bank.alg))
			status = tally_digests_add(&banks, &bank);
	}
	return status == TALLY_OK ? implied_registers(replay, replay->format != TALLY_LOG_FORMAT_CCEL, &banks) : status;
}

static enum tally_status declared_registers(struct tally_log_replay *replay, const struct tally_control_header *header)
{
	replay->set = header->registers;
	replay->has_boot_id = true;
	memcpy(replay->boot_id, header->boot_id, sizeof(replay->boot_id));
	tally_replay_init(&replay->state, &replay->set);
	return tally_registers_runtime_count(&replay->set) ? TALLY_OK : TALLY_OUT_OF_RANGE;
}

static void tell(const struct tally_replay_observer *observer, struct tally_log_replay *replay, size_t i,
		 const struct tally_record *record)
{
	if (observer)
		observer->changed(observer->context, replay, i, record);
}

static enum tally_status jump(struct tally_log_replay *replay, int i, const struct tally_digests *to,
			      const struct tally_record *record, const struct tally_replay_observer *observer)
{
	enum tally_status status = i < 0 ? TALLY_UNKNOWN_REGISTER : tally_replay_jump(&replay->state, (size_t)i, to);

	if (status == TALLY_OK)
		tell(observer, replay, (size_t)i, record);
	return status;
}

static enum tally_status walk_trim(struct tally_log_replay *replay, const struct tally_record *record,
				   const struct tally_replay_observer *observer)
{
	struct tally_control_trim trim;
	enum tally_status status = tally_control_read_trim(record->content, &trim);

	if (status == TALLY_OK && replay->record_count == 0)
		status = declared_registers(replay, &trim.header);
	if (status == TALLY_OK &&
	    tally_registers_runtime_count(&trim.header.registers) != tally_registers_runtime_count(&replay->set))
		status = TALLY_UNKNOWN_REGISTER;
	for (size_t i = 0; status == TALLY_OK && i < tally_registers_runtime_count(&replay->set); i++)
		status = jump(replay, (int)i, &trim.value[i], record, observer);
	replay->trim_count++;
	return status;
}

static enum tally_status walk_base(struct tally_log_replay *replay, const struct tally_record *record,
				   const struct tally_replay_observer *observer)
{
	struct tally_control_base base;
	enum tally_status status = tally_control_read_base(record->content, &base);

	replay->base_count++;
	return status == TALLY_OK
		       ? jump(replay, tally_log_register(&replay->set, record), &base.value, record, observer)
		       : status;
}

/* A gap begins where the records before it lead to; else the log is not what it was. */
static enum tally_status walk_gap(struct tally_log_replay *replay, const struct tally_record *record,
				  const struct tally_replay_observer *observer)
{
	int i = tally_log_register(&replay->set, record);
	struct tally_control_gap gap;
	struct tally_digests value;
	enum tally_status status = tally_control_read_gap(record->content, &gap);

	replay->gap_count++;
	if (status == TALLY_OK)
		status = i < 0 ? TALLY_UNKNOWN_REGISTER : tally_replay_value(&replay->state, (size_t)i, &value);
	if (status == TALLY_OK && !tally_digests_equal(&value, &gap.from))
		status = TALLY_CHECKSUM;
	return status == TALLY_OK ? jump(replay, i, &gap.to, record, observer) : status;
}

static enum tally_status walk_header(struct tally_log_replay *replay, const struct tally_record *record)
{
	struct tally_control_header header;
	enum tally_status status = tally_control_read_header(record->content, &header);

	if (replay->record_count != 0)
		return TALLY_DISORDER;
	return status == TALLY_OK ? declared_registers(replay, &header) : status;
}

static enum tally_status walk_kexec(struct tally_log_replay *replay, const struct tally_record *record)
{
	struct tally_control_kexec kexec;
	enum tally_status status = tally_control_read_kexec(record->content, &kexec);

	if (status == TALLY_OK)
		memcpy(replay->boot_id, kexec.after, sizeof(replay->boot_id));
	return status;
}

static enum tally_status walk_control(struct tally_log_replay *replay, const struct tally_record *record,
				      const struct tally_replay_observer *observer)
{
	switch (tally_control_word(record)) {
	case TALLY_CONTROL_HEADER:
		return walk_header(replay, record);
	case TALLY_CONTROL_TRIM:
		return walk_trim(replay, record, observer);
	case TALLY_CONTROL_BASE:
		return walk_base(replay, record, observer);
	case TALLY_CONTROL_GAP:
		return walk_gap(replay, record, observer);
	case TALLY_CONTROL_KEXEC:
		return walk_kexec(replay, record);
	case TALLY_CONTROL_FILL:
	case TALLY_CONTROL_ABORT:
		return TALLY_OK;
	case TALLY_CONTROL_NOT:
	default:
		return TALLY_UNSUPPORTED;
	}
}

/* It stands before the first extend of PCR 0, and once. */
static enum tally_status walk_locality(struct tally_log_replay *replay, const struct tally_record *record)
{
	uint8_t locality;

	if (record->numbering != TALLY_NUMBERING_PCR || !tally_tcg2_startup_locality(record, &locality))
		return TALLY_OK;
	if (replay->has_startup_locality)
		return TALLY_DUPLICATE;
	if (replay->register_records[0])
		return TALLY_DISORDER;
	replay->has_startup_locality = true;
	replay->startup_locality = locality;
	return replay->set.count ? start_at_locality(replay) : TALLY_OK;
}

/* Measured before the guest's registers began (CCEL index 0), or into a TPM's NV memory. */
static bool belongs_to_none(const struct tally_record *record)
{
	return record->numbering == TALLY_NUMBERING_NV ||
	       (record->numbering == TALLY_NUMBERING_CC_MR && record->index == 0);
}

static enum tally_status walk_measured(struct tally_log_replay *replay, const struct tally_record *record,
				       const struct tally_replay_observer *observer)
{
	int i = tally_log_register(&replay->set, record);
	enum tally_status status;

	if (i < 0 && belongs_to_none(record)) {
		replay->skipped_count++;
		return TALLY_OK;
	}
	if (i < 0)
		return TALLY_UNKNOWN_REGISTER;
	status = tally_replay_extend(&replay->state, (size_t)i, &record->digests);
	if (status != TALLY_OK)
		return status;
	replay->measured_count++;
	replay->register_records[i]++;
	tell(observer, replay, (size_t)i, record);
	return TALLY_OK;
}

static enum tally_status walk_record(struct tally_log_replay *replay, const struct tally_record *record,
				     const struct tally_replay_observer *observer)
{
	bool is_ours = replay->is_ours;

	if (is_ours && replay->record_count != 0 && record->number != replay->next_number)
		return TALLY_DISORDER;
	replay->next_number = record->number + 1;
	if (replay->set.count == 0 && !is_ours && record->is_measured && !belongs_to_none(record)) {
		enum tally_status status =
			implied_registers(replay, record->numbering == TALLY_NUMBERING_PCR, &record->digests);

		if (status != TALLY_OK)
			return status;
	}
	if (record->is_measured)
		return walk_measured(replay, record, observer);
	return is_ours ? walk_control(replay, record, observer) : walk_locality(replay, record);
}

/* Replay looks at no contents, but some must be put together to be hashed. */
static enum tally_status open_reader(struct tally_log_reader *reader, struct tally_bytes log,
				     enum tally_log_format format, void **ret_scratch)
{
	enum tally_status status = tally_log_open(reader, log, format);
	size_t size = tally_log_scratch_size(reader);

	*ret_scratch = NULL;
	if (status != TALLY_OK || !tally_log_needs_scratch(reader))
		return status;
	*ret_scratch = malloc(size);
	if (!*ret_scratch)
		return TALLY_NO_MEMORY;
	tally_log_lend(reader, *ret_scratch, size);
	return TALLY_OK;
}

static enum tally_status walk_records(struct tally_log_replay *replay, struct tally_log_reader *reader,
				      const struct tally_replay_observer *observer)
{
	enum tally_status status = TALLY_OK;
	bool is_end = false;

	while (status == TALLY_OK) {
		struct tally_record record;

		status = tally_log_next(reader, &record, &is_end);
		replay->fault_offset = reader->offset;
		if (status != TALLY_OK || is_end)
			break;
		status = walk_record(replay, &record, observer);
		if (status == TALLY_OK)
			replay->record_count++;
	}
	return status;
}

enum tally_status tally_replay_walk(struct tally_bytes log, enum tally_log_format format,
				    const struct tally_replay_observer *observer, struct tally_log_replay *ret)
{
	struct tally_log_reader reader;
	void *scratch;
	enum tally_status status = open_reader(&reader, log, format, &scratch);

	memset(ret, 0, sizeof(*ret));
	ret->format = reader.format;
	ret->is_ours = reader.is_ours;
	if (status == TALLY_OK)
		status = walk_records(ret, &reader, observer);
	ret->dialect = reader.dialect;
	free(scratch);
	if (status != TALLY_OK || ret->set.count)
		return status;
	if (ret->is_ours)
		return TALLY_TRUNCATED;
	return reader.tcg2.header.algorithm_count ? firmware_registers(ret, &reader.tcg2) : TALLY_OK;
}

enum tally_status tally_replay_log(struct tally_bytes log, enum tally_log_format format, struct tally_log_replay *ret)
{
	return tally_replay_walk(log, format, NULL, ret);
}

enum tally_status tally_log_replay_value(struct tally_log_replay *replay, size_t i, struct tally_digests *ret)
{
	return tally_replay_value(&replay->state, i, ret);
}
