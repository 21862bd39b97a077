/* SPDX-License-Identifier: BSD-2-Clause */
/* Logs of others that belong to ours, kept as they are beside it: segments/N.FORMAT and segments/N.foreign.FORMAT. */
#ifndef TALLY_AUTHORITY_SEGMENTS_H
#define TALLY_AUTHORITY_SEGMENTS_H

#include "directory.h"
#include "../format/segment.h"

#define TALLY_SEGMENT_LIMIT 48	     /* of one log: a bundle has 64 members */
#define TALLY_SEGMENT_LABEL_LIMIT 24 /* "segment.N" with its NUL */

/* One of them, mapped. Nobody changes its file: a grown log takes its place by renaming. */
struct tally_segment {
	uint32_t number;
	struct tally_segment_kind kind;
	struct tally_bytes bytes;
};

struct tally_segments {
	size_t count; /* ascending by number */
	struct tally_segment item[TALLY_SEGMENT_LIMIT];
};

/* All of them, ended by tally_segments_done; none if there is no folder. TALLY_CORRUPT for a number twice or too many. */
TALLY_MUST_CHECK enum tally_status tally_segments_load(const struct tally_directory *directory,
						       struct tally_segments *ret, struct tally_problem *problem);
void tally_segments_done(struct tally_segments *segments);

/* The number after the last one. TALLY_FULL. */
TALLY_MUST_CHECK enum tally_status tally_segments_next(const struct tally_segments *segments, uint32_t *ret,
						       struct tally_problem *problem);

/* Write one whole, or in the place of the one with its number; under the lock. is_durable: synced. */
TALLY_MUST_CHECK enum tally_status tally_segments_put(const struct tally_directory *directory,
						      const struct tally_segment *segment, bool is_durable,
						      struct tally_problem *problem);

/* Put the folder aside as `to`, if there is one. */
TALLY_MUST_CHECK enum tally_status tally_segments_move(const struct tally_directory *directory, const char *to,
						       struct tally_problem *problem);

void tally_segment_label(uint32_t number, char ret[TALLY_SEGMENT_LABEL_LIMIT]);

#endif
