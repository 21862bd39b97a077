// SPDX-License-Identifier: BSD-2-Clause
/* The transaction file without a file system: what each caller may, what comes out, and what goes on at one descriptor. */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "../../face/callers_policy.h"
#include "../../face/request.h"
#include "../../format/binding.h"
#include "../../format/bundle.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint8_t nonce[32] = { 1, 2, 3 };
static const uint8_t raw_data[64] = { 9, 8, 7 };

/* A face over an authority of its own; root's rights, in a mount with a label. */
struct served {
	struct world *world;
	struct tally_face face;
	struct tally_caller caller;
};

static int served_make(void **state)
{
	struct served *served = calloc(1, sizeof(*served));
	void *world;

	if (!served || world_make(&world) != 0)
		return -1;
	served->world = world;
	world_open(served->world);
	served->face.authority = served->world->owner;
	served->face.quota = tally_quota_new();
	tally_caller_init(&served->caller, 0, 0, 1, "web");
	tally_callers_rights(NULL, 0, 0, NULL, 0, &served->caller.rights);
	*state = served;
	return served->face.quota ? 0 : -1;
}

static int served_remove(void **state)
{
	struct served *served = *state;
	void *world = served->world;

	tally_quota_free(served->face.quota);
	free(served);
	return world_remove(&world);
}

/* A caller with nothing, to be given something. */
static struct tally_caller nobody_with(const char *label)
{
	struct tally_caller caller;

	tally_caller_init(&caller, 1000, 100, 1, label);
	caller.rights.limit[TALLY_QUOTA_LOG_BYTES] = 1024 * 1024;
	caller.rights.limit[TALLY_QUOTA_HELD_BYTES] = 1024 * 1024;
	return caller;
}

/* --- one request, there and back --- */

/* What came back; the bytes are borrowed from memory. */
struct answer {
	enum tally_status status;
	struct tally_response response;
	uint8_t *memory;
};

static void answer_done(struct answer *answer)
{
	free(answer->memory);
}

static struct tally_bytes message_of(const struct tally_request *request, uint8_t buffer[TALLY_REQUEST_LIMIT])
{
	struct tally_writer writer = tally_writer(buffer, TALLY_REQUEST_LIMIT);

	tally_request_write(&writer, request);
	assert_int_equal(writer.status, TALLY_OK);
	return tally_written(&writer);
}

static struct answer send_bytes(struct served *served, const struct tally_caller *caller, struct tally_bytes message,
				struct tally_cancel *cancel)
{
	struct tally_request_job job;
	struct answer answer = { 0 };
	struct tally_cursor cursor;
	size_t size = 0;

	tally_request_plan(message, &job);
	answer.status = tally_request_execute(&served->face, caller, &job, cancel, NULL, &answer.memory, &size);
	assert_non_null(answer.memory);
	cursor = tally_cursor(tally_bytes(answer.memory, size));
	assert_int_equal(tally_read_be64(&cursor), size - 8);
	assert_int_equal(tally_response_read(tally_read_rest(&cursor), &answer.response), TALLY_OK);
	assert_int_equal(answer.response.status, answer.status);
	return answer;
}

static struct answer send(struct served *served, const struct tally_caller *caller, const struct tally_request *request)
{
	static uint8_t buffer[TALLY_REQUEST_LIMIT];

	return send_bytes(served, caller, message_of(request, buffer), NULL);
}

/* One request of each kind that is granted to those who may do all. */
static const struct tally_request report = { .kind = TALLY_REQUEST_REPORT, .nonce = { nonce, sizeof(nonce) } };
static const struct tally_request raw_report = { .kind = TALLY_REQUEST_REPORT,
						 .report_data = { raw_data, sizeof(raw_data) } };
static const struct tally_request evidence = { .kind = TALLY_REQUEST_EVIDENCE, .nonce = { nonce, sizeof(nonce) } };
static const struct tally_request read_log = { .kind = TALLY_REQUEST_LOG };

