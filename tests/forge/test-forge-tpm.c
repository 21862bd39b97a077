// SPDX-License-Identifier: BSD-2-Clause
/* Quotes of TPMs, validly signed: each damage gives its one reason. Generated, no TPM made them. */
#include "../unit/evidence.h"

#include "../../verify/policy.h"
#include "tpm.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define POLICY_ROOM 16384

/* How the verifier is asked, and what stands beside the quote. */
struct ask {
	const char *tpm;	     /* of the policy's section, beside the key; "": there is no section */
	uint32_t ruled;		     /* PCRs; 0: those that are quoted */
	const char *more;	     /* of the policy; NULL: nothing */
	const struct evidence *soft; /* whose report comes first; NULL: the quote is the report */
	bool is_tally;		     /* the binding's mode; else raw */
	bool has_certificates;
	enum forge_damage leaf_damage;
	bool is_swtpm;
	bool has_crl;
	bool has_points; /* the leaf says where its list is */
	enum forge_damage crl_damage;
	bool has_older_crl; /* before the other: sound, and it revokes nobody */
	bool is_test_root;
	bool lacks_roots; /* in the policy */
};

struct row {
	const char *name;
	void (*change)(struct forge_tpm *plan, struct ask *ask);
	const char *expected;
};

static void hex_text(const uint8_t *bytes, size_t size, char *ret)
{
	for (size_t i = 0; i < size; i++)
		snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
}

static void nothing(struct forge_tpm *plan, struct ask *ask)
{
	(void)plan;
	(void)ask;
}

static void rsa(struct forge_tpm *plan, struct ask *ask)
{
	(void)ask;
	plan->kind = FORGE_RSA2048;
	plan->scheme = plan->area_scheme = FORGE_TPM_RSASSA;
}

static void pss(struct forge_tpm *plan, struct ask *ask)
{
	rsa(plan, ask);
	plan->scheme = plan->area_scheme = FORGE_TPM_RSAPSS;
}

static void p384(struct forge_tpm *plan, struct ask *ask)
{
	(void)ask;
	plan->kind = FORGE_P384;
	plan->hash = plan->area_hash = plan->digest_hash = FORGE_TPM_SHA384;
}

static void spki(struct forge_tpm *plan, struct ask *ask)
{
	(void)ask;
	plan->has_spki = true;
}

static void two_banks(struct forge_tpm *plan, struct ask *ask)
{
	(void)ask;
	plan->second_bank = FORGE_TPM_SHA384;
	plan->second_mask = 0x100;
}

static void negated(struct forge_tpm *plan, struct ask *ask)
{
	(void)ask;
	plan->scalars = FORGE_S_NEGATED;
}

static const struct row sound_rows[] = {
	{ "P-256", nothing, "" },   { "RSASSA", rsa, "" },	    { "RSAPSS", pss, "" },	  { "P-384", p384, "" },
	{ "a bare key", spki, "" }, { "two banks", two_banks, "" }, { "s negated", negated, "" },
};

#define CHANGE(name, ...)                                         \
	static void name(struct forge_tpm *plan, struct ask *ask) \
	{                                                         \
		(void)plan;                                       \
		(void)ask;                                        \
		__VA_ARGS__;                                      \
	}

