// SPDX-License-Identifier: BSD-2-Clause
/* Extends, and what they cost. */
#include "extend.h"

#include <errno.h>
#include <stdlib.h>

#include "../authority/log_part.h"
#include "../format/control.h"
#include "../format/event.h"
#include "number.h"
#include "quota.h"

#define RECORD_OVERHEAD 256 /* of a record around its texts and data */

static uint64_t log_bytes(struct tally_bytes type, struct tally_bytes name, struct tally_bytes data)
{
	return RECORD_OVERHEAD + type.size + name.size + data.size;
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
	uint64_t bytes = log_bytes(request->type, request->name, request->data);
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

/* --- what earlier servers charged --- */

struct counting {
	struct tally_quota *quota;
	struct tally_bytes label;
	bool has_memory;
};

static bool user_of(struct tally_bytes origin, unsigned *ret)
{
	const uint8_t *colon = origin.size ? memchr(origin.data, ':', origin.size) : NULL;

	return colon && tally_number_read(tally_bytes(origin.data, (size_t)(colon - origin.data)), ret) == 0;
}

/* Sees nothing, so that nothing is kept of the log. */
static bool count_record(void *context, const struct tally_record *record)
{
	struct counting *counting = context;
	struct tally_event event;
	unsigned user;

	if (tally_control_word(record) == TALLY_CONTROL_NOT && tally_event_read(record->content, &event) == TALLY_OK &&
	    tally_bytes_equal(tally_caller_label(event.origin), counting->label) && user_of(event.origin, &user) &&
	    tally_quota_take(counting->quota, user, TALLY_QUOTA_LOG_BYTES,
			     log_bytes(event.type, event.name, event.data), TALLY_QUOTA_NONE) != 0)
		counting->has_memory = false;
	return false;
}

enum tally_status tally_face_count_logged(const struct tally_face *face, const char *label,
					  struct tally_problem *problem)
{
	struct counting counting = { face->quota, label ? tally_text(label) : tally_bytes(NULL, 0), true };
	struct tally_log_part_request all = {
		.limit = 1, .is_oldest = true, .sees = count_record, .context = &counting
	};
	struct tally_log_part nothing = { .records = NULL };
	enum tally_status status = tally_authority_log_part(face->authority, &all, NULL, &nothing, problem);

	free(nothing.records);
	/* A log that is not there, or that takes no extends because it is damaged, charges nobody. */
	if (status == TALLY_NOT_FOUND || status == TALLY_CORRUPT)
		status = TALLY_OK;
	return counting.has_memory ? status : TALLY_NO_MEMORY;
}
