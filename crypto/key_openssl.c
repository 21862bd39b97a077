// SPDX-License-Identifier: BSD-2-Clause
/* Keys by OpenSSL. */
#include "key_openssl.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <pthread.h>
#include <stdlib.h>

#include "spki.h"

#define PEM_LIMIT (64 * 1024)
#define SPKI_LIMIT (16 * 1024)
#define GROUP_NAME_LIMIT 64
#define POINT_LIMIT 132 /* two coordinates of P-521 */
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX (8 * TALLY_OPENSSL_RSA_LIMIT)
#define RSA_EXPONENT_LIMIT 8

/* OpenSSL keeps a queue of errors per thread; what we leave there would surface in somebody else's report. */
enum tally_status tally_openssl_failure(enum tally_status status)
{
	if (ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE)
		status = TALLY_NO_MEMORY;
	ERR_clear_error();
	return status;
}

/* The curves that we know. head is all of a SubjectPublicKeyInfo before x and y. spec: RFC 5480, 2 */
struct curve {
	enum tally_key_kind kind;
	const char *group;
	size_t size; /* of a coordinate */
	const char *head;
	size_t head_size;
};

#define HEAD(text) (text), sizeof(text) - 1

static const struct curve curves[] = {
	{ TALLY_KEY_P256, "prime256v1", 32,
	  HEAD("\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\x03\x42"
	       "\x00"
	       "\x04") },
	{ TALLY_KEY_P384, "secp384r1", 48,
	  HEAD("\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00\x04") },
	{ TALLY_KEY_P521, "secp521r1", 66,
	  HEAD("\x30\x81\x9b\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x23\x03\x81\x86\x00"
	       "\x04") },
};

#define CURVE_COUNT (sizeof(curves) / sizeof(curves[0]))

static const struct curve *curve_of_kind(enum tally_key_kind kind)
{
	for (size_t i = 0; i < CURVE_COUNT; i++)
		if (curves[i].kind == kind)
			return &curves[i];
	return NULL;
}

static const struct curve *curve_of_key(const EVP_PKEY *pkey)
{
	char name[GROUP_NAME_LIMIT];

	if (!EVP_PKEY_is_a(pkey, "EC") ||
	    EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, name, sizeof(name), NULL) != 1)
		return NULL;
	for (size_t i = 0; i < CURVE_COUNT; i++)
		if (strcmp(name, curves[i].group) == 0)
			return &curves[i];
	return NULL;
}

/* Parameters spelt out are refused even where they are those of a named curve: nobody needs them. */
static bool key_has_explicit_parameters(const EVP_PKEY *pkey)
{
	int is_explicit = 1;

	return EVP_PKEY_get_int_param(pkey, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &is_explicit) != 1 ||
	       is_explicit;
}

/* A named curve that we know and a point on it, or RSA of a size that is neither weak nor a way to keep us busy; else 0. */
static enum tally_key_kind key_kind_of(EVP_PKEY *pkey)
{
	const struct curve *curve;
	EVP_PKEY_CTX *context;
	bool is_sound;

	if (EVP_PKEY_is_a(pkey, "RSA"))
		return EVP_PKEY_get_bits(pkey) >= RSA_BITS_MIN && EVP_PKEY_get_bits(pkey) <= RSA_BITS_MAX
			       ? TALLY_KEY_RSA
			       : 0;
	curve = curve_of_key(pkey);
	if (!curve || key_has_explicit_parameters(pkey))
		return 0;
	context = EVP_PKEY_CTX_new_from_pkey(NULL, pkey, NULL);
	is_sound = context && EVP_PKEY_public_check_quick(context) == 1;
	EVP_PKEY_CTX_free(context);
	return is_sound ? curve->kind : 0;
}

static EC_GROUP *groups[CURVE_COUNT];

static void groups_create(void)
{
	for (size_t i = 0; i < CURVE_COUNT; i++)
		groups[i] = EC_GROUP_new_by_curve_name(OBJ_txt2nid(curves[i].group));
}

static const EC_GROUP *group_of_curve(const struct curve *curve)
{
	static pthread_once_t groups_once = PTHREAD_ONCE_INIT;

	pthread_once(&groups_once, groups_create);
	return groups[curve - curves];
}

