// SPDX-License-Identifier: BSD-2-Clause
/* tally replay: from a log to register values, and whether they are the expected ones. No verdict. */
#include <stdio.h>
#include <string.h>

#include "against.h"
#include "json.h"
#include "live.h"
#include "output.h"
#include "own.h"
#include "problem.h"
#include "progress.h"
#include "selection.h"
#include "source.h"

const struct tally_option tally_replay_options[] = {
	{ "against", "QUOTE|HEX|NAME=HEX", "compare with a TDX or TPM quote, or register values; more may follow LOG",
	  true },
	{ "pcrs", "FILE",
	  "the PCR values of a TPM quote, in the order of its selection, or as tpm2_quote -o writes them", false },
	{ "bank", "ALGORITHM", "compare this bank only", false },
	{ "register", "NAME[,NAME...]", "compare these registers only: names, or ranges such as pcr0-7", true },
	{ "format", "FORMAT", "the log's format, where it is not to be found out", false },
	{ "live", NULL, "compare the machine's own log with its registers as they are now", false },
	{ NULL, NULL, NULL, false },
};

static const char *result_name(enum tally_compare_result result)
{
	switch (result) {
	case TALLY_COMPARE_EQUAL:
		return "equal";
	case TALLY_COMPARE_DIFFERS:
		return "differs";
	case TALLY_COMPARE_NO_TARGET:
		break;
	}
	return "not-compared";
}

static const char *result_style(enum tally_compare_result result)
{
	if (result == TALLY_COMPARE_NO_TARGET)
		return tally_style(TALLY_STYLE_FAINT);
	return tally_style(result == TALLY_COMPARE_EQUAL ? TALLY_STYLE_GOOD : TALLY_STYLE_BAD);
}

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static void print_values(const char *word, const struct tally_digests *digests)
{
	for (size_t i = 0; i < digests->count; i++) {
		printf("    %-8s  %-7s ", word, tally_alg_name(digests->digest[i].alg));
		tally_print_hex(stdout, tally_digest_bytes(&digests->digest[i]));
		putchar('\n');
	}
}

#define SHORT_BYTES 16

/* Values that are as expected need only be recognised: they stay on their register's line. */
static void print_short_values(const struct tally_digests *digests)
{
	for (size_t i = 0; i < digests->count; i++) {
		printf("  %s ", tally_alg_name(digests->digest[i].alg));
		tally_print_hex(stdout, tally_bytes(digests->digest[i].bytes, SHORT_BYTES));
		printf("..");
	}
}

/* Of a whole value, the banks that are compared, or that matter at all. */
static struct tally_digests shown_banks(const struct tally_digests *value, const struct tally_digests *expected,
					uint16_t bank)
{
	struct tally_digests result = { 0 };

	for (size_t i = 0; i < value->count; i++) {
		uint16_t alg = value->digest[i].alg;

		if (expected->count ? tally_digests_find(expected, alg) != NULL : bank == 0 || bank == alg)
			result.digest[result.count++] = value->digest[i];
	}
	return result;
}

static void print_difference(const struct tally_register_comparison *reg, uint64_t records,
			     const struct tally_digests *expected)
{
	print_values("expected", expected);
	if (reg->has_record)
		printf("    it has the expected value before record %llu (byte %llu), and can't reach it after that\n",
		       (unsigned long long)reg->record, (unsigned long long)reg->offset);
	else if (records == 0)
		printf("    no record of this log extends it; another log may\n");
	else
		printf("    it never has the expected value: at which record it goes wrong can't be said\n");
}

static void print_register(const struct tally_log_replay *replay, size_t i, const struct tally_comparison *comparison,
			   const struct tally_against *against)
{
	const struct tally_register_comparison *reg = &comparison->reg[i];
	const struct tally_digests *expected = &against->target.value[i];
	struct tally_digests shown = shown_banks(&reg->replayed, expected, against->bank);
	uint64_t records = replay->register_records[i];

	printf("%s%-8s%s  ", tally_style(TALLY_STYLE_STRONG), replay->set.item[i].name, tally_style(TALLY_STYLE_END));
	if (comparison->compared_count)
		printf("%s%-12s%s  ", result_style(reg->result), result_name(reg->result),
		       tally_style(TALLY_STYLE_END));
	printf("%4llu record%s", (unsigned long long)records, records == 1 ? " " : "s");
	if (reg->result == TALLY_COMPARE_EQUAL)
		print_short_values(&shown);
	putchar('\n');
	if (reg->result != TALLY_COMPARE_EQUAL)
		print_values("replayed", &shown);
	if (reg->result == TALLY_COMPARE_DIFFERS)
		print_difference(reg, records, expected);
}

