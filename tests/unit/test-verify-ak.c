// SPDX-License-Identifier: BSD-2-Clause
/* Records of activated keys: what they say, whose they are, and since when; and what is exchanged to make one. */
#include "hex.h"

#include "../../format/cose.h"
#include "../../verify/ak_binding.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define EK_NAME "000b 1111111111111111111111111111111111111111111111111111111111111111"
#define AK_NAME                                                 \
	"000c 222222222222222222222222222222222222222222222222" \
	"222222222222222222222222222222222222222222222222"
#define TIME UINT64_C(1790000000)

struct ak_world {
	struct tally_key *key;
	uint8_t pin[1][TALLY_SPKI_SHA256_SIZE];
	struct tally_bytes ek;
	struct tally_bytes ak;
	uint8_t room[2048];
	struct tally_bytes record;
};

static void world_open(struct ak_world *world)
{
	struct tally_writer writer = tally_writer(world->room, sizeof(world->room));
	struct tally_ak_binding binding = { .time = TIME };

	assert_int_equal(tally_key_generate(&world->key), TALLY_OK);
	assert_int_equal(tally_key_fingerprint(world->key, world->pin[0]), TALLY_OK);
	binding.ek_name = world->ek = hex_bytes(EK_NAME);
	binding.ak_name = world->ak = hex_bytes(AK_NAME);
	assert_int_equal(tally_ak_binding_sign(world->key, &binding, &writer), TALLY_OK);
	world->record = tally_written(&writer);
}

static void world_close(struct ak_world *world)
{
	tally_key_free(world->key);
	free_bytes(world->ek);
	free_bytes(world->ak);
}

/* Judge a record; the only finding's code, or "". */
static const char *judge(struct tally_bytes record, const struct tally_ak_trust *trust, struct tally_ak_binding *ret)
{
	struct tally_ledger ledger = { .arena = tally_arena_new() };
	const struct tally_finding *finding;
	const char *code = "";
	bool holds = true;

	assert_non_null(ledger.arena);
	assert_int_equal(tally_ak_binding_judge(record, trust, &ledger, "ak-binding", ret, &holds), TALLY_OK);
	assert_true(ledger.findings.count <= 1);
	assert_int_equal(holds, ledger.findings.count == 0);
	finding = ledger.findings.items;
	if (ledger.findings.count)
		code = tally_reason_code(finding->reason);
	tally_arena_free(ledger.arena);
	return code;
}

static void a_record_says_what_was_signed(void **state)
{
	struct ak_world world;
	struct tally_ak_trust trust = { 1, world.pin, (int64_t)TIME, 0 };
	struct tally_ak_binding binding;

	(void)state;
	world_open(&world);
	assert_string_equal(judge(world.record, &trust, &binding), "");
	assert_bytes_equal(binding.ek_name, world.ek);
	assert_bytes_equal(binding.ak_name, world.ak);
	assert_true(binding.time == TIME);
	world_close(&world);
}

static void records_of_others_and_of_other_times_are_refused(void **state)
{
	static const struct {
		const char *name;
		bool is_pinned;
		int64_t time;
		uint64_t max_age;
		const char *expected;
	} cases[] = {
		{ "nobody is pinned", false, (int64_t)TIME, 0, "tpm.ak-binding-unpinned" },
		{ "a second before it was made", true, (int64_t)TIME - 1, 0, "tpm.ak-binding-not-yet-valid" },
		{ "its last second", true, (int64_t)TIME + 60, 60, "" },
		{ "a second later", true, (int64_t)TIME + 61, 60, "tpm.ak-binding-too-old" },
		{ "no limit", true, (int64_t)TIME * 2, 0, "" },
		{ "before 1970", true, -1, 0, "tpm.ak-binding-not-yet-valid" },
	};
	struct tally_ak_binding binding;
	struct ak_world world;

	(void)state;
	world_open(&world);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_ak_trust trust = { cases[i].is_pinned ? 1 : 0, world.pin, cases[i].time,
						cases[i].max_age };

		if (strcmp(judge(world.record, &trust, &binding), cases[i].expected) != 0)
			fail_msg("%s", cases[i].name);
	}
	world_close(&world);
}

/* A record under another header: signed with ES384 by the world's key, whatever the header says. */
static struct tally_bytes record_under(const struct ak_world *world, int64_t alg, const char *content_type,
				       struct tally_bytes key_id)
{
	uint8_t header[256], payload[TALLY_AK_BINDING_ROOM], message[2048], record[2048];
	struct tally_writer header_writer = tally_writer(header, sizeof(header));
	struct tally_writer payload_writer = tally_writer(payload, sizeof(payload));
	struct tally_writer message_writer = tally_writer(message, sizeof(message));
	struct tally_writer writer = tally_writer(record, sizeof(record));
	struct tally_ak_binding binding = { .ek_name = world->ek, .ak_name = world->ak, .time = TIME };
	uint8_t signature[TALLY_ES384_SIZE];
	uint8_t *spki = NULL;