const EC_GROUP *tally_openssl_group(const struct tally_key *key)
{
	return group_of_curve(curve_of_kind(key->kind));
}

/* The point in its encoding; NULL if it is not on the curve. */
static EC_POINT *point_new(const struct curve *curve, const uint8_t *encoded)
{
	const EC_GROUP *group = group_of_curve(curve);
	EC_POINT *point = group ? EC_POINT_new(group) : NULL;

	if (point && EC_POINT_oct2point(group, point, encoded, 1 + 2 * curve->size, NULL) == 1)
		return point;
	EC_POINT_free(point);
	return NULL;
}

/* The public half of a key on a curve. */
static EC_POINT *point_of_key(EVP_PKEY *pkey, const struct curve *curve)
{
	unsigned char *encoded = NULL;
	size_t size = EVP_PKEY_get1_encoded_public_key(pkey, &encoded);
	EC_POINT *point = size == 1 + 2 * curve->size ? point_new(curve, encoded) : NULL;

	OPENSSL_free(encoded);
	return point;
}

/* Takes pkey and point over, also when it fails. */
static enum tally_status key_new(EVP_PKEY *pkey, EC_POINT *point, enum tally_key_kind kind, bool is_private,
				 struct tally_key **ret)
{
	struct tally_key *key = malloc(sizeof(*key));

	if (!key) {
		EVP_PKEY_free(pkey);
		EC_POINT_free(point);
		return TALLY_NO_MEMORY;
	}
	key->kind = kind;
	key->pkey = pkey;
	key->point = point;
	key->is_private = is_private;
	ERR_clear_error();
	*ret = key;
	return TALLY_OK;
}

/* Takes pkey over, also when it fails. kind 0: not supported. */
static enum tally_status key_wrap(EVP_PKEY *pkey, enum tally_key_kind kind, bool is_private, struct tally_key **ret)
{
	const struct curve *curve = curve_of_kind(kind);
	EC_POINT *point = pkey && curve ? point_of_key(pkey, curve) : NULL;

	if (!pkey || kind == 0 || (curve && !point)) {
		EVP_PKEY_free(pkey);
		return tally_openssl_failure(TALLY_UNSUPPORTED);
	}
	return key_new(pkey, point, kind, is_private, ret);
}

enum tally_key_kind tally_key_kind(const struct tally_key *key)
{
	return key->kind;
}

size_t tally_key_size(const struct tally_key *key)
{
	const struct curve *curve = curve_of_kind(key->kind);

	return curve ? curve->size : (size_t)EVP_PKEY_get_size(key->pkey);
}

bool tally_key_equal(const struct tally_key *a, const struct tally_key *b)
{
	uint8_t *spki[2] = { NULL, NULL };
	size_t size[2] = { 0, 0 };
	bool is_equal = tally_key_spki(a, &spki[0], &size[0]) == TALLY_OK &&
			tally_key_spki(b, &spki[1], &size[1]) == TALLY_OK &&
			tally_bytes_equal(tally_bytes(spki[0], size[0]), tally_bytes(spki[1], size[1]));

	free(spki[0]);
	free(spki[1]);
	return is_equal;
}

/* Takes n and e over, also when it fails. */
static EVP_PKEY *pkey_of_rsa(BIGNUM *n, BIGNUM *e)
{
	EVP_PKEY *pkey = EVP_PKEY_new();
	RSA *rsa = RSA_new();

	if (!rsa || RSA_set0_key(rsa, n, e, NULL) != 1) {
		BN_free(n);
		BN_free(e);
	} else if (pkey && EVP_PKEY_set1_RSA(pkey, rsa) == 1) {
		RSA_free(rsa);
		return pkey;
	}
	RSA_free(rsa);
	EVP_PKEY_free(pkey);
	return NULL;
}

enum tally_status tally_key_from_point(enum tally_key_kind kind, struct tally_bytes point, struct tally_key **ret)
{
	const struct curve *curve = curve_of_kind(kind);
	uint8_t encoded[1 + POINT_LIMIT] = { 0x04 };
	EC_POINT *on_curve;

