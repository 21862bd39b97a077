/* SPDX-License-Identifier: BSD-2-Clause */
/* What `tally log` can be told to do; each in the file log_ACTION.c. */
#ifndef TALLY_CLI_LOG_H
#define TALLY_CLI_LOG_H

#include "command.h"

/* A row of the table in log.c. The first operand names it. */
struct tally_log_action {
	const char *name;
	enum tally_exit (*run)(struct tally_cli *cli);
};

enum tally_exit tally_run_log_recover(struct tally_cli *cli);
enum tally_exit tally_run_log_restore(struct tally_cli *cli);
enum tally_exit tally_run_log_save(struct tally_cli *cli);
enum tally_exit tally_run_log_show(struct tally_cli *cli);
enum tally_exit tally_run_log_convert(struct tally_cli *cli);
enum tally_exit tally_run_log_export(struct tally_cli *cli); /* log_convert.c too */
enum tally_exit tally_run_log_trim(struct tally_cli *cli);

#endif
