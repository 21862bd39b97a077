// SPDX-License-Identifier: BSD-2-Clause
/* A test PKI: keys, signatures and certificates. */
#include "pki.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>

#define KEY_LIMIT 8
#define KEY_KINDS 5

#define OID_ED25519 "\x2b\x65\x70"
#define OID_PSS "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
#define OID_MGF1 "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
#define OID_ECDSA_SHA1 "\x2a\x86\x48\xce\x3d\x04\x01"
#define OID_RSA_SHA1 "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05"

/* What fails here is the test's own doing. */
static void must(int holds)
{
	if (!holds)
		abort();
}

static EVP_PKEY *new_key(enum forge_key_kind kind)
{
	switch (kind) {
	case FORGE_P256:
		return EVP_EC_gen("P-256");
	case FORGE_P384:
		return EVP_EC_gen("P-384");
	case FORGE_P521:
		return EVP_EC_gen("P-521");
	case FORGE_RSA2048:
		return EVP_RSA_gen(2048);
	case FORGE_RSA4096:
		return EVP_RSA_gen(4096);
	}
	return NULL;
}

EVP_PKEY *forge_key(enum forge_key_kind kind, size_t number)
{
	static EVP_PKEY *keys[KEY_KINDS][KEY_LIMIT];

	must(number < KEY_LIMIT);
	if (!keys[kind][number])
		keys[kind][number] = new_key(kind);
	must(keys[kind][number] != NULL);
	return keys[kind][number];
}

struct tally_bytes forge_spki(EVP_PKEY *key)
{
	struct forge_buffer buffer = { 0 };
	unsigned char *der = NULL;
	int size = i2d_PUBKEY(key, &der);

	must(size > 0);
	forge_add(&buffer, der, (size_t)size);
	OPENSSL_free(der);
	return forge_bytes(&buffer);
}

struct tally_bytes forge_point(EVP_PKEY *key)
{
	struct forge_buffer buffer = { 0 };
	uint8_t point[256];
	size_t size;

	must(EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point), &size) == 1);
	must(point[0] == 4);
	forge_add(&buffer, point + 1, size - 1);
	return forge_bytes(&buffer);
}

struct tally_bytes forge_sign(const struct forge_signer *signer, struct tally_bytes message)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	struct forge_buffer buffer = { 0 };
	EVP_PKEY_CTX *padding = NULL;
	uint8_t signature[1024];
	size_t size = sizeof(signature);

	must(context && EVP_DigestSignInit(context, &padding, signer->hash, NULL, signer->key) == 1);
	if (signer->salt != FORGE_NO_PSS)
		must(EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) == 1 &&
		     EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, signer->salt) == 1);
	must(EVP_DigestSign(context, signature, &size, message.data, message.size) == 1);
	EVP_MD_CTX_free(context);
	forge_add(&buffer, signature, size);
	return forge_bytes(&buffer);
}

/* Bytes of r and of s. */
static int scalar_size(EVP_PKEY *key)
{
	return (EVP_PKEY_get_bits(key) + 7) / 8;
}

struct tally_bytes forge_sign_raw(const struct forge_signer *signer, struct tally_bytes message)
{
	struct tally_bytes der = forge_sign(signer, message);
	const unsigned char *at = der.data;
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)der.size);
	int size = scalar_size(signer->key);
	struct forge_buffer buffer = { 0 };
	uint8_t scalar[128];

	must(signature != NULL && size <= (int)sizeof(scalar));
	must(BN_bn2binpad(ECDSA_SIG_get0_r(signature), scalar, size) == size);
	forge_add(&buffer, scalar, (size_t)size);
	must(BN_bn2binpad(ECDSA_SIG_get0_s(signature), scalar, size) == size);
	forge_add(&buffer, scalar, (size_t)size);
	ECDSA_SIG_free(signature);
	free((void *)(uintptr_t)der.data);
	return forge_bytes(&buffer);
}

static BIGNUM *order_of(EVP_PKEY *key)
{
	BIGNUM *order = NULL;

	must(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_ORDER, &order) == 1);
	return order;
}

