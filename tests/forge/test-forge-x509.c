// SPDX-License-Identifier: BSD-2-Clause
/* Chains and revocation lists of the test PKI: sound ones hold, also to OpenSSL, and each damage gives its one reason. */
#include "../unit/hex.h"

#include <openssl/x509.h>

#include "../../format/x509.h"
#include "../../verify/crl_choice.h"
#include "../../verify/fault.h"
#include "pki.h"

#define COUNT 3
#define ASKED UINT64_C(0x1234567890)

/* The kinds of chains that the hardware's makers have. */
static const struct kind {
	const char *name;
	enum forge_key_kind key;
	const EVP_MD *(*hash)(void);
	int salt;
} kinds[] = {
	{ "P-256", FORGE_P256, EVP_sha256, FORGE_NO_PSS }, { "P-384", FORGE_P384, EVP_sha384, FORGE_NO_PSS },
	{ "P-521", FORGE_P521, EVP_sha512, FORGE_NO_PSS }, { "RSA PKCS1", FORGE_RSA2048, EVP_sha256, FORGE_NO_PSS },
	{ "RSA PSS", FORGE_RSA2048, EVP_sha384, 48 },
};

static const char *const names[] = { "Leaf", "Authority", "Root" };

static struct forge_signer signer_of(const struct kind *kind, size_t i)
{
	return (struct forge_signer){ forge_key(kind->key, i), kind->hash(), kind->salt };
}

/* Certificate i of three, each signed by the next. */
static struct tally_bytes certificate_of(const struct kind *kind, size_t i, enum forge_damage damage)
{
	size_t issuer = i < 2 ? i + 1 : 2;
	struct forge_certificate plan = { .subject = names[i],
					  .issuer = names[issuer],
					  .key = forge_key(kind->key, i),
					  .signer = signer_of(kind, issuer),
					  .serial = ASKED - i,
					  .not_before = FORGE_TIME - 10 * FORGE_DAY,
					  .not_after = FORGE_TIME + (10 + (int64_t)i) * FORGE_DAY,
					  .is_ca = i > 0,
					  .path_limit = i == 2 ? 1 : -1,
					  .key_usage = i > 0 ? FORGE_USAGE_CA : FORGE_USAGE_SIGN,
					  .damage = damage == FORGE_ROOT ? FORGE_SOUND : damage };

	if (damage == FORGE_ROOT)
		plan.serial++;
	return forge_certificate(&plan);
}

/* The codes of a ledger, separated by blanks. */
static void codes_of(const struct tally_ledger *ledger, char *ret, size_t size)
{
	const struct tally_finding *findings = ledger->findings.items;

	ret[0] = 0;
	for (size_t i = 0; i < ledger->findings.count; i++)
		snprintf(ret + strlen(ret), size - strlen(ret), "%s%s", i ? " " : "",
			 tally_reason_code(findings[i].reason));
}

struct chain_world {
	struct tally_ledger ledger;
	struct tally_kept *kept;
	uint8_t root[1][TALLY_FINGERPRINT_SIZE];
	struct tally_bytes der[COUNT];
	struct tally_certificate certificate[COUNT];
};

static void world_open(struct chain_world *world)
{
	memset(world, 0, sizeof(*world));
	world->ledger.arena = tally_arena_new();
	world->kept = tally_kept_new();
	assert_non_null(world->ledger.arena);
	assert_non_null(world->kept);
}

static void world_close(struct chain_world *world)
{
	for (size_t i = 0; i < COUNT; i++)
		free_bytes(world->der[i]);
	tally_kept_free(world->kept);
	tally_arena_free(world->ledger.arena);
}

static void hash_root(struct tally_bytes der, uint8_t ret[TALLY_FINGERPRINT_SIZE])
{
	assert_int_equal(EVP_Digest(der.data, der.size, ret, NULL, EVP_sha256(), NULL), 1);
}

