// SPDX-License-Identifier: BSD-2-Clause
/* Hex and base64 as people and web services write them. */
#include "input.h"

static int hex_value(uint8_t digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

bool tally_hex_read(struct tally_bytes digits, uint8_t *to)
{
	if (digits.size % 2 != 0)
		return false;
	for (size_t i = 0; i < digits.size; i += 2) {
		int high = hex_value(digits.data[i]), low = hex_value(digits.data[i + 1]);

		if (high < 0 || low < 0)
			return false;
		*to++ = (uint8_t)(high << 4 | low);
	}
	return true;
}

static int base64_value(uint8_t digit)
{
	if (digit >= 'A' && digit <= 'Z')
		return digit - 'A';
	if (digit >= 'a' && digit <= 'z')
		return digit - 'a' + 26;
	if (digit >= '0' && digit <= '9')
		return digit - '0' + 52;
	if (digit == '+' || digit == '-')
		return 62;
	return digit == '/' || digit == '_' ? 63 : -1;
}

/* Digits without padding, which must fill up a group of four; -1 if it does not. */
static long digits_without_padding(struct tally_bytes digits)
{
	size_t count = digits.size;

	while (count > 0 && digits.size - count < 2 && digits.data[count - 1] == '=')
		count--;
	if (count != digits.size && digits.size % 4 != 0)
		return -1;
	return count % 4 == 1 ? -1 : (long)count;
}

bool tally_base64_decode(struct tally_bytes digits, uint8_t *to, size_t *ret_size)
{
	long count = digits_without_padding(digits);
	uint32_t bits = 0;
	unsigned bit_count = 0;
	size_t size = 0;

	for (long i = 0; i < count; i++) {
		int value = base64_value(digits.data[i]);

		if (value < 0)
			return false;
		bits = bits << 6 | (uint32_t)value;
		bit_count += 6;
		if (bit_count >= 8) {
			bit_count -= 8;
			to[size++] = (uint8_t)(bits >> bit_count);
			bits &= (1U << bit_count) - 1;
		}
	}
	*ret_size = size;
	/* Bits left over belong to no byte: one value, one encoding. */
	return count >= 0 && bits == 0;
}