void forge_damage_scalars(uint8_t *signature, EVP_PKEY *key, enum forge_scalar_damage damage)
{
	int size = scalar_size(key);
	uint8_t *scalar =
		signature + (damage == FORGE_S_ZERO || damage == FORGE_S_ORDER || damage == FORGE_S_NEGATED ? size : 0);
	BIGNUM *order = order_of(key);
	BIGNUM *value = BN_bin2bn(scalar, size, NULL);
	uint8_t other[128];

	switch (damage) {
	case FORGE_R_ZERO:
	case FORGE_S_ZERO:
		memset(scalar, 0, (size_t)size);
		break;
	case FORGE_R_ORDER:
	case FORGE_S_ORDER:
		must(BN_bn2binpad(order, scalar, size) == size);
		break;
	case FORGE_R_ONES:
		memset(scalar, 0xff, (size_t)size);
		break;
	case FORGE_SWAPPED:
		memcpy(other, signature, (size_t)size);
		memmove(signature, signature + size, (size_t)size);
		memcpy(signature + size, other, (size_t)size);
		break;
	case FORGE_S_NEGATED:
		must(BN_sub(value, order, value) == 1 && BN_bn2binpad(value, scalar, size) == size);
		break;
	}
	BN_free(value);
	BN_free(order);
}

void forge_add_name(struct forge_buffer *buffer, const char *common_name, struct tally_bytes name)
{
	size_t outer, set, attribute;

	if (name.size) {
		forge_add_bytes(buffer, name);
		return;
	}
	outer = forge_open(buffer, 0x30);
	set = forge_open(buffer, 0x31);
	attribute = forge_open(buffer, 0x30);
	forge_add_oid(buffer, "\x55\x04\x03");
	forge_add_element(buffer, 0x0c, tally_text(common_name));
	forge_close(buffer, attribute);
	forge_close(buffer, set);
	forge_close(buffer, outer);
}

static void add_hash_identifier(struct forge_buffer *buffer, const EVP_MD *hash)
{
	size_t mark = forge_open(buffer, 0x30);
	uint8_t number = EVP_MD_get_size(hash) == 32 ? 1 : EVP_MD_get_size(hash) == 48 ? 2 : 3;

	forge_add(buffer, "\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02", 10);
	forge_add(buffer, &number, 1);
	forge_add(buffer, "\x05\x00", 2);
	forge_close(buffer, mark);
}

/* spec: RFC 4055, 3.1 */
static void add_pss_parameters(struct forge_buffer *buffer, const struct forge_signer *signer)
{
	size_t parameters = forge_open(buffer, 0x30);
	size_t mark = forge_open(buffer, 0xa0);
	size_t mask;

	add_hash_identifier(buffer, signer->hash);
	forge_close(buffer, mark);
	mark = forge_open(buffer, 0xa1);
	mask = forge_open(buffer, 0x30);
	forge_add_oid(buffer, OID_MGF1);
	add_hash_identifier(buffer, signer->hash);
	forge_close(buffer, mask);
	forge_close(buffer, mark);
	mark = forge_open(buffer, 0xa2);
	forge_add_uint(buffer, 0x02, (uint64_t)signer->salt);
	forge_close(buffer, mark);
	forge_close(buffer, parameters);
}

static void add_curve_or_rsa(struct forge_buffer *buffer, const struct forge_signer *signer, bool is_weak)
{
	int size = EVP_MD_get_size(signer->hash);
	uint8_t number = size == 32 ? 2 : size == 48 ? 3 : 4;
	size_t mark;

	if (EVP_PKEY_is_a(signer->key, "EC")) {
		if (is_weak) {
			forge_add_oid(buffer, OID_ECDSA_SHA1);
			return;
		}
		mark = forge_open(buffer, 0x06);
		forge_add_text(buffer, "\x2a\x86\x48\xce\x3d\x04\x03");
		forge_add(buffer, &number, 1);
		forge_close(buffer, mark);
		return;
	}
	mark = forge_open(buffer, 0x06);
	forge_add_text(buffer, "\x2a\x86\x48\x86\xf7\x0d\x01\x01");
	number = is_weak ? 5 : (uint8_t)(number + 9);
	forge_add(buffer, &number, 1);
	forge_close(buffer, mark);
	forge_add(buffer, "\x05\x00", 2);
}

