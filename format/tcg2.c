// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The TCG PC Client event log, crypto-agile and of SHA-1 form. */
#include "tcg2.h"

#include "../core/registers.h"
#include "digest_list.h"

#define SPEC_ID_SIZE 16 /* signature of a Spec ID event, with its NUL */
#define SPEC_ID_PREFIX "Spec ID Event"
#define SPEC_ID_AGILE "Spec ID Event03"
#define SPEC_ID_SHA1 "Spec ID Event02"
#define SPEC_ID_FIXED_SIZE 29 /* a Spec ID event without algorithms and vendor info */
#define SPEC_VERSION_MAJOR 2
#define STARTUP_LOCALITY "StartupLocality"
#define STARTUP_LOCALITY_SIZE (sizeof(STARTUP_LOCALITY) + 1)

/* The first bytes of the event are this text. */
static bool event_begins_with(struct tally_bytes event, const char *text, size_t size)
{
	return event.size >= size && memcmp(event.data, text, size) == 0;
}

/* Where there is no CCEL the attestation agent begins with zeros instead of signature, class and version. */
static bool is_coco_header(struct tally_bytes event)
{
	uint8_t seen = 0;

	if (event.size <= SPEC_ID_FIXED_SIZE)
		return false;
	for (size_t i = 0; i < SPEC_ID_SIZE + 8; i++)
		seen |= event.data[i];
	return seen == 0;
}

static void read_algorithms(struct tally_cursor *log, struct tally_tcg2_header *header)
{
	uint32_t count = tally_read_le32(log);
	bool is_any_known = false;

	if (count == 0 || count > TALLY_TCG2_ALGORITHM_LIMIT)
		tally_fail(log, TALLY_OUT_OF_RANGE);
	for (header->algorithm_count = 0; log->status == TALLY_OK && header->algorithm_count < count;) {
		uint16_t alg = tally_read_le16(log);
		uint16_t size = tally_read_le16(log);
		size_t known_size = tally_alg_size(alg);

		for (size_t i = 0; i < header->algorithm_count; i++)
			if (header->algorithm[i].alg == alg)
				tally_fail(log, TALLY_DUPLICATE);
		if (known_size != 0 && known_size != size)
			tally_fail(log, TALLY_DIGEST_SIZE);
		is_any_known = is_any_known || known_size != 0;
		header->algorithm[header->algorithm_count].alg = alg;
		header->algorithm[header->algorithm_count++].size = size;
	}
	if (!is_any_known)
		tally_fail(log, TALLY_UNKNOWN_ALGORITHM);
}

/* spec: TCG PFP 10.4.5.1 TCG_EfiSpecIDEvent */
static void read_header(struct tally_cursor *log, struct tally_tcg2_header *header)
{
	uint32_t event_size;
	size_t counted;

	header->index = tally_read_le32(log);
	(void)tally_read_le32(log); /* EV_NO_ACTION: the caller looked */
	tally_expect_zeros(log, tally_alg_size(TALLY_SHA1));
	event_size = tally_read_le32(log);
	(void)tally_read_bytes(log, SPEC_ID_SIZE);
	header->platform_class = tally_read_le32(log);
	header->version_minor = tally_read_u8(log);
	header->version_major = tally_read_u8(log);
	header->errata = tally_read_u8(log);
	header->uintn_size = tally_read_u8(log);
	if (!header->is_coco && header->version_major != SPEC_VERSION_MAJOR)
		tally_fail(log, TALLY_UNSUPPORTED);
	read_algorithms(log, header);
	header->vendor_info = tally_read_bytes(log, tally_read_u8(log));
	/* Some producers leave the vendor info out of the event's size, and mean it to be there. */
	counted = SPEC_ID_FIXED_SIZE + 4 * header->algorithm_count;
	if (event_size != counted && event_size != counted + header->vendor_info.size)
		tally_fail(log, TALLY_OUT_OF_RANGE);
}

