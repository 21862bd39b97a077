// SPDX-License-Identifier: BSD-2-Clause
/* Real machines of Azure: hardware report, HCL report and a quote of the vTPM, each tied to the one before it. */
#include "vectors.h"

#include "../../crypto/sign.h"
#include "../../format/base64.h"
#include "../../format/bundle.h"
#include "../../format/tpm_evidence.h"
#include "../../verify/verify.h"
#include "snp-policy.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define FOLDER "azure-hcl"
#define COLLATERAL "tdx-collateral"
#define COLLATERAL_SET "automata-2025-07-00806f"
#define CODES_SIZE 1024
#define ITEM_LIMIT 8

/* Times at which these machines are judged. */
static const struct row {
	const char *name;
	const char *product; /* NULL: TDX */
	int64_t time;
	const char *why;     /* this time */
	const char *unasked; /* what the default policy finds: without AMD's list nothing vouches for the vTPM */
} rows[] = {
	{ "trustee-snp-genoa", "Genoa", INT64_C(1756684800), "2025-09-01: VCEK of January 2025",
	  "binding.missing composite.edge-none freshness.none log.missing policy.unruled snp.crl-missing "
	  "snp.id-unpinned "
	  "snp.tcb-unruled time.not-admitted tpm.ak-unbound" },
	{ "trustee-snp-v1", "Milan", INT64_C(1756684800), "2025-09-01: VCEK of January 2025",
	  "binding.missing composite.edge-none freshness.none log.missing policy.unruled snp.crl-missing "
	  "snp.id-unpinned "
	  "snp.tcb-unruled time.not-admitted tpm.ak-unbound" },
	{ "trustee-tdx-v1", NULL, INT64_C(1753175614), "2025-07-22T09:13:34Z: what its collateral was fetched for",
	  "binding.missing freshness.none log.missing policy.unruled registers.all-zero tdx.sept-ve tdx.tcb-status "
	  "time.not-admitted" },
};

/* One machine on its way through the verifier. */
struct machine {
	const struct row *row;
	json_t *answers;
	struct tally_bytes hcl;
	struct tally_bytes report; /* SNP: inside hcl */
	struct tally_bytes attest;
	struct tally_bytes signature;
	struct tally_bytes nonce;
	size_t item_count;
	struct tally_collateral_item item[ITEM_LIMIT];
};

static void add_item(struct machine *machine, enum tally_collateral_kind kind, struct tally_bytes bytes)
{
	assert_true(machine->item_count < ITEM_LIMIT);
	machine->item[machine->item_count++] = (struct tally_collateral_item){ kind, "vector", bytes };
}

static void add_intel(struct machine *machine)
{
	add_item(machine, TALLY_COLLATERAL_TDX_TCB_INFO, vector_bytes(COLLATERAL, COLLATERAL_SET, ".tcbinfo.json"));
	add_item(machine, TALLY_COLLATERAL_TDX_QE_IDENTITY,
		 vector_bytes(COLLATERAL, COLLATERAL_SET, ".qeidentity.json"));
	add_item(machine, TALLY_COLLATERAL_CERTIFICATES,
		 vector_bytes(COLLATERAL, COLLATERAL_SET, ".tcbsign-chain.pem"));
	add_item(machine, TALLY_COLLATERAL_CRL, vector_bytes(COLLATERAL, COLLATERAL_SET, ".pckcrl.der"));
	add_item(machine, TALLY_COLLATERAL_CRL, vector_bytes(COLLATERAL, COLLATERAL_SET, ".rootcrl.der"));
}

static void machine_open(struct machine *machine, const struct row *row)
{
	memset(machine, 0, sizeof(*machine));
	machine->row = row;
	machine->answers = vector_answers(FOLDER, row->name);
	machine->hcl = vector_bytes(FOLDER, row->name, ".hcl.bin");
	machine->attest = vector_bytes(FOLDER, row->name, ".tpmquote.msg");
	machine->signature = vector_bytes(FOLDER, row->name, ".tpmquote.sig");
	machine->nonce = hex_bytes(json_string_value(json_object_get(machine->answers, "tpm_quote_nonce")));
	if (row->product) {
		machine->report = exact_copy(tally_bytes(machine->hcl.data + 32, SNP_SIZE));
		add_item(machine, TALLY_COLLATERAL_CERTIFICATES, vector_bytes(FOLDER, row->name, ".vcek.der"));
	} else {
		machine->report = vector_bytes(FOLDER, row->name, ".tdquote.bin");
		add_intel(machine);
	}
}