CHANGE(no_magic, plan->magic ^= 1)
CHANGE(other_type, plan->type = 0x8017)
CHANGE(cut, plan->cut = 1)
CHANGE(safe_of_two, plan->safe = 2)
CHANGE(not_safe, plan->safe = 0)
CHANGE(broken, plan->breaks_signature = true)
CHANGE(r_zero, plan->scalars = FORGE_R_ZERO)
CHANGE(s_order, plan->scalars = FORGE_S_ORDER)
CHANGE(other_signer, plan->key = 1)
CHANGE(not_restricted, plan->attributes &= ~(uint32_t)(1 << 16))
CHANGE(not_fixed, plan->attributes &= ~(uint32_t)(1 << 1))
CHANGE(not_fixed_parent, plan->attributes &= ~(uint32_t)(1 << 4))
CHANGE(from_outside, plan->attributes &= ~(uint32_t)(1 << 5))
CHANGE(decrypts, plan->attributes |= 1 << 17)
CHANGE(signs_not, plan->attributes &= ~(uint32_t)(1 << 18))
CHANGE(cut_area, plan->cuts_area = true)
CHANGE(other_scheme_hash, plan->area_hash = FORGE_TPM_SHA384)
CHANGE(sha1_signature, plan->hash = plan->area_hash = FORGE_TPM_SHA1)
CHANGE(sha1_bank, plan->bank = FORGE_TPM_SHA1)
CHANGE(sha1_digest, plan->digest_hash = FORGE_TPM_SHA1)
CHANGE(sha384_digest, plan->digest_hash = FORGE_TPM_SHA384)
CHANGE(other_values, plan->has_other_values = true)
CHANGE(no_pcrs, plan->lacks_pcrs = true)
CHANGE(cut_pcrs, plan->cuts_pcrs = true)
CHANGE(fewer_values, plan->pcrs_mask = 0x7f)
CHANGE(more_values, plan->pcrs_mask = 0x1ff)
CHANGE(other_nonce, plan->extra = tally_bytes("00000000000000000000000000000000", 32))
CHANGE(short_nonce, plan->extra.size--)
CHANGE(long_nonce, plan->extra = tally_bytes("00000000000000000000000000000000x", 33))
CHANGE(nobody, ask->tpm = "")
CHANGE(selection_held, ask->tpm = "\"pcrs\": {\"sha256\": \"0,1-6,7\"}")
CHANGE(selection_more, ask->tpm = "\"pcrs\": {\"sha256\": \"0-8\"}")
CHANGE(selection_bank, ask->tpm = "\"pcrs\": {\"sha384\": \"0-7\"}")
CHANGE(selection_two, ask->tpm = "\"pcrs\": {\"sha256\": \"0-7\", \"sha384\": \"8\"}")

/* What follows if nothing is read. */
#define UNREAD "policy.claim-missing policy.register-missing"

static const struct row damaged_rows[] = {
	{ "no magic", no_magic, "tpm.not-a-quote " UNREAD },
	{ "another type", other_type, "tpm.not-a-quote " UNREAD },
	{ "cut", cut, "tpm.quote-malformed " UNREAD },
	{ "safe is 2", safe_of_two, "tpm.quote-malformed " UNREAD },
	{ "the clock is not safe", not_safe, "tpm.clock-unsafe" },
	{ "a bit of the signature", broken, "tpm.signature-invalid" },
	{ "r is 0", r_zero, "tpm.signature-invalid" },
	{ "s is the order", s_order, "tpm.signature-invalid" },
	{ "another signer", other_signer, "tpm.signature-invalid" },
	{ "not restricted", not_restricted, "tpm.key-attributes" },
	{ "not fixedTPM", not_fixed, "tpm.key-attributes" },
	{ "not fixedParent", not_fixed_parent, "tpm.key-attributes" },
	{ "made outside", from_outside, "tpm.key-attributes" },
	{ "decrypts", decrypts, "tpm.key-attributes" },
	{ "does not sign", signs_not, "tpm.key-attributes" },
	{ "a key that is cut", cut_area, "tpm.key-malformed" },
	{ "another hash than the key's", other_scheme_hash, "tpm.scheme-mismatch" },
	{ "a signature with SHA-1", sha1_signature, "tpm.pcrs-mismatch tpm.weak-hash policy.register-missing" },
	{ "a bank of SHA-1", sha1_bank, "log.missing tpm.weak-hash" },
	{ "a digest with SHA-1", sha1_digest, "tpm.pcrs-mismatch policy.register-missing" },
	{ "a digest of another hash", sha384_digest, "tpm.pcrs-mismatch policy.register-missing" },
	{ "other values", other_values, "tpm.pcrs-mismatch policy.register-missing" },
	{ "no values", no_pcrs, "tpm.pcrs-missing policy.register-missing" },
	{ "values that are cut", cut_pcrs, "tpm.pcrs-malformed policy.register-missing" },
	{ "fewer values", fewer_values, "tpm.pcrs-mismatch policy.register-missing" },
	{ "more values", more_values, "tpm.pcrs-mismatch policy.register-missing" },
	{ "another nonce", other_nonce, "freshness.nonce-mismatch" },
	{ "a shorter nonce", short_nonce, "freshness.nonce-mismatch" },
	{ "a longer nonce", long_nonce, "binding.report-data-mismatch freshness.nonce-mismatch" },
	{ "a key of nobody", nobody, "tpm.ak-unbound" },
	{ "the selection that was asked for", selection_held, "" },
	{ "fewer PCRs than asked for", selection_more, "tpm.selection-mismatch" },
	{ "another bank than asked for", selection_bank, "tpm.selection-mismatch" },
	{ "a bank fewer than asked for", selection_two, "tpm.selection-mismatch" },
};

