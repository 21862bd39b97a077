// SPDX-License-Identifier: BSD-2-Clause
/* Quotes of TPMs: authentic under an attestation key that is believed to live in one. spec: docs/verifier.md 5 */
#include "policy_tpm.h"
#include "tpm_key.h"
#include "fault.h"

#include <stdio.h>

#define ALL_PCRS ((1U << TALLY_PCR_COUNT) - 1)
/* spec: TCG PC Client PTP 4.6: by anybody, and by locality */
#define RESETTABLE_PCRS (1U << 16 | 1U << 20 | 1U << 21 | 1U << 22 | 1U << 23)
#define ONES_PCRS (1U << 17 | 1U << 18 | 1U << 19 | 1U << 20 | 1U << 21 | 1U << 22)

static const struct tally_claim_row claims[] = {
	{ "tpm.key", TALLY_CLAIM_BYTES, TALLY_CLAIM_BUILT_IN,
	  "SHA-256 of the attestation key's SPKI: it must be accepted" },
	{ "tpm.key-name", TALLY_CLAIM_BYTES, TALLY_CLAIM_BUILT_IN,
	  "the attestation key's TPM name, where its public area is known" },
	{ "tpm.qualifying-data", TALLY_CLAIM_BYTES, TALLY_CLAIM_BUILT_IN,
	  "what the quote was asked to carry: the binding" },
	{ "tpm.clock", TALLY_CLAIM_NUMBER, TALLY_CLAIM_BUILT_IN,
	  "milliseconds since the TPM's clock began: it must be safe" },
	{ "tpm.reset-count", TALLY_CLAIM_NUMBER, TALLY_CLAIM_BUILT_IN,
	  "resets of the TPM: the log's, where it states them" },
	{ "tpm.restart-count", TALLY_CLAIM_NUMBER, TALLY_CLAIM_BUILT_IN,
	  "restarts since then: the log's, where it states them" },
	{ "tpm.firmware-version", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY,
	  "of the TPM; obfuscated unless the key is an endorsement's" },
};

/* What is read of the evidence. */
struct quote {
	struct tally_tpm_evidence evidence;
	struct tally_tpm_signature signature;
	struct tally_tpm_quote attest;
	struct tally_tpm_ak ak;
	struct tally_digests value[TALLY_PCR_COUNT];
	uint8_t room[TALLY_TPM_VALUES_ROOM];
};

static bool tpm_has_register(struct tally_bytes name)
{
	char known[TALLY_REGISTER_NAME_LIMIT];

	for (unsigned pcr = 0; pcr < TALLY_PCR_COUNT; pcr++) {
		snprintf(known, sizeof(known), "pcr%u", pcr);
		if (tally_bytes_equal(name, tally_text(known)))
			return true;
	}
	return false;
}

/* For the place of a fault: in the member, in what was signed, in the values. */
static enum tally_status reread_evidence(struct tally_bytes input)
{
	struct tally_tpm_evidence evidence;
	struct tally_tpm_signature signature;
	enum tally_status status = tally_tpm_evidence_read(input, &evidence);

	return status == TALLY_OK ? tally_tpm_signature_read(evidence.signature, &signature) : status;
}

static enum tally_status reread_attest(struct tally_bytes input)
{
	struct tally_tpm_quote quote;

	return tally_tpm_quote_read(input, &quote);
}

static enum tally_status reread_pcrs(struct tally_bytes input)
{
	struct tally_tpm_pcrs pcrs;

	return tally_tpm_pcrs_read(input, &pcrs);
}

static bool read_quote(const struct tally_verifier_input *input, struct tally_ledger *ledger, const char *label,
		       struct quote *quote)
{
	enum tally_status status = tally_tpm_evidence_read(input->report, &quote->evidence);

