// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: evidence of every provider to a verdict, under a policy that trusts the key of the seed of soft. */
#include <stdlib.h>

#include "../../verify/verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char policy_text[] = "{\"tally-policy\":1,\"binding\":\"tally\",\"soft\":{\"keys\":[\"sha256:"
				  "f0113d1c0dc343110a8327d1717df9d9bebba72767c1d41e386dc13f3a0280ff\"]},"
				  "\"tdx\":{\"tcb-status\":\"UpToDate\",\"tcb-evaluation-min\":20},"
				  "\"snp\":{\"minimum-tcb\":{\"Milan\":{\"boot-loader\":4,\"tee\":0,\"snp\":24,"
				  "\"microcode\":219}}},"
				  "\"registers\":{\"soft.rtmr0\":[],\"soft.rtmr1\":[],"
				  "\"soft.rtmr2\":[{\"require\":{\"name\":\"app-start\"}}],"
				  "\"soft.rtmr3\":[{\"ignore\":{\"max\":3,\"except\":[{\"name\":\"bad\"}]}}]}}";

/* What must hold for every verdict: it can be told, and only one without findings accepts. */
static void expect_sound(const struct tally_verdict *verdict)
{
	char *text = tally_verdict_to_text(verdict, true, false);
	char *json = tally_verdict_to_json(verdict);

	if (!text || !json || verdict->is_accepted != (verdict->finding_count == 0))
		abort();
	/* No claim of a static register has a rule here, so nothing is ever accepted. */
	if (verdict->is_accepted)
		abort();
	free(text);
	free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tally_policy *policy;
	uint8_t nonce[32];
	struct tally_verdict *verdict = NULL;
	struct tally_policy_problem problem;

	for (size_t i = 0; i < sizeof(nonce); i++)
		nonce[i] = (uint8_t)i;
	if (!policy && tally_policy_read(tally_text(policy_text), &policy, &problem) != TALLY_OK)
		abort();
	struct tally_verify_request request = {
		.evidence = tally_bytes(data, size),
		.policy = policy,
		.policy_bytes = tally_text(policy_text),
		.has_nonce = true,
		.nonce = tally_bytes(nonce, sizeof(nonce)),
		.time = 1800000000,
	};
	if (tally_verify(&request, &verdict) != TALLY_OK)
		abort();
	expect_sound(verdict);
	tally_verdict_free(verdict);
	return 0;
}
