/* SPDX-License-Identifier: BSD-2-Clause */
/* Measure a file and print its record and evidence: cc measure.c $(pkg-config --cflags --libs libtally) */
#include <stdio.h>
#include <stdlib.h>
#include <tally/tally.h>

static int fail(const struct tally_error *error)
{
	fprintf(stderr, "measure: %s\n%s\n", error->text, error->hint);
	return 1;
}

int main(int argc, char **argv)
{
	const char *reg = argc > 1 ? argv[1] : "rtmr2", *path = argc > 2 ? argv[2] : argv[0];
	struct tally_measurement event;
	struct tally_options options;
	struct tally_request request;
	struct tally_extended record;
	struct tally_error error;
	struct tally_bank digest;
	struct tally *tally;
	uint8_t nonce[32], *evidence;
	size_t size;

	if (fread(nonce, 1, sizeof(nonce), stdin) != sizeof(nonce)) /* the verifier's */
		return fputs("usage: measure [REGISTER [FILE]] <NONCE\n", stderr), 2;
	TALLY_INIT(&options);
	options.provider = getenv("TALLY_PROVIDER"); /* NULL: what this machine offers */
	options.directory = getenv("TALLY_DIR");
	if (tally_digest_file(path, &digest, &error) != TALLY_OK || tally_open(&options, &tally, &error) != TALLY_OK)
		return fail(&error);
	TALLY_INIT(&event);
	event.name = path;
	event.data_digest = &digest;
	TALLY_INIT(&request);
	request.nonce = nonce;
	request.nonce_size = sizeof(nonce);
	if (tally_extend(tally, reg, &event, &record, &error) != TALLY_OK ||
	    tally_evidence(tally, &request, &evidence, &size, &error) != TALLY_OK)
		return tally_close(tally), fail(&error);
	printf("record %llu\nevidence ", (unsigned long long)record.number);
	for (size_t i = 0; i < size; i++)
		printf("%02x", evidence[i]);
	putchar('\n');
	tally_free(evidence);
	tally_close(tally);
	return 0;
}
