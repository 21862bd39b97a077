/* SPDX-License-Identifier: BSD-2-Clause */
/* Options and operands of a command line, described by tables. */
#ifndef TALLY_CLI_OPTIONS_H
#define TALLY_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define TALLY_ARGUMENT_LIMIT 128

/*
 * One option, as the parser, help and the completions see it. A table of them ends with a NULL name; if that row has a
 * value, the first operand, or "--", begins another program's command line.
 */
struct tally_option {
	const char *name;  /* without "--" */
	const char *value; /* what help calls its argument; NULL: it takes none */
	const char *help;
	bool is_list; /* may be given more than once */
};

/* What was given. Texts belong to argv. */
struct tally_arguments {
	size_t count;
	struct {
		const struct tally_option *option;
		const char *value; /* "" for an option without argument */
		char **words;	   /* in argv: one, or two where the value stands by itself */
		size_t word_count;
	} given[TALLY_ARGUMENT_LIMIT];
	size_t operand_count;
	const char *operand[TALLY_ARGUMENT_LIMIT];
	char **rest; /* the command line that follows, up to the NULL of argv; NULL for none */
};

/* Why a command line was refused. */
struct tally_usage_error {
	char text[480];
};

extern const struct tally_option tally_global_options[];

/*
 * Read one argument and, for an option, its value. Options of the global table and of own (NULL: none
 * yet) are known. Advances *i past what was read; false with ret_error set if it is refused.
 */
bool tally_arguments_read(struct tally_arguments *arguments, const struct tally_option *own, int argc, char **argv,
			  int *i, struct tally_usage_error *ret_error);

/* The value of an option that was given, the last one of a list; NULL if it was not. */
const char *tally_argument(const struct tally_arguments *arguments, const char *name);

/* The next value of a list from position *i on, advancing *i; NULL at the end. */
const char *tally_argument_next(const struct tally_arguments *arguments, const char *name, size_t *i);

/*
 * The options that were given, as words of another command line, all but those of without (ends with NULL). Returns
 * their number: at most 2 * TALLY_ARGUMENT_LIMIT.
 */
size_t tally_arguments_repeat(const struct tally_arguments *arguments, const char *const *without, char **ret_words);

/* Of candidates, the one that text was probably meant to be; NULL if none is close. */
const char *tally_suggestion(const char *text, const char *const *candidates, size_t count);

#endif
