// SPDX-License-Identifier: BSD-2-Clause
/* Soft reports: authentic under a key that the policy pins, and even then no proof of any hardware (I9). */
#include "../crypto/sign.h"
#include "../format/cose.h"
#include "../format/soft_report.h"
#include "policy_soft.h"
#include "verifier.h"
#include "fault.h"

#include <stdio.h>

static const struct tally_claim_row claims[] = {
	{ "soft.report-data", TALLY_CLAIM_BYTES, TALLY_CLAIM_BUILT_IN,
	  "what the report was asked to carry: the binding" },
	{ "soft.boot-id", TALLY_CLAIM_BYTES, TALLY_CLAIM_BUILT_IN, "the boot that the registers belong to: the log's" },
	{ "soft.key", TALLY_CLAIM_BYTES, TALLY_CLAIM_BUILT_IN,
	  "SHA-256 of the signing key's SPKI: pinned in soft.keys" },
	{ "soft.mrtd", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY, "static register of the presets default and tdx" },
	{ "soft.mrconfigid", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY, "static register of the presets default and tdx" },
	{ "soft.mrowner", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY, "static register of the presets default and tdx" },
	{ "soft.mrownerconfig", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY,
	  "static register of the presets default and tdx" },
	{ "soft.rim", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY, "static register of the preset cca" },
};

#define CLAIM_COUNT (sizeof(claims) / sizeof(claims[0]))
#define BITS(first, last) (((UINT64_C(2) << ((last) - (first))) - 1) << (first))

/* The register sets that soft can have; a report must show one of them, because it does not sign reset values. */
struct register_model {
	const char *runtime; /* name without its number */
	uint32_t runtime_count;
	uint16_t algs[TALLY_BANK_LIMIT]; /* ends with 0 */
	enum tally_extend_rule rule;
	enum tally_signed is_signed;
	bool is_pcr;	     /* register n is PCR n */
	const uint32_t *map; /* PCR masks otherwise; NULL: nothing maps */
	uint64_t resettable;
	uint64_t starts_ones;
	const char *statics[5]; /* ends with NULL */
};

/* spec: UEFI 2.10 38.4.1 */
static const uint32_t cc_map[] = { 1U << 1 | 1U << 7, (uint32_t)BITS(2, 6), (uint32_t)BITS(8, 15), 0 };

static const struct register_model models[] = {
	{ .runtime = "rtmr",
	  .runtime_count = 4,
	  .algs = { TALLY_SHA384 },
	  .rule = TALLY_EXTEND_DIGEST,
	  .is_signed = TALLY_SIGNED_VALUE,
	  .map = cc_map,
	  .statics = { "mrtd", "mrconfigid", "mrowner", "mrownerconfig" } },
	{ .runtime = "pcr",
	  .runtime_count = 24,
	  .algs = { TALLY_SHA1, TALLY_SHA256, TALLY_SHA384 },
	  .rule = TALLY_EXTEND_DIGEST,
	  .is_signed = TALLY_SIGNED_DIGEST,
	  .is_pcr = true,
	  .resettable = BITS(16, 16) | BITS(23, 23),
	  .starts_ones = BITS(17, 22) },
	{ .runtime = "pcr",
	  .runtime_count = 32,
	  .algs = { TALLY_SHA384 },
	  .rule = TALLY_EXTEND_RAW,
	  .is_signed = TALLY_SIGNED_LOCKED },
	{ .runtime = "rem",
	  .runtime_count = 4,
	  .algs = { TALLY_SHA256 },
	  .rule = TALLY_EXTEND_PADDED,
	  .is_signed = TALLY_SIGNED_VALUE,
	  .map = cc_map,
	  .statics = { "rim" } },
};

#define MODEL_COUNT (sizeof(models) / sizeof(models[0]))

static void model_banks(const struct register_model *model, uint8_t fill, struct tally_digests *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (; ret->count < TALLY_BANK_LIMIT && model->algs[ret->count]; ret->count++) {
		ret->digest[ret->count].alg = model->algs[ret->count];
		memset(ret->digest[ret->count].bytes, fill, tally_alg_size(model->algs[ret->count]));
	}
}

