// SPDX-License-Identifier: BSD-2-Clause
/* Jumps and the events that pin them: history before a gap or a trim must not be exchangeable. */
#include "account.h"

/* A record's number is its first element: a header of five bytes and eight bytes. */
#define NUMBER_SIZE (TALLY_TLV_HEADER_SIZE + 8)

static struct tally_account_jump *jump_at(const struct tally_account *account, size_t position)
{
	return (struct tally_account_jump *)account->jumps.items + position - 1;
}

static void expect_pin(struct tally_account *account, size_t i)
{
	struct tally_account_register *reg = &account->reg[i];
	size_t position = account->jumps.count;

	if (reg->first_unpinned)
		jump_at(account, reg->last_unpinned)->next_unpinned = position;
	else
		reg->first_unpinned = position;
	reg->last_unpinned = position;
	if (!reg->first_patient)
		reg->first_patient = position;
}

void tally_account_jump(struct tally_account *account, size_t i, const struct tally_record *record,
			enum tally_jump_kind kind, const struct tally_digests *from, const struct tally_digests *to,
			enum tally_account_proof proof)
{
	static const char *const proofs[] = { [TALLY_PROOF_NONE] = NULL,
					      [TALLY_PROOF_RESET] = "reset value",
					      [TALLY_PROOF_SEGMENTS] = "attached logs",
					      [TALLY_PROOF_STORED] = "stored log",
					      [TALLY_PROOF_FILLS] = "foreign logs",
					      [TALLY_PROOF_POLICY] = "policy" };
	struct tally_account_register *reg = &account->reg[i];
	struct tally_account_jump *jump = tally_vector_add(&account->jumps, account->ledger->arena, sizeof(*jump));
	enum tally_status status = jump ? tally_replay_jump(account->replay, i, to) : TALLY_NO_MEMORY;

	if (status != TALLY_OK) {
		tally_account_fail(account, status);
		return;
	}
	jump->reg = i;
	jump->shown.reg = reg->name;
	jump->shown.record = record->number;
	jump->shown.kind = kind;
	jump->shown.from = tally_ledger_banks(account->ledger->arena, from);
	jump->shown.to = tally_ledger_banks(account->ledger->arena, to);
	jump->shown.proof = proofs[proof];
	if (kind != TALLY_JUMP_BASE)
		expect_pin(account, i);
	if (kind == TALLY_JUMP_GAP && proof == TALLY_PROOF_NONE)
		reg->gap_count++;
	/* A value that the policy knows says nothing about how the log came to it. */
	if (proof == TALLY_PROOF_NONE || proof == TALLY_PROOF_POLICY)
		reg->before_count += tally_sequence_restart(&reg->sequence);
	tally_account_watch(account, i, record->number);
}

static bool hash_head(struct tally_account *account, const uint8_t *before, struct tally_bytes record, uint8_t *ret)
{
	struct tally_hash_job job = { TALLY_SHA384, { tally_bytes(before, TALLY_HEAD_SIZE), record }, ret };
	enum tally_status status = tally_env_hash(&job, 1);

	if (status != TALLY_OK)
		tally_account_fail(account, status);
	return status == TALLY_OK;
}

const uint8_t *tally_account_head(struct tally_account *account, uint64_t number)
{
	const struct tally_bytes *records = account->records.items;
	uint64_t wanted = number - account->first_number;

	if (number < account->first_number || wanted > account->records.count)
		return NULL;
	while (account->heads.count < wanted) {
		size_t at = account->heads.count;
		uint8_t *head = tally_vector_add(&account->heads, account->ledger->arena, TALLY_HEAD_SIZE);
		const uint8_t *before = account->first_head;

		if (head && at)
			before = (const uint8_t *)account->heads.items + (at - 1) * TALLY_HEAD_SIZE;
		if (!head || !hash_head(account, before, records[at], head))
			return NULL;
	}
	return wanted ? (const uint8_t *)account->heads.items + (wanted - 1) * TALLY_HEAD_SIZE : account->first_head;
}

