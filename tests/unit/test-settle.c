// SPDX-License-Identifier: BSD-2-Clause
/* Settle and the intent slot, row by row as docs/settle.md has them. */
#include "test.h"

#include <openssl/evp.h>

#include "../../core/settle.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const uint16_t all_algorithms[TALLY_BANK_LIMIT] = { TALLY_SHA1, TALLY_SHA256, TALLY_SHA384, TALLY_SHA512,
							   TALLY_SM3_256 };

/* Digests of the first bank_count algorithms, every byte the letter: what an event of that name extends with. */
static struct tally_digests letter_digests(char letter, size_t bank_count)
{
	struct tally_digests digests;

	memset(&digests, 0, sizeof(digests));
	digests.count = bank_count;
	for (size_t bank = 0; bank < bank_count; bank++) {
		digests.digest[bank].alg = all_algorithms[bank];
		memset(digests.digest[bank].bytes, letter, tally_alg_size(all_algorithms[bank]));
	}
	return digests;
}

/* H(old || digest || padding), by OpenSSL alone, so that the code under test does not check itself. */
static void openssl_extend(struct tally_digest *value, const struct tally_digest *digest, size_t padded_size)
{
	static const char *const names[] = { "SHA1", "SHA256", "SHA384", "SHA512", "SM3" };
	size_t size = tally_alg_size(value->alg);
	uint8_t message[2 * TALLY_DIGEST_LIMIT] = { 0 };
	size_t which = 0;

	while (all_algorithms[which] != value->alg)
		which++;
	memcpy(message, value->bytes, size);
	memcpy(message + size, digest->bytes, size);
	assert_int_equal(EVP_Digest(message, size + (padded_size ? padded_size : size), value->bytes, NULL,
				    EVP_get_digestbyname(names[which]), NULL),
			 1);
}

/* One bank of a register after extends named by letters. */
static void extend_bank(struct tally_digests *value, size_t bank, const char *letters, size_t count, size_t padded_size)
{
	for (size_t i = 0; i < count; i++) {
		struct tally_digests digests = letter_digests(letters[i], value->count);

		openssl_extend(&value->digest[bank], &digests.digest[bank], padded_size);
	}
}

/* A register after extends named by letters: "ab" in every bank, "ab|a" a bank each. */
static struct tally_digests value_after(const struct tally_digests *old, const char *letters)
{
	const char *second = strchr(letters, '|');
	size_t count = second ? (size_t)(second - letters) : strlen(letters);
	struct tally_digests value = *old;

	for (size_t bank = 0; bank < value.count; bank++)
		if (second && bank > 0)
			extend_bank(&value, bank, second + 1, strlen(second + 1), 0);
		else
			extend_bank(&value, bank, letters, count, 0);
	return value;
}

/* The steps as text: 0 1 2 the event of a candidate, i the intent's, A an abort, G a gap. */
static const char *steps_text(const struct tally_settle_result *result)
{
	static char text[TALLY_SETTLE_STEPS + 1];

	assert_true(result->step_count <= TALLY_SETTLE_STEPS);
	for (size_t i = 0; i < result->step_count; i++) {
		static const char letters[] = { 0, 0, 'i', 'A', 'G' };
		const struct tally_settle_step *step = &result->step[i];

		text[i] =
			step->append == TALLY_APPEND_CANDIDATE ? (char)('0' + step->candidate) : letters[step->append];
	}
	text[result->step_count] = 0;
	return text;
}

enum lateness { EARLY = 1, LATE = 2, ANY = 3 };

struct settle_row {
	const char *name;
	const char *candidates; /* a letter each, oldest first */
	char intent;		/* its letter, or 0 */
	enum lateness lateness;
	const char *reads[TALLY_SETTLE_READS]; /* what was extended since old, oldest read first */
	enum tally_settle_decision decision;
	bool clears_slot;
	const char *steps;
};

