// SPDX-License-Identifier: BSD-2-Clause
/* Replay of our own log, record by record, into what the authority must know to go on. */
#include "history.h"

#include <stdlib.h>

#include "../format/event.h"
#include "../format/once_list.h"

/* The record number's element: what two records of the same event differ in. spec: docs/formats/log.md 1 */
#define NUMBER_ELEMENT_SIZE (TALLY_TLV_HEADER_SIZE + 8)

void tally_history_init(struct tally_history *history, const struct tally_register_set *registers)
{
	memset(history, 0, sizeof(*history));
	history->registers = registers;
	tally_names_init(&history->names);
	tally_replay_init(&history->replay, registers);
}

void tally_history_done(struct tally_history *history)
{
	tally_names_done(&history->names);
	free(history->attempts);
	history->attempts = NULL;
}

void tally_history_restart(struct tally_history *history)
{
	struct tally_slot_seen slot = history->slot;
	const struct tally_register_set *registers = history->registers;

	tally_history_done(history);
	tally_history_init(history, registers);
	slot.is_placed = false;
	slot.is_foreign = false;
	history->slot = slot;
}

static struct tally_bytes record_body(struct tally_bytes encoded)
{
	return tally_bytes(encoded.data + NUMBER_ELEMENT_SIZE, encoded.size - NUMBER_ELEMENT_SIZE);
}

static enum tally_status body_identity(struct tally_bytes body, uint8_t ret[TALLY_IDENTITY_SIZE])
{
	struct tally_hash_job job = { TALLY_SHA256, { body }, ret };

	return tally_env_hash(&job, 1);
}

enum tally_status tally_head_next(const uint8_t head[TALLY_HEAD_SIZE], struct tally_bytes encoded,
				  uint8_t ret[TALLY_HEAD_SIZE])
{
	struct tally_hash_job job = { TALLY_SHA384, { { head, TALLY_HEAD_SIZE }, encoded, { NULL, 0 } }, ret };

	return tally_env_hash(&job, 1);
}

/* --- attempts --- */

enum tally_status tally_history_add_attempt(struct tally_history *history, const struct tally_attempt *attempt)
{
	if (history->attempt_count == history->attempt_room) {
		size_t room = history->attempt_room ? 2 * history->attempt_room : 4;
		struct tally_attempt *grown = realloc(history->attempts, room * sizeof(*grown));

		if (!grown)
			return TALLY_NO_MEMORY;
		history->attempts = grown;
		history->attempt_room = room;
	}
	history->attempts[history->attempt_count++] = *attempt;
	return TALLY_OK;
}

static void attempts_remove(struct tally_history *history, size_t at)
{
	struct tally_attempt *attempts = history->attempts;

	memmove(&attempts[at], &attempts[at + 1], (history->attempt_count - at - 1) * sizeof(*attempts));
	history->attempt_count--;
}

static enum tally_status attempt_matches(const struct tally_attempt *attempt, size_t reg,
					 const struct tally_record *record, bool *ret)
{
	struct tally_bytes body = record_body(record->encoded);
	uint8_t identity[TALLY_IDENTITY_SIZE];
	enum tally_status status;

	*ret = attempt->register_index == reg && tally_digests_equal(&attempt->digests, &record->digests);
	if (!*ret)
		return TALLY_OK;
	if (attempt->is_slot) {
		*ret = tally_bytes_equal(attempt->body, body);
		return TALLY_OK;
	}
	status = body_identity(body, identity);
	*ret = memcmp(attempt->identity, identity, sizeof(identity)) == 0;
	return status;
}

/* Each record of the same event ends one open attempt, the oldest first. */
static enum tally_status attempts_end(struct tally_history *history, size_t reg, const struct tally_record *record)
{
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; status == TALLY_OK && i < history->attempt_count; i++) {
		bool matches = false;

		status = attempt_matches(&history->attempts[i], reg, record, &matches);
		if (status == TALLY_OK && matches) {
			attempts_remove(history, i);
			break;
		}
	}
	return status;
}

/* A gap or abort names the slot's attempt: what becomes of it is up to that record. */
static void attempts_end_slot(struct tally_history *history, const uint8_t slot[TALLY_SLOT_SHA256_SIZE])
{
	for (size_t i = 0; i < history->attempt_count; i++) {
		if (history->attempts[i].is_slot &&
		    memcmp(history->attempts[i].slot, slot, TALLY_SLOT_SHA256_SIZE) == 0) {
			attempts_remove(history, i);
			return;
		}
	}
}

/* --- the slot --- */

