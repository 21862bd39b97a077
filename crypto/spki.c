// SPDX-License-Identifier: BSD-2-Clause
/* An RSA key's SubjectPublicKeyInfo. spec: RFC 3279, 2.3.1; X.690, 10 and 11 */
#include "spki.h"

#define TAG_INTEGER 0x02
#define TAG_BIT_STRING 0x03
#define TAG_SEQUENCE 0x30

/* rsaEncryption, and NULL as its parameters */
static const uint8_t algorithm[] = { 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
				     0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00 };

/* A length in its shortest form, of at most two bytes. */
static size_t read_length(struct tally_cursor *cursor)
{
	uint8_t first = tally_read_u8(cursor);
	size_t length = first;

	if (first == 0x81)
		length = tally_read_u8(cursor);
	else if (first == 0x82)
		length = tally_read_be16(cursor);
	if (first > 0x82 || first == 0x80 || (first == 0x81 && length < 0x80) || (first == 0x82 && length < 0x100))
		tally_fail(cursor, TALLY_NOT_CANONICAL);
	return length;
}

static struct tally_cursor enter(struct tally_cursor *cursor, uint8_t tag)
{
	if (tally_read_u8(cursor) != tag)
		tally_fail(cursor, TALLY_DISORDER);
	return tally_read_nested(cursor, read_length(cursor));
}

/* A positive INTEGER in as few bytes as there can be. */
static struct tally_bytes read_number(struct tally_cursor *cursor)
{
	struct tally_cursor content = enter(cursor, TAG_INTEGER);
	struct tally_bytes number = tally_read_rest(&content);

	tally_leave(cursor, &content);
	if (number.size == 0 || number.data[0] >= 0x80) {
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
		return number;
	}
	if (number.data[0] != 0)
		return number;
	if (number.size == 1 || number.data[1] < 0x80)
		tally_fail(cursor, TALLY_NOT_CANONICAL);
	return tally_bytes(number.data + 1, number.size - 1);
}

bool tally_spki_read_rsa(struct tally_bytes spki, struct tally_bytes *ret_modulus, struct tally_bytes *ret_exponent)
{
	struct tally_cursor cursor = tally_cursor(spki);
	struct tally_cursor info = enter(&cursor, TAG_SEQUENCE);
	struct tally_bytes found = tally_read_bytes(&info, sizeof(algorithm));
	struct tally_cursor bits;
	struct tally_cursor numbers;

	if (!tally_bytes_equal(found, tally_bytes(algorithm, sizeof(algorithm))))
		return false;
	bits = enter(&info, TAG_BIT_STRING);
	tally_expect_zeros(&bits, 1); /* unused bits */
	numbers = enter(&bits, TAG_SEQUENCE);
	*ret_modulus = read_number(&numbers);
	*ret_exponent = read_number(&numbers);
	tally_leave(&bits, &numbers);
	tally_leave(&info, &bits);
	tally_leave(&cursor, &info);
	return tally_cursor_end(&cursor) == TALLY_OK;
}
