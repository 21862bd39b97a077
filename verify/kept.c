// SPDX-License-Identifier: BSD-2-Clause
/* What was verified once and need not be again. */
#include "kept.h"

#include <stdlib.h>

#include "../core/writer.h"

#define NAME_SIZE 32 /* SHA-256 */
#define HEAD_SIZE 64

struct kept_signature {
	uint8_t name[NAME_SIZE]; /* of everything that the check depends on */
	struct tally_period period;
};

struct kept_key {
	uint8_t name[NAME_SIZE]; /* of the SPKI */
	struct tally_key *key;
};

struct tally_kept {
	struct tally_kept_counts counts;
	size_t signature_count;
	size_t next_signature;
	struct kept_signature signature[TALLY_KEPT_SIGNATURES];
	size_t key_count;
	size_t next_key;
	struct kept_key key[TALLY_KEPT_KEYS];
};

struct tally_kept *tally_kept_new(void)
{
	return calloc(1, sizeof(struct tally_kept));
}

void tally_kept_free(struct tally_kept *kept)
{
	if (!kept)
		return;
	for (size_t i = 0; i < kept->key_count; i++)
		tally_key_free(kept->key[i].key);
	free(kept);
}

struct tally_kept_counts tally_kept_counts(const struct tally_kept *kept)
{
	return kept->counts;
}

static enum tally_status name_bytes(struct tally_bytes bytes, uint8_t ret[NAME_SIZE])
{
	struct tally_hash_job job = { TALLY_SHA256, { bytes }, ret };

	return tally_env_hash(&job, 1);
}

/* The sizes stand in front, so that no two different checks have one name. */
static enum tally_status name_signed(const struct tally_signed_message *what, uint8_t ret[NAME_SIZE])
{
	uint8_t memory[HEAD_SIZE];
	struct tally_writer head = tally_writer(memory, sizeof(memory));
	struct tally_hash_job job = { TALLY_SHA256, { { NULL, 0 }, what->spki, what->signature }, ret };
	uint8_t message[NAME_SIZE];
	enum tally_status status = name_bytes(what->message, message);

	tally_write_le32(&head, what->form);
	tally_write_le32(&head, what->alg);
	tally_write_le64(&head, what->salt_size);
	tally_write_le64(&head, what->spki.size);
	tally_write_le64(&head, what->signature.size);
	tally_write_bytes(&head, tally_bytes(message, sizeof(message)));
	job.parts[0] = tally_written(&head);
	if (status == TALLY_OK)
		status = head.status;
	return status == TALLY_OK ? tally_env_hash(&job, 1) : status;
}

static struct kept_signature *find_signature(struct tally_kept *kept, const uint8_t name[NAME_SIZE])
{
	for (size_t i = 0; i < kept->signature_count; i++)
		if (memcmp(kept->signature[i].name, name, NAME_SIZE) == 0)
			return &kept->signature[i];
	return NULL;
}

static bool is_within(const struct tally_period *period, int64_t time)
{
	return period->from <= time && time <= period->until;
}

static void keep_signature(struct tally_kept *kept, const uint8_t name[NAME_SIZE], const struct tally_period *period)
{
	struct kept_signature *place = find_signature(kept, name);

	if (!place) {
		place = &kept->signature[kept->next_signature];
		kept->next_signature = (kept->next_signature + 1) % TALLY_KEPT_SIGNATURES;
		if (kept->signature_count < TALLY_KEPT_SIGNATURES)
			kept->signature_count++;
	}
	memcpy(place->name, name, NAME_SIZE);
	place->period = *period;
}

enum tally_status tally_kept_key(struct tally_kept *kept, struct tally_bytes spki, const struct tally_key **ret)
{
	struct kept_key *place = &kept->key[kept->next_key];
	struct tally_key *key;
	uint8_t name[NAME_SIZE];
	enum tally_status status = name_bytes(spki, name);

	if (status != TALLY_OK)
		return status;
	for (size_t i = 0; i < kept->key_count; i++)
		if (memcmp(kept->key[i].name, name, NAME_SIZE) == 0) {
			*ret = kept->key[i].key;
			return TALLY_OK;
		}
	status = tally_key_from_spki(spki, &key);
	if (status != TALLY_OK)
		return status;
	if (kept->key_count < TALLY_KEPT_KEYS)
		kept->key_count++;
	else
		tally_key_free(place->key);
	memcpy(place->name, name, NAME_SIZE);
	place->key = key;
	kept->next_key = (kept->next_key + 1) % TALLY_KEPT_KEYS;
	*ret = key;
	return TALLY_OK;
}

static enum tally_status check_now(struct tally_kept *kept, const struct tally_signed_message *what)
{
	struct tally_signature_scheme scheme = { what->form, 0, what->alg, what->salt_size };
	const struct tally_key *key;
	enum tally_status status = tally_kept_key(kept, what->spki, &key);

	if (status != TALLY_OK)
		return status;
	kept->counts.made++;
	/* The form says RSA or a curve, and the signer's certificate or pin says which: both must fit the key. */
	scheme.key = tally_key_kind(key);
	return tally_signature_check(key, &scheme, what->message, what->signature);
}

enum tally_status tally_kept_check(struct tally_kept *kept, const struct tally_signed_message *what,
				   const struct tally_period *period, int64_t time)
{
	bool is_kept = period && is_within(period, time);
	const struct kept_signature *known;
	uint8_t name[NAME_SIZE];
	enum tally_status status;

	if (!is_kept)
		return check_now(kept, what);
	status = name_signed(what, name);
	if (status != TALLY_OK)
		return status;
	known = find_signature(kept, name);
	if (known && is_within(&known->period, time)) {
		kept->counts.spared++;
		return TALLY_OK;
	}
	status = check_now(kept, what);
	if (status == TALLY_OK)
		keep_signature(kept, name, period);
	return status;
}
