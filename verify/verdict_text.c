// SPDX-License-Identifier: BSD-2-Clause
/* The verdict for people. */
#include "verdict.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define BOLD "\033[1m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define DIM "\033[2m"
#define PLAIN "\033[0m"

struct printer {
	FILE *out;
	bool is_colored;
};

static void paint(const struct printer *printer, const char *color)
{
	if (printer->is_colored)
		fputs(color, printer->out);
}

static void painted(const struct printer *printer, const char *color, const char *text)
{
	paint(printer, color);
	fputs(text, printer->out);
	paint(printer, PLAIN);
}

static size_t count_held(const struct tally_verdict *verdict)
{
	size_t count = 0;

	for (size_t i = 0; i < verdict->check_count; i++)
		count += verdict->check[i].outcome == TALLY_OUTCOME_HELD;
	return count;
}

static bool has_test_root(const struct tally_verdict *verdict)
{
	for (size_t i = 0; i < verdict->member_count; i++)
		if (verdict->member[i].is_test_root)
			return true;
	return false;
}

static void print_result(const struct printer *printer, const struct tally_verdict *verdict)
{
	const char *provider = verdict->provider ? verdict->provider : "unknown evidence";

	paint(printer, BOLD);
	painted(printer, verdict->is_accepted ? GREEN : RED, verdict->is_accepted ? "accepted" : "rejected");
	fprintf(printer->out, ": %s, %zu of %zu rules hold", provider, count_held(verdict), verdict->check_count);
	if (verdict->ignored_count)
		fprintf(printer->out, ", %zu %s ignored by policy", verdict->ignored_count,
			verdict->ignored_count == 1 ? "event" : "events");
	if (verdict->exceptions_used)
		fputs(", with exceptions", printer->out);
	if (verdict->is_historical)
		fputs(", historical", printer->out);
	if (has_test_root(verdict))
		fputs(", root=non-production", printer->out);
	if (verdict->finding_count)
		fprintf(printer->out, ", %zu %s to reject", verdict->finding_count,
			verdict->finding_count == 1 ? "reason" : "reasons");
	fputs("\n", printer->out);
}

static void print_finding(const struct printer *printer, const struct tally_finding *finding)
{
	fputs("  ", printer->out);
	painted(printer, RED, tally_reason_code(finding->reason));
	fprintf(printer->out, "  %s", finding->subject);
	if (finding->has_record)
		fprintf(printer->out, ", record %llu", (unsigned long long)finding->record);
	fprintf(printer->out, ": %s", tally_reason_message(finding->reason));
	if (finding->count > 1)
		fprintf(printer->out, " (%llu times)", (unsigned long long)finding->count);
	fputs("\n", printer->out);
	if (finding->detail[0])
		fprintf(printer->out, "      %s\n", finding->detail);
}

static void print_caveats(const struct printer *printer, const struct tally_verdict *verdict)
{
	for (size_t i = 0; i < verdict->member_count; i++) {
		if (!verdict->member[i].caveat[0])
			continue;
		fputs("  ", printer->out);
		painted(printer, YELLOW, "note");
		fprintf(printer->out, "  %s: %s\n", verdict->member[i].provider, verdict->member[i].caveat);
	}
}

static void print_time(FILE *out, const char *label, int64_t seconds)
{
	time_t time = (time_t)seconds;
	struct tm broken;
	char text[40];

	if (gmtime_r(&time, &broken) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &broken))
		fprintf(out, "  %-14s %s\n", label, text);
	else
		fprintf(out, "  %-14s %lld seconds since 1970\n", label, (long long)seconds);
}

static void print_hex(FILE *out, const char *label, struct tally_bytes bytes)
{
	fprintf(out, "  %-14s ", label);
	for (size_t i = 0; i < bytes.size; i++)
		fprintf(out, "%02x", bytes.data[i]);
	fputs("\n", out);
}

static void print_hash(FILE *out, const char *label, struct tally_bytes bytes)
{
	uint8_t hash[TALLY_VERDICT_HASH_SIZE];
	enum tally_status status = tally_verdict_hash(bytes, hash);

	if (status == TALLY_OK)
		print_hex(out, label, tally_bytes(hash, sizeof(hash)));
	else
		fprintf(out, "  %-14s %s\n", label, tally_status_message(status));
}

static void print_text(FILE *out, const char *label, const char *text)
{
	if (text)
		fprintf(out, "  %-14s %s\n", label, text);
}

