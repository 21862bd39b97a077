// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: what is exchanged to bind an AK to an EK; written again it is the same bytes. */
#include <stdlib.h>

#include "../../format/ak_binding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_same(const struct tally_writer *writer, struct tally_bytes bytes)
{
	if (writer->status != TALLY_OK || !tally_bytes_equal(tally_written(writer), bytes))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_bytes bytes = tally_bytes(data, size);
	struct tally_tpm_credential credential;
	struct tally_ak_challenge challenge;
	struct tally_ak_binding binding;
	static uint8_t room[200000];
	struct tally_writer writer = tally_writer(room, sizeof(room));

	if (tally_ak_binding_read(bytes, &binding) == TALLY_OK) {
		tally_ak_binding_write(&writer, &binding);
		expect_same(&writer, bytes);
	}
	writer = tally_writer(room, sizeof(room));
	if (tally_ak_challenge_read(bytes, &challenge) == TALLY_OK) {
		tally_ak_challenge_write(&writer, &challenge);
		expect_same(&writer, bytes);
	}
	writer = tally_writer(room, sizeof(room));
	if (tally_tpm_credential_read(bytes, &credential) == TALLY_OK) {
		tally_tpm_credential_write(&writer, &credential);
		expect_same(&writer, bytes);
	}
	return 0;
}
