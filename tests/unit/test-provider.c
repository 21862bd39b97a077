// SPDX-License-Identifier: BSD-2-Clause
/* What providers share: their list, deadlines, problems, directories, and the signs of a confidential VM. */
#include "directory.h"
#include "child.h"

#include <sys/stat.h>

#include "../../provider/machine.h"
#include "../../provider/platform.h"
#include "../../provider/soft.h"

static void providers_are_found_by_name(void **state)
{
	const struct tally_provider *const *all;
	size_t count;

	(void)state;
	all = tally_providers(&count);
	assert_true(count > 0);
	for (size_t i = 0; i < count; i++) {
		assert_ptr_equal(tally_provider_find(all[i]->name), all[i]);
		assert_true(strlen(all[i]->summary) > 0);
		assert_true(strlen(all[i]->report_media_type) > 0);
	}
	assert_ptr_equal(tally_provider_find("soft"), &tally_provider_soft);
	assert_null(tally_provider_find("sof"));
	assert_null(tally_provider_find(""));
}

static void deadlines_pass(void **state)
{
	tally_deadline now = tally_deadline_after(0);

	(void)state;
	assert_true(tally_deadline_has_passed(now));
	assert_true(tally_deadline_has_passed(0));
	assert_false(tally_deadline_has_passed(tally_deadline_after(1000)));
	assert_true(tally_deadline_after(60) - now >= 60ULL * 1000 * 1000 * 1000);
}

static void problems_are_cut_to_their_room(void **state)
{
	struct tally_problem problem;
	char text[2 * sizeof(problem.text)];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	tally_problem_set(&problem, "%s", text);
	assert_int_equal(strlen(problem.text), sizeof(problem.text) - 1);
	tally_problem_set(&problem, "%d of %s", 3, "three");
	assert_string_equal(problem.text, "3 of three");
	tally_problem_set(NULL, "%s", text);
}

static void reports_are_given_back(void **state)
{
	struct tally_report report = { malloc(1), 1, malloc(1), 1, NULL, 0 };
	struct tally_report empty = { 0 };

	(void)state;
	tally_report_done(&report);
	assert_memory_equal(&report, &empty, sizeof(report));
	tally_report_done(&report);
}

static bool directory_is(const char *provider, const char *expected)
{
	struct tally_problem problem = { "" };
	char path[256];

	return tally_provider_directory(provider, path, sizeof(path), &problem) == TALLY_OK &&
	       strcmp(path, expected) == 0;
}

static enum tally_status directory_status(const char *provider, size_t size)
{
	struct tally_problem problem = { "" };
	char path[256] = "untouched";
	enum tally_status status = tally_provider_directory(provider, path, size, &problem);

	return strlen(problem.text) > 0 ? status : TALLY_OK;
}

/* In a child without rights, because that is what the rule is about. */
static bool user_has_a_directory(void *context)
{
	(void)context;
	if (geteuid() == 0 && setuid(65534) != 0)
		return false;
	setenv("XDG_RUNTIME_DIR", "/run/user/65534", 1);
	if (!directory_is("soft", "/run/user/65534/tally/soft") || !directory_is("tdx", "/run/tally/tdx"))
		return false;
	setenv("XDG_RUNTIME_DIR", "run", 1);
	if (directory_status("soft", 256) != TALLY_NOT_FOUND)
		return false;
	unsetenv("XDG_RUNTIME_DIR");
	return directory_status("soft", 256) == TALLY_NOT_FOUND && directory_is("nsm", "/run/tally/nsm");
}

static void directories_follow_provider_and_user(void **state)
{
	(void)state;
	assert_true(child_succeeds(child_start(user_has_a_directory, NULL)));
	assert_true(directory_is("tdx", "/run/tally/tdx"));
	assert_int_equal(directory_status("", 256), TALLY_INVALID);
	assert_int_equal(directory_status("../soft", 256), TALLY_INVALID);
	assert_int_equal(directory_status("Soft", 256), TALLY_INVALID);
	assert_int_equal(directory_status("tdx", strlen("/run/tally/tdx")), TALLY_NO_SPACE);
	if (geteuid() != 0)
		skip();
	setenv("XDG_RUNTIME_DIR", "/run/user/0", 1);
	assert_true(directory_is("soft", "/run/tally/soft"));
}

