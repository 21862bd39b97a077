// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: requests to the authority, and its responses. */
#include "reread.h"

#include "../../format/request.h"
#include "../../format/response.h"

static enum tally_status request_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_request request;
	enum tally_request_kind kind;
	enum tally_status status = tally_request_read(input, &request, &kind);

	if (status == TALLY_OK)
		tally_request_write(writer, &request);
	return status;
}

static enum tally_status response_reread(struct tally_bytes input, struct tally_writer *writer)
{
	struct tally_response response;
	enum tally_status status = tally_response_read(input, &response);

	if (status == TALLY_OK)
		tally_response_write(writer, &response);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	expect_refused_or_same(request_reread, tally_bytes(data, size));
	expect_refused_or_same(response_reread, tally_bytes(data, size));
	return 0;
}