CHANGE(certified, ask->has_certificates = true)
CHANGE(certified_expired, ask->has_certificates = true; ask->leaf_damage = FORGE_EXPIRED)
CHANGE(certified_broken, ask->has_certificates = true; ask->leaf_damage = FORGE_OTHER_KEY)
CHANGE(certified_other, ask->has_certificates = true; plan->key = plan->named_key = 3)
CHANGE(certified_swtpm, ask->has_certificates = true; ask->is_swtpm = true)
CHANGE(certified_no_root, ask->has_certificates = true; ask->lacks_roots = true)
CHANGE(certified_test, ask->has_certificates = true; ask->lacks_roots = true; ask->is_test_root = true)
CHANGE(certified_no_crl, ask->has_certificates = true; ask->has_points = true)
CHANGE(certified_crl, ask->has_certificates = true; ask->has_points = true; ask->has_crl = true)
CHANGE(certified_revoked, ask->has_certificates = true; ask->has_points = true; ask->has_crl = true;
       ask->crl_damage = FORGE_REVOKES)
CHANGE(certified_old_crl, ask->has_certificates = true; ask->has_points = true; ask->has_crl = true;
       ask->crl_damage = FORGE_EXPIRED)
CHANGE(certified_crl_cut, ask->has_certificates = true; ask->has_points = true; ask->has_crl = true;
       ask->crl_damage = FORGE_TRAILING)
CHANGE(certified_revoked_since, ask->has_certificates = true; ask->has_points = true; ask->has_crl = true;
       ask->has_older_crl = true; ask->crl_damage = FORGE_REVOKES)
CHANGE(certified_forged_crl, ask->has_certificates = true; ask->has_points = true; ask->has_crl = true;
       ask->has_older_crl = true; ask->crl_damage = FORGE_OTHER_KEY)

static const struct row certified_rows[] = {
	{ "certified", certified, "" },
	{ "certified until yesterday", certified_expired, "tpm.ak-unbound certificate.expired" },
	{ "certified by somebody else", certified_broken, "tpm.ak-unbound certificate.signature-invalid" },
	{ "another key is certified", certified_other, "tpm.ak-unbound" },
	{ "certified by swtpm", certified_swtpm, "tpm.ca-denied" },
	{ "certified, nobody trusts the root", certified_no_root, "tpm.ak-unbound certificate.root-untrusted" },
	{ "certified under a root for tests", certified_test, "root.non-production" },
	{ "no list", certified_no_crl, "tpm.crl-missing" },
	{ "a list", certified_crl, "" },
	{ "revoked", certified_revoked, "certificate.revoked" },
	{ "a list of last year", certified_old_crl, "crl.expired" },
	{ "a list that can't be read is not missing", certified_crl_cut, "crl.malformed" },
	{ "revoked by the newer of two lists", certified_revoked_since, "certificate.revoked" },
	{ "a list that somebody else made, beside a sound one", certified_forged_crl, "" },
};

