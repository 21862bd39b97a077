// SPDX-License-Identifier: BSD-2-Clause
/* Signed messages of COSE. */
#include "cose.h"

static const struct {
	enum tally_key_kind kind;
	int64_t alg;
	uint16_t hash;
} algorithms[] = {
	{ TALLY_KEY_P256, TALLY_COSE_ES256, TALLY_SHA256 },
	{ TALLY_KEY_P384, TALLY_COSE_ES384, TALLY_SHA384 },
	{ TALLY_KEY_P521, TALLY_COSE_ES512, TALLY_SHA512 },
};

#define ALGORITHM_COUNT (sizeof(algorithms) / sizeof(algorithms[0]))

int64_t tally_cose_algorithm(enum tally_key_kind kind)
{
	for (size_t i = 0; i < ALGORITHM_COUNT; i++)
		if (algorithms[i].kind == kind)
			return algorithms[i].alg;
	return 0;
}

static uint16_t hash_of(int64_t alg)
{
	for (size_t i = 0; i < ALGORITHM_COUNT; i++)
		if (algorithms[i].alg == alg)
			return algorithms[i].hash;
	return 0;
}

/* What was signed, in the arena. */
static enum tally_status signed_bytes(const struct tally_cose_sign1 *message, struct tally_arena *arena,
				      struct tally_bytes *ret)
{
	struct tally_writer writer = tally_writer(NULL, 0);
	size_t size;
	void *data;

	tally_cose_write_tbs(&writer, message->protected_bytes, message->payload);
	size = writer.size;
	data = tally_arena_take(arena, size, 1);
	if (!data)
		return TALLY_NO_MEMORY;
	writer = tally_writer(data, size);
	tally_cose_write_tbs(&writer, message->protected_bytes, message->payload);
	*ret = tally_written(&writer);
	return writer.status;
}

static bool is_our_failure(enum tally_status status)
{
	return status == TALLY_NO_MEMORY || status == TALLY_CRYPTO;
}

enum tally_status tally_cose_check(const struct tally_cose_sign1 *message, struct tally_bytes spki,
				   struct tally_kept *kept, struct tally_arena *arena, struct tally_cose_result *ret)
{
	struct tally_signed_message check = { .spki = spki,
					      .form = TALLY_SIGNATURE_ECDSA_RAW,
					      .alg = hash_of(message->alg),
					      .signature = message->signature };
	const struct tally_key *key;
	enum tally_status status = tally_kept_key(kept, spki, &key);

	memset(ret, 0, sizeof(*ret));
	ret->fault = status;
	if (status != TALLY_OK)
		return is_our_failure(status) ? status : TALLY_OK;
	ret->alg = tally_cose_algorithm(tally_key_kind(key));
	ret->is_fitting = ret->alg != 0 && ret->alg == message->alg;
	if (!ret->is_fitting)
		return TALLY_OK;
	status = signed_bytes(message, arena, &check.message);
	if (status == TALLY_OK)
		status = tally_kept_check(kept, &check, NULL, 0);
	ret->fault = status;
	ret->is_signed = status == TALLY_OK;
	return is_our_failure(status) ? status : TALLY_OK;
}

bool tally_cose_tell(const struct tally_cose_sign1 *message, const struct tally_cose_result *result,
		     const struct tally_cose_case *what, struct tally_ledger *ledger)
{
	bool is_fitting = tally_ledger_rule(ledger, result->is_fitting, what->algorithm, what->subject,
					    "its algorithm is the one of the key", "", NULL,
					    tally_arena_print(ledger->arena, "it is %lld, the key's is %lld",
							      (long long)message->alg, (long long)result->alg));

	return is_fitting && tally_ledger_rule(ledger, result->is_signed, what->signature, what->subject, what->rule,
					       "", NULL, result->is_signed ? "" : tally_status_message(result->fault));
}
