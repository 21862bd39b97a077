// SPDX-License-Identifier: BSD-2-Clause
/* The interfaces of Linux that doctor looks for. */
#include "offer.h"

#include <unistd.h>

const struct tally_offer tally_offers[] = {
	{ "/dev/tally", "tally's kernel module, which then owns the registers" },
	{ "/sys/kernel/config/tsm/report", "reports of TDX, SEV-SNP and CCA (configfs-tsm)" },
	{ "/dev/tdx_guest", "Intel TDX guest" },
	{ "/sys/devices/virtual/misc/tdx_guest/measurements", "TDX registers to extend (tsm-mr, Linux 6.16)" },
	{ "/dev/sev-guest", "AMD SEV-SNP guest" },
	{ "/dev/nsm", "AWS Nitro Enclaves" },
	{ "/dev/tpmrm0", "TPM 2.0" },
	{ "/sys/firmware/acpi/tables/data/CCEL", "boot log of a confidential VM: tally log show takes it" },
	{ "/sys/kernel/security/tpm0/binary_bios_measurements", "boot log of the TPM: tally log show takes it" },
};

const size_t tally_offer_count = sizeof(tally_offers) / sizeof(tally_offers[0]);

enum tally_offer_state tally_offer_look(const struct tally_offer *offer)
{
	if (access(offer->path, F_OK) != 0)
		return TALLY_OFFER_ABSENT;
	return access(offer->path, R_OK) == 0 ? TALLY_OFFER_PRESENT : TALLY_OFFER_FORBIDDEN;
}

const char *tally_offer_state_name(enum tally_offer_state state)
{
	static const char *const names[] = {
		[TALLY_OFFER_ABSENT] = "absent",
		[TALLY_OFFER_FORBIDDEN] = "no permission",
		[TALLY_OFFER_PRESENT] = "present",
	};

	return names[state];
}
