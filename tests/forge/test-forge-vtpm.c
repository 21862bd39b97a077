// SPDX-License-Identifier: BSD-2-Clause
/* A whole virtual machine: SNP report, what its firmware vouches for, and a quote of its vTPM; sound, and spliced. */
#include "snp-verdict.h"

#include "machine.h"

static void rule_pcrs(const struct forge_machine *machine, json_t *policy)
{
	json_t *registers = json_object();

	for (unsigned pcr = 0; pcr < FORGE_TPM_PCRS; pcr++) {
		char name[16];
		char text[7 + 64 + 1] = "sha256:";
		uint8_t value[64];

		if (!(machine->tpm.mask >> pcr & 1))
			continue;
		forge_tpm_value(&machine->tpm, FORGE_TPM_SHA256, pcr, value);
		for (size_t i = 0; i < 32; i++)
			snprintf(text + 7 + 2 * i, 3, "%02x", value[i]);
		snprintf(name, sizeof(name), "tpm.pcr%u", pcr);
		json_object_set_new(registers, name, json_pack("{s:s}", "value", text));
	}
	json_object_set_new(policy, "registers", registers);
}

static struct tally_policy *policy_of(const struct forge_machine *machine)
{
	const char *const exceptions[] = { "resettable-registers", NULL };
	json_t *json = snp_policy_json(tally_bytes(machine->snp.report, SNP_SIZE), "Genoa", NULL,
				       machine->is_azure ? "raw" : "svsm", exceptions);
	char pin[7 + 64 + 1] = "sha256:";
	uint8_t fingerprint[32];

	assert_int_equal(tally_key_fingerprint(forge_machine_binder(), fingerprint), TALLY_OK);
	for (size_t i = 0; i < 32; i++)
		snprintf(pin + 7 + 2 * i, 3, "%02x", machine->is_binder_pinned ? fingerprint[i] : 0);
	if (!machine->is_azure)
		json_object_set_new(json, "tpm", json_pack("{s:s}", "binders", pin));
	if (machine->binding_days)
		json_object_set_new(json_object_get(json, "tpm"), "binding-max-days",
				    json_integer((json_int_t)machine->binding_days));
	if (machine->edges)
		json_object_set_new(json, "edges", json_string(machine->edges));
	json_object_set_new(json_object_get(json, "claims"), "tpm.firmware-version", json_string("0000000000002026"));
	rule_pcrs(machine, json);
	return snp_policy(json);
}

/* What a test looks at beside the codes; NULL: nothing. */
static void (*shown)(const struct tally_verdict *verdict);

static void expect_machine(const char *name, struct forge_machine *machine, const char *expected)
{
	struct tally_bytes evidence = forge_machine_make(machine);
	struct tally_policy *policy = policy_of(machine);
	struct tally_roots roots = { 1, &machine->snp.root_der };
	struct tally_verify_request request = { .evidence = evidence,
						.roots = &roots,
						.kept = forge_kept(),
						.policy = policy,
						.has_nonce = !machine->lacks_nonce,
						.nonce = tally_bytes(forge_machine_nonce, sizeof(forge_machine_nonce)),
						.time = FORGE_TIME };
	struct tally_verdict *verdict;
	char codes[CODES_SIZE];

	assert_int_equal(tally_verify(&request, &verdict), TALLY_OK);
	if (shown)
		shown(verdict);
	if (strcmp(codes_of(verdict, codes), expected) != 0)
		fail_msg("%s: %s\nexpected: %s", name, codes, expected);
	tally_verdict_free(verdict);
	tally_policy_free(policy);
	forge_snp_done(&machine->snp);
	free_bytes(evidence);
}

