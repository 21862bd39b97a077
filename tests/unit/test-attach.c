// SPDX-License-Identifier: BSD-2-Clause
/* Boot logs from the authority to the verdict, with those of a real boot and the values that its TPM had. */
#include "boot-world.h"

#include <sys/stat.h>

static void a_boot_log_proves_the_bases(void **state)
{
	struct world *world = *state;
	char path[128];
	struct stat stat_;

	open_after_boot(world);
	extend_ok(world, "pcr8", "one");
	expect(world, "log.base-unproven");
	attach_ok(world, boot_log, 0);
	expect(world, "");
	world_open(world);
	expect(world, "");
	snprintf(path, sizeof(path), "%s/segments/0.tcg2", world->path);
	assert_int_equal(stat(path, &stat_), 0);
	assert_int_equal(stat_.st_mode & 0777, 0640);
	assert_int_equal(stat_.st_size, boot_log.size);
}

/* IMA's list of what was measured before our log began is the next segment. */
static void segments_follow_one_another(void **state)
{
	struct world *world = *state;

	others_extend(world, ima_log, 0, UINT64_MAX);
	open_after_boot(world);
	assert_recorded(world, 10);
	attach_ok(world, boot_log, 0);
	expect(world, "log.base-unproven");
	attach_ok(world, ima_log, 1);
	expect(world, "");
}

static void logs_of_one_register_are_attached_together(void **state)
{
	struct world *world = *state;
	struct tally_attachment logs[2] = { { .log = ima_log }, { .log = violations } };
	struct tally_attach_result result;

	others_extend(world, ima_log, 0, UINT64_MAX);
	others_extend(world, violations, 0, UINT64_MAX);
	world_open(world);
	assert_int_equal(attach(world, ima_log, &result), TALLY_CONFLICT);
	assert_non_null(strstr(world->problem.text, "pcr10"));
	assert_int_equal(attach(world, violations, &result), TALLY_CONFLICT);
	assert_int_equal(tally_authority_attach(world->owner, logs, 2, 0, &result, &world->problem), TALLY_OK);
	assert_int_equal(result.count, 2);
	assert_int_equal(result.registers, 1U << 10);
	expect(world, "ima.violation");
	expect_rule(world, ANY, "\"ima-violations\"", "");
}

/* Somebody was killed between the two: both are named again. */
static void half_of_them_is_completed(void **state)
{
	struct world *world = *state;
	struct tally_attachment logs[2] = { { .log = ima_log }, { .log = violations } };
	struct tally_attach_result result;
	char path[128];
	FILE *first;

	others_extend(world, ima_log, 0, UINT64_MAX);
	others_extend(world, violations, 0, UINT64_MAX);
	world_open(world);
	snprintf(path, sizeof(path), "%s/segments", world->path);
	assert_int_equal(mkdir(path, 0750), 0);
	snprintf(path, sizeof(path), "%s/segments/0.ima", world->path);
	first = fopen(path, "wb");
	assert_int_equal(fwrite(ima_log.data, 1, ima_log.size, first), ima_log.size);
	fclose(first);
	assert_int_equal(tally_authority_attach(world->owner, logs, 2, 0, &result, &world->problem), TALLY_OK);
	assert_int_equal(result.first, 1);
	assert_int_equal(result.count, 1);
	expect(world, "ima.violation");
	assert_int_equal(tally_authority_attach(world->owner, logs, 2, 0, &result, &world->problem), TALLY_CONFLICT);
}

static void what_does_not_fit_is_refused(void **state)
{
	struct world *world = *state;
	struct tally_attach_result result;
	struct tally_bytes changed = { malloc(boot_log.size), boot_log.size };

	open_after_boot(world);
	memcpy((uint8_t *)(uintptr_t)changed.data, boot_log.data, boot_log.size);
	/* In the digest of the second record, behind the Spec ID event: PCR 0. */
	((uint8_t *)(uintptr_t)changed.data)[120] ^= 1;
	assert_int_equal(attach(world, changed, &result), TALLY_CONFLICT);
	assert_non_null(strstr(world->problem.text, "pcr0 "));
	assert_int_equal(attach(world, templates, &result), TALLY_CONFLICT);
	assert_int_equal(attach(world, cut(boot_log, boot_log.size - 1), &result), TALLY_TRUNCATED);
	assert_int_equal(attach(world, records_of(boot_log, 5), &result), TALLY_CONFLICT);
	assert_int_equal(attach(world, tally_text("no log at all"), &result), TALLY_OUT_OF_RANGE);
	assert_int_equal(attach(world, tally_bytes(NULL, 0), &result), TALLY_OUT_OF_RANGE);
	attach_ok(world, boot_log, 0);
	assert_int_equal(attach(world, boot_log, &result), TALLY_CONFLICT);
	expect(world, "");
	free_bytes(changed);
}

static void a_trimmed_log_has_no_beginning(void **state)
{
	struct world *world = *state;
	struct tally_attach_result result;
	struct tally_trim_result trimmed;
	FILE *part = tmpfile();

	open_after_boot(world);
	extend_ok(world, "pcr8", "one");
	assert_int_equal(tally_authority_trim(world->owner, fileno(part), 0, &trimmed, &world->problem), TALLY_OK);
	assert_int_equal(attach(world, boot_log, &result), TALLY_HISTORY_LOST);
	fclose(part);
}

static void segments_move_aside_with_their_log(void **state)
{
	static const uint8_t boot[TALLY_BOOT_ID_SIZE] = { 7 };
	struct world *world = *state;
	struct tally_attach_result result;
	char path[128];

	open_after_boot(world);
	attach_ok(world, boot_log, 0);
	world_close(world);
	world->soft.boot_id = boot;
	world_open(world);
	snprintf(path, sizeof(path), "%s/segments", world->path);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(attach(world, boot_log, &result), TALLY_CONFLICT);
	extend_ok(world, "pcr8", "one");
	expect(world, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TPM_TEST(a_boot_log_proves_the_bases),
		TPM_TEST(segments_follow_one_another),
		TPM_TEST(logs_of_one_register_are_attached_together),
		TPM_TEST(half_of_them_is_completed),
		TPM_TEST(what_does_not_fit_is_refused),
		TPM_TEST(a_trimmed_log_has_no_beginning),
		TPM_TEST(segments_move_aside_with_their_log),
	};

	return cmocka_run_group_tests(tests, read_logs, free_logs);
}