/* The chain with one damage at one place: false if a certificate can't be read. */
static bool world_chain(struct chain_world *world, const struct kind *kind, size_t place, enum forge_damage damage)
{
	bool is_readable = true;

	for (size_t i = 0; i < COUNT; i++) {
		world->der[i] = certificate_of(kind, i, i == place ? damage : FORGE_SOUND);
		if (tally_certificate_read(world->der[i], &world->certificate[i]) != TALLY_OK)
			is_readable = false;
	}
	hash_root(world->der[2], world->root[0]);
	if (damage == FORGE_ROOT) {
		struct tally_bytes sound = certificate_of(kind, 2, FORGE_SOUND);

		hash_root(sound, world->root[0]);
		free_bytes(sound);
	}
	return is_readable;
}

static struct tally_chain_request request_of(const struct chain_world *world)
{
	return (struct tally_chain_request){ .certificate = world->certificate,
					     .count = COUNT,
					     .roots = { 1, world->root },
					     .time = FORGE_TIME,
					     .leaf_usage = TALLY_X509_DIGITAL_SIGNATURE };
}

static void expect_codes(const char *what, const struct kind *kind, size_t place, const char *codes,
			 const char *expected)
{
	if (strcmp(codes, expected) != 0)
		fail_msg("%s, %s, %s: \"%s\", not \"%s\"", kind->name, place < COUNT ? names[place] : "list", what,
			 codes, expected);
}

static void each_damage_of_a_certificate_has_its_reason(void **state)
{
	size_t count;
	const struct forge_damage_row *rows = forge_damages(&count);

	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (size_t row = 0; row < count * COUNT; row++) {
			const struct forge_damage_row *damage = &rows[row / COUNT];
			size_t place = row % COUNT;
			struct chain_world world;
			struct tally_chain chain;
			char codes[1024] = "certificate.malformed";

			if (!(damage->places >> place & 1) || (damage->needs_pss && kinds[k].salt == FORGE_NO_PSS))
				continue;
			world_open(&world);
			if (world_chain(&world, &kinds[k], place, damage->damage)) {
				struct tally_chain_request request = request_of(&world);

				assert_int_equal(
					tally_chain_judge(&request, world.kept, &world.ledger, "test.chain", &chain),
					TALLY_OK);
				codes_of(&world.ledger, codes, sizeof(codes));
				assert_int_equal(chain.holds, damage->reason == NULL);
			}
			expect_codes(damage->name, &kinds[k], place, codes, damage->reason ? damage->reason : "");
			world_close(&world);
		}
}

static struct forge_crl list_plan(const struct kind *kind, enum forge_damage damage)
{
	static const uint64_t revoked[] = { 5, UINT64_C(0x80), UINT64_C(0x123456789012) };

	return (struct forge_crl){ .issuer = names[1],
				   .signer = signer_of(kind, 1),
				   .this_update = FORGE_TIME - FORGE_DAY,
				   .next_update = FORGE_TIME + FORGE_DAY,
				   .number = 7,
				   .revoked_count = 3,
				   .revoked = revoked,
				   .asked = ASKED,
				   .damage = damage };
}

static void each_damage_of_a_list_has_its_reason(void **state)
{
	size_t count;
	const struct forge_damage_row *rows = forge_damages(&count);

	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (size_t row = 0; row < count; row++) {
			struct forge_crl plan = list_plan(&kinds[k], rows[row].damage);
			char codes[1024] = "crl.malformed";
			struct chain_world world;
			struct tally_bytes der;
			struct tally_crl crl;
			bool holds;

			if (!(rows[row].places & FORGE_AT_CRL) ||
			    (rows[row].needs_pss && kinds[k].salt == FORGE_NO_PSS))
				continue;
			world_open(&world);
			assert_true(world_chain(&world, &kinds[k], COUNT, FORGE_SOUND));
			der = forge_crl(&plan);
			if (tally_crl_read(der, &crl) == TALLY_OK) {
				assert_int_equal(tally_crl_judge(&crl, &world.certificate[1], FORGE_TIME, world.kept,
								 &world.ledger, "test.crl", &holds),
						 TALLY_OK);
				holds = tally_crl_judge_certificate(&crl, &world.certificate[0], &world.ledger,
								    "test.chain") &&
					holds;
				assert_int_equal(holds, rows[row].crl_reason == NULL);
				codes_of(&world.ledger, codes, sizeof(codes));
			}
			expect_codes(rows[row].name, &kinds[k], COUNT, codes,
				     rows[row].crl_reason ? rows[row].crl_reason : "");
			free_bytes(der);
			world_close(&world);
		}
}

