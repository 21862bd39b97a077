// SPDX-License-Identifier: BSD-2-Clause
/* jansson, with one way to run out of memory. */
#include "json.h"

#include <stdlib.h>

#include "../format/utf8.h"
#include "escape.h"
#include "exit.h"
#include "output.h"

static void *must(void *memory)
{
	if (!memory) {
		fputs("tally: out of memory\n", stderr);
		_Exit(TALLY_EXIT_SYSTEM);
	}
	return memory;
}

json_t *tally_json_object(void)
{
	return must(json_object());
}

json_t *tally_json_array(void)
{
	return must(json_array());
}

json_t *tally_json_bool(bool value)
{
	return json_boolean(value);
}

json_t *tally_json_integer(uint64_t value)
{
	char text[32];

	/* A number that jansson, and many readers, can't hold is written as text. */
	if (value <= INT64_MAX)
		return must(json_integer((json_int_t)value));
	snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
	return must(json_string(text));
}

json_t *tally_json_hex(struct tally_bytes bytes)
{
	char *text = must(malloc(2 * bytes.size + 1));
	json_t *value;

	tally_hex_write(text, bytes);
	value = must(json_stringn(text, 2 * bytes.size));
	free(text);
	return value;
}

static json_t *escaped_text(struct tally_bytes text)
{
	char *escaped = NULL;
	size_t size = 0;
	FILE *stream = must(open_memstream(&escaped, &size));
	json_t *value;

	tally_escape_print(stream, text);
	if (fclose(stream) != 0)
		must(NULL);
	value = must(json_stringn(escaped, size));
	free(escaped);
	return value;
}

json_t *tally_json_text(struct tally_bytes text)
{
	if (!tally_utf8_is_valid(text))
		return escaped_text(text);
	return must(json_stringn(text.size ? (const char *)text.data : "", text.size));
}

json_t *tally_json_digests(const struct tally_digests *digests)
{
	json_t *object = tally_json_object();

	for (size_t i = 0; i < digests->count; i++)
		tally_json_set(object, tally_alg_name(digests->digest[i].alg),
			       tally_json_hex(tally_digest_bytes(&digests->digest[i])));
	return object;
}

void tally_json_set(json_t *object, const char *key, json_t *value)
{
	if (json_object_set_new(object, key, value) != 0)
		must(NULL);
}

void tally_json_append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) != 0)
		must(NULL);
}

/* Text that grows. */
struct text {
	char *data;
	size_t size;
	size_t room;
};

/* jansson does not look whether its own buffer took every piece, so that one could be missing: this one never fails. */
static int text_append(const char *piece, size_t size, void *context)
{
	struct text *text = context;

	if (text->room - text->size < size) {
		text->room = 2 * text->room + size;
		text->data = must(realloc(text->data, text->room));
	}
	memcpy(text->data + text->size, piece, size);
	text->size += size;
	return 0;
}

char *tally_json_dump(const json_t *value, size_t *ret_size)
{
	struct text text = { NULL, 0, 0 };

	/* ASCII, because a terminal obeys some characters beyond it too. */
	if (json_dump_callback(value, text_append, &text, JSON_COMPACT | JSON_ENSURE_ASCII) != 0)
		must(NULL);
	*ret_size = text.size;
	return text.data;
}

void tally_json_print(FILE *file, const char *schema, json_t *object)
{
	char name[64], *text;
	json_t *whole = tally_json_object();
	size_t size;

	/* jansson keeps the order of insertion: the schema comes first. */
	snprintf(name, sizeof(name), "%s/1", schema);
	tally_json_set(whole, "schema", must(json_string(name)));
	if (json_object_update(whole, object) != 0)
		must(NULL);
	text = tally_json_dump(whole, &size);
	/* What can't be written shows when the stream is ended. */
	fwrite(text, 1, size, file);
	putc('\n', file);
	free(text);
	json_decref(whole);
	json_decref(object);
}
