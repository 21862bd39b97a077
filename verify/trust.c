// SPDX-License-Identifier: BSD-2-Clause
/* A verdict as AR4SI's vector: each value is what the evidence was found to be, 0 where nobody looked. */
#include "ear.h"

enum trust {
	TRUST_NONE = 0,
	TRUST_GOOD = 2,
	TRUST_BOOT = 3, /* executables: nothing but the boot, and all of it */
	TRUST_UNSAFE = 32,
	TRUST_UNRECOGNIZED_EVENT = 33,
	TRUST_BAD = 96,
	TRUST_UNRECOGNIZED = 97,
	TRUST_FORGED = 99
};

static bool ends_with(const char *text, const char *end)
{
	size_t size = strlen(text);

	return size >= strlen(end) && strcmp(text + size - strlen(end), end) == 0;
}

static bool begins_with(const char *text, const char *beginning)
{
	return strncmp(text, beginning, strlen(beginning)) == 0;
}

/* Some finding's code ends so. */
static bool has_cause(const struct tally_verdict *verdict, const char *end)
{
	for (size_t i = 0; i < verdict->finding_count; i++)
		if (ends_with(tally_reason_code(verdict->finding[i].reason), end))
			return true;
	return false;
}

static bool has_code(const struct tally_verdict *verdict, const char *beginning)
{
	for (size_t i = 0; i < verdict->finding_count; i++)
		if (begins_with(tally_reason_code(verdict->finding[i].reason), beginning))
			return true;
	return false;
}

static bool has_one_of(const struct tally_verdict *verdict, const char *const *ends)
{
	for (; *ends; ends++)
		if (has_cause(verdict, *ends))
			return true;
	return false;
}

/* A signature that is wrong, or a hash that ties two signed things together and does not fit. */
static bool is_forged(const struct tally_verdict *verdict)
{
	static const char *const causes[] = { ".signature-invalid",    "-signature-invalid",
					      ".ak-binding-signature", ".report-data-mismatch",
					      ".companions-mismatch",  ".qe-report-data",
					      ".realm-key-mismatch",   ".runtime-unbound",
					      ".pcrs-mismatch",	       NULL };

	return has_one_of(verdict, causes);
}

/* Its key ends in nothing that the verifier or its policy knows. */
static bool is_unrecognized(const struct tally_verdict *verdict, const struct tally_verdict_member *member)
{
	static const char *const causes[] = { ".root-untrusted",      ".root-denied", ".key-unpinned", ".key-denied",
					      ".ak-binding-unpinned", ".ak-unbound",  ".ca-denied",    NULL };

	return member->is_test_root || has_one_of(verdict, causes);
}

static bool is_provider(const struct tally_verdict_member *member, const char *provider)
{
	return strcmp(member->provider, provider) == 0;
}

static int8_t hardware(const struct tally_verdict *verdict, const struct tally_verdict_member *member)
{
	if (is_unrecognized(verdict, member))
		return TRUST_UNRECOGNIZED;
	if (member->is_debug || member->standing == TALLY_STANDING_REVOKED || has_cause(verdict, ".revoked"))
		return TRUST_BAD;
	if (!member->authenticated || is_provider(member, "soft"))
		return TRUST_NONE;
	return member->standing == TALLY_STANDING_OUTDATED ? TRUST_UNSAFE : TRUST_GOOD;
}

static int8_t executables(const struct tally_verdict *verdict)
{
	if (has_code(verdict, "log.") || has_code(verdict, "policy.event") || has_code(verdict, "policy.register") ||
	    has_code(verdict, "registers."))
		return TRUST_UNRECOGNIZED_EVENT;
	for (size_t i = 0; i < verdict->jump_count; i++)
		if (!verdict->jump[i].proof)
			return TRUST_UNRECOGNIZED_EVENT;
	if (!verdict->is_accepted)
		return TRUST_NONE;
	if (verdict->has_boot_log && verdict->record_count == 0)
		return TRUST_BOOT;
	return verdict->record_count ? TRUST_GOOD : TRUST_NONE;
}

/* Files that the policy names, and none that it only ignores. */
static int8_t file_system(const struct tally_verdict *verdict)
{
	if (!verdict->ima || (!verdict->is_accepted && !has_code(verdict, "ima.")))
		return TRUST_NONE;
	if (has_code(verdict, "ima."))
		return TRUST_UNSAFE;
	for (size_t i = 0; i < verdict->ignored_count; i++)
		if (verdict->ignored[i].source && strcmp(verdict->ignored[i].source, verdict->ima) == 0)
			return TRUST_UNSAFE;
	return TRUST_GOOD;
}

static int8_t configuration(const struct tally_verdict *verdict)
{
	if (has_code(verdict, "policy.claim") || has_code(verdict, "policy.unruled"))
		return TRUST_BAD;
	if (verdict->exceptions_used)
		return TRUST_UNSAFE;
	return verdict->is_accepted ? TRUST_GOOD : TRUST_NONE;
}

static int8_t runtime_opaque(const struct tally_verdict_member *member, int8_t genuine)
{
	if (member->is_debug)
		return TRUST_BAD;
	/* A TPM says nothing of the memory of its machine. */
	if (is_provider(member, "tpm") || (genuine != TRUST_GOOD && genuine != TRUST_UNSAFE))
		return TRUST_NONE;
	return TRUST_GOOD;
}

struct tally_trust_vector tally_trust_vector(const struct tally_verdict *verdict,
					     const struct tally_verdict_member *member)
{
	struct tally_trust_vector vector = { 0 };

	if (is_forged(verdict))
		return (struct tally_trust_vector){ TRUST_FORGED, TRUST_FORGED, TRUST_FORGED, TRUST_FORGED,
						    TRUST_FORGED, TRUST_FORGED, TRUST_FORGED, TRUST_FORGED };
	vector.hardware = hardware(verdict, member);
	vector.instance_identity = member->is_instance && verdict->is_accepted ? TRUST_GOOD : TRUST_NONE;
	vector.configuration = configuration(verdict);
	vector.executables = executables(verdict);
	vector.file_system = file_system(verdict);
	vector.runtime_opaque = runtime_opaque(member, vector.hardware);
	return vector;
}

static int8_t worst_of(const struct tally_trust_vector *vector)
{
	const int8_t values[] = { vector->instance_identity, vector->configuration, vector->executables,
				  vector->file_system,	     vector->hardware,	    vector->runtime_opaque,
				  vector->storage_opaque,    vector->sourced_data };
	int8_t worst = 0;

	for (size_t i = 0; i < sizeof(values); i++)
		worst = values[i] > worst ? values[i] : worst;
	return worst;
}

/* What is rejected is never better than contraindicated; what software signed says nothing of hardware. */
const char *tally_trust_status(const struct tally_verdict *verdict, const struct tally_verdict_member *member)
{
	struct tally_trust_vector vector = tally_trust_vector(verdict, member);
	int8_t worst = worst_of(&vector);

	if (!verdict->is_accepted || worst >= TRUST_BAD)
		return "contraindicated";
	if (worst >= TRUST_UNSAFE)
		return "warning";
	return worst >= TRUST_GOOD && vector.hardware != TRUST_NONE ? "affirming" : "none";
}
