/* SPDX-License-Identifier: BSD-2-Clause */
/* How many requests the kernel sent: round trips, for who measures them. */
#ifndef TALLY_FACE_STATISTICS_H
#define TALLY_FACE_STATISTICS_H

#include <stdatomic.h>
#include <stddef.h>

/* X(name, key) */
#define TALLY_STATISTICS_TABLE(X)   \
	X(LOOKUP, "lookup")         \
	X(GETATTR, "getattr")       \
	X(SETATTR, "setattr")       \
	X(MKDIR, "mkdir")           \
	X(RMDIR, "rmdir")           \
	X(OPEN, "open")             \
	X(READ, "read")             \
	X(WRITE, "write")           \
	X(FLUSH, "flush")           \
	X(RELEASE, "release")       \
	X(OPENDIR, "opendir")       \
	X(READDIR, "readdir")       \
	X(RELEASEDIR, "releasedir") \
	X(OTHER, "other")

enum tally_statistic {
#define TALLY_STATISTIC_ENUM(name, text) TALLY_STATISTIC_##name,
	TALLY_STATISTICS_TABLE(TALLY_STATISTIC_ENUM)
#undef TALLY_STATISTIC_ENUM
		TALLY_STATISTIC_COUNT
};

struct tally_statistics {
	atomic_ullong count[TALLY_STATISTIC_COUNT];
};

static inline void tally_statistics_count(struct tally_statistics *statistics, enum tally_statistic which)
{
	atomic_fetch_add_explicit(&statistics->count[which], 1, memory_order_relaxed);
}

/* One object, tally.serve-statistics/1, with a newline. Returns its size; text has room for 1024 bytes. */
size_t tally_statistics_text(struct tally_statistics *statistics, char text[1024]);

#endif
