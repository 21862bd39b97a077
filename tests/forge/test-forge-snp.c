// SPDX-License-Identifier: BSD-2-Clause
/* SNP evidence of the test PKI: sound for every processor and key, and one reason for each damage. */
#include "snp-verdict.h"

static void sound_evidence_of_every_kind_is_sound(void **state)
{
	static const char *const products[] = { "Milan", "Genoa", "Turin" };
	static const struct asking table = { .is_in_table = true };
	struct forge_snp forge;

	(void)state;
	for (size_t i = 0; i < COUNT(products); i++) {
		for (int is_vlek = 0; is_vlek < 2; is_vlek++) {
			for (uint32_t version = i == 2 ? 3 : 2; version <= 5; version++) {
				forge_snp_start(&forge, products[i], is_vlek);
				forge_snp_put(&forge, SNP_AT_VERSION, version, 4);
				if (version == 2)
					memset(forge.report + SNP_AT_CPUID, 0, 3);
				expect(products[i], &forge, NULL, SOUND);
			}
			forge_snp_start(&forge, products[i], is_vlek);
			expect("in the host's table", &forge, &table, SOUND);
		}
	}
}

/* Fields of the report, signed as they are. */
static void fields_are_looked_at(void **state)
{
	static const struct {
		const char *name;
		size_t at;
		uint64_t value;
		size_t size;
		const char *expected;
	} cases[] = {
		{ "version 1", SNP_AT_VERSION, 1, 4, "snp.version-unsupported" },
		{ "version 6", SNP_AT_VERSION, 6, 4, "snp.version-unsupported" },
		{ "reserved behind the key info", 0x4c, 1, 1, "snp.report-malformed" },
		{ "reserved behind CPUID", 0x19f, 0x80, 1, "snp.report-malformed" },
		{ "reserved behind the firmware", 0x1eb, 1, 1, "snp.report-malformed" },
		{ "reserved before the signature", 0x29f, 1, 1, "snp.report-malformed" },
		{ "reserved bits of the key info", SNP_AT_KEY_INFO, 0x20, 4, "snp.report-malformed" },
		{ "algorithm 0", SNP_AT_ALGORITHM, 0, 4, "snp.signature-algorithm" },
		{ "algorithm 2", SNP_AT_ALGORITHM, 2, 4, "snp.signature-algorithm" },
		{ "the chip's key is masked", SNP_AT_KEY_INFO, 2, 4, "snp.key-masked" },
		{ "signing key 2", SNP_AT_KEY_INFO, 2 << 2, 4, "snp.signing-key" },
		{ "signing key 6", SNP_AT_KEY_INFO, 6 << 2, 4, "snp.signing-key" },
		{ "signing key 7: none", SNP_AT_KEY_INFO, 7 << 2, 4, "snp.signing-key" },
		{ "policy without its one", SNP_AT_POLICY, 0x10000, 8, "snp.policy-reserved" },
		{ "policy bit 25, page swap", SNP_AT_POLICY, 0x2030000, 8, SOUND },
		{ "policy bit 26", SNP_AT_POLICY, 0x4030000, 8, "snp.policy-reserved" },
		{ "policy bit 52", SNP_AT_POLICY, UINT64_C(0x10000000030000), 8, "snp.policy-reserved" },
		{ "debugging", SNP_AT_POLICY, 0xb0000, 8, "snp.debug" },
		{ "migration, which the policy names", SNP_AT_POLICY, 0x70000, 8, SOUND },
		{ "unknown bits of the platform, which the policy names", SNP_AT_PLATFORM_INFO, 0xff25, 8, SOUND },
		{ "VMPL 1", SNP_AT_VMPL, 1, 4, SOUND },
		{ "VMPL 3", SNP_AT_VMPL, 3, 4, SOUND },
		{ "VMPL 4", SNP_AT_VMPL, 4, 4, "snp.vmpl-host" },
		{ "the host's VMPL", SNP_AT_VMPL, 0xffffffff, 4, "snp.vmpl-host" },
		{ "an author key's digest without author key", SNP_AT_AUTHOR_KEY, 1, 1, "snp.author-key" },
		{ "another processor", SNP_AT_CPUID, 0x1119, 2, "snp.product-mismatch" },
		{ "an unknown processor", SNP_AT_CPUID, 0x0117, 2, "snp.product-mismatch snp.product-unknown" },
		{ "another chip", SNP_AT_CHIP_ID, 0xc1, 1, "snp.chip-mismatch" },
		{ "another chip, in its last byte", SNP_AT_CHIP_ID + 63, 0, 1, "snp.chip-mismatch" },
		{ "reserved byte of the launch TCB", SNP_AT_LAUNCH_TCB + 2, 1, 1, "snp.tcb-reserved" },
		{ "reserved byte of the committed TCB", SNP_AT_COMMITTED_TCB + 5, 1, 1, "snp.tcb-reserved" },
		{ "reserved byte of the current TCB", SNP_AT_CURRENT_TCB + 3, 1, 1, "snp.tcb-reserved" },
		{ "committed above current", SNP_AT_COMMITTED_TCB, 5, 1, "snp.tcb-order" },
		{ "current below committed", SNP_AT_CURRENT_TCB + 7, 218, 1, "snp.tcb-order" },
		{ "committed below reported", SNP_AT_COMMITTED_TCB + 6, 23, 1, "snp.tcb-order" },
		{ "firmware below committed", SNP_AT_CURRENT_FIRMWARE + 1, 0x36, 1, "snp.tcb-order" },
		{ "firmware above committed", SNP_AT_CURRENT_FIRMWARE, 0x1e, 1, SOUND },
		{ "launched before an update", SNP_AT_LAUNCH_TCB + 7, 1, 1, SOUND },
		{ "reported microcode above the certificate's", SNP_AT_REPORTED_TCB + 7, 218, 1,
		  "snp.certificate-tcb" },
		{ "reported boot loader", SNP_AT_REPORTED_TCB, 3, 1, "snp.certificate-tcb" },
		{ "reported TEE", SNP_AT_REPORTED_TCB + 1, 0, 1, "snp.certificate-tcb" },
		{ "reported SNP", SNP_AT_REPORTED_TCB + 6, 23, 1, "snp.certificate-tcb" },
		{ "bytes of r behind 48", SNP_AT_R + 48, 1, 1, "snp.report-malformed" },
		{ "bytes of s behind 48", SNP_AT_S + 71, 1, 1, "snp.report-malformed" },
		{ "bytes behind s", 0x49f, 1, 1, "snp.report-malformed" },
	};
	struct forge_snp forge;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		forge_snp_start(&forge, "Milan", false);
		forge_snp_put(&forge, cases[i].at, cases[i].value, cases[i].size);
		expect(cases[i].name, &forge, NULL, cases[i].expected);
	}
}

