// SPDX-License-Identifier: BSD-2-Clause
/* The register sets that soft can take on: those of the real providers, with their properties. */
#include "soft_state.h"

#include <stdio.h>

#define BITS(first, last) (((UINT64_C(2) << ((last) - (first))) - 1) << (first))

/* PCR to register. spec: UEFI 2.10 38.4.1 (TDX); the same shape is proposed for CCA */
static const uint32_t cc_map[4] = { 1U << 1 | 1U << 7, (uint32_t)BITS(2, 6), (uint32_t)BITS(8, 15), 0 };
#define CC_MAP_STATIC 1U    /* PCR 0: what was measured before the guest ran */
#define FIRMWARE_PCRS 0xffU /* spec: TCG PC Client Platform Firmware Profile, 3.3.4: PCR 0 to 7 */

struct preset {
	const char *name;
	uint16_t algs[TALLY_BANK_LIMIT]; /* ends with 0 */
	const char *runtime;		 /* name without its number */
	uint32_t runtime_count;
	enum tally_extend_rule rule;
	enum tally_signed is_signed;
	bool is_lockable;
	bool is_late;
	bool is_pcr;	      /* register n is PCR n; otherwise cc_map */
	bool is_mapped;	      /* PCRs map to registers at all */
	bool has_firmware;    /* registers with PCRs of the firmware alone are its own */
	uint64_t resettable;  /* bit n: register n */
	uint64_t starts_ones; /* the same: its reset value is all ones */
	uint64_t starts_locked;
	const char *statics[5]; /* ends with NULL */
};

/*
 * The default's registers are all the guest's, because no firmware measures for soft. cca pads, one of the two rules
 * that its sources give, so that somebody uses it. nsm's own PCRs are no TPM PCRs: nothing maps to them. A TPM's
 * locality is left out: every PCR takes extends.
 */
static const struct preset presets[TALLY_SOFT_PRESET_COUNT] = {
	[TALLY_SOFT_DEFAULT] = { .name = "default",
				 .algs = { TALLY_SHA384 },
				 .runtime = "rtmr",
				 .runtime_count = 4,
				 .rule = TALLY_EXTEND_DIGEST,
				 .is_signed = TALLY_SIGNED_VALUE,
				 .is_mapped = true,
				 .statics = { "mrtd", "mrconfigid", "mrowner", "mrownerconfig" } },
	[TALLY_SOFT_TDX] = { .name = "tdx",
			     .algs = { TALLY_SHA384 },
			     .runtime = "rtmr",
			     .runtime_count = 4,
			     .rule = TALLY_EXTEND_DIGEST,
			     .is_signed = TALLY_SIGNED_VALUE,
			     .is_mapped = true,
			     .has_firmware = true,
			     .statics = { "mrtd", "mrconfigid", "mrowner", "mrownerconfig" } },
	[TALLY_SOFT_TPM] = { .name = "tpm",
			     .algs = { TALLY_SHA1, TALLY_SHA256, TALLY_SHA384 },
			     .runtime = "pcr",
			     .runtime_count = 24,
			     .rule = TALLY_EXTEND_DIGEST,
			     .is_signed = TALLY_SIGNED_DIGEST,
			     .is_late = true,
			     .is_pcr = true,
			     .is_mapped = true,
			     .has_firmware = true,
			     .resettable = BITS(16, 16) | BITS(23, 23),
			     .starts_ones = BITS(17, 22) },
	[TALLY_SOFT_NSM] = { .name = "nsm",
			     .algs = { TALLY_SHA384 },
			     .runtime = "pcr",
			     .runtime_count = 32,
			     .rule = TALLY_EXTEND_RAW,
			     .is_signed = TALLY_SIGNED_LOCKED,
			     .is_lockable = true,
			     .starts_locked = BITS(0, 15) },
	[TALLY_SOFT_CCA] = { .name = "cca",
			     .algs = { TALLY_SHA256 },
			     .runtime = "rem",
			     .runtime_count = 4,
			     .rule = TALLY_EXTEND_PADDED,
			     .is_signed = TALLY_SIGNED_VALUE,
			     .is_mapped = true,
			     .has_firmware = true,
			     .statics = { "rim" } },
};

bool tally_soft_preset_from_name(const char *name, enum tally_soft_preset *ret)
{
	for (size_t i = 0; i < TALLY_SOFT_PRESET_COUNT; i++) {
		if (strcmp(presets[i].name, name) != 0)
			continue;
		*ret = (enum tally_soft_preset)i;
		return true;
	}
	return false;
}

uint64_t tally_soft_preset_locked(enum tally_soft_preset preset)
{
	return presets[preset].starts_locked;
}

/* The banks of a preset, every byte fill. */
static void preset_banks(const struct preset *preset, uint8_t fill, struct tally_digests *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; preset->algs[i] != 0; i++) {
		ret->digest[i].alg = preset->algs[i];
		memset(ret->digest[i].bytes, fill, tally_alg_size(preset->algs[i]));
		ret->count++;
	}
}

static uint32_t preset_pcr_mask(const struct preset *preset, uint32_t number)
{
	if (!preset->is_mapped)
		return 0;
	return preset->is_pcr ? 1U << number : cc_map[number];
}

static void preset_runtime(const struct preset *preset, uint32_t number, struct tally_register *ret)
{
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->name, sizeof(ret->name), "%s%u", preset->runtime, (unsigned)number);
	ret->number = number;
	ret->kind = TALLY_RUNTIME;
	ret->is_signed = preset->is_signed;
	ret->extend_rule = preset->rule;
	ret->is_resettable = preset->resettable >> number & 1;
	ret->is_lockable = preset->is_lockable;
	ret->is_late = preset->is_late;
	ret->pcr_mask = preset_pcr_mask(preset, number);
	ret->is_firmware = preset->has_firmware && ret->pcr_mask && !(ret->pcr_mask & ~FIRMWARE_PCRS);
	preset_banks(preset, preset->starts_ones >> number & 1 ? 0xff : 0, &ret->reset);
}

/* The value of a static register is H("tally soft NAME"): fixed, so that examples and policies can state it. */
static enum tally_status preset_static(const struct preset *preset, uint32_t number, struct tally_register *ret)
{
	char label[TALLY_REGISTER_NAME_LIMIT + 16];

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->name, sizeof(ret->name), "%s", preset->statics[number]);
	ret->number = number;
	ret->kind = TALLY_STATIC;
	ret->is_signed = TALLY_SIGNED_VALUE;
	ret->extend_rule = preset->rule;
	ret->pcr_mask = number == 0 ? CC_MAP_STATIC : 0;
	preset_banks(preset, 0, &ret->reset);
	snprintf(label, sizeof(label), "tally soft %s", ret->name);
	return tally_digests_hash(&ret->reset, &ret->reset, tally_text(label));
}

enum tally_status tally_soft_preset_registers(enum tally_soft_preset preset, struct tally_register_set *ret)
{
	const struct preset *from = &presets[preset];
	enum tally_status status = TALLY_OK;
	struct tally_register reg;

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->provider, sizeof(ret->provider), "%s", tally_provider_soft.name);
	for (uint32_t i = 0; status == TALLY_OK && i < from->runtime_count; i++) {
		preset_runtime(from, i, &reg);
		status = tally_registers_add(ret, &reg);
	}
	for (uint32_t i = 0; status == TALLY_OK && from->statics[i]; i++) {
		status = preset_static(from, i, &reg);
		if (status == TALLY_OK)
			status = tally_registers_add(ret, &reg);
	}
	return status;
}