static void row_run(const struct settle_row *row, bool is_late)
{
	struct tally_digests old = letter_digests('o', 2);
	struct tally_digests intent = letter_digests(row->intent, 2);
	struct tally_digests candidates[TALLY_SETTLE_CANDIDATES];
	struct tally_digests reads[TALLY_SETTLE_READS];
	struct tally_settle_input input = { TALLY_EXTEND_DIGEST, &old, reads, 0, NULL, candidates, 0, is_late };
	struct tally_settle_result result;

	for (; row->candidates[input.candidate_count]; input.candidate_count++)
		candidates[input.candidate_count] = letter_digests(row->candidates[input.candidate_count], 2);
	for (; input.read_count < TALLY_SETTLE_READS && row->reads[input.read_count]; input.read_count++)
		reads[input.read_count] = value_after(&old, row->reads[input.read_count]);
	if (row->intent)
		input.intent = &intent;

	assert_int_equal(tally_settle(&input, &result), TALLY_OK);
	if (result.decision != row->decision || result.clears_slot != row->clears_slot ||
	    strcmp(steps_text(&result), row->steps) != 0)
		fail_msg("%s (late %d): decision %d, clears %d, appends \"%s\"", row->name, is_late, result.decision,
			 result.clears_slot, steps_text(&result));
}

static void rows_run(const struct settle_row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].lateness & EARLY)
			row_run(&rows[i], false);
		if (rows[i].lateness & LATE)
			row_run(&rows[i], true);
	}
}

/* The table of docs/settle.md; each name is its row's intent, match, lateness. */
static void settle_table(void **state)
{
	static const struct settle_row rows[] = {
		{ "no intent, empty", "", 0, ANY, { "" }, TALLY_SETTLE_CLEAN, false, "" },
		{ "no intent, empty, open attempts", "abc", 0, ANY, { "" }, TALLY_SETTLE_CLEAN, false, "" },
		{ "no intent, candidates: one", "a", 0, ANY, { "a" }, TALLY_SETTLE_EXPLAINED, false, "0" },
		{ "no intent, candidates: in order", "abc", 0, ANY, { "ca" }, TALLY_SETTLE_EXPLAINED, false, "20" },
		{ "no intent, none, one read", "", 0, ANY, { "x" }, TALLY_SETTLE_READ_AGAIN, false, "" },
		{ "no intent, none, two differ", "", 0, ANY, { "x", "xy" }, TALLY_SETTLE_READ_AGAIN, false, "" },
		{ "no intent, none, three, last two differ",
		  "",
		  0,
		  ANY,
		  { "x", "x", "xy" },
		  TALLY_SETTLE_READ_AGAIN,
		  false,
		  "" },
		{ "no intent, none, 4th: try again",
		  "",
		  0,
		  ANY,
		  { "x", "x", "x", "xy" },
		  TALLY_SETTLE_TRY_AGAIN,
		  false,
		  "" },
		{ "no intent, none, last two equal", "", 0, ANY, { "x", "x" }, TALLY_SETTLE_GAP, false, "G" },
		{ "no intent, none, 3rd equals 2nd", "a", 0, ANY, { "x", "xy", "xy" }, TALLY_SETTLE_GAP, false, "G" },
		{ "no intent, none, 4th equals 3rd",
		  "a",
		  0,
		  ANY,
		  { "x", "y", "z", "z" },
		  TALLY_SETTLE_GAP,
		  false,
		  "G" },

		{ "intent, contains: alone", "", 'i', ANY, { "i" }, TALLY_SETTLE_APPLIED, false, "i" },
		{ "intent, contains: candidates idle", "abc", 'i', ANY, { "i" }, TALLY_SETTLE_APPLIED, false, "i" },
		{ "intent, contains: candidate before", "ab", 'i', ANY, { "bi" }, TALLY_SETTLE_APPLIED, false, "1i" },
		{ "intent, contains: candidate behind", "ab", 'i', ANY, { "ia" }, TALLY_SETTLE_APPLIED, false, "i0" },
		{ "intent, contains: all", "abc", 'i', ANY, { "cbia" }, TALLY_SETTLE_APPLIED, false, "21i0" },
		{ "intent, empty, not late", "", 'i', EARLY, { "" }, TALLY_SETTLE_NOT_APPLIED, true, "" },
		{ "intent, empty, not late, open", "abc", 'i', EARLY, { "" }, TALLY_SETTLE_NOT_APPLIED, true, "" },
		{ "intent, empty, late", "", 'i', LATE, { "" }, TALLY_SETTLE_ABORTED, false, "A" },
		{ "intent, empty, late, open attempts", "abc", 'i', LATE, { "" }, TALLY_SETTLE_ABORTED, false, "A" },
		{ "intent, candidates only, not late",
		  "ab",
		  'i',
		  EARLY,
		  { "b" },
		  TALLY_SETTLE_NOT_APPLIED_EXPLAINED,
		  true,
		  "1" },
		{ "intent, candidates only, not late, all",
		  "abc",
		  'i',
		  EARLY,
		  { "bca" },
		  TALLY_SETTLE_NOT_APPLIED_EXPLAINED,
		  true,
		  "120" },
		{ "intent, candidates only, late",
		  "ab",
		  'i',
		  LATE,
		  { "b" },
		  TALLY_SETTLE_ABORTED_EXPLAINED,
		  false,
		  "A1" },
		{ "intent, candidates only, late, all",
		  "abc",
		  'i',
		  LATE,
		  { "cba" },
		  TALLY_SETTLE_ABORTED_EXPLAINED,
		  false,
		  "A210" },
		{ "intent, none, one read", "a", 'i', ANY, { "x" }, TALLY_SETTLE_READ_AGAIN, false, "" },
		{ "intent, none, last two differ", "a", 'i', ANY, { "x", "xi" }, TALLY_SETTLE_READ_AGAIN, false, "" },
		{ "intent, none, 4th: try again",
		  "",
		  'i',
		  ANY,
		  { "x", "x", "y", "x" },
		  TALLY_SETTLE_TRY_AGAIN,
		  false,
		  "" },
		{ "intent, none, last two equal",
		  "a",
		  'i',
		  ANY,
		  { "xi", "xi" },
		  TALLY_SETTLE_INDETERMINATE,
		  false,
		  "G" },
		{ "intent, none, 4th equals 3rd",
		  "",
		  'i',
		  ANY,
		  { "x", "y", "ix", "ix" },
		  TALLY_SETTLE_INDETERMINATE,
		  false,
		  "G" },
	};

	(void)state;
	rows_run(rows, COUNT(rows));
}

