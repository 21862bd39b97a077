/* SPDX-License-Identifier: BSD-2-Clause */
/* Inputs: "-" is standard input, "hex:..." and "base64:..." are the bytes themselves, all else is a path. */
#ifndef TALLY_CLI_INPUT_H
#define TALLY_CLI_INPUT_H

#include "../core/bytes.h"
#include "command.h"

/* What is read from a pipe is held in memory: at most this much. Files of any size are mapped. */
#define TALLY_INPUT_LIMIT (1024 * 1024 * 1024)

/* Bytes and what holds them; ended by tally_input_done. Zero is an input without bytes. */
struct tally_input {
	struct tally_bytes bytes;
	void *heap;
	void *mapping;
};

/* Read an input. what names it in messages: "the log". Says what is wrong and returns its exit code. */
enum tally_exit tally_input_open(struct tally_cli *cli, const char *what, const char *text, struct tally_input *ret);
void tally_input_done(struct tally_input *input);

/* The same, where text that says no form is hex: nonces, digests. */
enum tally_exit tally_input_open_hex(struct tally_cli *cli, const char *what, const char *text,
				     struct tally_input *ret);

/* Decode hex into to, which has room for half as many bytes as digits. False for anything but pairs of hex digits. */
bool tally_hex_read(struct tally_bytes digits, uint8_t *to);

/* Decode base64 of either alphabet, padded or not. to has room for 3 bytes per 4 digits or less. False if it is none. */
bool tally_base64_decode(struct tally_bytes digits, uint8_t *to, size_t *ret_size);

#endif
