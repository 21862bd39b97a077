// SPDX-License-Identifier: BSD-2-Clause
/* tally verify: judge evidence by a policy. */
#include "../verify/verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "binding.h"
#include "output.h"
#include "problem.h"
#include "progress.h"

/* What a judgement is made of; ended by case_done. */
struct verify_case {
	struct tally_input evidence;
	struct tally_input policy_file;
	struct tally_input nonce;
	struct tally_key_binding key;
	size_t stored_count;
	struct tally_input stored[TALLY_ARGUMENT_LIMIT];
	struct tally_bytes stored_bytes[TALLY_ARGUMENT_LIMIT];
	struct tally_policy *policy;
	struct tally_verify_request request;
};

static void case_done(struct verify_case *c)
{
	tally_policy_free(c->policy);
	for (size_t i = 0; i < c->stored_count; i++)
		tally_input_done(&c->stored[i]);
	tally_input_done(&c->evidence);
	tally_input_done(&c->policy_file);
	tally_input_done(&c->nonce);
}

static enum tally_exit read_policy(struct tally_cli *cli, struct verify_case *c)
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

static enum tally_exit read_time(struct tally_cli *cli, struct verify_case *c)
{
	const char *text = tally_argument(&cli->arguments, "time");

	c->request.time = (int64_t)time(NULL);
	c->request.is_time_given = text != NULL;
	if (text && !parse_time(text, &c->request.time))
		return tally_refuse_usage(cli, "--time is 2026-11-21T12:00:00Z or seconds since 1970, not %.40s", text);
	return TALLY_EXIT_OK;
}

static enum tally_exit read_stored(struct tally_cli *cli, struct verify_case *c)
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

static enum tally_exit read_case(struct tally_cli *cli, struct verify_case *c)
{
	enum tally_exit code = read_time(cli, c);

	if (code == TALLY_EXIT_OK)
		code = tally_nonce_read(cli, &c->nonce);
	if (code == TALLY_EXIT_OK)
		code = tally_key_binding_read(cli, &c->key);
	if (code == TALLY_EXIT_OK)
		code = read_policy(cli, c);
	if (code == TALLY_EXIT_OK)
		code = read_stored(cli, c);
	if (code == TALLY_EXIT_OK)
		code = tally_input_open(cli, "the evidence", cli->arguments.operand[0], &c->evidence);
	c->request.evidence = c->evidence.bytes;
	c->request.has_nonce = tally_argument(&cli->arguments, "nonce") != NULL;
	c->request.nonce = c->nonce.bytes;
	c->request.audience = tally_text(tally_argument(&cli->arguments, "audience"));
	c->request.key_type = c->key.type;
	c->request.key_hash = tally_key_binding_hash(&c->key);
	return code;
}

static enum tally_exit print(struct tally_cli *cli, const struct tally_verdict *verdict)
{
	bool explains = tally_argument(&cli->arguments, "explain") != NULL;
	char *text = cli->is_json ? tally_verdict_to_json(verdict)
				  : tally_verdict_to_text(verdict, explains, tally_has_colour());

	if (!text)
		return tally_refuse_status(cli, TALLY_NO_MEMORY, &(struct tally_problem){ "" });
	printf("%s%s", text, cli->is_json ? "\n" : "");
	free(text);
	if (verdict->is_malformed)
		return TALLY_EXIT_MALFORMED;
	return verdict->is_accepted ? TALLY_EXIT_OK : TALLY_EXIT_REJECTED;
}

static enum tally_exit judge(struct tally_cli *cli, const struct verify_case *c)
{
	struct tally_verdict *verdict = NULL;
	enum tally_status status;
	enum tally_exit code;

	tally_progress_begin(cli, "verifying", NULL, 0);
	status = tally_verify(&c->request, &verdict);
	tally_progress_end();
	if (status != TALLY_OK)
		return tally_refuse_status(cli, status, &(struct tally_problem){ "" });
	code = print(cli, verdict);
	tally_verdict_free(verdict);
	return code;
}

enum tally_exit tally_run_verify(struct tally_cli *cli)
{
	struct verify_case c;
	enum tally_exit code;

	if (cli->arguments.operand_count != 1)
		return tally_refuse_usage(cli, "tally verify takes one piece of evidence");
	memset(&c, 0, sizeof(c));
	code = read_case(cli, &c);
	if (code == TALLY_EXIT_OK)
		code = judge(cli, &c);
	case_done(&c);
	return code;
}
