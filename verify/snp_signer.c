// SPDX-License-Identifier: BSD-2-Clause
/* Who signed an SNP report: the key's certificate, its authorities, their revocation list, and the signature itself. */
#include <stdio.h>

#include "fault.h"
#include "snp_collect.h"

#define PSS_SALT_SIZE 48
#define CHAIN_COUNT 3 /* key, authority, root */
#define RAW_SIGNATURE_SIZE (2 * TALLY_SNP_SCALAR_SIZE)
#define KDS "https://kdsintf.amd.com/"

/* The certificates that were found. */
struct signer {
	struct tally_snp_collection collection;
	struct tally_certificate chain[CHAIN_COUNT];
	struct tally_chain result;
	bool holds;
};

static bool is_vlek(const struct tally_snp_case *snp)
{
	return snp->report.signing_key == TALLY_SNP_KEY_VLEK;
}

static const char *text_of(struct tally_snp_case *snp, struct tally_bytes text)
{
	return tally_arena_text(snp->ledger->arena, text);
}

static const char *lower_name(struct tally_snp_case *snp, enum tally_snp_product product)
{
	static const char *const names[] = { "unknown", "milan", "genoa", "turin" };

	(void)snp;
	return names[product];
}

/* How AMD's key service is asked for a VCEK: numbers in decimal, at least two digits. spec: AMD 57230, 4.1 */
static const char *vcek_url(struct tally_snp_case *snp, enum tally_snp_product product, const struct tally_snp_tcb *tcb)
{
	struct tally_arena *arena = snp->ledger->arena;
	bool is_turin = product == TALLY_SNP_TURIN;
	struct tally_bytes chip = { snp->report.chip_id, is_turin ? 8 : TALLY_SNP_CHIP_ID_SIZE };
	const char *fmc = is_turin ? tally_arena_print(arena, "fmcSPL=%02u&", tcb->fmc) : "";

	return tally_arena_print(arena, KDS "vcek/v1/%s/%s?%sblSPL=%02u&teeSPL=%02u&snpSPL=%02u&ucodeSPL=%02u",
				 tally_snp_product_name(product), tally_arena_hex(arena, chip), fmc, tcb->boot_loader,
				 tcb->tee, tcb->snp, tcb->microcode);
}

static void need_vcek(struct tally_snp_case *snp, enum tally_snp_product product)
{
	struct tally_arena *arena = snp->ledger->arena;
	struct tally_collateral_need need = { 0 };
	struct tally_snp_tcb tcb;

	if (tally_snp_tcb_read(snp->report.reported_tcb, product, &tcb) == TALLY_OK)
		need.url = vcek_url(snp, product, &tcb);
	need.name =
		tally_arena_print(arena, "snp/vcek-%s-%s-%s.der", lower_name(snp, product),
				  tally_arena_hex(arena, tally_bytes(snp->report.chip_id, TALLY_SNP_CHIP_ID_SIZE)),
				  tally_arena_hex(arena, tally_bytes(snp->report.reported_tcb, TALLY_SNP_TCB_SIZE)));
	tally_collateral_missing(snp->ledger, TALLY_REASON_SNP_CERTIFICATE_MISSING, "snp",
				 "the certificate of the signing key is there", &need);
}

/* What is there and can't be read is told as that, not as missing. */
static bool are_readable(struct tally_snp_case *snp, const struct tally_snp_collection *collection)
{
	return !collection->unreadable.origin ||
	       tally_ledger_rule(snp->ledger, false, TALLY_REASON_CERTIFICATE_MALFORMED, "snp.certificates",
				 "certificates can be read", "", NULL,
				 tally_fault_item(snp->ledger->arena, &collection->unreadable));
}

/* A VLEK comes from the cloud alone. Version 2 does not say which processor: it is one of the two that knew it. */
static void need_leaf(struct tally_snp_case *snp, const struct tally_snp_collection *collection)
{
	static const struct tally_collateral_need vlek = { .name = "snp/vlek.der" };

	if (!are_readable(snp, collection))
		return;
	if (is_vlek(snp)) {
		tally_collateral_missing(snp->ledger, TALLY_REASON_SNP_CERTIFICATE_MISSING, "snp",
					 "the certificate of the signing key is there", &vlek);
		return;
	}
	need_vcek(snp, snp->product == TALLY_SNP_PRODUCT_UNKNOWN ? TALLY_SNP_MILAN : snp->product);
	if (snp->product == TALLY_SNP_PRODUCT_UNKNOWN && snp->report.version == 2)
		need_vcek(snp, TALLY_SNP_GENOA);
}

