// SPDX-License-Identifier: BSD-2-Clause
/* Our own log explains the report's registers; attached ones those that they number. */
#include "logs.h"

#include <stdio.h>

#include "account.h"

static const struct tally_member *find_stored(const struct tally_bundle *bundle, size_t number)
{
	char label[32];

	snprintf(label, sizeof(label), TALLY_LABEL_STORED "%zu", number);
	return tally_bundle_find(bundle, label);
}

bool tally_logs_is_stored(const struct tally_bundle *bundle, const struct tally_member *member)
{
	const struct tally_member *stored;

	for (size_t i = 0; (stored = find_stored(bundle, i)); i++)
		if (stored == member)
			return true;
	return false;
}

bool tally_logs_is_segment(const struct tally_member *member)
{
	struct tally_cursor cursor = tally_cursor(member->label);
	struct tally_bytes prefix = tally_text(TALLY_LABEL_SEGMENT);

	return tally_bytes_equal(tally_read_bytes(&cursor, prefix.size), prefix);
}

static bool has_registers(const struct tally_statement *statement)
{
	return statement->is_readable && tally_registers_runtime_count(&statement->registers) != 0;
}

/* The statement whose registers our own log is about: the first that has any. */
static const struct tally_statement *first_logged(const struct tally_logs *logs)
{
	for (size_t i = 0; i < logs->statements->count; i++)
		if (has_registers(&logs->statements->item[i]))
			return &logs->statements->item[i];
	return NULL;
}

static bool has_pcrs(const struct tally_statement *statement)
{
	return tally_registers_find_name(&statement->registers, tally_text("pcr0")) >= 0;
}

/* Firmware's and IMA's logs number PCRs, CCEL the registers of a confidential VM; with one set there is no choice. */
static const struct tally_statement *logged_by(const struct tally_logs *logs, enum tally_log_format format)
{
	bool is_of_pcrs = format == TALLY_LOG_FORMAT_TCG2 || format == TALLY_LOG_FORMAT_IMA ||
			  format == TALLY_LOG_FORMAT_IMA_ASCII;

	for (size_t i = 0; is_of_pcrs && i < logs->statements->count; i++)
		if (has_registers(&logs->statements->item[i]) && has_pcrs(&logs->statements->item[i]))
			return &logs->statements->item[i];
	return first_logged(logs);
}

/* Members ascend by number, boot logs among them in the order in which they follow one another. */
static void feed_segments(const struct tally_logs *logs, struct tally_account *account, struct tally_verdict *verdict)
{
	for (size_t i = 0; i < logs->bundle->count; i++) {
		const struct tally_member *member = &logs->bundle->member[i];
		struct tally_segment_kind kind;
		const char *label;

		if (!tally_logs_is_segment(member) || !tally_segment_media_read(member->media_type, &kind) ||
		    logged_by(logs, kind.format) != account->statement)
			continue;
		label = tally_arena_text(account->ledger->arena, member->label);
		verdict->has_boot_log = verdict->has_boot_log || !kind.is_foreign;
		if (kind.format == TALLY_LOG_FORMAT_IMA || kind.format == TALLY_LOG_FORMAT_IMA_ASCII)
			verdict->ima = label;
		if (kind.is_foreign)
			tally_account_foreign(account, label, kind.format, member->value);
		else
			tally_account_segment(account, label, kind.format, member->value);
	}
}

/* One part of our log, oldest first. */
static void feed_part(struct tally_account *account, const char *label, struct tally_bytes log, bool seeks_fills)
{
	if (seeks_fills)
		tally_account_find_fills(account, log);
	else
		tally_account_log(account, label, log);
}

/* All parts of our log. Fills stand behind their gaps, so they are sought before the log is replayed. */
static void feed_parts(const struct tally_logs *logs, struct tally_account *account, bool seeks_fills)
{
	const struct tally_member *log = tally_bundle_find(logs->bundle, TALLY_LABEL_LOG);
	struct tally_arena *arena = account->ledger->arena;
	const struct tally_member *stored;

	for (size_t i = 0; (stored = find_stored(logs->bundle, i)); i++)
		feed_part(account, tally_arena_print(arena, TALLY_LABEL_STORED "%zu", i), stored->value, seeks_fills);
	for (size_t i = 0; i < logs->stored_count; i++)
		feed_part(account, tally_arena_print(arena, "stored part %zu", i + 1), logs->stored[i], seeks_fills);
	if (log)
		feed_part(account, TALLY_LABEL_LOG, log->value, seeks_fills);
}

static enum tally_status check_one(const struct tally_logs *logs, const struct tally_statement *statement,
				   struct tally_ledger *ledger, struct tally_verdict *verdict)
{
	bool is_ours = statement == first_logged(logs);
	bool has_log = is_ours && tally_bundle_find(logs->bundle, TALLY_LABEL_LOG);
	struct tally_account *account = tally_account_begin(ledger, statement, logs->policy);
	size_t before = ledger->findings.count;

	if (!account)
		return TALLY_NO_MEMORY;
	feed_segments(logs, account, verdict);
	if (is_ours) {
		feed_parts(logs, account, true);
		feed_parts(logs, account, false);
		verdict->record_count = account->records.count;
		tally_ledger_summary(ledger, before, "log", "its records, control records and pins are whole",
				     tally_arena_print(ledger->arena, "%zu records", account->records.count));
	}
	return tally_account_finish(account, has_log);
}

enum tally_status tally_logs_check(const struct tally_logs *logs, struct tally_ledger *ledger,
				   struct tally_verdict *verdict)
{
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; status == TALLY_OK && i < logs->statements->count; i++)
		if (has_registers(&logs->statements->item[i]))
			status = check_one(logs, &logs->statements->item[i], ledger, verdict);
	return status;
}
