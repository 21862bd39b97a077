// SPDX-License-Identifier: BSD-2-Clause
/* Nonces and keys, checked before anything is asked of a provider. */
#include "binding.h"

#include "../format/binding.h"
#include "problem.h"

enum tally_exit tally_nonce_read_raw(struct tally_cli *cli, struct tally_input *ret)
{
	const char *text = tally_argument(&cli->arguments, "nonce");

	memset(ret, 0, sizeof(*ret));
	return text ? tally_input_open_hex(cli, "the nonce", text, ret) : TALLY_EXIT_OK;
}

enum tally_exit tally_nonce_read(struct tally_cli *cli, struct tally_input *ret)
{
	bool is_given = tally_argument(&cli->arguments, "nonce") != NULL;
	enum tally_exit code = tally_nonce_read_raw(cli, ret);

	if (!is_given)
		return code;
	if (code == TALLY_EXIT_OK && ret->bytes.size < TALLY_NONCE_MIN)
		code = tally_refuse_usage(cli, "the nonce is too short: it has %zu bytes and must have 32 to 64",
					  ret->bytes.size);
	if (code == TALLY_EXIT_OK && ret->bytes.size > TALLY_NONCE_MAX)
		code = tally_refuse_usage(cli, "the nonce is too long: it has %zu bytes and must have 32 to 64",
					  ret->bytes.size);
	return code;
}

enum tally_exit tally_key_binding_read(struct tally_cli *cli, struct tally_key_binding *ret)
{
	const char *text = tally_argument(&cli->arguments, "key-binding");
	const char *colon = text ? strchr(text, ':') : NULL;
	struct tally_bytes hex = tally_text(colon ? colon + 1 : NULL);

	memset(ret, 0, sizeof(*ret));
	if (!text)
		return TALLY_EXIT_OK;
	if (!colon || colon == text || hex.size != 2 * TALLY_KEY_HASH_SIZE || !tally_hex_read(hex, ret->hash))
		return tally_refuse_usage(cli, "--key-binding is TYPE:HEX, where HEX is the SHA-384 of the key: 96 hex "
					       "digits");
	ret->type = tally_bytes(text, (size_t)(colon - text));
	return TALLY_EXIT_OK;
}

struct tally_bytes tally_key_binding_hash(const struct tally_key_binding *key)
{
	return tally_bytes(key->hash, key->type.size ? sizeof(key->hash) : 0);
}
