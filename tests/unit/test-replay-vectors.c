// SPDX-License-Identifier: BSD-2-Clause
/* The replay engine tells real logs apart and brings them to the values that their machines had. */
#include "vectors.h"

#include "../../verify/replay.h"

static struct tally_log_replay replay;
static struct tally_replay_target target;
static struct tally_comparison comparison;

static size_t position(const char *name)
{
	int i = tally_registers_find_name(&replay.set, tally_text(name));

	assert_true(i >= 0);
	return (size_t)i;
}

static void assert_value(const char *name, uint16_t alg, const char *hex)
{
	struct tally_digests value;
	const struct tally_digest *digest;

	assert_int_equal(tally_log_replay_value(&replay, position(name), &value), TALLY_OK);
	digest = tally_digests_find(&value, alg);
	assert_non_null(digest);
	assert_bytes_hex(tally_digest_bytes(digest), hex);
}

static void check_answers(json_t *answers, const char *prefix)
{
	const char *bank;
	json_t *values;

	json_object_foreach(json_object_get(answers, "replayed"), bank, values)
	{
		const char *number;
		json_t *hex;

		if (json_is_string(values)) {
			assert_value(bank, TALLY_SHA384, json_string_value(values));
			continue;
		}
		json_object_foreach(values, number, hex)
		{
			char name[TALLY_REGISTER_NAME_LIMIT];

			snprintf(name, sizeof(name), "%s%s", prefix, number);
			assert_value(name, tally_alg_from_name(tally_text(bank)), json_string_value(hex));
		}
	}
}

static void replay_folder(const char *folder, const char *ending, enum tally_log_format format, const char *prefix)
{
	struct vector_names names = vector_names(folder, ending);

	for (size_t i = 0; i < names.count; i++) {
		struct tally_bytes log = vector_bytes(folder, names.name[i], ending);
		json_t *answers = vector_answers(folder, names.name[i]);
		enum tally_log_format found = tally_log_detect(log);

		print_message("# %s\n", names.name[i]);
		assert_true(found == format || (found == TALLY_LOG_FORMAT_TCG_SHA1 && format == TALLY_LOG_FORMAT_TCG2));
		assert_int_equal(tally_replay_log(log, TALLY_LOG_FORMAT_UNKNOWN, &replay), TALLY_OK);
		check_answers(answers, prefix);
		json_decref(answers);
		free_bytes(log);
	}
	free_vector_names(&names);
}

static void real_logs_replay_to_their_known_values(void **state)
{
	(void)state;
	replay_folder("tpm-eventlog", ".bin", TALLY_LOG_FORMAT_TCG2, "pcr");
	replay_folder("ccel", ".ccel.bin", TALLY_LOG_FORMAT_CCEL, "rtmr");
}

static void compare_with_quote(struct tally_bytes log, enum tally_log_format format, const char *quote_name)
{
	struct tally_bytes quote = vector_bytes("tdx-quote", quote_name, ".bin");

	assert_int_equal(tally_replay_log(log, TALLY_LOG_FORMAT_UNKNOWN, &replay), TALLY_OK);
	assert_int_equal(replay.format, format);
	tally_replay_target_init(&target);
	assert_int_equal(tally_replay_target_tdx_quote(&target, &replay.set, quote), TALLY_OK);
	assert_int_equal(tally_replay_compare(log, &replay, &target, &comparison), TALLY_OK);
	assert_int_equal(comparison.compared_count, 4);
	free_bytes(quote);
}

static void a_real_ccel_replays_to_the_quote_of_its_boot(void **state)
{
	struct tally_bytes log;

	(void)state;
	log = vector_bytes("ccel", "go-tdx-guest-cos113", ".ccel.bin");
	compare_with_quote(log, TALLY_LOG_FORMAT_CCEL, "go-tdx-guest-cos113");
	assert_int_equal(comparison.differing_count, 0);
	free_bytes(log);
}

/* Of one the digests of Dstack's own events were stripped. */
static void dstacks_logs_replay_to_the_quotes_of_their_machines(void **state)
{
	static const char *const names[] = { "dstack-example-report", "dstack-simulator", "dstack-tdx-lite",
					     "dstack-verifier" };

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct tally_bytes log = vector_bytes("dstack-eventlog", names[i], ".eventlog.json");

		compare_with_quote(log, TALLY_LOG_FORMAT_DSTACK, names[i]);
		assert_int_equal(comparison.differing_count, 0);
		free_bytes(log);
	}
}

/* The text has RTMR 3 only. */
static void the_attestation_agents_text_replays_to_its_quote(void **state)
{
	struct tally_bytes log = vector_bytes("ccel-aael", "trustee-aael-1", ".txt");

	(void)state;
	compare_with_quote(log, TALLY_LOG_FORMAT_AAEL_TEXT, "trustee-aael");
	assert_int_equal(comparison.reg[3].result, TALLY_COMPARE_EQUAL);
	free_bytes(log);
	log = vector_bytes("ccel-aael", "trustee-aael-2", ".txt");
	assert_int_equal(tally_replay_log(log, TALLY_LOG_FORMAT_UNKNOWN, &replay), TALLY_OK);
	/* MANIFEST.tsv, the row of this file. */
	assert_value("rtmr3", TALLY_SHA384,
		     "31fa17881137923029b1da5b368e92d8b22b14bbb4deaa360da61fce7aa530bd"
		     "2f4c59ac7bd27021ef64104ff4dd04f9");
	free_bytes(log);
}

static void another_producers_cel_replays(void **state)
{
	struct tally_bytes log;

	(void)state;
	log = vector_bytes("cel", "go-tpm-tools-cos", ".cel");
	assert_int_equal(tally_replay_log(log, TALLY_LOG_FORMAT_UNKNOWN, &replay), TALLY_OK);
	assert_int_equal(replay.format, TALLY_LOG_FORMAT_CEL_TLV);
	/* MANIFEST.tsv, the row of this file. */
	assert_value("rtmr3", TALLY_SHA384,
		     "2261f93374ed538b35e7e93c540a1562ccb25d14f6c40a1efea03d329e29a971"
		     "72d84e152344af4a7188d0c8b9fcabeb");
	assert_int_equal(replay.measured_count, 18);
	free_bytes(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(real_logs_replay_to_their_known_values),
		cmocka_unit_test(a_real_ccel_replays_to_the_quote_of_its_boot),
		cmocka_unit_test(dstacks_logs_replay_to_the_quotes_of_their_machines),
		cmocka_unit_test(the_attestation_agents_text_replays_to_its_quote),
		cmocka_unit_test(another_producers_cel_replays),
	};

	if (vectors_are_missing())
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
