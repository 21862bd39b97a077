// SPDX-License-Identifier: BSD-2-Clause
/* tally ak activate: the guest's TPM opens the challenge, if it holds both keys. spec: TPM 2.0 part 3, 12.5 */
#include <errno.h>
#include <stdlib.h>

#include "../format/ak_binding.h"
#include "ak.h"
#include "problem.h"
#include "tpm_device.h"

#define TPM_DEFAULT "/dev/tpmrm0"

#define TAG_PLAIN 0x8001
#define TAG_SESSIONS 0x8002
#define CC_CREATE_PRIMARY 0x131
#define CC_ACTIVATE_CREDENTIAL 0x147
#define CC_POLICY_SECRET 0x151
#define CC_FLUSH_CONTEXT 0x165
#define CC_START_AUTH_SESSION 0x176
#define RH_NULL 0x40000007
#define RH_ENDORSEMENT 0x4000000b
#define RS_PASSWORD 0x40000009
#define PASSWORD_SIZE 9 /* a session that authorises with the empty password */
#define SESSION_POLICY 1
#define NONCE_SIZE 16

/* What is being activated; transient handles are 0 if there are none. */
struct activation {
	struct tally_tpm_device tpm;
	uint32_t ak;
	uint32_t ek;
	uint32_t own_ek; /* made by us: flushed */
	uint32_t session;
};

/* Everything but the size, which tally_tpm_run knows. */
static struct tally_writer begin(uint8_t room[TALLY_TPM_MESSAGE_LIMIT], uint16_t tag, uint32_t code)
{
	struct tally_writer command = tally_writer(room, TALLY_TPM_MESSAGE_LIMIT);

	tally_write_be16(&command, tag);
	tally_write_be32(&command, 0);
	tally_write_be32(&command, code);
	return command;
}

/* A session without nonce and HMAC: the empty password, or a policy that asks for neither. */
static void write_session(struct tally_writer *command, uint32_t handle)
{
	tally_write_be32(command, handle);
	tally_write_zeros(command, 2 + 1 + 2);
}

/* TCG EK Credential Profile, template L-1. */
static void write_template(struct tally_writer *command)
{
	static const uint8_t policy[] = { 0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc,
					  0x8d, 0x46, 0xa5, 0xd7, 0x24, 0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52,
					  0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa };

	tally_write_be16(command, 314);
	tally_write_be16(command, 0x0001);
	tally_write_be16(command, 0x000b);
	tally_write_be32(command, 0x000300b2);
	tally_write_be16(command, sizeof(policy));
	tally_write_bytes(command, tally_bytes(policy, sizeof(policy)));
	tally_write_be16(command, 0x0006);
	tally_write_be16(command, 128);
	tally_write_be16(command, 0x0043);
	tally_write_be16(command, 0x0010);
	tally_write_be16(command, 2048);
	tally_write_be32(command, 0);
	tally_write_be16(command, 256);
	tally_write_zeros(command, 256);
}

/* The same EK comes out every time: its seed is the TPM's, and the template is fixed. */
static enum tally_exit make_ek(struct tally_cli *cli, struct activation *activation)
{
	uint8_t room[TALLY_TPM_MESSAGE_LIMIT];
	struct tally_writer command = begin(room, TAG_SESSIONS, CC_CREATE_PRIMARY);
	struct tally_cursor cursor;
	struct tally_bytes body;
	enum tally_exit code;

	tally_write_be32(&command, RH_ENDORSEMENT);
	tally_write_be32(&command, PASSWORD_SIZE);
	write_session(&command, RS_PASSWORD);
	tally_write_be16(&command, 4); /* no password, no data */
	tally_write_zeros(&command, 4);
	write_template(&command);
	tally_write_be16(&command, 0); /* nothing from outside, no PCRs */
	tally_write_be32(&command, 0);
	code = tally_tpm_run(cli, &activation->tpm, "making the endorsement key", &command, &body);
	if (code != TALLY_EXIT_OK)
		return code;
	cursor = tally_cursor(body);
	activation->ek = activation->own_ek = tally_read_be32(&cursor);
	return TALLY_EXIT_OK;
}

static enum tally_exit start_session(struct tally_cli *cli, struct activation *activation)
{
	uint8_t room[TALLY_TPM_MESSAGE_LIMIT];
	struct tally_writer command = begin(room, TAG_PLAIN, CC_START_AUTH_SESSION);
	struct tally_cursor cursor;
	struct tally_bytes body;
	enum tally_exit code;

	tally_write_be32(&command, RH_NULL);
	tally_write_be32(&command, RH_NULL);
	tally_write_be16(&command, NONCE_SIZE);
	tally_write_zeros(&command, NONCE_SIZE); /* it protects an HMAC, and there is none */
	tally_write_be16(&command, 0);
	tally_write_u8(&command, SESSION_POLICY);
	tally_write_be16(&command, 0x0010);
	tally_write_be16(&command, 0x000b);
	code = tally_tpm_run(cli, &activation->tpm, "starting a session", &command, &body);
	if (code != TALLY_EXIT_OK)
		return code;
	cursor = tally_cursor(body);
	activation->session = tally_read_be32(&cursor);
	return TALLY_EXIT_OK;
}

/* The EK's policy asks for the endorsement hierarchy's password, which is empty. */
static enum tally_exit satisfy_policy(struct tally_cli *cli, struct activation *activation)
{
	uint8_t room[TALLY_TPM_MESSAGE_LIMIT];
	struct tally_writer command = begin(room, TAG_SESSIONS, CC_POLICY_SECRET);
	struct tally_bytes body;

