// SPDX-License-Identifier: BSD-2-Clause
/* What the claims of both tokens must be, beside what the policy says: profiles, lifecycle, lengths, firmware. */
#include "cca.h"

#define LIFECYCLE_SHIFT 8

/* States of the platform, the upper byte; the lower one is the implementation's. spec: draft-ffm-rats-cca-token 4.3.2 */
enum lifecycle { LIFECYCLE_SECURED = 0x30, LIFECYCLE_NON_CCA_DEBUG = 0x40, LIFECYCLE_RECOVERABLE_DEBUG = 0x50 };

#define PLATFORM_LEGACY "http://arm.com/CCA-SSD/1.0.0"
#define PLATFORM_2023 "tag:arm.com,2023:cca_platform#1.0.0"
#define REALM_2023 "tag:arm.com,2023:realm#1.0.0"
#define REALM_2024 "tag:arm.com,2024:realm#2.0.0"

static void judge_profiles(struct tally_cca_case *cca)
{
	static const struct {
		const char *platform;
		const char *realm; /* "": before there were any */
	} pairs[] = {
		{ PLATFORM_LEGACY, "" },
		{ PLATFORM_LEGACY, REALM_2023 },
		{ PLATFORM_2023, REALM_2023 },
		{ PLATFORM_2023, REALM_2024 },
	};
	struct tally_bytes platform = cca->token.platform.profile;
	struct tally_bytes realm = cca->token.realm.profile;
	bool is_known = false;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		is_known = is_known || (tally_bytes_equal(platform, tally_text(pairs[i].platform)) &&
					tally_bytes_equal(realm, tally_text(pairs[i].realm)));
	tally_ledger_rule(cca->ledger, is_known, TALLY_REASON_CCA_PROFILE, TALLY_CCA_SUBJECT,
			  "its tokens have profiles that go together",
			  tally_arena_print(cca->ledger->arena, "%s, %s",
					    tally_arena_text(cca->ledger->arena, platform),
					    tally_arena_text(cca->ledger->arena, realm)),
			  NULL, "");
}

static void judge_lifecycle(struct tally_cca_case *cca)
{
	unsigned state = cca->token.platform.lifecycle >> LIFECYCLE_SHIFT;
	const char *actual = tally_arena_print(cca->ledger->arena, "0x%04x", cca->token.platform.lifecycle);

	cca->statement->is_debug = state == LIFECYCLE_NON_CCA_DEBUG || state == LIFECYCLE_RECOVERABLE_DEBUG;
	tally_ledger_exceptable(cca->ledger, !cca->statement->is_debug, TALLY_EXCEPTION_CCA_DEBUG,
				TALLY_REASON_CCA_DEBUG, TALLY_CCA_SUBJECT_PLATFORM,
				"the platform is in no state of debugging");
	if (!cca->statement->is_debug)
		tally_ledger_rule(cca->ledger, state == LIFECYCLE_SECURED, TALLY_REASON_CCA_LIFECYCLE,
				  TALLY_CCA_SUBJECT_PLATFORM, "the platform is secured", actual, NULL, actual);
}

/* A hash that is named, and a value of it. */
static bool judge_length(struct tally_cca_case *cca, struct tally_bytes hash, struct tally_bytes value,
			 const char *subject)
{
	uint16_t alg = tally_cca_hash(hash);
	const char *actual = tally_arena_print(cca->ledger->arena, "%zu bytes of %s", value.size,
					       tally_arena_text(cca->ledger->arena, hash));

	if (alg != 0 && tally_alg_size(alg) == value.size)
		return true;
	tally_ledger_find(cca->ledger, alg ? TALLY_REASON_CCA_MEASUREMENT_LENGTH : TALLY_REASON_CCA_HASH, subject, NULL,
			  "%s", actual);
	return false;
}