/* CRLDistributionPoints with one URL, as an extension. spec: RFC 5280 4.2.1.13 */
static void add_points(struct forge_buffer *extensions)
{
	static const char url[] = "http://crl.example/ca.crl";
	struct forge_buffer value = { NULL, 0, 0 };
	size_t points = forge_open(&value, 0x30);
	size_t point = forge_open(&value, 0x30);
	size_t name = forge_open(&value, 0xa0);
	size_t full = forge_open(&value, 0xa0);

	forge_add_element(&value, 0x86, tally_text(url));
	forge_close(&value, full);
	forge_close(&value, name);
	forge_close(&value, point);
	forge_close(&value, points);
	forge_add_extension(extensions, tally_bytes("\x55\x1d\x1f", 3), false, forge_bytes(&value));
	free(value.data);
}

static struct tally_bytes certificate(const struct ask *ask, bool is_root, EVP_PKEY *key)
{
	const char *authority = ask->is_swtpm ? "swtpm-localca-rootca" : "TPM Root";
	struct forge_buffer extensions = { NULL, 0, 0 };
	struct forge_certificate plan = { .subject = is_root ? authority : "AK",
					  .issuer = authority,
					  .key = is_root ? forge_key(FORGE_P256, 2) : key,
					  .signer = { forge_key(FORGE_P256, 2), EVP_sha256(), FORGE_NO_PSS },
					  .serial = is_root ? 1 : 77,
					  .not_before = FORGE_TIME - FORGE_DAY,
					  .not_after = FORGE_TIME + FORGE_DAY,
					  .is_ca = is_root,
					  .path_limit = -1,
					  .key_usage = is_root ? FORGE_USAGE_CA : FORGE_USAGE_SIGN,
					  .damage = is_root ? FORGE_SOUND : ask->leaf_damage };
	struct tally_bytes der;

	if (!is_root && ask->has_points)
		add_points(&extensions);
	plan.extensions = forge_bytes(&extensions);
	der = forge_certificate(&plan);
	free(extensions.data);
	return der;
}

static struct tally_bytes revocation_list(int64_t age, enum forge_damage damage)
{
	struct forge_crl plan = { .issuer = "TPM Root",
				  .signer = { forge_key(FORGE_P256, 2), EVP_sha256(), FORGE_NO_PSS },
				  .this_update = FORGE_TIME - FORGE_DAY - age,
				  .next_update = FORGE_TIME + FORGE_DAY,
				  .number = 1,
				  .asked = 77,
				  .damage = damage };

	return forge_crl(&plan);
}

struct case_files {
	struct tally_collateral_item item[4];
	struct tally_collateral collateral;
	struct tally_bytes root;
	struct tally_roots roots;
	uint8_t root_hash[32];
};

static void files_open(struct case_files *files, const struct forge_tpm *plan, const struct ask *ask)
{
	EVP_PKEY *key = forge_key(FORGE_P256, plan->named_key == 3 ? 0 : plan->named_key);

	memset(files, 0, sizeof(*files));
	files->root = certificate(ask, true, NULL);
	EVP_Digest(files->root.data, files->root.size, files->root_hash, NULL, EVP_sha256(), NULL);
	files->collateral.item = files->item;
	files->roots = (struct tally_roots){ 1, &files->root };
	if (!ask->has_certificates)
		return;
	files->item[files->collateral.count++] =
		(struct tally_collateral_item){ TALLY_COLLATERAL_CERTIFICATES, "ak.der", certificate(ask, false, key) };
	files->item[files->collateral.count++] =
		(struct tally_collateral_item){ TALLY_COLLATERAL_CERTIFICATES, "root.der", exact_copy(files->root) };
	if (ask->has_older_crl)
		files->item[files->collateral.count++] =
			(struct tally_collateral_item){ TALLY_COLLATERAL_CRL, "old.der",
							revocation_list(1, FORGE_SOUND) };
	if (ask->has_crl)
		files->item[files->collateral.count++] =
			(struct tally_collateral_item){ TALLY_COLLATERAL_CRL, "crl.der",
							revocation_list(0, ask->crl_damage) };
}

