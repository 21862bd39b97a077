/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A borrowed run of bytes. */
#ifndef TALLY_CORE_BYTES_H
#define TALLY_CORE_BYTES_H

#ifdef __KERNEL__
#include <linux/string.h>
#include <linux/types.h>
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#endif

/* Bytes that somebody else owns: valid as long as what they point into. data may be NULL when size is 0. */
struct tally_bytes {
	const uint8_t *data;
	size_t size;
};

/* Room that somebody else owns, to write into. */
struct tally_span {
	uint8_t *data;
	size_t size;
};

static inline struct tally_bytes tally_bytes(const void *data, size_t size)
{
	struct tally_bytes bytes = { (const uint8_t *)data, size };

	return bytes;
}

/* The bytes of a NUL-terminated text, without the NUL; none for NULL. */
static inline struct tally_bytes tally_text(const char *text)
{
	return tally_bytes(text, text ? strlen(text) : 0);
}

static inline bool tally_bytes_equal(struct tally_bytes a, struct tally_bytes b)
{
	return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

#endif
