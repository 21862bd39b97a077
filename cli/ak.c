// SPDX-License-Identifier: BSD-2-Clause
/* tally ak: whether an attestation key lives in the TPM whose endorsement key is known. */
#include "ak.h"

#include <stdlib.h>
#include <time.h>

#include "../crypto/tpm_credential.h"
#include "../format/svsm_manifest.h"
#include "../verify/ak_binding.h"
#include "../verify/tpm_key.h"
#include "json.h"
#include "output.h"
#include "problem.h"

#define SECRET_SIZE 32
#define CREDENTIAL_ROOM 1024

/* An answer is expected in the same conversation. */
#define ANSWER_SECONDS 3600

enum tally_exit tally_ak_write(struct tally_cli *cli, const char *what, struct tally_bytes bytes)
{
	json_t *object;

	if (!cli->is_json || tally_output_is_file(cli, "output"))
		return tally_write_binary(cli, "output", what, bytes);
	object = tally_json_object();
	tally_json_set(object, "data", tally_json_hex(bytes));
	tally_json_print(stdout, "tally.ak", object);
	return TALLY_EXIT_OK;
}

/* A public area, with its size before it or without. */
static enum tally_status read_area(struct tally_bytes bytes, struct tally_tpm_public *ret)
{
	enum tally_status status = tally_tpm2b_public_read(bytes, ret);

	return status == TALLY_OK ? status : tally_tpm_public_read(bytes, ret);
}

/* The EK: a public area, or an SVSM's manifest with one. */
static enum tally_status read_ek(struct tally_bytes bytes, struct tally_tpm_public *ret)
{
	struct tally_svsm_manifest manifest;
	enum tally_status status;

	if (!tally_svsm_is_manifest(bytes))
		return read_area(bytes, ret);
	status = tally_svsm_manifest_read(bytes, &manifest);
	return status == TALLY_OK ? read_area(manifest.vtpm, ret) : status;
}

/* The AK's name: as it is, or that of a public area. */
static enum tally_status read_ak(struct tally_bytes bytes, uint8_t ret[TALLY_TPM_NAME_LIMIT], size_t *ret_size)
{
	struct tally_cursor cursor = tally_cursor(bytes);
	size_t size = tally_alg_size(tally_read_be16(&cursor));
	struct tally_tpm_public area;
	enum tally_status status;

	if (size && cursor.left.size == size) {
		memcpy(ret, bytes.data, bytes.size);
		*ret_size = bytes.size;
		return TALLY_OK;
	}
	status = read_area(bytes, &area);
	return status == TALLY_OK ? tally_tpm_public_name(&area, ret, ret_size) : status;
}

/* What a challenge is made from. */
struct challenge {
	struct tally_tpm_public ek;
	uint8_t ek_name[TALLY_TPM_NAME_LIMIT];
	size_t ek_name_size;
	uint8_t ak_name[TALLY_TPM_NAME_LIMIT];
	size_t ak_name_size;
	uint8_t secret[SECRET_SIZE];
	uint8_t blob[CREDENTIAL_ROOM];
	uint8_t seed[CREDENTIAL_ROOM];
	uint8_t message[2 * CREDENTIAL_ROOM + 16];
};

/* The challenge itself: a file of tpm2_makecredential's. */
static enum tally_status encrypt_secret(struct challenge *challenge, struct tally_bytes *ret)
{
	struct tally_writer blob = tally_writer(challenge->blob, sizeof(challenge->blob));
	struct tally_writer seed = tally_writer(challenge->seed, sizeof(challenge->seed));
	struct tally_writer message = tally_writer(challenge->message, sizeof(challenge->message));
	struct tally_credential_key ek = { NULL, challenge->ek.name_alg, challenge->ek.symmetric_bits };
	struct tally_tpm_credential credential;
	struct tally_key *key = NULL;
	enum tally_status status = tally_tpm_key_from_area(&challenge->ek, &key);

	ek.key = key;
	if (status == TALLY_OK)
		status = tally_credential_make(&ek, tally_bytes(challenge->ak_name, challenge->ak_name_size),
					       tally_bytes(challenge->secret, SECRET_SIZE), &blob, &seed);
	tally_key_free(key);
	credential = (struct tally_tpm_credential){ tally_written(&blob), tally_written(&seed) };
	tally_tpm_credential_write(&message, &credential);
	*ret = tally_written(&message);
	return status == TALLY_OK ? message.status : status;
}

