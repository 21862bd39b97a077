// SPDX-License-Identifier: BSD-2-Clause
/* SNP reports with certificates and a revocation list of the test PKI. */
#include "snp.h"

#include <openssl/ec.h>

#define OID_AMD "\x2b\x06\x01\x04\x01\x9c\x78\x01"
#define SALT 48
#define AUTHORITY_SERIAL 65537
#define CRL_DAYS 30

/* Keys of the test PKI: number 0 signs reports, 1 is ASK or ASVK, 2 the root. */
static struct forge_signer rsa_signer(size_t number)
{
	return (struct forge_signer){ forge_key(FORGE_RSA2048, number), EVP_sha384(), SALT };
}

void forge_snp_put(struct forge_snp *forge, size_t at, uint64_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		forge->report[at + i] = (uint8_t)(value >> (8 * i));
}

static void fill(struct forge_snp *forge, size_t at, uint8_t value, size_t size)
{
	for (size_t i = 0; i < size; i++)
		forge->report[at + i] = value;
}

static bool is_turin(const struct forge_snp *forge)
{
	return strcmp(forge->product, "Turin") == 0;
}

/* A report of version 5 of a production guest: fields that mean nothing differ from each other. */
static void start_report(struct forge_snp *forge)
{
	static const uint8_t turin_tcb[] = { 1, 2, 3, 4, 0, 0, 0, 9 };
	static const uint8_t tcb[] = { 4, 1, 0, 0, 0, 0, 24, 219 };
	static const size_t tcbs[] = { SNP_AT_REPORTED_TCB, SNP_AT_COMMITTED_TCB, SNP_AT_CURRENT_TCB,
				       SNP_AT_LAUNCH_TCB };
	size_t chip_size = is_turin(forge) ? 8 : 64;

	forge_snp_put(forge, SNP_AT_VERSION, 5, 4);
	forge_snp_put(forge, SNP_AT_GUEST_SVN, 7, 4);
	forge_snp_put(forge, SNP_AT_POLICY, 0x30000, 8);
	forge_snp_put(forge, SNP_AT_ALGORITHM, 1, 4);
	forge_snp_put(forge, SNP_AT_PLATFORM_INFO, 0x25, 8);
	forge_snp_put(forge, SNP_AT_KEY_INFO, forge->is_vlek ? 4 : 0, 4);
	fill(forge, SNP_AT_REPORT_DATA, 0xd1, 64);
	fill(forge, SNP_AT_MEASUREMENT, 0xd2, 48);
	fill(forge, SNP_AT_HOST_DATA, 0xd3, 32);
	fill(forge, SNP_AT_ID_KEY, 0xd4, 48);
	fill(forge, SNP_AT_REPORT_ID, 0xd5, 32);
	fill(forge, SNP_AT_REPORT_ID_MA, 0xff, 32);
	for (size_t i = 0; i < 4; i++)
		memcpy(forge->report + tcbs[i], is_turin(forge) ? turin_tcb : tcb, 8);
	forge->report[SNP_AT_CPUID] = is_turin(forge) ? 0x1a : 0x19;
	forge->report[SNP_AT_CPUID + 1] = strcmp(forge->product, "Genoa") == 0 ? 0x11 : 0x01;
	if (!forge->is_vlek)
		for (size_t i = 0; i < chip_size; i++)
			forge->report[SNP_AT_CHIP_ID + i] = (uint8_t)(0xc0 + i);
	forge_snp_put(forge, SNP_AT_CURRENT_FIRMWARE, 0x01371d, 3);
	forge_snp_put(forge, SNP_AT_COMMITTED_FIRMWARE, 0x01371d, 3);
}

struct forge_snp_extension *forge_snp_find(struct forge_snp *forge, const char *suffix)
{
	for (size_t i = 0; i < forge->extension_count; i++)
		if (forge->extension[i].suffix_size == strlen(suffix) &&
		    memcmp(forge->extension[i].suffix, suffix, strlen(suffix)) == 0)
			return &forge->extension[i];
	return NULL;
}

void forge_snp_remove(struct forge_snp *forge, const char *suffix)
{
	struct forge_snp_extension *found = forge_snp_find(forge, suffix);

	assert_non_null(found);
	*found = forge->extension[--forge->extension_count];
}

