// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* IMA's measurement lists: what stands in them, and what was extended. */
#include "ima_list.h"

#include "../core/registers.h"
#include "cel_tlv.h"
#include "ima_line.h"

#define IMA_SHA1_SIZE 20
#define IMA_JOB_LIMIT (TALLY_BANK_LIMIT + 2) /* the banks, the list's own, SHA-1 for padding */

/* SHA-256 before SM3: the former is what 32 bytes are taken for. */
static const uint16_t ima_algorithms[] = { TALLY_SHA1, TALLY_SHA256, TALLY_SM3_256, TALLY_SHA384, TALLY_SHA512 };

static const enum tally_ima_order ima_orders[] = { TALLY_IMA_LITTLE_ENDIAN, TALLY_IMA_BIG_ENDIAN };

#define IMA_ALGORITHM_COUNT (sizeof(ima_algorithms) / sizeof(ima_algorithms[0]))

static uint32_t ima_list_u32(const struct tally_ima_reader *reader, struct tally_cursor *cursor)
{
	return reader->options.order == TALLY_IMA_BIG_ENDIAN ? tally_read_be32(cursor) : tally_read_le32(cursor);
}

/* Template "ima" does not say how long its data is: a digest, and a name with its length. */
static struct tally_bytes ima_first_data(const struct tally_ima_reader *reader, struct tally_cursor *list)
{
	struct tally_cursor ahead = *list;
	uint32_t size;

	(void)tally_read_bytes(&ahead, IMA_SHA1_SIZE);
	size = ima_list_u32(reader, &ahead);
	if (size > TALLY_IMA_EVENT_NAME_LIMIT)
		tally_fail(list, TALLY_OUT_OF_RANGE);
	return tally_read_bytes(list, IMA_SHA1_SIZE + sizeof(size) + (uint64_t)size);
}

static struct tally_bytes ima_later_data(const struct tally_ima_reader *reader, struct tally_cursor *list)
{
	uint32_t size = ima_list_u32(reader, list);

	if (list->status == TALLY_OK && size == 0)
		tally_fail(list, TALLY_OUT_OF_RANGE);
	if (size > TALLY_CONTENT_LIMIT)
		tally_fail(list, TALLY_TOO_LARGE);
	return tally_read_bytes(list, size);
}

static struct tally_bytes ima_template_name(const struct tally_ima_reader *reader, struct tally_cursor *list)
{
	struct tally_ima_template template;
	uint32_t size = ima_list_u32(reader, list);
	struct tally_bytes name;
	enum tally_status status;

	if (size > TALLY_IMA_NAME_LIMIT)
		tally_fail(list, TALLY_OUT_OF_RANGE);
	name = tally_read_bytes(list, size);
	status = list->status == TALLY_OK ? tally_ima_template_find(name, &template) : list->status;
	if (status != TALLY_OK)
		tally_fail(list, status);
	return name;
}

static enum tally_status ima_write_content(const struct tally_ima_reader *reader, struct tally_ima_entry *entry)
{
	struct tally_writer writer = tally_writer(reader->room.data, reader->room.size);

	tally_tlv_write(&writer, TALLY_IMA_CONTENT_NAME, entry->name);
	tally_tlv_write(&writer, TALLY_IMA_CONTENT_DATA, entry->data);
	entry->content = tally_written(&writer);
	return writer.status;
}

/* spec: Linux, ima_measurements_show */
static enum tally_status ima_read_binary(struct tally_ima_reader *reader, struct tally_ima_entry *entry)
{
	struct tally_cursor *list = &reader->cursor;

	entry->pcr = ima_list_u32(reader, list);
	entry->digest_size = tally_alg_size(reader->options.alg);
	tally_read_copy(list, entry->digest, entry->digest_size);
	entry->name = ima_template_name(reader, list);
	if (tally_bytes_equal(entry->name, tally_text("ima")))
		entry->data = ima_first_data(reader, list);
	else
		entry->data = ima_later_data(reader, list);
	entry->content = tally_bytes(NULL, 0);
	return list->status == TALLY_OK && reader->room.size ? ima_write_content(reader, entry) : list->status;
}

static enum tally_status ima_read_ascii(struct tally_ima_reader *reader, struct tally_ima_entry *entry)
{
	struct tally_writer content = tally_writer(reader->room.data, reader->room.size);
	enum tally_status status = tally_ima_line_read(&reader->cursor, reader->options.order, &content, entry);

