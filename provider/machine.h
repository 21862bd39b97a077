/* SPDX-License-Identifier: BSD-2-Clause */
/* Signs that a machine is a confidential VM, apart from the machine so that tests can state them. */
#ifndef TALLY_PROVIDER_MACHINE_H
#define TALLY_PROVIDER_MACHINE_H

#include "provider.h"

/* One CPUID leaf, sub-leaf 0; all zero where the processor does not have it. */
struct tally_cpuid {
	uint32_t eax, ebx, ecx, edx;
};

typedef struct tally_cpuid (*tally_cpuid_function)(uint32_t leaf);

/* CPUID shows a guest of TDX or SEV, or of Hyper-V's own isolation of these, which hides the leaves of both. */
bool tally_cpuid_shows_tvm(tally_cpuid_function cpuid);

/* ACPI tables or devices below root ("" for the machine's own) show a guest of a TSM. */
bool tally_files_show_tvm(const char *root);

#endif
