// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One reader for every log that can be replayed: which format it is, and which reader takes it. */
#include "log_reader.h"

#include "cbor.h"
#include "cel_cbor.h"
#include "cel_json.h"
#include "cel_tlv.h"
#include "control.h"

/* What the headers of a content can add to what the log says in JSON or CBOR: CELMGT_COUNT_LIMIT versions are the most. */
#define SCRATCH_MARGIN 512
#define RECORD_SEPARATOR 0x1e /* spec: RFC 7464 */

static const struct {
	enum tally_log_format format;
	const char *name;
} log_formats[] = {
#define FORMAT_ROW(name, number, text, what) { TALLY_LOG_FORMAT_##name, (text) },
	TALLY_LOG_FORMAT_TABLE(FORMAT_ROW)
#undef FORMAT_ROW
};

#define FORMAT_COUNT (sizeof(log_formats) / sizeof(log_formats[0]))

const char *tally_log_format_name(enum tally_log_format format)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++)
		if (log_formats[i].format == format)
			return log_formats[i].name;
	return "";
}

enum tally_log_format tally_log_format_from_name(struct tally_bytes name)
{
	for (size_t i = 0; i < FORMAT_COUNT; i++)
		if (tally_bytes_equal(tally_text(log_formats[i].name), name))
			return log_formats[i].format;
	return TALLY_LOG_FORMAT_UNKNOWN;
}

static bool ends_with(struct tally_bytes log, uint8_t byte, size_t count)
{
	if (log.size < count)
		return false;
	for (size_t i = 1; i <= count; i++)
		if (log.data[log.size - i] != byte)
			return false;
	return true;
}

/* edk2 says so in the first record, td-shim by its name; else only what fills the area behind the log does. */
static bool looks_like_ccel(const struct tally_tcg2_header *header, struct tally_bytes log)
{
	if (header->index == 1 || tally_bytes_equal(header->vendor_info, tally_text("td-shim")))
		return true;
	return ends_with(log, 0xff, 16) || (header->algorithm_count == 1 && ends_with(log, 0, 16));
}

/* The attestation agent writes the same header before PCR numbers, which begin behind those of CC registers in practice. */
static bool begins_in_cc_register(struct tally_tcg2_reader reader)
{
	struct tally_record record;
	bool is_end;

	return tally_tcg2_next(&reader, &record, &is_end) == TALLY_OK;
}

static bool is_ccel(struct tally_bytes log)
{
	struct tally_tcg2_reader reader;

	if (tally_tcg2_open(&reader, log, TALLY_NUMBERING_CC_MR, TALLY_TCG2_END_MARKER) != TALLY_OK)
		return false;
	return reader.header.is_coco ? begins_in_cc_register(reader) : looks_like_ccel(&reader.header, log);
}

static enum tally_log_format detect_firmware(struct tally_bytes log)
{
	struct tally_tcg2_reader reader;
	struct tally_record record;
	bool is_end;

	if (is_ccel(log))
		return TALLY_LOG_FORMAT_CCEL;
	if (tally_tcg2_open(&reader, log, TALLY_NUMBERING_PCR, TALLY_TCG2_END_OF_INPUT) != TALLY_OK)
		return TALLY_LOG_FORMAT_UNKNOWN;
	if (!reader.is_sha1_format)
		return TALLY_LOG_FORMAT_TCG2;
	/* This form has no signature: a first record that reads is all there is to go by, but zeros read too. */
	if (tally_tcg2_next(&reader, &record, &is_end) != TALLY_OK || is_end)
		return TALLY_LOG_FORMAT_UNKNOWN;
	if (record.event_type == 0 && tally_digests_are_zero(&record.digests))
		return TALLY_LOG_FORMAT_UNKNOWN;
	return TALLY_LOG_FORMAT_TCG_SHA1;
}

/* A log of ours begins so, in any encoding. */
static bool begins_ours(const struct tally_record *record)
{
	enum tally_control_word word = tally_control_word(record);

	return word == TALLY_CONTROL_HEADER || word == TALLY_CONTROL_TRIM;
}

static bool opens_as(struct tally_bytes log, enum tally_log_format format)
{
	struct tally_log_reader reader;
	struct tally_record record;
	bool is_end;

	return tally_log_open(&reader, log, format) == TALLY_OK &&
	       tally_log_next(&reader, &record, &is_end) == TALLY_OK;
}

