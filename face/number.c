// SPDX-License-Identifier: BSD-2-Clause
/* Numbers as Linux reads them from attribute files. */
#include "number.h"

#include <errno.h>
#include <limits.h>

/* The byte at i; a NUL behind the end. */
static uint8_t at(struct tally_bytes text, size_t i)
{
	return i < text.size ? text.data[i] : 0;
}

/* The value of a digit in any base; 255 for what is none. */
static unsigned digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 255;
}

static unsigned read_base(struct tally_bytes text, size_t *i)
{
	if (at(text, *i) != '0')
		return 10;
	if ((at(text, *i + 1) | 0x20) != 'x' || digit(at(text, *i + 2)) > 15)
		return 8;
	*i += 2;
	return 16;
}

int tally_number_read(struct tally_bytes text, unsigned *ret)
{
	size_t i = at(text, 0) == '+' ? 1 : 0;
	unsigned base = read_base(text, &i);
	size_t first = i;
	uint64_t value = 0;

	for (; digit(at(text, i)) < base; i++)
		if (value <= UINT_MAX)
			value = value * base + digit(at(text, i));
	if (i == first)
		return -EINVAL;
	if (at(text, i) == '\n')
		i++;
	if (at(text, i) != 0)
		return -EINVAL;
	if (value > UINT_MAX)
		return -ERANGE;
	*ret = (unsigned)value;
	return 0;
}
