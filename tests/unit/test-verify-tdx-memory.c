// SPDX-License-Identifier: BSD-2-Clause
/* Every allocation while a TDX quote is judged fails in turn: no crash, no leak, no verdict; and what it takes is bounded. */
#include "alloc_fail.h"
#include "tdx-judge.h"

#include "../../verify/kept.h"
#include "../forge/tdx.h"

static struct tally_bytes evidence;
static struct tally_collateral_item items[FORGE_TDX_ITEMS];
static struct tally_collateral collateral = { 0, items };
static struct tally_bytes root;
static struct tally_roots roots = { 1, &root };

static int setup(void **state)
{
	static const enum tally_collateral_kind kinds[] = { TALLY_COLLATERAL_TDX_TCB_INFO,
							    TALLY_COLLATERAL_TDX_QE_IDENTITY,
							    TALLY_COLLATERAL_CERTIFICATES, TALLY_COLLATERAL_CRL,
							    TALLY_COLLATERAL_CRL };
	static struct forge_tdx plan;
	static struct forge_tdx_made made;
	struct tdx_trial trial = { 0 };

	(void)state;
	forge_tdx_plan(&plan);
	forge_tdx_make(&plan, &made);
	trial.quote = made.quote;
	evidence = tdx_bundle(&trial);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		items[collateral.count++] = (struct tally_collateral_item){ kinds[i], "forged", made.item[i] };
	root = made.root;
	return 0;
}

static enum tally_status judge(struct tally_kept *kept, struct tally_verdict **ret)
{
	struct tally_verify_request request = { .evidence = evidence,
						.collateral = &collateral,
						.roots = &roots,
						.kept = kept,
						.time = FORGE_TIME,
						.is_time_given = true };

	return tally_verify(&request, ret);
}

static void each_allocation_fails(void **state)
{
	(void)state;
	for (int has_kept = 0; has_kept < 2; has_kept++) {
		enum tally_status status;
		unsigned n = 1;

		for (;; n++) {
			struct tally_kept *kept = has_kept ? tally_kept_new() : NULL;
			struct tally_verdict *verdict = NULL;
			bool has_failed;

			alloc_fail_at(n);
			status = judge(kept, &verdict);
			has_failed = alloc_fail_end();
			tally_kept_free(kept);
			if (!has_failed) {
				assert_int_equal(status, TALLY_OK);
				assert_non_null(verdict->member[0].authenticated);
				tally_verdict_free(verdict);
				break;
			}
			assert_int_equal(status, TALLY_NO_MEMORY);
			assert_null(verdict);
		}
		/* An arena, the memory of keys, five keys. */
		assert_true(n > 7);
	}
}

static void what_it_takes_is_bounded(void **state)
{
	struct tally_verdict *verdict = NULL;
	size_t size = evidence.size;

	(void)state;
	for (size_t i = 0; i < collateral.count; i++)
		size += collateral.item[i].bytes.size;
	assert_int_equal(judge(NULL, &verdict), TALLY_OK);
	assert_true(tally_arena_size(verdict->arena) <= TALLY_VERIFY_MEMORY_FACTOR * size + TALLY_VERIFY_MEMORY_BASE);
	tally_verdict_free(verdict);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_allocation_fails),
		cmocka_unit_test(what_it_takes_is_bounded),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
