// SPDX-License-Identifier: BSD-2-Clause
/* Evidence of one instant: a report, and the prefix of the log that replays to it (I5). */
#include "owner.h"

#include <stdlib.h>
#include <unistd.h>

#include "../format/binding.h"
#include "../format/bundle.h"
#include "../format/event.h"
#include "enclosure.h"

#define BINDING_LIMIT 2048

/* Where the log stood before the report was asked for. */
struct position {
	uint64_t first_number; /* of the log's first record: another one if the log was trimmed since */
	uint64_t next;
	uint64_t size;
	struct tally_replay replay;
};

/* --- what REPORT_DATA binds --- */

static enum tally_status check_request(const struct tally_evidence_request *request, struct tally_problem *problem)
{
	if (request->nonce.size < TALLY_NONCE_MIN || request->nonce.size > TALLY_NONCE_MAX) {
		tally_problem_set(problem, "the nonce has %zu bytes: it must have %d to %d", request->nonce.size,
				  TALLY_NONCE_MIN, TALLY_NONCE_MAX);
		return TALLY_NONCE_SIZE;
	}
	if (request->audience.size > TALLY_EVENT_TEXT_LIMIT || request->key_type.size > TALLY_EVENT_TEXT_LIMIT) {
		tally_problem_set(problem, "audience and key type have at most %d bytes", TALLY_EVENT_TEXT_LIMIT);
		return TALLY_TOO_LARGE;
	}
	if (request->key_type.size && request->key_hash.size != 48) {
		tally_problem_set(problem, "the key binding's hash must be a SHA-384, 48 bytes");
		return TALLY_DIGEST_SIZE;
	}
	return TALLY_OK;
}

static enum tally_status binding_array(const struct tally_authority *owner,
				       const struct tally_evidence_request *request,
				       const struct tally_enclosure *enclosure, struct tally_writer *writer,
				       struct tally_problem *problem)
{
	uint8_t companions[48];
	struct tally_binding binding = {
		.purpose = tally_text(TALLY_PURPOSE_EVIDENCE),
		.provider = tally_text(owner->provider->name),
		.audience = request->audience,
		.nonce = request->nonce,
		.key_type = request->key_type,
		.key_hash = request->key_hash,
		.companions = { companions, sizeof(companions) },
	};
	enum tally_status status = check_request(request, problem);

	if (status == TALLY_OK)
		status = tally_enclosure_digest(enclosure, companions);
	if (status != TALLY_OK)
		return status;
	binding.caller = tally_text(request->caller ? request->caller : owner->self);
	tally_binding_write(writer, &binding);
	return writer->status;
}

/* --- the report --- */

static enum tally_status ask(struct tally_authority *owner, struct tally_bytes array,
			     const struct tally_evidence_request *request, tally_deadline deadline,
			     struct tally_report *ret, struct tally_problem *problem)
{
	uint8_t report_data[TALLY_REPORT_DATA_SIZE];
	enum tally_status status = tally_binding_report_data(array, report_data);

	if (status != TALLY_OK)
		return status;
	return tally_owner_report(owner, report_data, request->nonce, deadline, ret, problem);
}

static tally_deadline request_deadline(tally_deadline deadline)
{
	return deadline ? deadline : tally_deadline_after(TALLY_DEFAULT_REPORT_SECONDS);
}

enum tally_status tally_authority_report(struct tally_authority *owner, const struct tally_evidence_request *request,
					 struct tally_report *ret, uint8_t **ret_binding, size_t *ret_binding_size,
					 struct tally_problem *problem)
{
	uint8_t *array = malloc(BINDING_LIMIT);
	struct tally_enclosure *enclosure = malloc(sizeof(*enclosure));
	struct tally_writer writer = tally_writer(array, BINDING_LIMIT);
	enum tally_status status = array && enclosure ? TALLY_OK : TALLY_NO_MEMORY;

	if (status == TALLY_OK) {
		tally_enclosure_data(enclosure, request->data);
		status = binding_array(owner, request, enclosure, &writer, problem);
	}
	if (status == TALLY_OK)
		status = ask(owner, tally_written(&writer), request, request_deadline(request->deadline), ret, problem);
	free(enclosure);
	if (status != TALLY_OK) {
		free(array);
		return status;
	}
	*ret_binding = array;
	*ret_binding_size = writer.size;
	return TALLY_OK;
}

enum tally_status tally_authority_report_raw(struct tally_authority *owner,
					     const uint8_t report_data[TALLY_REPORT_DATA_BYTES],
					     tally_deadline deadline, struct tally_report *ret,
					     struct tally_problem *problem)
{
	return tally_owner_report(owner, report_data, tally_bytes(NULL, 0), request_deadline(deadline), ret, problem);
}

/* --- the prefix --- */