/* What the table leaves to the text above it. */
static void settle_newest_read_decides(void **state)
{
	static const struct settle_row rows[] = {
		{ "a stale first read", "", 'i', ANY, { "x", "i" }, TALLY_SETTLE_APPLIED, false, "i" },
		{ "not yet, then applied", "a", 'i', ANY, { "x", "y", "z", "ai" }, TALLY_SETTLE_APPLIED, false, "0i" },
		{ "applied, then more", "", 'i', ANY, { "i", "ix" }, TALLY_SETTLE_READ_AGAIN, false, "" },
		{ "two equal ones are old", "", 0, ANY, { "x", "x", "" }, TALLY_SETTLE_CLEAN, false, "" },
	};

	(void)state;
	rows_run(rows, COUNT(rows));
}

static void settle_needs_all_banks(void **state)
{
	static const struct settle_row rows[] = {
		{ "intent in the first bank only", "", 'i', ANY, { "i|" }, TALLY_SETTLE_READ_AGAIN, false, "" },
		{ "intent in the second bank only",
		  "",
		  'i',
		  ANY,
		  { "|i", "|i" },
		  TALLY_SETTLE_INDETERMINATE,
		  false,
		  "G" },
		{ "two attempts, a bank each",
		  "a",
		  'i',
		  ANY,
		  { "a|i", "a|i" },
		  TALLY_SETTLE_INDETERMINATE,
		  false,
		  "G" },
		{ "two orders", "a", 'i', ANY, { "ai|ia", "ai|ia" }, TALLY_SETTLE_INDETERMINATE, false, "G" },
		{ "the old value in one bank", "a", 0, ANY, { "x|", "x|" }, TALLY_SETTLE_GAP, false, "G" },
		{ "reads equal in one bank", "", 0, ANY, { "x|x", "x|y" }, TALLY_SETTLE_READ_AGAIN, false, "" },
	};

	(void)state;
	rows_run(rows, COUNT(rows));
}

