// SPDX-License-Identifier: BSD-2-Clause
/* What our programs spare of OpenSSL's start and end. */
#include "start.h"

#include <openssl/crypto.h>

/*
 * The texts of its errors, which we never print, and taking everything apart at the end, which the kernel does as well:
 * an eighth of the time of a judgement. Its configuration is read as ever: that is where a FIPS provider is chosen.
 */
void tally_crypto_start(void)
{
	/* If this fails, so does whatever needs OpenSSL next, and that is told. */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS | OPENSSL_INIT_NO_ATEXIT, NULL);
}
