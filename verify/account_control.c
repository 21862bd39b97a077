// SPDX-License-Identifier: BSD-2-Clause
/* Control records: statements of the attester, each checked against what is known. */
#include "account.h"
#include "../format/cel_tlv.h"

/* What the header says of one register must be what the verifier knows of it. A static one is never replayed. */
static bool register_agrees(const struct tally_register *told, const struct tally_register *known)
{
	if (strcmp(told->name, known->name) != 0 || told->number != known->number || told->kind != known->kind ||
	    told->pcr_mask != known->pcr_mask)
		return false;
	if (known->kind == TALLY_STATIC)
		return tally_digests_same_banks(&told->reset, &known->reset);
	return tally_digests_equal(&told->reset, &known->reset);
}

/* NULL if it agrees; else what does not. */
static const char *header_contradiction(const struct tally_account *account, const struct tally_control_header *header)
{
	const struct tally_register_set *known = &account->statement->registers;

	if (strcmp(header->registers.provider, account->statement->verifier->name) != 0)
		return "provider";
	if (header->numbering != TALLY_NUMBERING_REGISTER)
		return "numbering";
	if (header->registers.count != known->count)
		return "number of registers";
	for (size_t i = 0; i < known->count; i++)
		if (!register_agrees(&header->registers.item[i], &known->item[i]))
			return known->item[i].name;
	return NULL;
}

static void check_header(struct tally_account *account, const struct tally_record *record,
			 const struct tally_control_header *header)
{
	const char *contradiction = header_contradiction(account, header);

	if (contradiction)
		tally_account_find(account, TALLY_REASON_LOG_HEADER_MISMATCH, NULL, record, "%s", contradiction);
}

static void misplaced(struct tally_account *account, size_t i, const struct tally_record *record, const char *why)
{
	tally_account_find(account, TALLY_REASON_LOG_CONTROL_MISPLACED, &account->reg[i], record, "%s", why);
}

static void malformed(struct tally_account *account, size_t i, const struct tally_record *record,
		      enum tally_status status)
{
	tally_account_find(account, TALLY_REASON_LOG_CONTROL_MALFORMED, &account->reg[i], record, "%s: %s",
			   tally_control_word_name(tally_control_word(record)), tally_status_message(status));
}

static void set_boot_id(struct tally_account *account, const uint8_t boot_id[TALLY_BOOT_ID_SIZE])
{
	memcpy(account->boot_id, boot_id, TALLY_BOOT_ID_SIZE);
	account->has_boot_id = true;
}

static void take_header(struct tally_account *account, size_t i, const struct tally_record *record)
{
	struct tally_control_header *header = &account->trim->header;
	enum tally_status status = tally_control_read_header(record->content, header);

	if (account->has_begun) {
		misplaced(account, i, record, "a header stands at the beginning only");
		return;
	}
	if (status != TALLY_OK) {
		malformed(account, i, record, status);
		return;
	}
	check_header(account, record, header);
	set_boot_id(account, header->boot_id);
	account->is_prologue = true;
}

/* The value that segments, if there are any, have brought the register to; else its reset value. */
static bool is_at(struct tally_account *account, size_t i, const struct tally_digests *value)
{
	struct tally_digests now;
	enum tally_status status = tally_replay_value(account->replay, i, &now);

	if (status != TALLY_OK)
		tally_account_fail(account, status);
	return status == TALLY_OK && tally_digests_equal(&now, value);
}

static bool is_pinned_by_policy(const struct tally_digests *pin, const struct tally_digests *value)
{
	for (size_t i = 0; i < pin->count; i++) {
		const struct tally_digest *bank = tally_digests_find(value, pin->digest[i].alg);

		if (!bank || !tally_digest_equal(bank, &pin->digest[i]))
			return false;
	}
	return pin->count != 0;
}

static enum tally_account_proof proof_of(struct tally_account *account, size_t i, const struct tally_digests *value)
{
	const struct tally_account_register *reg = &account->reg[i];

	if (is_at(account, i, value))
		return reg->segment_count ? TALLY_PROOF_SEGMENTS : TALLY_PROOF_RESET;
	return reg->rule && is_pinned_by_policy(&reg->rule->base, value) ? TALLY_PROOF_POLICY : TALLY_PROOF_NONE;
}

