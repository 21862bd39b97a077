/* SPDX-License-Identifier: BSD-2-Clause */
/* What a judgement is made of, out of a command line: evidence in any form, policy, nonce, collateral. */
#ifndef TALLY_CLI_VERIFY_CASE_H
#define TALLY_CLI_VERIFY_CASE_H

#include "../verify/verify.h"
#include "../verify/wrap.h"
#include "binding.h"
#include "collateral_store.h"
#include "input.h"

#define TALLY_CASE_ROOTS 8

/* What all pieces of evidence share. Begins with all zeros, ended by tally_case_close. */
struct tally_case {
	struct tally_input policy_file;
	struct tally_input nonce;
	struct tally_key_binding key;
	size_t stored_count;
	struct tally_input stored[TALLY_ARGUMENT_LIMIT];
	struct tally_bytes stored_bytes[TALLY_ARGUMENT_LIMIT];
	struct tally_policy *policy;
	struct tally_store store;
	struct tally_input root_file[TALLY_CASE_ROOTS];
	struct tally_bytes root[TALLY_CASE_ROOTS];
	struct tally_roots roots;
	struct tally_verify_request request;
};

/* Everything but the evidence. */
enum tally_exit tally_case_open(struct tally_cli *cli, struct tally_case *c);
void tally_case_close(struct tally_case *c);

/* One piece of evidence with what the command line names beside it. Ended by tally_piece_close. */
struct tally_piece {
	struct tally_input evidence;
	size_t file_count;
	struct tally_input file[TALLY_WRAP_LOG_LIMIT + 10];
	struct tally_arena *arena;
	struct tally_bytes bundle;
};

enum tally_exit tally_piece_open(struct tally_cli *cli, const char *path, struct tally_piece *piece);
void tally_piece_close(struct tally_piece *piece);

#endif
