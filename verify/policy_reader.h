/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading a policy's JSON: where we are in it, and the first fault. */
#ifndef TALLY_VERIFY_POLICY_READER_H
#define TALLY_VERIFY_POLICY_READER_H

#include <jansson.h>

#include "../core/bytes.h"

struct tally_arena;

/* For policies of evidence and of callers. The first fault stays. Readers go on after one and return something harmless. */
struct tally_policy_reader {
	char *problem;		   /* room for the first fault's text */
	size_t problem_size;	   /* more than path has */
	struct tally_arena *arena; /* of texts and lists (policy_value.h); NULL for callers, whose values are numbers */
	bool has_failed;
	size_t path_size;
	char path[320]; /* of the value that is being read; "" at the top */
};

/* The JSON of a text; NULL with a fault, or without one where there is no memory. To be given back by json_decref. */
json_t *tally_policy_parse(struct tally_policy_reader *reader, struct tally_bytes text);

/* What is wrong with the value that is being read. The caller goes on. */
void tally_policy_fault(struct tally_policy_reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Go down to a member or an element; what is returned goes to tally_policy_leave. */
size_t tally_policy_enter(struct tally_policy_reader *reader, const char *key);
size_t tally_policy_enter_index(struct tally_policy_reader *reader, size_t index);
void tally_policy_leave(struct tally_policy_reader *reader, size_t mark);

/* An object whose keys are all in allowed, which ends with NULL. */
bool tally_policy_object(struct tally_policy_reader *reader, json_t *json, const char *const *allowed);

#endif
