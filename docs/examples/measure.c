/* SPDX-License-Identifier: BSD-2-Clause */
/* Measure a file, and write evidence of it: cc measure.c $(pkg-config --cflags --libs libtally) */
#include <stdio.h>
#include <stdlib.h>
#include <tally/tally.h>

int main(int argc, char **argv)
{
	const char *reg = argc > 1 ? argv[1] : "rtmr2", *path = argc > 2 ? argv[2] : argv[0];
	uint8_t nonce[32], *evidence;
	struct tally_measurement event;
	struct tally_options options;
	struct tally_request request;
	struct tally_extended record;
	struct tally_error error;
	struct tally_bank digest;
	struct tally *tally = NULL;
	size_t size;

	TALLY_INIT(&event), TALLY_INIT(&options), TALLY_INIT(&request);
	options.directory = getenv("TALLY_DIR"); /* NULL: the machine's own */
	event.name = path;
	event.data_digest = &digest;
	request.nonce = nonce;
	request.nonce_size = sizeof(nonce);
	if (fread(nonce, 1, sizeof(nonce), stdin) != sizeof(nonce)) /* the verifier's */
		return fputs("usage: measure [REGISTER [FILE]] <NONCE >EVIDENCE\n", stderr), 2;
	if (tally_digest_file(path, &digest, &error) || tally_open(&options, &tally, &error) ||
	    tally_extend(tally, reg, &event, &record, &error) ||
	    tally_evidence(tally, &request, &evidence, &size, &error))
		return fprintf(stderr, "measure: %s\n%s\n", error.text, error.hint), tally_close(tally), 1;
	fprintf(stderr, "record %llu\n", (unsigned long long)record.number);
	fwrite(evidence, 1, size, stdout);
	tally_free(evidence);
	tally_close(tally);
	return 0;
}
