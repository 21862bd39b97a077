/* SPDX-License-Identifier: BSD-2-Clause */
/* How a program that is ours from start to end begins to use the library behind crypto/. */
#ifndef TALLY_CRYPTO_START_H
#define TALLY_CRYPTO_START_H

/*
 * Before any other use of crypto/, once: spare what a process of a few milliseconds has no use for. For programs alone;
 * a library must leave such a choice to the program that it is part of.
 */
void tally_crypto_start(void);

#endif
