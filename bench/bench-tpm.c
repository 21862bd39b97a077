// SPDX-License-Identifier: BSD-2-Clause
/* TPM2_PCR_Extend of one bank through a running swtpm's unix socket: by a raw loop, and by tpm2-tss's ESAPI. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <tss2/tss2_esys.h>
#include <tss2/tss2_tctildr.h>

#include "rate.h"

#define EXTENDS 3000
#define PCR 16

/* TPM2_PCR_Extend(PCR, one SHA-256 digest), password session. spec: TPM 2.0 part 3, 22.2 */
static const unsigned char extend_command[] = {
	0x80, 0x02, 0, 0, 0,	65, 0, 0, 0x01, 0x82, 0, 0, 0, PCR, 0, 0,    0,
	9,    0x40, 0, 0, 0x09, 0,  0, 0, 0,	0,    0, 0, 0, 1,   0, 0x0b, /* and 32 bytes of digest */
};

static const unsigned char startup_command[] = { 0x80, 0x01, 0, 0, 0, 12, 0, 0, 0x01, 0x44, 0, 0 };

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
		bench_fail("tpm", "cannot connect to swtpm");
	return fd;
}

static unsigned transmit(int fd, const unsigned char *command, size_t size)
{
	unsigned char response[256];

	if (write(fd, command, size) != (ssize_t)size || read(fd, response, sizeof(response)) < 10)
		bench_fail("tpm", "no answer");
	return (unsigned)response[6] << 24 | (unsigned)response[7] << 16 | (unsigned)response[8] << 8 | response[9];
}

static double raw_rate(const char *path)
{
	unsigned char command[65] = { 0 };
	int fd = connect_to(path);
	double start;

	memcpy(command, extend_command, sizeof(extend_command));
	transmit(fd, startup_command, sizeof(startup_command));
	start = bench_now();
	for (int i = 0; i < EXTENDS; i++)
		if (transmit(fd, command, sizeof(command)) != 0)
			bench_fail("tpm", "PCR_Extend failed");
	start = bench_now() - start;
	close(fd);
	return EXTENDS / start;
}

static double esapi_rate(const char *path)
{
	TPML_DIGEST_VALUES digests = { .count = 1, .digests = { { .hashAlg = TPM2_ALG_SHA256 } } };
	TSS2_TCTI_CONTEXT *tcti = NULL;
	ESYS_CONTEXT *esys = NULL;
	char name[300];
	double start;

	snprintf(name, sizeof(name), "swtpm:path=%s", path);
	if (Tss2_TctiLdr_Initialize(name, &tcti) != TSS2_RC_SUCCESS ||
	    Esys_Initialize(&esys, tcti, NULL) != TSS2_RC_SUCCESS)
		bench_fail("tpm", "ESAPI does not start");
	start = bench_now();
	for (int i = 0; i < EXTENDS; i++)
		if (Esys_PCR_Extend(esys, PCR, ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &digests) !=
		    TSS2_RC_SUCCESS)
			bench_fail("tpm", "Esys_PCR_Extend failed");
	start = bench_now() - start;
	Esys_Finalize(&esys);
	Tss2_TctiLdr_Finalize(&tcti);
	return EXTENDS / start;
}

int main(int argc, char **argv)
{
	double rate[TALLY_BENCH_RUNS];
	int is_esapi = argc == 3 && strcmp(argv[1], "esapi") == 0;

	if (argc != 3)
		bench_fail("usage", "bench-tpm raw|esapi SOCKET");
	for (size_t run = 0; run < TALLY_BENCH_RUNS; run++)
		rate[run] = is_esapi ? esapi_rate(argv[2]) : raw_rate(argv[2]);
	bench_print(is_esapi ? "tpm.esapi" : "tpm.raw", bench_median(rate, TALLY_BENCH_RUNS), "extends/s");
	return 0;
}
