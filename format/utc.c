// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Points in time as certificates and JSON spell them. */
#include "utc.h"

#define DAY_SECONDS 86400
#define YEAR_OF_SHORT_FORM 1950

/* A number of so many decimal digits, at least minimum and at most limit. */
static inline uint32_t read_decimal(struct tally_cursor *text, size_t digits, uint32_t minimum, uint32_t limit)
{
	struct tally_bytes left = text->left;
	uint32_t value = 0;
	size_t i = 0;

	for (; i < digits && i < left.size; i++) {
		uint32_t digit = (uint32_t)left.data[i] - '0';

		if (digit > 9)
			break;
		value = 10 * value + digit;
	}
	if (i < digits)
		tally_fail(text, i < left.size ? TALLY_OUT_OF_RANGE : TALLY_TRUNCATED);
	tally_pass(text, digits);
	if (value < minimum || value > limit)
		tally_fail(text, TALLY_OUT_OF_RANGE);
	return text->status == TALLY_OK ? value : minimum;
}

static void expect_character(struct tally_cursor *text, char expected)
{
	if (text->left.size && text->left.data[0] != (uint8_t)expected)
		tally_fail(text, TALLY_OUT_OF_RANGE);
	tally_pass(text, 1);
}

static bool is_leap(uint32_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static uint32_t days_of_month(uint32_t year, uint32_t month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && is_leap(year));
}

/* Days from 1970-01-01 to the first of January. */
static int64_t days_before_year(uint32_t year)
{
	int64_t past = (int64_t)year - 1;

	return 365 * past + past / 4 - past / 100 + past / 400 - 719162;
}

static int64_t read_date_and_time(struct tally_cursor *text, uint32_t year, bool has_separators)
{
	uint32_t month, day, hour, minute, second;
	int64_t days = days_before_year(year);

	if (has_separators)
		expect_character(text, '-');
	month = read_decimal(text, 2, 1, 12);
	if (has_separators)
		expect_character(text, '-');
	day = read_decimal(text, 2, 1, days_of_month(year, month));
	if (has_separators)
		expect_character(text, 'T');
	hour = read_decimal(text, 2, 0, 23);
	if (has_separators)
		expect_character(text, ':');
	minute = read_decimal(text, 2, 0, 59);
	if (has_separators)
		expect_character(text, ':');
	second = read_decimal(text, 2, 0, 59);
	expect_character(text, 'Z');
	for (uint32_t i = 1; i < month; i++)
		days += days_of_month(year, i);
	days += day - 1;
	return text->status == TALLY_OK ? days * DAY_SECONDS + hour * 3600 + minute * 60 + second : 0;
}

int64_t tally_utc_read_compact(struct tally_cursor *text, size_t year_digits)
{
	uint32_t year = read_decimal(text, year_digits, year_digits == 4, 9999);

	if (year_digits == 2)
		year += year < YEAR_OF_SHORT_FORM % 100 ? 2000 : 1900;
	return read_date_and_time(text, year, false);
}

int64_t tally_utc_read(struct tally_cursor *text)
{
	return read_date_and_time(text, read_decimal(text, 4, 1, 9999), true);
}
