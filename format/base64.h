/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Base64, read strictly: one text for every run of bytes, but for line ends where they are allowed. spec: RFC 4648 */
#ifndef TALLY_FORMAT_BASE64_H
#define TALLY_FORMAT_BASE64_H

#include "../core/cursor.h"
#include "../core/writer.h"

enum tally_base64_form {
	TALLY_BASE64_STANDARD = 1, /* with padding */
	TALLY_BASE64_URL,	   /* "-" and "_", no padding */
	TALLY_BASE64_LINES	   /* STANDARD, CR and LF anywhere */
};

/* Bytes that text of this size can hold at most. */
#define TALLY_BASE64_ROOM(text_size) ((text_size) / 4 * 3 + 3)

/*
 * Decode into room, which must hold TALLY_BASE64_ROOM of the text's size. TALLY_NO_SPACE if it does not,
 * TALLY_OUT_OF_RANGE for what is not base64, TALLY_NOT_CANONICAL for bits behind the last byte, TALLY_TRUNCATED for
 * text that ends inside a byte.
 */
TALLY_MUST_CHECK enum tally_status tally_base64_read(struct tally_bytes text, enum tally_base64_form form,
						     struct tally_span room, struct tally_bytes *ret);

/* "-" and "_", no padding. */
void tally_base64_write_url(struct tally_writer *writer, struct tally_bytes bytes);

#endif
