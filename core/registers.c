// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Register sets, the PCR map, and one extend. */
#include "registers.h"

static struct tally_bytes register_name(const struct tally_register *reg)
{
	return tally_text(reg->name);
}

enum tally_status tally_registers_add(struct tally_register_set *set, const struct tally_register *reg)
{
	const struct tally_register *last = set->count ? &set->item[set->count - 1] : NULL;

	if (set->count == TALLY_REGISTER_LIMIT || reg->reset.count == 0 || reg->reset.count > TALLY_BANK_LIMIT)
		return TALLY_OUT_OF_RANGE;
	if (tally_registers_find_name(set, register_name(reg)) >= 0)
		return TALLY_DUPLICATE;
	if (last && last->kind == reg->kind && last->number == reg->number)
		return TALLY_DUPLICATE;
	if (last && last->kind == reg->kind && last->number > reg->number)
		return TALLY_DISORDER;
	if (last && last->kind == TALLY_STATIC && reg->kind == TALLY_RUNTIME)
		return TALLY_DISORDER;
	set->item[set->count++] = *reg;
	return TALLY_OK;
}

int tally_registers_find_name(const struct tally_register_set *set, struct tally_bytes name)
{
	for (size_t i = 0; i < set->count; i++)
		if (tally_bytes_equal(register_name(&set->item[i]), name))
			return (int)i;
	return -1;
}

int tally_registers_find_number(const struct tally_register_set *set, uint32_t number)
{
	for (size_t i = 0; i < set->count && set->item[i].kind == TALLY_RUNTIME; i++)
		if (set->item[i].number == number)
			return (int)i;
	return -1;
}

int tally_registers_find_pcr(const struct tally_register_set *set, uint32_t pcr)
{
	for (size_t i = 0; pcr < TALLY_PCR_COUNT && i < set->count && set->item[i].kind == TALLY_RUNTIME; i++)
		if (set->item[i].pcr_mask >> pcr & 1)
			return (int)i;
	return -1;
}

/* A decimal number of one or two digits; PCRs have no others. -1 if it is none. */
static int pcr_number(struct tally_bytes text)
{
	int number = 0;

	if (text.size == 0 || text.size > 2)
		return -1;
	for (size_t i = 0; i < text.size; i++) {
		if (text.data[i] < '0' || text.data[i] > '9')
			return -1;
		number = number * 10 + (text.data[i] - '0');
	}
	return number;
}

int tally_registers_find_text(const struct tally_register_set *set, struct tally_bytes text)
{
	static const char prefix[] = "pcr:";
	const size_t size = sizeof(prefix) - 1;
	int number;

	if (text.size <= size || memcmp(text.data, prefix, size) != 0)
		return tally_registers_find_name(set, text);
	number = pcr_number(tally_bytes(text.data + size, text.size - size));
	return number < 0 ? -1 : tally_registers_find_pcr(set, (uint32_t)number);
}

size_t tally_registers_runtime_count(const struct tally_register_set *set)
{
	size_t count = 0;

	while (count < set->count && set->item[count].kind == TALLY_RUNTIME)
		count++;
	return count;
}

static char *append_number(char *to, uint32_t number)
{
	if (number >= 10)
		*to++ = (char)('0' + number / 10 % 10);
	*to++ = (char)('0' + number % 10);
	return to;
}

void tally_pcr_mask_text(uint32_t mask, char *text)
{
	char *to = text;

	for (uint32_t first = 0; first < TALLY_PCR_COUNT; first++) {
		uint32_t last = first;

		if (!(mask >> first & 1))
			continue;
		while (last + 1 < TALLY_PCR_COUNT && mask >> (last + 1) & 1)
			last++;
		if (to != text)
			*to++ = ',';
		to = append_number(to, first);
		if (last > first) {
			*to++ = '-';
			to = append_number(to, last);
		}
		first = last;
	}
	*to = 0;
}

/* The message that an extend hashes: old, digest, padding. */
static void extend_job(struct tally_hash_job *job, enum tally_extend_rule rule, const struct tally_digest *old,
		       const struct tally_digest *digest, uint8_t *ret)
{
	job->alg = old->alg;
	job->parts[0] = tally_digest_bytes(old);
	/* Bytes of a struct tally_digest beyond its size are zero: they are the padding. */
	job->parts[1] = rule == TALLY_EXTEND_PADDED ? tally_bytes(digest->bytes, TALLY_DIGEST_LIMIT)
						    : tally_digest_bytes(digest);
	job->parts[2] = tally_bytes(NULL, 0);
	job->ret_digest = ret;
}

enum tally_status tally_extend_value(enum tally_extend_rule rule, const struct tally_digests *old,
				     const struct tally_digests *digests, struct tally_digests *ret)
{
	struct tally_hash_job jobs[TALLY_BANK_LIMIT];
	struct tally_digests result;
	enum tally_status status;

	if (!tally_digests_same_banks(old, digests))
		return TALLY_BANK_SET;
	tally_digests_zero(&result, old);
	for (size_t i = 0; i < old->count; i++)
		extend_job(&jobs[i], rule, &old->digest[i], &digests->digest[i], result.digest[i].bytes);
	status = tally_env_hash(jobs, old->count);
	if (status == TALLY_OK)
		*ret = result;
	return status;
}
