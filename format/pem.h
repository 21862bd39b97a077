/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* PEM: blocks of base64 between lines that name them. spec: RFC 7468, strictly, white space between blocks */
#ifndef TALLY_FORMAT_PEM_H
#define TALLY_FORMAT_PEM_H

#include "../core/cursor.h"

#define TALLY_PEM_CERTIFICATE "CERTIFICATE"
#define TALLY_PEM_CRL "X509 CRL"

/* Text that has one block at least: its first characters, behind white space. */
bool tally_pem_is(struct tally_bytes text);

/*
 * The next block. false: none is left, or a failure latched in text: TALLY_DISORDER for anything but white space
 * outside of blocks, for another label, or for an end without its begin; what tally_base64_read says of the rest.
 * room must hold TALLY_BASE64_ROOM of what is left; *ret lies in it.
 */
bool tally_pem_next(struct tally_cursor *text, const char *label, struct tally_span room, struct tally_bytes *ret);

/* The same, and *ret is what stands between its lines: base64 that nobody has looked at yet. */
bool tally_pem_next_body(struct tally_cursor *text, const char *label, struct tally_bytes *ret);

#endif
