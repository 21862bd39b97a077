/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files say when they are read, and do when they are written to. */
#ifndef TALLY_FACE_FILES_H
#define TALLY_FACE_FILES_H

#include "handle.h"

#define TALLY_APPEND_LIMIT 4095 /* bytes of one event */

/* What an operation on a file waits for. */
enum tally_face_cost {
	TALLY_COST_NONE = 0,  /* nothing but the tree's lock */
	TALLY_COST_AUTHORITY, /* registers and log */
	TALLY_COST_REPORT     /* the TSM signs: milliseconds to a minute */
};
enum tally_face_cost tally_face_read_cost(const struct tally_node *node);
enum tally_face_cost tally_face_write_cost(const struct tally_node *node);

/* The whole content, of this instant; not of blobs of report/, which report_entry.h makes. *ret is the caller's. */
int tally_face_content(struct tally_handles *handles, struct tally_handle *handle, struct tally_blob **ret);

/* write(2): the number of bytes taken, or negative. Not of request. */
int tally_face_write(struct tally_handles *handles, struct tally_handle *handle, uint64_t offset,
		     struct tally_bytes bytes);

/*
 * Ask the authority for a report, with what comes beside it unless it is shown as another provider's: that one's
 * certificates have a form of their own. 0 or negative.
 */
int tally_face_make_report(const struct tally_face *face, const struct tally_present *present,
			   const struct tally_report_making *making, tally_deadline deadline,
			   struct tally_blob *ret_blobs[TALLY_REPORT_BLOBS]);

#endif