static void chips_may_hide_where_a_cloud_answers_for_them(void **state)
{
	static const struct asking excepted = { .exception = "snp.chip-masked" };
	struct forge_snp forge;

	(void)state;
	forge_snp_start(&forge, "Genoa", false);
	memset(forge.report + SNP_AT_CHIP_ID, 0, 64);
	expect("VCEK", &forge, NULL, "snp.chip-masked snp.chip-mismatch");
	expect("VCEK, excepted", &forge, &excepted, SOUND);
	forge_snp_start(&forge, "Genoa", false);
	forge.report[SNP_AT_CHIP_ID] ^= 1;
	expect("the exception is for zeros only", &forge, &excepted, "snp.chip-mismatch");
	forge_snp_start(&forge, "Genoa", true);
	memset(forge.report + SNP_AT_CHIP_ID, 0xcc, 64);
	expect("VLEK of a chip that shows itself", &forge, NULL, SOUND);
	forge_snp_start(&forge, "Turin", false);
	forge.report[SNP_AT_CHIP_ID + 8] = 1;
	expect("bytes behind a Turin's id", &forge, NULL, "snp.chip-mismatch");
}

static void signatures_are_checked(void **state)
{
	static const struct {
		const char *name;
		enum forge_scalar_damage damage;
		const char *expected;
	} cases[] = {
		{ "r = 0", FORGE_R_ZERO, "snp.signature-invalid" },
		{ "s = 0", FORGE_S_ZERO, "snp.signature-invalid" },
		{ "r = n", FORGE_R_ORDER, "snp.signature-invalid" },
		{ "s = n", FORGE_S_ORDER, "snp.signature-invalid" },
		{ "r of ones", FORGE_R_ONES, "snp.signature-invalid" },
		{ "swapped", FORGE_SWAPPED, "snp.signature-invalid" },
		{ "s = n - s", FORGE_S_NEGATED, SOUND },
	};
	struct forge_snp forge;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		forge_snp_start(&forge, "Milan", false);
		forge.scalar_damage = cases[i].damage;
		expect(cases[i].name, &forge, NULL, cases[i].expected);
	}
	forge_snp_start(&forge, "Milan", false);
	forge.is_unsigned = true;
	expect("r and s are zero", &forge, NULL, "snp.signature-missing");
	forge_snp_start(&forge, "Milan", false);
	forge.leaf_kind = FORGE_P256;
	expect("a key of another curve", &forge, NULL, "snp.certificate-key");
}