/* The same slot, read again into other memory. */
static void slot_record_moved(struct tally_history *history, const struct tally_intent *intent)
{
	history->slot.attempt.body = record_body(intent->record.encoded);
	for (size_t i = 0; i < history->attempt_count; i++)
		if (history->attempts[i].is_slot)
			history->attempts[i].body = history->slot.attempt.body;
}

enum tally_status tally_history_see_slot(struct tally_history *history, const struct tally_intent *intent)
{
	struct tally_slot_seen *slot = &history->slot;
	struct tally_attempt *attempt = &slot->attempt;
	int reg;

	if (intent && slot->is_whole && memcmp(attempt->slot, intent->sha256, TALLY_SLOT_SHA256_SIZE) == 0) {
		slot_record_moved(history, intent);
		return TALLY_OK;
	}
	for (size_t i = history->attempt_count; i > 0; i--)
		if (history->attempts[i - 1].is_slot)
			attempts_remove(history, i - 1);
	memset(slot, 0, sizeof(*slot));
	if (!intent)
		return TALLY_OK;
	reg = tally_registers_find_number(history->registers, intent->record.index);
	slot->is_unknown =
		reg < 0 || !tally_digests_same_banks(&history->registers->item[reg].reset, &intent->record.digests);
	attempt->register_index = slot->is_unknown ? 0 : (size_t)reg;
	attempt->digests = intent->record.digests;
	attempt->is_slot = true;
	memcpy(attempt->slot, intent->sha256, TALLY_SLOT_SHA256_SIZE);
	memcpy(slot->head, intent->head, TALLY_HEAD_SIZE);
	slot->number = intent->record.number;
	slot->is_whole = true;
	attempt->body = record_body(intent->record.encoded);
	return TALLY_OK;
}

bool tally_history_must_restart(const struct tally_history *history)
{
	const struct tally_slot_seen *slot = &history->slot;

	return slot->is_whole && !slot->is_placed && !slot->is_foreign && slot->number < history->next;
}

enum tally_status tally_history_place_slot(struct tally_history *history)
{
	struct tally_slot_seen *slot = &history->slot;
	enum tally_status status;

	if (!slot->is_whole || slot->is_placed || slot->is_foreign || slot->number != history->next)
		return TALLY_OK;
	if (slot->is_unknown || memcmp(slot->head, history->head, TALLY_HEAD_SIZE) != 0) {
		slot->is_foreign = true;
		return TALLY_OK;
	}
	status = tally_history_add_attempt(history, &slot->attempt);
	slot->is_placed = status == TALLY_OK;
	return status;
}

const struct tally_attempt *tally_history_pending(const struct tally_history *history)
{
	for (size_t i = history->attempt_count; i > 0; i--)
		if (history->attempts[i - 1].is_slot)
			return &history->attempts[i - 1];
	return NULL;
}

enum tally_slot_class tally_history_slot_class(const struct tally_history *history, bool is_present)
{
	const struct tally_slot_facts facts = {
		.is_present = is_present,
		.is_whole = history->slot.is_whole,
		.is_of_this_log = history->slot.is_placed,
		.is_ended_by_event = !tally_history_pending(history),
		.is_named = !tally_history_pending(history),
	};

	return tally_slot_classify(&facts);
}

/* --- records --- */

static enum tally_status names_note(struct tally_history *history, struct tally_bytes origin, struct tally_bytes name,
				    enum tally_name_kind kind)
{
	struct tally_name_entry entry = { .offset = history->size, .kind = (uint8_t)kind };
	enum tally_status status = tally_name_key(origin, name, entry.key);

	return status == TALLY_OK ? tally_names_add(&history->names, &entry) : status;
}

static void jump_note(struct tally_history *history, size_t reg, const struct tally_digests *from,
		      const struct tally_digests *to)
{
	struct tally_open_jump *jump = &history->jump[reg];

	if (!jump->is_open)
		jump->from = *from;
	jump->to = *to;
	jump->last = history->next;
	jump->is_open = true;
}

/* A trim alone is a jump from a value to itself. */
bool tally_history_has_open_gap(const struct tally_history *history, size_t reg)
{
	const struct tally_open_jump *jump = &history->jump[reg];

	return jump->is_open && !tally_digests_equal(&jump->from, &jump->to);
}