	if (!curve || point.size != 2 * curve->size)
		return TALLY_UNSUPPORTED;
	memcpy(encoded + 1, point.data, point.size);
	on_curve = point_new(curve, encoded);
	if (!on_curve)
		return tally_openssl_failure(TALLY_UNSUPPORTED);
	return key_new(NULL, on_curve, kind, false, ret);
}

enum tally_status tally_key_from_rsa(struct tally_bytes modulus, struct tally_bytes exponent, struct tally_key **ret)
{
	BIGNUM *n = modulus.size <= RSA_BITS_MAX / 8 ? BN_bin2bn(modulus.data, (int)modulus.size, NULL) : NULL;
	BIGNUM *e = exponent.size <= RSA_EXPONENT_LIMIT ? BN_bin2bn(exponent.data, (int)exponent.size, NULL) : NULL;

	if (n && e && BN_num_bits(n) >= RSA_BITS_MIN && BN_is_odd(n) && BN_is_odd(e) && !BN_is_one(e))
		return key_wrap(pkey_of_rsa(n, e), TALLY_KEY_RSA, false, ret);
	BN_free(e);
	BN_free(n);
	return tally_openssl_failure(TALLY_UNSUPPORTED);
}

enum tally_status tally_key_generate(struct tally_key **ret)
{
	EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve_of_kind(TALLY_KEY_P384)->group);

	return pkey ? key_wrap(pkey, TALLY_KEY_P384, true, ret) : tally_openssl_failure(TALLY_CRYPTO);
}

enum tally_status tally_key_to_pem(const struct tally_key *key, char **ret_pem, size_t *ret_size)
{
	enum tally_status status = TALLY_OK;
	BIO *bio;
	const char *data;
	char *pem = NULL;
	long size;

	if (!key->is_private)
		return TALLY_INVALID;
	bio = BIO_new(BIO_s_secmem());
	if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, key->pkey, NULL, NULL, 0, NULL, NULL) != 1) {
		status = tally_openssl_failure(TALLY_CRYPTO);
		goto out;
	}
	size = BIO_get_mem_data(bio, &data);
	pem = size > 0 ? malloc((size_t)size + 1) : NULL;
	if (!pem) {
		status = TALLY_NO_MEMORY;
		goto out;
	}
	memcpy(pem, data, (size_t)size);
	pem[size] = 0;
	*ret_pem = pem;
	*ret_size = (size_t)size;
out:
	BIO_free(bio);
	return status;
}

/* An encrypted key is refused: OpenSSL's own callback would ask on the terminal. */
static int no_password(char *buffer, int size, int is_writing, void *context)
{
	(void)buffer;
	(void)size;
	(void)is_writing;
	(void)context;
	return -1;
}

enum tally_status tally_key_from_pem(struct tally_bytes pem, struct tally_key **ret)
{
	EVP_PKEY *pkey;
	BIO *bio;
	bool is_private = true;

	if (pem.size == 0 || pem.size > PEM_LIMIT)
		return TALLY_UNSUPPORTED;
	bio = BIO_new_mem_buf(pem.data, (int)pem.size);
	if (!bio)
		return tally_openssl_failure(TALLY_NO_MEMORY);
	pkey = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	if (!pkey && BIO_reset(bio) == 1) {
		is_private = false;
		pkey = PEM_read_bio_PUBKEY(bio, NULL, no_password, NULL);
	}
	BIO_free(bio);
	return key_wrap(pkey, pkey ? key_kind_of(pkey) : 0, is_private, ret);
}

/* The reading must give back the very bytes, or one key would have several fingerprints. */
static enum tally_status spki_check_canonical(const struct tally_key *key, struct tally_bytes spki)
{
	enum tally_status status;
	uint8_t *again;
	size_t size;

	status = tally_key_spki(key, &again, &size);
	if (status != TALLY_OK)
		return status;
	if (!tally_bytes_equal(tally_bytes(again, size), spki))
		status = TALLY_NOT_CANONICAL;
	free(again);
	return status;
}

/* A curve has one head, and behind it stands the point: nothing else to be read, and no other way to write it. */
static const struct curve *curve_of_spki(struct tally_bytes spki)
{
	for (size_t i = 0; i < CURVE_COUNT; i++)
		if (spki.size == curves[i].head_size + 2 * curves[i].size &&
		    memcmp(spki.data, curves[i].head, curves[i].head_size) == 0)
			return &curves[i];
	return NULL;
}

