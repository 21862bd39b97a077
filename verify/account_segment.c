// SPDX-License-Identifier: BSD-2-Clause
/* Attached logs that lie before ours: firmware's, or another owner's. */
#include "account.h"

static void segment_record(struct tally_account *account, const struct tally_account_source *source,
			   const struct tally_record *record)
{
	struct tally_segment_replay segment = { account->replay, account->segment_extended };
	struct tally_digests digests;
	int i;
	enum tally_status status = tally_segment_apply(&segment, record, &i, &digests);

	account->segment_extended = segment.extended;
	if (status == TALLY_BANK_SET && i >= 0) {
		tally_account_find(account, TALLY_REASON_LOG_BANK_SET, &account->reg[i], record, "in an attached log");
		return;
	}
	if (status != TALLY_OK) {
		tally_account_fail(account, status);
		return;
	}
	if (i < 0)
		return;
	account->reg[i].segment_count++;
	tally_account_source_event(account, (size_t)i, source, record, &digests, record->number);
}

void tally_account_segment(struct tally_account *account, const char *label, enum tally_log_format format,
			   struct tally_bytes log)
{
	struct tally_account_source source;
	struct tally_record record;
	enum tally_status status = tally_account_source_open(account, label, format, log, &source);
	bool is_end = false;

	while (status == TALLY_OK && account->status == TALLY_OK) {
		status = tally_log_next(&source.reader, &record, &is_end);
		if (status != TALLY_OK || is_end)
			break;
		segment_record(account, &source, &record);
	}
	if (status == TALLY_OK)
		return;
	if (status == TALLY_NO_MEMORY || status == TALLY_CRYPTO) {
		tally_account_fail(account, status);
		return;
	}
	account->is_broken = true;
	tally_ledger_find(account->ledger, TALLY_REASON_LOG_SEGMENT_MALFORMED, label, NULL, "at byte %llu: %s",
			  (unsigned long long)source.reader.offset, tally_status_message(status));
}