/* The issuer's name tells the processor: false, with a finding, if that is not the report's. */
static bool check_product(struct tally_snp_case *snp, struct tally_bytes issuer)
{
	enum tally_snp_product product = tally_snp_product_of(issuer, "SEV-VLEK-");
	bool is_known;

	if (product == TALLY_SNP_PRODUCT_UNKNOWN)
		product = tally_snp_product_of(issuer, "SEV-");
	is_known =
		tally_snp_rule(snp, product != TALLY_SNP_PRODUCT_UNKNOWN, TALLY_REASON_SNP_PRODUCT_UNKNOWN,
			       "an authority of a known processor issued the key's certificate", text_of(snp, issuer));
	if (!is_known)
		return false;
	if (snp->report.version > 2 &&
	    !tally_snp_rule(snp, product == snp->product, TALLY_REASON_SNP_PRODUCT,
			    "report and certificates are of one processor", text_of(snp, issuer))) {
		snp->product = TALLY_SNP_PRODUCT_UNKNOWN;
		return false;
	}
	snp->product = product;
	return true;
}

/* Another authority signs VCEKs than VLEKs. */
static bool check_issuer_name(struct tally_snp_case *snp, struct tally_bytes issuer)
{
	const char *prefix = is_vlek(snp) ? "SEV-VLEK-" : "SEV-";

	return tally_snp_rule(snp, tally_snp_product_of(issuer, prefix) != TALLY_SNP_PRODUCT_UNKNOWN,
			      TALLY_REASON_SNP_CERTIFICATE_ISSUER,
			      "the authority for that kind of key issued its certificate", text_of(snp, issuer));
}

/* Key, authority and root; false, with a finding, if one is missing. */
static bool find_chain(struct tally_snp_case *snp, struct signer *signer)
{
	const struct tally_certificate *leaf = tally_snp_find_leaf(snp, &signer->collection);
	const struct tally_certificate *issuer;

	if (!leaf) {
		need_leaf(snp, &signer->collection);
		return false;
	}
	signer->chain[0] = *leaf;
	if (!check_product(snp, leaf->issuer_name))
		return false;
	signer->holds = check_issuer_name(snp, leaf->issuer_name);
	for (size_t i = 1; i < CHAIN_COUNT; i++) {
		issuer = tally_snp_find_issuer(&signer->collection, signer->chain[i - 1].issuer);
		if (!issuer && !are_readable(snp, &signer->collection))
			return false;
		if (!tally_snp_rule(snp, issuer != NULL, TALLY_REASON_SNP_AUTHORITY_MISSING,
				    "the issuer of each certificate is there",
				    text_of(snp, signer->chain[i - 1].issuer_name)))
			return false;
		signer->chain[i] = *issuer;
	}
	return true;
}

/* Fingerprints of the roots of a test. */
static enum tally_status hash_test_roots(struct tally_snp_case *snp, struct tally_fingerprints *ret)
{
	const struct tally_roots *roots = snp->input->roots;
	size_t count = roots ? roots->count : 0;
	uint8_t(*hash)[TALLY_FINGERPRINT_SIZE] = tally_arena_take(snp->ledger->arena, count + 1, sizeof(*hash));
	enum tally_status status = hash ? TALLY_OK : TALLY_NO_MEMORY;

	for (size_t i = 0; status == TALLY_OK && i < count; i++) {
		struct tally_hash_job job = { TALLY_SHA256, { roots->der[i] }, hash[i] };

		status = tally_env_hash(&job, 1);
	}
	ret->count = count;
	ret->sha256 = (const uint8_t(*)[TALLY_FINGERPRINT_SIZE])hash;
	return status;
}

/* A root speaks for its own processor only: Milan's can't sign for a Turin. */
static enum tally_status check_chain(struct tally_snp_case *snp, struct signer *signer)
{
	const struct tally_snp_roots *roots = tally_snp_roots(snp->product);
	struct tally_chain_request request = { .certificate = signer->chain,
					       .count = CHAIN_COUNT,
					       .roots = { roots ? 1 : 0, roots ? &roots->ark : NULL },
					       .time = snp->input->time,
					       .keeps_leaf = true };
	enum tally_status status = hash_test_roots(snp, &request.test_roots);

	if (status == TALLY_OK)
		status = tally_chain_judge(&request, snp->kept, snp->ledger, "snp.certificates", &signer->result);
	if (status != TALLY_OK)
		return status;
	signer->holds &= signer->result.holds;
	snp->statement->is_test_root = signer->result.has_test_root;
	tally_statement_limit(snp->statement, signer->result.valid_until);
	snp->statement->root = tally_arena_print(
		snp->ledger->arena, "%s sha256:%s", text_of(snp, signer->chain[2].subject_name),
		tally_arena_hex(snp->ledger->arena, tally_bytes(signer->result.root, TALLY_FINGERPRINT_SIZE)));
	return TALLY_OK;
}

