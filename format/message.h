/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What requests and responses have in common: a header, then elements in order. spec: docs/abi/messages.md 1 */
#ifndef TALLY_FORMAT_MESSAGE_H
#define TALLY_FORMAT_MESSAGE_H

#include "tlv.h"

#define TALLY_MESSAGE_VERSION 1
#define TALLY_MESSAGE_HEADER_SIZE 20

struct tally_message_header {
	uint16_t kind;
	uint32_t flags; /* a response's status */
	uint32_t time;	/* milliseconds; zero in a response */
};

/* Read a header whose magic is this: TALLY_UNSUPPORTED for another, or another version. */
void tally_message_open(struct tally_cursor *cursor, const char magic[4], struct tally_message_header *ret);

/*
 * The next element: false at the end and after a failure. *present, zero at first, collects a bit for each tag:
 * TALLY_DUPLICATE, TALLY_DISORDER, and TALLY_OUT_OF_RANGE for a tag outside `allowed`.
 */
bool tally_message_next(struct tally_cursor *cursor, uint32_t allowed, uint32_t *present, struct tally_tlv *ret);

/* A header; tally_commit_be32 with the position that is returned ends the message. */
size_t tally_message_begin(struct tally_writer *writer, const char magic[4], const struct tally_message_header *header);

#endif