/* What the first byte that is no white space says, where it says anything. */
static enum tally_log_format detect_encoded(struct tally_bytes log)
{
	struct tally_json_reader json = tally_json_open(log);

	if (log.size != 0 && log.data[0] >= TALLY_CBOR_ARRAY << 5)
		return opens_as(log, TALLY_LOG_FORMAT_CEL_CBOR) ? TALLY_LOG_FORMAT_CEL_CBOR : TALLY_LOG_FORMAT_UNKNOWN;
	if (log.size != 0 && log.data[0] == RECORD_SEPARATOR)
		return opens_as(log, TALLY_LOG_FORMAT_SYSTEMD) ? TALLY_LOG_FORMAT_SYSTEMD : TALLY_LOG_FORMAT_UNKNOWN;
	if (tally_json_peek(&json) != TALLY_JSON_NONE && opens_as(log, TALLY_LOG_FORMAT_CEL_JSON))
		return TALLY_LOG_FORMAT_CEL_JSON;
	return TALLY_LOG_FORMAT_UNKNOWN;
}

/* Firmware's last: its old form takes almost anything for a record. */
static enum tally_log_format detect_other(struct tally_bytes log)
{
	if (tally_ima_looks_like(log, TALLY_IMA_BINARY))
		return TALLY_LOG_FORMAT_IMA;
	if (tally_ima_looks_like(log, TALLY_IMA_ASCII))
		return TALLY_LOG_FORMAT_IMA_ASCII;
	if (tally_dstack_looks_like(log))
		return TALLY_LOG_FORMAT_DSTACK;
	if (tally_aael_text_looks_like(log))
		return TALLY_LOG_FORMAT_AAEL_TEXT;
	return detect_firmware(log);
}

enum tally_log_format tally_log_detect(struct tally_bytes log)
{
	struct tally_cursor cursor = tally_cursor(log);
	enum tally_log_format format;
	struct tally_record record;

	if (tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record) == TALLY_OK)
		return begins_ours(&record) ? TALLY_LOG_FORMAT_TALLY : TALLY_LOG_FORMAT_CEL_TLV;
	format = detect_encoded(log);
	return format == TALLY_LOG_FORMAT_UNKNOWN ? detect_other(log) : format;
}

/* Whoever names the format of a log of ours by its encoding means that log too. */
static enum tally_status open_cel_tlv(struct tally_log_reader *reader)
{
	struct tally_cursor cursor = reader->cursor;
	struct tally_record record;

	reader->is_ours = reader->format == TALLY_LOG_FORMAT_TALLY;
	if (tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record) != TALLY_OK)
		return TALLY_OK;
	if (begins_ours(&record)) {
		reader->format = TALLY_LOG_FORMAT_TALLY;
		reader->is_ours = true;
	}
	if (!reader->is_ours)
		reader->dialect = tally_cel_dialect(&record);
	return TALLY_OK;
}

static enum tally_status open_firmware(struct tally_log_reader *reader)
{
	bool is_cc = reader->format == TALLY_LOG_FORMAT_CCEL;
	enum tally_status status =
		tally_tcg2_open(&reader->tcg2, reader->log, is_cc ? TALLY_NUMBERING_CC_MR : TALLY_NUMBERING_PCR,
				is_cc ? TALLY_TCG2_END_MARKER : TALLY_TCG2_END_OF_INPUT);

	if (status == TALLY_OK && reader->tcg2.header.is_coco) {
		reader->dialect = TALLY_AAEL_DIALECT;
		reader->tcg2.end = TALLY_TCG2_END_MARKER;
	}
	return status;
}

/* Where contents go: what was lent or, without that, as much as there is room for in the reader. */
static struct tally_cel_reading cel_reading(struct tally_log_reader *reader)
{
	struct tally_cel_reading reading = {
		.numbering = reader->is_ours ? TALLY_NUMBERING_REGISTER : TALLY_NUMBERING_PCR,
		.is_numbered = reader->format != TALLY_LOG_FORMAT_SYSTEMD,
		.room = reader->scratch,
		.is_partial = reader->scratch.size == 0,
	};

	if (reading.is_partial) {
		reading.room.data = reader->inner;
		reading.room.size = sizeof(reader->inner);
	}
	return reading;
}

/* One record or an array of them; a sequence of records without one is accepted. */
static enum tally_status open_cbor(struct tally_log_reader *reader)
{
	struct tally_cursor ahead = reader->cursor;
	struct tally_cel_reading reading = cel_reading(reader);
	struct tally_record record;