	if (status == TALLY_OK)
		status = tally_tpm_signature_read(quote->evidence.signature, &quote->signature);
	if (!tally_ledger_rule(ledger, status == TALLY_OK, TALLY_REASON_TPM_QUOTE_MALFORMED, label,
			       "the quote can be read", "", NULL,
			       tally_fault_text(ledger->arena, reread_evidence, input->report, status)))
		return false;
	status = tally_tpm_quote_read(quote->evidence.attest, &quote->attest);
	if (!tally_ledger_rule(ledger, status != TALLY_UNSUPPORTED, TALLY_REASON_TPM_NOT_A_QUOTE, label,
			       "it is a quote that a TPM has made", "", NULL, ""))
		return false;
	return tally_ledger_rule(ledger, status == TALLY_OK, TALLY_REASON_TPM_QUOTE_MALFORMED, label,
				 "what was signed can be read", "", NULL,
				 tally_fault_text(ledger->arena, reread_attest, quote->evidence.attest, status));
}

static enum tally_status read_values(const struct tally_verifier_input *input, struct tally_ledger *ledger,
				     const char *label, struct quote *quote, bool *ret_holds)
{
	const struct tally_member *member = tally_bundle_find(input->bundle, TALLY_LABEL_TPM_PCRS);
	struct tally_span room = { quote->room, sizeof(quote->room) };
	struct tally_tpm_pcrs pcrs;
	struct tally_bytes values;
	enum tally_status status;

	*ret_holds = false;
	if (!tally_ledger_rule(ledger, member != NULL, TALLY_REASON_TPM_PCRS_MISSING, label,
			       "the values of the PCRs are there", "", NULL, ""))
		return TALLY_OK;
	status = tally_tpm_pcrs_read(member->value, &pcrs);
	if (!tally_ledger_rule(ledger, status == TALLY_OK, TALLY_REASON_TPM_PCRS_MALFORMED, TALLY_LABEL_TPM_PCRS,
			       "they can be read", "", NULL,
			       tally_fault_text(ledger->arena, reread_pcrs, member->value, status)))
		return TALLY_OK;
	status = tally_tpm_pcrs_select(&pcrs, &quote->attest, room, &values);
	if (status == TALLY_OK)
		status = tally_tpm_quote_values(&quote->attest, values, quote->value);
	if (status == TALLY_CRYPTO)
		return status;
	/* The digest's hash is the signature's, and no shorter one. */
	if (status == TALLY_OK && quote->attest.pcr_digest.size != tally_alg_size(quote->signature.hash))
		status = TALLY_CHECKSUM;
	*ret_holds = tally_ledger_rule(ledger, status == TALLY_OK, TALLY_REASON_TPM_PCRS_MISMATCH, label,
				       "the quote was made over these values", "", NULL,
				       status == TALLY_OK ? "" : tally_status_message(status));
	return TALLY_OK;
}

static const struct tally_pcr_selection *selection_of(const struct tally_tpm_quote *quote, uint16_t alg)
{
	for (size_t i = 0; i < quote->selection_count; i++)
		if (quote->selection[i].alg == alg)
			return &quote->selection[i];
	return NULL;
}

static uint32_t selected_pcrs(const struct tally_tpm_quote *quote)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < quote->selection_count; i++)
		mask |= quote->selection[i].mask;
	return mask;
}

/* The PCRs that the policy has rules for. */
static uint32_t ruled_pcrs(const struct tally_policy *policy)
{
	char name[TALLY_REGISTER_NAME_LIMIT];
	uint32_t mask = 0;

	for (unsigned pcr = 0; pcr < TALLY_PCR_COUNT; pcr++) {
		snprintf(name, sizeof(name), "tpm.pcr%u", pcr);
		for (size_t i = 0; i < policy->register_count; i++)
			if (strcmp(policy->reg[i].name, name) == 0)
				mask |= 1U << pcr;
	}
	return mask;
}

static bool is_selection(const struct tally_tpm_quote *quote, const struct tally_pcr_selection *asked, size_t count)
{
	size_t used = 0;

	for (size_t i = 0; i < quote->selection_count; i++)
		used += quote->selection[i].mask != 0;
	for (size_t i = 0; i < count; i++) {
		const struct tally_pcr_selection *found = selection_of(quote, asked[i].alg);

		if (!found || found->mask != asked[i].mask)
			return false;
	}
	return used == count;
}

