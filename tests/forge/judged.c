// SPDX-License-Identifier: BSD-2-Clause
/* Forged evidence, judged. */
#include "../unit/hex.h"
#include "../unit/placed.h"

#include "../../format/bundle.h"
#include "judged.h"
#include "pki.h"

#define REASON_LIMIT 1000

static struct tally_bytes bundle_of(const struct forge_judged *judged)
{
	static struct tally_bundle bundle;
	struct tally_writer writer = tally_writer(NULL, 0);
	uint8_t *data;

	memset(&bundle, 0, sizeof(bundle));
	bundle.member[bundle.count++] =
		(struct tally_member){ tally_text(TALLY_LABEL_REPORT), tally_text(judged->media_type), judged->report };
	if (judged->binding.size)
		bundle.member[bundle.count++] =
			(struct tally_member){ tally_text(TALLY_LABEL_BINDING), tally_text(TALLY_MEDIA_BINDING),
					       judged->binding };
	if (judged->log.size)
		bundle.member[bundle.count++] =
			(struct tally_member){ tally_text(TALLY_LABEL_LOG), tally_text(TALLY_MEDIA_LOG), judged->log };
	tally_bundle_write(&writer, &bundle);
	data = malloc(writer.size);
	assert_non_null(data);
	writer = tally_writer(data, writer.size);
	tally_bundle_write(&writer, &bundle);
	assert_int_equal(writer.status, TALLY_OK);
	return tally_written(&writer);
}

struct tally_policy *forge_policy(const char *text)
{
	struct tally_policy_problem problem;
	struct tally_policy *policy = NULL;

	if (tally_policy_read(tally_text(text), &policy, &problem) != TALLY_OK)
		fail_msg("%s", problem.text);
	return policy;
}

struct tally_verdict *forge_judge(const struct forge_judged *judged)
{
	struct tally_bytes evidence = bundle_of(judged);
	struct tally_policy *policy = judged->policy && !judged->read_policy ? forge_policy(judged->policy) : NULL;
	struct tally_verify_request request = { .evidence = evidence,
						.collateral = judged->collateral,
						.roots = judged->roots,
						.kept = judged->kept,
						.policy_bytes = tally_text(judged->policy),
						.has_nonce = judged->nonce.size != 0,
						.nonce = judged->nonce,
						.time = judged->time ? judged->time : FORGE_TIME,
						.is_time_given = judged->is_time_given };
	struct tally_verdict *verdict = NULL;

	request.policy = judged->read_policy ? judged->read_policy : policy;
	assert_int_equal(tally_verify(&request, &verdict), TALLY_OK);
	assert_non_null(verdict);
	tally_policy_free(policy);
	free_bytes(evidence);
	return verdict;
}

static bool has_reason(const struct tally_verdict *verdict, enum tally_reason reason)
{
	for (size_t i = 0; i < verdict->finding_count; i++)
		if (verdict->finding[i].reason == reason)
			return true;
	return false;
}

const char *forge_codes(const struct tally_verdict *verdict)
{
	static char text[4096];
	size_t used = 0;

	text[0] = 0;
	for (int number = 1; number < REASON_LIMIT; number++) {
		enum tally_reason reason = (enum tally_reason)number;

		if (reason != TALLY_REASON_ROOT_NON_PRODUCTION && has_reason(verdict, reason))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", used ? " " : "",
						 tally_reason_code(reason));
	}
	return text;
}

void forge_expect(const char *name, const struct forge_judged *judged, const char *expected)
{
	struct tally_verdict *verdict = forge_judge(judged);
	const char *codes = forge_codes(verdict);
	char *text = NULL;

	expect_places(verdict);
	if (strcmp(codes, expected) != 0) {
		text = tally_verdict_to_text(verdict, true, false);
		print_message("%s\n", text ? text : "");
		free(text);
		fail_msg("%s: \"%s\", not \"%s\"", name, codes, expected);
	}
	/* Whatever has no fault is accepted, unless its root is one for tests. */
	assert_int_equal(verdict->is_accepted,
			 *expected == 0 && !has_reason(verdict, TALLY_REASON_ROOT_NON_PRODUCTION));
	tally_verdict_free(verdict);
}
