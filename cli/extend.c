// SPDX-License-Identifier: BSD-2-Clause
/* tally extend: measure one event. */
#include <stdio.h>
#include <string.h>

#include "input.h"
#include "json.h"
#include "measure.h"
#include "output.h"
#include "own.h"
#include "problem.h"
#include "selection.h"

const struct tally_option tally_extend_options[] = {
	{ "event", "NAME", "name of the event", false },
	{ "type", "TYPE", "type of the event; without it file, data or event, as it carries one", false },
	{ "file", "FILE", "measure a file: the event carries its SHA-384, the log does not hold the file", false },
	{ "data", "INPUT", "measure data that the log holds, at most 1 MiB", false },
	{ "once", NULL, "do nothing if this event was recorded before, by name, also before a crash", false },
	{ "digest", "ALGORITHM:HEX,...", "extend with digests alone, one for each bank; needs full rights", false },
	{ NULL, NULL, NULL, false },
};

/* The event of the command line, and what holds its data. */
struct measured {
	struct tally_extend_request request;
	struct tally_input data;
};

/* One "sha384:HEX"; advances text behind it. */
static enum tally_exit read_digest(struct tally_cli *cli, const char **text, struct tally_digests *digests)
{
	struct tally_bytes item = tally_bytes(*text, strcspn(*text, ","));
	size_t name_size = strcspn(*text, ":");
	uint8_t bytes[TALLY_DIGEST_LIMIT];
	struct tally_digest digest;
	enum tally_status status;
	struct tally_bytes hex;
	uint16_t alg = 0;

	if (name_size < item.size)
		alg = tally_alg_from_name(tally_bytes(*text, name_size));
	if (alg == 0)
		return tally_refuse_usage(cli,
					  "--digest is ALGORITHM:HEX, of sha1, sha256, sha384, sha512 or "
					  "sm3_256, not %.*s",
					  (int)(item.size > 140 ? 140 : item.size), *text);
	hex = tally_bytes(item.data + name_size + 1, item.size - name_size - 1);
	if (hex.size != 2 * tally_alg_size(alg))
		return tally_refuse_usage(cli,
					  "a %s digest has %zu bytes, this one has %zu hex digits: nothing was "
					  "extended",
					  tally_alg_name(alg), tally_alg_size(alg), hex.size);
	if (!tally_hex_read(hex, bytes))
		return tally_refuse_usage(cli, "a digest is not hex: it must be pairs of the digits 0-9 and a-f");
	status = tally_digest_set(&digest, alg, tally_bytes(bytes, tally_alg_size(alg)));
	if (status == TALLY_OK)
		status = tally_digests_add(digests, &digest);
	if (status != TALLY_OK)
		return tally_refuse_usage(cli, "--digest has bank %s twice", tally_alg_name(alg));
	*text += item.size;
	return TALLY_EXIT_OK;
}

static enum tally_exit read_digests(struct tally_cli *cli, struct measured *measured)
{
	const char *text = tally_argument(&cli->arguments, "digest");
	static const char *const excluded[] = { "type", "file", "data", "once" };
	enum tally_exit code;

	for (size_t i = 0; i < sizeof(excluded) / sizeof(excluded[0]); i++)
		if (tally_argument(&cli->arguments, excluded[i]))
			return tally_refuse_usage(cli, "--digest extends with digests alone: it can't have --%s",
						  excluded[i]);
	measured->request.kind = TALLY_EXTEND_DIGESTS;
	do {
		code = read_digest(cli, &text, &measured->request.digests);
	} while (code == TALLY_EXIT_OK && *text++ == ',');
	return code;
}

static enum tally_exit read_event(struct tally_cli *cli, struct measured *measured)
{
	const char *file = tally_argument(&cli->arguments, "file"), *data = tally_argument(&cli->arguments, "data");
	const char *type = tally_argument(&cli->arguments, "type");
	struct tally_extend_request *request = &measured->request;
	enum tally_exit code = TALLY_EXIT_OK;

