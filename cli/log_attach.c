// SPDX-License-Identifier: BSD-2-Clause
/* tally log attach: boot logs, which lead to where our log begins, become its earlier segments. */
#include <stdio.h>
#include <unistd.h>

#include "json.h"
#include "log.h"
#include "own.h"
#include "problem.h"
#include "source.h"

#define BOOT_LOG_TPM "/sys/kernel/security/tpm0/binary_bios_measurements"
#define BOOT_LOG_CC "/sys/firmware/acpi/tables/data/CCEL"

/* What is attached; ended by attaching_done. */
struct attaching {
	size_t count;
	struct tally_source source[TALLY_ARGUMENT_LIMIT];
	struct tally_attachment log[TALLY_ARGUMENT_LIMIT];
};

static void attaching_done(struct attaching *attaching)
{
	for (size_t i = 0; i < attaching->count; i++)
		tally_source_done(&attaching->source[i]);
}

/* Where Linux shows the boot log of registers like these; NULL if nobody knows. */
static const char *known_path(const struct tally_register_set *set)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < tally_registers_runtime_count(set); i++)
		mask |= set->item[i].pcr_mask;
	if (mask == 0)
		return NULL;
	return set->item[0].pcr_mask == 1 ? BOOT_LOG_TPM : BOOT_LOG_CC;
}

static enum tally_exit read_log(struct tally_cli *cli, const char *path, struct attaching *attaching)
{
	struct tally_source *source = &attaching->source[attaching->count];
	struct tally_attachment *log = &attaching->log[attaching->count];
	enum tally_exit code = tally_source_open(cli, path, source);

	attaching->count++;
	if (code == TALLY_EXIT_OK)
		code = tally_source_format(cli, "format", source->bytes, &log->format);
	log->log = source->bytes;
	return code;
}

static enum tally_exit read_known(struct tally_cli *cli, const struct tally_register_set *set,
				  struct attaching *attaching)
{
	const char *path = known_path(set);

	if (!path)
		return tally_refuse_usage(cli, "name the boot log: this provider's has no known place");
	if (access(path, F_OK) != 0)
		return tally_refuse(cli, TALLY_EXIT_UNAVAILABLE,
				    "there is no boot log at %s: if it is somewhere else, name it", path);
	return read_log(cli, path, attaching);
}

static enum tally_exit read_logs(struct tally_cli *cli, const struct tally_register_set *set,
				 struct attaching *attaching)
{
	const struct tally_arguments *arguments = &cli->arguments;
	enum tally_exit code = TALLY_EXIT_OK;

	if (arguments->operand_count == 1)
		return read_known(cli, set, attaching);
	for (size_t i = 1; code == TALLY_EXIT_OK && i < arguments->operand_count; i++)
		code = read_log(cli, arguments->operand[i], attaching);
	return code;
}

static void print_text(const struct tally_register_set *set, const struct tally_attach_result *result)
{
	const char *between = "";

	for (size_t i = 0; i < result->count; i++)
		printf("attached as segment.%llu\n", (unsigned long long)result->first + i);
	printf("proven from their reset values: ");
	for (size_t i = 0; i < tally_registers_runtime_count(set); i++) {
		if (!(result->registers >> i & 1))
			continue;
		printf("%s%s", between, set->item[i].name);
		between = ", ";
	}
	putchar('\n');
}

static void print(const struct tally_cli *cli, const struct tally_register_set *set,
		  const struct tally_attach_result *result)
{
	json_t *object, *registers;

	if (!cli->is_json) {
		print_text(set, result);
		return;
	}
	object = tally_json_object();
	registers = tally_json_array();
	for (size_t i = 0; i < tally_registers_runtime_count(set); i++)
		if (result->registers >> i & 1)
			tally_json_append(registers, tally_json_text(tally_text(set->item[i].name)));
	tally_json_set(object, "first", tally_json_integer(result->first));
	tally_json_set(object, "count", tally_json_integer(result->count));
	tally_json_set(object, "registers", registers);
	tally_json_print(stdout, "tally.log-attach", object);
}

static enum tally_exit attach(struct tally_cli *cli, struct tally_authority *authority, struct attaching *attaching)
{
	const struct tally_register_set *set = tally_authority_registers(authority);
	struct tally_attach_result result;
	struct tally_problem problem = { "" };
	enum tally_status status;
	enum tally_exit code = read_logs(cli, set, attaching);

	if (code != TALLY_EXIT_OK)
		return code;
	status = tally_authority_attach(authority, attaching->log, attaching->count, 0, &result, &problem);
	if (status != TALLY_OK)
		return tally_refuse_status(cli, status, &problem);
	print(cli, set, &result);
	return TALLY_EXIT_OK;
}

enum tally_exit tally_run_log_attach(struct tally_cli *cli)
{
	static struct attaching attaching; /* large */
	struct tally_authority *authority = NULL;
	enum tally_exit code = tally_own_open(cli, false, &authority);

	if (code == TALLY_EXIT_OK)
		code = attach(cli, authority, &attaching);
	attaching_done(&attaching);
	tally_authority_close(authority);
	return code;
}
