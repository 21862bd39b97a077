// SPDX-License-Identifier: BSD-2-Clause
/* The small values that a policy of callers is made of. */
#include "callers_reader.h"

#include <stdarg.h>
#include <stdio.h>

void tally_callers_fault(struct tally_callers_reader *reader, const char *format, ...)
{
	struct tally_problem *problem = reader->problem;
	va_list arguments;
	size_t size = 0;

	if (reader->has_failed)
		return;
	reader->has_failed = true;
	if (reader->path_size)
		size = (size_t)snprintf(problem->text, sizeof(problem->text), "%s: ", reader->path);
	va_start(arguments, format);
	vsnprintf(problem->text + size, sizeof(problem->text) - size, format, arguments);
	va_end(arguments);
	/* Keys of the file are quoted in the text, and it goes to a terminal. */
	for (char *c = problem->text; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
}

/* Keys are entered once they are known to be ours, so that the path never grows long. */
static size_t enter(struct tally_callers_reader *reader, const char *before, const char *text, const char *after)
{
	size_t mark = reader->path_size;
	int size = snprintf(reader->path + mark, sizeof(reader->path) - mark, "%s%s%s", before, text, after);

	reader->path_size = size < 0 || (size_t)size >= sizeof(reader->path) - mark ? sizeof(reader->path) - 1
										    : mark + (size_t)size;
	return mark;
}

size_t tally_callers_enter(struct tally_callers_reader *reader, const char *key)
{
	return enter(reader, reader->path_size ? "." : "", key, "");
}

size_t tally_callers_enter_index(struct tally_callers_reader *reader, size_t index)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", index);
	return enter(reader, "[", text, "]");
}

void tally_callers_leave(struct tally_callers_reader *reader, size_t mark)
{
	reader->path_size = mark;
	reader->path[mark] = 0;
}

static bool is_listed(const char *key, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(key, *list) == 0)
			return true;
	return false;
}

bool tally_callers_object(struct tally_callers_reader *reader, json_t *json, const char *const *allowed)
{
	const char *key;
	json_t *value;

	if (!json_is_object(json)) {
		tally_callers_fault(reader, "must be an object");
		return false;
	}
	json_object_foreach(json, key, value)
	{
		if (!is_listed(key, allowed)) {
			tally_callers_fault(reader, "unknown key \"%s\"", key);
			return false;
		}
	}
	return true;
}

static json_t *parse(struct tally_bytes text, json_error_t *error)
{
	return json_loadb(text.size ? (const char *)text.data : "", text.size, JSON_REJECT_DUPLICATES, error);
}

/*
 * jansson tells a lack of memory from a fault of the text in few places, and drops a byte of a long token if the
 * token's buffer can't grow. What is read twice alike is what stands in the file.
 */
json_t *tally_callers_parse(struct tally_callers_reader *reader, struct tally_bytes text)
{
	json_error_t error;
	json_t *first = parse(text, &error);
	json_t *second = parse(text, &error);

	if (!first && !second)
		tally_callers_fault(reader, "line %d, column %d: %s", error.line, error.column, error.text);
	if (first && second && json_equal(first, second)) {
		json_decref(second);
		return first;
	}
	json_decref(first);
	json_decref(second);
	return NULL;
}

bool tally_callers_bool(struct tally_callers_reader *reader, json_t *json)
{
	if (!json_is_boolean(json))
		tally_callers_fault(reader, "must be true or false");
	return json_is_true(json);
}

const char *tally_callers_string(struct tally_callers_reader *reader, json_t *json)
{
	if (!json_is_string(json) || json_string_length(json) == 0) {
		tally_callers_fault(reader, "must be a text, not empty");
		return "";
	}
	return json_string_value(json);
}

uint64_t tally_callers_number(struct tally_callers_reader *reader, json_t *json, uint64_t most)
{
	json_int_t value = json_integer_value(json);

	if (!json_is_integer(json) || value < 0 || (uint64_t)value > most) {
		tally_callers_fault(reader, "must be a whole number, at most %llu", (unsigned long long)most);
		return 0;
	}
	return (uint64_t)value;
}

static uint64_t register_bit(struct tally_callers_reader *reader, json_t *json)
{
	const char *name = tally_callers_string(reader, json);
	int reg = tally_registers_find_name(reader->set, tally_text(name));

	if (reader->has_failed)
		return 0;
	if (reg < 0) {
		tally_callers_fault(reader, "%s has no register \"%s\"", reader->set->provider, name);
		return 0;
	}
	if (reader->set->item[reg].kind != TALLY_RUNTIME) {
		tally_callers_fault(reader, "%s is static: nobody extends it", name);
		return 0;
	}
	return 1ULL << reg;
}

static uint64_t all_runtime_registers(const struct tally_register_set *set)
{
	return (1ULL << tally_registers_runtime_count(set)) - 1;
}

uint64_t tally_callers_registers(struct tally_callers_reader *reader, json_t *json)
{
	uint64_t mask = 0;

	if (json_is_string(json) && strcmp(json_string_value(json), "all") == 0)
		return all_runtime_registers(reader->set);
	if (!json_is_array(json))
		return register_bit(reader, json);
	if (json_array_size(json) == 0)
		tally_callers_fault(reader, "an empty set: leave the key out");
	for (size_t i = 0; i < json_array_size(json); i++) {
		size_t mark = tally_callers_enter_index(reader, i);
		uint64_t bit = register_bit(reader, json_array_get(json, i));

		if (bit & mask)
			tally_callers_fault(reader, "stands here twice");
		mask |= bit;
		tally_callers_leave(reader, mark);
	}
	return mask;
}
