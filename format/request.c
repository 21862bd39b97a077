// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Requests: which elements each kind has, and what they may be. */
#include "request.h"

#include "binding.h"
#include "canonical.h"
#include "event.h"

static const char request_magic[] = "TLYQ";

enum request_element {
	REQUEST_NONCE = 1,
	REQUEST_AUDIENCE,
	REQUEST_KEY_TYPE,
	REQUEST_KEY_HASH,
	REQUEST_REPORT_DATA,
	REQUEST_REGISTER,
	REQUEST_TYPE,
	REQUEST_NAME,
	REQUEST_DATA,
	REQUEST_DATA_DIGEST,
	REQUEST_DIGESTS,
	REQUEST_FROM,
	REQUEST_UNTIL,
	REQUEST_SIZE,
	REQUEST_END
};

#define REQUEST_BIT(element) (1U << REQUEST_##element)
#define REQUEST_ALL ((1U << REQUEST_END) - 2)
#define REQUEST_KEY (REQUEST_BIT(KEY_TYPE) | REQUEST_BIT(KEY_HASH))
#define REQUEST_BOUND (REQUEST_BIT(AUDIENCE) | REQUEST_KEY | REQUEST_BIT(DATA))
#define REQUEST_RANGE (REQUEST_BIT(UNTIL) | REQUEST_BIT(SIZE))

#define REQUEST_FLAG_ONCE 1U   /* append */
#define REQUEST_FLAG_OLDEST 2U /* log, wait */

/* One row for each form that a request can have; two kinds of contents of one kind are two rows. */
static const struct request_form {
	enum tally_request_kind kind;
	uint32_t must;
	uint32_t may;
	uint32_t flags;
} request_forms[] = {
	{ TALLY_REQUEST_REPORT, REQUEST_BIT(NONCE), REQUEST_BOUND, 0 },
	{ TALLY_REQUEST_REPORT, REQUEST_BIT(REPORT_DATA), 0, 0 },
	{ TALLY_REQUEST_EVIDENCE, REQUEST_BIT(NONCE), REQUEST_BOUND, 0 },
	{ TALLY_REQUEST_EXTEND, REQUEST_BIT(REGISTER) | REQUEST_BIT(DIGESTS), REQUEST_BIT(NAME), 0 },
	{ TALLY_REQUEST_APPEND, REQUEST_BIT(REGISTER) | REQUEST_BIT(TYPE) | REQUEST_BIT(NAME) | REQUEST_BIT(DATA), 0,
	  REQUEST_FLAG_ONCE },
	{ TALLY_REQUEST_APPEND,
	  REQUEST_BIT(REGISTER) | REQUEST_BIT(TYPE) | REQUEST_BIT(NAME) | REQUEST_BIT(DATA_DIGEST), 0,
	  REQUEST_FLAG_ONCE },
	{ TALLY_REQUEST_LOG, REQUEST_BIT(FROM), REQUEST_RANGE, REQUEST_FLAG_OLDEST },
	{ TALLY_REQUEST_WAIT, REQUEST_BIT(FROM), REQUEST_RANGE, REQUEST_FLAG_OLDEST },
};

#define REQUEST_FORM_COUNT (sizeof(request_forms) / sizeof(request_forms[0]))

static bool request_reads_log(enum tally_request_kind kind)
{
	return kind == TALLY_REQUEST_LOG || kind == TALLY_REQUEST_WAIT;
}

/* The elements of a request as it is written: those that say something, and those that may say nothing. */
static uint32_t request_present(const struct tally_request *request)
{
	bool has_data = request->data.size != 0;
	uint32_t present = 0;

	if (request->kind == TALLY_REQUEST_APPEND)
		has_data = has_data || !request->has_data_digest;
	present |= request->nonce.size ? REQUEST_BIT(NONCE) : 0;
	present |= request->audience.size ? REQUEST_BIT(AUDIENCE) : 0;
	present |= request->key_type.size ? REQUEST_BIT(KEY_TYPE) : 0;
	present |= request->key_hash.size ? REQUEST_BIT(KEY_HASH) : 0;
	present |= request->report_data.size ? REQUEST_BIT(REPORT_DATA) : 0;
	present |= request->reg.size ? REQUEST_BIT(REGISTER) : 0;
	present |= request->type.size ? REQUEST_BIT(TYPE) : 0;
	present |= request->name.size ? REQUEST_BIT(NAME) : 0;
	present |= has_data ? REQUEST_BIT(DATA) : 0;
	present |= request->has_data_digest ? REQUEST_BIT(DATA_DIGEST) : 0;
	present |= request->digests.count ? REQUEST_BIT(DIGESTS) : 0;
	present |= request->from || request_reads_log(request->kind) ? REQUEST_BIT(FROM) : 0;
	present |= request->until ? REQUEST_BIT(UNTIL) : 0;
	present |= request->size ? REQUEST_BIT(SIZE) : 0;
	return present;
}

