// SPDX-License-Identifier: BSD-2-Clause
/* The intent slot: bytes put together by hand from docs/formats/log.md 4, every tear and every damage. */
#include "strict.h"

#include "../../format/intent.h"

#define HEAD                                               \
	"000102030405060708090a0b0c0d0e0f1011121314151617" \
	"18191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"
#define ABC_SHA1 "a9993e364706816aba3e25717850c26c9cd0d89d"
#define RECORD "00(0000000000000005) 01(02) 03(04(" ABC_SHA1 ")) 05(00(00000006) 01('abc'))"
#define RECORD_SIZE 71

/* python3: hashlib.sha256(bytes.fromhex(size + head + record)).hexdigest() */
#define SLOT_SHA256 "bd6689d7da9234e79da98ff914ac8e659ca5f8f144625ba161f7ea2b743e300a"
#define SLOT "0000000000000047" HEAD RECORD SLOT_SHA256
#define SLOT_SIZE (8 + 48 + RECORD_SIZE + 32)

static enum tally_status slot_status(struct tally_bytes slot)
{
	struct tally_bytes copy = exact_copy(slot);
	struct tally_intent intent;
	enum tally_status status = tally_intent_read(copy, &intent);

	free_bytes(copy);
	return status;
}

static bool is_torn(enum tally_status status)
{
	return status == TALLY_TRUNCATED || status == TALLY_OUT_OF_RANGE || status == TALLY_CHECKSUM;
}

static void slot_is_read(void **state)
{
	struct tally_bytes slot = hex_bytes(SLOT);
	struct tally_intent intent;

	(void)state;
	assert_int_equal(slot.size, SLOT_SIZE);
	assert_int_equal(tally_intent_read(slot, &intent), TALLY_OK);
	assert_bytes_hex(tally_bytes(intent.head, 48), HEAD);
	assert_bytes_hex(tally_bytes(intent.sha256, 32), SLOT_SHA256);
	assert_int_equal(intent.record.number, 5);
	assert_int_equal(intent.record.numbering, TALLY_NUMBERING_REGISTER);
	assert_int_equal(intent.record.index, 2);
	assert_int_equal(intent.record.event_type, TALLY_EV_EVENT_TAG);
	assert_bytes_hex(intent.record.encoded, RECORD);
	free_bytes(slot);
}

static void slot_is_written(void **state)
{
	struct tally_bytes head = hex_bytes(HEAD);
	struct tally_bytes record = hex_bytes(RECORD);
	uint8_t buffer[SLOT_SIZE];
	struct tally_writer writer = tally_writer(buffer, sizeof(buffer));

	(void)state;
	assert_int_equal(record.size, RECORD_SIZE);
	assert_int_equal(SLOT_SIZE, RECORD_SIZE + TALLY_INTENT_OVERHEAD);
	assert_int_equal(tally_intent_write(&writer, head.data, record), TALLY_OK);
	assert_bytes_hex(tally_written(&writer), SLOT);
	for (size_t room = 0; room < SLOT_SIZE; room++) {
		writer = tally_writer(buffer, room);
		assert_int_equal(tally_intent_write(&writer, head.data, record), TALLY_NO_SPACE);
	}
	writer = tally_writer(buffer, sizeof(buffer));
	assert_int_equal(tally_intent_write(&writer, head.data, tally_bytes(NULL, 0)), TALLY_OUT_OF_RANGE);
	record.size = TALLY_INTENT_RECORD_LIMIT + 1;
	assert_int_equal(tally_intent_write(&writer, head.data, record), TALLY_OUT_OF_RANGE);
	assert_int_equal(writer.size, 0);
	record.size = RECORD_SIZE;
	free_bytes(record);
	free_bytes(head);
}

/* What a crash in the middle of the write leaves in an empty file. */
static void every_prefix_is_torn(void **state)
{
	struct tally_bytes slot = hex_bytes(SLOT);

	(void)state;
	for (size_t size = 0; size < slot.size; size++)
		assert_int_equal(slot_status(tally_bytes(slot.data, size)), TALLY_TRUNCATED);
	free_bytes(slot);
}

