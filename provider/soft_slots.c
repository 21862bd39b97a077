// SPDX-License-Identifier: BSD-2-Clause
/* The bytes of soft's file of registers: two slots, written in turn, each with its own checksum. */
#include "../core/cursor.h"
#include "../core/writer.h"
#include "soft_state.h"

/*
 * A slot, integers big-endian:
 *
 *   8   magic          16  boot id               1  register of the newest extend, or ff
 *   8   sequence       1   preset                4  zeros
 *                      1   flags: 1 durable      8  locked, bit n: register n
 *                      1   extends held back
 *
 *   the values of the runtime registers, each its banks ascending by algorithm
 *   the value of the newest extend's register before it
 *   for each extend held back: register (1), zeros (3), after (4), digests
 *   SHA-256 of all before (32)
 *
 * The second slot begins where the largest state of the preset would end.
 */
static const uint8_t magic[8] = { 'T', 'A', 'L', 'L', 'Y', 'S', 'R', '1' };

#define FLAG_DURABLE 1
#define SEQUENCE_AT sizeof(magic)

static size_t late_size(const struct tally_soft_layout *layout)
{
	return TALLY_SOFT_LATE_HEADER_SIZE + layout->value_size;
}

/* Without the checksum. */
static size_t content_size(const struct tally_soft_layout *layout, size_t late_count)
{
	return TALLY_SOFT_HEADER_SIZE + (layout->runtime_count + 1) * layout->value_size +
	       late_count * late_size(layout);
}

struct tally_soft_layout tally_soft_layout(enum tally_soft_preset preset, const struct tally_register_set *set)
{
	struct tally_soft_layout layout = { .preset = preset, .runtime_count = tally_registers_runtime_count(set) };

	for (size_t i = 0; i < set->item[0].reset.count; i++)
		layout.value_size += tally_alg_size(set->item[0].reset.digest[i].alg);
	layout.slot_size = content_size(&layout, TALLY_SOFT_LATE_LIMIT) + TALLY_SOFT_CHECKSUM_SIZE;
	return layout;
}

static enum tally_status slot_checksum(struct tally_bytes content, uint8_t ret[TALLY_SOFT_CHECKSUM_SIZE])
{
	struct tally_hash_job job = { .alg = TALLY_SHA256, .parts = { content }, .ret_digest = ret };

	return tally_env_hash(&job, 1);
}

static void remember_whole(struct tally_soft_whole *whole, struct tally_bytes slot)
{
	memcpy(whole->bytes, slot.data, slot.size);
	whole->size = slot.size;
}

/* slot with its checksum at the end. */
static bool is_whole(struct tally_soft_whole *whole, struct tally_bytes slot)
{
	size_t size = slot.size - TALLY_SOFT_CHECKSUM_SIZE;
	uint8_t checksum[TALLY_SOFT_CHECKSUM_SIZE];

	if (tally_bytes_equal(slot, tally_bytes(whole->bytes, whole->size)))
		return true;
	if (slot_checksum(tally_bytes(slot.data, size), checksum) != TALLY_OK ||
	    memcmp(slot.data + size, checksum, sizeof(checksum)) != 0)
		return false;
	remember_whole(whole, slot);
	return true;
}

static void late_read(const struct tally_soft_layout *layout, struct tally_cursor *slot, struct tally_soft_late *ret)
{
	ret->register_index = tally_read_u8(slot);
	tally_expect_zeros(slot, 3);
	ret->after = tally_read_be32(slot);
	tally_read_copy(slot, ret->digests, layout->value_size);
	if (ret->register_index >= layout->runtime_count)
		tally_fail(slot, TALLY_OUT_OF_RANGE);
}

/* Fields in the order of the table above. The checksum is compared last, when its place is known. */
static bool slot_read(const struct tally_soft_layout *layout, struct tally_soft_whole *whole, struct tally_bytes bytes,
		      struct tally_soft_state *ret)
{
	struct tally_cursor slot = tally_cursor(bytes);