/* One that nobody accepts was told already. */
static bool is_amd_signature(const struct tally_x509_algorithm *algorithm)
{
	return algorithm->form == TALLY_X509_UNKNOWN ||
	       (algorithm->form == TALLY_X509_RSA_PSS && algorithm->alg == TALLY_SHA384 &&
		algorithm->salt_size == PSS_SALT_SIZE);
}

/* The key's certificate by itself. */
static bool check_leaf_form(struct tally_snp_case *snp, const struct signer *signer)
{
	const struct tally_certificate *leaf = &signer->chain[0];
	bool holds =
		tally_snp_rule(snp, is_amd_signature(&leaf->algorithm) && is_amd_signature(&signer->chain[1].algorithm),
			       TALLY_REASON_SNP_CERTIFICATE_ALGORITHM,
			       "certificates are signed by RSA-PSS with SHA-384 and a salt of 48 bytes", "");
	enum tally_status status = tally_snp_leaf_read(
		leaf, snp->product, is_vlek(snp) ? TALLY_SNP_KEY_VLEK : TALLY_SNP_KEY_VCEK, &snp->leaf);

	snp->has_leaf = tally_snp_rule(snp, status == TALLY_OK, TALLY_REASON_SNP_CERTIFICATE_EXTENSIONS,
				       "the key's certificate has exactly the extensions of its kind",
				       status == TALLY_OK ? "" : tally_status_message(status));
	return holds & snp->has_leaf;
}

/* What it says against what the report says. */
static bool check_leaf_values(struct tally_snp_case *snp)
{
	bool is_masked = snp->input->policy->allowed & tally_exception_bit(TALLY_EXCEPTION_SNP_CHIP_MASKED) &&
			 tally_snp_leaf_is_of_chip(&(struct tally_snp_leaf){ .chip_id = { (uint8_t[8]){ 0 }, 8 } },
						   snp->report.chip_id);
	struct tally_snp_tcb tcb;
	bool fits_tcb = tally_snp_tcb_read(snp->report.reported_tcb, snp->product, &tcb) == TALLY_OK &&
			memcmp(&tcb, &snp->leaf.tcb, sizeof(tcb)) == 0 && snp->leaf.has_zero_parts;
	bool holds = tally_snp_rule(snp, tally_snp_leaf_names(&snp->leaf, snp->product), TALLY_REASON_SNP_PRODUCT,
				    "the key's certificate names the processor of its issuer",
				    text_of(snp, snp->leaf.product));

	holds &= tally_snp_rule(snp, fits_tcb, TALLY_REASON_SNP_CERTIFICATE_TCB,
				"the key is that of the reported TCB version", "");
	if (!is_vlek(snp) && !is_masked)
		holds &= tally_snp_rule(snp, tally_snp_leaf_is_of_chip(&snp->leaf, snp->report.chip_id),
					TALLY_REASON_SNP_CHIP, "the key is that of the chip that made the report", "");
	return holds;
}

/* The file in which AMD's service gives the list. */
static void need_crl(struct tally_snp_case *snp, const struct tally_snp_collection *collection)
{
	struct tally_arena *arena = snp->ledger->arena;
	const char *kind = is_vlek(snp) ? "vlek" : "vcek";
	struct tally_collateral_need need = {
		.name = tally_arena_print(arena, "snp/%s-%s.crl", kind, lower_name(snp, snp->product)),
		.url = tally_arena_print(arena, KDS "%s/v1/%s/crl", kind, tally_snp_product_name(snp->product)),
	};

	if (tally_ledger_excepts(snp->ledger, TALLY_EXCEPTION_SNP_CRL_MISSING))
		tally_ledger_exceptable(snp->ledger, false, TALLY_EXCEPTION_SNP_CRL_MISSING,
					TALLY_REASON_SNP_CRL_MISSING, "snp",
					"there is a revocation list of the root key");
	else if (collection->unreadable_crl.origin)
		tally_ledger_rule(snp->ledger, false, TALLY_REASON_CRL_MALFORMED, "snp.crl",
				  "revocation lists can be read", "", NULL,
				  tally_fault_item(snp->ledger->arena, &collection->unreadable_crl));
	else
		tally_collateral_missing(snp->ledger, TALLY_REASON_SNP_CRL_MISSING, "snp",
					 "there is a revocation list of the root key", &need);
}

/* An unsigned number of any length, as a list's. */
static bool is_at_least(struct tally_bytes number, uint64_t least)
{
	uint64_t value = 0;

	for (size_t i = 0; i < number.size; i++) {
		if (value >> 56)
			return true;
		value = value << 8 | number.data[i];
	}
	return value >= least;
}