static void files_close(struct case_files *files)
{
	for (size_t i = 0; i < files->collateral.count; i++)
		free_bytes(files->item[i].bytes);
	free_bytes(files->root);
}

static void add_register(char *text, const struct forge_tpm *plan, unsigned pcr, bool is_first)
{
	uint16_t bank = plan->mask >> pcr & 1 ? plan->bank : plan->second_bank;
	uint8_t value[64];
	char hex[129];

	forge_tpm_value(plan, bank, pcr, value);
	hex_text(value, forge_tpm_size(bank), hex);
	if (bank == FORGE_TPM_SHA1)
		snprintf(text + strlen(text), POLICY_ROOM - strlen(text),
			 "%s\"tpm.pcr%u\": [{\"ignore\": {\"max\": 1}}]", is_first ? "" : ", ", pcr);
	else
		snprintf(text + strlen(text), POLICY_ROOM - strlen(text), "%s\"tpm.pcr%u\": {\"value\": \"%s:%s\"}",
			 is_first ? "" : ", ", pcr, bank == FORGE_TPM_SHA256 ? "sha256" : "sha384", hex);
}

/* The section "tpm", with one fingerprint where it asks for one. */
static void add_section(char *text, const struct forge_tpm *plan, const struct ask *ask, const struct case_files *files)
{
	struct forge_tpm pinned = *plan;
	uint8_t fingerprint[32];
	char hex[65];

	pinned.named_key = 0;
	if (ask->tpm && !*ask->tpm)
		return;
	forge_tpm_fingerprint(&pinned, fingerprint);
	hex_text(ask->has_certificates ? files->root_hash : fingerprint, 32, hex);
	if (ask->lacks_roots)
		return;
	snprintf(text + strlen(text), POLICY_ROOM - strlen(text), ", \"tpm\": {");
	if (ask->tpm && strstr(ask->tpm, "pcrs"))
		snprintf(text + strlen(text), POLICY_ROOM - strlen(text), "\"keys\": \"sha256:%s\", %s}", hex,
			 strstr(ask->tpm, "\"pcrs\""));
	else
		snprintf(text + strlen(text), POLICY_ROOM - strlen(text), "\"%s\": \"sha256:%s\"}",
			 ask->has_certificates ? "roots" : "keys", hex);
}

/* The soft report's claims, as evidence.h has them. */
static void add_soft(char *text)
{
	static const char *const statics[] = { "mrtd", "mrconfigid", "mrowner", "mrownerconfig" };
	char hex[97];

	memset(hex, '4', sizeof(hex));
	for (size_t i = 1; i < 96; i += 2)
		hex[i] = '1';
	hex[96] = 0;
	for (size_t i = 0; i < COUNT(statics); i++)
		snprintf(text + strlen(text), POLICY_ROOM - strlen(text), "\"soft.%s\": \"%s\", ", statics[i], hex);
}

static struct tally_policy *policy_of(const struct forge_tpm *plan, const struct ask *ask,
				      const struct case_files *files)
{
	uint32_t ruled = ask->ruled ? ask->ruled : plan->mask | plan->second_mask;
	char *text = calloc(1, POLICY_ROOM);
	struct tally_policy_problem problem;
	struct tally_policy *policy = NULL;
	bool is_first = true;

	assert_non_null(text);
	snprintf(text, POLICY_ROOM, "{\"tally-policy\": 1, \"binding\": \"%s\"%s, \"claims\": {",
		 ask->is_tally ? "tally" : "raw", ask->more ? ask->more : "");
	if (ask->soft)
		add_soft(text);
	snprintf(text + strlen(text), POLICY_ROOM - strlen(text),
		 "\"tpm.firmware-version\": \"0000000000002026\"}, \"registers\": {%s",
		 ask->soft ? "\"soft.rtmr0\": [], \"soft.rtmr1\": [], \"soft.rtmr2\": [{\"require\": {\"name\": "
			     "\"app\"}}], \"soft.rtmr3\": [], "
			   : "");
	for (unsigned pcr = 0; pcr < FORGE_TPM_PCRS; pcr++) {
		if (!(ruled >> pcr & 1))
			continue;
		add_register(text, plan, pcr, is_first);
		is_first = false;
	}
	snprintf(text + strlen(text), POLICY_ROOM - strlen(text), "}");
	if (ask->soft) {
		char hex[65];

		hex_text(ask->soft->fingerprint, 32, hex);
		snprintf(text + strlen(text), POLICY_ROOM - strlen(text), ", \"soft\": {\"keys\": \"sha256:%s\"}", hex);
	}
	add_section(text, plan, ask, files);
	snprintf(text + strlen(text), POLICY_ROOM - strlen(text), "}");
	if (tally_policy_read(tally_text(text), &policy, &problem) != TALLY_OK)
		fail_msg("%s in %s", problem.text, text);
	free(text);
	return policy;
}