static void model_runtime(const struct register_model *model, uint32_t number, struct tally_register *ret)
{
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->name, sizeof(ret->name), "%s%u", model->runtime, (unsigned)number);
	ret->number = number;
	ret->kind = TALLY_RUNTIME;
	ret->is_signed = model->is_signed;
	ret->extend_rule = model->rule;
	ret->is_resettable = model->resettable >> number & 1;
	ret->is_lockable = model->is_signed == TALLY_SIGNED_LOCKED;
	if (model->is_pcr)
		ret->pcr_mask = 1U << number;
	else if (model->map)
		ret->pcr_mask = model->map[number];
	model_banks(model, model->starts_ones >> number & 1 ? 0xff : 0, &ret->reset);
}

static void model_static(const struct register_model *model, uint32_t number, struct tally_register *ret)
{
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->name, sizeof(ret->name), "%s", model->statics[number]);
	ret->number = number;
	ret->kind = TALLY_STATIC;
	ret->is_signed = TALLY_SIGNED_VALUE;
	ret->extend_rule = model->rule;
	ret->pcr_mask = number == 0 ? 1 : 0;
	model_banks(model, 0, &ret->reset);
}

static enum tally_status model_set(const struct register_model *model, struct tally_register_set *ret)
{
	enum tally_status status = TALLY_OK;
	struct tally_register reg;

	memset(ret, 0, sizeof(*ret));
	snprintf(ret->provider, sizeof(ret->provider), "%s", tally_verifier_soft.name);
	for (uint32_t i = 0; status == TALLY_OK && i < model->runtime_count; i++) {
		model_runtime(model, i, &reg);
		status = tally_registers_add(ret, &reg);
	}
	for (uint32_t i = 0; status == TALLY_OK && model->statics[i]; i++) {
		model_static(model, i, &reg);
		status = tally_registers_add(ret, &reg);
	}
	return status;
}

static bool is_register(const struct tally_soft_register *shown, const struct tally_register *reg)
{
	return strcmp(shown->name, reg->name) == 0 && shown->number == reg->number && shown->kind == reg->kind &&
	       tally_digests_same_banks(&shown->value, &reg->reset);
}

/* The register that the report shows at position *at, which advances; NULL if it leaves reg out. */
static const struct tally_soft_register *next_shown(const struct tally_soft_report *report,
						    const struct tally_register *reg, size_t *at)
{
	if (*at == report->register_count || !is_register(&report->reg[*at], reg))
		return NULL;
	return &report->reg[(*at)++];
}

/* All registers of the set in their order, and no other. Those that are signed once they are locked may be left out. */
static bool report_shows(const struct tally_soft_report *report, const struct tally_register_set *set)
{
	size_t at = 0;

	for (size_t i = 0; i < set->count; i++)
		if (!next_shown(report, &set->item[i], &at) && set->item[i].is_signed != TALLY_SIGNED_LOCKED)
			return false;
	return at == report->register_count;
}

static bool find_model(const struct tally_soft_report *report, struct tally_register_set *ret)
{
	for (size_t i = 0; i < MODEL_COUNT; i++)
		if (model_set(&models[i], ret) == TALLY_OK && report_shows(report, ret))
			return true;
	memset(ret, 0, sizeof(*ret));
	return false;
}

static bool is_number(struct tally_bytes text, uint32_t limit)
{
	char name[12];

	for (uint32_t number = 0; number < limit; number++) {
		snprintf(name, sizeof(name), "%u", (unsigned)number);
		if (tally_bytes_equal(text, tally_text(name)))
			return true;
	}
	return false;
}

static bool soft_has_register(struct tally_bytes name)
{
	for (size_t i = 0; i < MODEL_COUNT; i++) {
		size_t size = strlen(models[i].runtime);

		if (name.size > size && memcmp(name.data, models[i].runtime, size) == 0 &&
		    is_number(tally_bytes(name.data + size, name.size - size), models[i].runtime_count))
			return true;
	}
	return false;
}

static void add_claim(struct tally_statement *statement, struct tally_arena *arena, const char *name,
		      struct tally_bytes value)
{
	tally_statement_claim_bytes(statement, arena, &tally_verifier_soft, tally_arena_print(arena, "soft.%s", name),
				    value);
}

static void state_registers(const struct tally_soft_report *report, struct tally_ledger *ledger,
			    struct tally_statement *ret)
{
	size_t at = 0;

	for (size_t i = 0; i < ret->registers.count; i++) {
		const struct tally_register *reg = &ret->registers.item[i];
		const struct tally_soft_register *shown = next_shown(report, reg, &at);

		if (!shown)
			continue;
		if (reg->is_signed != TALLY_SIGNED_LOCKED || shown->is_locked)
			ret->value[i] = shown->value;
		if (reg->kind == TALLY_STATIC)
			add_claim(ret, ledger->arena, shown->name, tally_digest_bytes(&shown->value.digest[0]));
	}
}

