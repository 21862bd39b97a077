/* SPDX-License-Identifier: BSD-2-Clause */
/* Open files: what each shows its reader, and what its writer has not finished. */
#ifndef TALLY_FACE_HANDLE_H
#define TALLY_FACE_HANDLE_H

#include "caller.h"
#include "request.h"
#include "tree.h"

#define TALLY_HANDLE_BUCKETS 1024
#define TALLY_HELD_QUOTA \
	(UINT64_C(512) * 1024 * 1024) /* bytes that the open files of one user hold, without a policy */

struct tally_handles;

/*
 * One open file. references counts the table, until it is closed, and work under way. Protected by the lock of its
 * tree.
 */
struct tally_handle {
	struct tally_handle *next;
	uint64_t id;
	unsigned references;
	struct tally_node node;	    /* its entry is counted */
	struct tally_caller caller; /* who opened it, with the rights of then */
	bool can_read;
	bool can_write;
	struct tally_request_session *session; /* of the transaction file; NULL for others */
	struct tally_blob *content;	       /* what is read: of one instant */
	uint64_t held_size;		       /* of it that is charged to the user */
	uint8_t inblob[TALLY_INBLOB_LIMIT];
	size_t inblob_size;
	bool is_dirty;	    /* written to since the last commit */
	bool has_committed; /* a commit of this file was counted */
	uint64_t committed; /* version of the inputs since its last commit */
};

/* Ids are not used again, not even by the next server, so that a file that the last one opened is not mistaken for ours. */
struct tally_handles {
	struct tally_tree *tree;
	uint64_t next_id;
	struct tally_handle *bucket[TALLY_HANDLE_BUCKETS];
};

void tally_handles_init(struct tally_handles *handles, struct tally_tree *tree);
void tally_handles_done(struct tally_handles *handles);

/* As tally_tree_number: ids of open files. */
void tally_handles_number(struct tally_handles *handles, uint32_t incarnation);

/*
 * open(2), with its flags; O_DIRECTORY for opendir(3). -EACCES for what the mode does not admit, from root too, or who may ask
 * for nothing in the transaction file; -EPERM for tcg_map; -EDQUOT.
 */
int tally_handle_open(struct tally_handles *handles, uint64_t number, int flags, const struct tally_caller *caller,
		      struct tally_handle **ret);

/* The handle of an id, with a reference; NULL for one that this server did not open. */
struct tally_handle *tally_handle_get(struct tally_handles *handles, uint64_t id);
void tally_handle_put(struct tally_handles *handles, struct tally_handle *handle);

/* The last close(2): it leaves the table. tally_handles_release: by its id, of which there may be none. */
void tally_handle_close(struct tally_handles *handles, struct tally_handle *handle);
void tally_handles_release(struct tally_handles *handles, uint64_t id);

/* The content, counted, as it was first read; NULL if it was not, or must be read anew at this offset. */
struct tally_blob *tally_handle_content(struct tally_handles *handles, struct tally_handle *handle, uint64_t offset);

/* Keep content for the next read. Takes the blob over. -EDQUOT if the user holds too much. */
int tally_handle_keep(struct tally_handles *handles, struct tally_handle *handle, struct tally_blob *content);

/* write(2) to inblob: buffered. -EFBIG, which makes a commit due all the same. */
int tally_handle_buffer(struct tally_handles *handles, struct tally_handle *handle, uint64_t offset,
			struct tally_bytes bytes);

/* close(2) of a descriptor of this file: what was buffered is committed. */
void tally_handle_flush(struct tally_handles *handles, struct tally_handle *handle);

#endif
