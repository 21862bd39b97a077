// SPDX-License-Identifier: BSD-2-Clause
/* The program's JSON with every allocation failing: a whole line, or none and exit code 7. */
#include "test.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../cli/exit.h"
#include "../../cli/json_line.h"
#include "alloc_fail.h"

#define LINE_LIMIT 8192
#define KEYS 40

static const uint8_t zeros[1500];

/* jansson asks for its memory here, so that its allocations fail like our own. */
static void *jansson_malloc(size_t size)
{
	return malloc(size);
}

static void jansson_free(void *memory)
{
	free(memory);
}

static void print_line(FILE *file)
{
	json_t *object = tally_json_object();

	for (int i = 0; i < KEYS; i++) {
		json_t *inner = tally_json_object();
		char key[32];

		snprintf(key, sizeof(key), "a key of some length %d", i);
		tally_json_set(inner, "value", tally_json_integer((uint64_t)i));
		tally_json_set(object, key, inner);
	}
	tally_json_print(file, "tally.test", object);
}

/* A value of jansson's inside a line that is told member after member. */
static void print_stream(FILE *file)
{
	struct tally_json_line line;
	json_t *value = tally_json_object();

	for (int i = 0; i < KEYS; i++) {
		char key[32];

		snprintf(key, sizeof(key), "key %d", i);
		tally_json_set(value, key, tally_json_integer((uint64_t)i));
	}
	tally_json_line_begin(&line, file, "tally.test");
	tally_json_line_text(&line, "no utf-8", tally_bytes("\xff\x80", 2));
	tally_json_line_value(&line, "value", value);
	for (int i = 0; i < 2; i++)
		tally_json_line_hex(&line, "more than the buffer", tally_bytes(zeros, sizeof(zeros)));
	tally_json_line_end(&line);
}

/* The line of a child whose n-th allocation fails; 0 for none. *ret_code is its exit code, -1 if nothing failed. */
static size_t line_of(void (*print)(FILE *file), unsigned n, char line[LINE_LIMIT], int *ret_code)
{
	FILE *file = tmpfile();
	pid_t child;
	size_t size;
	int status;

	assert_non_null(file);
	assert_int_equal(setvbuf(file, NULL, _IONBF, 0), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		fclose(stderr);
		alloc_fail_at(n);
		print(file);
		_Exit(alloc_fail_end() ? 0 : 100);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	*ret_code = WEXITSTATUS(status) == 100 ? -1 : WEXITSTATUS(status);
	rewind(file);
	size = fread(line, 1, LINE_LIMIT, file);
	fclose(file);
	return size;
}

static void expect_whole_or_nothing(void (*print)(FILE *file))
{
	static char whole[LINE_LIMIT], line[LINE_LIMIT];
	size_t whole_size;
	unsigned n;
	int code;

	json_set_alloc_funcs(jansson_malloc, jansson_free);
	whole_size = line_of(print, 0, whole, &code);
	assert_int_equal(code, -1);
	assert_true(whole_size > 1000 && whole_size < LINE_LIMIT && whole[whole_size - 1] == '\n');
	for (n = 1, code = 0; code >= 0; n++) {
		size_t size = line_of(print, n, line, &code);

		if (code == TALLY_EXIT_SYSTEM) {
			assert_int_equal(size, 0);
			continue;
		}
		/* A failure may be one that nobody needs. */
		assert_true(code <= 0);
		assert_int_equal(size, whole_size);
		assert_memory_equal(line, whole, whole_size);
	}
	assert_true(n > KEYS);
}

static void a_line_is_whole_or_not_there(void **state)
{
	(void)state;
	expect_whole_or_nothing(print_line);
	expect_whole_or_nothing(print_stream);
}

/* As Python's json.dumps has them, but for DEL, which a terminal obeys. */
static void texts_are_ascii(void **state)
{
	static const struct {
		const char *text;
		const char *expected;
	} rows[] = {
		{ "", "\"\"" },
		{ "a/b", "\"a/b\"" },
		{ "\"\\", "\"\\\"\\\\\"" },
		{ "\x1f\x7f", "\"\\u001f\\u007f\"" },
		{ "\xc3\xa4\xe2\x82\xac", "\"\\u00e4\\u20ac\"" },
		{ "\xf0\x9d\x84\x9e!", "\"\\ud834\\udd1e!\"" },
		/* no UTF-8: as a terminal shows it */
		{ "a\xff", "\"a\\\\xff\"" },
	};
	char text[LINE_LIMIT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		FILE *file = fmemopen(text, sizeof(text), "w");
		struct tally_json_line line;
		char expected[128];

		assert_non_null(file);
		tally_json_line_begin(&line, file, "t");
		tally_json_line_text(&line, "k", tally_text(rows[i].text));
		tally_json_line_end(&line);
		assert_int_equal(fclose(file), 0);
		snprintf(expected, sizeof(expected), "{\"schema\":\"t/1\",\"k\":%s}\n", rows[i].expected);
		assert_string_equal(text, expected);
	}
}

static void numbers_are_decimal(void **state)
{
	char text[LINE_LIMIT];
	FILE *file = fmemopen(text, sizeof(text), "w");
	struct tally_json_line line;

	(void)state;
	assert_non_null(file);
	tally_json_line_begin(&line, file, "t");
	tally_json_line_open(&line, "a", '[');
	tally_json_line_integer(&line, NULL, 0);
	tally_json_line_integer(&line, NULL, INT64_MAX);
	tally_json_line_integer(&line, NULL, UINT64_MAX);
	tally_json_line_bool(&line, NULL, false);
	tally_json_line_close(&line, ']');
	tally_json_line_end(&line);
	assert_int_equal(fclose(file), 0);
	/* Beyond what jansson's integers hold it is text. */
	assert_string_equal(text,
			    "{\"schema\":\"t/1\",\"a\":[0,9223372036854775807,\"18446744073709551615\",false]}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_whole_or_not_there),
		cmocka_unit_test(texts_are_ascii),
		cmocka_unit_test(numbers_are_decimal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
