/* SPDX-License-Identifier: BSD-2-Clause */
/* Replay of a log of any kind, offline: to register values, and against values from elsewhere. Nothing is authenticated here. */
#ifndef TALLY_VERIFY_REPLAY_H
#define TALLY_VERIFY_REPLAY_H

#include "../core/record.h"
#include "../core/replay.h"
#include "../format/control.h"
#include "../format/log_reader.h"
#include "../format/tpm_quote.h"

/*
 * What a log replays to. The register set is the log's own statement for tally logs, and follows from the
 * format for others: pcr0..23 with the header's known banks, or rtmr0..3. A register without records
 * has its reset value.
 */
struct tally_log_replay {
	enum tally_log_format format;
	bool is_ours;
	const char *dialect; /* as the reader has them */
	struct tally_register_set set;
	struct tally_replay state; /* read through tally_log_replay_value */
	uint64_t record_count;
	uint64_t measured_count;			 /* records that extended a register */
	uint64_t register_records[TALLY_REGISTER_LIMIT]; /* measured records of register i */
	uint64_t base_count;				 /* jumps that the log states: values nobody here proved */
	uint64_t gap_count;
	uint64_t trim_count;
	uint64_t skipped_count;	   /* measured records that belong to no runtime register (CCEL index 0, NV) */
	bool has_startup_locality; /* of PCR 0 */
	uint8_t startup_locality;
	bool has_boot_id; /* tally logs */
	uint8_t boot_id[TALLY_BOOT_ID_SIZE];
	uint64_t next_number;  /* that the next record would have */
	uint64_t fault_offset; /* where reading failed */
};

/*
 * Replay a log. Memory does not grow with it, contents are not hashed. After a failure
 * ret->fault_offset and ret->record_count say where. format UNKNOWN: detected.
 */
TALLY_MUST_CHECK enum tally_status tally_replay_log(struct tally_bytes log, enum tally_log_format format,
						    struct tally_log_replay *ret);

/* The value of register i of replay->set. */
TALLY_MUST_CHECK enum tally_status tally_log_replay_value(struct tally_log_replay *replay, size_t i,
							  struct tally_digests *ret);

/* Values to compare with, by position in a set; count 0 where there is none. Banks may be fewer than the register's. */
struct tally_replay_target {
	struct tally_digests value[TALLY_REGISTER_LIMIT];
};

void tally_replay_target_init(struct tally_replay_target *target);

/* One value. TALLY_UNKNOWN_REGISTER, TALLY_DUPLICATE for a bank twice, TALLY_BANK_SET for one that the register lacks. */
TALLY_MUST_CHECK enum tally_status tally_replay_target_add(struct tally_replay_target *target,
							   const struct tally_register_set *set,
							   struct tally_bytes register_name,
							   const struct tally_digest *value);

/* The four RTMRs of a TDX quote. TALLY_UNKNOWN_REGISTER if the set has none of them; as tally_tdx_quote_read. */
TALLY_MUST_CHECK enum tally_status tally_replay_target_tdx_quote(struct tally_replay_target *target,
								 const struct tally_register_set *set,
								 struct tally_bytes quote);

/*
 * The PCRs of a TPM quote and the values beside it: raw concatenation in the order of the selection, or the
 * file that tpm2_quote writes with -o. As tally_tpm_quote_read and tally_tpm_quote_values.
 */
TALLY_MUST_CHECK enum tally_status tally_replay_target_tpm_quote(struct tally_replay_target *target,
								 const struct tally_register_set *set,
								 struct tally_bytes quote, struct tally_bytes pcrs);

/* The values of PCRs in either form, by PCR. As tally_tpm_quote_values. */
TALLY_MUST_CHECK enum tally_status tally_replay_quote_values(const struct tally_tpm_quote *quote,
							     struct tally_bytes pcrs,
							     struct tally_digests ret_value[TALLY_PCR_COUNT]);

enum tally_compare_result {
	TALLY_COMPARE_NO_TARGET = 0, /* nothing to compare with */
	TALLY_COMPARE_EQUAL,
	TALLY_COMPARE_DIFFERS
};

struct tally_register_comparison {
	enum tally_compare_result result;
	struct tally_digests replayed; /* whole value */
	bool has_record;	       /* the value was reached, and lost with this record of the register */
	uint64_t record;	       /* its number as the log states it */
	uint64_t offset;
};

struct tally_comparison {
	size_t compared_count;
	size_t differing_count;
	struct tally_register_comparison reg[TALLY_REGISTER_LIMIT];
};

/*
 * Compare a replay of log with target. Only where something differs the log is walked once more, to find the
 * first record after which a register can't reach its value any more; that can be said where its value was reached before.
 */
TALLY_MUST_CHECK enum tally_status tally_replay_compare(struct tally_bytes log, struct tally_log_replay *replay,
							const struct tally_replay_target *target,
							struct tally_comparison *ret);

#endif