static void an_svsm_and_an_activation_vouch_for_a_quote(void **state)
{
	struct forge_machine machine;

	(void)state;
	forge_machine_start(&machine, false);
	expect_machine("sound", &machine, SOUND);
	forge_machine_start(&machine, false);
	machine.tpm.mask = machine.tpm.pcrs_mask = 0xff;
	expect_machine("some PCRs", &machine, SOUND);
	forge_machine_start(&machine, false);
	machine.has_record = false;
	expect_machine("an EK only decrypts", &machine, "composite.edge-none tpm.ak-unbound");
	forge_machine_start(&machine, false);
	machine.bound_key = 1;
	expect_machine("another AK was activated", &machine,
		       "composite.edge-none tpm.ak-binding-mismatch tpm.ak-unbound");
	forge_machine_start(&machine, false);
	machine.bound_ek_fill = 0xa7;
	expect_machine("an AK beside another EK", &machine, "composite.edge-none");
	forge_machine_start(&machine, false);
	machine.ek_fill = 0xa7;
	expect_machine("another machine's manifest", &machine, "composite.edge-none");
	forge_machine_start(&machine, false);
	machine.has_other_report_data = true;
	expect_machine("a manifest that the report does not cover", &machine,
		       "binding.report-data-mismatch composite.edge-none");
	forge_machine_start(&machine, false);
	machine.is_binder_pinned = false;
	expect_machine("another verifier's record", &machine,
		       "composite.edge-none tpm.ak-binding-unpinned tpm.ak-unbound");
	forge_machine_start(&machine, false);
	machine.binding_days = 1;
	expect_machine("an activation of today", &machine, SOUND);
	forge_machine_start(&machine, false);
	machine.binding_days = 1;
	machine.activated = FORGE_TIME - FORGE_DAY - 1;
	expect_machine("an activation too long ago", &machine,
		       "composite.edge-none tpm.ak-binding-too-old tpm.ak-unbound");
	forge_machine_start(&machine, false);
	machine.activated = FORGE_TIME + 1;
	expect_machine("an activation of tomorrow", &machine,
		       "composite.edge-none tpm.ak-binding-not-yet-valid tpm.ak-unbound");
	forge_machine_start(&machine, false);
	machine.tpm.extra = tally_bytes(forge_machine_nonce + 1, 32);
	expect_machine("a quote of another request", &machine, "freshness.nonce-mismatch");
	forge_machine_start(&machine, false);
	machine.tpm.attributes &= ~(1U << 16);
	expect_machine("an AK that signs anything", &machine, "tpm.key-attributes");
	forge_machine_start(&machine, false);
	machine.tpm.kind = FORGE_RSA2048;
	machine.tpm.scheme = machine.tpm.area_scheme = FORGE_TPM_RSASSA;
	expect_machine("RSA", &machine, SOUND);
	forge_machine_start(&machine, false);
	machine.tpm.kind = FORGE_RSA2048;
	machine.tpm.scheme = FORGE_TPM_RSASSA;
	machine.tpm.area_scheme = FORGE_TPM_RSAPSS;
	expect_machine("another scheme than the key's", &machine, "tpm.scheme-mismatch");
}

static int64_t ends;

static void end_is(const struct tally_verdict *verdict)
{
	assert_true(verdict->has_valid_until);
	assert_int_equal(verdict->valid_until - FORGE_TIME, ends - FORGE_TIME);
}

/* Each member may be the one that ends first. */
static void both_members_end_the_verdict(void **state)
{
	struct forge_machine machine;

	(void)state;
	shown = end_is;
	ends = FORGE_TIME + 29 * FORGE_DAY;
	forge_machine_start(&machine, false);
	expect_machine("the report's list", &machine, SOUND);
	ends = FORGE_TIME + 2 * FORGE_DAY;
	forge_machine_start(&machine, false);
	machine.binding_days = 2;
	machine.activated = FORGE_TIME;
	expect_machine("the activation", &machine, SOUND);
	ends = FORGE_TIME;
	forge_machine_start(&machine, false);
	machine.binding_days = 2;
	machine.activated = FORGE_TIME;
	machine.snp.crl_damage = FORGE_LAST_SECOND;
	expect_machine("the list again", &machine, SOUND);
	shown = NULL;
}

static const char *edge_name;
static const char *edge_how;

/* Every member of the JSON's rows, and nothing else. */
static void edge_is(const struct tally_verdict *verdict)
{
	char *text = tally_verdict_to_json(verdict);
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const json_t *edge = json_array_get(json_object_get(json, "edges"), 0);

	assert_int_equal(json_array_size(json_object_get(json, "edges")), 1);
	assert_int_equal(json_object_size(edge), 4);
	assert_string_equal(json_string_value(json_object_get(edge, "from")), "report");
	assert_string_equal(json_string_value(json_object_get(edge, "to")), "tpm-quote");
	assert_string_equal(json_string_value(json_object_get(edge, "edge")), edge_name);
	assert_string_equal(json_string_value(json_object_get(edge, "how")), edge_how);
	json_decref(json);
	free(text);
}

