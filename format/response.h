/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The authority's responses, as they come out of the transaction file. spec: docs/abi/messages.md */
#ifndef TALLY_FORMAT_RESPONSE_H
#define TALLY_FORMAT_RESPONSE_H

#include "request.h"

#define TALLY_RESPONSE_PROBLEM_LIMIT 1024 /* bytes */

/* One response; borrows. What its kind does not have is zero, and so is all but problem where status is not TALLY_OK. */
struct tally_response {
	enum tally_request_kind kind;
	uint32_t status; /* enum tally_status, or a number that is not known yet */
	struct tally_bytes problem;
	struct tally_bytes report;
	struct tally_bytes report_type;
	struct tally_bytes binding; /* none for raw REPORT_DATA */
	struct tally_bytes certificates;
	struct tally_bytes certificates_type;
	struct tally_bytes manifest;
	struct tally_bytes manifest_type;
	struct tally_bytes front; /* evidence is front, size bytes of the log, back */
	struct tally_bytes back;
	uint64_t first; /* the log's part: records first to next - 1 */
	uint64_t next;
	uint64_t size;
	uint64_t number; /* of the record */
	bool is_existing;
	uint64_t gaps;
	struct tally_bytes records;
	bool is_more; /* records behind these were there */
};

TALLY_MUST_CHECK enum tally_status tally_response_read(struct tally_bytes input, struct tally_response *ret);

/* What would not be read latches the same status. */
void tally_response_write(struct tally_writer *writer, const struct tally_response *response);

#endif
