// SPDX-License-Identifier: BSD-2-Clause
/* The judgement from the first byte to the verdict. */
#include "verify.h"

#include <stdio.h>

#include "../format/binding.h"
#include "../format/segment.h"
#include "appraise.h"
#include "binding.h"
#include "certificates.h"
#include "composite.h"
#include "kept.h"
#include "logs.h"
#include "manifest.h"
#include "fault.h"

/* This software was written after the first day of 2026; whoever's clock shows the year 2200 has no clock. */
#define TIME_EARLIEST INT64_C(1767225600)
#define TIME_LATEST INT64_C(7258118400)

/* spec: RFC 9711 4.1: the least that is a nonce at all */
#define RAW_NONCE_MIN 8

struct judgement {
	const struct tally_verify_request *request;
	const struct tally_policy *policy;
	struct tally_verdict *verdict;
	struct tally_ledger ledger;
	struct tally_bundle bundle;
	struct tally_statements statements;
	struct tally_collateral collateral;
	struct tally_kept *kept; /* the request's, or one for this judgement alone */
};

bool tally_time_is_plausible(int64_t time)
{
	return time >= TIME_EARLIEST && time < TIME_LATEST;
}

static bool is_label(const struct tally_member *member, const char *label)
{
	return tally_bytes_equal(member->label, tally_text(label));
}

static bool is_read_by_verifier(const struct judgement *judgement, const struct tally_member *member)
{
	for (size_t i = 0; i < judgement->statements.count; i++) {
		const struct tally_verifier *verifier = judgement->statements.item[i].verifier;

		if (is_label(member, verifier->label))
			return true;
		for (const char *const *label = verifier->members; label && *label; label++)
			if (is_label(member, *label))
				return true;
	}
	return false;
}

/* Raw REPORT_DATA binds no companions, so that nothing speaks for them. */
static bool is_referenced(const struct judgement *judgement, const struct tally_member *member)
{
	enum tally_binding_mode mode = judgement->policy->binding;

	if (is_label(member, TALLY_LABEL_BINDING))
		return mode == TALLY_BINDING_TALLY;
	if (is_label(member, TALLY_LABEL_DATA))
		return mode == TALLY_BINDING_TALLY || mode == TALLY_BINDING_COCO;
	if (is_label(member, TALLY_LABEL_MANIFEST))
		return tally_manifest_kind_of(member) != NULL;
	if (is_label(member, TALLY_LABEL_REPORT) || is_label(member, TALLY_LABEL_LOG))
		return true;
	return tally_logs_is_stored(&judgement->bundle, member) || tally_logs_is_segment(member) ||
	       is_read_by_verifier(judgement, member);
}

/* The reader has checked the media types that a label fixes; verifiers check those of their own members. */
static void check_member(struct judgement *judgement, const struct tally_member *member)
{
	struct tally_arena *arena = judgement->ledger.arena;
	struct tally_segment_kind kind;

	if (!is_referenced(judgement, member))
		tally_ledger_find(&judgement->ledger, TALLY_REASON_BUNDLE_MEMBER_UNREFERENCED,
				  tally_arena_text(arena, member->label), NULL, "%s", "");
	if (tally_logs_is_segment(member) && !tally_segment_media_read(member->media_type, &kind))
		tally_ledger_find(&judgement->ledger, TALLY_REASON_BUNDLE_MEDIA_TYPE,
				  tally_arena_text(arena, member->label), NULL, "%s",
				  tally_arena_text(arena, member->media_type));
}

static void check_members(struct judgement *judgement)
{
	size_t before = judgement->ledger.findings.count;

	for (size_t i = 0; i < judgement->bundle.count; i++)
		check_member(judgement, &judgement->bundle.member[i]);
	tally_ledger_summary(&judgement->ledger, before, "bundle", "something refers to every member",
			     tally_arena_print(judgement->ledger.arena, "%zu members", judgement->bundle.count));
}

/* For the place of a fault. */
static enum tally_status reread_bundle(struct tally_bytes input)
{
	struct tally_bundle bundle;

	return tally_bundle_read(input, &bundle);
}

static bool read_bundle(struct judgement *judgement)
{
	enum tally_status status = tally_bundle_read(judgement->request->evidence, &judgement->bundle);

	if (status == TALLY_OK)
		return true;
	if (status == TALLY_NOT_FOUND)
		tally_ledger_find(&judgement->ledger, TALLY_REASON_BUNDLE_LABEL_UNKNOWN, "bundle", NULL, "%s", "");
	else
		tally_ledger_find(
			&judgement->ledger, TALLY_REASON_BUNDLE_MALFORMED, "bundle", NULL, "%s",
			tally_fault_text(judgement->ledger.arena, reread_bundle, judgement->request->evidence, status));
	return false;
}

