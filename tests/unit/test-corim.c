// SPDX-License-Identifier: BSD-2-Clause
/* CoRIMs of CCA platforms: those that others accept, and one for each defect that others refuse. */
#include "strict.h"
#include "vectors.h"

#include "../../format/corim.h"

static struct tally_corim corim;

static void endorsements_of_both_profiles_are_read(void **state)
{
	static const char *const names[] = { "services-cca-good.platform.corim", "services-e2e.endorsements.corim" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct tally_bytes bytes = vector_bytes("cca", names[i], ".cbor");

		assert_int_equal(tally_corim_read(bytes, &corim), TALLY_OK);
		assert_int_equal(corim.key_count, 1);
		assert_bytes_hex(corim.key[0].implementation_id,
				 "0000000000000000000000000000000000000000000000000000000000000000");
		assert_bytes_hex(corim.key[0].instance_id,
				 "010202020202020202020202020202020202020202020202020202020202020202");
		assert_memory_equal(corim.key[0].pem.data, "-----BEGIN PUBLIC KEY-----", 26);
		assert_int_equal(corim.component_count, 4);
		assert_true(tally_bytes_equal(corim.component[3].type, tally_text("M3")));
		assert_bytes_hex(corim.component[3].measurement,
				 "13060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918");
		assert_int_equal(corim.component[3].signer_id.size, 32);
		assert_int_equal(corim.has_not_after, i);
		free_bytes(bytes);
	}
	/* 2021-12-31 to 2025-12-31, of the second one. */
	assert_true(corim.not_before == 1640908800 && corim.not_after == 1767139200);
	assert_true(tally_bytes_equal(corim.component[3].version, tally_text("1.0.0")));
}

static void every_prefix_is_refused(void **state)
{
	struct tally_bytes bytes = vector_bytes("cca", "services-cca-good.platform.corim", ".cbor");

	(void)state;
	for (size_t size = 0; size < bytes.size; size++) {
		struct tally_bytes prefix = exact_copy(tally_bytes(bytes.data, size));

		assert_int_not_equal(tally_corim_read(prefix, &corim), TALLY_OK);
		free_bytes(prefix);
	}
	free_bytes(bytes);
}

static void defects_are_refused(void **state)
{
	static const struct {
		const char *name;
		enum tally_status expected;
	} rows[] = {
		{ "no-class", TALLY_NOT_FOUND },	  { "refval-cryptokeys", TALLY_UNSUPPORTED },
		{ "refval-instance", TALLY_UNSUPPORTED }, { "refval-mkey-string", TALLY_UNSUPPORTED },
		{ "refval-mkey", TALLY_DISORDER },	  { "refval-no-digests", TALLY_NOT_FOUND },
		{ "refval-no-mkey", TALLY_NOT_FOUND },	  { "refval-no-raw-value", TALLY_NOT_FOUND },
		{ "ta-cert", TALLY_UNSUPPORTED },	  { "ta-instance", TALLY_UNSUPPORTED },
		{ "ta-no-instance", TALLY_NOT_FOUND },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		char name[96];
		struct tally_bytes bytes;
		enum tally_status status;

		snprintf(name, sizeof(name), "services-corim-cca-platform-bad-%s", rows[i].name);
		bytes = vector_bytes("cca-corim", name, ".cbor");
		status = tally_corim_read(bytes, &corim);
		if (status != rows[i].expected)
			fail_msg("%s: %s", rows[i].name, tally_status_name(status));
		free_bytes(bytes);
	}
}

/* A realm's reference values are a policy's business. */
static void other_profiles_are_refused(void **state)
{
	static const char *const names[] = { "services-cca-good.realm.corim", "services-e2e.realm-endorsements.corim" };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct tally_bytes bytes = vector_bytes("cca", names[i], ".cbor");

		assert_int_equal(tally_corim_read(bytes, &corim), TALLY_UNSUPPORTED);
		free_bytes(bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(endorsements_of_both_profiles_are_read),
		cmocka_unit_test(every_prefix_is_refused),
		cmocka_unit_test(defects_are_refused),
		cmocka_unit_test(other_profiles_are_refused),
	};

	if (vectors_are_missing())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
