// SPDX-License-Identifier: BSD-2-Clause
/* Quotes of TPMs, validly signed: each damage gives its one reason. Generated, no TPM made them. */
#include "tpm-verdict.h"

static void nothing(struct forge_tpm *plan, struct ask *ask)
{
	(void)plan;
	(void)ask;
}

static void rsa(struct forge_tpm *plan, struct ask *ask)
{
	(void)ask;
	plan->kind = FORGE_RSA2048;
	plan->scheme = plan->area_scheme = FORGE_TPM_RSASSA;
}

static void pss(struct forge_tpm *plan, struct ask *ask)
{
	rsa(plan, ask);
	plan->scheme = plan->area_scheme = FORGE_TPM_RSAPSS;
}

static void p384(struct forge_tpm *plan, struct ask *ask)
{
	(void)ask;
	plan->kind = FORGE_P384;
	plan->hash = plan->area_hash = plan->digest_hash = FORGE_TPM_SHA384;
}

static void spki(struct forge_tpm *plan, struct ask *ask)
{
	(void)ask;
	plan->has_spki = true;
}

static void two_banks(struct forge_tpm *plan, struct ask *ask)
{
	(void)ask;
	plan->second_bank = FORGE_TPM_SHA384;
	plan->second_mask = 0x100;
}

static void negated(struct forge_tpm *plan, struct ask *ask)
{
	(void)ask;
	plan->scalars = FORGE_S_NEGATED;
}

static const struct row sound_rows[] = {
	{ "P-256", nothing, "" },   { "RSASSA", rsa, "" },	    { "RSAPSS", pss, "" },	  { "P-384", p384, "" },
	{ "a bare key", spki, "" }, { "two banks", two_banks, "" }, { "s negated", negated, "" },
};

CHANGE(no_magic, plan->magic ^= 1)
CHANGE(other_type, plan->type = 0x8017)
CHANGE(cut, plan->cut = 1)
CHANGE(safe_of_two, plan->safe = 2)
CHANGE(not_safe, plan->safe = 0)
CHANGE(broken, plan->breaks_signature = true)
CHANGE(r_zero, plan->scalars = FORGE_R_ZERO)
CHANGE(s_order, plan->scalars = FORGE_S_ORDER)
CHANGE(other_signer, plan->key = 1)
CHANGE(not_restricted, plan->attributes &= ~(uint32_t)(1 << 16))
CHANGE(not_fixed, plan->attributes &= ~(uint32_t)(1 << 1))
CHANGE(not_fixed_parent, plan->attributes &= ~(uint32_t)(1 << 4))
CHANGE(from_outside, plan->attributes &= ~(uint32_t)(1 << 5))
CHANGE(decrypts, plan->attributes |= 1 << 17)
CHANGE(signs_not, plan->attributes &= ~(uint32_t)(1 << 18))
CHANGE(cut_area, plan->cuts_area = true)
CHANGE(other_scheme_hash, plan->area_hash = FORGE_TPM_SHA384)
CHANGE(sha1_signature, plan->hash = plan->area_hash = FORGE_TPM_SHA1)
CHANGE(sha1_bank, plan->bank = FORGE_TPM_SHA1)
CHANGE(sha1_digest, plan->digest_hash = FORGE_TPM_SHA1)
CHANGE(sha384_digest, plan->digest_hash = FORGE_TPM_SHA384)
CHANGE(other_values, plan->has_other_values = true)
CHANGE(no_pcrs, plan->lacks_pcrs = true)
CHANGE(cut_pcrs, plan->cuts_pcrs = true)
CHANGE(fewer_values, plan->pcrs_mask = 0x7f)
CHANGE(more_values, plan->pcrs_mask = 0x1ff)
CHANGE(other_nonce, plan->extra = tally_bytes("00000000000000000000000000000000", 32))
CHANGE(short_nonce, plan->extra.size--)
CHANGE(long_nonce, plan->extra = tally_bytes("00000000000000000000000000000000x", 33))
CHANGE(nobody, ask->tpm = "")
CHANGE(selection_held, ask->tpm = "\"pcrs\": {\"sha256\": \"0,1-6,7\"}")
CHANGE(selection_more, ask->tpm = "\"pcrs\": {\"sha256\": \"0-8\"}")
CHANGE(selection_bank, ask->tpm = "\"pcrs\": {\"sha384\": \"0-7\"}")
CHANGE(selection_two, ask->tpm = "\"pcrs\": {\"sha256\": \"0-7\", \"sha384\": \"8\"}")

