/* SPDX-License-Identifier: BSD-2-Clause */
/* A TPM of soft behind a real boot: what others extend, attached logs and fills, and the verdict on its evidence. */
#ifndef TALLY_TESTS_UNIT_BOOT_WORLD_H
#define TALLY_TESTS_UNIT_BOOT_WORLD_H

#include "world.h"

#include <sys/stat.h>

#include "../../format/segment.h"
#include "../../verify/verify.h"
#include "vectors.h"

#define BOOT "tests/vectors/boot/ovmf-swtpm/"
#define TEMPLATES "tests/vectors/ima/templates.sha256.bin"
#define VIOLATIONS "tests/vectors/ima/violations.sha256.bin"
#define TEMPLATE_RECORDS 16
#define NONCE "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define SCRATCH 65536
#define ANY "[{\"ignore\": {\"max\": 500}}]"

/* --- registers that others extend --- */

static inline void *soft_open(struct world *world)
{
	struct tally_provider_options options = { .directory = world->path, .soft = &world->soft };
	void *instance = NULL;

	assert_int_equal(tally_provider_soft.open(&options, &instance, &world->problem), TALLY_OK);
	return instance;
}

/* Somebody extends the registers with records first to end - 1 of a log. */
static inline void others_extend(struct world *world, struct tally_bytes log, uint64_t first, uint64_t end)
{
	void *instance = soft_open(world);
	const struct tally_register_set *set = tally_provider_soft.registers(instance);
	struct tally_log_reader reader;
	uint8_t *scratch = malloc(SCRATCH);
	bool is_end = false;

	assert_int_equal(tally_log_open(&reader, log, TALLY_LOG_FORMAT_UNKNOWN), TALLY_OK);
	tally_log_lend(&reader, scratch, SCRATCH);
	while (reader.record_count < end) {
		struct tally_record record;
		struct tally_digests digests;
		int reg;

		assert_int_equal(tally_log_next(&reader, &record, &is_end), TALLY_OK);
		if (is_end)
			break;
		reg = record.is_measured ? tally_log_register(set, &record) : -1;
		if (reader.record_count <= first || reg < 0)
			continue;
		assert_int_equal(tally_segment_digests(&record.digests, &set->item[reg].reset, &digests), TALLY_OK);
		assert_int_equal(tally_provider_soft.extend(instance, (size_t)reg, &digests, tally_deadline_after(5),
							    &world->problem),
				 TALLY_OK);
	}
	free(scratch);
	tally_provider_soft.close(instance);
}

/* PCR `pcr` is what the TPM of that boot had in its SHA-256 bank. */
static inline void assert_recorded(struct world *world, unsigned pcr)
{
	struct tally_bytes values = source_bytes(BOOT "pcrs.sha256.bin");
	struct tally_digests value;
	bool is_locked;

	assert_int_equal(tally_authority_read(world->owner, pcr, &value, &is_locked, &world->problem), TALLY_OK);
	assert_memory_equal(tally_digests_find(&value, TALLY_SHA256)->bytes, values.data + (size_t)32 * pcr, 32);
	free_bytes(values);
}

/* --- calls --- */

static inline struct tally_bytes cut(struct tally_bytes bytes, size_t size)
{
	return tally_bytes(bytes.data, size);
}

/* Bytes of the first count records. */
static inline struct tally_bytes records_of(struct tally_bytes log, uint64_t count)
{
	struct tally_log_reader reader;
	uint8_t *scratch = malloc(SCRATCH);
	bool is_end = false;
	size_t size = 0;

	assert_int_equal(tally_log_open(&reader, log, TALLY_LOG_FORMAT_UNKNOWN), TALLY_OK);
	tally_log_lend(&reader, scratch, SCRATCH);
	while (reader.record_count < count) {
		struct tally_record record;

		assert_int_equal(tally_log_next(&reader, &record, &is_end), TALLY_OK);
		assert_false(is_end);
		size = (size_t)record.offset + record.encoded.size;
	}
	free(scratch);
	return cut(log, size);
}

static inline enum tally_status attach(struct world *world, struct tally_bytes log, struct tally_attach_result *ret)
{
	struct tally_attachment one = { log, TALLY_LOG_FORMAT_UNKNOWN };

	return tally_authority_attach(world->owner, &one, 1, 0, ret, &world->problem);
}

static inline void attach_ok(struct world *world, struct tally_bytes log, uint32_t number)
{
	struct tally_attach_result result;
	enum tally_status status = attach(world, log, &result);

	if (status != TALLY_OK)
		fail_msg("attach: %s: %s", tally_status_name(status), world->problem.text);
	assert_int_equal(result.first, number);
	assert_int_equal(result.count, 1);
}

static inline enum tally_status fill(struct world *world, uint64_t gap, struct tally_bytes log,
				     struct tally_fill_result *ret)
{
	struct tally_fill_request request = { .gap = gap, .log = log };

	return tally_authority_fill(world->owner, &request, ret, &world->problem);
}

static inline enum tally_status fill_range(struct world *world, uint64_t gap, struct tally_bytes log, uint64_t first,
					   uint64_t count, bool is_partial, struct tally_fill_result *ret)
{
	struct tally_fill_request request = {
		.gap = gap, .log = log, .has_range = true, .range = { first, count }, .is_partial = is_partial
	};

	return tally_authority_fill(world->owner, &request, ret, &world->problem);
}

static inline struct tally_fill_result fill_ok(struct world *world, uint64_t gap, struct tally_bytes log)
{
	struct tally_fill_result result = { 0 };
	enum tally_status status = fill(world, gap, log, &result);

	if (status != TALLY_OK)
		fail_msg("fill: %s: %s", tally_status_name(status), world->problem.text);
	return result;
}

