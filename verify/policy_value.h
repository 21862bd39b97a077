/* SPDX-License-Identifier: BSD-2-Clause */
/* The values that policies of evidence are made of. */
#ifndef TALLY_VERIFY_POLICY_VALUE_H
#define TALLY_VERIFY_POLICY_VALUE_H

#include "arena.h"
#include "policy.h"
#include "policy_reader.h"

/* An array with at least one element, or one value that stands for such an array: its size, 0 after a fault. */
size_t tally_policy_list(struct tally_policy_reader *reader, json_t *json);
/* The element at index, or json itself if it is no array. */
json_t *tally_policy_list_get(json_t *json, size_t index);

/* A string; a copy in the arena. */
struct tally_bytes tally_policy_string(struct tally_policy_reader *reader, json_t *json);

/* A whole number from least on. */
uint64_t tally_policy_number(struct tally_policy_reader *reader, json_t *json, uint64_t least);

/* Bits: a whole number, or a string "0x" and up to 16 hex digits. */
uint64_t tally_policy_bits(struct tally_policy_reader *reader, json_t *json);

/* A string of hex digits, not empty. */
struct tally_bytes tally_policy_hex(struct tally_policy_reader *reader, json_t *json);

/* One digest: "sha256:hex", or hex whose length says which (40 sha1, 64 sha256, 96 sha384, 128 sha512). */
void tally_policy_digest(struct tally_policy_reader *reader, json_t *json, struct tally_digest *ret);

/* One digest or a list of them, one for each bank that is to be compared; SHA-1 only beside another. */
void tally_policy_digests(struct tally_policy_reader *reader, json_t *json, struct tally_digests *ret);

/*
 * The member key of an object, which must be there: one or more fingerprints "sha256:hex", such as those of keys and
 * certificates. NULL after a fault.
 */
const uint8_t (*tally_policy_pins(struct tally_policy_reader *reader, json_t *json, const char *key,
				  size_t *ret_count))[32];

/* JSON as the file has it, on one line. */
const char *tally_policy_spelling(struct tally_policy_reader *reader, json_t *json);

/* The section "collateral". policy_collateral.c */
struct tally_collateral_policy;
void tally_policy_collateral(struct tally_policy_reader *reader, json_t *json, struct tally_collateral_policy *ret);

/* The rule of the register or claim called name. policy_register.c, policy_claim.c */
void tally_policy_register(struct tally_policy_reader *reader, const char *name, json_t *json,
			   struct tally_register_rule *ret);
void tally_policy_claim(struct tally_policy_reader *reader, const char *name, json_t *json,
			struct tally_claim_rule *ret);

#endif