/* What follows if nothing is read. */
#define UNREAD "policy.claim-missing policy.register-missing"

static const struct row damaged_rows[] = {
	{ "no magic", no_magic, "tpm.not-a-quote " UNREAD },
	{ "another type", other_type, "tpm.not-a-quote " UNREAD },
	{ "cut", cut, "tpm.quote-malformed " UNREAD },
	{ "safe is 2", safe_of_two, "tpm.quote-malformed " UNREAD },
	{ "the clock is not safe", not_safe, "tpm.clock-unsafe" },
	{ "a bit of the signature", broken, "tpm.signature-invalid" },
	{ "r is 0", r_zero, "tpm.signature-invalid" },
	{ "s is the order", s_order, "tpm.signature-invalid" },
	{ "another signer", other_signer, "tpm.signature-invalid" },
	{ "not restricted", not_restricted, "tpm.key-attributes" },
	{ "not fixedTPM", not_fixed, "tpm.key-attributes" },
	{ "not fixedParent", not_fixed_parent, "tpm.key-attributes" },
	{ "made outside", from_outside, "tpm.key-attributes" },
	{ "decrypts", decrypts, "tpm.key-attributes" },
	{ "does not sign", signs_not, "tpm.key-attributes" },
	{ "a key that is cut", cut_area, "tpm.key-malformed" },
	{ "another hash than the key's", other_scheme_hash, "tpm.scheme-mismatch" },
	{ "a signature with SHA-1", sha1_signature, "tpm.pcrs-mismatch tpm.weak-hash policy.register-missing" },
	{ "a bank of SHA-1", sha1_bank, "log.missing tpm.weak-hash" },
	{ "a digest with SHA-1", sha1_digest, "tpm.pcrs-mismatch policy.register-missing" },
	{ "a digest of another hash", sha384_digest, "tpm.pcrs-mismatch policy.register-missing" },
	{ "other values", other_values, "tpm.pcrs-mismatch policy.register-missing" },
	{ "no values", no_pcrs, "tpm.pcrs-missing policy.register-missing" },
	{ "values that are cut", cut_pcrs, "tpm.pcrs-malformed policy.register-missing" },
	{ "fewer values", fewer_values, "tpm.pcrs-mismatch policy.register-missing" },
	{ "more values", more_values, "tpm.pcrs-mismatch policy.register-missing" },
	{ "another nonce", other_nonce, "freshness.nonce-mismatch" },
	{ "a shorter nonce", short_nonce, "freshness.nonce-mismatch" },
	{ "a longer nonce", long_nonce, "binding.report-data-mismatch freshness.nonce-mismatch" },
	{ "a key of nobody", nobody, "tpm.ak-unbound" },
	{ "the selection that was asked for", selection_held, "" },
	{ "fewer PCRs than asked for", selection_more, "tpm.selection-mismatch" },
	{ "another bank than asked for", selection_bank, "tpm.selection-mismatch" },
	{ "a bank fewer than asked for", selection_two, "tpm.selection-mismatch" },
};

static void sound_quotes_are_accepted(void **state)
{
	(void)state;
	run_rows(sound_rows, COUNT(sound_rows));
}

static void each_damage_has_its_reason(void **state)
{
	(void)state;
	run_rows(damaged_rows, COUNT(damaged_rows));
}

#define ASSERTED ", \"edges\": \"asserted\""

static struct tally_verdict *judge_quote(struct tally_bytes evidence, const struct tally_policy *policy,
					 struct tally_bytes nonce)
{
	struct tally_verify_request request = { .has_nonce = true, .nonce = nonce, .time = FORGE_TIME };
	struct tally_verdict *verdict = NULL;

	request.policy = policy;
	request.evidence = evidence;
	assert_int_equal(tally_verify(&request, &verdict), TALLY_OK);
	return verdict;
}

