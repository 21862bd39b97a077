/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing docs/formats/log.md a second time: what an event's slot must have been, worked out beside the authority. */
#ifndef TALLY_TESTS_CRASH_ENCODE_H
#define TALLY_TESTS_CRASH_ENCODE_H

#include "walk.h"

#define ENCODE_LIMIT 2048

/* Bytes that were encoded. */
struct encoded {
	size_t size;
	uint8_t data[ENCODE_LIMIT];
};

/* The content of an event as the deeds make them: type `crash`, its name as data. */
void encode_event(struct encoded *ret, const char *origin, const char *name);

/* The content of the pin of a register's open jumps, when record next is the next one. */
void encode_pin(struct encoded *ret, const char *origin, unsigned reg, const struct walk_digests *from,
		const struct walk_digests *to, uint64_t next, const uint8_t head[WALK_HEAD_SIZE]);

/* What a register with a sha384 bank alone is extended with by this content. */
struct walk_digests encode_digests(const struct encoded *content);

/* SHA-256 that names the slot of this content, as record number of a register with a sha384 bank alone. */
void encode_slot_name(const struct encoded *content, unsigned reg, uint64_t number, const uint8_t head[WALK_HEAD_SIZE],
		      uint8_t ret[WALK_SLOT_NAME_SIZE]);

#endif
