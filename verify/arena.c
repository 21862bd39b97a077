// SPDX-License-Identifier: BSD-2-Clause
/* The arena: a chain of blocks, each at least as large as the one before it. */
#include "arena.h"

#include <stdio.h>
#include <stdlib.h>

#include "../format/utf8.h"

#define BLOCK_MIN 4096
#define BLOCK_MAX ((size_t)1 << 20)
#define ALIGNMENT 16

struct block {
	struct block *before;
	size_t size;
	size_t used;
	_Alignas(ALIGNMENT) uint8_t bytes[];
};

struct tally_arena {
	struct block *newest;
	bool has_failed;
};

struct tally_arena *tally_arena_new(void)
{
	return calloc(1, sizeof(struct tally_arena));
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

static struct block *arena_grow(struct tally_arena *arena, size_t size)
{
	size_t next = arena->newest ? 2 * arena->newest->size : BLOCK_MIN;
	struct block *block;

	if (next > BLOCK_MAX)
		next = BLOCK_MAX;
	if (next < size)
		next = size;
	if (next > SIZE_MAX - sizeof(*block))
		return NULL;
	/* Not zeroed as a whole: most of a large block is never taken. */
	block = malloc(sizeof(*block) + next);
	if (!block)
		return NULL;
	block->before = arena->newest;
	block->size = next;
	block->used = 0;
	arena->newest = block;
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

const char *tally_arena_vprint(struct tally_arena *arena, const char *format, va_list arguments)
{
	va_list again;
	char *text;
	int size;

	va_copy(again, arguments);
	size = vsnprintf(NULL, 0, format, again);
	va_end(again);
	text = size < 0 ? NULL : tally_arena_take(arena, (size_t)size + 1, 1);
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

const char *tally_arena_hex(struct tally_arena *arena, struct tally_bytes bytes)
{
	static const char digits[] = "0123456789abcdef";
	char *text = bytes.size < SIZE_MAX / 2 ? tally_arena_take(arena, 2 * bytes.size + 1, 1) : NULL;

	if (!text)
		return "";
	for (size_t i = 0; i < bytes.size; i++) {
		text[2 * i] = digits[bytes.data[i] >> 4];
		text[2 * i + 1] = digits[bytes.data[i] & 15];
	}
	return text;
}

const char *tally_arena_digests(struct tally_arena *arena, const struct tally_digests *digests)
{
	const char *text = "";

	for (size_t i = 0; i < digests->count; i++)
		text = tally_arena_print(arena, "%s%s%s:%s", text, i ? " " : "", tally_alg_name(digests->digest[i].alg),
					 tally_arena_hex(arena, tally_digest_bytes(&digests->digest[i])));
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
