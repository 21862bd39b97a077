// SPDX-License-Identifier: BSD-2-Clause
/* Hashing of files and streams, piece by piece. */
#include "measure.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../crypto/stream.h"

#define PIECE (256 * 1024)

/* Read until the end; the pieces go into stream. */
static enum tally_status hash_pieces(int fd, uint8_t *piece, struct tally_hash_stream *stream,
				     const struct tally_measure_watch *watch, int *ret_error)
{
	enum tally_status status = TALLY_OK;
	uint64_t done = 0;

	while (status == TALLY_OK) {
		ssize_t size = read(fd, piece, PIECE);

		if (size == 0)
			break;
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0) {
			*ret_error = errno;
			return TALLY_SYSTEM;
		}
		status = tally_hash_stream_add(stream, tally_bytes(piece, (size_t)size));
		done += (uint64_t)size;
		if (watch)
			watch->progress(watch->context, done);
	}
	return status;
}

static enum tally_status hash_all(int fd, const struct tally_measure_watch *watch, struct tally_digest *ret,
				  int *ret_error)
{
	struct tally_hash_stream *stream = NULL;
	uint8_t *piece = malloc(PIECE);
	enum tally_status status = piece ? tally_hash_stream_new(TALLY_SHA384, &stream) : TALLY_NO_MEMORY;

	if (status == TALLY_OK)
		status = hash_pieces(fd, piece, stream, watch, ret_error);
	if (status == TALLY_OK)
		status = tally_hash_stream_digest(stream, ret);
	tally_hash_stream_free(stream);
	free(piece);
	return status;
}

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

enum tally_status tally_measure_fd(int fd, const struct tally_measure_watch *watch, struct tally_digest *ret,
				   int *ret_error)
{
	struct tally_digest digest;
	struct stat before, after;
	enum tally_status status;

	if (fstat(fd, &before) != 0) {
		*ret_error = errno;
		return TALLY_SYSTEM;
	}
	status = hash_all(fd, watch, &digest, ret_error);
	if (status != TALLY_OK)
		return status;
	if (S_ISREG(before.st_mode) && (fstat(fd, &after) != 0 || !is_same(&before, &after)))
		return TALLY_TRY_AGAIN;
	*ret = digest;
	return TALLY_OK;
}