static uint32_t request_flags(const struct tally_request *request)
{
	uint32_t flags = 0;

	if (request->is_once)
		flags |= REQUEST_FLAG_ONCE;
	if (request->is_oldest)
		flags |= REQUEST_FLAG_OLDEST;
	return flags;
}

/* The flags of a kind; *ret is false for one that is not known. */
static uint32_t request_kind_flags(enum tally_request_kind kind, bool *ret_is_known)
{
	*ret_is_known = true;
	for (size_t i = 0; i < REQUEST_FORM_COUNT; i++)
		if (request_forms[i].kind == kind)
			return request_forms[i].flags;
	*ret_is_known = false;
	return 0;
}

/* Some form of the kind has all of its elements and no other. */
static bool request_has_form(enum tally_request_kind kind, uint32_t present)
{
	for (size_t i = 0; i < REQUEST_FORM_COUNT; i++) {
		const struct request_form *form = &request_forms[i];

		if (form->kind == kind && (present & form->must) == form->must &&
		    !(present & ~(form->must | form->may)))
			return true;
	}
	return false;
}

static bool request_text_is_valid(struct tally_bytes text)
{
	return text.size == 0 || tally_event_text_is_clean(text);
}

static enum tally_status request_check(const struct tally_request *request, uint32_t present)
{
	bool has_key_type = request->key_type.size != 0;
	bool has_key_hash = request->key_hash.size != 0;
	bool is_known;

	if (request_flags(request) & ~request_kind_flags(request->kind, &is_known) || !is_known)
		return TALLY_UNSUPPORTED;
	if (!request_has_form(request->kind, present) || request->milliseconds > TALLY_REQUEST_TIME_LIMIT)
		return TALLY_OUT_OF_RANGE;
	if ((present & REQUEST_BIT(NONCE)) &&
	    (request->nonce.size < TALLY_NONCE_MIN || request->nonce.size > TALLY_NONCE_MAX))
		return TALLY_NONCE_SIZE;
	if (has_key_type != has_key_hash || (has_key_hash && request->key_hash.size != TALLY_REQUEST_KEY_HASH_SIZE))
		return TALLY_OUT_OF_RANGE;
	if (request->report_data.size && request->report_data.size != TALLY_REQUEST_REPORT_DATA_SIZE)
		return TALLY_OUT_OF_RANGE;
	if (!request_text_is_valid(request->audience) || !request_text_is_valid(request->key_type) ||
	    !request_text_is_valid(request->reg) || !request_text_is_valid(request->type) ||
	    !request_text_is_valid(request->name))
		return TALLY_OUT_OF_RANGE;
	if (request->until && request->until <= request->from)
		return TALLY_OUT_OF_RANGE;
	return request->size <= TALLY_LOG_RESPONSE_LIMIT ? TALLY_OK : TALLY_OUT_OF_RANGE;
}

/* A list of one digest. */
static void request_read_digest(struct tally_cursor *cursor, struct tally_bytes value, struct tally_request *request)
{
	struct tally_digests digests = { 0 };

	tally_canonical_digests(cursor, value, &digests);
	if (digests.count > 1)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	request->has_data_digest = true;
	request->data_digest = digests.digest[0];
}

static void request_read_element(struct tally_cursor *cursor, const struct tally_tlv *element,
				 struct tally_request *request)
{
	struct tally_bytes *const bytes[REQUEST_END] = {
		[REQUEST_NONCE] = &request->nonce,
		[REQUEST_AUDIENCE] = &request->audience,
		[REQUEST_KEY_TYPE] = &request->key_type,
		[REQUEST_KEY_HASH] = &request->key_hash,
		[REQUEST_REPORT_DATA] = &request->report_data,
		[REQUEST_REGISTER] = &request->reg,
		[REQUEST_TYPE] = &request->type,
		[REQUEST_NAME] = &request->name,
		[REQUEST_DATA] = &request->data,
	};

