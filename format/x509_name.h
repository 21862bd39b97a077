/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What certificates and revocation lists have in common: names, algorithms, extensions. */
#ifndef TALLY_FORMAT_X509_NAME_H
#define TALLY_FORMAT_X509_NAME_H

#include "x509.h"

/* A Name: its DER, and its common name if it has exactly one. */
struct tally_bytes tally_x509_read_name(struct tally_cursor *cursor, struct tally_bytes *ret_common_name);

/* AlgorithmIdentifier of a signature. */
struct tally_x509_algorithm tally_x509_read_algorithm(struct tally_cursor *cursor);

/* The next extension of a list. */
struct tally_x509_extension tally_x509_read_extension(struct tally_cursor *cursor);

/* A non-empty SEQUENCE of extensions, none of them twice: its content. */
struct tally_bytes tally_x509_read_extensions(struct tally_cursor *cursor);

/* The signed part, its algorithm and the signature: what encloses both kinds. Returns the signed part to be read. */
struct tally_cursor tally_x509_read_signed(struct tally_cursor *cursor, struct tally_bytes *ret_tbs,
					   struct tally_bytes *ret_algorithm, struct tally_bytes *ret_signature);

/* The end of both: the algorithm inside is the one outside, and nothing follows. */
TALLY_MUST_CHECK enum tally_status tally_x509_end(struct tally_cursor *cursor, struct tally_cursor *tbs,
						  struct tally_bytes outer, struct tally_bytes inner);

#endif
