/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of a log in CEL-TLV, read by the specification and not by the server's reader. */
#ifndef TALLY_TESTS_ABI_CEL_H
#define TALLY_TESTS_ABI_CEL_H

#include "bound.h"

#define ABI_NO_ACTION 3 /* a control record: replay skips it */
#define ABI_EVENT_TAG 6 /* an event that the authority made */

struct abi_record {
	const uint8_t *bytes; /* the record as it stands in the log */
	size_t size;
	uint64_t number;
	unsigned index; /* the register's number */
	uint32_t type;
	const uint8_t *digest; /* of the algorithm that was asked for; NULL if there is none */
	const uint8_t *content;
	size_t content_size;
};

/* The record at *at, which moves behind it; false at the end. The case fails on what is no record. */
bool abi_record_next(const struct abi_content *log, size_t *at, const char *alg, struct abi_record *ret);

/* The value after the events of one register in a log, from record number first on. */
struct abi_value abi_replay(const struct abi_content *log, unsigned index, uint64_t first,
			    const struct abi_value *from);

/* The number that the next record would have; 0 for a log without any. */
uint64_t abi_log_end(const struct abi_content *log, const char *alg);

/* The newest record of a register; the case fails without one. */
struct abi_record abi_newest(const struct abi_content *log, unsigned index, const char *alg);

/* spec: TCG algorithm registry, the low bytes of the numbers, which CEL takes as tags. The case fails on others. */
unsigned abi_alg_tag(const char *alg);

/* Each register that the header in front of a log declares, with its first bank. spec: docs/formats/log.md 3 */
#define ABI_KIND_STATIC 1
#define ABI_KIND_RUNTIME 2
typedef void abi_register_taker(void *context, const char *name, unsigned number, unsigned kind,
				const struct abi_value *reset);
void abi_read_header(const struct abi_content *log, abi_register_taker *take, void *context);

#endif
