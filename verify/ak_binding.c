// SPDX-License-Identifier: BSD-2-Clause
/* Records of activated attestation keys. */
#include "ak_binding.h"
#include "fault.h"

#include <stdlib.h>

#include "../format/bundle.h"
#include "../format/cose.h"

#define PROTECTED_ROOM 128

enum tally_status tally_ak_binding_sign(const struct tally_key *key, const struct tally_ak_binding *binding,
					struct tally_writer *record)
{
	uint8_t header[PROTECTED_ROOM], payload[TALLY_AK_BINDING_ROOM], message[2 * TALLY_AK_BINDING_ROOM];
	struct tally_writer header_writer = tally_writer(header, sizeof(header));
	struct tally_writer payload_writer = tally_writer(payload, sizeof(payload));
	struct tally_writer message_writer = tally_writer(message, sizeof(message));
	struct tally_ak_binding own = *binding;
	uint8_t fingerprint[TALLY_SPKI_SHA256_SIZE];
	uint8_t signature[TALLY_ES384_SIZE];
	uint8_t *spki = NULL;
	enum tally_status status = tally_key_fingerprint(key, fingerprint);

	if (status == TALLY_OK)
		status = tally_key_spki(key, &spki, &own.key_spki.size);
	if (status != TALLY_OK)
		return status;
	own.key_spki.data = spki;
	tally_cose_write_protected(&header_writer, TALLY_COSE_ES384, tally_text(TALLY_MEDIA_AK_BINDING),
				   tally_bytes(fingerprint, sizeof(fingerprint)));
	tally_ak_binding_write(&payload_writer, &own);
	tally_cose_write_tbs(&message_writer, tally_written(&header_writer), tally_written(&payload_writer));
	status = payload_writer.status == TALLY_OK ? message_writer.status : payload_writer.status;
	if (status == TALLY_OK)
		status = tally_sign_es384(key, tally_written(&message_writer), signature);
	if (status == TALLY_OK) {
		tally_cose_write(record, tally_written(&header_writer), tally_written(&payload_writer),
				 tally_bytes(signature, sizeof(signature)));
		status = record->status;
	}
	free(spki);
	return status;
}

/* Envelope, payload and what ties them: type, algorithm, and the key by which the envelope names its signer. */
static enum tally_status read_record(struct tally_bytes record, struct tally_cose_sign1 *ret_cose,
				     struct tally_ak_binding *ret)
{
	enum tally_status status = tally_cose_read(record, ret_cose);

	if (status == TALLY_OK && (ret_cose->alg != TALLY_COSE_ES384 ||
				   !tally_bytes_equal(ret_cose->content_type, tally_text(TALLY_MEDIA_AK_BINDING))))
		status = TALLY_UNSUPPORTED;
	return status == TALLY_OK ? tally_ak_binding_read(ret_cose->payload, ret) : status;
}

/* The input is at fault, not we. */
static bool is_fault_of_record(enum tally_status status)
{
	return status != TALLY_OK && status != TALLY_NO_MEMORY && status != TALLY_CRYPTO;
}

static enum tally_status check_record(const struct tally_cose_sign1 *cose, const struct tally_ak_binding *binding)
{
	uint8_t message[2 * TALLY_AK_BINDING_ROOM];
	struct tally_writer writer = tally_writer(message, sizeof(message));
	struct tally_key *key = NULL;
	enum tally_status status = tally_key_from_spki(binding->key_spki, &key);

	tally_cose_write_tbs(&writer, cose->protected_bytes, cose->payload);
	if (status == TALLY_OK)
		status = writer.status;
	if (status == TALLY_OK)
		status = tally_signature_check(key, &tally_es384, tally_written(&writer), cose->signature);
	tally_key_free(key);
	return status;
}

static bool is_trusted(const struct tally_ak_trust *trust, const uint8_t fingerprint[TALLY_SPKI_SHA256_SIZE])
{
	for (size_t i = 0; i < trust->key_count; i++)
		if (memcmp(trust->key[i], fingerprint, TALLY_SPKI_SHA256_SIZE) == 0)
			return true;
	return false;
}

static bool judge_times(const struct tally_ak_trust *trust, uint64_t made, struct tally_ledger *ledger,
			const char *subject)
{
	uint64_t now = trust->time < 0 ? 0 : (uint64_t)trust->time;
	bool is_past = tally_ledger_rule(ledger, made <= now, TALLY_REASON_TPM_AK_BINDING_TIME, subject,
					 "the key was activated before now", "", NULL, "");

	return is_past && tally_ledger_rule(ledger, trust->max_age == 0 || now - made <= trust->max_age,
					    TALLY_REASON_TPM_AK_BINDING_OLD, subject,
					    "the activation is not older than the policy allows", "", NULL, "");
}

/* For the place of a fault. */
static enum tally_status reread_record(struct tally_bytes input)
{
	struct tally_ak_binding binding;
	struct tally_cose_sign1 cose;

	return read_record(input, &cose, &binding);
}

enum tally_status tally_ak_binding_judge(struct tally_bytes record, const struct tally_ak_trust *trust,
					 struct tally_ledger *ledger, const char *subject, struct tally_ak_binding *ret,
					 bool *ret_holds)
{
	uint8_t fingerprint[TALLY_SPKI_SHA256_SIZE];
	struct tally_ak_binding binding;
	struct tally_cose_sign1 cose;
	struct tally_hash_job job = { TALLY_SHA256, { { NULL, 0 } }, fingerprint };
	enum tally_status status = read_record(record, &cose, &binding);
	bool holds;

	*ret_holds = false;
	if (!tally_ledger_rule(ledger, status == TALLY_OK, TALLY_REASON_TPM_AK_BINDING_MALFORMED, subject,
			       "the record of the activation can be read", "", NULL,
			       tally_fault_text(ledger->arena, reread_record, record, status)))
		return TALLY_OK;
	status = check_record(&cose, &binding);
	if (status != TALLY_OK && !is_fault_of_record(status))
		return status;
	holds = tally_ledger_rule(ledger, status == TALLY_OK, TALLY_REASON_TPM_AK_BINDING_SIGNATURE, subject,
				  "the record is signed by the key in it, with ES384", "", NULL,
				  status == TALLY_OK ? "" : tally_status_message(status));
	job.parts[0] = binding.key_spki;
	status = tally_env_hash(&job, 1);
	if (status != TALLY_OK)
		return status;
	holds &=
		tally_ledger_rule(ledger,
				  is_trusted(trust, fingerprint) &&
					  tally_bytes_equal(cose.key_id, tally_bytes(fingerprint, sizeof(fingerprint))),
				  TALLY_REASON_TPM_AK_BINDING_UNPINNED, subject, "the policy pins that key",
				  tally_arena_print(ledger->arena, "sha256:%s",
						    tally_arena_hex(ledger->arena, tally_bytes(fingerprint, 32))),
				  NULL, "");
	holds &= judge_times(trust, binding.time, ledger, subject);
	*ret = binding;
	*ret_holds = holds;
	return TALLY_OK;
}