/* What fills name is looked up in the log as it stands. */
static enum tally_status take_enclosure(struct tally_authority *owner, struct tally_bytes data,
					struct tally_enclosure *ret, struct tally_problem *problem)
{
	struct tally_log_view view;
	int fd;
	enum tally_status status = tally_log_view_map(owner, &view, &fd, problem);

	if (status != TALLY_OK)
		return status;
	status = tally_enclosure_take(&owner->directory, tally_bytes(view.bytes.data, (size_t)owner->history.size),
				      data, ret, problem);
	tally_log_view_done(&view);
	close(fd);
	return status;
}

static enum tally_status note_position(struct tally_authority *owner, tally_deadline deadline, struct tally_bytes data,
				       struct position *ret, struct tally_enclosure *ret_enclosure,
				       struct tally_problem *problem)
{
	enum tally_status status = tally_owner_begin(owner, deadline, problem);

	if (status != TALLY_OK)
		return status;
	status = tally_owner_settle_all(owner, deadline, problem);
	if (status == TALLY_OK)
		status = take_enclosure(owner, data, ret_enclosure, problem);
	ret->first_number = owner->history.first_number;
	ret->next = owner->history.next;
	ret->size = owner->history.size;
	ret->replay = owner->history.replay;
	tally_owner_end(owner);
	return status;
}

static enum tally_status settle_again(struct tally_authority *owner, struct tally_problem *problem)
{
	tally_deadline deadline = tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS);
	enum tally_status status = tally_owner_begin(owner, deadline, problem);

	if (status != TALLY_OK)
		return status;
	status = tally_owner_settle_all(owner, deadline, problem);
	tally_owner_end(owner);
	return status;
}

/* Every runtime register that the report carries has this value. */
static enum tally_status replay_matches(struct tally_replay *replay, size_t runtime_count,
					const struct tally_report_values *values, bool *ret)
{
	*ret = true;
	for (size_t reg = 0; reg < runtime_count && *ret; reg++) {
		struct tally_digests value;
		enum tally_status status;

		if (!values->has[reg])
			continue;
		status = tally_replay_value(replay, reg, &value);
		if (status != TALLY_OK)
			return status;
		*ret = tally_digests_equal(&value, &values->value[reg]);
	}
	return TALLY_OK;
}

/* What a record does to the registers; *ret_changes is false for control records that change none. */
static enum tally_status replay_record(struct tally_replay *replay, const struct tally_record *record,
				       bool *ret_changes)
{
	int reg = tally_registers_find_number(replay->set, record->index);
	struct tally_control_gap gap;
	struct tally_control_base base;
	enum tally_status status;

	*ret_changes = true;
	if (reg < 0)
		return TALLY_UNKNOWN_REGISTER;
	switch (tally_control_word(record)) {
	case TALLY_CONTROL_GAP:
		status = tally_control_read_gap(record->content, &gap);
		return status == TALLY_OK ? tally_replay_jump(replay, (size_t)reg, &gap.to) : status;
	case TALLY_CONTROL_BASE:
		status = tally_control_read_base(record->content, &base);
		return status == TALLY_OK ? tally_replay_jump(replay, (size_t)reg, &base.value) : status;
	case TALLY_CONTROL_NOT:
		return tally_replay_extend(replay, (size_t)reg, &record->digests);
	case TALLY_CONTROL_HEADER:
	case TALLY_CONTROL_FILL:
	case TALLY_CONTROL_TRIM:
	case TALLY_CONTROL_KEXEC:
	case TALLY_CONTROL_ABORT:
	default:
		*ret_changes = false;
		return TALLY_OK;
	}
}

static bool is_same_log(const struct position *position, struct tally_bytes log)
{
	struct tally_cursor cursor = tally_cursor(log);
	struct tally_record first;

	return tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &first) == TALLY_OK &&
	       first.number == position->first_number;
}

/* The first prefix from position on that matches: *ret_found tells if there is one. */
static enum tally_status find_prefix(const struct position *position, struct tally_bytes log, size_t runtime_count,
				     const struct tally_report_values *values, uint64_t *ret_size, uint64_t *ret_next,
				     bool *ret_found)
{
	struct tally_cursor cursor = tally_cursor(log);
	struct tally_replay replay = position->replay;
	uint64_t size = position->size;
	uint64_t next = position->next;
	bool matches;
	enum tally_status status = replay_matches(&replay, runtime_count, values, &matches);

	tally_read_bytes(&cursor, position->size);
	while (status == TALLY_OK && !tally_cursor_is_done(&cursor)) {
		struct tally_record record;
		bool changes = false;

		status = tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record);
		if (status == TALLY_OK)
			status = replay_record(&replay, &record, &changes);
		if (status != TALLY_OK || (matches && changes))
			break;
		size += record.encoded.size;
		next++;
		if (!matches)
			status = replay_matches(&replay, runtime_count, values, &matches);
	}
	if (status != TALLY_OK)
		return status;
	*ret_size = size;
	*ret_next = next;
	*ret_found = matches;
	return cursor.status;
}

