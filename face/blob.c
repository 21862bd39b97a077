// SPDX-License-Identifier: BSD-2-Clause
/* Bytes that several readers hold: what one opened file shows does not change while it is read. */
#include "blob.h"

#include <stdlib.h>

struct tally_blob *tally_blob_own(uint8_t *memory, size_t size)
{
	struct tally_blob *blob = calloc(1, sizeof(*blob));

	if (!blob) {
		free(memory);
		return NULL;
	}
	atomic_init(&blob->references, 1);
	blob->memory = memory;
	blob->bytes = tally_bytes(memory, size);
	return blob;
}

struct tally_blob *tally_blob_copy(struct tally_bytes bytes)
{
	uint8_t *memory = malloc(bytes.size ? bytes.size : 1);

	if (!memory)
		return NULL;
	if (bytes.size)
		memcpy(memory, bytes.data, bytes.size);
	return tally_blob_own(memory, bytes.size);
}

struct tally_blob *tally_blob_view(struct tally_log_view *view)
{
	struct tally_blob *blob = tally_blob_own(NULL, 0);

	if (!blob) {
		tally_log_view_done(view);
		return NULL;
	}
	blob->view = *view;
	blob->bytes = view->bytes;
	return blob;
}

struct tally_blob *tally_blob_get(struct tally_blob *blob)
{
	if (blob)
		atomic_fetch_add(&blob->references, 1);
	return blob;
}

void tally_blob_put(struct tally_blob *blob)
{
	if (!blob || atomic_fetch_sub(&blob->references, 1) != 1)
		return;
	tally_log_view_done(&blob->view);
	free(blob->memory);
	free(blob);
}