/* Entries alike are read once: one that has the size of those before it and not their bytes is read by itself. */
static void every_entry_of_a_list_is_read(void **state)
{
	struct forge_crl plan = list_plan(&kinds[0], FORGE_REVOKES);
	struct tally_bytes der = forge_crl(&plan);
	struct tally_bytes copy = exact_copy(der);
	uint8_t *bytes = (uint8_t *)(uintptr_t)copy.data;
	struct tally_crl crl;
	size_t from, count = 0;

	(void)state;
	assert_int_equal(tally_crl_read(der, &crl), TALLY_OK);
	from = (size_t)(crl.revoked.data - der.data);
	/* UTCTime of YYMMDDHHMMSSZ. spec: RFC 5280, 4.1.2.5.1 */
	for (size_t at = from; at + 15 <= from + crl.revoked.size; at++) {
		if (bytes[at] != 0x17 || bytes[at + 1] != 13 || bytes[at + 14] != 'Z')
			continue;
		memcpy(bytes + at + 4, "13", 2);
		assert_int_equal(tally_crl_read(copy, &crl), TALLY_OUT_OF_RANGE);
		memcpy(bytes + at + 4, der.data + at + 4, 2);
		count++;
	}
	assert_int_equal(count, plan.revoked_count + 1);
	free_bytes(copy);
	free_bytes(der);
}

/* A list of the authority's, and which of two is chosen, wherever they stand: the attester's come before the caller's. */
struct list {
	int64_t age;	 /* in seconds */
	uint64_t number; /* 0: none */
	enum forge_damage damage;
};

static struct tally_bytes list_of(const struct list *list)
{
	struct forge_crl plan = list_plan(&kinds[0], list->damage);

	plan.this_update -= list->age;
	plan.number = list->number;
	return forge_crl(&plan);
}