static void name_registers(struct tally_statement *statement, struct tally_arena *arena)
{
	for (size_t i = 0; i < statement->registers.count; i++)
		statement->name[i] =
			tally_arena_print(arena, "%s.%s", statement->verifier->name, statement->registers.item[i].name);
}

/* What the report covers beside a nonce. */
static enum tally_status check_manifest(const struct tally_verifier_input *report, struct tally_ledger *ledger,
					struct tally_statement *statement)
{
	const struct tally_member *member = tally_bundle_find(report->bundle, TALLY_LABEL_MANIFEST);
	const struct tally_manifest_kind *kind = member ? tally_manifest_kind_of(member) : NULL;
	struct tally_verifier_input input = *report;

	/* Of another kind, it is a member that nothing refers to. */
	if (!kind)
		return TALLY_OK;
	input.member = member;
	input.report = member->value;
	return kind->check(&input, ledger, statement);
}

static enum tally_status authenticate_member(struct judgement *judgement, const struct tally_member *member,
					     const struct tally_verifier *verifier)
{
	const struct tally_verify_request *request = judgement->request;
	struct tally_statement *statement = &judgement->statements.item[judgement->statements.count];
	struct tally_verifier_input input = { .bundle = &judgement->bundle,
					      .member = member,
					      .report = member->value,
					      .policy = judgement->policy,
					      .section = tally_policy_section(judgement->policy, verifier),
					      .time = request->time,
					      .collateral = &judgement->collateral,
					      .roots = request->roots,
					      .kept = judgement->kept,
					      .has_nonce = request->has_nonce,
					      .nonce = request->nonce,
					      .earlier_count = judgement->statements.count,
					      .earlier = judgement->statements.item };
	enum tally_status status;

	judgement->statements.count++;
	statement->verifier = verifier;
	statement->label = tally_arena_text(judgement->ledger.arena, member->label);
	status = verifier->authenticate(&input, &judgement->ledger, statement);
	if (status == TALLY_OK && is_label(member, TALLY_LABEL_REPORT) && statement->is_readable)
		status = check_manifest(&input, &judgement->ledger, statement);
	if (status != TALLY_OK)
		return status;
	name_registers(statement, judgement->ledger.arena);
	tally_statement_show(statement, judgement->policy, &judgement->ledger);
	return TALLY_OK;
}

static enum tally_status authenticate_report(struct judgement *judgement)
{
	const struct tally_member *report = tally_bundle_find(&judgement->bundle, TALLY_LABEL_REPORT);
	const struct tally_verifier *verifier = report ? tally_verifier_of_member(report) : NULL;

	if (!report)
		tally_ledger_find(&judgement->ledger, TALLY_REASON_BUNDLE_REPORT_MISSING, "bundle", NULL, "%s", "");
	else if (!verifier)
		tally_ledger_find(&judgement->ledger, TALLY_REASON_BUNDLE_REPORT_UNKNOWN, "report", NULL, "%s",
				  tally_arena_text(judgement->ledger.arena, report->media_type));
	if (!verifier)
		return TALLY_OK;
	judgement->verdict->provider = verifier->name;
	return authenticate_member(judgement, report, verifier);
}

/* A statement is large, and most evidence has one. */
static enum tally_status make_room(struct judgement *judgement)
{
	size_t count = 0;

	for (size_t i = 0; i < judgement->bundle.count && count < TALLY_STATEMENT_LIMIT; i++)
		count += tally_verifier_of_member(&judgement->bundle.member[i]) != NULL;
	judgement->statements.item =
		tally_arena_take(judgement->ledger.arena, count, sizeof(*judgement->statements.item));
	return judgement->statements.item ? TALLY_OK : TALLY_NO_MEMORY;
}

/* The report comes first: others rest on what it says. */
static enum tally_status authenticate(struct judgement *judgement)
{
	const struct tally_member *report = tally_bundle_find(&judgement->bundle, TALLY_LABEL_REPORT);
	enum tally_status status = make_room(judgement);

	if (status == TALLY_OK)
		status = authenticate_report(judgement);