	if (status == TALLY_OK && entry->digest_size != tally_alg_size(reader->options.alg))
		status = TALLY_DIGEST_SIZE;
	return status == TALLY_OK && entry->data.size > TALLY_CONTENT_LIMIT ? TALLY_TOO_LARGE : status;
}

static bool ima_digest_is_zero(const struct tally_ima_entry *entry)
{
	uint8_t seen = 0;

	for (size_t i = 0; i < entry->digest_size; i++)
		seen |= entry->digest[i];
	return seen == 0;
}

/* What a bank was extended with, that of the list among them. */
struct ima_values {
	struct tally_digests banks;
	struct tally_digest own;
};

/* Kernels that pad have 20 bytes of ones, too, and zeros behind them. */
static void ima_violate(struct tally_digest *digest, bool is_padded)
{
	memset(digest->bytes, 0xff, is_padded ? IMA_SHA1_SIZE : tally_alg_size(digest->alg));
}

static enum tally_status ima_hash(const struct tally_hash_job *message, struct ima_values *values)
{
	struct tally_hash_job jobs[IMA_JOB_LIMIT];
	size_t count = 0;

	for (; count < values->banks.count; count++) {
		jobs[count] = *message;
		jobs[count].alg = values->banks.digest[count].alg;
		jobs[count].ret_digest = values->banks.digest[count].bytes;
	}
	if (!tally_digests_find(&values->banks, values->own.alg)) {
		jobs[count] = *message;
		jobs[count].alg = values->own.alg;
		jobs[count++].ret_digest = values->own.bytes;
	}
	return tally_env_hash(jobs, count);
}

static enum tally_status ima_hash_padded(const struct tally_hash_job *message, struct ima_values *values)
{
	uint8_t sha1[IMA_SHA1_SIZE];
	struct tally_hash_job job = *message;
	enum tally_status status;

	job.alg = TALLY_SHA1;
	job.ret_digest = sha1;
	status = tally_env_hash(&job, 1);
	for (size_t i = 0; status == TALLY_OK && i < values->banks.count; i++)
		memcpy(values->banks.digest[i].bytes, sha1, sizeof(sha1));
	if (status == TALLY_OK)
		memcpy(values->own.bytes, sha1, sizeof(sha1));
	return status;
}

/* The values of all banks, and that the list's digest is the one of its own. */
static enum tally_status ima_check(const struct tally_ima_reader *reader, const struct tally_ima_entry *entry,
				   const struct tally_ima_fields *fields, struct ima_values *values)
{
	const struct tally_digest *own;
	struct tally_hash_job message;
	enum tally_status status;

	memset(&message, 0, sizeof(message));
	tally_ima_fields_message(fields, entry->data, &message);
	status = reader->options.is_padded ? ima_hash_padded(&message, values) : ima_hash(&message, values);
	if (status != TALLY_OK)
		return status;
	own = tally_digests_find(&values->banks, values->own.alg);
	return memcmp(own ? own->bytes : values->own.bytes, entry->digest, entry->digest_size) == 0 ? TALLY_OK
												    : TALLY_CHECKSUM;
}

static enum tally_status ima_extended(const struct tally_ima_reader *reader, const struct tally_ima_entry *entry,
				      struct tally_digests *ret)
{
	struct ima_values values;
	struct tally_ima_fields fields;
	enum tally_status status = tally_ima_fields_read(entry->name, entry->data, reader->options.order, &fields);

	if (status != TALLY_OK)
		return status;
	tally_digests_zero(&values.banks, &reader->options.banks);
	memset(&values.own, 0, sizeof(values.own));
	values.own.alg = reader->options.alg;
	if (!ima_digest_is_zero(entry))
		status = ima_check(reader, entry, &fields, &values);
	else
		for (size_t i = 0; i < values.banks.count; i++)
			ima_violate(&values.banks.digest[i], reader->options.is_padded);
	if (status == TALLY_OK)
		*ret = values.banks;
	return status;
}

static enum tally_status ima_read(struct tally_ima_reader *reader, struct tally_ima_entry *entry)
{
	enum tally_status status = reader->options.form == TALLY_IMA_ASCII ? ima_read_ascii(reader, entry)
									   : ima_read_binary(reader, entry);

