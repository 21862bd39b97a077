/* SPDX-License-Identifier: BSD-2-Clause */
/* A second reading of docs/formats/log.md, without a line of format/: the log's bytes as a list of what they say. */
#ifndef TALLY_TESTS_CRASH_WALK_H
#define TALLY_TESTS_CRASH_WALK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WALK_BANKS 3 /* sha1, sha256, sha384, in this order */
#define WALK_DIGEST_LIMIT 48
#define WALK_HEAD_SIZE 48
#define WALK_SLOT_NAME_SIZE 32
#define WALK_VALUE_LIMIT 24
#define WALK_NUMBER_ELEMENT 13 /* bytes of a record before what makes out its event */

struct span {
	const uint8_t *data;
	size_t size;
};

/* A digest for each bank that has one. */
struct walk_digests {
	bool has[WALK_BANKS];
	uint8_t bytes[WALK_BANKS][WALK_DIGEST_LIMIT];
};

enum walk_kind { WALK_HEADER = 1, WALK_BASE, WALK_GAP, WALK_ABORT, WALK_KEXEC, WALK_TRIM, WALK_EVENT, WALK_PIN };

/* One record. Spans point into the bytes that were walked. */
struct walk_line {
	enum walk_kind kind;
	uint64_t number;
	unsigned reg;
	struct span encoded;
	struct span content; /* event_data */
	struct walk_digests digests;
	struct walk_digests from; /* gap, pin */
	struct walk_digests to;	  /* base, gap, pin */
	struct span type;	  /* event */
	struct span name;	  /* event */
	struct span origin;	  /* event */
	struct span data;	  /* event */
	bool is_once;		  /* event */
	const uint8_t *intent;	  /* abort, and a gap that names one: the slot's SHA-256 */
	struct span held;	  /* abort, gap: the whole record of the intent */
	uint64_t pin_next;	  /* pin: n */
	const uint8_t *pin_head;  /* pin: head(n) */
	unsigned pin_reg;	  /* pin */
	const uint8_t *boot_id;	  /* header, trim, kexec: 16 bytes */
	struct span once_list;	  /* trim: SHA-384 of the list of names, or nothing */
	const uint8_t *head;	  /* trim: head(number) */
	unsigned value_count;	  /* trim: a value of each runtime register, registers ascending */
	struct walk_digests *value;
};

struct walk {
	size_t count;
	size_t room;
	struct walk_line *line;
	size_t whole; /* bytes of whole records */
	size_t torn;  /* bytes behind them: the beginning of one more record */
};

/*
 * Walk a log; the test fails where the page does not allow what stands there. Records count up from 0, or from the
 * number of the trim that it begins with. Released with walk_done.
 */
struct walk walk_log(struct span log);
void walk_done(struct walk *walk);

/* The hash of a bank over two spans, by OpenSSL. */
size_t bank_size(unsigned bank);
void bank_hash(unsigned bank, struct span a, struct span b, uint8_t *ret);

static inline struct span span(const void *data, size_t size)
{
	struct span span = { (const uint8_t *)data, size };

	return span;
}

bool span_is(struct span span, const char *text);

#endif