/* What the first record says about the log; the cursor is a copy. */
static enum tally_status log_form(struct tally_cursor log, bool *ret_is_sha1, bool *ret_is_coco)
{
	uint32_t event_type;
	struct tally_bytes event;

	(void)tally_read_le32(&log);
	event_type = tally_read_le32(&log);
	(void)tally_read_bytes(&log, tally_alg_size(TALLY_SHA1));
	event = tally_read_bytes(&log, tally_read_le32(&log));
	if (log.status != TALLY_OK)
		return log.status;
	*ret_is_coco = event_type == TALLY_EV_NO_ACTION && is_coco_header(event);
	*ret_is_sha1 = event_type != TALLY_EV_NO_ACTION ||
		       (!*ret_is_coco && !event_begins_with(event, SPEC_ID_AGILE, SPEC_ID_SIZE));
	if (*ret_is_sha1 && event_type == TALLY_EV_NO_ACTION &&
	    event_begins_with(event, SPEC_ID_PREFIX, sizeof(SPEC_ID_PREFIX) - 1) &&
	    !event_begins_with(event, SPEC_ID_SHA1, SPEC_ID_SIZE))
		return TALLY_UNSUPPORTED;
	return TALLY_OK;
}

/* A log of SHA-1 form has no header: what it would say. */
static void sha1_header(struct tally_tcg2_header *header)
{
	header->algorithm_count = 1;
	header->algorithm[0].alg = TALLY_SHA1;
	header->algorithm[0].size = (uint16_t)tally_alg_size(TALLY_SHA1);
}

enum tally_status tally_tcg2_open(struct tally_tcg2_reader *reader, struct tally_bytes log,
				  enum tally_numbering numbering, enum tally_tcg2_end end)
{
	struct tally_tcg2_reader opened;
	enum tally_status status;

	memset(&opened, 0, sizeof(opened));
	opened.cursor = tally_cursor(log);
	opened.end = end;
	opened.numbering = numbering;
	opened.input_size = log.size;
	status = log_form(opened.cursor, &opened.is_sha1_format, &opened.header.is_coco);
	if (status != TALLY_OK)
		return status;
	if (opened.is_sha1_format) {
		sha1_header(&opened.header);
		status = numbering == TALLY_NUMBERING_CC_MR ? TALLY_UNSUPPORTED : TALLY_OK;
	} else {
		read_header(&opened.cursor, &opened.header);
		/* edk2 writes 1 into the header of a CC log, whose registers begin there. */
		if (opened.header.index > (numbering == TALLY_NUMBERING_CC_MR ? TALLY_CC_MR_LIMIT : 0))
			tally_fail(&opened.cursor, TALLY_OUT_OF_RANGE);
		status = opened.cursor.status;
		opened.record_count = 1;
	}
	if (status == TALLY_OK)
		*reader = opened;
	return status;
}

static bool is_filled(struct tally_bytes bytes, uint8_t with)
{
	struct tally_cursor ahead = tally_cursor(bytes);

	if (bytes.size == 0)
		return true;
	/* Every byte is its neighbour's equal: an area of a megabyte is looked through at the speed of memcmp. */
	return tally_read_u8(&ahead) == with && memcmp(bytes.data, ahead.left.data, ahead.left.size) == 0;
}

static struct tally_bytes peek_at_most(struct tally_cursor cursor, size_t size)
{
	return tally_read_bytes(&cursor, size < cursor.left.size ? size : cursor.left.size);
}

/* A register number of all ones, or number and type of zero. Nothing else may stand behind it. */
static bool at_end_marker(struct tally_cursor *log)
{
	uint8_t fill;

	if (is_filled(peek_at_most(*log, 4), 0xff))
		fill = 0xff;
	else if (is_filled(peek_at_most(*log, 8), 0))
		fill = 0;
	else
		return false;
	if (!is_filled(tally_read_rest(log), fill))
		tally_fail(log, TALLY_TRAILING);
	return true;
}

