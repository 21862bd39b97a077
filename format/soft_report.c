// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The payload of a soft report, in deterministic CBOR. */
#include "soft_report.h"

#include "utf8.h"

enum soft_key {
	SOFT_KEY_VERSION = 1,
	SOFT_KEY_REPORT_DATA = 2,
	SOFT_KEY_BOOT_ID = 3,
	SOFT_KEY_REGISTERS = 4,
	SOFT_KEY_COUNT = 4
};

#define SOFT_REGISTER_COUNT 5 /* name, number, kind, locked, values */

static bool soft_same_name(const struct tally_soft_register *a, const struct tally_soft_register *b)
{
	return tally_bytes_equal(tally_text(a->name), tally_text(b->name));
}

/* Runtime registers ascending by number, then static ones: the order of tally_registers_add. */
static enum tally_status soft_check_order(const struct tally_soft_register *last,
					  const struct tally_soft_register *next)
{
	if (last->kind == next->kind && last->number == next->number)
		return TALLY_DUPLICATE;
	if (last->kind == next->kind)
		return last->number < next->number ? TALLY_OK : TALLY_DISORDER;
	return last->kind == TALLY_RUNTIME ? TALLY_OK : TALLY_DISORDER;
}

/* The same for reader and writer: nothing is written that would not be read. */
static enum tally_status soft_check_register(const struct tally_soft_report *report, size_t i)
{
	const struct tally_soft_register *next = &report->reg[i];
	struct tally_bytes name = tally_text(next->name);

	if (name.size == 0 || !tally_utf8_is_clean(name) || next->value.count == 0)
		return TALLY_OUT_OF_RANGE;
	if (next->kind != TALLY_STATIC && next->kind != TALLY_RUNTIME)
		return TALLY_OUT_OF_RANGE;
	for (size_t j = 0; j < i; j++)
		if (soft_same_name(&report->reg[j], next))
			return TALLY_DUPLICATE;
	return i ? soft_check_order(next - 1, next) : TALLY_OK;
}

static uint64_t soft_read_number(struct tally_cursor *cursor, uint64_t limit)
{
	uint64_t number = tally_cbor_expect_uint(cursor);

	if (number > limit)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	return number > limit ? 0 : number;
}

/* All keys are there and ascend, so each has its place. */
static void soft_read_key(struct tally_cursor *cursor, enum soft_key key)
{
	if (tally_cbor_expect_uint(cursor) != key)
		tally_fail(cursor, TALLY_DISORDER);
}

static void soft_read_copy(struct tally_cursor *cursor, uint8_t *to, size_t size)
{
	struct tally_bytes bytes = tally_cbor_expect_bytes(cursor);

	if (bytes.size == size)
		memcpy(to, bytes.data, size);
	else
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
}

static void soft_read_name(struct tally_cursor *cursor, char ret[TALLY_REGISTER_NAME_LIMIT])
{
	struct tally_bytes name = tally_cbor_expect_text(cursor);

	/* A NUL in it would hide what stands behind. */
	if (name.size >= TALLY_REGISTER_NAME_LIMIT || !tally_utf8_is_clean(name))
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	else if (name.size != 0)
		memcpy(ret, name.data, name.size);
}

/* Keys of a map ascend in encoded form, which for numbers is by value. */
static enum tally_status soft_read_digest(struct tally_cursor *cursor, struct tally_digests *ret)
{
	uint64_t alg = soft_read_number(cursor, UINT16_MAX);
	struct tally_bytes bytes = tally_cbor_expect_bytes(cursor);
	struct tally_digest digest;
	enum tally_status status = cursor->status;

	if (status == TALLY_OK)
		status = tally_digest_set(&digest, (uint16_t)alg, bytes);
	if (status == TALLY_OK && ret->count > 0 && alg < ret->digest[ret->count - 1].alg)
		status = TALLY_DISORDER;
	return status == TALLY_OK ? tally_digests_add(ret, &digest) : status;
}

static void soft_read_values(struct tally_cursor *cursor, struct tally_digests *ret)
{
	size_t count = tally_cbor_expect_map(cursor);

	for (size_t i = 0; i < count && cursor->status == TALLY_OK; i++) {
		enum tally_status status = soft_read_digest(cursor, ret);

		if (status != TALLY_OK)
			tally_fail(cursor, status);
	}
}

