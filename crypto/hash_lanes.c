// SPDX-License-Identifier: BSD-2-Clause
/* SHA-384 of four short messages in the lanes of one vector: plain vector code, as no packaged library has it. */
#include "hash_lanes.h"

#if defined(__x86_64__)

#define ROUNDS 80
#define STATE_WORDS 8
#define BLOCK_WORDS 16
#define BLOCK_SIZE 128
#define DIGEST_WORDS 6

/* One 64-bit word of each message. */
typedef uint64_t lanes __attribute__((vector_size(8 * TALLY_LANES)));

/* Fractional parts of the cube roots of the first 80 primes. spec: FIPS 180-4, 4.2.3 */
static const uint64_t round_constants[ROUNDS] = {
	0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc, 0x3956c25bf348b538,
	0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118, 0xd807aa98a3030242, 0x12835b0145706fbe,
	0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2, 0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235,
	0xc19bf174cf692694, 0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
	0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5, 0x983e5152ee66dfab,
	0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4, 0xc6e00bf33da88fc2, 0xd5a79147930aa725,
	0x06ca6351e003826f, 0x142929670a0e6e70, 0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed,
	0x53380d139d95b3df, 0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
	0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30, 0xd192e819d6ef5218,
	0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8, 0x19a4c116b8d2d0c8, 0x1e376c085141ab53,
	0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8, 0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373,
	0x682e6ff3d6b2b8a3, 0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
	0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b, 0xca273eceea26619c,
	0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178, 0x06f067aa72176fba, 0x0a637dc5a2c898a6,
	0x113f9804bef90dae, 0x1b710b35131c471b, 0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc,
	0x431d67c49c100d4c, 0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};

/* spec: FIPS 180-4, 5.3.4 */
static const uint64_t sha384_start[8] = {
	0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939,
	0x67332667ffc00b31, 0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4,
};

bool tally_lanes_are_fast(void)
{
	return __builtin_cpu_supports("avx2");
}

#define WITH_VECTORS __attribute__((target("avx2")))

WITH_VECTORS static inline lanes rotate(lanes x, unsigned count)
{
	return x >> count | x << (64 - count);
}

/* Word t of the schedule; the last 16 are kept in a ring. spec: FIPS 180-4, 6.4.2 */
WITH_VECTORS static inline lanes schedule(lanes ring[BLOCK_WORDS], unsigned t)
{
	lanes x = ring[(t + 1) % BLOCK_WORDS];
	lanes y = ring[(t + 14) % BLOCK_WORDS];

	return ring[t % BLOCK_WORDS] += (rotate(x, 1) ^ rotate(x, 8) ^ x >> 7) + ring[(t + 9) % BLOCK_WORDS] +
					(rotate(y, 19) ^ rotate(y, 61) ^ y >> 6);
}

WITH_VECTORS static void compress(lanes state[STATE_WORDS], lanes ring[BLOCK_WORDS])
{
	lanes a = state[0], b = state[1], c = state[2], d = state[3];
	lanes e = state[4], f = state[5], g = state[6], h = state[7];

#pragma GCC unroll 80
	for (unsigned t = 0; t < ROUNDS; t++) {
		lanes word = t < BLOCK_WORDS ? ring[t] : schedule(ring, t);
		lanes first = h + (rotate(e, 14) ^ rotate(e, 18) ^ rotate(e, 41)) + ((e & f) ^ (~e & g)) +
			      round_constants[t] + word;
		lanes second = (rotate(a, 28) ^ rotate(a, 34) ^ rotate(a, 39)) + ((a & b) | (c & (a | b)));

		h = g;
		g = f;
		f = e;
		e = d + first;
		d = c;
		c = b;
		b = a;
		a = first + second;
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

/* The one block of a short message: its parts, a one bit, zeros, its size in bits. spec: FIPS 180-4, 5.1.2 */
static void fill_block(uint8_t block[BLOCK_SIZE], const struct tally_hash_job *job)
{
	size_t size = 0;

	for (size_t i = 0; i < TALLY_HASH_PARTS; i++) {
		if (job->parts[i].size != 0)
			memcpy(block + size, job->parts[i].data, job->parts[i].size);
		size += job->parts[i].size;
	}
	memset(block + size, 0, BLOCK_SIZE - size);
	block[size] = 0x80;
	block[BLOCK_SIZE - 2] = (uint8_t)(size >> 5);
	block[BLOCK_SIZE - 1] = (uint8_t)(size << 3);
}

static void put_digest(uint8_t *digest, const uint64_t (*words)[TALLY_LANES], size_t lane)
{
	for (size_t i = 0; i < DIGEST_WORDS; i++) {
		uint64_t word = __builtin_bswap64(words[i][lane]);

		memcpy(digest + 8 * i, &word, sizeof(word));
	}
}

WITH_VECTORS void tally_lanes_sha384(const struct tally_hash_job *const jobs[TALLY_LANES])
{
	uint64_t words[BLOCK_WORDS][TALLY_LANES];
	lanes state[STATE_WORDS];
	lanes block[BLOCK_WORDS];

	for (size_t lane = 0; lane < TALLY_LANES; lane++) {
		uint8_t bytes[BLOCK_SIZE];
		uint64_t word;

		fill_block(bytes, jobs[lane]);
		for (size_t i = 0; i < BLOCK_WORDS; i++) {
			memcpy(&word, bytes + 8 * i, sizeof(word));
			words[i][lane] = __builtin_bswap64(word);
		}
	}
	memcpy(block, words, sizeof(block));
	for (size_t i = 0; i < STATE_WORDS; i++)
		state[i] = (lanes){ 0 } + sha384_start[i];
	compress(state, block);
	memcpy(words, state, sizeof(state));
	for (size_t lane = 0; lane < TALLY_LANES; lane++)
		put_digest(jobs[lane]->ret_digest, (const uint64_t(*)[TALLY_LANES])words, lane);
}

#else

bool tally_lanes_are_fast(void)
{
	return false;
}

void tally_lanes_sha384(const struct tally_hash_job *const jobs[TALLY_LANES])
{
	(void)jobs;
}

#endif
