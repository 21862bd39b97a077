// SPDX-License-Identifier: BSD-2-Clause
/* Streamed digests by OpenSSL. */
#include "stream.h"

#include <stdlib.h>

#include <openssl/evp.h>

struct tally_hash_stream {
	EVP_MD_CTX *context;
	uint16_t alg;
};

/* NULL if not known. */
static const EVP_MD *stream_md(uint16_t alg)
{
	switch (alg) {
	case TALLY_SHA1:
		return EVP_sha1();
	case TALLY_SHA256:
		return EVP_sha256();
	case TALLY_SHA384:
		return EVP_sha384();
	case TALLY_SHA512:
		return EVP_sha512();
	case TALLY_SM3_256:
		return EVP_sm3();
	default:
		return NULL;
	}
}

enum tally_status tally_hash_stream_new(uint16_t alg, struct tally_hash_stream **ret)
{
	const EVP_MD *md = stream_md(alg);
	struct tally_hash_stream *stream;

	if (!md)
		return TALLY_UNKNOWN_ALGORITHM;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return TALLY_NO_MEMORY;
	stream->alg = alg;
	stream->context = EVP_MD_CTX_new();
	if (stream->context && EVP_DigestInit_ex(stream->context, md, NULL) == 1) {
		*ret = stream;
		return TALLY_OK;
	}
	tally_hash_stream_free(stream);
	return TALLY_CRYPTO;
}

enum tally_status tally_hash_stream_add(struct tally_hash_stream *stream, struct tally_bytes bytes)
{
	return EVP_DigestUpdate(stream->context, bytes.data, bytes.size) == 1 ? TALLY_OK : TALLY_CRYPTO;
}

enum tally_status tally_hash_stream_digest(struct tally_hash_stream *stream, struct tally_digest *ret)
{
	uint8_t bytes[EVP_MAX_MD_SIZE];
	unsigned size = 0;

	if (EVP_DigestFinal_ex(stream->context, bytes, &size) != 1)
		return TALLY_CRYPTO;
	return tally_digest_set(ret, stream->alg, tally_bytes(bytes, size));
}

void tally_hash_stream_free(struct tally_hash_stream *stream)
{
	if (!stream)
		return;
	EVP_MD_CTX_free(stream->context);
	free(stream);
}