/* Every bit of what is signed, and every prefix of the evidence. */
static void no_bit_and_no_prefix_passes(void **state)
{
	struct tally_bytes nonce = hex_bytes(EVIDENCE_NONCE);
	struct case_files files;
	struct forge_tpm plan;
	struct ask ask = { 0 };
	struct tally_policy *policy;
	struct tally_bytes evidence;
	uint8_t *bytes;

	(void)state;
	forge_tpm_plan(&plan, nonce);
	/* Of a public area only the key is pinned. */
	plan.has_spki = true;
	files_open(&files, &plan, &ask);
	policy = policy_of(&plan, &ask, &files);
	evidence = bundle_of(&plan);
	bytes = (uint8_t *)(uintptr_t)evidence.data;
	for (size_t bit = 0; bit < 8 * evidence.size; bit++) {
		struct tally_verdict *verdict;

		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		verdict = judge_quote(evidence, policy, nonce);
		if (verdict->is_accepted)
			fail_msg("bit %zu of %zu makes no difference", bit, 8 * evidence.size);
		tally_verdict_free(verdict);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t size = 0; size < evidence.size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(evidence.data, size));
		struct tally_verdict *verdict = judge_quote(prefix, policy, nonce);

		assert_false(verdict->is_accepted);
		assert_true(verdict->is_malformed);
		tally_verdict_free(verdict);
		free_bytes(prefix);
	}
	tally_policy_free(policy);
	free_bytes(evidence);
	free_bytes(nonce);
	files_close(&files);
}

/* A log that says in its base which boot of the TPM it belongs to. */
static struct tally_bytes log_of_boot(uint32_t reset_count, uint32_t restart_count)
{
	struct tally_key *key = NULL;
	struct evidence *evidence;
	struct tally_control_base base = { .has_reset_count = true,
					   .reset_count = reset_count,
					   .has_restart_count = true,
					   .restart_count = restart_count };
	uint8_t memory[EVIDENCE_BLOCK], whole[2 * EVIDENCE_BLOCK];
	struct tally_writer content = tally_writer(memory, sizeof(memory));
	struct tally_writer log = tally_writer(whole, sizeof(whole));

	assert_int_equal(tally_key_generate(&key), TALLY_OK);
	evidence = evidence_new(key, evidence_registers_tpm);
	snprintf(evidence->set.provider, sizeof(evidence->set.provider), "tpm");
	for (size_t i = 0; i < evidence->set.count; i++) {
		struct tally_digests sha256 = { 1, { evidence->set.item[i].reset.digest[1] } };

		evidence->set.item[i].reset = evidence->value[i] = sha256;
	}
	evidence_header(evidence);
	base.value = evidence->value[0];
	tally_control_write_base(&content, &base);
	evidence_control(evidence, 0, &content);
	evidence_log(evidence, 0, evidence->record_count, &log);
	evidence_free(evidence);
	tally_key_free(key);
	return exact_copy(tally_written(&log));
}

static void a_log_belongs_to_one_boot_of_the_tpm(void **state)
{
	struct tally_bytes nonce = hex_bytes(EVIDENCE_NONCE);
	struct forge_tpm plan;

	(void)state;
	forge_tpm_plan(&plan, nonce);
	plan.fill = 0;
	for (uint32_t kind = 0; kind < 3; kind++) {
		struct tally_bytes log = log_of_boot(plan.reset_count + (kind == 1), 0 + (kind == 2));
		struct ask ask = { .more = ", \"allow\": [\"all-zero-registers\"]" };
		struct case_files files;
		struct tally_policy *policy;
		struct tally_bytes evidence;
		struct tally_verdict *verdict;
		char codes[512];

		files_open(&files, &plan, &ask);
		policy = policy_of(&plan, &ask, &files);
		evidence = bundle_with(&plan, log);
		verdict = judge_quote(evidence, policy, nonce);
		codes_of(verdict, codes, sizeof(codes));
		assert_string_equal(codes, kind == 0 ? "" : "tpm.reset-mismatch");
		tally_verdict_free(verdict);
		tally_policy_free(policy);
		free_bytes(evidence);
		free_bytes(log);
		files_close(&files);
	}
	free_bytes(nonce);
}

