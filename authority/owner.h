/* SPDX-License-Identifier: BSD-2-Clause */
/* The inside of an open authority, shared by the files of this folder. */
#ifndef TALLY_AUTHORITY_OWNER_H
#define TALLY_AUTHORITY_OWNER_H

#include <pthread.h>
#include <sys/types.h>

#include "authority.h"
#include "cache.h"
#include "directory.h"
#include "history.h"
#include "../format/log_reader.h"
#include "../format/once_list.h"

/* Memory that grows and is kept from call to call. */
struct tally_scratch {
	uint8_t *data;
	size_t capacity;
};

#define TALLY_SIGNER_LIMIT 8

/* Instances that only make reports; mutex protects those that are free and how many are not. */
struct tally_signers {
	unsigned limit; /* 0: reports are made by the authority's own instance, and extends wait for them */
	struct tally_provider_options options;
	pthread_mutex_t mutex;
	pthread_cond_t change;
	unsigned busy_count;
	unsigned free_count;
	void *instance[TALLY_SIGNER_LIMIT];
};

/*
 * mutex protects everything below it; the directory's lock, held from
 * tally_owner_begin to tally_owner_end, protects the files. While it is held, history
 * covers the whole log and knows the slot.
 */
struct tally_authority {
	const struct tally_provider *provider;
	void *instance;
	const struct tally_register_set *registers;
	size_t runtime_count;
	struct tally_directory directory;
	uint64_t capacity; /* of a log that is created */
	bool is_reader;
	bool is_durable; /* registers outlive the boot: sync the intent and the log */
	uint8_t boot_id[TALLY_BOOT_ID_SIZE];
	unsigned forks;				    /* of the process that opened it: a child must not use it */
	char self[sizeof("4294967295:4294967295")]; /* "uid:gid" of who opened it */

	struct tally_signers signers;

	pthread_mutex_t mutex;
	int lock;
	int log_fd; /* -1 until the log is there */
	uint64_t log_device;
	uint64_t log_inode;
	uint64_t room;	 /* bytes of the log file that are allocated */
	uint64_t synced; /* bytes of it that are known to be on stable storage, where registers outlive the boot */
	int intent_fd;
	uint64_t intent_number; /* of the record of the newest intent that was applied */
	bool slot_is_present;	/* the intent file is not empty */
	bool is_stale;		/* a failure left history half done: begin anew */
	struct tally_history history;
	struct tally_cache cache;
	struct tally_scratch slot;   /* the slot as written or read, while it is pending */
	struct tally_intent intent;  /* what it says: borrows from there */
	struct tally_scratch record; /* the record being built or read */
	struct tally_scratch content;
};

/* At least size bytes; TALLY_NO_MEMORY. What was in it stays. */
TALLY_MUST_CHECK enum tally_status tally_scratch_grow(struct tally_scratch *scratch, size_t size);

/* --- owner.c --- */

/* Take the mutex alone. TALLY_DEADLINE; TALLY_INVALID in a child of the process that opened it. */
TALLY_MUST_CHECK enum tally_status tally_owner_enter(struct tally_authority *owner, tally_deadline deadline,
						     struct tally_problem *problem);
void tally_owner_leave(struct tally_authority *owner);

/* Take the mutex and the lock, catch up with the log, cut a torn tail, place the slot, begin a new log if need be. */
TALLY_MUST_CHECK enum tally_status tally_owner_begin(struct tally_authority *owner, tally_deadline deadline,
						     struct tally_problem *problem);
void tally_owner_end(struct tally_authority *owner);

/* Everything that opening is before the log is looked at. *ret is freed with tally_authority_close. */
TALLY_MUST_CHECK enum tally_status tally_owner_prepare(const struct tally_authority_options *options,
						       struct tally_authority **ret, struct tally_problem *problem);

/* As tally_owner_begin, but mutex and lock are kept where it answers TALLY_CORRUPT: for tally_owner_end. */
TALLY_MUST_CHECK enum tally_status tally_owner_begin_damaged(struct tally_authority *owner, tally_deadline deadline,
							     struct tally_problem *problem);

/* Open the log that was just put in place, and catch up with it. */
TALLY_MUST_CHECK enum tally_status tally_owner_open_log(struct tally_authority *owner,
							const struct tally_file_facts *found, tally_deadline deadline,
							struct tally_problem *problem);

/* Settle the slot, then every register. TALLY_TRY_AGAIN if one does not hold still. */
TALLY_MUST_CHECK enum tally_status tally_owner_settle_all(struct tally_authority *owner, tally_deadline deadline,
							  struct tally_problem *problem);

/* --- signers.c: reports --- */

void tally_signers_init(struct tally_signers *signers, unsigned limit, const struct tally_provider_options *options);
void tally_signers_done(struct tally_signers *signers, const struct tally_provider *provider);

/* A report, made beside extends where there are signers. As the provider's report; TALLY_DEADLINE. */
TALLY_MUST_CHECK enum tally_status tally_owner_report(struct tally_authority *owner,
						      const uint8_t report_data[TALLY_REPORT_DATA_BYTES],
						      struct tally_bytes nonce, tally_deadline deadline,
						      struct tally_report *ret, struct tally_problem *problem);