static void judge_platform_lengths(struct tally_cca_case *cca)
{
	const struct tally_cca_platform *platform = &cca->token.platform;
	size_t before = cca->ledger->findings.count;

	if (tally_cca_hash(platform->hash_alg) == 0)
		tally_ledger_find(cca->ledger, TALLY_REASON_CCA_HASH, TALLY_CCA_SUBJECT_PLATFORM, NULL, "%s",
				  tally_arena_text(cca->ledger->arena, platform->hash_alg));
	for (size_t i = 0; i < platform->component_count && cca->ledger->findings.count == before; i++) {
		const struct tally_cca_component *component = &platform->component[i];

		(void)judge_length(cca, component->hash_alg.size ? component->hash_alg : platform->hash_alg,
				   component->measurement, TALLY_CCA_SUBJECT_PLATFORM);
	}
	tally_ledger_summary(cca->ledger, before, TALLY_CCA_SUBJECT_PLATFORM,
			     "its measurements are as long as the hashes that it names", "");
}

static void judge_realm_lengths(struct tally_cca_case *cca)
{
	const struct tally_cca_realm *realm = &cca->token.realm;
	size_t before = cca->ledger->findings.count;
	bool holds = judge_length(cca, realm->hash_alg, realm->rim, TALLY_CCA_SUBJECT_REALM);

	for (size_t i = 0; holds && i < TALLY_CCA_REM_COUNT; i++)
		holds = judge_length(cca, realm->hash_alg, realm->rem[i], TALLY_CCA_SUBJECT_REALM);
	tally_ledger_summary(cca->ledger, before, TALLY_CCA_SUBJECT_REALM,
			     "its measurements are as long as the hash that it names", "");
}

/* What a reference leaves out may be anything. */
static bool part_fits(struct tally_bytes asked, struct tally_bytes found)
{
	return asked.size == 0 || tally_bytes_equal(asked, found);
}

static bool is_component(const struct tally_cca_reference *reference, const struct tally_cca_component *component)
{
	return tally_bytes_equal(reference->measurement, component->measurement) &&
	       part_fits(reference->type, component->type) && part_fits(reference->signer_id, component->signer_id) &&
	       part_fits(reference->version, component->version);
}

static bool is_known(const struct tally_cca_case *cca, const struct tally_cca_component *component)
{
	const struct tally_cca_reference *references = cca->references.items;

	for (size_t i = 0; i < cca->references.count; i++)
		if (is_component(&references[i], component))
			return true;
	return false;
}

static bool is_shown(const struct tally_cca_case *cca, struct tally_bytes type)
{
	for (size_t i = 0; i < cca->token.platform.component_count; i++)
		if (part_fits(type, cca->token.platform.component[i].type))
			return true;
	return false;
}

static const char *component_text(struct tally_cca_case *cca, const struct tally_cca_component *component)
{
	struct tally_arena *arena = cca->ledger->arena;

	return tally_arena_print(arena, "%s %s %s, signer %s", tally_arena_text(arena, component->type),
				 tally_arena_text(arena, component->version),
				 tally_arena_hex(arena, component->measurement),
				 tally_arena_hex(arena, component->signer_id));
}

/* Firmware is a closed set: each piece is one that somebody named, and no named kind is left out. */
static void judge_components(struct tally_cca_case *cca)
{
	const struct tally_cca_platform *platform = &cca->token.platform;
	const struct tally_cca_reference *references = cca->references.items;

	for (size_t i = 0; i < platform->component_count; i++) {
		const char *text = component_text(cca, &platform->component[i]);

		tally_ledger_policy(cca->ledger, is_known(cca, &platform->component[i]), TALLY_REASON_CCA_COMPONENT,
				    TALLY_CCA_SUBJECT_PLATFORM, "firmware is what policy or endorsement names", text,
				    NULL, text);
	}
	for (size_t i = 0; i < cca->references.count; i++)
		if (!is_shown(cca, references[i].type))
			tally_ledger_find(cca->ledger, TALLY_REASON_CCA_COMPONENT_MISSING, TALLY_CCA_SUBJECT_PLATFORM,
					  NULL, "%s", tally_arena_text(cca->ledger->arena, references[i].type));
}

void tally_cca_judge_claims(struct tally_cca_case *cca)
{
	judge_profiles(cca);
	judge_lifecycle(cca);
	judge_platform_lengths(cca);
	judge_realm_lengths(cca);
	judge_components(cca);
}