static void flip_report_data(struct tally_soft_report *report)
{
	report->report_data[0] ^= 1;
}

static void change_data(struct evidence *evidence)
{
	evidence->data = tally_text("another's");
}

static void sound(struct evidence *evidence)
{
	(void)evidence;
}

static void raw(struct evidence *evidence)
{
	evidence->has_raw_report_data = true;
}

static void other_report_data(struct evidence *evidence)
{
	evidence->after_report = flip_report_data;
}

static void other_data(struct evidence *evidence)
{
	evidence->data = tally_text("the caller's");
	evidence->after_binding = change_data;
}

static void no_binding(struct evidence *evidence)
{
	evidence->lacks_binding = true;
}

static void cut_binding(struct evidence *evidence)
{
	evidence->breaks_binding = true;
}

/* What a soft report asserts, a policy may admit; what nothing names, none can: nor what REPORT_DATA does not hold. */
static void members_need_an_edge(void **state)
{
	static const struct {
		const char *name;
		void (*make)(struct evidence *evidence);
		const char *edges;
		enum tally_edge edge;
		const char *expected;
	} cases[] = {
		{ "asserted", sound, "", TALLY_EDGE_ASSERTED, "composite.edge-asserted" },
		{ "asserted, admitted", sound, ASSERTED, TALLY_EDGE_ASSERTED, "" },
		{ "not named", raw, ASSERTED, TALLY_EDGE_NONE, "composite.edge-none" },
		{ "another REPORT_DATA", other_report_data, ASSERTED, TALLY_EDGE_NONE,
		  "binding.report-data-mismatch composite.edge-none" },
		{ "another companion", other_data, ASSERTED, TALLY_EDGE_NONE,
		  "binding.companions-mismatch composite.edge-none" },
		{ "no binding", no_binding, ASSERTED, TALLY_EDGE_NONE, "binding.missing composite.edge-none" },
		{ "a binding that is broken", cut_binding, ASSERTED, TALLY_EDGE_NONE,
		  "binding.malformed composite.edge-none" },
	};
	struct tally_key *key = NULL;

	(void)state;
	assert_int_equal(tally_key_generate(&key), TALLY_OK);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct evidence *evidence = evidence_new(key, evidence_registers_tdx);
		struct ask ask = { .more = cases[i].edges, .soft = evidence, .is_tally = cases[i].make != raw };
		struct case_files files;
		struct forge_tpm plan;
		struct tally_policy *policy;
		struct tally_bytes bundle;
		struct tally_verdict *verdict;
		char codes[512];

		forge_tpm_plan(&plan, evidence->nonce);
		evidence_header(evidence);
		evidence_event(evidence, 2, "test", "app", "0:0", "one");
		cases[i].make(evidence);
		evidence->tpm_quote = forge_tpm_quote(&plan);
		evidence->tpm_pcrs = forge_tpm_pcrs(&plan);
		files_open(&files, &plan, &ask);
		policy = policy_of(&plan, &ask, &files);
		bundle = evidence_bundle(evidence, false);
		verdict = judge_quote(bundle, policy, evidence->nonce);
		codes_of(verdict, codes, sizeof(codes));
		if (!same_codes(cases[i].expected, codes))
			fail_msg("%s: %s", cases[i].name, codes);
		assert_int_equal(verdict->is_accepted, cases[i].expected[0] == 0);
		assert_int_equal(verdict->edge_count, 1);
		assert_int_equal(verdict->edge[0].edge, cases[i].edge);
		tally_verdict_free(verdict);
		tally_policy_free(policy);
		free_bytes(bundle);
		free_bytes(evidence->tpm_quote);
		free_bytes(evidence->tpm_pcrs);
		evidence_free(evidence);
		files_close(&files);
	}
	tally_key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_quotes_are_accepted),   cmocka_unit_test(each_damage_has_its_reason),
		cmocka_unit_test(no_bit_and_no_prefix_passes), cmocka_unit_test(a_log_belongs_to_one_boot_of_the_tpm),
		cmocka_unit_test(members_need_an_edge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
