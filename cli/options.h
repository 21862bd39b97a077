/* SPDX-License-Identifier: BSD-2-Clause */
/* Options and operands of a command line, described by tables. */
#ifndef TALLY_CLI_OPTIONS_H
#define TALLY_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#define TALLY_ARGUMENT_LIMIT 128

/* One option, as the parser, help and the completions see it. A table of them ends with a NULL name. */
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
	} given[TALLY_ARGUMENT_LIMIT];
	size_t operand_count;
	const char *operand[TALLY_ARGUMENT_LIMIT];
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

/* Of candidates, the one that text was probably meant to be; NULL if none is close. */
const char *tally_suggestion(const char *text, const char *const *candidates, size_t count);

#endif