static struct tally_request extend_request(void)
{
	return (struct tally_request){ .kind = TALLY_REQUEST_EXTEND,
				       .reg = tally_text("rtmr2"),
				       .digests = { .count = 1, .digest = { { .alg = TALLY_SHA384, { 5 } } } } };
}

static struct tally_request append_request(const char *reg, const char *name)
{
	return (struct tally_request){ .kind = TALLY_REQUEST_APPEND,
				       .reg = tally_text(reg),
				       .type = tally_text("start"),
				       .name = tally_text(name),
				       .data = tally_text("data") };
}

/* --- what comes out --- */

static void expect_binding(struct tally_bytes array, const char *caller)
{
	struct tally_binding binding;

	assert_int_equal(tally_binding_read(array, &binding), TALLY_OK);
	assert_true(tally_bytes_equal(binding.caller, tally_text(caller)));
	assert_true(tally_bytes_equal(binding.nonce, tally_bytes(nonce, sizeof(nonce))));
}

/* I6: the report is over what the authority derived, also for root. */
static void a_report_is_bound_to_its_caller(void **state)
{
	struct served *served = *state;
	struct answer answer = send(served, &served->caller, &report);
	uint8_t report_data[TALLY_REPORT_DATA_SIZE];
	const uint8_t *found;

	assert_int_equal(answer.status, TALLY_OK);
	expect_binding(answer.response.binding, "0:0@web");
	assert_int_equal(tally_binding_report_data(answer.response.binding, report_data), TALLY_OK);
	found = memmem(answer.response.report.data, answer.response.report.size, report_data, sizeof(report_data));
	assert_non_null(found);
	assert_true(tally_bytes_equal(answer.response.report_type, tally_text(TALLY_MEDIA_SOFT_REPORT)));
	assert_true(tally_bytes_equal(answer.response.certificates_type, tally_text(TALLY_MEDIA_SOFT_KEY)));
	answer_done(&answer);
}

static void a_raw_report_has_the_bytes_that_were_given(void **state)
{
	struct served *served = *state;
	struct answer answer = send(served, &served->caller, &raw_report);

	assert_int_equal(answer.status, TALLY_OK);
	assert_int_equal(answer.response.binding.size, 0);
	assert_non_null(memmem(answer.response.report.data, answer.response.report.size, raw_data, sizeof(raw_data)));
	answer_done(&answer);
}

static void evidence_is_front_log_and_back(void **state)
{
	struct served *served = *state;
	struct tally_bundle *bundle = malloc(sizeof(*bundle));
	struct answer first;
	struct answer second;
	struct tally_request log = read_log;
	struct tally_response *parts = &first.response;
	uint8_t *whole;
	size_t size;

	extend_ok(served->world, "rtmr3", "app");
	first = send(served, &served->caller, &evidence);
	assert_int_equal(first.status, TALLY_OK);
	/* What comes later is no part of it. */
	extend_ok(served->world, "rtmr3", "later");
	log.from = parts->first;
	log.until = parts->next;
	second = send(served, &served->caller, &log);
	assert_int_equal(second.response.records.size, parts->size);
	size = parts->front.size + parts->size + parts->back.size;
	whole = malloc(size);
	assert_non_null(whole);
	assert_non_null(bundle);
	memcpy(whole, parts->front.data, parts->front.size);
	memcpy(whole + parts->front.size, second.response.records.data, parts->size);
	memcpy(whole + parts->front.size + parts->size, parts->back.data, parts->back.size);
	assert_int_equal(tally_bundle_read(tally_bytes(whole, size), bundle), TALLY_OK);
	expect_binding(tally_bundle_find(bundle, TALLY_LABEL_BINDING)->value, "0:0@web");
	free(whole);
	free(bundle);
	answer_done(&first);
	answer_done(&second);
}

/* The record of this number, in memory of the answer. */
static struct tally_record record_of(struct answer *answer)
{
	struct tally_cursor cursor = tally_cursor(answer->response.records);
	struct tally_record record;

