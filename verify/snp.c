// SPDX-License-Identifier: BSD-2-Clause
/* SNP attestation reports: what they say, and whether AMD's keys stand behind it. spec: docs/verifier.md 5, snp */
#include "snp.h"

#include "chain.h"
#include "fault.h"

static const struct tally_claim_row claims[] = {
	{ "snp.version", TALLY_CLAIM_NUMBER, TALLY_CLAIM_OPTIONAL, "version of the report" },
	{ "snp.guest-svn", TALLY_CLAIM_NUMBER, TALLY_CLAIM_POLICY,
	  "security version that the id block gives the guest" },
	{ "snp.policy", TALLY_CLAIM_BITS, TALLY_CLAIM_POLICY,
	  "bits of the guest's policy: what the host may do to it" },
	{ "snp.family-id", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY, "family id of the id block" },
	{ "snp.image-id", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY, "image id of the id block" },
	{ "snp.vmpl", TALLY_CLAIM_CODE, TALLY_CLAIM_POLICY, "privilege level that the report was made for" },
	{ "snp.platform-info", TALLY_CLAIM_BITS, TALLY_CLAIM_POLICY,
	  "bits of the platform: SMT, memory encryption, ..." },
	{ "snp.signing-key", TALLY_CLAIM_TEXT, TALLY_CLAIM_OPTIONAL, "vcek: the chip's key; vlek: the cloud's" },
	{ "snp.product", TALLY_CLAIM_TEXT, TALLY_CLAIM_OPTIONAL, "processor: Milan, Genoa or Turin" },
	{ "snp.report-data", TALLY_CLAIM_BYTES, TALLY_CLAIM_BUILT_IN,
	  "what the report was asked to carry: the binding" },
	{ "snp.measurement", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY, "digest of what the guest was launched with" },
	{ "snp.host-data", TALLY_CLAIM_BYTES, TALLY_CLAIM_POLICY, "what the host has added: its word" },
	{ "snp.id-key-digest", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL,
	  "digest of the key that signs the id block; it or the author key's must have a rule" },
	{ "snp.author-key-digest", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL,
	  "digest of the key that certifies the id key, where there is one" },
	{ "snp.report-id", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL, "id of this run of the guest" },
	{ "snp.report-id-ma", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL,
	  "id of its migration agent; all ones: it has none" },
	{ "snp.reported-tcb", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL,
	  "TCB version of the signing key: at least the policy's minimum-tcb" },
	{ "snp.committed-tcb", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL,
	  "TCB version that the platform can't fall back behind" },
	{ "snp.current-tcb", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL, "TCB version that runs" },
	{ "snp.launch-tcb", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL, "TCB version when the guest was launched" },
	{ "snp.current-firmware", TALLY_CLAIM_TEXT, TALLY_CLAIM_OPTIONAL, "version of the firmware that runs" },
	{ "snp.committed-firmware", TALLY_CLAIM_TEXT, TALLY_CLAIM_OPTIONAL,
	  "version of the firmware that the platform can't fall back behind" },
	{ "snp.launch-mitigations", TALLY_CLAIM_BITS, TALLY_CLAIM_POLICY,
	  "mitigations that were active when the guest was launched (version 5)" },
	{ "snp.current-mitigations", TALLY_CLAIM_BITS, TALLY_CLAIM_POLICY, "mitigations that are active (version 5)" },
	{ "snp.chip-id", TALLY_CLAIM_BYTES, TALLY_CLAIM_OPTIONAL,
	  "the chip that made the report; all zeros: it is hidden" },
	{ "snp.csp-id", TALLY_CLAIM_TEXT, TALLY_CLAIM_POLICY, "the cloud whose VLEK signed the report" },
};

static bool snp_has_register(struct tally_bytes name)
{
	(void)name;
	return false;
}

static void claim_bytes(struct tally_snp_case *snp, const char *name, const uint8_t *bytes, size_t size)
{
	tally_statement_claim_bytes(snp->statement, snp->ledger->arena, &tally_verifier_snp, name,
				    tally_bytes(bytes, size));
}

