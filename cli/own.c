// SPDX-License-Identifier: BSD-2-Clause
/* From the global options to an authority. */
#include "own.h"

#include <stdio.h>
#include <stdlib.h>

#include "input.h"
#include "problem.h"

static enum tally_exit read_provider(struct tally_cli *cli, struct tally_own_options *options)
{
	if (cli->provider && !tally_provider_find(cli->provider))
		return tally_refuse(cli, TALLY_EXIT_UNAVAILABLE,
				    "there is no provider %.40s in this program: `tally doctor` lists them",
				    cli->provider);
	/* Two directories of a hardware provider would be two owners of its registers. */
	if (cli->directory && cli->provider && strcmp(cli->provider, "soft") != 0)
		return tally_refuse_usage(cli,
					  "--dir (TALLY_DIR) is for soft and for logs at rest: %s has one "
					  "directory, /run/tally/%s; leave --dir out",
					  cli->provider, cli->provider);
	options->authority.provider = cli->provider;
	options->authority.directory = cli->directory;
	return TALLY_EXIT_OK;
}

static enum tally_exit read_soft(struct tally_cli *cli, struct tally_own_options *options)
{
	const char *preset = tally_argument(&cli->arguments, "soft-preset");

	options->soft.is_durable = tally_argument(&cli->arguments, "soft-durable") != NULL;
	if ((preset || options->soft.is_durable) && cli->provider && strcmp(cli->provider, "soft") != 0)
		return tally_refuse_usage(cli, "--soft-preset and --soft-durable are for soft alone, not for %s",
					  cli->provider);
	if (preset && !tally_soft_preset_from_name(preset, &options->soft.preset))
		return tally_refuse_usage(cli, "unknown preset %.40s: default, tdx, tpm, nsm or cca", preset);
	options->authority.provider_options.soft = &options->soft;
	return TALLY_EXIT_OK;
}

static enum tally_exit read_capacity(struct tally_cli *cli, struct tally_own_options *options)
{
	const char *text = tally_argument(&cli->arguments, "capacity");
	char *end = NULL;

	if (!text)
		return TALLY_EXIT_OK;
	errno = 0;
	options->authority.capacity = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != 0 || errno != 0 || options->authority.capacity == 0)
		return tally_refuse_usage(cli, "--capacity is a number of bytes, not %.40s", text);
	return TALLY_EXIT_OK;
}

enum tally_exit tally_own_read(struct tally_cli *cli, struct tally_own_options *ret)
{
	enum tally_exit code;

	memset(ret, 0, sizeof(*ret));
	code = read_provider(cli, ret);
	if (code == TALLY_EXIT_OK)
		code = read_soft(cli, ret);
	if (code == TALLY_EXIT_OK)
		code = read_capacity(cli, ret);
	return code;
}

enum tally_exit tally_own_open(struct tally_cli *cli, bool is_reader, struct tally_authority **ret)
{
	struct tally_own_options options;
	struct tally_problem problem = { "" };
	enum tally_status status;
	enum tally_exit code = tally_own_read(cli, &options);

	if (code != TALLY_EXIT_OK)
		return code;
	options.authority.is_reader = is_reader;
	status = tally_authority_open(&options.authority, ret, &problem);
	return status == TALLY_OK ? TALLY_EXIT_OK : tally_refuse_status(cli, status, &problem);
}

enum tally_exit tally_own_directory(struct tally_cli *cli, char ret[PATH_MAX])
{
	struct tally_problem problem = { "" };
	const struct tally_provider *provider;
	enum tally_status status = TALLY_OK;

	if (cli->directory && snprintf(ret, PATH_MAX, "%s", cli->directory) < PATH_MAX)
		return TALLY_EXIT_OK;
	provider = cli->provider ? tally_provider_find(cli->provider) : tally_provider_choose(&problem);
	if (!provider)
		status = TALLY_UNAVAILABLE;
	if (status == TALLY_OK)
		status = tally_provider_directory(provider->name, ret, PATH_MAX, &problem);
	return status == TALLY_OK ? TALLY_EXIT_OK : tally_refuse_status(cli, status, &problem);
}
