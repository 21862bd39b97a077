// SPDX-License-Identifier: BSD-2-Clause
/* Real Nitro documents: by the default policy every failed rule is told; by a policy of their own they hold where they should. */
#include "vectors.h"

#include "../../format/bundle.h"
#include "../../verify/verifier.h"
#include "../forge/judged.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FOLDER "nitro"
#define NOW INT64_C(1795219200) /* 2026-11-21 */
#define ZERO32 "0000000000000000000000000000000000000000000000000000000000000000"
#define PROD_1_DATA "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define UNBOUND "binding.missing freshness.none log.missing policy.unruled "

/* Why a row is as it is stands beside it; whoever changes one reviews that. */
static const struct row {
	const char *name;
	int64_t time;
	const char *nonce;
	const char *allow;
	const char *own;     /* codes by its own policy */
	const char *unruled; /* codes by none, now */
	const char *reason;
} rows[] = {
	{ "dstack-prod-1", 1766678659, PROD_1_DATA, "\"time\"", "", UNBOUND "nsm.nonce-missing certificate.expired",
	  "made in this second; dstack puts its nonce into user_data, with zeros behind" },
	{ "dstack-prod-2", 1766668537, ZERO32 ZERO32, "\"time\"", "", UNBOUND "nsm.nonce-missing certificate.expired",
	  "made in this second; user_data is 64 zeros" },
	{ "dstack-prod-2", 1766679337, ZERO32 ZERO32, "\"time\"", "", NULL, "the leaf's last second" },
	{ "dstack-prod-2", 1766679338, ZERO32 ZERO32, "\"time\"", "certificate.expired", NULL,
	  "a second after the leaf's end" },
	{ "dstack-prod-2", 1766668536, ZERO32 ZERO32, "\"time\"", "nsm.timestamp-future", NULL,
	  "a second before it was made; the leaf begins three seconds before it" },
	{ "dstack-prod-2", 1766668533, ZERO32 ZERO32, "\"time\"", "nsm.timestamp-future certificate.not-yet-valid",
	  NULL, "a second before the leaf begins" },
	{ "dstack-prod-2", 1766668537, ZERO32 ZERO32, "", "time.not-admitted", NULL,
	  "a time that is not now must be admitted" },
	{ "dstack-prod-2", 1766668537, PROD_1_DATA, "\"time\"", "freshness.nonce-mismatch", NULL, "another nonce" },
	{ "dstack-debug", 1766650846, ZERO32 ZERO32, "\"time\"", "nsm.debug",
	  UNBOUND "nsm.debug nsm.nonce-missing certificate.expired",
	  "PCR0 to PCR2 are zero, PCR4 is not: debug mode; its signature and chain are good" },
	{ "dstack-debug", 1766650846, ZERO32 ZERO32, "\"time\",\"nsm.debug\"", "", NULL, "the same, admitted by name" },
};

static void add_rules(char *text, size_t size, json_t *pcrs)
{
	const char *key;
	json_t *value;
	bool is_first = true;

	json_object_foreach(pcrs, key, value)
	{
		snprintf(text + strlen(text), size - strlen(text), "%s\"nsm.pcr%s\":{\"value\":\"sha384:%s\"}",
			 is_first ? "" : ",", key, json_string_value(value));
		is_first = false;
	}
}

static const char *policy_of(const struct row *row, json_t *answers)
{
	static char text[8192];

	snprintf(text, sizeof(text), "{\"tally-policy\":1,\"binding\":\"raw\",\"allow\":[%s],\"registers\":{",
		 row->allow);
	add_rules(text, sizeof(text), json_object_get(answers, "pcrs"));
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "}}");
	return text;
}

static void judge(const struct row *row, struct tally_bytes report, const char *media_type)
{
	json_t *answers = vector_answers(FOLDER, row->name);
	struct tally_bytes nonce = hex_bytes(row->nonce);
	struct forge_judged judged = { .media_type = media_type,
				       .report = report,
				       .policy = policy_of(row, answers),
				       .nonce = nonce,
				       .time = row->time,
				       .is_time_given = true };

	forge_expect(row->reason, &judged, row->own);
	free_bytes(nonce);
	json_decref(answers);
}

static void documents_hold_by_their_own_policy(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_bytes report = vector_bytes(FOLDER, rows[i].name, ".cose");
		struct tally_bytes wrapped = vector_bytes(FOLDER, rows[i].name, ".nsm-response.bin");

		judge(&rows[i], report, TALLY_MEDIA_NSM_DOCUMENT);
		judge(&rows[i], wrapped, TALLY_MEDIA_NSM_RESPONSE);
		free_bytes(wrapped);
		free_bytes(report);
	}
}