/* Members of the certificate's extensions: missing, of the other structure version, doubled, malformed. */
static void extensions_must_be_exactly_those(void **state)
{
	static const char *const all[] = { "\x01",     "\x02",	   "\x03\x01", "\x03\x02", "\x03\x03", "\x03\x04",
					   "\x03\x05", "\x03\x06", "\x03\x07", "\x03\x08", "\x04" };
	struct forge_snp forge;

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		forge_snp_start(&forge, "Milan", false);
		forge_snp_remove(&forge, all[i]);
		expect("missing", &forge, NULL, "snp.certificate-extensions");
		forge_snp_start(&forge, "Milan", false);
		forge.extension[forge.extension_count++] = *forge_snp_find(&forge, all[i]);
		expect("twice", &forge, NULL, "certificate.malformed");
		forge_snp_start(&forge, "Milan", false);
		forge_snp_set_bytes(&forge, all[i], tally_text("\x02\x02\x01\x01"));
		expect("malformed", &forge, NULL, "snp.certificate-extensions");
	}
	forge_snp_start(&forge, "Milan", false);
	forge_snp_set_number(&forge, "\x03\x09", 0);
	expect("of Turin", &forge, NULL, "snp.certificate-extensions");
	forge_snp_start(&forge, "Turin", false);
	forge_snp_set_number(&forge, "\x03\x04", 0);
	expect("of Milan", &forge, NULL, "snp.certificate-extensions");
	forge_snp_start(&forge, "Turin", false);
	forge_snp_remove(&forge, "\x03\x09");
	expect("Turin without its own", &forge, NULL, "snp.certificate-extensions");
	forge_snp_start(&forge, "Milan", false);
	forge_snp_set_number(&forge, "\x01", 1);
	expect("structure version 1", &forge, NULL, "snp.certificate-extensions");
	forge_snp_start(&forge, "Milan", false);
	forge_snp_set_number(&forge, "\x06", 0);
	expect("one that nobody knows", &forge, NULL, "snp.certificate-extensions");
	forge_snp_start(&forge, "Milan", false);
	forge_snp_set_bytes(&forge, "\x05", tally_text("\x16\x01x"));
	expect("a cloud in a VCEK", &forge, NULL, "snp.certificate-extensions");
	forge_snp_start(&forge, "Milan", true);
	forge_snp_remove(&forge, "\x05");
	expect("no cloud in a VLEK", &forge, NULL, "snp.certificate-extensions");
	forge_snp_start(&forge, "Milan", true);
	forge_snp_set_bytes(&forge, "\x04", tally_bytes(forge.report, 64));
	expect("a chip in a VLEK", &forge, NULL, "snp.certificate-extensions");
}

static void set_product(struct forge_snp *forge, const char *der)
{
	forge_snp_set_bytes(forge, "\x02", tally_text(der));
}