	assert_int_equal(tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record), TALLY_OK);
	return record;
}

static void an_event_is_its_callers(void **state)
{
	struct served *served = *state;
	struct tally_request request = append_request("rtmr3", "app");
	struct tally_request log = read_log;
	struct tally_record record;
	struct tally_event event;
	struct answer answer = send(served, &served->caller, &request);

	assert_int_equal(answer.status, TALLY_OK);
	log.from = answer.response.number;
	answer_done(&answer);
	answer = send(served, &served->caller, &log);
	record = record_of(&answer);
	assert_int_equal(record.index, 3);
	assert_int_equal(tally_event_read(record.content, &event), TALLY_OK);
	assert_true(tally_bytes_equal(event.origin, tally_text("0:0@web")));
	assert_true(tally_bytes_equal(event.type, tally_text("start")));
	assert_true(tally_bytes_equal(event.name, tally_text("app")));
	assert_true(tally_bytes_equal(event.data, tally_text("data")));
	answer_done(&answer);
}

static void a_raw_extend_has_the_digest_that_was_given(void **state)
{
	struct served *served = *state;
	struct tally_request request = extend_request();
	struct tally_request log = read_log;
	struct answer answer = send(served, &served->caller, &request);
	struct tally_record record;

	assert_int_equal(answer.status, TALLY_OK);
	log.from = answer.response.number;
	answer_done(&answer);
	answer = send(served, &served->caller, &log);
	record = record_of(&answer);
	assert_int_equal(record.digests.digest[0].bytes[0], 5);
	answer_done(&answer);
}

static void once_is_once(void **state)
{
	struct served *served = *state;
	struct tally_request request = append_request("rtmr3", "app");
	struct answer first;
	struct answer second;

	request.is_once = true;
	first = send(served, &served->caller, &request);
	second = send(served, &served->caller, &request);
	assert_int_equal(second.status, TALLY_OK);
	assert_false(first.response.is_existing);
	assert_true(second.response.is_existing);
	assert_int_equal(second.response.number, first.response.number);
	answer_done(&second);
	request.data = tally_text("other");
	second = send(served, &served->caller, &request);
	assert_int_equal(second.status, TALLY_CONFLICT);
	answer_done(&first);
	answer_done(&second);
}

/* --- who may what --- */

static void whoever_has_no_right_is_refused(void **state)
{
	struct served *served = *state;
	struct tally_request extend_raw = extend_request();
	struct tally_request append = append_request("rtmr3", "app");
	const struct tally_request *requests[] = { &report, &raw_report, &evidence, &extend_raw, &append, &read_log };
	struct tally_caller caller = nobody_with(NULL);
	struct tally_log_view view;
	size_t size;

	assert_int_equal(tally_authority_log(served->world->owner, &view, &served->world->problem), TALLY_OK);
	size = view.bytes.size;
	tally_log_view_done(&view);
	for (size_t i = 0; i < COUNT(requests); i++) {
		struct answer answer = send(served, &caller, requests[i]);

		assert_int_equal(answer.status, TALLY_PERMISSION);
		assert_int_equal(answer.response.kind, requests[i]->kind);
		answer_done(&answer);
	}
	assert_int_equal(tally_authority_log(served->world->owner, &view, &served->world->problem), TALLY_OK);
	assert_int_equal(view.bytes.size, size);
	tally_log_view_done(&view);
}

