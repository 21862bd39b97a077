// SPDX-License-Identifier: BSD-2-Clause
/* Every allocation of a judgement of SNP evidence, with its manifest and certificates, fails in turn: no verdict. */
#include "alloc_fail.h"

#include "../forge/snp-verdict.h"

static struct tally_bytes copy_of_bundle(const struct forge_snp *forge, const struct asking *asking)
{
	uint8_t room[EVIDENCE_SIZE];

	return exact_copy(bundle_for(forge, asking, room));
}

static void a_lack_of_memory_is_no_verdict(void **state)
{
	static const char *const types[] = { TALLY_MEDIA_AZURE_HCL, TALLY_MEDIA_SVSM_MANIFEST };
	struct forge_snp forge;

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++) {
		struct asking asking = { .is_in_table = true,
					 .binding = i == 0 ? "raw" : "svsm",
					 .manifest_type = types[i],
					 .manifest = tally_text("not one") };
		struct tally_verify_request request = { .has_nonce = true, .time = FORGE_TIME };
		struct tally_verdict *verdict = NULL;
		struct tally_policy *policy;
		struct tally_roots roots;
		enum tally_status status;
		unsigned count = 0;

		forge_snp_start(&forge, "Turin", i == 1);
		forge_snp_finish(&forge);
		roots = (struct tally_roots){ 1, &forge.root_der };
		policy = policy_for(&forge, &asking);
		request.policy = policy;
		request.roots = &roots;
		request.evidence = copy_of_bundle(&forge, &asking);
		request.nonce = tally_bytes(forge.report + SNP_AT_REPORT_DATA, 64);
		for (unsigned n = 1;; n++) {
			alloc_fail_at(n);
			status = tally_verify(&request, &verdict);
			if (!alloc_fail_end())
				break;
			assert_int_equal(status, TALLY_NO_MEMORY);
			count++;
		}
		assert_int_equal(status, TALLY_OK);
		assert_true(count > 2);
		tally_verdict_free(verdict);
		tally_policy_free(policy);
		free_bytes(request.evidence);
		forge_snp_done(&forge);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_lack_of_memory_is_no_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
