// SPDX-License-Identifier: BSD-2-Clause
/* Fills from the authority to the verdict, with IMA's lists. */
#include "boot-world.h"

#include <sys/stat.h>

#include "alloc_fail.h"

#define BOOT_AGGREGATE "{\"require\": {\"origin\": \"ima\", \"type\": \"ima-sig\", \"name\": \"boot_aggregate\"}}"
#define PINNING "{\"ignore\": {\"max\": 9, \"except\": {\"origin\": \"ima\"}}}"

static void ima_explains_its_gap(void **state)
{
	struct world *world = *state;
	struct tally_fill_result result;
	uint64_t gap;

	open_after_boot(world);
	attach_ok(world, boot_log, 0);
	others_extend(world, ima_log, 0, UINT64_MAX);
	assert_recorded(world, 10);
	gap = settle_gap(world, "pcr10");
	expect(world, "log.gap");
	result = fill_ok(world, gap, ima_log);
	assert_int_equal(result.segment, 1);
	assert_int_equal(result.range.first, 0);
	assert_int_equal(result.range.count, 1);
	assert_true(result.is_filled);
	expect(world, "");
	expect_rule(world, "[" BOOT_AGGREGATE ", " PINNING "]", "", "");
	expect_rule(world, "[" PINNING "]", "", "policy.event-unmatched");
	/* A name that IMA saw is not one that our caller gave. */
	expect_rule(world, "[{\"require\": {\"name\": \"boot_aggregate\"}}, {\"ignore\": {\"max\": 9}}]", "",
		    "policy.event-missing policy.event-unmatched");
}

static void gaps_are_filled_from_a_log_that_grows(void **state)
{
	struct world *world = *state;
	struct tally_fill_result result;
	uint64_t first, second, third;

	world_open(world);
	others_extend(world, templates, 0, 3);
	first = settle_gap(world, "pcr10");
	others_extend(world, templates, 3, 9);
	second = settle_gap(world, "pcr10");
	result = fill_ok(world, first, records_of(templates, 4));
	assert_int_equal(result.range.count, 3);
	expect(world, "log.gap log.unauthenticated");
	/* It has grown: the same segment. */
	result = fill_ok(world, second, records_of(templates, 10));
	assert_int_equal(result.segment, 0);
	assert_int_equal(result.range.first, 5);
	assert_int_equal(result.range.count, 4);
	others_extend(world, templates, 9, TEMPLATE_RECORDS);
	third = settle_gap(world, "pcr10");
	/* An older copy of it is refused, and then the whole. */
	assert_int_equal(fill(world, third, records_of(templates, 9), &result), TALLY_CONFLICT);
	result = fill_ok(world, third, templates);
	assert_int_equal(result.segment, 0);
	assert_int_equal(fill(world, third, templates, &result), TALLY_CONFLICT);
	/* PCR 9, 11 and 12 are in the list too. */
	fill_ok(world, settle_gap(world, "pcr11"), templates);
	fill_ok(world, settle_gap(world, "pcr9"), templates);
	fill_ok(world, settle_gap(world, "pcr12"), templates);
	world_open(world);
	expect(world, "");
}

/* Two gaps and the records that lead through them: 0 to 2, and 5 to 8. */
struct two_gaps {
	uint64_t first;
	uint64_t second;
};

static struct two_gaps two_gaps(struct world *world)
{
	struct two_gaps gaps;

	world_open(world);
	others_extend(world, templates, 0, 3);
	gaps.first = settle_gap(world, "pcr10");
	others_extend(world, templates, 5, 9);
	gaps.second = settle_gap(world, "pcr10");
	return gaps;
}

static void several_fills_make_one_gap(void **state)
{
	struct world *world = *state;
	struct tally_fill_result result;
	uint64_t gap;

	world_open(world);
	others_extend(world, templates, 0, 3);
	others_extend(world, ima_log, 0, 1);
	others_extend(world, templates, 5, 9);
	gap = settle_gap(world, "pcr10");
	assert_int_equal(fill(world, gap, templates, &result), TALLY_CONFLICT);
	assert_int_equal(fill_range(world, gap, templates, 0, 3, false, &result), TALLY_CONFLICT);
	assert_int_equal(fill_range(world, gap, templates, 0, 3, true, &result), TALLY_OK);
	assert_false(result.is_filled);
	expect(world, "log.fill-range log.gap");
	assert_int_equal(fill_range(world, gap, ima_log, 0, 1, true, &result), TALLY_OK);
	assert_int_equal(result.segment, 1);
	result = fill_ok(world, gap, templates);
	assert_int_equal(result.range.first, 5);
	assert_true(result.is_filled);
	expect(world, "");
}