static void machine_close(struct machine *machine)
{
	json_decref(machine->answers);
	free_bytes(machine->hcl);
	free_bytes(machine->attest);
	free_bytes(machine->signature);
	free_bytes(machine->nonce);
	free_bytes(machine->report);
	for (size_t i = 0; i < machine->item_count; i++)
		free_bytes(machine->item[i].bytes);
}

/* The PCRs of the sidecar: the file lists all of them, in hex. */
static json_t *pcrs_of(const struct machine *machine)
{
	char path[4096];
	json_t *pcrs;

	snprintf(path, sizeof(path), "%s/" FOLDER "/%s.pcrs.json", vectors_path(), machine->row->name);
	pcrs = json_load_file(path, 0, NULL);
	assert_int_equal(json_array_size(pcrs), TALLY_PCR_COUNT);
	return pcrs;
}

static struct tally_bytes write_pcrs(const struct machine *machine, uint8_t *room, size_t size)
{
	static struct tally_tpm_pcrs values;
	struct tally_writer writer = tally_writer(room, size);
	json_t *pcrs = pcrs_of(machine);

	memset(&values, 0, sizeof(values));
	for (size_t pcr = 0; pcr < TALLY_PCR_COUNT; pcr++) {
		struct tally_bytes bytes = hex_bytes(json_string_value(json_array_get(pcrs, pcr)));
		struct tally_digest digest;

		assert_int_equal(tally_digest_set(&digest, TALLY_SHA256, bytes), TALLY_OK);
		assert_int_equal(tally_digests_add(&values.value[pcr], &digest), TALLY_OK);
		free_bytes(bytes);
	}
	json_decref(pcrs);
	tally_tpm_pcrs_write(&writer, &values);
	return tally_written(&writer);
}

/* The AK as the sidecar has it: its modulus in base64url. */
static struct tally_key *ak_of(const struct machine *machine)
{
	static const uint8_t exponent[] = { 1, 0, 1 };
	uint8_t room[512];
	struct tally_span span = { room, sizeof(room) };
	struct tally_bytes modulus;
	struct tally_key *key = NULL;

	assert_int_equal(tally_base64_read(tally_text(json_string_value(json_object_get(machine->answers, "ak_rsa_n"))),
					   TALLY_BASE64_URL, span, &modulus),
			 TALLY_OK);
	assert_int_equal(tally_key_from_rsa(modulus, tally_bytes(exponent, sizeof(exponent)), &key), TALLY_OK);
	return key;
}

/* The signature is stored raw: RSASSA with SHA-256 of 2048 bits. */
static struct tally_bytes write_quote(const struct machine *machine, uint8_t *room, size_t size)
{
	struct tally_writer writer = tally_writer(room, size);
	uint8_t signature[6 + 256] = { 0x00, 0x14, 0x00, 0x0b, 0x01, 0x00 };
	struct tally_tpm_evidence evidence = { .attest = machine->attest,
					       .signature = { signature, sizeof(signature) } };
	struct tally_key *key = ak_of(machine);
	uint8_t *spki = NULL;

	assert_int_equal(machine->signature.size, 256);
	memcpy(signature + 6, machine->signature.data, 256);
	assert_int_equal(tally_key_spki(key, &spki, &evidence.spki.size), TALLY_OK);
	evidence.spki.data = spki;
	tally_tpm_evidence_write(&writer, &evidence);
	free(spki);
	tally_key_free(key);
	return tally_written(&writer);
}

static void add_member(struct tally_bundle *bundle, const char *label, const char *type, struct tally_bytes value)
{
	bundle->member[bundle->count++] = (struct tally_member){ tally_text(label), tally_text(type), value };
}