static struct tally_bytes bundle_with(const struct forge_tpm *plan, struct tally_bytes log)
{
	struct tally_bytes quote = forge_tpm_quote(plan);
	struct tally_bytes pcrs = forge_tpm_pcrs(plan);
	struct tally_bundle *bundle = calloc(1, sizeof(*bundle));
	uint8_t memory[16384];
	struct tally_writer writer = tally_writer(memory, sizeof(memory));

	assert_non_null(bundle);
	evidence_add_member(bundle, "report", "application/vnd.tally.tpm-quote+cbor", quote);
	if (!plan->lacks_pcrs)
		evidence_add_member(bundle, "tpm-pcrs", "application/vnd.tally.tpm-pcrs+cbor", pcrs);
	if (log.size)
		evidence_add_member(bundle, "log", "application/vnd.tally.log+cel-tlv", log);
	tally_bundle_write(&writer, bundle);
	assert_int_equal(writer.status, TALLY_OK);
	free(bundle);
	free_bytes(quote);
	free_bytes(pcrs);
	return exact_copy(tally_written(&writer));
}

static struct tally_bytes bundle_of(const struct forge_tpm *plan)
{
	return bundle_with(plan, tally_bytes(NULL, 0));
}

/* The codes of a verdict, each once, ascending by number. */
static void codes_of(const struct tally_verdict *verdict, char *text, size_t size)
{
	text[0] = 0;
	for (int number = 1; number < 1000; number++) {
		for (size_t i = 0; i < verdict->finding_count; i++) {
			if ((int)verdict->finding[i].reason != number)
				continue;
			snprintf(text + strlen(text), size - strlen(text), "%s%s", *text ? " " : "",
				 tally_reason_code((enum tally_reason)number));
			break;
		}
	}
}

/* Codes in another order are the same codes. */
static bool same_codes(const char *expected, const char *found)
{
	char copy[512];
	size_t count = 0;

	snprintf(copy, sizeof(copy), "%s", expected);
	for (char *code = strtok(copy, " "); code; code = strtok(NULL, " "), count++)
		if (!strstr(found, code))
			return false;
	snprintf(copy, sizeof(copy), "%s", found);
	for (char *code = strtok(copy, " "); code; code = strtok(NULL, " "))
		count--;
	return count == 0;
}

static bool run_row(const struct row *row)
{
	struct tally_bytes nonce = hex_bytes(EVIDENCE_NONCE);
	struct case_files files;
	struct forge_tpm plan;
	struct ask ask = { 0 };
	struct tally_verify_request request = { .has_nonce = true, .nonce = nonce, .time = FORGE_TIME };
	struct tally_verdict *verdict = NULL;
	struct tally_policy *policy;
	char codes[512];
	bool holds;

	forge_tpm_plan(&plan, nonce);
	row->change(&plan, &ask);
	files_open(&files, &plan, &ask);
	policy = policy_of(&plan, &ask, &files);
	request.policy = policy;
	request.evidence = bundle_of(&plan);
	request.collateral = &files.collateral;
	request.roots = ask.is_test_root ? &files.roots : NULL;
	assert_int_equal(tally_verify(&request, &verdict), TALLY_OK);
	codes_of(verdict, codes, sizeof(codes));
	holds = same_codes(row->expected, codes) && verdict->is_accepted == (row->expected[0] == 0);
	if (!holds)
		print_message("%s\nexpected: %s\nfound:    %s\n", row->name, row->expected, codes);
	tally_verdict_free(verdict);
	tally_policy_free(policy);
	free_bytes(request.evidence);
	free_bytes(nonce);
	files_close(&files);
	return holds;
}

