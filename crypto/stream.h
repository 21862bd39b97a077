/* SPDX-License-Identifier: BSD-2-Clause */
/* A digest of bytes that come piece by piece, where core/env.h wants them all at once. */
#ifndef TALLY_CRYPTO_STREAM_H
#define TALLY_CRYPTO_STREAM_H

#include "../core/digest.h"

struct tally_hash_stream;

/* Begin. TALLY_UNKNOWN_ALGORITHM, TALLY_NO_MEMORY, TALLY_CRYPTO. *ret is freed with tally_hash_stream_free. */
TALLY_MUST_CHECK enum tally_status tally_hash_stream_new(uint16_t alg, struct tally_hash_stream **ret);

/* The next piece. TALLY_CRYPTO. */
TALLY_MUST_CHECK enum tally_status tally_hash_stream_add(struct tally_hash_stream *stream, struct tally_bytes bytes);

/* The digest of all pieces; nothing can be added afterwards. TALLY_CRYPTO. */
TALLY_MUST_CHECK enum tally_status tally_hash_stream_digest(struct tally_hash_stream *stream, struct tally_digest *ret);

void tally_hash_stream_free(struct tally_hash_stream *stream);

#endif
