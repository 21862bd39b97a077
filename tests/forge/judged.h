/* SPDX-License-Identifier: BSD-2-Clause */
/* Forged evidence in a bundle, judged, and the codes of its verdict. */
#ifndef TALLY_TESTS_FORGE_JUDGED_H
#define TALLY_TESTS_FORGE_JUDGED_H

#include "../../verify/policy.h"
#include "../../verify/verify.h"
#include "der.h"

/* What is judged. Zeros: no nonce, no collateral, no roots, the time of the forge. */
struct forge_judged {
	const char *media_type; /* of the report */
	struct tally_bytes report;
	struct tally_bytes binding; /* size 0: the bundle has none */
	struct tally_bytes log;
	const char *policy;
	const struct tally_policy *read_policy; /* the same, read once by who judges often; NULL: read it */
	struct tally_bytes nonce;
	const struct tally_collateral *collateral;
	const struct tally_roots *roots;
	struct tally_kept *kept;
	int64_t time; /* 0: FORGE_TIME */
	bool is_time_given;
};

/* Freed with tally_policy_free. A policy that can't be read fails the test. */
struct tally_policy *forge_policy(const char *text);

/* The verdict; freed with tally_verdict_free. */
struct tally_verdict *forge_judge(const struct forge_judged *judged);

/* Codes of a verdict, each once, ascending by number, but for the one that every root of a test has. Static memory. */
const char *forge_codes(const struct tally_verdict *verdict);

/* The codes are these; says which case failed otherwise. */
void forge_expect(const char *name, const struct forge_judged *judged, const char *expected);

#endif
