// SPDX-License-Identifier: BSD-2-Clause
/* tally verify: judge evidence by a policy. */
#include "verify_case.h"

#include "problem.h"
#include "progress.h"
#include "verify_batch.h"
#include "verify_result.h"

static enum tally_exit judge(struct tally_cli *cli, const struct tally_verify_request *request,
			     const struct tally_result *result)
{
	struct tally_verdict *verdict = NULL;
	enum tally_status status;
	enum tally_exit code;

	tally_progress_begin(cli, "verifying", NULL, 0);
	status = tally_verify(request, &verdict);
	tally_progress_end();
	if (status == TALLY_NONCE_SIZE)
		return tally_refuse_usage(cli,
					  "the nonce is too %s: it has %zu bytes and must have 32 to 64, or 8 at least "
					  "where the policy's binding is not tally",
					  request->nonce.size > 64 ? "long" : "short", request->nonce.size);
	if (status != TALLY_OK)
		return tally_refuse_status(cli, status, &(struct tally_problem){ "" });
	code = tally_result_print(cli, result, verdict);
	tally_verdict_free(verdict);
	return code;
}

static enum tally_exit judge_one(struct tally_cli *cli, struct tally_case *c, const struct tally_result *result)
{
	struct tally_piece piece;
	enum tally_exit code = tally_piece_open(cli, cli->arguments.operand[0], &piece);

	c->request.evidence = piece.bundle;
	if (code == TALLY_EXIT_OK)
		code = judge(cli, &c->request, result);
	tally_piece_close(&piece);
	return code;
}

enum tally_exit tally_run_verify(struct tally_cli *cli)
{
	bool is_batch = tally_argument(&cli->arguments, "batch") != NULL;
	struct tally_result result;
	struct tally_case c;
	enum tally_exit code;

	if (!is_batch && cli->arguments.operand_count != 1)
		return tally_refuse_usage(cli, "tally verify takes one piece of evidence");
	memset(&c, 0, sizeof(c));
	code = tally_result_open(cli, &result);
	if (code == TALLY_EXIT_OK)
		code = tally_case_open(cli, &c);
	if (code == TALLY_EXIT_OK)
		code = is_batch ? tally_verify_batch(cli, &c, &result) : judge_one(cli, &c, &result);
	tally_case_close(&c);
	tally_result_close(&result);
	return code;
}
