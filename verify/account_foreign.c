// SPDX-License-Identifier: BSD-2-Clause
/* Events out of logs that others wrote: their digests count, and of their contents what the reader recomputed. */
#include "account.h"

enum tally_status tally_account_source_open(struct tally_account *account, const char *label,
					    enum tally_log_format format, struct tally_bytes log,
					    struct tally_account_source *ret)
{
	enum tally_status status = tally_log_open(&ret->reader, log, format);
	size_t size = status == TALLY_OK ? tally_log_scratch_size(&ret->reader) : 0;
	void *scratch;

	ret->label = label;
	/* IMA's contents are what its digests were made from: they are worth the room. */
	if (size == 0 || (!tally_log_needs_scratch(&ret->reader) && ret->reader.format != TALLY_LOG_FORMAT_IMA))
		return status;
	scratch = tally_arena_take(account->ledger->arena, 1, size);
	if (!scratch)
		return TALLY_NO_MEMORY;
	tally_log_lend(&ret->reader, scratch, size);
	return TALLY_OK;
}

static bool is_ima(const struct tally_account_source *source)
{
	return source->reader.format == TALLY_LOG_FORMAT_IMA || source->reader.format == TALLY_LOG_FORMAT_IMA_ASCII;
}

static void set_data_digest(const struct tally_ima_fields *fields, struct tally_event *ret)
{
	const struct tally_ima_field *digest = tally_ima_fields_digest(fields);
	uint16_t alg;

	if (!digest)
		return;
	alg = digest->alg.size ? tally_alg_from_name(digest->alg) : TALLY_SHA1;
	ret->has_data_digest = tally_digest_set(&ret->data_digest, alg, digest->value) == TALLY_OK;
}

/*
 * What IMA measured, as an event: the reader has made the digests from the template's data, so all of it is
 * authenticated. Its origin is none that a caller of ours can have. spec: docs/policy.md 3
 */
static bool read_ima(const struct tally_account_source *source, const struct tally_record *record,
		     struct tally_event *ret)
{
	struct tally_ima_fields fields;
	const struct tally_ima_field *name;
	struct tally_bytes template_name;
	struct tally_bytes data;

	if (!is_ima(source) || tally_ima_content_read(record->content, &template_name, &data) != TALLY_OK ||
	    tally_ima_fields_read(template_name, data, source->reader.ima.options.order, &fields) != TALLY_OK)
		return false;
	name = tally_ima_fields_name(&fields);
	if (!name)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->type = template_name;
	ret->name = name->value;
	ret->origin = tally_text(TALLY_ACCOUNT_ORIGIN_IMA);
	set_data_digest(&fields, ret);
	return true;
}

static void check_violation(struct tally_account *account, size_t i, const struct tally_account_source *source,
			    uint64_t number)
{
	struct tally_ledger *ledger = account->ledger;

	if (tally_ledger_excepts(ledger, TALLY_EXCEPTION_IMA_VIOLATIONS))
		return;
	tally_ledger_find(ledger, TALLY_REASON_IMA_VIOLATION, account->reg[i].name, NULL, "%s, record %llu",
			  source->label, (unsigned long long)number);
}

void tally_account_source_event(struct tally_account *account, size_t i, const struct tally_account_source *source,
				const struct tally_record *record, const struct tally_digests *digests, uint64_t number)
{
	struct tally_sequence_event event = { .record = number, .digests = digests, .source = source->label };
	struct tally_event content;

	event.source_record = source->reader.record_count - 1;
	if (is_ima(source) && tally_ima_is_violation(record)) {
		check_violation(account, i, source, event.source_record);
	} else if (read_ima(source, record, &content)) {
		event.content = &content;
		event.is_authentic = true;
	}
	tally_account_watch(account, i, number);
	tally_sequence_take(&account->reg[i].sequence, &event);
	if (tally_arena_has_failed(account->ledger->arena))
		tally_account_fail(account, TALLY_NO_MEMORY);
}
