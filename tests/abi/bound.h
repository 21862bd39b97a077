/* SPDX-License-Identifier: BSD-2-Clause */
/* Entries of rtmrs/ that are bound to a register, and what its value must be. */
#ifndef TALLY_TESTS_ABI_BOUND_H
#define TALLY_TESTS_ABI_BOUND_H

#include "suite.h"

#define ABI_DIGEST_LIMIT 64

/* A new entry with this index; nobody else may have one while the suite runs. */
struct abi_entry abi_bind(unsigned index);

/* How many registers there are: the first index that is out of range. */
unsigned abi_register_count(void);

/* A register that anybody may extend who may use rtmrs/: the last one. */
unsigned abi_free_register(void);

/* A register whose PCRs are all the firmware's (0 to 7), and which therefore nobody extends through rtmrs/. */
bool abi_is_firmware_register(int dir);

/* Its algorithm, without the newline. */
void abi_hash_algo(int dir, char ret[16]);

struct abi_value {
	char alg[16];
	size_t size;
	uint8_t bytes[ABI_DIGEST_LIMIT];
};

/* What `digest` of an entry reads. */
struct abi_value abi_value_of(int dir);
bool abi_same_value(const struct abi_value *a, const struct abi_value *b);

/* H(value || digest), the digest padded with zeros where the platform does so (TSM_EXTEND_SIZE). */
struct abi_value abi_extended(const struct abi_value *value, const uint8_t *digest);

#endif