static void claim_number(struct tally_snp_case *snp, const char *name, uint64_t value)
{
	tally_statement_claim_number(snp->statement, snp->ledger->arena, &tally_verifier_snp, name, value);
}

static void claim_text(struct tally_snp_case *snp, const char *name, const char *value)
{
	tally_statement_claim_text(snp->statement, snp->ledger->arena, &tally_verifier_snp, name, value);
}

bool tally_snp_has_vmpl(const struct tally_statement *statement, uint64_t vmpl)
{
	const struct tally_claim *found = statement->claims.items;

	for (size_t i = 0; i < statement->claims.count; i++)
		if (strcmp(found[i].row->name, "snp.vmpl") == 0)
			return found[i].value.number == vmpl;
	return false;
}

static void claim_firmware(struct tally_snp_case *snp, const char *name, const struct tally_snp_firmware *firmware)
{
	claim_text(
		snp, name,
		tally_arena_print(snp->ledger->arena, "%u.%u.%u", firmware->major, firmware->minor, firmware->build));
}

static void claim_guest(struct tally_snp_case *snp)
{
	const struct tally_snp_report *report = &snp->report;

	claim_number(snp, "snp.version", report->version);
	claim_number(snp, "snp.guest-svn", report->guest_svn);
	claim_number(snp, "snp.policy", report->policy);
	claim_bytes(snp, "snp.family-id", report->family_id, 16);
	claim_bytes(snp, "snp.image-id", report->image_id, 16);
	claim_number(snp, "snp.vmpl", report->vmpl);
	claim_bytes(snp, "snp.report-data", report->report_data, 64);
	claim_bytes(snp, "snp.measurement", report->measurement, 48);
	claim_bytes(snp, "snp.host-data", report->host_data, 32);
	claim_bytes(snp, "snp.id-key-digest", report->id_key_digest, 48);
	if (report->has_author_key)
		claim_bytes(snp, "snp.author-key-digest", report->author_key_digest, 48);
	claim_bytes(snp, "snp.report-id", report->report_id, 32);
	claim_bytes(snp, "snp.report-id-ma", report->report_id_ma, 32);
}

static void claim_platform(struct tally_snp_case *snp)
{
	const struct tally_snp_report *report = &snp->report;

	claim_number(snp, "snp.platform-info", report->platform_info);
	claim_bytes(snp, "snp.reported-tcb", report->reported_tcb, TALLY_SNP_TCB_SIZE);
	claim_bytes(snp, "snp.committed-tcb", report->committed_tcb, TALLY_SNP_TCB_SIZE);
	claim_bytes(snp, "snp.current-tcb", report->current_tcb, TALLY_SNP_TCB_SIZE);
	claim_bytes(snp, "snp.launch-tcb", report->launch_tcb, TALLY_SNP_TCB_SIZE);
	claim_firmware(snp, "snp.current-firmware", &report->current);
	claim_firmware(snp, "snp.committed-firmware", &report->committed);
	claim_bytes(snp, "snp.chip-id", report->chip_id, TALLY_SNP_CHIP_ID_SIZE);
	if (report->version < 5)
		return;
	claim_number(snp, "snp.launch-mitigations", report->launch_mitigations);
	claim_number(snp, "snp.current-mitigations", report->current_mitigations);
}

/* What only the certificates tell. */
static void claim_signer(struct tally_snp_case *snp)
{
	bool is_vlek = snp->report.signing_key == TALLY_SNP_KEY_VLEK;

	if (is_vlek || snp->report.signing_key == TALLY_SNP_KEY_VCEK)
		claim_text(snp, "snp.signing-key", is_vlek ? "vlek" : "vcek");
	if (snp->product != TALLY_SNP_PRODUCT_UNKNOWN)
		claim_text(snp, "snp.product", tally_snp_product_name(snp->product));
	if (snp->has_leaf && is_vlek)
		claim_text(snp, "snp.csp-id", tally_arena_text(snp->ledger->arena, snp->leaf.cloud_id));
	if (!is_vlek)
		snp->statement->instance = "snp.chip-id";
}