/* Everything but the number: an event that settled late stands in the log under a later one. */
static struct tally_bytes without_number(struct tally_bytes encoded)
{
	if (encoded.size < NUMBER_SIZE)
		return tally_bytes(NULL, 0);
	return tally_bytes(encoded.data + NUMBER_SIZE, encoded.size - NUMBER_SIZE);
}

static void drop_attempt(struct tally_account_register *reg, size_t at)
{
	reg->attempt_count--;
	memmove(&reg->attempt[at], &reg->attempt[at + 1], (reg->attempt_count - at) * sizeof(reg->attempt[0]));
}

void tally_account_attempt(struct tally_account *account, size_t i, struct tally_bytes attempt)
{
	struct tally_account_register *reg = &account->reg[i];

	if (reg->attempt_count == TALLY_ACCOUNT_ATTEMPTS)
		drop_attempt(reg, 0);
	reg->attempt[reg->attempt_count++] = without_number(attempt);
}

/* The record ends an open attempt, the oldest that is equal. */
static bool end_attempt(struct tally_account_register *reg, const struct tally_record *record)
{
	struct tally_bytes event = without_number(record->encoded);

	for (size_t at = 0; at < reg->attempt_count; at++) {
		if (!tally_bytes_equal(reg->attempt[at], event))
			continue;
		drop_attempt(reg, at);
		return true;
	}
	return false;
}

/* An event before the pin: the jumps so far are overrun, and no pin can mend that. */
static void overrun(struct tally_account *account, size_t i)
{
	struct tally_account_register *reg = &account->reg[i];

	while (reg->first_patient) {
		struct tally_account_jump *jump = jump_at(account, reg->first_patient);

		jump->is_overrun = true;
		reg->first_patient = jump->next_unpinned;
	}
}

/* Position of the last jump that a pin with this n covers; 0 if it covers none. */
static size_t last_covered(const struct tally_account *account, const struct tally_account_register *reg, uint64_t n)
{
	size_t last = 0;

	for (size_t at = reg->first_unpinned; at && jump_at(account, at)->shown.record < n;
	     at = jump_at(account, at)->next_unpinned)
		last = at;
	return last;
}

/* Each jump is gone through once, also by pins that are wrong: so many of both would otherwise take for ever. */
static void pin_jumps(struct tally_account *account, struct tally_account_register *reg, size_t last, bool holds)
{
	size_t pinned;

	do {
		struct tally_account_jump *jump;

		pinned = reg->first_unpinned;
		jump = jump_at(account, pinned);
		jump->shown.is_pinned = holds;
		reg->first_unpinned = jump->next_unpinned;
		if (reg->first_patient == pinned)
			reg->first_patient = jump->next_unpinned;
	} while (pinned != last);
}

static bool is_value(const struct tally_digests *told, const struct tally_banks *value)
{
	if (told->count != value->count)
		return false;
	for (size_t i = 0; i < told->count; i++)
		if (!tally_digest_equal(&told->digest[i], &value->digest[i]))
			return false;
	return true;
}

/* NULL if the pin says what the log says; else what differs. */
static const char *pin_fault(struct tally_account *account, size_t i, const struct tally_record *record,
			     const struct tally_event *event, bool is_late)
{
	struct tally_account_register *reg = &account->reg[i];
	struct tally_pin pin;
	const uint8_t *head;
	size_t last;
	bool holds;

	if (!event->has_data || tally_pin_read(event->data, &pin) != TALLY_OK)
		return "it can't be read";
	if (pin.index != record->index)
		return "register";
	head = pin.next <= record->number ? tally_account_head(account, pin.next) : NULL;
	if (!head || memcmp(head, pin.head, TALLY_HEAD_SIZE) != 0)
		return "head of the log";
	last = last_covered(account, reg, pin.next);
	if (!last)
		/* A pin that came late was replaced by another one in the meantime. */
		return is_late ? NULL : "there is nothing to pin";
	holds = is_value(&pin.from, &jump_at(account, reg->first_unpinned)->shown.from) &&
		is_value(&pin.to, &jump_at(account, last)->shown.to);
	pin_jumps(account, reg, last, holds);
	return holds ? NULL : "values";
}