	for (size_t i = 0; status == TALLY_OK && i < judgement->bundle.count; i++) {
		const struct tally_member *member = &judgement->bundle.member[i];
		const struct tally_verifier *verifier = tally_verifier_of_member(member);

		if (verifier && member != report && judgement->statements.count < TALLY_STATEMENT_LIMIT)
			status = authenticate_member(judgement, member, verifier);
	}
	return status;
}

static bool is_readable(const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->statements.count; i++)
		if (!judgement->statements.item[i].is_readable)
			return false;
	return judgement->statements.count != 0;
}

static enum tally_status check_bindings(struct judgement *judgement)
{
	enum tally_status status = TALLY_OK;
	bool is_bound = false;

	for (size_t i = 0; status == TALLY_OK && i < judgement->statements.count; i++) {
		const struct tally_statement *statement = &judgement->statements.item[i];
		struct tally_binding_case check = { .request = judgement->request,
						    .policy = judgement->policy,
						    .bundle = &judgement->bundle,
						    .statement = statement,
						    .is_beside = is_bound,
						    .ledger = &judgement->ledger,
						    .verdict = judgement->verdict };

		if (statement->report_data.size == 0 && statement->nonce.size == 0)
			continue;
		status = tally_binding_check(&check);
		is_bound = true;
	}
	if (status == TALLY_OK && !is_bound && is_readable(judgement))
		tally_ledger_find(&judgement->ledger, TALLY_REASON_FRESHNESS_NONE, "nonce", NULL, "%s",
				  "no member of the evidence carries one");
	return status;
}

static enum tally_status check_logs(struct judgement *judgement)
{
	struct tally_logs logs = { .bundle = &judgement->bundle,
				   .statements = &judgement->statements,
				   .policy = judgement->policy,
				   .stored = judgement->request->stored,
				   .stored_count = judgement->request->stored_count };

	return tally_logs_check(&logs, &judgement->ledger, judgement->verdict);
}

static void check_time(struct judgement *judgement)
{
	judgement->verdict->time = judgement->request->time;
	judgement->verdict->is_historical = judgement->request->is_time_given;
	tally_ledger_exceptable(&judgement->ledger, !judgement->request->is_time_given, TALLY_EXCEPTION_TIME,
				TALLY_REASON_TIME_NOT_ADMITTED, "time", "the time of judgement is now");
}

static enum tally_status judge(struct judgement *judgement)
{
	enum tally_status status;

	check_time(judgement);
	if (!read_bundle(judgement))
		return TALLY_OK;
	judgement->collateral =
		tally_certificates_collect(&judgement->bundle, judgement->request->collateral, &judgement->ledger);
	status = authenticate(judgement);
	if (status != TALLY_OK)
		return status;
	for (size_t i = 0; i < judgement->statements.count; i++)
		tally_statement_check_root(&judgement->statements.item[i], &judgement->ledger);
	check_members(judgement);
	status = check_bindings(judgement);
	tally_composite_check(&judgement->statements, judgement->policy, &judgement->ledger);
	if (status == TALLY_OK)
		status = check_logs(judgement);
	if (status == TALLY_OK)
		tally_appraise(&judgement->statements, judgement->policy, &judgement->ledger);
	return status;
}

static void take_inputs(struct judgement *judgement)
{
	const struct tally_verify_request *request = judgement->request;
	struct tally_verdict *verdict = judgement->verdict;

	verdict->evidence = tally_arena_copy(judgement->ledger.arena, request->evidence);
	verdict->has_policy = request->policy != NULL;
	if (request->policy)
		verdict->policy = tally_arena_copy(judgement->ledger.arena, request->policy_bytes);
}

/* The verdict holds as long as everything that it rests on. */
static void take_validity(struct judgement *judgement)
{
	struct tally_verdict *verdict = judgement->verdict;

	for (size_t i = 0; i < judgement->statements.count; i++) {
		const struct tally_statement *statement = &judgement->statements.item[i];

		if (!statement->has_valid_until)
			continue;
		if (!verdict->has_valid_until || statement->valid_until < verdict->valid_until)
			verdict->valid_until = statement->valid_until;
		verdict->has_valid_until = true;
	}
}

/* Accepted needs a member that is authentic, all of them so, and not a single no. */
static bool is_accepted(const struct judgement *judgement)
{
	for (size_t i = 0; i < judgement->statements.count; i++)
		if (!judgement->statements.item[i].by)
			return false;
	return judgement->statements.count && tally_ledger_accepts(&judgement->ledger);
}