static void print_jumps(const struct tally_log_replay *replay)
{
	uint64_t jumps = replay->base_count + replay->gap_count + replay->trim_count;

	if (jumps)
		printf("The log states %llu value%s that it does not explain: bases %llu, gaps %llu, trims %llu.\n",
		       (unsigned long long)jumps, plural(jumps), (unsigned long long)replay->base_count,
		       (unsigned long long)replay->gap_count, (unsigned long long)replay->trim_count);
}

static void print_result(const struct tally_comparison *comparison, const struct tally_against *against)
{
	size_t differing = comparison->differing_count + against->unmatched_count;
	size_t compared = comparison->compared_count + against->unmatched_count;

	if (against->is_quote_refuted)
		printf("%sdiffers%s", tally_style(TALLY_STYLE_BAD), tally_style(TALLY_STYLE_END));
	else if (differing)
		printf("%sdiffers%s: %zu of %zu registers", tally_style(TALLY_STYLE_BAD), tally_style(TALLY_STYLE_END),
		       differing, compared);
	else
		printf("%sequal%s: %zu register%s", tally_style(TALLY_STYLE_GOOD), tally_style(TALLY_STYLE_END),
		       compared, plural(compared));
	printf(". This compares values and is no verdict.\n");
}

/* The last line answers what was asked; those before it say what that is worth. */
static void print_summary(const struct tally_log_replay *replay, const struct tally_comparison *comparison,
			  const struct tally_against *against, bool is_live)
{
	for (size_t i = 0; i < against->unmatched_count; i++)
		printf("No register of this log has, or had, the value %s\n", against->unmatched[i]);
	if (against->is_quote_refuted)
		printf("The replayed values together are not those of the quote; --pcrs FILE tells which one "
		       "differs.\n");
	print_jumps(replay);
	if (against->has_quote)
		printf("The quote was not authenticated: nobody checked who signed it.\n");
	if (against->value_count || is_live)
		print_result(comparison, against);
}

static void print_text(const struct tally_log_replay *replay, const struct tally_comparison *comparison,
		       const struct tally_against *against, bool is_live)
{
	printf("%llu record%s (%s), %llu of them measured\n\n", (unsigned long long)replay->record_count,
	       plural(replay->record_count), tally_log_format_name(replay->format),
	       (unsigned long long)replay->measured_count);
	for (size_t i = 0; i < tally_registers_runtime_count(&replay->set); i++)
		if (comparison->reg[i].result != TALLY_COMPARE_NO_TARGET || replay->register_records[i])
			print_register(replay, i, comparison, against);
	putchar('\n');
	print_summary(replay, comparison, against, is_live);
}

static json_t *register_json(const struct tally_log_replay *replay, size_t i,
			     const struct tally_register_comparison *reg, const struct tally_digests *expected)
{
	json_t *object = tally_json_object();

	tally_json_set(object, "name", tally_json_text(tally_text(replay->set.item[i].name)));
	tally_json_set(object, "records", tally_json_integer(replay->register_records[i]));
	tally_json_set(object, "result", tally_json_text(tally_text(result_name(reg->result))));
	tally_json_set(object, "value", tally_json_digests(&reg->replayed));
	if (reg->result != TALLY_COMPARE_NO_TARGET)
		tally_json_set(object, "expected", tally_json_digests(expected));
	if (reg->has_record) {
		tally_json_set(object, "lost_with_record", tally_json_integer(reg->record));
		tally_json_set(object, "lost_at_offset", tally_json_integer(reg->offset));
	}
	return object;
}

static const char *overall(const struct tally_comparison *comparison, const struct tally_against *against, bool is_live)
{
	if (against->value_count == 0 && !is_live)
		return "not-compared";
	if (comparison->differing_count || against->unmatched_count || against->is_quote_refuted)
		return "differs";
	return "equal";
}

