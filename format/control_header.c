// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Control records that carry the list of registers: header and trim. */
#include "canonical.h"
#include "control.h"
#include "event.h"

/* spec: docs/formats/log.md 3, header, register and trim */
enum header_element {
	HEADER_ELEMENT_VERSION = 0,
	HEADER_ELEMENT_PROVIDER = 1,
	HEADER_ELEMENT_BOOT_ID = 2,
	HEADER_ELEMENT_REGISTERS = 3,
	HEADER_ELEMENT_NUMBERING = 4,
	HEADER_ELEMENT_CAPACITY = 5
};

enum register_element {
	REGISTER_ELEMENT_NUMBER = 0,
	REGISTER_ELEMENT_NAME = 1,
	REGISTER_ELEMENT_KIND = 2,
	REGISTER_ELEMENT_RESET = 3,
	REGISTER_ELEMENT_PCR_MASK = 4,
	REGISTER_ELEMENT_SIGNED = 5,
	REGISTER_ELEMENT_EXTEND_RULE = 6,
	REGISTER_ELEMENT_FLAGS = 7
};

enum register_flag { REGISTER_FLAG_RESETTABLE = 1, REGISTER_FLAG_LOCKABLE = 2, REGISTER_FLAG_LATE = 4 };

enum trim_element {
	TRIM_ELEMENT_HEADER = 0,
	TRIM_ELEMENT_VALUES = 1,
	TRIM_ELEMENT_ONCE_LIST_DIGEST = 2,
	TRIM_ELEMENT_HEAD = 3
};

enum running_element { RUNNING_ELEMENT_REGISTER = 0, RUNNING_ELEMENT_VALUE = 1 };

#define LIST_ITEM 0 /* the tag of each item in a list of containers */
#define ONCE_LIST_DIGEST_SIZE 48
#define REGISTER_FLAGS_ALL (REGISTER_FLAG_RESETTABLE | REGISTER_FLAG_LOCKABLE | REGISTER_FLAG_LATE)
#define PCR_MASK_ALL ((1U << TALLY_PCR_COUNT) - 1)

static const struct {
	enum tally_numbering numbering;
	const char *name;
} header_numberings[] = {
	/* An NV index is no register, so a log can't be numbered by it. */
	{ TALLY_NUMBERING_REGISTER, "register" },
	{ TALLY_NUMBERING_PCR, "pcr" },
	{ TALLY_NUMBERING_CC_MR, "cc-mr" },
};

#define HEADER_NUMBERING_COUNT (sizeof(header_numberings) / sizeof(header_numberings[0]))

/* A name into its array, with the NUL that clean text can't hold. */
static void header_read_name(struct tally_cursor *cursor, struct tally_bytes value, char ret[TALLY_REGISTER_NAME_LIMIT])
{
	struct tally_bytes name = tally_canonical_text(cursor, value);

	memset(ret, 0, TALLY_REGISTER_NAME_LIMIT);
	if (name.size >= TALLY_REGISTER_NAME_LIMIT)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	else if (name.size != 0)
		memcpy(ret, name.data, name.size);
}

/* A number from 1 to limit, as our enumerations count. */
static uint8_t header_read_choice(struct tally_cursor *cursor, uint8_t tag, uint8_t limit)
{
	uint64_t choice = tally_canonical_integer(cursor, tally_tlv_expect(cursor, tag), limit);

	if (choice == 0)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return (uint8_t)choice;
}

static uint32_t header_read_number(struct tally_cursor *cursor, uint8_t tag, uint32_t limit)
{
	return (uint32_t)tally_canonical_integer(cursor, tally_tlv_expect(cursor, tag), limit);
}

/* Every element is there, also where it is zero: a register has one form. */
static void header_read_register(struct tally_cursor *cursor, struct tally_register *reg)
{
	uint32_t flags;

	memset(reg, 0, sizeof(*reg));
	reg->number = header_read_number(cursor, REGISTER_ELEMENT_NUMBER, UINT32_MAX);
	header_read_name(cursor, tally_tlv_expect(cursor, REGISTER_ELEMENT_NAME), reg->name);
	reg->kind = header_read_choice(cursor, REGISTER_ELEMENT_KIND, TALLY_RUNTIME);
	tally_canonical_digests(cursor, tally_tlv_expect(cursor, REGISTER_ELEMENT_RESET), &reg->reset);
	reg->pcr_mask = header_read_number(cursor, REGISTER_ELEMENT_PCR_MASK, PCR_MASK_ALL);
	reg->is_signed = header_read_choice(cursor, REGISTER_ELEMENT_SIGNED, TALLY_SIGNED_ELSEWHERE);
	reg->extend_rule = header_read_choice(cursor, REGISTER_ELEMENT_EXTEND_RULE, TALLY_EXTEND_PADDED);
	flags = header_read_number(cursor, REGISTER_ELEMENT_FLAGS, REGISTER_FLAGS_ALL);
	reg->is_resettable = flags & REGISTER_FLAG_RESETTABLE;
	reg->is_lockable = flags & REGISTER_FLAG_LOCKABLE;
	reg->is_late = flags & REGISTER_FLAG_LATE;
}

