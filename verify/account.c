// SPDX-License-Identifier: BSD-2-Clause
/* The account record by record: form, number, register, digests, content. */
#include "account.h"

#include "../format/cel_tlv.h"

void tally_account_fail(struct tally_account *account, enum tally_status status)
{
	if (account->status == TALLY_OK)
		account->status = status;
}

void tally_account_find(struct tally_account *account, enum tally_reason reason,
			const struct tally_account_register *reg, const struct tally_record *record, const char *format,
			...)
{
	va_list arguments;

	va_start(arguments, format);
	tally_ledger_vfind(account->ledger, reason, reg ? reg->name : "log", &record->number, format, arguments);
	va_end(arguments);
}

static const struct tally_register_rule *find_rule(const struct tally_policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->register_count; i++)
		if (strcmp(policy->reg[i].name, name) == 0)
			return &policy->reg[i];
	return NULL;
}

/* A value that nobody signs, and one that anybody can reset and extend again, authenticate no event. */
static bool is_untrusted(const struct tally_account *account, size_t i)
{
	if (account->statement->value[i].count == 0)
		return true;
	return account->statement->registers.item[i].is_resettable &&
	       !(account->policy->allowed & tally_exception_bit(TALLY_EXCEPTION_RESETTABLE_REGISTERS));
}

struct tally_account *tally_account_begin(struct tally_ledger *ledger, const struct tally_statement *statement,
					  const struct tally_policy *policy)
{
	struct tally_account *account = tally_arena_take(ledger->arena, 1, sizeof(*account));

	if (!account)
		return NULL;
	account->ledger = ledger;
	account->statement = statement;
	account->policy = policy;
	account->register_count = tally_registers_runtime_count(&statement->registers);
	account->reg = tally_arena_take(ledger->arena, account->register_count, sizeof(*account->reg));
	account->replay = tally_arena_take_unset(ledger->arena, sizeof(*account->replay));
	if (!account->reg || !account->replay)
		return NULL;
	tally_replay_init(account->replay, &statement->registers);
	for (size_t i = 0; i < account->register_count; i++) {
		struct tally_account_register *reg = &account->reg[i];

		reg->name = statement->name[i];
		reg->rule = find_rule(policy, reg->name);
		tally_sequence_init(&reg->sequence, ledger->arena, reg->name, reg->rule);
		reg->sequence.survey = policy->is_survey ? &ledger->events : NULL;
		reg->sequence.is_untrusted = is_untrusted(account, i);
		tally_account_watch(account, i, 0);
	}
	return account;
}

void tally_account_watch(struct tally_account *account, size_t i, uint64_t number)
{
	struct tally_account_register *reg = &account->reg[i];
	struct tally_digests value;
	enum tally_status status = tally_replay_value(account->replay, i, &value);
	bool is_equal;

	if (status != TALLY_OK) {
		tally_account_fail(account, status);
		return;
	}
	is_equal = tally_digests_equal(&value, &account->statement->value[i]);
	if (reg->is_reached && !is_equal)
		reg->lost = number;
	reg->is_lost = !is_equal && (reg->is_lost || reg->is_reached);
	reg->is_reached = is_equal;
}

/* The records that tally writes have one form, so that a head covers what was meant and nothing beside it. */
static bool is_canonical(struct tally_account *account, const struct tally_record *record)
{
	struct tally_writer writer;

	if (record->content_type != TALLY_CONTENT_PCCLIENT_STD)
		return false;
	if (record->encoded.size > account->scratch_size) {
		account->scratch = tally_arena_take(account->ledger->arena, 2, record->encoded.size);
		account->scratch_size = account->scratch ? 2 * record->encoded.size : 0;
	}
	writer = tally_writer(account->scratch, account->scratch_size);
	tally_cel_write(&writer, record);
	return tally_bytes_equal(tally_written(&writer), record->encoded);
}

/* Numbers go up by one; a renumbered log is read on, with the number that stands there. */
static void take_number(struct tally_account *account, const struct tally_record *record)
{
	struct tally_bytes *encoded;

	if (!account->has_begun) {
		account->first_number = record->number;
		if (tally_control_word(record) == TALLY_CONTROL_HEADER && record->number != 0)
			tally_account_find(account, TALLY_REASON_LOG_RENUMBERED, NULL, record, "a header has number 0");
	} else if (record->number != account->next_number) {
		tally_account_find(account, TALLY_REASON_LOG_RENUMBERED, NULL, record,
				   "number %llu stands where %llu is due", (unsigned long long)record->number,
				   (unsigned long long)account->next_number);
	}
	account->next_number = record->number + 1;
	encoded = tally_vector_add(&account->records, account->ledger->arena, sizeof(*encoded));
	if (encoded)
		*encoded = record->encoded;
}