static void print_json(const struct tally_log_replay *replay, const struct tally_comparison *comparison,
		       const struct tally_against *against, bool is_live)
{
	json_t *object = tally_json_object(), *registers = tally_json_array(), *unmatched = tally_json_array();

	for (size_t i = 0; i < tally_registers_runtime_count(&replay->set); i++)
		tally_json_append(registers, register_json(replay, i, &comparison->reg[i], &against->target.value[i]));
	for (size_t i = 0; i < against->unmatched_count; i++)
		tally_json_append(unmatched, tally_json_text(tally_text(against->unmatched[i])));
	tally_json_set(object, "format", tally_json_text(tally_text(tally_log_format_name(replay->format))));
	tally_json_set(object, "records", tally_json_integer(replay->record_count));
	tally_json_set(object, "measured", tally_json_integer(replay->measured_count));
	tally_json_set(object, "bases", tally_json_integer(replay->base_count));
	tally_json_set(object, "gaps", tally_json_integer(replay->gap_count));
	tally_json_set(object, "trims", tally_json_integer(replay->trim_count));
	tally_json_set(object, "skipped", tally_json_integer(replay->skipped_count));
	if (replay->has_boot_id)
		tally_json_set(object, "boot_id", tally_json_hex(tally_bytes(replay->boot_id, TALLY_BOOT_ID_SIZE)));
	tally_json_set(object, "result", tally_json_text(tally_text(overall(comparison, against, is_live))));
	tally_json_set(object, "is_authenticated", tally_json_bool(false));
	tally_json_set(object, "compared", tally_json_integer(comparison->compared_count));
	tally_json_set(object, "differing", tally_json_integer(comparison->differing_count));
	tally_json_set(object, "unmatched", unmatched);
	tally_json_set(object, "registers", registers);
	tally_json_print(stdout, "tally.replay", object);
}

static enum tally_exit finish(struct tally_cli *cli, struct tally_bytes log, struct tally_log_replay *replay,
			      struct tally_against *against, bool is_live)
{
	struct tally_comparison comparison;
	enum tally_status status;
	uint64_t mask;
	enum tally_exit code = tally_selection_read(cli, &replay->set, &mask);

	if (code != TALLY_EXIT_OK)
		return code;
	for (size_t i = 0; i < TALLY_REGISTER_LIMIT; i++)
		if (!(mask >> i & 1))
			against->target.value[i].count = 0;
	status = tally_replay_compare(log, replay, &against->target, &comparison);
	if (status != TALLY_OK)
		return tally_refuse_input(cli, status, "the log", replay->fault_offset);
	if ((against->value_count || is_live) && comparison.compared_count + against->unmatched_count == 0 &&
	    !against->is_quote_refuted)
		return tally_refuse_usage(cli, "there is nothing to compare: --register or --bank leaves no value");
	if (cli->is_json)
		print_json(replay, &comparison, against, is_live);
	else
		print_text(replay, &comparison, against, is_live);
	return strcmp(overall(&comparison, against, is_live), "differs") == 0 ? TALLY_EXIT_REJECTED : TALLY_EXIT_OK;
}

static enum tally_exit replay_input(struct tally_cli *cli, struct tally_bytes log)
{
	enum tally_log_format format;
	struct tally_log_replay replay;
	struct tally_against against;
	enum tally_status status;
	enum tally_exit code = tally_source_format(cli, "format", log, &format);

	if (code != TALLY_EXIT_OK)
		return code;
	replay.fault_offset = 0;
	tally_progress_begin(cli, "replaying", &replay.fault_offset, log.size);
	status = tally_replay_log(log, format, &replay);
	tally_progress_end();
	if (status != TALLY_OK)
		return tally_refuse_input(cli, status, "the log", replay.fault_offset);
	code = tally_against_read(cli, log, &replay, &against);
	return code == TALLY_EXIT_OK ? finish(cli, log, &replay, &against, false) : code;
}

static enum tally_exit replay_live(struct tally_cli *cli)
{
	struct tally_authority *authority = NULL;
	struct tally_against against = { 0 };
	struct tally_log_replay replay;
	struct tally_log_view view;
	enum tally_exit code = tally_own_open(cli, true, &authority);

	if (code != TALLY_EXIT_OK)
		return code;
	code = tally_live_read(cli, authority, &view, &replay, &against.target);
	if (code == TALLY_EXIT_OK)
		code = finish(cli, view.bytes, &replay, &against, true);
	tally_log_view_done(&view);
	tally_authority_close(authority);
	return code;
}

enum tally_exit tally_run_replay(struct tally_cli *cli)
{
	const struct tally_arguments *arguments = &cli->arguments;
	struct tally_source source;
	enum tally_exit code;

	if (tally_argument(arguments, "live")) {
		if (arguments->operand_count || tally_argument(arguments, "against"))
			return tally_refuse_usage(cli, "--live compares the machine's own log with its own registers: "
						       "it takes no LOG and no --against");
		return replay_live(cli);
	}
	if (arguments->operand_count == 0)
		return tally_refuse_usage(cli, "tally replay needs a LOG, or --live for the machine's own");
	code = tally_source_open(cli, arguments->operand[0], &source);
	if (code == TALLY_EXIT_OK)
		code = replay_input(cli, source.bytes);
	tally_source_done(&source);
	return code;
}
