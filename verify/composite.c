// SPDX-License-Identifier: BSD-2-Clause
/* The edges of composite evidence: members that nothing ties together could come from two machines. */
#include "composite.h"

static bool is_found(const struct tally_ledger *ledger, enum tally_reason reason)
{
	const struct tally_finding *findings = ledger->findings.items;

	for (size_t i = 0; i < ledger->findings.count; i++)
		if (findings[i].reason == reason)
			return true;
	return false;
}

/* The guest's own request names the member where REPORT_DATA covers companions, and no fault of that was found. */
static bool is_asserted(const struct tally_policy *policy, const struct tally_ledger *ledger)
{
	return policy->binding == TALLY_BINDING_TALLY && !is_found(ledger, TALLY_REASON_BINDING_COMPANIONS) &&
	       !is_found(ledger, TALLY_REASON_BINDING_REPORT_DATA) && !is_found(ledger, TALLY_REASON_BINDING_MISSING) &&
	       !is_found(ledger, TALLY_REASON_BINDING_MALFORMED);
}

/* An SVSM speaks through its manifest, which REPORT_DATA covers together with the nonce. */
static bool is_covered(const struct tally_policy *policy, const struct tally_ledger *ledger)
{
	return policy->binding != TALLY_BINDING_SVSM ||
	       (!is_found(ledger, TALLY_REASON_BINDING_REPORT_DATA) && !is_found(ledger, TALLY_REASON_FRESHNESS_NONE));
}

static void check_edge(const struct tally_statement *report, const struct tally_statement *statement,
		       const struct tally_policy *policy, struct tally_ledger *ledger)
{
	bool is_named = report->report_data.size && is_asserted(policy, ledger);
	enum tally_edge edge = is_named ? TALLY_EDGE_ASSERTED : TALLY_EDGE_NONE;
	const char *how = is_named ? "companions in REPORT_DATA" : "";
	struct tally_verdict_edge *shown = tally_vector_add(&ledger->edges, ledger->arena, sizeof(*shown));

	if (statement->edge == TALLY_EDGE_VOUCHED && report->by && is_covered(policy, ledger)) {
		edge = TALLY_EDGE_VOUCHED;
		how = statement->edge_how;
	}
	if (shown)
		*shown = (struct tally_verdict_edge){ report->label, statement->label, edge, how };
	tally_ledger_policy(ledger, edge >= policy->edge,
			    edge == TALLY_EDGE_NONE ? TALLY_REASON_COMPOSITE_EDGE_NONE
						    : TALLY_REASON_COMPOSITE_EDGE_ASSERTED,
			    statement->label,
			    tally_arena_print(ledger->arena, "its edge from the report is %s or better",
					      tally_edge_name(policy->edge)),
			    tally_edge_name(edge), NULL, how);
}

void tally_composite_check(const struct tally_statements *statements, const struct tally_policy *policy,
			   struct tally_ledger *ledger)
{
	for (size_t i = 1; i < statements->count; i++)
		if (statements->item[i].is_readable && statements->item[0].is_readable)
			check_edge(&statements->item[0], &statements->item[i], policy, ledger);
}