static void soft_read_register(struct tally_cursor *cursor, struct tally_soft_report *report)
{
	struct tally_soft_register *reg = &report->reg[report->register_count];
	enum tally_status status;

	if (tally_cbor_expect_array(cursor) != SOFT_REGISTER_COUNT)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	soft_read_name(cursor, reg->name);
	reg->number = (uint32_t)soft_read_number(cursor, UINT32_MAX);
	reg->kind = (enum tally_register_kind)soft_read_number(cursor, TALLY_RUNTIME);
	reg->is_locked = soft_read_number(cursor, 1) == 1;
	soft_read_values(cursor, &reg->value);

	status = cursor->status == TALLY_OK ? soft_check_register(report, report->register_count) : cursor->status;
	if (status != TALLY_OK)
		tally_fail(cursor, status);
	else
		report->register_count++;
}

static void soft_read_registers(struct tally_cursor *cursor, struct tally_soft_report *report)
{
	size_t count = tally_cbor_expect_array(cursor);

	if (count > TALLY_REGISTER_LIMIT)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	for (size_t i = 0; i < count && cursor->status == TALLY_OK; i++)
		soft_read_register(cursor, report);
}

enum tally_status tally_soft_report_read(struct tally_bytes payload, struct tally_soft_report *ret)
{
	struct tally_cursor cursor = tally_cursor(payload);

	memset(ret, 0, sizeof(*ret));
	if (tally_cbor_expect_map(&cursor) != SOFT_KEY_COUNT)
		tally_fail(&cursor, TALLY_OUT_OF_RANGE);
	soft_read_key(&cursor, SOFT_KEY_VERSION);
	ret->version = tally_cbor_expect_uint(&cursor);
	if (ret->version != TALLY_SOFT_REPORT_VERSION)
		tally_fail(&cursor, TALLY_UNSUPPORTED);
	soft_read_key(&cursor, SOFT_KEY_REPORT_DATA);
	soft_read_copy(&cursor, ret->report_data, sizeof(ret->report_data));
	soft_read_key(&cursor, SOFT_KEY_BOOT_ID);
	soft_read_copy(&cursor, ret->boot_id, sizeof(ret->boot_id));
	soft_read_key(&cursor, SOFT_KEY_REGISTERS);
	soft_read_registers(&cursor, ret);
	return tally_cursor_end(&cursor);
}

static void soft_write_register(struct tally_writer *writer, const struct tally_soft_register *reg)
{
	tally_cbor_write_array(writer, SOFT_REGISTER_COUNT);
	tally_cbor_write_text(writer, tally_text(reg->name));
	tally_cbor_write_uint(writer, reg->number);
	tally_cbor_write_uint(writer, reg->kind);
	tally_cbor_write_uint(writer, reg->is_locked);
	tally_cbor_write_map(writer, reg->value.count);
	for (size_t i = 0; i < reg->value.count; i++) {
		tally_cbor_write_uint(writer, reg->value.digest[i].alg);
		tally_cbor_write_bytes(writer, tally_digest_bytes(&reg->value.digest[i]));
	}
}

static void soft_write_registers(struct tally_writer *writer, const struct tally_soft_report *report)
{
	if (report->register_count > TALLY_REGISTER_LIMIT) {
		tally_writer_fail(writer, TALLY_OUT_OF_RANGE);
		return;
	}
	tally_cbor_write_array(writer, report->register_count);
	for (size_t i = 0; i < report->register_count; i++) {
		enum tally_status status = soft_check_register(report, i);

		if (status != TALLY_OK)
			tally_writer_fail(writer, status);
		soft_write_register(writer, &report->reg[i]);
	}
}

void tally_soft_report_write(struct tally_writer *writer, const struct tally_soft_report *report)
{
	if (report->version != TALLY_SOFT_REPORT_VERSION)
		tally_writer_fail(writer, TALLY_UNSUPPORTED);
	tally_cbor_write_map(writer, SOFT_KEY_COUNT);
	tally_cbor_write_uint(writer, SOFT_KEY_VERSION);
	tally_cbor_write_uint(writer, report->version);
	tally_cbor_write_uint(writer, SOFT_KEY_REPORT_DATA);
	tally_cbor_write_bytes(writer, tally_bytes(report->report_data, sizeof(report->report_data)));
	tally_cbor_write_uint(writer, SOFT_KEY_BOOT_ID);
	tally_cbor_write_bytes(writer, tally_bytes(report->boot_id, sizeof(report->boot_id)));
	tally_cbor_write_uint(writer, SOFT_KEY_REGISTERS);
	soft_write_registers(writer, report);
}