/* Another count: the log was written before the TPM was reset, and somebody may have replayed it since. */
static void check_reset_counts(struct tally_account *account, const struct tally_account_register *reg,
			       const struct tally_record *record, const struct tally_control_base *base)
{
	const struct tally_statement *statement = account->statement;
	bool holds = (!base->has_reset_count || base->reset_count == statement->reset_count) &&
		     (!base->has_restart_count || base->restart_count == statement->restart_count);

	if (statement->has_reset_counts && !holds)
		tally_account_find(account, TALLY_REASON_TPM_RESET, reg, record, "it states %lu and %lu",
				   (unsigned long)base->reset_count, (unsigned long)base->restart_count);
}

static void take_base(struct tally_account *account, size_t i, const struct tally_record *record)
{
	struct tally_account_register *reg = &account->reg[i];
	struct tally_control_base base;
	enum tally_status status = tally_control_read_base(record->content, &base);

	if (status != TALLY_OK) {
		malformed(account, i, record, status);
		return;
	}
	if (!account->is_prologue || reg->has_base) {
		misplaced(account, i, record, "a base stands behind the header, once for a register");
		return;
	}
	if (!tally_digests_same_banks(&base.value, &account->statement->registers.item[i].reset)) {
		malformed(account, i, record, TALLY_BANK_SET);
		return;
	}
	reg->has_base = true;
	check_reset_counts(account, reg, record, &base);
	tally_account_jump(account, i, record, TALLY_JUMP_BASE, NULL, &base.value, proof_of(account, i, &base.value));
}

/* An intent's record inside an abort or a gap. It is remembered as what may still take effect. */
static void take_attempt(struct tally_account *account, size_t i, const struct tally_record *record,
			 struct tally_bytes attempt)
{
	struct tally_cursor cursor = tally_cursor(attempt);
	struct tally_record intent;
	enum tally_status status = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &intent);

	if (status == TALLY_OK)
		status = tally_cursor_end(&cursor);
	if (status == TALLY_OK && intent.index != record->index)
		status = TALLY_UNKNOWN_REGISTER;
	if (status == TALLY_OK)
		tally_account_attempt(account, i, attempt);
	else
		malformed(account, i, record, status);
}

static void take_gap(struct tally_account *account, size_t i, const struct tally_record *record)
{
	struct tally_control_gap gap;
	bool is_filled = false;
	uint64_t fed = 0;
	enum tally_status status = tally_control_read_gap(record->content, &gap);

	if (status == TALLY_OK && !tally_digests_same_banks(&gap.from, &account->statement->registers.item[i].reset))
		status = TALLY_BANK_SET;
	if (status == TALLY_OK && !tally_digests_same_banks(&gap.to, &gap.from))
		status = TALLY_BANK_SET;
	if (status != TALLY_OK) {
		malformed(account, i, record, status);
		return;
	}
	if (is_at(account, i, &gap.from))
		is_filled = tally_account_fill_gap(account, i, record, &gap.to, &fed);
	else
		tally_account_find(account, TALLY_REASON_LOG_GAP_MISMATCH, &account->reg[i], record, "%s", "");
	tally_account_jump(account, i, record, TALLY_JUMP_GAP, &gap.from, &gap.to,
			   is_filled ? TALLY_PROOF_FILLS : TALLY_PROOF_NONE);
	/* What fills told that lead nowhere are no events. */
	if (!is_filled && account->status == TALLY_OK)
		account->reg[i].before_count -= fed;
	if (gap.record.size)
		take_attempt(account, i, record, gap.record);
}

static void take_abort(struct tally_account *account, size_t i, const struct tally_record *record)
{
	struct tally_control_abort abort;
	enum tally_status status = tally_control_read_abort(record->content, &abort);

	if (status == TALLY_OK)
		take_attempt(account, i, record, abort.record);
	else
		malformed(account, i, record, status);
}

static void take_fill(struct tally_account *account, size_t i, const struct tally_record *record)
{
	struct tally_control_fill fill;
	enum tally_status status = tally_control_read_fill(record->content, &fill);

	if (status != TALLY_OK)
		malformed(account, i, record, status);
	else if (fill.gap < account->first_number)
		return; /* the gap was trimmed, as far as this evidence goes */
	else if (!tally_account_has_gap(account, i, fill.gap))
		tally_account_find(account, TALLY_REASON_LOG_FILL_MISMATCH, &account->reg[i], record, "%s", "");
	else if (account->foreigns.count == 0)
		tally_account_find(account, TALLY_REASON_LOG_FILL_MISSING, &account->reg[i], record, "%s", "");
}

