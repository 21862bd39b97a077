/* SPDX-License-Identifier: BSD-2-Clause */
/* Exploring one configuration. */
#ifndef TALLY_TESTS_MODEL_EXPLORE_H
#define TALLY_TESTS_MODEL_EXPLORE_H

#include "model.h"

/* Visit all states. NULL if all is well, else what is not. */
const char *explore(const struct configuration *configuration, enum damage how, size_t *ret_state_count);

/* How the last exploration came to what is not well, a step a line. */
void explore_print_path(void);

#endif
