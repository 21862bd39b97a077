// SPDX-License-Identifier: BSD-2-Clause
/* The program's JSON with every allocation failing: a whole line, or none and exit code 7. */
#include "test.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../cli/exit.h"
#include "../../cli/json.h"
#include "alloc_fail.h"

#define LINE_LIMIT 8192
#define KEYS 40

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

/* The line of a child whose n-th allocation fails; 0 for none. *ret_code is its exit code, -1 if nothing failed. */
static size_t line_of(unsigned n, char line[LINE_LIMIT], int *ret_code)
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
		print_line(file);
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

static void a_line_is_whole_or_not_there(void **state)
{
	static char whole[LINE_LIMIT], line[LINE_LIMIT];
	size_t whole_size;
	unsigned n;
	int code;

	(void)state;
	json_set_alloc_funcs(jansson_malloc, jansson_free);
	whole_size = line_of(0, whole, &code);
	assert_int_equal(code, -1);
	assert_true(whole_size > 1000 && whole_size < LINE_LIMIT && whole[whole_size - 1] == '\n');
	for (n = 1, code = 0; code >= 0; n++) {
		size_t size = line_of(n, line, &code);

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_whole_or_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
