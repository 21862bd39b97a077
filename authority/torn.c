// SPDX-License-Identifier: BSD-2-Clause
/* Telling a torn tail from damage: what a record looks like of which only the beginning was written. */
#include "owner.h"

#include "../format/event.h"

#define ELEMENT_SIZE TALLY_TLV_HEADER_SIZE
#define TEMPLATE_LIMIT 1024
#define EVENT_TYPE_SIZE 4

/* A record of this register with zeros for its digests and no content, and where its variable parts lie. */
struct template
{
	uint8_t bytes[TEMPLATE_LIMIT];
	size_t digests_at;
	size_t content_at; /* the element pcclient_std: tag, length, event type, event data */
	size_t size;
};

static bool template_make(struct template *template, const struct tally_register *reg, uint64_t number)
{
	struct tally_writer writer = tally_writer(template->bytes, sizeof(template->bytes));
	struct tally_record record;

	tally_control_record(&record, number, reg, tally_bytes(NULL, 0));
	tally_cel_write(&writer, &record);
	template->size = writer.size;
	template->digests_at = ELEMENT_SIZE + 8 + ELEMENT_SIZE + 1 + ELEMENT_SIZE;
	template->content_at = writer.size - (ELEMENT_SIZE + ELEMENT_SIZE + EVENT_TYPE_SIZE + ELEMENT_SIZE);
	return writer.status == TALLY_OK;
}

/* Put what may be anything into the template: digests and event type, so far as they are there. */
static void template_fill(struct template *template, const struct tally_digests *banks, struct tally_bytes rest)
{
	size_t type_at = template->content_at + 2 * ELEMENT_SIZE;
	size_t at = template->digests_at;

	for (size_t i = 0; i < banks->count; i++) {
		size_t size = tally_alg_size(banks->digest[i].alg);

		at += ELEMENT_SIZE;
		for (size_t byte = 0; byte < size && at + byte < rest.size; byte++)
			template->bytes[at + byte] = rest.data[at + byte];
		at += size;
	}
	for (size_t byte = 0; byte < EVENT_TYPE_SIZE && type_at + byte < rest.size; byte++)
		template->bytes[type_at + byte] = rest.data[type_at + byte];
}

/* Every byte is the template's, but for the lengths of content and event data. */
static bool template_fits(const struct template *template, struct tally_bytes rest)
{
	size_t content_length_at = template->content_at + 1;
	size_t data_length_at = template->size - 4;

	for (size_t at = 0; at < rest.size && at < data_length_at; at++) {
		bool is_length = at >= content_length_at && at < content_length_at + 4;

		if (!is_length && rest.data[at] != template->bytes[at])
			return false;
	}
	return true;
}

/* The length of an element's value, if all of its header is there. */
static bool length_at(struct tally_bytes rest, size_t at, uint64_t *ret)
{
	struct tally_cursor cursor = tally_cursor(rest);

	(void)tally_read_bytes(&cursor, at + 1);
	*ret = tally_read_be32(&cursor);
	return cursor.status == TALLY_OK;
}

/* Every length that is there says the same of where the record would end. */
static bool lengths_agree(const struct template *template, struct tally_bytes rest)
{
	struct tally_cursor event = tally_cursor(rest);
	uint64_t content;
	uint64_t data;

	if (!length_at(rest, template->content_at, &content))
		return true;
	if (content > TALLY_CONTROL_LIMIT + 64 || content < 2 * ELEMENT_SIZE + EVENT_TYPE_SIZE)
		return false;
	if (!length_at(rest, template->content_at + 2 * ELEMENT_SIZE + EVENT_TYPE_SIZE, &data))
		return true;
	if (content != 2 * ELEMENT_SIZE + EVENT_TYPE_SIZE + data)
		return false;
	(void)tally_read_bytes(&event, template->size);
	if (tally_read_le32(&event) == TALLY_EVENT_TAG_ID) {
		uint64_t tagged = tally_read_le32(&event);

		return event.status != TALLY_OK || tagged + 8 == data;
	}
	return true;
}

/*
 * A torn tail is the beginning of one record, so everything that stands there
 * must fit a record that is numbered next, and its lengths must agree with
 * each other. Damage to one length in the middle of a log looks torn to a
 * parser, but then they don't; nor does the slot if the log once was longer.
 * What the content says is never looked at: a caller chose it.
 */
bool tally_tail_is_torn(const struct tally_register_set *registers, struct tally_bytes rest, uint64_t next,
			const struct tally_slot_seen *slot)
{
	size_t index_at = ELEMENT_SIZE + 8 + ELEMENT_SIZE;
	struct template template;
	int reg = 0;

	if (slot && slot->is_whole && slot->number > next)
		return false;
	if (rest.size > index_at)
		reg = tally_registers_find_number(registers, rest.data[index_at]);
	if (reg < 0 || !template_make(&template, &registers->item[reg], next))
		return false;
	template_fill(&template, &registers->item[reg].reset, rest);
	return template_fits(&template, rest) && lengths_agree(&template, rest);
}