	if (tally_cbor_read(&ahead).major == TALLY_CBOR_ARRAY) {
		reader->is_array = true;
		reader->left_count = tally_cbor_expect_array(&reader->cursor);
	}
	ahead = reader->cursor;
	if (tally_cel_cbor_read(&ahead, &reading, &record) != TALLY_OK)
		return reader->cursor.status;
	reader->is_ours = begins_ours(&record);
	reader->dialect = reader->is_array ? tally_cel_cbor_dialect(&record) : "sequence";
	return TALLY_OK;
}

/* An array of records, or one record alone, as FAPI hands out. */
static enum tally_status open_json(struct tally_log_reader *reader)
{
	struct tally_cel_reading reading;
	struct tally_json_reader ahead;
	struct tally_record record;

	reader->json = tally_json_open(reader->log);
	reader->is_array = tally_json_peek(&reader->json) == TALLY_JSON_ARRAY;
	if (reader->is_array)
		tally_json_begin_array(&reader->json);
	ahead = reader->json;
	reading = cel_reading(reader);
	if ((reader->is_array && !tally_json_next_element(&ahead)) ||
	    tally_cel_json_read(&ahead, &reading, &record) != TALLY_OK)
		return reader->json.cursor.status;
	reader->is_ours = begins_ours(&record);
	reader->dialect = reader->is_array ? tally_cel_json_dialect(&record) : "tss2-fapi";
	return TALLY_OK;
}

static enum tally_status open_systemd(struct tally_log_reader *reader)
{
	reader->json = tally_json_open(reader->log);
	reader->dialect = "systemd";
	return TALLY_OK;
}

static enum tally_status open_ima(struct tally_log_reader *reader)
{
	struct tally_ima_options options;

	memset(&options, 0, sizeof(options));
	options.form = reader->format == TALLY_LOG_FORMAT_IMA_ASCII ? TALLY_IMA_ASCII : TALLY_IMA_BINARY;
	return tally_ima_open(&reader->ima, reader->log, &options);
}

enum tally_status tally_log_open(struct tally_log_reader *reader, struct tally_bytes log, enum tally_log_format format)
{
	memset(reader, 0, sizeof(*reader));
	reader->format = format == TALLY_LOG_FORMAT_UNKNOWN ? tally_log_detect(log) : format;
	reader->dialect = "";
	reader->log = log;
	reader->cursor = tally_cursor(log);
	switch (reader->format) {
	case TALLY_LOG_FORMAT_TALLY:
	case TALLY_LOG_FORMAT_CEL_TLV:
		return open_cel_tlv(reader);
	case TALLY_LOG_FORMAT_TCG2:
	case TALLY_LOG_FORMAT_CCEL:
	case TALLY_LOG_FORMAT_TCG_SHA1:
		return open_firmware(reader);
	case TALLY_LOG_FORMAT_IMA:
	case TALLY_LOG_FORMAT_IMA_ASCII:
		return open_ima(reader);
	case TALLY_LOG_FORMAT_DSTACK:
		tally_dstack_open(&reader->dstack, reader->log);
		return TALLY_OK;
	case TALLY_LOG_FORMAT_AAEL_TEXT:
		reader->dialect = TALLY_AAEL_DIALECT;
		return tally_aael_text_open(&reader->aael, reader->log);
	case TALLY_LOG_FORMAT_CEL_CBOR:
		return open_cbor(reader);
	case TALLY_LOG_FORMAT_CEL_JSON:
		return open_json(reader);
	case TALLY_LOG_FORMAT_SYSTEMD:
		return open_systemd(reader);
	case TALLY_LOG_FORMAT_UNKNOWN:
	default:
		return TALLY_UNSUPPORTED;
	}
}

void tally_log_lend(struct tally_log_reader *reader, void *scratch, size_t size)
{
	reader->scratch.data = scratch;
	reader->scratch.size = size;
	tally_ima_lend(&reader->ima, scratch, size);
	tally_dstack_lend(&reader->dstack, scratch, size);
}