	return status == TALLY_OK && entry->pcr >= TALLY_PCR_COUNT ? TALLY_OUT_OF_RANGE : status;
}

bool tally_ima_is_violation(const struct tally_record *record)
{
	uint8_t all = 0xff;

	if (record->content_type != TALLY_CONTENT_IMA_TEMPLATE || record->digests.count == 0)
		return false;
	for (size_t i = 0; i < IMA_SHA1_SIZE; i++)
		all &= record->digests.digest[0].bytes[i];
	return all == 0xff;
}

/* Reads up to the first record that is no violation. TALLY_OK: its digest is right. */
static enum tally_status ima_try(struct tally_ima_reader *reader, bool *ret_is_read)
{
	enum tally_status status = TALLY_OK;
	bool is_violation = true;

	*ret_is_read = false;
	while (status == TALLY_OK && is_violation && !tally_cursor_is_done(&reader->cursor)) {
		struct tally_ima_entry entry;
		struct tally_digests none;

		status = ima_read(reader, &entry);
		if (status != TALLY_OK)
			break;
		*ret_is_read = true;
		is_violation = ima_digest_is_zero(&entry);
		status = ima_extended(reader, &entry, &none);
	}
	return is_violation && status == TALLY_OK ? TALLY_CHECKSUM : status;
}

/* What the options leave open, or have settled. */
static bool ima_may_be(const struct tally_ima_options *options, uint16_t alg, enum tally_ima_order order)
{
	return (options->alg == 0 || options->alg == alg) &&
	       (options->order == TALLY_IMA_ORDER_ANY || options->order == order);
}

/* One way to read the list: better than what was found if it is the first that reads, or if its digest is right. */
static bool ima_try_as(const struct tally_ima_reader *reader, uint16_t alg, enum tally_ima_order order,
		       struct tally_ima_options *found, enum tally_status *why_not)
{
	struct tally_ima_reader trial = *reader;
	enum tally_status status;
	bool is_read;

	trial.options.alg = alg;
	trial.options.order = order;
	trial.options.banks.count = 0;
	status = ima_try(&trial, &is_read);
	/* A line says what is wrong with it; of a record that is read in a wrong way that means nothing. */
	if (status == TALLY_TRUNCATED || status == TALLY_NO_SPACE ||
	    (reader->options.form == TALLY_IMA_ASCII && status != TALLY_OK && status != TALLY_DIGEST_SIZE))
		*why_not = status;
	if (status == TALLY_OK || (is_read && found->alg == 0)) {
		found->alg = alg;
		found->order = order;
	}
	return status == TALLY_OK;
}

static enum tally_status ima_usual_banks(struct tally_ima_options *options)
{
	static const uint16_t usual[] = { TALLY_SHA1, TALLY_SHA256, TALLY_SHA384, TALLY_SHA512 };
	enum tally_status status = TALLY_OK;
	struct tally_digest bank;

	memset(&bank, 0, sizeof(bank));
	for (size_t i = 0; status == TALLY_OK && i < sizeof(usual) / sizeof(usual[0]); i++) {
		bank.alg = usual[i];
		status = tally_digests_add(&options->banks, &bank);
	}
	bank.alg = options->alg;
	if (status == TALLY_OK && !tally_digests_find(&options->banks, bank.alg))
		status = tally_digests_add(&options->banks, &bank);
	return status;
}

static enum tally_status ima_find_out(struct tally_ima_reader *reader)
{
	enum tally_status why_not = TALLY_UNSUPPORTED;
	struct tally_ima_options found = reader->options;
	bool is_right = false;

	if (found.alg == 0 || found.order == TALLY_IMA_ORDER_ANY)
		found.alg = 0;
	else
		is_right = true;
	for (size_t i = 0; i < 2 * IMA_ALGORITHM_COUNT && !is_right; i++) {
		uint16_t alg = ima_algorithms[i % IMA_ALGORITHM_COUNT];
		enum tally_ima_order order = ima_orders[i / IMA_ALGORITHM_COUNT];

		if (ima_may_be(&reader->options, alg, order))
			is_right = ima_try_as(reader, alg, order, &found, &why_not);
	}
	if (found.alg == 0)
		return why_not;
	reader->options = found;
	reader->is_found_out = true;
	return found.banks.count ? TALLY_OK : ima_usual_banks(&reader->options);
}