static const char *selection_text(struct tally_arena *arena, const struct tally_tpm_quote *quote)
{
	const char *text = "";

	for (size_t i = 0; i < quote->selection_count; i++) {
		const char *alg = tally_alg_name(quote->selection[i].alg);
		char pcrs[TALLY_PCR_TEXT_LIMIT];

		tally_pcr_mask_text(quote->selection[i].mask, pcrs);
		text = tally_arena_print(arena, "%s%s%s:%s", text, i ? " " : "", alg ? alg : "?", pcrs);
	}
	return text;
}

/* What was asked for: the policy's word, else the PCRs that it rules; a paravisor's TPM is quoted as a whole. */
static void check_selection(const struct tally_verifier_input *input, const struct quote *quote, bool is_azure,
			    struct tally_ledger *ledger, const char *label)
{
	static const struct tally_pcr_selection azure = { TALLY_SHA256, ALL_PCRS };
	const struct tally_tpm_policy *policy = input->section;
	const struct tally_pcr_selection *sha1 = selection_of(&quote->attest, TALLY_SHA1);
	const char *actual = selection_text(ledger->arena, &quote->attest);
	uint32_t ruled = ruled_pcrs(input->policy);
	bool holds = ruled == 0 || selected_pcrs(&quote->attest) == ruled;

	if (policy && policy->selection_count)
		holds = is_selection(&quote->attest, policy->selection, policy->selection_count);
	if (is_azure)
		holds = holds && is_selection(&quote->attest, &azure, 1);
	tally_ledger_rule(ledger, !sha1 || sha1->mask == 0, TALLY_REASON_TPM_WEAK_HASH, label,
			  "no bank of SHA-1 is in the quote", actual, NULL, "a bank");
	tally_ledger_rule(ledger, holds && selected_pcrs(&quote->attest) != 0, TALLY_REASON_TPM_SELECTION, label,
			  "the quote has exactly the PCRs that were asked for", actual, NULL, actual);
}

static void fill_banks(const struct tally_tpm_quote *quote, unsigned pcr, uint8_t fill, struct tally_digests *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < quote->selection_count; i++) {
		const struct tally_pcr_selection *selection = &quote->selection[i];
		struct tally_digest digest = { .alg = selection->alg };
		bool is_selected = selection->mask >> pcr & 1 || !(selected_pcrs(quote) >> pcr & 1);

		if (!is_selected || tally_alg_size(selection->alg) == 0)
			continue;
		memset(digest.bytes, fill, tally_alg_size(selection->alg));
		/* The reader refuses a bank that stands there twice, and there are no more algorithms than room. */
		if (tally_digests_add(ret, &digest) != TALLY_OK)
			return;
	}
}

/* spec: TCG PC Client PTP 4.6 */
static bool state_registers(const struct quote *quote, struct tally_statement *ret)
{
	snprintf(ret->registers.provider, sizeof(ret->registers.provider), "%s", tally_verifier_tpm.name);
	for (unsigned pcr = 0; pcr < TALLY_PCR_COUNT; pcr++) {
		struct tally_register reg = { .number = pcr,
					      .kind = TALLY_RUNTIME,
					      .is_signed = TALLY_SIGNED_DIGEST,
					      .extend_rule = TALLY_EXTEND_DIGEST,
					      .is_resettable = RESETTABLE_PCRS >> pcr & 1,
					      .pcr_mask = 1U << pcr };

		snprintf(reg.name, sizeof(reg.name), "pcr%u", pcr);
		fill_banks(&quote->attest, pcr, ONES_PCRS >> pcr & 1 ? 0xff : 0, &reg.reset);
		if (reg.reset.count == 0 || tally_registers_add(&ret->registers, &reg) != TALLY_OK) {
			memset(&ret->registers, 0, sizeof(ret->registers));
			return false;
		}
		ret->value[pcr] = quote->value[pcr];
	}
	return true;
}

