// SPDX-License-Identifier: BSD-2-Clause
/* Public keys as people keep them. */
#include "public_key.h"

#include <jansson.h>
#include <stdlib.h>

#include "../format/base64.h"
#include "../format/cose.h"
#include "chain.h"
#include "collateral.h"
#include "fault.h"

#define JWK_LIMIT (16 * 1024)

static enum tally_status key_spki(const struct tally_key *key, struct tally_arena *arena, struct tally_bytes *ret)
{
	uint8_t *spki;
	size_t size;
	enum tally_status status = tally_key_spki(key, &spki, &size);

	if (status != TALLY_OK)
		return status;
	*ret = tally_arena_copy(arena, tally_bytes(spki, size));
	free(spki);
	return ret->data ? TALLY_OK : TALLY_NO_MEMORY;
}

/* A curve as COSE and JOSE name it, and what stands before x and y in an SPKI of it. spec: RFC 5480 2 */
struct curve {
	const char *name;
	int64_t number;
	int64_t alg;
	size_t coordinate_size;
	size_t head_size;
	uint8_t head[26];
};

static const struct curve curves[] = {
	{ "P-256", TALLY_COSE_P256, TALLY_COSE_ES256, 32, 26, { 0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
								0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
								0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00 } },
	{ "P-384", TALLY_COSE_P384, TALLY_COSE_ES384, 48, 23, { 0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
								0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
								0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00 } },
	{ "P-521", TALLY_COSE_P521, TALLY_COSE_ES512, 66, 25, { 0x30, 0x81, 0x9b, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86,
								0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
								0x04, 0x00, 0x23, 0x03, 0x81, 0x86, 0x00 } },
};

#define CURVE_COUNT (sizeof(curves) / sizeof(curves[0]))
#define POINT_UNCOMPRESSED 0x04

/* Whether the point is on the curve is seen when somebody verifies with it, as of every SPKI. */
static enum tally_status point_spki(const struct curve *curve, struct tally_bytes x, struct tally_bytes y,
				    struct tally_arena *arena, struct tally_bytes *ret)
{
	size_t size = curve->head_size + 1 + 2 * curve->coordinate_size;
	uint8_t *spki;

	if (x.size != curve->coordinate_size || y.size != curve->coordinate_size)
		return TALLY_UNSUPPORTED;
	spki = tally_arena_take(arena, size, 1);
	if (!spki)
		return TALLY_NO_MEMORY;
	memcpy(spki, curve->head, curve->head_size);
	spki[curve->head_size] = POINT_UNCOMPRESSED;
	memcpy(spki + curve->head_size + 1, x.data, x.size);
	memcpy(spki + curve->head_size + 1 + x.size, y.data, y.size);
	*ret = tally_bytes(spki, size);
	return TALLY_OK;
}

/* A member of base64url digits, as long as they are. */
static bool read_member(const json_t *jwk, const char *name, struct tally_arena *arena, struct tally_bytes *ret)
{
	const char *text = json_string_value(json_object_get(jwk, name));
	size_t size = text ? TALLY_BASE64_ROOM(strlen(text)) : 0;
	struct tally_span room = { tally_arena_take(arena, size, 1), size };

	return text && room.data && tally_base64_read(tally_text(text), TALLY_BASE64_URL, room, ret) == TALLY_OK;
}

/* spec: RFC 7518 6.2.1 */
static enum tally_status ec_spki(const json_t *jwk, struct tally_arena *arena, struct tally_bytes *ret)
{
	const char *curve = json_string_value(json_object_get(jwk, "crv"));
	struct tally_bytes x;
	struct tally_bytes y;

	if (!curve)
		return TALLY_UNSUPPORTED;
	if (!read_member(jwk, "x", arena, &x) || !read_member(jwk, "y", arena, &y))
		return TALLY_INVALID;
	for (size_t i = 0; i < CURVE_COUNT; i++)
		if (strcmp(curves[i].name, curve) == 0)
			return point_spki(&curves[i], x, y, arena, ret);
	return TALLY_UNSUPPORTED;
}

enum tally_status tally_public_key_of_rsa(struct tally_bytes modulus, struct tally_bytes exponent,
					  struct tally_arena *arena, struct tally_bytes *ret_spki)
{
	struct tally_key *key = NULL;
	enum tally_status status = tally_key_from_rsa(modulus, exponent, &key);

	if (status == TALLY_OK)
		status = key_spki(key, arena, ret_spki);
	tally_key_free(key);
	return status;
}

/* spec: RFC 7518 6.3.1 */
static enum tally_status rsa_spki(const json_t *jwk, struct tally_arena *arena, struct tally_bytes *ret)
{
	struct tally_bytes modulus;
	struct tally_bytes exponent;

	if (!read_member(jwk, "n", arena, &modulus) || !read_member(jwk, "e", arena, &exponent))
		return TALLY_INVALID;
	return tally_public_key_of_rsa(modulus, exponent, arena, ret);
}