static void edges_are_told_with_what_makes_them(void **state)
{
	struct forge_machine machine;

	(void)state;
	shown = edge_is;
	edge_name = "vouched";
	edge_how = "SVSM manifest of the snp report, and an activation";
	forge_machine_start(&machine, false);
	expect_machine("SVSM", &machine, SOUND);
	edge_how = "HCL runtime data of the snp report";
	forge_machine_start(&machine, true);
	expect_machine("Azure", &machine, SOUND);
	edge_name = "none";
	edge_how = "";
	forge_machine_start(&machine, false);
	machine.bound_ek_fill = 0xa7;
	expect_machine("another EK", &machine, "composite.edge-none");
	forge_machine_start(&machine, false);
	machine.has_other_report_data = true;
	expect_machine("another REPORT_DATA", &machine, "binding.report-data-mismatch composite.edge-none");
	forge_machine_start(&machine, false);
	machine.lacks_nonce = true;
	expect_machine("no nonce", &machine, "composite.edge-none freshness.none");
	shown = NULL;
}

/* A file that is missing: its name, and where it is to be had. */
static void need_is(const struct tally_verdict *verdict)
{
	char *text = tally_verdict_to_json(verdict);
	json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	const json_t *need = json_array_get(json_object_get(json, "needs"), 0);

	assert_int_equal(json_array_size(json_object_get(json, "needs")), 1);
	assert_int_equal(json_object_size(need), 3);
	assert_string_equal(json_string_value(json_object_get(need, "name")), "snp/vcek-genoa.crl");
	assert_string_equal(json_string_value(json_object_get(need, "url")),
			    "https://kdsintf.amd.com/vcek/v1/Genoa/crl");
	assert_true(json_is_false(json_object_get(need, "is_stale")));
	json_decref(json);
	free(text);
}

static void what_is_missing_is_told_by_name(void **state)
{
	struct forge_machine machine;

	(void)state;
	shown = need_is;
	forge_machine_start(&machine, false);
	machine.snp.crl_issuer = "SEV-Genoa";
	machine.snp.crl_signer = machine.snp.authority;
	expect_machine("no list of the root's", &machine, "composite.edge-none snp.crl-missing");
	shown = NULL;
}

static void azure_s_runtime_data_vouches_for_a_quote(void **state)
{
	struct forge_machine machine;

	(void)state;
	forge_machine_start(&machine, true);
	expect_machine("sound", &machine, SOUND);
	forge_machine_start(&machine, true);
	machine.tpm.mask = machine.tpm.pcrs_mask = 0xff;
	expect_machine("not all PCRs", &machine, "tpm.selection-mismatch");
	forge_machine_start(&machine, true);
	machine.tpm.second_bank = FORGE_TPM_SHA384;
	machine.tpm.second_mask = 0xff;
	expect_machine("another bank as well", &machine, "tpm.selection-mismatch");
	forge_machine_start(&machine, true);
	machine.tpm.second_bank = FORGE_TPM_SHA1;
	machine.tpm.second_mask = 0;
	expect_machine("nothing of SHA-1", &machine, SOUND);
	forge_machine_start(&machine, true);
	machine.tpm.second_bank = FORGE_TPM_SHA1;
	machine.tpm.second_mask = 0xffffff;
	expect_machine("SHA-1 as well", &machine, "tpm.selection-mismatch tpm.weak-hash");
	forge_machine_start(&machine, true);
	machine.bound_key = 3;
	expect_machine("another machine's runtime data", &machine, "composite.edge-none tpm.ak-unbound");
	forge_machine_start(&machine, true);
	machine.has_other_report_data = true;
	expect_machine("runtime data that the report does not cover", &machine,
		       "azure.runtime-unbound composite.edge-none freshness.nonce-mismatch tpm.ak-unbound");
	forge_machine_start(&machine, true);
	forge_snp_put(&machine.snp, SNP_AT_VMPL, 1, 4);
	expect_machine("a report of the guest itself", &machine,
		       "composite.edge-none freshness.nonce-mismatch snp.svsm-vmpl tpm.ak-unbound");
	forge_machine_start(&machine, true);
	machine.tpm.extra = tally_bytes(forge_machine_nonce + 1, 32);
	expect_machine("a quote of another request", &machine, "freshness.nonce-mismatch");
}

static int forget(void **state)
{
	(void)state;
	tally_key_free(forge_machine_binder());
	tally_kept_free(forge_kept());
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_svsm_and_an_activation_vouch_for_a_quote),
		cmocka_unit_test(azure_s_runtime_data_vouches_for_a_quote),
		cmocka_unit_test(both_members_end_the_verdict),
		cmocka_unit_test(edges_are_told_with_what_makes_them),
		cmocka_unit_test(what_is_missing_is_told_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}
