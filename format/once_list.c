// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The stored list of once names, read and written. */
#include "once_list.h"

#include "canonical.h"
#include "event.h"

/* Entries, and the elements of one. spec: docs/formats/log.md 5 */
#define ENTRY_EVENT 0
#define ENTRY_DOUBT 1
#define ELEMENT_ORIGIN 0
#define ELEMENT_NAME 1
#define ELEMENT_NUMBER 2
#define ELEMENT_REGISTER 3
#define ELEMENT_DIGESTS 4

static bool once_is_valid(const struct tally_once_name *name)
{
	return tally_event_origin_is_valid(name->origin) && tally_event_text_is_clean(name->name);
}

static void read_once_event(struct tally_cursor *entry, struct tally_once_name *ret)
{
	ret->number = tally_canonical_integer(entry, tally_tlv_expect(entry, ELEMENT_NUMBER), UINT64_MAX);
	ret->index = (uint32_t)tally_canonical_integer(entry, tally_tlv_expect(entry, ELEMENT_REGISTER), UINT32_MAX);
	tally_canonical_digests(entry, tally_tlv_expect(entry, ELEMENT_DIGESTS), &ret->digests);
}

enum tally_status tally_once_list_read(struct tally_cursor *list, struct tally_once_name *ret)
{
	struct tally_tlv element = tally_tlv_read(list);
	struct tally_cursor entry = tally_cursor(element.value);
	struct tally_once_name name = { .is_doubt = element.tag == ENTRY_DOUBT };

	if (list->status == TALLY_OK && element.tag > ENTRY_DOUBT)
		tally_fail(list, TALLY_UNSUPPORTED);
	name.origin = tally_tlv_expect(&entry, ELEMENT_ORIGIN);
	name.name = tally_tlv_expect(&entry, ELEMENT_NAME);
	if (!name.is_doubt)
		read_once_event(&entry, &name);
	if (entry.status == TALLY_OK && !once_is_valid(&name))
		tally_fail(&entry, TALLY_INVALID);
	tally_leave(list, &entry);
	if (list->status == TALLY_OK)
		*ret = name;
	return list->status;
}

void tally_once_list_write(struct tally_writer *writer, const struct tally_once_name *name)
{
	size_t position = tally_tlv_begin(writer, name->is_doubt ? ENTRY_DOUBT : ENTRY_EVENT);

	if (!once_is_valid(name))
		tally_writer_fail(writer, TALLY_INVALID);
	tally_tlv_write(writer, ELEMENT_ORIGIN, name->origin);
	tally_tlv_write(writer, ELEMENT_NAME, name->name);
	if (!name->is_doubt) {
		tally_tlv_write_integer(writer, ELEMENT_NUMBER, name->number);
		tally_tlv_write_integer(writer, ELEMENT_REGISTER, name->index);
		tally_tlv_write_digests(writer, ELEMENT_DIGESTS, &name->digests);
	}
	tally_tlv_end(writer, position);
}