/* A processor as a table of leaves. */
static struct {
	uint32_t leaf;
	struct tally_cpuid value;
} processor[4];

static struct tally_cpuid processor_cpuid(uint32_t leaf)
{
	const struct tally_cpuid none = { 0, 0, 0, 0 };

	for (size_t i = 0; i < sizeof(processor) / sizeof(processor[0]); i++)
		if (processor[i].leaf == leaf)
			return processor[i].value;
	return none;
}

#define HYPERVISOR 0x80000000U
#define WORD(a, b, c, d) ((uint32_t)(a) | (uint32_t)(b) << 8 | (uint32_t)(c) << 16 | (uint32_t)(d) << 24)
#define MICROSOFT WORD('M', 'i', 'c', 'r'), WORD('o', 's', 'o', 'f'), WORD('t', ' ', 'H', 'v')
#define TDX WORD('I', 'n', 't', 'e'), WORD(' ', ' ', ' ', ' '), WORD('l', 'T', 'D', 'X') /* ebx, ecx, edx */

static void cpuid_shows_confidential_guests(void **state)
{
	static const struct {
		const char *name;
		bool is_tvm;
		struct {
			uint32_t leaf;
			struct tally_cpuid value;
		} leaf[4];
	} cases[] = {
		{ "bare metal", false, { { 1, { 0, 0, 0, 0 } } } },
		{ "bare metal with SEV", false, { { 1, { 0, 0, 0, 0 } }, { 0x8000001f, { 2, 0, 0, 0 } } } },
		{ "plain guest", false, { { 1, { 0, 0, HYPERVISOR, 0 } } } },
		{ "TDX guest", true, { { 1, { 0, 0, HYPERVISOR, 0 } }, { 0x21, { 0, TDX } } } },
		{ "SEV guest", true, { { 1, { 0, 0, HYPERVISOR, 0 } }, { 0x8000001f, { 2, 0, 0, 0 } } } },
		{ "guest of a processor with SME",
		  false,
		  { { 1, { 0, 0, HYPERVISOR, 0 } }, { 0x8000001f, { 1, 0, 0, 0 } } } },
		{ "Hyper-V, not isolated",
		  false,
		  { { 1, { 0, 0, HYPERVISOR, 0 } }, { 0x40000000, { 0x4000000c, MICROSOFT } } } },
		{ "Hyper-V, isolated by SNP",
		  true,
		  { { 1, { 0, 0, HYPERVISOR, 0 } },
		    { 0x40000000, { 0x4000000c, MICROSOFT } },
		    { 0x40000003, { 0, 1U << 22, 0, 0 } },
		    { 0x4000000c, { 0, 2, 0, 0 } } } },
		{ "Hyper-V, isolated by TDX",
		  true,
		  { { 1, { 0, 0, HYPERVISOR, 0 } },
		    { 0x40000000, { 0x4000000c, MICROSOFT } },
		    { 0x40000003, { 0, 1U << 22, 0, 0 } },
		    { 0x4000000c, { 0, 3, 0, 0 } } } },
		{ "Hyper-V, isolated by software",
		  false,
		  { { 1, { 0, 0, HYPERVISOR, 0 } },
		    { 0x40000000, { 0x4000000c, MICROSOFT } },
		    { 0x40000003, { 0, 1U << 22, 0, 0 } },
		    { 0x4000000c, { 0, 1, 0, 0 } } } },
		{ "Hyper-V's own root partition",
		  false,
		  { { 1, { 0, 0, HYPERVISOR, 0 } },
		    { 0x40000000, { 0x4000000c, MICROSOFT } },
		    { 0x40000003, { 0, 1U << 22 | 1U << 12, 0, 0 } },
		    { 0x4000000c, { 0, 2, 0, 0 } } } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(sizeof(processor), sizeof(cases[i].leaf));
		memcpy(processor, cases[i].leaf, sizeof(processor));
		if (tally_cpuid_shows_tvm(processor_cpuid) != cases[i].is_tvm)
			fail_msg("%s", cases[i].name);
	}
}

static void make_with_parents(const char *root, const char *path)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "%s%s", root, path);
	for (char *at = strchr(whole + strlen(root) + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = 0;
		mkdir(whole, 0700);
		*at = '/';
	}
	assert_int_equal(mkdir(whole, 0700), 0);
}