/* Each right admits its own request, and no other. */
static void a_right_is_for_one_thing(void **state)
{
	struct served *served = *state;
	struct tally_request extend_raw = extend_request();
	struct tally_request append = append_request("rtmr3", "app");
	struct tally_request elsewhere = append_request("rtmr2", "app");
	const struct tally_request *requests[] = { &report, &raw_report, &evidence, &extend_raw,
						   &append, &elsewhere,	 &read_log };
	static const struct {
		struct tally_rights rights;
		unsigned granted; /* bit i: requests[i] */
	} rows[] = {
		{ { .has_report = true }, 1 },
		{ { .has_raw_report = true }, 2 },
		{ { .has_evidence = true, .log = TALLY_LOG_ALL }, 1 | 4 | 64 },
		{ { .raw_extends = 1 << 2 }, 8 },
		{ { .appends = 1 << 3 }, 16 },
		{ { .log = TALLY_LOG_OWN }, 64 },
		{ { .sees_registers = true }, 0 },
	};

	for (size_t row = 0; row < COUNT(rows); row++) {
		struct tally_caller caller = nobody_with(NULL);

		caller.rights = rows[row].rights;
		caller.rights.limit[TALLY_QUOTA_LOG_BYTES] = TALLY_QUOTA_NONE;
		for (size_t i = 0; i < COUNT(requests); i++) {
			struct answer answer = send(served, &caller, requests[i]);
			bool is_granted = rows[row].granted & 1U << i;

			assert_int_equal(answer.status, is_granted ? TALLY_OK : TALLY_PERMISSION);
			answer_done(&answer);
		}
	}
}

static void refusals_of_the_authority_come_through(void **state)
{
	struct served *served = *state;
	struct {
		struct tally_request request;
		enum tally_status expected;
	} rows[] = {
		{ append_request("rtmr9", "app"), TALLY_UNKNOWN_REGISTER },
		{ append_request("mrtd", "app"), TALLY_STATIC_REGISTER },
		{ append_request("rtmr3", "app"), TALLY_INVALID },
		{ extend_request(), TALLY_BANK_SET },
	};

	rows[2].request.type = tally_text("tally.pin");
	rows[3].request.digests.digest[0].alg = TALLY_SHA256;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct answer answer = send(served, &served->caller, &rows[i].request);

		assert_int_equal(answer.status, rows[i].expected);
		assert_true(answer.response.problem.size > 0);
		answer_done(&answer);
	}
}

static void what_is_no_message_is_answered(void **state)
{
	struct served *served = *state;
	struct answer answer = send_bytes(served, &served->caller, tally_text("hello"), NULL);

	assert_int_equal(answer.status, TALLY_UNSUPPORTED);
	assert_int_equal(answer.response.kind, TALLY_REQUEST_NONE);
	assert_true(answer.response.problem.size > 0);
	answer_done(&answer);
	answer = send_bytes(served, &served->caller, tally_bytes(NULL, 0), NULL);
	assert_int_equal(answer.status, TALLY_TRUNCATED);
	answer_done(&answer);
}

static void who_gave_up_gets_nothing_done(void **state)
{
	struct served *served = *state;
	struct tally_request request = append_request("rtmr3", "app");
	static uint8_t buffer[TALLY_REQUEST_LIMIT];
	struct tally_cancel cancel;
	struct summary summary;
	struct answer answer;

	tally_cancel_init(&cancel);
	tally_cancel_set(&cancel);
	answer = send_bytes(served, &served->caller, message_of(&request, buffer), &cancel);
	assert_int_equal(answer.status, TALLY_DEADLINE);
	answer_done(&answer);
	tally_cancel_done(&cancel);
	check_log(served->world, &summary);
	assert_int_equal(summary.events, 0);
}

/* --- which records are seen --- */

/* The names of events that a caller sees, header included. */
static void expect_seen(struct served *served, const struct tally_caller *caller, const char *expected)
{
	struct answer answer = send(served, caller, &read_log);
	struct tally_cursor cursor = tally_cursor(answer.response.records);
	char seen[256] = "";

	assert_int_equal(answer.status, TALLY_OK);
	while (!tally_cursor_is_done(&cursor)) {
		struct tally_record record;
		struct tally_event event;
		size_t used = strlen(seen);

		assert_int_equal(tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record), TALLY_OK);
		if (tally_control_word(&record) != TALLY_CONTROL_NOT)
			event.name = tally_text(tally_control_word_name(tally_control_word(&record)));
		else
			assert_int_equal(tally_event_read(record.content, &event), TALLY_OK);
		snprintf(seen + used, sizeof(seen) - used, "%s%.*s", used ? " " : "", (int)event.name.size,
			 (const char *)event.name.data);
	}
	assert_string_equal(seen, expected);
	answer_done(&answer);
}

