// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: a log held against the statement of a report that was authenticated once, because signatures are slow. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../crypto/sign.h"
#include "../../format/binding.h"
#include "../../format/bundle.h"
#include "../../format/cose.h"
#include "../../format/soft_report.h"
#include "../../verify/account.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

#define RULE                                                                                                          \
	"{\"events\": [{\"require\": {\"name\": \"a\"}}, {\"ignore\": {\"max\": 9, \"except\": {\"name\": \"b\"}}}]," \
	" \"gaps\": {\"max\": 2, \"before\": 3}}"

static struct tally_policy *policy;
static struct tally_key *key;
static uint8_t *spki;
static size_t spki_size;
static uint8_t nonce[32];
static uint8_t binding_memory[512];
static uint8_t report_memory[4096];
static struct tally_bytes binding_array;
static struct tally_bytes report_message;
static struct tally_statement statement;
static struct tally_arena *statement_arena; /* kept to the end */

static void must(bool holds)
{
	if (!holds)
		abort();
}

static void make_policy(void)
{
	struct tally_policy_problem problem;
	uint8_t fingerprint[TALLY_SPKI_SHA256_SIZE];
	char text[4096];
	size_t used = (size_t)snprintf(text, sizeof(text), "{\"tally-policy\": 1, \"soft\": {\"keys\": [\"sha256:");

	must(tally_key_fingerprint(key, fingerprint) == TALLY_OK);
	for (size_t i = 0; i < sizeof(fingerprint); i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%02x", fingerprint[i]);
	used += (size_t)snprintf(text + used, sizeof(text) - used,
				 "\"]}, \"registers\": {\"soft.rem0\": %s, \"soft.rem1\": %s}}", RULE, RULE);
	must(tally_policy_read(tally_bytes(text, used), &policy, &problem) == TALLY_OK);
}

static void make_binding(void)
{
	static const uint8_t none[] = { 0x80 };
	static uint8_t companions[48];
	struct tally_hash_job job = { TALLY_SHA384, { { none, sizeof(none) } }, companions };
	struct tally_binding binding = { .purpose = tally_text("evidence"),
					 .provider = tally_text("soft"),
					 .caller = tally_text("0:0"),
					 .nonce = tally_bytes(nonce, sizeof(nonce)),
					 .companions = tally_bytes(companions, sizeof(companions)) };
	struct tally_writer writer = tally_writer(binding_memory, sizeof(binding_memory));

	must(tally_env_hash(&job, 1) == TALLY_OK);
	tally_binding_write(&writer, &binding);
	must(writer.status == TALLY_OK);
	binding_array = tally_written(&writer);
}

/* Four REMs and a RIM, all zero: docs/formats/bundle.md 3 */
static void fill_registers(struct tally_soft_report *report)
{
	report->register_count = 5;
	for (uint32_t i = 0; i < 5; i++) {
		struct tally_soft_register *reg = &report->reg[i];

		snprintf(reg->name, sizeof(reg->name), i < 4 ? "rem%u" : "rim", (unsigned)i);
		reg->number = i < 4 ? i : 0;
		reg->kind = i < 4 ? TALLY_RUNTIME : TALLY_STATIC;
		reg->value.count = 1;
		reg->value.digest[0].alg = TALLY_SHA256;
	}
}

static void make_report(void)
{
	static struct tally_soft_report report;
	static uint8_t memory[3][4096];
	struct tally_bytes type = tally_text(TALLY_MEDIA_SOFT_REPORT);
	struct tally_writer payload = tally_writer(memory[0], sizeof(memory[0]));
	struct tally_writer header = tally_writer(memory[1], sizeof(memory[1]));
	struct tally_writer message = tally_writer(memory[2], sizeof(memory[2]));
	struct tally_writer writer = tally_writer(report_memory, sizeof(report_memory));
	uint8_t fingerprint[TALLY_SPKI_SHA256_SIZE];
	uint8_t signature[TALLY_ES384_SIZE];

	report.version = TALLY_SOFT_REPORT_VERSION;
	must(tally_binding_report_data(binding_array, report.report_data) == TALLY_OK);
	fill_registers(&report);
	tally_soft_report_write(&payload, &report);
	must(tally_key_fingerprint(key, fingerprint) == TALLY_OK);
	tally_cose_write_protected(&header, TALLY_COSE_ES384, type, tally_bytes(fingerprint, sizeof(fingerprint)));
	tally_cose_write_tbs(&message, tally_written(&header), tally_written(&payload));
	must(tally_sign_es384(key, tally_written(&message), signature) == TALLY_OK);
	tally_cose_write(&writer, tally_written(&header), tally_written(&payload),
			 tally_bytes(signature, sizeof(signature)));
	must(writer.status == TALLY_OK);
	report_message = tally_written(&writer);
}

/* The statement of a good report, read once: what remains is the log, without a signature check each time. */
static void make_statement(void)
{
	static struct tally_bundle bundle;
	struct tally_ledger ledger = { .arena = tally_arena_new() };
	struct tally_verifier_input input = { .bundle = &bundle,
					      .report = report_message,
					      .policy = policy,
					      .section = tally_policy_section(policy, &tally_verifier_soft) };

	must(ledger.arena != NULL);
	bundle.member[0].label = tally_text(TALLY_LABEL_CERTIFICATES);
	bundle.member[0].media_type = tally_text(TALLY_MEDIA_SOFT_KEY);
	bundle.member[0].value = tally_bytes(spki, spki_size);
	bundle.count = 1;
	statement.verifier = &tally_verifier_soft;
	must(tally_verifier_soft.authenticate(&input, &ledger, &statement) == TALLY_OK);
	must(statement.is_readable && statement.by);
	for (size_t i = 0; i < statement.registers.count; i++)
		statement.name[i] = tally_arena_print(ledger.arena, "soft.%s", statement.registers.item[i].name);
	statement_arena = ledger.arena;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	must(tally_key_generate(&key) == TALLY_OK && tally_key_spki(key, &spki, &spki_size) == TALLY_OK);
	make_policy();
	make_binding();
	make_report();
	make_statement();
	return 0;
}

/* The input is the log, and if the flags say so a stored part and an attached log as well. */
static void judge_log(struct tally_bytes log, uint8_t flags)
{
	struct tally_ledger ledger = { .arena = tally_arena_new() };
	struct tally_account *account = ledger.arena ? tally_account_begin(&ledger, &statement, policy) : NULL;

	must(account != NULL);
	if (flags & 4)
		tally_account_segment(account, "segment.0", TALLY_LOG_FORMAT_UNKNOWN, log);
	if (flags & 2)
		tally_account_log(account, "stored.0", log);
	tally_account_log(account, "log", log);
	must(tally_account_finish(account, true) == TALLY_OK);
	/* A value was reached only where nothing is said against it. */
	for (size_t i = 0; ledger.findings.count == 0 && i < account->register_count; i++)
		must(account->reg[i].is_reached);
	tally_arena_free(ledger.arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size != 0)
		judge_log(tally_bytes(data + 1, size - 1), data[0]);
	return 0;
}
