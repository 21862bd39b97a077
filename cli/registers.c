// SPDX-License-Identifier: BSD-2-Clause
/* tally registers: what the machine has, and locking. */
#include <stdio.h>
#include <string.h>

#include "control_text.h"
#include "json.h"
#include "output.h"
#include "own.h"
#include "problem.h"
#include "selection.h"

struct reading {
	struct tally_digests value;
	bool is_locked;
};

static enum tally_exit read_one(struct tally_cli *cli, struct tally_authority *authority, size_t i, struct reading *ret)
{
	struct tally_problem problem = { "" };
	enum tally_status status = tally_authority_read(authority, i, &ret->value, &ret->is_locked, &problem);

	return status == TALLY_OK ? TALLY_EXIT_OK : tally_refuse_status(cli, status, &problem);
}

static void print_register(const struct tally_register *reg, const struct reading *reading)
{
	char pcrs[TALLY_PCR_TEXT_LIMIT];

	tally_pcr_mask_text(reg->pcr_mask, pcrs);
	printf("%s%-14s%s %s%s%s%s", tally_style(TALLY_STYLE_STRONG), reg->name, tally_style(TALLY_STYLE_END),
	       tally_register_kind_name(reg->kind),
	       reading->is_locked ? ", locked"
	       : reg->is_lockable ? ", lockable"
				  : "",
	       reg->is_resettable ? ", resettable" : "", reg->is_late ? ", late" : "");
	if (*pcrs)
		printf(", PCR %s", pcrs);
	if (reg->is_signed == TALLY_SIGNED_NOT)
		printf(", in no report");
	if (reg->is_signed == TALLY_SIGNED_LOCKED && !reading->is_locked)
		printf(", in reports once it is locked");
	putchar('\n');
	for (size_t i = 0; i < reading->value.count; i++) {
		printf("  %s%-7s%s ", tally_style(TALLY_STYLE_FAINT), tally_alg_name(reading->value.digest[i].alg),
		       tally_style(TALLY_STYLE_END));
		tally_print_hex(stdout, tally_digest_bytes(&reading->value.digest[i]));
		putchar('\n');
	}
}

static json_t *reading_json(const struct tally_register *reg, const struct reading *reading)
{
	json_t *object = tally_register_json(reg);

	tally_json_set(object, "is_locked", tally_json_bool(reading->is_locked));
	tally_json_set(object, "value", tally_json_digests(&reading->value));
	return object;
}

static enum tally_exit list(struct tally_cli *cli, struct tally_authority *authority)
{
	const struct tally_register_set *set = tally_authority_registers(authority);
	json_t *registers = tally_json_array(), *object;
	enum tally_exit code = TALLY_EXIT_OK;

	for (size_t i = 0; i < set->count && code == TALLY_EXIT_OK; i++) {
		struct reading reading;

		code = read_one(cli, authority, i, &reading);
		if (code == TALLY_EXIT_OK && cli->is_json)
			tally_json_append(registers, reading_json(&set->item[i], &reading));
		else if (code == TALLY_EXIT_OK)
			print_register(&set->item[i], &reading);
	}
	if (code != TALLY_EXIT_OK || !cli->is_json) {
		json_decref(registers);
		return code;
	}
	object = tally_json_object();
	tally_json_set(object, "provider", tally_json_text(tally_text(set->provider)));
	tally_json_set(object, "registers", registers);
	tally_json_print(stdout, "tally.registers-list", object);
	return code;
}

static enum tally_exit lock(struct tally_cli *cli, struct tally_authority *authority, const char *name)
{
	const struct tally_register_set *set = tally_authority_registers(authority);
	struct tally_problem problem = { "" };
	struct reading reading;
	json_t *object;
	enum tally_status status;
	size_t i = 0;
	enum tally_exit code = tally_register_find(cli, set, name, &i);

	if (code != TALLY_EXIT_OK)
		return code;
	status = tally_authority_lock(authority, i, &problem);
	if (status != TALLY_OK)
		return tally_refuse_status(cli, status, &problem);
	code = read_one(cli, authority, i, &reading);
	if (code != TALLY_EXIT_OK)
		return code;
	if (!cli->is_json) {
		print_register(&set->item[i], &reading);
		return code;
	}
	object = tally_json_object();
	tally_json_set(object, "provider", tally_json_text(tally_text(set->provider)));
	tally_json_set(object, "register", reading_json(&set->item[i], &reading));
	tally_json_print(stdout, "tally.registers-lock", object);
	return code;
}

enum tally_exit tally_run_registers(struct tally_cli *cli)
{
	const struct tally_arguments *arguments = &cli->arguments;
	const char *action = arguments->operand_count ? arguments->operand[0] : "list";
	struct tally_authority *authority = NULL;
	bool is_lock = strcmp(action, "lock") == 0;
	enum tally_exit code;

	if (!is_lock && strcmp(action, "list") != 0)
		return tally_refuse_usage(cli, "tally registers can list and lock, not %.40s", action);
	if (is_lock && arguments->operand_count != 2)
		return tally_refuse_usage(cli, "tally registers lock takes one register");
	if (!is_lock && arguments->operand_count > 1)
		return tally_refuse_usage(cli, "tally registers list takes no operand");
	code = tally_own_open(cli, !is_lock, &authority);
	if (code == TALLY_EXIT_OK)
		code = is_lock ? lock(cli, authority, arguments->operand[1]) : list(cli, authority);
	tally_authority_close(authority);
	return code;
}
