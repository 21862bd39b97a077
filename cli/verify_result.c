// SPDX-License-Identifier: BSD-2-Clause
/* A verdict in text, JSON, or as an EAT Attestation Result. */
#include "verify_result.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "input.h"
#include "output.h"
#include "problem.h"

static enum tally_exit read_key(struct tally_cli *cli, const char *path, struct tally_result *result)
{
	struct tally_input file = { .bytes = { NULL, 0 } };
	enum tally_exit code = tally_input_open(cli, "the key", path, &file);
	enum tally_status status = TALLY_OK;

	if (code == TALLY_EXIT_OK)
		status = tally_key_from_pem(file.bytes, &result->key);
	tally_input_done(&file);
	if (code == TALLY_EXIT_OK && (status != TALLY_OK || tally_key_kind(result->key) != TALLY_KEY_P384))
		return tally_refuse(cli, TALLY_EXIT_USAGE, "%s is no private P-384 key in PEM", path);
	return code;
}

enum tally_exit tally_result_open(struct tally_cli *cli, struct tally_result *result)
{
	const char *form = tally_argument(&cli->arguments, "result");
	const char *key = tally_argument(&cli->arguments, "ear-key");
	const char *profile = tally_argument(&cli->arguments, "ear-profile");

	memset(result, 0, sizeof(*result));
	if (!form && (key || profile))
		return tally_refuse_usage(cli, "--ear-key and --ear-profile are for --result ear");
	if (!form)
		return TALLY_EXIT_OK;
	if (strcmp(form, "ear") != 0)
		return tally_refuse_usage(cli, "--result is ear, not %.40s", form);
	if (!key)
		return tally_refuse_usage(cli, "--result ear needs --ear-key, a private P-384 key in PEM");
	result->profile = tally_ear_profile_from_name(profile ? profile : "veraison");
	if (!result->profile)
		return tally_refuse_usage(cli, "--ear-profile is veraison or ietf, not %.40s", profile);
	return read_key(cli, key, result);
}

void tally_result_close(struct tally_result *result)
{
	tally_key_free(result->key);
}

enum tally_exit tally_result_exit(const struct tally_verdict *verdict)
{
	if (verdict->is_malformed)
		return TALLY_EXIT_MALFORMED;
	return verdict->is_accepted ? TALLY_EXIT_OK : TALLY_EXIT_REJECTED;
}

enum tally_exit tally_result_print(struct tally_cli *cli, const struct tally_result *result,
				   const struct tally_verdict *verdict)
{
	bool explains = tally_argument(&cli->arguments, "explain") != NULL;
	enum tally_status status = TALLY_OK;
	char *text = NULL;

	if (result->key)
		status = tally_verdict_to_ear(verdict, result->profile, result->key, (int64_t)time(NULL), &text);
	else if (cli->is_json)
		text = tally_verdict_to_json(verdict);
	else
		text = tally_verdict_to_text(verdict, explains, tally_has_colour());
	if (status == TALLY_INVALID)
		return tally_refuse(cli, TALLY_EXIT_USAGE, "the key of the result is not private");
	if (!text)
		return tally_refuse_status(cli, status == TALLY_OK ? TALLY_NO_MEMORY : status,
					   &(struct tally_problem){ "" });
	printf("%s%s", text, cli->is_json || result->key ? "\n" : "");
	free(text);
	return tally_result_exit(verdict);
}
