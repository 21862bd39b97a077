/* SPDX-License-Identifier: BSD-2-Clause */
/* What goes along with evidence beside report and log, as of the request: attached logs and the caller's data. */
#ifndef TALLY_AUTHORITY_ENCLOSURE_H
#define TALLY_AUTHORITY_ENCLOSURE_H

#include "segments.h"
#include "../format/bundle.h"

struct tally_enclosed {
	char label[TALLY_SEGMENT_LABEL_LIMIT];
	char media_type[TALLY_SEGMENT_MEDIA_LIMIT];
	struct tally_bytes value;
};

/* Values borrow from segments and from the caller. A foreign log may grow meanwhile: this is what it was. */
struct tally_enclosure {
	struct tally_segments segments;
	size_t count;
	struct tally_enclosed item[TALLY_SEGMENT_LIMIT + 1];
};

/*
 * Boot logs, and the foreign logs that fills in this log name (all of them where the log's beginning was trimmed).
 * Ended by tally_enclosure_done.
 */
TALLY_MUST_CHECK enum tally_status tally_enclosure_take(const struct tally_directory *directory, struct tally_bytes log,
							struct tally_bytes data, struct tally_enclosure *ret,
							struct tally_problem *problem);
void tally_enclosure_done(struct tally_enclosure *enclosure);

/* The caller's data alone. */
void tally_enclosure_data(struct tally_enclosure *ret, struct tally_bytes data);

/* SHA-384 of the companions array. */
TALLY_MUST_CHECK enum tally_status tally_enclosure_digest(const struct tally_enclosure *enclosure, uint8_t ret[48]);

/* All of it into a bundle. */
void tally_enclosure_add(const struct tally_enclosure *enclosure, struct tally_bundle *bundle);

/* A fill stands in these records. */
bool tally_enclosure_has_fill(struct tally_bytes records);

#endif
