// SPDX-License-Identifier: BSD-2-Clause
/* From the bytes of a policy to its values, and what is wrong with it. */
#include "policy_reader.h"

#include <stdarg.h>
#include <stdio.h>

void tally_policy_fault(struct tally_policy_reader *reader, const char *format, ...)
{
	va_list arguments;
	size_t size = 0;

	if (reader->has_failed)
		return;
	reader->has_failed = true;
	if (reader->path_size)
		size = (size_t)snprintf(reader->problem, reader->problem_size, "%s: ", reader->path);
	va_start(arguments, format);
	vsnprintf(reader->problem + size, reader->problem_size - size, format, arguments);
	va_end(arguments);
	/* Keys of the file are quoted in the text, and it goes to a terminal. */
	for (char *c = reader->problem; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			*c = '?';
}

/* A path that is too long ends early; it still names the part of the file. */
static size_t enter(struct tally_policy_reader *reader, const char *before, const char *text, const char *after)
{
	size_t mark = reader->path_size;
	int size = snprintf(reader->path + mark, sizeof(reader->path) - mark, "%s%s%s", before, text, after);

	reader->path_size = size < 0 || (size_t)size >= sizeof(reader->path) - mark ? sizeof(reader->path) - 1
										    : mark + (size_t)size;
	return mark;
}

size_t tally_policy_enter(struct tally_policy_reader *reader, const char *key)
{
	return enter(reader, reader->path_size ? "." : "", key, "");
}

size_t tally_policy_enter_index(struct tally_policy_reader *reader, size_t index)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu", index);
	return enter(reader, "[", text, "]");
}

void tally_policy_leave(struct tally_policy_reader *reader, size_t mark)
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

bool tally_policy_object(struct tally_policy_reader *reader, json_t *json, const char *const *allowed)
{
	const char *key;
	json_t *value;

	if (!json_is_object(json)) {
		tally_policy_fault(reader, "must be an object");
		return false;
	}
	json_object_foreach(json, key, value)
	{
		if (!is_listed(key, allowed)) {
			tally_policy_fault(reader, "unknown key \"%s\"", key);
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
json_t *tally_policy_parse(struct tally_policy_reader *reader, struct tally_bytes text)
{
	json_error_t error;
	json_t *first = parse(text, &error);
	json_t *second = parse(text, &error);

	if (!first && !second)
		tally_policy_fault(reader, "line %d, column %d: %s", error.line, error.column, error.text);
	if (first && second && json_equal(first, second)) {
		json_decref(second);
		return first;
	}
	json_decref(first);
	json_decref(second);
	return NULL;
}
