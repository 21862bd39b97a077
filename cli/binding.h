/* SPDX-License-Identifier: BSD-2-Clause */
/* What evidence is bound to: nonces and keys, as a command line gives them. */
#ifndef TALLY_CLI_BINDING_H
#define TALLY_CLI_BINDING_H

#include "input.h"

/* The nonce of --nonce: 32 to 64 bytes. Ended by tally_input_done; no bytes if the option was not given. */
enum tally_exit tally_nonce_read(struct tally_cli *cli, struct tally_input *ret);

/* The same without a look at its size: in modes other than ours it may be shorter. */
enum tally_exit tally_nonce_read_raw(struct tally_cli *cli, struct tally_input *ret);

#define TALLY_KEY_HASH_SIZE 48 /* SHA-384 */

/* The key of --key-binding TYPE:HEX; type is empty if it was not given. Borrows from the command line and itself. */
struct tally_key_binding {
	struct tally_bytes type;
	uint8_t hash[TALLY_KEY_HASH_SIZE];
};

enum tally_exit tally_key_binding_read(struct tally_cli *cli, struct tally_key_binding *ret);

/* The hash, empty if there is no key. */
struct tally_bytes tally_key_binding_hash(const struct tally_key_binding *key);

#endif
