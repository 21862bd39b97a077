// SPDX-License-Identifier: BSD-2-Clause
/* tally report: what the TSM signs, without the log. */
#include <stdio.h>
#include <stdlib.h>

#include "binding.h"
#include "json.h"
#include "output.h"
#include "own.h"
#include "problem.h"

const struct tally_option tally_report_options[] = {
	{ "nonce", "HEX", "the verifier's nonce, 32 to 64 bytes; with --raw the 64 bytes of REPORT_DATA", false },
	{ "audience", "NAME", "for whom it is", false },
	{ "key-binding", "TYPE:HEX", "bind a key of this type: the SHA-384 of it", false },
	{ "raw", NULL, "put the nonce into REPORT_DATA as it is, for old verifiers; needs full rights", false },
	{ "output", "FILE", "write the report to this file instead of standard output", false },
	{ "binding", "FILE", "write what REPORT_DATA is the hash of to this file", false },
	{ NULL, NULL, NULL, false },
};

/* A report and the binding that it hashes; ended by made_done. */
struct made {
	struct tally_report report;
	uint8_t *binding;
	size_t binding_size;
};

static void made_done(struct made *made)
{
	tally_report_done(&made->report);
	free(made->binding);
}

static void set_hex(json_t *object, const char *key, const uint8_t *bytes, size_t size)
{
	if (bytes)
		tally_json_set(object, key, tally_json_hex(tally_bytes(bytes, size)));
}

static void print_json(struct tally_cli *cli, const struct tally_provider *provider, const struct made *made)
{
	json_t *object = tally_json_object();

	tally_json_set(object, "provider", tally_json_text(tally_text(provider->name)));
	tally_json_set(object, "media_type", tally_json_text(tally_text(provider->report_media_type)));
	tally_json_set(object, "size", tally_json_integer(made->report.report_size));
	if (!tally_output_is_file(cli, "output"))
		set_hex(object, "report", made->report.report, made->report.report_size);
	set_hex(object, "binding", made->binding, made->binding_size);
	set_hex(object, "certificates", made->report.certificates, made->report.certificates_size);
	set_hex(object, "manifest", made->report.manifest, made->report.manifest_size);
	tally_json_print(stdout, "tally.report", object);
}

static enum tally_exit print(struct tally_cli *cli, const struct tally_provider *provider, const struct made *made)
{
	enum tally_exit code = TALLY_EXIT_OK;

	if (made->binding && tally_argument(&cli->arguments, "binding"))
		code = tally_write_binary(cli, "binding", "the binding",
					  tally_bytes(made->binding, made->binding_size));
	if (code == TALLY_EXIT_OK && (!cli->is_json || tally_output_is_file(cli, "output")))
		code = tally_write_binary(cli, "output", "the report",
					  tally_bytes(made->report.report, made->report.report_size));
	if (code == TALLY_EXIT_OK && cli->is_json)
		print_json(cli, provider, made);
	return code;
}

static enum tally_exit make(struct tally_cli *cli, struct tally_authority *authority,
			    const struct tally_evidence_request *request)
{
	struct made made;
	struct tally_problem problem = { "" };
	enum tally_status status;
	enum tally_exit code;

	memset(&made, 0, sizeof(made));
	if (tally_argument(&cli->arguments, "raw"))
		status = tally_authority_report_raw(authority, request->nonce.data, 0, &made.report, &problem);
	else
		status = tally_authority_report(authority, request, &made.report, &made.binding, &made.binding_size,
						&problem);
	if (status == TALLY_OK)
		code = print(cli, tally_authority_provider(authority), &made);
	else
		code = tally_refuse_status(cli, status, &problem);
	made_done(&made);
	return code;
}

static enum tally_exit get(struct tally_cli *cli, const struct tally_evidence_request *request)
{
	struct tally_authority *authority = NULL;
	enum tally_exit code = tally_own_open(cli, false, &authority);

	if (code != TALLY_EXIT_OK)
		return code;
	code = make(cli, authority, request);
	tally_authority_close(authority);
	return code;
}

/* Raw REPORT_DATA has no place for an audience, a key or a shorter nonce: padding it would be a guess. */
static enum tally_exit check_raw(struct tally_cli *cli, const struct tally_input *nonce)
{
	if (tally_argument(&cli->arguments, "audience") || tally_argument(&cli->arguments, "key-binding") ||
	    tally_argument(&cli->arguments, "binding"))
		return tally_refuse_usage(cli,
					  "--raw binds the nonce alone: it can't have --audience, --key-binding or "
					  "--binding");
	if (nonce->bytes.size != TALLY_REPORT_DATA_BYTES)
		return tally_refuse_usage(cli, "raw REPORT_DATA has exactly 64 bytes, not %zu", nonce->bytes.size);
	return TALLY_EXIT_OK;
}

enum tally_exit tally_run_report(struct tally_cli *cli)
{
	struct tally_input nonce = { 0 };
	struct tally_key_binding key;
	enum tally_exit code;

	if (cli->arguments.operand_count)
		return tally_refuse_usage(cli, "tally report takes no operand");
	if (!tally_argument(&cli->arguments, "nonce"))
		return tally_refuse_usage(cli, "a report is bound to a nonce of the verifier's: --nonce HEX");
	code = tally_output_check(cli, "output", "a report");
	if (code == TALLY_EXIT_OK)
		code = tally_nonce_read(cli, &nonce);
	if (code == TALLY_EXIT_OK)
		code = tally_key_binding_read(cli, &key);
	if (code == TALLY_EXIT_OK && tally_argument(&cli->arguments, "raw"))
		code = check_raw(cli, &nonce);
	if (code == TALLY_EXIT_OK) {
		struct tally_evidence_request request = {
			.nonce = nonce.bytes,
			.audience = tally_text(tally_argument(&cli->arguments, "audience")),
			.key_type = key.type,
			.key_hash = tally_key_binding_hash(&key),
		};

		code = get(cli, &request);
	}
	tally_input_done(&nonce);
	return code;
}
