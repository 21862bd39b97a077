// SPDX-License-Identifier: BSD-2-Clause
/* One entry of report/: its inputs, its generation and the report that was made of them. */
#include "report_entry.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "number.h"

#define PRIVLEVEL_LIMIT 3 /* spec: linux-tsm-abi A.2 privlevel */
#define GUID_TEXT_SIZE 36

void tally_report_entry_init(struct tally_report_entry *entry, const struct tally_present *present)
{
	memset(entry, 0, sizeof(*entry));
	entry->present = present;
}

static void drop_blobs(struct tally_report_entry *entry)
{
	for (size_t i = 0; i < TALLY_REPORT_BLOBS; i++) {
		tally_blob_put(entry->blob[i]);
		entry->blob[i] = NULL;
	}
}

void tally_report_entry_done(struct tally_report_entry *entry)
{
	assert(!entry->making_count && !entry->waiting);
	drop_blobs(entry);
}

/* The inputs are others: what was made of the old ones is not theirs. */
static void inputs_changed(struct tally_report_entry *entry, bool counts)
{
	entry->version++;
	if (counts)
		entry->generation++;
	drop_blobs(entry);
}

/* --- writes --- */

static int store_privlevel(struct tally_report_entry *entry, struct tally_bytes text)
{
	unsigned level;
	int error = tally_number_read(text, &level);

	if (error)
		return error;
	if (level < entry->present->privlevel_floor || level > PRIVLEVEL_LIMIT)
		return -EINVAL;
	entry->privlevel = level;
	inputs_changed(entry, true);
	return 0;
}

/* A bare newline unsets it: that is how tsm-report asks without a service. */
static int store_service_provider(struct tally_report_entry *entry, struct tally_bytes text)
{
	if (text.size && text.data[text.size - 1] == '\n')
		text.size--;
	entry->is_foreign_service = text.size && !tally_bytes_equal(text, tally_text("svsm"));
	inputs_changed(entry, true);
	return 0;
}

static bool is_hex(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

/* What follows the GUID is not looked at. */
static bool is_guid(struct tally_bytes text)
{
	if (text.size < GUID_TEXT_SIZE)
		return false;
	for (size_t i = 0; i < GUID_TEXT_SIZE; i++) {
		bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (is_dash ? text.data[i] != '-' : !is_hex(text.data[i]))
			return false;
	}
	return true;
}

/* The side effect comes first: Linux counts the write, and forgets the GUID, before it reads the new one. */
static int store_guid(struct tally_report_entry *entry, struct tally_bytes text)
{
	inputs_changed(entry, true);
	return is_guid(text) ? 0 : -EINVAL;
}

static int store_manifest_version(struct tally_report_entry *entry, struct tally_bytes text)
{
	unsigned version;
	int error = tally_number_read(text, &version);

	if (!error)
		inputs_changed(entry, true);
	return error;
}

int tally_report_entry_store(struct tally_report_entry *entry, enum tally_report_file file, struct tally_bytes text)
{
	if (file == TALLY_REPORT_PRIVLEVEL)
		return store_privlevel(entry, text);
	if (file == TALLY_REPORT_SERVICE_PROVIDER)
		return store_service_provider(entry, text);
	if (file == TALLY_REPORT_SERVICE_GUID)
		return store_guid(entry, text);
	assert(file == TALLY_REPORT_SERVICE_MANIFEST_VERSION);
	return store_manifest_version(entry, text);
}

void tally_report_entry_commit(struct tally_report_entry *entry, struct tally_bytes inblob, bool is_again)
{
	assert(inblob.size <= TALLY_INBLOB_LIMIT);
	if (inblob.size)
		memcpy(entry->inblob, inblob.data, inblob.size);
	entry->inblob_size = inblob.size;
	inputs_changed(entry, !is_again);
}

/* --- reads --- */

size_t tally_report_entry_text(const struct tally_report_entry *entry, const char *provider,
			       enum tally_report_file file, char *ret)
{
	int size;

	if (file == TALLY_REPORT_PROVIDER)
		size = snprintf(ret, TALLY_TEXT_LIMIT, "%s\n", entry->present->name ? entry->present->name : provider);
	else if (file == TALLY_REPORT_GENERATION)
		size = snprintf(ret, TALLY_TEXT_LIMIT, "%" PRIu64 "\n", entry->generation);
	else
		size = snprintf(ret, TALLY_TEXT_LIMIT, "%u\n", entry->present->privlevel_floor);
	return (size_t)size;
}

static bool inputs_are_valid(const struct tally_report_entry *entry)
{
	if (entry->inblob_size == 0 || entry->inblob_size < entry->present->inblob_min)
		return false;
	return !entry->present->takes_svsm || !entry->is_foreign_service;
}

int tally_report_entry_ask(struct tally_report_entry *entry, enum tally_report_file file,
			   struct tally_report_waiter *waiter, struct tally_blob **ret_blob,
			   struct tally_report_making *ret_making)
{
	size_t i = file - TALLY_REPORT_OUTBLOB;

	assert(i < TALLY_REPORT_BLOBS);
	if (!inputs_are_valid(entry))
		return -EINVAL;
	if (entry->blob[i] && entry->made_version == entry->version) {
		*ret_blob = tally_blob_get(entry->blob[i]);
		return TALLY_REPORT_READY;
	}
	if (entry->making_count && entry->making_version == entry->version) {
		waiter->version = entry->version;
		waiter->next = entry->waiting;
		entry->waiting = waiter;
		return TALLY_REPORT_WAIT;
	}
	entry->making_count++;
	entry->making_version = entry->version;
	memset(ret_making, 0, sizeof(*ret_making));
	ret_making->version = entry->version;
	memcpy(ret_making->report_data, entry->inblob, entry->inblob_size);
	return TALLY_REPORT_MAKE;
}

/* Those who wait for this version leave the list. */
static struct tally_report_waiter *take_waiters(struct tally_report_entry *entry, uint64_t version)
{
	struct tally_report_waiter **place = &entry->waiting;
	struct tally_report_waiter *taken = NULL;

	while (*place) {
		struct tally_report_waiter *waiter = *place;

		if (waiter->version != version) {
			place = &waiter->next;
			continue;
		}
		*place = waiter->next;
		waiter->next = taken;
		taken = waiter;
	}
	return taken;
}

struct tally_report_waiter *tally_report_entry_finish(struct tally_report_entry *entry,
						      const struct tally_report_making *making,
						      struct tally_blob *const blobs[TALLY_REPORT_BLOBS])
{
	assert(entry->making_count > 0);
	entry->making_count--;
	if (making->version == entry->making_version)
		entry->making_version = 0; /* no inputs have it */
	if (blobs && making->version == entry->version) {
		drop_blobs(entry);
		for (size_t i = 0; i < TALLY_REPORT_BLOBS; i++)
			entry->blob[i] = tally_blob_get(blobs[i]);
		entry->made_version = making->version;
	}
	return take_waiters(entry, making->version);
}