static void append_as(struct served *served, const struct tally_caller *caller, const char *name)
{
	struct tally_request request = append_request("rtmr3", name);
	struct answer answer = send(served, caller, &request);

	assert_int_equal(answer.status, TALLY_OK);
	answer_done(&answer);
}

static void records_are_seen_by_right(void **state)
{
	struct served *served = *state;
	struct tally_caller mine = nobody_with("web");
	struct tally_caller neighbour;
	struct tally_caller elsewhere = nobody_with("db");

	tally_caller_init(&neighbour, 1001, 100, 1, "web");
	neighbour.rights = mine.rights;
	mine.rights.appends = neighbour.rights.appends = elsewhere.rights.appends = 8;
	append_as(served, &mine, "mine");
	append_as(served, &neighbour, "neighbour");
	append_as(served, &elsewhere, "elsewhere");
	mine.rights.log = TALLY_LOG_OWN;
	expect_seen(served, &mine, "header mine");
	mine.rights.log = TALLY_LOG_LABEL;
	expect_seen(served, &mine, "header mine neighbour");
	mine.rights.log = TALLY_LOG_ALL;
	expect_seen(served, &mine, "header mine neighbour elsewhere");
}

/* A log larger than a message comes in several, none above its limit, and all of it. */
static void a_large_log_comes_in_messages(void **state)
{
	static const uint8_t large[60000];
	struct served *served = *state;
	struct tally_request event = append_request("rtmr3", "app");
	struct tally_request log = read_log;
	struct tally_log_view view;
	size_t messages = 0;
	size_t at = 0;
	bool is_more = true;

	event.data = tally_bytes(large, sizeof(large));
	for (size_t i = 0; i < 80; i++) {
		struct answer answer = send(served, &served->caller, &event);

		assert_int_equal(answer.status, TALLY_OK);
		answer_done(&answer);
	}
	assert_int_equal(tally_authority_log(served->world->owner, &view, &served->world->problem), TALLY_OK);
	for (; is_more; messages++) {
		struct answer answer = send(served, &served->caller, &log);
		struct tally_bytes records = answer.response.records;

		assert_true(records.size + 44 <= 2097152 && at + records.size <= view.bytes.size);
		assert_memory_equal(records.data, view.bytes.data + at, records.size);
		at += records.size;
		log.from = answer.response.next;
		is_more = answer.response.is_more;
		answer_done(&answer);
	}
	assert_int_equal(at, view.bytes.size);
	assert_int_equal(messages, 3);
	tally_log_view_done(&view);
}

static void log_bytes_are_charged(void **state)
{
	struct served *served = *state;
	struct tally_caller caller = nobody_with(NULL);
	struct tally_caller other;
	struct tally_request request = append_request("rtmr3", "app");
	struct answer answer;
	size_t count = 0;

	tally_caller_init(&other, 1001, 100, 1, NULL);
	caller.rights.appends = 8;
	caller.rights.limit[TALLY_QUOTA_LOG_BYTES] = 2000;
	other.rights = caller.rights;
	do {
		answer = send(served, &caller, &request);
		answer_done(&answer);
		count += answer.status == TALLY_OK;
	} while (answer.status == TALLY_OK && count < 100);
	assert_int_equal(answer.status, TALLY_QUOTA);
	assert_true(count > 0 && count < 100);
	/* Of others it takes nothing away, and a refused event costs nothing. */
	append_as(served, &other, "other");
	request.type = tally_text("tally.pin");
	for (size_t i = 0; i < 100; i++) {
		answer = send(served, &other, &request);
		assert_int_equal(answer.status, TALLY_INVALID);
		answer_done(&answer);
	}
	append_as(served, &other, "again");
}

/* --- one descriptor --- */