static void files_show_confidential_guests(void **state)
{
	static const struct {
		const char *path;
		bool is_tvm;
	} cases[] = {
		{ "/dev/tdx_guest", true },
		{ "/dev/sev-guest", true },
		{ "/dev/nsm", true },
		{ "/sys/firmware/acpi/tables/CCEL", true },
		{ "/sys/bus/platform/devices/arm-cca-dev", true },
		{ "/sys/kernel/config/tsm/report", true },
		{ "/dev/sev", false }, /* a host */
		{ "/dev/tpm0", false },
		{ "/sys/firmware/acpi/tables/FACP", false },
	};
	char root[DIRECTORY_LIMIT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		directory_new(root);
		assert_false(tally_files_show_tvm(root));
		make_with_parents(root, cases[i].path);
		assert_int_equal(tally_files_show_tvm(root), cases[i].is_tvm);
		directory_remove(root);
	}
}

/* Whatever this machine is, choosing follows it. */
static void soft_is_not_chosen_in_a_confidential_vm(void **state)
{
	struct tally_problem problem = { "" };
	const struct tally_provider *chosen = tally_provider_choose(&problem);

	(void)state;
	if (tally_machine_is_confidential()) {
		assert_ptr_not_equal(chosen, &tally_provider_soft);
		assert_true(chosen || strlen(problem.text) > 0);
	} else {
		assert_non_null(chosen);
	}
}

/* A root of the test's own: what is made there is seen, and nothing else. */
static void needs_are_seen_below_a_root(void **state)
{
	char root[] = "/tmp/tally-platform-XXXXXX";
	const struct tally_platform *platform;
	char path[512];
	size_t count;

	(void)state;
	assert_non_null(mkdtemp(root));
	platform = tally_platforms(&count);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < TALLY_NEED_LIMIT && platform[i].need[k].path; k++) {
			const struct tally_need *need = &platform[i].need[k];

			assert_int_equal(tally_need_look(need, root), TALLY_NEED_ABSENT);
			assert_true(need->path[0] == '/' && need->what[0] && need->how[0]);
		}
	snprintf(path, sizeof(path), "%s/dev", root);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/dev/nsm", root);
	assert_int_equal(mkdir(path, 0700), 0);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(tally_need_look(&platform[i].need[0], root),
				 strcmp(platform[i].provider, "nsm") == 0 ? TALLY_NEED_PRESENT : TALLY_NEED_ABSENT);
	assert_string_equal(tally_need_state_name(TALLY_NEED_FORBIDDEN), "no permission");
	rmdir(path);
	snprintf(path, sizeof(path), "%s/dev", root);
	rmdir(path);
	rmdir(root);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(providers_are_found_by_name),
		cmocka_unit_test(deadlines_pass),
		cmocka_unit_test(problems_are_cut_to_their_room),
		cmocka_unit_test(reports_are_given_back),
		cmocka_unit_test(directories_follow_provider_and_user),
		cmocka_unit_test(cpuid_shows_confidential_guests),
		cmocka_unit_test(files_show_confidential_guests),
		cmocka_unit_test(needs_are_seen_below_a_root),
		cmocka_unit_test(soft_is_not_chosen_in_a_confidential_vm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
