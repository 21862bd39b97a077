// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From records of any log to the bytes of another format. */
#include "log_writer.h"

#include "cbor.h"
#include "cel_cbor.h"
#include "cel_json.h"
#include "cel_tlv.h"
#include "control.h"

#define SPEC_ID_TEXT "Spec ID Event03"
#define SPEC_ID_EVENT_OFFSET 32	 /* of the event in the record that begins a TCG2 log */
#define SPEC_ID_EVENT_LIMIT 1024 /* bytes of one that we read back */
#define ERRATA_1_05 105		 /* the revision whose header we write. spec: TCG PFP 1.05 */
#define UINTN_64_BIT 2
#define END_MARKER_SIZE 8

static const struct {
	enum tally_log_target target;
	const char *name;
} log_targets[] = {
#define TARGET_ROW(name, text, what) { TALLY_LOG_TARGET_##name, (text) },
	TALLY_LOG_TARGET_TABLE(TARGET_ROW)
#undef TARGET_ROW
};

enum tally_log_target tally_log_target_from_name(struct tally_bytes name)
{
	for (size_t i = 0; i < sizeof(log_targets) / sizeof(log_targets[0]); i++)
		if (tally_bytes_equal(tally_text(log_targets[i].name), name))
			return log_targets[i].target;
	return TALLY_LOG_TARGET_UNKNOWN;
}

static bool keeps_everything(enum tally_log_target target)
{
	return target == TALLY_LOG_TARGET_TALLY || target == TALLY_LOG_TARGET_CEL_CBOR ||
	       target == TALLY_LOG_TARGET_CEL_JSON;
}

/* Formats of one header, whose banks every record has, and of firmware's contents only. */
static bool is_firmware_target(enum tally_log_target target)
{
	return target == TALLY_LOG_TARGET_TCG2 || target == TALLY_LOG_TARGET_CCEL || target == TALLY_LOG_TARGET_AAEL;
}

/* Firmware's first event is a record in CEL; elsewhere it is the header, or there is no place for what it says. */
static bool has_spec_id_records(enum tally_log_target target)
{
	return !is_firmware_target(target) && target != TALLY_LOG_TARGET_SYSTEMD;
}

/* A header keeps its vendor info in the writer, because what it was read from may go. */
static void keep_header(struct tally_log_writer *writer, const struct tally_tcg2_header *header)
{
	writer->header = *header;
	if (header->vendor_info.size)
		memcpy(writer->vendor_info, header->vendor_info.data, header->vendor_info.size);
	writer->header.vendor_info = tally_bytes(writer->vendor_info, header->vendor_info.size);
	writer->has_header = true;
}

static void zero_digests_of(const struct tally_tcg2_header *header, struct tally_digests *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < header->algorithm_count; i++) {
		struct tally_digest digest;

		memset(&digest, 0, sizeof(digest));
		digest.alg = header->algorithm[i].alg;
		if (tally_alg_size(digest.alg) && tally_digests_add(ret, &digest) != TALLY_OK)
			return;
	}
}

/* The event that a firmware log begins with is no record of its own; in CEL it is one that is not measured. */
static void take_spec_id(struct tally_log_writer *writer, const struct tally_log_reader *source)
{
	struct tally_cursor log = tally_cursor(source->log);
	size_t header_size = source->log.size - source->tcg2.cursor.left.size;

	(void)tally_read_bytes(&log, SPEC_ID_EVENT_OFFSET);
	writer->spec_id = tally_read_bytes(&log, header_size - SPEC_ID_EVENT_OFFSET);
	zero_digests_of(&source->tcg2.header, &writer->spec_id_digests);
	keep_header(writer, &source->tcg2.header);
}

void tally_log_writer_init(struct tally_log_writer *writer, enum tally_log_target target,
			   const struct tally_log_reader *source)
{
	memset(writer, 0, sizeof(*writer));
	writer->target = target;
	writer->is_ours = source->is_ours;
	writer->reason = "";
	if (source->tcg2.header.algorithm_count && !source->tcg2.is_sha1_format)
		take_spec_id(writer, source);
}

