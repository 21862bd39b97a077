// SPDX-License-Identifier: BSD-2-Clause
/* Every allocation of a conversion, and of a replay that puts contents together, fails in turn: nothing is written. */
#include "test.h"

#include "alloc_fail.h"
#include "vectors.h"

#include "../../authority/log_convert.h"
#include "../../verify/replay.h"

#define FORM_LIMIT (1024 * 1024)

/* What reached the sink; it takes only so much. */
struct sink_room {
	uint8_t data[FORM_LIMIT];
	size_t size;
	size_t limit;
};

static enum tally_status keep(void *context, struct tally_bytes piece)
{
	struct sink_room *room = context;

	if (piece.size > room->limit - room->size)
		return TALLY_SYSTEM;
	memcpy(room->data + room->size, piece.data, piece.size);
	room->size += piece.size;
	return TALLY_OK;
}

static enum tally_status convert(struct tally_bytes log, enum tally_log_target target, struct sink_room *room)
{
	struct tally_log_sink sink = { keep, room };
	struct tally_conversion result;
	struct tally_problem problem;

	room->size = 0;
	return tally_log_convert(log, TALLY_LOG_FORMAT_UNKNOWN, target, &sink, &result, &problem);
}

/* A log whose contents need no scratch, one whose records are put together, and one in another encoding. */
static const struct {
	const char *name;
	enum tally_log_target target;
	unsigned allocations;
} rows[] = {
	{ "tests/vectors/boot/ovmf-swtpm/log.bin", TALLY_LOG_TARGET_CEL_JSON, 2 },
	{ "tests/vectors/boot/ovmf-swtpm/ima.bin", TALLY_LOG_TARGET_CEL_CBOR, 2 },
	{ "tests/vectors/ima/templates.sha256.txt", TALLY_LOG_TARGET_CEL_TLV, 3 },
};

static void expect_survival(struct tally_bytes log, enum tally_log_target target, unsigned least)
{
	static struct sink_room room;
	unsigned n;

	room.limit = FORM_LIMIT;
	for (n = 1;; n++) {
		enum tally_status status;

		alloc_fail_at(n);
		status = convert(log, target, &room);
		if (!alloc_fail_end()) {
			assert_int_equal(status, TALLY_OK);
			break;
		}
		assert_int_equal(status, TALLY_NO_MEMORY);
		assert_int_equal(room.size, 0);
	}
	assert_true(n > least);
}

static void conversions_survive_a_lack_of_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		static struct sink_room json;
		struct tally_bytes log = source_bytes(rows[i].name);

		expect_survival(log, rows[i].target, rows[i].allocations);
		/* From another encoding too. */
		json.limit = FORM_LIMIT;
		assert_int_equal(convert(log, TALLY_LOG_TARGET_CEL_JSON, &json), TALLY_OK);
		expect_survival(tally_bytes(json.data, json.size), TALLY_LOG_TARGET_CEL_CBOR, 2);
		free_bytes(log);
	}
}

/* The sink's own failure ends it, wherever it happens. */
static void a_sink_that_is_full_ends_it(void **state)
{
	static struct sink_room room;
	struct tally_bytes log = source_bytes("tests/vectors/ima/templates.sha256.txt");
	size_t size;

	(void)state;
	room.limit = FORM_LIMIT;
	assert_int_equal(convert(log, TALLY_LOG_TARGET_CEL_TLV, &room), TALLY_OK);
	size = room.size;
	for (room.limit = 0; room.limit < size; room.limit += 97)
		assert_int_equal(convert(log, TALLY_LOG_TARGET_CEL_TLV, &room), TALLY_SYSTEM);
	room.limit = size;
	assert_int_equal(convert(log, TALLY_LOG_TARGET_CEL_TLV, &room), TALLY_OK);
	free_bytes(log);
}

static void replay_survives_a_lack_of_memory(void **state)
{
	static struct tally_log_replay replay;
	struct tally_bytes log = source_bytes("tests/vectors/ima/templates.sha256.txt");
	enum tally_status status;
	unsigned n;

	(void)state;
	for (n = 1;; n++) {
		alloc_fail_at(n);
		status = tally_replay_log(log, TALLY_LOG_FORMAT_UNKNOWN, &replay);
		if (!alloc_fail_end())
			break;
		assert_int_equal(status, TALLY_NO_MEMORY);
	}
	assert_int_equal(status, TALLY_OK);
	assert_true(n > 1);
	free_bytes(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conversions_survive_a_lack_of_memory),
		cmocka_unit_test(a_sink_that_is_full_ends_it),
		cmocka_unit_test(replay_survives_a_lack_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