static void print_members(FILE *out, const struct tally_verdict *verdict)
{
	for (size_t i = 0; i < verdict->member_count; i++) {
		const struct tally_verdict_member *member = &verdict->member[i];

		print_text(out, member->provider, member->authenticated ? member->authenticated : "not authentic");
		if (member->root)
			fprintf(out, "  %-14s %s%s\n", "root", member->root,
				member->is_test_root ? ", root=non-production" : "");
		print_text(out, "TCB status", member->tcb_status);
		if (member->has_tcb_date)
			print_time(out, "TCB date", member->tcb_date);
		print_text(out, "advisories", member->advisories);
	}
}

static void print_facts(FILE *out, const struct tally_verdict *verdict)
{
	print_time(out, "time", verdict->time);
	if (verdict->has_valid_until)
		print_time(out, "valid until", verdict->valid_until);
	print_hash(out, "evidence", verdict->evidence);
	if (verdict->has_policy)
		print_hash(out, "policy", verdict->policy);
	print_text(out, "binding", tally_binding_mode_name(verdict->binding));
	if (verdict->has_nonce)
		print_hex(out, "nonce", verdict->nonce);
	print_text(out, "caller", verdict->caller);
	print_text(out, "audience", verdict->audience);
	print_text(out, "bound key", verdict->key_type);
	if (verdict->key_type)
		print_hex(out, "key hash", verdict->key_hash);
	print_members(out, verdict);
	fprintf(out, "  %-14s %llu records\n", "log", (unsigned long long)verdict->record_count);
}

static void print_claims(FILE *out, const struct tally_verdict *verdict)
{
	for (size_t i = 0; i < verdict->claim_count; i++)
		fprintf(out, "  %s: %s (%s)\n", verdict->claim[i].name, verdict->claim[i].value,
			verdict->claim[i].authenticated ? verdict->claim[i].authenticated : "nobody");
}

static void print_edges(FILE *out, const struct tally_verdict *verdict)
{
	for (size_t i = 0; i < verdict->edge_count; i++)
		fprintf(out, "  %s to %s: %s%s%s\n", verdict->edge[i].from, verdict->edge[i].to,
			tally_edge_name(verdict->edge[i].edge), verdict->edge[i].how[0] ? ", " : "",
			verdict->edge[i].how);
}

static void print_needs(FILE *out, const struct tally_verdict *verdict)
{
	for (size_t i = 0; i < verdict->need_count; i++)
		fprintf(out, "  %s: %s%s%s\n", verdict->need[i].name,
			verdict->need[i].is_stale ? "out of date" : "missing", verdict->need[i].url ? ", at " : "",
			verdict->need[i].url ? verdict->need[i].url : "");
}

static void print_check(const struct printer *printer, const struct tally_check *check)
{
	static const struct {
		const char *color;
		const char *word;
	} outcomes[] = {
		[TALLY_OUTCOME_UNSET] = { RED, "unset   " },
		[TALLY_OUTCOME_HELD] = { GREEN, "holds   " },
		[TALLY_OUTCOME_EXCEPTED] = { YELLOW, "excepted" },
		[TALLY_OUTCOME_FAILED] = { RED, "fails   " },
	};

	fputs("  ", printer->out);
	painted(printer, outcomes[check->outcome].color, outcomes[check->outcome].word);
	fprintf(printer->out, "  %s: %s", check->subject, check->rule[0] ? check->rule : "no rule");
	if (check->actual[0])
		fprintf(printer->out, " - %s", check->actual);
	if (check->reason)
		fprintf(printer->out, " (%s)", tally_reason_code(check->reason));
	fputs("\n", printer->out);
}

static void print_digests(FILE *out, const struct tally_banks *digests)
{
	for (size_t bank = 0; bank < digests->count; bank++) {
		struct tally_bytes bytes = tally_digest_bytes(&digests->digest[bank]);

		fprintf(out, "%s%s:", bank ? " " : "", tally_alg_name(digests->digest[bank].alg));
		for (size_t i = 0; i < bytes.size; i++)
			fprintf(out, "%02x", bytes.data[i]);
	}
}