static void the_newest_of_two_lists_counts(void **state)
{
	static const struct {
		const char *name;
		struct list chosen, other;
	} rows[] = {
		{ "neither has a number", { 0, 0, FORGE_REVOKES }, { 1, 0, FORGE_SOUND } },
		{ "the newer has none", { 0, 0, FORGE_REVOKES }, { 1, 9, FORGE_SOUND } },
		{ "the older has none", { 0, 9, FORGE_REVOKES }, { 1, 0, FORGE_SOUND } },
		{ "a number that is too great", { 0, 8, FORGE_REVOKES }, { 1, 9, FORGE_SOUND } },
		{ "nobody is revoked any more", { 0, 9, FORGE_SOUND }, { 1, 0, FORGE_REVOKES } },
		{ "of one second", { 0, 9, FORGE_REVOKES }, { 0, 8, FORGE_SOUND } },
		{ "of one second, one byte more", { 0, 256, FORGE_REVOKES }, { 0, 255, FORGE_SOUND } },
		{ "of one second, one without number", { 0, 1, FORGE_REVOKES }, { 0, 0, FORGE_SOUND } },
		{ "a newer one is forged", { 1, 0, FORGE_REVOKES }, { 0, 9, FORGE_OTHER_KEY } },
		{ "a newer one of another issuer", { 1, 0, FORGE_REVOKES }, { 0, 9, FORGE_OTHER_ISSUER } },
		{ "a newer one that can't be read", { 1, 0, FORGE_REVOKES }, { 0, 9, FORGE_TRAILING } },
	};
	struct chain_world world;

	(void)state;
	world_open(&world);
	assert_true(world_chain(&world, &kinds[0], COUNT, FORGE_SOUND));
	for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
		struct tally_bytes chosen = list_of(&rows[row].chosen);
		struct tally_bytes other = list_of(&rows[row].other);

		for (size_t is_first = 0; is_first < 2; is_first++) {
			struct tally_collateral_item items[2];
			const struct tally_collateral collateral = { 2, items };
			struct tally_crl_choice choice = { .is_found = false };

			items[!is_first] = (struct tally_collateral_item){ TALLY_COLLATERAL_CRL, "chosen", chosen };
			items[is_first] = (struct tally_collateral_item){ TALLY_COLLATERAL_CRL, "other", other };
			assert_int_equal(tally_crl_choose(&collateral, &world.certificate[1], FORGE_TIME, world.kept,
							  world.ledger.arena, &choice),
					 TALLY_OK);
			assert_true(choice.is_found && choice.is_sound);
			if (!tally_bytes_equal(choice.crl.der, chosen))
				fail_msg("%s, %s", rows[row].name, is_first ? "first" : "last");
		}
		free_bytes(chosen);
		free_bytes(other);
	}
	world_close(&world);
}

/* An authority that may not sign lists, and a leaf that may not sign. */
static void usage_is_what_a_key_is_for(void **state)
{
	struct forge_crl plan = list_plan(&kinds[0], FORGE_SOUND);
	struct tally_bytes der = forge_crl(&plan);
	struct tally_chain_request request;
	struct chain_world world;
	struct tally_chain chain;
	struct tally_crl crl;
	uint32_t faults = 0;

	(void)state;
	world_open(&world);
	assert_true(world_chain(&world, &kinds[0], 0, FORGE_OTHER_KEY_USAGE));
	assert_int_equal(tally_crl_read(der, &crl), TALLY_OK);
	world.certificate[1].key_usage &= (uint16_t)~TALLY_X509_CRL_SIGN;
	assert_int_equal(tally_crl_check(&crl, &world.certificate[1], FORGE_TIME, world.kept, &faults), TALLY_OK);
	assert_int_equal(faults, TALLY_CRL_KEY_USAGE);
	request = request_of(&world);
	assert_int_equal(tally_chain_check(&request, world.kept, &chain), TALLY_OK);
	assert_int_equal(chain.fault[0], TALLY_LINK_KEY_USAGE);
	request.leaf_usage = 0;
	assert_int_equal(tally_chain_check(&request, world.kept, &chain), TALLY_OK);
	assert_true(chain.holds);
	assert_int_equal(chain.valid_until, FORGE_TIME + 10 * FORGE_DAY);
	free_bytes(der);
	world_close(&world);
}

/* Roots: known, of a test, denied. */
static void roots_are_named(void **state)
{
	struct tally_chain_request request;
	struct chain_world world;
	struct tally_chain chain;

	(void)state;
	world_open(&world);
	assert_true(world_chain(&world, &kinds[0], COUNT, FORGE_SOUND));
	request = request_of(&world);
	request.test_roots = request.roots;
	request.roots.count = 0;
	assert_int_equal(tally_chain_check(&request, world.kept, &chain), TALLY_OK);
	assert_true(chain.holds && chain.has_test_root);
	/* What is kept under a root is no trust in it: another policy has other roots. */
	request.test_roots.count = 0;
	assert_int_equal(tally_chain_check(&request, world.kept, &chain), TALLY_OK);
	assert_true(!chain.holds && chain.fault[COUNT - 1] == TALLY_LINK_ROOT);
	request.test_roots.count = 1;
	request.denied = request.test_roots;
	assert_int_equal(tally_chain_check(&request, world.kept, &chain), TALLY_OK);
	assert_true(!chain.holds && !chain.has_test_root);
	assert_int_equal(chain.fault[2], TALLY_LINK_DENIED);
	request.count = 0;
	assert_int_equal(tally_chain_check(&request, world.kept, &chain), TALLY_INVALID);
	world_close(&world);
}