	assert_int_equal(tally_key_spki(world->key, &spki, &binding.key_spki.size), TALLY_OK);
	binding.key_spki.data = spki;
	tally_cose_write_protected(&header_writer, alg, tally_text(content_type), key_id);
	tally_ak_binding_write(&payload_writer, &binding);
	tally_cose_write_tbs(&message_writer, tally_written(&header_writer), tally_written(&payload_writer));
	assert_int_equal(message_writer.status, TALLY_OK);
	assert_int_equal(tally_sign_es384(world->key, tally_written(&message_writer), signature), TALLY_OK);
	tally_cose_write(&writer, tally_written(&header_writer), tally_written(&payload_writer),
			 tally_bytes(signature, sizeof(signature)));
	assert_int_equal(writer.status, TALLY_OK);
	free(spki);
	return exact_copy(tally_written(&writer));
}

/* What the key signed for another purpose, or says to have signed in another way, is none. spec: docs/formats/ak-binding.md 1 */
static void the_header_says_what_was_signed(void **state)
{
	static const char own[] = "application/vnd.tally.ak-binding+cbor";
	static const struct {
		const char *name;
		int64_t alg;
		const char *content_type;
		size_t key_id; /* of the signer, of somebody else, none */
		const char *expected;
	} cases[] = {
		{ "as it should be", -35, own, 0, "" },
		{ "ES256", -7, own, 0, "tpm.ak-binding-malformed" },
		{ "ES512", -36, own, 0, "tpm.ak-binding-malformed" },
		{ "a soft report", -35, "application/vnd.tally.soft-report+cbor", 0, "tpm.ak-binding-malformed" },
		{ "a longer content type", -35, "application/vnd.tally.ak-binding+cbor2", 0,
		  "tpm.ak-binding-malformed" },
		{ "no content type", -35, "", 0, "tpm.ak-binding-malformed" },
		{ "the key id of somebody else", -35, own, 1, "tpm.ak-binding-unpinned" },
		{ "no key id", -35, own, 2, "tpm.ak-binding-unpinned" },
	};
	static const uint8_t other[TALLY_SPKI_SHA256_SIZE] = { 1 };
	struct tally_ak_binding binding;
	struct ak_world world;

	(void)state;
	world_open(&world);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct tally_bytes key_ids[] = { { world.pin[0], sizeof(world.pin[0]) },
						       { other, sizeof(other) },
						       { NULL, 0 } };
		struct tally_ak_trust trust = { 1, world.pin, (int64_t)TIME, 0 };
		struct tally_bytes record =
			record_under(&world, cases[i].alg, cases[i].content_type, key_ids[cases[i].key_id]);

		if (strcmp(judge(record, &trust, &binding), cases[i].expected) != 0)
			fail_msg("%s", cases[i].name);
		free_bytes(record);
	}
	world_close(&world);
}

/* One bit anywhere makes it unreadable, wrongly signed, or somebody else's. */
static void no_bit_of_a_record_can_change(void **state)
{
	size_t signature_count = 0;
	struct tally_ak_binding binding;
	struct ak_world world;

	(void)state;
	world_open(&world);
	for (size_t bit = 0; bit < 8 * world.record.size; bit += 3) {
		struct tally_ak_trust trust = { 1, world.pin, (int64_t)TIME + 1000, 0 };
		struct tally_ledger ledger = { .arena = tally_arena_new() };
		bool holds = true;

		world.room[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_int_equal(tally_ak_binding_judge(world.record, &trust, &ledger, "ak-binding", &binding, &holds),
				 TALLY_OK);
		assert_false(holds);
		for (size_t i = 0; i < ledger.findings.count; i++)
			signature_count +=
				strcmp(tally_reason_code(
					       ((const struct tally_finding *)ledger.findings.items)[i].reason),
				       "tpm.ak-binding-signature") == 0;
		tally_arena_free(ledger.arena);
		world.room[bit / 8] ^= (uint8_t)(1U << bit % 8);
	}
	assert_true(signature_count > 100);
	world_close(&world);
}

static void prefixes_and_other_things_are_malformed(void **state)
{
	struct tally_ak_trust trust = { 0, NULL, (int64_t)TIME, 0 };
	struct tally_ak_binding binding;
	struct ak_world world;

	(void)state;
	world_open(&world);
	for (size_t size = 0; size < world.record.size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(world.record.data, size));

		assert_string_equal(judge(prefix, &trust, &binding), "tpm.ak-binding-malformed");
		free_bytes(prefix);
	}
	world_close(&world);
}

/* The payload and what a verifier remembers differ in their last member only: 5 is a key, or a hash. */
#define START "a5 01 01 02 5822" EK_NAME "03 5832" AK_NAME "04 1a 6ab13b80"

