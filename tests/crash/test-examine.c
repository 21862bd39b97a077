// SPDX-License-Identifier: BSD-2-Clause
/* A look at a state in which somebody extends at any of the look's system calls: what it tells is of one instant. */
#include "../unit/test.h"

#include <sys/mman.h>

#include "deed.h"

static const uint8_t boot[TALLY_BOOT_ID_BYTES] = { 1 };
static const struct tally_soft_options soft = { .boot_id = boot };

/* What the child saw, in memory that it shares with the test. */
struct look {
	const char *path;
	enum tally_status status;
	struct tally_examination examination;
};

/* Events that come before the target-th system call of the child, and before each one behind it while there are some. */
struct busy {
	struct tally_authority *authority;
	unsigned target;
	unsigned seen;
	unsigned left;
};

static struct look *look_new(void)
{
	void *memory = mmap(NULL, sizeof(struct look), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert_true(memory != MAP_FAILED);
	return memory;
}

/* The work of the child: it never asserts. */
static void look_run(void *argument)
{
	struct look *look = argument;
	struct tally_authority_options options = { .provider = "soft", .directory = look->path, .is_reader = true };
	struct tally_authority *authority = NULL;
	struct tally_problem problem;

	options.provider_options.soft = &soft;
	look->status = tally_authority_open(&options, &authority, &problem);
	if (look->status == TALLY_OK)
		look->status = tally_authority_examine(authority, &look->examination, &problem);
	tally_authority_close(authority);
}

static struct trace_order busy_extend(void *context, const struct trace_call *call)
{
	const struct trace_order order = { 0 };
	struct busy *busy = context;

	(void)call;
	busy->seen++;
	if (busy->seen >= busy->target && busy->left > 0) {
		busy->left--;
		deed_must(busy->authority, 2, "meanwhile", false);
	}
	return order;
}

static void check_look(const struct look *look, const struct busy *busy)
{
	const struct tally_examination *seen = &look->examination;

	assert_int_equal(look->status, TALLY_OK);
	if (seen->slot != TALLY_SLOT_SETTLED && seen->slot != TALLY_SLOT_PENDING)
		fail_msg("an extend before call %u: the slot is of class %d", busy->target, (int)seen->slot);
	if (seen->slot == TALLY_SLOT_SETTLED)
		assert_int_equal(seen->differing_count, 0);
	assert_false(seen->is_damaged);
	assert_int_equal(seen->torn_size, 0);
	assert_int_equal(seen->gap_count, 0);
}

static void look_while_busy(unsigned extends)
{
	struct look *look = look_new();
	struct busy busy = { .target = 0 };
	const struct trace_plan plan = { .decide = busy_extend, .context = &busy };
	char path[FOLDER_NAME_LIMIT];

	folder_make_path(path);
	busy.authority = deed_open(path, &soft);
	deed_must(busy.authority, 2, "one", false);
	do {
		memset(look, 0, sizeof(*look));
		look->path = path;
		busy.target++;
		busy.seen = 0;
		busy.left = extends;
		trace_run(look_run, look, &plan);
		check_look(look, &busy);
	} while (busy.seen >= busy.target);
	print_message("# %u points\n", busy.target - 1);
	assert_true(busy.target > 20);
	tally_authority_close(busy.authority);
	folder_remove_path(path);
	munmap(look, sizeof(*look));
}

static void test_one_extend(void **state)
{
	(void)state;
	look_while_busy(1);
}

static void test_extends_one_after_the_other(void **state)
{
	(void)state;
	look_while_busy(12);
}

/* They never end: it says so in the end, and waits for nobody. */
static void test_extends_without_a_pause(void **state)
{
	struct look *look = look_new();
	struct busy busy = { .target = 1, .left = UINT32_MAX };
	const struct trace_plan plan = { .decide = busy_extend, .context = &busy };
	char path[FOLDER_NAME_LIMIT];

	(void)state;
	folder_make_path(path);
	busy.authority = deed_open(path, &soft);
	deed_must(busy.authority, 2, "one", false);
	look->path = path;
	trace_run(look_run, look, &plan);
	assert_int_equal(look->status, TALLY_TRY_AGAIN);
	tally_authority_close(busy.authority);
	folder_remove_path(path);
	munmap(look, sizeof(*look));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_extend),
		cmocka_unit_test(test_extends_one_after_the_other),
		cmocka_unit_test(test_extends_without_a_pause),
	};

	if (!trace_is_possible()) {
		puts("1..0 # SKIP ptrace is not allowed here");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