static void gaps_are_filled_in_any_order(void **state)
{
	struct world *world = *state;
	struct two_gaps gaps = two_gaps(world);
	struct tally_fill_result result;

	/* Our own events stand between, so that only its place in the list says where the second begins. */
	assert_int_equal(fill(world, gaps.second, templates, &result), TALLY_CONFLICT);
	assert_non_null(strstr(world->problem.text, "before this one"));
	assert_int_equal(fill_range(world, gaps.second, templates, 5, 4, false, &result), TALLY_OK);
	result = fill_ok(world, gaps.first, templates);
	assert_int_equal(result.range.count, 3);
	expect(world, "");
}

static void wrong_fills_change_nothing(void **state)
{
	struct world *world = *state;
	struct two_gaps gaps = two_gaps(world);
	struct tally_fill_result result;
	struct tally_log_view before, after;

	assert_int_equal(tally_authority_log(world->owner, &before, &world->problem), TALLY_OK);
	assert_int_equal(fill(world, gaps.first + 1, templates, &result), TALLY_INVALID);
	assert_int_equal(fill(world, 999, templates, &result), TALLY_INVALID);
	assert_int_equal(fill(world, gaps.first, violations, &result), TALLY_CONFLICT);
	assert_int_equal(fill(world, gaps.first, boot_log, &result), TALLY_CONFLICT);
	assert_int_equal(fill(world, gaps.first, before.bytes, &result), TALLY_CONFLICT);
	assert_int_equal(fill(world, gaps.first, tally_text("nothing"), &result), TALLY_OUT_OF_RANGE);
	assert_int_equal(fill(world, gaps.first, cut(templates, 40), &result), TALLY_OUT_OF_RANGE);
	assert_int_equal(fill_range(world, gaps.first, templates, 0, 2, false, &result), TALLY_CONFLICT);
	assert_int_equal(fill_range(world, gaps.first, templates, 1, 2, false, &result), TALLY_CONFLICT);
	assert_int_equal(fill_range(world, gaps.first, templates, 0, 0, true, &result), TALLY_INVALID);
	assert_int_equal(fill_range(world, gaps.first, templates, 0, 17, true, &result), TALLY_CONFLICT);
	assert_int_equal(fill_range(world, gaps.first, templates, 2, UINT64_MAX, true, &result), TALLY_CONFLICT);
	/* Records of other registers alone change nothing. */
	assert_int_equal(fill_range(world, gaps.first, templates, 3, 2, true, &result), TALLY_CONFLICT);
	assert_int_equal(tally_authority_log(world->owner, &after, &world->problem), TALLY_OK);
	assert_true(tally_bytes_equal(before.bytes, after.bytes));
	tally_log_view_done(&before);
	tally_log_view_done(&after);
	expect(world, "log.gap log.unauthenticated");
}

static void fills_do_not_overlap(void **state)
{
	struct world *world = *state;
	struct two_gaps gaps = two_gaps(world);
	struct tally_fill_result result;

	assert_int_equal(fill_range(world, gaps.first, templates, 6, 1, true, &result), TALLY_OK);
	assert_int_equal(fill_range(world, gaps.second, templates, 5, 4, false, &result), TALLY_CONFLICT);
	assert_non_null(strstr(world->problem.text, "overlap"));
	expect(world, "log.fill-range log.gap log.unauthenticated");
}

