// SPDX-License-Identifier: BSD-2-Clause
/* tally version: of the program, and of what it reads and writes. */
#include "../format/control.h"
#include "../provider/provider.h"
#include "json.h"
#include "problem.h"

static void print_json(void)
{
	json_t *object = tally_json_object(), *providers = tally_json_array();
	const struct tally_provider *const *provider;
	size_t count;

	provider = tally_providers(&count);
	for (size_t i = 0; i < count; i++)
		tally_json_append(providers, tally_json_text(tally_text(provider[i]->name)));
	tally_json_set(object, "version", tally_json_text(tally_text(TALLY_VERSION)));
	tally_json_set(object, "log_version", tally_json_integer(TALLY_LOG_VERSION));
	tally_json_set(object, "providers", providers);
	tally_json_print(stdout, "tally.version", object);
}

enum tally_exit tally_run_version(struct tally_cli *cli)
{
	if (cli->arguments.operand_count)
		return tally_refuse_usage(cli, "tally version takes no operand");
	if (cli->is_json)
		print_json();
	else
		puts("tally " TALLY_VERSION);
	return TALLY_EXIT_OK;
}
