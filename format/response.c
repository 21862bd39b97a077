// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Responses: which elements each kind has, and what they may be. */
#include "response.h"

#include "canonical.h"
#include "event.h"
#include "utf8.h"

static const char response_magic[] = "TLYR";

enum response_element {
	RESPONSE_PROBLEM = 1,
	RESPONSE_REPORT,
	RESPONSE_REPORT_TYPE,
	RESPONSE_BINDING,
	RESPONSE_CERTIFICATES,
	RESPONSE_CERTIFICATES_TYPE,
	RESPONSE_MANIFEST,
	RESPONSE_MANIFEST_TYPE,
	RESPONSE_FRONT,
	RESPONSE_BACK,
	RESPONSE_FIRST,
	RESPONSE_NEXT,
	RESPONSE_SIZE,
	RESPONSE_NUMBER,
	RESPONSE_EXISTING,
	RESPONSE_GAPS,
	RESPONSE_RECORDS,
	RESPONSE_MORE,
	RESPONSE_END
};

#define RESPONSE_BIT(element) (1U << RESPONSE_##element)
#define RESPONSE_ALL ((1U << RESPONSE_END) - 2)
#define RESPONSE_RECORD (RESPONSE_BIT(NUMBER) | RESPONSE_BIT(GAPS))
#define RESPONSE_LOG (RESPONSE_BIT(NEXT) | RESPONSE_BIT(RECORDS))

/* Indexed by kind. What a kind must have is there when it is zero or empty, too. */
static const struct {
	uint32_t must;
	uint32_t may;
} response_kinds[] = {
	[TALLY_REQUEST_REPORT] = { RESPONSE_BIT(REPORT) | RESPONSE_BIT(REPORT_TYPE),
				   RESPONSE_BIT(BINDING) | RESPONSE_BIT(CERTIFICATES) |
					   RESPONSE_BIT(CERTIFICATES_TYPE) | RESPONSE_BIT(MANIFEST) |
					   RESPONSE_BIT(MANIFEST_TYPE) },
	[TALLY_REQUEST_EVIDENCE] = { RESPONSE_BIT(FRONT) | RESPONSE_BIT(BACK) | RESPONSE_BIT(FIRST) |
					     RESPONSE_BIT(NEXT) | RESPONSE_BIT(SIZE),
				     0 },
	[TALLY_REQUEST_EXTEND] = { RESPONSE_RECORD, 0 },
	[TALLY_REQUEST_APPEND] = { RESPONSE_RECORD, RESPONSE_BIT(EXISTING) },
	[TALLY_REQUEST_LOG] = { RESPONSE_LOG, RESPONSE_BIT(MORE) },
	[TALLY_REQUEST_WAIT] = { RESPONSE_LOG, RESPONSE_BIT(MORE) },
};

#define RESPONSE_KIND_COUNT (sizeof(response_kinds) / sizeof(response_kinds[0]))

static uint32_t response_must(const struct tally_response *response)
{
	if (response->status != TALLY_OK)
		return RESPONSE_BIT(PROBLEM);
	return (size_t)response->kind < RESPONSE_KIND_COUNT ? response_kinds[response->kind].must : 0;
}

static uint32_t response_may(const struct tally_response *response)
{
	if (response->status != TALLY_OK || (size_t)response->kind >= RESPONSE_KIND_COUNT)
		return 0;
	return response_kinds[response->kind].may;
}

/* The elements of a response as it is written. */
static uint32_t response_present(const struct tally_response *response)
{
	uint32_t present = response_must(response);

	present |= response->problem.size ? RESPONSE_BIT(PROBLEM) : 0;
	present |= response->report.size ? RESPONSE_BIT(REPORT) : 0;
	present |= response->report_type.size ? RESPONSE_BIT(REPORT_TYPE) : 0;
	present |= response->binding.size ? RESPONSE_BIT(BINDING) : 0;
	present |= response->certificates.size ? RESPONSE_BIT(CERTIFICATES) : 0;
	present |= response->certificates_type.size ? RESPONSE_BIT(CERTIFICATES_TYPE) : 0;
	present |= response->manifest.size ? RESPONSE_BIT(MANIFEST) : 0;
	present |= response->manifest_type.size ? RESPONSE_BIT(MANIFEST_TYPE) : 0;
	present |= response->front.size ? RESPONSE_BIT(FRONT) : 0;
	present |= response->back.size ? RESPONSE_BIT(BACK) : 0;
	present |= response->first ? RESPONSE_BIT(FIRST) : 0;
	present |= response->next ? RESPONSE_BIT(NEXT) : 0;
	present |= response->size ? RESPONSE_BIT(SIZE) : 0;
	present |= response->number ? RESPONSE_BIT(NUMBER) : 0;
	present |= response->is_existing ? RESPONSE_BIT(EXISTING) : 0;
	present |= response->gaps ? RESPONSE_BIT(GAPS) : 0;
	present |= response->records.size ? RESPONSE_BIT(RECORDS) : 0;
	present |= response->is_more ? RESPONSE_BIT(MORE) : 0;
	return present;
}

static bool response_type_is_valid(struct tally_bytes content, struct tally_bytes type)
{
	return content.size ? tally_event_text_is_clean(type) : type.size == 0;
}