/* A private key is nobody's to give away: it is refused. */
static enum tally_status jwk_spki(const json_t *jwk, struct tally_arena *arena, struct tally_bytes *ret)
{
	const char *type = json_string_value(json_object_get(jwk, "kty"));

	if (!type || json_object_get(jwk, "d"))
		return TALLY_UNSUPPORTED;
	if (strcmp(type, "EC") == 0)
		return ec_spki(jwk, arena, ret);
	return strcmp(type, "RSA") == 0 ? rsa_spki(jwk, arena, ret) : TALLY_UNSUPPORTED;
}

static enum tally_status read_jwk(struct tally_bytes text, struct tally_arena *arena, struct tally_bytes *ret)
{
	json_t *jwk = text.size <= JWK_LIMIT
			      ? json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL)
			      : NULL;
	enum tally_status status = json_is_object(jwk) ? jwk_spki(jwk, arena, ret) : TALLY_INVALID;

	json_decref(jwk);
	return status;
}

static enum tally_status read_pem(struct tally_bytes text, struct tally_arena *arena, struct tally_bytes *ret)
{
	struct tally_key *key;
	enum tally_status status = tally_key_from_pem(text, &key);

	if (status != TALLY_OK)
		return status;
	status = key_spki(key, arena, ret);
	tally_key_free(key);
	return status;
}

static enum tally_status read_der(struct tally_bytes spki, struct tally_arena *arena, struct tally_bytes *ret)
{
	struct tally_key *key;
	enum tally_status status = tally_key_from_spki(spki, &key);

	if (status != TALLY_OK)
		return status;
	tally_key_free(key);
	*ret = tally_arena_copy(arena, spki);
	return ret->data ? TALLY_OK : TALLY_NO_MEMORY;
}

/* The key of the first certificate. Nothing else of it counts: who gives a key vouches for it. */
static enum tally_status read_certificate(struct tally_bytes bytes, struct tally_arena *arena, struct tally_bytes *ret)
{
	struct tally_certificate *certificates = NULL;
	size_t count = 0;
	enum tally_status status = tally_certificates_read(bytes, NULL, arena, &certificates, &count);

	if (status != TALLY_OK || count == 0)
		return status == TALLY_OK ? TALLY_UNSUPPORTED : status;
	return read_der(certificates[0].spki, arena, ret);
}

static size_t skip_space(struct tally_bytes text)
{
	size_t at = 0;

	while (at < text.size && (text.data[at] == ' ' || text.data[at] == '\n' || text.data[at] == '\t'))
		at++;
	return at;
}

static const char *jwk_fault(struct tally_bytes text, enum tally_status status, struct tally_arena *arena)
{
	json_error_t error = { .position = 0 };
	json_t *jwk = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &error);
	bool is_json = jwk != NULL;

	json_decref(jwk);
	return is_json ? ""
		       : tally_arena_print(arena, "at byte %zu of %zu: %s", (size_t)error.position, text.size,
					   tally_status_message(status));
}

const char *tally_public_key_fault(struct tally_bytes text, enum tally_status status, struct tally_arena *arena)
{
	size_t at = skip_space(text);
	const char *fault;

	if (at < text.size && text.data[at] == '{')
		fault = text.size <= JWK_LIMIT ? jwk_fault(text, status, arena) : "";
	else if (tally_collateral_kind_of(text) == TALLY_COLLATERAL_CERTIFICATES)
		fault = tally_fault_certificates(arena, text);
	else
		fault = tally_fault_spki(arena, text);
	/* Not a place, but what all of it says. */
	return *fault ? fault : tally_arena_print(arena, "in %zu bytes: %s", text.size, tally_status_message(status));
}

enum tally_status tally_public_key_read(struct tally_bytes text, struct tally_arena *arena,
					struct tally_bytes *ret_spki)
{
	size_t at = skip_space(text);

	if (at == text.size)
		return TALLY_TRUNCATED;
	if (text.data[at] == '{')
		return read_jwk(text, arena, ret_spki);
	if (tally_collateral_kind_of(text) == TALLY_COLLATERAL_CERTIFICATES)
		return read_certificate(text, arena, ret_spki);
	return text.data[at] == '-' ? read_pem(text, arena, ret_spki) : read_der(text, arena, ret_spki);
}

enum tally_status tally_public_key_of_cose(const struct tally_cose_key *key, struct tally_arena *arena,
					   struct tally_bytes *ret_spki)
{
	for (size_t i = 0; i < CURVE_COUNT; i++)
		if (key->type == TALLY_COSE_KEY_EC2 && key->curve == curves[i].number &&
		    (key->alg == 0 || key->alg == curves[i].alg))
			return point_spki(&curves[i], key->x, key->y, arena, ret_spki);
	return TALLY_UNSUPPORTED;
}

enum tally_status tally_public_key_pin(struct tally_bytes spki, uint8_t ret[TALLY_SPKI_SHA256_SIZE])
{
	struct tally_hash_job job = { TALLY_SHA256, { spki }, ret };

	return tally_env_hash(&job, 1);
}
