/* SPDX-License-Identifier: BSD-2-Clause */
/* A key as OpenSSL holds it: what this adapter's files share. */
#ifndef TALLY_CRYPTO_KEY_OPENSSL_H
#define TALLY_CRYPTO_KEY_OPENSSL_H

#include <openssl/evp.h>

#include "sign.h"

struct tally_key {
	EVP_PKEY *pkey;
	enum tally_key_kind kind;
	bool is_private;
};

/* OpenSSL keeps a queue of errors per thread; what we leave there would surface in somebody else's report. */
enum tally_status tally_openssl_failure(enum tally_status status);

#endif
