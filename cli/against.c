// SPDX-License-Identifier: BSD-2-Clause
/* From the command line to a replay's target. */
#include "against.h"

#include <stdio.h>

#include "../format/tdx_quote.h"
#include "../format/tpm_quote.h"
#include "input.h"
#include "problem.h"
#include "selection.h"

static bool set_has_bank(const struct tally_register_set *set, uint16_t alg)
{
	for (size_t i = 0; i < tally_registers_runtime_count(set); i++)
		if (tally_digests_find(&set->item[i].reset, alg))
			return true;
	return false;
}

static enum tally_exit read_bank(struct tally_cli *cli, const struct tally_register_set *set, uint16_t *ret_alg)
{
	const char *name = tally_argument(&cli->arguments, "bank");
	uint16_t alg = name ? tally_alg_from_name(tally_text(name)) : 0;

	if (name && alg == 0)
		return tally_refuse_usage(cli, "unknown bank %.40s: sha1, sha256, sha384, sha512 or sm3_256", name);
	if (name && !set_has_bank(set, alg))
		return tally_refuse_usage(cli, "the log has no digests of bank %s", tally_alg_name(alg));
	*ret_alg = alg;
	return TALLY_EXIT_OK;
}

/* A value in hex and the algorithm that its size tells. */
static enum tally_exit read_value(struct tally_cli *cli, const struct tally_register_set *set, const char *hex,
				  uint16_t bank, struct tally_digest *ret)
{
	static const uint16_t algs[] = { TALLY_SHA1, TALLY_SHA256, TALLY_SHA384, TALLY_SHA512, TALLY_SM3_256 };
	uint8_t bytes[TALLY_DIGEST_LIMIT];
	size_t size = strlen(hex) / 2;
	uint16_t found = 0;

	if (size > sizeof(bytes) || !tally_hex_read(tally_text(hex), bytes))
		return tally_refuse_usage(cli, "a register value is not hex of a digest's size: %.140s", hex);
	for (size_t i = 0; i < sizeof(algs) / sizeof(algs[0]); i++) {
		if (tally_alg_size(algs[i]) != size || !set_has_bank(set, algs[i]) || (bank && bank != algs[i]))
			continue;
		if (found)
			return tally_refuse_usage(cli,
						  "a register value of %zu bytes can be of two banks: name one "
						  "with --bank",
						  size);
		found = algs[i];
	}
	if (!found)
		return tally_refuse_usage(cli, "a register value has %zu bytes, and no bank of the log has that size%s",
					  size, bank ? " (--bank)" : "");
	return tally_digest_set(ret, found, tally_bytes(bytes, size)) == TALLY_OK ? TALLY_EXIT_OK : TALLY_EXIT_SYSTEM;
}

static enum tally_exit add_value(struct tally_cli *cli, const struct tally_register_set *set, struct tally_bytes name,
				 const struct tally_digest *value, struct tally_replay_target *target)
{
	enum tally_status status = tally_replay_target_add(target, set, name, value);

	if (status == TALLY_OK)
		return TALLY_EXIT_OK;
	return tally_refuse_usage(cli, "a value for register %.*s can't be compared: %s", (int)name.size,
				  (const char *)name.data, tally_status_message(status));
}

static enum tally_exit add_named(struct tally_cli *cli, const struct tally_register_set *set, const char *text,
				 uint16_t bank, struct tally_against *against)
{
	size_t size = strcspn(text, "=");
	struct tally_digest value;
	char name[TALLY_REGISTER_NAME_LIMIT];
	size_t i = 0;
	enum tally_exit code;

	snprintf(name, sizeof(name), "%.*s", (int)size, text);
	code = tally_register_find(cli, set, name, &i);
	if (code == TALLY_EXIT_OK)
		code = read_value(cli, set, text + size + 1, bank, &value);
	if (code == TALLY_EXIT_OK)
		code = add_value(cli, set, tally_text(set->item[i].name), &value, &against->target);
	return code;
}

/* Of the registers that this value could be of: one that has it, else one that had it; -1 if none. */
static int owner_of(const struct tally_register_set *set, const struct tally_comparison *comparison)
{
	int owner = -1;

	for (size_t i = 0; i < tally_registers_runtime_count(set); i++) {
		if (comparison->reg[i].result == TALLY_COMPARE_EQUAL)
			return (int)i;
		if (comparison->reg[i].result == TALLY_COMPARE_DIFFERS && comparison->reg[i].has_record && owner < 0)
			owner = (int)i;
	}
	return owner;
}

