// SPDX-License-Identifier: BSD-2-Clause
/* One request of a caller, done: what it may, what it asks for, and the response. */
#include "request.h"

#include <stdlib.h>

#include "../format/event.h"
#include "../format/utf8.h"
#include "extend.h"

#define RESPONSE_OVERHEAD 64 /* header and numbers around the records of a log response */
#define SIZE_SIZE 8	     /* in front of a response */
#define NANOSECONDS_OF_MILLISECOND 1000000ULL

/* --- planning --- */

static enum tally_request_cost cost_of(enum tally_request_kind kind)
{
	if (kind == TALLY_REQUEST_WAIT)
		return TALLY_REQUEST_WAITS;
	if (kind == TALLY_REQUEST_REPORT || kind == TALLY_REQUEST_EVIDENCE)
		return TALLY_REQUEST_SIGNS;
	return TALLY_REQUEST_IS_QUICK;
}

/* A caller may wait for less, and for records for longer, too: whoever waits for anything else keeps others waiting. */
static tally_deadline deadline_of(const struct tally_request *request)
{
	tally_deadline now = tally_deadline_after(0);
	bool is_quick = cost_of(request->kind) == TALLY_REQUEST_IS_QUICK;
	uint64_t most = 1000ULL * (is_quick ? TALLY_DEFAULT_EXTEND_SECONDS : TALLY_DEFAULT_REPORT_SECONDS);
	uint64_t milliseconds = request->milliseconds ? request->milliseconds : most;

	if (milliseconds > most && request->kind != TALLY_REQUEST_WAIT)
		milliseconds = most;
	return now + milliseconds * NANOSECONDS_OF_MILLISECOND;
}

void tally_request_plan(struct tally_bytes message, struct tally_request_job *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->status = tally_request_read(message, &ret->request, &ret->kind);
	ret->cost = ret->status == TALLY_OK ? cost_of(ret->kind) : TALLY_REQUEST_IS_QUICK;
	ret->deadline = deadline_of(&ret->request);
}

/* --- doing --- */

/* One job while it is done. What the response borrows is freed when it is written. */
struct execution {
	const struct tally_face *face;
	const struct tally_caller *caller;
	const struct tally_request_job *job;
	struct tally_log_place *place;
	struct tally_response response;
	struct tally_problem problem;
	struct tally_report report;
	uint8_t *binding;
	struct tally_evidence_parts parts;
	struct tally_log_part part;
};

static enum tally_status no_right(struct execution *execution, const char *to)
{
	tally_problem_set(&execution->problem, "caller %s may not %s here (tally-callers(5))", execution->caller->text,
			  to);
	return TALLY_PERMISSION;
}

static struct tally_evidence_request evidence_request(const struct execution *execution)
{
	const struct tally_request *request = &execution->job->request;

	return (struct tally_evidence_request){
		.nonce = request->nonce,
		.caller = execution->caller->text,
		.audience = request->audience,
		.key_type = request->key_type,
		.key_hash = request->key_hash,
		.data = request->data,
		.deadline = execution->job->deadline,
	};
}

static enum tally_status bound_report(struct execution *execution)
{
	struct tally_evidence_request request = evidence_request(execution);
	size_t size;
	enum tally_status status;

	if (!execution->caller->rights.has_report && !execution->caller->rights.has_evidence)
		return no_right(execution, "have reports");
	status = tally_authority_report(execution->face->authority, &request, &execution->report, &execution->binding,
					&size, &execution->problem);
	if (status == TALLY_OK)
		execution->response.binding = tally_bytes(execution->binding, size);
	return status;
}

static enum tally_status raw_report(struct execution *execution)
{
	if (!execution->caller->rights.has_raw_report)
		return no_right(execution, "have reports over REPORT_DATA of its own");
	return tally_authority_report_raw(execution->face->authority, execution->job->request.report_data.data,
					  execution->job->deadline, &execution->report, &execution->problem);
}

static enum tally_status do_report(struct execution *execution)
{
	const struct tally_provider *provider = tally_authority_provider(execution->face->authority);
	struct tally_response *response = &execution->response;
	const struct tally_report *report = &execution->report;
	bool is_raw = execution->job->request.report_data.size != 0;
	enum tally_status status = is_raw ? raw_report(execution) : bound_report(execution);

	if (status != TALLY_OK)
		return status;
	response->report = tally_bytes(report->report, report->report_size);
	response->report_type = tally_text(provider->report_media_type);
	response->certificates = tally_bytes(report->certificates, report->certificates_size);
	if (report->certificates_size)
		response->certificates_type = tally_text(provider->certificates_media_type);
	response->manifest = tally_bytes(report->manifest, report->manifest_size);
	if (report->manifest_size)
		response->manifest_type = tally_text(provider->manifest_media_type);
	return TALLY_OK;
}