static struct tally_verdict *judge(const struct machine *machine, const struct tally_policy *policy)
{
	static uint8_t room[65536], pcrs[8192], quote[8192];
	struct tally_writer writer = tally_writer(room, sizeof(room));
	struct tally_collateral collateral = { machine->item_count, machine->item };
	struct tally_bundle *bundle = calloc(1, sizeof(*bundle));
	struct tally_verify_request request = { .collateral = &collateral,
						.policy = policy,
						.has_nonce = policy != NULL,
						.nonce = machine->nonce,
						.time = machine->row->time,
						.is_time_given = true };
	struct tally_verdict *verdict;

	assert_non_null(bundle);
	add_member(bundle, TALLY_LABEL_REPORT, machine->row->product ? TALLY_MEDIA_SNP_REPORT : TALLY_MEDIA_TDX_QUOTE,
		   machine->report);
	add_member(bundle, TALLY_LABEL_MANIFEST, TALLY_MEDIA_AZURE_HCL, machine->hcl);
	add_member(bundle, TALLY_LABEL_TPM_QUOTE, TALLY_MEDIA_TPM_QUOTE, write_quote(machine, quote, sizeof(quote)));
	add_member(bundle, TALLY_LABEL_TPM_PCRS, TALLY_MEDIA_TPM_PCRS, write_pcrs(machine, pcrs, sizeof(pcrs)));
	tally_bundle_write(&writer, bundle);
	assert_int_equal(writer.status, TALLY_OK);
	free(bundle);
	request.evidence = tally_written(&writer);
	assert_int_equal(tally_verify(&request, &verdict), TALLY_OK);
	return verdict;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static const char *codes_of(const struct tally_verdict *verdict, char room[CODES_SIZE])
{
	const char *codes[128];
	size_t count = 0;

	assert_true(verdict->finding_count <= COUNT(codes));
	for (size_t i = 0; i < verdict->finding_count; i++)
		codes[count++] = tally_reason_code(verdict->finding[i].reason);
	qsort(codes, count, sizeof(codes[0]), compare_texts);
	room[0] = 0;
	for (size_t i = 0; i < count; i++)
		if (i == 0 || strcmp(codes[i], codes[i - 1]) != 0)
			snprintf(room + strlen(room), CODES_SIZE - strlen(room), "%s%s", i ? " " : "", codes[i]);
	return room;
}

/* Behind magic, type, signer, nonce and clock. spec: TPM 2.0 part 2, 10.12.8 */
static json_t *firmware_version(const struct machine *machine)
{
	const uint8_t *attest = machine->attest.data;
	size_t at = 6;

	at += 2 + ((size_t)attest[at] << 8) + attest[at + 1];
	at += 2 + ((size_t)attest[at] << 8) + attest[at + 1];
	return snp_hex(machine->attest, at + 17, 8);
}

static json_t *tdx_policy_json(const struct machine *machine)
{
	json_t *answers = vector_answers("tdx-quote", "trustee-azure-td");
	static const char *const names[][2] = {
		{ "tdx.mrtd", "mrtd" },		  { "tdx.mrconfigid", "mrconfigid" },
		{ "tdx.mrowner", "mrowner" },	  { "tdx.mrownerconfig", "mrownerconfig" },
		{ "tdx.attributes", "tdattr" },	  { "tdx.xfam", "xfam" },
		{ "tdx.tee-tcb-svn", "tcb_svn" }, { "tdx.mrseam", "mrseam" }
	};
	json_t *claims = json_object();
	json_t *registers = json_object();
	char name[16];

	(void)machine;
	for (size_t i = 0; i < COUNT(names); i++)
		json_object_set(claims, names[i][0], json_object_get(answers, names[i][1]));
	for (unsigned i = 0; i < 4; i++) {
		char value[120];

		snprintf(name, sizeof(name), "rtmr%u", i);
		snprintf(value, sizeof(value), "sha384:%s", json_string_value(json_object_get(answers, name)));
		snprintf(name, sizeof(name), "tdx.rtmr%u", i);
		json_object_set_new(registers, name, json_pack("{s:s}", "value", value));
	}
	json_decref(answers);
	return json_pack("{s:i,s:s,s:[s,s,s],s:{s:[s],s:[s,s,s]},s:o,s:o}", "tally-policy", 1, "binding", "raw",
			 "allow", "time", "tdx.sept-ve", "all-zero-registers", "tdx", "tcb-status", "OutOfDate",
			 "advisories", "INTEL-SA-00960", "INTEL-SA-00982", "INTEL-SA-00986", "claims", claims,
			 "registers", registers);
}

static struct tally_policy *policy_of(const struct machine *machine)
{
	static const char *const exceptions[] = { "time", "snp.crl-missing", "all-zero-registers", NULL };
	const struct row *row = machine->row;
	json_t *json = row->product ? snp_policy_json(machine->report, row->product, NULL, "raw", exceptions)
				    : tdx_policy_json(machine);
	json_t *pcrs = pcrs_of(machine);
	json_t *registers = json_object_get(json, "registers");