/* A value without a name is any register's. */
static enum tally_exit add_nameless(struct tally_cli *cli, struct tally_bytes log, struct tally_log_replay *replay,
				    const char *text, uint16_t bank, struct tally_against *against)
{
	struct tally_replay_target trial;
	struct tally_comparison comparison;
	struct tally_digest value;
	enum tally_status status;
	int owner;
	enum tally_exit code = read_value(cli, &replay->set, text, bank, &value);

	if (code != TALLY_EXIT_OK)
		return code;
	tally_replay_target_init(&trial);
	for (size_t i = 0; i < tally_registers_runtime_count(&replay->set); i++)
		/* A register without this bank can't be the one. */
		if (tally_digests_find(&replay->set.item[i].reset, value.alg))
			code = add_value(cli, &replay->set, tally_text(replay->set.item[i].name), &value, &trial);
	status = tally_replay_compare(log, replay, &trial, &comparison);
	if (status != TALLY_OK)
		return tally_refuse_input(cli, status, "the log", replay->fault_offset);
	owner = owner_of(&replay->set, &comparison);
	if (owner >= 0)
		return add_value(cli, &replay->set, tally_text(replay->set.item[owner].name), &value, &against->target);
	if (against->unmatched_count == sizeof(against->unmatched) / sizeof(against->unmatched[0]))
		return tally_refuse_usage(cli, "too many values that no register of the log has");
	against->unmatched[against->unmatched_count++] = text;
	return TALLY_EXIT_OK;
}

/* The replayed values in the order of a quote's selection. False if the log has no such register or bank. */
static bool write_selected(struct tally_log_replay *replay, const struct tally_tpm_quote *quote,
			   struct tally_writer *writer)
{
	for (size_t s = 0; s < quote->selection_count; s++)
		for (uint32_t pcr = 0; pcr < TALLY_PCR_COUNT; pcr++) {
			int i = tally_registers_find_number(&replay->set, pcr);
			const struct tally_digest *digest;
			struct tally_digests value;

			if (!(quote->selection[s].mask >> pcr & 1))
				continue;
			if (i < 0 || tally_log_replay_value(replay, (size_t)i, &value) != TALLY_OK)
				return false;
			digest = tally_digests_find(&value, quote->selection[s].alg);
			if (!digest)
				return false;
			tally_write_bytes(writer, tally_digest_bytes(digest));
		}
	return writer->status == TALLY_OK;
}

/* Without the values beside it a quote says one thing: whether all of them together are the replayed ones. */
static enum tally_exit add_tpm_quote_alone(struct tally_cli *cli, struct tally_log_replay *replay,
					   struct tally_bytes bytes, struct tally_against *against)
{
	uint8_t values[TALLY_PCR_SELECTION_LIMIT * TALLY_PCR_COUNT * TALLY_DIGEST_LIMIT];
	struct tally_writer writer = tally_writer(values, sizeof(values));
	struct tally_tpm_quote quote;
	enum tally_status status = tally_tpm_quote_read(bytes, &quote);

	if (status != TALLY_OK)
		return tally_refuse_input(cli, status, "the TPM quote", 0);
	if (!write_selected(replay, &quote, &writer))
		return tally_refuse_usage(cli, "the quote selects PCRs or banks that the log does not have: give their "
					       "values with --pcrs FILE");
	status = tally_replay_target_tpm_quote(&against->target, &replay->set, bytes, tally_written(&writer));
	against->is_quote_refuted = status == TALLY_CHECKSUM;
	if (against->bank == 0 && quote.selection_count == 1)
		against->bank = quote.selection[0].alg;
	if (status != TALLY_OK && status != TALLY_CHECKSUM)
		return tally_refuse_input(cli, status, "the TPM quote", 0);
	return TALLY_EXIT_OK;
}

static enum tally_exit add_tpm_quote(struct tally_cli *cli, struct tally_log_replay *replay, struct tally_bytes quote,
				     struct tally_against *against)
{
	const char *path = tally_argument(&cli->arguments, "pcrs");
	struct tally_input values;
	enum tally_status status;
	enum tally_exit code;