static void run_rows(const struct row *rows, size_t count)
{
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++)
		wrong += !run_row(&rows[i]);
	assert_int_equal(wrong, 0);
}

static void sound_quotes_are_accepted(void **state)
{
	(void)state;
	run_rows(sound_rows, COUNT(sound_rows));
}

static void each_damage_has_its_reason(void **state)
{
	(void)state;
	run_rows(damaged_rows, COUNT(damaged_rows));
}

static void keys_are_certified(void **state)
{
	(void)state;
	run_rows(certified_rows, COUNT(certified_rows));
}

static struct tally_verdict *judge_quote(struct tally_bytes evidence, const struct tally_policy *policy,
					 struct tally_bytes nonce)
{
	struct tally_verify_request request = { .has_nonce = true, .nonce = nonce, .time = FORGE_TIME };
	struct tally_verdict *verdict = NULL;

	request.policy = policy;
	request.evidence = evidence;
	assert_int_equal(tally_verify(&request, &verdict), TALLY_OK);
	return verdict;
}

/* Every bit of what is signed, and every prefix of the evidence. */
static void no_bit_and_no_prefix_passes(void **state)
{
	struct tally_bytes nonce = hex_bytes(EVIDENCE_NONCE);
	struct case_files files;
	struct forge_tpm plan;
	struct ask ask = { 0 };
	struct tally_policy *policy;
	struct tally_bytes evidence;
	uint8_t *bytes;

	(void)state;
	forge_tpm_plan(&plan, nonce);
	/* Of a public area only the key is pinned. */
	plan.has_spki = true;
	files_open(&files, &plan, &ask);
	policy = policy_of(&plan, &ask, &files);
	evidence = bundle_of(&plan);
	bytes = (uint8_t *)(uintptr_t)evidence.data;
	for (size_t bit = 0; bit < 8 * evidence.size; bit++) {
		struct tally_verdict *verdict;

		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		verdict = judge_quote(evidence, policy, nonce);
		if (verdict->is_accepted)
			fail_msg("bit %zu of %zu makes no difference", bit, 8 * evidence.size);
		tally_verdict_free(verdict);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t size = 0; size < evidence.size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(evidence.data, size));
		struct tally_verdict *verdict = judge_quote(prefix, policy, nonce);

		assert_false(verdict->is_accepted);
		assert_true(verdict->is_malformed);
		tally_verdict_free(verdict);
		free_bytes(prefix);
	}
	tally_policy_free(policy);
	free_bytes(evidence);
	free_bytes(nonce);
	files_close(&files);
}

/* A log that says in its base which boot of the TPM it belongs to. */
static struct tally_bytes log_of_boot(uint32_t reset_count, uint32_t restart_count)
{
	struct tally_key *key = NULL;
	struct evidence *evidence;
	struct tally_control_base base = { .has_reset_count = true,
					   .reset_count = reset_count,
					   .has_restart_count = true,
					   .restart_count = restart_count };
	uint8_t memory[EVIDENCE_BLOCK], whole[2 * EVIDENCE_BLOCK];
	struct tally_writer content = tally_writer(memory, sizeof(memory));
	struct tally_writer log = tally_writer(whole, sizeof(whole));