void forge_snp_set_bytes(struct forge_snp *forge, const char *suffix, struct tally_bytes value)
{
	struct forge_snp_extension *extension = forge_snp_find(forge, suffix);

	assert_true(value.size <= sizeof(extension->value));
	if (!extension) {
		assert_true(forge->extension_count < FORGE_SNP_EXTENSION_LIMIT);
		extension = &forge->extension[forge->extension_count++];
		extension->suffix_size = strlen(suffix);
		memcpy(extension->suffix, suffix, strlen(suffix));
	}
	extension->value_size = value.size;
	memcpy(extension->value, value.data, value.size);
}

void forge_snp_set_number(struct forge_snp *forge, const char *suffix, uint8_t number)
{
	struct forge_buffer der = { 0 };

	forge_add_uint(&der, 0x02, number);
	forge_snp_set_bytes(forge, suffix, forge_bytes(&der));
	free_bytes(forge_bytes(&der));
}

static void set_text(struct forge_snp *forge, const char *suffix, const char *text)
{
	struct forge_buffer der = { 0 };

	forge_add_element(&der, 0x16, tally_text(text));
	forge_snp_set_bytes(forge, suffix, forge_bytes(&der));
	free_bytes(forge_bytes(&der));
}

/* What AMD writes into the certificate of the reported TCB version. spec: AMD 57230, table 8 */
static void start_extensions(struct forge_snp *forge)
{
	const uint8_t *tcb = forge->report + SNP_AT_REPORTED_TCB;
	size_t first = is_turin(forge) ? 1 : 0;

	forge_snp_set_number(forge, "\x01", is_turin(forge) ? 1 : 0);
	set_text(forge, "\x02", strcmp(forge->product, "Milan") == 0 && !forge->is_vlek ? "Milan-B0" : forge->product);
	forge_snp_set_number(forge, "\x03\x01", tcb[first]);
	forge_snp_set_number(forge, "\x03\x02", tcb[first + 1]);
	forge_snp_set_number(forge, "\x03\x03", is_turin(forge) ? tcb[3] : tcb[6]);
	if (!is_turin(forge))
		forge_snp_set_number(forge, "\x03\x04", 0);
	forge_snp_set_number(forge, "\x03\x05", 0);
	forge_snp_set_number(forge, "\x03\x06", 0);
	forge_snp_set_number(forge, "\x03\x07", 0);
	forge_snp_set_number(forge, "\x03\x08", tcb[7]);
	if (is_turin(forge))
		forge_snp_set_number(forge, "\x03\x09", tcb[0]);
	if (forge->is_vlek)
		set_text(forge, "\x05", FORGE_SNP_CLOUD);
	else
		forge_snp_set_bytes(forge, "\x04",
				    tally_bytes(forge->report + SNP_AT_CHIP_ID, is_turin(forge) ? 8 : 64));
}

void forge_snp_start(struct forge_snp *forge, const char *product, bool is_vlek)
{
	static char names[4][32];

	memset(forge, 0, sizeof(*forge));
	forge->product = product;
	forge->is_vlek = is_vlek;
	start_report(forge);
	start_extensions(forge);
	snprintf(names[0], sizeof(names[0]), "SEV-%s%s", is_vlek ? "VLEK-" : "", product);
	snprintf(names[1], sizeof(names[1]), "ARK-%s", product);
	forge->leaf_subject = is_vlek ? "SEV-VLEK" : "SEV-VCEK";
	forge->leaf_issuer = forge->authority_subject = names[0];
	forge->leaf_kind = FORGE_P384;
	forge->authority = rsa_signer(1);
	forge->crl_issuer = names[1];
	forge->crl_signer = rsa_signer(2);
	forge->crl_time = FORGE_TIME - FORGE_DAY;
	forge->crl_number = 12;
	forge->crl_revokes = AUTHORITY_SERIAL;
	forge->has_crl = forge->has_leaf = forge->has_authority = true;
}

static struct tally_bytes make_leaf(const struct forge_snp *forge)
{
	struct forge_buffer extensions = { 0 };
	struct forge_certificate plan = { .subject = forge->leaf_subject,
					  .issuer = forge->leaf_issuer,
					  .key = forge_key(forge->leaf_kind, 0),
					  .signer = forge->authority,
					  .serial = FORGE_SNP_LEAF_SERIAL,
					  .not_before = FORGE_TIME - 100 * FORGE_DAY,
					  .not_after = FORGE_TIME + 100 * FORGE_DAY,
					  .path_limit = -1,
					  .damage = forge->leaf_damage };
	struct tally_bytes der;

