// SPDX-License-Identifier: BSD-2-Clause
/* The signature checks of one judgement and nothing else, as OpenSSL's manual does them: what a process can't go below. */
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FILE_LIMIT (256 * 1024)

/* Parts of the file, each after its size in little endian. */
static const unsigned char *take_part(const unsigned char **at, size_t *ret_size)
{
	const unsigned char *part = *at + 4;

	*ret_size = (size_t)(*at)[0] | (size_t)(*at)[1] << 8 | (size_t)(*at)[2] << 16 | (size_t)(*at)[3] << 24;
	*at = part + *ret_size;
	return part;
}

static bool check(const unsigned char **at)
{
	size_t key_size, message_size, signature_size;
	const unsigned char *spki = take_part(at, &key_size);
	const unsigned char *message = take_part(at, &message_size);
	const unsigned char *signature = take_part(at, &signature_size);
	EVP_PKEY *key = d2i_PUBKEY(NULL, &spki, (long)key_size);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool holds = key && context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
		     EVP_DigestVerify(context, signature, signature_size, message, message_size) == 1;

	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
	return holds;
}

/* FILE COUNT [ROUNDS]: the file is ours (record-checks.c) and must hold COUNT checks. */
int main(int argc, char **argv)
{
	static unsigned char memory[FILE_LIMIT];
	int file = argc > 2 ? open(argv[1], O_RDONLY) : -1;
	ssize_t size = read(file, memory, sizeof(memory));
	long rounds = argc > 3 ? strtol(argv[3], NULL, 10) : 1;
	long count = 0;

	for (long round = 0; round < rounds; round++) {
		const unsigned char *at = memory;

		for (; size > 0 && at < memory + size; count++)
			if (!check(&at))
				break;
	}
	if (argc > 2 && count == rounds * strtol(argv[2], NULL, 10))
		return 0;
	fprintf(stderr, "bare-openssl: %ld checks held\n", count);
	return 1;
}
