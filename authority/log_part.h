/* SPDX-License-Identifier: BSD-2-Clause */
/* A part of the log by the numbers of its records, for readers that come back for the next. Takes no lock. */
#ifndef TALLY_AUTHORITY_LOG_PART_H
#define TALLY_AUTHORITY_LOG_PART_H

#include <sys/types.h>

#include "authority.h"

/* Where a reader has come to, so that going on there reads nothing twice. Zero is nowhere yet. Only a hint. */
struct tally_log_place {
	bool is_known;
	dev_t device;
	ino_t inode; /* may be that of an earlier log again, whose first number was another */
	uint64_t first;
	uint64_t number;
	uint64_t offset;
};

struct tally_log_part_request {
	uint64_t from;	/* number of the first record */
	uint64_t until; /* number behind the last; 0: to the end */
	size_t limit;	/* bytes; the first record is given whole, however long it is */
	bool is_oldest; /* records that were trimmed are passed over; TALLY_HISTORY_LOST otherwise */
	bool (*sees)(void *context, const struct tally_record *record); /* NULL: all; others are left out */
	void *context;
};

struct tally_log_part {
	uint8_t *records; /* whole; freed with free(), NULL if there are none */
	size_t size;
	uint64_t next; /* to go on from; below `from` where the log ends before that */
	bool is_more;  /* there were records behind these, up to `until` */
};

/*
 * Records of the log as it stands, a torn tail left out. place, which may be NULL, is used and updated. TALLY_NOT_FOUND
 * if there is no log, TALLY_CORRUPT for what is no record, TALLY_NO_MEMORY, TALLY_SYSTEM.
 */
TALLY_MUST_CHECK enum tally_status tally_authority_log_part(struct tally_authority *authority,
							    const struct tally_log_part_request *request,
							    struct tally_log_place *place, struct tally_log_part *ret,
							    struct tally_problem *problem);

#endif
