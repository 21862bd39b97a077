/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening and using the soft provider in tests. */
#ifndef TALLY_TESTS_UNIT_SOFT_H
#define TALLY_TESTS_UNIT_SOFT_H

#include "directory.h"
#include "hex.h"

#include "../../provider/soft.h"

#define SOON tally_deadline_after(TALLY_DEFAULT_EXTEND_SECONDS)

/* The banks of register i, every byte fill. */
static inline struct tally_digests soft_digests(void *soft, size_t i, uint8_t fill)
{
	struct tally_digests digests;

	tally_digests_zero(&digests, &tally_provider_soft.registers(soft)->item[i].reset);
	for (size_t bank = 0; bank < digests.count; bank++)
		memset(digests.digest[bank].bytes, fill, tally_alg_size(digests.digest[bank].alg));
	return digests;
}

static inline enum tally_status soft_try_open(const char *directory, const struct tally_soft_options *soft, void **ret,
					      struct tally_problem *problem)
{
	struct tally_provider_options options = { .directory = directory, .soft = soft };

	problem->text[0] = 0;
	return tally_provider_soft.open(&options, ret, problem);
}

static inline void *soft_open_as(const char *directory, enum tally_soft_preset preset)
{
	struct tally_soft_options options = { .preset = preset };
	struct tally_problem problem;
	void *soft = NULL;

	assert_int_equal(soft_try_open(directory, &options, &soft, &problem), TALLY_OK);
	return soft;
}

static inline void soft_close(void *soft)
{
	tally_provider_soft.close(soft);
}

static inline size_t soft_index(void *soft, const char *name)
{
	int i = tally_registers_find_name(tally_provider_soft.registers(soft), tally_text(name));

	assert_true(i >= 0);
	return (size_t)i;
}

static inline struct tally_digests soft_read(void *soft, size_t i)
{
	struct tally_digests value;
	bool is_locked;

	assert_int_equal(tally_provider_soft.read(soft, i, SOON, &value, &is_locked, NULL), TALLY_OK);
	return value;
}

static inline enum tally_status soft_extend(void *soft, size_t i, uint8_t fill)
{
	struct tally_digests digests = soft_digests(soft, i, fill);

	return tally_provider_soft.extend(soft, i, &digests, SOON, NULL);
}

/* value after one more extend, by the register's own rule. */
static inline struct tally_digests soft_after(void *soft, size_t i, const struct tally_digests *value, uint8_t fill)
{
	const struct tally_register_set *set = tally_provider_soft.registers(soft);
	struct tally_digests digests = soft_digests(soft, i, fill);
	struct tally_digests ret;

	assert_int_equal(tally_extend_value(set->item[i].extend_rule, value, &digests, &ret), TALLY_OK);
	return ret;
}

static inline void assert_value(void *soft, size_t i, const struct tally_digests *expected)
{
	struct tally_digests value = soft_read(soft, i);

	assert_true(tally_digests_equal(&value, expected));
}

#endif
