// SPDX-License-Identifier: BSD-2-Clause
/* How report/ looks: the provider's name as Linux has it, and the attributes that go with it. */
#include "present.h"

#define BIT(file) (1U << TALLY_REPORT_##file)
#define BASIC (BIT(INBLOB) | BIT(OUTBLOB) | BIT(PROVIDER) | BIT(GENERATION))
#define LEVELS (BIT(AUXBLOB) | BIT(PRIVLEVEL) | BIT(PRIVLEVEL_FLOOR))
#define SERVICES (BIT(MANIFESTBLOB) | BIT(SERVICE_PROVIDER) | BIT(SERVICE_GUID) | BIT(SERVICE_MANIFEST_VERSION))

/*
 * A provider without functions that hide attributes shows all of them (arm_cca_guest does), and so does soft: they
 * are taken and have no effect. spec: linux-tsm-abi A.2, A.5
 */
static const struct tally_present presents[] = {
	{ "tdx", "tdx_guest", BASIC, 64, 0, false },
	{ "snp", "sev_guest", BASIC | LEVELS | SERVICES, 64, 0, true },
	{ "cca", "arm_cca_guest", BASIC | LEVELS | SERVICES, 32, 0, false },
	{ "soft", NULL, BASIC | LEVELS | SERVICES, 64, 0, false },
	{ NULL, NULL, BASIC | BIT(AUXBLOB), 64, 0, false },
};

const struct tally_present *tally_present_of(const char *provider)
{
	const struct tally_present *present = presents;

	while (present->provider && strcmp(present->provider, provider) != 0)
		present++;
	return present;
}

const struct tally_present *tally_present_find(const char *name)
{
	for (const struct tally_present *present = presents; present->provider; present++)
		if (present->name && strcmp(present->name, name) == 0)
			return present;
	return NULL;
}

bool tally_present_is_plain(const char *register_name)
{
	static const char *const plain[] = { "mrconfigid", "mrowner", "mrownerconfig" };

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strcmp(plain[i], register_name) == 0)
			return true;
	return false;
}
