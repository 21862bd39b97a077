// SPDX-License-Identifier: BSD-2-Clause
/* What is kept: by the very bytes, for its time, within its bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "../../verify/kept.h"

#define NOON 1000000
#define MEGABYTE ((size_t)1024 * 1024)

/* A value that says how often anything was read, and borrows from what it was read from. */
struct reading {
	unsigned number;
	struct tally_bytes bytes;
};

static unsigned readings;

static enum tally_status read_it(struct tally_bytes bytes, struct tally_arena *arena, void *ret)
{
	struct reading *reading = ret;

	(void)arena;
	readings++;
	if (bytes.size == 0)
		return TALLY_TRUNCATED;
	*reading = (struct reading){ readings, bytes };
	return TALLY_OK;
}

static const struct tally_kept_form form = { sizeof(struct reading), read_it };
static const struct tally_kept_form other_form = { sizeof(struct reading), read_it };

static const struct reading *recall(struct tally_kept *kept, const struct tally_kept_form *as, struct tally_bytes bytes)
{
	const void *value;

	assert_int_equal(tally_kept_read(kept, as, bytes, NULL, &value), TALLY_OK);
	return value;
}

static void bytes_are_read_once(void **state)
{
	struct tally_kept *kept = tally_kept_new();
	char text[] = "what somebody published";
	const struct reading *first = recall(kept, &form, tally_text(text));
	unsigned number = first->number;

	(void)state;
	tally_kept_begin(kept);
	assert_ptr_equal(recall(kept, &form, tally_text("what somebody published")), first);
	assert_int_equal(readings, number);
	/* The caller's bytes may go. */
	memset(text, 'x', sizeof(text) - 1);
	assert_true(tally_bytes_equal(first->bytes, tally_text("what somebody published")));
	tally_kept_free(kept);
}

static void other_bytes_are_something_else(void **state)
{
	static const char *const others[] = { "What somebody published", "what somebody publisheD",
					      "what Somebody published", "what somebody published ",
					      "hat somebody published",	 "p" };
	struct tally_kept *kept = tally_kept_new();
	const struct reading *first = recall(kept, &form, tally_text("what somebody published"));

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		unsigned before = readings;
		const struct reading *other = recall(kept, &form, tally_text(others[i]));

		assert_int_equal(readings, before + 1);
		assert_true(tally_bytes_equal(other->bytes, tally_text(others[i])));
	}
	assert_ptr_not_equal(recall(kept, &other_form, tally_text("what somebody published")), first);
	assert_ptr_equal(recall(kept, &form, tally_text("what somebody published")), first);
	tally_kept_free(kept);
}

static void what_can_not_be_read_is_not_kept(void **state)
{
	struct tally_kept *kept = tally_kept_new();
	unsigned before = readings;
	const void *value;

	(void)state;
	for (unsigned i = 1; i <= 2; i++) {
		assert_int_equal(tally_kept_read(kept, &form, tally_bytes(NULL, 0), NULL, &value), TALLY_TRUNCATED);
		assert_int_equal(readings, before + i);
	}
	assert_int_equal(tally_kept_counts(kept).count, 0);
	tally_kept_free(kept);
}

static void without_a_memory_the_arena_serves(void **state)
{
	struct tally_arena *arena = tally_arena_new();
	struct tally_bytes bytes = tally_text("bytes");
	const struct reading *reading;
	const void *value;

	(void)state;
	assert_int_equal(tally_kept_read(NULL, &form, bytes, arena, &value), TALLY_OK);
	reading = value;
	assert_ptr_equal(reading->bytes.data, bytes.data);
	tally_arena_free(arena);
}

static struct tally_bytes number_text(char text[16], unsigned number)
{
	snprintf(text, 16, "number %u", number);
	return tally_text(text);
}

/* Within a judgement everything stays, and behind it what was used last. */
static void the_oldest_makes_room(void **state)
{
	struct tally_kept *kept = tally_kept_new();
	const struct reading *first;
	char text[16];
	unsigned before;

	(void)state;
	first = recall(kept, &form, number_text(text, 0));
	for (unsigned i = 1; i < TALLY_KEPT_COUNT + 10; i++)
		recall(kept, &form, number_text(text, i));
	assert_int_equal(tally_kept_counts(kept).count, TALLY_KEPT_COUNT + 10);
	assert_true(tally_bytes_equal(first->bytes, tally_text("number 0")));
	recall(kept, &form, number_text(text, 10));
	tally_kept_begin(kept);
	assert_int_equal(tally_kept_counts(kept).count, TALLY_KEPT_COUNT);
	before = readings;
	recall(kept, &form, number_text(text, TALLY_KEPT_COUNT + 9));
	recall(kept, &form, number_text(text, 10));
	recall(kept, &form, number_text(text, 11));
	assert_int_equal(readings, before);
	recall(kept, &form, number_text(text, 9));
	recall(kept, &form, number_text(text, 0));
	assert_int_equal(readings, before + 2);
	tally_kept_free(kept);
}

/* It borrows instead of copying; what can't be read takes no room, and keys go before the arena does. */
static void one_judgement_needs_no_copies(void **state)
{
	struct tally_arena *arena = tally_arena_new();
	struct tally_kept *kept = tally_kept_for_one(arena);
	struct tally_bytes bytes = tally_text("bytes");
	const struct reading *first = recall(kept, &form, bytes);
	const void *value;
	size_t size;

	(void)state;
	assert_ptr_equal(first->bytes.data, bytes.data);
	assert_ptr_equal(recall(kept, &form, tally_text("bytes")), first);
	size = tally_arena_size(arena);
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(tally_kept_read(kept, &form, tally_bytes(NULL, 0), arena, &value), TALLY_TRUNCATED);
	assert_int_equal(tally_arena_size(arena), size);
	assert_true(tally_bytes_equal(first->bytes, bytes));
	tally_kept_free(kept);
	tally_arena_free(arena);
}

