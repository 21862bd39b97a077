/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The parts of CoVE evidence, each a signed message with its claims. */
#ifndef TALLY_FORMAT_COVE_CLAIMS_H
#define TALLY_FORMAT_COVE_CLAIMS_H

#include "cove_token.h"

/* A COSE_Sign1 whose payload is CBOR. */
TALLY_MUST_CHECK enum tally_status tally_cove_message_read(struct tally_bytes input, struct tally_cose_sign1 *ret);

/* As tally_cove_token_read; *ret must be zeros. */
TALLY_MUST_CHECK enum tally_status tally_cove_platform_read(struct tally_bytes input, struct tally_cove_platform *ret);
TALLY_MUST_CHECK enum tally_status tally_cove_tsm_read(struct tally_bytes input, struct tally_cove_tsm *ret);
TALLY_MUST_CHECK enum tally_status tally_cove_tvm_read(struct tally_bytes input, struct tally_cove_tvm *ret);

#endif