/* A critical extension is no fault where the caller reads it. */
static void the_caller_can_know_more(void **state)
{
	struct tally_bytes known = tally_bytes("\x2a\x03\x04", 3);
	struct tally_chain_request request;
	struct chain_world world;
	struct tally_chain chain;

	(void)state;
	world_open(&world);
	assert_true(world_chain(&world, &kinds[0], 0, FORGE_CRITICAL));
	request = request_of(&world);
	request.critical = &known;
	request.critical_count = 1;
	assert_int_equal(tally_chain_check(&request, world.kept, &chain), TALLY_OK);
	assert_true(chain.holds);
	world_close(&world);
}

/* What is kept spares the signatures of authorities, within its time, and never those of leaves. */
static void what_is_kept_ends(void **state)
{
	static const struct {
		int64_t time;
		uint64_t made, spared;
	} steps[] = {
		{ FORGE_TIME, 2, 0 },
		{ FORGE_TIME, 1, 1 },
		{ FORGE_TIME + 11 * FORGE_DAY, 1, 1 },	   /* the authority's last second */
		{ FORGE_TIME + 11 * FORGE_DAY + 1, 2, 0 }, /* over */
		{ FORGE_TIME - 10 * FORGE_DAY - 1, 2, 0 }, /* not yet */
		{ FORGE_TIME, 1, 1 },
	};
	struct tally_kept_counts before = { .made = 0 };
	struct tally_chain_request request;
	struct chain_world world;
	struct tally_chain chain;

	(void)state;
	world_open(&world);
	assert_true(world_chain(&world, &kinds[0], COUNT, FORGE_SOUND));
	request = request_of(&world);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct tally_kept_counts after;

		request.time = steps[i].time;
		assert_int_equal(tally_chain_check(&request, world.kept, &chain), TALLY_OK);
		after = tally_kept_counts(world.kept);
		assert_int_equal(after.made - before.made, steps[i].made);
		assert_int_equal(after.spared - before.spared, steps[i].spared);
		before = after;
	}
	world_close(&world);
}

/* OpenSSL reads what the forge makes, and finds it well signed. */
static void openssl_agrees(void **state)
{
	(void)state;
	for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		for (size_t i = 0; i < COUNT; i++) {
			struct tally_bytes der = certificate_of(&kinds[k], i, FORGE_SOUND);
			struct forge_crl plan = list_plan(&kinds[k], FORGE_SOUND);
			struct tally_bytes list = forge_crl(&plan);
			const unsigned char *at = der.data;
			X509 *certificate = d2i_X509(NULL, &at, (long)der.size);
			X509_CRL *crl;

			assert_non_null(certificate);
			assert_int_equal(X509_verify(certificate, forge_key(kinds[k].key, i < 2 ? i + 1 : 2)), 1);
			at = list.data;
			crl = d2i_X509_CRL(NULL, &at, (long)list.size);
			assert_non_null(crl);
			assert_int_equal(X509_CRL_verify(crl, forge_key(kinds[k].key, 1)), 1);
			X509_CRL_free(crl);
			X509_free(certificate);
			free_bytes(list);
			free_bytes(der);
		}
}