static void values_of_extensions_must_fit(void **state)
{
	static const char *const tcb[] = { "\x03\x01", "\x03\x02", "\x03\x03", "\x03\x04",
					   "\x03\x05", "\x03\x06", "\x03\x07", "\x03\x08" };
	struct forge_buffer wrapped = { 0 };
	struct forge_snp forge;

	(void)state;
	for (size_t i = 0; i < COUNT(tcb); i++) {
		forge_snp_start(&forge, "Milan", false);
		forge_snp_set_number(&forge, tcb[i], 77);
		expect("another TCB version", &forge, NULL, "snp.certificate-tcb");
	}
	forge_snp_start(&forge, "Turin", false);
	forge_snp_set_number(&forge, "\x03\x09", 77);
	expect("another FMC", &forge, NULL, "snp.certificate-tcb");
	forge_snp_start(&forge, "Milan", false);
	set_product(&forge, "\x16\x08Genoa-B0");
	expect("another processor", &forge, NULL, "snp.product-mismatch");
	forge_snp_start(&forge, "Milan", false);
	set_product(&forge, "\x16\x06Milano");
	expect("a longer name", &forge, NULL, "snp.product-mismatch");
	forge_snp_start(&forge, "Milan", false);
	set_product(&forge, "\x16\x05Milan");
	expect("without stepping", &forge, NULL, SOUND);
	forge_snp_start(&forge, "Milan", false);
	forge_add_element(&wrapped, 0x04, tally_bytes(forge.report + SNP_AT_CHIP_ID, 64));
	forge_snp_set_bytes(&forge, "\x04", forge_bytes(&wrapped));
	expect("a chip id in an OCTET STRING", &forge, NULL, SOUND);
	free_bytes(forge_bytes(&wrapped));
	forge_snp_start(&forge, "Milan", false);
	forge_snp_set_bytes(&forge, "\x04", tally_bytes(forge.report + SNP_AT_CHIP_ID, 8));
	expect("a Turin's chip id", &forge, NULL, "snp.certificate-extensions");
}

/* A cache holds keys of other chips and of other TCB versions: the one that fits is taken, wherever it stands. */
static void the_key_that_fits_is_taken(void **state)
{
	struct forge_snp forge;
	struct forge_snp other;

	(void)state;
	for (int kind = 0; kind < 3; kind++) {
		struct asking asking = { .is_in_table = false };

		forge_snp_start(&other, "Milan", kind == 2);
		if (kind == 0)
			other.report[SNP_AT_CHIP_ID] ^= 1;
		if (kind == 0)
			forge_snp_set_bytes(&other, "\x04", tally_bytes(other.report + SNP_AT_CHIP_ID, 64));
		else
			forge_snp_set_number(&other, "\x03\x08", 77);
		forge_snp_finish(&other);
		asking.first_leaf = other.leaf_der;
		forge_snp_start(&forge, "Milan", kind == 2);
		expect("beside another", &forge, &asking, SOUND);
		forge_snp_start(&forge, "Milan", kind == 2);
		forge.has_leaf = false;
		expect("the other alone", &forge, &asking, kind == 0 ? "snp.chip-mismatch" : "snp.certificate-tcb");
		forge_snp_done(&other);
	}
}

/* Who issued what. */
static void issuers_must_be_the_right_ones(void **state)
{
	struct forge_snp forge;

	(void)state;
	forge_snp_start(&forge, "Milan", true);
	forge.leaf_issuer = forge.authority_subject = "SEV-Milan";
	expect("VLEK by ASK", &forge, NULL, "snp.certificate-issuer");
	forge_snp_start(&forge, "Milan", false);
	forge.leaf_issuer = forge.authority_subject = "SEV-VLEK-Milan";
	expect("VCEK by ASVK", &forge, NULL, "snp.certificate-issuer");
	forge_snp_start(&forge, "Milan", false);
	forge.leaf_issuer = forge.authority_subject = "SEV-Genoa";
	expect("by Genoa's ASK", &forge, NULL, "snp.product-mismatch");
	forge_snp_start(&forge, "Milan", false);
	forge.leaf_issuer = forge.authority_subject = "SEV-Venice";
	expect("by an unknown processor's ASK", &forge, NULL, "snp.product-unknown");
	forge_snp_start(&forge, "Milan", false);
	forge.leaf_subject = "SEV-VLEK";
	expect("a VLEK where a VCEK signs", &forge, NULL, "snp.certificate-missing");
	forge_snp_start(&forge, "Milan", false);
	forge.has_leaf = false;
	expect("no certificate", &forge, NULL, "snp.certificate-missing");
	forge_snp_start(&forge, "Milan", true);
	forge.has_leaf = false;
	expect("no VLEK's certificate", &forge, NULL, "snp.certificate-missing");
	forge_snp_start(&forge, "Milan", false);
	forge.has_authority = false;
	expect("no ASK", &forge, NULL, "snp.authority-missing");
	forge_snp_start(&forge, "Milan", false);
	forge.authority.salt = 32;
	expect("a salt of 32 bytes", &forge, NULL, "snp.certificate-algorithm");
	forge_snp_start(&forge, "Milan", false);
	forge.authority.hash = EVP_sha256();
	expect("SHA-256", &forge, NULL, "snp.certificate-algorithm");
	forge_snp_start(&forge, "Milan", false);
	forge.authority.salt = FORGE_NO_PSS;
	expect("PKCS #1 v1.5", &forge, NULL, "snp.certificate-algorithm");
}

