// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: CCA tokens, and the claims of platform and realm by themselves. */
#include <stdlib.h>

#include "../../format/cca_token.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tally_cca_token token;

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static void expect_digest(struct tally_bytes bytes)
{
	expect(bytes.size == 32 || bytes.size == 48 || bytes.size == 64);
}

static void expect_platform(const struct tally_cca_platform *platform)
{
	expect_digest(platform->challenge);
	expect(platform->implementation_id.size == 32 && platform->instance_id.size == 33);
	expect(platform->component_count > 0 && platform->component_count <= TALLY_CCA_COMPONENT_LIMIT);
	for (size_t i = 0; i < platform->component_count; i++)
		expect_digest(platform->component[i].measurement);
}

static void expect_realm(const struct tally_cca_realm *realm)
{
	expect(realm->challenge.size == TALLY_CCA_CHALLENGE_SIZE && realm->rpv.size == 64);
	expect_digest(realm->rim);
	for (size_t i = 0; i < TALLY_CCA_REM_COUNT; i++)
		expect_digest(realm->rem[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_bytes input = tally_bytes(data, size);

	if (tally_cca_platform_read(input, &token.platform) == TALLY_OK)
		expect_platform(&token.platform);
	if (tally_cca_realm_read(input, &token.realm) == TALLY_OK)
		expect_realm(&token.realm);
	if (tally_cca_token_read(input, &token) != TALLY_OK)
		return 0;
	expect_platform(&token.platform);
	expect_realm(&token.realm);
	return 0;
}
