// SPDX-License-Identifier: BSD-2-Clause
/* Extends, and what they cost. */
#include "extend.h"

#include <errno.h>

#include "quota.h"

#define RECORD_OVERHEAD 256 /* of a record around its texts and data */

static uint64_t log_bytes(const struct tally_extend_request *request)
{
	return RECORD_OVERHEAD + request->type.size + request->name.size + request->data.size;
}

static enum tally_status charge(const struct tally_face *face, const struct tally_caller *caller, uint64_t bytes,
				struct tally_problem *problem)
{
	int error = tally_quota_take(face->quota, caller->uid, TALLY_QUOTA_LOG_BYTES, bytes,
				     caller->rights.limit[TALLY_QUOTA_LOG_BYTES]);

	if (error == -EDQUOT)
		tally_problem_set(problem,
				  "the log has as many bytes of user %u as its quota allows: nothing was extended",
				  caller->uid);
	else if (error)
		return TALLY_NO_MEMORY;
	return error ? TALLY_QUOTA : TALLY_OK;
}

enum tally_status tally_face_extend(const struct tally_face *face, const struct tally_caller *caller,
				    struct tally_extend_request *request, struct tally_extend_result *ret,
				    struct tally_problem *problem)
{
	uint64_t bytes = log_bytes(request);
	enum tally_status status = charge(face, caller, bytes, problem);

	if (status != TALLY_OK)
		return status;
	request->caller = caller->text;
	status = tally_authority_extend(face->authority, request, ret, problem);
	/* What may stand in the log stays charged. */
	if ((status != TALLY_OK && status != TALLY_INDETERMINATE) || (status == TALLY_OK && ret->is_existing))
		tally_quota_give(face->quota, caller->uid, TALLY_QUOTA_LOG_BYTES, bytes);
	return status;
}
