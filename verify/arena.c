// SPDX-License-Identifier: BSD-2-Clause
/* The arena: a chain of blocks that grow, and blocks of their own for what is larger than the next would be. */
#include "arena.h"

#include <stdio.h>
#include <stdlib.h>

#include "../format/utf8.h"

#define BLOCK_MIN 1024
#define BLOCK_MAX ((size_t)1 << 20)
#define ALIGNMENT 16

struct block {
	struct block *before;
	size_t size;
	size_t used;
	_Alignas(ALIGNMENT) uint8_t bytes[];
};

struct tally_arena {
	struct block *newest; /* the one that things are taken from; older ones and larger ones behind it */
	size_t next_size;
	bool has_failed;
};

struct tally_arena *tally_arena_new(void)
{
	struct tally_arena *arena = calloc(1, sizeof(*arena));

	if (arena)
		arena->next_size = BLOCK_MIN;
	return arena;
}

void tally_arena_free(struct tally_arena *arena)
{
	struct block *block = arena ? arena->newest : NULL;

	while (block) {
		struct block *before = block->before;

		free(block);
		block = before;
	}
	free(arena);
}

static struct block *block_new(size_t size)
{
	/* Not zeroed as a whole: most of a large block is never taken. */
	struct block *block = size <= SIZE_MAX - sizeof(*block) ? malloc(sizeof(*block) + size) : NULL;

	if (!block)
		return NULL;
	block->before = NULL;
	block->size = size;
	block->used = 0;
	return block;
}

/* A block with room for size bytes: the next newest one, or for something large one behind the newest, which goes on. */
static struct block *arena_grow(struct tally_arena *arena, size_t size)
{
	bool is_large = size > arena->next_size;
	struct block *block = block_new(is_large ? size : arena->next_size);

	if (!block)
		return NULL;
	if (is_large && arena->newest) {
		block->before = arena->newest->before;
		arena->newest->before = block;
		return block;
	}
	block->before = arena->newest;
	arena->newest = block;
	if (!is_large && arena->next_size < BLOCK_MAX)
		arena->next_size *= 2;
	return block;
}

/* As it was left by whoever had it before. */
static void *take_unset(struct tally_arena *arena, size_t count, size_t size)
{
	struct block *block = arena->newest;
	void *taken;

	if (arena->has_failed || (size != 0 && count > (SIZE_MAX - ALIGNMENT) / size)) {
		arena->has_failed = true;
		return NULL;
	}
	size = (count * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
	if (!block || block->size - block->used < size)
		block = arena_grow(arena, size);
	if (!block) {
		arena->has_failed = true;
		return NULL;
	}
	taken = block->bytes + block->used;
	block->used += size;
	return taken;
}

void *tally_arena_take(struct tally_arena *arena, size_t count, size_t size)
{
	void *taken = take_unset(arena, count, size);

	if (taken)
		memset(taken, 0, count * size);
	return taken;
}

void *tally_arena_take_unset(struct tally_arena *arena, size_t size)
{
	return take_unset(arena, 1, size);
}

bool tally_arena_has_failed(const struct tally_arena *arena)
{
	return arena->has_failed;
}

void tally_arena_fail(struct tally_arena *arena)
{
	arena->has_failed = true;
}

size_t tally_arena_size(const struct tally_arena *arena)
{
	size_t size = 0;

	for (const struct block *block = arena->newest; block; block = block->before)
		size += sizeof(*block) + block->size;
	return size;
}

struct tally_bytes tally_arena_copy(struct tally_arena *arena, struct tally_bytes bytes)
{
	uint8_t *copy = take_unset(arena, bytes.size, 1);

	if (!copy)
		return tally_bytes(NULL, 0);
	if (bytes.size)
		memcpy(copy, bytes.data, bytes.size);
	return tally_bytes(copy, bytes.size);
}

static void escape(char *to, struct tally_bytes text)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < text.size; i++) {
		uint8_t byte = text.data[i];

		if (byte >= 0x20 && byte < 0x7f) {
			*to++ = (char)byte;
			continue;
		}
		*to++ = '\\';
		*to++ = 'x';
		*to++ = digits[byte >> 4];
		*to++ = digits[byte & 15];
	}
}

const char *tally_arena_text(struct tally_arena *arena, struct tally_bytes text)
{
	bool is_clean = tally_utf8_is_clean(text);
	char *copy = NULL;

	if (text.size < SIZE_MAX / 4)
		copy = tally_arena_take(arena, (is_clean ? 1 : 4) * text.size + 1, 1);
	if (!copy)
		return "";
	if (!is_clean)
		escape(copy, text);
	else if (text.size)
		memcpy(copy, text.data, text.size);
	return copy;
}

/* Behind what it wrote. */
static char *put(char *to, struct tally_bytes text)
{
	if (text.size)
		memcpy(to, text.data, text.size);
	return to + text.size;
}

#define DECIMAL_SIZE 20

