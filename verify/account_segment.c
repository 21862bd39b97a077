// SPDX-License-Identifier: BSD-2-Clause
/* Attached logs that lie before ours: firmware's, or another owner's. Their digests count, their contents do not. */
#include "account.h"
#include "replay.h"

/* The digests of a foreign record in the banks of our register; false if one is lacking. */
static bool select_banks(const struct tally_digests *from, const struct tally_digests *like, struct tally_digests *ret)
{
	tally_digests_zero(ret, like);
	for (size_t bank = 0; bank < like->count; bank++) {
		const struct tally_digest *digest = tally_digests_find(from, like->digest[bank].alg);

		if (!digest)
			return false;
		ret->digest[bank] = *digest;
	}
	return true;
}

static void segment_event(struct tally_account *account, size_t i, const struct tally_record *record)
{
	struct tally_account_register *reg = &account->reg[i];
	const struct tally_digests *like = &account->statement->registers.item[i].reset;
	struct tally_digests digests;
	struct tally_sequence_event event = { record->number, &digests, NULL, false };
	enum tally_status status;

	if (!select_banks(&record->digests, like, &digests)) {
		tally_account_find(account, TALLY_REASON_LOG_BANK_SET, reg, record, "in an attached log");
		return;
	}
	reg->segment_count++;
	status = tally_replay_extend(&account->replay, i, &digests);
	if (status != TALLY_OK)
		tally_account_fail(account, status);
	tally_account_watch(account, i, record->number);
	tally_sequence_take(&reg->sequence, &event);
}

/* Firmware that started at another locality began PCR 0 there: the specification's values, and no others. */
static void startup_locality(struct tally_account *account, const struct tally_record *record)
{
	int i = tally_log_register(&account->statement->registers, record);
	struct tally_digests value;
	enum tally_status status;
	uint8_t locality;

	if (i < 0 || record->numbering != TALLY_NUMBERING_PCR || record->index != 0 || account->reg[i].segment_count ||
	    !tally_tcg2_startup_locality(record, &locality) || (locality != 3 && locality != 4))
		return;
	value = account->statement->registers.item[i].reset;
	for (size_t bank = 0; bank < value.count; bank++)
		value.digest[bank].bytes[tally_alg_size(value.digest[bank].alg) - 1] = locality;
	status = tally_replay_jump(&account->replay, (size_t)i, &value);
	if (status != TALLY_OK)
		tally_account_fail(account, status);
}

static void segment_record(struct tally_account *account, const struct tally_record *record)
{
	int i = tally_log_register(&account->statement->registers, record);

	if (!record->is_measured)
		startup_locality(account, record);
	else if (i >= 0)
		segment_event(account, (size_t)i, record);
	if (tally_arena_has_failed(account->ledger->arena))
		tally_account_fail(account, TALLY_NO_MEMORY);
}

void tally_account_segment(struct tally_account *account, const char *label, struct tally_bytes log)
{
	struct tally_log_reader reader;
	struct tally_record record;
	enum tally_status status = tally_log_open(&reader, log, TALLY_LOG_FORMAT_UNKNOWN);
	bool is_end = false;

	while (status == TALLY_OK && account->status == TALLY_OK) {
		status = tally_log_next(&reader, &record, &is_end);
		if (status != TALLY_OK || is_end)
			break;
		segment_record(account, &record);
	}
	if (status == TALLY_OK)
		return;
	account->is_broken = true;
	tally_ledger_find(account->ledger, TALLY_REASON_LOG_SEGMENT_MALFORMED, label, NULL, "at byte %llu: %s",
			  (unsigned long long)reader.offset, tally_status_message(status));
}