static void violations_reject_unless_the_policy_says_so(void **state)
{
	struct world *world = *state;
	struct tally_verdict *verdict;
	uint64_t gap;

	world_open(world);
	others_extend(world, violations, 0, UINT64_MAX);
	gap = settle_gap(world, "pcr10");
	fill_ok(world, gap, violations);
	expect(world, "ima.violation");
	verdict = judge(world, ANY, "\"ima-violations\"");
	assert_true(verdict->is_accepted);
	assert_int_equal(verdict->jump_count, 1);
	assert_string_equal(verdict->jump[0].proof, "foreign logs");
	assert_int_equal(verdict->ignored_count, 5);
	/* A violation has no content that anything authenticates; what follows has. */
	assert_string_equal(verdict->ignored[0].source, "segment.0");
	assert_int_equal(verdict->ignored[0].source_record, 0);
	assert_null(verdict->ignored[0].text);
	assert_non_null(strstr(verdict->ignored[3].text,
			       "ima-ng /bin/true by ima, data "
			       "sha256:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
	assert_null(verdict->ignored[4].source);
	tally_verdict_free(verdict);
}

/* A log that no fill names, left by a crash, is not carried; the next fill uses it. */
static void a_log_without_a_fill_is_left_out(void **state)
{
	struct world *world = *state;
	struct tally_fill_result result;
	char path[128];
	FILE *file;
	uint64_t gap;

	world_open(world);
	others_extend(world, ima_log, 0, 1);
	gap = settle_gap(world, "pcr10");
	snprintf(path, sizeof(path), "%s/segments", world->path);
	assert_int_equal(mkdir(path, 0750), 0);
	snprintf(path, sizeof(path), "%s/segments/3.foreign.ima", world->path);
	file = fopen(path, "w");
	assert_int_equal(fwrite(templates.data, 1, templates.size, file), templates.size);
	fclose(file);
	expect(world, "log.gap");
	result = fill_ok(world, gap, ima_log);
	assert_int_equal(result.segment, 4);
	expect(world, "");
}

/* Gaps and fills were handed out: evidence is proven with them, and not without. */
static void fills_outlive_a_trim(void **state)
{
	struct world *world = *state;
	struct tally_trim_result trimmed;
	FILE *part = tmpfile();
	struct tally_fill_result result;
	uint64_t gap;

	world_open(world);
	others_extend(world, ima_log, 0, 1);
	gap = settle_gap(world, "pcr10");
	fill_ok(world, gap, ima_log);
	expect(world, "");
	assert_int_equal(tally_authority_trim(world->owner, fileno(part), 0, &trimmed, &world->problem), TALLY_OK);
	assert_int_equal(fill(world, gap, ima_log, &result), TALLY_INVALID);
	expect(world, "log.trim-unproven");
	fclose(part);
}

static void doctor_counts_filled_gaps(void **state)
{
	struct world *world = *state;
	struct two_gaps gaps = two_gaps(world);
	struct tally_examination seen;

	fill_ok(world, gaps.first, templates);
	assert_int_equal(tally_authority_examine(world->owner, &seen, &world->problem), TALLY_OK);
	assert_int_equal(seen.gap_count, 2);
	assert_int_equal(seen.filled_gap_count, 1);
}

/* Each allocation fails in turn: no crash, and nothing half done that the next call trips over. */
static void a_lack_of_memory_changes_nothing(void **state)
{
	struct world *world = *state;
	struct tally_bytes nonce = hex_bytes(NONCE);
	struct tally_evidence_request request = { .nonce = nonce };
	struct tally_attach_result attached;
	struct tally_fill_result result;
	enum tally_status status;
	uint8_t *bundle = NULL;
	uint64_t gap;
	size_t size;

	open_after_boot(world);
	others_extend(world, ima_log, 0, 1);
	gap = settle_gap(world, "pcr10");
	for (unsigned n = 1;; n++) {
		alloc_fail_at(n);
		status = attach(world, boot_log, &attached);
		if (!alloc_fail_end())
			break;
		assert_int_equal(status, TALLY_NO_MEMORY);
	}
	assert_int_equal(status, TALLY_OK);
	for (unsigned n = 1;; n++) {
		alloc_fail_at(n);
		status = fill(world, gap, ima_log, &result);
		if (!alloc_fail_end())
			break;
		assert_int_equal(status, TALLY_NO_MEMORY);
	}
	assert_int_equal(status, TALLY_OK);
	for (unsigned n = 1;; n++) {
		alloc_fail_at(n);
		status = tally_authority_evidence(world->owner, &request, &bundle, &size, &world->problem);
		if (!alloc_fail_end())
			break;
		assert_int_equal(status, TALLY_NO_MEMORY);
	}
	assert_int_equal(status, TALLY_OK);
	free(bundle);
	free_bytes(nonce);
	expect(world, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TPM_TEST(ima_explains_its_gap),
		TPM_TEST(gaps_are_filled_from_a_log_that_grows),
		TPM_TEST(several_fills_make_one_gap),
		TPM_TEST(gaps_are_filled_in_any_order),
		TPM_TEST(wrong_fills_change_nothing),
		TPM_TEST(fills_do_not_overlap),
		TPM_TEST(violations_reject_unless_the_policy_says_so),
		TPM_TEST(a_log_without_a_fill_is_left_out),
		TPM_TEST(fills_outlive_a_trim),
		TPM_TEST(doctor_counts_filled_gaps),
		TPM_TEST(a_lack_of_memory_changes_nothing),
	};

	return cmocka_run_group_tests(tests, read_logs, free_logs);
}