/* The header that firmware would have written for these banks. */
static void make_header(struct tally_log_writer *writer)
{
	struct tally_tcg2_header *header = &writer->header;
	bool is_aael = writer->target == TALLY_LOG_TARGET_AAEL;

	memset(header, 0, sizeof(*header));
	header->is_coco = is_aael;
	header->index = writer->target == TALLY_LOG_TARGET_CCEL;
	if (!is_aael) {
		header->version_major = 2;
		header->errata = ERRATA_1_05;
		header->uintn_size = UINTN_64_BIT;
	}
	for (size_t i = 0; i < writer->banks.count; i++) {
		uint16_t alg = writer->banks.digest[i].alg;

		header->algorithm[i].alg = alg;
		header->algorithm[i].size = (uint16_t)tally_alg_size(alg);
		header->algorithm_count++;
	}
}

/* A Spec ID event that came through CEL is the header again. */
static bool is_spec_id(const struct tally_record *record)
{
	return record->content_type == TALLY_CONTENT_PCCLIENT_STD && record->event_type == TALLY_EV_NO_ACTION &&
	       record->content.size >= sizeof(SPEC_ID_TEXT) && record->content.size <= SPEC_ID_EVENT_LIMIT &&
	       memcmp(record->content.data, SPEC_ID_TEXT, sizeof(SPEC_ID_TEXT)) == 0;
}

static enum tally_status read_spec_id(struct tally_log_writer *writer, const struct tally_record *record)
{
	uint8_t bytes[SPEC_ID_EVENT_OFFSET + SPEC_ID_EVENT_LIMIT];
	struct tally_writer out = tally_writer(bytes, sizeof(bytes));
	struct tally_tcg2_reader reader;
	enum tally_status status;

	tally_write_le32(&out, record->index);
	tally_write_le32(&out, TALLY_EV_NO_ACTION);
	tally_write_zeros(&out, tally_alg_size(TALLY_SHA1));
	tally_write_le32(&out, (uint32_t)record->content.size);
	tally_write_bytes(&out, record->content);
	status = tally_tcg2_open(&reader, tally_written(&out), record->numbering, TALLY_TCG2_END_OF_INPUT);
	if (status == TALLY_OK)
		keep_header(writer, &reader.header);
	return status;
}

static enum tally_status unsaid(struct tally_log_writer *writer, const char *reason)
{
	writer->reason = reason;
	return TALLY_UNSUPPORTED;
}

/* Registers of a log of ours, by what their provider calls them: a PCR is its own, an RTMR or REM a CC register. */
static enum tally_status translate_register(struct tally_log_writer *writer, struct tally_record *record)
{
	int i = tally_registers_find_number(&writer->set, record->index);
	const struct tally_register *reg;

	if (i < 0)
		return unsaid(writer, "it is of a register that the log does not declare");
	reg = &writer->set.item[i];
	if (reg->number < TALLY_PCR_COUNT && reg->pcr_mask == 1U << reg->number) {
		record->numbering = TALLY_NUMBERING_PCR;
		return TALLY_OK;
	}
	if (memcmp(reg->name, "rtmr", 4) != 0 && memcmp(reg->name, "rem", 3) != 0)
		return unsaid(writer, "its register is neither a PCR nor a CC measurement register");
	record->numbering = TALLY_NUMBERING_CC_MR;
	record->index = reg->number + 1;
	return TALLY_OK;
}

/* Others count RTMRs too (Dstack, the attestation agent), and no format but theirs would know that it is no PCR. */
static void translate_rtmr(struct tally_record *record)
{
	if (record->numbering != TALLY_NUMBERING_REGISTER)
		return;
	record->numbering = TALLY_NUMBERING_CC_MR;
	record->index++;
}

/* The first record of a log of ours declares its registers. */
static enum tally_status take_declaration(struct tally_log_writer *writer, const struct tally_record *record)
{
	struct tally_control_header header;
	enum tally_status status = tally_control_read_header(record->content, &header);

	if (status == TALLY_OK)
		writer->set = header.registers;
	return status;
}

/* As the target has it: *ret_is_left_out for a control record that others must not see. */
static enum tally_status translate(struct tally_log_writer *writer, struct tally_record *record, bool *ret_is_left_out)
{
	enum tally_control_word word = writer->is_ours ? tally_control_word(record) : TALLY_CONTROL_NOT;

