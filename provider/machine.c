// SPDX-License-Identifier: BSD-2-Clause
/* Whether this machine looks like a confidential VM. A wrong yes only means that soft must be asked for by name (I9). */
#include "machine.h"

#include <stdio.h>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#define CPUID_HYPERVISOR (1U << 31)	   /* leaf 1, ECX */
#define CPUID_SEV (1U << 1)		   /* leaf 0x8000001f, EAX */
#define CPUID_HYPERV_ISOLATION (1U << 22)  /* leaf 0x40000003, EBX: this partition is isolated */
#define CPUID_HYPERV_MANAGEMENT (1U << 12) /* the same: the root partition */
#define CPUID_HYPERV_ISOLATION_SNP 2	   /* leaf 0x4000000c, EBX, low four bits */
#define CPUID_HYPERV_ISOLATION_TDX 3
#define PATH_LIMIT 512

static bool is_text(uint32_t a, uint32_t b, uint32_t c, const char text[static 12])
{
	uint32_t words[3] = { a, b, c };

	return memcmp(words, text, sizeof(words)) == 0;
}

/* spec: Hypervisor Top Level Functional Specification, feature discovery */
static bool hyperv_shows_tvm(tally_cpuid_function cpuid)
{
	struct tally_cpuid vendor = cpuid(0x40000000);
	struct tally_cpuid features = cpuid(0x40000003);
	uint32_t type;

	if (!is_text(vendor.ebx, vendor.ecx, vendor.edx, "Microsoft Hv") || vendor.eax < 0x4000000c)
		return false;
	if (!(features.ebx & CPUID_HYPERV_ISOLATION) || features.ebx & CPUID_HYPERV_MANAGEMENT)
		return false;
	type = cpuid(0x4000000c).ebx & 0xf;
	return type == CPUID_HYPERV_ISOLATION_SNP || type == CPUID_HYPERV_ISOLATION_TDX;
}

bool tally_cpuid_shows_tvm(tally_cpuid_function cpuid)
{
	struct tally_cpuid tdx = cpuid(0x21);

	/* On bare metal the SEV bit only says that the processor could. */
	if (!(cpuid(1).ecx & CPUID_HYPERVISOR))
		return false;
	if (is_text(tdx.ebx, tdx.edx, tdx.ecx, "IntelTDX    "))
		return true;
	return cpuid(0x8000001f).eax & CPUID_SEV || hyperv_shows_tvm(cpuid);
}

bool tally_files_show_tvm(const char *root)
{
	static const char *const paths[] = {
		"/dev/tdx_guest",
		"/dev/sev-guest",
		"/dev/nsm",
		"/sys/firmware/acpi/tables/CCEL",
		"/sys/bus/platform/devices/arm-cca-dev",
		"/sys/kernel/config/tsm/report",
	};
	char path[PATH_LIMIT];

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		snprintf(path, sizeof(path), "%s%s", root, paths[i]);
		if (access(path, F_OK) == 0)
			return true;
	}
	return false;
}

/* Hypervisor leaves lie outside the range that the processor states, so they are asked for without its limit. */
static struct tally_cpuid machine_cpuid(uint32_t leaf)
{
	struct tally_cpuid ret = { 0, 0, 0, 0 };

#if defined(__x86_64__) || defined(__i386__)
	bool is_hypervisor = leaf >> 16 == 0x4000;
	uint32_t limit = is_hypervisor ? 0 : __get_cpuid_max(leaf & 0x80000000, NULL);

	if (is_hypervisor || leaf <= limit)
		__cpuid_count(leaf, 0, ret.eax, ret.ebx, ret.ecx, ret.edx);
#else
	(void)leaf;
#endif
	return ret;
}

bool tally_machine_is_confidential(void)
{
	return tally_cpuid_shows_tvm(machine_cpuid) || tally_files_show_tvm("");
}
