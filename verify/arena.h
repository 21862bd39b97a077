/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory that lives and dies with one policy or one verdict. */
#ifndef TALLY_VERIFY_ARENA_H
#define TALLY_VERIFY_ARENA_H

#include <stdarg.h>

#include "../core/bytes.h"
#include "../core/digest.h"

/*
 * Blocks that are freed together. A failed allocation latches: everything asked for afterwards fails
 * too, texts are then empty and vectors stop growing, so that code adds what it has and checks once.
 */
struct tally_arena;

/* NULL if there is no memory. */
struct tally_arena *tally_arena_new(void);
void tally_arena_free(struct tally_arena *arena);

/* Zeroed memory for count objects; NULL after a failure. */
void *tally_arena_take(struct tally_arena *arena, size_t count, size_t size);

/* Memory for one object that sets what it reads: most of a large one may never be touched. NULL after a failure. */
void *tally_arena_take_unset(struct tally_arena *arena, size_t size);

/* An allocation failed: what was built is not whole and must be thrown away. */
bool tally_arena_has_failed(const struct tally_arena *arena);

/* Latch a failure that happened elsewhere: something to be copied could not be made. */
void tally_arena_fail(struct tally_arena *arena);

/* Bytes of all its blocks. */
size_t tally_arena_size(const struct tally_arena *arena);

/* A copy of bytes. */
struct tally_bytes tally_arena_copy(struct tally_arena *arena, struct tally_bytes bytes);

/* A copy of text that can be shown: unless it is clean UTF-8, every byte that is not printable ASCII becomes \xNN. */
const char *tally_arena_text(struct tally_arena *arena, struct tally_bytes text);

/* Formatted text. */
const char *tally_arena_print(struct tally_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *tally_arena_vprint(struct tally_arena *arena, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

/* Lower-case hex. */
const char *tally_arena_hex(struct tally_arena *arena, struct tally_bytes bytes);

/* "sha384:hex", several banks separated by spaces. */
const char *tally_arena_digests(struct tally_arena *arena, const struct tally_digests *digests);

/* An array that grows; start with all zeros. items may move when it does. */
struct tally_vector {
	void *items;
	size_t count;
	size_t capacity;
};

/* A new element of size bytes, zeroed, at the end; NULL after a failure. */
void *tally_vector_add(struct tally_vector *vector, struct tally_arena *arena, size_t size);

#endif