static int write_message(struct served *served, struct tally_request_session *session,
			 const struct tally_caller *caller, struct tally_bytes message)
{
	int error = tally_request_session_begin(session, message.size);
	struct tally_request_job job;

	if (error)
		return error;
	tally_request_plan(message, &job);
	return tally_request_session_run(session, &served->face, caller, &job, NULL);
}

static void a_response_is_read_in_pieces(void **state)
{
	static uint8_t buffer[TALLY_REQUEST_LIMIT];
	struct served *served = *state;
	struct tally_request_session session;
	struct tally_response response;
	uint8_t data[4096];
	size_t size = 0;
	ssize_t got;

	tally_request_session_init(&session);
	assert_int_equal(tally_request_session_read(&session, data, 8), -ENODATA);
	assert_int_equal(write_message(served, &session, &served->caller, message_of(&read_log, buffer)), 0);
	/* Until it is read no other is taken. */
	assert_int_equal(write_message(served, &session, &served->caller, message_of(&read_log, buffer)), -EBUSY);
	while ((got = tally_request_session_read(&session, data + size, 7)) > 0)
		size += (size_t)got;
	assert_int_equal(tally_request_session_left(&session), 0);
	assert_int_equal(got, 0);
	assert_int_equal(tally_request_session_read(&session, data, 8), 0);
	assert_int_equal(data[7] + 256 * data[6], size - 8);
	assert_int_equal(tally_response_read(tally_bytes(data + 8, size - 8), &response), TALLY_OK);
	assert_int_equal(write_message(served, &session, &served->caller, message_of(&read_log, buffer)), 0);
	tally_request_session_done(&session, &served->face, &served->caller);
}

static void a_failure_is_seen_in_the_write(void **state)
{
	static uint8_t buffer[TALLY_REQUEST_LIMIT + 1];
	struct served *served = *state;
	struct tally_request request = append_request("rtmr9", "app");
	struct tally_request_session session;
	struct tally_response response;
	uint8_t data[1024];
	ssize_t size;

	tally_request_session_init(&session);
	assert_int_equal(write_message(served, &session, &served->caller, tally_bytes(buffer, sizeof(buffer))),
			 -EMSGSIZE);
	assert_int_equal(tally_request_session_read(&session, data, 8), -ENODATA);
	assert_int_equal(write_message(served, &session, &served->caller, message_of(&request, buffer)), -EINVAL);
	size = tally_request_session_read(&session, data, sizeof(data));
	assert_true(size > 8);
	assert_int_equal(tally_response_read(tally_bytes(data + 8, (size_t)size - 8), &response), TALLY_OK);
	assert_int_equal(response.status, TALLY_UNKNOWN_REGISTER);
	/* Nobody need read it. */
	assert_int_equal(write_message(served, &session, &served->caller, message_of(&request, buffer)), -EINVAL);
	assert_int_equal(write_message(served, &session, &served->caller, tally_bytes(buffer, 25)), -EBADMSG);
	assert_int_equal(write_message(served, &session, &served->caller, message_of(&read_log, buffer)), 0);
	tally_request_session_done(&session, &served->face, &served->caller);
}

static void what_is_held_is_charged(void **state)
{
	static uint8_t buffer[TALLY_REQUEST_LIMIT];
	static const uint8_t large[60000];
	struct served *served = *state;
	struct tally_request request = append_request("rtmr3", "app");
	struct tally_caller caller = nobody_with(NULL);
	struct tally_request_session session;

	request.data = tally_bytes(large, sizeof(large));
	append_as(served, &served->caller, "small");
	tally_request_session_init(&session);
	caller.rights.appends = 8;
	caller.rights.log = TALLY_LOG_ALL;
	caller.rights.limit[TALLY_QUOTA_HELD_BYTES] = 50000;
	/* An event that was logged is answered. */
	assert_int_equal(write_message(served, &session, &caller, message_of(&request, buffer)), 0);
	assert_int_equal(tally_quota_used(served->face.quota, 1000, TALLY_QUOTA_HELD_BYTES), 0);
	assert_true(tally_request_session_read(&session, buffer, sizeof(buffer)) > 8);
	assert_int_equal(write_message(served, &session, &caller, message_of(&read_log, buffer)), -EDQUOT);
	caller.rights.limit[TALLY_QUOTA_HELD_BYTES] = 100000;
	assert_int_equal(write_message(served, &session, &caller, message_of(&read_log, buffer)), 0);
	assert_true(tally_quota_used(served->face.quota, 1000, TALLY_QUOTA_HELD_BYTES) > 60000);
	tally_request_session_done(&session, &served->face, &caller);
	assert_int_equal(tally_quota_used(served->face.quota, 1000, TALLY_QUOTA_HELD_BYTES), 0);
}