/* --- store.c: the log file --- */

/* Read what the log holds beyond the history and cut a torn tail. TALLY_CORRUPT, with nothing changed, if it is damaged. */
TALLY_MUST_CHECK enum tally_status tally_store_catch_up(struct tally_authority *owner, uint64_t size,
							struct tally_problem *problem);

/* Apply one record to the history; with the list of once names where the log begins with a trim. */
TALLY_MUST_CHECK enum tally_status tally_store_apply(struct tally_authority *owner, const struct tally_record *record,
						     struct tally_problem *problem);

/* What tally_store_apply answers where the record is not what is wrong: memory, hashes, or the list of once names. */
bool tally_store_is_failure(enum tally_status status);

/* Room for size more bytes and for what must always fit; TALLY_FULL. record_size: of the largest record among them. */
TALLY_MUST_CHECK enum tally_status tally_store_reserve(struct tally_authority *owner, uint64_t size, size_t record_size,
						       struct tally_problem *problem);

/* Append one encoded record, numbered history.next, and apply it. A failure leaves no part of it behind where that is possible. */
TALLY_MUST_CHECK enum tally_status tally_store_append(struct tally_authority *owner, const struct tally_record *record,
						      struct tally_problem *problem);

/* Append a control record of this register, whose content is in owner->content. */
TALLY_MUST_CHECK enum tally_status tally_store_append_control(struct tally_authority *owner, size_t reg,
							      size_t content_size, struct tally_problem *problem);

/* The record that begins at this offset of the log, read into owner->record. */
TALLY_MUST_CHECK enum tally_status tally_store_read(struct tally_authority *owner, uint64_t offset,
						    struct tally_record *ret, struct tally_problem *problem);

/* --- log_view.c --- */

/* The log file as it is now, whatever its tail; then, in what was mapped, its whole records alone. */
TALLY_MUST_CHECK enum tally_status tally_log_view_map(const struct tally_authority *owner, struct tally_log_view *ret,
						      int *ret_fd, struct tally_problem *problem);
TALLY_MUST_CHECK enum tally_status tally_log_view_shorten(const struct tally_authority *owner, int fd,
							  struct tally_log_view *view);

/* --- torn.c --- */

/* rest, where record number next should be, is the beginning of one record and no damage. slot may be NULL. */
bool tally_tail_is_torn(const struct tally_register_set *registers, struct tally_bytes rest, uint64_t next,
			const struct tally_slot_seen *slot);

/* --- slot.c: the intent file --- */

/* What is open is opened anew by the next load. */
void tally_slot_close(struct tally_authority *owner);

/* Read the intent file into the history. */
TALLY_MUST_CHECK enum tally_status tally_slot_load(struct tally_authority *owner, struct tally_problem *problem);

/* Write a slot around the encoded record, which is numbered history.next; the history then holds its open attempt. */
TALLY_MUST_CHECK enum tally_status tally_slot_write(struct tally_authority *owner, const struct tally_record *record,
						    struct tally_problem *problem);

TALLY_MUST_CHECK enum tally_status tally_slot_clear(struct tally_authority *owner, struct tally_problem *problem);

/* Move the slot's file to another name, or one like it that is free; a new slot is empty. */
TALLY_MUST_CHECK enum tally_status tally_slot_move(struct tally_authority *owner, const char *to,
						   struct tally_problem *problem);

/* Put a foreign slot aside. */
TALLY_MUST_CHECK enum tally_status tally_slot_put_aside(struct tally_authority *owner, struct tally_problem *problem);

/* --- boot.c --- */

/* The log is of another boot: go on with it if the registers show that they did, else begin a new one. */
TALLY_MUST_CHECK enum tally_status tally_boot_check(struct tally_authority *owner, tally_deadline deadline,
						    struct tally_problem *problem);

/* The log is damaged, TALLY_CORRUPT: of another boot that is how a power loss leaves it, so it is moved aside. */
TALLY_MUST_CHECK enum tally_status tally_boot_check_damaged(struct tally_authority *owner, tally_deadline deadline,
							    struct tally_problem *problem);

/* Write and open a log that begins here. */
TALLY_MUST_CHECK enum tally_status tally_boot_begin_log(struct tally_authority *owner, tally_deadline deadline,
							struct tally_problem *problem);

/* Some register with events of this history stands where they led, and not where a gap did: it goes on in this boot. */
TALLY_MUST_CHECK enum tally_status tally_boot_goes_on(struct tally_authority *owner, struct tally_history *history,
						      tally_deadline deadline, bool *ret,
						      struct tally_problem *problem);

/* Write log.new: a header, and a base for every register that does not stand at its reset value. */
TALLY_MUST_CHECK enum tally_status tally_boot_write_log(struct tally_authority *owner, tally_deadline deadline,
							struct tally_problem *problem);

