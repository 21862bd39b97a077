/* SPDX-License-Identifier: BSD-2-Clause */
/* The values that a policy of callers is made of. */
#ifndef TALLY_FACE_CALLERS_VALUE_H
#define TALLY_FACE_CALLERS_VALUE_H

#include "../core/registers.h"
#include "../verify/policy_reader.h"

/* true or false. */
bool tally_callers_bool(struct tally_policy_reader *reader, json_t *json);

/* A text, not empty; valid as long as json. */
const char *tally_callers_string(struct tally_policy_reader *reader, json_t *json);

/* A whole number up to most. */
uint64_t tally_callers_number(struct tally_policy_reader *reader, json_t *json, uint64_t most);

/* "all", or runtime registers by name: one, or an array of them. A mask of their positions. */
uint64_t tally_callers_registers(struct tally_policy_reader *reader, const struct tally_register_set *set,
				 json_t *json);

#endif
