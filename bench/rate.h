/* SPDX-License-Identifier: BSD-2-Clause */
/* Medians of repeated runs, and the one line of JSON that tools/bench reads. */
#ifndef TALLY_BENCH_RATE_H
#define TALLY_BENCH_RATE_H

#include <stddef.h>

#define TALLY_BENCH_RUNS 5

/* Seconds of CLOCK_MONOTONIC. */
double bench_now(void);

/* The median of count numbers, which are sorted in place. */
double bench_median(double *values, size_t count);

/* {"bench": NAME, "value": VALUE, "unit": UNIT} on a line. */
void bench_print(const char *name, double value, const char *unit);

/* End the program with a message: a benchmark that fails must not look like one that was fast. */
_Noreturn void bench_fail(const char *what, const char *why);

#endif