/* Write log.new: these records. */
TALLY_MUST_CHECK enum tally_status tally_boot_copy_log(struct tally_authority *owner, struct tally_bytes records,
						       struct tally_problem *problem);

/* Put log.new in the place of the log. What is open is the old one. */
TALLY_MUST_CHECK enum tally_status tally_boot_rename_log(struct tally_authority *owner, struct tally_problem *problem);

/* Open the log that was put in place. */
TALLY_MUST_CHECK enum tally_status tally_boot_open_log(struct tally_authority *owner, tally_deadline deadline,
						       struct tally_problem *problem);

/* Put log.new in the place of the log, and open it. */
TALLY_MUST_CHECK enum tally_status tally_boot_put_log(struct tally_authority *owner, tally_deadline deadline,
						      struct tally_problem *problem);

/* --- recover.c --- */

/* Open log.new as if it were the log, and read it. Until it is put in place, a failure leaves the owner stale. */
TALLY_MUST_CHECK enum tally_status tally_recover_open_new(struct tally_authority *owner, struct tally_problem *problem);

/* A gap for every register that the open log does not explain: records were lost, and their once names with them. */
TALLY_MUST_CHECK enum tally_status tally_recover_append_gaps(struct tally_authority *owner,
							     const uint8_t damage[TALLY_HEAD_SIZE],
							     tally_deadline deadline, uint64_t *ret_count,
							     struct tally_problem *problem);

/* --- once.c: names that were trimmed --- */

/*
 * Lend the list beside a log that begins with trim record `number` to the history, until tally_once_unload:
 * an empty one if there is none. *ret_memory is NULL or for tally_once_unload.
 */
TALLY_MUST_CHECK enum tally_status tally_once_load(struct tally_authority *owner, uint64_t number, uint8_t **ret_memory,
						   struct tally_problem *problem);
void tally_once_unload(struct tally_authority *owner, uint8_t *memory);

/* The entry at this offset of the list; it points into owner->content. */
TALLY_MUST_CHECK enum tally_status tally_once_read(struct tally_authority *owner, uint64_t offset,
						   struct tally_once_name *ret, struct tally_problem *problem);

/*
 * Write the list for a trim with this number: the names of the list before, and of these records. Its SHA-384 is
 * for the trim record: *ret_size bytes, none if there are no names.
 */
TALLY_MUST_CHECK enum tally_status tally_once_store(struct tally_authority *owner, uint64_t number,
						    struct tally_bytes records, uint8_t ret_digest[TALLY_HEAD_SIZE],
						    size_t *ret_size, struct tally_problem *problem);

/* Remove the lists of other trims than this. */
void tally_once_remove_others(struct tally_authority *owner, uint64_t number);

/* --- attach.c --- */

/*
 * Open a log that others wrote, with the room that it needs to be replayed: *ret_scratch is NULL or for free(). What
 * can't be read is told as `what`.
 */
TALLY_MUST_CHECK enum tally_status tally_owner_open_foreign(const char *what, struct tally_bytes log,
							    enum tally_log_format format, struct tally_log_reader *ret,
							    void **ret_scratch, struct tally_problem *problem);

/* --- extend.c --- */

/* Pin the register's open jumps. TALLY_TRY_AGAIN if the pin did not end applied. */
TALLY_MUST_CHECK enum tally_status tally_pin_jumps(struct tally_authority *owner, size_t reg, tally_deadline deadline,
						   struct tally_problem *problem);

/* --- settling.c --- */

/* Settle one register. TALLY_TRY_AGAIN as a decision is TALLY_OK with that decision. */
TALLY_MUST_CHECK enum tally_status tally_settle_register(struct tally_authority *owner, size_t reg,
							 bool extend_succeeded, tally_deadline deadline,
							 enum tally_settle_decision *ret_decision, bool *ret_is_locked,
							 struct tally_problem *problem);

/* Settle the pending slot's register, if there is one: TALLY_TRY_AGAIN if it can't be yet. */
TALLY_MUST_CHECK enum tally_status tally_settle_slot(struct tally_authority *owner, tally_deadline deadline,
						     struct tally_problem *problem);

/* --- commit.c --- */

enum tally_commit_outcome {
	TALLY_COMMIT_APPLIED = 1,
	TALLY_COMMIT_NOT_APPLIED,
	TALLY_COMMIT_OPEN /* aborted, indeterminate, or not settled */
};

/*
 * Slot, extend, settle for one event. TALLY_OK with an outcome once the slot was written, or may have been
 * and can't be cleared; another status before that, with nothing changed. *ret_extend is what the provider's extend returned.
 */
TALLY_MUST_CHECK enum tally_status tally_commit(struct tally_authority *owner, size_t reg,
						const struct tally_digests *digests, struct tally_bytes content,
						tally_deadline deadline, enum tally_commit_outcome *ret_outcome,
						enum tally_status *ret_extend, struct tally_problem *problem);

/* Bytes of a record of this register around so much content. */
size_t tally_record_size(const struct tally_register *reg, size_t content_size);

#endif