static const char *expected_of(const struct forge_damage_row *row, unsigned place)
{
	const char *reason = place == FORGE_AT_CRL ? row->crl_reason : row->reason;

	if (!reason)
		return SOUND;
	/* Version 1 has no extensions, so that nothing says of which chip it is. */
	if (row->damage == FORGE_VERSION_1 && place == FORGE_AT_LEAF)
		return "certificate.version snp.certificate-extensions";
	return reason;
}

static void certificates_and_lists_of_any_damage_are_refused(void **state)
{
	static const unsigned places[] = { FORGE_AT_LEAF, FORGE_AT_AUTHORITY, FORGE_AT_CRL };
	size_t count;
	const struct forge_damage_row *rows = forge_damages(&count);
	struct forge_snp forge;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		for (size_t n = 0; n < COUNT(places); n++) {
			if (!(rows[i].places & places[n]))
				continue;
			forge_snp_start(&forge, "Milan", false);
			*(n == 0   ? &forge.leaf_damage
			  : n == 1 ? &forge.authority_damage
				   : &forge.crl_damage) = rows[i].damage;
			/* A list of another issuer is no list of the root's. */
			expect(rows[i].name, &forge, NULL,
			       n == 2 && rows[i].damage == FORGE_OTHER_ISSUER	? "snp.crl-missing"
			       : n == 0 && rows[i].damage == FORGE_OTHER_ISSUER ? "snp.product-unknown"
			       : n == 1 && rows[i].damage == FORGE_OTHER_ISSUER ? "snp.authority-missing"
										: expected_of(&rows[i], places[n]));
		}
	}
}

static void demand_number(json_t *policy)
{
	json_object_set_new(json_object_get(policy, "snp"), "minimum-crl-number", json_integer(13));
}

static void demand_its_number(json_t *policy)
{
	json_object_set_new(json_object_get(policy, "snp"), "minimum-crl-number", json_integer(12));
}

static void demand_young_lists(json_t *policy)
{
	json_object_set_new(policy, "collateral", json_pack("{s:{s:i}}", "max-days", "crl", 1));
}

static void the_list_is_mandatory(void **state)
{
	static const struct asking excepted = { .exception = "snp.crl-missing" };
	static const struct asking number = { .change = demand_number };
	static const struct asking its_number = { .change = demand_its_number };
	static const struct asking young = { .change = demand_young_lists };
	struct forge_snp forge;

	(void)state;
	forge_snp_start(&forge, "Milan", false);
	forge.has_crl = false;
	expect("none", &forge, NULL, "snp.crl-missing");
	expect("none, excepted", &forge, &excepted, SOUND);
	forge_snp_start(&forge, "Milan", false);
	forge.crl_issuer = "SEV-Milan";
	forge.crl_signer = forge.authority;
	expect("the authority's own", &forge, NULL, "snp.crl-missing");
	forge_snp_start(&forge, "Milan", false);
	forge.crl_damage = FORGE_REVOKES;
	expect("an exception for none is not one for what it says", &forge, &excepted, "certificate.revoked");
	forge_snp_start(&forge, "Genoa", true);
	forge.crl_damage = FORGE_REVOKES;
	expect("ASVK", &forge, NULL, "certificate.revoked");
	/* The root's list is about what the root signed. spec: AMD 57230: it revokes ASK and ASVK, keys are not revoked */
	forge_snp_start(&forge, "Milan", false);
	forge.crl_damage = FORGE_REVOKES;
	forge.crl_revokes = FORGE_SNP_LEAF_SERIAL;
	expect("a key's number is of another issuer", &forge, NULL, SOUND);
	forge_snp_start(&forge, "Milan", false);
	forge.crl_signer = forge.authority;
	expect("made by the authority in the root's name", &forge, NULL, "crl.signature-invalid");
	forge_snp_start(&forge, "Milan", false);
	expect("a number below the policy's", &forge, &number, "snp.crl-number");
	expect("the policy's number", &forge, &its_number, SOUND);
	forge_snp_start(&forge, "Milan", false);
	forge.crl_number = 0;
	expect("no number, and none is demanded", &forge, NULL, SOUND);
	expect("no number", &forge, &number, "snp.crl-number");
	forge_snp_start(&forge, "Milan", false);
	expect("a day old", &forge, &young, SOUND);
	forge_snp_start(&forge, "Milan", false);
	forge.crl_time -= 1;
	expect("a second more", &forge, &young, "collateral.too-old");
}