void forge_add_algorithm(struct forge_buffer *buffer, const struct forge_signer *signer, enum forge_damage damage)
{
	size_t mark = forge_open(buffer, 0x30);

	if (damage == FORGE_OTHER_ALGORITHM) {
		forge_add_oid(buffer, OID_ED25519);
	} else if (signer->salt == FORGE_NO_PSS || damage == FORGE_WEAK_HASH) {
		add_curve_or_rsa(buffer, signer, damage == FORGE_WEAK_HASH);
	} else {
		forge_add_oid(buffer, OID_PSS);
		if (damage != FORGE_IMPLICIT_PSS)
			add_pss_parameters(buffer, signer);
		else
			forge_add(buffer, "\x30\x00", 2);
	}
	forge_close(buffer, mark);
}

/* Somebody else's key of the same kind. */
static EVP_PKEY *stranger(EVP_PKEY *key)
{
	int bits = EVP_PKEY_get_bits(key);

	if (EVP_PKEY_is_a(key, "RSA"))
		return forge_key(bits == 4096 ? FORGE_RSA4096 : FORGE_RSA2048, KEY_LIMIT - 1);
	return forge_key(bits == 256 ? FORGE_P256 : bits == 384 ? FORGE_P384 : FORGE_P521, KEY_LIMIT - 1);
}

/* The outermost length in one byte more than needed. */
static void lengthen(struct forge_buffer *der)
{
	uint8_t zero = 0;

	must(der->data[1] == 0x82);
	forge_add(der, &zero, 1);
	memmove(der->data + 3, der->data + 2, der->size - 3);
	der->data[1] = 0x83;
	der->data[2] = 0;
}

struct tally_bytes forge_finish_signed(struct forge_buffer *tbs, const struct forge_signer *signer,
				       enum forge_damage damage)
{
	struct forge_signer by = *signer;
	struct forge_buffer der = { 0 };
	struct tally_bytes signature;
	size_t outer, bits;
	uint8_t zero = 0;

	if (damage == FORGE_OTHER_KEY)
		by.key = stranger(signer->key);
	signature = forge_sign(&by, forge_bytes(tbs));
	outer = forge_open(&der, 0x30);
	forge_add_bytes(&der, forge_bytes(tbs));
	forge_add_algorithm(&der, signer, damage == FORGE_INNER_ALGORITHM ? FORGE_SOUND : damage);
	bits = forge_open(&der, 0x03);
	forge_add(&der, &zero, 1);
	forge_add_bytes(&der, signature);
	/* The last bit of s, or of an RSA number: the encoding stays sound. */
	if (damage == FORGE_BIT_OF_SIGNATURE)
		der.data[der.size - 1] ^= 1;
	forge_close(&der, bits);
	forge_close(&der, outer);
	if (damage == FORGE_TRAILING)
		forge_add(&der, &zero, 1);
	if (damage == FORGE_LONG_LENGTH)
		lengthen(&der);
	free((void *)(uintptr_t)signature.data);
	free(tbs->data);
	return forge_bytes(&der);
}

void forge_add_extension(struct forge_buffer *extensions, struct tally_bytes oid, bool is_critical,
			 struct tally_bytes value)
{
	size_t mark = forge_open(extensions, 0x30);

	forge_add_element(extensions, 0x06, oid);
	if (is_critical)
		forge_add(extensions, "\x01\x01\xff", 3);
	forge_add_element(extensions, 0x04, value);
	forge_close(extensions, mark);
}

static void add_constraints(struct forge_buffer *extensions, const struct forge_certificate *plan)
{
	struct forge_buffer value = { 0 };
	size_t mark = forge_open(&value, 0x30);
	int limit = plan->damage == FORGE_PATH_LENGTH ? 0 : plan->path_limit;

	if (plan->is_ca && plan->damage != FORGE_NOT_CA) {
		forge_add(&value, "\x01\x01\xff", 3);
		if (limit >= 0)
			forge_add_uint(&value, 0x02, (uint64_t)limit);
	}
	forge_close(&value, mark);
	forge_add_extension(extensions, tally_bytes("\x55\x1d\x13", 3), true, forge_bytes(&value));
	free(value.data);
}

/* Named bits, whole bytes with their unused bits told. */
static void add_key_usage(struct forge_buffer *extensions, uint16_t usage)
{
	struct forge_buffer value = { 0 };
	uint8_t byte = 0;
	uint8_t unused = 0;
	size_t mark;

	for (unsigned i = 0; i < 8; i++)
		if (usage >> i & 1)
			byte = (uint8_t)(byte | 0x80 >> i);
	while (unused < 7 && !(byte >> unused & 1))
		unused++;
	mark = forge_open(&value, 0x03);
	forge_add(&value, &unused, 1);
	forge_add(&value, &byte, 1);
	forge_close(&value, mark);
	forge_add_extension(extensions, tally_bytes("\x55\x1d\x0f", 3), true, forge_bytes(&value));
	free(value.data);
}

