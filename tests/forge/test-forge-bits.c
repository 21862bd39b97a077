// SPDX-License-Identifier: BSD-2-Clause
/*
 * No bit of what a signature or a hash covers can change unseen: every one is flipped, in one sound case of each provider.
 * TDX stands in test-forge-tdx.c; every bit of a real SNP report, in test-verify-snp.c.
 */
#include "../unit/evidence.h"

#include "../../format/bundle.h"
#include "../../format/tpm_evidence.h"
#include "../../verify/kept.h"
#include "../../verify/verify.h"
#include "cca.h"
#include "cove.h"
#include "judged.h"
#include "machine.h"
#include "nsm.h"

#define REASON_LIMIT 1000

/* Evidence that nobody has touched, and what is found in it by a policy without rules. */
struct subject {
	struct tally_bytes evidence; /* a bundle, changed in place */
	struct tally_policy *policy;
	struct tally_verify_request request;
	struct tally_collateral_item item;
	struct tally_collateral collateral;
	bool is_found[REASON_LIMIT]; /* in the sound case */
};

static struct tally_verdict *judge(const struct subject *subject)
{
	struct tally_verdict *verdict = NULL;

	assert_int_equal(tally_verify(&subject->request, &verdict), TALLY_OK);
	return verdict;
}

/* policy NULL: one that accepts nothing and knows nobody. */
static void open_subject(struct subject *subject, struct tally_bytes evidence, enum tally_binding_mode binding,
			 const char *policy, struct tally_bytes nonce)
{
	struct tally_verdict *verdict;

	subject->evidence = evidence;
	subject->request.evidence = evidence;
	subject->request.kept = tally_kept_new();
	subject->request.has_nonce = true;
	subject->request.nonce = nonce;
	subject->request.time = FORGE_TIME;
	if (policy)
		subject->policy = forge_policy(policy);
	else
		assert_int_equal(tally_policy_survey(binding, &subject->policy), TALLY_OK);
	subject->request.policy = subject->policy;
	verdict = judge(subject);
	assert_false(verdict->is_malformed);
	for (size_t i = 0; i < verdict->finding_count; i++) {
		assert_in_range(verdict->finding[i].reason, 1, REASON_LIMIT - 1);
		subject->is_found[verdict->finding[i].reason] = true;
	}
	tally_verdict_free(verdict);
}

static void close_subject(struct subject *subject)
{
	tally_kept_free(subject->request.kept);
	tally_policy_free(subject->policy);
	free_bytes(subject->evidence);
}

/* Whatever the policy, it is refused for something that the sound case has not. */
static bool is_seen(const struct subject *subject)
{
	struct tally_verdict *verdict = judge(subject);
	bool holds = false;

	for (size_t i = 0; i < verdict->finding_count; i++)
		holds = holds || !subject->is_found[verdict->finding[i].reason];
	tally_verdict_free(verdict);
	return holds;
}

static struct tally_bytes member_of(const struct subject *subject, const char *label)
{
	static struct tally_bundle bundle;
	const struct tally_member *member;

	assert_int_equal(tally_bundle_read(subject->evidence, &bundle), TALLY_OK);
	member = tally_bundle_find(&bundle, label);
	assert_non_null(member);
	return member->value;
}