	*ret_is_left_out = false;
	if (!writer->is_ours)
		translate_rtmr(record);
	if (!writer->is_ours || keeps_everything(writer->target))
		return TALLY_OK;
	*ret_is_left_out = word != TALLY_CONTROL_NOT;
	switch (word) {
	case TALLY_CONTROL_BASE:
		return unsaid(writer, "the log begins at a value that it does not explain (base)");
	case TALLY_CONTROL_GAP:
		return unsaid(writer, "the log has a gap, which a reader of that format would not see");
	case TALLY_CONTROL_TRIM:
		return unsaid(writer, "older records were trimmed off, which a reader of that format would not see");
	case TALLY_CONTROL_HEADER:
		return take_declaration(writer, record);
	case TALLY_CONTROL_FILL:
	case TALLY_CONTROL_KEXEC:
	case TALLY_CONTROL_ABORT:
		return TALLY_OK;
	case TALLY_CONTROL_NOT:
	default:
		record->number = writer->written_count;
		return translate_register(writer, record);
	}
}

static enum tally_status check_numbering(struct tally_log_writer *writer, const struct tally_record *record)
{
	bool is_pcr = writer->target == TALLY_LOG_TARGET_TCG2 || writer->target == TALLY_LOG_TARGET_SYSTEMD;

	if (is_pcr && record->numbering != TALLY_NUMBERING_PCR)
		return unsaid(writer, "its register is not a PCR");
	if (is_pcr && record->is_measured && record->index >= TALLY_PCR_COUNT)
		return unsaid(writer, "there is no such PCR");
	if (is_firmware_target(writer->target) && !is_pcr &&
	    (record->numbering != TALLY_NUMBERING_CC_MR || record->index > TALLY_CC_MR_LIMIT))
		return unsaid(writer, "its register is not a CC measurement register");
	if (is_firmware_target(writer->target) && !is_pcr && record->index == 0 && record->event_type == 0)
		return unsaid(writer, "register 0 with event type 0 ends a log of that format");
	return TALLY_OK;
}

static enum tally_status check_banks(struct tally_log_writer *writer, const struct tally_record *record)
{
	if (record->lacks_digests)
		return unsaid(writer, "it has a digest of an algorithm that tally does not know");
	if (!is_firmware_target(writer->target))
		return TALLY_OK;
	if (!writer->is_planned && writer->has_header)
		zero_digests_of(&writer->header, &writer->banks);
	else if (!writer->is_planned)
		writer->banks = record->digests;
	writer->is_planned = true;
	if (tally_digests_same_banks(&writer->banks, &record->digests))
		return TALLY_OK;
	writer->reason = "it has other banks than the records before it";
	return TALLY_BANK_SET;
}

static enum tally_status check_said(struct tally_log_writer *writer, const struct tally_record *record)
{
	enum tally_status status = check_numbering(writer, record);

	if (writer->target == TALLY_LOG_TARGET_TALLY && !writer->is_ours)
		return unsaid(writer, "it is of no log of tally's own");
	if (status == TALLY_OK)
		status = check_banks(writer, record);
	if (status != TALLY_OK)
		return status;
	if (is_firmware_target(writer->target) && record->content_type != TALLY_CONTENT_PCCLIENT_STD)
		return unsaid(writer, "its content is no PC client event");
	if (record->content_type == TALLY_CONTENT_NAMED && writer->target != TALLY_LOG_TARGET_CEL_JSON &&
	    writer->target != TALLY_LOG_TARGET_SYSTEMD)
		return unsaid(writer, "its content has a type that only JSON can name");
	if (!record->is_measured &&
	    (writer->target == TALLY_LOG_TARGET_AAEL || writer->target == TALLY_LOG_TARGET_SYSTEMD))
		return unsaid(writer, "it is not measured, and readers of that format extend with every record");
	return TALLY_OK;
}

/* One record, translated, as it stands in the target. */
static void write_piece(const struct tally_log_writer *writer, const struct tally_record *record,
			struct tally_writer *out)
{
	switch (writer->target) {
	case TALLY_LOG_TARGET_TALLY:
	case TALLY_LOG_TARGET_CEL_TLV:
		tally_cel_write(out, record);
		break;
	case TALLY_LOG_TARGET_CEL_CBOR:
		tally_cel_cbor_write(out, record);
		break;
	case TALLY_LOG_TARGET_CEL_JSON:
		tally_write_bytes(out, tally_text(writer->written_count ? ",\n" : ""));
		tally_cel_json_write(out, record);
		break;
	case TALLY_LOG_TARGET_TCG2:
	case TALLY_LOG_TARGET_CCEL:
	case TALLY_LOG_TARGET_AAEL:
		tally_tcg2_write(out, record);
		break;
	case TALLY_LOG_TARGET_SYSTEMD:
		tally_cel_json_write_systemd(out, record);
		break;
	case TALLY_LOG_TARGET_UNKNOWN:
	default:
		tally_writer_fail(out, TALLY_INVALID);
		break;
	}
}