static enum tally_status response_check(const struct tally_response *response)
{
	uint32_t allowed = response_must(response) | response_may(response);
	bool is_report = response->status == TALLY_OK && response->kind == TALLY_REQUEST_REPORT;
	bool is_evidence = response->status == TALLY_OK && response->kind == TALLY_REQUEST_EVIDENCE;

	if ((size_t)response->kind >= RESPONSE_KIND_COUNT)
		return TALLY_UNSUPPORTED;
	if (response->status == TALLY_OK && response->kind == TALLY_REQUEST_NONE)
		return TALLY_OUT_OF_RANGE;
	if (response_present(response) & ~allowed)
		return TALLY_OUT_OF_RANGE;
	if (response->problem.size > TALLY_RESPONSE_PROBLEM_LIMIT || !tally_utf8_is_clean(response->problem))
		return TALLY_OUT_OF_RANGE;
	if ((is_report && response->report.size == 0) ||
	    (is_evidence && (response->front.size == 0 || response->back.size == 0)))
		return TALLY_OUT_OF_RANGE;
	if (!response_type_is_valid(response->report, response->report_type) ||
	    !response_type_is_valid(response->certificates, response->certificates_type) ||
	    !response_type_is_valid(response->manifest, response->manifest_type))
		return TALLY_OUT_OF_RANGE;
	return TALLY_OK;
}

/* Where the bytes of an element stand; NULL for a number. */
static struct tally_bytes *response_bytes(struct tally_response *response, uint8_t element)
{
	struct tally_bytes *const bytes[RESPONSE_END] = {
		[RESPONSE_PROBLEM] = &response->problem,
		[RESPONSE_REPORT] = &response->report,
		[RESPONSE_REPORT_TYPE] = &response->report_type,
		[RESPONSE_BINDING] = &response->binding,
		[RESPONSE_CERTIFICATES] = &response->certificates,
		[RESPONSE_CERTIFICATES_TYPE] = &response->certificates_type,
		[RESPONSE_MANIFEST] = &response->manifest,
		[RESPONSE_MANIFEST_TYPE] = &response->manifest_type,
		[RESPONSE_FRONT] = &response->front,
		[RESPONSE_BACK] = &response->back,
		[RESPONSE_RECORDS] = &response->records,
	};

	return bytes[element];
}

static uint64_t *response_number(struct tally_response *response, uint8_t element)
{
	uint64_t *const numbers[RESPONSE_END] = {
		[RESPONSE_FIRST] = &response->first, [RESPONSE_NEXT] = &response->next,
		[RESPONSE_SIZE] = &response->size,   [RESPONSE_NUMBER] = &response->number,
		[RESPONSE_GAPS] = &response->gaps,
	};

	return numbers[element];
}

static void response_read_element(struct tally_cursor *cursor, const struct tally_tlv *element,
				  struct tally_response *response)
{
	struct tally_bytes *bytes = response_bytes(response, element->tag);
	uint64_t *number = response_number(response, element->tag);

	if (bytes)
		*bytes = element->value;
	else if (number)
		*number = tally_canonical_integer(cursor, element->value, UINT64_MAX);
	else if (element->value.size != 1 || element->value.data[0] != 1)
		tally_fail(cursor, TALLY_OUT_OF_RANGE);
	else if (element->tag == RESPONSE_EXISTING)
		response->is_existing = true;
	else
		response->is_more = true;
}

enum tally_status tally_response_read(struct tally_bytes input, struct tally_response *ret)
{
	struct tally_cursor cursor = tally_cursor(input);
	struct tally_response response = { 0 };
	struct tally_message_header header;
	struct tally_tlv element;
	uint32_t present = 0;
	enum tally_status status;

	tally_message_open(&cursor, response_magic, &header);
	response.kind = (enum tally_request_kind)header.kind;
	response.status = header.flags;
	if (header.time != 0)
		tally_fail(&cursor, TALLY_RESERVED);
	while (tally_message_next(&cursor, RESPONSE_ALL, &present, &element))
		response_read_element(&cursor, &element, &response);

	status = tally_cursor_end(&cursor);
	if (status == TALLY_OK)
		status = response_check(&response);
	if (status == TALLY_OK && present != response_present(&response))
		status = TALLY_OUT_OF_RANGE;
	if (status == TALLY_OK)
		*ret = response;
	return status;
}

void tally_response_write(struct tally_writer *writer, const struct tally_response *response)
{
	struct tally_message_header header = { (uint16_t)response->kind, response->status, 0 };
	uint32_t present = response_present(response);
	enum tally_status status = response_check(response);
	struct tally_response copy =
		*response; /* the tables above are for the reader, which changes what it fills in */
	size_t position;

	if (status != TALLY_OK)
		tally_writer_fail(writer, status);
	position = tally_message_begin(writer, response_magic, &header);
	for (uint8_t element = 1; element < RESPONSE_END; element++) {
		const struct tally_bytes *bytes = response_bytes(&copy, element);
		const uint64_t *number = response_number(&copy, element);

		if (!(present & 1U << element))
			continue;
		if (bytes)
			tally_tlv_write(writer, element, *bytes);
		else if (number)
			tally_tlv_write_integer(writer, element, *number);
		else
			tally_tlv_write_integer(writer, element, 1);
	}
	tally_commit_be32(writer, position);
}