static void payloads_are_read_strictly(void **state)
{
	static const struct {
		const char *name;
		const char *hex;
		enum tally_status binding;
		enum tally_status challenge;
	} cases[] = {
		{ "a key", START "05 43 010203", TALLY_OK, TALLY_OUT_OF_RANGE },
		{ "a hash",
		  START "05 5820"
			"3333333333333333333333333333333333333333333333333333333333333333",
		  TALLY_OK, TALLY_OK },
		{ "nothing", START "05 40", TALLY_OUT_OF_RANGE, TALLY_OUT_OF_RANGE },
		{ "a byte behind", START "05 43 010203 00", TALLY_TRAILING, TALLY_OUT_OF_RANGE },
		{ "version 2", "a5 01 02 02 5822" EK_NAME "03 5832" AK_NAME "04 1a 6ab13b80 05 41 00",
		  TALLY_UNSUPPORTED, TALLY_UNSUPPORTED },
		{ "four members", "a4 01 01 02 5822" EK_NAME "03 5832" AK_NAME "04 1a 6ab13b80", TALLY_OUT_OF_RANGE,
		  TALLY_OUT_OF_RANGE },
		{ "a name of the wrong size", "a5 01 01 02 44 000b1111 03 5832" AK_NAME "04 1a 6ab13b80 05 41 00",
		  TALLY_OUT_OF_RANGE, TALLY_OUT_OF_RANGE },
		{ "a name of an unknown algorithm", "a5 01 01 02 42 0010 03 5832" AK_NAME "04 1a 6ab13b80 05 41 00",
		  TALLY_OUT_OF_RANGE, TALLY_OUT_OF_RANGE },
		{ "the EK twice", "a5 01 01 02 5822" EK_NAME "02 5822" EK_NAME "04 1a 6ab13b80 05 41 00",
		  TALLY_DISORDER, TALLY_DISORDER },
		{ "a time beyond 63 bits",
		  "a5 01 01 02 5822" EK_NAME "03 5832" AK_NAME "04 1b 8000000000000000 05 41 00", TALLY_OUT_OF_RANGE,
		  TALLY_OUT_OF_RANGE },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes bytes = hex_bytes(cases[i].hex);
		struct tally_ak_challenge challenge;
		struct tally_ak_binding binding;
		uint8_t again[256];
		struct tally_writer writer = tally_writer(again, sizeof(again));

		if (tally_ak_binding_read(bytes, &binding) != cases[i].binding ||
		    tally_ak_challenge_read(bytes, &challenge) != cases[i].challenge)
			fail_msg("%s", cases[i].name);
		if (cases[i].binding == TALLY_OK) {
			tally_ak_binding_write(&writer, &binding);
			assert_bytes_equal(tally_written(&writer), bytes);
		}
		writer = tally_writer(again, sizeof(again));
		if (cases[i].challenge == TALLY_OK) {
			tally_ak_challenge_write(&writer, &challenge);
			assert_bytes_equal(tally_written(&writer), bytes);
		}
		free_bytes(bytes);
	}
}

/* The file of tpm2_makecredential: magic, version, two sized parts. */
static void credentials_are_files_of_tpm2_tools(void **state)
{
	static const struct {
		const char *hex;
		enum tally_status expected;
	} cases[] = {
		{ "badcc0de 00000001 0002 aabb 0001 cc", TALLY_OK },
		{ "badcc0de 00000001 0002 aabb 0001 cc 00", TALLY_TRAILING },
		{ "badcc0de 00000001 0002 aabb 0002 cc", TALLY_TRUNCATED },
		{ "badcc0de 00000002 0002 aabb 0001 cc", TALLY_UNSUPPORTED },
		{ "badcc0df 00000001 0002 aabb 0001 cc", TALLY_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes bytes = hex_bytes(cases[i].hex);
		struct tally_tpm_credential credential;
		uint8_t again[64];
		struct tally_writer writer = tally_writer(again, sizeof(again));

		assert_int_equal(tally_tpm_credential_read(bytes, &credential), cases[i].expected);
		if (cases[i].expected == TALLY_OK) {
			assert_bytes_hex(credential.blob, "aabb");
			assert_bytes_hex(credential.secret, "cc");
			tally_tpm_credential_write(&writer, &credential);
			assert_bytes_equal(tally_written(&writer), bytes);
		}
		free_bytes(bytes);
	}
}

/* What can't be written: a name that is none, and a buffer that is too small. */
static void what_would_not_be_read_is_not_written(void **state)
{
	struct tally_bytes name = hex_bytes(EK_NAME);
	struct tally_ak_binding binding = { .ek_name = name,
					    .ak_name = tally_text("x"),
					    .key_spki = tally_text("key") };
	uint8_t room[256];
	struct tally_writer writer = tally_writer(room, sizeof(room));

	(void)state;
	tally_ak_binding_write(&writer, &binding);
	assert_int_equal(writer.status, TALLY_OUT_OF_RANGE);
	binding.ak_name = name;
	writer = tally_writer(room, 16);
	tally_ak_binding_write(&writer, &binding);
	assert_int_equal(writer.status, TALLY_NO_SPACE);
	free_bytes(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_says_what_was_signed),
		cmocka_unit_test(records_of_others_and_of_other_times_are_refused),
		cmocka_unit_test(the_header_says_what_was_signed),
		cmocka_unit_test(no_bit_of_a_record_can_change),
		cmocka_unit_test(prefixes_and_other_things_are_malformed),
		cmocka_unit_test(payloads_are_read_strictly),
		cmocka_unit_test(credentials_are_files_of_tpm2_tools),
		cmocka_unit_test(what_would_not_be_read_is_not_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
