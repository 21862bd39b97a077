/* SPDX-License-Identifier: BSD-2-Clause */
/* Signed messages of COSE, right or with something wrong that is signed all the same. */
#ifndef TALLY_TESTS_FORGE_COSE_H
#define TALLY_TESTS_FORGE_COSE_H

#include "pki.h"

/* Zeros are a sound message without a tag, but for key and alg. */
struct forge_cose {
	EVP_PKEY *key;
	int64_t alg;
	bool is_tagged;
	bool has_crit;
	bool has_unprotected_alg; /* beside the protected one */
	bool has_no_alg;
	bool has_alg_twice;
	bool has_key_id; /* unprotected: harmless */
	bool has_indefinite_array;
	enum forge_scalar_damage scalars; /* 0: none */
	bool is_der_signature;
	size_t cut; /* bytes that the signature lacks */
};

/* The message around a payload. Freed with free_bytes. */
struct tally_bytes forge_cose(const struct forge_cose *plan, struct tally_bytes payload);

/* A key as COSE_Key on its curve. Freed with free_bytes. */
struct tally_bytes forge_cose_key(EVP_PKEY *key, int64_t curve, int64_t alg);

/* CBOR into a buffer: heads of the shortest form, and strings. */
void forge_add_cbor_head(struct forge_buffer *buffer, unsigned major, uint64_t argument);
void forge_add_cbor_int(struct forge_buffer *buffer, int64_t value);
void forge_add_cbor_bytes(struct forge_buffer *buffer, struct tally_bytes bytes);
void forge_add_cbor_text(struct forge_buffer *buffer, const char *text);

#endif
