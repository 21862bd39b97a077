// SPDX-License-Identifier: BSD-2-Clause
/* Reading what a judgement is made of. */
#include "verify_case.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "../verify/chain.h"
#include "problem.h"

static enum tally_exit read_policy(struct tally_cli *cli, struct tally_case *c)
{
	const char *path = tally_argument(&cli->arguments, "policy");
	struct tally_policy_problem problem = { "" };
	enum tally_status status;
	enum tally_exit code;

	if (!path)
		return TALLY_EXIT_OK;
	code = tally_input_open(cli, "the policy", path, &c->policy_file);
	if (code != TALLY_EXIT_OK)
		return code;
	status = tally_policy_read(c->policy_file.bytes, &c->policy, &problem);
	if (status == TALLY_POLICY)
		return tally_refuse(cli, TALLY_EXIT_USAGE, "the policy is not valid (%s): %s", path, problem.text);
	if (status != TALLY_OK)
		return tally_refuse_status(cli, status, &(struct tally_problem){ "" });
	c->request.policy = c->policy;
	c->request.policy_bytes = c->policy_file.bytes;
	return code;
}

/* UTC, whole seconds: 2026-11-21T12:00:00Z, or seconds since 1970. */
static bool parse_time(const char *text, int64_t *ret)
{
	struct tm fields = { 0 };
	char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &fields);

	if (end && *end == 0) {
		*ret = (int64_t)timegm(&fields);
		return true;
	}
	errno = 0;
	*ret = strtoll(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == 0 && errno == 0;
}

static enum tally_exit read_time(struct tally_cli *cli, struct tally_case *c)
{
	const char *text = tally_argument(&cli->arguments, "time");

	c->request.time = (int64_t)time(NULL);
	c->request.is_time_given = text != NULL;
	if (text && !parse_time(text, &c->request.time))
		return tally_refuse_usage(cli, "--time is 2026-11-21T12:00:00Z or seconds since 1970, not %.40s", text);
	return TALLY_EXIT_OK;
}

static enum tally_exit read_stored(struct tally_cli *cli, struct tally_case *c)
{
	enum tally_exit code = TALLY_EXIT_OK;
	const char *path;
	size_t i = 0;

	while (code == TALLY_EXIT_OK && (path = tally_argument_next(&cli->arguments, "stored", &i))) {
		code = tally_input_open(cli, "the stored part", path, &c->stored[c->stored_count]);
		if (code == TALLY_EXIT_OK) {
			c->stored_bytes[c->stored_count] = c->stored[c->stored_count].bytes;
			c->stored_count++;
		}
	}
	c->request.stored = c->stored_bytes;
	c->request.stored_count = c->stored_count;
	return code;
}

/* Only an argument makes a root for tests: no file, no variable. What ends in one is never accepted. */
static enum tally_exit read_roots(struct tally_cli *cli, struct tally_case *c)
{
	enum tally_exit code = TALLY_EXIT_OK;
	const char *path;
	size_t i = 0;

	while (code == TALLY_EXIT_OK && (path = tally_argument_next(&cli->arguments, "test-root", &i))) {
		struct tally_certificate *certificates = NULL;
		struct tally_input *file = &c->root_file[c->roots.count];
		size_t count = 0;

		if (c->roots.count == TALLY_CASE_ROOTS)
			return tally_refuse_usage(cli, "more than %d roots for tests", TALLY_CASE_ROOTS);
		code = tally_input_open(cli, "the root", path, file);
		if (code != TALLY_EXIT_OK)
			return code;
		c->root[c->roots.count] = file->bytes;
		if (tally_certificates_read(file->bytes, NULL, c->store.arena, &certificates, &count) == TALLY_OK &&
		    count)
			c->root[c->roots.count] = certificates[0].der;
		c->roots.count++;
	}
	c->roots.der = c->root;
	c->request.roots = c->roots.count ? &c->roots : NULL;
	return code;
}

enum tally_exit tally_case_open(struct tally_cli *cli, struct tally_case *c)
{
	enum tally_exit code = read_time(cli, c);

	if (code == TALLY_EXIT_OK)
		code = read_policy(cli, c);
	if (code == TALLY_EXIT_OK)
		code = tally_nonce_read_raw(cli, &c->nonce);
	if (code == TALLY_EXIT_OK)
		code = tally_key_binding_read(cli, &c->key);
	if (code == TALLY_EXIT_OK)
		code = read_stored(cli, c);
	if (code == TALLY_EXIT_OK)
		code = tally_store_open(cli, &c->store);
	if (code == TALLY_EXIT_OK)
		code = read_roots(cli, c);
	c->request.collateral = &c->store.collateral;
	c->request.has_nonce = tally_argument(&cli->arguments, "nonce") != NULL;
	c->request.nonce = c->nonce.bytes;
	c->request.audience = tally_text(tally_argument(&cli->arguments, "audience"));
	c->request.key_type = c->key.type;
	c->request.key_hash = tally_key_binding_hash(&c->key);
	return code;
}