static enum tally_status do_evidence(struct execution *execution)
{
	struct tally_evidence_request request = evidence_request(execution);
	struct tally_response *response = &execution->response;
	const struct tally_evidence_parts *parts = &execution->parts;
	enum tally_status status;

	if (!execution->caller->rights.has_evidence)
		return no_right(execution, "have evidence");
	status = tally_authority_evidence_parts(execution->face->authority, &request, &execution->parts,
						&execution->problem);
	if (status != TALLY_OK)
		return status;
	response->front = tally_bytes(parts->front, parts->front_size);
	response->back = tally_bytes(parts->back, parts->back_size);
	response->first = parts->first;
	response->next = parts->next;
	response->size = parts->log_size;
	return TALLY_OK;
}

static enum tally_status find_register(struct execution *execution, uint64_t allowed, const char *to, size_t *ret)
{
	const struct tally_register_set *set = tally_authority_registers(execution->face->authority);
	struct tally_bytes name = execution->job->request.reg;
	int reg = tally_registers_find_text(set, name);

	if (reg < 0) {
		tally_problem_set(&execution->problem, "%s has no register `%.*s`", set->provider, (int)name.size,
				  (const char *)name.data);
		return TALLY_UNKNOWN_REGISTER;
	}
	if (!(allowed & 1ULL << reg))
		return no_right(execution, to);
	*ret = (size_t)reg;
	return TALLY_OK;
}

static enum tally_status extend(struct execution *execution, struct tally_extend_request *extend)
{
	struct tally_extend_result result;
	enum tally_status status;

	extend->deadline = execution->job->deadline;
	status = tally_face_extend(execution->face, execution->caller, extend, &result, &execution->problem);
	if (status != TALLY_OK)
		return status;
	execution->response.number = result.number;
	execution->response.is_existing = result.is_existing;
	execution->response.gaps = result.gaps;
	return TALLY_OK;
}

static enum tally_status do_extend(struct execution *execution)
{
	const struct tally_request *request = &execution->job->request;
	struct tally_extend_request raw = {
		.kind = TALLY_EXTEND_DIGESTS,
		.name = request->name,
		.digests = request->digests,
	};
	enum tally_status status = find_register(execution, execution->caller->rights.raw_extends,
						 "extend that register with digests of its own", &raw.register_index);

	return status == TALLY_OK ? extend(execution, &raw) : status;
}

static enum tally_status do_append(struct execution *execution)
{
	const struct tally_request *request = &execution->job->request;
	struct tally_extend_request event = {
		.kind = TALLY_EXTEND_EVENT,
		.type = request->type,
		.name = request->name,
		.data = request->data,
		.has_data_digest = request->has_data_digest,
		.data_digest = request->data_digest,
		.is_once = request->is_once,
	};
	enum tally_status status = find_register(execution, execution->caller->rights.appends,
						 "log events in that register", &event.register_index);

	return status == TALLY_OK ? extend(execution, &event) : status;
}

/* --- the log --- */

/* What a caller sees that does not see all: how to read the log, and its own events or those of its mount. */
static bool sees_record(void *context, const struct tally_record *record)
{
	const struct tally_caller *caller = context;
	enum tally_control_word word = tally_control_word(record);
	struct tally_bytes text = tally_text(caller->text);
	struct tally_event event;

	if (word != TALLY_CONTROL_NOT)
		return word == TALLY_CONTROL_HEADER || word == TALLY_CONTROL_TRIM;
	if (tally_event_read(record->content, &event) != TALLY_OK)
		return false;
	if (caller->rights.log == TALLY_LOG_LABEL)
		return tally_bytes_equal(tally_caller_label(event.origin), tally_caller_label(text));
	return tally_bytes_equal(event.origin, text);
}

static enum tally_status do_log(struct execution *execution)
{
	const struct tally_request *request = &execution->job->request;
	struct tally_caller caller = *execution->caller;
	struct tally_log_part_request wanted = {
		.from = request->from,
		.until = request->until,
		.limit = TALLY_LOG_RESPONSE_LIMIT - RESPONSE_OVERHEAD,
		.is_oldest = request->is_oldest,
		.sees = caller.rights.log == TALLY_LOG_ALL ? NULL : sees_record,
		.context = &caller,
	};
	struct tally_log_part *part = &execution->part;
	enum tally_status status;