	tally_write_be32(&command, RH_ENDORSEMENT);
	tally_write_be32(&command, activation->session);
	tally_write_be32(&command, PASSWORD_SIZE);
	write_session(&command, RS_PASSWORD);
	tally_write_zeros(&command, 2 + 2 + 2 + 4);
	return tally_tpm_run(cli, &activation->tpm, "satisfying the endorsement key's policy", &command, &body);
}

static enum tally_exit open_credential(struct tally_cli *cli, struct activation *activation,
				       const struct tally_tpm_credential *credential, struct tally_bytes *ret_secret)
{
	uint8_t room[TALLY_TPM_MESSAGE_LIMIT];
	struct tally_writer command = begin(room, TAG_SESSIONS, CC_ACTIVATE_CREDENTIAL);
	struct tally_cursor cursor;
	struct tally_bytes body;
	enum tally_exit code;

	tally_write_be32(&command, activation->ak);
	tally_write_be32(&command, activation->ek);
	tally_write_be32(&command, 2 * PASSWORD_SIZE);
	write_session(&command, RS_PASSWORD);
	write_session(&command, activation->session);
	tally_write_be16(&command, (uint16_t)credential->blob.size);
	tally_write_bytes(&command, credential->blob);
	tally_write_be16(&command, (uint16_t)credential->secret.size);
	tally_write_bytes(&command, credential->secret);
	code = tally_tpm_run(cli, &activation->tpm, "opening the challenge", &command, &body);
	if (code != TALLY_EXIT_OK)
		return code;
	activation->session = 0; /* used once */
	cursor = tally_cursor(body);
	(void)tally_read_be32(&cursor);
	*ret_secret = tally_read_bytes(&cursor, tally_read_be16(&cursor));
	if (cursor.status == TALLY_OK)
		return TALLY_EXIT_OK;
	return tally_refuse_input(cli, cursor.status, "the TPM's response", body.size - cursor.left.size);
}

/* What the TPM keeps for us; a resource manager would do it, a socket has none. */
static void flush(struct tally_cli *cli, struct activation *activation, uint32_t handle)
{
	uint8_t room[TALLY_TPM_MESSAGE_LIMIT];
	struct tally_writer command = begin(room, TAG_PLAIN, CC_FLUSH_CONTEXT);
	struct tally_bytes body;

	tally_write_be32(&command, handle);
	if (handle)
		(void)tally_tpm_run(cli, &activation->tpm, "ending what was begun", &command, &body);
}

static enum tally_exit activate(struct tally_cli *cli, struct activation *activation,
				const struct tally_tpm_credential *credential)
{
	uint8_t secret[TALLY_TPM_MESSAGE_LIMIT];
	struct tally_bytes found = { NULL, 0 };
	enum tally_exit code = activation->ek ? TALLY_EXIT_OK : make_ek(cli, activation);

	if (code == TALLY_EXIT_OK)
		code = start_session(cli, activation);
	if (code == TALLY_EXIT_OK)
		code = satisfy_policy(cli, activation);
	if (code == TALLY_EXIT_OK)
		code = open_credential(cli, activation, credential, &found);
	if (code == TALLY_EXIT_OK && found.size)
		memcpy(secret, found.data, found.size);
	flush(cli, activation, activation->session);
	flush(cli, activation, activation->own_ek);
	if (code == TALLY_EXIT_OK)
		code = tally_ak_write(cli, "the answer", tally_bytes(secret, found.size));
	return code;
}

/* A handle, 0 if the option is not there. */
static enum tally_exit read_handle(struct tally_cli *cli, const char *option, uint32_t *ret)
{
	const char *text = tally_argument(&cli->arguments, option);
	unsigned long long value = 0;
	char *end = NULL;

	*ret = 0;
	if (!text)
		return TALLY_EXIT_OK;
	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno != 0 || *end != 0 || value == 0 || value > UINT32_MAX)
		return tally_refuse_usage(cli, "--%s is a handle such as 0x81000003, not %.40s", option, text);
	*ret = (uint32_t)value;
	return TALLY_EXIT_OK;
}

static enum tally_exit run_on(struct tally_cli *cli, struct activation *activation,
			      const struct tally_tpm_credential *credential)
{
	const char *path = tally_argument(&cli->arguments, "tpm");
	enum tally_exit code = tally_tpm_open(cli, path ? path : TPM_DEFAULT, &activation->tpm);

	if (code == TALLY_EXIT_OK)
		code = activate(cli, activation, credential);
	tally_tpm_close(&activation->tpm);
	return code;
}

enum tally_exit tally_ak_activate(struct tally_cli *cli, const char *path)
{
	struct activation activation = { .tpm = { .file = -1 } };
	struct tally_tpm_credential credential;
	struct tally_input input = { 0 };
	enum tally_status status;
	enum tally_exit code = read_handle(cli, "ak", &activation.ak);

	if (code == TALLY_EXIT_OK)
		code = read_handle(cli, "ek", &activation.ek);
	if (code == TALLY_EXIT_OK && !activation.ak)
		code = tally_refuse_usage(cli, "which key is to be activated: --ak HANDLE");
	if (code == TALLY_EXIT_OK)
		code = tally_input_open(cli, "the challenge", path, &input);
	if (code != TALLY_EXIT_OK)
		return code;
	status = tally_tpm_credential_read(input.bytes, &credential);
	if (status == TALLY_OK)
		code = run_on(cli, &activation, &credential);
	else
		code = tally_refuse_input(cli, status, "the challenge", 0);
	tally_input_done(&input);
	return code;
}