/* Everything of one piece of evidence while it is made; ended by making_done. */
struct making {
	struct position position;
	struct tally_enclosure enclosure;
	uint8_t array[BINDING_LIMIT];
	struct tally_bytes binding;
	struct tally_report report;
	struct tally_log_view log;
	uint64_t next; /* number behind the log's last record */
	bool is_found; /* a prefix of the log matches the report: log is that */
};

static void making_done(struct making *making)
{
	tally_enclosure_done(&making->enclosure);
	tally_report_done(&making->report);
	if (making->is_found)
		tally_log_view_done(&making->log);
	memset(making, 0, sizeof(*making));
}

static enum tally_status search_log(struct tally_authority *owner, const struct tally_report_values *values,
				    struct making *making, struct tally_problem *problem)
{
	const struct position *position = &making->position;
	struct tally_log_view view;
	bool is_found = false;
	uint64_t size = 0;
	enum tally_status status = tally_authority_log(owner, &view, problem);

	if (status != TALLY_OK)
		return status;
	if (is_same_log(position, view.bytes))
		status = find_prefix(position, view.bytes, owner->runtime_count, values, &size, &making->next,
				     &is_found);
	/* A fill that was added since may name a log that was not bound. */
	if (status == TALLY_OK && is_found)
		is_found = !tally_enclosure_has_fill(
			tally_bytes(view.bytes.data + position->size, (size_t)(size - position->size)));
	if (status != TALLY_OK || !is_found) {
		tally_log_view_done(&view);
		return status;
	}
	view.bytes.size = (size_t)size;
	making->log = view;
	making->is_found = true;
	return TALLY_OK;
}

static enum tally_status ask_bound(struct tally_authority *owner, const struct tally_evidence_request *request,
				   tally_deadline deadline, struct making *making, struct tally_problem *problem)
{
	struct tally_writer writer = tally_writer(making->array, sizeof(making->array));
	enum tally_status status = binding_array(owner, request, &making->enclosure, &writer, problem);

	making->binding = tally_written(&writer);
	return status == TALLY_OK ? ask(owner, making->binding, request, deadline, &making->report, problem) : status;
}

/* A report, and the log that goes with it where making->is_found: a prefix matches, if need be after settling. */
static enum tally_status report_and_log(struct tally_authority *owner, const struct tally_evidence_request *request,
					struct making *making, struct tally_problem *problem)
{
	tally_deadline deadline = request_deadline(request->deadline);
	struct tally_report_values values;
	enum tally_status status =
		note_position(owner, deadline, request->data, &making->position, &making->enclosure, problem);

	if (status == TALLY_OK)
		status = ask_bound(owner, request, deadline, making, problem);
	if (status == TALLY_OK)
		status = owner->provider->report_values(
			owner->instance, tally_bytes(making->report.report, making->report.report_size), &values);
	if (status == TALLY_OK)
		status = search_log(owner, &values, making, problem);
	if (status == TALLY_OK && !making->is_found) {
		/* An extend that was under way is in the report and not yet in the log: wait for it. */
		status = settle_again(owner, problem);
		if (status == TALLY_OK)
			status = search_log(owner, &values, making, problem);
	}
	return status;
}

/* --- the bundle --- */

static void bundle_add(struct tally_bundle *bundle, const char *label, const char *media_type, struct tally_bytes value)
{
	struct tally_member *member = &bundle->member[bundle->count];

	if (value.size == 0)
		return;
	member->label = tally_text(label);
	member->media_type = tally_text(media_type);
	member->value = value;
	bundle->count++;
}

static enum tally_status write_bundle(const struct tally_bundle *bundle, uint8_t **ret, size_t *ret_size)
{
	struct tally_writer writer = tally_writer(NULL, 0);
	uint8_t *memory;

	tally_bundle_write(&writer, bundle);
	if (writer.status != TALLY_NO_SPACE)
		return writer.status == TALLY_OK ? TALLY_INVALID : writer.status;
	memory = malloc(writer.size);
	if (!memory)
		return TALLY_NO_MEMORY;
	writer = tally_writer(memory, writer.size);
	tally_bundle_write(&writer, bundle);
	if (writer.status != TALLY_OK) {
		free(memory);
		return writer.status;
	}
	*ret = memory;
	*ret_size = writer.size;
	return TALLY_OK;
}

static enum tally_status collect_bundle(const struct tally_authority *owner, const struct making *making,
					struct tally_bundle **ret)
{
	const struct tally_report *report = &making->report;
	struct tally_bundle *bundle = calloc(1, sizeof(*bundle));

