// SPDX-License-Identifier: BSD-2-Clause
/* The interfaces of Linux through which the kinds of TSM are reached. */
#include "platform.h"

#include <stdio.h>
#include <unistd.h>

#define PATH_LIMIT 512

#define REPORTS "/sys/kernel/config/tsm/report"
#define REPORTS_HOW                                                                                                 \
	"Linux 6.7 with CONFIG_TSM_REPORTS (module tsm or tsm_report, loaded with the guest driver), and configfs " \
	"mounted: mount -t configfs none /sys/kernel/config"
#define OWN_MODULE "tally's kernel module: Linux itself has no interface for it"

static const struct tally_platform platforms[] = {
	{ "tdx",
	  "Intel TDX",
	  { { "/dev/tdx_guest", "the guest driver",
	      "a TDX guest, and Linux 6.2 with CONFIG_TDX_GUEST_DRIVER: modprobe tdx_guest" },
	    { REPORTS, "quotes", REPORTS_HOW },
	    { "/sys/devices/virtual/misc/tdx_guest/measurements", "registers to extend",
	      "Linux 6.16 with CONFIG_TSM_MEASUREMENTS, or tally's kernel module" } } },
	{ "snp",
	  "AMD SEV-SNP",
	  { { "/dev/sev-guest", "the guest driver",
	      "an SEV-SNP guest, and Linux 5.19 with CONFIG_SEV_GUEST: modprobe sev-guest" },
	    { REPORTS, "attestation reports", REPORTS_HOW },
	    { "/dev/tpmrm0", "registers: it has none of its own, those of an SVSM's vTPM serve",
	      "a VM with an SVSM, and Linux 6.16 with CONFIG_TCG_SVSM: modprobe tpm_svsm" } } },
	{ "cca",
	  "Arm CCA",
	  { { "/sys/bus/platform/devices/arm-cca-dev", "the realm",
	      "a realm, and Linux 6.13 with CONFIG_ARM_CCA_GUEST: modprobe arm-cca-guest" },
	    { REPORTS, "tokens", REPORTS_HOW },
	    { "/dev/tally", "registers to extend", OWN_MODULE } } },
	{ "cove", "RISC-V CoVE", { { "/dev/tally", "registers and evidence", OWN_MODULE } } },
	{ "nsm",
	  "AWS Nitro Enclaves",
	  { { "/dev/nsm", "registers and documents",
	      "a Nitro enclave, and Linux 6.8 with CONFIG_NSM: modprobe nsm" } } },
	{ "tpm",
	  "TPM 2.0",
	  { { "/dev/tpmrm0", "registers and quotes",
	      "a TPM or vTPM given to the machine, and its driver: modprobe tpm_crb or tpm_tis" },
	    { "/sys/kernel/security/tpm0/binary_bios_measurements", "the firmware's log",
	      "a firmware that measures, and securityfs mounted: mount -t securityfs none /sys/kernel/security" } } },
};

const struct tally_platform *tally_platforms(size_t *ret_count)
{
	*ret_count = sizeof(platforms) / sizeof(platforms[0]);
	return platforms;
}

enum tally_need_state tally_need_look(const struct tally_need *need, const char *root)
{
	char path[PATH_LIMIT];

	snprintf(path, sizeof(path), "%s%s", root, need->path);
	if (access(path, F_OK) != 0)
		return TALLY_NEED_ABSENT;
	return access(path, R_OK) == 0 ? TALLY_NEED_PRESENT : TALLY_NEED_FORBIDDEN;
}

const char *tally_need_state_name(enum tally_need_state state)
{
	static const char *const names[] = {
		[TALLY_NEED_ABSENT] = "absent",
		[TALLY_NEED_FORBIDDEN] = "no permission",
		[TALLY_NEED_PRESENT] = "present",
	};

	return names[state];
}
