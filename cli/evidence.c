// SPDX-License-Identifier: BSD-2-Clause
/* tally evidence: report, log and certificates of one instant. */
#include <stdio.h>
#include <stdlib.h>

#include "binding.h"
#include "json.h"
#include "output.h"
#include "own.h"
#include "problem.h"

const struct tally_option tally_evidence_options[] = {
	{ "nonce", "HEX", "the verifier's nonce, 32 to 64 bytes", false },
	{ "audience", "NAME", "for whom it is", false },
	{ "data", "INPUT", "data of yours, carried along and bound", false },
	{ "key-binding", "TYPE:HEX", "bind a key of this type: the SHA-384 of it", false },
	{ "output", "FILE", "write the evidence to this file instead of standard output", false },
	{ NULL, NULL, NULL, false },
};

static enum tally_exit print(struct tally_cli *cli, const char *provider, struct tally_bytes evidence)
{
	bool is_file = tally_output_is_file(cli, "output");
	json_t *object;
	enum tally_exit code = TALLY_EXIT_OK;

	if (is_file || !cli->is_json)
		code = tally_write_binary(cli, "output", "the evidence", evidence);
	if (code != TALLY_EXIT_OK || !cli->is_json)
		return code;
	object = tally_json_object();
	tally_json_set(object, "provider", tally_json_text(tally_text(provider)));
	tally_json_set(object, "size", tally_json_integer(evidence.size));
	if (!is_file)
		tally_json_set(object, "evidence", tally_json_hex(evidence));
	tally_json_print(stdout, "tally.evidence", object);
	return code;
}

static enum tally_exit get(struct tally_cli *cli, const struct tally_evidence_request *request)
{
	struct tally_authority *authority = NULL;
	struct tally_problem problem = { "" };
	enum tally_status status;
	uint8_t *bundle = NULL;
	size_t size = 0;
	enum tally_exit code = tally_own_open(cli, false, &authority);

	if (code != TALLY_EXIT_OK)
		return code;
	status = tally_authority_evidence(authority, request, &bundle, &size, &problem);
	if (status == TALLY_OK)
		code = print(cli, tally_authority_provider(authority)->name, tally_bytes(bundle, size));
	else
		code = tally_refuse_status(cli, status, &problem);
	free(bundle);
	tally_authority_close(authority);
	return code;
}

enum tally_exit tally_run_evidence(struct tally_cli *cli)
{
	const char *data_text = tally_argument(&cli->arguments, "data");
	struct tally_input nonce = { 0 }, data = { 0 };
	struct tally_key_binding key;
	enum tally_exit code;

	if (cli->arguments.operand_count)
		return tally_refuse_usage(cli, "tally evidence takes no operand");
	if (!tally_argument(&cli->arguments, "nonce"))
		return tally_refuse_usage(cli, "evidence is bound to a nonce of the verifier's: --nonce HEX");
	code = tally_output_check(cli, "output", "evidence");
	if (code == TALLY_EXIT_OK)
		code = tally_nonce_read(cli, &nonce);
	if (code == TALLY_EXIT_OK)
		code = tally_key_binding_read(cli, &key);
	if (code == TALLY_EXIT_OK && data_text)
		code = tally_input_open(cli, "the data", data_text, &data);
	if (code == TALLY_EXIT_OK) {
		struct tally_evidence_request request = {
			.nonce = nonce.bytes,
			.audience = tally_text(tally_argument(&cli->arguments, "audience")),
			.key_type = key.type,
			.key_hash = tally_key_binding_hash(&key),
			.data = data.bytes,
		};

		code = get(cli, &request);
	}
	tally_input_done(&nonce);
	tally_input_done(&data);
	return code;
}