static void finish(struct judgement *judgement)
{
	struct tally_ledger *ledger = &judgement->ledger;
	struct tally_verdict *verdict = judgement->verdict;

	take_validity(judgement);
	verdict->binding = judgement->policy->binding;
	verdict->is_accepted = is_accepted(judgement);
	verdict->is_malformed = tally_ledger_is_malformed(ledger);
	verdict->exceptions_used = ledger->exceptions_used;
	verdict->member = ledger->members.items;
	verdict->member_count = ledger->members.count;
	verdict->finding = ledger->findings.items;
	verdict->finding_count = ledger->findings.count;
	verdict->check = ledger->checks.items;
	verdict->check_count = ledger->checks.count;
	verdict->ignored = ledger->ignored.items;
	verdict->ignored_count = ledger->ignored.count;
	verdict->jump = ledger->jumps.items;
	verdict->jump_count = ledger->jumps.count;
	verdict->difference = ledger->differences.items;
	verdict->difference_count = ledger->differences.count;
	verdict->edge = ledger->edges.items;
	verdict->edge_count = ledger->edges.count;
	verdict->need = ledger->needs.items;
	verdict->need_count = ledger->needs.count;
	verdict->reg = ledger->registers.items;
	verdict->register_count = ledger->registers.count;
	verdict->event = ledger->events.items;
	verdict->event_count = ledger->events.count;
	verdict->claim = ledger->claims.items;
	verdict->claim_count = ledger->claims.count;
}

static enum tally_status check_request(const struct tally_verify_request *request)
{
	bool is_ours = !request->policy || request->policy->binding == TALLY_BINDING_TALLY;
	size_t least = is_ours ? TALLY_NONCE_MIN : RAW_NONCE_MIN;

	if (request->has_nonce && (request->nonce.size < least || request->nonce.size > TALLY_NONCE_MAX))
		return TALLY_NONCE_SIZE;
	if (!request->is_time_given && !tally_time_is_plausible(request->time))
		return TALLY_INVALID;
	if (!request->key_type.size != !request->key_hash.size)
		return TALLY_INVALID;
	return TALLY_OK;
}

/* Within one judgement, too, the same key signs more than once. */
static enum tally_status judge_kept(struct judgement *judgement)
{
	struct tally_kept *given = judgement->request->kept;
	struct tally_kept *own = given ? NULL : tally_kept_for_one(judgement->ledger.arena);
	enum tally_status status = TALLY_NO_MEMORY;

	judgement->kept = given ? given : own;
	if (given)
		tally_kept_begin(given);
	take_inputs(judgement);
	if (judgement->kept)
		status = judge(judgement);
	tally_kept_free(own);
	return status;
}

enum tally_status tally_verify(const struct tally_verify_request *request, struct tally_verdict **ret)
{
	static const struct tally_policy accepts_nothing = { .binding = TALLY_BINDING_TALLY,
							     .edge = TALLY_EDGE_VOUCHED,
							     .collateral = &tally_collateral_no_limits };
	enum tally_status status = check_request(request);
	struct tally_arena *arena = status == TALLY_OK ? tally_arena_new() : NULL;
	struct judgement *judgement = arena ? tally_arena_take(arena, 1, sizeof(*judgement)) : NULL;

	if (status != TALLY_OK)
		return status;
	if (judgement) {
		judgement->request = request;
		judgement->policy = request->policy ? request->policy : &accepts_nothing;
		judgement->ledger.arena = arena;
		judgement->ledger.allowed = judgement->policy->allowed;
		judgement->verdict = tally_arena_take(arena, 1, sizeof(*judgement->verdict));
	}
	if (!judgement || !judgement->verdict) {
		tally_arena_free(arena);
		return TALLY_NO_MEMORY;
	}
	judgement->verdict->arena = arena;
	status = judge_kept(judgement);
	if (tally_arena_has_failed(arena))
		status = TALLY_NO_MEMORY;
	if (status == TALLY_OK) {
		finish(judgement);
		*ret = judgement->verdict;
	} else {
		tally_arena_free(arena);
	}
	return status;
}

enum tally_status tally_verdict_hash(struct tally_bytes bytes, uint8_t ret[TALLY_VERDICT_HASH_SIZE])
{
	struct tally_hash_job job = { TALLY_SHA384, { bytes }, ret };

	return tally_env_hash(&job, 1);
}

void tally_verdict_free(struct tally_verdict *verdict)
{
	if (verdict)
		tally_arena_free(verdict->arena);
}
