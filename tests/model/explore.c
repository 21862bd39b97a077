// SPDX-License-Identifier: BSD-2-Clause
/* Visit every state of a configuration once, and say how one came to a bad one. */
#include <stdio.h>
#include <stdlib.h>

#include "explore.h"

#define DEPTH_LIMIT 400
#define SEEN_SIZE ((size_t)1 << 21) /* slots, a power of two */

const struct configuration *model;
enum damage damage;

/*
 * 128-bit fingerprints stand for the states that were seen: among a few
 * million states, two with the same one would come up once in 10^25 runs.
 */
struct fingerprint {
	uint64_t low, high;
};

static struct fingerprint *seen;
static size_t seen_count;
static size_t visit_count;
static const char *violation;
static const char *path[DEPTH_LIMIT];
static size_t path_depth;

bool chosen(struct chooser *chooser, const char *name)
{
	chooser->name = name;
	return chooser->offered++ == chooser->wanted;
}

void violated(const char *reason)
{
	if (!violation)
		violation = reason;
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
	return hash ^ hash >> 29;
}

static struct fingerprint state_fingerprint(const struct state *state)
{
	struct fingerprint result = { 1, 2 };

	for (size_t at = 0; at < sizeof(*state); at += 8) {
		size_t left = sizeof(*state) - at;
		uint64_t word = 0;

		memcpy(&word, (const uint8_t *)state + at, left < 8 ? left : 8);
		result.low = mix(result.low, word);
		result.high = mix(result.high, ~word);
	}
	return result;
}

/* Remember a state; false if it was seen before. */
static bool see(const struct state *state)
{
	struct fingerprint fingerprint = state_fingerprint(state);
	size_t at = fingerprint.low & (SEEN_SIZE - 1);

	for (; seen[at].low | seen[at].high; at = (at + 1) & (SEEN_SIZE - 1))
		if (seen[at].low == fingerprint.low && seen[at].high == fingerprint.high)
			return false;
	if (++seen_count > SEEN_SIZE / 4 * 3)
		abort();
	seen[at] = fingerprint;
	return true;
}

/*
 * If whoever holds the lock died here, the next one must be able to put things
 * right. What trouble is left does not matter to that: many states share one
 * recovery, and it is marked so that no state to be visited equals it.
 */
static void check_recovery(const struct state *state)
{
	struct state recovered = *state;

	memset(recovered.left, 0xff, sizeof(recovered.left));
	if (recovered.op.step != IDLE)
		world_crash(&recovered);
	if (!see(&recovered))
		return;
	protocol_recover(&recovered);
	oracle_check_step(state, &recovered);
	if (!violation)
		oracle_check_rest(&recovered);
}

static bool model_step(struct state *state, struct chooser *chooser)
{
	return protocol_step(state, chooser) || world_step(state, chooser);
}

/* Depth first, down to the first violation; path is then the way there. */
static void visit(const struct state *state, size_t depth)
{
	if (depth == DEPTH_LIMIT)
		abort();
	path_depth = depth;
	visit_count++;
	check_recovery(state);
	for (unsigned wanted = 0; !violation; wanted++) {
		struct state next = *state;
		struct chooser chooser = { wanted, 0, NULL };

		if (!model_step(&next, &chooser))
			return;
		path[depth] = chooser.name;
		path_depth = depth + 1;
		oracle_check_step(state, &next);
		if (!violation && see(&next))
			visit(&next, depth + 1);
	}
}

void explore_print_path(void)
{
	printf("# %s, after:\n", violation);
	for (size_t i = 0; i < path_depth; i++)
		printf("#   %s\n", path[i]);
}

const char *explore(const struct configuration *configuration, enum damage how, size_t *ret_state_count)
{
	struct state start;

	memset(&start, 0, sizeof(start));
	memcpy(start.left, configuration->trouble, sizeof(start.left));
	for (size_t i = 0; i < CALL_LIMIT; i++)
		start.calls[i].attempt_number = NONE;
	seen = calloc(SEEN_SIZE, sizeof(*seen));
	if (!seen)
		abort();
	seen_count = 0;
	visit_count = 0;
	violation = NULL;
	model = configuration;
	damage = how;
	values_begin();
	visit(&start, 0);
	free(seen);
	*ret_state_count = visit_count;
	return violation;
}
