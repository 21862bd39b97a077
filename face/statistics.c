// SPDX-License-Identifier: BSD-2-Clause
/* How many requests the kernel sent: round trips, for who measures them. */
#include "statistics.h"

#include <stdio.h>

#define SCHEMA "tally.serve-statistics/1"

static const char *const names[TALLY_STATISTIC_COUNT] = {
#define TALLY_STATISTIC_NAME(name, text) [TALLY_STATISTIC_##name] = (text),
	TALLY_STATISTICS_TABLE(TALLY_STATISTIC_NAME)
#undef TALLY_STATISTIC_NAME
};

size_t tally_statistics_text(struct tally_statistics *statistics, char text[1024])
{
	unsigned long long total = 0;
	size_t size = (size_t)snprintf(text, 1024, "{\"schema\":\"%s\"", SCHEMA);

	for (size_t i = 0; i < TALLY_STATISTIC_COUNT; i++) {
		unsigned long long count = atomic_load(&statistics->count[i]);

		total += count;
		size += (size_t)snprintf(text + size, 1024 - size, ",\"%s\":%llu", names[i], count);
	}
	size += (size_t)snprintf(text + size, 1024 - size, ",\"total\":%llu}\n", total);
	return size;
}