static void state_report(const struct tally_soft_report *report, struct tally_bytes key_id, struct tally_ledger *ledger,
			 struct tally_statement *ret)
{
	ret->is_readable =
		tally_ledger_rule(ledger, find_model(report, &ret->registers), TALLY_REASON_SOFT_REGISTERS, "soft",
				  "the report shows a register set that soft can have", "", NULL, "");
	ret->report_data =
		tally_arena_copy(ledger->arena, tally_bytes(report->report_data, sizeof(report->report_data)));
	ret->has_boot_id = true;
	memcpy(ret->boot_id, report->boot_id, sizeof(ret->boot_id));
	add_claim(ret, ledger->arena, "report-data", ret->report_data);
	add_claim(ret, ledger->arena, "boot-id", tally_bytes(ret->boot_id, sizeof(ret->boot_id)));
	add_claim(ret, ledger->arena, "key", key_id);
	state_registers(report, ledger, ret);
}

/* The input is at fault, not we. */
static bool is_fault_of_input(enum tally_status status)
{
	return status != TALLY_OK && status != TALLY_NO_MEMORY && status != TALLY_CRYPTO;
}

static enum tally_status read_key(const struct tally_verifier_input *input, struct tally_ledger *ledger,
				  struct tally_key **ret)
{
	const struct tally_member *member = tally_bundle_find(input->bundle, TALLY_LABEL_CERTIFICATES);
	enum tally_status status;

	if (!tally_ledger_rule(ledger, member != NULL, TALLY_REASON_SOFT_KEY_MISSING, "soft",
			       "the bundle carries the signing key", "", NULL, ""))
		return TALLY_OK;
	if (!tally_bytes_equal(member->media_type, tally_text(TALLY_MEDIA_SOFT_KEY))) {
		tally_ledger_find(ledger, TALLY_REASON_BUNDLE_MEDIA_TYPE, TALLY_LABEL_CERTIFICATES, NULL, "%s",
				  tally_arena_text(ledger->arena, member->media_type));
		return TALLY_OK;
	}
	status = tally_key_from_spki(member->value, ret);
	if (!is_fault_of_input(status))
		return status;
	tally_ledger_find(ledger, TALLY_REASON_SOFT_KEY_MALFORMED, TALLY_LABEL_CERTIFICATES, NULL, "%s",
			  tally_fault_spki(ledger->arena, member->value));
	return TALLY_OK;
}

static enum tally_status check_signature(const struct tally_cose_sign1 *cose, const struct tally_key *key,
					 struct tally_ledger *ledger, bool *ret_holds)
{
	struct tally_writer measure = tally_writer(NULL, 0);
	struct tally_writer writer;
	enum tally_status status;
	uint8_t *message;

	tally_cose_write_tbs(&measure, cose->protected_bytes, cose->payload);
	message = tally_arena_take(ledger->arena, measure.size, 1);
	if (!message)
		return TALLY_NO_MEMORY;
	writer = tally_writer(message, measure.size);
	tally_cose_write_tbs(&writer, cose->protected_bytes, cose->payload);
	status = writer.status;
	if (status == TALLY_OK && cose->alg != TALLY_COSE_ES384)
		status = TALLY_UNSUPPORTED;
	if (status == TALLY_OK)
		status = tally_signature_check(key, &tally_es384, tally_written(&writer), cose->signature);
	if (status != TALLY_OK && !is_fault_of_input(status))
		return status;
	*ret_holds = tally_ledger_rule(ledger, status == TALLY_OK, TALLY_REASON_SOFT_SIGNATURE, "soft",
				       "the report is signed by the key, with ES384", "", NULL,
				       status == TALLY_OK ? "" : tally_status_message(status));
	return TALLY_OK;
}

static bool is_pinned(const struct tally_soft_policy *policy, struct tally_bytes fingerprint)
{
	for (size_t i = 0; policy && i < policy->key_count; i++)
		if (tally_bytes_equal(tally_bytes(policy->key[i], sizeof(policy->key[i])), fingerprint))
			return true;
	return false;
}