static struct tally_bytes decimal(char digits[DECIMAL_SIZE], unsigned long long number)
{
	size_t at = DECIMAL_SIZE;

	do
		digits[--at] = (char)('0' + number % 10);
	while (number /= 10);
	return tally_bytes(digits + at, DECIMAL_SIZE - at);
}

/* What %s, %u, %zu or %llu stands for, and what follows it; false for anything else. */
static bool convert(const char **format, va_list *arguments, char digits[DECIMAL_SIZE], struct tally_bytes *ret)
{
	const char *conversion = *format + 1;

	if (*conversion == 's') {
		*ret = tally_text(va_arg(*arguments, const char *));
		*format += 2;
	} else if (*conversion == 'u') {
		*ret = decimal(digits, va_arg(*arguments, unsigned));
		*format += 2;
	} else if (strncmp(conversion, "zu", 2) == 0) {
		*ret = decimal(digits, va_arg(*arguments, size_t));
		*format += 3;
	} else if (strncmp(conversion, "llu", 3) == 0) {
		*ret = decimal(digits, va_arg(*arguments, unsigned long long));
		*format += 4;
	} else {
		return false;
	}
	return true;
}

/* Nearly every text is made of these. Its size; SIZE_MAX if something else stands in the format, or the room ends. */
static size_t print_simple(char *to, size_t room, const char *format, va_list *arguments)
{
	char digits[DECIMAL_SIZE];
	size_t size = 0;

	while (*format) {
		struct tally_bytes piece = tally_bytes(format, (size_t)(strchrnul(format, '%') - format));

		if (piece.size)
			format += piece.size;
		else if (!convert(&format, arguments, digits, &piece))
			return SIZE_MAX;
		if (piece.size >= room - size)
			return SIZE_MAX;
		put(to + size, piece);
		size += piece.size;
	}
	return size;
}

const char *tally_arena_vprint(struct tally_arena *arena, const char *format, va_list arguments)
{
	struct block *block = arena->newest;
	size_t room = block && !arena->has_failed ? block->size - block->used : 0;
	size_t simple = SIZE_MAX;
	va_list again;
	char *text;
	int size;

	/* Most texts fit where the next bytes are taken from anyway. */
	va_copy(again, arguments);
	if (room)
		simple = print_simple((char *)block->bytes + block->used, room, format, &again);
	va_end(again);
	if (simple != SIZE_MAX) {
		text = take_unset(arena, simple + 1, 1);
		text[simple] = 0;
		return text;
	}
	va_copy(again, arguments);
	size = vsnprintf(NULL, 0, format, again);
	va_end(again);
	text = size < 0 ? NULL : take_unset(arena, (size_t)size + 1, 1);
	if (!text) {
		arena->has_failed = true;
		return "";
	}
	vsnprintf(text, (size_t)size + 1, format, arguments);
	return text;
}

const char *tally_arena_print(struct tally_arena *arena, const char *format, ...)
{
	va_list arguments;
	const char *text;

	va_start(arguments, format);
	text = tally_arena_vprint(arena, format, arguments);
	va_end(arguments);
	return text;
}

/* Behind what it wrote. */
static char *put_hex(char *to, struct tally_bytes bytes)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < bytes.size; i++) {
		*to++ = digits[bytes.data[i] >> 4];
		*to++ = digits[bytes.data[i] & 15];
	}
	return to;
}

const char *tally_arena_hex(struct tally_arena *arena, struct tally_bytes bytes)
{
	char *text = bytes.size < SIZE_MAX / 2 ? take_unset(arena, 2 * bytes.size + 1, 1) : NULL;

	if (!text)
		return "";
	*put_hex(text, bytes) = 0;
	return text;
}

const char *tally_arena_digests(struct tally_arena *arena, const struct tally_digests *digests)
{
	size_t room = 1;
	char *text;
	char *to;

	for (size_t i = 0; i < digests->count; i++)
		room += strlen(tally_alg_name(digests->digest[i].alg)) + 2 +
			2 * tally_digest_bytes(&digests->digest[i]).size;
	text = take_unset(arena, room, 1);
	if (!text)
		return "";
	to = text;
	for (size_t i = 0; i < digests->count; i++) {
		to = put(to, tally_text(i ? " " : ""));
		to = put(to, tally_text(tally_alg_name(digests->digest[i].alg)));
		to = put_hex(put(to, tally_text(":")), tally_digest_bytes(&digests->digest[i]));
	}
	*to = 0;
	return text;
}

void *tally_vector_add(struct tally_vector *vector, struct tally_arena *arena, size_t size)
{
	if (vector->count == vector->capacity) {
		size_t capacity = vector->capacity ? 2 * vector->capacity : 8;
		void *items = tally_arena_take(arena, capacity, size);

		if (!items)
			return NULL;
		if (vector->count)
			memcpy(items, vector->items, vector->count * size);
		vector->items = items;
		vector->capacity = capacity;
	}
	return (uint8_t *)vector->items + size * vector->count++;
}
