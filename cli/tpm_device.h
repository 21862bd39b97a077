/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM to talk to: a device of the kernel's, or the data socket of a software TPM. */
#ifndef TALLY_CLI_TPM_DEVICE_H
#define TALLY_CLI_TPM_DEVICE_H

#include "../core/writer.h"
#include "command.h"

#define TALLY_TPM_MESSAGE_LIMIT 4096

struct tally_tpm_device {
	int file;
	const char *path;
	uint8_t response[TALLY_TPM_MESSAGE_LIMIT];
};

/* Open a device, or connect to a socket. It is ended by tally_tpm_close. */
enum tally_exit tally_tpm_open(struct tally_cli *cli, const char *path, struct tally_tpm_device *ret);
void tally_tpm_close(struct tally_tpm_device *tpm);

/*
 * One command, whose size is filled in. *ret_body is what follows the response code, in tpm->response. what names the
 * command in messages: a response code other than success is one, too.
 */
enum tally_exit tally_tpm_run(struct tally_cli *cli, struct tally_tpm_device *tpm, const char *what,
			      struct tally_writer *command, struct tally_bytes *ret_body);

#endif
