// SPDX-License-Identifier: BSD-2-Clause
/* All cases of the suite, in the order in which they are run. */
#include "suite.h"

extern const struct abi_case abi_report_cases[];
extern const struct abi_case abi_blobs_cases[];
extern const struct abi_case abi_requesters_cases[];
extern const struct abi_case abi_faults_cases[];
extern const struct abi_case abi_rtmrs_cases[];
extern const struct abi_case abi_rtmrs_log_cases[];
extern const struct abi_case abi_measurements_cases[];
extern const struct abi_case abi_registers_cases[];
extern const struct abi_case abi_request_cases[];
extern const struct abi_case abi_request_bad_cases[];
extern const struct abi_case abi_request_many_cases[];
extern const struct abi_case abi_every_file_cases[];

const struct abi_case *const abi_groups[] = {
	abi_report_cases,
	abi_blobs_cases,
	abi_requesters_cases,
	abi_faults_cases,
	abi_rtmrs_cases,
	abi_rtmrs_log_cases,
	abi_measurements_cases,
	abi_registers_cases,
	abi_request_cases,
	abi_request_bad_cases,
	abi_request_many_cases,
	abi_every_file_cases,
	NULL,
};
