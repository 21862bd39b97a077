/* SPDX-License-Identifier: BSD-2-Clause */
/* What the verifier says of a TPM's forged quote: judged by a policy that fits it but for one thing. */
#ifndef TALLY_TESTS_FORGE_TPM_VERDICT_H
#define TALLY_TESTS_FORGE_TPM_VERDICT_H

#include "../unit/evidence.h"
#include "../unit/placed.h"

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

static inline void hex_text(const uint8_t *bytes, size_t size, char *ret)
{
	for (size_t i = 0; i < size; i++)
		snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
}

#define CHANGE(name, ...)                                         \
	static void name(struct forge_tpm *plan, struct ask *ask) \
	{                                                         \
		(void)plan;                                       \
		(void)ask;                                        \
		__VA_ARGS__;                                      \
	}

/* CRLDistributionPoints with one URL, as an extension. spec: RFC 5280 4.2.1.13 */
static inline void add_points(struct forge_buffer *extensions)
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

static inline struct tally_bytes certificate(const struct ask *ask, bool is_root, EVP_PKEY *key)
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

static inline struct tally_bytes revocation_list(int64_t age, enum forge_damage damage)
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

static inline void files_open(struct case_files *files, const struct forge_tpm *plan, const struct ask *ask)
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

static inline void files_close(struct case_files *files)
{
	for (size_t i = 0; i < files->collateral.count; i++)
		free_bytes(files->item[i].bytes);
	free_bytes(files->root);
}

static inline void add_register(char *text, const struct forge_tpm *plan, unsigned pcr, bool is_first)
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
static inline void add_section(char *text, const struct forge_tpm *plan, const struct ask *ask,
			       const struct case_files *files)
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
static inline void add_soft(char *text)
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

static inline struct tally_policy *policy_of(const struct forge_tpm *plan, const struct ask *ask,
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

static inline struct tally_bytes bundle_with(const struct forge_tpm *plan, struct tally_bytes log)
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

static inline struct tally_bytes bundle_of(const struct forge_tpm *plan)
{
	return bundle_with(plan, tally_bytes(NULL, 0));
}

/* The codes of a verdict, each once, ascending by number. */
static inline void codes_of(const struct tally_verdict *verdict, char *text, size_t size)
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
static inline bool same_codes(const char *expected, const char *found)
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

static inline bool run_row(const struct row *row)
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
	expect_places(verdict);
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

static inline void run_rows(const struct row *rows, size_t count)
{
	size_t wrong = 0;

	for (size_t i = 0; i < count; i++)
		wrong += !run_row(&rows[i]);
	assert_int_equal(wrong, 0);
}

#endif