/* An event that is authentic and says `tally.pin` closes the jumps of its register numbered below its n. */
static enum tally_status pin_note(struct tally_history *history, size_t reg, const struct tally_record *record,
				  const struct tally_event *event)
{
	struct tally_pin pin;
	bool is_authentic;
	enum tally_status status = tally_event_is_authentic(record, &is_authentic);

	if (status != TALLY_OK || !is_authentic)
		return status;
	status = tally_pin_read(event->data, &pin);
	if (status != TALLY_OK)
		return status;
	if (pin.index == history->registers->item[reg].number && pin.next > history->jump[reg].last)
		history->jump[reg].is_open = false;
	return TALLY_OK;
}

static enum tally_status apply_event(struct tally_history *history, size_t reg, const struct tally_record *record)
{
	struct tally_event event;
	enum tally_status status = tally_replay_extend(&history->replay, reg, &record->digests);

	if (status == TALLY_OK)
		status = attempts_end(history, reg, record);
	if (status != TALLY_OK)
		return status;
	history->has_events[reg] = true;
	if (record->event_type != TALLY_EV_EVENT_TAG || tally_event_read(record->content, &event) != TALLY_OK)
		return TALLY_OK; /* another tool's event: it extends, and we know no more of it */
	if (event.is_once)
		return names_note(history, event.origin, event.name, TALLY_NAME_EVENT);
	if (tally_bytes_equal(event.type, tally_text(TALLY_EVENT_TYPE_PIN)))
		return pin_note(history, reg, record, &event);
	return TALLY_OK;
}

/* The record that an abort or gap holds becomes an open attempt; its once name is in doubt. */
static enum tally_status attempt_note(struct tally_history *history, const uint8_t slot[TALLY_SLOT_SHA256_SIZE],
				      struct tally_bytes encoded)
{
	struct tally_cursor cursor = tally_cursor(encoded);
	struct tally_attempt attempt = { .offset = history->size };
	struct tally_record record;
	struct tally_event event;
	int reg;
	enum tally_status status = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record);

	if (status == TALLY_OK)
		status = tally_cursor_end(&cursor);
	if (status != TALLY_OK)
		return status;
	reg = tally_registers_find_number(history->registers, record.index);
	if (reg < 0)
		return TALLY_UNKNOWN_REGISTER;
	if (!tally_digests_same_banks(&history->registers->item[reg].reset, &record.digests))
		return TALLY_BANK_SET;
	attempt.register_index = (size_t)reg;
	attempt.digests = record.digests;
	memcpy(attempt.slot, slot, TALLY_SLOT_SHA256_SIZE);
	status = body_identity(record_body(encoded), attempt.identity);
	if (status == TALLY_OK)
		status = tally_history_add_attempt(history, &attempt);
	if (status == TALLY_OK && tally_event_read(record.content, &event) == TALLY_OK && event.is_once)
		status = names_note(history, event.origin, event.name, TALLY_NAME_DOUBT);
	return status;
}

static enum tally_status apply_gap(struct tally_history *history, size_t reg, struct tally_bytes content)
{
	struct tally_control_gap gap;
	enum tally_status status = tally_control_read_gap(content, &gap);

	if (status == TALLY_OK)
		status = tally_replay_jump(&history->replay, reg, &gap.to);
	if (status != TALLY_OK)
		return status;
	history->gap_count++;
	jump_note(history, reg, &gap.from, &gap.to);
	history->is_once_lost = history->is_once_lost || gap.has_damage;
	if (!gap.names_intent)
		return TALLY_OK;
	attempts_end_slot(history, gap.intent);
	if (gap.has_once)
		status = names_note(history, gap.origin, gap.name, TALLY_NAME_DOUBT);
	if (status == TALLY_OK && gap.record.size)
		status = attempt_note(history, gap.intent, gap.record);
	return status;
}

static enum tally_status apply_abort(struct tally_history *history, struct tally_bytes content)
{
	struct tally_control_abort abort;
	enum tally_status status = tally_control_read_abort(content, &abort);

	if (status != TALLY_OK)
		return status;
	attempts_end_slot(history, abort.intent);
	return attempt_note(history, abort.intent, abort.record);
}

static enum tally_status apply_base(struct tally_history *history, size_t reg, struct tally_bytes content)
{
	struct tally_control_base base;
	enum tally_status status = tally_control_read_base(content, &base);

	return status == TALLY_OK ? tally_replay_jump(&history->replay, reg, &base.value) : status;
}

static enum tally_status apply_header(struct tally_history *history, struct tally_bytes content)
{
	struct tally_control_header header;
	enum tally_status status = tally_control_read_header(content, &header);

	if (status != TALLY_OK)
		return status;
	if (history->size != 0)
		return TALLY_DUPLICATE;
	history->capacity = header.capacity;
	memcpy(history->boot_id, header.boot_id, sizeof(history->boot_id));
	return TALLY_OK;
}