static void memory_is_bounded(void **state)
{
	struct tally_kept *kept = tally_kept_new();
	uint8_t *large = calloc(1, TALLY_KEPT_SIZE + MEGABYTE);

	(void)state;
	assert_non_null(large);
	for (uint8_t i = 0; i < 12; i++) {
		large[0] = i;
		recall(kept, &form, tally_bytes(large, MEGABYTE));
		tally_kept_begin(kept);
		assert_true(tally_kept_counts(kept).size <= TALLY_KEPT_SIZE);
	}
	assert_int_equal(tally_kept_counts(kept).count, TALLY_KEPT_SIZE / MEGABYTE - 1);
	/* What is larger than all of it serves one judgement. */
	recall(kept, &form, tally_bytes(large, TALLY_KEPT_SIZE + MEGABYTE));
	tally_kept_begin(kept);
	assert_int_equal(tally_kept_counts(kept).count, 0);
	assert_int_equal(tally_kept_counts(kept).size, 0);
	free(large);
	tally_kept_free(kept);
}

/* A message that two keys have signed. */
struct signing {
	uint8_t *spki[2];
	size_t spki_size[2];
	uint8_t signature[2][TALLY_ES384_SIZE];
};

static const char message[] = "in force until noon";

static void signing_open(struct signing *signing)
{
	for (size_t i = 0; i < 2; i++) {
		struct tally_key *key;

		assert_int_equal(tally_key_generate(&key), TALLY_OK);
		assert_int_equal(tally_sign_es384(key, tally_text(message), signing->signature[i]), TALLY_OK);
		assert_int_equal(tally_key_spki(key, &signing->spki[i], &signing->spki_size[i]), TALLY_OK);
		tally_key_free(key);
	}
}

static struct tally_signed_message signed_with(const struct signing *signing, size_t spki, size_t signature)
{
	return (struct tally_signed_message){ .spki = tally_bytes(signing->spki[spki], signing->spki_size[spki]),
					      .form = TALLY_SIGNATURE_ECDSA_RAW,
					      .alg = TALLY_SHA384,
					      .message = tally_text(message),
					      .signature =
						      tally_bytes(signing->signature[signature], TALLY_ES384_SIZE) };
}

static void signing_done(struct signing *signing)
{
	free(signing->spki[0]);
	free(signing->spki[1]);
}

static void a_signature_is_kept_for_its_time(void **state)
{
	static const struct tally_period period = { NOON - 10, NOON };
	static const struct tally_period later = { NOON + 5, NOON + 10 };
	static const struct {
		bool is_spared;
		const struct tally_period *period;
		int64_t time;
	} steps[] = {
		{ false, &period, NOON - 10 }, { true, &period, NOON - 10 },  { true, &period, NOON },
		{ false, &period, NOON + 1 },  { false, &period, NOON - 11 }, { false, NULL, NOON },
		{ true, &period, NOON },       { false, &later, NOON + 7 },   { true, &later, NOON + 7 },
	};
	struct tally_kept *kept = tally_kept_new();
	struct signing signing;
	struct tally_signed_message what;

	(void)state;
	signing_open(&signing);
	what = signed_with(&signing, 0, 0);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		struct tally_kept_counts before = tally_kept_counts(kept);

		tally_kept_begin(kept);
		assert_int_equal(tally_kept_check(kept, &what, steps[i].period, steps[i].time), TALLY_OK);
		assert_int_equal(tally_kept_counts(kept).spared - before.spared, steps[i].is_spared);
		assert_int_equal(tally_kept_counts(kept).made - before.made, !steps[i].is_spared);
	}
	signing_done(&signing);
	tally_kept_free(kept);
}

/* Nothing that was verified speaks for anything else: another key, message, signature, or scheme. */
static void a_signature_is_kept_for_itself(void **state)
{
	static const struct tally_period period = { 0, NOON };
	struct tally_kept *kept = tally_kept_new();
	struct tally_signed_message what[7];
	struct signing signing;

	(void)state;
	signing_open(&signing);
	for (size_t i = 0; i < 7; i++)
		what[i] = signed_with(&signing, 0, 0);
	what[2] = signed_with(&signing, 1, 0);
	what[3] = signed_with(&signing, 0, 1);
	what[4].message = tally_text("in force until Noon");
	what[5].alg = TALLY_SHA256;
	what[6].form = TALLY_SIGNATURE_ECDSA_DER;
	for (size_t i = 0; i < 7; i++) {
		struct tally_kept_counts before = tally_kept_counts(kept);
		enum tally_status status = tally_kept_check(kept, &what[i], &period, NOON);

		assert_int_equal(status == TALLY_OK, i < 2);
		assert_int_equal(tally_kept_counts(kept).spared - before.spared, i == 1);
		/* Nor is a no kept: it is found again. */
		if (i >= 2)
			assert_int_equal(tally_kept_check(kept, &what[i], &period, NOON), status);
	}
	signing_done(&signing);
	tally_kept_free(kept);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_read_once),
		cmocka_unit_test(other_bytes_are_something_else),
		cmocka_unit_test(what_can_not_be_read_is_not_kept),
		cmocka_unit_test(without_a_memory_the_arena_serves),
		cmocka_unit_test(the_oldest_makes_room),
		cmocka_unit_test(one_judgement_needs_no_copies),
		cmocka_unit_test(memory_is_bounded),
		cmocka_unit_test(a_signature_is_kept_for_its_time),
		cmocka_unit_test(a_signature_is_kept_for_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