static bool has_spec_id_record(const struct tally_log_writer *writer)
{
	return writer->spec_id.size != 0 && has_spec_id_records(writer->target);
}

static void write_spec_id(const struct tally_log_writer *writer, struct tally_writer *out)
{
	bool is_cc = writer->header.index != 0;
	struct tally_record record;

	memset(&record, 0, sizeof(record));
	record.numbering = is_cc ? TALLY_NUMBERING_CC_MR : TALLY_NUMBERING_PCR;
	record.index = writer->header.index;
	record.content_type = TALLY_CONTENT_PCCLIENT_STD;
	record.event_type = TALLY_EV_NO_ACTION;
	record.digests = writer->spec_id_digests;
	record.content = writer->spec_id;
	write_piece(writer, &record, out);
}

static void note_piece(struct tally_log_writer *writer, const struct tally_writer *measured)
{
	if (measured->size > writer->piece_limit)
		writer->piece_limit = measured->size;
}

enum tally_status tally_log_writer_plan(struct tally_log_writer *writer, const struct tally_record *record)
{
	struct tally_record translated = *record;
	struct tally_writer measured = tally_writer(NULL, 0);
	bool is_first = writer->planned_count + writer->left_out_count == 0;
	bool is_left_out;
	enum tally_status status;

	writer->reason = "";
	if (is_first && !has_spec_id_records(writer->target) && !writer->is_ours && is_spec_id(record)) {
		writer->skips_first = true;
		writer->left_out_count++;
		return read_spec_id(writer, record);
	}
	status = translate(writer, &translated, &is_left_out);
	if (status != TALLY_OK || is_left_out) {
		writer->left_out_count += is_left_out;
		return status;
	}
	status = check_said(writer, &translated);
	if (status != TALLY_OK)
		return status;
	write_piece(writer, &translated, &measured);
	measured.size += 2; /* what separates it */
	note_piece(writer, &measured);
	writer->planned_count++;
	return measured.status == TALLY_NO_SPACE ? TALLY_OK : measured.status;
}

void tally_log_writer_begin(const struct tally_log_writer *writer, struct tally_writer *out)
{
	struct tally_log_writer header = *writer;

	/* Of a log without records nothing was looked at yet. */
	if (writer->target == TALLY_LOG_TARGET_TALLY && !writer->is_ours)
		tally_writer_fail(out, TALLY_UNSUPPORTED);
	if (writer->target == TALLY_LOG_TARGET_CEL_CBOR)
		tally_cbor_write_array(out, (size_t)writer->planned_count + has_spec_id_record(writer));
	else if (writer->target == TALLY_LOG_TARGET_CEL_JSON)
		tally_write_bytes(out, tally_text("["));
	if (is_firmware_target(writer->target)) {
		if (!writer->has_header || writer->header.is_coco || writer->target == TALLY_LOG_TARGET_AAEL)
			make_header(&header);
		/* Of a log without records; where there are some, they are of PCRs as the header is. */
		if (writer->target == TALLY_LOG_TARGET_TCG2)
			header.header.index = 0;
		/* Nothing says which banks a log without records has. */
		if (header.header.algorithm_count == 0)
			tally_writer_fail(out, TALLY_UNKNOWN_ALGORITHM);
		tally_tcg2_write_header(out, &header.header);
	}
	if (has_spec_id_record(writer))
		write_spec_id(writer, out);
	if (has_spec_id_record(writer) && writer->planned_count && writer->target == TALLY_LOG_TARGET_CEL_JSON)
		tally_write_bytes(out, tally_text(",\n"));
}

void tally_log_writer_write(struct tally_log_writer *writer, const struct tally_record *record,
			    struct tally_writer *out)
{
	struct tally_record translated = *record;
	bool is_left_out;

	if (writer->skips_first) {
		writer->skips_first = false;
		return;
	}
	if (translate(writer, &translated, &is_left_out) != TALLY_OK || is_left_out)
		return;
	write_piece(writer, &translated, out);
	writer->written_count++;
}

void tally_log_writer_end(const struct tally_log_writer *writer, struct tally_writer *out)
{
	if (writer->target == TALLY_LOG_TARGET_CEL_JSON)
		tally_write_bytes(out, tally_text("]\n"));
	for (size_t i = 0; writer->target == TALLY_LOG_TARGET_AAEL && i < END_MARKER_SIZE; i++)
		tally_write_u8(out, 0xff);
}
