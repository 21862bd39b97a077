// SPDX-License-Identifier: BSD-2-Clause
/* Where input is wrong, found by asking its reader again. */
#include "fault.h"

#include <stdlib.h>

#include "../crypto/sign.h"
#include "../format/base64.h"
#include "../format/pem.h"
#include "../format/x509.h"
#include "chain.h"

/* From a byte on zeros, or the opposite of what stood there: neither alone is another value of every field. */
static void change(uint8_t *copy, struct tally_bytes input, size_t from, bool to_zeros)
{
	if (from)
		memcpy(copy, input.data, from);
	for (size_t i = from; i < input.size; i++)
		copy[i] = to_zeros ? 0 : (uint8_t)~input.data[i];
}

/* Whatever stands from this byte on, the reader says the same. */
static bool is_behind(enum tally_status (*read)(struct tally_bytes input), struct tally_bytes input, uint8_t *copy,
		      size_t from, enum tally_status status)
{
	for (int to_zeros = 0; to_zeros < 2; to_zeros++) {
		change(copy, input, from, to_zeros);
		if (read(tally_bytes(copy, input.size)) != status)
			return false;
	}
	return true;
}

static size_t find_fault(enum tally_status (*read)(struct tally_bytes input), struct tally_bytes input, uint8_t *copy,
			 enum tally_status status)
{
	size_t low = 0;
	size_t high = input.size;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (is_behind(read, input, copy, middle, status))
			high = middle;
		else
			low = middle + 1;
	}
	return high;
}

/* Where the input could have ended; false if its end is not what is wrong, but that of something in it. */
static bool find_end(enum tally_status (*read)(struct tally_bytes input), struct tally_bytes input, size_t *ret)
{
	size_t low = 0;
	size_t high = input.size;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (read(tally_bytes(input.data, middle)) == TALLY_TRAILING)
			high = middle;
		else
			low = middle + 1;
	}
	*ret = high - 1;
	return high && read(tally_bytes(input.data, high - 1)) == TALLY_OK;
}

const char *tally_fault_text(struct tally_arena *arena, enum tally_status (*read)(struct tally_bytes input),
			     struct tally_bytes input, enum tally_status status)
{
	const char *message = tally_status_message(status);
	uint8_t *copy;
	size_t at;

	if (status == TALLY_OK)
		return "";
	copy = malloc(input.size + 1);
	if (!copy) {
		tally_arena_fail(arena);
		return message;
	}
	if (status != TALLY_TRAILING || !find_end(read, input, &at))
		at = find_fault(read, input, copy, status);
	free(copy);
	/* No byte of it decides: there are too many. */
	if (status == TALLY_TOO_LARGE && at == 0)
		return tally_arena_print(arena, "%zu bytes: %s", input.size, message);
	return tally_arena_print(arena, "at byte %zu of %zu: %s", at, input.size, message);
}

enum tally_status tally_fault_certificate(struct tally_bytes input)
{
	struct tally_certificate certificate;

	return tally_certificate_read(input, &certificate);
}

static enum tally_status reread_list(struct tally_bytes input)
{
	struct tally_crl crl;

	return tally_crl_read(input, &crl);
}

static enum tally_status reread_spki(struct tally_bytes input)
{
	struct tally_key *key;
	enum tally_status status = tally_key_from_spki(input, &key);

	if (status == TALLY_OK)
		tally_key_free(key);
	return status;
}

/* What files of a kind hold, in PEM: so many blocks of this name, each of which is read like this. */
struct pem_form {
	const char *label;
	size_t limit;
	enum tally_status beyond; /* of a block more */
	enum tally_status (*read)(struct tally_bytes der);
};

static const struct pem_form certificates = { TALLY_PEM_CERTIFICATE, TALLY_CHAIN_LIMIT, TALLY_OUT_OF_RANGE,
					      tally_fault_certificate };
static const struct pem_form list = { TALLY_PEM_CRL, 1, TALLY_TRAILING, reread_list };
static const struct pem_form spki = { "PUBLIC KEY", 1, TALLY_TRAILING, reread_spki };

/* Where the next block begins, or ought to. */
static size_t next_block(struct tally_bytes input, const struct tally_cursor *text)
{
	size_t at = input.size - text->left.size;

	while (at < input.size && memchr(" \t\r\n", input.data[at], 4))
		at++;
	return at;
}

/* Of the first block that can't be read: nobody counts bytes in base64, so those of what it stands for are told. */
static const char *pem_text(struct tally_arena *arena, const struct pem_form *form, struct tally_bytes input,
			    struct tally_span room)
{
	struct tally_cursor text = tally_cursor(input);

	for (size_t i = 0; i < form->limit; i++) {
		size_t at = next_block(input, &text);
		enum tally_status status;
		struct tally_bytes der;

		if (!tally_pem_next(&text, form->label, room, &der))
			return text.status == TALLY_OK
				       ? ""
				       : tally_arena_print(arena, "in the block at byte %zu of %zu: %s", at, input.size,
							   tally_status_message(text.status));
		status = form->read(der);
		if (status != TALLY_OK)
			return tally_arena_print(arena, "in the block at byte %zu of %zu, decoded: %s", at, input.size,
						 tally_fault_text(arena, form->read, der, status));
	}
	if (next_block(input, &text) == input.size)
		return "";
	return tally_arena_print(arena, "at byte %zu of %zu: %s", next_block(input, &text), input.size,
				 tally_status_message(form->beyond));
}

static const char *file_text(struct tally_arena *arena, const struct pem_form *form, struct tally_bytes input)
{
	struct tally_span room = { NULL, TALLY_BASE64_ROOM(input.size) };
	const char *text;

	if (!tally_pem_is(input))
		return tally_fault_text(arena, form->read, input, form->read(input));
	room.data = malloc(room.size);
	if (!room.data) {
		tally_arena_fail(arena);
		return "";
	}
	text = pem_text(arena, form, input, room);
	free(room.data);
	return text;
}

const char *tally_fault_certificates(struct tally_arena *arena, struct tally_bytes input)
{
	return file_text(arena, &certificates, input);
}

const char *tally_fault_list(struct tally_arena *arena, struct tally_bytes input)
{
	return file_text(arena, &list, input);
}

const char *tally_fault_spki(struct tally_arena *arena, struct tally_bytes input)
{
	return file_text(arena, &spki, input);
}

const char *tally_fault_item(struct tally_arena *arena, const struct tally_collateral_item *item)
{
	const struct pem_form *form = item->kind == TALLY_COLLATERAL_CRL ? &list : &certificates;

	return tally_arena_print(arena, "%s: %s", tally_arena_text(arena, tally_text(item->origin)),
				 file_text(arena, form, item->bytes));
}