/* spec: AMD 57230: RSASSA-PSS with SHA-384, MGF1 with SHA-384, 48 bytes of salt */
static void the_list_has_amd_s_signature(void **state)
{
	static const struct {
		const char *name;
		const EVP_MD *(*hash)(void);
		int salt;
		const char *expected;
	} rows[] = {
		{ "AMD's", EVP_sha384, 48, SOUND },
		{ "a salt of 20 bytes", EVP_sha384, 20, "snp.certificate-algorithm" },
		{ "a salt of 32 bytes", EVP_sha384, 32, "snp.certificate-algorithm" },
		{ "SHA-256", EVP_sha256, 32, "snp.certificate-algorithm" },
		{ "SHA-512", EVP_sha512, 64, "snp.certificate-algorithm" },
		{ "SHA-512 with AMD's salt", EVP_sha512, 48, "snp.certificate-algorithm" },
		{ "PKCS1", EVP_sha384, FORGE_NO_PSS, "snp.certificate-algorithm" },
	};
	struct forge_snp forge;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		forge_snp_start(&forge, "Milan", false);
		forge.crl_signer.hash = rows[i].hash();
		forge.crl_signer.salt = rows[i].salt;
		expect(rows[i].name, &forge, NULL, rows[i].expected);
	}
}

/* The list's last second is that of the verdict, too. */
static void dates_end_in_their_last_second(void **state)
{
	static const struct asking last = { .time = FORGE_TIME + 29 * FORGE_DAY };
	static const struct asking late = { .time = FORGE_TIME + 29 * FORGE_DAY + 1 };
	static const struct asking early = { .time = FORGE_TIME - FORGE_DAY - 1 };
	struct forge_snp forge;

	(void)state;
	forge_snp_start(&forge, "Milan", false);
	expect("last", &forge, &last, SOUND);
	expect("late", &forge, &late, "crl.expired");
	expect("early", &forge, &early, "crl.not-yet-valid");
}

/* The verdict ends with the first of what it rests on, the policy's limit of age among that. */
static void a_verdict_ends_with_the_first_of_all(void **state)
{
	static const struct asking crl = { .valid_until = FORGE_TIME + 29 * FORGE_DAY };
	static const struct asking day = { .change = demand_young_lists, .valid_until = FORGE_TIME };
	static const struct asking last = { .valid_until = FORGE_TIME };
	struct forge_snp forge;

	(void)state;
	forge_snp_start(&forge, "Milan", false);
	expect("the list", &forge, &crl, SOUND);
	forge_snp_start(&forge, "Milan", false);
	expect("the policy", &forge, &day, SOUND);
	forge_snp_start(&forge, "Milan", false);
	forge.leaf_damage = FORGE_LAST_SECOND;
	expect("the key's certificate", &forge, &last, SOUND);
	forge_snp_start(&forge, "Milan", false);
	forge.authority_damage = FORGE_LAST_SECOND;
	expect("the authority's", &forge, &last, SOUND);
	forge_snp_start(&forge, "Milan", false);
	forge.root_damage = FORGE_LAST_SECOND;
	expect("the root's", &forge, &last, SOUND);
	forge_snp_start(&forge, "Milan", false);
	forge.crl_damage = FORGE_LAST_SECOND;
	expect("the last second of the list", &forge, &last, SOUND);
}

static void drop_minimum(json_t *policy)
{
	json_object_del(policy, "snp");
}

static void drop_product(json_t *policy)
{
	json_t *minimum = json_object_get(json_object_get(policy, "snp"), "minimum-tcb");

	json_object_set(minimum, "Genoa", json_object_get(minimum, "Milan"));
	json_object_del(minimum, "Milan");
}

static void drop_id_key(json_t *policy)
{
	json_object_del(json_object_get(policy, "claims"), "snp.id-key-digest");
}

static const char *ruled_claim;
static const char *ruled_by;

