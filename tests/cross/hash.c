// SPDX-License-Identifier: BSD-2-Clause
/* tally_env_hash in plain C, for the cross tests: no library of the foreign architecture is needed. */
#include "../../core/digest.h"

#define LARGEST_BLOCK 128

/* One message being hashed. Words of 32 bits stand in the lower half of an entry. */
struct hashing {
	uint64_t state[8];
	uint8_t block[LARGEST_BLOCK];
	size_t block_size; /* of the algorithm */
	size_t filled;
	uint64_t total;
	void (*compress)(struct hashing *hashing);
};

static uint32_t rotate32(uint32_t x, unsigned n)
{
	return n % 32 == 0 ? x : x << n % 32 | x >> (32 - n % 32);
}

static uint64_t rotate64(uint64_t x, unsigned n)
{
	return x << (64 - n) | x >> n;
}

static uint64_t word_at(const struct hashing *hashing, size_t i, size_t size)
{
	uint64_t word = 0;

	for (size_t byte = 0; byte < size; byte++)
		word = word << 8 | hashing->block[i * size + byte];
	return word;
}

/* spec: FIPS 180-4, 6.1.2 */
static void sha1_compress(struct hashing *hashing)
{
	static const uint32_t constant[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
	uint32_t w[80], v[5];

	for (size_t i = 0; i < 16; i++)
		w[i] = (uint32_t)word_at(hashing, i, 4);
	for (size_t i = 16; i < 80; i++)
		w[i] = rotate32(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (size_t i = 0; i < 5; i++)
		v[i] = (uint32_t)hashing->state[i];
	for (size_t i = 0; i < 80; i++) {
		uint32_t choice = (v[1] & v[2]) | (~v[1] & v[3]), parity = v[1] ^ v[2] ^ v[3];
		uint32_t majority = (v[1] & v[2]) | (v[1] & v[3]) | (v[2] & v[3]);
		uint32_t f = i < 20 ? choice : i >= 40 && i < 60 ? majority : parity;
		uint32_t next = rotate32(v[0], 5) + f + v[4] + constant[i / 20] + w[i];

		v[4] = v[3], v[3] = v[2], v[2] = rotate32(v[1], 30), v[1] = v[0], v[0] = next;
	}
	for (size_t i = 0; i < 5; i++)
		hashing->state[i] = (uint32_t)(hashing->state[i] + v[i]);
}

/* The cube roots of the first 80 primes; SHA-256 takes the upper halves of 64. spec: FIPS 180-4, 4.2.2 and 4.2.3 */
static const uint64_t cube_roots[80] = {
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

/* spec: FIPS 180-4, 6.2.2 */
static void sha256_compress(struct hashing *hashing)
{
	uint32_t w[64], v[8];

	for (size_t i = 0; i < 16; i++)
		w[i] = (uint32_t)word_at(hashing, i, 4);
	for (size_t i = 16; i < 64; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];

		w[i] = (rotate32(b, 15) ^ rotate32(b, 13) ^ b >> 10) + w[i - 7] +
		       (rotate32(a, 25) ^ rotate32(a, 14) ^ a >> 3) + w[i - 16];
	}
	for (size_t i = 0; i < 8; i++)
		v[i] = (uint32_t)hashing->state[i];
	for (size_t i = 0; i < 64; i++) {
		uint32_t t1 = v[7] + (rotate32(v[4], 26) ^ rotate32(v[4], 21) ^ rotate32(v[4], 7)) +
			      ((v[4] & v[5]) ^ (~v[4] & v[6])) + (uint32_t)(cube_roots[i] >> 32) + w[i];
		uint32_t t2 = (rotate32(v[0], 30) ^ rotate32(v[0], 19) ^ rotate32(v[0], 10)) +
			      ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (size_t i = 0; i < 8; i++)
		hashing->state[i] = (uint32_t)(hashing->state[i] + v[i]);
}

/* spec: FIPS 180-4, 6.4.2 */
static void sha512_compress(struct hashing *hashing)
{
	uint64_t w[80], v[8];

	for (size_t i = 0; i < 16; i++)
		w[i] = word_at(hashing, i, 8);
	for (size_t i = 16; i < 80; i++) {
		uint64_t a = w[i - 15], b = w[i - 2];

		w[i] = (rotate64(b, 19) ^ rotate64(b, 61) ^ b >> 6) + w[i - 7] +
		       (rotate64(a, 1) ^ rotate64(a, 8) ^ a >> 7) + w[i - 16];
	}
	memcpy(v, hashing->state, sizeof(v));
	for (size_t i = 0; i < 80; i++) {
		uint64_t t1 = v[7] + (rotate64(v[4], 14) ^ rotate64(v[4], 18) ^ rotate64(v[4], 41)) +
			      ((v[4] & v[5]) ^ (~v[4] & v[6])) + cube_roots[i] + w[i];
		uint64_t t2 = (rotate64(v[0], 28) ^ rotate64(v[0], 34) ^ rotate64(v[0], 39)) +
			      ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));

		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (size_t i = 0; i < 8; i++)
		hashing->state[i] += v[i];
}

static uint32_t sm3_p1(uint32_t x)
{
	return x ^ rotate32(x, 15) ^ rotate32(x, 23);
}

/* spec: GB/T 32905-2016, 5.3 */
static void sm3_compress(struct hashing *hashing)
{
	uint32_t w[68], v[8];

	for (size_t i = 0; i < 16; i++)
		w[i] = (uint32_t)word_at(hashing, i, 4);
	for (size_t i = 16; i < 68; i++)
		w[i] = sm3_p1(w[i - 16] ^ w[i - 9] ^ rotate32(w[i - 3], 15)) ^ rotate32(w[i - 13], 7) ^ w[i - 6];
	for (size_t i = 0; i < 8; i++)
		v[i] = (uint32_t)hashing->state[i];
	for (unsigned i = 0; i < 64; i++) {
		uint32_t constant = rotate32(i < 16 ? 0x79cc4519 : 0x7a879d8a, i);
		uint32_t ss1 = rotate32(rotate32(v[0], 12) + v[4] + constant, 7);
		uint32_t ff = i < 16 ? v[0] ^ v[1] ^ v[2] : (v[0] & v[1]) | (v[0] & v[2]) | (v[1] & v[2]);
		uint32_t gg = i < 16 ? v[4] ^ v[5] ^ v[6] : (v[4] & v[5]) | (~v[4] & v[6]);
		uint32_t tt1 = ff + v[3] + (ss1 ^ rotate32(v[0], 12)) + (w[i] ^ w[i + 4]);
		uint32_t tt2 = gg + v[7] + ss1 + w[i];

		v[3] = v[2], v[2] = rotate32(v[1], 9), v[1] = v[0], v[0] = tt1;
		v[7] = v[6], v[6] = rotate32(v[5], 19), v[5] = v[4], v[4] = tt2 ^ rotate32(tt2, 9) ^ rotate32(tt2, 17);
	}
	for (size_t i = 0; i < 8; i++)
		hashing->state[i] = (uint32_t)hashing->state[i] ^ v[i];
}

static const struct {
	uint16_t alg;
	size_t block_size;
	size_t word_size;
	void (*compress)(struct hashing *hashing);
	uint64_t state[8];
} algorithms[] = {
	{ TALLY_SHA1, 64, 4, sha1_compress, { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 } },
	{ TALLY_SHA256,
	  64,
	  4,
	  sha256_compress,
	  { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 } },
	{ TALLY_SHA384,
	  128,
	  8,
	  sha512_compress,
	  { 0xcbbb9d5dc1059ed8, 0x629a292a367cd507, 0x9159015a3070dd17, 0x152fecd8f70e5939, 0x67332667ffc00b31,
	    0x8eb44a8768581511, 0xdb0c2e0d64f98fa7, 0x47b5481dbefa4fa4 } },
	{ TALLY_SHA512,
	  128,
	  8,
	  sha512_compress,
	  { 0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1, 0x510e527fade682d1,
	    0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179 } },
	{ TALLY_SM3_256,
	  64,
	  4,
	  sm3_compress,
	  { 0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e } },
};

static void hashing_add(struct hashing *hashing, struct tally_bytes bytes)
{
	for (size_t i = 0; i < bytes.size; i++) {
		hashing->block[hashing->filled++] = bytes.data[i];
		if (hashing->filled == hashing->block_size) {
			hashing->compress(hashing);
			hashing->filled = 0;
		}
	}
	hashing->total += bytes.size;
}

/* A one bit, zeros, and the size in bits in the last eight bytes of a block. */
static void hashing_pad(struct hashing *hashing)
{
	static const uint8_t one = 0x80, zero = 0;
	uint64_t bits = hashing->total * 8;
	size_t length_size = hashing->block_size / 8;
	uint8_t length[8];

	hashing_add(hashing, tally_bytes(&one, 1));
	while (hashing->filled != hashing->block_size - length_size)
		hashing_add(hashing, tally_bytes(&zero, 1));
	for (size_t i = 8; i < length_size; i++)
		hashing_add(hashing, tally_bytes(&zero, 1));
	for (size_t i = 0; i < 8; i++)
		length[i] = (uint8_t)(bits >> (56 - 8 * i));
	hashing_add(hashing, tally_bytes(length, 8));
}

static enum tally_status hash_one(const struct tally_hash_job *job)
{
	for (size_t a = 0; a < sizeof(algorithms) / sizeof(algorithms[0]); a++) {
		struct hashing hashing = { .block_size = algorithms[a].block_size, .compress = algorithms[a].compress };
		size_t word_size = algorithms[a].word_size;

		if (algorithms[a].alg != job->alg)
			continue;
		memcpy(hashing.state, algorithms[a].state, sizeof(hashing.state));
		for (size_t part = 0; part < TALLY_HASH_PARTS; part++)
			hashing_add(&hashing, job->parts[part]);
		hashing_pad(&hashing);
		for (size_t i = 0; i < tally_alg_size(job->alg); i++)
			job->ret_digest[i] =
				(uint8_t)(hashing.state[i / word_size] >> 8 * (word_size - 1 - i % word_size));
		return TALLY_OK;
	}
	return TALLY_UNKNOWN_ALGORITHM;
}

enum tally_status tally_env_hash(const struct tally_hash_job *jobs, size_t job_count)
{
	enum tally_status status = TALLY_OK;

	for (size_t i = 0; status == TALLY_OK && i < job_count; i++)
		status = hash_one(&jobs[i]);
	return status;
}
