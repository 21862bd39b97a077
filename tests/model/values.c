// SPDX-License-Identifier: BSD-2-Clause
/* Register values and digests of the model as small numbers, each backed by real digests that OpenSSL made. */
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

#include "model.h"

#define VALUE_LIMIT 60000
#define PIN_LIMIT 20000
#define PIN_DIGEST 32 /* pins' digests stand behind those of events */
#define LINK_LIMIT ((size_t)1 << 18)

/* value extended by digest is next; an unused link has next 0, because nothing extends to the base. */
struct link {
	uint16_t value, digest, next;
};

static const uint16_t bank_algorithms[] = { TALLY_SHA256, TALLY_SHA384 };

static struct tally_digests values[VALUE_LIMIT];
static uint16_t value_count;
static struct link links[LINK_LIMIT];
static struct event pins[PIN_LIMIT];
static size_t pin_count;

static void out_of_bounds(const char *what)
{
	fprintf(stderr, "the model has too few %s\n", what);
	abort();
}

void values_begin(void)
{
	memset(links, 0, sizeof(links));
	memset(values, 0, sizeof(values[0]));
	pin_count = 0;
	value_count = 1;
	values[0].count = model->bank_count;
	for (size_t bank = 0; bank < model->bank_count; bank++)
		values[0].digest[bank].alg = bank_algorithms[bank];
}

const struct tally_digests *value_digests(uint16_t value)
{
	return &values[value];
}

struct tally_digests digest_digests(uint16_t digest)
{
	struct tally_digests digests = values[0];

	for (size_t bank = 0; bank < digests.count; bank++) {
		digests.digest[bank].bytes[0] = (uint8_t)(digest >> 8);
		digests.digest[bank].bytes[1] = (uint8_t)digest;
		memset(digests.digest[bank].bytes + 2, 0x11, tally_alg_size(bank_algorithms[bank]) - 2);
	}
	return digests;
}

static void openssl_extend(struct tally_digest *value, const struct tally_digest *digest)
{
	const EVP_MD *md = value->alg == TALLY_SHA256 ? EVP_sha256() : EVP_sha384();
	size_t size = tally_alg_size(value->alg);
	uint8_t message[2 * TALLY_DIGEST_LIMIT];

	memcpy(message, value->bytes, size);
	memcpy(message + size, digest->bytes, size);
	if (EVP_Digest(message, 2 * size, value->bytes, NULL, md, NULL) != 1)
		abort();
}

static struct link *link_find(uint16_t value, uint16_t digest)
{
	size_t at = ((size_t)value * 31 + (size_t)digest * 40503) % LINK_LIMIT;

	while (links[at].next && (links[at].value != value || links[at].digest != digest))
		at = (at + 1) % LINK_LIMIT;
	return &links[at];
}

uint16_t value_extend(uint16_t value, uint16_t digest)
{
	struct link *link = link_find(value, digest);
	struct tally_digests *made = &values[value_count];
	struct tally_digests digests;

	if (link->next)
		return link->next;
	if (value_count == VALUE_LIMIT - 1)
		out_of_bounds("values");
	digests = digest_digests(digest);
	*made = values[value];
	for (size_t bank = 0; bank < made->count; bank++)
		openssl_extend(&made->digest[bank], &digests.digest[bank]);
	link->value = value;
	link->digest = digest;
	link->next = value_count;
	return value_count++;
}

const struct event *event_get(uint16_t event)
{
	return event < CALL_LIMIT ? &model->events[event] : &pins[event - CALL_LIMIT];
}

uint16_t event_of_pin(uint8_t reg, uint16_t from, uint16_t to, uint8_t next)
{
	struct event pin = { reg, (uint16_t)(PIN_DIGEST + pin_count), 0, true, next, from, to };

	for (size_t i = 0; i < pin_count; i++)
		if (pins[i].reg == reg && pins[i].from == from && pins[i].to == to && pins[i].next == next)
			return (uint16_t)(CALL_LIMIT + i);
	if (pin_count == PIN_LIMIT)
		out_of_bounds("pins");
	pins[pin_count] = pin;
	return (uint16_t)(CALL_LIMIT + pin_count++);
}