	if (element->tag < REQUEST_DATA_DIGEST)
		*bytes[element->tag] = element->value;
	else if (element->tag == REQUEST_DATA_DIGEST)
		request_read_digest(cursor, element->value, request);
	else if (element->tag == REQUEST_DIGESTS)
		tally_canonical_digests(cursor, element->value, &request->digests);
	else if (element->tag == REQUEST_FROM)
		request->from = tally_canonical_integer(cursor, element->value, UINT64_MAX);
	else if (element->tag == REQUEST_UNTIL)
		request->until = tally_canonical_integer(cursor, element->value, UINT64_MAX);
	else
		request->size = (uint32_t)tally_canonical_integer(cursor, element->value, TALLY_LOG_RESPONSE_LIMIT);
}

static void request_open(struct tally_cursor *cursor, struct tally_request *ret)
{
	struct tally_message_header header;
	bool is_known;

	memset(ret, 0, sizeof(*ret));
	tally_message_open(cursor, request_magic, &header);
	if (cursor->status != TALLY_OK)
		return;
	ret->kind = (enum tally_request_kind)header.kind;
	ret->milliseconds = header.time;
	ret->is_once = header.flags & REQUEST_FLAG_ONCE;
	ret->is_oldest = header.flags & REQUEST_FLAG_OLDEST;
	if (header.flags & ~request_kind_flags(ret->kind, &is_known) || !is_known)
		tally_fail(cursor, TALLY_UNSUPPORTED);
}

enum tally_status tally_request_read(struct tally_bytes input, struct tally_request *ret,
				     enum tally_request_kind *ret_kind)
{
	struct tally_cursor cursor = tally_cursor(input);
	struct tally_request request;
	struct tally_tlv element;
	uint32_t present = 0;
	enum tally_status status;

	*ret_kind = TALLY_REQUEST_NONE;
	if (input.size > TALLY_REQUEST_LIMIT)
		return TALLY_TOO_LARGE;
	request_open(&cursor, &request);
	if (cursor.status == TALLY_OK)
		*ret_kind = request.kind;
	while (tally_message_next(&cursor, REQUEST_ALL, &present, &element))
		request_read_element(&cursor, &element, &request);

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		status = request_check(&request, present);
	/* An element that says nothing would be a second encoding of a request without it. */
	if (status == TALLY_OK && present != request_present(&request))
		status = TALLY_OUT_OF_RANGE;
	if (status == TALLY_OK)
		*ret = request;
	return status;
}

static void request_write_text(struct tally_writer *writer, enum request_element element, struct tally_bytes value)
{
	if (value.size)
		tally_tlv_write(writer, (uint8_t)element, value);
}

static void request_write_number(struct tally_writer *writer, enum request_element element, uint64_t value)
{
	if (value)
		tally_tlv_write_integer(writer, (uint8_t)element, value);
}

static void request_write_digests(struct tally_writer *writer, const struct tally_request *request)
{
	struct tally_digests one = { .count = 1, .digest = { request->data_digest } };

	if (request->has_data_digest)
		tally_tlv_write_digests(writer, REQUEST_DATA_DIGEST, &one);
	if (request->digests.count)
		tally_tlv_write_digests(writer, REQUEST_DIGESTS, &request->digests);
}

void tally_request_write(struct tally_writer *writer, const struct tally_request *request)
{
	struct tally_message_header header = { (uint16_t)request->kind, request_flags(request), request->milliseconds };
	uint32_t present = request_present(request);
	enum tally_status status = request_check(request, present);
	size_t start = writer->size;
	size_t position;

	if (status != TALLY_OK)
		tally_writer_fail(writer, status);
	position = tally_message_begin(writer, request_magic, &header);
	request_write_text(writer, REQUEST_NONCE, request->nonce);
	request_write_text(writer, REQUEST_AUDIENCE, request->audience);
	request_write_text(writer, REQUEST_KEY_TYPE, request->key_type);
	request_write_text(writer, REQUEST_KEY_HASH, request->key_hash);
	request_write_text(writer, REQUEST_REPORT_DATA, request->report_data);
	request_write_text(writer, REQUEST_REGISTER, request->reg);
	request_write_text(writer, REQUEST_TYPE, request->type);
	request_write_text(writer, REQUEST_NAME, request->name);
	if (present & REQUEST_BIT(DATA))
		tally_tlv_write(writer, REQUEST_DATA, request->data);
	request_write_digests(writer, request);
	if (present & REQUEST_BIT(FROM))
		tally_tlv_write_integer(writer, REQUEST_FROM, request->from);
	request_write_number(writer, REQUEST_UNTIL, request->until);
	request_write_number(writer, REQUEST_SIZE, request->size);
	tally_commit_be32(writer, position);
	if (writer->size - start > TALLY_REQUEST_LIMIT)
		tally_writer_fail(writer, TALLY_TOO_LARGE);
}