/* What accept needs: not the secret, but its hash. */
static enum tally_status remember(const struct challenge *challenge, struct tally_writer *kept)
{
	struct tally_ak_challenge memory = {
		.ek_name = { challenge->ek_name, challenge->ek_name_size },
		.ak_name = { challenge->ak_name, challenge->ak_name_size },
		.time = (uint64_t)time(NULL),
	};
	struct tally_hash_job job = { TALLY_SHA256, { { challenge->secret, SECRET_SIZE } }, memory.secret_hash };
	enum tally_status status = tally_env_hash(&job, 1);

	tally_ak_challenge_write(kept, &memory);
	return status == TALLY_OK ? kept->status : status;
}

static enum tally_exit make_challenge(struct tally_cli *cli, struct challenge *challenge)
{
	uint8_t room[TALLY_AK_BINDING_ROOM];
	struct tally_writer kept = tally_writer(room, sizeof(room));
	struct tally_bytes message;
	enum tally_status status = tally_random(challenge->secret, SECRET_SIZE);
	enum tally_exit code;

	if (status == TALLY_OK)
		status = encrypt_secret(challenge, &message);
	if (status == TALLY_UNSUPPORTED)
		return tally_refuse(cli, TALLY_EXIT_MALFORMED,
				    "the endorsement key is of no kind that a secret can be encrypted to");
	if (status == TALLY_OK)
		status = remember(challenge, &kept);
	if (status != TALLY_OK)
		return tally_refuse_status(cli, status, &(struct tally_problem){ "" });
	code = tally_write_binary(cli, "keep", "what accept needs", tally_written(&kept));
	return code == TALLY_EXIT_OK ? tally_ak_write(cli, "the challenge", message) : code;
}

static enum tally_exit read_keys(struct tally_cli *cli, const struct tally_input *ek, const struct tally_input *ak,
				 struct challenge *challenge)
{
	enum tally_status status = read_ek(ek->bytes, &challenge->ek);

	if (status == TALLY_OK)
		status = tally_tpm_public_name(&challenge->ek, challenge->ek_name, &challenge->ek_name_size);
	if (status != TALLY_OK)
		return tally_refuse_input(cli, status, "the endorsement key", 0);
	status = read_ak(ak->bytes, challenge->ak_name, &challenge->ak_name_size);
	return status == TALLY_OK ? TALLY_EXIT_OK : tally_refuse_input(cli, status, "the attestation key", 0);
}

static enum tally_exit run_challenge(struct tally_cli *cli)
{
	struct tally_input ek = { 0 };
	struct tally_input ak = { 0 };
	struct challenge challenge;
	enum tally_exit code;

	if (cli->arguments.operand_count != 3)
		return tally_refuse_usage(cli, "tally ak challenge takes an endorsement key and an attestation key");
	if (!tally_output_is_file(cli, "keep"))
		return tally_refuse_usage(cli, "what the answer is compared with must be kept: --keep FILE");
	code = tally_output_check(cli, "output", "a challenge");
	if (code == TALLY_EXIT_OK)
		code = tally_input_open(cli, "the endorsement key", cli->arguments.operand[1], &ek);
	if (code == TALLY_EXIT_OK)
		code = tally_input_open(cli, "the attestation key", cli->arguments.operand[2], &ak);
	if (code == TALLY_EXIT_OK)
		code = read_keys(cli, &ek, &ak, &challenge);
	if (code == TALLY_EXIT_OK)
		code = make_challenge(cli, &challenge);
	tally_input_done(&ek);
	tally_input_done(&ak);
	return code;
}

/* The answer against what was kept. */
static enum tally_exit check_answer(struct tally_cli *cli, const struct tally_ak_challenge *challenge,
				    struct tally_bytes answer)
{
	uint8_t hash[TALLY_AK_SECRET_HASH_SIZE];
	struct tally_hash_job job = { TALLY_SHA256, { answer }, hash };
	enum tally_status status = tally_env_hash(&job, 1);
	uint64_t now = (uint64_t)time(NULL);