static void take_kexec(struct tally_account *account, size_t i, const struct tally_record *record)
{
	struct tally_control_kexec kexec;
	enum tally_status status = tally_control_read_kexec(record->content, &kexec);

	if (status != TALLY_OK) {
		malformed(account, i, record, status);
		return;
	}
	if (account->has_boot_id && memcmp(account->boot_id, kexec.before, sizeof(kexec.before)) != 0)
		tally_account_find(account, TALLY_REASON_LOG_BOOT_MISMATCH, NULL, record,
				   "a kexec record begins with another boot");
	set_boot_id(account, kexec.after);
}

static bool trim_is_register_set(const struct tally_account *account, const struct tally_control_trim *trim)
{
	if (tally_registers_runtime_count(&trim->header.registers) != account->register_count)
		return false;
	for (size_t i = 0; i < account->register_count; i++)
		if (!tally_digests_same_banks(&trim->value[i], &account->statement->registers.item[i].reset))
			return false;
	return true;
}

/* A trim behind other records, of this part or of a stored one, must say what they say. */
static bool trim_joins(struct tally_account *account, const struct tally_record *record,
		       const struct tally_control_trim *trim)
{
	const uint8_t *head = account->has_begun ? tally_account_head(account, record->number) : NULL;
	bool joins = head && memcmp(head, trim->head, TALLY_HEAD_SIZE) == 0;

	for (size_t i = 0; i < account->register_count; i++)
		joins = is_at(account, i, &trim->value[i]) && joins;
	if (account->has_begun && !joins)
		tally_account_find(account, TALLY_REASON_LOG_TRIM_MISMATCH, NULL, record, "%s", "");
	return joins;
}

/* A register that is at its reset value has no history that a trim could have taken away. */
static void trim_register(struct tally_account *account, size_t i, const struct tally_record *record,
			  const struct tally_digests *value, bool joins)
{
	const struct tally_account_register *reg = &account->reg[i];
	enum tally_account_proof proof = joins ? TALLY_PROOF_STORED : TALLY_PROOF_NONE;

	if (tally_digests_equal(value, &account->statement->registers.item[i].reset) && is_at(account, i, value))
		return;
	if (!joins && reg->rule && is_pinned_by_policy(&reg->rule->trim, value))
		proof = TALLY_PROOF_POLICY;
	tally_account_jump(account, i, record, TALLY_JUMP_TRIM, value, value, proof);
}

static void take_trim(struct tally_account *account, size_t i, const struct tally_record *record)
{
	struct tally_control_trim *trim = account->trim;
	enum tally_status status = tally_control_read_trim(record->content, trim);
	bool joins;

	if (status != TALLY_OK) {
		malformed(account, i, record, status);
		return;
	}
	check_header(account, record, &trim->header);
	if (!trim_is_register_set(account, trim))
		return;
	joins = trim_joins(account, record, trim);
	if (!account->has_begun) {
		memcpy(account->first_head, trim->head, TALLY_HEAD_SIZE);
		set_boot_id(account, trim->header.boot_id);
	}
	for (size_t reg = 0; reg < account->register_count; reg++)
		trim_register(account, reg, record, &trim->value[reg], joins);
}

void tally_account_control(struct tally_account *account, size_t i, const struct tally_record *record)
{
	enum tally_control_word word = tally_control_word(record);

	if (!tally_digests_are_zero(&record->digests))
		tally_account_find(account, TALLY_REASON_LOG_CONTROL_DIGEST, &account->reg[i], record, "%s", "");
	if (i != 0 && (word == TALLY_CONTROL_HEADER || word == TALLY_CONTROL_TRIM || word == TALLY_CONTROL_KEXEC))
		misplaced(account, i, record, "it stands in the lowest register only");
	switch (word) {
	case TALLY_CONTROL_HEADER:
		take_header(account, i, record);
		break;
	case TALLY_CONTROL_BASE:
		take_base(account, i, record);
		break;
	case TALLY_CONTROL_GAP:
		take_gap(account, i, record);
		break;
	case TALLY_CONTROL_FILL:
		take_fill(account, i, record);
		break;
	case TALLY_CONTROL_TRIM:
		take_trim(account, i, record);
		break;
	case TALLY_CONTROL_KEXEC:
		take_kexec(account, i, record);
		break;
	case TALLY_CONTROL_ABORT:
		take_abort(account, i, record);
		break;
	case TALLY_CONTROL_NOT:
	default:
		tally_account_find(account, TALLY_REASON_LOG_CONTROL_UNKNOWN, &account->reg[i], record, "%s", "");
		break;
	}
}
