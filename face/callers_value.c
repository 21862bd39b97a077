// SPDX-License-Identifier: BSD-2-Clause
/* The small values that a policy of callers is made of. */
#include "callers_value.h"

bool tally_callers_bool(struct tally_policy_reader *reader, json_t *json)
{
	if (!json_is_boolean(json))
		tally_policy_fault(reader, "must be true or false");
	return json_is_true(json);
}

const char *tally_callers_string(struct tally_policy_reader *reader, json_t *json)
{
	if (!json_is_string(json) || json_string_length(json) == 0) {
		tally_policy_fault(reader, "must be a text, not empty");
		return "";
	}
	return json_string_value(json);
}

uint64_t tally_callers_number(struct tally_policy_reader *reader, json_t *json, uint64_t most)
{
	json_int_t value = json_integer_value(json);

	if (!json_is_integer(json) || value < 0 || (uint64_t)value > most) {
		tally_policy_fault(reader, "must be a whole number, at most %llu", (unsigned long long)most);
		return 0;
	}
	return (uint64_t)value;
}

static uint64_t register_bit(struct tally_policy_reader *reader, const struct tally_register_set *set, json_t *json)
{
	const char *name = tally_callers_string(reader, json);
	int reg = tally_registers_find_name(set, tally_text(name));

	if (reader->has_failed)
		return 0;
	if (reg < 0) {
		tally_policy_fault(reader, "%s has no register \"%s\"", set->provider, name);
		return 0;
	}
	if (set->item[reg].kind != TALLY_RUNTIME) {
		tally_policy_fault(reader, "%s is static: nobody extends it", name);
		return 0;
	}
	return 1ULL << reg;
}

static uint64_t all_runtime_registers(const struct tally_register_set *set)
{
	return (1ULL << tally_registers_runtime_count(set)) - 1;
}

uint64_t tally_callers_registers(struct tally_policy_reader *reader, const struct tally_register_set *set, json_t *json)
{
	uint64_t mask = 0;

	if (json_is_string(json) && strcmp(json_string_value(json), "all") == 0)
		return all_runtime_registers(set);
	if (!json_is_array(json))
		return register_bit(reader, set, json);
	if (json_array_size(json) == 0)
		tally_policy_fault(reader, "an empty set: leave the key out");
	for (size_t i = 0; i < json_array_size(json); i++) {
		size_t mark = tally_policy_enter_index(reader, i);
		uint64_t bit = register_bit(reader, set, json_array_get(json, i));

		if (bit & mask)
			tally_policy_fault(reader, "stands here twice");
		mask |= bit;
		tally_policy_leave(reader, mark);
	}
	return mask;
}