/* Key, its name in the report, its pin, and what it signed; only all of them together make the report authentic. */
static enum tally_status check_key(const struct tally_verifier_input *input, const struct tally_cose_sign1 *cose,
				   struct tally_ledger *ledger, bool *ret_holds)
{
	uint8_t fingerprint[TALLY_SPKI_SHA256_SIZE];
	struct tally_bytes name = cose->key_id;
	struct tally_key *key = NULL;
	bool is_named = false;
	bool is_signed = false;
	bool is_trusted;
	enum tally_status status = read_key(input, ledger, &key);

	if (status == TALLY_OK && key)
		status = tally_key_fingerprint(key, fingerprint);
	if (status == TALLY_OK && key) {
		name = tally_bytes(fingerprint, sizeof(fingerprint));
		is_named =
			tally_ledger_rule(ledger, tally_bytes_equal(name, cose->key_id), TALLY_REASON_SOFT_KEY_MISMATCH,
					  "soft", "the report names the key", "", NULL, "");
		status = check_signature(cose, key, ledger, &is_signed);
	}
	tally_key_free(key);
	if (status != TALLY_OK)
		return status;
	is_trusted = tally_ledger_rule(
		ledger, is_pinned(input->section, name), TALLY_REASON_SOFT_KEY_UNPINNED, "soft",
		"the policy pins the key",
		tally_arena_print(ledger->arena, "sha256:%s", tally_arena_hex(ledger->arena, name)), NULL,
		tally_arena_print(ledger->arena, "sha256:%s", tally_arena_hex(ledger->arena, name)));
	*ret_holds = is_named && is_signed && is_trusted;
	return TALLY_OK;
}

static enum tally_status read_envelopes(struct tally_bytes report, struct tally_cose_sign1 *ret_cose,
					struct tally_soft_report *ret)
{
	enum tally_status status = tally_cose_read(report, ret_cose);

	if (status == TALLY_OK && !tally_bytes_equal(ret_cose->content_type, tally_text(TALLY_MEDIA_SOFT_REPORT)))
		status = TALLY_UNSUPPORTED;
	return status == TALLY_OK ? tally_soft_report_read(ret_cose->payload, ret) : status;
}

/* For the place of a fault: one in the payload is counted from the report's first byte, too. */
static enum tally_status reread_soft(struct tally_bytes input)
{
	struct tally_cose_sign1 cose;
	struct tally_soft_report report;

	return read_envelopes(input, &cose, &report);
}

/* Read both envelopes; false, with a finding, if they can't be. */
static bool read_report(struct tally_bytes report, struct tally_ledger *ledger, struct tally_cose_sign1 *ret_cose,
			struct tally_soft_report *ret)
{
	enum tally_status status = read_envelopes(report, ret_cose, ret);

	return tally_ledger_rule(ledger, status == TALLY_OK, TALLY_REASON_SOFT_REPORT_MALFORMED, "soft",
				 "the report can be read", "", NULL,
				 tally_fault_text(ledger->arena, reread_soft, report, status));
}

static enum tally_status soft_authenticate(const struct tally_verifier_input *input, struct tally_ledger *ledger,
					   struct tally_statement *ret)
{
	struct tally_soft_report *report = tally_arena_take(ledger->arena, 1, sizeof(*report));
	struct tally_cose_sign1 cose;
	enum tally_status status;
	bool holds = false;

	if (!report)
		return TALLY_NO_MEMORY;
	if (!read_report(input->report, ledger, &cose, report))
		return TALLY_OK;
	status = check_key(input, &cose, ledger, &holds);
	if (status != TALLY_OK)
		return status;
	state_report(report, cose.key_id, ledger, ret);
	if (holds)
		ret->by = tally_arena_print(ledger->arena, "key sha256:%s, pinned by the policy",
					    tally_arena_hex(ledger->arena, cose.key_id));
	return TALLY_OK;
}

static const char *const members[] = { TALLY_LABEL_CERTIFICATES, NULL };

const struct tally_verifier tally_verifier_soft = {
	.name = "soft",
	.label = TALLY_LABEL_REPORT,
	.media_type = TALLY_MEDIA_SOFT_REPORT,
	.caveat = "software signed this: it proves nothing about hardware",
	.binding_modes = 1U << TALLY_BINDING_TALLY | 1U << TALLY_BINDING_RAW | 1U << TALLY_BINDING_COCO |
			 1U << TALLY_BINDING_EK_SRK,
	.members = members,
	.claims = claims,
	.claim_count = CLAIM_COUNT,
	.has_register = soft_has_register,
	.section_size = sizeof(struct tally_soft_policy),
	.read_section = tally_policy_read_soft,
	.authenticate = soft_authenticate,
};
