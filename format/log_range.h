/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Part of a foreign log as the explanation of how one register went from one value to another: what a fill names. */
#ifndef TALLY_FORMAT_LOG_RANGE_H
#define TALLY_FORMAT_LOG_RANGE_H

#include "log_reader.h"

/* Records in the order in which the reader hands them out, counted from 0, whatever numbers they state. */
struct tally_log_range {
	uint64_t first;
	uint64_t count;
};

/* One register of the provider whose register set it is. Records of other registers are passed over. */
struct tally_log_range_register {
	const struct tally_register_set *set;
	size_t i; /* position in the set: a runtime register */
};

/*
 * The value of the register after the range, if it was from before; the banks are those of from. reader was opened and
 * has not been read yet, with scratch where its format needs that; it is not changed. Linear in the log, up to the
 * range's end; nothing is allocated.
 *
 * TALLY_NOT_FOUND if the log ends inside the range, TALLY_BANK_SET if a record lacks a bank, TALLY_UNKNOWN_REGISTER,
 * TALLY_UNSUPPORTED for a log of ours, whose jumps a range can't express; as tally_log_next and tally_env_hash.
 */
TALLY_MUST_CHECK enum tally_status tally_log_range_replay(const struct tally_log_reader *reader,
							  const struct tally_log_range_register *reg,
							  const struct tally_log_range *range,
							  const struct tally_digests *from,
							  struct tally_digests *ret_to);

/*
 * The shortest range that takes the register from `from` to `to`: it begins and ends with a record of the register,
 * or is empty if the values are equal. It is looked for where it can begin: at record `begin` (0, or where an earlier
 * fill from this log ended), and, because a log may tell more than was asked for, where the register has the value
 * `from` in a replay of the whole log from its reset value. TALLY_NOT_FOUND if neither leads to `to`; else as
 * tally_log_range_replay. One pass, at most two extends a record.
 */
TALLY_MUST_CHECK enum tally_status tally_log_range_find(const struct tally_log_reader *reader,
							const struct tally_log_range_register *reg, uint64_t begin,
							const struct tally_digests *from,
							const struct tally_digests *to, struct tally_log_range *ret);

#endif