	if (!tally_bytes_equal(tally_read_bytes(&slot, sizeof(magic)), tally_bytes(magic, sizeof(magic))))
		return false;
	ret->sequence = tally_read_be64(&slot);
	tally_read_copy(&slot, ret->boot_id, sizeof(ret->boot_id));
	if (tally_read_u8(&slot) != layout->preset)
		return false;
	ret->is_durable = tally_read_u8(&slot) == FLAG_DURABLE;
	ret->late_count = tally_read_u8(&slot);
	ret->newest = tally_read_u8(&slot);
	tally_expect_zeros(&slot, 4);
	ret->locked = tally_read_be64(&slot);
	tally_read_copy(&slot, ret->values, layout->runtime_count * layout->value_size);
	tally_read_copy(&slot, ret->before, layout->value_size);
	if (ret->late_count > TALLY_SOFT_LATE_LIMIT)
		return false;
	for (size_t i = 0; i < ret->late_count; i++)
		late_read(layout, &slot, &ret->late[i]);
	tally_read_bytes(&slot, TALLY_SOFT_CHECKSUM_SIZE);
	return slot.status == TALLY_OK && is_whole(whole, tally_bytes(bytes.data, bytes.size - slot.left.size));
}

static uint64_t slot_sequence(struct tally_bytes slot)
{
	struct tally_cursor cursor = tally_cursor(slot);

	tally_read_bytes(&cursor, SEQUENCE_AT);
	return tally_read_be64(&cursor);
}

bool tally_soft_slots_read(const struct tally_soft_layout *layout, struct tally_soft_whole *whole,
			   struct tally_bytes file, struct tally_soft_state *ret)
{
	size_t first_size = file.size < layout->slot_size ? file.size : layout->slot_size;
	struct tally_bytes slot[2] = {
		tally_bytes(file.data, first_size),
		tally_bytes(file.data + first_size, file.size - first_size),
	};
	size_t newer = slot_sequence(slot[1]) > slot_sequence(slot[0]) ? 1 : 0;

	for (size_t i = 0; i < 2; i++) {
		ret->slot = i == 0 ? newer : 1 - newer;
		if (slot_read(layout, whole, slot[ret->slot], ret))
			return true;
	}
	return false;
}

static void late_write(const struct tally_soft_layout *layout, struct tally_writer *writer,
		       const struct tally_soft_late *late)
{
	tally_write_u8(writer, (uint8_t)late->register_index);
	tally_write_zeros(writer, 3);
	tally_write_be32(writer, late->after);
	tally_write_bytes(writer, tally_bytes(late->digests, layout->value_size));
}

enum tally_status tally_soft_slot_write(const struct tally_soft_layout *layout, struct tally_soft_whole *whole,
					const struct tally_soft_state *state, uint8_t *slot, size_t *ret_size)
{
	struct tally_writer writer = tally_writer(slot, TALLY_SOFT_SLOT_LIMIT);
	enum tally_status status;

	tally_write_bytes(&writer, tally_bytes(magic, sizeof(magic)));
	tally_write_be64(&writer, state->sequence);
	tally_write_bytes(&writer, tally_bytes(state->boot_id, sizeof(state->boot_id)));
	tally_write_u8(&writer, (uint8_t)layout->preset);
	tally_write_u8(&writer, state->is_durable ? FLAG_DURABLE : 0);
	tally_write_u8(&writer, (uint8_t)state->late_count);
	tally_write_u8(&writer, (uint8_t)state->newest);
	tally_write_zeros(&writer, 4);
	tally_write_be64(&writer, state->locked);
	tally_write_bytes(&writer, tally_bytes(state->values, layout->runtime_count * layout->value_size));
	tally_write_bytes(&writer, tally_bytes(state->before, layout->value_size));
	for (size_t i = 0; i < state->late_count; i++)
		late_write(layout, &writer, &state->late[i]);
	if (writer.status != TALLY_OK)
		return writer.status;
	status = slot_checksum(tally_written(&writer), slot + writer.size);
	if (status != TALLY_OK)
		return status;
	*ret_size = writer.size + TALLY_SOFT_CHECKSUM_SIZE;
	remember_whole(whole, tally_bytes(slot, *ret_size));
	return TALLY_OK;
}