static void every_failed_rule_is_told_without_a_policy(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_bytes report = vector_bytes(FOLDER, rows[i].name, ".cose");
		struct forge_judged judged = { .media_type = TALLY_MEDIA_NSM_DOCUMENT, .report = report, .time = NOW };

		if (rows[i].unruled)
			forge_expect(rows[i].name, &judged, rows[i].unruled);
		free_bytes(report);
	}
}

static const struct tally_verdict_claim *claim_of(const struct tally_verdict *verdict, const char *name)
{
	for (size_t i = 0; i < verdict->claim_count; i++)
		if (strcmp(verdict->claim[i].name, name) == 0)
			return &verdict->claim[i];
	return NULL;
}

/* What an accepted verdict says, against what independent parsers found. */
static void claims_are_those_that_are_known(void **state)
{
	const struct row *row = &rows[0];
	struct tally_bytes report = vector_bytes(FOLDER, row->name, ".cose");
	json_t *answers = vector_answers(FOLDER, row->name);
	struct tally_bytes nonce = hex_bytes(row->nonce);
	struct forge_judged judged = { .media_type = TALLY_MEDIA_NSM_DOCUMENT,
				       .report = report,
				       .policy = policy_of(row, answers),
				       .nonce = nonce,
				       .time = row->time,
				       .is_time_given = true };
	struct tally_verdict *verdict = forge_judge(&judged);

	(void)state;
	assert_true(verdict->is_accepted && verdict->is_historical);
	assert_string_equal(claim_of(verdict, "nsm.module-id")->value,
			    json_string_value(json_object_get(answers, "module_id")));
	assert_string_equal(claim_of(verdict, "nsm.report-data")->value,
			    json_string_value(json_object_get(answers, "user_data")));
	assert_non_null(strstr(verdict->member[0].root, "641a0321a3e244efe456463195d606317ed7cdcc3c1756e098"
							"93f3c68f79bb5b"));
	assert_true(strlen(verdict->member[0].caveat) > 0);
	/* The chain's end: 2025-12-25T19:04:19Z. */
	assert_true(verdict->has_valid_until && verdict->valid_until == 1766689459);
	tally_verdict_free(verdict);
	free_bytes(nonce);
	json_decref(answers);
	free_bytes(report);
}

static void damaged_documents_are_refused(void **state)
{
	static const struct {
		const char *folder;
		const char *name;
		const char *ending;
		const char *expected;
		const char *reason;
	} damaged[] = {
		{ "malformed", "derived-public-nitro-pcr-bitflip", ".bin", "nsm.signature-invalid",
		  "a bit of the payload" },
		{ "malformed", "derived-public-nitro-sig-bitflip", ".bin", "nsm.signature-invalid",
		  "a bit of the signature" },
		{ "malformed", "derived-public-nitro-trailing", ".bin", "nsm.document-malformed",
		  "bytes behind: nitrite accepts them" },
		{ "malformed", "derived-public-nitro-payload-len64", ".bin", "nsm.document-malformed",
		  "a length beyond the input" },
		{ "malformed", "derived-public-nitro-trunc-4526", ".bin", "nsm.document-malformed",
		  "the last byte is missing" },
		{ FOLDER, "nitrite-selfsigned", ".cose", "nsm.document-malformed",
		  "null in the place of the unprotected header, and of the bundle" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(damaged); i++) {
		struct tally_bytes report = vector_bytes(damaged[i].folder, damaged[i].name, damaged[i].ending);
		struct forge_judged judged = { .media_type = TALLY_MEDIA_NSM_DOCUMENT, .report = report, .time = NOW };
		struct tally_verdict *verdict = forge_judge(&judged);

		if (!strstr(forge_codes(verdict), damaged[i].expected))
			fail_msg("%s: %s", damaged[i].name, forge_codes(verdict));
		assert_int_equal(verdict->is_malformed, strstr(damaged[i].expected, "malformed") != NULL);
		assert_false(verdict->is_accepted);
		tally_verdict_free(verdict);
		free_bytes(report);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(documents_hold_by_their_own_policy),
		cmocka_unit_test(every_failed_rule_is_told_without_a_policy),
		cmocka_unit_test(claims_are_those_that_are_known),
		cmocka_unit_test(damaged_documents_are_refused),
	};

	if (vectors_are_missing())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
