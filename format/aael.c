// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The attestation agent's events. */
#include "aael.h"

#define AAEL_INIT "INIT "
#define AAEL_REGISTER 3
#define AAEL_EV_ACTION 0x00000005U /* a string that is measured as it stands. spec: TCG PFP 10.4.1 */

/* Bytes before the first such byte; all if there is none. */
static size_t aael_span(struct tally_bytes bytes, char end)
{
	size_t size = 0;

	while (size < bytes.size && bytes.data[size] != (uint8_t)end)
		size++;
	return size;
}

static struct tally_bytes aael_word(struct tally_cursor *text)
{
	struct tally_bytes word = tally_read_bytes(text, aael_span(text->left, ' '));

	if (word.size == 0 || tally_read_u8(text) != ' ')
		tally_fail(text, TALLY_NOT_CANONICAL);
	return word;
}

/* spec: guest-components, eventlog: "{domain} {operation} {content}" */
static enum tally_status aael_split(struct tally_bytes text, struct tally_aael *ret)
{
	struct tally_cursor cursor = tally_cursor(text);
	struct tally_aael event;

	if (aael_span(text, '\n') != text.size)
		return TALLY_NOT_CANONICAL;
	event.domain = aael_word(&cursor);
	event.operation = aael_word(&cursor);
	event.content = tally_read_rest(&cursor);
	if (cursor.status != TALLY_OK)
		return TALLY_NOT_CANONICAL;
	*ret = event;
	return TALLY_OK;
}

enum tally_status tally_aael_read(struct tally_bytes event_data, struct tally_aael *ret)
{
	struct tally_cursor cursor = tally_cursor(event_data);
	uint32_t id = tally_read_le32(&cursor);
	struct tally_bytes text;

	if (cursor.status != TALLY_OK || id != TALLY_AAEL_TAG_ID)
		return TALLY_UNSUPPORTED;
	text = tally_read_bytes(&cursor, tally_read_le32(&cursor));
	if (tally_cursor_end(&cursor) != TALLY_OK)
		return TALLY_OUT_OF_RANGE;
	return aael_split(text, ret);
}

bool tally_aael_is_record(const struct tally_record *record)
{
	struct tally_aael event;

	return record->content_type == TALLY_CONTENT_PCCLIENT_STD && record->event_type == TALLY_EV_EVENT_TAG &&
	       tally_aael_read(record->content, &event) == TALLY_OK;
}

static struct tally_bytes aael_line(struct tally_cursor *log)
{
	struct tally_bytes line = tally_read_bytes(log, aael_span(log->left, '\n'));

	if (log->left.size != 0)
		(void)tally_read_u8(log);
	return line;
}

static bool aael_is_zeros(struct tally_bytes digits)
{
	for (size_t i = 0; i < digits.size; i++)
		if (digits.data[i] != '0')
			return false;
	return true;
}

bool tally_aael_text_looks_like(struct tally_bytes log)
{
	struct tally_cursor cursor = tally_cursor(log);
	struct tally_bytes begin = tally_text(AAEL_INIT);

	return tally_bytes_equal(tally_read_bytes(&cursor, begin.size), begin);
}

enum tally_status tally_aael_text_open(struct tally_aael_text *reader, struct tally_bytes log)
{
	struct tally_cursor cursor = tally_cursor(log);
	struct tally_cursor line = tally_cursor(aael_line(&cursor));
	struct tally_bytes begin = tally_text(AAEL_INIT);
	uint16_t alg;

	if (!tally_bytes_equal(tally_read_bytes(&line, begin.size), begin))
		return TALLY_UNSUPPORTED;
	alg = tally_alg_from_name(tally_read_bytes(&line, aael_span(line.left, '/')));
	if (alg == 0)
		return TALLY_UNKNOWN_ALGORITHM;
	if (tally_read_u8(&line) != '/' || line.left.size != 2 * tally_alg_size(alg))
		return TALLY_DIGEST_SIZE;
	if (!aael_is_zeros(line.left))
		return TALLY_UNSUPPORTED;
	memset(reader, 0, sizeof(*reader));
	reader->cursor = tally_cursor(log);
	reader->alg = alg;
	reader->input_size = log.size;
	return TALLY_OK;
}

enum tally_status tally_aael_text_next(struct tally_aael_text *reader, struct tally_record *ret, bool *ret_is_end)
{
	struct tally_bytes input = reader->cursor.left;
	struct tally_digests like = { .count = 1, .digest = { { .alg = reader->alg } } };
	struct tally_record record;
	struct tally_aael event;
	enum tally_status status;

	reader->offset = reader->input_size - input.size;
	*ret_is_end = tally_cursor_is_done(&reader->cursor);
	if (*ret_is_end)
		return reader->cursor.status;
	memset(&record, 0, sizeof(record));
	record.content = aael_line(&reader->cursor);
	status = reader->record_count ? aael_split(record.content, &event) : TALLY_OK;
	if (status == TALLY_OK)
		status = tally_digests_hash(&record.digests, &like, record.content);
	if (status != TALLY_OK) {
		tally_fail(&reader->cursor, status);
		return status;
	}
	record.number = reader->record_count++;
	record.offset = reader->offset;
	record.numbering = TALLY_NUMBERING_REGISTER;
	record.index = AAEL_REGISTER;
	record.content_type = TALLY_CONTENT_PCCLIENT_STD;
	record.event_type = AAEL_EV_ACTION;
	record.is_measured = true;
	record.encoded = tally_bytes(input.data, input.size - reader->cursor.left.size);
	*ret = record;
	return TALLY_OK;
}
