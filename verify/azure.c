// SPDX-License-Identifier: BSD-2-Clause
/* Azure's HCL report: REPORT_DATA is the hash of its runtime data, which names the attestation key of the vTPM. */
#include <stdlib.h>

#include "../crypto/sign.h"
#include "../format/azure_hcl.h"
#include "../format/base64.h"
#include "manifest.h"
#include "snp.h"
#include "fault.h"

#define HASH_SIZE 32
#define REPORT_DATA_SIZE 64
#define NUMBER_ROOM TALLY_BASE64_ROOM(1500) /* a modulus of 8192 bits has 1366 digits */

static bool rule(struct tally_ledger *ledger, bool holds, enum tally_reason reason, const char *text,
		 const char *detail)
{
	return tally_ledger_rule(ledger, holds, reason, TALLY_LABEL_MANIFEST, text, "", NULL, detail);
}

/* The report beside it is the one inside, or a quote of the TD that the one inside is of. */
static bool check_hardware(const struct tally_verifier_input *input, const struct tally_azure_hcl *hcl,
			   struct tally_ledger *ledger, const struct tally_statement *statement)
{
	const struct tally_member *report = tally_bundle_find(input->bundle, TALLY_LABEL_REPORT);
	bool is_snp = statement->verifier == &tally_verifier_snp;
	bool is_same = !is_snp || (report && tally_bytes_equal(report->value, hcl->hardware_report));
	uint32_t expected = is_snp ? TALLY_AZURE_SNP : TALLY_AZURE_TDX;
	bool holds = rule(ledger,
			  hcl->report_type == expected && is_same &&
				  (is_snp || strcmp(statement->verifier->name, "tdx") == 0),
			  TALLY_REASON_AZURE_REPORT_TYPE, "the HCL report wraps the report beside it", "");

	if (is_snp)
		holds &= tally_ledger_rule(ledger, tally_snp_has_vmpl(statement, 0), TALLY_REASON_SNP_SVSM_VMPL, "snp",
					   "the paravisor asked for the report, at privilege level 0", "", NULL, "");
	return holds;
}

/* REPORT_DATA is SHA-256 of the runtime data, and zeros. */
static enum tally_status check_report_data(const struct tally_azure_hcl *hcl, struct tally_ledger *ledger,
					   const struct tally_statement *statement, bool *ret_holds)
{
	uint8_t expected[REPORT_DATA_SIZE] = { 0 };
	struct tally_hash_job job = { TALLY_SHA256, { hcl->runtime_data }, expected };
	enum tally_status status = tally_env_hash(&job, 1);

	if (status != TALLY_OK)
		return status;
	*ret_holds = rule(ledger, hcl->hash_type == TALLY_AZURE_SHA256, TALLY_REASON_AZURE_HASH_TYPE,
			  "the runtime data is bound by SHA-256", "");
	*ret_holds &= rule(ledger, tally_bytes_equal(statement->report_data, tally_bytes(expected, sizeof(expected))),
			   TALLY_REASON_AZURE_RUNTIME_UNBOUND, "REPORT_DATA is SHA-256 of the runtime data, and zeros",
			   tally_arena_hex(ledger->arena, statement->report_data));
	return TALLY_OK;
}

static enum tally_status read_number(struct tally_bytes digits, uint8_t room[NUMBER_ROOM], struct tally_bytes *ret)
{
	struct tally_span span = { room, NUMBER_ROOM };

	return tally_base64_read(digits, TALLY_BASE64_URL, span, ret);
}

/* SHA-256 of the key's SPKI. */
static enum tally_status hash_key(const struct tally_azure_key *azure_key, uint8_t ret[HASH_SIZE])
{
	uint8_t modulus_room[NUMBER_ROOM];
	uint8_t exponent_room[NUMBER_ROOM];
	struct tally_bytes modulus = { NULL, 0 };
	struct tally_bytes exponent = { NULL, 0 };
	struct tally_key *key = NULL;
	enum tally_status status = read_number(azure_key->modulus, modulus_room, &modulus);