static void header_read_registers(struct tally_cursor *cursor, struct tally_bytes list, struct tally_register_set *set)
{
	struct tally_cursor items = tally_cursor(list);

	while (!tally_cursor_is_done(&items)) {
		struct tally_cursor item = tally_cursor(tally_tlv_expect(&items, LIST_ITEM));
		struct tally_register reg;
		enum tally_status status;

		header_read_register(&item, &reg);
		tally_leave(&items, &item);
		status = items.status == TALLY_OK ? tally_registers_add(set, &reg) : items.status;
		if (status != TALLY_OK)
			tally_fail(&items, status);
	}
	tally_leave(cursor, &items);
}

static enum tally_numbering header_read_numbering(struct tally_cursor *cursor, struct tally_bytes value)
{
	for (size_t i = 0; i < HEADER_NUMBERING_COUNT; i++)
		if (tally_bytes_equal(value, tally_text(header_numberings[i].name)))
			return header_numberings[i].numbering;
	tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return 0;
}

/* The version first, and nothing behind it if it is not ours: the failure is latched. */
static void header_read_elements(struct tally_cursor *cursor, struct tally_control_header *header)
{
	memset(header, 0, sizeof(*header));
	header->version = tally_canonical_integer(cursor, tally_tlv_expect(cursor, HEADER_ELEMENT_VERSION), UINT64_MAX);
	if (header->version != TALLY_LOG_VERSION)
		tally_fail(cursor, TALLY_UNSUPPORTED);
	header_read_name(cursor, tally_tlv_expect(cursor, HEADER_ELEMENT_PROVIDER), header->registers.provider);
	tally_canonical_copy(cursor, tally_tlv_expect(cursor, HEADER_ELEMENT_BOOT_ID), header->boot_id,
			     sizeof(header->boot_id));
	header_read_registers(cursor, tally_tlv_expect(cursor, HEADER_ELEMENT_REGISTERS), &header->registers);
	header->numbering = header_read_numbering(cursor, tally_tlv_expect(cursor, HEADER_ELEMENT_NUMBERING));
	header->capacity =
		tally_canonical_integer(cursor, tally_tlv_expect(cursor, HEADER_ELEMENT_CAPACITY), UINT64_MAX);
}

enum tally_status tally_control_read_header(struct tally_bytes content, struct tally_control_header *ret)
{
	struct tally_cursor cursor = tally_control_open(content, TALLY_CONTROL_HEADER);

	header_read_elements(&cursor, ret);
	return tally_cursor_end(&cursor);
}

/* The register's number is there for readers of the bytes; its place in the list decides. */
static void trim_read_value(struct tally_cursor *values, const struct tally_register *reg, struct tally_digests *ret)
{
	struct tally_cursor item = tally_cursor(tally_tlv_expect(values, LIST_ITEM));
	uint32_t number = header_read_number(&item, RUNNING_ELEMENT_REGISTER, UINT32_MAX);

	if (item.status == TALLY_OK && number != reg->number)
		tally_fail(&item, TALLY_UNKNOWN_REGISTER);
	tally_canonical_digests(&item, tally_tlv_expect(&item, RUNNING_ELEMENT_VALUE), ret);
	if (item.status == TALLY_OK && !tally_digests_same_banks(ret, &reg->reset))
		tally_fail(&item, TALLY_BANK_SET);
	tally_leave(values, &item);
}

/* One value for each runtime register, in the order of the header. */
static void trim_read_values(struct tally_cursor *cursor, struct tally_bytes list, struct tally_control_trim *trim)
{
	size_t count = tally_registers_runtime_count(&trim->header.registers);
	struct tally_cursor values = tally_cursor(list);

	memset(trim->value, 0, sizeof(trim->value));
	for (size_t i = 0; i < count; i++)
		trim_read_value(&values, &trim->header.registers.item[i], &trim->value[i]);
	tally_leave(cursor, &values);
}

enum tally_status tally_control_read_trim(struct tally_bytes content, struct tally_control_trim *ret)
{
	struct tally_cursor cursor = tally_control_open(content, TALLY_CONTROL_TRIM);
	struct tally_cursor header = tally_cursor(tally_tlv_expect(&cursor, TRIM_ELEMENT_HEADER));

	header_read_elements(&header, &ret->header);
	tally_leave(&cursor, &header);
	trim_read_values(&cursor, tally_tlv_expect(&cursor, TRIM_ELEMENT_VALUES), ret);
	ret->once_list_digest = tally_tlv_expect(&cursor, TRIM_ELEMENT_ONCE_LIST_DIGEST);
	if (ret->once_list_digest.size != 0 && ret->once_list_digest.size != ONCE_LIST_DIGEST_SIZE)
		tally_fail(&cursor, TALLY_OUT_OF_RANGE);
	tally_canonical_copy(&cursor, tally_tlv_expect(&cursor, TRIM_ELEMENT_HEAD), ret->head, sizeof(ret->head));
	return tally_cursor_end(&cursor);
}