/* No bit of what is signed can change; what is outside of it makes the certificate unreadable or its signature wrong. */
static void every_flipped_bit_is_found(void **state)
{
	struct chain_world world;
	struct tally_bytes der;

	(void)state;
	world_open(&world);
	assert_true(world_chain(&world, &kinds[0], COUNT, FORGE_SOUND));
	der = exact_copy(world.der[0]);
	for (size_t bit = 0; bit < 8 * der.size; bit++) {
		uint8_t *byte = (uint8_t *)(uintptr_t)der.data + bit / 8;
		struct tally_chain chain = { .holds = false };

		*byte ^= (uint8_t)(1U << bit % 8);
		if (tally_certificate_read(der, &world.certificate[0]) == TALLY_OK) {
			struct tally_chain_request request = request_of(&world);

			assert_int_equal(tally_chain_check(&request, world.kept, &chain), TALLY_OK);
		}
		if (chain.holds)
			fail_msg("bit %zu", bit);
		*byte ^= (uint8_t)(1U << bit % 8);
	}
	free_bytes(der);
	world_close(&world);
}

static void prefixes_are_refused(void **state)
{
	struct forge_crl plan = list_plan(&kinds[0], FORGE_SOUND);
	struct tally_bytes list = forge_crl(&plan);
	struct tally_bytes der = certificate_of(&kinds[0], 0, FORGE_SOUND);
	struct tally_certificate certificate;
	struct tally_crl crl;

	(void)state;
	for (size_t size = 0; size < der.size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(der.data, size));

		assert_int_equal(tally_certificate_read(prefix, &certificate), TALLY_TRUNCATED);
		free_bytes(prefix);
	}
	for (size_t size = 0; size < list.size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(list.data, size));

		assert_int_equal(tally_crl_read(prefix, &crl), TALLY_TRUNCATED);
		free_bytes(prefix);
	}
	free_bytes(list);
	free_bytes(der);
}

/* A file of sound blocks and a piece behind them that is wrong: its place is what stands before it. */
struct file_row {
	const char *name;
	const char *label;
	size_t sound;	   /* blocks before the piece */
	const char *piece; /* NULL: a sound block, with a byte more in what it decodes to; or that in DER */
	enum { NOWHERE, IN_BLOCK, AT_BYTE, IN_DER } place;
	const char *more; /* behind the place */
};

#define CERTIFICATE_BLOCK(digits) "-----BEGIN CERTIFICATE-----\n" digits "\n-----END CERTIFICATE-----\n"
#define LIST_BLOCK "-----BEGIN X509 CRL-----\nBAA=\n-----END X509 CRL-----\n"

static bool file_is_read(const struct tally_collateral_item *item, struct tally_arena *arena)
{
	struct tally_certificate *certificates;
	struct tally_crl crl;
	size_t count;

	if (item->kind == TALLY_COLLATERAL_CRL)
		return tally_crl_read_any(item->bytes, NULL, arena, &crl) == TALLY_OK;
	return tally_certificates_read(item->bytes, NULL, arena, &certificates, &count) == TALLY_OK;
}

static bool file_is_told(const struct file_row *row, struct tally_bytes sound, struct tally_arena *arena)
{
	bool is_list = strcmp(row->label, "X509 CRL") == 0;
	struct forge_buffer file = { 0 };
	struct forge_buffer longer = { 0 };
	struct tally_collateral_item item = { .kind = is_list ? TALLY_COLLATERAL_CRL : TALLY_COLLATERAL_CERTIFICATES,
					      .origin = "some file" };
	char expected[160] = "some file: at byte ";
	char end[80] = "";
	const char *text;
	size_t at;

	for (size_t i = 0; i < row->sound; i++)
		forge_add_pem(&file, row->label, sound);
	forge_add_text(&file, " \r\n");
	at = file.size;
	forge_add_bytes(&longer, sound);
	forge_add(&longer, "", 1);
	if (row->piece)
		forge_add_text(&file, row->piece);
	else
		forge_add_pem(&file, row->label, forge_bytes(&longer));
	item.bytes = row->place == IN_DER ? forge_bytes(&longer) : forge_bytes(&file);
	if (row->place != IN_DER)
		snprintf(expected, sizeof(expected), "some file: %sat byte %zu of %zu%s",
			 row->place == IN_BLOCK ? "in the block " : "", at, file.size, row->more);
	if (row->place == NOWHERE)
		expected[11] = 0;
	if (!row->piece)
		snprintf(end, sizeof(end), "%zu of %zu: bytes left after the last field", sound.size, longer.size);
	assert_int_equal(file_is_read(&item, arena), row->place == NOWHERE);
	text = tally_fault_item(arena, &item);
	free_bytes(forge_bytes(&file));
	free_bytes(forge_bytes(&longer));
	if (row->place == NOWHERE)
		return strcmp(text, expected) == 0;
	return strncmp(text, expected, strlen(expected)) == 0 && strstr(text, end);
}

