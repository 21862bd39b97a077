/* SPDX-License-Identifier: BSD-2-Clause */
/* A subcommand, and what it is given. */
#ifndef TALLY_CLI_COMMAND_H
#define TALLY_CLI_COMMAND_H

#include "exit.h"
#include "options.h"

struct tally_cli;

/*
 * What measures is small enough for an initrd; what judges evidence, what fetches and what serves clients bring
 * libraries of their own, so they are programs of their own, which `tally` starts. Each brings the functions that it has.
 */
enum tally_program { TALLY_PROGRAM_TALLY = 0, TALLY_PROGRAM_VERIFY, TALLY_PROGRAM_COLLATERAL, TALLY_PROGRAM_SERVE };

/* A row of the table in commands.c, from which help is printed. */
struct tally_command {
	const char *name;
	enum tally_program program;
	const char *summary;		    /* one line */
	const char *usage;		    /* one form a line, each beginning with the name */
	const struct tally_option *options; /* its own, beside the global ones; ends with a NULL name */
};

extern const struct tally_command tally_commands[];
extern const size_t tally_command_count;

/* NULL if there is none. */
const struct tally_command *tally_command_find(const char *name);

/* A command that this program carries out itself. */
struct tally_command_function {
	const char *name;
	enum tally_exit (*run)(struct tally_cli *cli);
};

/* Of the program that is being built, in the file of its name (program_tally.c, ...); ends with a NULL name. */
extern const enum tally_program tally_program;
extern const struct tally_command_function tally_functions[];

/* Start the program whose command it is, with the same arguments. It returns only to say that it can't. */
enum tally_exit tally_command_start(struct tally_cli *cli, char **argv);

/* One run of the program. */
struct tally_cli {
	const struct tally_command *command; /* NULL: none was named */
	struct tally_arguments arguments;
	bool is_json;
	const char *provider;  /* --provider or TALLY_PROVIDER; NULL: the machine's */
	const char *directory; /* --dir or TALLY_DIR; NULL: the provider's own */
};

/* The functions, each in the file of its name. Options stand there too, or in options_verify.c and options_serve.c. */
enum tally_exit tally_run_doctor(struct tally_cli *cli);
enum tally_exit tally_run_registers(struct tally_cli *cli);
enum tally_exit tally_run_extend(struct tally_cli *cli);
enum tally_exit tally_run_log(struct tally_cli *cli);
enum tally_exit tally_run_report(struct tally_cli *cli);
enum tally_exit tally_run_evidence(struct tally_cli *cli);
enum tally_exit tally_run_replay(struct tally_cli *cli);
enum tally_exit tally_run_run(struct tally_cli *cli);
enum tally_exit tally_run_verify(struct tally_cli *cli);
enum tally_exit tally_run_ak(struct tally_cli *cli);
enum tally_exit tally_run_policy(struct tally_cli *cli);
enum tally_exit tally_run_collateral(struct tally_cli *cli);
enum tally_exit tally_run_serve(struct tally_cli *cli);
enum tally_exit tally_run_version(struct tally_cli *cli);
enum tally_exit tally_run_help(struct tally_cli *cli);
extern const struct tally_option tally_extend_options[];
extern const struct tally_option tally_log_options[];
extern const struct tally_option tally_report_options[];
extern const struct tally_option tally_evidence_options[];
extern const struct tally_option tally_replay_options[];
extern const struct tally_option tally_run_options[];
extern const struct tally_option tally_verify_options[];
extern const struct tally_option tally_ak_options[];
extern const struct tally_option tally_policy_options[];
extern const struct tally_option tally_collateral_options[];
extern const struct tally_option tally_serve_options[];

/* Refuse a name that is no command's, and say which one was probably meant. */
enum tally_exit tally_command_unknown(struct tally_cli *cli, const char *name);

/* The usage of one command, or of the program for NULL, to standard output. */
enum tally_exit tally_help_print(struct tally_cli *cli, const struct tally_command *command);

#endif