static void rule_claim(json_t *policy)
{
	json_object_set_new(json_object_get(policy, "claims"), ruled_claim,
			    json_loads(ruled_by, JSON_DECODE_ANY, NULL));
}

/* Sets of bits, ranges and lists: what each takes, at its edges. The report has 0x25 and 7. */
static void rules_of_numbers_take_what_they_say(void **state)
{
	static const struct {
		const char *claim;
		const char *rule;
		bool holds;
	} cases[] = {
		{ "snp.platform-info", "37", true },
		{ "snp.platform-info", "\"0x25\"", true },
		{ "snp.platform-info", "\"0x24\"", false },
		{ "snp.platform-info", "[\"0x24\", 37]", true },
		{ "snp.platform-info", "{\"must\": \"0x25\"}", true },
		{ "snp.platform-info", "{\"must\": \"0x20\", \"may\": 5}", true },
		{ "snp.platform-info", "{\"may\": \"0xffffffffffffffff\"}", true },
		{ "snp.platform-info", "{\"must\": \"0x20\", \"may\": 4}", false },
		{ "snp.platform-info", "{\"must\": \"0x42\", \"may\": \"0xa5\"}", false },
		{ "snp.platform-info", "{\"may\": \"0xffffffffffffffdf\"}", false },
		{ "snp.guest-svn", "{\"min\": 7}", true },
		{ "snp.guest-svn", "{\"min\": 8}", false },
		{ "snp.guest-svn", "{\"max\": 7}", true },
		{ "snp.guest-svn", "{\"max\": 6}", false },
		{ "snp.guest-svn", "{\"min\": 7, \"max\": 7}", true },
		{ "snp.guest-svn", "{\"min\": 0, \"max\": 6}", false },
		{ "snp.vmpl", "[0, 2]", true },
		{ "snp.vmpl", "[1, 2, 3]", false },
	};
	static const struct asking asking = { .change = rule_claim };
	struct forge_snp forge;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		forge_snp_start(&forge, "Milan", false);
		forge_snp_put(&forge, SNP_AT_PLATFORM_INFO, 0x25, 8);
		forge_snp_put(&forge, SNP_AT_GUEST_SVN, 7, 4);
		forge_snp_put(&forge, SNP_AT_VMPL, 0, 4);
		ruled_claim = cases[i].claim;
		ruled_by = cases[i].rule;
		expect(cases[i].rule, &forge, &asking, cases[i].holds ? SOUND : "policy.claim-mismatch");
	}
}

static const char *raised_part;
static const char *raised_minimum;

static void raise_minimum(json_t *policy)
{
	json_t *snp = json_object_get(policy, "snp");
	json_t *copy = json_deep_copy(json_object_get(snp, "minimum-tcb"));
	json_t *tcb = json_object_get(copy, "Turin");

	json_object_set_new(tcb, raised_part, json_integer(json_integer_value(json_object_get(tcb, raised_part)) + 1));
	json_object_set_new(snp, raised_minimum, copy);
}

static void a_platform_must_be_as_new_as_the_policy_asks(void **state)
{
	static const char *const tcb_parts[] = { "fmc", "boot-loader", "tee", "snp", "microcode" };
	static const char *const minimums[] = { "minimum-tcb", "minimum-committed-tcb", "minimum-launch-tcb" };
	static const struct asking unruled = { .change = drop_minimum };
	static const struct asking other = { .change = drop_product };
	static const struct asking raised = { .change = raise_minimum };
	struct forge_snp forge;

	(void)state;
	forge_snp_start(&forge, "Milan", false);
	expect("no section", &forge, &unruled, "snp.tcb-unruled");
	expect("another processor's", &forge, &other, "snp.tcb-unruled");
	for (size_t i = 0; i < COUNT(tcb_parts); i++) {
		for (size_t n = 0; n < COUNT(minimums); n++) {
			raised_part = tcb_parts[i];
			raised_minimum = minimums[n];
			forge_snp_start(&forge, "Turin", false);
			expect(tcb_parts[i], &forge, &raised, "snp.tcb-too-old");
		}
	}
}

static void pin_author(json_t *policy)
{
	drop_id_key(policy);
	json_object_set_new(json_object_get(policy, "claims"), "snp.author-key-digest",
			    json_string("eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
					"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"));
}

