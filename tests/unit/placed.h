/* SPDX-License-Identifier: BSD-2-Clause */
/* Whoever is told that input is malformed is told where: a byte, a record, or how much of it there is. */
#ifndef TALLY_TESTS_UNIT_PLACED_H
#define TALLY_TESTS_UNIT_PLACED_H

#include "test.h"

#include "../../verify/verdict.h"

static inline void expect_places(const struct tally_verdict *verdict)
{
	for (size_t i = 0; i < verdict->finding_count; i++) {
		const struct tally_finding *finding = &verdict->finding[i];

		if (tally_reason_severity(finding->reason) == TALLY_SEVERITY_MALFORMED && !finding->has_record &&
		    !strstr(finding->detail, "byte"))
			fail_msg("%s, but where? \"%s\"", tally_reason_code(finding->reason), finding->detail);
	}
}

#endif
