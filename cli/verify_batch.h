/* SPDX-License-Identifier: BSD-2-Clause */
/* tally verify --batch: many pieces of evidence in one process, one JSON line each, in their order. */
#ifndef TALLY_CLI_VERIFY_BATCH_H
#define TALLY_CLI_VERIFY_BATCH_H

#include "verify_case.h"
#include "verify_result.h"

/* Operands, or lines "FILE [NONCE]" on standard input. 4 if any is malformed, else 1 if any is rejected. */
enum tally_exit tally_verify_batch(struct tally_cli *cli, struct tally_case *c, const struct tally_result *result);

#endif