void tally_case_close(struct tally_case *c)
{
	tally_policy_free(c->policy);
	for (size_t i = 0; i < c->stored_count; i++)
		tally_input_done(&c->stored[i]);
	for (size_t i = 0; i < c->roots.count; i++)
		tally_input_done(&c->root_file[i]);
	tally_store_close(&c->store);
	tally_input_done(&c->policy_file);
	tally_input_done(&c->nonce);
}

/* The file of an option; none if it is not given. */
static enum tally_exit open_beside(struct tally_cli *cli, const char *option, struct tally_piece *piece,
				   struct tally_bytes *ret)
{
	const char *path = tally_argument(&cli->arguments, option);
	struct tally_input *file = &piece->file[piece->file_count];
	enum tally_exit code = path ? tally_input_open(cli, option, path, file) : TALLY_EXIT_OK;

	if (!path || code != TALLY_EXIT_OK)
		return code;
	*ret = file->bytes;
	piece->file_count++;
	return code;
}

static enum tally_exit open_logs(struct tally_cli *cli, struct tally_piece *piece, struct tally_wrap *wrap)
{
	enum tally_exit code = TALLY_EXIT_OK;
	const char *path;
	size_t i = 0;

	while (code == TALLY_EXIT_OK && (path = tally_argument_next(&cli->arguments, "log", &i))) {
		struct tally_input *file = &piece->file[piece->file_count];

		if (wrap->log_count == TALLY_WRAP_LOG_LIMIT)
			return tally_refuse_usage(cli, "more than %d logs", TALLY_WRAP_LOG_LIMIT);
		code = tally_input_open(cli, "the log", path, file);
		if (code == TALLY_EXIT_OK) {
			wrap->log[wrap->log_count++] = file->bytes;
			piece->file_count++;
		}
	}
	return code;
}

static enum tally_exit open_pieces(struct tally_cli *cli, struct tally_piece *piece, struct tally_wrap *wrap)
{
	struct {
		const char *option;
		struct tally_bytes *bytes;
	} files[] = {
		{ "certificates", &wrap->certificates },
		{ "manifest", &wrap->manifest },
		{ "runtime-data", &wrap->runtime_data },
		{ "quote", &wrap->quote },
		{ "ak-binding", &wrap->ak_binding },
		{ "signature", &wrap->signature },
		{ "pcrs", &wrap->pcrs },
		{ "ak", &wrap->key },
	};
	enum tally_exit code = open_logs(cli, piece, wrap);

	for (size_t i = 0; code == TALLY_EXIT_OK && i < sizeof(files) / sizeof(files[0]); i++)
		code = open_beside(cli, files[i].option, piece, files[i].bytes);
	return code;
}

enum tally_exit tally_piece_open(struct tally_cli *cli, const char *path, struct tally_piece *piece)
{
	struct tally_wrap wrap = { .log_count = 0 };
	const char *what = "the evidence";
	enum tally_status status;
	enum tally_exit code;

	memset(piece, 0, sizeof(*piece));
	piece->arena = tally_arena_new();
	if (!piece->arena)
		return tally_refuse_status(cli, TALLY_NO_MEMORY, &(struct tally_problem){ "" });
	code = tally_input_open(cli, "the evidence", path, &piece->evidence);
	wrap.evidence = piece->evidence.bytes;
	if (code == TALLY_EXIT_OK)
		code = open_pieces(cli, piece, &wrap);
	if (code != TALLY_EXIT_OK)
		return code;
	status = tally_wrap(&wrap, piece->arena, &piece->bundle, &what);
	/* What is no evidence of any kind is judged as the bundle that it is not. */
	if (status == TALLY_UNSUPPORTED && strcmp(what, "the evidence") == 0) {
		piece->bundle = piece->evidence.bytes;
		return TALLY_EXIT_OK;
	}
	if (status == TALLY_INVALID)
		return tally_refuse_usage(cli, "a quote of a TPM needs --signature, --pcrs and --ak%s",
					  wrap.quote.size ? ", unless --manifest is an HCL report" : "");
	return status == TALLY_OK ? TALLY_EXIT_OK : tally_refuse_input(cli, status, what, 0);
}

void tally_piece_close(struct tally_piece *piece)
{
	for (size_t i = 0; i < piece->file_count; i++)
		tally_input_done(&piece->file[i]);
	tally_input_done(&piece->evidence);
	tally_arena_free(piece->arena);
}