/* Guest SVN, family and image id are the host's word unless one of the two keys is pinned. */
static void somebody_must_speak_for_the_ids(void **state)
{
	static const struct asking nobody = { .change = drop_id_key };
	static const struct asking author = { .change = pin_author };
	struct forge_snp forge;

	(void)state;
	forge_snp_start(&forge, "Milan", false);
	expect("nobody", &forge, &nobody, "snp.id-unpinned");
	expect("an author key that does not exist", &forge, &author, "snp.id-unpinned");
	forge_snp_start(&forge, "Milan", false);
	forge_snp_put(&forge, SNP_AT_KEY_INFO, 1, 4);
	memset(forge.report + SNP_AT_AUTHOR_KEY, 0xee, 48);
	expect("the author key", &forge, &author, SOUND);
	forge_snp_start(&forge, "Milan", false);
	forge_snp_put(&forge, SNP_AT_KEY_INFO, 1, 4);
	memset(forge.report + SNP_AT_AUTHOR_KEY, 0xed, 48);
	expect("another author key", &forge, &author, "policy.claim-mismatch");
}

/* Each part of a table that can't be read. */
static void tables_of_the_host_are_told_apart(void **state)
{
	static const struct asking table = { .is_in_table = true };
	struct forge_snp forge;

	(void)state;
	forge_snp_start(&forge, "Milan", false);
	forge.leaf_damage = FORGE_TRAILING;
	expect("certificate", &forge, &table, "certificate.malformed snp.certificate-missing");
	forge_snp_start(&forge, "Milan", false);
	forge.crl_damage = FORGE_TRAILING;
	expect("list", &forge, &table, "crl.malformed snp.crl-missing");
}

static void an_unreadable_table_is_told(void **state)
{
	uint8_t room[EVIDENCE_SIZE];
	struct tally_writer writer = tally_writer(room, sizeof(room));
	struct tally_bundle bundle = { .count = 2 };
	struct tally_verify_request request = { .time = FORGE_TIME };
	struct tally_verdict *verdict;
	struct forge_snp forge;
	char codes[CODES_SIZE];

	(void)state;
	forge_snp_start(&forge, "Milan", false);
	forge_snp_finish(&forge);
	bundle.member[0] = (struct tally_member){ tally_text(TALLY_LABEL_REPORT), tally_text(TALLY_MEDIA_SNP_REPORT),
						  tally_bytes(forge.report, SNP_SIZE) };
	bundle.member[1] = (struct tally_member){ tally_text(TALLY_LABEL_CERTIFICATES),
						  tally_text(TALLY_MEDIA_SNP_CERTIFICATES), tally_text("\x01") };
	tally_bundle_write(&writer, &bundle);
	request.evidence = tally_written(&writer);
	assert_int_equal(tally_verify(&request, &verdict), TALLY_OK);
	assert_non_null(strstr(codes_of(verdict, codes), "snp.certificate-table-malformed"));
	assert_true(verdict->is_malformed);
	tally_verdict_free(verdict);
	forge_snp_done(&forge);
}

static int forget(void **state)
{
	(void)state;
	tally_kept_free(forge_kept());
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sound_evidence_of_every_kind_is_sound),
		cmocka_unit_test(fields_are_looked_at),
		cmocka_unit_test(chips_may_hide_where_a_cloud_answers_for_them),
		cmocka_unit_test(signatures_are_checked),
		cmocka_unit_test(extensions_must_be_exactly_those),
		cmocka_unit_test(values_of_extensions_must_fit),
		cmocka_unit_test(the_key_that_fits_is_taken),
		cmocka_unit_test(issuers_must_be_the_right_ones),
		cmocka_unit_test(certificates_and_lists_of_any_damage_are_refused),
		cmocka_unit_test(the_list_is_mandatory),
		cmocka_unit_test(the_list_has_amd_s_signature),
		cmocka_unit_test(dates_end_in_their_last_second),
		cmocka_unit_test(a_verdict_ends_with_the_first_of_all),
		cmocka_unit_test(a_platform_must_be_as_new_as_the_policy_asks),
		cmocka_unit_test(somebody_must_speak_for_the_ids),
		cmocka_unit_test(rules_of_numbers_take_what_they_say),
		cmocka_unit_test(tables_of_the_host_are_told_apart),
		cmocka_unit_test(an_unreadable_table_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, forget);
}