static enum tally_status apply_kexec(struct tally_history *history, struct tally_bytes content)
{
	struct tally_control_kexec kexec;
	enum tally_status status = tally_control_read_kexec(content, &kexec);

	if (status == TALLY_OK)
		memcpy(history->boot_id, kexec.after, sizeof(history->boot_id));
	return status;
}

/* The names that the trimmed part held. A list that is not the one that the trim names is as good as none. */
static enum tally_status once_list_note(struct tally_history *history, struct tally_bytes digest)
{
	struct tally_cursor list = tally_cursor(history->once_list);
	uint8_t found[TALLY_HEAD_SIZE];
	struct tally_hash_job job = { TALLY_SHA384, { history->once_list }, found };
	enum tally_status status = digest.size ? tally_env_hash(&job, 1) : TALLY_OK;

	if (status != TALLY_OK || digest.size == 0)
		return status;
	history->is_once_lost = !tally_bytes_equal(digest, tally_bytes(found, sizeof(found)));
	while (status == TALLY_OK && !history->is_once_lost && !tally_cursor_is_done(&list)) {
		struct tally_name_entry entry = { .offset = history->once_list.size - list.left.size };
		struct tally_once_name name;

		if (tally_once_list_read(&list, &name) != TALLY_OK) {
			history->is_once_lost = true;
			break;
		}
		entry.kind = name.is_doubt ? TALLY_NAME_DOUBT : TALLY_NAME_STORED;
		status = tally_name_key(name.origin, name.name, entry.key);
		if (status == TALLY_OK)
			status = tally_names_add(&history->names, &entry);
	}
	return status;
}

static bool trim_fits(const struct tally_history *history, const struct tally_control_trim *trim)
{
	const struct tally_register_set *told = &trim->header.registers;
	const struct tally_register_set *known = history->registers;

	if (told->count != known->count || tally_registers_runtime_count(told) != tally_registers_runtime_count(known))
		return false;
	for (size_t reg = 0; reg < tally_registers_runtime_count(known); reg++)
		if (told->item[reg].number != known->item[reg].number ||
		    !tally_digests_same_banks(&trim->value[reg], &known->item[reg].reset))
			return false;
	return true;
}

/* In the middle of a log it states what the log said before: else something was taken away unseen. */
static enum tally_status trim_agrees(struct tally_history *history, const struct tally_control_trim *trim)
{
	if (memcmp(trim->head, history->head, TALLY_HEAD_SIZE) != 0)
		return TALLY_CHECKSUM;
	for (size_t reg = 0; reg < tally_registers_runtime_count(history->registers); reg++) {
		struct tally_digests value;
		enum tally_status status = tally_replay_value(&history->replay, reg, &value);

		if (status == TALLY_OK && !tally_digests_equal(&value, &trim->value[reg]))
			status = TALLY_CHECKSUM;
		if (status != TALLY_OK)
			return status;
	}
	return TALLY_OK;
}

/* The log begins here: what its header said before, and what its records led to. */
static enum tally_status trim_begins(struct tally_history *history, const struct tally_control_trim *trim)
{
	enum tally_status status = once_list_note(history, trim->once_list_digest);

	history->capacity = trim->header.capacity;
	memcpy(history->boot_id, trim->header.boot_id, sizeof(history->boot_id));
	for (size_t reg = 0; status == TALLY_OK && reg < tally_registers_runtime_count(history->registers); reg++)
		status = tally_replay_jump(&history->replay, reg, &trim->value[reg]);
	return status;
}

static enum tally_status apply_trim(struct tally_history *history, struct tally_bytes content)
{
	struct tally_control_trim *trim = malloc(sizeof(*trim));
	enum tally_status status = trim ? tally_control_read_trim(content, trim) : TALLY_NO_MEMORY;

	if (status == TALLY_OK && !trim_fits(history, trim))
		status = TALLY_UNKNOWN_REGISTER;
	if (status == TALLY_OK)
		status = history->size == 0 ? trim_begins(history, trim) : trim_agrees(history, trim);
	/* A register at its reset value has no history that could have been taken away. */
	for (size_t reg = 0; status == TALLY_OK && reg < tally_registers_runtime_count(history->registers); reg++)
		if (!tally_digests_equal(&trim->value[reg], &history->registers->item[reg].reset))
			jump_note(history, reg, &trim->value[reg], &trim->value[reg]);
	free(trim);
	return status;
}

