/* SPDX-License-Identifier: BSD-2-Clause */
/* Medians of repeated runs, and the one line of JSON that tools/bench reads. */
#ifndef TALLY_BENCH_RATE_H
#define TALLY_BENCH_RATE_H

#include <stddef.h>

#define TALLY_BENCH_RUNS 5

/* Seconds of CLOCK_MONOTONIC: for what waits for another process. */
double bench_now(void);

/* Seconds of processor time, ours and the kernel's for us: for what never waits, so that a busy machine disturbs less. */
double bench_cpu(void);

/* The median of count numbers, which are sorted in place. */
double bench_median(double *values, size_t count);

/* {"bench": NAME, "value": VALUE, "unit": UNIT} on a line. */
void bench_print(const char *name, double value, const char *unit);

/* End the program with a message: a benchmark that fails must not look like one that was fast. */
_Noreturn void bench_fail(const char *what, const char *why);

#endif
