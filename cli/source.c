// SPDX-License-Identifier: BSD-2-Clause
/* Where a log comes from. */
#include "source.h"

#include <stdio.h>

#include "own.h"
#include "problem.h"

/* The authority tells a torn tail from damage. False if there is none that can be opened. */
static bool view_by_authority(struct tally_cli *cli, struct tally_log_view *view)
{
	struct tally_authority *authority = NULL;
	struct tally_own_options options;
	struct tally_problem problem = { "" };
	enum tally_status status;

	if (tally_own_read(cli, &options) != TALLY_EXIT_OK)
		return false;
	options.authority.is_reader = true;
	if (tally_authority_open(&options.authority, &authority, &problem) != TALLY_OK)
		return false;
	status = tally_authority_log(authority, view, &problem);
	tally_authority_close(authority);
	return status == TALLY_OK;
}

/* A directory at rest, whose registers are gone or were never here, still has its log. */
static enum tally_exit view_by_path(struct tally_cli *cli, struct tally_log_view *view)
{
	char directory[PATH_MAX], path[PATH_MAX + sizeof("/log")];
	struct tally_problem problem = { "" };
	enum tally_status status;
	enum tally_exit code = tally_own_directory(cli, directory);

	if (code != TALLY_EXIT_OK)
		return code;
	snprintf(path, sizeof(path), "%s/log", directory);
	status = tally_log_view_open(path, view, &problem);
	if (status == TALLY_NOT_FOUND)
		return tally_refuse(cli, TALLY_EXIT_UNAVAILABLE,
				    "there is no log at %s: nothing was measured there since the boot", path);
	return status == TALLY_OK ? TALLY_EXIT_OK : tally_refuse_status(cli, status, &problem);
}

static enum tally_exit open_own(struct tally_cli *cli, struct tally_source *ret)
{
	enum tally_exit code = TALLY_EXIT_OK;

	if (!view_by_authority(cli, &ret->view))
		code = view_by_path(cli, &ret->view);
	ret->bytes = ret->view.bytes;
	ret->damage = ret->view.damage;
	ret->torn_size = ret->damage == TALLY_OK ? ret->view.torn_size : 0;
	return code;
}

enum tally_exit tally_source_open(struct tally_cli *cli, const char *text, struct tally_source *ret)
{
	enum tally_exit code;

	memset(ret, 0, sizeof(*ret));
	if (!text)
		return open_own(cli, ret);
	code = tally_input_open(cli, "the log", text, &ret->input);
	ret->bytes = ret->input.bytes;
	return code;
}

void tally_source_done(struct tally_source *source)
{
	tally_log_view_done(&source->view);
	tally_input_done(&source->input);
}

enum tally_exit tally_source_format(struct tally_cli *cli, const char *option, struct tally_bytes log,
				    enum tally_log_format *ret)
{
	const char *name = tally_argument(&cli->arguments, option);

	*ret = name ? tally_log_format_from_name(tally_text(name)) : tally_log_detect(log);
	if (*ret != TALLY_LOG_FORMAT_UNKNOWN)
		return TALLY_EXIT_OK;
	if (name)
		return tally_refuse_usage(
			cli,
			"unknown format %.40s: tally, cel-tlv, cel-cbor, cel-json, tcg2, ccel, tcg-sha1, "
			"systemd, ima, ima-ascii, dstack or aael-text",
			name);
	if (log.size == 0)
		return tally_refuse(cli, TALLY_EXIT_MALFORMED, "the log is empty");
	return tally_refuse(
		cli, TALLY_EXIT_MALFORMED,
		"the log is in no format that tally reads, or ends inside its first record; if you know better, "
		"name it with --format");
}