/* --- waiting --- */

static void a_wait_ends_with_a_record(void **state)
{
	static uint8_t buffer[TALLY_REQUEST_LIMIT];
	struct served *served = *state;
	struct tally_request request = { .kind = TALLY_REQUEST_WAIT, .from = 1 };
	struct tally_request_session session;
	struct tally_request_job job;
	struct tally_bytes message = message_of(&request, buffer);
	uint8_t data[4096];

	tally_request_session_init(&session);
	tally_request_plan(message, &job);
	assert_int_equal(job.cost, TALLY_REQUEST_WAITS);
	assert_int_equal(tally_request_session_begin(&session, message.size), 0);
	assert_int_equal(tally_request_session_run(&session, &served->face, &served->caller, &job, NULL), 1);
	assert_int_equal(tally_request_session_read(&session, data, sizeof(data)), -EBUSY);
	extend_ok(served->world, "rtmr3", "app");
	assert_int_equal(tally_request_session_run(&session, &served->face, &served->caller, &job, NULL), 0);
	assert_true(tally_request_session_read(&session, data, sizeof(data)) > 8);
	tally_request_session_done(&session, &served->face, &served->caller);
}

static void a_wait_ends_with_its_time(void **state)
{
	static uint8_t buffer[TALLY_REQUEST_LIMIT];
	struct served *served = *state;
	struct tally_request request = { .kind = TALLY_REQUEST_WAIT, .from = 1, .milliseconds = 1 };
	struct tally_request_session session;
	struct tally_request_job job;
	struct tally_bytes message = message_of(&request, buffer);

	tally_request_session_init(&session);
	assert_int_equal(tally_request_session_begin(&session, message.size), 0);
	tally_request_plan(message, &job);
	while (!tally_deadline_has_passed(job.deadline))
		usleep(1000);
	assert_int_equal(tally_request_session_run(&session, &served->face, &served->caller, &job, NULL), -ETIMEDOUT);
	/* Another log: the one that ends before is no reason to wait. */
	request.from = 50;
	message = message_of(&request, buffer);
	assert_int_equal(write_message(served, &session, &served->caller, message), 0);
	tally_request_session_done(&session, &served->face, &served->caller);
}

#define SERVED(test) cmocka_unit_test_setup_teardown(test, served_make, served_remove)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVED(a_report_is_bound_to_its_caller),
		SERVED(a_raw_report_has_the_bytes_that_were_given),
		SERVED(evidence_is_front_log_and_back),
		SERVED(an_event_is_its_callers),
		SERVED(a_raw_extend_has_the_digest_that_was_given),
		SERVED(once_is_once),
		SERVED(whoever_has_no_right_is_refused),
		SERVED(a_right_is_for_one_thing),
		SERVED(refusals_of_the_authority_come_through),
		SERVED(what_is_no_message_is_answered),
		SERVED(who_gave_up_gets_nothing_done),
		SERVED(records_are_seen_by_right),
		SERVED(a_large_log_comes_in_messages),
		SERVED(log_bytes_are_charged),
		SERVED(a_response_is_read_in_pieces),
		SERVED(a_failure_is_seen_in_the_write),
		SERVED(what_is_held_is_charged),
		SERVED(a_wait_ends_with_a_record),
		SERVED(a_wait_ends_with_its_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