	for (size_t i = 0; i < forge->extension_count; i++) {
		const struct forge_snp_extension *extension = &forge->extension[i];
		uint8_t oid[16];

		memcpy(oid, OID_AMD, sizeof(OID_AMD) - 1);
		memcpy(oid + sizeof(OID_AMD) - 1, extension->suffix, extension->suffix_size);
		forge_add_extension(&extensions, tally_bytes(oid, sizeof(OID_AMD) - 1 + extension->suffix_size), false,
				    tally_bytes(extension->value, extension->value_size));
	}
	plan.extensions = forge_bytes(&extensions);
	der = forge_certificate(&plan);
	free_bytes(plan.extensions);
	return der;
}

/* ASK or ASVK, and the root itself. */
static struct tally_bytes make_authority(const struct forge_snp *forge, bool is_root, enum forge_damage damage)
{
	char root[32];
	struct forge_certificate plan = { .subject = is_root ? root : forge->authority_subject,
					  .issuer = root,
					  .key = forge_key(FORGE_RSA2048, is_root ? 2 : 1),
					  .signer = rsa_signer(2),
					  .serial = is_root ? 1 : AUTHORITY_SERIAL,
					  .not_before = FORGE_TIME - 1000 * FORGE_DAY,
					  .not_after = FORGE_TIME + 1000 * FORGE_DAY,
					  .is_ca = true,
					  .path_limit = is_root ? -1 : 0,
					  .key_usage = is_root ? FORGE_USAGE_CA : 1U << 5,
					  .damage = damage };

	snprintf(root, sizeof(root), "ARK-%s", forge->product);
	return forge_certificate(&plan);
}

static struct tally_bytes make_crl(const struct forge_snp *forge)
{
	struct forge_crl plan = { .issuer = forge->crl_issuer,
				  .signer = forge->crl_signer,
				  .this_update = forge->crl_time,
				  .next_update = forge->crl_time + CRL_DAYS * FORGE_DAY,
				  .number = forge->crl_number,
				  .asked = forge->crl_revokes,
				  .damage = forge->crl_damage };

	return forge_crl(&plan);
}

/* AMD writes r and s little-endian. */
static void sign_report(struct forge_snp *forge)
{
	struct forge_signer signer = { forge_key(FORGE_P384, 0), EVP_sha384(), FORGE_NO_PSS };
	struct tally_bytes raw = forge_sign_raw(&signer, tally_bytes(forge->report, SNP_AT_R));
	uint8_t *bytes = (uint8_t *)(uintptr_t)raw.data;

	assert_int_equal(raw.size, 96);
	if (forge->scalar_damage)
		forge_damage_scalars(bytes, signer.key, forge->scalar_damage);
	for (size_t i = 0; i < 48; i++) {
		forge->report[SNP_AT_R + i] = bytes[47 - i];
		forge->report[SNP_AT_S + i] = bytes[95 - i];
	}
	free_bytes(raw);
}

void forge_snp_finish(struct forge_snp *forge)
{
	if (!forge->is_unsigned)
		sign_report(forge);
	forge->leaf_der = make_leaf(forge);
	forge->authority_der = make_authority(forge, false, forge->authority_damage);
	forge->root_der = make_authority(forge, true, forge->root_damage);
	forge->crl_der = make_crl(forge);
}

void forge_snp_done(struct forge_snp *forge)
{
	free_bytes(forge->leaf_der);
	free_bytes(forge->authority_der);
	free_bytes(forge->root_der);
	free_bytes(forge->crl_der);
}

struct tally_bytes forge_snp_table(const struct forge_snp *forge)
{
	static const char *const guids[] = { "63da758de6644564adc5f4b93be8accd", "4ab7b379bbac4fe4a02f05aef327c782",
					     "c0b406a4a803495297433fb6014cd0ae", "92f81bc358114d3d97ffd19f88dc67ea" };
	const struct tally_bytes data[] = { forge->leaf_der, forge->authority_der, forge->root_der, forge->crl_der };
	struct forge_buffer table = { 0 };
	size_t at = 24 * 5;

	for (size_t i = 0; i < 4; i++) {
		bool is_vlek = i == 0 && forge->is_vlek;
		struct tally_bytes guid = hex_bytes(is_vlek ? "a8074bc2a25a483eaae639c045a0b8a1" : guids[i]);

		forge_add_bytes(&table, guid);
		forge_add_le(&table, at, 4);
		forge_add_le(&table, data[i].size, 4);
		at += data[i].size;
		free_bytes(guid);
	}
	forge_add_le(&table, 0, 8);
	forge_add_le(&table, 0, 8);
	forge_add_le(&table, 0, 8);
	for (size_t i = 0; i < 4; i++)
		forge_add_bytes(&table, data[i]);
	return forge_bytes(&table);
}