enum tally_status tally_key_from_spki(struct tally_bytes spki, struct tally_key **ret)
{
	const struct curve *curve = curve_of_spki(spki);
	const unsigned char *at = spki.data;
	struct tally_bytes modulus;
	struct tally_bytes exponent;
	struct tally_key *key;
	enum tally_status status;
	EVP_PKEY *pkey;

	if (spki.size == 0 || spki.size > SPKI_LIMIT)
		return TALLY_UNSUPPORTED;
	if (tally_spki_read_rsa(spki, &modulus, &exponent))
		return tally_key_from_rsa(modulus, exponent, ret);
	if (curve)
		return tally_key_from_point(curve->kind, tally_bytes(spki.data + curve->head_size, 2 * curve->size),
					    ret);
	pkey = d2i_PUBKEY(NULL, &at, (long)spki.size);
	if (pkey && at != spki.data + spki.size) {
		EVP_PKEY_free(pkey);
		ERR_clear_error();
		return TALLY_TRAILING;
	}
	status = key_wrap(pkey, pkey ? key_kind_of(pkey) : 0, false, &key);
	if (status != TALLY_OK)
		return status;
	status = spki_check_canonical(key, spki);
	if (status == TALLY_OK)
		*ret = key;
	else
		tally_key_free(key);
	return status;
}

/* What stands before x and y is fixed for each curve. */
static enum tally_status spki_of_point(const struct tally_key *key, const struct curve *curve, uint8_t **ret,
				       size_t *ret_size)
{
	size_t point_size = 1 + 2 * curve->size;
	size_t size = curve->head_size - 1 + point_size;
	uint8_t *spki = malloc(size);

	if (!spki)
		return TALLY_NO_MEMORY;
	memcpy(spki, curve->head, curve->head_size);
	if (EC_POINT_point2oct(group_of_curve(curve), key->point, POINT_CONVERSION_UNCOMPRESSED,
			       spki + curve->head_size - 1, point_size, NULL) != point_size) {
		free(spki);
		return tally_openssl_failure(TALLY_CRYPTO);
	}
	*ret = spki;
	*ret_size = size;
	return TALLY_OK;
}

enum tally_status tally_key_spki(const struct tally_key *key, uint8_t **ret, size_t *ret_size)
{
	unsigned char *der = NULL;
	uint8_t *copy;
	int size;

	if (key->point)
		return spki_of_point(key, curve_of_kind(key->kind), ret, ret_size);
	size = i2d_PUBKEY(key->pkey, &der);
	if (size <= 0)
		return tally_openssl_failure(TALLY_CRYPTO);
	copy = malloc((size_t)size);
	if (copy) {
		memcpy(copy, der, (size_t)size);
		*ret = copy;
		*ret_size = (size_t)size;
	}
	OPENSSL_free(der);
	return copy ? TALLY_OK : TALLY_NO_MEMORY;
}

EVP_PKEY *tally_openssl_pkey(const struct tally_key *key)
{
	const unsigned char *at;
	EVP_PKEY *pkey;
	uint8_t *spki;
	size_t size;

	if (key->pkey)
		return EVP_PKEY_up_ref(key->pkey) == 1 ? key->pkey : NULL;
	if (tally_key_spki(key, &spki, &size) != TALLY_OK)
		return NULL;
	at = spki;
	pkey = d2i_PUBKEY(NULL, &at, (long)size);
	free(spki);
	return pkey;
}

enum tally_status tally_key_fingerprint(const struct tally_key *key, uint8_t ret[TALLY_SPKI_SHA256_SIZE])
{
	struct tally_hash_job job = { .alg = TALLY_SHA256, .ret_digest = ret };
	enum tally_status status;
	uint8_t *spki;
	size_t size;

	status = tally_key_spki(key, &spki, &size);
	if (status != TALLY_OK)
		return status;
	job.parts[0] = tally_bytes(spki, size);
	status = tally_env_hash(&job, 1);
	free(spki);
	return status;
}

void tally_key_free(struct tally_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	EC_POINT_free(key->point);
	free(key);
}