	if (status == TALLY_OK)
		status = read_number(azure_key->exponent, exponent_room, &exponent);
	if (status == TALLY_OK)
		status = tally_key_from_rsa(modulus, exponent, &key);
	if (status == TALLY_OK)
		status = tally_key_fingerprint(key, ret);
	tally_key_free(key);
	return status;
}

/* For the place of a fault. */
static enum tally_status reread_runtime(struct tally_bytes input)
{
	struct tally_azure_runtime runtime;

	return tally_azure_runtime_read(input, &runtime);
}

/* Its numbers are base64 in the runtime data: where the first of them stands. */
static const char *key_place(struct tally_arena *arena, const struct tally_azure_hcl *hcl,
			     const struct tally_azure_runtime *runtime, enum tally_status status)
{
	return tally_arena_print(arena, "at byte %zu of %zu: %s",
				 (size_t)(runtime->ak.modulus.data - hcl->runtime_data.data), hcl->runtime_data.size,
				 tally_status_message(status));
}

static enum tally_status vouch_for_key(const struct tally_azure_hcl *hcl, struct tally_ledger *ledger,
				       struct tally_statement *statement)
{
	struct tally_azure_runtime runtime;
	uint8_t hash[HASH_SIZE];
	enum tally_status status = tally_azure_runtime_read(hcl->runtime_data, &runtime);

	if (!rule(ledger, status == TALLY_OK, TALLY_REASON_AZURE_RUNTIME_MALFORMED, "the runtime data can be read",
		  tally_fault_text(ledger->arena, reread_runtime, hcl->runtime_data, status)))
		return TALLY_OK;
	if (!rule(ledger, runtime.ak.modulus.size != 0, TALLY_REASON_AZURE_AK_MISSING,
		  "the runtime data names an attestation key", ""))
		return TALLY_OK;
	status = hash_key(&runtime.ak, hash);
	if (status == TALLY_NO_MEMORY || status == TALLY_CRYPTO)
		return status;
	if (rule(ledger, status == TALLY_OK, TALLY_REASON_AZURE_RUNTIME_MALFORMED, "the attestation key can be read",
		 status == TALLY_OK ? "" : key_place(ledger->arena, hcl, &runtime, status)))
		tally_statement_vouch(statement, ledger->arena, TALLY_VOUCH_AK_SPKI, tally_bytes(hash, sizeof(hash)),
				      "HCL runtime data");
	return TALLY_OK;
}

/* For the place of a fault. */
static enum tally_status reread_hcl(struct tally_bytes input)
{
	struct tally_azure_hcl hcl;

	return tally_azure_hcl_read(input, &hcl);
}

static enum tally_status azure_check(const struct tally_verifier_input *input, struct tally_ledger *ledger,
				     struct tally_statement *statement)
{
	struct tally_azure_hcl hcl;
	enum tally_status status = tally_azure_hcl_read(input->member->value, &hcl);
	bool holds;
	bool is_bound;

	if (!rule(ledger, status == TALLY_OK, TALLY_REASON_AZURE_REPORT_MALFORMED, "the HCL report can be read",
		  tally_fault_text(ledger->arena, reread_hcl, input->member->value, status)))
		return TALLY_OK;
	holds = check_hardware(input, &hcl, ledger, statement);
	status = check_report_data(&hcl, ledger, statement, &is_bound);
	if (status != TALLY_OK || !is_bound || !holds)
		return status;
	/* All of REPORT_DATA is taken: the vTPM's quote must carry the nonce. */
	statement->report_data = tally_bytes(NULL, 0);
	return vouch_for_key(&hcl, ledger, statement);
}

/* REPORT_DATA covers it in its own way, whatever the mode. */
static struct tally_bytes azure_covered(struct tally_bytes manifest, struct tally_arena *arena)
{
	(void)manifest;
	(void)arena;
	return tally_bytes(NULL, 0);
}

const struct tally_manifest_kind tally_manifest_azure = { TALLY_MEDIA_AZURE_HCL, 0, azure_covered, azure_check };
