// SPDX-License-Identifier: BSD-2-Clause
/* Public keys as people keep them. */
#include "public_key.h"

#include <jansson.h>
#include <stdlib.h>

#include "../format/base64.h"
#include "../format/cose.h"

#define COORDINATE_LIMIT 66 /* bytes of P-521's */
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

static enum tally_status point_spki(enum tally_key_kind kind, struct tally_bytes x, struct tally_bytes y,
				    struct tally_arena *arena, struct tally_bytes *ret)
{
	uint8_t point[2 * COORDINATE_LIMIT];
	struct tally_key *key;
	enum tally_status status;

	if (x.size == 0 || x.size != y.size || x.size > COORDINATE_LIMIT)
		return TALLY_UNSUPPORTED;
	memcpy(point, x.data, x.size);
	memcpy(point + x.size, y.data, y.size);
	status = tally_key_from_point(kind, tally_bytes(point, 2 * x.size), &key);
	if (status != TALLY_OK)
		return status;
	status = key_spki(key, arena, ret);
	tally_key_free(key);
	return status;
}

static bool read_coordinate(const json_t *jwk, const char *name, struct tally_span room, struct tally_bytes *ret)
{
	const char *text = json_string_value(json_object_get(jwk, name));

	return text && tally_base64_read(tally_text(text), TALLY_BASE64_URL, room, ret) == TALLY_OK;
}

/* spec: RFC 7518 6.2.1 */
static enum tally_status jwk_spki(const json_t *jwk, struct tally_arena *arena, struct tally_bytes *ret)
{
	static const struct {
		const char *curve;
		enum tally_key_kind kind;
	} curves[] = { { "P-256", TALLY_KEY_P256 }, { "P-384", TALLY_KEY_P384 }, { "P-521", TALLY_KEY_P521 } };
	const char *type = json_string_value(json_object_get(jwk, "kty"));
	const char *curve = json_string_value(json_object_get(jwk, "crv"));
	uint8_t room[2][2 * COORDINATE_LIMIT];
	struct tally_bytes x;
	struct tally_bytes y;

	if (!type || strcmp(type, "EC") != 0 || !curve || json_object_get(jwk, "d"))
		return TALLY_UNSUPPORTED;
	if (!read_coordinate(jwk, "x", (struct tally_span){ room[0], sizeof(room[0]) }, &x) ||
	    !read_coordinate(jwk, "y", (struct tally_span){ room[1], sizeof(room[1]) }, &y))
		return TALLY_INVALID;
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (strcmp(curves[i].curve, curve) == 0)
			return point_spki(curves[i].kind, x, y, arena, ret);
	return TALLY_UNSUPPORTED;
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

enum tally_status tally_public_key_read(struct tally_bytes text, struct tally_arena *arena,
					struct tally_bytes *ret_spki)
{
	size_t at = 0;

	while (at < text.size && (text.data[at] == ' ' || text.data[at] == '\n' || text.data[at] == '\t'))
		at++;
	if (at == text.size)
		return TALLY_TRUNCATED;
	if (text.data[at] == '{')
		return read_jwk(text, arena, ret_spki);
	return text.data[at] == '-' ? read_pem(text, arena, ret_spki) : read_der(text, arena, ret_spki);
}

enum tally_status tally_public_key_of_cose(const struct tally_cose_key *key, struct tally_arena *arena,
					   struct tally_bytes *ret_spki)
{
	static const struct {
		int64_t curve;
		enum tally_key_kind kind;
		int64_t alg;
	} curves[] = {
		{ TALLY_COSE_P256, TALLY_KEY_P256, TALLY_COSE_ES256 },
		{ TALLY_COSE_P384, TALLY_KEY_P384, TALLY_COSE_ES384 },
		{ TALLY_COSE_P521, TALLY_KEY_P521, TALLY_COSE_ES512 },
	};

	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (key->type == TALLY_COSE_KEY_EC2 && key->curve == curves[i].curve &&
		    (key->alg == 0 || key->alg == curves[i].alg))
			return point_spki(curves[i].kind, key->x, key->y, arena, ret_spki);
	return TALLY_UNSUPPORTED;
}

enum tally_status tally_public_key_pin(struct tally_bytes spki, uint8_t ret[TALLY_SPKI_SHA256_SIZE])
{
	struct tally_hash_job job = { TALLY_SHA256, { spki }, ret };

	return tally_env_hash(&job, 1);
}