static void header_write_register(struct tally_writer *writer, const struct tally_register *reg)
{
	size_t item = tally_tlv_begin(writer, LIST_ITEM);
	unsigned flags = (reg->is_resettable ? REGISTER_FLAG_RESETTABLE : 0U) |
			 (reg->is_lockable ? REGISTER_FLAG_LOCKABLE : 0U) | (reg->is_late ? REGISTER_FLAG_LATE : 0U);

	tally_tlv_write_integer(writer, REGISTER_ELEMENT_NUMBER, reg->number);
	tally_tlv_write(writer, REGISTER_ELEMENT_NAME, tally_text(reg->name));
	tally_tlv_write_integer(writer, REGISTER_ELEMENT_KIND, reg->kind);
	tally_tlv_write_digests(writer, REGISTER_ELEMENT_RESET, &reg->reset);
	tally_tlv_write_integer(writer, REGISTER_ELEMENT_PCR_MASK, reg->pcr_mask);
	tally_tlv_write_integer(writer, REGISTER_ELEMENT_SIGNED, reg->is_signed);
	tally_tlv_write_integer(writer, REGISTER_ELEMENT_EXTEND_RULE, reg->extend_rule);
	tally_tlv_write_integer(writer, REGISTER_ELEMENT_FLAGS, flags);
	tally_tlv_end(writer, item);
}

static void header_write_numbering(struct tally_writer *writer, enum tally_numbering numbering)
{
	for (size_t i = 0; i < HEADER_NUMBERING_COUNT; i++)
		if (header_numberings[i].numbering == numbering) {
			tally_tlv_write(writer, HEADER_ELEMENT_NUMBERING, tally_text(header_numberings[i].name));
			return;
		}
	tally_writer_fail(writer, TALLY_INVALID);
}

static void header_write_elements(struct tally_writer *writer, const struct tally_control_header *header)
{
	const struct tally_register_set *set = &header->registers;
	size_t registers;

	if (header->version != TALLY_LOG_VERSION)
		tally_writer_fail(writer, TALLY_UNSUPPORTED);
	tally_tlv_write_integer(writer, HEADER_ELEMENT_VERSION, header->version);
	tally_tlv_write(writer, HEADER_ELEMENT_PROVIDER, tally_text(set->provider));
	tally_tlv_write(writer, HEADER_ELEMENT_BOOT_ID, tally_bytes(header->boot_id, sizeof(header->boot_id)));
	registers = tally_tlv_begin(writer, HEADER_ELEMENT_REGISTERS);
	for (size_t i = 0; i < set->count; i++)
		header_write_register(writer, &set->item[i]);
	tally_tlv_end(writer, registers);
	header_write_numbering(writer, header->numbering);
	tally_tlv_write_integer(writer, HEADER_ELEMENT_CAPACITY, header->capacity);
}

void tally_control_write_header(struct tally_writer *writer, const struct tally_control_header *header)
{
	tally_control_begin(writer, TALLY_CONTROL_HEADER);
	header_write_elements(writer, header);
}

static void trim_write_value(struct tally_writer *writer, const struct tally_register *reg,
			     const struct tally_digests *value)
{
	size_t item = tally_tlv_begin(writer, LIST_ITEM);

	if (!tally_digests_same_banks(value, &reg->reset))
		tally_writer_fail(writer, TALLY_BANK_SET);
	tally_tlv_write_integer(writer, RUNNING_ELEMENT_REGISTER, reg->number);
	tally_tlv_write_digests(writer, RUNNING_ELEMENT_VALUE, value);
	tally_tlv_end(writer, item);
}

void tally_control_write_trim(struct tally_writer *writer, const struct tally_control_trim *trim)
{
	const struct tally_register_set *set = &trim->header.registers;
	size_t container;

	if (trim->once_list_digest.size != 0 && trim->once_list_digest.size != ONCE_LIST_DIGEST_SIZE)
		tally_writer_fail(writer, TALLY_INVALID);
	tally_control_begin(writer, TALLY_CONTROL_TRIM);
	container = tally_tlv_begin(writer, TRIM_ELEMENT_HEADER);
	header_write_elements(writer, &trim->header);
	tally_tlv_end(writer, container);
	container = tally_tlv_begin(writer, TRIM_ELEMENT_VALUES);
	for (size_t i = 0; i < tally_registers_runtime_count(set); i++)
		trim_write_value(writer, &set->item[i], &trim->value[i]);
	tally_tlv_end(writer, container);
	tally_tlv_write(writer, TRIM_ELEMENT_ONCE_LIST_DIGEST, trim->once_list_digest);
	tally_tlv_write(writer, TRIM_ELEMENT_HEAD, tally_bytes(trim->head, sizeof(trim->head)));
}
