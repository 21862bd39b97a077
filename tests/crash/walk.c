// SPDX-License-Identifier: BSD-2-Clause
/* Walking a log, record by record, after docs/formats/log.md. */
#include "walk.h"

#include "../unit/test.h"

#include <openssl/evp.h>

#define TAG_ID 0x594c4154U
#define EV_NO_ACTION 3
#define EV_EVENT_TAG 6
#define SIGNATURE_SIZE 16

/* --- hashes --- */

size_t bank_size(unsigned bank)
{
	static const size_t sizes[WALK_BANKS] = { 20, 32, 48 };

	return sizes[bank];
}

void bank_hash(unsigned bank, struct span a, struct span b, uint8_t *ret)
{
	static const char *const names[WALK_BANKS] = { "SHA1", "SHA256", "SHA384" };
	static EVP_MD *fetched[WALK_BANKS];
	static EVP_MD_CTX *context;

	if (!context)
		context = EVP_MD_CTX_new();
	if (!fetched[bank])
		fetched[bank] = EVP_MD_fetch(NULL, names[bank], NULL);
	assert_non_null(context);
	assert_non_null(fetched[bank]);
	assert_int_equal(EVP_DigestInit_ex2(context, fetched[bank], NULL), 1);
	assert_int_equal(EVP_DigestUpdate(context, a.data, a.size), 1);
	assert_int_equal(EVP_DigestUpdate(context, b.data, b.size), 1);
	assert_int_equal(EVP_DigestFinal_ex(context, ret, NULL), 1);
}

bool span_is(struct span span, const char *text)
{
	return span.size == strlen(text) && memcmp(span.data, text, span.size) == 0;
}

/* --- elements: they must be there --- */

static uint64_t big_endian(struct span span)
{
	uint64_t value = 0;

	assert_in_range(span.size, 1, 8);
	for (size_t i = 0; i < span.size; i++)
		value = value << 8 | span.data[i];
	return value;
}

static uint64_t minimal(struct span span)
{
	uint64_t value = big_endian(span);

	assert_true(span.size == 1 || span.data[0] != 0);
	return value;
}

/* Has the next element this tag? Nothing is consumed. */
static bool element_is_next(struct span input, int tag)
{
	return input.size > 0 && input.data[0] == tag;
}

static struct span element(struct span *input, int tag)
{
	struct span value;

	assert_true(input->size >= 5);
	assert_int_equal(input->data[0], tag);
	value.size = (size_t)big_endian(span(input->data + 1, 4));
	value.data = input->data + 5;
	assert_true(value.size <= input->size - 5);
	input->data += 5 + value.size;
	input->size -= 5 + value.size;
	return value;
}

static struct span fixed_element(struct span *input, int tag, size_t size)
{
	struct span value = element(input, tag);

	assert_int_equal(value.size, size);
	return value;
}

static struct walk_digests digests_of(struct span list)
{
	static const int algorithms[WALK_BANKS] = { 0x04, 0x0b, 0x0c };
	struct walk_digests digests = { 0 };

	for (unsigned bank = 0; bank < WALK_BANKS; bank++) {
		if (!element_is_next(list, algorithms[bank]))
			continue;
		memcpy(digests.bytes[bank], fixed_element(&list, algorithms[bank], bank_size(bank)).data,
		       bank_size(bank));
		digests.has[bank] = true;
	}
	assert_int_equal(list.size, 0);
	return digests;
}

/* --- records --- */

static void walk_pin(struct walk_line *line, struct span data)
{
	line->kind = WALK_PIN;
	line->pin_reg = (unsigned)minimal(element(&data, 0));
	line->from = digests_of(element(&data, 1));
	line->to = digests_of(element(&data, 2));
	line->pin_next = minimal(element(&data, 3));
	line->pin_head = fixed_element(&data, 4, WALK_HEAD_SIZE).data;
	assert_int_equal(data.size, 0);
}

/* An event of ours: its digest in every bank is that of its content. */
static void walk_event(struct walk_line *line)
{
	struct span left = line->content;
	uint8_t digest[WALK_DIGEST_LIMIT];

	assert_true(left.size >= 8);
	assert_memory_equal(left.data, "TALY", 4);
	assert_int_equal(left.data[4] | left.data[5] << 8 | left.data[6] << 16 | left.data[7] << 24, left.size - 8);
	left = span(left.data + 8, left.size - 8);
	line->kind = WALK_EVENT;
	line->type = element(&left, 1);
	line->name = element(&left, 2);
	line->origin = element(&left, 3);
	line->data = element(&left, 4);
	line->is_once = element_is_next(left, 6);
	if (line->is_once)
		assert_int_equal(*fixed_element(&left, 6, 1).data, 1);
	assert_int_equal(left.size, 0);
	for (unsigned bank = 0; bank < WALK_BANKS; bank++) {
		if (!line->digests.has[bank])
			continue;
		bank_hash(bank, line->content, span(NULL, 0), digest);
		assert_memory_equal(digest, line->digests.bytes[bank], bank_size(bank));
	}
	if (span_is(line->type, "tally.pin"))
		walk_pin(line, line->data);
}

static void walk_gap(struct walk_line *line, struct span left)
{
	line->kind = WALK_GAP;
	line->from = digests_of(element(&left, 0));
	line->to = digests_of(element(&left, 1));
	if (element_is_next(left, 2))
		line->intent = fixed_element(&left, 2, WALK_SLOT_NAME_SIZE).data;
	if (element_is_next(left, 3)) {
		assert_non_null(line->intent);
		line->origin = element(&left, 3);
		line->name = element(&left, 4);
		(void)digests_of(element(&left, 5));
	}
	if (element_is_next(left, 6)) {
		assert_non_null(line->intent);
		line->held = element(&left, 6);
	}
	assert_int_equal(left.size, 0);
}

