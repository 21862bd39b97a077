/* SPDX-License-Identifier: BSD-2-Clause */
/* Reasons of evidence of several members, and the edges between them. A part of the table of reason.h: numbers 370 to 399. */
#ifndef TALLY_VERIFY_REASON_COMPOSITE_H
#define TALLY_VERIFY_REASON_COMPOSITE_H

#define TALLY_REASON_TABLE_COMPOSITE(X)                                       \
	X(COMPOSITE_EDGE_NONE, 370, "composite.edge-none", REJECTED,          \
	  "nothing ties a member to the report: it may be another machine's") \
	X(COMPOSITE_EDGE_ASSERTED, 371, "composite.edge-asserted", REJECTED,  \
	  "only the guest's own request ties a member to the report")

#endif