/* Settle, pin, and find the newest gap of a register. */
static inline uint64_t settle_gap(struct world *world, const char *reg)
{
	struct tally_log_view view;
	struct tally_cursor cursor;
	uint64_t number = UINT64_MAX;

	extend_ok(world, reg, "pinning");
	assert_int_equal(tally_authority_log(world->owner, &view, &world->problem), TALLY_OK);
	cursor = tally_cursor(view.bytes);
	while (!tally_cursor_is_done(&cursor)) {
		struct tally_record record;

		assert_int_equal(tally_cel_read(&cursor, TALLY_NUMBERING_REGISTER, &record), TALLY_OK);
		if (tally_control_word(&record) == TALLY_CONTROL_GAP && record.index == reg_of(world, reg))
			number = record.number;
	}
	tally_log_view_done(&view);
	assert_true(number != UINT64_MAX);
	return number;
}

/* --- verdicts --- */

static inline struct tally_bytes evidence_of(struct world *world)
{
	struct tally_bytes nonce = hex_bytes(NONCE);
	struct tally_evidence_request request = { .nonce = nonce, .data = tally_text("data") };
	uint8_t *bundle = NULL;
	size_t size = 0;
	enum tally_status status = tally_authority_evidence(world->owner, &request, &bundle, &size, &world->problem);

	if (status != TALLY_OK)
		fail_msg("evidence: %s: %s", tally_status_name(status), world->problem.text);
	free_bytes(nonce);
	return tally_bytes(bundle, size);
}

static inline struct tally_policy *make_policy(struct world *world, const char *pcr10, const char *allow)
{
	char *text = malloc(16384);
	struct tally_policy_problem problem;
	struct tally_policy *policy = NULL;
	uint8_t key[32];
	size_t used = (size_t)snprintf(text, 16384,
				       "{\"tally-policy\": 1, \"allow\": [%s], \"soft\": {\"keys\": [\"sha256:", allow);

	assert_int_equal(tally_soft_fingerprint(tally_authority_provider_instance(world->owner), key, &world->problem),
			 TALLY_OK);
	for (size_t i = 0; i < sizeof(key); i++)
		used += (size_t)snprintf(text + used, 16384 - used, "%02x", key[i]);
	used += (size_t)snprintf(text + used, 16384 - used, "\"]}, \"registers\": {");
	for (unsigned pcr = 0; pcr < 24; pcr++)
		used += (size_t)snprintf(text + used, 16384 - used, "%s\"soft.pcr%u\": %s", pcr ? ", " : "", pcr,
					 pcr == 10 ? pcr10 : ANY);
	used += (size_t)snprintf(text + used, 16384 - used, "}}");
	if (tally_policy_read(tally_bytes(text, used), &policy, &problem) != TALLY_OK)
		fail_msg("%s", problem.text);
	free(text);
	return policy;
}

static inline struct tally_verdict *judge(struct world *world, const char *pcr10, const char *allow)
{
	struct tally_policy *policy = make_policy(world, pcr10, allow);
	struct tally_bytes evidence = evidence_of(world);
	struct tally_bytes nonce = hex_bytes(NONCE);
	struct tally_verify_request request = { .evidence = evidence,
						.policy = policy,
						.policy_bytes = tally_text("policy"),
						.has_nonce = true,
						.nonce = nonce,
						.time = 1800000000 };
	struct tally_verdict *verdict = NULL;

	assert_int_equal(tally_verify(&request, &verdict), TALLY_OK);
	tally_policy_free(policy);
	free_bytes(evidence);
	free_bytes(nonce);
	return verdict;
}

/* The codes of the verdict, each once, in the order of their findings. */
static inline void expect_rule(struct world *world, const char *pcr10, const char *allow, const char *expected)
{
	struct tally_verdict *verdict = judge(world, pcr10, allow);
	char codes[512] = "";
	size_t used = 0;

	for (size_t i = 0; i < verdict->finding_count; i++)
		if (!strstr(codes, tally_reason_code(verdict->finding[i].reason)))
			used += (size_t)snprintf(codes + used, sizeof(codes) - used, "%s%s", used ? " " : "",
						 tally_reason_code(verdict->finding[i].reason));
	if (strcmp(codes, expected) != 0) {
		char *text = tally_verdict_to_text(verdict, true, false);

		print_message("%s", text);
		free(text);
	}
	assert_string_equal(codes, expected);
	assert_int_equal(verdict->is_accepted, expected[0] == 0);
	tally_verdict_free(verdict);
}

static inline void expect(struct world *world, const char *expected)
{
	expect_rule(world, ANY, "", expected);
}

/* --- the world: a TPM after that boot --- */

static struct tally_bytes boot_log, ima_log, templates, violations;

static inline int read_logs(void **state)
{
	(void)state;
	boot_log = source_bytes(BOOT "log.bin");
	ima_log = source_bytes(BOOT "ima.bin");
	templates = source_bytes(TEMPLATES);
	violations = source_bytes(VIOLATIONS);
	return 0;
}

static inline int free_logs(void **state)
{
	(void)state;
	free_bytes(boot_log);
	free_bytes(ima_log);
	free_bytes(templates);
	free_bytes(violations);
	return 0;
}

static inline int tpm_make(void **state)
{
	struct world *world;

	if (world_make(state) != 0)
		return -1;
	world = *state;
	world->soft.preset = TALLY_SOFT_TPM;
	return 0;
}

static inline void open_after_boot(struct world *world)
{
	others_extend(world, boot_log, 0, UINT64_MAX);
	world_open(world);
	for (unsigned pcr = 0; pcr <= 9; pcr++)
		assert_recorded(world, pcr);
}

#define TPM_TEST(name) cmocka_unit_test_setup_teardown(name, tpm_make, world_remove)

#endif