	if (status != TALLY_OK)
		return tally_refuse_status(cli, status, &(struct tally_problem){ "" });
	if (now < challenge->time || now - challenge->time > ANSWER_SECONDS)
		return tally_refuse(cli, TALLY_EXIT_REJECTED,
				    "the challenge is not of the last hour: make another one");
	if (memcmp(hash, challenge->secret_hash, sizeof(hash)) != 0)
		return tally_refuse(cli, TALLY_EXIT_REJECTED,
				    "the answer is wrong: no TPM that holds both keys has given it");
	return TALLY_EXIT_OK;
}

static enum tally_exit write_record(struct tally_cli *cli, const struct tally_key *key,
				    const struct tally_ak_challenge *challenge)
{
	uint8_t room[2 * TALLY_AK_BINDING_ROOM];
	struct tally_writer record = tally_writer(room, sizeof(room));
	struct tally_ak_binding binding = { .ek_name = challenge->ek_name,
					    .ak_name = challenge->ak_name,
					    .time = (uint64_t)time(NULL) };
	enum tally_status status = tally_ak_binding_sign(key, &binding, &record);

	if (status == TALLY_INVALID)
		return tally_refuse(cli, TALLY_EXIT_MALFORMED, "the key is no private key of P-384");
	if (status != TALLY_OK)
		return tally_refuse_status(cli, status, &(struct tally_problem){ "" });
	return tally_ak_write(cli, "the record", tally_written(&record));
}

static enum tally_exit accept_answer(struct tally_cli *cli, const struct tally_ak_challenge *challenge,
				     struct tally_bytes answer, struct tally_bytes pem)
{
	struct tally_key *key = NULL;
	enum tally_status status = tally_key_from_pem(pem, &key);
	enum tally_exit code;

	if (status != TALLY_OK)
		return tally_refuse_input(cli, status, "the key", 0);
	code = check_answer(cli, challenge, answer);
	if (code == TALLY_EXIT_OK)
		code = write_record(cli, key, challenge);
	tally_key_free(key);
	return code;
}

static enum tally_exit run_accept(struct tally_cli *cli)
{
	const char *path = tally_argument(&cli->arguments, "key");
	struct tally_ak_challenge challenge;
	struct tally_input kept = { 0 };
	struct tally_input answer = { 0 };
	struct tally_input key = { 0 };
	enum tally_status status;
	enum tally_exit code;

	if (cli->arguments.operand_count != 3)
		return tally_refuse_usage(cli, "tally ak accept takes what was kept, and the answer");
	if (!path)
		return tally_refuse_usage(cli, "the record is signed: --key FILE");
	code = tally_output_check(cli, "output", "a record");
	if (code == TALLY_EXIT_OK)
		code = tally_input_open(cli, "what was kept", cli->arguments.operand[1], &kept);
	if (code == TALLY_EXIT_OK)
		code = tally_input_open(cli, "the answer", cli->arguments.operand[2], &answer);
	if (code == TALLY_EXIT_OK)
		code = tally_input_open(cli, "the key", path, &key);
	if (code == TALLY_EXIT_OK) {
		status = tally_ak_challenge_read(kept.bytes, &challenge);
		code = status == TALLY_OK ? accept_answer(cli, &challenge, answer.bytes, key.bytes)
					  : tally_refuse_input(cli, status, "what was kept", 0);
	}
	tally_input_done(&kept);
	tally_input_done(&answer);
	tally_input_done(&key);
	return code;
}

static enum tally_exit run_activate(struct tally_cli *cli)
{
	enum tally_exit code;

	if (cli->arguments.operand_count != 2)
		return tally_refuse_usage(cli, "tally ak activate takes a challenge");
	code = tally_output_check(cli, "output", "an answer");
	return code == TALLY_EXIT_OK ? tally_ak_activate(cli, cli->arguments.operand[1]) : code;
}

enum tally_exit tally_run_ak(struct tally_cli *cli)
{
	const char *verb = cli->arguments.operand_count ? cli->arguments.operand[0] : "";

	if (strcmp(verb, "challenge") == 0)
		return run_challenge(cli);
	if (strcmp(verb, "activate") == 0)
		return run_activate(cli);
	if (strcmp(verb, "accept") == 0)
		return run_accept(cli);
	return tally_refuse_usage(cli, "tally ak takes challenge, activate or accept");
}