void tally_account_pin(struct tally_account *account, size_t i, const struct tally_record *record,
		       const struct tally_event *event)
{
	bool is_late = end_attempt(&account->reg[i], record);
	const char *fault;

	if (!event || !tally_bytes_equal(event->type, tally_text(TALLY_EVENT_TYPE_PIN))) {
		if (!is_late)
			overrun(account, i);
		return;
	}
	fault = pin_fault(account, i, record, event, is_late);
	if (fault)
		tally_account_find(account, TALLY_REASON_LOG_PIN_MISMATCH, &account->reg[i], record, "%s", fault);
}

/* Jumps stand in the order of their records; one record, a trim, can make one for each register. */
bool tally_account_has_gap(const struct tally_account *account, size_t i, uint64_t number)
{
	size_t low = 0;
	size_t high = account->jumps.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (jump_at(account, middle + 1)->shown.record < number)
			low = middle + 1;
		else
			high = middle;
	}
	for (size_t at = low; at < account->jumps.count && at < low + account->register_count; at++) {
		const struct tally_account_jump *jump = jump_at(account, at + 1);

		if (jump->reg == i && jump->shown.kind == TALLY_JUMP_GAP && jump->shown.record == number)
			return true;
	}
	return false;
}

static void finish_jump(struct tally_account *account, const struct tally_account_jump *jump)
{
	static const enum tally_reason unproven[] = {
		[TALLY_JUMP_BASE] = TALLY_REASON_LOG_BASE_UNPROVEN,
		[TALLY_JUMP_GAP] = TALLY_REASON_LOG_GAP,
		[TALLY_JUMP_TRIM] = TALLY_REASON_LOG_TRIM_UNPROVEN,
	};
	struct tally_verdict_jump *shown =
		tally_vector_add(&account->ledger->jumps, account->ledger->arena, sizeof(*shown));
	const struct tally_account_register *reg = &account->reg[jump->reg];

	if (!shown)
		return;
	*shown = jump->shown;
	shown->is_admitted =
		!shown->proof && shown->kind == TALLY_JUMP_GAP && reg->rule && reg->gap_count <= reg->rule->gap_limit;
	if (!shown->proof && !shown->is_admitted)
		tally_ledger_find(account->ledger, unproven[shown->kind], reg->name, &shown->record, "%s", "");
	if (jump->is_overrun)
		tally_ledger_find(account->ledger,
				  shown->kind == TALLY_JUMP_TRIM ? TALLY_REASON_LOG_TRIM_UNPINNED
								 : TALLY_REASON_LOG_GAP_UNPINNED,
				  reg->name, &shown->record, "%s", "");
}

void tally_account_jumps_finish(struct tally_account *account)
{
	for (size_t position = 1; position <= account->jumps.count; position++)
		finish_jump(account, jump_at(account, position));
}

void tally_account_prologue_end(struct tally_account *account)
{
	account->is_prologue = false;
	for (size_t i = 0; i < account->register_count; i++) {
		const struct tally_digests *reset = &account->statement->registers.item[i].reset;
		struct tally_account_register *reg = &account->reg[i];
		enum tally_status status;

		if (!reg->segment_count || reg->has_base)
			continue;
		tally_ledger_find(account->ledger, TALLY_REASON_LOG_SEGMENT_MISMATCH, reg->name, NULL,
				  "the log does not go on from where an attached log ends");
		status = tally_replay_jump(account->replay, i, reset);
		if (status != TALLY_OK)
			tally_account_fail(account, status);
		reg->before_count += tally_sequence_restart(&reg->sequence);
	}
}
