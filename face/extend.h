/* SPDX-License-Identifier: BSD-2-Clause */
/* Extends on behalf of a caller: what they add to the log is charged to that user. */
#ifndef TALLY_FACE_EXTEND_H
#define TALLY_FACE_EXTEND_H

#include "caller.h"
#include "face.h"

/*
 * tally_authority_extend for a caller, whose text is the event's origin. TALLY_QUOTA, with nothing extended, if its log
 * bytes are used up; whether it may extend the register is for whoever calls this.
 */
TALLY_MUST_CHECK enum tally_status tally_face_extend(const struct tally_face *face, const struct tally_caller *caller,
						     struct tally_extend_request *request,
						     struct tally_extend_result *ret, struct tally_problem *problem);

/*
 * Charge every user for what the log holds of its events from mounts with this label, NULL for none, so that a limit
 * outlives the server. Once, before the first extend; the log is read whole. TALLY_NO_MEMORY, TALLY_SYSTEM.
 */
TALLY_MUST_CHECK enum tally_status tally_face_count_logged(const struct tally_face *face, const char *label,
							   struct tally_problem *problem);

#endif