/* Attempts with the same digests: old can reach live through any of them. */
static void settle_equal_events(void **state)
{
	static const struct settle_row rows[] = {
		{ "the intent rather than its equal", "i", 'i', ANY, { "i" }, TALLY_SETTLE_APPLIED, false, "i" },
		{ "both, the older first", "i", 'i', ANY, { "ii" }, TALLY_SETTLE_APPLIED, false, "0i" },
		{ "the older of two", "aa", 0, ANY, { "a" }, TALLY_SETTLE_EXPLAINED, false, "0" },
		{ "the older of two, with the intent", "baa", 'i', ANY, { "ai" }, TALLY_SETTLE_APPLIED, false, "1i" },
		{ "the intent counts as the newest", "ii", 'i', ANY, { "ii" }, TALLY_SETTLE_APPLIED, false, "0i" },
		{ "another's equals stand behind", "iai", 'i', ANY, { "ia" }, TALLY_SETTLE_APPLIED, false, "i1" },
		{ "all four", "iii", 'i', ANY, { "iiii" }, TALLY_SETTLE_APPLIED, false, "012i" },
		{ "no attempt twice", "a", 'i', ANY, { "ii", "ii" }, TALLY_SETTLE_INDETERMINATE, false, "G" },
		{ "no candidate twice", "a", 0, ANY, { "aa", "aa" }, TALLY_SETTLE_GAP, false, "G" },
	};

	(void)state;
	rows_run(rows, COUNT(rows));
}

/* One row for each sequence of distinct elements, grown from the letters so far. */
static size_t sequences_run(const char *candidates, char intent, const char *letters)
{
	struct settle_row row = {
		"every sequence", candidates, intent, ANY, { letters }, TALLY_SETTLE_UNSET, false, ""
	};
	char elements[8], longer[8], steps[8] = "";
	size_t count = 1;

	snprintf(elements, sizeof(elements), "%s%.1s", candidates, &intent);
	for (size_t i = 0; letters[i]; i++) {
		long at = strchr(elements, letters[i]) - elements;

		steps[i] = candidates[at] ? (char)('0' + at) : 'i';
	}
	row.steps = steps;
	row.decision = letters[0] ? TALLY_SETTLE_EXPLAINED : TALLY_SETTLE_CLEAN;
	if (intent && strchr(letters, intent))
		row.decision = TALLY_SETTLE_APPLIED;
	if (!intent || strchr(letters, intent))
		rows_run(&row, 1);
	for (size_t i = 0; elements[i]; i++) {
		if (strchr(letters, elements[i]))
			continue;
		snprintf(longer, sizeof(longer), "%s%c", letters, elements[i]);
		count += sequences_run(candidates, intent, longer);
	}
	return count;
}

static void settle_finds_every_sequence(void **state)
{
	(void)state;
	assert_int_equal(sequences_run("abc", 'i', ""), 65);
	assert_int_equal(sequences_run("abc", 0, ""), 16);
	assert_int_equal(sequences_run("", 'i', ""), 2);
}