	if (file && data)
		return tally_refuse_usage(cli, "an event has a file or data, not both");
	if (!tally_argument(&cli->arguments, "event"))
		return tally_refuse_usage(cli, "the event needs a name: --event NAME");
	request->kind = TALLY_EXTEND_EVENT;
	request->type = tally_text(type ? type : file ? "file" : data ? "data" : "event");
	request->is_once = tally_argument(&cli->arguments, "once") != NULL;
	request->has_data_digest = file != NULL;
	if (file)
		code = tally_measure_file(cli, file, &request->data_digest);
	else if (data)
		code = tally_input_open(cli, "the data", data, &measured->data);
	request->data = measured->data.bytes;
	return code;
}

static void print_json(const struct tally_register *reg, const struct tally_extend_request *request,
		       const struct tally_extend_result *result, const struct tally_digests *value)
{
	struct tally_digests data_digest = { 1, { request->data_digest } };
	json_t *object = tally_json_object();

	tally_json_set(object, "register", tally_json_text(tally_text(reg->name)));
	tally_json_set(object, "number", tally_json_integer(result->number));
	tally_json_set(object, "is_existing", tally_json_bool(result->is_existing));
	tally_json_set(object, "gaps", tally_json_integer(result->gaps));
	if (request->has_data_digest)
		tally_json_set(object, "data_digest", tally_json_digests(&data_digest));
	if (value->count)
		tally_json_set(object, "value", tally_json_digests(value));
	tally_json_print(stdout, "tally.extend", object);
}

static void print_text(const struct tally_register *reg, const struct tally_extend_result *result,
		       const struct tally_digests *value)
{
	if (result->gaps)
		printf("%llu gap%s recorded: somebody had extended beside this log\n", (unsigned long long)result->gaps,
		       result->gaps == 1 ? "" : "s");
	printf("%srecord %llu%s%s\n", tally_style(TALLY_STYLE_STRONG), (unsigned long long)result->number,
	       tally_style(TALLY_STYLE_END), result->is_existing ? ", recorded before: nothing was extended" : "");
	for (size_t i = 0; i < value->count; i++) {
		printf("%-8s %-7s ", reg->name, tally_alg_name(value->digest[i].alg));
		tally_print_hex(stdout, tally_digest_bytes(&value->digest[i]));
		putchar('\n');
	}
}

static enum tally_exit extend(struct tally_cli *cli, struct tally_authority *authority,
			      struct tally_extend_request *request)
{
	const struct tally_register_set *set = tally_authority_registers(authority);
	struct tally_problem problem = { "" };
	struct tally_digests value = { 0 };
	struct tally_extend_result result;
	enum tally_status status;
	bool is_locked;
	enum tally_exit code = tally_register_find(cli, set, cli->arguments.operand[0], &request->register_index);

	if (code != TALLY_EXIT_OK)
		return code;
	status = tally_authority_extend(authority, request, &result, &problem);
	if (status != TALLY_OK)
		return tally_refuse_status(cli, status, &problem);
	/* The event stands, whatever this read does. */
	if (tally_authority_read(authority, request->register_index, &value, &is_locked, &problem) != TALLY_OK)
		value.count = 0;
	if (cli->is_json)
		print_json(&set->item[request->register_index], request, &result, &value);
	else
		print_text(&set->item[request->register_index], &result, &value);
	return TALLY_EXIT_OK;
}

enum tally_exit tally_run_extend(struct tally_cli *cli)
{
	struct measured measured;
	struct tally_authority *authority = NULL;
	enum tally_exit code;

	memset(&measured, 0, sizeof(measured));
	if (cli->arguments.operand_count != 1)
		return tally_refuse_usage(cli, "tally extend takes one register");
	measured.request.name = tally_text(tally_argument(&cli->arguments, "event"));
	/* What is measured is read before the authority is asked: a missing file changes nothing. */
	code = tally_argument(&cli->arguments, "digest") ? read_digests(cli, &measured) : read_event(cli, &measured);
	if (code == TALLY_EXIT_OK)
		code = tally_own_open(cli, false, &authority);
	if (code == TALLY_EXIT_OK)
		code = extend(cli, authority, &measured.request);
	tally_authority_close(authority);
	tally_input_done(&measured.data);
	return code;
}
