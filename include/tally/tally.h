/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole API of libtally: measure, log, attest, verify. Each header can be included alone. */
#ifndef TALLY_TALLY_H
#define TALLY_TALLY_H

#include "authority.h"
#include "base.h"
#include "life.h"
#include "log.h"
#include "verify.h"

#endif