/* One bank that differs is enough, whichever it is and however many there are. */
static void settle_every_bank_set(void **state)
{
	struct tally_settle_result result;

	(void)state;
	for (size_t count = 1; count <= TALLY_BANK_LIMIT; count++) {
		struct tally_digests old = letter_digests('o', count);
		struct tally_digests intent = letter_digests('i', count);
		struct tally_digests live = value_after(&old, "i");
		struct tally_settle_input input = { TALLY_EXTEND_DIGEST, &old, &live, 1, &intent, NULL, 0, false };

		assert_int_equal(tally_settle(&input, &result), TALLY_OK);
		assert_int_equal(result.decision, TALLY_SETTLE_APPLIED);
		for (size_t bank = 0; bank < count; bank++) {
			uint8_t *last = &live.digest[bank].bytes[tally_alg_size(all_algorithms[bank]) - 1];

			*last ^= 1;
			assert_int_equal(tally_settle(&input, &result), TALLY_OK);
			assert_int_equal(result.decision, TALLY_SETTLE_READ_AGAIN);
			*last ^= 1;
		}
	}
}

/* The rule of the register decides: a value reached by another one is no match. */
static void settle_extend_rules(void **state)
{
	static const struct {
		enum tally_extend_rule rule;
		size_t padded_size;
		bool is_match;
	} rows[] = {
		{ TALLY_EXTEND_DIGEST, 0, true },  { TALLY_EXTEND_RAW, 0, true },
		{ TALLY_EXTEND_PADDED, 64, true }, { TALLY_EXTEND_DIGEST, 64, false },
		{ TALLY_EXTEND_PADDED, 0, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_digests old = letter_digests('o', 3);
		struct tally_digests candidate = letter_digests('a', 3);
		struct tally_digests live = old;
		struct tally_settle_input input = { rows[i].rule, &old, &live, 1, NULL, &candidate, 1, false };
		struct tally_settle_result result;

		for (size_t bank = 0; bank < 3; bank++)
			extend_bank(&live, bank, "a", 1, rows[i].padded_size);
		assert_int_equal(tally_settle(&input, &result), TALLY_OK);
		assert_int_equal(result.decision, rows[i].is_match ? TALLY_SETTLE_EXPLAINED : TALLY_SETTLE_READ_AGAIN);
	}
}

enum fault {
	NO_READ = 1,
	FIVE_READS,
	FOUR_CANDIDATES,
	RULE_UNSET,
	RULE_BEYOND,
	NO_BANK,
	SIX_BANKS,
	ALGORITHM,
	READ_BANKS,
	READ_ALGORITHM,
	CANDIDATE_BANKS,
	INTENT_BANKS
};

struct arguments {
	struct tally_digests old, intent, reads[TALLY_SETTLE_READS + 1], candidates[TALLY_SETTLE_CANDIDATES + 1];
};

static void set_all(struct arguments *arguments, size_t bank_count, uint16_t alg)
{
	struct tally_digests *all = (struct tally_digests *)arguments;

	for (size_t i = 0; i < sizeof(*arguments) / sizeof(*all); i++) {
		all[i].count = bank_count;
		all[i].digest[1].alg = alg;
	}
}

static void fault_apply(enum fault fault, struct tally_settle_input *input, struct arguments *arguments)
{
	switch (fault) {
	case NO_READ:
		input->read_count = 0;
		break;
	case FIVE_READS:
		input->read_count = TALLY_SETTLE_READS + 1;
		break;
	case FOUR_CANDIDATES:
		input->candidate_count = TALLY_SETTLE_CANDIDATES + 1;
		break;
	case RULE_UNSET:
		input->rule = (enum tally_extend_rule)0;
		break;
	case RULE_BEYOND:
		input->rule = (enum tally_extend_rule)(TALLY_EXTEND_PADDED + 1);
		break;
	case NO_BANK:
		set_all(arguments, 0, TALLY_SHA256);
		break;
	case SIX_BANKS:
		set_all(arguments, TALLY_BANK_LIMIT + 1, TALLY_SHA256);
		break;
	case ALGORITHM:
		set_all(arguments, 2, 0x0027);
		break;
	case READ_BANKS:
		arguments->reads[0].count = 1;
		break;
	case READ_ALGORITHM:
		arguments->reads[1].digest[1].alg = TALLY_SHA512;
		break;
	case CANDIDATE_BANKS:
		arguments->candidates[2].count = 1;
		break;
	case INTENT_BANKS:
		arguments->intent.count = 3;
		break;
	default:
		fail();
	}
}

static void settle_refuses_bad_arguments(void **state)
{
	static const struct {
		enum fault fault;
		enum tally_status expected;
	} rows[] = {
		{ NO_READ, TALLY_INVALID },	     { FIVE_READS, TALLY_INVALID },
		{ FOUR_CANDIDATES, TALLY_INVALID },  { RULE_UNSET, TALLY_INVALID },
		{ RULE_BEYOND, TALLY_INVALID },	     { NO_BANK, TALLY_BANK_SET },
		{ SIX_BANKS, TALLY_BANK_SET },	     { ALGORITHM, TALLY_UNKNOWN_ALGORITHM },
		{ READ_BANKS, TALLY_BANK_SET },	     { READ_ALGORITHM, TALLY_BANK_SET },
		{ CANDIDATE_BANKS, TALLY_BANK_SET }, { INTENT_BANKS, TALLY_BANK_SET },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct tally_settle_result untouched, result;
		struct arguments arguments;
		struct tally_settle_input input = { TALLY_EXTEND_DIGEST,
						    &arguments.old,
						    arguments.reads,
						    2,
						    &arguments.intent,
						    arguments.candidates,
						    3,
						    true };

		arguments.old = letter_digests('o', 2);
		arguments.intent = letter_digests('i', 2);
		for (size_t at = 0; at < COUNT(arguments.reads); at++)
			arguments.reads[at] = letter_digests('o', 2);
		for (size_t at = 0; at < COUNT(arguments.candidates); at++)
			arguments.candidates[at] = letter_digests('a', 2);
		memset(&untouched, 0x5a, sizeof(untouched));
		result = untouched;

		assert_int_equal(tally_settle(&input, &result), TALLY_OK);
		result = untouched;
		fault_apply(rows[i].fault, &input, &arguments);
		assert_int_equal(tally_settle(&input, &result), rows[i].expected);
		assert_memory_equal(&result, &untouched, sizeof(result));
	}
}

/* The slot table of docs/settle.md, first row that fits, against every combination of facts. */
static void slot_table(void **state)
{
	enum { PRESENT = 1, WHOLE = 2, OURS = 4, ENDED = 8, NAMED = 16 };
	static const struct {
		const char *name;
		unsigned mask;
		unsigned facts;
		enum tally_slot_class expected;
	} rows[] = {
		{ "absent, empty", PRESENT, 0, TALLY_SLOT_NONE },
		{ "size or SHA-256 wrong", WHOLE, 0, TALLY_SLOT_TORN },
		{ "not this log's", OURS, 0, TALLY_SLOT_FOREIGN },
		{ "the log holds the record that ends it", ENDED, ENDED, TALLY_SLOT_SETTLED },
		{ "a gap or abort names it", NAMED, NAMED, TALLY_SLOT_SETTLED },
		{ "else", 0, 0, TALLY_SLOT_PENDING },
	};

	(void)state;
	for (unsigned bits = 0; bits < 32; bits++) {
		struct tally_slot_facts facts = { bits & PRESENT, bits & WHOLE, bits & OURS, bits & ENDED,
						  bits & NAMED };
		size_t i = 0;

		while ((bits & rows[i].mask) != rows[i].facts)
			i++;
		if (tally_slot_classify(&facts) != rows[i].expected)
			fail_msg("%s: facts %#x", rows[i].name, bits);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(settle_table),
		cmocka_unit_test(settle_newest_read_decides),
		cmocka_unit_test(settle_needs_all_banks),
		cmocka_unit_test(settle_equal_events),
		cmocka_unit_test(settle_finds_every_sequence),
		cmocka_unit_test(settle_every_bank_set),
		cmocka_unit_test(settle_extend_rules),
		cmocka_unit_test(settle_refuses_bad_arguments),
		cmocka_unit_test(slot_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
