// SPDX-License-Identifier: BSD-2-Clause
/* All cases of the suite, in the order in which they are run. */
#include "suite.h"

#define GROUPS(X)                                                                                            \
	X(report)                                                                                            \
	X(blobs)                                                                                             \
	X(requesters) X(faults) X(rtmrs) X(rtmrs_log) X(measurements) X(registers) X(request) X(request_bad) \
		X(request_many)

#define DECLARE(group) extern const struct abi_case abi_##group##_cases[];
GROUPS(DECLARE)

#define TABLE(group) abi_##group##_cases,
const struct abi_case *const abi_groups[] = { GROUPS(TABLE) NULL };