/* Position in the header of this algorithm, or the number of algorithms. */
static size_t find_algorithm(const struct tally_tcg2_header *header, uint16_t alg)
{
	size_t i = 0;

	while (i < header->algorithm_count && header->algorithm[i].alg != alg)
		i++;
	return i;
}

static void add_digest(struct tally_cursor *log, struct tally_digest_list *digests, uint16_t alg, size_t size)
{
	enum tally_status status = tally_digest_list_add(digests, alg, tally_read_bytes(log, size));

	/* The header gave the size of one that we don't know: it is left out. */
	if (status != TALLY_OK && status != TALLY_UNKNOWN_ALGORITHM)
		tally_fail(log, status);
}

static void read_agile_digests(struct tally_cursor *log, const struct tally_tcg2_header *header,
			       struct tally_digest_list *digests)
{
	uint32_t count = tally_read_le32(log);
	uint32_t seen = 0;

	if (count == 0 || count > header->algorithm_count)
		tally_fail(log, TALLY_OUT_OF_RANGE);
	for (uint32_t i = 0; log->status == TALLY_OK && i < count; i++) {
		uint16_t alg = tally_read_le16(log);
		size_t at = find_algorithm(header, alg);

		if (at == header->algorithm_count && header->is_coco && tally_alg_size(alg) != 0) {
			add_digest(log, digests, alg, tally_alg_size(alg));
			continue;
		}
		if (at == header->algorithm_count) {
			tally_fail(log, TALLY_UNKNOWN_ALGORITHM);
			return;
		}
		if (seen >> at & 1)
			tally_fail(log, TALLY_DUPLICATE);
		seen |= (uint32_t)1 << at;
		add_digest(log, digests, alg, header->algorithm[at].size);
	}
	if (digests->count == 0)
		tally_fail(log, TALLY_UNKNOWN_ALGORITHM);
}

/* A record in pieces: copied into the caller's only once nothing can fail any more. */
struct tcg2_event {
	uint32_t index;
	uint32_t event_type;
	struct tally_digest_list digests;
	struct tally_bytes content;
};

static void check_index(struct tally_tcg2_reader *reader, const struct tcg2_event *event)
{
	bool is_no_action = event->event_type == TALLY_EV_NO_ACTION;

	if (reader->numbering == TALLY_NUMBERING_CC_MR ? event->index > TALLY_CC_MR_LIMIT
						       : event->index >= TALLY_PCR_COUNT && !is_no_action)
		tally_fail(&reader->cursor, TALLY_OUT_OF_RANGE);
}

/* TCG_PCR_EVENT2, or TCG_PCR_EVENT, whose one digest stands there without count and algorithm. */
static void read_event(struct tally_tcg2_reader *reader, struct tcg2_event *event)
{
	struct tally_cursor *log = &reader->cursor;

	event->index = tally_read_le32(log);
	event->event_type = tally_read_le32(log);
	check_index(reader, event);
	event->digests.count = 0;
	event->digests.lacks_digests = false;
	if (reader->is_sha1_format)
		add_digest(log, &event->digests, TALLY_SHA1, tally_alg_size(TALLY_SHA1));
	else
		read_agile_digests(log, &reader->header, &event->digests);
	event->content = tally_read_bytes(log, tally_read_le32(log));
}

static void event_record(struct tally_record *ret, const struct tally_tcg2_reader *reader,
			 const struct tcg2_event *event)
{
	ret->number = reader->record_count;
	ret->numbering = reader->numbering;
	ret->index = event->index;
	ret->content_type = TALLY_CONTENT_PCCLIENT_STD;
	ret->event_type = event->event_type;
	ret->is_measured = event->event_type != TALLY_EV_NO_ACTION &&
			   (reader->numbering != TALLY_NUMBERING_CC_MR || event->index != 0);
	ret->lacks_digests = event->digests.lacks_digests;
	tally_digest_list_copy(&event->digests, &ret->digests);
	ret->content = event->content;
}

