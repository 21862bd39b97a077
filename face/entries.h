/* SPDX-License-Identifier: BSD-2-Clause */
/* The entries that users made in report/ and rtmrs/. */
#ifndef TALLY_FACE_ENTRIES_H
#define TALLY_FACE_ENTRIES_H

#include <sys/types.h>

#include "report_entry.h"
#include "rtmr_entry.h"

#define TALLY_ENTRY_NAME_LIMIT 255
#define TALLY_ENTRY_BUCKETS 1024

/* One entry. references counts the table (until it is removed), open files and work under way. */
struct tally_entry {
	struct tally_entry *next_of_serial;
	struct tally_entry *next_of_name;
	uint64_t serial; /* never used again, not even by the next server */
	uint64_t parent; /* serial of its directory */
	bool is_rtmr;
	bool is_removed;
	unsigned face;
	uid_t user; /* who made it */
	unsigned references;
	unsigned open_count;
	uint64_t used; /* nanoseconds of CLOCK_MONOTONIC: when it was last touched */
	struct tally_report_entry report;
	struct tally_rtmr_entry rtmr;
	size_t name_size;
	char name[TALLY_ENTRY_NAME_LIMIT + 1];
};

/* Protected by the lock of its tree. */
struct tally_entries {
	uint64_t next_serial;
	size_t count;
	struct tally_entry *by_serial[TALLY_ENTRY_BUCKETS];
	struct tally_entry *by_name[TALLY_ENTRY_BUCKETS];
};

/* first_serial: smaller serials are not the entries'. */
void tally_entries_init(struct tally_entries *entries, uint64_t first_serial);

/* NULL if there is no memory. The name is at most TALLY_ENTRY_NAME_LIMIT bytes and not taken. */
struct tally_entry *tally_entries_add(struct tally_entries *entries, uint64_t parent, const char *name);

/* NULL if there is none. */
struct tally_entry *tally_entries_find(const struct tally_entries *entries, uint64_t serial);
struct tally_entry *tally_entries_find_name(const struct tally_entries *entries, uint64_t parent, const char *name);

/* Take it out of the table, and give the table's reference up. */
void tally_entries_remove(struct tally_entries *entries, struct tally_entry *entry);

/* The last reference frees it. */
void tally_entry_put(struct tally_entry *entry);

/*
 * The user's entry that can go: not open, no work under way, not touched since `before`, no bound register; of these
 * the one that was touched longest ago. NULL if there is none.
 */
struct tally_entry *tally_entries_collectable(const struct tally_entries *entries, uid_t user, uint64_t before);

#endif