static void files_are_wrong_at_a_byte(void **state)
{
	static const char decoded[] = ", decoded: at byte ";
	static const struct file_row rows[] = {
		{ "certificates", "CERTIFICATE", 2, "", NOWHERE, "" },
		{ "a list", "X509 CRL", 1, "", NOWHERE, "" },
		{ "a byte behind", "CERTIFICATE", 0, NULL, IN_BLOCK, decoded },
		{ "a byte behind the second", "CERTIFICATE", 1, NULL, IN_BLOCK, decoded },
		{ "a byte behind a list", "X509 CRL", 0, NULL, IN_BLOCK, decoded },
		{ "a byte behind, in DER", "CERTIFICATE", 0, NULL, IN_DER, "" },
		{ "a byte behind a list, in DER", "X509 CRL", 0, NULL, IN_DER, "" },
		{ "no sequence", "CERTIFICATE", 1, CERTIFICATE_BLOCK("BAA="), IN_BLOCK, ", decoded: at byte 0 of 2: " },
		{ "no digits", "CERTIFICATE", 2, CERTIFICATE_BLOCK("B!A="), IN_BLOCK, ": " },
		{ "another label", "CERTIFICATE", 1, LIST_BLOCK, IN_BLOCK, ": " },
		{ "no end", "CERTIFICATE", 1, "-----BEGIN CERTIFICATE-----\nBAA=\n", IN_BLOCK, ": " },
		{ "no block", "CERTIFICATE", 1, "text", IN_BLOCK, ": " },
		{ "too many", "CERTIFICATE", 8, CERTIFICATE_BLOCK("BAA="), AT_BYTE, ": a length or number is outside" },
		{ "two lists", "X509 CRL", 1, LIST_BLOCK, AT_BYTE, ": bytes left" },
		{ "a list, and two bytes", "X509 CRL", 1, "xx", AT_BYTE, ": bytes left" },
	};
	struct forge_crl plan = list_plan(&kinds[0], FORGE_SOUND);
	struct tally_bytes certificate = certificate_of(&kinds[0], 0, FORGE_SOUND);
	struct tally_bytes list = forge_crl(&plan);
	struct tally_arena *arena = tally_arena_new();

	(void)state;
	assert_non_null(arena);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!file_is_told(&rows[i], strcmp(rows[i].label, "X509 CRL") == 0 ? list : certificate, arena))
			fail_msg("%s", rows[i].name);
	tally_arena_free(arena);
	free_bytes(certificate);
	free_bytes(list);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(openssl_agrees),
		cmocka_unit_test(each_damage_of_a_certificate_has_its_reason),
		cmocka_unit_test(each_damage_of_a_list_has_its_reason),
		cmocka_unit_test(every_entry_of_a_list_is_read),
		cmocka_unit_test(the_newest_of_two_lists_counts),
		cmocka_unit_test(usage_is_what_a_key_is_for),
		cmocka_unit_test(roots_are_named),
		cmocka_unit_test(the_caller_can_know_more),
		cmocka_unit_test(what_is_kept_ends),
		cmocka_unit_test(every_flipped_bit_is_found),
		cmocka_unit_test(prefixes_are_refused),
		cmocka_unit_test(files_are_wrong_at_a_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