	assert_int_equal(tally_key_generate(&key), TALLY_OK);
	evidence = evidence_new(key, evidence_registers_tpm);
	snprintf(evidence->set.provider, sizeof(evidence->set.provider), "tpm");
	for (size_t i = 0; i < evidence->set.count; i++) {
		struct tally_digests sha256 = { 1, { evidence->set.item[i].reset.digest[1] } };

		evidence->set.item[i].reset = evidence->value[i] = sha256;
	}
	evidence_header(evidence);
	base.value = evidence->value[0];
	tally_control_write_base(&content, &base);
	evidence_control(evidence, 0, &content);
	evidence_log(evidence, 0, evidence->record_count, &log);
	evidence_free(evidence);
	tally_key_free(key);
	return exact_copy(tally_written(&log));
}

static void a_log_belongs_to_one_boot_of_the_tpm(void **state)
{
	struct tally_bytes nonce = hex_bytes(EVIDENCE_NONCE);
	struct forge_tpm plan;

	(void)state;
	forge_tpm_plan(&plan, nonce);
	plan.fill = 0;
	for (uint32_t kind = 0; kind < 3; kind++) {
		struct tally_bytes log = log_of_boot(plan.reset_count + (kind == 1), 0 + (kind == 2));
		struct ask ask = { .more = ", \"allow\": [\"all-zero-registers\"]" };
		struct case_files files;
		struct tally_policy *policy;
		struct tally_bytes evidence;
		struct tally_verdict *verdict;
		char codes[512];

		files_open(&files, &plan, &ask);
		policy = policy_of(&plan, &ask, &files);
		evidence = bundle_with(&plan, log);
		verdict = judge_quote(evidence, policy, nonce);
		codes_of(verdict, codes, sizeof(codes));
		assert_string_equal(codes, kind == 0 ? "" : "tpm.reset-mismatch");
		tally_verdict_free(verdict);
		tally_policy_free(policy);
		free_bytes(evidence);
		free_bytes(log);
		files_close(&files);
	}
	free_bytes(nonce);
}

/* What a soft report asserts, a policy may admit; what nothing names, none can. */
static void members_need_an_edge(void **state)
{
	static const struct {
		bool is_raw;
		const char *edges;
		const char *expected;
	} cases[] = {
		{ false, "", "composite.edge-asserted" },
		{ false, ", \"edges\": \"asserted\"", "" },
		{ true, ", \"edges\": \"asserted\"", "composite.edge-none" },
	};
	struct tally_key *key = NULL;

	(void)state;
	assert_int_equal(tally_key_generate(&key), TALLY_OK);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct evidence *evidence = evidence_new(key, evidence_registers_tdx);
		struct ask ask = { .more = cases[i].edges, .soft = evidence, .is_tally = !cases[i].is_raw };
		struct case_files files;
		struct forge_tpm plan;
		struct tally_policy *policy;
		struct tally_bytes bundle;
		struct tally_verdict *verdict;
		char codes[512];

		forge_tpm_plan(&plan, evidence->nonce);
		evidence_header(evidence);
		evidence_event(evidence, 2, "test", "app", "0:0", "one");
		evidence->has_raw_report_data = cases[i].is_raw;
		evidence->tpm_quote = forge_tpm_quote(&plan);
		evidence->tpm_pcrs = forge_tpm_pcrs(&plan);
		files_open(&files, &plan, &ask);
		policy = policy_of(&plan, &ask, &files);
		bundle = evidence_bundle(evidence, false);
		verdict = judge_quote(bundle, policy, evidence->nonce);
		codes_of(verdict, codes, sizeof(codes));
		assert_string_equal(codes, cases[i].expected);
		assert_int_equal(verdict->edge_count, 1);
		tally_verdict_free(verdict);
		tally_policy_free(policy);
		free_bytes(bundle);
		free_bytes(evidence->tpm_quote);
		free_bytes(evidence->tpm_pcrs);
		evidence_free(evidence);
		files_close(&files);
	}
	tally_key_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_quotes_are_accepted),
		cmocka_unit_test(each_damage_has_its_reason),
		cmocka_unit_test(keys_are_certified),
		cmocka_unit_test(no_bit_and_no_prefix_passes),
		cmocka_unit_test(a_log_belongs_to_one_boot_of_the_tpm),
		cmocka_unit_test(members_need_an_edge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