size_t tally_log_scratch_size(const struct tally_log_reader *reader)
{
	size_t size = reader->log.size < TALLY_CONTROL_LIMIT ? reader->log.size : TALLY_CONTROL_LIMIT;

	switch (reader->format) {
	case TALLY_LOG_FORMAT_CEL_CBOR:
	case TALLY_LOG_FORMAT_CEL_JSON:
	case TALLY_LOG_FORMAT_SYSTEMD:
		return size + SCRATCH_MARGIN;
	case TALLY_LOG_FORMAT_IMA:
	case TALLY_LOG_FORMAT_IMA_ASCII:
		return size + TALLY_IMA_ROOM_EXTRA;
	case TALLY_LOG_FORMAT_DSTACK:
		return size + TALLY_DSTACK_ROOM_EXTRA;
	case TALLY_LOG_FORMAT_UNKNOWN:
	case TALLY_LOG_FORMAT_TALLY:
	case TALLY_LOG_FORMAT_CEL_TLV:
	case TALLY_LOG_FORMAT_TCG2:
	case TALLY_LOG_FORMAT_CCEL:
	case TALLY_LOG_FORMAT_TCG_SHA1:
	case TALLY_LOG_FORMAT_AAEL_TEXT:
	default:
		return 0;
	}
}

bool tally_log_needs_scratch(const struct tally_log_reader *reader)
{
	if (reader->is_ours)
		return tally_log_scratch_size(reader) != 0;
	return reader->format == TALLY_LOG_FORMAT_IMA_ASCII || reader->format == TALLY_LOG_FORMAT_DSTACK;
}

static enum tally_status next_cel_tlv(struct tally_log_reader *reader, struct tally_record *ret, bool *ret_is_end)
{
	enum tally_status status;

	reader->offset = reader->log.size - reader->cursor.left.size;
	*ret_is_end = tally_cursor_is_done(&reader->cursor);
	if (*ret_is_end)
		return reader->cursor.status;
	status = tally_cel_read(&reader->cursor, reader->is_ours ? TALLY_NUMBERING_REGISTER : TALLY_NUMBERING_PCR, ret);
	if (status == TALLY_OK)
		ret->offset = reader->offset;
	return status;
}

static enum tally_status next_firmware(struct tally_log_reader *reader, struct tally_record *ret, bool *ret_is_end)
{
	enum tally_status status;

	reader->offset = reader->log.size - reader->tcg2.cursor.left.size;
	status = tally_tcg2_next(&reader->tcg2, ret, ret_is_end);
	/* The attestation agent's events follow firmware's. */
	if (status == TALLY_OK && !*ret_is_end && tally_aael_is_record(ret))
		reader->dialect = TALLY_AAEL_DIALECT;
	return status;
}

static enum tally_status next_ima(struct tally_log_reader *reader, struct tally_record *ret, bool *ret_is_end)
{
	reader->offset = reader->log.size - reader->ima.cursor.left.size;
	return tally_ima_next(&reader->ima, ret, ret_is_end);
}

static enum tally_status next_dstack(struct tally_log_reader *reader, struct tally_record *ret, bool *ret_is_end)
{
	enum tally_status status = tally_dstack_next(&reader->dstack, ret, ret_is_end);

	reader->offset = reader->dstack.offset;
	return status;
}

static enum tally_status next_aael_text(struct tally_log_reader *reader, struct tally_record *ret, bool *ret_is_end)
{
	enum tally_status status = tally_aael_text_next(&reader->aael, ret, ret_is_end);

	reader->offset = reader->aael.offset;
	return status;
}

static enum tally_status next_cbor(struct tally_log_reader *reader, struct tally_record *ret, bool *ret_is_end)
{
	struct tally_cel_reading reading = cel_reading(reader);
	enum tally_status status;

	reader->offset = reader->log.size - reader->cursor.left.size;
	*ret_is_end = reader->is_array ? reader->left_count == 0 : tally_cursor_is_done(&reader->cursor);
	if (*ret_is_end)
		return tally_cursor_end(&reader->cursor);
	status = tally_cel_cbor_read(&reader->cursor, &reading, ret);
	if (status != TALLY_OK)
		return status;
	reader->left_count--;
	ret->offset = reader->offset;
	return TALLY_OK;
}

/* Is there another record, or something that should not be there, which has failed? */
static bool has_json_record(struct tally_log_reader *reader)
{
	if (reader->is_array && reader->json.depth != 0 && tally_json_next_element(&reader->json))
		return true;
	if (!reader->is_array && reader->record_count == 0)
		return true;
	return tally_json_end(&reader->json) != TALLY_OK;
}

