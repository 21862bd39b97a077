/* SPDX-License-Identifier: BSD-2-Clause */
/* What `tally log` can be told to do; each in the file log_ACTION.c. */
#ifndef TALLY_CLI_LOG_H
#define TALLY_CLI_LOG_H

#include "../core/record.h"
#include "../core/registers.h"
#include "command.h"

/* A row of the table in log.c. The first operand names it. */
struct tally_log_action {
	const char *name;
	enum tally_exit (*run)(struct tally_cli *cli);
};

enum tally_exit tally_run_log_follow(struct tally_cli *cli);
enum tally_exit tally_run_log_attach(struct tally_cli *cli);
enum tally_exit tally_run_log_fill(struct tally_cli *cli);
enum tally_exit tally_run_log_recover(struct tally_cli *cli);
enum tally_exit tally_run_log_restore(struct tally_cli *cli);
enum tally_exit tally_run_log_save(struct tally_cli *cli);
enum tally_exit tally_run_log_show(struct tally_cli *cli);
enum tally_exit tally_run_log_convert(struct tally_cli *cli);
enum tally_exit tally_run_log_export(struct tally_cli *cli); /* log_convert.c too */
enum tally_exit tally_run_log_trim(struct tally_cli *cli);

/* --- lines of records, as show prints them --- */

/* How wide the columns are that depend on the log. */
struct tally_log_columns {
	int reg;
	int kind;
};

/* is_own: a log of tally's, whose kinds of events are short. */
struct tally_log_columns tally_log_columns(const struct tally_register_set *set, bool is_own);
void tally_log_print_heading(const struct tally_log_columns *columns);
void tally_log_print(const struct tally_record *record, const char *name, const struct tally_log_columns *columns);

#endif