	if (!registers) {
		registers = json_object();
		json_object_set_new(json, "registers", registers);
	}
	for (size_t pcr = 0; pcr < TALLY_PCR_COUNT; pcr++) {
		char value[80];
		char name[16];

		snprintf(name, sizeof(name), "tpm.pcr%zu", pcr);
		snprintf(value, sizeof(value), "sha256:%s", json_string_value(json_array_get(pcrs, pcr)));
		json_object_set_new(registers, name, json_pack("{s:s}", "value", value));
	}
	json_decref(pcrs);
	json_object_set_new(json_object_get(json, "claims"), "tpm.firmware-version", firmware_version(machine));
	return snp_policy(json);
}

static void expect_codes(const struct machine *machine, const struct tally_verdict *verdict, const char *expected)
{
	char codes[CODES_SIZE];

	if (strcmp(codes_of(verdict, codes), expected) != 0)
		fail_msg("%s: %s\nexpected: %s", machine->row->name, codes, expected);
	assert_int_equal(verdict->is_accepted, *expected == 0);
}

static void each_machine_is_judged_twice(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_policy *policy;
		struct tally_verdict *verdict;
		struct machine machine;

		machine_open(&machine, &rows[i]);
		assert_true(rows[i].why[0] != 0);
		verdict = judge(&machine, NULL);
		expect_codes(&machine, verdict, rows[i].unasked);
		tally_verdict_free(verdict);
		policy = policy_of(&machine);
		verdict = judge(&machine, policy);
		expect_codes(&machine, verdict, "");
		assert_int_equal(verdict->edge_count, 1);
		assert_int_equal(verdict->edge[0].edge, TALLY_EDGE_VOUCHED);
		assert_int_equal(verdict->member_count, 2);
		assert_non_null(verdict->member[1].authenticated);
		tally_verdict_free(verdict);
		tally_policy_free(policy);
		machine_close(&machine);
	}
}

/* One bit of what each signature covers, and of what it is. */
static void nothing_of_a_machine_can_change(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_policy *policy;
		struct machine machine;
		struct tally_bytes *parts[] = { &machine.hcl, &machine.attest, &machine.signature, &machine.report };

		machine_open(&machine, &rows[i]);
		policy = policy_of(&machine);
		for (size_t part = 0; part < COUNT(parts); part++) {
			size_t size = parts[part]->size;

			for (size_t at = 0; at < size; at += size / 24 + 1) {
				uint8_t *byte = (uint8_t *)(uintptr_t)parts[part]->data + at;
				struct tally_verdict *verdict;

				/* A TDREPORT is no member's evidence: the quote is. */
				if (parts[part] == &machine.hcl && at >= 32 && at < 32 + 1024 && !rows[i].product)
					continue;
				if (parts[part] == &machine.report && !rows[i].product && at >= 4936)
					continue;
				*byte ^= 0x10;
				verdict = judge(&machine, policy);
				if (verdict->is_accepted)
					fail_msg("%s: part %zu, byte %zu", rows[i].name, part, at);
				tally_verdict_free(verdict);
				*byte ^= 0x10;
			}
		}
		tally_policy_free(policy);
		machine_close(&machine);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_machine_is_judged_twice),
		cmocka_unit_test(nothing_of_a_machine_can_change),
	};

	if (vectors_are_missing())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
