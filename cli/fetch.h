/* SPDX-License-Identifier: BSD-2-Clause */
/* One file over HTTP, with the patience that its server asks for. */
#ifndef TALLY_CLI_FETCH_H
#define TALLY_CLI_FETCH_H

#include "../core/bytes.h"

#define TALLY_FETCH_SIZE_LIMIT ((size_t)16 * 1024 * 1024)
#define TALLY_FETCH_ATTEMPTS 4
#define TALLY_FETCH_WAIT_LIMIT 60 /* seconds: who asks for more is told to the caller */

struct tally_fetch {
	const char *url;
	const char *header; /* whose value is wanted, too; NULL: none */
	const char *cacert; /* file of the certificates that a server's must end in; NULL: those of the system */
	/* Set by tally_fetch; freed with tally_fetch_done. */
	uint8_t *body;
	size_t size;
	char *value; /* of the header, decoded from percent-encoding; NULL: not there */
	size_t value_size;
	long code;	  /* of HTTP; 0: there was no answer */
	long retry_after; /* seconds that the server still asks for; 0: none */
	char problem[256];
};

/* True if the file is there. */
bool tally_fetch(struct tally_fetch *fetch);
void tally_fetch_done(struct tally_fetch *fetch);

#endif
