// SPDX-License-Identifier: BSD-2-Clause
/* The command-line parser: long options from tables, operands in between, "--" ends the options. */
#include "options.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

const struct tally_option tally_global_options[] = {
	{ "provider", "NAME", "use this provider (TALLY_PROVIDER) instead of the one that the machine offers", false },
	{ "dir", "DIR", "directory of soft's state and log, or of a log at rest (TALLY_DIR)", false },
	{ "json", NULL, "print JSON for programs", false },
	{ "help", NULL, "print the usage of a command", false },
	{ "version", NULL, "print the version", false },
	{ "soft-preset", "NAME", "soft only, when its state is created: registers as of tdx, tpm, nsm or cca", false },
	{ "soft-durable", NULL, "soft only, when its state is created: keep the registers over a reboot", false },
	{ "capacity", "BYTES", "capacity of the log, when it is created", false },
	{ NULL, NULL, NULL, false },
};

static const struct tally_option *find_option(const struct tally_option *table, const char *name, size_t size)
{
	for (; table && table->name; table++)
		if (strlen(table->name) == size && memcmp(table->name, name, size) == 0)
			return table;
	return NULL;
}

#define DISTANCE_LIMIT 32

/* Edits that turn a into b. Longer texts are never close. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t row[DISTANCE_LIMIT + 1], a_size = strlen(a), b_size = strlen(b);

	if (a_size > DISTANCE_LIMIT || b_size > DISTANCE_LIMIT)
		return DISTANCE_LIMIT;
	for (size_t j = 0; j <= b_size; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_size; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_size; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[b_size];
}

const char *tally_suggestion(const char *text, const char *const *candidates, size_t count)
{
	const char *best = NULL;
	size_t best_distance = strlen(text) / 3 + 1;

	for (size_t i = 0; i < count; i++) {
		size_t distance = edit_distance(text, candidates[i]);

		if (distance <= best_distance && (!best || distance < best_distance)) {
			best = candidates[i];
			best_distance = distance;
		}
	}
	return best;
}

static void unknown_option(struct tally_usage_error *error, const struct tally_option *own, const char *text)
{
	const char *names[TALLY_ARGUMENT_LIMIT];
	const char *suggestion;
	size_t count = 0;

	for (const struct tally_option *option = tally_global_options; option->name; option++)
		names[count++] = option->name;
	for (; own && own->name; own++)
		names[count++] = own->name;
	suggestion = text[1] == '-' ? tally_suggestion(text + 2, names, count) : NULL;
	if (suggestion)
		snprintf(error->text, sizeof(error->text), "unknown option %.80s: did you mean --%s?", text,
			 suggestion);
	else
		snprintf(error->text, sizeof(error->text), "unknown option %.80s", text);
}

static bool refuse(struct tally_usage_error *error, const char *format, const char *name)
{
	snprintf(error->text, sizeof(error->text), "%s%s %s", "option --", name, format);
	return false;
}

static bool keep_option(struct tally_arguments *arguments, const struct tally_option *option, const char *value,
			char **words, size_t word_count, struct tally_usage_error *error)
{
	if (!option->is_list && tally_argument(arguments, option->name))
		return refuse(error, "is given twice", option->name);
	if (arguments->count == TALLY_ARGUMENT_LIMIT)
		return refuse(error, "is one option too many", option->name);
	arguments->given[arguments->count].option = option;
	arguments->given[arguments->count].value = value;
	arguments->given[arguments->count].words = words;
	arguments->given[arguments->count].word_count = word_count;
	arguments->count++;
	return true;
}

static bool read_option(struct tally_arguments *arguments, const struct tally_option *own, int argc, char **argv,
			int *i, struct tally_usage_error *error)
{
	int first = *i;
	const char *text = argv[(*i)++];
	const char *name = strcmp(text, "-h") == 0 ? "--help" : text;
	size_t size = strcspn(name, "=");
	const char *value = name[size] == '=' ? name + size + 1 : NULL;
	const struct tally_option *option = NULL;

	if (name[1] == '-')
		option = find_option(own, name + 2, size - 2);
	if (name[1] == '-' && !option)
		option = find_option(tally_global_options, name + 2, size - 2);
	if (!option) {
		unknown_option(error, own, text);
		return false;
	}
	if (!option->value && value)
		return refuse(error, "takes no argument", option->name);
	if (option->value && !value) {
		if (*i == argc)
			return refuse(error, "needs an argument", option->name);
		value = argv[(*i)++];
	}
	return keep_option(arguments, option, value ? value : "", argv + first, (size_t)(*i - first), error);
}

static bool is_followed(const struct tally_option *own)
{
	while (own && own->name)
		own++;
	return own && own->value;
}

/* Another program's command line is that program's: nothing in it is read. */
static bool keep_rest(struct tally_arguments *arguments, char **rest, int argc, int *i)
{
	arguments->rest = strcmp(*rest, "--") == 0 ? rest + 1 : rest;
	*i = argc;
	return true;
}

static bool keep_operand(struct tally_arguments *arguments, const char *text, struct tally_usage_error *error)
{
	if (arguments->operand_count == TALLY_ARGUMENT_LIMIT) {
		snprintf(error->text, sizeof(error->text), "more than %d operands", TALLY_ARGUMENT_LIMIT);
		return false;
	}
	arguments->operand[arguments->operand_count++] = text;
	return true;
}

bool tally_arguments_read(struct tally_arguments *arguments, const struct tally_option *own, int argc, char **argv,
			  int *i, struct tally_usage_error *ret_error)
{
	const char *text = argv[*i];
	bool is_option = text[0] == '-' && text[1] != 0;

	if (is_followed(own) && (!is_option || strcmp(text, "--") == 0))
		return keep_rest(arguments, &argv[*i], argc, i);
	if (strcmp(text, "--") == 0) {
		for (++*i; *i < argc; ++*i)
			if (!keep_operand(arguments, argv[*i], ret_error))
				return false;
		return true;
	}
	/* "-" alone is an operand: standard input. */
	if (is_option)
		return read_option(arguments, own, argc, argv, i, ret_error);
	++*i;
	return keep_operand(arguments, text, ret_error);
}

const char *tally_argument_next(const struct tally_arguments *arguments, const char *name, size_t *i)
{
	while (*i < arguments->count) {
		size_t at = (*i)++;

		if (strcmp(arguments->given[at].option->name, name) == 0)
			return arguments->given[at].value;
	}
	return NULL;
}

const char *tally_argument(const struct tally_arguments *arguments, const char *name)
{
	const char *last = NULL, *value;
	size_t i = 0;

	while ((value = tally_argument_next(arguments, name, &i)))
		last = value;
	return last;
}

static bool is_among(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(*names, name) == 0)
			return true;
	return false;
}

size_t tally_arguments_repeat(const struct tally_arguments *arguments, const char *const *without, char **ret_words)
{
	size_t count = 0;

	for (size_t i = 0; i < arguments->count; i++) {
		if (is_among(arguments->given[i].option->name, without))
			continue;
		memcpy(ret_words + count, arguments->given[i].words,
		       arguments->given[i].word_count * sizeof(*ret_words));
		count += arguments->given[i].word_count;
	}
	return count;
}