/* Every bit of a part of the evidence, in place. */
static void flip(const struct subject *subject, const char *name, struct tally_bytes part)
{
	uint8_t *bytes = (uint8_t *)(uintptr_t)part.data;

	for (size_t bit = 0; bit < 8 * part.size; bit++) {
		bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
		if (!is_seen(subject))
			fail_msg("%s: bit %zu of byte %zu of %zu", name, bit % 8, bit / 8, part.size);
		bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
}

static void flip_member(const struct subject *subject, const char *label)
{
	flip(subject, label, member_of(subject, label));
}

/* What the key has signed, and the signature. The key's area says itself what it is, unless its name is vouched for. */
static void flip_quote(const struct subject *subject, const char *label, bool has_name)
{
	struct tally_tpm_evidence quote;

	assert_int_equal(tally_tpm_evidence_read(member_of(subject, label), &quote), TALLY_OK);
	flip(subject, "what is quoted", quote.attest);
	flip(subject, "its signature", quote.signature);
	if (has_name)
		flip(subject, "its key", quote.public_area);
}

/* A bundle of one member. */
static struct tally_bytes bundle_of(const char *media_type, struct tally_bytes report)
{
	static struct tally_bundle bundle;
	static uint8_t room[65536];
	struct tally_writer writer = tally_writer(room, sizeof(room));

	memset(&bundle, 0, sizeof(bundle));
	bundle.member[bundle.count++] =
		(struct tally_member){ tally_text(TALLY_LABEL_REPORT), tally_text(media_type), report };
	tally_bundle_write(&writer, &bundle);
	assert_int_equal(writer.status, TALLY_OK);
	free_bytes(report);
	return exact_copy(tally_written(&writer));
}

static uint8_t challenge_data[64] = { 7, 5, 3 };
static const struct tally_bytes challenge = { challenge_data, sizeof(challenge_data) };

static void nsm_documents(void **state)
{
	struct forge_nsm plan = forge_nsm_sound();
	struct subject subject = { .collateral = { 0, NULL } };
	struct tally_roots roots = { 1, &plan.root };

	(void)state;
	plan.is_short = true;
	plan.nonce = tally_bytes(challenge_data, 32);
	plan.root = forge_nsm_root(&plan);
	subject.request.roots = &roots;
	open_subject(&subject, bundle_of(TALLY_MEDIA_NSM_DOCUMENT, forge_nsm(&plan)), TALLY_BINDING_RAW, NULL,
		     plan.nonce);
	flip_member(&subject, TALLY_LABEL_REPORT);
	close_subject(&subject);
	free_bytes(plan.root);
}

/* Under a platform's key that is given, pinned or not. */
static void flip_token(const char *media_type, struct tally_bytes token, EVP_PKEY *key)
{
	struct subject subject = { .collateral = { 0, NULL } };
	struct tally_bytes spki = forge_spki(key);

	subject.item = (struct tally_collateral_item){ TALLY_COLLATERAL_PUBLIC_KEY, "key", spki };
	subject.collateral = (struct tally_collateral){ 1, &subject.item };
	subject.request.collateral = &subject.collateral;
	open_subject(&subject, bundle_of(media_type, token), TALLY_BINDING_RAW, NULL, challenge);
	flip_member(&subject, TALLY_LABEL_REPORT);
	close_subject(&subject);
	free_bytes(spki);
}

static void cca_tokens(void **state)
{
	struct forge_cca plan = forge_cca_sound(challenge);

	(void)state;
	flip_token(TALLY_MEDIA_CCA_TOKEN, forge_cca(&plan), plan.platform.key);
}

static void cove_tokens(void **state)
{
	struct forge_cove plan = forge_cove_sound(challenge);

	(void)state;
	flip_token(TALLY_MEDIA_COVE_TOKEN, forge_cove(&plan), plan.platform.key);
}

static const char *policy_of_binder(void)
{
	static char text[256];
	uint8_t fingerprint[32];
	char hex[65];

	assert_int_equal(tally_key_fingerprint(forge_machine_binder(), fingerprint), TALLY_OK);
	for (size_t i = 0; i < sizeof(fingerprint); i++)
		snprintf(hex + 2 * i, 3, "%02x", fingerprint[i]);
	snprintf(text, sizeof(text), "{\"tally-policy\":1,\"binding\":\"svsm\",\"tpm\":{\"binders\":[\"sha256:%s\"]}}",
		 hex);
	return text;
}

/* The report's bits are those of every SNP report; what hangs on it is flipped here. */
static void flip_machine(bool is_azure)
{
	static struct forge_machine machine;
	struct subject subject = { .collateral = { 0, NULL } };
	struct tally_roots roots = { 1, &machine.snp.root_der };
	struct tally_bytes evidence;

	forge_machine_start(&machine, is_azure);
	evidence = forge_machine_make(&machine);
	subject.request.roots = &roots;
	open_subject(&subject, evidence, TALLY_BINDING_RAW, is_azure ? NULL : policy_of_binder(),
		     tally_bytes(forge_machine_nonce, sizeof(forge_machine_nonce)));
	flip_member(&subject, TALLY_LABEL_MANIFEST);
	flip_quote(&subject, TALLY_LABEL_TPM_QUOTE, !is_azure);
	if (!is_azure)
		flip_member(&subject, TALLY_LABEL_AK_BINDING);
	close_subject(&subject);
	forge_snp_done(&machine.snp);
}

static void svsm_manifests_and_their_quotes(void **state)
{
	(void)state;
	flip_machine(false);
}

static void azure_s_reports_and_their_quotes(void **state)
{
	(void)state;
	flip_machine(true);
}

/* A quote by itself, under a key that the policy would have to pin. */
static void quotes_of_a_tpm(void **state)
{
	struct subject subject = { .collateral = { 0, NULL } };
	static struct tally_bundle bundle;
	static uint8_t room[65536];
	struct tally_writer writer = tally_writer(room, sizeof(room));
	struct tally_bytes quote;
	struct tally_bytes pcrs;
	struct forge_tpm plan;

	(void)state;
	forge_tpm_plan(&plan, tally_bytes(challenge_data, 32));
	quote = forge_tpm_quote(&plan);
	pcrs = forge_tpm_pcrs(&plan);
	memset(&bundle, 0, sizeof(bundle));
	bundle.member[0] =
		(struct tally_member){ tally_text(TALLY_LABEL_REPORT), tally_text(TALLY_MEDIA_TPM_QUOTE), quote };
	bundle.member[1] =
		(struct tally_member){ tally_text(TALLY_LABEL_TPM_PCRS), tally_text(TALLY_MEDIA_TPM_PCRS), pcrs };
	bundle.count = 2;
	tally_bundle_write(&writer, &bundle);
	open_subject(&subject, exact_copy(tally_written(&writer)), TALLY_BINDING_RAW, NULL,
		     tally_bytes(challenge_data, 32));
	flip_quote(&subject, TALLY_LABEL_REPORT, false);
	flip_member(&subject, TALLY_LABEL_TPM_PCRS);
	close_subject(&subject);
	free_bytes(quote);
	free_bytes(pcrs);
}

/* Report, binding and log: each hangs on the signature of the first. */
static void soft_evidence(void **state)
{
	struct subject subject = { .collateral = { 0, NULL } };
	struct tally_key *key = NULL;
	struct evidence *evidence;

	(void)state;
	assert_int_equal(tally_key_generate(&key), TALLY_OK);
	evidence = evidence_new(key, evidence_registers_tdx);
	evidence_header(evidence);
	evidence_event(evidence, 2, "app", "app-start", "0:0", "data");
	open_subject(&subject, evidence_bundle(evidence, false), TALLY_BINDING_TALLY, NULL, evidence->nonce);
	flip_member(&subject, TALLY_LABEL_REPORT);
	flip_member(&subject, TALLY_LABEL_BINDING);
	close_subject(&subject);
	evidence_free(evidence);
	tally_key_free(key);
}

/* The key is one for the process, which several subjects need. */
static int forget(void **state)
{
	(void)state;
	tally_key_free(forge_machine_binder());
	return 0;
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(nsm_documents),
		cmocka_unit_test(cca_tokens),
		cmocka_unit_test(cove_tokens),
		cmocka_unit_test(svsm_manifests_and_their_quotes),
		cmocka_unit_test(azure_s_reports_and_their_quotes),
		cmocka_unit_test(quotes_of_a_tpm),
		cmocka_unit_test(soft_evidence),
	};

	if (argc > 1)
		cmocka_set_test_filter(argv[1]);
	return cmocka_run_group_tests(tests, NULL, forget);
}
