/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a policy's JSON: where we are in it, and the first fault. */
#ifndef TALLY_FACE_CALLERS_READER_H
#define TALLY_FACE_CALLERS_READER_H

#include <jansson.h>

#include "../provider/provider.h"

/* The first fault stays. Readers go on after one and return something harmless. */
struct tally_callers_reader {
	struct tally_problem *problem;
	const struct tally_register_set *set;
	bool has_failed;
	size_t path_size;
	char path[96]; /* of the value that is being read; "" at the top */
};

void tally_callers_fault(struct tally_callers_reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Go down to a member or an element; what is returned goes to tally_callers_leave. */
size_t tally_callers_enter(struct tally_callers_reader *reader, const char *key);
size_t tally_callers_enter_index(struct tally_callers_reader *reader, size_t index);
void tally_callers_leave(struct tally_callers_reader *reader, size_t mark);

/* An object whose keys are all in allowed, which ends with NULL. */
bool tally_callers_object(struct tally_callers_reader *reader, json_t *json, const char *const *allowed);

/* The JSON of a text; NULL with a fault, or without one where there is no memory. To be given back by json_decref. */
json_t *tally_callers_parse(struct tally_callers_reader *reader, struct tally_bytes text);

bool tally_callers_bool(struct tally_callers_reader *reader, json_t *json);
const char *tally_callers_string(struct tally_callers_reader *reader, json_t *json);

/* A whole number up to most. */
uint64_t tally_callers_number(struct tally_callers_reader *reader, json_t *json, uint64_t most);

/* "all", or runtime registers by name: one, or an array of them. A mask of their positions. */
uint64_t tally_callers_registers(struct tally_callers_reader *reader, json_t *json);

#endif
