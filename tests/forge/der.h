/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that grow, and DER written into them: for tests, which must be able to write what is wrong, too. */
#ifndef TALLY_TESTS_FORGE_DER_H
#define TALLY_TESTS_FORGE_DER_H

#include "../../core/bytes.h"

/* Starts with all zeros; freed with free_bytes of forge_bytes. */
struct forge_buffer {
	uint8_t *data;
	size_t size;
	size_t capacity;
};

static inline struct tally_bytes forge_bytes(const struct forge_buffer *buffer)
{
	return tally_bytes(buffer->data, buffer->size);
}

void forge_add(struct forge_buffer *buffer, const void *data, size_t size);
void forge_add_bytes(struct forge_buffer *buffer, struct tally_bytes bytes);
void forge_add_text(struct forge_buffer *buffer, const char *text);
void forge_add_le(struct forge_buffer *buffer, uint64_t value, size_t size);
void forge_add_be(struct forge_buffer *buffer, uint64_t value, size_t size);

/* An element: everything added between open and close is its content. */
size_t forge_open(struct forge_buffer *buffer, uint8_t tag);
void forge_close(struct forge_buffer *buffer, size_t mark);

/* Whole elements. oid is DER content as a C string. */
void forge_add_element(struct forge_buffer *buffer, uint8_t tag, struct tally_bytes content);
void forge_add_uint(struct forge_buffer *buffer, uint8_t tag, uint64_t value);
void forge_add_oid(struct forge_buffer *buffer, const char *oid);
void forge_add_time(struct forge_buffer *buffer, int64_t time);

#endif