enum tally_status tally_ima_next(struct tally_ima_reader *reader, struct tally_record *ret, bool *ret_is_end)
{
	struct tally_bytes input = reader->cursor.left;
	struct tally_ima_entry entry;
	struct tally_digests digests;
	enum tally_status status;

	*ret_is_end = tally_cursor_is_done(&reader->cursor);
	if (*ret_is_end)
		return reader->cursor.status;
	status = reader->is_found_out ? TALLY_OK : ima_find_out(reader);
	if (status == TALLY_OK)
		status = ima_read(reader, &entry);
	if (status == TALLY_OK)
		status = ima_extended(reader, &entry, &digests);
	if (status != TALLY_OK) {
		tally_fail(&reader->cursor, status);
		return status;
	}
	memset(ret, 0, sizeof(*ret));
	ret->number = reader->record_count++;
	ret->offset = reader->input_size - input.size;
	ret->numbering = TALLY_NUMBERING_PCR;
	ret->index = entry.pcr;
	ret->content_type = TALLY_CONTENT_IMA_TEMPLATE;
	ret->is_measured = true;
	ret->digests = digests;
	ret->content = entry.content;
	ret->encoded = tally_bytes(input.data, input.size - reader->cursor.left.size);
	return TALLY_OK;
}

/* The first record up to its template's name, in each way to read it. */
static bool ima_begins_binary(struct tally_bytes list)
{
	struct tally_ima_reader reader;

	memset(&reader, 0, sizeof(reader));
	for (size_t i = 0; i < 2 * IMA_ALGORITHM_COUNT; i++) {
		uint32_t pcr;

		reader.cursor = tally_cursor(list);
		reader.options.order = ima_orders[i / IMA_ALGORITHM_COUNT];
		pcr = ima_list_u32(&reader, &reader.cursor);
		(void)tally_read_bytes(&reader.cursor, tally_alg_size(ima_algorithms[i % IMA_ALGORITHM_COUNT]));
		(void)ima_template_name(&reader, &reader.cursor);
		if (reader.cursor.status == TALLY_OK && pcr < TALLY_PCR_COUNT)
			return true;
	}
	return false;
}

bool tally_ima_looks_like(struct tally_bytes list, enum tally_ima_form form)
{
	return form == TALLY_IMA_ASCII ? tally_ima_line_looks_like(list) : ima_begins_binary(list);
}

enum tally_status tally_ima_open(struct tally_ima_reader *reader, struct tally_bytes list,
				 const struct tally_ima_options *options)
{
	if (options->form != TALLY_IMA_BINARY && options->form != TALLY_IMA_ASCII)
		return TALLY_INVALID;
	if (options->alg != 0 && tally_alg_size(options->alg) == 0)
		return TALLY_INVALID;
	memset(reader, 0, sizeof(*reader));
	reader->options = *options;
	reader->cursor = tally_cursor(list);
	reader->input_size = list.size;
	return TALLY_OK;
}

void tally_ima_lend(struct tally_ima_reader *reader, void *room, size_t size)
{
	reader->room.data = room;
	reader->room.size = size;
}

enum tally_status tally_ima_boot_aggregate(uint16_t alg, const struct tally_digest pcrs[TALLY_IMA_AGGREGATE_PCRS],
					   struct tally_digest *ret)
{
	size_t count = alg == TALLY_SHA1 ? 8 : TALLY_IMA_AGGREGATE_PCRS;
	uint8_t values[TALLY_IMA_AGGREGATE_PCRS * TALLY_DIGEST_LIMIT];
	struct tally_writer writer = tally_writer(values, sizeof(values));
	struct tally_digest result;
	struct tally_hash_job job;
	enum tally_status status;

	if (tally_alg_size(alg) == 0)
		return TALLY_UNKNOWN_ALGORITHM;
	for (size_t i = 0; i < count; i++) {
		if (pcrs[i].alg != alg)
			return TALLY_BANK_SET;
		tally_write_bytes(&writer, tally_digest_bytes(&pcrs[i]));
	}
	memset(&result, 0, sizeof(result));
	memset(&job, 0, sizeof(job));
	result.alg = alg;
	job.alg = alg;
	job.parts[0] = tally_written(&writer);
	job.ret_digest = result.bytes;
	status = tally_env_hash(&job, 1);
	if (status == TALLY_OK)
		*ret = result;
	return status;
}