	if (!path)
		return add_tpm_quote_alone(cli, replay, quote, against);
	code = tally_input_open(cli, "the file of PCR values", path, &values);
	if (code != TALLY_EXIT_OK)
		return code;
	status = tally_replay_target_tpm_quote(&against->target, &replay->set, quote, values.bytes);
	tally_input_done(&values);
	if (status == TALLY_CHECKSUM)
		return tally_refuse(cli, TALLY_EXIT_MALFORMED,
				    "the PCR values (--pcrs) are not those of the quote: their digest is another one");
	if (status != TALLY_OK)
		return tally_refuse_input(cli, status, "the TPM quote or its PCR values", 0);
	return TALLY_EXIT_OK;
}

static bool begins_with(struct tally_bytes bytes, size_t at, const char *text, size_t size)
{
	return bytes.size >= at + size && memcmp(bytes.data + at, text, size) == 0;
}

static enum tally_exit add_quote(struct tally_cli *cli, struct tally_log_replay *replay, const char *text,
				 struct tally_against *against)
{
	struct tally_input quote;
	enum tally_status status;
	enum tally_exit code = tally_input_open(cli, "the quote", text, &quote);

	if (code != TALLY_EXIT_OK)
		return code;
	against->has_quote = true;
	/* TPMS_ATTEST begins with TPM_GENERATED; a TDX quote has the TEE type 0x81 behind version and key type. */
	if (begins_with(quote.bytes, 0, "\xffTCG", 4)) {
		code = add_tpm_quote(cli, replay, quote.bytes, against);
	} else if (begins_with(quote.bytes, 4, "\x81\0\0\0", 4)) {
		status = tally_replay_target_tdx_quote(&against->target, &replay->set, quote.bytes);
		if (status == TALLY_UNKNOWN_REGISTER)
			code = tally_refuse_usage(cli, "a TDX quote has RTMRs and the log has none: is it the log of "
						       "another machine?");
		else if (status != TALLY_OK)
			code = tally_refuse_input(cli, status, "the TDX quote", 0);
	} else {
		code = tally_refuse(cli, TALLY_EXIT_MALFORMED,
				    "%.200s is neither a TDX quote nor a TPM quote (TPMS_ATTEST)", text);
	}
	tally_input_done(&quote);
	return code;
}

static bool is_hex(const char *text)
{
	return *text && text[strspn(text, "0123456789abcdefABCDEF")] == 0;
}

static enum tally_exit add(struct tally_cli *cli, struct tally_bytes log, struct tally_log_replay *replay,
			   const char *text, uint16_t bank, struct tally_against *against)
{
	const char *equals = strchr(text, '=');

	against->value_count++;
	if (equals && is_hex(equals + 1))
		return add_named(cli, &replay->set, text, bank, against);
	if (is_hex(text))
		return add_nameless(cli, log, replay, text, bank, against);
	return add_quote(cli, replay, text, against);
}

/* Keep one bank of every target. */
static void keep_bank(struct tally_replay_target *target, uint16_t bank)
{
	for (size_t i = 0; i < TALLY_REGISTER_LIMIT; i++) {
		const struct tally_digest *digest = tally_digests_find(&target->value[i], bank);
		struct tally_digests one = { 0 };

		if (digest) {
			one.count = 1;
			one.digest[0] = *digest;
		}
		target->value[i] = one;
	}
}

enum tally_exit tally_against_read(struct tally_cli *cli, struct tally_bytes log, struct tally_log_replay *replay,
				   struct tally_against *ret)
{
	const struct tally_arguments *arguments = &cli->arguments;
	const char *text;
	uint16_t bank = 0;
	size_t at = 0;
	enum tally_exit code = read_bank(cli, &replay->set, &bank);

	memset(ret, 0, sizeof(*ret));
	ret->bank = bank;
	tally_replay_target_init(&ret->target);
	while (code == TALLY_EXIT_OK && (text = tally_argument_next(arguments, "against", &at)))
		code = add(cli, log, replay, text, bank, ret);
	for (size_t i = 1; code == TALLY_EXIT_OK && i < arguments->operand_count; i++)
		code = add(cli, log, replay, arguments->operand[i], bank, ret);
	if (code == TALLY_EXIT_OK && tally_argument(arguments, "pcrs") && !ret->has_quote)
		code = tally_refuse_usage(cli, "--pcrs gives the values of a TPM quote, and --against names none");
	if (bank)
		keep_bank(&ret->target, bank);
	return code;
}
