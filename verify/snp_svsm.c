// SPDX-License-Identifier: BSD-2-Clause
/* An SVSM's manifest: REPORT_DATA covers it, and it names the endorsement key of the guest's vTPM. */
#include "../format/svsm_manifest.h"
#include "../format/tpm_public.h"
#include "manifest.h"
#include "snp.h"
#include "fault.h"

/* TCG EK Credential Profile, template L-1, but for the modulus. */
#define EK_BITS 2048
#define EK_AES_BITS 128
#define EK_ATTRIBUTES                                                                     \
	(TALLY_TPM_FIXED_TPM | TALLY_TPM_FIXED_PARENT | TALLY_TPM_SENSITIVE_DATA_ORIGIN | \
	 TALLY_TPM_ADMIN_WITH_POLICY | TALLY_TPM_RESTRICTED | TALLY_TPM_DECRYPT)

/* PolicySecret(TPM_RH_ENDORSEMENT) in SHA-256 */
static const uint8_t ek_policy[] = { 0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc,
				     0x8d, 0x46, 0xa5, 0xd7, 0x24, 0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52,
				     0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, 0x69, 0xaa };

static bool is_endorsement_key(const struct tally_tpm_public *key)
{
	return key->type == TALLY_TPM_RSA && key->name_alg == TALLY_SHA256 && key->attributes == EK_ATTRIBUTES &&
	       tally_bytes_equal(key->auth_policy, tally_bytes(ek_policy, sizeof(ek_policy))) &&
	       key->symmetric == TALLY_TPM_AES && key->symmetric_bits == EK_AES_BITS &&
	       key->symmetric_mode == TALLY_TPM_CFB && key->scheme == TALLY_TPM_NULL && key->key_bits == EK_BITS &&
	       key->exponent == 0 && key->modulus.size == EK_BITS / 8;
}

/* The vTPM's part: out of the manifest of all services, or that service's manifest alone. */
static enum tally_status find_vtpm(struct tally_bytes bytes, struct tally_bytes *ret)
{
	struct tally_svsm_manifest manifest;
	enum tally_status status;

	*ret = bytes;
	if (!tally_svsm_is_manifest(bytes))
		return TALLY_OK;
	status = tally_svsm_manifest_read(bytes, &manifest);
	*ret = status == TALLY_OK ? manifest.vtpm : tally_bytes(NULL, 0);
	return status;
}

static enum tally_status vouch_for_key(const struct tally_tpm_public *key, struct tally_ledger *ledger,
				       struct tally_statement *statement)
{
	uint8_t name[TALLY_TPM_NAME_LIMIT];
	size_t size = 0;
	enum tally_status status = tally_tpm_public_name(key, name, &size);

	if (status == TALLY_OK)
		tally_statement_vouch(statement, ledger->arena, TALLY_VOUCH_EK_NAME, tally_bytes(name, size),
				      "SVSM manifest");
	return status;
}

/* For the place of a fault. */
static enum tally_status reread_key(struct tally_bytes input)
{
	struct tally_tpm_public key;

	return tally_tpm_public_read(input, &key);
}

static enum tally_status check_key(struct tally_bytes vtpm, struct tally_ledger *ledger,
				   struct tally_statement *statement)
{
	struct tally_tpm_public key;
	enum tally_status status;

	if (!tally_ledger_rule(ledger, vtpm.size != 0, TALLY_REASON_SNP_SVSM_EK_MISSING, TALLY_LABEL_MANIFEST,
			       "the SVSM has a vTPM", "", NULL, ""))
		return TALLY_OK;
	status = tally_tpm_public_read(vtpm, &key);
	if (!tally_ledger_rule(ledger, status == TALLY_OK, TALLY_REASON_SNP_SVSM_MALFORMED, TALLY_LABEL_MANIFEST,
			       "the vTPM's key can be read", "", NULL,
			       tally_fault_text(ledger->arena, reread_key, vtpm, status)))
		return TALLY_OK;
	if (!tally_ledger_rule(ledger, is_endorsement_key(&key), TALLY_REASON_SNP_SVSM_EK, TALLY_LABEL_MANIFEST,
			       "the vTPM's key is an endorsement key of 2048 bits by TCG's template", "", NULL, ""))
		return TALLY_OK;
	return vouch_for_key(&key, ledger, statement);
}

/* For the place of a fault. */
static enum tally_status reread_manifest(struct tally_bytes input)
{
	struct tally_svsm_manifest manifest;

	return tally_svsm_manifest_read(input, &manifest);
}

static enum tally_status svsm_check(const struct tally_verifier_input *input, struct tally_ledger *ledger,
				    struct tally_statement *statement)
{
	struct tally_bytes vtpm;
	enum tally_status status;

	/* Only in that mode does REPORT_DATA cover the manifest. */
	if (!tally_ledger_rule(
		    ledger, input->policy->binding == TALLY_BINDING_SVSM && statement->verifier == &tally_verifier_snp,
		    TALLY_REASON_BUNDLE_MEMBER_UNREFERENCED, TALLY_LABEL_MANIFEST, "an SNP report covers the manifest",
		    "", NULL, ""))
		return TALLY_OK;
	tally_ledger_rule(ledger, tally_snp_has_vmpl(statement, 0), TALLY_REASON_SNP_SVSM_VMPL, "snp",
			  "the SVSM asked for the report, at privilege level 0", "", NULL, "");
	status = find_vtpm(input->member->value, &vtpm);
	if (!tally_ledger_rule(ledger, status == TALLY_OK, TALLY_REASON_SNP_SVSM_MALFORMED, TALLY_LABEL_MANIFEST,
			       "the SVSM's manifest can be read", "", NULL,
			       tally_fault_text(ledger->arena, reread_manifest, input->member->value, status)))
		return TALLY_OK;
	return check_key(vtpm, ledger, statement);
}

static struct tally_bytes svsm_covered(struct tally_bytes manifest, struct tally_arena *arena)
{
	(void)arena;
	return manifest;
}

const struct tally_manifest_kind tally_manifest_svsm = { TALLY_MEDIA_SVSM_MANIFEST, TALLY_BINDING_SVSM, svsm_covered,
							 svsm_check };
