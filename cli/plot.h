/* SPDX-License-Identifier: BSD-2-Clause */
/* A timeline of a log as an SVG: registers as lanes, records from left to right. */
#ifndef TALLY_CLI_PLOT_H
#define TALLY_CLI_PLOT_H

#include <stdio.h>

#include "../core/record.h"
#include "../verify/replay.h"

#define TALLY_PLOT_BINS 540 /* of so many or fewer records each is a mark of its own; of more they are counted */

/* A picture that is being drawn: constant in size, whatever the log. */
struct tally_plot;

/* Registers outside the mask get no lane. NULL: out of memory. Freed by tally_plot_end. */
struct tally_plot *tally_plot_begin(FILE *file, const struct tally_log_replay *replay, uint64_t mask);

/* The next record; reg: position of its register in the set, -1 for none. */
void tally_plot_add(struct tally_plot *plot, const struct tally_record *record, int reg);

void tally_plot_end(struct tally_plot *plot);

#endif
