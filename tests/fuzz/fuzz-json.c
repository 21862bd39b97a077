// SPDX-License-Identifier: BSD-2-Clause
/* Fuzz target: any JSON text, walked, and written without its white space. */
#include <stdlib.h>

#include "../../format/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

/* Every value once, and members twice only outside of what is walked with names. */
static void walk_members(struct tally_bytes text)
{
	struct tally_json_reader json = tally_json_open(text);
	struct tally_json_names names;
	struct tally_bytes name;

	if (tally_json_peek(&json) != TALLY_JSON_OBJECT)
		return;
	tally_json_begin_object(&json);
	while (tally_json_next_member(&json, &names, &name)) {
		for (size_t i = 0; i + 1 < names.count; i++)
			expect(!tally_json_strings_equal(names.name[i], name));
		(void)tally_json_skip(&json);
	}
}

/* A text that reads is, without its white space, a text that reads, and stays as it is. */
static void expect_compact(struct tally_bytes text)
{
	uint8_t *compact = malloc(text.size);
	uint8_t *again = malloc(text.size);
	struct tally_writer writer = tally_writer(compact, text.size);
	struct tally_writer second = tally_writer(again, text.size);
	struct tally_json_reader json;

	tally_json_write_compact(&writer, text);
	expect(writer.status == TALLY_OK);
	json = tally_json_open(tally_written(&writer));
	expect(tally_bytes_equal(tally_json_skip(&json), tally_written(&writer)));
	expect(tally_json_end(&json) == TALLY_OK);
	tally_json_write_compact(&second, tally_written(&writer));
	expect(tally_bytes_equal(tally_written(&writer), tally_written(&second)));
	free(again);
	free(compact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tally_bytes text = tally_bytes(data, size);
	struct tally_json_reader json = tally_json_open(text);
	struct tally_bytes value = tally_json_skip(&json);
	enum tally_status status = tally_json_end(&json);

	expect(tally_json_offset(&json) <= size);
	walk_members(text);
	if (status == TALLY_OK)
		expect_compact(value);
	return 0;
}