/* Each record stands behind a separator; white space, a line feed as a rule, behind each. */
static bool has_sequence_record(struct tally_log_reader *reader)
{
	struct tally_json_reader ahead = reader->json;

	if (tally_json_end(&ahead) == TALLY_OK) {
		reader->json = ahead;
		return false;
	}
	/* The end that was sought stopped at the first byte that is no white space. */
	(void)tally_read_bytes(&reader->json.cursor, tally_json_offset(&ahead) - tally_json_offset(&reader->json));
	if (tally_read_u8(&reader->json.cursor) != RECORD_SEPARATOR)
		tally_json_fail(&reader->json, TALLY_DISORDER);
	return true;
}

static enum tally_status next_json(struct tally_log_reader *reader, struct tally_record *ret, bool *ret_is_end)
{
	struct tally_cel_reading reading = cel_reading(reader);
	bool is_sequence = reader->format == TALLY_LOG_FORMAT_SYSTEMD;

	*ret_is_end = !(is_sequence ? has_sequence_record(reader) : has_json_record(reader));
	if (*ret_is_end || reader->json.cursor.status != TALLY_OK) {
		reader->offset = tally_json_offset(&reader->json);
		return reader->json.cursor.status;
	}
	(void)tally_json_peek(&reader->json);
	reader->offset = tally_json_offset(&reader->json);
	if (tally_cel_json_read(&reader->json, &reading, ret) != TALLY_OK) {
		reader->offset = tally_json_offset(&reader->json);
		return reader->json.cursor.status;
	}
	ret->offset = reader->offset;
	if (is_sequence)
		ret->number = reader->record_count;
	return TALLY_OK;
}

static enum tally_status next_of_format(struct tally_log_reader *reader, struct tally_record *ret, bool *ret_is_end)
{
	switch (reader->format) {
	case TALLY_LOG_FORMAT_TALLY:
	case TALLY_LOG_FORMAT_CEL_TLV:
		return next_cel_tlv(reader, ret, ret_is_end);
	case TALLY_LOG_FORMAT_TCG2:
	case TALLY_LOG_FORMAT_CCEL:
	case TALLY_LOG_FORMAT_TCG_SHA1:
		return next_firmware(reader, ret, ret_is_end);
	case TALLY_LOG_FORMAT_IMA:
	case TALLY_LOG_FORMAT_IMA_ASCII:
		return next_ima(reader, ret, ret_is_end);
	case TALLY_LOG_FORMAT_DSTACK:
		return next_dstack(reader, ret, ret_is_end);
	case TALLY_LOG_FORMAT_AAEL_TEXT:
		return next_aael_text(reader, ret, ret_is_end);
	case TALLY_LOG_FORMAT_CEL_CBOR:
		return next_cbor(reader, ret, ret_is_end);
	case TALLY_LOG_FORMAT_CEL_JSON:
	case TALLY_LOG_FORMAT_SYSTEMD:
		return next_json(reader, ret, ret_is_end);
	case TALLY_LOG_FORMAT_UNKNOWN:
	default:
		return TALLY_UNSUPPORTED;
	}
}

enum tally_status tally_log_next(struct tally_log_reader *reader, struct tally_record *ret, bool *ret_is_end)
{
	enum tally_status status = next_of_format(reader, ret, ret_is_end);

	if (status == TALLY_OK && !*ret_is_end)
		reader->record_count++;
	return status;
}

static int runtime_at(const struct tally_register_set *set, size_t i)
{
	return i < set->count && set->item[i].kind == TALLY_RUNTIME ? (int)i : -1;
}

/* A PCR's records extend that PCR, and not the register that it may map to. */
static int register_of_pcr(const struct tally_register_set *set, uint32_t pcr)
{
	int i = runtime_at(set, pcr);

	if (pcr >= TALLY_PCR_COUNT)
		return -1;
	if (i >= 0 && set->item[i].pcr_mask == 1U << pcr)
		return i;
	i = tally_registers_find_pcr(set, pcr);
	return i >= 0 && set->item[i].pcr_mask == 1U << pcr ? i : -1;
}

int tally_log_register(const struct tally_register_set *set, const struct tally_record *record)
{
	switch (record->numbering) {
	case TALLY_NUMBERING_PCR:
		return register_of_pcr(set, record->index);
	case TALLY_NUMBERING_CC_MR:
		return record->index ? tally_registers_find_number(set, record->index - 1) : -1;
	case TALLY_NUMBERING_REGISTER:
		return tally_registers_find_number(set, record->index);
	case TALLY_NUMBERING_NV:
	default:
		return -1;
	}
}