/* Content as an event of ours: true if it is one. Whether it is authentic is another question. */
static bool read_content(struct tally_account *account, size_t i, const struct tally_record *record,
			 struct tally_event *ret, bool *ret_is_authentic)
{
	enum tally_status status = TALLY_UNSUPPORTED;
	bool is_digest_only;

	*ret_is_authentic = false;
	if (record->event_type == TALLY_EV_EVENT_TAG)
		status = tally_event_read(record->content, ret);
	if (status == TALLY_UNSUPPORTED)
		return false;
	if (status != TALLY_OK) {
		tally_account_find(account, TALLY_REASON_LOG_EVENT_MALFORMED, &account->reg[i], record, "%s",
				   tally_status_message(status));
		return false;
	}
	status = tally_event_is_authentic(record, ret_is_authentic);
	if (status != TALLY_OK)
		tally_account_fail(account, status);
	is_digest_only = tally_bytes_equal(ret->type, tally_text(TALLY_EVENT_TYPE_DIGEST_ONLY));
	if (!*ret_is_authentic && !is_digest_only)
		tally_account_find(account, TALLY_REASON_LOG_EVENT_RELABELLED, &account->reg[i], record, "%.*s",
				   (int)ret->name.size, (const char *)ret->name.data);
	*ret_is_authentic = *ret_is_authentic && !is_digest_only;
	return true;
}

static void take_event(struct tally_account *account, size_t i, const struct tally_record *record)
{
	struct tally_event content;
	bool is_authentic;
	bool is_ours = read_content(account, i, record, &content, &is_authentic);
	struct tally_sequence_event event = { .record = record->number,
					      .digests = &record->digests,
					      .content = is_ours ? &content : NULL,
					      .is_authentic = is_authentic };
	enum tally_status status;

	tally_account_pin(account, i, record, is_authentic ? &content : NULL);
	status = tally_replay_extend(account->replay, i, &record->digests);
	if (status != TALLY_OK)
		tally_account_fail(account, status);
	tally_account_watch(account, i, record->number);
	if (!is_authentic || !tally_bytes_equal(content.type, tally_text(TALLY_EVENT_TYPE_PIN)))
		tally_sequence_take(&account->reg[i].sequence, &event);
}

static bool is_bank_set(const struct tally_account *account, size_t i, const struct tally_record *record)
{
	return tally_digests_same_banks(&record->digests, &account->statement->registers.item[i].reset);
}

static void take_record(struct tally_account *account, const struct tally_record *record)
{
	int i = tally_registers_find_number(&account->statement->registers, record->index);
	enum tally_control_word word = tally_control_word(record);

	take_number(account, record);
	if (!is_canonical(account, record))
		tally_account_find(account, TALLY_REASON_LOG_NOT_CANONICAL, NULL, record, "%s", "");
	if (!account->has_begun && word != TALLY_CONTROL_HEADER && word != TALLY_CONTROL_TRIM)
		tally_account_find(account, TALLY_REASON_LOG_HEADER_MISSING, NULL, record, "%s", "");
	if (account->is_join && word != TALLY_CONTROL_TRIM)
		tally_account_find(account, TALLY_REASON_LOG_TRIM_MISMATCH, NULL, record,
				   "a part behind another one begins with a trim");
	if (account->is_prologue && word != TALLY_CONTROL_BASE)
		tally_account_prologue_end(account);
	if (i < 0 || record->numbering != TALLY_NUMBERING_REGISTER)
		tally_account_find(account, TALLY_REASON_LOG_REGISTER_UNKNOWN, NULL, record, "register %lu",
				   (unsigned long)record->index);
	else if (!is_bank_set(account, (size_t)i, record))
		tally_account_find(account, TALLY_REASON_LOG_BANK_SET, &account->reg[i], record, "%s", "");
	else if (!record->is_measured)
		tally_account_control(account, (size_t)i, record);
	else
		take_event(account, (size_t)i, record);
	account->has_begun = true;
	account->is_join = false;
}

void tally_account_log(struct tally_account *account, const char *label, struct tally_bytes log)
{
	struct tally_cursor cursor = tally_cursor(log);

	if (!account->trim)
		account->trim = tally_arena_take(account->ledger->arena, 1, sizeof(*account->trim));
	if (!account->trim) {
		tally_account_fail(account, TALLY_NO_MEMORY);
		return;
	}
	account->is_join = account->has_begun;
	while (!tally_cursor_is_done(&cursor) && account->status == TALLY_OK && !account->is_broken) {
		size_t offset = log.size - cursor.left.size;
		struct tally_record record;
		enum tally_status status = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record);

		if (status != TALLY_OK) {
			account->is_broken = true;
			tally_ledger_find(account->ledger, TALLY_REASON_LOG_MALFORMED, label, NULL, "at byte %zu: %s",
					  offset, tally_status_message(status));
			return;
		}
		record.offset = offset;
		take_record(account, &record);
		if (tally_arena_has_failed(account->ledger->arena))
			tally_account_fail(account, TALLY_NO_MEMORY);
	}
}