static void state_claims(const struct quote *quote, struct tally_arena *arena, struct tally_statement *ret)
{
	const struct tally_verifier *tpm = &tally_verifier_tpm;
	const struct tally_tpm_quote *attest = &quote->attest;
	uint8_t firmware[8];
	struct tally_writer writer = tally_writer(firmware, sizeof(firmware));

	tally_write_be64(&writer, attest->firmware_version);
	tally_statement_claim_bytes(ret, arena, tpm, "tpm.key",
				    tally_bytes(quote->ak.fingerprint, TALLY_SPKI_SHA256_SIZE));
	if (quote->ak.name_size)
		tally_statement_claim_bytes(ret, arena, tpm, "tpm.key-name",
					    tally_bytes(quote->ak.name, quote->ak.name_size));
	tally_statement_claim_bytes(ret, arena, tpm, "tpm.qualifying-data", attest->extra_data);
	tally_statement_claim_number(ret, arena, tpm, "tpm.clock", attest->clock);
	tally_statement_claim_number(ret, arena, tpm, "tpm.reset-count", attest->reset_count);
	tally_statement_claim_number(ret, arena, tpm, "tpm.restart-count", attest->restart_count);
	tally_statement_claim_bytes(ret, arena, tpm, "tpm.firmware-version", tally_written(&writer));
	ret->report_data = tally_arena_copy(arena, attest->extra_data);
	ret->instance = "tpm.key";
	ret->has_reset_counts = true;
	ret->reset_count = attest->reset_count;
	ret->restart_count = attest->restart_count;
}

static enum tally_status judge_key(const struct tally_verifier_input *input, struct quote *quote,
				   struct tally_ledger *ledger, struct tally_statement *ret, bool *ret_is_signed,
				   const char **ret_by)
{
	enum tally_status status = tally_tpm_ak_read(&quote->evidence, ledger, ret->label, &quote->ak);

	if (status != TALLY_OK || !quote->ak.key)
		return status;
	status = tally_tpm_ak_check(&quote->ak, &quote->signature, quote->evidence.attest, ledger, ret->label,
				    ret_is_signed);
	if (status == TALLY_OK)
		status = tally_tpm_ak_accept(input, &quote->ak, ledger, ret, ret_by);
	return status;
}

static enum tally_status judge_quote(const struct tally_verifier_input *input, struct quote *quote,
				     struct tally_ledger *ledger, struct tally_statement *ret)
{
	const char *by = NULL;
	bool is_signed = false;
	bool has_values = false;
	enum tally_status status = judge_key(input, quote, ledger, ret, &is_signed, &by);

	if (status == TALLY_OK)
		status = read_values(input, ledger, ret->label, quote, &has_values);
	if (status != TALLY_OK)
		return status;
	check_selection(input, quote, quote->ak.is_of_paravisor, ledger, ret->label);
	tally_ledger_rule(ledger, quote->attest.is_safe, TALLY_REASON_TPM_CLOCK_UNSAFE, ret->label,
			  "the TPM's clock is safe", "", NULL, "");
	/* Without them nothing is proven of any register. */
	ret->is_readable = has_values && state_registers(quote, ret);
	state_claims(quote, ledger->arena, ret);
	if (is_signed)
		ret->by = by;
	return TALLY_OK;
}

static enum tally_status tpm_authenticate(const struct tally_verifier_input *input, struct tally_ledger *ledger,
					  struct tally_statement *ret)
{
	struct quote *quote = tally_arena_take(ledger->arena, 1, sizeof(*quote));
	enum tally_status status = TALLY_OK;

	if (!quote)
		return TALLY_NO_MEMORY;
	if (read_quote(input, ledger, ret->label, quote))
		status = judge_quote(input, quote, ledger, ret);
	tally_tpm_ak_done(&quote->ak);
	return status;
}

static const char *const members[] = { TALLY_LABEL_TPM_PCRS, TALLY_LABEL_AK_BINDING, TALLY_LABEL_CERTIFICATES, NULL };

const struct tally_verifier tally_verifier_tpm = {
	.name = "tpm",
	.label = TALLY_LABEL_TPM_QUOTE,
	.media_type = TALLY_MEDIA_TPM_QUOTE,
	.caveat = "",
	.binding_modes = 1U << TALLY_BINDING_TALLY | 1U << TALLY_BINDING_RAW | 1U << TALLY_BINDING_COCO,
	.members = members,
	.claims = claims,
	.claim_count = sizeof(claims) / sizeof(claims[0]),
	.has_register = tpm_has_register,
	.section_size = sizeof(struct tally_tpm_policy),
	.read_section = tally_policy_read_tpm,
	.authenticate = tpm_authenticate,
};