	if (!bundle)
		return TALLY_NO_MEMORY;
	bundle_add(bundle, TALLY_LABEL_REPORT, owner->provider->report_media_type,
		   tally_bytes(report->report, report->report_size));
	bundle_add(bundle, TALLY_LABEL_BINDING, TALLY_MEDIA_BINDING, making->binding);
	bundle_add(bundle, TALLY_LABEL_CERTIFICATES, owner->provider->certificates_media_type,
		   tally_bytes(report->certificates, report->certificates_size));
	bundle_add(bundle, TALLY_LABEL_MANIFEST, owner->provider->manifest_media_type,
		   tally_bytes(report->manifest, report->manifest_size));
	tally_enclosure_add(&making->enclosure, bundle);
	*ret = bundle;
	return TALLY_OK;
}

static enum tally_status make_bundle(const struct tally_authority *owner, const struct making *making, uint8_t **ret,
				     size_t *ret_size)
{
	struct tally_bundle *bundle;
	enum tally_status status = collect_bundle(owner, making, &bundle);

	if (status != TALLY_OK)
		return status;
	bundle_add(bundle, TALLY_LABEL_LOG, TALLY_MEDIA_LOG, making->log.bytes);
	status = write_bundle(bundle, ret, ret_size);
	free(bundle);
	return status;
}

/* The two parts, one behind the other, in memory that is large enough or in none. */
static enum tally_status write_parts(const struct tally_bundle *bundle, const struct making *making, uint8_t *front,
				     uint8_t *back, struct tally_evidence_parts *parts)
{
	struct tally_writer front_writer = tally_writer(front, front ? parts->front_size : 0);
	struct tally_writer back_writer = tally_writer(back, back ? parts->back_size : 0);

	tally_bundle_write_around(&front_writer, &back_writer, bundle, making->log.bytes.size);
	parts->front_size = front_writer.size;
	parts->back_size = back_writer.size;
	return front_writer.status != TALLY_OK ? front_writer.status : back_writer.status;
}

static enum tally_status make_parts(const struct tally_authority *owner, const struct making *making,
				    struct tally_evidence_parts *ret)
{
	struct tally_evidence_parts parts = { .first = making->position.first_number,
					      .next = making->next,
					      .log_size = making->log.bytes.size };
	struct tally_bundle *bundle;
	enum tally_status status = collect_bundle(owner, making, &bundle);

	if (status != TALLY_OK)
		return status;
	status = write_parts(bundle, making, NULL, NULL, &parts);
	if (status == TALLY_NO_SPACE) {
		parts.front = malloc(parts.front_size);
		parts.back = malloc(parts.back_size);
		status = TALLY_NO_MEMORY;
		if (parts.front && parts.back)
			status = write_parts(bundle, making, parts.front, parts.back, &parts);
	}
	free(bundle);
	if (status == TALLY_OK)
		*ret = parts;
	else
		tally_evidence_parts_done(&parts);
	return status;
}

void tally_evidence_parts_done(struct tally_evidence_parts *parts)
{
	free(parts->front);
	free(parts->back);
	memset(parts, 0, sizeof(*parts));
}

/* Report and log that match. *ret is NULL, or ended by making_free, also after a failure. */
static enum tally_status make(struct tally_authority *owner, const struct tally_evidence_request *request,
			      struct making **ret, struct tally_problem *problem)
{
	struct making *making = calloc(1, sizeof(*making));
	enum tally_status status = making ? check_request(request, problem) : TALLY_NO_MEMORY;

	*ret = making;
	/* Once more if need be, with a new report. */
	for (int tries = 0; status == TALLY_OK && !making->is_found && tries < 2; tries++) {
		making_done(making);
		status = report_and_log(owner, request, making, problem);
	}
	if (status == TALLY_OK && !making->is_found) {
		tally_problem_set(problem,
				  "the registers changed while they were signed, in a way that the log does not "
				  "show: somebody extends beside the authority; try again");
		status = TALLY_TRY_AGAIN;
	}
	return status;
}

static void making_free(struct making *making)
{
	if (making)
		making_done(making);
	free(making);
}

enum tally_status tally_authority_evidence(struct tally_authority *owner, const struct tally_evidence_request *request,
					   uint8_t **ret_bundle, size_t *ret_size, struct tally_problem *problem)
{
	struct making *making;
	enum tally_status status = make(owner, request, &making, problem);

	if (status == TALLY_OK)
		status = make_bundle(owner, making, ret_bundle, ret_size);
	making_free(making);
	return status;
}

enum tally_status tally_authority_evidence_parts(struct tally_authority *owner,
						 const struct tally_evidence_request *request,
						 struct tally_evidence_parts *ret, struct tally_problem *problem)
{
	struct making *making;
	enum tally_status status = make(owner, request, &making, problem);

	if (status == TALLY_OK)
		status = make_parts(owner, making, ret);
	making_free(making);
	return status;
}
