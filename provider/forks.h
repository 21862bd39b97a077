/* SPDX-License-Identifier: BSD-2-Clause */
/* How often this process and those before it were forked: what is open belongs to the process that opened it. */
#ifndef TALLY_PROVIDER_FORKS_H
#define TALLY_PROVIDER_FORKS_H

/* Differs in a child from what it was in its parent. Counted from the first call on, which is made when something is opened. */
unsigned tally_forks(void);

#endif