static void check_crl_age(struct tally_snp_case *snp, struct signer *signer, const struct tally_crl *crl)
{
	const struct tally_snp_policy *policy = snp->input->section;

	tally_collateral_check_age(snp->ledger, snp->statement, snp->input->policy->collateral, TALLY_COLLATERAL_CRL,
				   "snp.crl", crl->this_update, snp->input->time);
	if (policy && policy->minimum_crl_number)
		signer->holds &= tally_ledger_policy(
			snp->ledger, crl->has_number && is_at_least(crl->number, policy->minimum_crl_number),
			TALLY_REASON_SNP_CRL_NUMBER, "snp.crl",
			tally_arena_print(snp->ledger->arena, "number %llu or more",
					  (unsigned long long)policy->minimum_crl_number),
			tally_arena_hex(snp->ledger->arena, crl->number), NULL, "");
	if (crl->has_next_update)
		tally_statement_limit(snp->statement, crl->next_update);
}

/* AMD revokes authorities; keys are replaced by raising the TCB version. */
static enum tally_status check_crl(struct tally_snp_case *snp, struct signer *signer)
{
	struct tally_crl_choice choice = { .is_found = false };
	const struct tally_crl *crl = &choice.crl;
	enum tally_status status = tally_snp_find_crl(snp, &signer->collection, &signer->chain[2], &choice);
	bool holds = false;

	if (status != TALLY_OK)
		return status;
	if (!choice.is_found) {
		signer->holds &= tally_ledger_excepts(snp->ledger, TALLY_EXCEPTION_SNP_CRL_MISSING);
		need_crl(snp, &signer->collection);
		return TALLY_OK;
	}
	status = tally_crl_judge(crl, &signer->chain[2], snp->input->time, snp->kept, snp->ledger, "snp.crl", &holds);
	if (status != TALLY_OK)
		return status;
	signer->holds &= holds;
	signer->holds &= tally_snp_rule(snp, is_amd_signature(&crl->algorithm), TALLY_REASON_SNP_CERTIFICATE_ALGORITHM,
					"the list is signed by RSA-PSS with SHA-384 and a salt of 48 bytes", "");
	signer->holds &= tally_crl_judge_certificate(crl, &signer->chain[1], snp->ledger, "snp.crl");
	check_crl_age(snp, signer, crl);
	return TALLY_OK;
}

/* AMD writes r and s little-endian. */
static void raw_signature(const struct tally_snp_report *report, uint8_t ret[RAW_SIGNATURE_SIZE])
{
	for (size_t i = 0; i < TALLY_SNP_SCALAR_SIZE; i++) {
		ret[i] = report->r[TALLY_SNP_SCALAR_SIZE - 1 - i];
		ret[TALLY_SNP_SCALAR_SIZE + i] = report->s[TALLY_SNP_SCALAR_SIZE - 1 - i];
	}
}

static enum tally_status check_signature(struct tally_snp_case *snp, struct signer *signer)
{
	uint8_t signature[RAW_SIGNATURE_SIZE];
	const struct tally_key *key;
	enum tally_status status = tally_kept_key(snp->kept, signer->chain[0].spki, &key);

	if (status == TALLY_NO_MEMORY || status == TALLY_CRYPTO)
		return status;
	if (!tally_snp_rule(snp, status == TALLY_OK && tally_key_kind(key) == TALLY_KEY_P384,
			    TALLY_REASON_SNP_CERTIFICATE_KEY, "the signing key is of the curve P-384", "")) {
		signer->holds = false;
		return TALLY_OK;
	}
	/* A report without a signature was told already. */
	if (!tally_snp_is_signed(&snp->report)) {
		signer->holds = false;
		return TALLY_OK;
	}
	raw_signature(&snp->report, signature);
	status = tally_signature_check(key, &tally_es384, snp->report.signed_bytes,
				       tally_bytes(signature, sizeof(signature)));
	if (status == TALLY_NO_MEMORY || status == TALLY_CRYPTO)
		return status;
	signer->holds &= tally_snp_rule(snp, status == TALLY_OK, TALLY_REASON_SNP_SIGNATURE,
					"the report is signed by the key of the certificate",
					status == TALLY_OK ? "" : tally_status_message(status));
	return TALLY_OK;
}

enum tally_status tally_snp_check_signer(struct tally_snp_case *snp, bool *ret_holds)
{
	struct signer *signer = tally_arena_take(snp->ledger->arena, 1, sizeof(*signer));
	enum tally_status status;

	*ret_holds = false;
	if (!signer)
		return TALLY_NO_MEMORY;
	tally_snp_collect(snp, &signer->collection);
	if (!find_chain(snp, signer))
		return TALLY_OK;
	status = check_chain(snp, signer);
	if (status == TALLY_OK && snp->product != TALLY_SNP_PRODUCT_UNKNOWN) {
		signer->holds &= check_leaf_form(snp, signer);
		signer->holds &= snp->has_leaf && check_leaf_values(snp);
		status = check_crl(snp, signer);
	}
	if (status == TALLY_OK)
		status = check_signature(snp, signer);
	*ret_holds = status == TALLY_OK && signer->holds;
	return status;
}
