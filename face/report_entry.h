/* SPDX-License-Identifier: BSD-2-Clause */
/* One entry of report/: its inputs, its generation and the report that was made of them. Sans I/O. */
#ifndef TALLY_FACE_REPORT_ENTRY_H
#define TALLY_FACE_REPORT_ENTRY_H

#include "blob.h"
#include "present.h"

#define TALLY_INBLOB_LIMIT 64
#define TALLY_TEXT_LIMIT 4095 /* bytes of one write to a text attribute that are looked at */
#define TALLY_REPORT_BLOBS 3  /* outblob, auxblob, manifestblob */

/* A reader that waits for a report that another reader is having made. */
struct tally_report_waiter {
	struct tally_report_waiter *next;
	uint64_t version; /* of the inputs that it saw */
};

/* A report that is to be made: a copy of the inputs. */
struct tally_report_making {
	uint64_t version;
	uint8_t report_data[TALLY_REPORT_DATA_BYTES];
};

/* Protected by the lock of its tree. */
struct tally_report_entry {
	const struct tally_present *present;
	uint64_t generation; /* what the file shows: accepted writes, an inblob counting once for each descriptor */
	uint64_t version;    /* one more with every change of the inputs */
	uint8_t inblob[TALLY_INBLOB_LIMIT];
	size_t inblob_size;
	unsigned privlevel;
	bool is_foreign_service;		     /* service_provider is set, and not to svsm */
	uint64_t made_version;			     /* the inputs that the blobs were made of */
	struct tally_blob *blob[TALLY_REPORT_BLOBS]; /* NULL: not made */
	unsigned making_count;	 /* reports that are being made, of inputs that may have changed since */
	uint64_t making_version; /* of the newest of them */
	struct tally_report_waiter *waiting;
};

void tally_report_entry_init(struct tally_report_entry *entry, const struct tally_present *present);
void tally_report_entry_done(struct tally_report_entry *entry);

/* A write(2) to privlevel or a service_ file. 0, -EINVAL or -ERANGE; a malformed GUID counts all the same, as in Linux. */
int tally_report_entry_store(struct tally_report_entry *entry, enum tally_report_file file, struct tally_bytes text);

/* An inblob is complete. is_again: it goes on with what the same descriptor committed last, and does not count again. */
void tally_report_entry_commit(struct tally_report_entry *entry, struct tally_bytes inblob, bool is_again);

/* The text of provider, generation and privlevel_floor, with its newline. ret has room for TALLY_TEXT_LIMIT + 1 bytes. */
size_t tally_report_entry_text(const struct tally_report_entry *entry, const char *provider,
			       enum tally_report_file file, char *ret);

enum tally_report_answer {
	TALLY_REPORT_READY = 0, /* *ret_blob is the caller's */
	TALLY_REPORT_MAKE,	/* the caller makes it, as *ret_making says, and calls tally_report_entry_finish */
	TALLY_REPORT_WAIT	/* the waiter is the entry's until tally_report_entry_finish hands it back */
};

/* A blob is read. An answer, or -EINVAL where the inputs give no report. */
int tally_report_entry_ask(struct tally_report_entry *entry, enum tally_report_file file,
			   struct tally_report_waiter *waiter, struct tally_blob **ret_blob,
			   struct tally_report_making *ret_making);

/*
 * The report was made, or was not: blobs is NULL then. They are kept for other readers unless the inputs have changed.
 * Returns those who wait for it: they saw the same inputs, and share a failure too.
 */
struct tally_report_waiter *tally_report_entry_finish(struct tally_report_entry *entry,
						      const struct tally_report_making *making,
						      struct tally_blob *const blobs[TALLY_REPORT_BLOBS]);

#endif