	if (caller.rights.log == TALLY_LOG_NONE)
		return no_right(execution, "read the log");
	if (request->size && request->size < wanted.limit)
		wanted.limit = request->size;
	status = tally_authority_log_part(execution->face->authority, &wanted, execution->place, part,
					  &execution->problem);
	if (status != TALLY_OK)
		return status;
	execution->response.records = tally_bytes(part->records, part->size);
	execution->response.next = part->next;
	execution->response.is_more = part->is_more;
	return TALLY_OK;
}

/* Something to answer with: records, or that they can't come because this is another log, or all were seen. */
static bool has_news(const struct execution *execution)
{
	const struct tally_request *request = &execution->job->request;
	const struct tally_log_part *part = &execution->part;

	return part->size != 0 || part->next < request->from || (request->until && part->next >= request->until);
}

static enum tally_status do_wait(struct execution *execution)
{
	enum tally_status status = do_log(execution);

	if (status != TALLY_OK || has_news(execution))
		return status;
	if (!tally_deadline_has_passed(execution->job->deadline))
		return TALLY_TRY_AGAIN;
	tally_problem_set(&execution->problem, "no record came before the deadline");
	return TALLY_DEADLINE;
}

/* --- the response --- */

static enum tally_status dispatch(struct execution *execution)
{
	switch (execution->job->kind) {
	case TALLY_REQUEST_REPORT:
		return do_report(execution);
	case TALLY_REQUEST_EVIDENCE:
		return do_evidence(execution);
	case TALLY_REQUEST_EXTEND:
		return do_extend(execution);
	case TALLY_REQUEST_APPEND:
		return do_append(execution);
	case TALLY_REQUEST_LOG:
		return do_log(execution);
	case TALLY_REQUEST_WAIT:
		return do_wait(execution);
	case TALLY_REQUEST_NONE:
	default:
		return TALLY_UNSUPPORTED;
	}
}

static enum tally_status perform(struct execution *execution, struct tally_cancel *cancel)
{
	if (execution->job->status != TALLY_OK)
		return execution->job->status;
	if (cancel && tally_cancel_is_set(cancel)) {
		tally_problem_set(&execution->problem, "the caller gave up before it was begun");
		return TALLY_DEADLINE;
	}
	return dispatch(execution);
}

/* Texts of callers and file names are in it, perhaps cut in the middle of a character. */
static struct tally_bytes clean_problem(struct tally_problem *problem, enum tally_status status)
{
	struct tally_bytes text = tally_text(problem->text);

	if (text.size == 0)
		return tally_text(tally_status_message(status));
	for (char *c = problem->text; !tally_utf8_is_clean(text) && *c; c++)
		if ((unsigned char)*c < 0x20 || (unsigned char)*c >= 0x7f)
			*c = '?';
	return text;
}

/* The size of the response, and the response; NULL if there is no memory. */
static uint8_t *write_response(const struct tally_response *response, size_t *ret_size)
{
	struct tally_writer writer = tally_writer(NULL, 0);
	uint8_t *memory;
	size_t size;

	tally_response_write(&writer, response);
	size = SIZE_SIZE + writer.size;
	memory = malloc(size);
	if (!memory)
		return NULL;
	writer = tally_writer(memory, size);
	tally_write_be64(&writer, size - SIZE_SIZE);
	tally_response_write(&writer, response);
	if (writer.status != TALLY_OK) {
		free(memory);
		return NULL;
	}
	*ret_size = size;
	return memory;
}

static void execution_done(struct execution *execution)
{
	tally_report_done(&execution->report);
	free(execution->binding);
	tally_evidence_parts_done(&execution->parts);
	free(execution->part.records);
}

enum tally_status tally_request_execute(const struct tally_face *face, const struct tally_caller *caller,
					const struct tally_request_job *job, struct tally_cancel *cancel,
					struct tally_log_place *place, uint8_t **ret, size_t *ret_size)
{
	struct execution execution = {
		.face = face, .caller = caller, .job = job, .place = place, .response = { .kind = job->kind }
	};
	enum tally_status status = perform(&execution, cancel);
	bool waits = status == TALLY_TRY_AGAIN && job->cost == TALLY_REQUEST_WAITS;

	*ret = NULL;
	if (status != TALLY_OK) {
		execution.response = (struct tally_response){ .kind = job->kind, .status = (uint32_t)status };
		execution.response.problem = clean_problem(&execution.problem, status);
	}
	if (!waits)
		*ret = write_response(&execution.response, ret_size);
	execution_done(&execution);
	if (status != TALLY_OK || *ret)
		return status;
	/* What was done is done, and nobody is told with what outcome. */
	return job->kind == TALLY_REQUEST_EXTEND || job->kind == TALLY_REQUEST_APPEND ? TALLY_INDETERMINATE
										      : TALLY_NO_MEMORY;
}