/* What it leaves in a file that held a longer slot: the new one's beginning and the old one's rest. */
static void every_overwritten_prefix_is_torn(void **state)
{
	struct tally_bytes slot = hex_bytes(SLOT);
	uint8_t file[SLOT_SIZE + 100];

	(void)state;
	for (size_t size = 0; size < slot.size; size++) {
		enum tally_status status;

		memset(file, 0xee, sizeof(file));
		memcpy(file, slot.data, size);
		status = slot_status(tally_bytes(file, sizeof(file)));
		assert_true(is_torn(status));
	}
	memcpy(file, slot.data, slot.size);
	assert_int_equal(slot_status(tally_bytes(file, sizeof(file))), TALLY_OK);
	free_bytes(slot);
}

static void every_changed_byte_is_torn(void **state)
{
	struct tally_bytes slot = hex_bytes(SLOT);
	uint8_t *data = (uint8_t *)(uintptr_t)slot.data;

	(void)state;
	for (size_t at = 0; at < slot.size; at++) {
		for (unsigned change = 1; change < 256; change++) {
			enum tally_status status;

			data[at] ^= (uint8_t)change;
			status = slot_status(slot);
			assert_true(is_torn(status));
			data[at] ^= (uint8_t)change;
		}
	}
	free_bytes(slot);
}

/* Written whole, so no tear: the failure is the record's own. */
static void whole_slot_with_a_damaged_record_is_damage(void **state)
{
	static const struct {
		const char *record;
		enum tally_status expected;
	} cases[] = {
		{ RECORD "00", TALLY_TRAILING },
		{ "00(0000000000000005) 01(02)", TALLY_TRUNCATED },
		{ "00(0000000000000005) 02(02)", TALLY_TRUNCATED },
		{ "00(0000000000000005) 01(02) 03(04(abcd)) 05(00(00000006) 01('abc'))", TALLY_DIGEST_SIZE },
		{ "01(02) 03(04(" ABC_SHA1 ")) 05(00(00000006) 01('abc'))", TALLY_DISORDER },
	};
	static const uint8_t head[48];
	uint8_t buffer[256];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct tally_bytes record = hex_bytes(cases[i].record);
		struct tally_writer writer = tally_writer(buffer, sizeof(buffer));

		assert_int_equal(tally_intent_write(&writer, head, record), TALLY_OK);
		assert_int_equal(slot_status(tally_written(&writer)), cases[i].expected);
		free_bytes(record);
	}
}

static void sizes_are_bounded(void **state)
{
	static const struct {
		uint64_t size;
		enum tally_status expected;
	} cases[] = {
		{ 0, TALLY_OUT_OF_RANGE },
		{ RECORD_SIZE - 1, TALLY_CHECKSUM },
		{ RECORD_SIZE, TALLY_OK },
		{ RECORD_SIZE + 1, TALLY_TRUNCATED },
		{ TALLY_INTENT_RECORD_LIMIT, TALLY_TRUNCATED },
		{ TALLY_INTENT_RECORD_LIMIT + 1, TALLY_OUT_OF_RANGE },
		{ UINT64_MAX, TALLY_OUT_OF_RANGE },
	};
	struct tally_bytes slot = hex_bytes(SLOT);
	uint8_t *data = (uint8_t *)(uintptr_t)slot.data;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (size_t at = 0; at < 8; at++)
			data[at] = (uint8_t)(cases[i].size >> (56 - 8 * at));
		assert_int_equal(slot_status(slot), cases[i].expected);
	}
	free_bytes(slot);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slot_is_read),
		cmocka_unit_test(slot_is_written),
		cmocka_unit_test(every_prefix_is_torn),
		cmocka_unit_test(every_overwritten_prefix_is_torn),
		cmocka_unit_test(every_changed_byte_is_torn),
		cmocka_unit_test(whole_slot_with_a_damaged_record_is_damage),
		cmocka_unit_test(sizes_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