enum tally_status tally_tcg2_next(struct tally_tcg2_reader *reader, struct tally_record *ret, bool *ret_is_end)
{
	struct tally_bytes input = reader->cursor.left;
	struct tcg2_event event;
	bool is_end = input.size == 0 || (reader->end == TALLY_TCG2_END_MARKER && at_end_marker(&reader->cursor));

	if (!is_end)
		read_event(reader, &event);
	if (reader->cursor.status != TALLY_OK)
		return reader->cursor.status;
	*ret_is_end = is_end;
	if (is_end)
		return TALLY_OK;
	event_record(ret, reader, &event);
	ret->offset = reader->input_size - input.size;
	ret->encoded = tally_bytes(input.data, input.size - reader->cursor.left.size);
	reader->record_count++;
	return TALLY_OK;
}

bool tally_tcg2_startup_locality(const struct tally_record *record, uint8_t *ret_locality)
{
	struct tally_bytes event = record->content;

	if (record->content_type != TALLY_CONTENT_PCCLIENT_STD || record->event_type != TALLY_EV_NO_ACTION ||
	    record->index != 0 || event.size != STARTUP_LOCALITY_SIZE ||
	    !event_begins_with(event, STARTUP_LOCALITY, sizeof(STARTUP_LOCALITY)))
		return false;
	*ret_locality = event.data[sizeof(STARTUP_LOCALITY)];
	return true;
}

void tally_tcg2_write_header(struct tally_writer *writer, const struct tally_tcg2_header *header)
{
	size_t event_size = SPEC_ID_FIXED_SIZE + 4 * header->algorithm_count + header->vendor_info.size;

	if (header->vendor_info.size > UINT8_MAX || header->algorithm_count > TALLY_TCG2_ALGORITHM_LIMIT) {
		tally_writer_fail(writer, TALLY_OUT_OF_RANGE);
		return;
	}
	tally_write_le32(writer, header->index);
	tally_write_le32(writer, TALLY_EV_NO_ACTION);
	tally_write_zeros(writer, tally_alg_size(TALLY_SHA1));
	tally_write_le32(writer, (uint32_t)event_size);
	if (header->is_coco)
		tally_write_zeros(writer, SPEC_ID_SIZE);
	else
		tally_write_bytes(writer, tally_bytes(SPEC_ID_AGILE, SPEC_ID_SIZE));
	tally_write_le32(writer, header->platform_class);
	tally_write_u8(writer, header->version_minor);
	tally_write_u8(writer, header->version_major);
	tally_write_u8(writer, header->errata);
	tally_write_u8(writer, header->uintn_size);
	tally_write_le32(writer, (uint32_t)header->algorithm_count);
	for (size_t i = 0; i < header->algorithm_count; i++) {
		tally_write_le16(writer, header->algorithm[i].alg);
		tally_write_le16(writer, header->algorithm[i].size);
	}
	tally_write_u8(writer, (uint8_t)header->vendor_info.size);
	tally_write_bytes(writer, header->vendor_info);
}

void tally_tcg2_write(struct tally_writer *writer, const struct tally_record *record)
{
	if (record->content.size > UINT32_MAX) {
		tally_writer_fail(writer, TALLY_TOO_LARGE);
		return;
	}
	tally_write_le32(writer, record->index);
	tally_write_le32(writer, record->event_type);
	tally_write_le32(writer, (uint32_t)record->digests.count);
	for (size_t i = 0; i < record->digests.count; i++) {
		struct tally_bytes bytes = tally_digest_bytes(&record->digests.digest[i]);

		if (bytes.size == 0)
			tally_writer_fail(writer, TALLY_UNKNOWN_ALGORITHM);
		tally_write_le16(writer, record->digests.digest[i].alg);
		tally_write_bytes(writer, bytes);
	}
	tally_write_le32(writer, (uint32_t)record->content.size);
	tally_write_bytes(writer, record->content);
}
