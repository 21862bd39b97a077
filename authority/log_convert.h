/* SPDX-License-Identifier: BSD-2-Clause */
/* A log in the format of others, piece by piece, or not at all. */
#ifndef TALLY_AUTHORITY_LOG_CONVERT_H
#define TALLY_AUTHORITY_LOG_CONVERT_H

#include "../format/log_writer.h"
#include "../provider/provider.h"

/* Where the pieces go. Any status but TALLY_OK ends the conversion with it. */
struct tally_log_sink {
	enum tally_status (*put)(void *context, struct tally_bytes piece);
	void *context;
};

struct tally_conversion {
	uint64_t record_count;	 /* that were written */
	uint64_t left_out_count; /* control records of ours, for which the format has no place */
	bool is_unsaid;		 /* TALLY_UNSUPPORTED because of the format that was to be written, not of the log */
	uint64_t offset;	 /* of what can't be read, or said */
};

/*
 * Write log, which is of format from, as target. It is read twice: what can't be read or said shows before the sink is
 * called. Memory is bounded by the largest record. Without is_unsaid, statuses are those of the format that is read,
 * the sink's, and TALLY_NO_MEMORY. *ret is set whatever becomes of it; *problem where the log or the target is to
 * blame.
 */
TALLY_MUST_CHECK enum tally_status tally_log_convert(struct tally_bytes log, enum tally_log_format from,
						     enum tally_log_target target, const struct tally_log_sink *sink,
						     struct tally_conversion *ret, struct tally_problem *problem);

#endif