/* The elements of a header, in a control record of their own or in that of a trim. */
static void walk_header(struct walk_line *line, struct span left)
{
	assert_int_equal(minimal(element(&left, 0)), 1);
	assert_true(span_is(element(&left, 1), "soft"));
	line->boot_id = fixed_element(&left, 2, 16).data;
	assert_true(element(&left, 3).size > 0);
	assert_true(span_is(element(&left, 4), "register"));
	assert_true(minimal(element(&left, 5)) > 0);
	assert_int_equal(left.size, 0);
}

static void walk_trim(struct walk_line *line, struct span left)
{
	struct span values;

	line->kind = WALK_TRIM;
	walk_header(line, element(&left, 0));
	values = element(&left, 1);
	line->value = calloc(WALK_VALUE_LIMIT, sizeof(*line->value));
	assert_non_null(line->value);
	while (values.size > 0) {
		struct span value = element(&values, 0);

		assert_true(line->value_count < WALK_VALUE_LIMIT);
		assert_int_equal(minimal(element(&value, 0)), line->value_count);
		line->value[line->value_count++] = digests_of(element(&value, 1));
		assert_int_equal(value.size, 0);
	}
	line->once_list = element(&left, 2);
	assert_true(line->once_list.size == 0 || line->once_list.size == WALK_HEAD_SIZE);
	line->head = fixed_element(&left, 3, WALK_HEAD_SIZE).data;
	assert_int_equal(left.size, 0);
}

static void walk_control(struct walk_line *line)
{
	struct span left = line->content;
	char word[SIGNATURE_SIZE + 1] = { 0 };

	assert_true(left.size >= SIGNATURE_SIZE);
	memcpy(word, left.data, SIGNATURE_SIZE);
	left = span(left.data + SIGNATURE_SIZE, left.size - SIGNATURE_SIZE);
	for (unsigned bank = 0; bank < WALK_BANKS; bank++)
		for (size_t i = 0; i < WALK_DIGEST_LIMIT; i++)
			assert_int_equal(line->digests.bytes[bank][i], 0);
	if (!strcmp(word, "tally gap")) {
		walk_gap(line, left);
	} else if (!strcmp(word, "tally abort")) {
		line->kind = WALK_ABORT;
		line->intent = fixed_element(&left, 0, WALK_SLOT_NAME_SIZE).data;
		line->held = element(&left, 1);
		assert_int_equal(left.size, 0);
	} else if (!strcmp(word, "tally base")) {
		line->kind = WALK_BASE;
		line->to = digests_of(element(&left, 0));
	} else if (!strcmp(word, "tally header")) {
		line->kind = WALK_HEADER;
		walk_header(line, left);
	} else if (!strcmp(word, "tally trim")) {
		walk_trim(line, left);
	} else if (!strcmp(word, "tally kexec")) {
		line->kind = WALK_KEXEC;
		fixed_element(&left, 0, 16);
		line->boot_id = fixed_element(&left, 1, 16).data;
	} else {
		fail_msg("record %llu is a control record `%s`", (unsigned long long)line->number, word);
	}
}

static struct walk_line walk_record(struct span encoded)
{
	struct walk_line line = { .encoded = encoded };
	struct span left = encoded;
	struct span content;
	uint64_t type;

	line.number = big_endian(fixed_element(&left, 0, 8));
	line.reg = (unsigned)big_endian(fixed_element(&left, 1, 1));
	line.digests = digests_of(element(&left, 3));
	content = element(&left, 5);
	assert_int_equal(left.size, 0);
	type = big_endian(fixed_element(&content, 0, 4));
	line.content = element(&content, 1);
	assert_int_equal(content.size, 0);
	if (type == EV_EVENT_TAG)
		walk_event(&line);
	else if (type == EV_NO_ACTION)
		walk_control(&line);
	else
		fail_msg("record %llu has event type %llu", (unsigned long long)line.number, (unsigned long long)type);
	return line;
}

/* Bytes of the record that begins here; 0 if it is not all there. What is there must be a record's beginning. */
static size_t record_size(struct span log)
{
	static const int tags[] = { 0, 1, 3, 5 };
	size_t size = 0;

	for (size_t i = 0; i < 4; i++) {
		size_t value;

		if (log.size == size)
			return 0;
		assert_int_equal(log.data[size], tags[i]);
		if (log.size - size < 5)
			return 0;
		value = (size_t)big_endian(span(log.data + size + 1, 4));
		if (value > log.size - size - 5)
			return 0;
		size += 5 + value;
	}
	return size;
}

struct walk walk_log(struct span log)
{
	struct walk walk = { 0 };
	size_t size;

	while ((size = record_size(span(log.data + walk.whole, log.size - walk.whole)))) {
		if (walk.count == walk.room) {
			walk.room = walk.room ? 2 * walk.room : 32;
			walk.line = realloc(walk.line, walk.room * sizeof(*walk.line));
			assert_non_null(walk.line);
		}
		walk.line[walk.count] = walk_record(span(log.data + walk.whole, size));
		if (walk.count > 0 || walk.line[0].kind != WALK_TRIM)
			assert_int_equal(walk.line[walk.count].number,
					 walk.count ? walk.line[0].number + walk.count : 0);
		walk.count++;
		walk.whole += size;
	}
	walk.torn = log.size - walk.whole;
	return walk;
}

void walk_done(struct walk *walk)
{
	for (size_t i = 0; i < walk->count; i++)
		free(walk->line[i].value);
	free(walk->line);
	memset(walk, 0, sizeof(*walk));
}