static enum tally_status apply_content(struct tally_history *history, size_t reg, const struct tally_record *record)
{
	struct tally_control_fill fill;
	enum tally_control_word word = tally_control_word(record);

	if (history->size == 0 && word != TALLY_CONTROL_HEADER && word != TALLY_CONTROL_TRIM)
		return TALLY_UNSUPPORTED;
	switch (word) {
	case TALLY_CONTROL_HEADER:
		return apply_header(history, record->content);
	case TALLY_CONTROL_BASE:
		return apply_base(history, reg, record->content);
	case TALLY_CONTROL_GAP:
		return apply_gap(history, reg, record->content);
	case TALLY_CONTROL_ABORT:
		return apply_abort(history, record->content);
	case TALLY_CONTROL_KEXEC:
		return apply_kexec(history, record->content);
	case TALLY_CONTROL_FILL:
		return tally_control_read_fill(record->content, &fill);
	case TALLY_CONTROL_TRIM:
		return apply_trim(history, record->content);
	case TALLY_CONTROL_NOT:
	default:
		break;
	}
	return record->is_measured ? apply_event(history, reg, record) : TALLY_UNSUPPORTED;
}

/*
 * A pending slot is settled before anything else is written, so its number's record ends its attempt, names it, or
 * is an earlier open attempt that explains the register. Any other record there was changed after it was written.
 */
static enum tally_status check_slot_place(const struct tally_history *history, size_t reg,
					  const struct tally_record *record)
{
	const uint8_t *slot = history->slot.attempt.slot;
	enum tally_control_word word = tally_control_word(record);
	struct tally_control_abort abort;
	struct tally_control_gap gap;
	enum tally_status status = TALLY_OK;
	bool is_right = false;

	if (!history->slot.is_placed || record->number != history->slot.number)
		return TALLY_OK;
	if (word == TALLY_CONTROL_GAP) {
		status = tally_control_read_gap(record->content, &gap);
		is_right =
			status == TALLY_OK && gap.names_intent && memcmp(gap.intent, slot, TALLY_SLOT_SHA256_SIZE) == 0;
	} else if (word == TALLY_CONTROL_ABORT) {
		status = tally_control_read_abort(record->content, &abort);
		is_right = status == TALLY_OK && memcmp(abort.intent, slot, TALLY_SLOT_SHA256_SIZE) == 0;
	}
	for (size_t i = 0; status == TALLY_OK && !is_right && i < history->attempt_count; i++)
		status = attempt_matches(&history->attempts[i], reg, record, &is_right);
	if (status != TALLY_OK)
		return status;
	return is_right ? TALLY_OK : TALLY_CHECKSUM;
}

/* Number and head before the first record: nothing, or what a trim states. */
static enum tally_status history_begin(struct tally_history *history, const struct tally_record *record)
{
	struct tally_control_trim *trim;
	enum tally_status status;

	history->next = 0;
	history->first_number = 0;
	memset(history->head, 0, sizeof(history->head));
	if (tally_control_word(record) != TALLY_CONTROL_TRIM)
		return TALLY_OK;
	trim = malloc(sizeof(*trim));
	status = trim ? tally_control_read_trim(record->content, trim) : TALLY_NO_MEMORY;
	if (status == TALLY_OK) {
		history->next = record->number;
		history->first_number = record->number;
		memcpy(history->head, trim->head, sizeof(history->head));
	}
	free(trim);
	return status;
}

enum tally_status tally_history_apply(struct tally_history *history, const struct tally_record *record)
{
	int reg = tally_registers_find_number(history->registers, record->index);
	uint8_t head[TALLY_HEAD_SIZE];
	enum tally_status status;

	status = history->size == 0 ? history_begin(history, record) : TALLY_OK;
	if (status != TALLY_OK)
		return status;
	if (record->number != history->next)
		return TALLY_DISORDER;
	if (reg < 0)
		return TALLY_UNKNOWN_REGISTER;
	if (record->content_type != TALLY_CONTENT_PCCLIENT_STD)
		return TALLY_UNSUPPORTED;
	status = tally_head_next(history->head, record->encoded, head);
	if (status == TALLY_OK)
		status = tally_history_place_slot(history);
	if (status == TALLY_OK)
		status = check_slot_place(history, (size_t)reg, record);
	if (status == TALLY_OK)
		status = apply_content(history, (size_t)reg, record);
	if (status != TALLY_OK)
		return status;
	memcpy(history->head, head, sizeof(head));
	if (history->size == 0)
		memcpy(history->first, head, sizeof(head));
	history->next++;
	history->size += record->encoded.size;
	return TALLY_OK;
}
