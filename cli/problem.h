/* SPDX-License-Identifier: BSD-2-Clause */
/* What went wrong, on standard error: a line or two of text or, with --json, an object tally.error/1. */
#ifndef TALLY_CLI_PROBLEM_H
#define TALLY_CLI_PROBLEM_H

#include "../provider/provider.h"
#include "command.h"

/* All return the exit code that they announce. A message says what was wrong, where, and what to do. */
enum tally_exit tally_refuse(struct tally_cli *cli, enum tally_exit code, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A wrong command line; adds how to get help. */
enum tally_exit tally_refuse_usage(struct tally_cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* A file that can't be used; error is its errno. */
enum tally_exit tally_refuse_errno(struct tally_cli *cli, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* A call of the authority or of a provider failed. problem->text may be empty. */
enum tally_exit tally_refuse_status(struct tally_cli *cli, enum tally_status status,
				    const struct tally_problem *problem);

/* Bytes from outside can't be read. what: which, offset: where in them. */
enum tally_exit tally_refuse_input(struct tally_cli *cli, enum tally_status status, const char *what, uint64_t offset);

#endif