/* For the place of a fault. */
static enum tally_status reread_report(struct tally_bytes input)
{
	struct tally_snp_report report;

	return tally_snp_report_read(input, &report);
}

static bool read_report(struct tally_snp_case *snp)
{
	enum tally_status status = tally_snp_report_read(snp->input->report, &snp->report);

	if (status == TALLY_UNSUPPORTED)
		return tally_snp_rule(snp, false, TALLY_REASON_SNP_VERSION, "the report has a known version",
				      tally_fault_text(snp->ledger->arena, reread_report, snp->input->report, status));
	return tally_snp_rule(snp, status == TALLY_OK, TALLY_REASON_SNP_REPORT_MALFORMED, "the report can be read",
			      tally_fault_text(snp->ledger->arena, reread_report, snp->input->report, status));
}

/* Who signed it is one thing, whether it says what it should another: both are told. */
static enum tally_status judge_report(struct tally_snp_case *snp)
{
	enum tally_status status;
	bool is_signed;

	tally_snp_check_fields(snp);
	snp->product = tally_snp_report_product(&snp->report);
	if (snp->report.version > 2)
		tally_snp_rule(snp, snp->product != TALLY_SNP_PRODUCT_UNKNOWN, TALLY_REASON_SNP_PRODUCT_UNKNOWN,
			       "the report is of a known processor", "");
	status = tally_snp_check_signer(snp, &is_signed);
	if (status != TALLY_OK)
		return status;
	if (snp->product != TALLY_SNP_PRODUCT_UNKNOWN)
		tally_snp_check_tcb(snp);
	claim_signer(snp);
	if (is_signed)
		snp->statement->by = tally_arena_print(snp->ledger->arena, "%s under %s",
						       snp->report.signing_key == TALLY_SNP_KEY_VLEK ? "VLEK" : "VCEK",
						       snp->statement->root);
	return TALLY_OK;
}

static enum tally_status snp_authenticate(const struct tally_verifier_input *input, struct tally_ledger *ledger,
					  struct tally_statement *ret)
{
	struct tally_snp_case *snp = tally_arena_take(ledger->arena, 1, sizeof(*snp));
	struct tally_kept *own = input->kept ? NULL : tally_kept_new();
	enum tally_status status = TALLY_OK;

	if (!snp || (!input->kept && !own)) {
		tally_kept_free(own);
		return TALLY_NO_MEMORY;
	}
	*snp = (struct tally_snp_case){
		.input = input, .ledger = ledger, .statement = ret, .kept = input->kept ? input->kept : own
	};
	ret->is_readable = read_report(snp);
	if (ret->is_readable) {
		ret->report_data = tally_arena_copy(ledger->arena, tally_bytes(snp->report.report_data, 64));
		claim_guest(snp);
		claim_platform(snp);
		status = judge_report(snp);
	}
	tally_kept_free(own);
	return status;
}

static const char *const members[] = { TALLY_LABEL_CERTIFICATES, NULL };

const struct tally_verifier tally_verifier_snp = {
	.name = "snp",
	.label = TALLY_LABEL_REPORT,
	.media_type = TALLY_MEDIA_SNP_REPORT,
	.caveat = "",
	.binding_modes = 1U << TALLY_BINDING_TALLY | 1U << TALLY_BINDING_RAW | 1U << TALLY_BINDING_SVSM |
			 1U << TALLY_BINDING_COCO | 1U << TALLY_BINDING_EK_SRK,
	.members = members,
	.claims = claims,
	.claim_count = sizeof(claims) / sizeof(claims[0]),
	.has_register = snp_has_register,
	.section_size = sizeof(struct tally_snp_policy),
	.read_section = tally_policy_read_snp,
	.authenticate = snp_authenticate,
};