static void print_jump(FILE *out, const struct tally_verdict_jump *jump)
{
	static const char *const kinds[] = {
		[TALLY_JUMP_BASE] = "base", [TALLY_JUMP_GAP] = "gap", [TALLY_JUMP_TRIM] = "trim"
	};

	fprintf(out, "  %s of %s at record %llu: ", kinds[jump->kind], jump->reg, (unsigned long long)jump->record);
	if (jump->proof)
		fprintf(out, "proven by %s", jump->proof);
	else
		fputs(jump->is_admitted ? "unproven, admitted by the policy" : "unproven", out);
	if (jump->kind != TALLY_JUMP_BASE)
		fputs(jump->is_pinned ? ", pinned" : ", not pinned", out);
	fputs("\n    to ", out);
	print_digests(out, &jump->to);
	fputs("\n", out);
}

static void print_ignored(FILE *out, const struct tally_ignored_event *ignored)
{
	fprintf(out, "  %s, record %llu", ignored->reg, (unsigned long long)ignored->record);
	if (ignored->source)
		fprintf(out, ", %s record %llu", ignored->source, (unsigned long long)ignored->source_record);
	fputs(": ", out);
	print_digests(out, &ignored->digests);
	if (ignored->text)
		fprintf(out, "\n    %s", ignored->text);
	fputs("\n", out);
}

static void print_difference(const struct printer *printer, const struct tally_difference *difference)
{
	fprintf(printer->out, "  %s\n", difference->reg);
	fputs("    ", printer->out);
	painted(printer, RED, "log      ");
	if (difference->has_record)
		fprintf(printer->out, "record %llu: %s\n", (unsigned long long)difference->record, difference->found);
	else
		fputs("ends here\n", printer->out);
	fputs("    ", printer->out);
	painted(printer, GREEN, "policy   ");
	fprintf(printer->out, "%s\n", difference->expected[0] ? difference->expected : "no more events");
}

static void print_heading(const struct printer *printer, const char *text, size_t count)
{
	if (count)
		painted(printer, BOLD, text);
}

static void print_exceptions(FILE *out, uint64_t used)
{
	const struct tally_exception_row *row;

	for (size_t i = 0; (row = tally_exception_at(i)); i++)
		if (used & tally_exception_bit(row->exception))
			fprintf(out, "  %s: %s\n", row->name, row->meaning);
}

static void print_explanation(const struct printer *printer, const struct tally_verdict *verdict)
{
	FILE *out = printer->out;

	print_heading(printer, "\nThe first event that differs, and what the policy has in its place\n",
		      verdict->difference_count);
	for (size_t i = 0; i < verdict->difference_count; i++)
		print_difference(printer, &verdict->difference[i]);
	print_heading(printer, "\nRules\n", verdict->check_count);
	for (size_t i = 0; i < verdict->check_count; i++)
		print_check(printer, &verdict->check[i]);
	print_heading(printer, "\nJumps\n", verdict->jump_count);
	for (size_t i = 0; i < verdict->jump_count; i++)
		print_jump(out, &verdict->jump[i]);
	print_heading(printer, "\nEvents ignored by policy: nothing but their digests is authenticated\n",
		      verdict->ignored_count);
	for (size_t i = 0; i < verdict->ignored_count; i++)
		print_ignored(out, &verdict->ignored[i]);
	print_heading(printer, "\nClaims, and who authenticated them\n", verdict->claim_count);
	print_claims(out, verdict);
	print_heading(printer, "\nEdges\n", verdict->edge_count);
	print_edges(out, verdict);
	print_heading(printer, "\nCollateral that \"tally collateral fetch\" would get\n", verdict->need_count);
	print_needs(out, verdict);
	print_heading(printer, "\nExceptions used\n", verdict->exceptions_used != 0);
	print_exceptions(out, verdict->exceptions_used);
	print_heading(printer, "\nEvidence\n", 1);
	print_facts(out, verdict);
}

char *tally_verdict_to_text(const struct tally_verdict *verdict, bool explain, bool color)
{
	struct printer printer = { NULL, color };
	char *text = NULL;
	size_t size = 0;
	bool has_failed;

	printer.out = open_memstream(&text, &size);
	if (!printer.out)
		return NULL;
	print_result(&printer, verdict);
	for (size_t i = 0; i < verdict->finding_count; i++)
		print_finding(&printer, &verdict->finding[i]);
	print_caveats(&printer, verdict);
	if (explain)
		print_explanation(&printer, verdict);
	has_failed = ferror(printer.out) != 0;
	if (fclose(printer.out) == 0 && !has_failed)
		return text;
	free(text);
	return NULL;
}
