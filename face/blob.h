/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that several readers hold: what one opened file shows does not change while it is read. */
#ifndef TALLY_FACE_BLOB_H
#define TALLY_FACE_BLOB_H

#include <stdatomic.h>

#include "../authority/authority.h"

/* Counted; the last tally_blob_put frees it. bytes never change. */
struct tally_blob {
	atomic_uint references;
	struct tally_bytes bytes;
	uint8_t *memory;	    /* freed with free(); may be NULL */
	struct tally_log_view view; /* of a log, where view.mapping is not NULL */
};

/* A copy of bytes; NULL if there is no memory. */
struct tally_blob *tally_blob_copy(struct tally_bytes bytes);

/* Takes memory over, also where it fails: NULL if there is no memory. */
struct tally_blob *tally_blob_own(uint8_t *memory, size_t size);

/* Takes the view over, as tally_blob_own. */
struct tally_blob *tally_blob_view(struct tally_log_view *view);

struct tally_blob *tally_blob_get(struct tally_blob *blob);
void tally_blob_put(struct tally_blob *blob);

#endif