static void add_extensions(struct forge_buffer *tbs, const struct forge_certificate *plan)
{
	static const struct tally_bytes unknown = { (const uint8_t *)"\x2a\x03\x04", 3 };
	size_t outer = forge_open(tbs, 0xa3);
	size_t list = forge_open(tbs, 0x30);
	uint16_t usage = plan->damage == FORGE_OTHER_KEY_USAGE ? 1U << 6 : plan->key_usage;

	if (plan->damage != FORGE_NO_CONSTRAINTS)
		add_constraints(tbs, plan);
	if (usage && plan->damage != FORGE_NO_KEY_USAGE)
		add_key_usage(tbs, usage);
	if (plan->damage == FORGE_CRITICAL)
		forge_add_extension(tbs, unknown, true, tally_bytes("\x05\x00", 2));
	for (int i = 0; plan->damage == FORGE_TWICE && i < 2; i++)
		forge_add_extension(tbs, unknown, false, tally_bytes("\x05\x00", 2));
	forge_add_bytes(tbs, plan->extensions);
	forge_close(tbs, list);
	forge_close(tbs, outer);
}

static void add_validity(struct forge_buffer *tbs, const struct forge_certificate *plan)
{
	size_t mark = forge_open(tbs, 0x30);
	int64_t from = plan->not_before;
	int64_t until = plan->not_after;

	if (plan->damage == FORGE_EXPIRED || plan->damage == FORGE_LAST_SECOND)
		until = FORGE_TIME - (plan->damage == FORGE_EXPIRED);
	if (plan->damage == FORGE_NOT_YET || plan->damage == FORGE_FIRST_SECOND)
		from = FORGE_TIME + (plan->damage == FORGE_NOT_YET);
	forge_add_time(tbs, from);
	forge_add_time(tbs, until);
	forge_close(tbs, mark);
}

struct tally_bytes forge_certificate(const struct forge_certificate *plan)
{
	bool is_other = plan->damage == FORGE_OTHER_ISSUER;
	struct tally_bytes spki = forge_spki(plan->key);
	struct forge_buffer tbs = { 0 };
	size_t mark = forge_open(&tbs, 0x30);
	size_t version;

	if (plan->damage != FORGE_VERSION_1) {
		version = forge_open(&tbs, 0xa0);
		forge_add_uint(&tbs, 0x02, 2);
		forge_close(&tbs, version);
	}
	forge_add_uint(&tbs, 0x02, plan->serial);
	forge_add_algorithm(&tbs, &plan->signer,
			    plan->damage == FORGE_INNER_ALGORITHM ? FORGE_OTHER_ALGORITHM : plan->damage);
	forge_add_name(&tbs, is_other ? "Somebody Else" : plan->issuer,
		       is_other ? tally_bytes(NULL, 0) : plan->issuer_name);
	add_validity(&tbs, plan);
	forge_add_name(&tbs, plan->subject, plan->subject_name);
	forge_add_bytes(&tbs, spki);
	if (plan->damage != FORGE_VERSION_1)
		add_extensions(&tbs, plan);
	forge_close(&tbs, mark);
	free((void *)(uintptr_t)spki.data);
	return forge_finish_signed(&tbs, &plan->signer, plan->damage);
}

void forge_add_pem(struct forge_buffer *text, const char *label, struct tally_bytes der)
{
	unsigned char *encoded = malloc(4 * (der.size / 3) + 8);
	int size;

	must(encoded != NULL);
	size = EVP_EncodeBlock(encoded, der.data, (int)der.size);
	forge_add_text(text, "-----BEGIN ");
	forge_add_text(text, label);
	forge_add_text(text, "-----\n");
	for (int i = 0; i < size; i += 64) {
		forge_add(text, encoded + i, (size_t)(size - i < 64 ? size - i : 64));
		forge_add_text(text, "\n");
	}
	forge_add_text(text, "-----END ");
	forge_add_text(text, label);
	forge_add_text(text, "-----\n");
	free(encoded);
}
